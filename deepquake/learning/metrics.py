"""Counts and scores of a detector. A score whose denominator is 0 is None: it is not known.

Class 0 is noise, class 1 + i an event of region i. Probabilities are of shape (windows, classes).
"""

from dataclasses import astuple, dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True)
class Counts:
    """Windows (or events) by truth and verdict; positive means event."""

    true_positives: int
    false_positives: int
    true_negatives: int
    false_negatives: int


class ScoreCurve(NamedTuple):
    """Pairs of scores as the threshold falls; ``area`` below is None where one class is absent."""

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    area: float | None


NO_CURVE = ScoreCurve(np.empty(0), np.empty(0), None)


def event_probability(probabilities: NDArray) -> NDArray[np.float64]:
    """Return the probability that each window holds an event of any region: 1 - that of noise."""
    return 1.0 - np.asarray(probabilities, dtype=float)[:, 0]


def count(truth: ArrayLike, verdict: ArrayLike) -> Counts:
    """Return how often truth and verdict agree and differ.

    Parameters
    ----------
    truth, verdict : array of bool (k,)
        Whether each window holds an event, and whether it is called one.

    Returns
    -------
    Counts
        The four numbers.
    """
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
    tp, fp, tn, fn = astuple(counts)
    recall, specificity = quotient(tp, tp + fn), quotient(tn, tn + fp)
    balanced = None
    if recall is not None and specificity is not None:
        balanced = (recall + specificity) / 2
    return {
        "accuracy": quotient(tp + tn, tp + tn + fp + fn),
        "precision": quotient(tp, tp + fp),
        "recall": recall,
        "f1": quotient(2 * tp, 2 * tp + fp + fn),
        "specificity": specificity,
        "balancedAccuracy": balanced,
    }


def harmonic_mean(precision: float | None, recall: float | None) -> float | None:
    """Return the F1 of a precision and a recall that count different things.

    Parameters
    ----------
    precision, recall : float or None
        The two scores; None where they are not known.

    Returns
    -------
    float or None
        F1 = 2 precision recall / (precision + recall); None where it is not known.
    """
    if precision is None or recall is None or precision + recall == 0:
        return None
    return 2 * precision * recall / (precision + recall)


def quotient(numerator: float, denominator: float) -> float | None:
    """Return a score.

    Parameters
    ----------
    numerator, denominator : float
        Of how many, how many.

    Returns
    -------
    float or None
        The quotient, None where the denominator is 0.
    """
    return numerator / denominator if denominator else None


def score_text(score: float | None) -> str:
    """Return a score as the user reads it."""
    return "not known" if score is None else f"{score:.4f}"


def chance_text(n_clusters: int) -> str:
    """Return the share of regions that guessing gets right, as the user reads it."""
    return f"{1 / (n_clusters - 1):.2f}"  # a class is noise


def named(counts: Counts) -> dict[str, int]:
    """Return the counts under the names they have in result files (truePositives ...)."""
    names = ("truePositives", "falsePositives", "trueNegatives", "falseNegatives")
    return dict(zip(names, astuple(counts), strict=True))


def location(
    true_class: ArrayLike, probabilities: NDArray, detected: ArrayLike
) -> tuple[int, int, float | None]:
    """Return how many detected events were put in their region.

    Only true positives count: events that were missed have no region to compare. The region said
    is the most probable one, noise left out.

    Parameters
    ----------
    true_class : array of int (k,)
        The class of each window.
    probabilities : array (k, classes)
        What the network said of it.
    detected : array of bool (k,)
        Whether it is called an event.

    Returns
    -------
    tuple of int, int, and float or None
        How many are right, of how many, and the share; 0, 0, None where there is a single region.
    """
    true_class, detected = np.asarray(true_class), np.asarray(detected, bool)
    if probabilities.shape[1] < 3:
        return 0, 0, None
    hits = (true_class > 0) & detected
    said = most_probable_region(probabilities[hits]) + 1
    right, found = int(np.sum(said == true_class[hits])), len(said)
    return right, found, quotient(right, found)


def most_probable_region(probabilities: NDArray) -> NDArray[np.intp]:
    """Return the most probable region (0 is the first) of each window, noise left out."""
    return np.argmax(probabilities[:, 1:], axis=1)


def verdicts(probabilities: NDArray, threshold: float) -> NDArray[np.intp]:
    """Return the class said of each window: noise, or the most probable region of an event.

    Parameters
    ----------
    probabilities : array (k, classes)
        What the network said.
    threshold : float
        The minimum probability of an event.

    Returns
    -------
    array of int (k,)
        The classes.
    """
    detected = event_probability(probabilities) >= threshold
    return np.where(detected, most_probable_region(probabilities) + 1, 0)


def confusion(true_class: ArrayLike, said_class: ArrayLike, n_classes: int) -> NDArray[np.int64]:
    """Return the number of windows by true class and class said.

    Parameters
    ----------
    true_class, said_class : array of int (k,)
        The two classes of each window.
    n_classes : int
        How many classes there are.

    Returns
    -------
    array of int (n_classes, n_classes)
        True classes in rows, classes said in columns.
    """
    matrix = np.zeros((n_classes, n_classes), np.int64)
    np.add.at(matrix, (np.asarray(true_class), np.asarray(said_class)), 1)
    return matrix


def event_level(
    truth: ArrayLike, verdict: ArrayLike, event_ids: ArrayLike
) -> tuple[Counts | None, list[str]]:
    """Return the counts of events, and the ids of those missed.

    An event counts as found if any of its windows is, at whichever station; noise counts by
    window.

    Parameters
    ----------
    truth, verdict : array of bool (k,)
        Whether each window holds an event, and whether it is called one.
    event_ids : array of str (k,)
        The event of each window.

    Returns
    -------
    tuple of Counts and list of str
        None, and no ids, where an event window does not say which event it belongs to.
    """
    truth, verdict = np.asarray(truth, bool), np.asarray(verdict, bool)
    ids = np.asarray(event_ids, str)[truth]
    if not np.all(ids != ""):
        return None, []
    events = np.unique(ids)
    found = np.isin(events, ids[verdict[truth]])
    # each event counts once, each noise window for itself
    said = np.append(found, verdict[~truth])
    counts = count(np.arange(len(said)) < len(events), said)
    return counts, events[~found].tolist()


def precision_recall_curve(truth: ArrayLike, probability: ArrayLike) -> ScoreCurve:
    """Return precision (y) over recall (x), and the average precision as the area.

    The area is the sum of precision times the step in recall (no interpolation), as of
    Manning, Raghavan, Schuetze, Introduction to Information Retrieval, section 8.4.

    Parameters
    ----------
    truth : array of bool (k,)
        Whether each window holds an event.
    probability : array (k,)
        The probability that it does, as the network says.

    Returns
    -------
    ScoreCurve
        Without an event there is none.
    """
    from sklearn import metrics  # takes long to load

    if not np.any(truth):
        return NO_CURVE
    precision, recall, _ = metrics.precision_recall_curve(truth, probability)
    area = metrics.average_precision_score(truth, probability)
    # the last point has no threshold
    return ScoreCurve(x=recall[-2::-1], y=precision[-2::-1], area=float(area))


def roc_curve(truth: ArrayLike, probability: ArrayLike) -> ScoreCurve:
    """Return recall (y) over the false alarm rate (x), and the area by the trapezoidal rule.

    Parameters
    ----------
    truth : array of bool (k,)
        Whether each window holds an event.
    probability : array (k,)
        The probability that it does, as the network says.

    Returns
    -------
    ScoreCurve
        Without events or without noise there is none.
    """
    from sklearn import metrics  # takes long to load

    if not np.any(truth) or np.all(truth):
        return NO_CURVE
    x, y, _ = metrics.roc_curve(truth, probability, drop_intermediate=False)
    return ScoreCurve(x=x, y=y, area=float(metrics.auc(x, y)))
