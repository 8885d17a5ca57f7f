"""Phases and stations for HypoDD."""

import csv
from dataclasses import replace
from pathlib import Path

import pytest

from deepquake.core.errors import DeepQuakeError
from deepquake.earth.stations import read_stations
from deepquake.tools.bridges.hypodd import write_hypodd
from tests.tools.bridges.conversions import (
    STATIONS,
    check_origins,
    conversion,
    made_events,
    onsets,
    read_back,
)


def test_events_and_stations_come_back(tmp_path: Path) -> None:
    events = made_events()
    given = conversion(tmp_path / "out.pha", events)
    assert write_hypodd(given) == "4 events, 44 picks of P and S"
    back = read_back(given.path)
    check_origins(back, events)
    used = [replace(event, picks=event.picks[:-1]) for event in events]
    assert onsets(back) == onsets(used)
    places = read_stations(tmp_path / "out_stations.txt", elevation_unit="m")
    assert sorted((s.code, s.latitude, s.elevation_m) for s in places) == sorted(
        (s.code, s.latitude, s.elevation_m) for s in STATIONS
    )
    with (tmp_path / "out_ids.csv").open(newline="") as file:
        numbers = {row["hypodd_id"]: row["event_id"] for row in csv.DictReader(file)}
    assert numbers == {f"{k}": event.event_id for k, event in enumerate(events, 1)}
    assert [event.event_id for event in back] == list(numbers)


def test_ids_that_are_whole_numbers_stay(tmp_path: Path) -> None:
    events = [replace(event, event_id=f"{7 + k}") for k, event in enumerate(made_events(2))]
    write_hypodd(conversion(tmp_path / "a.pha", events, stations=[]))
    assert [event.event_id for event in read_back(tmp_path / "a.pha")] == ["7", "8"]
    assert [path.name for path in tmp_path.iterdir()] == ["a.pha"]


def test_weights_are_scores_or_those_of_the_codes(tmp_path: Path) -> None:
    (event,) = made_events(1)
    changes = [{"score": 0.42}, {"weight": 2}, {"score": 0.9, "weight": 1}, {"score": 0.0}]
    event.picks = [replace(event.picks[k], **change) for k, change in enumerate(changes)]
    write_hypodd(conversion(tmp_path / "a.pha", [event], stations=[]))
    lines = [line.split() for line in (tmp_path / "a.pha").read_text().splitlines()[1:]]
    by_pick = {(code, phase): float(weight) for code, _, weight, phase in lines}
    assert [by_pick[p.station, p.phase] for p in event.picks] == [0.42, 0.2, 0.5, 0.001]


def test_what_has_no_hypocentre_is_left_out_and_said(tmp_path: Path) -> None:
    events = made_events()
    events[0] = replace(events[0], latitude=None)
    events[1] = replace(events[1], depth_km=None)
    events[2] = replace(events[2], picks=[])
    given = conversion(tmp_path / "a.pha", events)
    write_hypodd(given)
    assert len(read_back(tmp_path / "a.pha")) == 1
    assert [problem.message for problem in given.report.of_kind("skipped")] == [
        "events left out: without a P or S (1), without a depth (1), without an origin (1)"
    ]
    with pytest.raises(DeepQuakeError, match=r"associate locates them"):
        write_hypodd(conversion(tmp_path / "b.pha", events[:3]))
    assert not (tmp_path / "b.pha").exists()


def test_an_origin_at_the_end_of_a_minute(tmp_path: Path) -> None:
    (event,) = made_events(1)
    event.origin_time = 1e9 // 60 * 60 - 1e-4
    event.picks = [replace(event.picks[0], time=event.origin_time + 2.5)]
    write_hypodd(conversion(tmp_path / "a.pha", [event], stations=[]))
    (back,) = read_back(tmp_path / "a.pha")
    assert back.origin_time == 1e9 // 60 * 60
    assert back.picks[0].time == pytest.approx(event.picks[0].time, abs=1e-3)


def test_long_codes_are_told(tmp_path: Path) -> None:
    (event,) = made_events(1)
    event.picks = [replace(pick, station=f"LONG{pick.station}") for pick in event.picks]
    given = conversion(tmp_path / "a.pha", [event], stations=[])
    write_hypodd(given)
    assert "HypoDD has room for 7 letters of a station" in given.report.problems[1].message
