"""From probabilities to candidate arrivals: peaks of a curve, and rises over windows.

A network that says of each sample how probable a phase is there gives a peak for each arrival. One
that says of each window how probable an event in it is rises when the P comes well within a window
and falls when it leaves. Knows neither files nor networks.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import find_peaks

MIN_DISTANCE_S = 0.6  # of two peaks of one phase; the blur of a single arrival is narrower
ONE_ONSET_S = 0.3  # two arrivals of one phase that are moved so near to each other are one

# Chosen on five real data sets with networks that saw one of them, at steps of 0.5 and 1 s:
COMES_IN = 0.4  # of the margin: a network sees a P this early, before training called it a positive
GOES_OUT = 0.7  # of the margin: and loses it as late as this
COMPARED_S = 2.0  # of windows before a rise or a fall and after it
LEAST_CHANGE = 0.3  # of the mean probability from before to after
CHANGES_APART_S = 1.5  # of two rises, and of two falls
SAME_S = 2.0  # a fall whose arrival is nearer to that of a rise tells of the same one
HELD_UP = 0.6  # the least score of an arrival that a fall alone tells of
ROUGH_S = 0.5  # standard deviation of an arrival that a rise or a fall gives


@dataclass(frozen=True)
class Peaks:
    """Peaks of a curve, in order: ``at`` (samples, with fractions) and ``heights``."""

    at: NDArray[np.float64]
    heights: NDArray[np.float32]


@dataclass(frozen=True)
class Rises:
    """Arrivals that windows tell of, in order.

    ``times_s`` are rough (s), ``deviations_s`` how much so. ``scores`` are the mean probabilities
    of the windows that hold the arrival, and ``windows`` (n, 2) the first of these and one past
    the last.
    """

    times_s: NDArray[np.float64]
    deviations_s: NDArray[np.float64]
    scores: NDArray[np.float64]
    windows: NDArray[np.intp]


def curve_peaks(
    curve: NDArray[np.float32],
    threshold: float,
    rate_hz: float,
    min_distance_s: float = MIN_DISTANCE_S,
) -> Peaks:
    """Return the peaks of a curve.

    Parameters
    ----------
    curve : ndarray of float32 (n)
        The probability of a phase for each sample; NaN where there is none.
    threshold : float
        The least height.
    rate_hz : float
        Samples per second.
    min_distance_s : float, optional
        The least distance of two peaks (s); the lower of two nearer ones goes.

    Returns
    -------
    Peaks
        Positions by a parabola through the highest sample and its neighbours.
    """
    peaks = local_peaks(curve, threshold)
    kept = apart(peaks.at, peaks.heights, rate_hz, min_distance_s)
    return Peaks(peaks.at[kept], peaks.heights[kept])


def local_peaks(curve: NDArray[np.float32], threshold: float) -> Peaks:
    """Return the peaks of a curve, however near to each other.

    Parameters
    ----------
    curve : ndarray of float32 (n)
        As of ``curve_peaks``.
    threshold : float
        The least height.

    Returns
    -------
    Peaks
        Positions by a parabola through the highest sample and its neighbours.
    """
    at, heights = _local_maxima(curve, threshold)
    before, top, after = (curve[at + k].astype(np.float64) for k in (-1, 0, 1))
    bend = before - 2 * top + after
    shift = np.divide(before - after, 2 * bend, out=np.zeros(len(at)), where=bend < 0)
    return Peaks(at + np.clip(shift, -0.5, 0.5), heights)


def apart(
    at: NDArray[np.float64],
    heights: NDArray[np.floating],
    rate_hz: float,
    min_distance_s: float = MIN_DISTANCE_S,
) -> NDArray[np.intp]:
    """Return which peaks stay where the lower of two near ones goes.

    Parameters
    ----------
    at : ndarray of float (n)
        Where they are (samples), in any order.
    heights : ndarray of float (n)
        How high.
    rate_hz : float
        Samples per second.
    min_distance_s : float, optional
        The least distance of two peaks (s), by whole samples.

    Returns
    -------
    ndarray of int (k)
        The numbers of those that stay, in order of time.
    """
    order = np.argsort(at, kind="stable")
    samples, tops = np.rint(at[order]).astype(np.intp), heights[order].astype(np.float32)
    return order[_apart(samples, tops, min_distance_s * rate_hz)]


def _local_maxima(
    curve: NDArray[np.float32], threshold: float
) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Return the local maxima of a curve of a threshold or more: where they are, and how high.

    Of a flat one it is the middle; the first and the last sample are none.
    """
    # a day has few samples above the threshold: only these and their neighbours are looked at
    high = curve >= threshold
    near = high.copy()
    near[1:] |= high[:-1]
    near[:-1] |= high[1:]
    at = np.flatnonzero(near)
    values = np.nan_to_num(curve[at], nan=-np.inf)
    peaks, _ = find_peaks(values, height=threshold)
    return at[peaks], values[peaks]


def _apart(
    at: NDArray[np.intp], heights: NDArray[np.float32], distance: float
) -> NDArray[np.bool_]:
    """Return which peaks stay where, from the highest on, those nearer than a distance go.

    Of two of one height the earlier one counts as the higher.
    """
    rank = np.empty(len(at), np.intp)
    rank[np.lexsort((at, -heights))] = np.arange(len(at))
    kept, left = np.zeros(len(at), bool), np.arange(len(at))
    while len(left):
        lower = np.zeros(len(left), bool)
        for k in range(1, len(left)):
            near = at[left[k:]] - at[left[:-k]] < distance
            if not near.any():
                break
            later_loses = rank[left[k:]] > rank[left[:-k]]
            lower[k:] |= near & later_loses
            lower[:-k] |= near & ~later_loses
        top = at[left[~lower]]
        kept[left[~lower]] = True
        left = left[_to_nearest(at[left], top) >= distance]
    return kept


def _to_nearest(values: NDArray, others: NDArray) -> NDArray[np.float64]:
    """Return how far each value is from the nearest of others, which are in order."""
    between = np.concatenate([[-np.inf], others, [np.inf]])
    after = np.searchsorted(between, values)
    return np.minimum(between[after] - values, values - between[after - 1])


def rises(
    starts_s: NDArray[np.float64],
    probabilities: NDArray[np.floating],
    length_s: float,
    step_s: float,
    margin_s: float,
    threshold: float,
) -> Rises:
    """Return the arrivals that the probabilities of overlapping windows tell of.

    An arrival raises the mean probability of the windows whose ends it has just passed, and lowers
    that of those whose starts it has: each rise gives an arrival, and so does a fall that is not
    that of an arrival known by its rise, where the probability was held up by another event before
    it or the record begins with the event inside. A stretch of windows that all hold an event gives
    one, in the middle of what they have in common.

    Parameters
    ----------
    starts_s : ndarray of float (n)
        When windows start (s), increasing.
    probabilities : ndarray of float (n)
        Of an event in each.
    length_s : float
        From the first sample of a window to its last (s).
    step_s : float
        From one start to the next (s); where it is farther, windows are missing.
    margin_s : float
        How far inside a window the P was, at least, where training called it an event (s).
    threshold : float
        The least score of an arrival.

    Returns
    -------
    Rises
        Those of all stretches.
    """
    breaks = np.flatnonzero(np.diff(starts_s) > 1.5 * step_s) + 1
    parts = []
    for first, end in zip([0, *breaks.tolist()], [*breaks.tolist(), len(starts_s)], strict=True):
        if end > first:
            starts, says = starts_s[first:end], np.asarray(probabilities[first:end], np.float64)
            found = _in_stretch(starts, says, length_s, step_s=step_s, margin_s=margin_s)
            keep = found.scores >= threshold
            parts.append(_chosen(found, keep, first))
    if not parts:
        empty = np.empty(0)
        return Rises(empty, empty, empty, np.empty((0, 2), np.intp))
    return Rises(
        times_s=np.concatenate([part.times_s for part in parts]),
        deviations_s=np.concatenate([part.deviations_s for part in parts]),
        scores=np.concatenate([part.scores for part in parts]),
        windows=np.concatenate([part.windows for part in parts]),
    )


def _chosen(found: Rises, keep: NDArray[np.bool_], first: int) -> Rises:
    """Return some arrivals of a stretch, their windows counted from the first of all stretches."""
    windows = found.windows[keep] + first
    return Rises(found.times_s[keep], found.deviations_s[keep], found.scores[keep], windows)


def _in_stretch(
    starts_s: NDArray[np.float64],
    says: NDArray[np.float64],
    length_s: float,
    step_s: float,
    margin_s: float,
) -> Rises:
    """Return all arrivals of a stretch of windows without a gap."""
    change = _changes(says, max(round(COMPARED_S / step_s), 1))
    apart = max(round(CHANGES_APART_S / step_s), 1)
    up, down = (_extremes(sign * change, apart) for sign in (1, -1))
    edge_s = np.append(starts_s, starts_s[-1] + step_s) - step_s / 2  # between windows
    come = edge_s[up] + length_s - COMES_IN * margin_s
    go = edge_s[down] + GOES_OUT * margin_s
    far = _to_nearest(go, come) > SAME_S
    held = _held_by(starts_s, go, length_s, margin_s=margin_s)
    go = go[far & (_means(says, held) >= HELD_UP)]
    times_s = np.sort(np.concatenate([come, go]))
    deviations_s = np.full(len(times_s), ROUGH_S)
    if not len(times_s):
        low, high = starts_s[-1] + margin_s, starts_s[0] + length_s - margin_s
        if low <= high:
            times_s = np.array([(low + high) / 2])
            deviations_s = np.array([max((high - low) / 4, ROUGH_S)])
    windows = _held_by(starts_s, times_s, length_s, margin_s=margin_s)
    return Rises(times_s, deviations_s, scores=_means(says, windows), windows=windows)


def _changes(says: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    """Return mean probability of ``width`` windows after each edge less that before; 0 at the ends.

    There are n + 1 edges of n windows.
    """
    n = len(says)
    total, edges = np.append(0.0, np.cumsum(says)), np.arange(n + 1)
    low, high = np.maximum(edges - width, 0), np.minimum(edges + width, n)
    before = (total[edges] - total[low]) / np.maximum(edges - low, 1)
    after = (total[high] - total[edges]) / np.maximum(high - edges, 1)
    return np.where((edges == 0) | (edges == n), 0.0, after - before)


def _extremes(change: NDArray[np.float64], apart: int) -> NDArray[np.intp]:
    """Return the edges at which a change is greatest, and great enough."""
    return find_peaks(change, height=LEAST_CHANGE, distance=apart)[0]


def _held_by(
    starts_s: NDArray[np.float64], times_s: NDArray[np.float64], length_s: float, margin_s: float
) -> NDArray[np.intp]:
    """Return the windows (n, 2) that hold each arrival the margin inside, or the nearest one."""
    first = np.searchsorted(starts_s, times_s - length_s + margin_s, side="left")
    end = np.searchsorted(starts_s, times_s - margin_s, side="right")
    first = np.minimum(first, len(starts_s) - 1)
    return np.column_stack([first, np.maximum(end, first + 1)])


def _means(says: NDArray[np.float64], windows: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return the mean probability of windows from a first to one past a last."""
    total = np.append(0.0, np.cumsum(says))
    first, end = windows.T
    return (total[end] - total[first]) / (end - first)
