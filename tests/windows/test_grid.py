"""The windows of a recording: where they start, their samples, and what is flat or missing."""

from dataclasses import replace

import numpy as np
import pytest

from deepquake.core.report import Report
from deepquake.core.settings import RecordSettings
from deepquake.waveforms.reading import read
from deepquake.waveforms.recording import Segment
from deepquake.waveforms.scan import scan
from deepquake.windows import grid
from tests.waveforms.waveform_files import three, write

EVERY = RecordSettings(component_N=True, component_E=True, filter_highpass=2.0)


def cut(recording, starts, settings=EVERY, **more):
    return list(grid.cut_recording(recording, starts, 10.0, settings=settings, **more))


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
    assert grid.no_window_text([recording], 29.0) == ""
    assert "a window of 31 s; the longest has 30 s" in grid.no_window_text([recording], 31.0)
    assert grid.window_length_s(10.0, 100.0) == 10.0
    assert grid.window_length_s(0.5, 3.0) == pytest.approx(2 / 3)


def test_data_are_the_samples_of_each_window():
    some = grid.CutWindows(
        first=0,
        starts_s=np.array([2.0, 5.0]),
        complete=np.ones((2, 3), bool),
        alive=np.ones((2, 3), bool),
        record=np.arange(30, dtype=np.float32).reshape(3, 10),
        offsets=np.array([2, 5]),
        win_size=4,
    )
    assert some.data.shape == (2, 3, 4)
    assert some.data[1, 2].tolist() == [25, 26, 27, 28]


@pytest.mark.parametrize("components", ["Z", "ZE", "ZNE"])
def test_components_asked_for_are_the_same_as_among_all(tmp_path, components):
    (recording,) = scan(write(tmp_path / "a.mseed", *three(3000)), EVERY, Report())
    starts = grid.recording_starts(recording, 10.0, 1.0)
    (every,) = cut(recording, starts)
    keys = {f"component_{c}": c in components for c in "ZNE"}
    (some,) = cut(recording, starts, replace(EVERY, **keys))
    rows = ["ZNE".index(c) for c in components]
    assert some.data.tobytes() == every.data[:, rows].tobytes()
    assert (some.alive == every.alive[:, rows]).all() and some.alive.all()


def test_windows_do_not_depend_on_how_many_are_cut_together(tmp_path):
    (recording,) = scan(write(tmp_path / "a.mseed", *three(6000)), EVERY, Report())
    starts = grid.recording_starts(recording, 10.0, 1.0)
    (whole,) = cut(recording, starts)
    parts = cut(recording, starts, at_once=7)
    assert [part.first for part in parts] == list(range(0, len(starts), 7))
    assert np.concatenate([part.data for part in parts]).tobytes() == whole.data.tobytes()


def test_a_record_is_read_in_pieces_that_do_not_show(tmp_path, monkeypatch):
    (recording,) = scan(write(tmp_path / "a.mseed", *three(6000)), EVERY, Report())
    starts = grid.recording_starts(recording, 10.0, 1.0)
    (whole,) = cut(recording, starts)
    monkeypatch.setattr(grid, "CHUNK_S", 17.0)
    parts = cut(recording, starts)
    assert len(parts) > 2
    together = np.concatenate([part.data for part in parts])
    assert together == pytest.approx(whole.data, abs=0.01)


def test_flat_stretches_and_gaps_are_told_apart(tmp_path):
    traces = three(6000)
    traces[0].data[2000:2200] = 17
    path = write(tmp_path / "a.mseed", *traces)
    (recording,) = scan(path, EVERY, Report())
    begin = recording.start_s
    raw = read(recording, begin, begin + 60)
    raw.data[1, 4000:4010] = np.nan
    starts = begin + np.array([0.0, 15.0, 35.0])
    (found,) = grid.cut_segment(
        Segment(raw.start_s, raw.data), 3, starts, window_size_s=10.0, rate_hz=100.0
    )
    assert found.first == 3
    assert found.complete[:, :2].tolist() == [[True, True], [True, True], [True, False]]
    assert found.alive[:, :2].tolist() == [[True, True], [False, True], [True, False]]
    assert np.isnan(found.data[1, 0, 500:700]).all() and np.isfinite(found.data[1, 0, :500]).all()
