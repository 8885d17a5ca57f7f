"""A lock keeps a second run out while the first lives, and nobody when it is dead."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from deepquake.core import locks
from deepquake.core.errors import DeepQuakeError
from deepquake.core.locks import Held, hold
from tests.another_user import another_user
from tests.made_data import ROOT

WAIT_S = 30
HOLDING = """
import sys, time
from pathlib import Path
from deepquake.core import cli, locks
locks.HEARTBEAT_S, locks.STALE_S, locks.LOOK_S = 0.1, float(sys.argv[3]), 0.05
if sys.argv[4]:
    locks._machine = lambda: sys.argv[4]
def main():
    with locks.hold(Path(sys.argv[1]), "windows"):
        print("holds", flush=True)
        time.sleep(float(sys.argv[2])) if float(sys.argv[2]) else sys.stdin.read()
    print("let go", flush=True)
cli.run(main)
"""


@contextmanager
def holding(
    folder: Path, for_s: float = 60, stale_s: float = 60, machine: str = ""
) -> Iterator[subprocess.Popen[str]]:
    """Have another process try to hold a folder for a while, on this or another machine.

    A while of no seconds is until its input is closed.
    """
    command = [sys.executable, "-c", HOLDING, str(folder), str(for_s), str(stale_s), machine]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def wait_for(condition: Callable[[], object]) -> None:
    end = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def in_folder(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def lock_of(folder: Path) -> Path:
    return folder / ".lock-windows"


def write_lock(folder: Path, age_s: float = 0.0, **others: object) -> Path:
    """Leave the lock of a run, by default of one that lives: this one."""
    pid = os.getpid()
    values: dict[str, object] = {
        "host": "node7",
        "machine": locks._machine(),
        "pid": pid,
        "begun": locks._process(pid)[1],
        "since": "2014-08-24T00:00:00.000000Z",
        "token": "0123456789abcdef",
    }
    lock = lock_of(folder)
    lock.write_text(json.dumps(values | others))
    moment = time.time() - age_s
    os.utime(lock, (moment, moment))
    return lock


def test_what_is_held_is_let_go_and_nothing_stays(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    with hold(folder, "windows"):
        assert in_folder(folder) == [".lock-windows"]
        assert json.loads(lock_of(folder).read_text())["pid"] == os.getpid()
    assert not list(tmp_path.iterdir())  # the folders it made and nobody used
    with pytest.raises(ZeroDivisionError), hold(folder, "windows"):
        (folder / "kept").touch()
        raise ZeroDivisionError
    assert in_folder(folder) == ["kept"]


def test_a_second_run_says_who_holds_it_and_changes_nothing(tmp_path: Path) -> None:
    with hold(tmp_path, "windows"):
        before = lock_of(tmp_path).read_bytes()
        with pytest.raises(Held) as told, hold(tmp_path, "windows"):
            raise AssertionError
        with hold(tmp_path, "other"):
            pass
        assert lock_of(tmp_path).read_bytes() == before
    who = f"process {os.getpid()} on {locks.gethostname()}, since 20"
    assert str(told.value).startswith(f"{tmp_path}: {who}")
    assert "is writing windows here" in str(told.value)


def test_a_second_process_ends_with_status_1(tmp_path: Path) -> None:
    with holding(tmp_path) as first:
        assert first.stdout.readline() == "holds\n"
        with holding(tmp_path) as second:
            output, errors = second.communicate(timeout=WAIT_S)
        assert (second.returncode, output) == (1, "")
        assert errors.count("\n") == 1 and f"process {first.pid} on" in errors
        assert first.poll() is None


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_what_a_killed_run_leaves_is_passed_over_at_once(
    tmp_path: Path, number: int, capsys: pytest.CaptureFixture[str]
) -> None:
    with holding(tmp_path) as first:
        first.stdout.readline()
        first.send_signal(number)
        first.wait(WAIT_S)
        assert in_folder(tmp_path) == [".lock-windows"]
    begin = time.monotonic()
    with hold(tmp_path, "windows"):
        assert time.monotonic() - begin < 2 * locks.HEARTBEAT_S
    assert not in_folder(tmp_path)
    assert not capsys.readouterr().err  # it does not wait for a sign of life


def test_ctrl_c_leaves_nothing(tmp_path: Path) -> None:
    with holding(tmp_path) as first:
        first.stdout.readline()
        first.send_signal(signal.SIGINT)
        assert first.wait(WAIT_S) == 130
    assert not in_folder(tmp_path)


def test_a_run_that_is_stopped_keeps_its_lock_on_its_machine(tmp_path: Path) -> None:
    with holding(tmp_path, stale_s=0.3) as first:
        first.stdout.readline()
        first.send_signal(signal.SIGSTOP)
        time.sleep(0.5)
        with pytest.raises(Held, match=f"it is stopped: .*kill -CONT {first.pid}"):
            hold(tmp_path, "windows").__enter__()
        first.send_signal(signal.SIGCONT)
        time.sleep(0.5)
        assert first.poll() is None


def test_another_machine_takes_over_what_is_not_touched_and_the_first_run_ends(
    tmp_path: Path,
) -> None:
    with holding(tmp_path, stale_s=2.0, machine="one") as first:
        first.stdout.readline()
        with holding(tmp_path, stale_s=2.0, machine="two") as second:
            errors = second.communicate(timeout=WAIT_S)[1]
            assert second.returncode == 1
            assert f"process {first.pid} on" in errors and "is writing windows here" in errors
        first.send_signal(signal.SIGSTOP)
        with holding(tmp_path, stale_s=2.0, machine="two") as second:
            assert second.stdout.readline() == "holds\n"
            first.send_signal(signal.SIGCONT)
            _, errors = first.communicate(timeout=WAIT_S)
            assert first.returncode == 1
            assert f"process {second.pid} on" in errors
            assert "has taken over what this run was writing" in errors
            assert second.poll() is None
            assert in_folder(tmp_path) == [".lock-windows"]


def test_a_run_ends_where_its_lock_is_gone_and_leaves_all_as_it_is(tmp_path: Path) -> None:
    with holding(tmp_path / "new") as first:
        first.stdout.readline()
        lock_of(tmp_path / "new").unlink()
        output, errors = first.communicate(timeout=WAIT_S)
        assert (first.returncode, output) == (1, "")
        assert "somebody has taken over" in errors
    assert (tmp_path / "new").is_dir()


def test_of_many_that_find_a_dead_lock_at_once_one_gets_it(tmp_path: Path) -> None:
    write_lock(tmp_path, begun="1")
    with ExitStack() as stack:
        runs = [stack.enter_context(holding(tmp_path, for_s=0)) for _ in range(6)]
        wait_for(lambda: sum(run.poll() is None for run in runs) <= 1)
        told = [run.communicate(timeout=WAIT_S)[0] for run in runs]
    assert sorted(run.returncode for run in runs) == [0] + [1] * 5
    assert sorted(told) == [""] * 5 + ["holds\nlet go\n"]
    assert not in_folder(tmp_path)


@pytest.mark.parametrize(
    "others",
    [
        {"pid": 2**22 + 1},  # no such process
        {"begun": "1"},  # another process has its number now
        {"machine": "another", "age_s": 1000.0},
        {"machine": 7, "age_s": 1000.0},  # damaged
    ],
)
def test_a_dead_lock_is_no_obstacle(
    tmp_path: Path, others: dict, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "HEARTBEAT_S", 0.1)
    monkeypatch.setattr(locks, "LOOK_S", 0.05)
    write_lock(tmp_path, **others)
    with hold(tmp_path, "windows"):
        assert in_folder(tmp_path) == [".lock-windows"]
    assert not in_folder(tmp_path)


@pytest.mark.parametrize("machine", ["", "another"])
def test_a_clock_that_jumps_makes_no_lock_of_a_living_run_stale(
    tmp_path: Path, machine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "LOOK_S", 0.05)  # the other run touches it more often than this one
    with holding(tmp_path, machine=machine) as first:
        first.stdout.readline()
        for off_s in (-5000, 5000):
            moment = time.time() + off_s
            os.utime(lock_of(tmp_path), (moment, moment))
            with pytest.raises(Held, match=f"process {first.pid} on"):
                hold(tmp_path, "windows").__enter__()


def test_a_copy_of_a_folder_in_work_can_be_used_after_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process lives, but is not at work in the copy: nobody touches the lock there."""
    monkeypatch.setattr(locks, "HEARTBEAT_S", 0.1)
    monkeypatch.setattr(locks, "LOOK_S", 0.05)
    write_lock(tmp_path)
    with pytest.raises(Held):
        hold(tmp_path, "windows").__enter__()
    write_lock(tmp_path, age_s=1000.0)
    with hold(tmp_path, "windows"):
        pass


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[" * 5000, b"9" * 4000, b"[]", b"{}"])
def test_a_lock_that_says_nothing_is_waited_for(
    tmp_path: Path, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "STALE_S", 0.3)
    monkeypatch.setattr(locks, "LOOK_S", 0.05)
    lock_of(tmp_path).write_bytes(content)
    begin = time.monotonic()
    with hold(tmp_path, "windows"):
        assert time.monotonic() - begin > 0.25


@pytest.mark.parametrize("off_s", [-5000.0, 5000.0])
def test_the_age_of_a_lock_does_not_hang_on_the_clock_of_a_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, off_s: float
) -> None:
    monkeypatch.setattr(locks, "LOOK_S", 0.05)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + off_s)
    monkeypatch.setattr(locks, "STALE_S", 1.0)
    lock = lock_of(tmp_path)
    write_lock(tmp_path, machine="another", age_s=off_s)
    begin = time.monotonic()
    with hold(tmp_path, "windows"):
        assert 0.5 < time.monotonic() - begin < 10
    assert not lock.exists()


def test_a_lock_touched_in_the_future_is_watched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "STALE_S", 0.3)
    monkeypatch.setattr(locks, "LOOK_S", 0.05)
    write_lock(tmp_path, machine="another", age_s=-1000.0)
    with hold(tmp_path, "windows"):
        pass


def test_names_of_any_length(tmp_path: Path) -> None:
    for name in ("ñ" * 127, "x" * 255, "x" * 254 + "y"):
        with hold(tmp_path, name), pytest.raises(Held), hold(tmp_path, name):
            pass
    with hold(tmp_path, "x" * 254 + "y"), hold(tmp_path, "x" * 254 + "z"):
        assert len(in_folder(tmp_path)) == 2


def test_folders_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FileExistsError), hold(tmp_path / "file", "windows"):
        pass
    with pytest.raises(FileExistsError), hold(tmp_path / "file" / "sub", "windows"):
        pass
    (tmp_path / "link").symlink_to(tmp_path / "gone")
    with pytest.raises(FileExistsError), hold(tmp_path / "link", "windows"):
        pass
    with pytest.raises(FileExistsError), hold(tmp_path / "link" / "sub", "windows"):
        pass
    assert in_folder(tmp_path) == ["file", "link"]


def test_a_lock_that_cannot_be_made_is_an_error_of_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(path: Path, *_: object) -> int:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(os, "open", denied)  # root may write anywhere
    monkeypatch.chdir(tmp_path)
    for folder in (tmp_path, Path()):
        with pytest.raises(PermissionError) as told, hold(folder, "windows"):
            pass
        assert told.value.filename == str(tmp_path)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_another_user_is_kept_out_by_a_lock_that_only_its_owner_may_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a folder that a group shares; and where the folder is not for others to write."""
    for name in ("STALE_S", "LOOK_S"):
        monkeypatch.setattr(locks, name, 0.2)
    shared, own = tmp_path / "shared", tmp_path / "own"
    for folder, mode in ((shared, 0o777), (own, 0o755)):
        folder.mkdir()
        folder.chmod(mode)
    write_lock(shared).chmod(0o600)
    with another_user(tmp_path):
        with pytest.raises(PermissionError) as told, hold(own, "windows"):
            pass
        assert told.value.filename == str(own)
        with hold(shared, "windows"):  # untouched for a while
            assert lock_of(shared).stat().st_uid == os.geteuid()
    assert not in_folder(shared) and not in_folder(own)


def test_a_lock_that_nobody_may_remove_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(path: Path, *_: object) -> Path:
        raise PermissionError(13, "Permission denied", str(path))

    write_lock(tmp_path, begun="1")
    monkeypatch.setattr(Path, "rename", denied)
    with pytest.raises(DeepQuakeError, match=r"\.lock-windows: left by a run that has ended"):
        hold(tmp_path, "windows").__enter__()


def test_a_fresh_lock_put_aside_by_mistake_comes_back(tmp_path: Path) -> None:
    """Two runs saw a dead lock; the slower one finds the new lock of the faster one."""
    write_lock(tmp_path, begun="1")
    seen = locks._see(lock_of(tmp_path))
    late = locks.Holder(host="", machine="", pid=1, begun="", since="", token="late")
    with hold(tmp_path, "windows"):
        before = lock_of(tmp_path).read_bytes()
        locks._put_aside(lock_of(tmp_path), seen, late)
        assert lock_of(tmp_path).read_bytes() == before
        assert in_folder(tmp_path) == [".lock-windows"]


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """What of Windows a lock meets: no signal that only asks, no time set by a descriptor."""

    def end(*_: object) -> None:
        raise AssertionError("the process would have been ended")

    monkeypatch.setattr(locks, "ON_WINDOWS", True)
    monkeypatch.setattr(os, "kill", end)
    monkeypatch.setattr(os, "supports_fd", os.supports_fd - {os.utime})
    monkeypatch.setattr(locks, "_machine", lambda: "this one")
    read_text = Path.read_text

    def no_proc(path: Path, *args: str, **how: str) -> str:
        if path.is_relative_to("/proc"):
            raise FileNotFoundError(path)
        return read_text(path, *args, **how)

    monkeypatch.setattr(Path, "read_text", no_proc)


def test_on_windows_a_living_run_keeps_others_out(
    tmp_path: Path, windows: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "HEARTBEAT_S", 0.05)
    with hold(tmp_path, "windows"):
        os.utime(lock_of(tmp_path), (0, 0))
        wait_for(lambda: lock_of(tmp_path).stat().st_mtime > 0)  # touched
        with pytest.raises(Held), hold(tmp_path, "windows"):
            pass
    assert not in_folder(tmp_path)


def test_on_windows_the_lock_of_a_killed_run_is_passed_over_when_it_is_stale(
    tmp_path: Path, windows: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value_s in (("STALE_S", 0.2), ("HEARTBEAT_S", 0.05), ("LOOK_S", 0.05)):
        monkeypatch.setattr(locks, name, value_s)
    write_lock(tmp_path, age_s=10.0, machine="this one")
    with hold(tmp_path, "windows"):
        assert in_folder(tmp_path) == [".lock-windows"]
