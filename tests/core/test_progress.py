"""Progress: a bar on a terminal at once, a line a minute in a file."""

import gc
import os
import pty
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from deepquake.core import progress as module
from deepquake.core.progress import nothing_collected, progress

ROOT = Path(__file__).resolve().parents[2]


def test_a_file_gets_a_line_a_minute(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now_s = 100.0

    def items() -> Iterator[int]:
        nonlocal now_s
        for number in range(8):
            now_s += 25.0
            yield number

    monkeypatch.setattr(module.time, "monotonic", lambda: now_s)
    assert list(progress(items(), 8, "station streams")) == list(range(8))
    assert capsys.readouterr().out.splitlines() == [
        "station streams: 2 of 8, 75.0 s, 3.8 min to go",
        "station streams: 5 of 8, 2.5 min, 90.0 s to go",
    ]


def test_short_work_and_none_say_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert list(progress([1, 2], 2, "files")) == [1, 2]
    assert list(progress([], 0, "files")) == []
    assert capsys.readouterr().out == ""


def test_a_terminal_gets_a_bar_while_the_first_item_is_worked_on() -> None:
    code = "import time; from deepquake.core.progress import progress\n"
    code += "list(progress(map(time.sleep, (100, 100)), 2, 'station streams'))"
    leader, follower = pty.openpty()
    termios.tcsetwinsize(follower, (24, 80))
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=follower) as process:
        begin_s = time.monotonic()
        shown = os.read(leader, 1000).decode()
        while "0/2" not in shown:
            shown += os.read(leader, 1000).decode()
        assert time.monotonic() - begin_s < 50  # much less, but for a busy machine
        assert "station streams" in shown
        process.kill()
    os.close(leader)
    os.close(follower)


def test_collection_rests_and_is_taken_up_again() -> None:
    assert gc.isenabled()
    with pytest.raises(ValueError), nothing_collected():
        assert not gc.isenabled()
        with nothing_collected():
            pass
        assert not gc.isenabled()
        raise ValueError
    assert gc.isenabled()
