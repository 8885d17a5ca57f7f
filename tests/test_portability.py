"""Nothing in the library that macOS or Windows lacks, so far as reading the code can tell."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.test_rooms import LIBRARY, MAY_IMPORT, ROOT, modules, name_of

UNIX_MODULES = {"fcntl", "grp", "posix", "pty", "pwd", "resource", "syslog", "termios"}
# what Windows lacks, or does otherwise
UNIX_NAMES = {
    "os": {"chown", "fork", "forkpty", "getuid", "geteuid", "getpgid", "killpg", "mkfifo", "nice"}
    | {"sched_getaffinity", "setsid", "statvfs", "sync", "uname", "wait"},
    "signal": {"SIGALRM", "SIGHUP", "SIGKILL", "SIGUSR1", "SIGUSR2", "pause", "setitimer"},
    "datetime": {"fromtimestamp", "utcfromtimestamp"},  # before 1970
    "time": {"tzset"},
}
# only what tells a worker to end does so: nothing does on Windows, where it is killed
FINE = {("core.workers", "signal.SIGALRM"), ("core.workers", "signal.setitimer")}
SERVERS = "waveforms.seedlink."  # of today, never of before 1970


def unix_names(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in UNIX_MODULES)
        elif isinstance(node, ast.ImportFrom) and node.module in UNIX_MODULES:
            yield str(node.module)
        elif (
            isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.attr in UNIX_NAMES.get(node.value.id, ())
        ):
            yield f"{node.value.id}.{node.attr}"


def test_nothing_that_only_unix_has_is_used() -> None:
    found = {(name_of(path), name) for path in modules() for name in unix_names(path)}
    since_1970 = {
        (module, name)
        for module, name in found
        if name == "datetime.fromtimestamp" and module.startswith((SERVERS, "detection.following."))
    }
    assert found - FINE - since_1970 == set()


def test_text_files_have_an_encoding() -> None:
    command = [sys.executable, "-m", "ruff", "check", "--preview", "--select", "PLW1514", "-q"]
    done = subprocess.run([*command, str(LIBRARY)], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


WITHOUT = f"""
import os, signal, sys
sys.modules.update(dict.fromkeys({sorted(UNIX_MODULES - {"posix"})!r}))
for name in ("SIGALRM", "SIGHUP", "SIGKILL", "SIGUSR1", "setitimer", "pthread_sigmask"):
    delattr(signal, name)
for name in ("fork", "getuid", "geteuid", "statvfs", "sched_getaffinity", "uname"):
    delattr(os, name)
"""


def test_step_6_can_be_imported_without_what_only_unix_has() -> None:
    rooms = MAY_IMPORT["detection"] - {"learning"} | {"detection"}
    ours = [
        f"import deepquake.{name_of(path)}"
        for path in modules()
        if name_of(path).partition(".")[0] in rooms
    ]
    # NumPy and ObsPy, which know of both systems, are there before
    program = "\n".join(["import numpy, obspy, scipy.signal, matplotlib", WITHOUT, *ours])
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
