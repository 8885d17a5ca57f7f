"""Where windows start."""

import numpy as np
import pytest

from deepquake.core.report import Report
from deepquake.core.settings import RecordSettings
from deepquake.waveforms.scan import scan
from deepquake.windows import grid
from tests.waveforms.waveform_files import three, write


@pytest.mark.parametrize(
    ("n_samples", "expected"),
    [
        (1000, []),
        (1001, [0]),
        (1101, [0, 100]),
        (1150, [0, 100, 149]),  # the last one ends on the last sample
    ],
)
def test_windows_reach_the_last_sample(n_samples, expected):
    assert grid.window_starts(n_samples, 1001, 100).tolist() == expected


@pytest.fixture
def recording(tmp_path):
    """Return a recording of 30 s and, after a gap of 10 s, one of 5 s."""
    first = three(3000)
    later = three(500)
    for trace, before in zip(later, first, strict=True):
        trace.stats.starttime = before.stats.endtime + 10
    path = write(tmp_path / "a.mseed", *first, *later)
    (found,) = scan(path, RecordSettings(), Report())
    return found


def test_windows_step_through_every_stretch(recording):
    starts = grid.recording_starts(recording, 4.0, 2.0) - recording.start_s
    expected = [*np.arange(0, 25, 2.0), 25.99, 39.99, 40.98]
    assert starts == pytest.approx(np.array(expected), abs=1e-5)


def test_a_window_must_lie_in_a_stretch(recording):
    begin = recording.start_s
    inside = [grid.is_inside(recording, begin + t, 10.0) for t in (0.0, 19.99, 20.01, -0.01, 40.0)]
    assert inside == [True, True, False, False, False]


def test_short_stretches_are_noted(recording):
    report = Report()
    grid.note_short(recording, 10.0, report)
    assert "1 stretch shorter than a window of 10 s (5 s in all)" in str(report.problems[0])
    grid.note_short(recording, 4.0, report)
    assert len(report.problems) == 1


def test_lengths_in_seconds(recording):
    assert grid.longest_s([recording]) == 30.0
    assert grid.window_length_s(10.0, 100.0) == 10.0
    assert grid.window_length_s(0.5, 3.0) == pytest.approx(2 / 3)
