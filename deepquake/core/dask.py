"""The work of a step on a Dask cluster (the package ``distributed``, which is optional)."""

import os
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError
from contextlib import suppress
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from deepquake.core.errors import DeepQuakeError
from deepquake.core.report import Report

Task = TypeVar("Task")
Result = TypeVar("Result")

TIMEOUT = "10s"  # for the scheduler to answer
LOOK_EVERY_S = 5.0  # while a task is waited for, scheduler and workers are looked at so often
NO_WORKER_S = 600.0  # for a first worker to come, or another one when all are gone
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

    The workers need this library, and see the files under the same paths. Dask gives the tasks of
    a worker that dies to another one; a task that took several workers with it is skipped and
    reported.

    Parameters
    ----------
    function : callable
        The work on a task; a function of a module.
    tasks : iterable
        The tasks; they are taken as they are needed.
    address : str
        Address of the scheduler (tcp://HOST:PORT), or its scheduler file.
    report : Report
        Is told of workers that are gone.
    name : callable
        Gives a task's name in the report.

    Yields
    ------
    object
        The results; an error of ``function`` is raised instead.

    Raises
    ------
    DeepQuakeError
        Where ``distributed`` is not installed, the scheduler does not answer, or no worker comes.
    """
    try:
        from distributed import Client
        from distributed.scheduler import KilledWorker
    except ImportError:
        message = "dask_address needs the package 'distributed': pip install distributed"
        raise DeepQuakeError(message) from None
    place = {"scheduler_file": address} if Path(address).is_file() else {"address": address}
    try:
        client = Client(**place, timeout=TIMEOUT, set_as_default=False)
    except (OSError, ValueError) as error:
        message = f"{address}: no Dask scheduler answers there ({_sentence(error)})"
        raise DeepQuakeError(message) from None
    work = partial(_work, os.getcwd(), function)
    waiting = iter(tasks)
    handed_out: deque[tuple[Task, Any]] = deque()
    workers: set[str] = set()
    try:
        while True:
            threads = _threads(client, address)
            for gone in sorted(workers - set(threads)):
                report.note(gone, "this Dask worker is gone; others do what it had to do")
            workers = set(threads)
            ahead = max(LEAST_AHEAD, AHEAD_PER_THREAD * sum(threads.values()))
            for task in islice(waiting, max(0, ahead - len(handed_out))):
                handed_out.append((task, client.submit(work, task, pure=False)))
            if not handed_out:
                return
            task, future = handed_out[0]
            try:
                result = future.result(LOOK_EVERY_S)
            except KilledWorker as error:
                report.skip(name(task), f"left out: {_sentence(error)}")
                handed_out.popleft()
            except (TimeoutError, CancelledError, OSError) as error:
                if future.status == "error":
                    raise  # the task's own
                if not isinstance(error, TimeoutError):
                    raise _gone(address) from None
            else:
                handed_out.popleft()
                yield result
    finally:
        with suppress(Exception):  # a scheduler that is gone has nothing to cancel
            client.cancel([future for _, future in handed_out], force=True)
        client.close()


def _threads(client: Any, address: str) -> dict[str, int]:
    """Return the threads of each worker; where there is none, wait for one, but not for ever."""
    try:
        threads: dict[str, int] = client.nthreads()
        if not threads:
            print(f"{address}: no Dask worker there; waiting for one", file=sys.stderr, flush=True)
            client.wait_for_workers(1, timeout=NO_WORKER_S)
            threads = client.nthreads()
    except TimeoutError:
        message = f"{address}: no Dask worker has come for {NO_WORKER_S:.0f} s; start some"
        raise DeepQuakeError(message) from None
    except OSError:
        raise _gone(address) from None
    return threads


def _gone(address: str) -> DeepQuakeError:
    return DeepQuakeError(f"{address}: the Dask scheduler is gone")


def _work(folder: str, function: Callable[[Task], Result], task: Task) -> Result:
    """Call the function in the folder the step was started in: relative paths mean the same."""
    try:
        os.chdir(folder)
    except OSError:
        message = f"{folder}: the Dask worker has no such folder; it must see the same files"
        raise DeepQuakeError(message) from None
    return function(task)


def _sentence(error: Exception) -> str:
    return " ".join(str(error).split())[:160]
