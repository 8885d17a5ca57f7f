"""The P and S of a catalogue as arrays: which are gathered, at which place, how long they took."""

from dataclasses import replace

import numpy as np
import pytest

from deepquake.earth.checks.gathering import gather
from tests.earth.made_catalogue import make_catalogue


def test_readings_are_those_in_use_of_known_stations() -> None:
    events, stations = make_catalogue(n_events=2)
    events[0].picks[0].weight, events[0].picks[1].weight = 4, 9
    events[0].picks[2].station, events[0].picks[3].phase = "ZZZ", "Lg"
    events[1].latitude = None
    readings = gather(events, stations)
    assert len(readings) == 8 and set(readings.event.tolist()) == {0}
    assert readings.phase.tolist() == [0, 1] * 4
    assert np.allclose(readings.straight_km / readings.travel_s, [5.6, 3.2] * 4, rtol=0.15)


def test_a_station_that_has_moved_stands_where_it_stood_then() -> None:
    events, stations = make_catalogue(n_events=3)
    moved_s = events[1].origin_time
    now = replace(stations[2], latitude=stations[2].latitude + 0.5, start_s=moved_s)
    stations[2] = replace(stations[2], end_s=moved_s)
    readings = gather(events, [*stations, now])
    of_ccc = np.isin(readings.station, [2, 6])
    assert readings.station[of_ccc].tolist() == [2, 2, 6, 6, 6, 6]


def test_events_without_an_origin_time_get_that_of_their_readings() -> None:
    events, stations = make_catalogue(n_events=4)
    told = gather(events, stations).travel_s
    events[0].origin_time = events[2].origin_time = None
    found = gather(events, stations).travel_s
    without = np.repeat([True, False, True, False], 12)
    assert (found[~without] == told[~without]).all()
    assert found[without] == pytest.approx(told[without], abs=1.0)
    assert len(gather([], [])) == 0


def test_automatic_readings_beside_manual_ones_are_told() -> None:
    events, stations = make_catalogue(n_events=2)
    events[0].picks.append(replace(events[0].picks[0], automatic=True))
    events[1].picks[3].automatic = True
    readings = gather(events, stations)
    assert np.flatnonzero(readings.beside_manual).tolist() == [12]
