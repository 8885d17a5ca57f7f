"""Windows cut out of records: their samples, their components, and what is flat or missing."""

from dataclasses import replace

import numpy as np
import pytest

from deepquake.core.report import Report
from deepquake.core.settings import RecordSettings
from deepquake.waveforms.reading import Segment, read
from deepquake.waveforms.scan import scan
from deepquake.windows import cutting
from deepquake.windows.cutting import CutWindows, cut_recording, cut_segment
from deepquake.windows.grid import recording_starts
from tests.waveforms.waveform_files import three, write

EVERY = RecordSettings(component_N=True, component_E=True, filter_highpass=2.0)


def cut(recording, starts, settings=EVERY, **more):
    return list(cut_recording(recording, starts, 10.0, settings=settings, **more))


def test_data_are_the_samples_of_each_window():
    some = CutWindows(
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
    starts = recording_starts(recording, 10.0, 1.0)
    (every,) = cut(recording, starts)
    keys = {f"component_{c}": c in components for c in "ZNE"}
    (some,) = cut(recording, starts, replace(EVERY, **keys))
    rows = ["ZNE".index(c) for c in components]
    assert some.data.tobytes() == every.data[:, rows].tobytes()
    assert (some.alive == every.alive[:, rows]).all() and some.alive.all()


def test_windows_do_not_depend_on_how_many_are_cut_together(tmp_path):
    (recording,) = scan(write(tmp_path / "a.mseed", *three(6000)), EVERY, Report())
    starts = recording_starts(recording, 10.0, 1.0)
    (whole,) = cut(recording, starts)
    parts = cut(recording, starts, at_once=7)
    assert [part.first for part in parts] == list(range(0, len(starts), 7))
    assert np.concatenate([part.data for part in parts]).tobytes() == whole.data.tobytes()


def test_a_record_is_read_in_pieces_that_do_not_show(tmp_path, monkeypatch):
    (recording,) = scan(write(tmp_path / "a.mseed", *three(6000)), EVERY, Report())
    starts = recording_starts(recording, 10.0, 1.0)
    (whole,) = cut(recording, starts)
    monkeypatch.setattr(cutting, "CHUNK_S", 17.0)
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
    (found,) = cut_segment(
        Segment(raw.start_s, raw.data),
        first=3,
        starts_s=starts,
        window_size_s=10.0,
        sampling_rate_hz=100.0,
    )
    assert found.first == 3
    assert found.complete[:, :2].tolist() == [[True, True], [True, True], [True, False]]
    assert found.alive[:, :2].tolist() == [[True, True], [False, True], [True, False]]
    assert np.isnan(found.data[1, 0, 500:700]).all() and np.isfinite(found.data[1, 0, :500]).all()
