"""The work of a step on a Dask cluster: a real scheduler and two workers, started here."""

import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from deepquake.core.errors import DeepQuakeError
from deepquake.core.report import Report
from deepquake.core.settings import RunSettings
from deepquake.core.workers import run_tasks
from tests.core import worker_tasks
from tests.made_data import ROOT, make_dataset, run_step

distributed = pytest.importorskip("distributed", reason="the package distributed is not installed")
WAIT_S = 60


@pytest.fixture
def cluster(tmp_path):
    """Yield the scheduler file of a cluster and the processes: two workers, the scheduler."""
    folder = tmp_path / "dask"
    folder.mkdir()
    file = folder / "scheduler.json"
    scheduler = ["scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard"]
    worker = ["worker", "--nthreads", "1", "--no-nanny", "--no-dashboard", "--host", "127.0.0.1"]
    with ExitStack() as stack:
        log = stack.enter_context((folder / "log").open("w"))

        def start(*words: str) -> subprocess.Popen:
            command = [sys.executable, "-m", "dask", *words, "--scheduler-file", str(file)]
            environment = os.environ | {"PYTHONPATH": str(ROOT)}
            # a folder that is not the step's: relative paths must mean the same nevertheless
            process = subprocess.Popen(
                command, cwd=folder, env=environment, stdout=log, stderr=subprocess.STDOUT
            )
            stack.callback(process.wait)
            stack.callback(process.kill)
            return process

        first = start(*scheduler)
        wait_for(file.exists)
        workers = [start(*worker), start(*worker)]
        with distributed.Client(scheduler_file=str(file), set_as_default=False) as client:
            client.wait_for_workers(2, timeout=WAIT_S)
        yield file, [*workers, first]


def run(function, tasks, address: str, report: Report | None = None) -> list:
    config = RunSettings(dask_address=str(address))
    return list(run_tasks(function, tasks, config, report or Report()))


def test_both_workers_do_the_work_in_the_folder_of_the_step(cluster):
    file, workers = cluster
    results = run(worker_tasks.where, range(20), file)
    assert {folder for folder, _ in results} == {os.getcwd()}
    assert {process for _, process in results} == {worker.pid for worker in workers[:2]}
    address = distributed.Client(scheduler_file=str(file), set_as_default=False)
    with address:
        assert run(worker_tasks.square, range(20), address.scheduler.address) == [
            n * n for n in range(20)
        ]


def test_an_error_of_a_task_is_raised(cluster):
    with pytest.raises(DeepQuakeError, match="file.mseed: cannot be read"):
        run(worker_tasks.fail, range(10), cluster[0])


def test_the_work_of_a_worker_killed_in_the_middle_is_done_by_the_other(cluster, tmp_path):
    file, workers = cluster
    config = RunSettings(dask_address=str(file))
    report = Report()
    tasks = [(tmp_path, number) for number in range(20)]
    results = run_tasks(worker_tasks.note_and_wait, tasks, config, report)
    done = [next(results)]
    wait_for(lambda: any(tmp_path.glob(f"*.{workers[0].pid}")))
    os.kill(workers[0].pid, signal.SIGKILL)
    done += results
    assert done == list(range(20))
    assert any("Dask worker is gone" in problem.message for problem in report.of_kind("note"))
    assert not report.of_kind("skipped")


@pytest.mark.parametrize(
    ("killed", "says"),
    [([0, 1], "no Dask worker has come for 2 s"), ([2], "the Dask scheduler is")],
)
def test_a_cluster_that_is_gone_is_an_error(cluster, tmp_path, monkeypatch, killed, says):
    monkeypatch.setattr("deepquake.core.dask.NO_WORKER_S", 2.0)
    monkeypatch.setattr("deepquake.core.dask.LOOK_EVERY_S", 0.5)
    file, processes = cluster
    config = RunSettings(dask_address=str(file))
    tasks = [(tmp_path, number) for number in range(20)]
    results = run_tasks(worker_tasks.note_and_wait, tasks, config, Report())
    assert next(results) == 0
    for number in killed:
        os.kill(processes[number].pid, signal.SIGKILL)
    with pytest.raises(DeepQuakeError, match=says):
        list(results)


def test_step_1_writes_the_same_on_a_cluster_with_a_killed_worker(cluster, tmp_path):
    file, workers = cluster
    waveforms, catalog = make_dataset(tmp_path / "in", 6)
    options = ["--raw_data_dir", waveforms, "--catalog_path", catalog, "--plot", "0"]
    options += ["--window_stride", "0.5", "--save_windows", "1"]
    run_step("step1_windows.py", *options, "--prep_data_dir", tmp_path / "one")
    two = tmp_path / "two"
    command = [sys.executable, "step1_windows.py", *options, "--prep_data_dir", two]
    with subprocess.Popen(
        [*map(str, command), "--dask_address", str(file)], cwd=ROOT, stderr=subprocess.PIPE
    ) as step:
        try:
            wait_for(lambda: any(two.glob("mseed_event_windows/*.mseed")))
            os.kill(workers[1].pid, signal.SIGKILL)
            _, errors = step.communicate(timeout=2 * WAIT_S)
        finally:
            step.kill()
        assert step.returncode == 0, errors.decode()
    assert contents(tmp_path / "one") == contents(two)


def test_a_scheduler_that_does_not_answer_is_an_error(monkeypatch):
    monkeypatch.setattr("deepquake.core.dask.TIMEOUT", "1s")
    with pytest.raises(DeepQuakeError, match="tcp://127.0.0.1:1: no Dask scheduler answers"):
        run(worker_tasks.square, [1], "tcp://127.0.0.1:1")
    with pytest.raises(DeepQuakeError, match="nonsense: no Dask scheduler answers"):
        run(worker_tasks.square, [1], "nonsense")


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(DeepQuakeError, match="pip install distributed"):
        run(worker_tasks.square, [1], "tcp://127.0.0.1:1")


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def wait_for(condition) -> None:
    end = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)
