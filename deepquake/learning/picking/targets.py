"""Crops of excerpts, and what a UNet is to say of each of their samples.

A crop is float32 (n_traces, samples), its target float32 (samples, phases + 2): the probability of
each phase, the weight of the sample in the loss, and 1 where nobody knows whether there is an S.
"""

from dataclasses import dataclass
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray

from deepquake.learning.store import Store
from deepquake.windows.tfrecords import ArrivalsInside

LABEL_S = 0.15  # deviation of the Gaussian around an arrival
LABEL_REACH = 4  # deviations after which it is 0
MARGIN_S = 0.3  # around where an arrival may be, in which nothing is learnt
PHASE_LETTERS = "PS"
LEAST_AMPLITUDE = np.float32(1e-20)


@dataclass(frozen=True)
class Crop:
    """A part of a record and its target."""

    data: NDArray[np.float32]
    target: NDArray[np.float32]

    def with_event(self, other: "Crop", ratio: float) -> "Crop":
        """Return two events at once, in the components that both have.

        Parameters
        ----------
        other : Crop
            The second event.
        ratio : float
            Its largest sample over that of the first.

        Returns
        -------
        Crop
            The sum; this one where they share no component.
        """
        both = _alive(self.data) & _alive(other.data)
        if not both.any():
            return self
        ratio *= float(np.abs(self.data).max() / (np.abs(other.data).max() + LEAST_AMPLITUDE))
        data = (self.data + other.data * np.float32(ratio)) * both[:, None]
        target = np.maximum(self.target, other.target)
        target[:, -2] = np.minimum(self.target[:, -2], other.target[:, -2])
        return Crop(data, target)

    def with_noise(self, quiet: "Crop", ratio: float) -> "Crop":
        """Return the crop with noise added, if that has all components of it.

        Parameters
        ----------
        quiet : Crop
            The noise.
        ratio : float
            Deviation of the crop over that of the noise.

        Returns
        -------
        Crop
            The sum.
        """
        alive = _alive(self.data)
        if (alive & ~_alive(quiet.data)).any():
            return self
        scale = np.float32(self.data.std() / (quiet.data.std() * ratio + LEAST_AMPLITUDE))
        return Crop(self.data + quiet.data * scale * alive[:, None], self.target)


def cut_crop(
    store: Store, index: int, samples: int, *, n_phases: int, first: float, factor: float
) -> Crop:
    """Return a part of an excerpt, stretched in time.

    Parameters
    ----------
    store : Store
        The excerpts.
    index : int
        Which of them.
    samples : int
        Of the crop.
    n_phases : int
        1: P, 2: P and S.
    first : float
        Where it begins, in samples of the excerpt; what reaches beyond is 0, without weight.
    factor : float
        By how much it is stretched.

    Returns
    -------
    Crop
        The crop.
    """
    record = store.gather([index])[0]
    begin, end = int(store.recorded_first[index]), int(store.recorded_end[index])
    place = first + np.arange(samples) / factor
    inside = (place >= begin) & (place <= end - 1)
    before = np.clip(np.floor(place).astype(np.intp), 0, record.shape[1] - 2)
    share = (place - before).astype(np.float32)
    data = record[:, before] * (1 - share) + record[:, before + 1] * share
    data = np.where(inside, data, np.float32(0))
    rate_hz = store.signature.sampling_rate or np.nan
    target = target_of(
        store.arrivals[index] or ArrivalsInside(),
        samples,
        n_phases=n_phases,
        begin_s=first / rate_hz,
        factor=factor,
        rate_hz=rate_hz,
    )
    target[:, -2] *= inside
    return Crop(data, target)


def noise_crop(
    store: Store, index: int, samples: int, *, n_phases: int, factor: float, share: float
) -> Crop:
    """Return noise of any length from an excerpt: to and fro where it is shorter.

    Parameters
    ----------
    store : Store
        The excerpts.
    index : int
        Which of them.
    samples : int
        Of the crop.
    n_phases : int
        1: P, 2: P and S.
    factor : float
        By how much it is stretched.
    share : float
        From 0 to 1, where it begins.

    Returns
    -------
    Crop
        The crop.
    """
    begin, end = int(store.recorded_first[index]), int(store.recorded_end[index])
    record = store.gather([index])[0][:, begin:end]
    length = end - begin
    place = share * length + np.arange(samples) / factor
    before = np.floor(place).astype(np.intp)
    between = (place - before).astype(np.float32)
    there, next_one = (_to_and_fro(at, length) for at in (before, before + 1))
    data = record[:, there] * (1 - between) + record[:, next_one] * between
    target = np.zeros((samples, n_phases + 2), np.float32)
    target[:, -2] = 1
    return Crop(data, target)


def target_of(
    arrivals: ArrivalsInside,
    samples: int,
    *,
    n_phases: int,
    begin_s: float,
    factor: float,
    rate_hz: float,
) -> NDArray[np.float32]:
    """Return what is to be said of the samples of a crop.

    Parameters
    ----------
    arrivals : ArrivalsInside
        Those of its excerpt.
    samples : int
        Of the crop.
    n_phases : int
        1: P, 2: P and S.
    begin_s : float
        From the begin of the excerpt to that of the crop (s).
    factor : float
        By how much the crop is stretched.
    rate_hz : float
        Samples per second.

    Returns
    -------
    array of float32 (samples, n_phases + 2)
        The target.
    """
    target = np.zeros((samples, n_phases + 2), np.float32)
    target[:, -2] = 1
    sigma, margin_s = LABEL_S * rate_hz, MARGIN_S / factor
    spans = (arrivals.offsets_s, arrivals.earliest_s, arrivals.latest_s)
    places = [(seconds.astype(float) - begin_s) * factor * rate_hz for seconds in spans]
    margin = margin_s * factor * rate_hz
    rows = zip(arrivals.phases, *places, arrivals.weights.tolist(), strict=True)
    for phase, place, earliest, latest, weight in rows:
        if weight and phase in PHASE_LETTERS[:n_phases]:
            reach = LABEL_REACH * sigma
            low, high = _within(place - reach, place + reach, samples)
            bell = np.exp(-0.5 * ((np.arange(low, high) - place) / sigma) ** 2)
            column = PHASE_LETTERS.index(phase)
            target[low:high, column] = np.maximum(target[low:high, column], bell)
            target[low:high, -2] *= weight
        elif not weight:
            low, high = _within(earliest - margin, latest + margin, samples)
            if phase == "S":
                target[low:high, -1] = 1
            else:
                target[low:high, -2] = 0
    return target


def _within(low: float, high: float, samples: int) -> tuple[int, int]:
    return min(max(ceil(low), 0), samples), min(max(floor(high) + 1, 0), samples)


def _to_and_fro(place: NDArray[np.intp], length: int) -> NDArray[np.intp]:
    """Return places beyond the end of a record of some length, mirrored at its ends."""
    place = place % (2 * length)
    return np.where(place < length, place, 2 * length - 1 - place)


def _alive(data: NDArray[np.float32]) -> NDArray[np.bool_]:
    return (data != 0).any(axis=1)
