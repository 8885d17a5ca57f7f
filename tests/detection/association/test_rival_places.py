"""Which of several places an event was at."""

import numpy as np

from deepquake.core.settings import Settings
from deepquake.detection.association.ballot import search_nodes
from deepquake.detection.association.rival_places import (
    RivalPlaces,
    rival_places_of,
    settled,
)
from deepquake.earth.location.locating import LocatedSource, locate_source
from deepquake.earth.location.network_times import network_times
from deepquake.earth.stations import Station
from tests.earth.location.made_network import (
    KM_PER_DEGREE,
    LATITUDE,
    LONGITUDE,
    TrueSource,
    arrivals_of,
)


def placed_at(x_km: float, y_km: float) -> LocatedSource:
    return LocatedSource(np.array([x_km, y_km, 5.0]), 0.0, 0.1, np.zeros(6))


def test_stations_in_a_line_leave_both_sides() -> None:
    stations = [
        Station("XX", f"S{n}", LATITUDE, LONGITUDE + n * 10 / KM_PER_DEGREE, 0.0) for n in range(4)
    ]
    times = network_times(stations, Settings())
    true = TrueSource(np.array([3.0, 8.0, 6.0]), 50.0)
    arrivals = arrivals_of(times, true, np.random.default_rng(1), 0.01)
    nodes = search_nodes(times)
    best = locate_source(times, arrivals, true.xyz_km, np.array([2.0, 2.0, 2.0]))
    places = rival_places_of(
        times,
        arrivals,
        best,
        grid_km=nodes.places_km,
        shape=nodes.shape,
        reach_km=nodes.spacing_km,
        open_s=0.1,
    )
    north_km = [float(source.xyz_km[1]) for source in places.sources]
    assert min(north_km) < -5 and max(north_km) > 5
    assert np.ptp(places.likelihoods) < 1


def test_of_two_places_that_is_likelier_where_other_events_are() -> None:
    clear = [RivalPlaces((placed_at(0, 10 + n),), np.zeros(1)) for n in range(5)]
    mirrored = RivalPlaces((placed_at(0, -11), placed_at(0, 11)), np.array([0.0, -0.3]))
    told = settled([*clear, mirrored], width_km=50.0, area_km2=1e4)
    assert [source.xyz_km[1] for source, _ in told] == [10, 11, 12, 13, 14, 11]
    assert all(likelier > 1 for _, likelier in told)


def test_arrivals_that_tell_clearly_are_believed() -> None:
    clear = [RivalPlaces((placed_at(0, 10 + n),), np.zeros(1)) for n in range(5)]
    mirrored = RivalPlaces((placed_at(0, -11), placed_at(0, 11)), np.array([0.0, -8.0]))
    (*_, (source, likelier)) = settled([*clear, mirrored], width_km=50.0, area_km2=1e4)
    assert source.xyz_km[1] == -11
    assert likelier < 0


def test_a_single_event_is_anywhere() -> None:
    ((source, likelier),) = settled(
        [RivalPlaces((placed_at(1, 2),), np.zeros(1))], width_km=50.0, area_km2=1e4
    )
    assert (source.xyz_km[0], likelier) == (1.0, 0.0)
