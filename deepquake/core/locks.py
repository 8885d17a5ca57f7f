"""A lock for each output, so that two runs never write the same one at the same time.

The lock is a hidden file beside the output. ``flock`` does not hold on every network disk, so the
file itself is the lock: it is made with O_EXCL, says who holds it, and a thread touches it all the
while. A run that is killed leaves it behind: another run of the same machine sees that the process
is gone; one of another machine, that nothing has touched it for minutes.
"""

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from itertools import chain, repeat
from pathlib import Path
from socket import gethostname
from threading import Event, Thread

from deepquake.core.errors import DeepQuakeError
from deepquake.core.files import NAME_BYTES, ON_WINDOWS, name_within
from deepquake.core.text import printable
from deepquake.core.times import iso

LOCK_PREFIX = ".lock-"
HEARTBEAT_S = 15.0  # between two touches
STALE_S = 300.0  # untouched for so long: nobody holds it any more
LOOK_S = 1.0  # between two looks at a lock that may be touched again
LONGEST_NAME = NAME_BYTES - 20  # bytes: a lock that is put aside has a longer one
MOST_CONTENT = 4096  # bytes of a lock
STOPPED = "Tt"  # states in /proc of a process that a signal or a debugger has stopped
HIDDEN = "?"
VANISHES_MOST = 20  # times that the folder to write to may vanish


class Held(DeepQuakeError):
    """Another run holds the lock of an output."""


@dataclass(frozen=True)
class Holder:
    """Who holds a lock: ``machine`` tells apart machines of one name, containers and reboots,
    ``begun`` processes of one number, ``token`` all locks."""

    host: str
    machine: str
    pid: int
    begun: str
    since: str
    token: str


@dataclass(frozen=True)
class _Sight:
    """What is seen of a lock: its holder (None: it does not say), when it was touched last."""

    holder: Holder | None
    touched_s: float  # by the clock of the disk


@contextmanager
def hold(folder: Path, name: str) -> Iterator[None]:
    """Hold an output, so that no other run writes it, while the block is at work.

    A process that finds its lock taken over by another (it was stopped or cut off from the disk
    for minutes) ends at once with a line on stderr and exit status 1, and tidies nothing up: the
    output is the other's.

    Parameters
    ----------
    folder : Path
        Where the output is written; it is made where it is missing.
    name : str
        What is written there: runs that write other things to the folder are not kept out.

    Raises
    ------
    Held
        Where another run holds it: who, and since when.
    OSError
        Where the folder cannot be written.
    """
    lock = folder / name_within(LONGEST_NAME, LOCK_PREFIX + name)
    me = Holder(
        host=gethostname(),
        machine=_machine(),
        pid=os.getpid(),
        begun=_process(os.getpid())[1],
        since=iso(time.time() // 1),
        token=os.urandom(8).hex(),
    )
    made: list[Path] = []
    ended = Event()
    try:
        _acquire(lock, me, made)
        beating = Thread(target=_keep, args=(lock, me, ended), daemon=True)
        beating.start()
        try:
            yield
        finally:
            ended.set()
            beating.join()
            with suppress(OSError):
                if _is_mine(lock, me):
                    os.unlink(lock)
    finally:
        with suppress(OSError):  # what it made and nothing was written to
            for path in made:
                path.rmdir()


def _acquire(lock: Path, me: Holder, made: list[Path]) -> None:
    """Make the lock, that of a dead run put aside; ``made`` gets the folders made for it."""
    vanished = 0
    while True:
        try:
            _make_folders(lock.parent, made)
            if _create(lock, me):
                return
        except FileNotFoundError:  # a run has ended that had made the folder, and takes it along
            vanished += 1
            if vanished > VANISHES_MOST:
                raise
        except OSError as error:  # the lock is not what the user wants to write
            folder = lock.parent if lock.parent.name else lock.parent.absolute()  # no bare point
            path = folder if error.filename == str(lock) else error.filename
            raise OSError(error.errno, error.strerror, str(path)) from None
        seen = _see(lock)
        if seen is None or seen.holder is None:
            time.sleep(0.05)  # it was let go, or its holder is about to write it
            seen = _see(lock)
        if seen is not None:
            _wait_until_stale(lock, seen)
            _put_aside(lock, seen, me)


def _make_folders(folder: Path, made: list[Path]) -> None:
    missing = []
    while not folder.is_dir():
        missing.append(folder)
        folder = folder.parent
    for path in reversed(missing):
        path.mkdir(exist_ok=True)  # by another run, just now
        made.insert(0, path)


def _create(lock: Path, me: Holder) -> bool:
    """Make the lock; False where there is one."""
    try:
        descriptor = os.open(lock, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    except FileExistsError:
        return False
    try:
        os.write(descriptor, json.dumps(asdict(me)).encode() + b"\n")
    except OSError as error:
        os.unlink(lock)
        raise OSError(error.errno, error.strerror, str(lock)) from None
    finally:
        os.close(descriptor)
    return _is_mine(lock, me)  # False: stopped for minutes in here, it has been put aside


def _see(lock: Path) -> _Sight | None:
    """Return what a lock says, None where there is none."""
    try:
        # opened first: a network disk then asks the server for what follows
        with open(lock, "rb", buffering=0) as file:
            content, touched_s = file.read(MOST_CONTENT), os.fstat(file.fileno()).st_mtime
    except FileNotFoundError:
        return None
    except OSError:  # of a user who lets nobody read it
        try:
            return _Sight(None, os.stat(lock).st_mtime)
        except FileNotFoundError:
            return None
    try:
        values = json.loads(content)
        holder = Holder(**values)
        sound = {name: type(value) for name, value in values.items()} == Holder.__annotations__
    except (ValueError, TypeError, RecursionError):
        return _Sight(None, touched_s)
    return _Sight(holder if sound else None, touched_s)


def _wait_until_stale(lock: Path, seen: _Sight) -> None:
    """Return when nobody holds a lock any more; Held where somebody does."""
    age_s = _age_s(lock, seen)
    holder = seen.holder
    if holder is not None and holder.machine == _machine():
        state, begun = _process(holder.pid)
        if not state or begun not in (holder.begun, HIDDEN):
            return
        if state in STOPPED or age_s < STALE_S:
            raise _held(lock, holder, stopped=state in STOPPED)
    # It may be of a run that has been killed on another machine: a sign of life will tell, which
    # is waited for even where none was for long, as a clock may have jumped or a machine slept.
    who = _who(holder)
    where = printable(str(lock.parent))
    print(f"{where}: {who} was at work here; waiting for a sign of its life", file=sys.stderr)
    wait_s = min(max(STALE_S - age_s, 2 * HEARTBEAT_S), STALE_S)
    begin = time.monotonic()
    while time.monotonic() - begin < wait_s:
        time.sleep(LOOK_S)
        now = _see(lock)
        if now is None:
            return
        if now != seen:
            raise _held(lock, now.holder)


def _age_s(lock: Path, seen: _Sight) -> float:
    """Return how long ago a lock was touched, by the clock of the disk it is on, not by ours."""
    folder = lock.parent
    with suppress(OSError):  # of a user who lets nobody else touch it: by the last change in it
        os.utime(folder)
    return os.stat(folder).st_mtime - seen.touched_s


def _put_aside(lock: Path, seen: _Sight, me: Holder) -> None:
    """Remove a lock that nobody holds; of several runs that try at once, one does."""
    aside = lock.with_name(f"{lock.name}.{me.token}")
    try:
        lock.rename(aside)
        if _see(aside) == seen:
            os.unlink(aside)
        else:
            aside.rename(lock)  # the new lock of a run that was faster
    except FileNotFoundError:
        pass
    except OSError as error:
        what = f"left by a run that has ended, cannot be removed: {error.strerror}; remove it"
        raise DeepQuakeError(f"{lock}: {what}") from None


def _keep(lock: Path, me: Holder, ended: Event) -> None:
    """Touch a lock until the work has ended; end the process where the lock is another's."""
    for wait_s in chain([min(1.0, HEARTBEAT_S)], repeat(HEARTBEAT_S)):
        if ended.wait(wait_s):
            return
        with suppress(OSError):  # the disk does not answer: no reason to end, nor to be sure
            if _touch(lock, me) or ended.wait(1.0) or _touch(lock, me):
                continue  # one who came too late to a stale lock puts this back at once
            seen = _see(lock)
            who = _who(seen.holder) if seen else "somebody"
            message = f"error: {lock.parent}: {who} has taken over what this run was writing\n"
            sys.stderr.write(message)
            sys.stderr.flush()
            os._exit(1)


def _touch(lock: Path, me: Holder) -> bool:
    """Touch a lock, by the server's clock, if it is still there and still ours."""
    try:
        with open(lock, "rb", buffering=0) as file:
            if not _says(file.read(MOST_CONTENT), me):
                return False
            os.utime(file.fileno() if os.utime in os.supports_fd else lock)
            return True
    except FileNotFoundError:
        return False


def _is_mine(lock: Path, me: Holder) -> bool:
    return _says(lock.read_bytes(), me)


def _says(content: bytes, me: Holder) -> bool:
    return f'"{me.token}"'.encode() in content


def _held(lock: Path, holder: Holder | None, stopped: bool = False) -> Held:
    do = "wait for it, or end it"
    if stopped and holder is not None:
        do = f"it is stopped: let it go on (kill -CONT {holder.pid}), or end it"
    what = lock.name.removeprefix(LOCK_PREFIX)
    return Held(f"{lock.parent}: {_who(holder)} is writing {what} here; {do}")


def _who(holder: Holder | None) -> str:
    if holder is None:
        return "another run"
    return printable(f"process {holder.pid} on {holder.host}, since {holder.since},")


def _machine() -> str:
    """Return what tells this machine, since it was started, and its processes from all others."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot} {os.readlink('/proc/self/ns/pid')}"
    except OSError:  # no Linux
        from uuid import getnode  # takes long to load

        return f"{gethostname()} {getnode():x}"


def _process(pid: int) -> tuple[str, str]:
    """Return the state of a process of this machine, empty where it has ended, and its begin.

    The state is a letter of /proc, the begin in clock ticks since the machine was started (proc(5),
    /proc/PID/stat); both are ``HIDDEN`` of a process that /proc does not show.
    """
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        fields = text.rpartition(")")[2].split()
        return ("", "") if fields[0] in "ZX" else (fields[0], fields[19])
    except (OSError, IndexError):
        pass  # there is no /proc, or it hides the processes of other users
    if ON_WINDOWS:
        return HIDDEN, HIDDEN  # the signal 0, which only asks elsewhere, would end it
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return "", ""
    except PermissionError:
        pass
    return HIDDEN, HIDDEN
