"""Bringing a record to another sampling rate: linear phase, no delay, no aliases."""

from fractions import Fraction
from functools import lru_cache
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray

HAIR = 1e-4  # relative difference below which a rate is taken for the round one
MOST_UP = 10_000
LOWEST_RATE_HZ = 50.0  # below it, a record at 100 samples per second would be mostly invented
HIGHEST_RATE_HZ = 5000.0  # above it, a header is damaged or the record no seismogram
HALF_LENGTH = 24  # samples of the slower rate on either side of the filter's centre
KAISER_BETA = 8.0  # stop band below -80 dB (Kaiser's formula)
PASS_SHARE = 0.92  # corner of the filter as a share of the lower Nyquist frequency


@lru_cache(maxsize=1024)
def ratio(rate_hz: float, target_hz: float) -> tuple[int, int]:
    """Return (up, down), the smallest whole numbers with target = rate x up / down within 1e-4.

    (1, 1) says that the record is taken as it is; its sample times are kept right by the times
    of its records.
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
    rate_hz : float
        The rate of the header, samples per second.
    target_hz : float
        The rate that is wanted.
    """
    up, down = ratio(rate_hz, target_hz)
    return target_hz * down / up if up else rate_hz


def margin(up: int, down: int) -> int:
    """Return the input samples on either side that an output sample depends on."""
    return ceil(HALF_LENGTH * max(up, down) / up)


def output_range(first: int, last: int, up: int, down: int) -> tuple[int, int]:
    """Return the first and last output sample whose times lie within input first to last."""
    return ceil(first * up / down), floor(last * up / down)


def resample(
    samples: NDArray[np.float64], first: int, up: int, down: int
) -> tuple[int, NDArray[np.float64]]:
    """Return the output samples within a gap-free run of input, and the number of the first.

    ``first`` is the number of samples[0] on the input's grid; input n and output m are at the same
    time where n x up = m x down. Beyond its ends the run is taken as constant. A sample of the
    output depends only on the ``margin`` input samples around it, not on where a run was cut.
    """
    from scipy.signal import upfirdn  # slow to import, and few records are resampled

    low, high = output_range(first, first + len(samples) - 1, up, down)
    taps, reach = _filter(up, down), margin(up, down)
    start = floor((first - reach) / down) * down  # an input sample that is an output one too
    padded = np.pad(samples, (first - start, reach), mode="edge")
    centre = (len(taps) - 1) // 2
    # Shift the filter by whole output steps, so that its delay is a whole number of them.
    lead = -centre % down
    out = upfirdn(np.concatenate([np.zeros(lead), taps]), padded, up, down)
    skip = (centre + lead) // down + low - start * up // down
    return low, out[skip : skip + high - low + 1]


@lru_cache(maxsize=8)
def _filter(up: int, down: int) -> NDArray[np.float64]:
    """Return a low-pass (odd length, centred, gain ``up`` at 0 Hz) at the rate up x input."""
    from scipy.signal import firwin

    slower = max(up, down)
    taps = firwin(2 * HALF_LENGTH * slower + 1, PASS_SHARE / slower, window=("kaiser", KAISER_BETA))
    # Each of the interleaved filters has unit gain at 0 Hz of its own: no ripple on an offset.
    for phase in range(up):
        taps[phase::up] /= taps[phase::up].sum()
    return taps
