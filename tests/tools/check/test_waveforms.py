"""The chapter on the waveforms: channels, rates, gaps, overlaps, samples."""

from pathlib import Path

import pytest

from deepquake.tools.check.account import account
from deepquake.tools.check.waveforms import gaps_of, overlaps_of, waveforms_found
from tests.tools.check.made_checks import check_of
from tests.waveforms.waveform_files import START, noise, scanned, three, trace, write


def test_rates_and_channels_are_told(tmp_path: Path) -> None:
    write(tmp_path / "f", trace(noise(3000)), trace(noise(12000, 2), "HHN", rate=200.0))
    text = waveforms_found(check_of(tmp_path), most=None)
    assert "station streams  1 of 1 station, network XX" in text
    assert "200 Hz in 1 stream, " in text and "; 1 to be resampled to 100 Hz" in text
    assert "Z is read from HHZ (1)" in text and "E is read" not in text


def test_what_has_no_component_is_odd(tmp_path: Path) -> None:
    write(tmp_path / "f", trace(noise(3000)), trace(noise(300), "LOG"))
    assert "XX.ABC..LOG: tells no component" in account(check_of(tmp_path))


def test_gaps_are_counted_and_measured(tmp_path: Path) -> None:
    write(tmp_path / "f", trace(noise(3000)), trace(noise(3000), start=START + 50))
    text = waveforms_found(check_of(tmp_path), most=None)
    assert "gaps             1 in 1 stream, 20.0 s in all, the longest 20.0 s" in text
    [recording], _ = scanned(tmp_path)
    assert gaps_of(recording) == pytest.approx([20.0])


def test_overlaps_within_a_stream_are_told(tmp_path: Path) -> None:
    write(tmp_path / "f", trace(noise(3000)), trace(noise(3000), start=START + 20))
    [recording], _ = scanned(tmp_path)
    assert overlaps_of(recording) == 1
    text = waveforms_found(check_of(tmp_path), most=None)
    assert "overlaps         1 within streams: kept once where both agree, a gap where not" in text


def test_marks_stand_in_the_table_of_stations(tmp_path: Path) -> None:
    flat = noise(9000)
    flat[2000:2500] = 7
    write(tmp_path / "f", trace(flat, "HHZ"), trace(noise(9000), "HHN"), trace(flat * 0, "HHE"))
    text = waveforms_found(check_of(tmp_path), most=None)
    assert "E dead, Z flat 5.00 s" in text
    assert "flat           a second or more in 1 stream, 5.00 s in all" in text
    assert "not looked at (--look_at 0)" in waveforms_found(check_of(tmp_path, look_at=0), None)


def test_the_table_is_cut_where_it_is_long(tmp_path: Path) -> None:
    for name in ("AAA", "BBB", "CCC"):
        write(tmp_path / name, *three(1000, station=name))
    text = waveforms_found(check_of(tmp_path, look_at=0), most=2)
    assert "XX.BBB" in text and "XX.CCC" not in text and "... and 1 more in report.txt" in text


def test_event_files_that_overlap_are_told(tmp_path: Path) -> None:
    for number in range(3):
        write(tmp_path / f"f{number}", *three(3000, START + 20 * number))
    check = check_of(tmp_path, look_at=0)
    assert len(check.data.recordings) == 3
    assert "event files      2 streams overlap in time" in waveforms_found(check, most=None)
