"""The list of helper programs, and what holds of each: quick help, usage errors of a line."""

import subprocess
import sys

import pytest

from deepquake.tools.__main__ import programs
from tests.made_data import ROOT, run_process

HEAVY = ("tensorflow", "obspy", "matplotlib", "scipy.signal", "sklearn")


def test_every_program_has_a_line() -> None:
    done = run_process("-m deepquake.tools")
    lines = dict(line.split(maxsplit=1) for line in done.stdout.splitlines() if line)
    assert set(programs()) < set(lines)
    assert lines["check_dataset"].startswith("Look at a data set")
    assert all(line.endswith((".", "?")) or "," in line for line in programs().values())
    assert "usage: python -m deepquake.tools" in run_process("-m deepquake.tools --help").stdout


@pytest.mark.parametrize("name", sorted(programs()))
def test_help_needs_no_heavy_library(name: str) -> None:
    script = (
        "import runpy, sys\n"
        f"sys.argv = ['{name}', '--help']\n"
        "try:\n"
        f"    runpy.run_module('deepquake.tools.{name}', run_name='__main__')\n"
        "except SystemExit as ended:\n"
        "    assert not ended.code\n"
        f"print([name for name in {HEAVY} if name in sys.modules])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert "--help" in done.stdout and done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("name", sorted(programs()))
def test_a_usage_error_is_a_line(name: str) -> None:
    done = run_process(f"-m deepquake.tools.{name}", "--no_such_option", status=2)
    assert done.stderr.count("\n") == 1 and done.stderr.endswith("; see --help\n")
