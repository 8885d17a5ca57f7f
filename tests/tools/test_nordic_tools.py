"""The helpers for s-files: inspect_sfile, split_sfiles, mseed_name2sfile_name."""

import subprocess
import sys
from pathlib import Path

import pytest

from deepquake.catalog.nordic.writer import write_nordic
from deepquake.catalog.reader import read_file
from deepquake.core.report import Report
from deepquake.tools.mseed_name2sfile_name import sfile_name_of
from tests.conftest import ROOT
from tests.made_data import network_events


def tool(name: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", f"deepquake.tools.{name}", *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=120,
    )


@pytest.fixture
def sfile(tmp_path: Path) -> Path:
    path = tmp_path / "many.out"
    path.write_text(write_nordic(network_events(3)))
    return path


def test_inspect_prints_and_writes_quakeml(sfile: Path, tmp_path: Path) -> None:
    output = tmp_path / "x.xml"
    run = tool("inspect_sfile", "--stream_path", sfile, "--output_path", output)
    assert run.returncode == 0, run.stderr
    event = network_events(1)[0]
    assert f"event {event.event_id} (line 1)" in run.stdout
    assert "12 at 6 stations: 6 P, 6 S, 0 other" in run.stdout
    assert run.stdout.count("impulsive") == 18
    import obspy

    catalog = obspy.read_events(str(output))
    assert [len(event.picks) for event in catalog] == [12, 12, 12]


def test_split_keeps_every_line(sfile: Path, tmp_path: Path) -> None:
    folder = tmp_path / "split"
    run = tool("split_sfiles", "--stream_path", sfile, "--output_dir", folder)
    assert run.returncode == 0, run.stderr
    files = sorted(folder.iterdir())
    assert [path.name for path in files] == [
        f"01-{e.event_id[8:12]}-{e.event_id[12:]}L.S201001" for e in network_events(3)
    ]
    assert "".join(path.read_text() for path in files) == sfile.read_text()
    report = Report()
    assert [len(read_file(path, report)[0]) for path in files] == [1, 1, 1]
    assert report.problems == []
    assert tool("split_sfiles", "--stream_path", sfile, "--output_dir", folder).returncode == 0
    files[0].write_text("mine")
    run = tool("split_sfiles", "--stream_path", sfile, "--output_dir", folder)
    assert run.returncode == 1 and "exists with other content" in run.stderr


def test_events_of_one_second_get_names_of_their_own(tmp_path: Path) -> None:
    path = tmp_path / "twice.out"
    event = network_events(1)[0]
    path.write_text(write_nordic([event, event]))
    run = tool("split_sfiles", "--stream_path", path, "--output_dir", tmp_path / "split")
    assert run.returncode == 0, run.stderr
    names = sorted(p.name for p in (tmp_path / "split").iterdir())
    assert names == ["01-0000-13L.S201001", "01-0000-14L.S201001"]


def test_split_of_the_file_of_carabobo(shared_data: Path, tmp_path: Path) -> None:
    path = shared_data / "carabobo" / "arrival_times.txt"
    run = tool("split_sfiles", "--stream_path", path, "--output_dir", tmp_path)
    assert run.returncode == 0, run.stderr
    events = [event for p in sorted(tmp_path.iterdir()) for event in read_file(p, Report())[0]]
    assert len(events) == 17 and sum(len(event.picks) for event in events) == 59


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("inspect_sfile", ["--stream_path", "no/such/file"]),
        ("split_sfiles", ["--stream_path", "README.md", "--output_dir", "never"]),
        ("mseed_name2sfile_name", ["--stream_path", "x.mseed"]),
    ],
)
def test_errors_are_one_line_and_status_1(name: str, arguments: list[str]) -> None:
    run = tool(name, *arguments)
    assert run.returncode == 1
    assert len([line for line in run.stderr.splitlines() if line.startswith("error: ")]) == 1
    assert "Traceback" not in run.stderr
    assert not (ROOT / "never").exists()


def test_names_of_sfiles() -> None:
    assert sfile_name_of("2014-08-24-0001-00S.Z7____036.mseed") == "24-0001-00L.S201408"
    assert sfile_name_of("2014-08-24-0001-00M.X", "R") == "24-0001-00R.S201408"
    assert sfile_name_of("DYJN.mseed") is None
