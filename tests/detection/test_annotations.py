"""Probabilities as miniSEED."""

from pathlib import Path

import numpy as np
from obspy import Stream, read

from deepquake.detection.annotations import write_window_curves
from deepquake.detection.stations import ScoredRecording
from tests.detection.test_stations import scored_windows, two_classes


def annotations(
    scored: ScoredRecording, step_s: float, folder: Path
) -> list[tuple[str, float, list[float]]]:
    """Return channel, start and samples of each trace that is written."""
    write_window_curves(scored, step_s, folder)
    path = folder / "day.mseed"
    stream = read(str(path)) if path.stat().st_size else Stream()
    return [
        (t.stats.channel, t.stats.starttime.timestamp, t.data.astype(float).round(3).tolist())
        for t in stream
    ]


def test_a_sample_stands_at_the_middle_of_its_window(tmp_path: Path) -> None:
    scored = scored_windows([0, 2, 4], two_classes(0.1, 0.2, 0.3))
    assert annotations(scored, 2.0, tmp_path) == [("EVT", 5.0, [0.1, 0.2, 0.3])]


def test_where_windows_are_missing_a_trace_ends(tmp_path: Path) -> None:
    scored = scored_windows([0, 2, 6, 8], two_classes(0.1, 0.2, 0.3, 0.4))
    assert annotations(scored, 2.0, tmp_path) == [
        ("EVT", 5.0, [0.1, 0.2]),
        ("EVT", 11.0, [0.3, 0.4]),
    ]


def test_a_last_window_off_the_step_is_left_out(tmp_path: Path) -> None:
    scored = scored_windows([0, 2, 3.5], two_classes(0.1, 0.2, 0.3))
    assert annotations(scored, 2.0, tmp_path) == [("EVT", 5.0, [0.1, 0.2])]
    assert annotations(scored_windows([], np.empty((0, 2))), 2.0, tmp_path) == []


def test_regions_have_traces_too(tmp_path: Path) -> None:
    scored = scored_windows([0, 2], np.array([[0.5, 0.2, 0.3], [0.1, 0.9, 0.0]]))
    assert annotations(scored, 2.0, tmp_path) == [
        ("EVT", 5.0, [0.5, 0.9]),
        ("R1", 5.0, [0.2, 0.9]),
        ("R2", 5.0, [0.3, 0.0]),
    ]
