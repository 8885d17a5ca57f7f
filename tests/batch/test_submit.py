"""What experiments/submit.sh gives to a batch system, without there being one."""

import shlex
import shutil
import stat
from pathlib import Path

import pytest

from tests.batch.batch_project import ROOT, Project, make_project

STEPS = "0123456"
WAITS_FOR = {"0": "", "1": "0", "2": "1", "3": "1", "4": "23", "5": "4", "6": "4"}


def test_dry_run_shows_commands_and_scripts_and_submits_nothing(project: Project) -> None:
    shown = project.submit(
        *("--dry_run", "--scheduler", "slurm", "first.ini", "second.ini"),
        BATCH_OPTIONS="--account=geo --time=4:00:00",
        TRAIN_OPTIONS="--gres=gpu:1",
    )
    commands = [line for line in shown.splitlines() if line.startswith("env DATASET=tiny sbatch")]
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
    commands = [shlex.split(line) for line in shown.splitlines() if line.startswith("env")]
    assert [command[-1] for command in commands] == ["tiny exp.ini"] * 7 + ["exp.ini"] * 7
    assert "output/tiny/tiny exp/logs/step0-$JOB_ID.log" in commands[0]


def test_dry_run_shows_the_runs_of_an_experiment(project: Project) -> None:
    shown = project.submit(
        *("--dry_run", "--scheduler", "slurm", "first.ini"),
        **{"COMPONENTS": "Z ZNE", "CLASSES": "2 4", "MODELS": "ConvNetQuake2", "ROUNDS": "7"},
    )
    commands = [shlex.split(line) for line in shown.splitlines() if line.startswith("env")]
    names = []
    for command in commands[::7]:
        assert command[:2] == ["env", "DATASET=tiny"]
        of_run = dict(setting.split("=") for setting in command[2:6])
        assert (of_run["MODELS"], of_run["ROUNDS"]) == ("ConvNetQuake2", "7")
        name = f"first_{of_run['COMPONENTS']}_CL{of_run['CLASSES']}_ConvNetQuake2_round7"
        assert f"--job-name=step0-{name}" in command
        assert f"--output=output/tiny/{name}/logs/step0-%j.log" in command
        names.append(name.removesuffix("_ConvNetQuake2_round7"))
    assert names == ["first_Z_CL2", "first_Z_CL4", "first_ZNE_CL2", "first_ZNE_CL4"]
    assert len(commands) == 28


def test_names_may_hold_what_shells_and_slurm_take_for_something_else(
    project: Project, tmp_path: Path
) -> None:
    name = "it's $HOME @ 50%j"
    (project.folder / "input" / name / "mseed").mkdir(parents=True)
    project.experiment(name)
    shown = project.submit("--dry_run", "--scheduler", "slurm", f"{name}.ini", DATASET=name)
    command = next(shlex.split(line) for line in shown.splitlines() if line.startswith("env"))
    percent = name.replace("%", "%%")
    assert command[1] == f"DATASET={name}"
    assert f"--output=output/{percent}/{percent}/logs/step0-%j.log" in command
    assert command[-1] == f"{name}.ini"
    environment = make_qsub(tmp_path) | {"DATASET": name}
    project.submit("--scheduler", "sge", f"{name}.ini", **environment)
    calls = (project.folder / "qsub.txt").read_text().splitlines()
    assert len(calls) == 7 and calls[0].endswith(f"step.sh 0 {name}.ini")
    assert "-N step0-it_s__HOME___50_j -o output/logs/output_it_s__HOME" in calls[0]
    assert (project.folder / "output" / "logs").is_dir()


def test_sge_chain(project: Project, tmp_path: Path) -> None:
    environment = make_qsub(tmp_path)
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
    environment, sge = make_qsub(tmp_path), ("--scheduler", "sge")
    out = project.submit(*sge, "--array", "first.ini", "second.ini", **environment)
    assert out.startswith("1  deepquake-cycle")
    assert "output/tiny/second/logs/cycle-1_2.log" in out
    assert len(project.submit(*sge, "--from", "5", "first.ini", **environment).splitlines()) == 2
    assert len(project.submit(*sge, "--resume", "first.ini", **environment).splitlines()) == 3
    calls = (project.folder / "qsub.txt").read_text().splitlines()
    assert "-t 1-2 experiments/sge/cycle.sh first.ini second.ini" in calls[0]
    assert "-hold_jid" not in calls[1] + calls[2] + calls[3]
    assert "-hold_jid 4 " in calls[4]
    out = project.submit(
        *sge, "--array", "first.ini", "second.ini", COMPONENTS="Z ZNE", ROUNDS="1 2", **environment
    )
    assert "-t 1-8 " in (project.folder / "qsub.txt").read_text().splitlines()[-1]
    assert "first_ZNE_round1  log: output/tiny/first_ZNE_round1/logs/cycle-7_3.log" in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "at least one EXPERIMENT.ini"),
        (["nowhere.ini"], "nowhere.ini: no such experiment"),
        (["--from", "7", "first.ini"], "not '7'"),
        (["first.ini", "--from"], "needs a value"),
        (["--fast", "first.ini"], "unknown argument --fast; see --help"),
        (["--scheduler", "pbs", "first.ini"], "not 'pbs'"),
        (["--array", "--resume", "first.ini"], "not with"),
        (["first.ini", "--resume="], "unknown argument --resume=; see --help"),
        (["first.ini", "./first.ini"], "two runs are named first: "),
    ],
)
def test_wrong_usage_is_one_line(project: Project, arguments: list[str], said: str) -> None:
    out = project.submit("--dry_run", *arguments, status=2)
    assert said in out and out.startswith("error: ") and len(out.splitlines()) == 1


def test_data_and_keys_are_checked_before_anything_is_queued(
    project: Project, tmp_path: Path
) -> None:
    environment = make_qsub(tmp_path)
    assert "input/none/mseed: no such folder" in project.submit(
        *("--scheduler", "sge", "first.ini"), status=1, **(environment | {"DATASET": "none"})
    )
    two = {"CLASSES": "2 4", "REGIONS": "clusters.json"}
    assert "CLASSES has several" in project.submit("first.ini", status=2, **environment, **two)
    project.experiment("wrong", window_sizes=10)
    real = make_project(tmp_path / "real", "tiny")
    environment["DEEPQUAKE_PYTHON"] = real.environment["DEEPQUAKE_PYTHON"]
    out = project.submit("--scheduler", "sge", "first.ini", "wrong.ini", status=1, **environment)
    assert "unknown key 'window_sizes'" in out
    out = project.submit("--scheduler", "sge", "first.ini", status=2, MODELS="VGG", **environment)
    assert "takes one of ConvNetQuake, ConvNetQuake2, UNet, not 'VGG'" in out
    assert not (project.folder / "qsub.txt").exists()


def test_chain_is_submitted_whole_or_not_at_all(project: Project, tmp_path: Path) -> None:
    environment = make_qsub(tmp_path)
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


def make_qsub(folder: Path) -> dict[str, str]:
    """Return an environment with a qsub that keeps what it was given and counts the jobs."""
    programs = folder / "programs"
    programs.mkdir()
    qsub = programs / "qsub"
    qsub.write_text('#!/bin/sh\necho "$@" >> qsub.txt\nn=$(wc -l < qsub.txt)\necho "$n.1-2:1"\n')
    qsub.chmod(qsub.stat().st_mode | stat.S_IXUSR)
    return {"PATH": f"{programs}:/usr/bin:/bin"}
