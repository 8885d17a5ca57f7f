"""Work for the tests of parallel runs; processes import it by name."""

import os
import signal
import time
from multiprocessing.connection import Connection
from pathlib import Path

from deepquake.core.errors import DeepQuakeError
from deepquake.core.files import whole_file


def square(number: int) -> int:
    """Take longer for the first tasks, so that later ones end before them."""
    time.sleep(0.05 if number < 3 else 0)
    return number * number


def die(task: tuple[Path, str, int]) -> str:
    """Note the attempt in a folder and kill the process, 'once', 'always' or 'never'."""
    folder, kind, number = task
    attempts = len(list(folder.glob(f"{number}-*")))
    (folder / f"{number}-{attempts}").touch()
    if kind == "always" or (kind == "once" and attempts == 0):
        os.kill(os.getpid(), signal.SIGKILL)
    return f"{kind} {number}"


def die_while_answering(task: tuple[Path, int]) -> bytes:
    """Be killed, the first time, when a part of a long result is on its way to the parent."""
    folder, number = task
    if number == 1 and not (folder / "tried").exists():
        (folder / "tried").touch()
        write = Connection._send

        def write_some(pipe: Connection, data: bytes, *_: object) -> None:
            write(pipe, data[:1000])
            if len(data) > 1000:
                os.kill(os.getpid(), signal.SIGKILL)

        Connection._send = write_some
    return bytes([number]) * 200_000


def fail(number: int) -> int:
    """Raise what the user can put right; of the two that do, the first is the slower one."""
    if number == 2:
        time.sleep(0.3)
        raise DeepQuakeError("file.mseed: cannot be read")
    if number == 3:
        raise DeepQuakeError("another file: cannot be read")
    return number


def write_slowly(path: Path) -> None:
    """Write half of a file, and take a minute over the other half."""
    with whole_file(path) as temporary:
        temporary.write_text("half")
        path.with_suffix(".begun").touch()
        time.sleep(60)


class _Slow:
    """An object that takes a while to go: what is raised meanwhile is lost."""

    def __del__(self) -> None:
        time.sleep(3)


def write_deafly(path: Path) -> None:
    """Write half of a file, and be in a destructor when told to end."""
    with whole_file(path) as temporary:
        temporary.write_text("half")
        path.with_suffix(".begun").touch()
        slow = _Slow()
        del slow
        time.sleep(60)


def write_unclosed(path: Path) -> None:
    """Write half of a file, and be told to end where the with block's own end is never reached."""
    writing = whole_file(path)
    writing.__enter__().write_text("half")
    path.with_suffix(".begun").touch()
    time.sleep(60)


def where(_: int) -> tuple[str, int]:
    """Return the folder and the process it runs in."""
    time.sleep(0.02)
    return os.getcwd(), os.getpid()


def note_and_wait(task: tuple[Path, int]) -> int:
    """Note the process that does a task, in a folder, and take a while."""
    folder, number = task
    (folder / f"{number}.{os.getpid()}").touch()
    time.sleep(0.3)
    return number


def kill_always(number: int) -> int:
    """Take the process along, if the number is 1."""
    if number == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return number
