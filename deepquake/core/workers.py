"""The same work on many files: one after the other, in several processes, or on a Dask cluster.

Results come in the order of the tasks, so that what is written does not depend on how many
processes share the work.
"""

import os
import signal
import sys
import time
import traceback
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import chain, islice
from multiprocessing import connection, get_context, parent_process
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from threading import Thread
from typing import Any, TypeVar

from deepquake.core.config import Config
from deepquake.core.report import Report

Task = TypeVar("Task")
Result = TypeVar("Result")

# Finished results that may wait for a slow task before them: enough to keep every process busy,
# few enough not to pile up in memory.
AHEAD = 4
PATIENCE_S = 10.0  # for a worker to tidy up when it is told to end
AGAIN_S = 2.0  # it is told again so often: an exception in a destructor or a C callback is lost


def run_tasks(
    function: Callable[[Task], Result],
    tasks: Iterable[Task],
    config: Config,
    report: Report,
    name: Callable[[Task], str] = str,
) -> Generator[Result, None, None]:
    """Yield ``function(task)`` for each task, in order.

    ``workers`` processes of this machine share the work (0: one for each core), or the workers
    of the Dask scheduler at ``dask_address``. ``function`` must be a module's own (no lambda).
    A process that dies (out of memory, killed) is reported and its task tried once more, alone;
    if it dies again the task is skipped and reported. Errors of ``function`` itself are raised.
    Use it within ``contextlib.closing``: work that is still going on then ends with the block.
    """
    if config.dask_address:
        from deepquake.core.dask import run_on_dask

        yield from run_on_dask(function, tasks, config.dask_address, report, name)
        return
    workers = config.workers or os.cpu_count() or 1
    waiting = iter(tasks)
    first = list(islice(waiting, 2))
    if workers == 1 or len(first) < 2:
        yield from map(function, chain(first, waiting))
    else:
        yield from _in_processes(function, chain(first, waiting), workers, report, name)


@dataclass(frozen=True)
class _Worker:
    """A process, and the pipe to it. No other process holds an end of that pipe: when the worker
    dies, even in the middle of a result, the pipe ends too, and nobody waits for the rest. (The
    pools of the standard library share one pipe between all workers, and do wait.)"""

    process: BaseProcess
    pipe: Connection


@dataclass(frozen=True)
class _Turn:
    """A task, its place in the order, and whether it was tried before."""

    number: int
    task: Any
    again: bool = False


def _in_processes(
    function: Callable[[Task], Result],
    tasks: Iterator[Task],
    workers: int,
    report: Report,
    name: Callable[[Task], str],
) -> Iterator[Result]:
    turns = (_Turn(number, task) for number, task in enumerate(tasks))
    idle: list[_Worker] = []
    busy: dict[Connection, tuple[_Worker, _Turn]] = {}
    retries: deque[_Turn] = deque()
    done: dict[int, tuple[bool, Any] | None] = {}  # as _answer has it; None where it is skipped
    due = 0  # the number of the next result to be yielded
    try:
        while True:
            for turn in _next_turns(turns, retries, len(busy), workers, len(done)):
                worker = idle.pop() if idle else _begin()
                busy[worker.pipe] = worker, turn
                _hand_out(worker, function, turn)
            if due in done:
                outcome = done.pop(due)
                due += 1
                if outcome is not None:
                    well, result = outcome
                    if not well:
                        raise result
                    yield result
                continue
            if not busy:
                break
            for pipe in connection.wait(list(busy)):
                worker, turn = busy[pipe]
                answer = _answer(worker)
                del busy[pipe]  # not before: whoever is interrupted here stops this worker too
                if answer is not None:
                    idle.append(worker)
                    done[turn.number] = answer
                    continue
                _stop([worker])
                if turn.again:
                    why = "left out: its worker process died twice (out of memory?)"
                    report.skip(name(turn.task), why)
                    done[turn.number] = None
                else:
                    why = "its worker process died (killed, or out of memory); tried once more"
                    report.note(name(turn.task), why)
                    retries.append(_Turn(turn.number, turn.task, again=True))
        _dismiss(idle)  # nobody is told to end in the middle of anything
    finally:
        _stop([*idle, *(worker for worker, _ in busy.values())])


def _next_turns(
    turns: Iterator[_Turn], retries: deque[_Turn], n_busy: int, workers: int, n_done: int
) -> list[_Turn]:
    """Return what is to be handed out now: what killed its worker alone, when all others rest."""
    if retries:
        return [] if n_busy else [retries.popleft()]
    return list(islice(turns, max(0, min(workers - n_busy, workers + AHEAD - n_busy - n_done))))


def _begin() -> _Worker:
    """Start a worker."""
    context = get_context("spawn")
    with _interrupts_held():  # a process begun here never hears of Ctrl-C: the parent ends it
        ours, theirs = context.Pipe()
        process = context.Process(target=_serve, args=(theirs,), daemon=True)
        process.start()
        theirs.close()
    return _Worker(process, ours)


def _hand_out(worker: _Worker, function: Callable[[Task], Result], turn: _Turn) -> None:
    with suppress(BrokenPipeError, ConnectionResetError):  # it has died: its answer will tell
        worker.pipe.send((function, turn.task))


def _answer(worker: _Worker) -> tuple[bool, Any] | None:
    """Return whether all went well, and the result or what was raised; None where it died."""
    try:
        return worker.pipe.recv()
    except (EOFError, OSError):
        return None


def _serve(pipe: Connection) -> None:
    """The life of a worker: do what comes, until nothing more can come."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()
    signal.signal(signal.SIGTERM, _end)
    try:
        while True:
            try:
                function, task = pipe.recv()
            except EOFError:
                return
            pipe.send(_outcome(function, task))
    except SystemExit as end:  # raised by _end
        # Raised on the threshold of a with block's own __exit__, it has kept that from running:
        # what is half written is removed when the frames that hold it are cleared.
        raised: BaseException | None = end
        while raised is not None:
            traceback.clear_frames(raised.__traceback__)
            raised = raised.__context__
        os._exit(1)


def _outcome(function: Callable[[Task], Result], task: Task) -> tuple[bool, Any]:
    try:
        return True, function(task)
    except Exception as error:
        error.add_note(f"in a worker process:\n{traceback.format_exc()}")
        return False, error


def _end(*_: object) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGALRM, _end)
    signal.setitimer(signal.ITIMER_REAL, AGAIN_S)
    sys.exit(1)


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(PATIENCE_S)
        os._exit(1)


def _dismiss(idle: list[_Worker]) -> None:
    """Let workers that have nothing to do end by themselves."""
    for worker in idle:
        worker.pipe.close()
    for worker in idle:
        worker.process.join(PATIENCE_S)


def _stop(workers: list[_Worker]) -> None:
    """End workers now: what is in work is stopped, not waited for."""
    with _interrupts_held():
        for worker in workers:
            worker.process.terminate()
        for worker in workers:
            worker.process.join(PATIENCE_S)
            worker.process.kill()
            worker.process.join()
            worker.pipe.close()


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Let Ctrl-C wait until the block has ended; processes begun within never hear of it."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
