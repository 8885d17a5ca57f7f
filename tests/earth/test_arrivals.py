"""Arrivals: picked, estimated, and those nobody can tell."""

from pathlib import Path

import numpy as np
import pytest

from deepquake.catalog.events import Event, Pick
from deepquake.core.settings import ArrivalSettings
from deepquake.earth.arrivals import Arrivals, station_arrivals
from deepquake.earth.geo import KM_PER_DEGREE
from deepquake.earth.stations import Station

STATION = Station("XX", "ABC", 10.0, -67.0, 1000.0)
FIVE_KM_S = ArrivalSettings(mean_velocity=18000.0, window_avoid_unpicked=120.0)


def event(*picks: Pick, time: float | None = 1000.0, **options) -> Event:
    place = {"latitude": 10.0, "longitude": -67.0, "depth_km": 9.0} | options
    return Event(
        "e", time, place["latitude"], place["longitude"], place["depth_km"], picks=list(picks)
    )


def arrivals(*events: Event, station: Station | None = STATION) -> Arrivals:
    return station_arrivals(events, station, network="XX", code="ABC", settings=FIVE_KM_S)


def test_the_earliest_usable_p_of_each_event_counts() -> None:
    first = event(
        Pick("ABC", "Pg", 1004.0),
        Pick("ABC", "Pn", 1003.0),
        Pick("ABC", "P", 1001.0, weight=4),
        Pick("ABC", "S", 1000.5),
        Pick("ABD", "P", 1000.6),
        Pick("ABC", "P", 1000.7, network="YY"),
    )
    second = event(Pick("ABC", "IP", 900.0, network="XX"))
    found = arrivals(first, second)
    assert found.picked_s.tolist() == [900.0, 1003.0]
    assert found.picked_events.tolist() == [1, 0]
    assert not len(found.estimated_s) and not found.unknown


def test_codes_match_whatever_their_case() -> None:
    mixed = event(Pick("Abc", "P", 1001.0))
    assert arrivals(mixed).picked_s.tolist() == [1001.0]
    lower = station_arrivals([mixed], STATION, network="XX", code="abc", settings=FIVE_KM_S)
    assert lower.picked_s.tolist() == [1001.0] and not len(lower.estimated_s)


def test_an_estimate_goes_through_hypocentral_distance() -> None:
    overhead, away = event(), event(latitude=10.0 + 24.0 / KM_PER_DEGREE)
    found = arrivals(away, overhead)
    assert found.estimated_s.tolist() == pytest.approx(
        [1002.0, 1000 + np.hypot(24, 10) / 5], abs=1e-3
    )
    assert found.estimated_events.tolist() == [1, 0]


def test_a_pick_that_must_not_be_used_leaves_the_estimate() -> None:
    found = arrivals(event(Pick("ABC", "P", 1001.0, weight=4)))
    assert found.estimated_s.tolist() == pytest.approx([1002.0])


@pytest.mark.parametrize("missing", ["latitude", "longitude", "depth_km"])
def test_an_event_that_cannot_be_placed_is_guarded(missing: str) -> None:
    found = arrivals(event(**{missing: None}))
    assert found.unknown == [(1000.0, 1120.0)] and not len(found.estimated_s)


def test_a_station_that_cannot_be_placed_is_guarded() -> None:
    assert arrivals(event(), station=None).unknown == [(1000.0, 1120.0)]


def test_an_event_without_time_is_guarded_around_its_first_pick() -> None:
    far_pick = Pick("DEF", "P", 500.0)
    assert arrivals(event(far_pick, time=None)).unknown == [(380.0, 620.0)]
    assert arrivals(event(Pick("ABC", "P", 500.0), time=None)).unknown == []
    assert arrivals(event(time=None)).unknown == []


def test_a_far_event_is_guarded_over_the_times_its_p_may_take() -> None:
    found = arrivals(event(latitude=40.0))  # 30 degrees: 370 s in the iasp91 tables
    ((start_s, end_s),) = found.unknown
    assert start_s < 1370 < end_s and not len(found.estimated_s)


def test_one_velocity_guards_the_time_a_p_through_the_mantle_may_take(tmp_path: Path) -> None:
    away = event(latitude=12.7)  # 300 km: 44 s in the iasp91 tables, 60 s at 5 km/s
    ((start_s, end_s),) = arrivals(away).unknown
    assert start_s == pytest.approx(1000 + 300 / 8.5, abs=0.2)
    assert end_s == arrivals(away).estimated_s[0] == pytest.approx(1060.0, abs=0.2)
    assert arrivals(event(latitude=10.6)).unknown == []  # 67 km
    model = tmp_path / "model.csv"
    model.write_text("top,vp\n0,5.0\n")
    settings = ArrivalSettings(velocity_model_path=str(model))
    other = station_arrivals([away], STATION, network="XX", code="ABC", settings=settings)
    assert len(other.estimated_s) == 1 and other.unknown == []


def test_between_takes_a_span() -> None:
    events = [event(Pick("ABC", "P", t), time=t - 1) for t in (100.0, 200.0, 300.0)]
    events += [event(time=t) for t in (150.0, 400.0)] + [event(time=250.0, depth_km=None)]
    found = arrivals(*events).between(180.0, 260.0)
    assert found.picked_s.tolist() == [200.0] and found.picked_events.tolist() == [1]
    assert not len(found.estimated_s) and found.unknown == [(250.0, 370.0)]


@pytest.mark.parametrize("with_model", [True, False])
def test_estimates_on_iceland_are_those_modelled(
    iceland, shared_data: Path, with_model: bool
) -> None:
    events, stations, modelled = iceland
    model = shared_data / "iceland" / "velocity_model.csv"
    settings = ArrivalSettings(
        velocity_model_path=str(model) if with_model else "", mean_velocity=19000.0
    )
    errors = []
    for station in stations:
        unpicked = [
            Event(e.event_id, e.origin_time, e.latitude, e.longitude, e.depth_km) for e in events
        ]
        found = station_arrivals(
            unpicked, station, network="Z7", code=station.code, settings=settings
        )
        assert len(found.estimated_s) == 11
        for time, number in zip(found.estimated_s, found.estimated_events, strict=True):
            _, key = min(
                (abs(t - unpicked[number].origin_time), (s, t))
                for s, t in modelled
                if s == station.code
            )
            errors.append(time - modelled[key])
    assert len(errors) == 132
    assert np.abs(errors).max() < (0.3 if with_model else 1.5)
