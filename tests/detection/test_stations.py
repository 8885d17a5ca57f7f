"""Detections of a station, over its recordings and held against its arrivals."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from deepquake.detection.stations import (
    Detection,
    Judgement,
    ScoredRecording,
    by_station,
    group_windows,
    judge,
    stretches_read,
)
from tests.made_data import made_recording, make_arrivals

LENGTH_S = 10.0


def two_classes(*events: float) -> np.ndarray:
    """Return the probabilities of noise and event of some windows."""
    return np.array([[1 - p, p] for p in events])


def scored_windows(
    starts_s: list[float], probabilities: np.ndarray, station: str = "DYJN"
) -> ScoredRecording:
    """Return a recording whose windows of 10 s are of these probabilities."""
    return ScoredRecording(
        recording=made_recording(station),
        length_s=LENGTH_S,
        starts_s=np.array(starts_s, float),
        probabilities=probabilities,
    )


def grouped(starts_s: list[float], probabilities: np.ndarray) -> list[Detection]:
    """Return the detections of station DYJN that windows of an event amount to."""
    return group_windows([scored_windows(starts_s, probabilities)], threshold=0.0)


def detections_at(*starts: float) -> list[Detection]:
    return grouped(list(starts), two_classes(*[0.9] * len(starts)))


def judged(
    detections: list[Detection],
    picks_s: tuple[float, ...],
    read: tuple[float, float] = (0, 1000),
    coda_s: float = 60,
    **changes: Any,
) -> tuple[list[str], Judgement]:
    """Return the outcomes of detections where the picks are of as many events, and of these."""
    known = make_arrivals(picks_s, **changes)
    found, judgement = judge(detections, known, read=np.array([read]), coda_s=coda_s)
    assert [replace(d, outcome="", events=()) for d in found] == detections
    return [d.outcome for d in found], judgement


def spans(detections: list[Detection]) -> list[tuple[float, float, int]]:
    return [(d.start_s, d.end_s, d.n_windows) for d in detections]


def test_overlapping_windows_become_one_detection() -> None:
    found = grouped([0, 1, 2, 30, 35], two_classes(0.6, 0.9, 0.7, 0.8, 0.5))
    assert spans(found) == [(0, 12, 3), (30, 45, 2)]
    assert [d.probability for d in found] == pytest.approx([0.9, 0.8])
    assert {(d.network, d.station, d.cluster_id) for d in found} == {("XX", "DYJN", 0)}


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


def test_stations_come_in_order_with_the_windows_of_all_their_recordings() -> None:
    scored = [
        scored_windows([start_s, start_s + 1], two_classes(*events), station)
        for station, start_s, events in (
            ("BBB", 0.0, (0.9, 0.1)),
            ("AAA", 0.0, (0.1, 0.2)),
            ("BBB", 5.0, (0.1, 0.8)),
        )
    ]
    first, second = by_station(scored, threshold=0.5)
    assert (first.station, first.detections) == ("AAA", [])
    assert second.scored == [scored[0], scored[2]]
    (detection,) = second.detections
    assert (detection.start_s, detection.end_s, detection.n_windows) == (0, 16, 2)
    assert len(by_station(scored, threshold=0.85)[1].scored) == 2
    assert by_station(scored, threshold=0.85)[1].detections[0].n_windows == 1


def test_stretches_read_end_at_holes_and_not_between_windows_that_do_not_touch() -> None:
    starts, whole = np.array([0.0, 11, 22, 100]), {"length_s": 10, "margin_s": 1}
    assert stretches_read(starts, step_s=11, **whole).tolist() == [[1, 31], [101, 109]]
    assert stretches_read(np.array([0.0, 1, 2]), step_s=1, **whole).tolist() == [[1, 11]]
    assert stretches_read(np.empty(0), step_s=1, **whole).tolist() == []


def test_picks_are_found_or_missed_and_detections_true_or_false() -> None:
    outcomes, judgement = judged(detections_at(0, 100, 500), (5.0, 60, 104, 107))
    assert outcomes == ["found", "found", "false"]
    assert judgement.found.tolist() == [True, False, True, True]
    assert judgement.events.tolist() == [0, 1, 2, 3]
    assert judgement.n_in_coda == 0


def test_a_detection_knows_the_events_whose_picks_it_holds() -> None:
    arrivals = make_arrivals((1.0, 5.0, 60.0), picked_events=np.array([7, 2, 4]))
    found, _ = judge(detections_at(0, 100), arrivals, read=np.array([[0, 1000]]), coda_s=60)
    assert [detection.events for detection in found] == [(2, 7), ()]


def test_a_pick_where_nothing_was_read_is_neither_found_nor_missed() -> None:
    _, judgement = judged(detections_at(0), (5.0, 60), read=(1, 30))
    assert judgement.picks_s.tolist() == [5.0]
    assert judgement.found.tolist() == [True]


def test_a_detection_of_an_event_that_nobody_picked_here_is_undecided() -> None:
    outcomes, _ = judged(
        detections_at(0, 50, 200), (), estimated=[3.0], unknown=[(55, 57)], coda_s=10
    )
    assert outcomes == ["undecided", "undecided", "false"]


def test_a_detection_that_holds_a_p_nobody_uses_is_undecided() -> None:
    outcomes, _ = judged(detections_at(0, 50), (), unused=[(3.0, "weight 4")], coda_s=1)
    assert outcomes == ["undecided", "false"]


def test_a_detection_at_a_time_at_which_an_estimate_may_come_is_undecided() -> None:
    outcomes, _ = judged(
        detections_at(0, 50), (), estimated=[25.0], earliest_s=np.array([9.0]), coda_s=1
    )
    assert outcomes == ["undecided", "false"]


def test_two_p_of_one_event_are_two_to_find() -> None:
    arrivals = make_arrivals((1.0, 5.0, 60.0), picked_events=np.array([4, 4, 4]))
    found, judgement = judge(detections_at(0), arrivals, read=np.array([[0, 100]]), coda_s=60)
    assert found[0].events == (4,)
    assert judgement.found.tolist() == [True, True, False]


def test_a_false_detection_behind_an_arrival_is_said_to_be_in_its_coda() -> None:
    outcomes, judgement = judged(detections_at(20, 200), (5.0,))
    assert outcomes == ["false", "false"]
    assert judgement.n_in_coda == 1
    assert judgement.found.tolist() == [False]


def test_judging_without_detections_or_arrivals() -> None:
    outcomes, judgement = judged([], (5.0,))
    assert (outcomes, judgement.found.tolist()) == ([], [False])
    assert judged(detections_at(0), ())[0] == ["false"]
