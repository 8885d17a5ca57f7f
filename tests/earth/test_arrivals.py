"""Arrivals: picked, estimated, and those nobody can tell."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from deepquake.catalog.events import Event, Pick
from deepquake.core.settings import ArrivalSettings
from deepquake.earth.arrivals import Arrivals, station_arrivals
from deepquake.earth.geo import KM_PER_DEGREE
from deepquake.earth.stations import Station
from deepquake.earth.travel_times import choose_travel_time

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


@pytest.mark.parametrize("missing", ["latitude", "longitude"])
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
    found = arrivals(away)
    assert found.earliest_s == pytest.approx(1000 + 300 / 8.5, abs=0.2)
    assert found.estimated_s == pytest.approx(1060.0, abs=0.2)
    assert found.latest_s == pytest.approx(1062.0, abs=0.2)  # as slow as P gets, and the least

    model = tmp_path / "model.csv"
    for velocities, earliest_s in (("0,5.0\n", 300 / 8.5), ("0,6.0\n30,8.0\n", 0.9 * 43.26)):
        model.write_text(f"top,vp\n{velocities}")
        settings = ArrivalSettings(velocity_model_path=str(model))
        choose_travel_time.cache_clear()
        other = station_arrivals([away], STATION, network="XX", code="ABC", settings=settings)
        assert other.earliest_s == pytest.approx(1000 + earliest_s, abs=0.5)


def test_an_estimate_is_uncertain_by_its_velocity_and_by_the_catalogue(tmp_path: Path) -> None:
    near, far = event(), event(latitude=10.0 + 60.0 / KM_PER_DEGREE)
    found = arrivals(near, far)
    assert found.earliest_s.tolist() == pytest.approx([1000.0, 1000 + 60.83 / 8.5], abs=0.01)
    assert found.latest_s.tolist() == pytest.approx([1004.0, 1014.17], abs=0.01)
    model = tmp_path / "model.csv"
    model.write_text("top,vp\n0,2.4\n")
    settings = ArrivalSettings(velocity_model_path=str(model))
    found = station_arrivals([near, far], STATION, network="XX", code="ABC", settings=settings)
    times_s = found.estimated_s - 1000
    assert (found.earliest_s - 1000).tolist() == pytest.approx([times_s[0] - 2, 0.9 * times_s[1]])
    assert (found.latest_s - 1000).tolist() == pytest.approx([times_s[0] + 2, 1.1 * times_s[1]])
    # the setting makes it no smaller
    for said_s, least_s in ((0.5, 2.0), (4.0, 4.0)):
        settings = replace(settings, estimated_p_uncertainty=said_s)
        found = station_arrivals([near], STATION, network="XX", code="ABC", settings=settings)
        assert found.latest_s - found.estimated_s == pytest.approx(least_s)


@pytest.mark.parametrize("how", ["unknown", "fixed"])
def test_a_depth_that_nobody_knows_may_be_any_to_70_km(how: str) -> None:
    away = event(latitude=10.0 + 50.0 / KM_PER_DEGREE)
    away.depth_km, away.depth_fixed = (None, False) if how == "unknown" else (10.0, True)
    found = arrivals(away)
    assert found.rough.tolist() == [how == "unknown"] and not found.unknown
    assert found.estimated_s == pytest.approx(1000 + np.hypot(50, 11) / 5, abs=0.01)
    assert found.earliest_s == pytest.approx(1000 + np.hypot(50, 1) / 8.5, abs=0.21)
    assert found.latest_s == pytest.approx(1000 + np.hypot(50, 71) / 5, abs=0.01)


def test_an_event_in_doubt_is_not_estimated() -> None:
    doubted = event(Pick("DEF", "P", 1004.0))
    doubted.doubt = "an hour off"
    assert arrivals(doubted).unknown == [(1000.0, 1124.0)]
    doubted.picks[0].time = 4600.0
    assert arrivals(doubted).unknown == [(1000.0, 1120.0), (4480.0, 4720.0)]
    assert not len(arrivals(doubted).estimated_s)


def test_everything_read_at_the_station_is_known() -> None:
    picks = [
        Pick("ABC", "P", 1003.0, automatic=True),
        Pick("ABC", "P", 1002.0),
        Pick("ABC", "P", 1060.0),
        Pick("ABC", "S", 1005.0),
        Pick("ABC", "pP", 1007.0),
        Pick("ABC", "P", 1001.0, weight=4),
        Pick("ABC", "P", 1600.0, doubt="600 s late"),
        Pick("ABC", "P", 1004.0, score=0.2),
        Pick("ABD", "P", 1002.5),
    ]
    found = arrivals(event(*picks))
    assert found.picked_s.tolist() == [1002.0, 1060.0]
    assert found.read_s.tolist() == [1001, 1002, 1003, 1004, 1005, 1007, 1060, 1600]
    assert found.unused == [
        (1001.0, "weight 4"),
        (1003.0, "automatic beside manual"),
        (1004.0, "score below min_pick_score"),
        (1600.0, "doubtful"),
    ]


def test_p_comes_before_the_first_of_the_other_phases_wherever_the_station_stands() -> None:
    found = arrivals(event(Pick("ABC", "S", 1005.0), Pick("ABC", "Lg", 1007.0)))
    assert found.unknown == [(1000.0, 1005.0)] and len(found.estimated_s) == 1
    assert arrivals(event(Pick("ABC", "S", 9005.0))).unknown == []
    assert arrivals(event(Pick("ABC", "S", 995.0))).unknown == []


@pytest.mark.parametrize("wrong", [{"doubt": "late"}, {"score": 0.1}, {"weight": 4}])
def test_a_station_where_no_p_can_be_used_is_estimated_too(wrong: dict) -> None:
    found = arrivals(event(Pick("ABC", "P", 1060.0, **wrong)))
    assert found.estimated_s.tolist() == pytest.approx([1002.0])
    assert found.read_s.tolist() == [1060.0] and not len(found.picked_s)


def test_between_takes_a_span() -> None:
    events = [event(Pick("ABC", "P", t), time=t - 1) for t in (100.0, 200.0, 300.0)]
    events += [event(time=t) for t in (150.0, 400.0)] + [event(time=250.0, latitude=None)]
    found = arrivals(*events).between(180.0, 260.0)
    assert found.picked_s.tolist() == [200.0] and found.picked_events.tolist() == [1]
    assert not len(found.estimated_s) and found.unknown == [(250.0, 370.0)]


def test_outside_leaves_out_spans() -> None:
    events = [event(Pick("ABC", "P", t), time=t - 1) for t in (100.0, 200.0, 300.0)]
    events += [event(time=t) for t in (150.0, 400.0)]
    found = arrivals(*events)
    rest = found.outside([(50.0, 180.0), (300.0, 301.0)])
    assert rest.picked_s.tolist() == [200.0] and rest.picked_events.tolist() == [1]
    assert rest.read_s.tolist() == [200.0] and len(rest.estimated_s) == len(found.estimated_s) - 1
    assert found.outside([]) is found


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
