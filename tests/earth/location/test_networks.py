"""Stations that are too far apart to see the same events are no network."""

from dataclasses import replace
from pathlib import Path

from deepquake.core.report import Report
from deepquake.earth.location.networks import n_places, networks_of, tell_far_stations
from tests.earth.location.made_network import made_stations


def test_a_wide_gap_parts_networks() -> None:
    near = made_stations(4)
    far = [replace(s, network="YY", latitude=s.latitude + 50) for s in near]
    assert networks_of([*near, *far]) == [near, far]
    assert networks_of([]) == []
    assert networks_of(near[:2]) == []
    # a chain of stations is one, however long; so is a network of nothing but gaps
    chain = [replace(near[0], latitude=float(lat)) for lat in range(0, 60, 4)]
    assert networks_of(chain) == [chain]
    assert networks_of(chain[::5]) == [chain[::5]]


def test_sensors_of_one_site_are_one_place() -> None:
    station = made_stations(1)[0]
    assert n_places([replace(station, code=code) for code in "ABCD"]) == 1
    assert n_places(made_stations(3)) == 3


def test_a_station_of_a_wrong_place_is_told() -> None:
    report, stations = Report(), made_stations(5)
    recorded = {(s.network, s.code) for s in stations}
    tell_far_stations(stations, recorded, report, path=Path("records"))
    assert not report.problems
    stations[2] = replace(stations[2], latitude=-66.0, longitude=10.0)
    tell_far_stations(stations, recorded, report, path=Path("records"))
    (told,) = map(str, report.problems)
    assert "1 station more than 500 km from the others" in told
    assert "XX.S02" in told
