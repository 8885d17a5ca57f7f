"""Counts and scores of a detector. A score whose denominator is 0 is None: it is not known.

Class 0 is noise, class 1 + i an event of region i. Probabilities are of shape (windows, classes).
"""

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True)
class Counts:
    """Windows (or events) by truth and verdict; positive means event."""

    true_positives: int
    false_positives: int
    true_negatives: int
    false_negatives: int


@dataclass(frozen=True)
class Curve:
    """Pairs of scores as the threshold falls; ``area`` below is None where one class is absent."""

    thresholds: NDArray[np.float64]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    area: float | None


def event_probability(probabilities: NDArray) -> NDArray[np.float64]:
    """Return the probability that each window holds an event of any region: 1 - that of noise."""
    return 1.0 - np.asarray(probabilities, dtype=float)[:, 0]


def count(truth: ArrayLike, verdict: ArrayLike) -> Counts:
    """Return the counts of ``truth`` and ``verdict`` (booleans, true is event)."""
    truth, verdict = np.asarray(truth, bool), np.asarray(verdict, bool)
    return Counts(
        true_positives=int(np.sum(truth & verdict)),
        false_positives=int(np.sum(~truth & verdict)),
        true_negatives=int(np.sum(~truth & ~verdict)),
        false_negatives=int(np.sum(truth & ~verdict)),
    )


def scores(counts: Counts) -> dict[str, float | None]:
    """Return accuracy, precision, recall, F1, specificity and balanced accuracy.

    recall = TP / (TP + FN), precision = TP / (TP + FP), specificity = TN / (TN + FP),
    F1 = 2 TP / (2 TP + FP + FN), balanced accuracy = (recall + specificity) / 2.
    """
    tp, fp = counts.true_positives, counts.false_positives
    tn, fn = counts.true_negatives, counts.false_negatives
    recall, specificity = ratio(tp, tp + fn), ratio(tn, tn + fp)
    known = recall is not None and specificity is not None
    return {
        "accuracy": ratio(tp + tn, tp + tn + fp + fn),
        "precision": ratio(tp, tp + fp),
        "recall": recall,
        "f1": ratio(2 * tp, 2 * tp + fp + fn),
        "specificity": specificity,
        "balancedAccuracy": (recall + specificity) / 2 if known else None,
    }


def harmonic_mean(precision: float | None, recall: float | None) -> float | None:
    """Return the F1 of a precision and a recall that count different things, or None."""
    if precision is None or recall is None or precision + recall == 0:
        return None
    return 2 * precision * recall / (precision + recall)


def ratio(numerator: float, denominator: float) -> float | None:
    """Return the quotient, or None where the denominator is 0."""
    return numerator / denominator if denominator else None


def named(counts: Counts) -> dict[str, int]:
    """Return the counts under the names they have in result files (truePositives ...)."""
    names = ("truePositives", "falsePositives", "trueNegatives", "falseNegatives")
    return dict(zip(names, asdict(counts).values(), strict=True))


def location(
    true_class: ArrayLike, probabilities: NDArray, detected: ArrayLike
) -> tuple[int, int, float | None]:
    """Return how many detected events were put in their region, of how many, and the share.

    Only true positives count: events that were missed have no region to compare. The region said
    is the most probable one, noise left out. None where there is a single region.
    """
    true_class, detected = np.asarray(true_class), np.asarray(detected, bool)
    if probabilities.shape[1] < 3:
        return 0, 0, None
    hits = (true_class > 0) & detected
    said = most_probable_region(probabilities[hits]) + 1
    right = int(np.sum(said == true_class[hits]))
    return right, int(np.sum(hits)), ratio(right, int(np.sum(hits)))


def most_probable_region(probabilities: NDArray) -> NDArray[np.intp]:
    """Return the most probable region (0 is the first) of each window, noise left out."""
    return np.argmax(probabilities[:, 1:], axis=1)


def verdicts(probabilities: NDArray, threshold: float) -> NDArray[np.intp]:
    """Return the class said of each window: noise, or the most probable region of an event."""
    detected = event_probability(probabilities) >= threshold
    return np.where(detected, most_probable_region(probabilities) + 1, 0)


def confusion(true_class: ArrayLike, said_class: ArrayLike, n_classes: int) -> NDArray[np.int64]:
    """Return the number of windows by true class (rows) and class said (columns)."""
    matrix = np.zeros((n_classes, n_classes), np.int64)
    np.add.at(matrix, (np.asarray(true_class), np.asarray(said_class)), 1)
    return matrix


def event_level(
    truth: ArrayLike, verdict: ArrayLike, event_ids: ArrayLike
) -> tuple[Counts | None, list[str]]:
    """Return the counts of events, and the ids of those missed.

    An event counts as found if any of its windows is, at whichever station; noise counts by
    window. None, and no ids, where an event window does not say which event it belongs to.
    """
    truth, verdict = np.asarray(truth, bool), np.asarray(verdict, bool)
    ids = np.asarray(event_ids, str)[truth]
    if not np.all(ids != ""):
        return None, []
    events, number = np.unique(ids, return_inverse=True)
    found = np.zeros(len(events), bool)
    np.logical_or.at(found, number, verdict[truth])
    noise = count(truth[~truth], verdict[~truth])
    counts = Counts(
        int(found.sum()), noise.false_positives, noise.true_negatives, int(np.sum(~found))
    )
    return counts, [str(e) for e in events[~found]]


def precision_recall_curve(truth: ArrayLike, probability: ArrayLike) -> Curve:
    """Return precision (y) over recall (x), and the average precision as the area.

    The area is the sum of precision times the step in recall (no interpolation), as of
    Manning, Raghavan, Schuetze, Introduction to Information Retrieval, section 8.4.
    """
    thresholds, tp, fp = _cumulative(truth, probability)
    positives = tp[-1] if len(tp) else 0
    if not positives:
        return Curve(thresholds, np.empty(0), np.empty(0), None)
    recall, precision = tp / positives, tp / (tp + fp)
    area = float(np.sum(np.diff(recall, prepend=0.0) * precision))
    return Curve(thresholds, recall, precision, area)


def roc_curve(truth: ArrayLike, probability: ArrayLike) -> Curve:
    """Return recall (y) over the false alarm rate (x), and the area by the trapezoidal rule."""
    thresholds, tp, fp = _cumulative(truth, probability)
    if not len(tp) or not tp[-1] or not fp[-1]:
        return Curve(thresholds, np.empty(0), np.empty(0), None)
    y, x = np.r_[0, tp / tp[-1]], np.r_[0, fp / fp[-1]]
    return Curve(np.r_[np.inf, thresholds], x, y, float(np.trapezoid(y, x)))


def _cumulative(truth: ArrayLike, probability: ArrayLike) -> tuple[NDArray, NDArray, NDArray]:
    """Return the distinct probabilities, falling, and TP and FP where each is the threshold."""
    truth, probability = np.asarray(truth, bool), np.asarray(probability, float)
    order = np.argsort(-probability, kind="stable")
    truth, probability = truth[order], probability[order]
    last = np.flatnonzero(np.diff(probability, append=-np.inf))
    tp = np.cumsum(truth)[last]
    return probability[last], tp.astype(float), (last + 1 - tp).astype(float)
