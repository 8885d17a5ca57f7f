"""The work of a step on a Dask cluster (the package ``distributed``, which is optional)."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError, Future
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from deepquake.errors import DeepQuakeError
from deepquake.report import Report

Task = TypeVar("Task")
Result = TypeVar("Result")

TIMEOUT = "10s"  # for the scheduler to answer
LEAST_AHEAD = 16  # tasks handed out before any worker has come
AHEAD_PER_THREAD = 2  # so that a worker has its next task when it ends one


def run_on_dask(
    function: Callable[[Task], Result],
    tasks: Iterable[Task],
    address: str,
    report: Report,
    name: Callable[[Task], str],
) -> Iterator[Result]:
    """Yield ``function(task)`` for each task, in order, worked out by a Dask cluster.

    ``address`` is that of a scheduler (tcp://HOST:PORT) or its scheduler file. The workers need
    this library, and see the files under the same paths. Dask gives the tasks of a worker that
    dies to another one; a task that took several workers with it is skipped and reported. Raises
    DeepQuakeError where ``distributed`` is not installed or the scheduler does not answer.
    """
    client = _client(address)
    executor = client.get_executor(pure=False)
    try:
        work = partial(_work, os.getcwd(), function)
        waiting = iter(tasks)
        handed_out: deque[tuple[Task, Future[Result]]] = deque()
        workers: set[str] = set()
        while True:
            threads = client.nthreads()
            for gone in sorted(workers - set(threads)):
                report.note(gone, "this Dask worker is gone; others do what it had to do")
            workers = set(threads)
            ahead = max(LEAST_AHEAD, AHEAD_PER_THREAD * sum(threads.values()))
            for task in islice(waiting, ahead - len(handed_out)):
                handed_out.append((task, executor.submit(work, task)))
            if not handed_out:
                return
            task, future = handed_out.popleft()
            try:
                result = future.result()
            except CancelledError:
                raise DeepQuakeError(f"{address}: the Dask scheduler is gone") from None
            except _killed_worker() as error:
                report.skip(name(task), f"left out: {_sentence(error)}")
            else:
                yield result
    finally:
        executor.shutdown(wait=False)
        client.close()


def _work(folder: str, function: Callable[[Task], Result], task: Task) -> Result:
    """Call the function in the folder the step was started in: relative paths mean the same."""
    try:
        os.chdir(folder)
    except OSError:
        raise DeepQuakeError(
            f"{folder}: the Dask worker has no such folder; it must see the same files"
        ) from None
    return function(task)


def _client(address: str) -> Any:
    try:
        from distributed import Client
    except ImportError:
        raise DeepQuakeError(
            "dask_address needs the package 'distributed': pip install distributed"
        ) from None
    place = {"scheduler_file": address} if Path(address).is_file() else {"address": address}
    try:
        return Client(**place, timeout=TIMEOUT, set_as_default=False)
    except (OSError, ValueError) as error:
        raise DeepQuakeError(
            f"{address}: no Dask scheduler answers there ({_sentence(error)})"
        ) from None


def _killed_worker() -> type[Exception]:
    from distributed.scheduler import KilledWorker

    return KilledWorker


def _sentence(error: Exception) -> str:
    return " ".join(str(error).split())[:160]
