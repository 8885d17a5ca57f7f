"""From windows to detections, and from detections and arrivals to what was found and missed.

Pure NumPy: knows neither files nor networks. Times are seconds since 1970 UTC.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deepquake.learning.metrics import event_probability, most_probable_region

Times = NDArray[np.float64]
FOUND, FALSE, UNDECIDED = "found", "false", "undecided"
# Times are float seconds: a microsecond absorbs their rounding.
TOLERANCE_S = 1e-6


@dataclass(frozen=True)
class Detection:
    """One detection at one station, from the start of its first window to the end of its last.

    ``probability`` is the greatest of its windows' probabilities of an event; ``cluster_id``
    (0 is the first region) is the region most probable in the mean over its windows, and
    ``region_probabilities`` are those means, noise left out, brought to a sum of 1.
    """

    network: str
    station: str
    start_s: float
    end_s: float
    probability: float
    cluster_id: int
    n_windows: int
    region_probabilities: tuple[float, ...]


def fuse(
    network: str, station: str, starts_s: Times, length_s: float, probabilities: NDArray
) -> list[Detection]:
    """Return the detections of a station, in order of time, from its windows that hold an event.

    ``starts_s`` (k) are the starts of the windows, ``length_s`` from their first to their last
    sample, ``probabilities`` (k, classes). Windows that overlap, or share a sample, belong to
    one detection, and so do those of records that overlap in time. A detection reaches from the
    start of its first window to the end of its last: a network calls a window an event because
    of what lies somewhere inside it, so that the P is within this span, and may not be within
    a shorter one (what is common to all the windows, say, when some of them see the S alone).
    Detections of a station never overlap.
    """
    if not len(starts_s):
        return []
    order = np.argsort(starts_s, kind="stable")
    starts_s, probabilities = np.asarray(starts_s)[order], np.asarray(probabilities)[order]
    new = np.flatnonzero(np.diff(starts_s) > length_s + TOLERANCE_S) + 1
    first, last = np.r_[0, new], np.r_[new, len(starts_s)]
    highest = np.maximum.reduceat(event_probability(probabilities), first)
    means = np.add.reduceat(probabilities.astype(float), first, axis=0) / (last - first)[:, None]
    regions = most_probable_region(means)
    shares = means[:, 1:] / np.maximum(means[:, 1:].sum(axis=1, keepdims=True), 1e-300)
    return [
        Detection(
            network=network,
            station=station,
            start_s=float(starts_s[a]),
            end_s=float(starts_s[b - 1] + length_s),
            probability=float(highest[k]),
            cluster_id=int(regions[k]),
            n_windows=int(b - a),
            region_probabilities=tuple(float(p) for p in shares[k]),
        )
        for k, (a, b) in enumerate(zip(first, last, strict=True))
    ]


def stretches_read(
    starts_s: Times, length_s: float, step_s: float, margin_s: float
) -> list[tuple[float, float]]:
    """Return the stretches in which a P could have been found, from the windows read.

    Windows follow each other without a hole where they overlap or are ``step_s`` apart; from
    either end of such a row ``margin_s`` is taken off, as no window of an event has its P nearer
    to the edge. A P between two windows that do not touch counts as one that could be found.
    """
    starts_s = np.sort(starts_s)
    if not len(starts_s):
        return []
    apart = max(step_s, length_s) + TOLERANCE_S
    new = np.flatnonzero(np.diff(starts_s) > apart) + 1
    first, last = starts_s[np.r_[0, new]], starts_s[np.r_[new - 1, len(starts_s) - 1]]
    return [
        (float(a) + margin_s, float(b) + length_s - margin_s)
        for a, b in zip(first, last, strict=True)
    ]


@dataclass(frozen=True)
class Judgement:
    """How the detections of one station compare with its arrivals.

    ``outcomes``: FOUND, FALSE or UNDECIDED for each detection; ``in_coda``: whether a false one
    begins within the coda of an arrival. ``picks_s`` are the arrivals that could be found,
    ``events`` the event of each, ``detection`` the number of the detection that holds it, or -1.
    """

    outcomes: list[str]
    in_coda: NDArray[np.bool_]
    picks_s: Times
    events: NDArray[np.intp]
    detection: NDArray[np.intp]

    @property
    def found(self) -> NDArray[np.bool_]:
        """Whether each pick was found."""
        return self.detection >= 0


def judge(
    detections: list[Detection],
    picks_s: Times,
    events: NDArray[np.intp],
    others_s: Times,
    unknown: list[tuple[float, float]],
    read: list[tuple[float, float]],
    coda_s: float,
) -> Judgement:
    """Compare the detections of one station with its arrivals.

    A pick (of ``picks_s``, sorted, ``events`` the event of each) counts where it lies in one of
    the stretches ``read``; it is found where it lies within a detection. A detection is found
    where it holds a pick; undecided where it holds no pick but one of ``others_s`` (estimated
    arrivals that nobody picked) or touches a stretch of ``unknown`` (an event whose arrival
    nobody can tell); false otherwise. A false one that begins at most ``coda_s`` after an
    arrival is counted as in its coda.
    """
    starts = np.array([d.start_s for d in detections])
    ends = np.array([d.end_s for d in detections])
    counts = _number_of(picks_s, *_columns(read)) >= 0
    holds_pick = _holds(starts, ends, np.sort(picks_s))
    holds_other = _holds(starts, ends, np.sort(others_s))
    for low, high in unknown:
        holds_other |= (starts <= high) & (ends >= low)
    outcomes = np.where(holds_pick, FOUND, np.where(holds_other, UNDECIDED, FALSE))
    every = np.sort(np.concatenate([picks_s, others_s]))
    after = _holds(starts - coda_s, starts, every)
    return Judgement(
        outcomes=[str(o) for o in outcomes],
        in_coda=after & (outcomes == FALSE),
        picks_s=picks_s[counts],
        events=events[counts],
        detection=_number_of(picks_s, starts, ends)[counts],
    )


def _columns(spans: list[tuple[float, float]]) -> tuple[Times, Times]:
    table = np.array(spans, float).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def _number_of(times_s: Times, starts: Times, ends: Times) -> NDArray[np.intp]:
    """Return the span each time lies in, or -1; spans are sorted and do not overlap."""
    number = np.searchsorted(starts, times_s + TOLERANCE_S, side="right") - 1
    last_end = np.append(ends, -np.inf)[number]  # before the first span: index -1, the -inf
    return np.where(times_s <= last_end + TOLERANCE_S, number, -1)


def _holds(starts: Times, ends: Times, times_s: Times) -> NDArray[np.bool_]:
    """Return whether each span holds one of the sorted times."""
    low = np.searchsorted(times_s, starts - TOLERANCE_S)
    return np.searchsorted(times_s, ends + TOLERANCE_S, side="right") > low
