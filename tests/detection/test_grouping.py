"""Windows that hold an event become detections."""

import numpy as np
import pytest

from deepquake.detection.grouping import Detection, group_windows

LENGTH_S = 10.0


def two_classes(*events: float) -> np.ndarray:
    """Return the probabilities of noise and event of some windows."""
    return np.array([[1 - p, p] for p in events])


def grouped(starts_s: list[float], probabilities: np.ndarray) -> list[Detection]:
    """Return the detections of station DYJN that windows of 10 s amount to."""
    return group_windows(
        network="Z7",
        station="DYJN",
        starts_s=np.array(starts_s),
        length_s=LENGTH_S,
        probabilities=probabilities,
    )


def spans(detections: list[Detection]) -> list[tuple[float, float, int]]:
    return [(d.start_s, d.end_s, d.n_windows) for d in detections]


def test_overlapping_windows_become_one_detection() -> None:
    found = grouped([0, 1, 2, 30, 35], two_classes(0.6, 0.9, 0.7, 0.8, 0.5))
    assert spans(found) == [(0, 12, 3), (30, 45, 2)]
    assert [d.probability for d in found] == pytest.approx([0.9, 0.8])
    assert {(d.network, d.station, d.cluster_id) for d in found} == {("Z7", "DYJN", 0)}


def test_windows_that_share_one_sample_are_grouped_and_others_are_not() -> None:
    found = grouped([0, 10, 20.01], two_classes(1, 1, 1))
    assert spans(found) == [(0, 20, 2), (20.01, 30.01, 1)]


def test_grouping_does_not_depend_on_the_order_of_the_windows() -> None:
    starts, p = [0.0, 4, 8, 40], two_classes(0.6, 0.9, 0.7, 0.8)
    assert grouped(starts[::-1], p[::-1]) == grouped(starts, p)


def test_the_region_is_the_most_probable_in_the_mean() -> None:
    p = np.array([[0.4, 0.6, 0.0], [0.1, 0.1, 0.8], [0.1, 0.2, 0.7]])
    (found,) = grouped([0, 1, 2], p)
    assert found.cluster_id == 1
    assert found.probability == pytest.approx(0.9)
    assert found.region_probabilities == pytest.approx((0.9 / 2.4, 1.5 / 2.4))


def test_no_windows_no_detections() -> None:
    assert grouped([], np.empty((0, 2))) == []
