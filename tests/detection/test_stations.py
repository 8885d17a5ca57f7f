"""Detections of a station, over its recordings and held against its arrivals."""

from typing import Any

import numpy as np

from deepquake.detection.grouping import Detection
from deepquake.detection.scoring import ScoredRecording
from deepquake.detection.stations import Judgement, by_station, judge, stretches_read
from tests.detection.test_grouping import grouped, two_classes
from tests.made_data import made_recording


def detections_at(*starts: float) -> list[Detection]:
    return grouped(list(starts), two_classes(*[0.9] * len(starts)))


def judged(detections: list[Detection], picks_s: tuple[float, ...], **changes: Any) -> Judgement:
    """Return what is right of detections where the picks are of as many events."""
    given = {
        "picks_s": np.array(picks_s),
        "events": np.arange(len(picks_s)),
        "others_s": np.empty(0),
        "unknown": [],
        "read": [(0, 1000)],
        "coda_s": 60,
    }
    return judge(detections, **given | changes)


def test_stations_come_in_order_with_the_windows_of_all_their_recordings() -> None:
    scored = [
        ScoredRecording(
            recording=made_recording(station, start_s),
            length_s=10.0,
            starts_s=np.array([start_s, start_s + 1]),
            probabilities=two_classes(*events).astype(np.float32),
        )
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
    assert stretches_read(starts, step_s=11, **whole) == [(1, 31), (101, 109)]
    assert stretches_read(np.array([0.0, 1, 2]), step_s=1, **whole) == [(1, 11)]
    assert stretches_read(np.empty(0), step_s=1, **whole) == []


def test_picks_are_found_or_missed_and_detections_true_or_false() -> None:
    result = judged(detections_at(0, 100, 500), (5.0, 60, 104, 107))
    assert result.outcomes == ["found", "found", "false"]
    assert result.found.tolist() == [True, False, True, True]
    assert result.events.tolist() == [0, 1, 2, 3]
    assert result.in_coda.tolist() == [False, False, False]


def test_a_pick_where_nothing_was_read_is_neither_found_nor_missed() -> None:
    result = judged(detections_at(0), (5.0, 60), read=[(1, 30)])
    assert result.picks_s.tolist() == [5.0]
    assert result.found.tolist() == [True]


def test_a_detection_of_an_event_that_nobody_picked_here_is_undecided() -> None:
    result = judged(
        detections_at(0, 50, 200), (), others_s=np.array([3.0]), unknown=[(55, 57)], coda_s=10
    )
    assert result.outcomes == ["undecided", "undecided", "false"]


def test_a_false_detection_behind_an_arrival_is_said_to_be_in_its_coda() -> None:
    result = judged(detections_at(20, 200), (5.0,))
    assert result.outcomes == ["false", "false"]
    assert result.in_coda.tolist() == [True, False]
    assert result.found.tolist() == [False]


def test_judging_without_detections_or_arrivals() -> None:
    result = judged([], (5.0,))
    assert (result.outcomes, result.found.tolist()) == ([], [False])
    assert judged(detections_at(0), ()).outcomes == ["false"]
