"""The onset of a wave near a rough time: where the record changes most, by Akaike's criterion.

The criterion of a sample (AIC; Maeda, Zisin 38, 365-379, 1985) says how badly the record is
described as noise of one strength before it and noise of another after it. Its least value is the
classical onset, which jumps where two are nearly as low. Here the criterion is a likelihood, the
rough time with its deviation is what was known before, and the onset is the mean of both together:
where the record says nothing, the rough time stays. Knows neither files nor networks.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

# How far before and after a rough time the record is looked at, and how much the rough time
# deviates (s): at a peak of a curve, of P or S, and at an arrival that windows tell of. Chosen on
# five real data sets, so that these are no test of it; the record from 1 s before a peak does no
# better for P and misleads S. Against analysts' readings P gains and S does not; against readings
# of other pickers both do.
PEAK_SEARCH_S, PEAK_DEVIATION_S = (0.6, 0.4), 0.09
# The arrival is so much of the way from the peak to that onset. Where an onset is emergent the two
# err on different sides: on northern California, five folds and three seeds, 95 % are within 0.1 s
# of the analysts', of the onsets alone 93 %; the mean deviation is the same.
ONSET_WEIGHT = 0.75
WINDOW_SEARCH_S = (2.5, 2.0)
TOGETHER = 2048  # arrivals whose windows are in memory together
LEAST_SIDE_S = 0.1  # on either side of an onset, for its strength to be told
# Samples of a record above 2 Hz hang together: it says as much as this many a second would that did
# not. With 15 the onsets of real records deviate more from the analysts' (mean of sizes).
INDEPENDENT_HZ = 30.0
LEAST_GAIN = 3.0  # in log likelihood; noise alone rarely gives as much
# Networks of windows take an S, or a coda, for another event. Of the arrivals that they tell of one
# in eight of the false ones gains less than this, and one in two hundred of the true (of five real
# data sets, by which it was chosen).
SHOWN_GAIN = 8.0
# So it is with the P of a UNet, of all components and within either of these distances (s): a
# second tells of a P in a coda, two of a weak one. Of northern California some four in ten of the
# false P in front of the events gain less, and no true one; elsewhere 3 of 697 true ones.
SHOWN_WITHIN_S = (1.0, 2.0)
QUIETEST = 1e-12  # of the mean power: silence before an onset has no logarithm


@dataclass(frozen=True)
class Onsets:
    """Onsets, each an element.

    ``at`` are positions (samples, with fractions), ``deviation_s`` is how far the record and the
    rough time together leave them unsure (s), and ``gain`` the log likelihood that a change of
    strength gains over none. Those that are not ``clear`` are the rough positions unchanged.
    """

    at: NDArray[np.float64]
    deviation_s: NDArray[np.float64]
    gain: NDArray[np.float64]

    @property
    def clear(self) -> NDArray[np.bool_]:
        """Whether the record tells of an onset."""
        return self.gain >= LEAST_GAIN


def traces_of(phase: str, components: str) -> list[int]:
    """Return which traces of a record tell of the onset of a phase.

    Parameters
    ----------
    phase : str
        ``P`` or ``S``.
    components : str
        Those of the record's traces, such as ``ZNE``.

    Returns
    -------
    list of int
        The vertical for P, the horizontals for S, or all traces where there is none of these.
    """
    wanted = [i for i, component in enumerate(components) if (component == "Z") == (phase == "P")]
    return wanted or list(range(len(components)))


def aic_onset(
    record: NDArray[np.floating],
    rough: ArrayLike,
    rate_hz: float,
    before_s: ArrayLike,
    after_s: ArrayLike,
    deviation_s: ArrayLike,
) -> Onsets:
    """Return the onsets near rough positions.

    Parameters
    ----------
    record : ndarray of float (traces, samples)
        What they are looked for in together, filtered: the vertical for P, the horizontals for S.
        NaN is no sample; a trace without samples or strength at an arrival is left out there.
    rough : array_like of float (k)
        The rough positions (samples).
    rate_hz : float
        The sampling rate (Hz).
    before_s, after_s : array_like of float
        How far before and after the rough position the record is looked at (s), for all or each.
        An onset lies within, ``LEAST_SIDE_S`` from either end at least.
    deviation_s : array_like of float
        The standard deviation of the rough positions (s), for all or each.

    Returns
    -------
    Onsets
        One for each position, in their order.
    """
    rough = np.asarray(rough, np.float64).reshape(-1)
    before, after, deviation = (
        np.broadcast_to(np.asarray(value, np.float64), rough.shape)
        for value in (before_s, after_s, deviation_s)
    )
    low, high = (np.round(span * rate_hz).astype(np.int64) for span in (before, after))
    parts = [
        _onsets(
            record,
            rough[part],
            reach=(low[part], high[part]),
            deviation_s=deviation[part],
            rate_hz=rate_hz,
        )
        for part in (slice(i, i + TOGETHER) for i in range(0, len(rough), TOGETHER))
    ]
    if not parts:
        return Onsets(np.empty(0), np.empty(0), np.empty(0))
    at, left_s, gain = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Onsets(at, left_s, gain)


def is_shown(record: NDArray[np.floating], at: ArrayLike, rate_hz: float) -> NDArray[np.bool_]:
    """Return whether a record gets stronger near each of some arrivals.

    Parameters
    ----------
    record : ndarray of float (traces, samples)
        Filtered; NaN is no sample.
    at : array_like of float (k)
        The arrivals (samples).
    rate_hz : float
        The sampling rate (Hz).

    Returns
    -------
    ndarray of bool (k)
        Whether a change of strength gains ``SHOWN_GAIN``, over all traces together.
    """
    gains = [
        aic_onset(record, at, rate_hz, span_s, span_s, deviation_s=span_s).gain
        for span_s in SHOWN_WITHIN_S
    ]
    return np.maximum.reduce(gains) >= SHOWN_GAIN


def _onsets(
    record: NDArray,
    rough: NDArray[np.float64],
    reach: tuple[NDArray[np.int64], NDArray[np.int64]],
    deviation_s: NDArray[np.float64],
    rate_hz: float,
) -> tuple[NDArray, NDArray, NDArray]:
    """Return positions, deviations (s) and gains for a few arrivals."""
    low, high = reach
    middle = np.round(rough).astype(np.int64)
    offsets = np.arange(-low.max(), high.max() + 1)
    samples, known = _samples_at(record, middle[:, None] + offsets)
    known &= ((offsets >= -low[:, None]) & (offsets <= high[:, None]))[:, None]
    aic, possible = _criterion(samples, known, edge=max(round(LEAST_SIDE_S * rate_hz), 2))
    # AIC is -2 log likelihood; the onset is the last sample before the change
    likelihood = -aic / 2 * min(INDEPENDENT_HZ / rate_hz, 1.0)
    away_s = (offsets + (middle - rough)[:, None]) / rate_hz
    together = likelihood - (away_s / deviation_s[:, None]) ** 2 / 2
    together = np.where(possible, together, -np.inf)
    best = together.max(axis=1, keepdims=True)
    some = np.isfinite(best[:, 0])
    weights = np.exp(together - np.where(np.isfinite(best), best, 0))
    weights /= np.maximum(weights.sum(axis=1, keepdims=True), 1e-300)
    moved_s = (weights * away_s).sum(axis=1)
    spread_s = np.sqrt((weights * (away_s - moved_s[:, None]) ** 2).sum(axis=1))
    gain = np.where(some, np.where(possible, likelihood, -np.inf).max(axis=1), 0)
    gain = np.maximum(gain, 0)
    clear = some & (gain >= LEAST_GAIN)
    at = np.where(clear, rough + moved_s * rate_hz, rough)
    return at, np.where(clear, np.maximum(spread_s, 0.5 / rate_hz), deviation_s), gain


def _samples_at(record: NDArray, at: NDArray[np.int64]) -> tuple[NDArray, NDArray[np.bool_]]:
    """Return samples (k, traces, w) at positions (k, w), 0 for none, and where there are some."""
    inside = (at >= 0) & (at < record.shape[1])
    samples = record[:, np.clip(at, 0, record.shape[1] - 1)].astype(np.float64).transpose(1, 0, 2)
    known = inside[:, None] & np.isfinite(samples)
    return np.where(known, samples, 0), known


def _criterion(
    samples: NDArray[np.float64], known: NDArray[np.bool_], edge: int
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return AIC of a change after each sample, less that of none, summed over the living traces.

    Also returns where a change is possible: at least ``edge`` samples on either side, and the
    record stronger behind it. Where it is weaker, the criterion is not below 0.
    """
    total = known.sum(axis=2, keepdims=True)
    offset = samples.sum(axis=2, keepdims=True, where=known) / np.maximum(total, 1)
    samples = np.where(known, samples - offset, 0)
    power = np.cumsum(samples**2, axis=2)
    count = np.cumsum(known, axis=2)
    alive = (power[..., -1:] > 0) & (total >= 2 * edge)
    mean = power[..., -1:] / np.maximum(total, 1)
    floor = np.where(alive, QUIETEST * mean, 1.0)
    later, rest = total - count, power[..., -1:] - power
    strength = np.maximum(power / np.maximum(count, 1), floor)
    strength_later = np.maximum(rest / np.maximum(later, 1), floor)
    aic = count * np.log(strength) + later * np.log(strength_later)
    aic -= total * np.log(np.maximum(mean, floor))
    aic = np.where(strength_later > strength, aic, np.maximum(aic, 0))
    enough = ((count >= edge) & (later >= edge)) | ~alive
    return np.where(alive, aic, 0).sum(axis=1), enough.all(axis=1) & alive.any(axis=1)
