"""Pictures of seismograms: one per station stream, one per file of several stations."""

from pathlib import Path

from deepquake.catalog.catalog_json import write_catalog_json
from deepquake.catalog.events import Event, Pick
from tests.made_data import run_step
from tests.waveforms.waveform_files import START, damage, noise, trace, write

PROGRAM = "-m deepquake.tools.plot_mseed"


def test_every_station_and_the_picks_are_drawn(archive: Path, tmp_path: Path) -> None:
    picks = [Pick("AAA", "P", START.timestamp + 10), Pick("bbb", "S", START.timestamp + 15)]
    write_catalog_json(tmp_path / "catalog.json", [Event("e", START.timestamp, picks=picks)])
    options = ("--stream_path", archive, "--output_dir", tmp_path / "png")
    done = run_step(PROGRAM, *options, "--catalog_path", tmp_path / "catalog.json")
    assert "3 station streams, 4 pictures" in done.stdout
    assert "notes.txt" in done.stderr
    names = {path.name for path in (tmp_path / "png").iterdir()}
    assert {"event_AAA.png", "event_BBB.png", "event_all.png"} < names


def test_a_file_that_cannot_be_read_after_all_costs_no_other(archive: Path, tmp_path: Path) -> None:
    damage(write(archive / "bad.gse", trace(noise(3000)), format="GSE2"))
    done = run_step(PROGRAM, "--stream_path", archive, "--output_dir", tmp_path / "out")
    assert "bad.gse: its samples cannot be read" in done.stderr
    assert len(list((tmp_path / "out").iterdir())) == 5


def test_nothing_to_read_is_an_error(tmp_path: Path) -> None:
    options = ("--output_dir", tmp_path / "out", "--stream_path")
    assert "no such file" in run_step(PROGRAM, *options, tmp_path / "none", status=1).stderr
    (tmp_path / "empty").mkdir()
    assert "no usable waveform" in run_step(PROGRAM, *options, tmp_path / "empty", status=1).stderr
