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
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import chain, islice
from multiprocessing import connection, get_context, parent_process
from threading import Thread
from typing import TypeVar

from deepquake.config import Config
from deepquake.report import Report

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
        from deepquake.dask_cluster import run_on_dask

        yield from run_on_dask(function, tasks, config.dask_address, report, name)
        return
    workers = config.workers or os.cpu_count() or 1
    waiting = iter(tasks)
    first = list(islice(waiting, 2))
    if workers == 1 or len(first) < 2:
        yield from map(function, chain(first, waiting))
    else:
        yield from _in_processes(function, chain(first, waiting), workers, report, name)


def _in_processes(
    function: Callable[[Task], Result],
    tasks: Iterator[Task],
    workers: int,
    report: Report,
    name: Callable[[Task], str],
) -> Iterator[Result]:
    pool = _new_pool(workers)
    handed_out: deque[tuple[Task, Future[Result]]] = deque()
    try:
        while True:
            # Never more in work than there are processes: what a dying one takes with it has
            # then been tried.
            in_work = [future for _, future in handed_out if not future.done()]
            if not any(future.done() and _died(future) for _, future in handed_out):
                room = min(workers - len(in_work), workers + AHEAD - len(handed_out))
                for task in islice(tasks, room):
                    handed_out.append((task, _submit(pool, function, task)))
            if not handed_out:
                pool.shutdown()  # all is done: nobody is told to end in the middle of anything
                return
            if not handed_out[0][1].done():
                wait(in_work or [handed_out[0][1]], return_when=FIRST_COMPLETED)
                continue
            if not _died(handed_out[0][1]):
                yield handed_out.popleft()[1].result()
                continue
            wait([future for _, future in handed_out])
            _stop(pool)
            lost = [task for task, future in handed_out if _died(future)]
            report.note(
                ", ".join(map(name, lost)),
                "a worker process died (killed, or out of memory); what was in work is tried "
                "once more",
            )
            while handed_out:
                task, future = handed_out.popleft()
                if _died(future):
                    yield from _alone(function, task, report, name)
                else:
                    yield future.result()
            pool = _new_pool(workers)
    finally:
        _stop(pool)


def _alone(
    function: Callable[[Task], Result], task: Task, report: Report, name: Callable[[Task], str]
) -> Iterator[Result]:
    pool = _new_pool(1)
    try:
        future = _submit(pool, function, task)
        wait([future])
        if _died(future):
            report.skip(name(task), "left out: its worker process died twice (out of memory?)")
        else:
            yield future.result()
    finally:
        _stop(pool)


def _submit(
    pool: ProcessPoolExecutor, function: Callable[[Task], Result], task: Task
) -> Future[Result]:
    with _interrupts_held():  # a process begun here never hears of Ctrl-C: the parent ends it
        try:
            return pool.submit(_work, function, task)
        except BrokenProcessPool as error:
            future: Future[Result] = Future()
            future.set_exception(error)
            return future


def _died(future: Future) -> bool:
    return isinstance(future.exception(), BrokenProcessPool)


def _new_pool(workers: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_begin_worker)


def _begin_worker() -> None:
    """Leave Ctrl-C to the parent; end tidily when it says so, or when it is no more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()
    signal.signal(signal.SIGTERM, _end)


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


def _work(function: Callable[[Task], Result], task: Task) -> Result:
    """Call the function; when told to end meanwhile, end, instead of going on to the next task."""
    try:
        return function(task)
    except SystemExit as end:  # raised by _end
        # Raised on the threshold of a with block's own __exit__, it has kept that from running:
        # what is half written is removed when the frames that hold it are cleared.
        raised: BaseException | None = end
        while raised is not None:
            traceback.clear_frames(raised.__traceback__)
            raised = raised.__context__
        os._exit(1)


def _stop(pool: ProcessPoolExecutor) -> None:
    """End a pool now: what is in work is stopped, not waited for."""
    with _interrupts_held():
        processes = list((pool._processes or {}).values())
        # First this: the pool's own word to end, half read by one, would confuse the next.
        for process in processes:
            process.terminate()
        pool.shutdown(wait=False, cancel_futures=True)
        for process in processes:
            process.join(PATIENCE_S)
        for process in processes:
            process.kill()


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
