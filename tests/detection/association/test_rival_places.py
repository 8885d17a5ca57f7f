"""Which of several places an event was at."""

import numpy as np
import pytest

from deepquake.core.settings import Settings
from deepquake.detection.association import rival_places
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

BOX_KM = np.array([100.0, 100.0, 30.0])


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
    told = settled([*clear, mirrored], width_km=50.0, box_km=BOX_KM)
    assert [place.source.xyz_km[1] for place in told] == [
        10,
        11,
        12,
        13,
        14,
        11,
    ]
    assert all(place.likelier > 1 for place in told)


def test_arrivals_that_tell_clearly_are_believed() -> None:
    clear = [RivalPlaces((placed_at(0, 10 + n),), np.zeros(1)) for n in range(5)]
    mirrored = RivalPlaces((placed_at(0, -11), placed_at(0, 11)), np.array([0.0, -8.0]))
    (*_, place) = settled([*clear, mirrored], width_km=50.0, box_km=BOX_KM)
    assert place.source.xyz_km[1] == -11
    assert place.likelier < 0


def test_a_single_event_is_anywhere() -> None:
    (place,) = settled([RivalPlaces((placed_at(1, 2),), np.zeros(1))], 50.0, BOX_KM)
    assert (place.source.xyz_km[0], place.likelier) == (1.0, 0.0)


def test_events_are_likelier_at_the_depth_of_others() -> None:
    clear = [RivalPlaces((placed_at(0, 10 + n),), np.zeros(1)) for n in range(5)]
    deep = LocatedSource(np.array([0.0, 12.0, 25.0]), 0.0, 0.1, np.zeros(6))
    open_depth = RivalPlaces((deep, placed_at(0, 12)), np.array([0.0, -0.3]))
    told = settled([*clear, open_depth], 50.0, BOX_KM)
    assert told[-1].source.xyz_km[2] == 5.0


def test_places_that_fit_as_well_widen_the_errors() -> None:
    for likelihood, apart_km in [(-0.3, 22.0), (-3.0, 0.0)]:
        places = RivalPlaces((placed_at(0, 11), placed_at(0, -11)), np.array([0.0, likelihood]))
        (place,) = settled([places], 50.0, BOX_KM)
        assert (place.leeway.horizontal_km, place.leeway.depth_km) == (apart_km, 0.0)


def test_of_very_many_events_some_tell_where_the_others_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rival_places, "MOST_TELLING", 5)
    clear = [RivalPlaces((placed_at(0, 10 + n / 10),), np.zeros(1)) for n in range(30)]
    mirrored = RivalPlaces((placed_at(0, -11), placed_at(0, 11)), np.array([0.0, -0.3]))
    told = settled([*clear, mirrored], 50.0, BOX_KM)
    assert len(told) == 31
    assert told[-1].source.xyz_km[1] == 11
