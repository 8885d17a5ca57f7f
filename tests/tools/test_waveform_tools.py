"""The helpers that draw, join and rename waveform files, run as a user would."""

from pathlib import Path

import pytest
from obspy import read

from deepquake.catalog.catalog_json import write_catalog_json
from deepquake.catalog.events import Event, Pick
from tests.made_data import run_step
from tests.waveforms.waveform_files import START, damage, noise, three, trace, write


def tool(name: str, *arguments: object, status: int = 0):
    return run_step(f"-m deepquake.tools.{name}", *arguments, status=status)


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Return a folder with a file of two stations and another of one component per file."""
    folder = tmp_path / "archive"
    write(folder / "event", *three(3000, station="AAA"), *three(3000, station="BBB"))
    for item in three(3000, START + 1000, station="CCC"):
        write(folder / f"day.{item.stats.channel}", item)
    (folder / "notes.txt").write_text("some notes\n")
    return folder


def test_plot_mseed_draws_every_station_and_the_picks(archive: Path, tmp_path: Path) -> None:
    picks = [Pick("AAA", "P", START.timestamp + 10), Pick("bbb", "S", START.timestamp + 15)]
    write_catalog_json(tmp_path / "catalog.json", [Event("e", START.timestamp, picks=picks)])
    options = ("--stream_path", archive, "--output_dir", tmp_path / "png")
    done = tool("plot_mseed", *options, "--catalog_path", tmp_path / "catalog.json")
    assert "3 station streams, 4 pictures" in done.stdout
    assert "notes.txt" in done.stderr
    names = {path.name for path in (tmp_path / "png").iterdir()}
    assert {"event_AAA.png", "event_BBB.png", "event_all.png"} < names


@pytest.mark.parametrize("name", ["plot_mseed", "join_components"])
def test_a_file_that_cannot_be_read_after_all_costs_no_other(
    name: str, archive: Path, tmp_path: Path
) -> None:
    damage(write(archive / "bad.gse", trace(noise(3000)), format="GSE2"))
    done = tool(name, "--stream_path", archive, "--output_dir", tmp_path / "out")
    assert "bad.gse: its samples cannot be read" in done.stderr
    assert len(list((tmp_path / "out").iterdir())) == {"plot_mseed": 5, "join_components": 3}[name]


def test_join_components_writes_a_file_per_station_stream(archive: Path, tmp_path: Path) -> None:
    tool("join_components", "--stream_path", archive, "--output_dir", tmp_path / "joined")
    found = {
        path.name: sorted(t.id for t in read(str(path))) for path in (tmp_path / "joined").iterdir()
    }
    assert len(found) == 3
    assert found["event_AAA.mseed"] == ["XX.AAA..HHE", "XX.AAA..HHN", "XX.AAA..HHZ"]
    assert ["XX.CCC..HHE", "XX.CCC..HHN", "XX.CCC..HHZ"] in found.values()


def test_add_mseed_extension_goes_by_content(archive: Path) -> None:
    before = sorted(archive.iterdir())
    done = tool("add_mseed_extension", "--input_path", archive, "--dry_run", "1")
    assert "4 files would be renamed" in done.stdout and sorted(archive.iterdir()) == before
    tool("add_mseed_extension", "--input_path", archive)
    names = sorted(path.name for path in archive.iterdir())
    assert names == [
        *("day.HHE.mseed", "day.HHN.mseed", "day.HHZ.mseed", "event.mseed", "notes.txt"),
    ]
    assert "0 files renamed" in tool("add_mseed_extension", "--input_path", archive).stdout


def test_add_mseed_extension_renames_nothing_behind_a_link(archive: Path, tmp_path: Path) -> None:
    elsewhere = write(tmp_path / "theirs" / "day", *three(1000))
    (archive / "link").symlink_to(elsewhere.parent)
    assert "4 files renamed" in tool("add_mseed_extension", "--input_path", archive).stdout
    assert elsewhere.exists()


@pytest.mark.parametrize("name", ["plot_mseed", "join_components"])
def test_nothing_to_read_is_an_error(name: str, tmp_path: Path) -> None:
    options = ("--output_dir", tmp_path / "out", "--stream_path")
    assert "no such file" in tool(name, *options, tmp_path / "none", status=1).stderr
    (tmp_path / "empty").mkdir()
    assert "no usable waveform" in tool(name, *options, tmp_path / "empty", status=1).stderr
