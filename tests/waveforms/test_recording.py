"""Recordings: their names, and what is left of their stretches when they are cut."""

from pathlib import Path

import pytest

from deepquake.core.errors import DeepQuakeError
from deepquake.waveforms.recording import (
    Stretch,
    between,
    channel_code,
    outside,
    recording_name,
    stem,
    tables_of,
)
from tests.waveforms.waveform_files import START, noise, only, trace, write

KEY = ("XX", "ABC", "", "HH")


@pytest.mark.parametrize(
    ("name", "expected"),
    [("day.mseed", "day"), ("2024.001.ABC", "2024.001.ABC"), ("a.b.SAC", "a.b"), ("x", "x")],
)
def test_only_extensions_of_waveform_files_are_taken_off(name: str, expected: str) -> None:
    assert stem(Path("folder", name)) == expected


def test_a_channel_without_a_code_that_fits_gets_one() -> None:
    assert channel_code("HHZ", "HH", "Z") == "HHZ"
    assert channel_code("", "", "N") == "N"
    assert channel_code("vertical", "HH", "Z") == "HHZ"


def test_names_tell_the_file_or_the_codes_and_are_unique() -> None:
    taken: set[str] = set()

    def name(*files: str, is_shared: bool = False) -> str:
        paths = [Path(file) for file in files]
        return recording_name(KEY, paths, start_s=START.timestamp, is_shared=is_shared, taken=taken)

    assert name("day 1.mseed") == "day_1"
    assert name("b/DAY 1.mseed") == "DAY_1_XX.ABC..HH"
    assert name("c/day 1.mseed") == "day_1_XX.ABC..HH_2"
    assert name("net.mseed", is_shared=True) == "net_ABC"
    assert name("a", "b") == "XX.ABC..HH_20240301T120000"


def test_what_lies_outside_of_spans_is_left() -> None:
    stretches = [Stretch(0.0, 1000), Stretch(20.0, 500)]
    spans = [(2.0, 3.0), (9.0, 21.0)]
    left = list(outside(stretches, spans, rate_hz=100.0))
    assert left == [Stretch(0.0, 200), Stretch(3.0, 600), Stretch(21.0, 400)]
    assert list(outside(stretches, [(30.0, 40.0)], rate_hz=100.0)) == stretches


def test_recordings_are_cut_to_a_span(tmp_path: Path) -> None:
    begin = START.timestamp
    late = trace(noise(1000), start=START + 20)
    recording = only(write(tmp_path / "a", trace(noise(1000)), late))
    (cut,) = between([recording], begin + 5, begin + 22)
    assert [(s.start_s - begin, s.n_samples) for s in cut.stretches] == [(5, 500), (20, 200)]
    assert between([], 0.0, 1.0) == []
    with pytest.raises(DeepQuakeError, match="no record lies between"):
        between([recording], begin + 11, begin + 12)


def test_pieces_of_each_rate_have_a_grid(tmp_path: Path) -> None:
    parts = [trace(noise(1000)), trace(noise(2000), start=START + 10.004, rate=200.0)]
    recording = only(write(tmp_path / "a", *parts))
    slow, fast = tables_of(recording.pieces["Z"], recording.start_s)
    assert (slow.rate_hz, slow.first.tolist(), slow.end.tolist()) == (100.0, [0], [1000])
    assert (fast.rate_hz, fast.first.tolist(), fast.end.tolist()) == (200.0, [2001], [4001])
    assert str(recording.codes("Z")) == "XX.ABC..HHZ"
