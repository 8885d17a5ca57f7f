"""Readings as arrays, the curves they tell, and what is off."""

import numpy as np
import pytest

from deepquake.earth.checks.gathering import gather
from deepquake.earth.checks.readings import (
    fit_curve,
    fit_curves,
    hold_against,
    hold_against_others,
    is_possible,
    other_phase_s,
)
from deepquake.earth.travel_times import Model, first_arrivals
from tests.earth.made_catalogue import make_catalogue, pick_of


def test_a_curve_bends_with_the_crust_and_not_with_what_is_wrong() -> None:
    model, draw = Model((0.0, 10.0, 32.0), (5.5, 6.5, 8.0)), np.random.default_rng(1)
    x_km = draw.uniform(5, 400, 800)
    times_s = first_arrivals(model, x_km, source_km=8.0, receiver_km=0.0)
    straight_km = np.hypot(x_km, 8.0)
    wrong = draw.random(800) < 0.25
    read_s = times_s + draw.normal(0, 0.2, 800) + wrong * draw.uniform(-60, 60, 800)
    possible = (read_s > straight_km / 8.6 - 2) & (read_s < straight_km / 3 + 2)
    curve = fit_curve(0, straight_km[possible], read_s[possible])
    error_s = np.abs(curve.times_s(straight_km) - times_s)
    assert np.median(error_s) < 0.3 and (error_s < curve.margins_s(straight_km)).all()


@pytest.mark.parametrize(("n", "velocity"), [(3, 4.45), (12, 6.0)])
def test_few_readings_make_a_velocity_with_wide_margins(n: int, velocity: float) -> None:
    x_km = np.linspace(10, 60, n)
    curve = fit_curve(0, x_km, x_km / 6.0)
    assert 30.0 / curve.times_s(30.0) == pytest.approx(velocity, abs=0.1)
    assert 2.0 <= curve.margins_s(10.0) <= 6.0 and curve.margins_s(60.0) >= 4.0


def test_what_no_earth_allows_is_not_possible() -> None:
    events, stations = make_catalogue(n_events=3)
    pick_of(events[0], "AAA").time -= 12.0
    pick_of(events[1], "BBB").time += 60.0
    readings = gather(events, stations)
    impossible = [readings.picks[k] for k in np.flatnonzero(~is_possible(readings))]
    assert impossible == [pick_of(events[0], "AAA"), pick_of(events[1], "BBB")]


def test_a_far_event_is_held_against_the_whole_earth() -> None:
    events, stations = make_catalogue(n_events=1)
    far, _ = make_catalogue(n_events=1)
    far[0].latitude, far[0].depth_km = -10.0, 33.0
    for pick in far[0].picks:
        pick.time = far[0].origin_time + (560.0 if pick.phase == "P" else 1020.0)
    readings = gather([*events, *far], stations)
    misfits = hold_against(readings, fit_curves(readings, np.ones(len(readings), bool)))
    assert not misfits.off[readings.event == 1].any()


def test_a_station_is_held_against_the_others_alone() -> None:
    events, stations = make_catalogue()
    for event in events:
        pick_of(event, "AAA").time += 3.0
    readings = gather(events, stations)
    found = hold_against_others(readings, np.ones(len(readings), bool))
    aaa = (readings.station == 0) & (readings.phase == 0)
    assert found.seconds[aaa] == pytest.approx(3.0, abs=0.6)
    assert np.median(np.abs(found.seconds[~aaa])) < 0.3


def test_an_s_read_as_p_fits_the_other_phase() -> None:
    events, stations = make_catalogue()
    pick = pick_of(events[4], "CCC", "S")
    events[4].picks.remove(pick_of(events[4], "CCC"))
    pick.phase = "P"
    readings = gather(events, stations)
    curves = fit_curves(readings, np.ones(len(readings), bool))
    number = readings.picks.tolist().index(pick)
    assert abs(other_phase_s(readings, curves)[number]) < 0.5
    assert hold_against(readings, curves).off[number]
