"""Which windows of a record are complete and alive, and which components look clipped.

Found without looking at every sample twice.
"""

import numpy as np
from numpy.typing import NDArray

from deepquake.core.settings import COMPONENTS

# A component that does not change for this long is flat. In real records of coarse resolution
# a live signal holds the same value for 0.8 s at most; padding and dead channels for seconds.
FLAT_S = 1.0
CLIPPED_RUN = 4  # samples in a row at the largest value that only a clipped record shows
CLIPPED_RUNS = 2

Spans = list[tuple[NDArray[np.int64], NDArray[np.int64]]]
"""For each component the first samples and the ends (one past the last) of some stretches."""


def gaps_and_flats(data: NDArray[np.floating], flat: int) -> tuple[Spans, Spans]:
    """Return where ``data`` (n_components, n_samples) is missing (NaN), and where it is flat.

    Flat is a run of ``flat`` samples or more, all equal: padding, dropouts, dead channels.
    """
    return [_runs(np.isnan(row)) for row in data], [flat_runs(row, flat) for row in data]


def clear_of(spans: Spans, offsets: NDArray[np.int64], win_size: int) -> NDArray[np.bool_]:
    """Return for each window and component (k, n_components) whether no span touches it.

    ``offsets`` are the windows' first samples.
    """
    columns = [~_touches(starts, ends, offsets, offsets + win_size) for starts, ends in spans]
    return np.stack(columns, axis=1)


def blank(data: NDArray[np.floating], spans: Spans) -> None:
    """Set the samples of ``data`` in ``spans`` to NaN, in place."""
    for row, (starts, ends) in zip(data, spans, strict=True):
        for start, end in zip(starts, ends, strict=True):
            row[start:end] = np.nan


def clipped(data: NDArray[np.floating]) -> str:
    """Return those components of ``data`` (3, n_samples; rows Z N E) that look clipped.

    Clipped: the largest or the smallest value is held for 4 samples or more, twice or more.
    """
    found = ""
    for component, row in zip(COMPONENTS, data, strict=True):
        values = row[np.isfinite(row)]
        if len(values) < CLIPPED_RUN or values.min() == values.max():
            continue
        runs = max(_held(values == values.max()), _held(values == values.min()))
        found += component if runs >= CLIPPED_RUNS else ""
    return found


def _held(at_extreme: NDArray[np.bool_]) -> int:
    """Return how often an extreme value is held for the length that tells clipping."""
    starts, ends = _runs(at_extreme)
    return int(np.count_nonzero(ends - starts >= CLIPPED_RUN))


def flat_runs(
    samples: NDArray[np.floating], flat: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return first samples and ends (one past the last) of the runs of ``flat`` or more equal ones.

    Only every (flat // 2)-th sample is compared with the one before: a run cannot escape that,
    and in a live record few pairs are equal and have to be looked at closely.
    """
    step = flat // 2
    if step < 2 or len(samples) <= step:
        return _long_enough(*_runs_of_equal(samples), flat)
    grid = samples[::step]
    near = np.flatnonzero(grid[1:] == grid[:-1])
    if len(near) * 4 > len(grid):
        return _long_enough(*_runs_of_equal(samples), flat)
    view = np.lib.stride_tricks.sliding_window_view(samples, step + 1)[near * step]
    near = near[(view == view[:, :1]).all(axis=1)]
    starts, ends = [], []
    for first, last in zip(*_consecutive(near), strict=True):
        low = max(first * step - step + 1, 0)
        around = samples[low : (last + 1) * step + step]
        own_starts, own_ends = _runs_of_equal(around)
        inside = int(np.searchsorted(own_ends, first * step - low, side="right"))
        starts.append(low + own_starts[inside])
        ends.append(low + own_ends[inside])
    return _long_enough(np.array(starts, np.int64), np.array(ends, np.int64), flat)


def _runs_of_equal(
    samples: NDArray[np.floating],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    edges = np.flatnonzero(samples[1:] != samples[:-1]) + 1
    return np.concatenate([[0], edges]), np.concatenate([edges, [len(samples)]])


def _long_enough(
    starts: NDArray[np.int64], ends: NDArray[np.int64], flat: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    # a single NaN is a run of one: it is unequal even to itself, and never flat
    wanted = ends - starts >= max(flat, 2)
    return starts[wanted], ends[wanted]


def _runs(mask: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return first samples and ends of the runs of True."""
    if not mask.any():
        return np.empty(0, np.int64), np.empty(0, np.int64)
    edges = np.flatnonzero(np.diff(mask, prepend=False, append=False))
    return edges[::2], edges[1::2]


def _consecutive(numbers: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the first and the last of each row of numbers that follow one another."""
    if not len(numbers):
        return numbers, numbers
    new = np.flatnonzero(np.diff(numbers) > 1)
    return numbers[np.r_[0, new + 1]], numbers[np.r_[new, len(numbers) - 1]]


def _touches(
    starts: NDArray[np.int64],
    ends: NDArray[np.int64],
    low: NDArray[np.int64],
    high: NDArray[np.int64],
) -> NDArray[np.bool_]:
    """Return whether any span (sorted, apart; ends are one past) has a sample in [low, high)."""
    if not len(starts):
        return np.zeros(len(low), bool)
    number = np.searchsorted(ends, low, side="right")
    return np.append(starts, np.iinfo(np.int64).max)[number] < high
