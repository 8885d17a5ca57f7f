"""Candidate arrivals from curves and from windows."""

import numpy as np
import pytest
from scipy.signal import find_peaks

from deepquake.learning.picking.peaks import curve_peaks, rises

RATE_HZ, LENGTH_S, MARGIN_S = 100.0, 10.0, 1.0


def curve_of(arrivals: dict[float, float], n: int = 4000) -> np.ndarray:
    """Return a curve with a bell of 0.15 s at each position (samples) of a height."""
    at = np.arange(n)
    bells = [height * np.exp(-(((at - place) / 15) ** 2) / 2) for place, height in arrivals.items()]
    return np.maximum.reduce(bells).astype(np.float32)


def test_peaks_stand_between_samples() -> None:
    peaks = curve_peaks(curve_of({500.3: 0.9, 800.75: 0.4, 1400: 0.2}), 0.3, RATE_HZ)
    assert peaks.at == pytest.approx([500.3, 800.75], abs=0.05)
    assert peaks.heights == pytest.approx([0.9, 0.4], abs=0.01)
    assert peaks.heights.dtype == np.float32


def test_of_two_near_peaks_the_lower_goes_and_two_events_stay() -> None:
    curve = curve_of({500: 0.6, 550: 0.9, 850: 0.5, 2000: 0.7, 2061: 0.6})
    assert curve_peaks(curve, 0.3, RATE_HZ).at == pytest.approx([550, 850, 2000, 2061], abs=0.1)


def test_a_peak_that_went_takes_no_other_with_it() -> None:
    curve = curve_of({500: 0.9, 550: 0.8, 600: 0.7, 650: 0.6})
    assert curve_peaks(curve, 0.3, RATE_HZ).at == pytest.approx([500, 600], abs=0.5)


def test_of_equal_peaks_the_earlier_stays() -> None:
    curve = np.zeros(300, np.float32)
    curve[[100, 140, 180]] = 0.8
    assert curve_peaks(curve, 0.3, RATE_HZ).at.tolist() == [100, 180]


def test_flat_tops_ends_and_missing_samples() -> None:
    curve = np.zeros(1000, np.float32)
    curve[[0, 999]] = 1
    curve[100:105] = 1
    curve[300:302] = 1
    curve[500:520] = np.nan
    curve[520:530] = np.linspace(0.9, 0.4, 10)
    assert curve_peaks(curve, 0.3, RATE_HZ).at.tolist() == [102, 300.5, 520]
    for nothing in (np.zeros(0, np.float32), np.full(50, np.nan, np.float32)):
        assert not len(curve_peaks(nothing, 0.3, RATE_HZ).at)


@pytest.mark.parametrize("threshold", [0.01, 0.2, 0.6])
def test_peaks_are_those_of_scipy(threshold: float) -> None:
    rng = np.random.default_rng(5)
    curve = np.convolve(rng.random(20000), np.hanning(31) / 16, "same").astype(np.float32)
    curve = (curve - curve.min()) / np.ptp(curve)
    expected, _ = find_peaks(curve, height=threshold, distance=60)
    found = curve_peaks(curve, threshold, RATE_HZ)
    assert np.abs(found.at - expected).max() <= 0.5


def says(
    arrivals_s: list[float], starts_s: np.ndarray, most: float = 0.98, least: float = 0.02
) -> np.ndarray:
    """Return what a network that does what it learned says of windows."""
    inside = np.subtract.outer(np.array(arrivals_s), starts_s)
    held = ((inside >= 0.6) & (inside <= LENGTH_S - 0.35)).any(axis=0)
    return np.where(held, most, least)


def found_in(
    starts_s: np.ndarray, probabilities: np.ndarray, step_s: float, threshold: float = 0.3
):
    """Return the arrivals of windows of 10 s."""
    return rises(
        starts_s, probabilities, LENGTH_S, step_s=step_s, margin_s=MARGIN_S, threshold=threshold
    )


@pytest.mark.parametrize("step_s", [0.2, 0.5, 1.0])
def test_each_event_gives_an_arrival(step_s: float) -> None:
    starts, arrivals = np.arange(0, 300, step_s) + 1e9, [1e9 + t for t in (30.3, 60.1, 140.7)]
    found = found_in(starts, says(arrivals, starts), step_s)
    assert np.abs(found.times_s - arrivals).max() <= step_s / 2 + 0.2
    assert (found.scores > 0.9).all()
    for arrival, (first, end) in zip(arrivals, found.windows, strict=True):
        assert (starts[first:end] <= arrival).all()
        assert (starts[first:end] + LENGTH_S >= arrival).all()
        assert end - first >= 7 / step_s


@pytest.mark.parametrize("apart_s", [4.0, 6.0, 9.0, 9.8, 12.0])
def test_events_that_hold_the_probability_up_together_are_told_by_its_rise_and_fall(
    apart_s: float,
) -> None:
    starts, arrivals = np.arange(0, 120, 0.5), [40.0, 40.0 + apart_s]
    found = found_in(starts, says(arrivals, starts), 0.5)
    assert len(found.times_s) == 2
    assert np.abs(found.times_s - arrivals).max() < 0.6


def test_a_dip_between_events_is_a_new_rise() -> None:
    starts = np.arange(0, 120, 0.5)
    probabilities = says([40.0, 47.0, 54.0], starts)
    probabilities[(starts > 41) & (starts < 44.4)] = 0.3  # the third event comes in
    found = found_in(starts, probabilities, 0.5)
    assert np.abs(found.times_s[-1] - 54.0) < 0.5
    assert len(found.times_s) >= 2


def test_a_flicker_scores_low() -> None:
    starts = np.arange(0, 120, 1.0)
    probabilities = says([40.0], starts)
    probabilities[80] = 0.95
    found = found_in(starts, probabilities, 1.0, threshold=0.0)
    assert found.scores[0] > 0.9
    assert (found.scores[1:] < 0.3).all()
    assert len(found_in(starts, probabilities, 1.0).times_s) == 1


def test_an_event_at_the_beginning_of_a_record_is_told_by_the_fall() -> None:
    starts = np.arange(0, 40, 0.5)
    found = found_in(starts, says([4.0], starts), 0.5)
    assert found.times_s == pytest.approx([4.0], abs=0.5)
    at_the_end = found_in(starts, says([45.5], starts), 0.5)
    assert at_the_end.times_s == pytest.approx([45.5], abs=0.5)


def test_a_record_of_a_window_gives_an_arrival_somewhere_inside() -> None:
    found = found_in(np.array([100.0]), np.array([0.9]), 1.0)
    assert found.times_s.tolist() == [105.0]
    assert found.deviations_s.tolist() == [2.0]
    assert found.windows.tolist() == [[0, 1]]
    assert not len(found_in(np.array([100.0]), np.array([0.1]), 1.0).times_s)
    assert not len(found_in(np.empty(0), np.empty(0), 1.0).times_s)


def test_a_gap_is_neither_rise_nor_fall() -> None:
    starts = np.concatenate([np.arange(0, 40, 0.5), np.arange(60, 100, 0.5)])
    found = found_in(starts, says([20.0, 80.0], starts), 0.5)
    assert found.times_s == pytest.approx([20.0, 80.0], abs=0.5)
    apart = [found_in(part, says([20.0, 80.0], part), 0.5) for part in (starts[:80], starts[80:])]
    assert found.times_s.tolist() == [t for part in apart for t in part.times_s]
    assert found.windows[1].tolist() == (apart[1].windows[0] + 80).tolist()
