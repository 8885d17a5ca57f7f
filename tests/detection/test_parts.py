"""Recordings in parts: what is yielded does not depend on where a part begins."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from obspy import read

from deepquake.core import configuration
from deepquake.core.report import Report
from deepquake.core.settings import UNET
from deepquake.detection import parts
from deepquake.detection.parts import first_on_grid, parts_around, times_of, whole_parts
from deepquake.learning.spec import spec_of
from deepquake.waveforms.scan import find_recordings
from tests.steps.loudness import RATE, START, write_record

SETTINGS = configuration.load({"model": UNET, "sampling_rate": RATE, "component_N": True})
SPEC = spec_of(SETTINGS)


def recording_of(folder: Path, gap: tuple[float, float] | None = None):
    write_record(folder / "day.mseed", [100.0], duration_s=3000.0, gap=gap)
    (recording,) = find_recordings(folder, SETTINGS.records, Report())
    return recording


def test_parts_count_every_sample_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recording = recording_of(tmp_path)
    (whole,) = whole_parts(recording, SPEC, SETTINGS.records)
    monkeypatch.setattr(parts, "CHUNK_S", 1000.0)
    some = list(whole_parts(recording, SPEC, SETTINGS.records))
    assert len(some) > 2
    numbers = np.concatenate([p.first + np.arange(p.begin, p.end) for p in some])
    assert numbers.tolist() == (first_on_grid(recording) + np.arange(60001)).tolist()
    for part in some:
        since = part.first - whole.first
        same = whole.data[0, since + part.begin : since + part.end]
        assert np.abs(part.data[0, part.begin : part.end] - same).max() < 1e-3
        assert np.isnan(part.data[1]).all(), "a component that is missing is NaN"


def test_a_long_gap_parts_and_a_short_one_does_not(tmp_path: Path) -> None:
    long = recording_of(tmp_path / "long", (500.0, 2500.0))
    assert len(list(whole_parts(long, SPEC, SETTINGS.records))) == 2
    short = recording_of(tmp_path / "short", (500.0, 505.0))
    (part,) = whole_parts(short, SPEC, SETTINGS.records)
    assert np.isnan(part.data[:, 500 * 20 + 10 : 505 * 20 - 10]).all()


def test_a_span_is_read_alone(tmp_path: Path) -> None:
    recording, begin_s = recording_of(tmp_path), START + 200.0
    span_s = begin_s, begin_s + 10.0
    (part,) = whole_parts(recording, SPEC, SETTINGS.records, span_s=span_s)
    assert part.end - part.begin == 200
    assert times_of(recording, part.first + part.begin) == pytest.approx(begin_s)


def test_what_is_near_arrivals_is_read_together(tmp_path: Path) -> None:
    recording = recording_of(tmp_path)
    times_s = START + np.array([100.0, 110.0, 900.0])
    first, second = parts_around(recording, times_s, SPEC, SETTINGS.records)
    assert (first.end - first.begin, second.end - second.begin) == (201, 1)
    assert np.abs(first.data[0, first.begin : first.begin + 40]).max() > 50


def test_only_components_of_the_network_are_read(tmp_path: Path) -> None:
    recording = recording_of(tmp_path)
    (part,) = whole_parts(recording, replace(SPEC, components="Z"), SETTINGS.records)
    assert part.data.shape[0] == 1


def test_a_flat_stretch_is_nothing_whether_anything_is_filtered_or_not(tmp_path: Path) -> None:
    write_record(tmp_path / "day.mseed", [100.0])
    stream = read(str(tmp_path / "day.mseed"))
    stream[0].data[4000:6000] = 777
    stream.write(str(tmp_path / "day.mseed"), format="MSEED")
    for corner_hz in (0.0, 2.0):
        settings = replace(SETTINGS.records, filter_highpass=corner_hz)
        (recording,) = find_recordings(tmp_path, settings, Report())
        (part,) = whole_parts(recording, SPEC, settings)
        assert np.isnan(part.data[0, 4000:6000]).all()
        assert np.isfinite(part.data[0, 3990:4000]).all()
