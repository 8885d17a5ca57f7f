"""Which arrivals were found, one to one, and the scores by arrival. Times are seconds, any epoch.

A reading is found by the nearest detection of its phase, and each detection finds one reading
alone: whoever is always in alarm finds next to nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deepquake.core import intervals
from deepquake.core.times import DAY_S
from deepquake.learning.metrics import quotient

CLOSE_S = 0.1  # a detection no farther than this from the reading is as good as another reading
TIME_ROUNDING_S = 1e-6  # what two seconds since 1970 may differ by and be the same


@dataclass(frozen=True)
class ArrivalMatches:
    """What became of the readings and the detections of one phase on one channel.

    ``detection_of`` (references) is the number of the detection that found each reading, or -1, and
    ``residuals_s`` (references) detection minus reading, NaN where it was not found.
    ``reference_of`` (detections) is the number of the reading that each detection found, or -1.
    ``undecided`` (detections): found none, but something may have come that nobody read.
    """

    detection_of: NDArray[np.intp]
    residuals_s: NDArray[np.float64]
    reference_of: NDArray[np.intp]
    undecided: NDArray[np.bool_]

    @property
    def false(self) -> NDArray[np.bool_]:
        """Whether each detection is a false alarm."""
        return (self.reference_of < 0) & ~self.undecided


@dataclass(frozen=True)
class ArrivalScores:
    """Scores of the arrivals of one phase; what is not known is None.

    ``detections`` are the right and the false ones, without the ``undecided``. ``recorded_s`` is
    how long all channels were listened to, ``alarm_s`` how long of that the network was in alarm,
    ``references_per_detection`` how many readings a detection holds that holds any.
    """

    references: int
    found: int
    detections: int
    undecided: int
    residuals_s: NDArray[np.float64]  # of those found
    recorded_s: float | None = None
    alarm_s: float | None = None
    references_per_detection: float | None = None

    @property
    def false(self) -> int:
        """Detections that are no arrival."""
        return self.detections - self.found

    @property
    def recall(self) -> float | None:
        """The share of the readings that was found."""
        return quotient(self.found, self.references)

    @property
    def precision(self) -> float | None:
        """The share of the detections that is right."""
        return quotient(self.found, self.detections)

    @property
    def f1(self) -> float | None:
        """The harmonic mean of recall and precision."""
        return quotient(2 * self.found, self.references + self.detections)

    @property
    def close(self) -> int:
        """The readings that were found within 0.1 s."""
        return int(np.sum(np.abs(self.residuals_s) <= CLOSE_S + TIME_ROUNDING_S))

    @property
    def false_per_day(self) -> float | None:
        """False alarms per day of one channel."""
        return None if self.recorded_s is None else quotient(self.false, self.recorded_s / DAY_S)

    @property
    def alarm_share(self) -> float | None:
        """The share of the time in alarm."""
        if self.alarm_s is None or self.recorded_s is None:
            return None
        return quotient(self.alarm_s, self.recorded_s)

    def values(self) -> dict[str, Any]:
        """Return all of them as they stand in result files; residuals in seconds."""
        some = self.residuals_s if len(self.residuals_s) else None
        return {
            "references": self.references,
            "found": self.found,
            "detections": self.detections,
            "falseAlarms": self.false,
            "undecided": self.undecided,
            "recall": self.recall,
            "precision": self.precision,
            "f1": self.f1,
            "foundWithin0.1s": self.close,
            "recallWithin0.1s": quotient(self.close, self.references),
            "shareWithin0.1s": quotient(self.close, self.found),
            "residualMean_s": None if some is None else float(np.mean(some)),
            "residualDeviation_s": None if some is None else float(np.std(some)),
            "residualMAE_s": None if some is None else float(np.mean(np.abs(some))),
            "stationDays": None if self.recorded_s is None else self.recorded_s / DAY_S,
            "falseAlarmsPerStationDay": self.false_per_day,
            "alarmShare": self.alarm_share,
            "referencesPerDetection": self.references_per_detection,
        }


def one_to_one(
    references_s: ArrayLike,
    found_s: ArrayLike,
    tolerance_s: float,
    heights: ArrayLike | None = None,
) -> NDArray:
    """Return pairs of readings and detections, one to one, the nearest pair first.

    Of pairs as far apart as each other the earlier reading's goes first, then the earlier
    detection's.

    Parameters
    ----------
    references_s, found_s : array_like (k), (m)
        Times of the readings and the detections (s) of one phase on one channel, in any order.
    tolerance_s : float
        The greatest difference of a pair (s).
    heights : array_like (m), optional
        Of the detections: the pairs of the highest go first, and of those the nearest. So a reading
        is found at a threshold if a detection that reaches it is within the tolerance, whatever
        lower ones are nearer.

    Returns
    -------
    ndarray of int (pairs, 2)
        The number of the reading and that of the detection, in order of the readings' times.
    """
    reference_order, found_order = (np.argsort(t, kind="stable") for t in (references_s, found_s))
    references = np.asarray(references_s, float)[reference_order]
    found = np.asarray(found_s, float)[found_order]
    # the detections near each reading, then all such pairs, in order of their distances
    reach_s = tolerance_s + TIME_ROUNDING_S
    low = np.searchsorted(found, references - reach_s)
    counts = np.searchsorted(found, references + reach_s, side="right") - low
    reference = np.repeat(np.arange(len(references)), counts)
    detection = np.arange(len(reference)) + np.repeat(low - (np.cumsum(counts) - counts), counts)
    distances_s = np.abs(found[detection] - references[reference])
    if heights is None:
        first = np.argsort(distances_s, kind="stable")
    else:
        of_found = np.asarray(heights, float)[found_order]
        first = np.lexsort((distances_s, -of_found[detection]))
    taken_reference, taken_detection = bytearray(len(references)), bytearray(len(found))
    chosen = []
    for pair, i, j in zip(
        first.tolist(), reference[first].tolist(), detection[first].tolist(), strict=True
    ):
        if not taken_reference[i] and not taken_detection[j]:
            taken_reference[i] = taken_detection[j] = 1
            chosen.append(pair)
    pairs = np.sort(np.array(chosen, np.intp))
    return np.column_stack([reference_order[reference[pairs]], found_order[detection[pairs]]])


def match_arrivals(
    references_s: ArrayLike,
    found_s: ArrayLike,
    *,
    tolerance_s: float,
    undecided_s: ArrayLike = (),
    heights: ArrayLike | None = None,
) -> ArrivalMatches:
    """Return what was found of the readings of one phase on one channel, and what is false.

    Parameters
    ----------
    references_s, found_s : array_like (k), (m)
        Times of the readings that count and of the detections (s), in any order.
    tolerance_s : float
        The greatest difference of a detection and the reading it finds (s).
    undecided_s : array_like (n, 2), optional
        Spans (s) in which an arrival of this phase may come that is not among the readings: those
        of estimated arrivals, and of readings that are not used (begin and end are one there). A
        detection within the tolerance of one that found no reading is neither right nor false.
    heights : array_like (m), optional
        As of ``one_to_one``: for candidates of which a threshold is still to choose.

    Returns
    -------
    ArrivalMatches
        Both, by reading and by detection.
    """
    references, found = np.asarray(references_s, float), np.asarray(found_s, float)
    pairs = one_to_one(references, found, tolerance_s, heights=heights)
    detection_of = np.full(len(references), -1)
    detection_of[pairs[:, 0]] = pairs[:, 1]
    reference_of = np.full(len(found), -1)
    reference_of[pairs[:, 1]] = pairs[:, 0]
    residuals_s = np.full(len(references), np.nan)
    residuals_s[pairs[:, 0]] = found[pairs[:, 1]] - references[pairs[:, 0]]
    reach_s = tolerance_s + TIME_ROUNDING_S
    first_s, last_s = np.asarray(undecided_s, float).reshape(-1, 2).T
    unsure = intervals.inside(intervals.union(first_s - reach_s, last_s + reach_s), found)
    return ArrivalMatches(detection_of, residuals_s, reference_of, unsure & (reference_of < 0))


def arrival_scores(
    matches: Sequence[ArrivalMatches],
    *,
    recorded_s: float | None = None,
    alarm_s: float | None = None,
    references_per_detection: float | None = None,
) -> ArrivalScores:
    """Return the scores of a phase over all channels.

    Parameters
    ----------
    matches : sequence of ArrivalMatches
        Those of each channel.
    recorded_s, alarm_s, references_per_detection : float, optional
        As of ``ArrivalScores``.

    Returns
    -------
    ArrivalScores
        The scores.
    """
    residuals_s = np.concatenate([np.empty(0), *(m.residuals_s for m in matches)])
    found = int(np.sum(~np.isnan(residuals_s)))
    return ArrivalScores(
        references=len(residuals_s),
        found=found,
        detections=found + sum(int(m.false.sum()) for m in matches),
        undecided=sum(int(m.undecided.sum()) for m in matches),
        residuals_s=residuals_s[~np.isnan(residuals_s)],
        recorded_s=recorded_s,
        alarm_s=alarm_s,
        references_per_detection=references_per_detection,
    )


def references_held(references_s: ArrayLike, starts_s: ArrayLike, ends_s: ArrayLike) -> NDArray:
    """Return how many readings each detection's span holds.

    Parameters
    ----------
    references_s : array_like (k)
        Times of readings (s), in any order.
    starts_s, ends_s : array_like (m)
        From when to when each detection is in alarm (s).

    Returns
    -------
    ndarray of int (m)
        The counts; their mean over those that are not 0 is ``references_per_detection``.
    """
    times = np.sort(np.asarray(references_s, float))
    first = np.searchsorted(times, np.asarray(starts_s, float) - TIME_ROUNDING_S)
    return np.searchsorted(times, np.asarray(ends_s, float) + TIME_ROUNDING_S, "right") - first
