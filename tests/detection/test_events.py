"""Detections of several stations become events."""

import numpy as np

from deepquake.detection.events import associate
from deepquake.detection.grouping import Detection
from deepquake.detection.stations import StationResult, judge


def detection(station: str, start_s: float, regions: tuple[float, ...] = (1.0,)) -> Detection:
    return Detection(
        network="XX",
        station=station,
        start_s=start_s,
        end_s=start_s + 10,
        probability=0.9 - start_s / 1000,
        cluster_id=int(np.argmax(regions)),
        n_windows=1,
        region_probabilities=regions,
    )


def result(station: str, *detections: Detection, picks_s: tuple[float, ...] = ()) -> StationResult:
    """Return the result of a station whose picks are of as many events of the catalogue."""
    judgement = judge(
        detections,
        picks_s=np.array(picks_s),
        events=np.arange(len(picks_s)),
        others_s=np.empty(0),
        unknown=[],
        read=[(0, 1000)],
        coda_s=60,
    )
    return StationResult(
        network="XX", station=station, scored=[], detections=list(detections), judgement=judgement
    )


def test_detections_that_overlap_one_with_the_next_are_one_event() -> None:
    found = associate(
        [
            result("A", detection("A", 0), detection("A", 50)),
            result("B", detection("B", 9)),
            result("C", detection("C", 19), detection("C", 60.001)),
        ]
    )
    assert [event.stations for event in found] == [["A", "B", "C"], ["A"], ["C"]]
    first = found[0]
    assert (first.start_s, first.end_s, first.probability) == (0, 29, 0.9)


def test_an_event_is_of_the_region_most_probable_over_its_detections() -> None:
    stations = [detection("A", 0, (0.6, 0.4)), detection("B", 1, (0.1, 0.9))]
    (event,) = associate([result(d.station, d) for d in stations])
    assert event.cluster_id == 1


def test_an_event_is_found_where_any_station_holds_a_pick() -> None:
    results = [
        result("A", detection("A", 0), detection("A", 100), picks_s=(5.0,)),
        result("B", detection("B", 2)),
    ]
    assert [(e.outcome, e.events) for e in associate(results)] == [("found", (0,)), ("false", ())]


def test_without_a_catalogue_nothing_is_judged() -> None:
    found = associate([StationResult("XX", "A", [], [detection("A", 0)])])
    assert [(event.outcome, event.events) for event in found] == [("", ())]
    assert associate([]) == []
