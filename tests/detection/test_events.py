"""Detections of several stations become events, are counted, and scored by a catalogue."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from deepquake.catalog.events import Event
from deepquake.detection.association.coincidence import coincident_events
from deepquake.detection.association.event import DetectedEvent
from deepquake.detection.events import (
    _origins_apart,
    catalogue_scores,
    detection_counts,
    with_events_there,
    with_places_regions,
)
from deepquake.detection.judging import _references_of_p, judge
from deepquake.detection.stations import NO_REGION, Detection, StationResult, all_detections
from deepquake.earth.location.hypocentre import ArrivalFit, Hypocentre
from tests.detection.test_stations import scored_windows
from tests.earth.made_regions import centroid, clusters, load
from tests.made_data import make_arrivals


def detection(station: str, start_s: float, regions: tuple[float, ...] = (1.0,)) -> Detection:
    """Return a P of a window; without regions nobody knows which it is of."""
    return Detection(
        network="XX",
        station=station,
        start_s=start_s,
        end_s=start_s + 10,
        probability=0.9 - start_s / 1000,
        cluster_id=int(np.argmax(regions)) if regions else NO_REGION,
        n_windows=1,
        region_probabilities=regions,
        time_s=start_s + 5,
        location="00",
        channel="HH",
    )


def result(station: str, *detections: Detection, picks_s: tuple[float, ...] = ()) -> StationResult:
    """Return the result of a station whose picks are of as many events of the catalogue."""
    arrivals = make_arrivals(picks_s)
    recorded_s = np.array([[0, 1000]])
    found, judgement = judge(
        detections,
        _references_of_p(arrivals),
        recorded_s=recorded_s,
        tolerance_s=2.0,
        coda_s=60,
    )
    return StationResult(
        network="XX",
        station=station,
        scored=[],
        arrivals=found,
        recorded_s=recorded_s,
        judgements={"P": judgement},
    )


def events_of(results: list[StationResult]) -> list[DetectedEvent]:
    return coincident_events(all_detections(results), within_s=10.0)


def scores_of(
    results: list[StationResult],
    detected: list[DetectedEvent],
    event_regions: Sequence[int | None],
    min_stations: int = 1,
) -> dict[str, Any]:
    return catalogue_scores(
        results,
        detected,
        [Event(f"e{k}") for k in range(len(event_regions))],
        event_regions=event_regions,
        min_stations=min_stations,
    )


def located(time_s: float, latitude: float, longitude: float = 20.0) -> DetectedEvent:
    """Return an event of one arrival that is located."""
    origin = Hypocentre(
        time_s=time_s,
        latitude=latitude,
        longitude=longitude,
        depth_km=5.0,
        time_error_s=0.1,
        horizontal_error_km=1.0,
        depth_error_km=2.0,
        rms_s=0.05,
        gap_deg=120.0,
        n_picks=1,
        n_stations=1,
    )
    fit = ArrivalFit(
        residual_s=0.05, distance_km=9.0, azimuth_deg=45.0, takeoff_deg=120.0, weight=1.0
    )
    return DetectedEvent((detection("A", time_s, ()),), origin=origin, fits=(fit,))


def test_p_that_come_soon_after_the_first_are_of_its_event() -> None:
    found = events_of(
        [
            result("A", detection("A", 0), detection("A", 50)),
            result("B", detection("B", 9)),
            result("C", detection("C", 19), detection("C", 60.001)),
        ]
    )
    assert [event.stations for event in found] == [["A", "B"], ["C"], ["A"], ["C"]]
    first = found[0]
    assert (first.start_s, first.end_s, first.probability) == (0, 19, 0.9)


def test_an_event_is_of_the_region_most_probable_over_its_detections() -> None:
    stations = [detection("A", 0, (0.6, 0.4)), detection("B", 1, (0.1, 0.9))]
    (event,) = events_of([result(d.station, d) for d in stations])
    assert event.cluster_id == 1


def test_what_is_of_no_known_region_is_counted_and_neither_right_nor_wrong() -> None:
    unknown, known = detection("A", 0, ()), detection("B", 1, (0.1, 0.9))
    assert [e.cluster_id for e in events_of([result("A", unknown)])] == [NO_REGION]
    results = [result("A", unknown, picks_s=(5.0,)), result("B", known, picks_s=(6.0,))]
    detected = events_of(results)
    assert [event.cluster_id for event in detected] == [1]
    scores = scores_of(results, detected, [1])
    assert (scores["located"], scores["locatedRight"]) == (1, 1)
    counts = detection_counts(results, detected, ("noise", "north", "south"))
    assert counts["detectionsWithoutRegion"] == 1
    assert counts["detectionsByRegion"] == {"north": 0, "south": 1}
    alone = scores_of(results[:1], events_of(results[:1]), [1])
    assert (alone["located"], alone["eventsLocated"]) == (0, 0)


def test_an_event_is_found_where_any_station_holds_a_pick() -> None:
    results = [
        result("A", detection("A", 0), detection("A", 100), picks_s=(5.0,)),
        result("B", detection("B", 2)),
    ]
    assert [(e.outcome, e.events) for e in events_of(results)] == [("found", [0]), ("false", [])]


def test_without_a_catalogue_nothing_is_judged() -> None:
    found = coincident_events([detection("A", 0)], within_s=10.0)
    assert [(event.outcome, event.events) for event in found] == [("", [])]
    assert coincident_events([], within_s=10.0) == []


NORTH, SOUTH = (0.9, 0.1), (0.2, 0.8)


def stations() -> list[StationResult]:
    """Return two stations: of two events one is found at both, of three detections one is false."""
    return [
        result("A", detection("A", 0, NORTH), detection("A", 100, SOUTH), picks_s=(5.0, 500.0)),
        result("B", detection("B", 2, SOUTH), picks_s=(6.0,)),
    ]


def test_scores_are_of_picks_detections_and_events() -> None:
    results = stations()
    scores = scores_of(results, events_of(results), [0, 1])
    assert (scores["picks"], scores["picksFound"], scores["recall"]) == (3, 2, pytest.approx(2 / 3))
    assert (scores["trueDetections"], scores["falseDetections"]) == (2, 1)
    assert scores["precision"] == scores["f1"] == pytest.approx(2 / 3)
    assert (scores["events"], scores["eventsFound"], scores["eventRecall"]) == (2, 1, 0.5)
    assert (scores["located"], scores["locatedRight"], scores["locationAccuracy"]) == (2, 1, 0.5)
    assert (scores["trueDetectedEvents"], scores["eventPrecision"]) == (1, 0.5)
    assert (scores["eventsLocated"], scores["eventsLocatedRight"]) == (1, 1)
    assert (scores["eventsAtFewStations"], scores["eventsToldTwice"]) == (0, 0)
    assert scores_of(results, [], [0, 1], min_stations=3)["eventsAtFewStations"] == 1


def test_without_regions_none_is_right_and_what_is_not_known_is_none() -> None:
    results = stations()
    scores = scores_of(results, events_of(results), [None, None])
    assert (scores["located"], scores["locationAccuracy"]) == (0, None)
    scores = scores_of([], [], [])
    assert {scores[name] for name in ("precision", "recall", "f1", "eventPrecision")} == {None}


def test_an_event_told_twice_is_found_once() -> None:
    results = [
        result("A", detection("A", 0), picks_s=(5.0,)),
        result("B", detection("B", 30), picks_s=(35.0,)),
    ]
    scores = scores_of(results, events_of(results), [None])
    assert (scores["events"], scores["eventsFound"], scores["eventsToldTwice"]) == (1, 1, 1)
    assert scores["trueDetectedEvents"] == 2


def test_events_of_the_catalogue_without_picks_are_known_by_their_origins() -> None:
    there = {"latitude": 10.0, "longitude": 20.0}
    events = [Event("a", 100.0, **there), Event("b", 101.5, **there), Event("c", 500.0, **there)]
    found = with_events_there(
        [located(101.0, 10.05), located(101.2, 10.0), located(500.0, 11.0), located(502.5, 10.0)],
        events,
    )
    assert [e.by_origin for e in found] == [(0,), (1,), (), ()]
    assert [e.outcome for e in found] == ["found", "found", "", ""]
    apart = _origins_apart(found, events)
    assert (apart["events"], apart["medianDepth_km"]) == (2, None)
    assert apart["median_s"] == pytest.approx(0.65) and 2 < apart["median_km"] < 3


def test_the_region_of_a_place_is_held_against_that_of_the_network(tmp_path: Path) -> None:
    regions = load(tmp_path, clusters("kmeans", centroid(0, 10.0, 20.0), centroid(1, 11.0, 20.0)))
    told = [located(0.0, 10.0), located(1.0, 11.0), replace(located(2.0, 11.0), origin=None)]
    p = [(0.9, 0.1), (0.7, 0.3), (0.2, 0.8)]
    told = [
        replace(event, arrivals=(detection("A", 0, shares),))
        for event, shares in zip(told, p, strict=True)
    ]
    found = with_places_regions(told, regions)
    assert [event.place_region for event in found] == [0, 1, NO_REGION]
    assert [event.cluster_id for event in found] == [0, 1, 1]
    counts = detection_counts([], found, ("noise", "north", "south"))
    assert counts["regionsOfPlaceAndNetwork"] == {"both": 2, "same": 1, "share": 0.5}
    assert (counts["detectedEvents"], counts["detectedEventsLocated"]) == (3, 2)


def test_counts_are_by_station_and_region() -> None:
    results = stations()
    p = np.array([[0.6, 0.4, 0], [0.4, 0.6, 0], [0.1, 0.1, 0.8]])
    results[0].scored.append(replace(scored_windows([0, 1, 2], p), threshold=0.3))
    results[0].scored[0].n_unusable = 4
    names = ("noise", "north", "south")
    counts = detection_counts(results, events_of(results), names)
    assert (counts["streams"], counts["stations"]) == (1, 2)
    assert (counts["windows"], counts["eventWindows"], counts["unusableWindows"]) == (3, 3, 4)
    assert counts["detectionsByStation"] == {"XX.A": 2, "XX.B": 1}
    assert counts["detectionsByRegion"] == {"north": 1, "south": 2}
    assert counts["detectedEventsByRegion"] == {"north": 1, "south": 1}
