"""Samples resampled, filtered, and judged alive."""

from pathlib import Path

import numpy as np
import pytest
from obspy import read as obspy_read

from deepquake.waveforms.filtering import (
    blank,
    clear_of,
    clipped,
    dead_runs,
    filter_segment,
    flat_runs,
    gaps_and_flats,
)
from deepquake.waveforms.reading import read, write_stream
from deepquake.waveforms.recording import Segment
from tests.waveforms.waveform_files import START, noise, only, same, trace, vertical, whole, write


def test_the_filter_is_causal_and_starts_at_rest() -> None:
    data = np.full((3, 4000), np.nan, np.float32)
    data[0, 500:3000] = 1000
    data[0, 1500] += 500
    data[0, 3200:] = -5e6
    out = filter_segment(Segment(0.0, data), 100.0, (2.0, 0.0)).data
    assert out.dtype == np.float32
    assert np.array_equal(np.isnan(out), np.isnan(data))
    assert np.abs(out[0, 500:1500]).max() < 1e-6
    assert np.abs(out[0, 1500:1600]).max() > 100
    assert np.abs(out[0, 3200:]).max() < 1e-2


@pytest.mark.parametrize(("highpass", "lowpass", "kept"), [(5, 0, 20), (0, 5, 1), (2, 10, 5)])
def test_the_filter_passes_what_it_should(highpass: float, lowpass: float, kept: float) -> None:
    time = np.arange(3000) / 100
    for hertz in (0.2, 1, 5, 20, 45):
        data = np.tile(np.sin(2 * np.pi * hertz * time), (3, 1)).astype(np.float32)
        out = filter_segment(Segment(0.0, data), 100.0, (highpass, lowpass)).data
        gain = np.abs(out[:, 2000:]).max()
        if hertz == kept:
            assert gain == pytest.approx(1, abs=0.05)
        elif (highpass and hertz < highpass / 2) or (lowpass and hertz > lowpass * 2):
            assert gain < 0.1


def test_each_run_is_filtered_by_itself() -> None:
    rng = np.random.default_rng(4)
    data = rng.normal(0, 100, (3, 50_000)).astype(np.float32)
    data[:, rng.choice(50_000, 60)] = np.nan
    data[1] = np.nan
    out = filter_segment(Segment(0.0, data), 100.0, (2.0, 0.0)).data
    gaps = np.flatnonzero(np.isnan(data[0]))
    for first, end in zip(gaps[:-1] + 1, gaps[1:], strict=True):
        alone = filter_segment(Segment(0.0, data[:, first:end]), 100.0, (2.0, 0.0)).data
        assert np.array_equal(out[:, first:end], alone, equal_nan=True)


@pytest.mark.parametrize("rate", [62.5, 80.0, 99.0, 100.5, 120.0, 125.0, 200.0, 250.0, 500.0])
def test_resampling_keeps_times_and_amplitudes(tmp_path: Path, rate: float) -> None:
    n_samples = int(60 * rate)
    wave = 10_000 * np.sin(2 * np.pi * 7.0 * np.arange(n_samples) / rate + 0.3)
    write(tmp_path / "a", trace(wave.astype(np.float32) + 500, rate=rate))
    segment = whole(tmp_path)
    row = segment.data[0, 100:-100]
    time = segment.start_s - START.timestamp + np.arange(100, segment.data.shape[1] - 100) / 100
    expected = 10_000 * np.sin(2 * np.pi * 7.0 * time + 0.3)
    row = row - np.mean(row) + np.mean(expected)
    # 1 % of the amplitude is 0.02 of a sample at 7 Hz
    assert np.abs(row - expected).max() < 100
    assert abs(segment.data.shape[1] - 6000) <= 2


def test_resampling_lets_no_alias_through(tmp_path: Path) -> None:
    wave = 10_000 * np.sin(2 * np.pi * 70.0 * np.arange(12_000) / 200)
    write(tmp_path / "a", trace(wave.astype(np.float32), rate=200.0))
    assert np.abs(vertical(tmp_path)[100:-100]).max() < 10


def test_resampling_in_parts_is_the_same(tmp_path: Path) -> None:
    parts = [trace(noise(9_000), rate=125.0), trace(noise(7_777, 2), start=START + 80, rate=125.0)]
    write(tmp_path / "a", *parts)
    recording = only(tmp_path)
    everything = read(recording, *recording.span())
    for begin in (0, 0.01, 33.33, 71.9, 72, 79.99, 80.0, 80.01, 141):
        start_s = recording.start_s + begin
        part = read(recording, start_s, start_s + 3)
        first = round((part.start_s - everything.start_s) * 100)
        expected = everything.data[:, first : first + part.data.shape[1]]
        assert np.array_equal(part.data, expected, equal_nan=True)


def test_a_resampled_stream_is_written_at_the_new_rate(tmp_path: Path) -> None:
    write(tmp_path / "in" / "a", trace(noise(10_000), rate=200.0))
    recording = only(tmp_path / "in")
    write_stream(recording, tmp_path / "a.mseed")
    stream = obspy_read(str(tmp_path / "a.mseed"))
    assert stream[0].stats.sampling_rate == 100
    assert same(stream[0].data, vertical(tmp_path / "in"))


def test_dead_channels_stay_flat_and_clipped_ones_are_marked(tmp_path: Path) -> None:
    dead, live = np.full(5000, 17, np.int32), noise(5000)
    time = np.arange(5000) / 100
    cut = np.clip(3000 * np.sin(2 * np.pi * time), -2000, 2000).astype(np.int32)
    write(tmp_path / "a", trace(dead, "HHZ"), trace(live, "HHN"), trace(cut, "HHE"))
    segment = whole(tmp_path)
    assert (segment.data[0] == 0).all()
    assert clipped(segment.data) == "E"


def alive(data, offsets, win_size, flat):
    gaps, flats = gaps_and_flats(data, flat)
    return clear_of(gaps, offsets, win_size) & clear_of(flats, offsets, win_size)


def slow_alive(data, offsets, win_size, flat):
    """The definition, sample by sample."""
    bad = np.isnan(data)
    for row, samples in zip(bad, data, strict=True):
        run = 0
        for k in range(len(samples)):
            run = run + 1 if k and samples[k] == samples[k - 1] else 1
            if run >= flat:
                row[k - run + 1 : k + 1] = True
    return np.array([~bad[:, k : k + win_size].any(axis=1) for k in offsets])


@pytest.mark.parametrize("flat", [2, 3, 5, 10, 11, 40])
@pytest.mark.parametrize("levels", [2, 5, 1000])
def test_as_defined_on_records_with_runs_and_gaps_anywhere(flat, levels):
    rng = np.random.default_rng(flat * levels)
    data = rng.integers(0, levels, (3, 400)).astype("f4")
    for _ in range(12):
        row, first = rng.integers(3), rng.integers(400)
        data[row, first : first + rng.integers(1, 2 * flat)] = rng.choice([7.0, np.nan, 0.0])
    data[0, :flat], data[1, -flat:] = 5, 5
    win_size = 30
    offsets = np.arange(400 - win_size + 1)
    np.testing.assert_array_equal(
        alive(data, offsets, win_size, flat), slow_alive(data, offsets, win_size, flat)
    )


def test_a_record_that_is_all_dead_all_missing_or_all_alive():
    offsets = np.array([0, 50, 100])
    live = np.arange(201, dtype="f4") % 7
    data = np.stack([np.zeros(201), np.full(201, np.nan), live])
    assert alive(data, offsets, 101, 100).tolist() == [[False, False, True]] * 3


def test_runs_are_told_from_first_to_last_sample():
    samples = np.arange(1000, dtype=float)
    samples[100:250] = 3
    samples[900:] = 4
    starts, ends = flat_runs(samples, 100).T
    assert list(zip(starts, ends, strict=True)) == [(100, 250), (900, 1000)]


@pytest.mark.parametrize("n_samples", [0, 1, 2, 49, 50, 51])
def test_a_record_shorter_than_a_flat_run_is_not_flat(n_samples):
    starts, ends = flat_runs(np.zeros(n_samples), 100).T
    assert not len(starts) and not len(ends)


def test_flat_stretches_become_gaps_whole():
    data = np.arange(600, dtype=float).reshape(2, 300)
    data[1, 50:170] = 3
    _, flats = gaps_and_flats(data, 100)
    blank(data, flats)
    assert np.flatnonzero(np.isnan(data[1])).tolist() == list(range(50, 170))
    assert not np.isnan(data[0]).any()


def quiet(rng: np.random.Generator, n_samples: int = 6000) -> np.ndarray:
    """Return a slow wave of a few counts: a sensor's own, with equal samples in a row."""
    wave = 4 * np.sin(np.arange(n_samples) / 60) + rng.normal(size=n_samples) * 0.1
    return np.rint(wave)


def test_a_dropout_filled_with_zeros_is_dead() -> None:
    rng = np.random.default_rng(5)
    for offset, length in ((500.0, 10), (-2e5, 60), (500.0, 99)):
        samples = np.rint(rng.normal(size=6000) * 20) + offset
        samples[3000 : 3000 + length] = 0
        assert dead_runs(samples, 100.0).tolist() == [[2980, 3020 + length]]
    samples[1000:1500] = 7
    assert dead_runs(samples, 100.0).tolist() == [[1000, 1500], [2980, 3119]]


def test_what_is_near_to_all_around_it_is_alive() -> None:
    """A quiet sensor, a clipped event, zeros in a record without an offset, an empty record."""
    rng = np.random.default_rng(6)
    event = np.clip(1e4 * np.sin(np.arange(6000) / 20), -3000, 3000)
    zeros = np.rint(rng.normal(size=6000) * 20)
    zeros[3000:3050] = 0
    for samples in (quiet(rng), event, zeros, zeros[:0], np.full(30, np.nan)):
        assert dead_runs(samples, 100.0).tolist() == []
    assert len(flat_runs(quiet(rng), 10)) > 100


def test_dead_runs_at_the_ends_of_a_record_stay_within_it() -> None:
    samples = np.rint(np.random.default_rng(7).normal(size=2000) * 20) + 900
    samples[:50] = samples[-50:] = 0
    assert dead_runs(samples, 100.0).tolist() == [[0, 70], [1930, 2000]]
