"""What is done to samples between reading and cutting: resampled, filtered, judged alive.

Resampling has linear phase, no delay and no aliases. The filter is a causal Butterworth, for
samples of any length with any gaps. Gaps and flat stretches are found without looking at every
sample twice.
"""

from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray

from deepquake.core.intervals import groups, runs_of_equal, runs_of_true, touches, union
from deepquake.core.settings import COMPONENTS
from deepquake.waveforms.recording import Segment

HAIR = 1e-4  # relative difference below which a rate is taken for the round one
MOST_UP = 10_000
HALF_LENGTH = 24  # samples of the slower rate on either side of the filter's centre
KAISER_BETA = 8.0  # stop band below -80 dB (Kaiser's formula)
PASS_SHARE = 0.92  # corner of the filter as a share of the lower Nyquist frequency

FILTER_CORNERS = 4
MOST_PADDED = 1.2  # longest over shortest run that are filtered together
BATCH_SAMPLES = 1 << 17  # that a processor's cache holds

FLAT_S = 1.0  # of equal samples: padding, dropouts, dead channels
FILL_S = 0.1  # of equal samples far from all around: a dropout that was filled up
FILL_AWAY = 6.0  # how far, in deviations of what is around
FILL_EDGE_S, FILL_AROUND_S = 0.2, 1.0  # beside it: where resampling smears it; what is looked at
FILL_LOOKS = 20  # samples that are looked at on either side
DEAD_LOOKS_S = FLAT_S + FILL_EDGE_S + FILL_AROUND_S  # of record that tells what is dead
MOST_CLOSELY = 1000  # pairs that are looked at one by one
CLIPPED_RUN = 4  # samples in a row at the largest value that only a clipped record shows
CLIPPED_RUNS = 2

Spans = list[NDArray[np.int64]]
"""For each component some stretches (k, 2): the first sample, and one past the last."""


@lru_cache(maxsize=1024)
def ratio(rate_hz: float, target_hz: float) -> tuple[int, int]:
    """Return (up, down), the smallest whole numbers with target = rate x up / down within 1e-4.

    (1, 1) says that the record is taken as it is; its sample times are kept right by the times
    of its records.

    Parameters
    ----------
    rate_hz, target_hz : float
        The rate that a record has, and the one that is wanted (samples per second).
    """
    exact = Fraction(target_hz / rate_hz)
    for most in (1, 10, 100, 1000):
        near = exact.limit_denominator(most)
        if near and abs(float(near) * rate_hz / target_hz - 1) < HAIR:
            return near.numerator, near.denominator
    near = exact.limit_denominator(MOST_UP)
    return near.numerator, near.denominator


def round_rate(rate_hz: float, target_hz: float) -> float:
    """Return the rate that a header's rate is a hair off, or that of a damaged header as it is.

    Parameters
    ----------
    rate_hz, target_hz : float
        As of ``ratio``.
    """
    up, down = ratio(rate_hz, target_hz)
    return target_hz * down / up if up else rate_hz


def margin(factors: tuple[int, int]) -> int:
    """Return the input samples on either side that an output sample depends on."""
    return ceil(HALF_LENGTH * max(factors) / factors[0])


def output_range(first: int, last: int, factors: tuple[int, int]) -> tuple[int, int]:
    """Return the first and last output sample whose times lie within those of two input samples.

    Parameters
    ----------
    first, last : int
        The numbers of the input samples.
    factors : tuple[int, int]
        Up and down, as ``ratio`` returns them.
    """
    up, down = factors
    return ceil(first * up / down), floor(last * up / down)


def resample(
    samples: NDArray[np.float64], first: int, factors: tuple[int, int]
) -> tuple[int, NDArray[np.float64]]:
    """Return the output samples within a gap-free run of input, and the number of the first.

    Input n and output m are at the same time where n x up = m x down. Beyond its ends the run is
    taken as constant. A sample of the output depends only on the ``margin`` input samples around
    it, not on where a run was cut.

    Parameters
    ----------
    samples : NDArray[np.float64]
        The run.
    first : int
        The number of its first sample on the input's grid.
    factors : tuple[int, int]
        Up and down, as ``ratio`` returns them.
    """
    from scipy.signal import upfirdn  # slow to import, and few records are resampled

    up, down = factors
    low, high = output_range(first, first + len(samples) - 1, factors)
    taps, reach = _low_pass(up, down), margin(factors)
    start = floor((first - reach) / down) * down  # an input sample that is an output one too
    padded = np.pad(samples, (first - start, reach), mode="edge")
    centre = (len(taps) - 1) // 2
    # shift the filter by whole output steps, so that its delay is a whole number of them
    lead = -centre % down
    out = upfirdn(np.concatenate([np.zeros(lead), taps]), padded, up, down)
    skip = (centre + lead) // down + low - start * up // down
    return low, out[skip : skip + high - low + 1]


@lru_cache(maxsize=8)
def _low_pass(up: int, down: int) -> NDArray[np.float64]:
    """Return a low-pass (odd length, centred, gain ``up`` at 0 Hz) at the rate up x input."""
    from scipy.signal import firwin

    slower = max(up, down)
    taps = firwin(2 * HALF_LENGTH * slower + 1, PASS_SHARE / slower, window=("kaiser", KAISER_BETA))
    # each of the interleaved filters has unit gain at 0 Hz: no ripple on an offset
    for phase in range(up):
        taps[phase::up] /= taps[phase::up].sum()
    return taps


def filter_segment(
    segment: Segment, sampling_rate_hz: float, corners_hz: tuple[float, float]
) -> Segment:
    """Return a segment filtered by a causal 4-corner Butterworth.

    Each run between NaN of each component is filtered by itself, started in the steady state that
    its first sample would have led to, so that an offset makes no step.

    Parameters
    ----------
    segment : Segment
        The samples.
    sampling_rate_hz : float
        Their rate.
    corners_hz : (float, float)
        Those of the high-pass and the low-pass; 0 is none.
    """
    if not any(corners_hz):
        return segment
    from scipy.signal import sosfilt

    out = np.full_like(segment.data, np.nan)
    sos, steady = _butterworth(sampling_rate_hz, corners_hz)
    runs = [
        (k, begin, end)
        for k, row in enumerate(segment.data)
        for begin, end in runs_of_true(~np.isnan(row)).tolist()
    ]
    for batch in _alike(runs):
        begins = np.array([segment.data[row, first] for row, first, _ in batch], float)
        state = steady[:, None, :] * begins[None, :, None]
        step = max(BATCH_SAMPLES // len(batch), 1)
        for since in range(0, batch[-1][2] - batch[-1][1], step):
            part = [
                (row, slice(min(first + since, end), min(first + since + step, end)))
                for row, first, end in batch
            ]
            samples = np.zeros((len(part), max(span.stop - span.start for _, span in part)))
            for line, (row, span) in zip(samples, part, strict=True):
                line[: span.stop - span.start] = segment.data[row, span]
            samples, state = sosfilt(sos, samples, axis=1, zi=state)
            for line, (row, span) in zip(samples, part, strict=True):
                out[row, span] = line[: span.stop - span.start]
    return Segment(segment.start_s, out)


def settling_time(highpass_hz: float) -> float:
    """Return the seconds a high-pass of that corner needs to forget how it was started.

    A 4-corner Butterworth's response has decayed below 1e-6 after about four periods.
    """
    return 10.0 / highpass_hz if highpass_hz else 0.0


@lru_cache
def _butterworth(rate_hz: float, corners_hz: tuple[float, float]) -> tuple[NDArray, NDArray]:
    """Return the sections of the filter, and their state after a constant 1 from ever on."""
    from scipy.signal import butter, sosfilt_zi  # half a second, which step 1 does not need

    kind = "bandpass" if all(corners_hz) else "highpass" if corners_hz[0] else "lowpass"
    corners = np.squeeze([corner for corner in corners_hz if corner])
    sos = butter(FILTER_CORNERS, corners, kind, fs=rate_hz, output="sos")
    return sos, sosfilt_zi(sos)


def _alike(runs: list[tuple[int, int, int]]) -> Iterator[list[tuple[int, int, int]]]:
    """Yield the runs (row, first, end) in batches of about one length, the longest last.

    The filter takes a batch at once; a day in thousands of pieces costs little more than a whole.
    """
    batch: list[tuple[int, int, int]] = []
    shortest = 0
    for run in sorted(runs, key=lambda run: run[2] - run[1]):
        length = run[2] - run[1]
        is_full = (len(batch) + 1) * length > BATCH_SAMPLES
        if batch and (length > shortest * MOST_PADDED or is_full):
            yield batch
            batch = []
        shortest = shortest if batch else length
        batch.append(run)
    if batch:
        yield batch


def gaps_and_flats(data: NDArray[np.floating], n_flat: int) -> tuple[Spans, Spans]:
    """Return where samples are missing (NaN), and where they are flat.

    Parameters
    ----------
    data : array of shape (n_components, n_samples)
        The samples.
    n_flat : int
        Flat is a run of this many or more, all equal.
    """
    return [runs_of_true(np.isnan(row)) for row in data], [flat_runs(row, n_flat) for row in data]


def clear_of(spans: Spans, offsets: NDArray[np.int64], win_size: int) -> NDArray[np.bool_]:
    """Return for each window and component (k, n_components) whether no span touches it.

    Parameters
    ----------
    spans : Spans
        Those of each component.
    offsets : NDArray[np.int64]
        The first samples of the windows.
    win_size : int
        Samples of a window.
    """
    return np.stack([~touches(each, offsets, offsets + win_size) for each in spans], axis=1)


def blank(data: NDArray[np.floating], spans: Spans) -> None:
    """Set samples to NaN, in place.

    Parameters
    ----------
    data : array of shape (n_components, n_samples)
        The samples.
    spans : Spans
        Which, of each component.
    """
    for row, each in zip(data, spans, strict=True):
        for start, end in each.tolist():
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
        held = [runs_of_true(values == extreme) for extreme in (values.min(), values.max())]
        long = [np.count_nonzero(np.diff(runs, axis=1) >= CLIPPED_RUN) for runs in held]
        found += component if max(long) >= CLIPPED_RUNS else ""
    return found


def flat_runs(samples: NDArray[np.floating], n_flat: int) -> NDArray[np.int64]:
    """Return the runs (k, 2) of equal samples: the first, and one past the last.

    Only every (n_flat // 2)-th sample is compared with the one before: a run cannot escape that,
    and in a live record few pairs are equal and have to be looked at closely.

    Parameters
    ----------
    samples : NDArray[np.floating]
        The samples; NaN are never equal.
    n_flat : int
        Samples of the shortest run; two at least.
    """
    step = n_flat // 2
    grid = samples[:: max(step, 1)]
    near = np.flatnonzero(grid[1:] == grid[:-1])
    if step < 2 or len(samples) <= step or len(near) * 4 > len(grid):
        return _long_enough(runs_of_equal(samples), n_flat)
    view = np.lib.stride_tricks.sliding_window_view(samples, step + 1)[near * step]
    near = near[(view == view[:, :1]).all(axis=1)]
    if len(near) > MOST_CLOSELY:
        return _long_enough(runs_of_equal(samples), n_flat)
    found = []
    for begin, end in groups(near, near, gap=1).tolist():
        first, last = int(near[begin]), int(near[end - 1])
        low = max(first * step - step + 1, 0)
        runs = low + runs_of_equal(samples[low : (last + 1) * step + step])
        found.append(runs[np.searchsorted(runs[:, 1], first * step, side="right")])
    return _long_enough(np.array(found, np.int64).reshape(-1, 2), n_flat)


def dead_runs(samples: NDArray[np.floating], rate_hz: float) -> NDArray[np.int64]:
    """Return the runs (k, 2) in which nothing was recorded: flat ones, and dropouts filled up.

    A filled dropout is a shorter run of equal samples that is far from what is around it, as zeros
    are in a record with an offset: the steps at its ends look like arrivals. A record that is still
    by itself, and one that is clipped, has such runs near to what is around.

    Parameters
    ----------
    samples : NDArray[np.floating]
        The samples, not filtered; NaN is a gap.
    rate_hz : float
        Samples per second.
    """
    n_flat, n_fill = (round(length_s * rate_hz) for length_s in (FLAT_S, FILL_S))
    runs = flat_runs(samples, max(n_fill, 4))
    is_flat = runs[:, 1] - runs[:, 0] >= n_flat
    flats, short = runs[is_flat], runs[~is_flat]
    if not len(short):
        return flats
    edge, around = round(FILL_EDGE_S * rate_hz), round(FILL_AROUND_S * rate_hz)
    steps = edge + np.linspace(1, around, FILL_LOOKS).astype(np.int64)
    at = np.concatenate([short[:, :1] - steps, short[:, 1:] - 1 + steps], axis=1)
    looks = np.where((at >= 0) & (at < len(samples)), samples[at % len(samples)], np.nan)
    looks.sort(axis=1)  # what is missing comes last
    known = np.isfinite(looks).sum(axis=1)
    rows = np.arange(len(short))
    low, middle, high = (looks[rows, (share * known).astype(int)] for share in (0.16, 0.5, 0.84))
    with np.errstate(invalid="ignore"):
        away = np.abs(samples[short[:, 0]] - middle)
        deviation = (high - low) / 2
        is_filled = (known >= FILL_LOOKS) & (deviation > 0) & (away > FILL_AWAY * deviation)
    filled = np.clip(short[is_filled] + [-edge, edge], 0, len(samples))
    return union(*np.concatenate([flats, filled]).T)


def _long_enough(runs: NDArray[np.int64], n_flat: int) -> NDArray[np.int64]:
    # a single NaN is a run of one: it is unequal even to itself, and never flat
    return runs[runs[:, 1] - runs[:, 0] >= max(n_flat, 2)]
