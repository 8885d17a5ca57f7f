"""The job scripts under a real Slurm, on a tiny data set; skipped where Slurm is not installed."""

import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from deepquake.learning.history import read_history
from tests.batch.batch_project import Project, make_project, make_stand_in
from tests.batch.slurm_fixture import Slurm, missing_programs, running_slurm
from tests.made_data import run_step

pytestmark = pytest.mark.skipif(
    bool(missing_programs()),
    reason=f"needs Slurm and munge (bash .ci/slurm); not here: {', '.join(missing_programs())}",
)

SMALL = {"BATCH_OPTIONS": "--cpus-per-task=1 --mem=1G --time=10"}
KEYS = {"save_windows": False, "plot": False, "test_fraction": 0.4, "window_step_predict": 5}
TRAINING = {
    "batch_size": 32,
    "checkpoint_step": 10,
    "display_step": 100,
    "max_checkpoint_step": 100,
}


@pytest.fixture(scope="module")
def slurm() -> Iterator[Slurm]:
    """A Slurm of one node; its folder has a short name, for it holds a socket."""
    with (
        tempfile.TemporaryDirectory(prefix="slurm") as folder,
        running_slurm(Path(folder) / "s") as cluster,
    ):
        yield cluster


@pytest.fixture(scope="module")
def project(slurm: Slurm, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project whose commands find that Slurm, with a demonstration data set of 6 events."""
    made = make_project(tmp_path_factory.mktemp("project") / "p", "tiny")
    made.environment.update({k: slurm.environment[k] for k in ("PATH", "SLURM_CONF")})
    made.environment.update(SMALL, TMPDIR=str(tmp_path_factory.mktemp("scratch")))
    run_step(
        *("-m deepquake.tools.make_demo_dataset", "--output_dir", made.folder / "input/tiny"),
        *("--events", 6, "--continuous_hours", 0.05),
    )
    return made


@pytest.fixture(scope="module")
def chain(slurm: Slurm, project: Project) -> list[str]:
    """The jobs of a chain through all steps that nothing disturbs, all of them ended."""
    jobs = _job_ids(project.submit(project.experiment("chain", **KEYS, **TRAINING)))
    assert len(jobs) == 7
    assert slurm.job(jobs[4])["Dependency"].count("afterok:") == 2  # step 4 waits for 2 and 3
    assert set(slurm.wait(jobs, 240).values()) == {"COMPLETED"}, project.logs("chain")
    return jobs


@pytest.fixture(scope="module")
def at_its_limit(slurm: Slurm, project: Project, chain: list[str]) -> Iterator[tuple[str, Future]]:
    """A training that waits until its minute is over, and what is done then.

    The other tests run meanwhile: a minute is the shortest limit there is.
    """
    killed = project.experiment("killed", **KEYS, **TRAINING)
    results = project.results("killed")
    results.mkdir()
    (results / "tfrecords").symlink_to(project.results("chain") / "tfrecords")
    job, *after = _job_ids(project.submit("--from", "4", killed))
    slurm.run("scancel", *after)
    _until(lambda: _training_process(job))
    pid = _training_process(job)
    _until(lambda: list(results.glob("checkpoints/weights-*.npz")))
    os.kill(pid, signal.SIGSTOP)
    slurm.run("scontrol", "update", f"JobId={job}", "TimeLimit=1")

    def go_on() -> None:
        _until(lambda: signal.SIGTERM in _pending(pid), 120)  # Slurm looks at limits in rounds
        os.kill(pid, signal.SIGCONT)
        _until(lambda: slurm.job(job)["JobState"] == "PENDING")
        slurm.run("scontrol", "update", f"JobId={job}", "TimeLimit=10")

    with ThreadPoolExecutor(1) as beside:
        yield job, beside.submit(go_on)


def test_chain_through_all_steps(chain: list[str], project: Project) -> None:
    results = project.results("chain")
    for made in ("checkpoints/model.json", "eval/eval.json", "detect/detections.csv"):
        assert (results / made).is_file()
    for step, job in enumerate(chain):
        assert f"step {step} of chain.ini" in (results / f"logs/step{step}-{job}.log").read_text()


@pytest.mark.usefixtures("at_its_limit")
def test_array_over_the_runs_of_an_experiment(slurm: Slurm, project: Project) -> None:
    few = project.experiment("few", **KEYS, **TRAINING | {"max_checkpoint_step": 10})
    (job,) = _job_ids(project.submit("--array", few, COMPONENTS="Z ZNE"))
    tasks = [f"{job}_1", f"{job}_2"]
    assert set(slurm.wait(tasks, 240).values()) == {"COMPLETED"}, project.logs("few_ZNE")
    for name, task, components in zip(("few_Z", "few_ZNE"), tasks, ("Z", "ZNE"), strict=True):
        results = project.results(name)
        assert "step 6 of few.ini" in (results / f"logs/cycle-{task}.log").read_text()
        assert (results / "detect/detect.json").is_file()
        scores = json.loads((results / "eval/eval.json").read_text())
        assert (scores["experiment"], scores["components"]) == ("few", components)


def test_preempted_training_goes_on(slurm: Slurm, project: Project, tmp_path: Path) -> None:
    """With a stand-in for the training: what Slurm and the scripts do between them."""
    quick = make_project(tmp_path / "p", "tiny", make_stand_in(tmp_path))
    name = quick.experiment("preempted")
    (quick.folder / "input/tiny/mseed").mkdir(parents=True)
    (quick.results("preempted") / "tfrecords").mkdir(parents=True)
    environment = {k: project.environment[k] for k in ("PATH", "SLURM_CONF", *SMALL)}
    environment["TMPDIR"] = str(tmp_path)
    job, *after = _job_ids(quick.submit("--from", "4", name, **environment))
    _until((quick.folder / "training").exists)
    slurm.run("scontrol", "requeue", job)  # as Slurm itself does to preempt a job
    assert set(slurm.wait([job, *after], 120).values()) == {"COMPLETED"}, quick.logs("preempted")
    log = quick.logs("preempted")
    assert log.count("== step 4 of") == 2 and log.count("--resume 1") == 1


def test_failed_step_cancels_those_that_wait_for_it(slurm: Slurm, project: Project) -> None:
    broken = project.folder / "input/broken"
    (broken / "mseed").mkdir(parents=True)
    (broken / "sfiles_nordicformat").mkdir()
    name = project.experiment("fails")
    jobs = _job_ids(project.submit(name, DATASET="broken"))
    states = slurm.wait(jobs, 60)
    assert [states[job] for job in jobs] == ["FAILED"] + ["CANCELLED"] * 6
    log = project.folder / f"output/broken/fails/logs/step0-{jobs[0]}.log"
    assert "error: " in log.read_text()


def test_training_killed_by_its_time_limit_ends_with_the_same_weights(
    slurm: Slurm, project: Project, at_its_limit: tuple[str, Future]
) -> None:
    job, gone_on = at_its_limit
    gone_on.result()
    assert slurm.wait([job], 240) == {job: "COMPLETED"}, project.logs("killed")
    assert slurm.job(job)["Restarts"] == "1"
    log = project.logs("killed")
    assert "back into the queue" in log and "going on from step" in log
    results = [_weights(project.results(name)) for name in ("killed", "chain")]
    for mine, theirs in zip(*results, strict=True):
        assert np.array_equal(mine, theirs)


@pytest.mark.usefixtures("chain")
def test_two_processes_train_as_one_does(slurm: Slurm, project: Project) -> None:
    undisturbed = project.results("chain")
    results = project.results("pair")
    results.mkdir()
    (results / "tfrecords").symlink_to(undisturbed / "tfrecords")
    pair = project.experiment("pair", **KEYS, **TRAINING)
    job, *after = _job_ids(project.submit("--from", "4", pair, TRAIN_OPTIONS="--ntasks=2"))
    slurm.run("scancel", *after)
    assert slurm.wait([job], 240) == {job: "COMPLETED"}, project.logs("pair")
    assert "process 2 of 2" in project.logs("pair")
    # rounding grows over the steps: the curve of the loss is what must be the same
    curves = [read_history(folder / "checkpoints", 100) for folder in (results, undisturbed)]
    assert len(curves[0]) >= 10
    for mine, theirs in zip(*curves, strict=True):
        assert (mine.step, mine.part) == (theirs.step, theirs.part)
        assert abs(mine.loss - theirs.loss) < 0.05


def _job_ids(printed: str) -> list[str]:
    """Return the job numbers of the lines ``NUMBER  NAME  log: ...`` that submit.sh prints."""
    return [line.split()[0] for line in printed.splitlines() if line[0].isdigit()]


def _weights(results: Path) -> list[np.ndarray]:
    """Return all arrays of the last checkpoint."""
    newest = sorted(results.glob("checkpoints/weights-*.npz"))[-1]
    with np.load(newest, allow_pickle=False) as arrays:
        return [arrays[name] for name in sorted(arrays.files)]


def _training_process(job: str) -> int:
    """Return the process of step 4 of a job, 0 before it has begun."""
    python, mark = sys.executable.encode(), f"SLURM_JOB_ID={job}".encode()
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            command = (entry / "cmdline").read_bytes().split(b"\0")
            if command[:2] == [python, b"step4_train.py"] and mark in _environment(entry):
                return int(entry.name)
    return 0


def _environment(process: Path) -> list[bytes]:
    return (process / "environ").read_bytes().split(b"\0")


def _pending(pid: int) -> set[int]:
    """Return the signals that wait for a stopped process."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("ShdPnd:"):
            mask = int(line.split()[1], 16)
            return {number for number in range(1, 65) if mask >> (number - 1) & 1}
    return set()


def _until(holds: Callable[[], object], timeout_s: float = 120) -> None:
    end = time.monotonic() + timeout_s
    while not holds():
        assert time.monotonic() < end, f"not within {timeout_s} s"
        time.sleep(0.02)
