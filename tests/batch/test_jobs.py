"""The job scripts run as Grid Engine would, with a stand-in for the steps."""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.batch.batch_project import Project, make_project, make_stand_in

STEPS = "0123456"
WAIT_S = 60


def test_cycle_runs_all_steps_in_order(project: Project) -> None:
    job = start_sge(project, "cycle.sh", "first.ini", "second.ini", SGE_TASK_ID="2")
    assert job.wait(WAIT_S) == 0
    steps = [line.split()[0][:5] for line in commands_of(project) if line.startswith("step")]
    assert steps == [f"step{step}" for step in STEPS]
    assert "step 6 of second.ini" in project.logs("second")
    assert not list(project.results("second").glob("logs/.job*"))
    assert not list((project.folder / "scratch").iterdir())


def test_task_of_an_array_is_a_run_of_an_experiment(project: Project) -> None:
    lists = {"COMPONENTS": "Z ZNE", "CLASSES": "2 4", "MODELS": "ConvNetQuake2", "ROUNDS": "5"}
    name = "second_ZNE_CL2_ConvNetQuake2_round5"
    (project.results(name) / "tfrecords").mkdir(parents=True)
    (project.folder / "a folder").mkdir()
    (project.folder / "a folder" / "second.ini").touch()
    task = {"SGE_TASK_ID": "7"}  # the third of the second experiment
    experiments = ("first.ini", "a folder/second.ini")
    assert start_sge(project, "cycle.sh", *experiments, **task, **lists).wait(WAIT_S) == 0
    assert "step 6 of a folder/second.ini" in project.logs(name)
    components, network = "--component_Z 1 --component_N 1 --component_E 1", "--model ConvNetQuake2"
    takes = {
        "step2": [components, "--n_clusters 2"],
        "step3": [components],
        "step4": [components, "--n_clusters 2", network, "--random_seed 5"],
        "step5": [components, "--n_clusters 2", network, "--experiment=second --round 5"],
        "step6": [components, "--n_clusters 2", network],
    }
    for line in (line for line in commands_of(project) if line.startswith("step")):
        for option in takes.get(line[:5], []):
            assert option in line
        assert ("--random_seed" in line) == line.startswith("step4")
        assert ("--n_clusters" in line) == (line[4] in "2456")
    job = start_sge(project, "cycle.sh", *experiments, SGE_TASK_ID="9", **lists)
    assert job.wait(WAIT_S) == 1
    assert "there is no run number 9" in job.stdout.read()


def test_task_of_a_slurm_array(project: Project) -> None:
    (project.results("second_Z") / "tfrecords").mkdir(parents=True)
    job = {"SLURM_SUBMIT_DIR": str(project.folder), "SLURM_JOB_ID": "9", "COMPONENTS": "Z ZNE"}
    task = {"SLURM_ARRAY_JOB_ID": "7", "SLURM_ARRAY_TASK_ID": "3", "SLURM_CPUS_PER_TASK": "4"}
    out = project.run("bash", "experiments/slurm/cycle.sh", "first.ini", "second.ini", **job | task)
    assert out == "log: output/tiny/second_Z/logs/cycle-7_3.log\n"
    assert "step 6 of second.ini" in project.logs("second_Z")
    step1 = next(line for line in commands_of(project) if line.startswith("step1"))
    assert "--workers 4 --config_file_path second.ini" in step1


def test_training_out_of_time_goes_on_where_it_was(project: Project) -> None:
    (project.folder / "hang").touch()  # it does not end before the signal
    interrupt(project, job := start_sge(project, "cycle.sh", "first.ini"), signal.SIGUSR1)
    assert job.wait(WAIT_S) == 99  # Grid Engine puts the job back into the queue
    (project.folder / "hang").unlink()
    before = len(commands_of(project))
    assert "--resume 1" not in " ".join(commands_of(project))
    assert start_sge(project, "cycle.sh", "first.ini").wait(WAIT_S) == 0
    again = commands_of(project)[before:]
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
    job = start_sge(project, *job_script, PATH=path)
    wait_for(project.folder / "copying", job)
    os.kill(job.pid, number)
    (project.folder / "copied").touch()
    assert job.wait(WAIT_S) == status
    assert not (project.folder / "training").exists()
    if status == 99:
        before = len(commands_of(project))
        assert start_sge(project, *job_script, PATH=path).wait(WAIT_S) == 0
        assert commands_of(project)[before].startswith("step4_train.py")


def test_training_told_to_end_is_not_put_back_by_the_script(project: Project) -> None:
    (project.folder / "hang").touch()
    interrupt(project, job := start_sge(project, "step.sh", "4", "first.ini"), signal.SIGUSR2)
    assert job.wait(WAIT_S) == 100
    assert list(project.results("first").glob("checkpoints/*.npz"))


def test_job_that_gets_nowhere_is_not_repeated_for_ever(project: Project) -> None:
    (project.folder / "hang").touch()
    stuck = make_stand_in(project.folder)
    Path(stuck).write_text(
        Path(stuck).read_text().replace('touch "$folder/weights-$step', 'true "')
    )
    job = start_sge(project, "step.sh", "4", "first.ini", DEEPQUAKE_PYTHON=stuck)
    interrupt(project, job, signal.SIGUSR1)
    assert job.wait(WAIT_S) == 100
    assert "step 4 needs more time than the job's limit" in job.stdout.read()


def test_checkpoints_of_an_earlier_training_are_not_continued(project: Project) -> None:
    old = project.results("first") / "checkpoints"
    old.mkdir(parents=True)
    (old / "weights-2.npz").touch()
    # Ended before its first checkpoint, as by a preemption at the very start.
    marks = project.results("first") / "logs"
    marks.mkdir()
    (marks / ".job-7-training").touch()
    os.utime(old / "weights-2.npz", (0, 0))  # long before
    assert start_sge(project, "step.sh", "4", "first.ini").wait(WAIT_S) == 0
    assert "--resume 1" not in " ".join(commands_of(project))


def test_failing_step_ends_the_job_in_error(project: Project) -> None:
    (project.folder / "fail_in_step2_tfrecords_pos.py").touch()
    assert start_sge(project, "cycle.sh", "first.ini").wait(WAIT_S) == 100
    assert "step 2 ended with status 1" in project.logs("first")
    assert not [line for line in commands_of(project) if line.startswith("step3")]


def test_training_reads_from_scratch(project: Project) -> None:
    records = project.results("first") / "tfrecords"
    records.mkdir(parents=True)
    (records / "positive").touch()
    assert start_sge(project, "step.sh", "4", "first.ini").wait(WAIT_S) == 0
    command, listed = commands_of(project)
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
    out = project.run(*run, "2", "first.ini", DEEPQUAKE_PYTHON="bash wrapper", CLASSES="4")
    assert "--n_clusters 4 --clusters_file_path input/tiny/clusters_3.json" in out
    assert "--stream_path input/tiny/mseed" in project.run(*run, "6", "first.ini")
    (project.folder / "input/tiny/continuous/mseed").mkdir(parents=True)
    assert "--stream_path input/tiny/continuous/mseed" in project.run(*run, "6", "first.ini")
    assert "--stream_path month" in project.run(*run, "6", "first.ini", STREAMS="month")
    project.run(*run, "7", "first.ini", status=2)


def start_sge(
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


def interrupt(project: Project, job: "subprocess.Popen[str]", number: int) -> None:
    """Signal all processes of the job, as Grid Engine does, once the training has begun."""
    wait_for(project.folder / "training", job)
    os.killpg(job.pid, number)


def wait_for(path: Path, job: "subprocess.Popen[str]") -> None:
    """Wait until the job has made a file."""
    end = time.monotonic() + WAIT_S
    while not path.exists():
        assert job.poll() is None, job.stdout.read()
        assert time.monotonic() < end, f"no {path.name} within {WAIT_S} s"
        time.sleep(0.02)


def commands_of(project: Project) -> list[str]:
    """Return what the stand-in was asked to run."""
    return (project.folder / "commands.txt").read_text().splitlines()
