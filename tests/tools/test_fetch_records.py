"""The program that fetches a data set: what it says, and that a kill costs nothing."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from deepquake.core.errors import DeepQuakeError
from deepquake.tools import fetch_records
from tests.made_data import ROOT, run_step
from tests.tools.fetch.fdsn_server import Fault, FdsnServer, running
from tests.tools.fetch.made_requests import contents

REGION = ("--region", 38, 39.5, -123, -122)
TIMES = ("--starttime", "2024-03-01", "--endtime", "2024-03-02")
AT_ONCE = ("--pause_s", 0, "--wait_s", 0, "--attempts", 1)


@pytest.fixture
def server() -> Iterator[FdsnServer]:
    with running(FdsnServer(rate_hz=1.0)) as made:
        yield made


def fetch(monkeypatch: pytest.MonkeyPatch, folder: Path, server: FdsnServer, *more: object) -> None:
    """Run the program."""
    given = "--servers", server.url, "--dataset_dir", folder, *REGION, *TIMES, *AT_ONCE, *more
    monkeypatch.setattr(sys, "argv", ["fetch_records", *map(str, given)])
    fetch_records.main()


def test_it_says_what_it_did(
    server: FdsnServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    server.absent = lambda code, _: code == "BBB"
    fetch(monkeypatch, tmp_path / "a", server)
    said = capsys.readouterr().out
    assert "stations: 3, StationXML of 3" in said
    assert "records: 12 files fetched (" in said and "6 are at no server" in said
    assert "missing, by station: XX.BBB (6)" in said
    assert said.endswith(f"check_dataset --dataset_dir {tmp_path / 'a'}\n")
    fetch(monkeypatch, tmp_path / "a", server)
    assert "all of this has been fetched already" in capsys.readouterr().out


def test_what_is_missing_is_an_error(
    server: FdsnServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    server.faults.append(Fault(lambda path, query: "dataselect" in path and "HHZ" in query, 500))
    with pytest.raises(DeepQuakeError, match="the same command again goes on from here"):
        fetch(monkeypatch, tmp_path / "a", server)
    assert "Internal server error (" in capsys.readouterr().out


def test_arguments_that_cannot_be(
    server: FdsnServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for options, told in [
        (("--event_server", "none"), "needs events"),
        (("--region", 38, 39, 170, -170), "a region across 180 degrees"),
        (("--region", 39, 38, 1, 2), "south below north"),
    ]:
        with pytest.raises(DeepQuakeError, match=told):
            fetch(monkeypatch, tmp_path, server, *options)
    for options in [("--endtime", "2124-01-01"), ("--endtime", "2020-01-01"), ("--around", 1, 2)]:
        with pytest.raises(SystemExit):
            fetch(monkeypatch, tmp_path, server, *options)
    assert not server.asked


def test_a_kill_costs_no_more_than_what_was_under_way(
    server: FdsnServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.rate_hz = 0.1
    continuous = ("--records", "continuous", "--networks", "XX", "--connections", 1)
    monkeypatch.setattr("deepquake.tools.fetch.plan.STATION_DAYS_AT_ONCE", 1.0)
    program = (
        "import sys, deepquake.tools.fetch.plan as plan\n"
        "plan.STATION_DAYS_AT_ONCE = 1.0\n"
        "from deepquake.tools import fetch_records\n"
        "fetch_records.main()\n"
    )
    given = "--servers", server.url, "--dataset_dir", tmp_path / "killed", *REGION, *TIMES
    started = subprocess.Popen(
        [sys.executable, "-c", program, *map(str, (*given, *AT_ONCE, *continuous))],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
    )

    def kills(path: str, query: str) -> bool:
        if "dataselect" in path and "BBB" in query:
            os.kill(started.pid, signal.SIGKILL)
        return False

    server.faults.append(Fault(kills, 503))
    assert started.wait(120) == -signal.SIGKILL
    assert len(list((tmp_path / "killed/continuous").rglob("*.mseed"))) == 3
    (tmp_path / "killed/.fetch/staged").mkdir(exist_ok=True)
    (tmp_path / "killed/.fetch/staged/half").write_bytes(b"half")
    server.faults.clear()
    n_asked = server.n_asked("dataselect")
    fetch(monkeypatch, tmp_path / "killed", server, *continuous)
    assert server.n_asked("dataselect") == n_asked + 2
    fetch(monkeypatch, tmp_path / "whole", server, *continuous)
    assert contents(tmp_path / "killed") == contents(tmp_path / "whole")


def test_the_steps_take_what_was_fetched(
    server: FdsnServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.rate_hz = 100.0
    fetch(monkeypatch, tmp_path / "a", server)
    catalogue = tmp_path / "catalog.json"
    picks = run_step(
        "step0_metadata.py",
        *("--input_path", tmp_path / "a/sfiles_nordicformat", "--output_path", catalogue),
    )
    assert "P picks:" in picks.stdout
    told = run_step(
        "step1_windows.py",
        *("--raw_data_dir", tmp_path / "a/mseed", "--catalog_path", catalogue, "--plot", 0),
        *("--workers", 1, "--prep_data_dir", tmp_path / "prep"),
    )
    assert "positive" in told.stdout
