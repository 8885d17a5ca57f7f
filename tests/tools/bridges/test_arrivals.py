"""P and S of events, each once at a station; what stations are called and where they are."""

from dataclasses import replace
from math import inf
from pathlib import Path

import pytest

from deepquake.catalog.events import Event, Pick
from deepquake.tools.bridges.arrivals import (
    calendar,
    placed_stations,
    station_labels,
    weight_of_location,
    with_first_arrivals,
)
from tests.tools.bridges.conversions import STATIONS, conversion, made_events


def test_of_several_readings_the_best_stays() -> None:
    picks = [
        Pick("AAA", "Pg", 10.0, automatic=True, score=0.9),
        Pick("AAA", "P", 10.1),
        Pick("AAA", "S", 14.0, weight=4),
        Pick("AAA", "Sn", 14.5, weight=2),
        Pick("BBB", "P", 11.0, weight=9),
        Pick("BBB", "LR", 99.0),
    ]
    given = conversion(Path("x"), [Event("a", 9.0, picks=picks)])
    (event,) = with_first_arrivals(given)
    assert [(p.station, p.phase, p.time) for p in event.picks] == [
        *(("AAA", "P", 10.1), ("AAA", "S", 14.5)),
    ]
    assert [problem.message for problem in given.report.problems] == [
        "picks left out: of phases other than P and S (1), of weight 4 (1), of weight 9 (1), "
        "that are another reading of an arrival (1)"
    ]
    assert len(given.events[0].picks) == 6


@pytest.mark.parametrize(
    ("weight", "score", "expected"),
    [(0, None, 0), (3, None, 3), (9, None, 4), (0, 0.9, 0), (0, 0.4, 2), (0, 0.0, 3), (2, 0.9, 2)],
)
def test_weights_of_locations(weight: int, score: float | None, expected: int) -> None:
    assert weight_of_location(Pick("A", "P", 0.0, weight=weight, score=score)) == expected


def test_stations_of_one_code_in_two_networks_are_told_apart() -> None:
    picks = [Pick("AAA", "P", 1.0, "XX"), Pick("AAA", "P", 1.0, "YY"), Pick("BBB", "P", 1.0, "XX")]
    assert station_labels([Event("a", picks=picks)]) == {
        ("XX", "AAA"): "XX.AAA",
        ("YY", "AAA"): "YY.AAA",
        ("XX", "BBB"): "BBB",
    }


def test_places_that_are_missing_or_have_moved_are_told() -> None:
    events = made_events(2)
    middle = (events[0].picks[0].time + events[1].picks[0].time) / 2
    first, *others = STATIONS[:-1]
    moved = [replace(first, end_s=middle), replace(first, start_s=middle, end_s=inf, latitude=0.0)]
    given = conversion(Path("x"), events, [*moved, *others])
    places = placed_stations(given, events)
    assert list(places) == sorted(("XX", station.code) for station in STATIONS[:-1])
    assert places["XX", "TURV"].latitude == first.latitude
    assert [problem.message for problem in given.report.problems] == [
        "stations that are not in the list, with their picks: XX.CRUV (4)",
        "station XX.TURV has moved: the program is given its first place",
    ]


def test_calendar_of_a_time_just_before_a_minute() -> None:
    assert calendar(round(59.99996, 4)) == ("19700101", "0001", 0.0)
    assert calendar(1562259779.84) == ("20190704", "1702", 59.84)
