"""Several processes: order, dying workers, errors, Ctrl-C, the same results."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, suppress
from multiprocessing.context import SpawnProcess
from pathlib import Path
from threading import Event, Thread, current_thread
from typing import Any

import pytest

from deepquake.core.errors import DeepQuakeError
from deepquake.core.files import files_below
from deepquake.core.report import Report
from deepquake.core.settings import UNET, RunSettings
from deepquake.core.workers import ahead, run_tasks, share_cores
from tests.core import worker_tasks
from tests.made_data import ROOT, make_dataset, network_events, run_step

WAIT_S = 60


def run(
    function: Callable[[Any], Any],
    tasks: Iterable[Any],
    workers: int = 2,
    report: Report | None = None,
) -> list[Any]:
    return list(run_tasks(function, tasks, RunSettings(workers=workers), report or Report()))


@pytest.mark.parametrize("workers", [0, 1, 2, 3])
def test_results_come_in_the_order_of_the_tasks(workers: int) -> None:
    assert run(worker_tasks.square, iter(range(20)), workers) == [n * n for n in range(20)]


def test_one_task_needs_no_other_process() -> None:
    assert run(worker_tasks.where, [1], workers=8) == [(os.getcwd(), os.getpid())]
    assert run(worker_tasks.where, [], workers=8) == []


def test_a_task_whose_worker_dies_is_reported_and_done_once_more(tmp_path: Path) -> None:
    kinds = ["never", "never", "once", "never", "once", "never"]
    report = Report()
    tasks = [(tmp_path, kind, number) for number, kind in enumerate(kinds)]
    results = run(worker_tasks.die, tasks, report=report)
    assert results == [f"{kind} {number}" for number, kind in enumerate(kinds)]
    assert not report.of_kind("skipped")
    notes = report.of_kind("note")
    assert 1 <= len(notes) <= 2
    assert all("died" in note.message and "once more" in note.message for note in notes)
    # of two that die at about the same time either may be noticed first
    assert all("'once'" in note.path for note in notes)


def test_a_task_that_always_kills_its_worker_is_skipped_and_counted(tmp_path: Path) -> None:
    kinds = ["never", "always", "never", "never", "always", "never", "never"]
    report = Report()
    tasks = [(tmp_path, kind, number) for number, kind in enumerate(kinds)]
    results = run(worker_tasks.die, tasks, report=report)
    assert results == ["never 0", "never 2", "never 3", "never 5", "never 6"]
    skipped = report.of_kind("skipped")
    assert len(skipped) == 2 and all("died twice" in problem.message for problem in skipped)
    for number in (1, 4):
        assert len(list(tmp_path.glob(f"{number}-*"))) == 2  # tried, and tried once more


def test_a_worker_that_dies_in_the_middle_of_its_answer_is_not_waited_for(tmp_path: Path) -> None:
    report = Report()
    tasks = [(tmp_path, number) for number in range(4)]
    results = run(worker_tasks.die_while_answering, tasks, report=report)
    assert [(len(result), result[0]) for result in results] == [(200_000, n) for n in range(4)]
    assert len(report.of_kind("note")) == 1 and not report.of_kind("skipped")


def test_an_error_of_a_task_is_raised_and_ends_the_others() -> None:
    with pytest.raises(DeepQuakeError, match="file.mseed: cannot be read"):
        run(worker_tasks.fail, range(100))


@pytest.mark.parametrize(
    "task",
    [worker_tasks.write_slowly, worker_tasks.write_deafly, worker_tasks.write_unclosed],
)
def test_leaving_the_results_ends_the_work_and_removes_what_is_half_written(
    tmp_path: Path, task: Callable[[Path], None]
) -> None:
    """Two tasks that would take a minute: the third result is never waited for."""
    paths = [tmp_path / "a", tmp_path / "b", tmp_path / "c"]
    begin = time.monotonic()
    results = run_tasks(task, paths, RunSettings(workers=2), Report())

    def stop_when_begun() -> None:
        wait_for(lambda: len(list(tmp_path.glob("*.begun"))) == 2)
        os.kill(os.getpid(), signal.SIGINT)

    Thread(target=stop_when_begun).start()
    with pytest.raises(KeyboardInterrupt), closing(results):
        next(results)
    assert time.monotonic() - begin < 50
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.begun", "b.begun"]


@pytest.mark.parametrize("whom", ["group", "parent", "killed"])
def test_ctrl_c_leaves_nothing_running_and_nothing_half_written(tmp_path: Path, whom: str) -> None:
    """A real step 1 with two workers; the terminal's Ctrl-C goes to the whole process group."""
    waveforms, catalog = make_dataset(tmp_path / "in", 6)
    out = tmp_path / "out"
    command = [sys.executable, "step1_windows.py", "--raw_data_dir", waveforms]
    command += ["--catalog_path", catalog, "--prep_data_dir", out, "--workers", 2]
    command += ["--window_stride", 0.05, "--plot", 0, "--save_windows", 1]
    with subprocess.Popen(
        [str(word) for word in command],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as step:
        try:
            made = out / "mseed_event_windows"
            wait_for(lambda: any(made.rglob("*.mseed")) or step.poll() is not None)
            assert step.poll() is None, step.stderr.read()
            if whom == "group":
                os.killpg(step.pid, signal.SIGINT)
            elif whom == "parent":
                os.kill(step.pid, signal.SIGINT)
            else:
                os.kill(step.pid, signal.SIGKILL)
            _, errors = step.communicate(timeout=WAIT_S)
        finally:
            step.kill()
    wait_for(lambda: not group_lives(step.pid))
    assert step.returncode == (-signal.SIGKILL if whom == "killed" else 130), errors
    assert not (out / "windows.csv").exists()
    half_written = sorted(path.name for path in out.rglob(".part-*"))
    if whom == "killed":
        # those of the killed process itself
        assert half_written == [".part-arrivals.csv", ".part-windows.csv"]
    else:
        assert not half_written
        assert errors.splitlines()[-1] == "stopped"
        # a destructor of ObsPy may be in the middle of something and say so before
        assert errors.count("Traceback") == errors.count("Exception ignored in")
    if whom == "killed":  # what it left does not disturb the next run
        run_step(*map(str, command[1:-6]), "--plot", 0, "--save_windows", 0, "--pattern", "*00*")
        assert (out / "windows.csv").exists() and not list(out.rglob(".part-*"))


def test_step_0_reads_the_same_with_any_number_of_workers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from deepquake.catalog import reader
    from deepquake.catalog.nordic.writer import write_nordic

    for number, event in enumerate(network_events(12)):
        (tmp_path / f"{number:02d}.S2014").write_text(write_nordic([event]))
    (tmp_path / "05.txt").write_text("not a catalogue at all, only some words\n")
    monkeypatch.setattr(reader, "FILES_PER_TASK", 3)
    files = files_below(tmp_path)
    one, two = Report(), Report()
    first = reader.read_files(files, one, run=RunSettings())
    second = reader.read_files(files, two, run=RunSettings(workers=2))
    assert first == second and len(first.events) == 12
    assert one.problems == two.problems and first.passed_over == 1


def group_lives(group: int) -> bool:
    """Return whether any process of a group is there (one that has ended but is not yet waited
    for by its adoptive parent does not count)."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, _, its_group = stat.read_text().rpartition(")")[2].split()[:3]
            if int(its_group) == group and state != "Z":
                return True
    return False


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def test_items_are_made_ahead_in_another_thread() -> None:
    made: list[str] = []

    def items() -> Iterator[int]:
        for number in range(6):
            made.append(current_thread().name)
            yield number

    taken = list(ahead(items(), 3))
    assert taken == list(range(6))
    assert current_thread().name not in made
    waiting = ahead(items(), 3)
    next(waiting)
    waiting.close()
    assert len(made) <= 6 + 1 + 3


def test_an_error_in_making_is_raised_where_the_items_are_used() -> None:
    def items() -> Iterator[int]:
        yield 0
        raise ValueError("broken")

    taken = ahead(items(), 3)
    next(taken)
    with pytest.raises(ValueError, match="broken"):
        next(taken)


def test_ctrl_c_that_another_thread_gets_waits_until_a_worker_has_begun(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun: list[SpawnProcess] = []
    begin = SpawnProcess.start

    def interrupted(process: SpawnProcess) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.05)  # in which this thread is told of what the other got
        begin(process)
        begun.append(process)

    monkeypatch.setattr(SpawnProcess, "start", interrupted)
    over = Event()
    other = Thread(target=over.wait)
    other.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            list(run_tasks(abs, [-1, -2], RunSettings(workers=2), report=Report(), name=str))
    finally:
        over.set()
        other.join()
    assert len(begun) == 1
    assert not begun[0].is_alive()


def test_workers_whose_parent_is_killed_before_it_reads_an_answer_say_nothing() -> None:
    program = (
        "import os, signal, time\n"
        "from deepquake.core.report import Report\n"
        "from deepquake.core.settings import RunSettings\n"
        "from deepquake.core.workers import run_tasks\n"
        "if __name__ == '__main__':\n"
        "    done = run_tasks(abs, [-1] * 9, RunSettings(workers=2), report=Report(), name=str)\n"
        "    next(done)\n"
        "    time.sleep(2)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (-signal.SIGKILL, "")


@pytest.mark.parametrize(
    ("model", "n_workers", "threads"),
    [(UNET, 1, "1"), (UNET, 2, "1"), ("ConvNetQuake", 1, None), ("ConvNetQuake", 2, "4")],
)
def test_a_unet_has_one_thread_on_any_machine(
    model: str, n_workers: int, threads: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    monkeypatch.setattr(os, "environ", {})
    share_cores(n_workers, model)
    assert os.environ.get("TF_NUM_INTRAOP_THREADS") == threads
