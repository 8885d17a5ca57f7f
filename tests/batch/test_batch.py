"""The job scripts, by their effect: submitted without a batch system, and run as one would."""

import os
import shlex
import shutil
import signal
import stat
import subprocess
import time
from pathlib import Path

import pytest

from tests.batch.batch_project import ROOT, Project, make_project, make_stand_in

STEPS = "0123456"
WAIT_S = 60
WAITS_FOR = {"0": "", "1": "0", "2": "1", "3": "1", "4": "23", "5": "4", "6": "4"}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project with a data set, two experiments and a stand-in for the steps."""
    made = make_project(tmp_path / "project", "tiny", make_stand_in(tmp_path))
    (made.folder / "input/tiny/mseed").mkdir(parents=True)
    made.experiment("first", window_size=10)
    made.experiment("second", window_size=20)
    return made


def test_dry_run_shows_commands_and_scripts_and_submits_nothing(project: Project) -> None:
    shown = project.submit(
        *("--dry_run", "--scheduler", "slurm", "first.ini", "second.ini"),
        BATCH_OPTIONS="--account=geo --time=4:00:00",
        TRAIN_OPTIONS="--gres=gpu:1",
    )
    commands = [line for line in shown.splitlines() if line.startswith("sbatch")]
    assert len(commands) == 14
    for command, (name, step) in zip(
        commands, [(n, s) for n in ("first", "second") for s in STEPS], strict=True
    ):
        assert f"experiments/slurm/step.sh {step} {name}.ini" in command
        assert "--account=geo --time=4:00:00" in command
        assert ("--gres=gpu:1" in command) == (step == "4")
        assert f"--output=output/tiny/{name}/logs/step{step}-%j.log" in command
        jobs = ":".join(f"JOB-step{s}-{name}" for s in WAITS_FOR[step])
        assert (f"--dependency=afterok:{jobs} " in command) == bool(jobs)
    assert (ROOT / "experiments/slurm/step.sh").read_text() in shown
    assert not (project.folder / "output").exists()


def test_dry_run_can_be_pasted(project: Project) -> None:
    names = [project.experiment("tiny exp"), project.experiment("exp")]  # different, if alike
    shown = project.submit("--dry_run", "--scheduler", "sge", *names)
    commands = [shlex.split(line) for line in shown.splitlines() if line.startswith("qsub")]
    assert [command[-1] for command in commands] == ["tiny exp.ini"] * 7 + ["exp.ini"] * 7
    assert "output/tiny/tiny exp/logs/step0-$JOB_ID.log" in commands[0]


def test_sge_chain(project: Project, tmp_path: Path) -> None:
    environment = _stand_in_qsub(tmp_path)
    out = project.submit(
        "--scheduler", "sge", "first.ini", **environment, BATCH_OPTIONS="-pe smp 4"
    )
    assert [line.split()[0] for line in out.splitlines()] == [str(n) for n in range(1, 8)]
    calls = (project.folder / "qsub.txt").read_text().splitlines()
    for step, call in enumerate(calls):
        jobs = ",".join(str(int(s) + 1) for s in WAITS_FOR[str(step)])
        assert (f"-hold_jid {jobs} " in call) == bool(jobs)
        assert f"-N step{step}-first" in call
        assert f"-pe smp 4 experiments/sge/step.sh {step} first.ini" in call
        assert f"-o output/tiny/first/logs/step{step}-$JOB_ID.log" in call
    assert (project.folder / "output/tiny/first/logs").is_dir()


def test_sge_array_and_parts_of_the_chain(project: Project, tmp_path: Path) -> None:
    environment, sge = _stand_in_qsub(tmp_path), ("--scheduler", "sge")
    out = project.submit(*sge, "--array", "first.ini", "second.ini", **environment)
    assert out.startswith("1  deepquake-cycle")
    assert "output/tiny/second/logs/cycle-1_2.log" in out
    assert len(project.submit(*sge, "--from", "5", "first.ini", **environment).splitlines()) == 2
    assert len(project.submit(*sge, "--resume", "first.ini", **environment).splitlines()) == 3
    calls = (project.folder / "qsub.txt").read_text().splitlines()
    assert "-t 1-2 experiments/sge/cycle.sh first.ini second.ini" in calls[0]
    assert "-hold_jid" not in calls[1] + calls[2] + calls[3]
    assert "-hold_jid 4 " in calls[4]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "at least one EXPERIMENT.ini"),
        (["nowhere.ini"], "nowhere.ini: no such file"),
        (["--from", "7", "first.ini"], "not '7'"),
        (["first.ini", "--from"], "needs a value"),
        (["--fast", "first.ini"], "unknown option --fast"),
        (["--scheduler", "pbs", "first.ini"], "not 'pbs'"),
        (["--array", "--resume", "first.ini"], "not with"),
        (["first.ini", "./first.ini"], "two experiments are named first"),
    ],
)
def test_wrong_usage_is_one_line(project: Project, arguments: list[str], said: str) -> None:
    out = project.run(
        "bash", "-c", 'bash experiments/submit.sh --dry_run "$@"; test $? -gt 0', "-", *arguments
    )
    assert said in out and out.startswith("error: ") and len(out.splitlines()) == 1


def test_data_and_keys_are_checked_before_anything_is_queued(
    project: Project, tmp_path: Path
) -> None:
    environment = _stand_in_qsub(tmp_path)
    assert "input/none/mseed: no such folder" in project.submit(
        *("--scheduler", "sge", "first.ini"), status=1, **(environment | {"DATASET": "none"})
    )
    project.experiment("wrong", window_sizes=10)
    real = make_project(tmp_path / "real", "tiny")
    out = project.submit(
        *("--scheduler", "sge", "first.ini", "wrong.ini"),
        status=1,
        **(environment | {"DEEPQUAKE_PYTHON": real.environment["DEEPQUAKE_PYTHON"]}),
    )
    assert "unknown key 'window_sizes'" in out
    assert not (project.folder / "qsub.txt").exists()


def test_chain_is_submitted_whole_or_not_at_all(project: Project, tmp_path: Path) -> None:
    environment = _stand_in_qsub(tmp_path)
    programs = tmp_path / "programs"
    (programs / "qsub").write_text(
        (programs / "qsub").read_text() + 'case "$*" in *"-l gpu=1"*) exit 1 ;; esac\n'
    )
    shutil.copy2(programs / "qsub", programs / "qdel")
    (programs / "qdel").write_text('#!/bin/sh\necho "$@" > deleted.txt\n')
    out = project.submit(
        *("--scheduler", "sge", "first.ini"), status=1, TRAIN_OPTIONS="-l gpu=1", **environment
    )
    assert "error: sge refused step4-first" in out
    assert (project.folder / "deleted.txt").read_text() == "1 2 3 4\n"


def test_cycle_runs_all_steps_in_order(project: Project) -> None:
    job = _start_sge(project, "cycle.sh", "first.ini", "second.ini", SGE_TASK_ID="2")
    assert job.wait(WAIT_S) == 0
    steps = [line.split()[0][:5] for line in _commands(project) if line.startswith("step")]
    assert steps == [f"step{step}" for step in STEPS]
    assert "step 6 of second.ini" in project.logs("second")
    assert not list(project.results("second").glob("logs/.job*"))
    assert not list((project.folder / "scratch").iterdir())


def test_training_out_of_time_goes_on_where_it_was(project: Project) -> None:
    _interrupt(project, job := _start_sge(project, "cycle.sh", "first.ini"), signal.SIGUSR1)
    assert job.wait(WAIT_S) == 99  # Grid Engine puts the job back into the queue
    before = len(_commands(project))
    assert "--resume 1" not in " ".join(_commands(project))
    assert _start_sge(project, "cycle.sh", "first.ini").wait(WAIT_S) == 0
    again = _commands(project)[before:]
    assert again[0].startswith("step4_train.py") and "--resume 1" in again[0]
    assert "step 3 was finished before the interruption" in project.logs("first")


@pytest.mark.parametrize(
    ("job_script", "number", "status"),
    [
        (("cycle.sh", "first.ini"), signal.SIGUSR1, 99),  # steps 0 to 3 are done: try again
        (("step.sh", "4", "first.ini"), signal.SIGUSR1, 100),  # would get no farther next time
        (("step.sh", "4", "first.ini"), signal.SIGTERM, 100),
    ],
)
def test_signal_while_no_step_runs_is_not_lost(
    project: Project, job_script: tuple[str, ...], number: int, status: int
) -> None:
    programs = project.folder / "programs"
    programs.mkdir()
    slow = "#!/bin/sh\ntouch copying\nwhile [ ! -e copied ]; do sleep 0.02; done\n"
    (programs / "cp").write_text(slow)
    (programs / "cp").chmod(0o755)
    path = f"{programs}:{os.environ['PATH']}"
    job = _start_sge(project, *job_script, PATH=path)
    _wait_for(project.folder / "copying", job)
    os.kill(job.pid, number)
    (project.folder / "copied").touch()
    assert job.wait(WAIT_S) == status
    assert not (project.folder / "training").exists()
    if status == 99:
        before = len(_commands(project))
        assert _start_sge(project, *job_script, PATH=path).wait(WAIT_S) == 0
        assert _commands(project)[before].startswith("step4_train.py")


def test_training_told_to_end_is_not_put_back_by_the_script(project: Project) -> None:
    _interrupt(project, job := _start_sge(project, "step.sh", "4", "first.ini"), signal.SIGUSR2)
    assert job.wait(WAIT_S) == 100
    assert list(project.results("first").glob("checkpoints/*.npz"))


def test_job_that_gets_nowhere_is_not_repeated_for_ever(project: Project) -> None:
    (project.folder / "hang").touch()
    stuck = make_stand_in(project.folder)
    Path(stuck).write_text(
        Path(stuck).read_text().replace('touch "$folder/weights-$step', 'true "')
    )
    job = _start_sge(project, "step.sh", "4", "first.ini", DEEPQUAKE_PYTHON=stuck)
    _interrupt(project, job, signal.SIGUSR1)
    assert job.wait(WAIT_S) == 100
    assert "step 4 needs more time than the job's limit" in job.stdout.read()


def test_checkpoints_of_an_earlier_training_are_not_continued(project: Project) -> None:
    old = project.results("first") / "checkpoints"
    old.mkdir(parents=True)
    (old / "weights-2.npz").touch()
    # Ended before its first checkpoint, as by a preemption at the very start.
    marks = project.results("first") / "logs"
    marks.mkdir()
    time.sleep(0.01)
    (marks / ".job-7-training").touch()
    assert _start_sge(project, "step.sh", "4", "first.ini").wait(WAIT_S) == 0
    assert "--resume 1" not in " ".join(_commands(project))


def test_failing_step_ends_the_job_in_error(project: Project) -> None:
    (project.folder / "fail_in_step2_tfrecords_pos.py").touch()
    assert _start_sge(project, "cycle.sh", "first.ini").wait(WAIT_S) == 100
    assert "step 2 ended with status 1" in project.logs("first")
    assert not [line for line in _commands(project) if line.startswith("step3")]


def test_training_reads_from_scratch(project: Project) -> None:
    records = project.results("first") / "tfrecords"
    records.mkdir(parents=True)
    (records / "positive").touch()
    assert _start_sge(project, "step.sh", "4", "first.ini").wait(WAIT_S) == 0
    command, listed = _commands(project)
    assert f"--tfrecords_dir {project.folder}/scratch/deepquake." in command
    assert listed == "positive"
    assert not list((project.folder / "scratch").iterdir())


def test_regions_and_streams_of_an_experiment(project: Project) -> None:
    regions = project.folder / "input/tiny/clusters_3.json"
    regions.touch()
    project.experiment("regions", n_clusters=4)
    real = make_project(project.folder.parent / "real", "tiny").environment["DEEPQUAKE_PYTHON"]
    wrapper = project.folder / "wrapper"
    wrapper.write_text(f'if [ "$1" = -m ]; then exec {real} "$@"; fi\necho "RUN $*"\n')
    run = ("bash", "experiments/step.sh")
    out = project.run(*run, "2", "regions.ini", DEEPQUAKE_PYTHON="bash wrapper")
    assert "--clusters_file_path input/tiny/clusters_3.json" in out
    out = project.run(*run, "2", "first.ini", DEEPQUAKE_PYTHON="bash wrapper")
    assert "--clusters_file_path" not in out
    assert "--stream_path input/tiny/mseed" in project.run(*run, "6", "first.ini")
    (project.folder / "input/tiny/continuous/mseed").mkdir(parents=True)
    assert "--stream_path input/tiny/continuous/mseed" in project.run(*run, "6", "first.ini")
    assert "--stream_path month" in project.run(*run, "6", "first.ini", STREAMS="month")
    project.run(*run, "7", "first.ini", status=2)


def _stand_in_qsub(folder: Path) -> dict[str, str]:
    """Return an environment with a qsub that keeps what it was given and counts the jobs."""
    programs = folder / "programs"
    programs.mkdir()
    qsub = programs / "qsub"
    qsub.write_text('#!/bin/sh\necho "$@" >> qsub.txt\nn=$(wc -l < qsub.txt)\necho "$n.1-2:1"\n')
    qsub.chmod(qsub.stat().st_mode | stat.S_IXUSR)
    return {"PATH": f"{programs}:/usr/bin:/bin"}


def _start_sge(
    project: Project, script: str, *arguments: str, **variables: str
) -> "subprocess.Popen[str]":
    """Start a job script of Grid Engine as the execution daemon would."""
    (project.folder / "scratch").mkdir(exist_ok=True)
    (project.results("first") / "tfrecords").mkdir(parents=True, exist_ok=True)
    (project.results("second") / "tfrecords").mkdir(parents=True, exist_ok=True)
    given = {"JOB_ID": "7", "NSLOTS": "2", "TMPDIR": str(project.folder / "scratch")}
    return subprocess.Popen(
        ["bash", f"experiments/sge/{script}", *arguments],
        cwd=project.folder,
        env=project.environment | given | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def _interrupt(project: Project, job: "subprocess.Popen[str]", number: int) -> None:
    """Signal all processes of the job, as Grid Engine does, once the training has begun."""
    _wait_for(project.folder / "training", job)
    os.killpg(job.pid, number)


def _wait_for(path: Path, job: "subprocess.Popen[str]") -> None:
    """Wait until the job has made a file."""
    end = time.monotonic() + WAIT_S
    while not path.exists():
        assert job.poll() is None, job.stdout.read()
        assert time.monotonic() < end, f"no {path.name} within {WAIT_S} s"
        time.sleep(0.02)


def _commands(project: Project) -> list[str]:
    """Return what the stand-in was asked to run."""
    return (project.folder / "commands.txt").read_text().splitlines()
