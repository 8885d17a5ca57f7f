"""Windows become detections, and detections are held against arrivals."""

import numpy as np
import pytest

from deepquake.detection.detections import fuse, judge, stretches_read

NONE, NO_EVENTS = np.empty(0), np.empty(0, np.intp)


def two_classes(*events: float) -> np.ndarray:
    return np.array([[1 - p, p] for p in events])


def spans(detections):
    return [(d.start_s, d.end_s, d.n_windows) for d in detections]


def test_overlapping_windows_become_one_detection():
    found = fuse(
        "Z7", "DYJN", np.array([0.0, 1, 2, 30, 35]), 10, two_classes(0.6, 0.9, 0.7, 0.8, 0.5)
    )
    assert spans(found) == [(0, 12, 3), (30, 45, 2)]
    assert [d.probability for d in found] == pytest.approx([0.9, 0.8])
    assert {(d.network, d.station, d.cluster_id) for d in found} == {("Z7", "DYJN", 0)}


def test_windows_that_share_one_sample_are_fused_and_others_are_not():
    assert spans(fuse("", "A", np.array([0.0, 10, 20.01]), 10, two_classes(1, 1, 1))) == [
        (0, 20, 2),
        (20.01, 30.01, 1),
    ]


def test_fusing_does_not_depend_on_the_order_of_the_windows():
    starts, p = np.array([0.0, 4, 8, 40]), two_classes(0.6, 0.9, 0.7, 0.8)
    turned = fuse("", "A", starts[::-1], 10, p[::-1])
    assert turned == fuse("", "A", starts, 10, p)


def test_the_region_is_the_most_probable_in_the_mean():
    p = np.array([[0.4, 0.6, 0.0], [0.1, 0.1, 0.8], [0.1, 0.2, 0.7]])
    (found,) = fuse("", "A", np.array([0.0, 1, 2]), 10, p)
    assert found.cluster_id == 1
    assert found.probability == pytest.approx(0.9)
    assert found.region_probabilities == pytest.approx((0.9 / 2.4, 1.5 / 2.4))


def test_no_windows_no_detections():
    assert fuse("", "A", NONE, 10, np.empty((0, 2))) == []


def test_stretches_read_end_at_holes_and_not_between_windows_that_do_not_touch():
    rows = np.array([0.0, 11, 22, 100])
    assert stretches_read(rows, 10, 11, 1) == [(1, 31), (101, 109)]
    assert stretches_read(np.array([0.0, 1, 2]), 10, 1, 1) == [(1, 11)]
    assert stretches_read(NONE, 10, 1, 1) == []


def detections_at(*starts: float):
    return fuse("", "A", np.array(starts), 10, two_classes(*[0.9] * len(starts)))


def test_picks_are_found_or_missed_and_detections_true_or_false():
    result = judge(
        detections_at(0, 100, 500),
        np.array([5.0, 60, 104, 107]),
        np.array([0, 1, 2, 3]),
        NONE,
        [],
        [(0, 1000)],
        coda_s=60,
    )
    assert result.outcomes == ["found", "found", "false"]
    assert result.found.tolist() == [True, False, True, True]
    assert result.events.tolist() == [0, 1, 2, 3]
    assert result.in_coda.tolist() == [False, False, False]


def test_a_pick_where_nothing_was_read_is_neither_found_nor_missed():
    result = judge(
        detections_at(0), np.array([5.0, 60]), np.array([0, 1]), NONE, [], [(1, 30)], coda_s=60
    )
    assert result.picks_s.tolist() == [5.0]
    assert result.found.tolist() == [True]


def test_a_detection_of_an_event_that_nobody_picked_here_is_undecided():
    result = judge(
        detections_at(0, 50, 200),
        NONE,
        NO_EVENTS,
        np.array([3.0]),
        [(55, 57)],
        [(0, 300)],
        coda_s=10,
    )
    assert result.outcomes == ["undecided", "undecided", "false"]


def test_a_false_detection_behind_an_arrival_is_said_to_be_in_its_coda():
    result = judge(
        detections_at(20, 200), np.array([5.0]), np.array([0]), NONE, [], [(0, 300)], coda_s=60
    )
    assert result.outcomes == ["false", "false"]
    assert result.in_coda.tolist() == [True, False]
    assert result.found.tolist() == [False]


def test_judging_without_detections_or_arrivals():
    result = judge([], np.array([5.0]), np.array([0]), NONE, [], [(0, 10)], coda_s=60)
    assert (result.outcomes, result.found.tolist()) == ([], [False])
    result = judge(detections_at(0), NONE, NO_EVENTS, NONE, [], [(0, 10)], coda_s=60)
    assert result.outcomes == ["false"]
