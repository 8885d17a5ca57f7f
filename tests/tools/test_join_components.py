"""Waveform files joined into one per station stream."""

from pathlib import Path

from obspy import read

from tests.made_data import run_step
from tests.waveforms.waveform_files import damage, noise, trace, write

PROGRAM = "-m deepquake.tools.join_components"


def test_there_is_a_file_per_station_stream(archive: Path, tmp_path: Path) -> None:
    run_step(PROGRAM, "--stream_path", archive, "--output_dir", tmp_path / "joined")
    found = {
        path.name: sorted(t.id for t in read(str(path))) for path in (tmp_path / "joined").iterdir()
    }
    assert len(found) == 3
    assert found["event_AAA.mseed"] == ["XX.AAA..HHE", "XX.AAA..HHN", "XX.AAA..HHZ"]
    assert ["XX.CCC..HHE", "XX.CCC..HHN", "XX.CCC..HHZ"] in found.values()


def test_a_file_that_cannot_be_read_after_all_costs_no_other(archive: Path, tmp_path: Path) -> None:
    damage(write(archive / "bad.gse", trace(noise(3000)), format="GSE2"))
    done = run_step(PROGRAM, "--stream_path", archive, "--output_dir", tmp_path / "out")
    assert "bad.gse: its samples cannot be read" in done.stderr
    assert len(list((tmp_path / "out").iterdir())) == 3


def test_nothing_to_read_is_an_error(tmp_path: Path) -> None:
    options = ("--output_dir", tmp_path / "out", "--stream_path")
    assert "no such file" in run_step(PROGRAM, *options, tmp_path / "none", status=1).stderr
    (tmp_path / "empty").mkdir()
    assert "no usable waveform" in run_step(PROGRAM, *options, tmp_path / "empty", status=1).stderr
