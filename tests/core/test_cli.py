"""What ends a step: one line and exit status 1 for what the user can put right."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from deepquake.core import cli
from deepquake.core.files import write_text
from tests.helpers import run_step


def disk_full() -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))  # as write() has it: no file named


@pytest.mark.parametrize(
    ("main", "said"),
    [
        (
            lambda: write_text("file/out.txt", "x"),
            "error: file: is a file, where a folder is to be",
        ),
        (lambda: write_text("file/sub/out.txt", "x"), "error: file/sub: Not a directory"),
        (lambda: Path("none").read_text(), "error: none: No such file or directory"),
        (disk_full, "error: No space left on device"),
    ],
)
def test_files_that_cannot_be_used_are_one_line(
    main: Callable[[], object],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("file").touch()
    with pytest.raises(SystemExit) as ended:
        cli.run(main)
    assert ended.value.code == 1
    assert capsys.readouterr().err == said + "\n"


def test_other_errors_of_the_system_are_defects() -> None:
    def main() -> None:
        raise OSError(errno.EINVAL, "Invalid argument")

    with pytest.raises(OSError, match="Invalid"):
        cli.run(main)


def test_a_step_whose_output_cannot_be_written(tmp_path: Path) -> None:
    catalog = tmp_path / "catalog.json"
    write_text(
        catalog, '{"events": [{"eventOriginTime": "2014-08-24T00:00:00", "detections": []}]}'
    )
    output = ("--output_path", catalog / "catalog.json")
    done = run_step("step0_metadata.py", "--input_path", catalog, *output, status=1)
    assert done.stderr.splitlines()[-1] == f"error: {catalog}: is a file, where a folder is to be"
    assert "Traceback" not in done.stderr
