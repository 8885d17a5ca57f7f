"""The scores mean what the words mean, and say so when they mean nothing."""

import numpy as np
import pytest

from deepquake.learning import metrics
from deepquake.learning.metrics import Counts


def test_a_missed_event_is_a_false_negative_and_a_false_alarm_a_false_positive():
    truth = [1, 1, 1, 1, 0, 0, 0, 0, 0, 0]
    verdict = [1, 1, 1, 0, 1, 1, 0, 0, 0, 0]
    counts = metrics.count(truth, verdict)
    assert counts == Counts(3, 2, 4, 1)
    scores = metrics.scores(counts)
    assert scores["recall"] == 3 / 4
    assert scores["precision"] == 3 / 5
    assert scores["specificity"] == 4 / 6
    assert scores["accuracy"] == 7 / 10
    assert scores["f1"] == pytest.approx(2 * 0.6 * 0.75 / 1.35)
    assert scores["balancedAccuracy"] == pytest.approx((3 / 4 + 4 / 6) / 2)


@pytest.mark.parametrize(
    ("counts", "unknown"),
    [
        (Counts(0, 0, 5, 0), {"precision", "recall", "f1", "balancedAccuracy"}),
        (Counts(0, 0, 5, 3), {"precision"}),
        (Counts(3, 0, 0, 1), {"specificity", "balancedAccuracy"}),
        (Counts(0, 0, 0, 0), set(metrics.scores(Counts(1, 1, 1, 1)))),
    ],
)
def test_a_score_without_denominator_is_none_and_not_zero(counts, unknown):
    scores = metrics.scores(counts)
    assert {name for name, value in scores.items() if value is None} == unknown


def test_names_of_the_result_files():
    assert metrics.named(Counts(1, 2, 3, 4)) == {
        "truePositives": 1,
        "falsePositives": 2,
        "trueNegatives": 3,
        "falseNegatives": 4,
    }


def test_an_event_is_any_region_and_noise_only_what_is_below_the_threshold():
    p = np.array([[0.4, 0.3, 0.3], [0.6, 0.1, 0.3], [0.5, 0.5, 0.0]])
    assert metrics.verdicts(p, 0.5).tolist() == [1, 0, 1]
    assert metrics.verdicts(p, 0.3).tolist() == [1, 2, 1]


def test_location_counts_found_events_only():
    p = np.array([[0.1, 0.8, 0.1], [0.1, 0.2, 0.7], [0.9, 0.1, 0.0], [0.1, 0.9, 0.0]])
    true_class = [1, 1, 2, 0]
    detected = metrics.event_probability(p) >= 0.5
    assert metrics.location(true_class, p, detected) == (1, 2, 0.5)


def test_location_is_unknown_with_one_region_or_nothing_found():
    assert metrics.location([1], np.array([[0.1, 0.9]]), [True]) == (0, 0, None)
    assert metrics.location([1], np.array([[0.9, 0.1, 0.0]]), [False]) == (0, 0, None)


def test_confusion_has_the_truth_in_rows():
    assert metrics.confusion([0, 0, 1, 2], [0, 1, 1, 1], 3).tolist() == [
        [1, 1, 0],
        [0, 1, 0],
        [0, 1, 0],
    ]


def test_an_event_is_found_if_any_of_its_windows_is():
    truth = [1, 1, 1, 1, 0, 0]
    verdict = [0, 1, 0, 0, 1, 0]
    counts, missed = metrics.event_level(truth, verdict, ["a", "a", "b", "b", "", ""])
    assert counts == Counts(1, 1, 1, 1)
    assert missed == ["b"]


def test_event_level_is_unknown_where_a_window_does_not_name_its_event():
    assert metrics.event_level([1, 1], [1, 1], ["a", ""]) == (None, [])


def test_curves_of_a_perfect_and_a_useless_detector():
    truth = [0, 0, 1, 1]
    assert metrics.roc_curve(truth, [0.1, 0.2, 0.8, 0.9]).area == 1
    assert metrics.precision_recall_curve(truth, [0.1, 0.2, 0.8, 0.9]).area == 1
    same = metrics.roc_curve(truth, [0.5] * 4)
    assert same.area == 0.5
    assert len(same.x) == 2


def test_a_curve_has_a_point_for_each_probability():
    truth, p = [0, 1, 0, 1, 1], [0.1, 0.4, 0.4, 0.8, 0.9]
    curve = metrics.precision_recall_curve(truth, p)
    assert curve.x.tolist() == pytest.approx([1 / 3, 2 / 3, 1, 1])
    assert curve.y.tolist() == [1, 1, 3 / 4, 3 / 5]
    assert curve.area == pytest.approx(2 / 3 + 1 / 3 * 3 / 4)
    curve = metrics.roc_curve(truth, p)
    assert curve.x.tolist() == [0, 0, 0, 1 / 2, 1]
    assert curve.y.tolist() == pytest.approx([0, 1 / 3, 2 / 3, 1, 1])
    assert curve.area == pytest.approx(1 / 2 * (2 / 3 + 1) / 2 + 1 / 2)


def test_curves_without_one_of_the_classes_have_no_area():
    assert metrics.roc_curve([1, 1], [0.1, 0.2]).area is None
    assert metrics.precision_recall_curve([0, 0], [0.1, 0.2]).area is None
    assert metrics.roc_curve([], []).area is None
