"""Options and their help, and what ends a step: one line for what the user can put right."""

import argparse
import errno
import os
import re
import runpy
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from deepquake.core import cli
from deepquake.core.files import write_text
from deepquake.tools.__main__ import programs
from tests.made_data import ROOT, run_process


class ResourceExhaustedError(Exception):
    """As TensorFlow's."""


def memory_full() -> None:
    raise MemoryError


def memory_of_tensorflow_full() -> None:
    raise ResourceExhaustedError("OOM when allocating tensor with shape[7,100000,100000]")


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
        (
            lambda: Path("link").mkdir(),
            "error: link: is a link to {}/gone, which is not there; make that folder, or remove "
            "the link",
        ),
        (disk_full, "error: No space left on device"),
        (memory_full, f"error: {cli.TOO_LARGE}"),
        (memory_of_tensorflow_full, f"error: {cli.TOO_LARGE}"),
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
    Path("link").symlink_to("gone")
    with pytest.raises(SystemExit) as ended:
        cli.run(main)
    assert ended.value.code == 1
    assert capsys.readouterr().err == said.format(tmp_path) + "\n"


def test_an_empty_path_is_not_taken_for_this_folder(
    capsys: pytest.CaptureFixture[str],
) -> None:
    parser = cli.make_parser("does something")
    parser.add_argument("--output_dir", type=Path)
    assert parser.parse_args(["--output_dir", "."]).output_dir == Path()
    with pytest.raises(SystemExit) as ended:
        parser.parse_args(["--output_dir", ""])
    assert ended.value.code == 2
    assert "--output_dir: takes a file or a folder, not ''" in capsys.readouterr().err


def test_an_error_is_one_line_whatever_the_name(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.run(lambda: Path("no\n\x1b[31m\udcf3").read_text())
    assert capsys.readouterr().err == "error: " r"no\n\x1b[31m\xf3: No such file or directory" "\n"


def test_a_line_about_a_typed_name_commands_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    name = "a\x1b[31m\n"
    cli.say(f"wrote {Path(name)}")
    assert capsys.readouterr().out == r"wrote a\x1b[31m\n" "\n"


def test_letters_that_a_terminal_lacks_end_no_step(tmp_path: Path) -> None:
    program = "from deepquake.core.cli import run\nrun(lambda: print('Señal 日', '\\udcf3'))"
    for encoding, said in ("utf-8", "Señal 日 \\xf3\n"), ("ascii", "Se\\xf1al \\u65e5 \\xf3\n"):
        done = subprocess.run(
            [sys.executable, "-c", program],
            cwd=ROOT,
            capture_output=True,
            encoding=encoding,
            env=os.environ | {"PYTHONIOENCODING": encoding},
        )
        assert (done.stdout, done.stderr) == (said, "")


def test_ctrl_c_is_no_defect_of_a_library_that_makes_an_error_of_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def main() -> None:
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt:
            print("Traceback of a library that goes on", file=sys.stderr)
            raise TypeError("Failed to convert elements") from None

    with pytest.raises(SystemExit) as ended:
        cli.run(main)
    assert (ended.value.code, capsys.readouterr().err) == (130, "stopped\n")
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


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
    done = run_process("step0_metadata.py", "--input_path", catalog, *output, status=1)
    assert done.stderr.splitlines()[-1] == f"error: {catalog}: is a file, where a folder is to be"
    assert "Traceback" not in done.stderr


def test_usage_errors_are_one_line() -> None:
    done = run_process("step1_windows.py", "--window_size", "ten", status=2)
    said = "argument --window_size: takes a number, not 'ten'; see --help"
    assert done.stderr == f"step1_windows.py: error: {said}\n"
    done = run_process("-m deepquake.tools.join_components", status=2)
    assert done.stderr.startswith("python -m deepquake.tools.join_components: error: the following")
    assert done.stderr.count("\n") == 1


def test_help_shows_each_default(capsys: pytest.CaptureFixture[str]) -> None:
    keys = ("window_size", "plot", "stations_path", "normalization")
    cli.make_parser("What it does.", keys, from_checkpoint=("ksize",)).print_help()
    helped = " ".join(capsys.readouterr().out.split())
    for option, default in {
        "--window_size FLOAT length of a window in seconds": "10.0",
        "draw the pictures of the step; without, report.html has tables only": "1",
        "empty: beside the waveforms": "empty",
        "(by the standard deviation) or none": "std",
        "--ksize INT ConvNetQuake2: samples in a convolution's kernel": "the network's",
    }.items():
        assert f"{option} (default: {default})" in helped


def test_settings_of_the_network_are_printed_where_they_are_given(
    capsys: pytest.CaptureFixture[str],
) -> None:
    parser = cli.make_parser("", ["plot"], from_checkpoint=["window_size", "ksize"])
    settings = cli.load_settings(parser.parse_args(["--ksize", "7", "--plot", "0"]))
    assert (settings.network.ksize, settings.run.plot) == (7, False)
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()[1:]] == [
        "plot",
        "ksize",
    ]


def test_without_the_environment_it_says_how_to_activate_it(tmp_path: Path) -> None:
    command = [sys.executable, "-S", "step1_windows.py", "--raw_data_dir", tmp_path]
    command += ["--catalog_path", tmp_path / "x.json", "--prep_data_dir", tmp_path / "prep"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert done.stderr.startswith("error: the package '") and done.stderr.count("\n") == 1
    assert "source .venv/bin/activate" in done.stderr


@pytest.mark.parametrize(
    "program",
    sorted(path.name for path in ROOT.glob("step*.py"))
    + [f"-m deepquake.tools.{name}" for name in programs()],
)
def test_help_needs_no_environment(program: str) -> None:
    command = [sys.executable, "-S", *program.split(), "--help"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"usage: {program.replace('-m', 'python -m')}")


def test_a_module_of_ours_that_is_not_there_is_a_defect() -> None:
    def main() -> None:
        raise ModuleNotFoundError("No module named 'deepquake.x'", name="deepquake.x")

    with pytest.raises(ModuleNotFoundError):
        cli.run(main)


def test_an_old_python_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10, 13))
    with pytest.raises(SystemExit, match="needs Python 3.11 or newer"):
        runpy.run_path(str(ROOT / "deepquake" / "__init__.py"))


@pytest.mark.parametrize(
    ("convert", "good", "bad", "said"),
    [
        (cli.in_range(int), "0", "-1", "takes a whole number of 0 or more, not '-1'"),
        (cli.in_range(int, 1, 6), "6", "7", "takes a whole number from 1 to 6, not '7'"),
        (cli.in_range(int), "3", "3.5", "takes a whole number of 0 or more, not '3.5'"),
        (cli.in_range(float, above=0), "0.5", "0", "takes a number above 0, not '0'"),
        (
            cli.in_range(float, 90, 180),
            "90",
            "nan",
            "takes a number from 90 to 180, not 'nan'",
        ),
    ],
)
def test_numbers_of_a_range(convert: Callable, good: str, bad: str, said: str) -> None:
    assert convert(good) == float(good)
    with pytest.raises(argparse.ArgumentTypeError, match=re.escape(said)):
        convert(bad)
