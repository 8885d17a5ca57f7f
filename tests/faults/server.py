"""A process that has loaded what the steps need, and forks a child for each that is to run.

A step then begins in milliseconds, but is a process of its own, with a group of its own, that can
be killed. A job is a line of JSON on the standard input; for each the process id is answered at
once, and at its end the exit status and the memory it took.
"""

import atexit
import contextlib
import ctypes
import faulthandler
import gc
import json
import os
import resource
import runpy
import shutil
import signal
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
READS_AND_WRITES_ALL = (1, 2)  # capabilities of root: DAC_OVERRIDE, DAC_READ_SEARCH
CAPBSET_DROP = 24
CAPABILITY_VERSION = 0x20080522
CHANGES = {"os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.link", "os.symlink", "os.truncate"}
WRITES = os.O_WRONLY | os.O_RDWR


def main() -> None:
    """Answer jobs until the standard input ends; a child leaves the loop and does its job."""
    sys.path.insert(0, str(ROOT))
    _load()
    gc.freeze()  # a child would else copy all of it when it ends
    jobs, answers = os.fdopen(os.dup(0)), os.fdopen(os.dup(1), "w", buffering=1)
    while line := jobs.readline():
        if (child := os.fork()) == 0:
            jobs.close()
            answers.close()
            _become(json.loads(line))
            return
        print(json.dumps({"pid": child}), file=answers)
        _, status, used = os.wait4(child, 0)
        exit_status = os.waitstatus_to_exitcode(status)
        memory_mb = used.ru_maxrss // 1024
        print(json.dumps({"status": exit_status, "memory_mb": memory_mb}), file=answers)


def _load() -> None:
    """Import what takes time; no thread is started, which a child would miss."""
    import matplotlib.figure  # noqa: F401
    import obspy  # noqa: F401
    import pymseed  # noqa: F401
    import scipy.signal  # noqa: F401

    from deepquake.detection import run  # noqa: F401
    from deepquake.learning import evaluation, pictures, training  # noqa: F401
    from deepquake.windows import dataset, preparation  # noqa: F401


def _become(job: dict[str, Any]) -> None:
    """Be the step that a job names: argv, cwd, log, and what else the job asks for."""
    os.setsid()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.chdir(job["cwd"])
    for stream, name in ((1, "stdout"), (2, "stderr")):
        file = os.open(f"{job['log']}.{name}", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        os.dup2(file, stream)
        os.close(file)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    faulthandler.register(signal.SIGUSR1)
    if job.get("file_size"):
        resource.setrlimit(resource.RLIMIT_FSIZE, (job["file_size"], job["file_size"]))
    if job.get("minds_permissions"):
        _mind_permissions()
    _watch(Path(f"{job['log']}.changes"), job.get("at", {}))
    script, *arguments = job["argv"]
    sys.argv = [script, *arguments]
    sys.path[0] = str(ROOT)
    if script.endswith(".py"):
        runpy.run_path(str(ROOT / script), run_name="__main__")
    else:
        runpy.run_module(script, run_name="__main__", alter_sys=True)


def _mind_permissions() -> None:
    """Let root be told what any owner of the files is told; other users are told it anyway.

    (Another user than root may not be able to read what Python itself is made of.)
    """
    if os.getuid() != 0:
        return
    libc = ctypes.CDLL(None, use_errno=True)
    head, sets = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION, 0), (ctypes.c_uint32 * 6)()
    libc.capget(head, sets)
    for capability in READS_AND_WRITES_ALL:
        libc.prctl(CAPBSET_DROP, capability, 0, 0, 0)  # for its workers
        for kind in range(3):  # effective, permitted, inheritable
            sets[kind] &= ~(1 << capability)
    if libc.capset(head, sets):
        raise OSError(ctypes.get_errno(), "root's rights cannot be given up")


def _watch(log: Path, at: dict[str, Any]) -> None:
    """Count the files that the process opens and its changes to the disk, and act at one of them.

    ``at`` says when (``open`` or ``change``: which one) and what: a ``signal`` to send to this
    process, or a path to ``remove``. How many changes there were is written at an ordinary end.
    """
    counts = {"open": 0, "change": 0}

    def act() -> None:
        if at.get("signal"):
            os.kill(os.getpid(), at["signal"])
        for path in [Path(at["remove"])] if at.get("remove") else []:
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)

    def count(event: str, arguments: tuple[Any, ...]) -> None:
        writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & WRITES
        for name, counted in (("open", event == "open"), ("change", event in CHANGES or writes)):
            counts[name] += bool(counted)
            if counted and counts[name] == at.get(name):
                at[name] = 0  # once
                act()

    counted_changes = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    sys.addaudithook(count)
    atexit.register(lambda: os.write(counted_changes, str(counts["change"]).encode()))


if __name__ == "__main__":
    with contextlib.suppress(BrokenPipeError):
        main()
