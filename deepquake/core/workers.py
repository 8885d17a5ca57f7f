"""The same work on many files: one after the other, in several processes, or on a Dask cluster.

Results come in the order of the tasks, so that what is written does not depend on how many
processes share the work.

Why no pool of a library: a worker may be killed (out of memory) at any moment, and Ctrl-C may come
at any moment, hours into a run. Tried were pebble 5.2.3 and loky 3.7.0, whose workers, like those
of the standard library, all send their results through one pipe. A worker killed in the middle of
a result (they are megabytes) broke the pool of pebble for good ('All workers expired', the other
tasks lost), and loky waited for ever for the rest. loky gives up every task when one worker dies,
without saying whose it was; and loky's workers live on when their parent is killed. Workers of
pebble that are told to end leave half-written files behind. Here each worker has a pipe to itself.
"""

import os
import signal
import sys
import time
import traceback
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import chain, islice
from multiprocessing import connection, get_context, parent_process
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from threading import Thread, current_thread, main_thread
from typing import Any

from deepquake.core.dask import Result, Task, run_on_dask
from deepquake.core.report import Report
from deepquake.core.settings import UNET, RunSettings

# Finished results that may wait for a slow task before them: enough to keep every process busy,
# few enough not to pile up in memory.
AHEAD = 4
PATIENCE_S = 10.0  # for a worker to tidy up when it is told to end
AGAIN_S = 2.0  # it is told again so often: an exception in a destructor or a C callback is lost


def run_tasks(
    function: Callable[[Task], Result],
    tasks: Iterable[Task],
    run: RunSettings,
    report: Report,
    name: Callable[[Task], str] = str,
) -> Generator[Result, None, None]:
    """Yield ``function(task)`` for each task, in order.

    A process that dies (out of memory, killed) is reported and its task tried once more, alone;
    if it dies again the task is skipped and reported. Use it within ``contextlib.closing``: work
    that is still going on then ends with the block.

    Parameters
    ----------
    function : callable
        The work on a task; a function of a module (no lambda).
    tasks : iterable
        The tasks; they are taken as they are needed.
    run : RunSettings
        Says how many processes of this machine share the work (``workers``), or which Dask
        cluster does it (``dask_address``).
    report : Report
        Is told of processes that died.
    name : callable, optional
        Gives a task's name in the report.

    Yields
    ------
    object
        The results; an error of ``function`` is raised instead.
    """
    if run.dask_address:
        yield from run_on_dask(function, tasks, address=run.dask_address, report=report, name=name)
        return
    workers = run.workers or os.cpu_count() or 1
    waiting = iter(tasks)
    first = list(islice(waiting, 2))
    waiting = chain(first, waiting)
    if workers == 1 or len(first) < 2:
        yield from map(function, waiting)
    else:
        yield from _in_processes(function, waiting, workers=workers, report=report, name=name)


def ahead(items: Iterator[Task], count: int) -> Generator[Task, None, None]:
    """Yield items that another thread makes before they are asked for; ``None`` would end them.

    Parameters
    ----------
    items : iterator
        Makes the items.
    count : int
        How many may wait.

    Yields
    ------
    object
        The items, in order.
    """
    pool = ThreadPoolExecutor(1)
    try:
        made = deque(pool.submit(next, items, None) for _ in range(count))
        while (item := made.popleft().result()) is not None:
            made.append(pool.submit(next, items, None))
            yield item
    finally:
        pool.shutdown(cancel_futures=True)


@dataclass(frozen=True)
class _Worker:
    """A process, and the pipe to it. No other process holds an end of that pipe: when the worker
    dies, even in the middle of a result, the pipe ends too, and nobody waits for the rest."""

    process: BaseProcess
    pipe: Connection


def share_cores(n_workers: int, model: str) -> None:
    """Let TensorFlow, in this process and those started from it, keep to its share of the cores.

    It must not have computed yet. Without this every process starts as many threads as there are
    cores. For a UNet each has one: threads share the sums over a short record, so that the last
    digits would tell how many there were, and gain nothing on two cores. What is independent goes
    side by side instead: pieces of a record, operations of a training step.

    Parameters
    ----------
    n_workers : int
        How many processes there will be.
    model : str
        The kind of network.
    """
    if n_workers != 1 or model == UNET:
        share = 1 if model == UNET else cores_of_each(n_workers)
        os.environ.setdefault("TF_NUM_INTRAOP_THREADS", str(share))


def cores_of_each(n_workers: int) -> int:
    """Return how many cores there are for each of so many processes; 0 is one for each core."""
    cores = os.cpu_count() or 1
    return max(1, cores // (n_workers or cores))


def _in_processes(
    function: Callable[[Task], Result],
    tasks: Iterator[Task],
    workers: int,
    report: Report,
    name: Callable[[Task], str],
) -> Iterator[Result]:
    turns = enumerate(tasks)
    idle: list[_Worker] = []
    busy: dict[Connection, tuple[_Worker, int, Task]] = {}
    retries: deque[tuple[int, Task]] = deque()
    tried: set[int] = set()  # the tasks that have killed a worker
    done: dict[int, tuple[bool, Any] | None] = {}  # as _outcome has it; None where it is skipped
    due = 0  # the number of the next result to be yielded
    try:
        while True:
            if not retries:
                free = min(workers - len(busy), workers + AHEAD - len(busy) - len(done))
                chosen = list(islice(turns, max(0, free)))
            else:  # what killed its worker has its turn alone, when all others rest
                chosen = [] if busy else [retries.popleft()]
            for number, task in chosen:
                worker = idle.pop() if idle else _begin()
                busy[worker.pipe] = worker, number, task
                with suppress(BrokenPipeError, ConnectionResetError):  # dead: its answer will tell
                    worker.pipe.send((function, task))
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
            ready = connection.wait(list(busy))
            for pipe in [pipe for pipe in busy if pipe in ready]:
                worker, number, task = busy[pipe]
                answer: tuple[bool, Any] | None = None  # None where it has died
                with suppress(EOFError, OSError):
                    answer = pipe.recv()
                del busy[pipe]  # not before: whoever is interrupted here stops this worker too
                if answer is not None:
                    idle.append(worker)
                    done[number] = answer
                    continue
                _stop([worker])
                if number in tried:
                    why = "left out: its worker process died twice (out of memory?)"
                    report.skip(name(task), why)
                    done[number] = None
                else:
                    why = "its worker process died (killed, or out of memory); tried once more"
                    report.note(name(task), why)
                    tried.add(number)
                    retries.append((number, task))
        for worker in idle:
            worker.pipe.close()  # nobody is told to end in the middle of anything
        for worker in idle:
            worker.process.join(PATIENCE_S)
    finally:
        _stop([*idle, *(worker for worker, *_ in busy.values())])


def _begin() -> _Worker:
    """Start a worker."""
    context, begun = get_context("spawn"), []
    try:
        with _interrupts_held():  # a process begun here never hears of Ctrl-C: the parent ends it
            ours, theirs = context.Pipe()
            process = context.Process(target=_serve, args=(theirs,), daemon=True)
            process.start()
            theirs.close()
            begun.append(_Worker(process, ours))
    except KeyboardInterrupt:
        _stop(begun)
        raise
    return begun[0]


def _serve(pipe: Connection) -> None:
    """The life of a worker: do what comes, until nothing more can come."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()
    signal.signal(signal.SIGTERM, _end)
    try:
        # the parent has closed the pipe, or was killed, perhaps with an answer that it had not read
        with suppress(EOFError, ConnectionResetError, BrokenPipeError):
            while True:
                function, task = pipe.recv()
                outcome = _outcome(function, task)
                pipe.send(outcome)
    except SystemExit as end:  # raised by _end
        # Raised on the threshold of a with block's own __exit__, it has kept that from running:
        # what is half written is removed when the frames that hold it are cleared.
        raised: BaseException | None = end
        while raised is not None:
            traceback.clear_frames(raised.__traceback__)
            raised = raised.__context__
        os._exit(1)


def _outcome(function: Callable[[Task], Result], task: Task) -> tuple[bool, Any]:
    """Return whether all went well, and the result or what was raised."""
    try:
        return True, function(task)
    except Exception as error:
        error.add_note(f"in a worker process:\n{traceback.format_exc()}")
        return False, error


def _end(*_: object) -> None:
    sys.unraisablehook = lambda _: None  # where the exception is lost: told again after AGAIN_S
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
    waiting: list[tuple[Any, ...]] = []
    handler = signal.getsignal(signal.SIGINT)
    # The mask is what processes begun within inherit. It does not keep the signal from any other
    # thread of this process, and this one is told of it all the same.
    holds = current_thread() is main_thread() and callable(handler)
    if holds:
        signal.signal(signal.SIGINT, lambda *of_signal: waiting.append(of_signal))
    masks = hasattr(signal, "pthread_sigmask")  # not on Windows
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT}) if masks else set()
    try:
        yield
    finally:
        if masks:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        if holds:
            signal.signal(signal.SIGINT, handler)
        if waiting and callable(handler):
            handler(*waiting[0])
