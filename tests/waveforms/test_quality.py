"""Dead and incomplete windows are found, whatever their place."""

import numpy as np
import pytest

from deepquake.waveforms.filtering import blank, clear_of, flat_runs, gaps_and_flats


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
