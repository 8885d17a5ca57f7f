"""Tables of travel times around a network agree with what they are made of."""

import numpy as np
import pytest

from deepquake.core.settings import Settings
from deepquake.earth.geo import distance_km
from deepquake.earth.location.network_times import S, network_times, to_plane
from deepquake.earth.travel_times import choose_s_travel_time, choose_travel_time
from tests.earth.location.made_network import made_stations, made_times


def test_a_table_gives_the_times_through_the_model(tmp_path) -> None:
    path = tmp_path / "model.csv"
    path.write_text("depth,vp,vs\n-2,3,1.7\n3,5.5,3.2\n10,6.3,3.6\n30,7.8,4.4\n")
    settings = Settings().changed(velocity_model_path=str(path))
    times = network_times(made_stations(4), settings)
    draw = np.random.default_rng(2)
    places = draw.uniform(times.lower_km, times.upper_km, (30, 3))
    station, across = np.arange(4), np.empty((30, 4))
    across = np.hypot(places[:, :1] - times.x_km, places[:, 1:2] - times.y_km)
    both = choose_travel_time(settings.arrivals), choose_s_travel_time(settings.arrivals, 1.73)
    for phase, travel_time in enumerate(both):
        expected = np.column_stack([
            travel_time(across[:, k], places[:, 2], times.elevation_m[k]) for k in station
        ])  # fmt: skip
        found = times(station, np.full(4, phase), places)
        assert found == pytest.approx(expected, abs=0.03)


def test_s_is_slower_by_the_ratio_where_there_is_no_model() -> None:
    times = made_times()
    places = np.array([[3.0, 4.0, 12.0]])
    p, s = times(np.array([0, 0]), np.array([0, S]), places)[0]
    assert s / p == pytest.approx(Settings().events.vp_vs_ratio, rel=1e-5)


def test_places_on_the_plane_are_where_they_were() -> None:
    times = made_times()
    latitude, longitude = times.geographic(30.0, -20.0)
    x, y = to_plane(times.latitude, times.longitude, latitude, longitude)
    assert (x, y) == pytest.approx((30.0, -20.0))
    far = distance_km(times.latitude, times.longitude, latitude, longitude)
    assert far == pytest.approx(np.hypot(30, 20))
