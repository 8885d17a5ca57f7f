"""Errors, gap and fits of a source that was located."""

import numpy as np
import pytest

from deepquake.earth.location.locating import locate_source
from deepquake.earth.location.origins import fits_of, hypocentre_of, largest_gap_deg
from tests.earth.location.made_network import TrueSource, arrivals_of, made_times


def test_the_gap_is_the_largest_angle_without_a_station() -> None:
    assert largest_gap_deg([0, 90, 200]) == 160
    assert largest_gap_deg([350, 10]) == 340
    assert largest_gap_deg([45]) == 360


def test_fits_tell_distance_azimuth_and_angle_of_the_ray() -> None:
    times = made_times()
    true = TrueSource(np.array([0.0, 0.0, 10.0]), 50.0)
    arrivals = arrivals_of(times, true, np.random.default_rng(1))
    source = locate_source(times, arrivals, true.xyz_km, np.array([2.0, 2.0, 2.0]))
    origin, fits = hypocentre_of(times, source, arrivals), fits_of(times, source, arrivals)
    assert origin.latitude == pytest.approx(times.latitude, abs=0.002)
    assert (origin.n_picks, origin.n_stations) == (24, 12)
    for fit, x, y, up in zip(fits, times.x_km, times.y_km, times.elevation_m / 1000, strict=False):
        assert fit.distance_km == pytest.approx(np.hypot(x, y), abs=0.1)
        assert fit.azimuth_deg == pytest.approx(np.degrees(np.arctan2(x, y)) % 360, abs=2)
        level = np.degrees(np.arctan2(np.hypot(x, y), 10 + up))
        assert fit.takeoff_deg == pytest.approx(180 - level, abs=1)
        assert abs(fit.residual_s) < 0.02


@pytest.mark.parametrize(
    ("n_stations", "width_km", "error_s", "picked"),
    [(12, 40.0, 0.05, 1.0), (8, 40.0, 0.1, 0.6), (20, 60.0, 0.1, 0.8)],
)
def test_two_thirds_of_sources_are_within_their_errors(
    n_stations: int, width_km: float, error_s: float, picked: float
) -> None:
    times = made_times(n_stations=n_stations, width_km=width_km, seed=n_stations)
    draw, start_km = np.random.default_rng(5), np.array([0.0, 0.0, 8.0])
    within = []
    for _ in range(60):
        place = np.append(draw.uniform(-width_km / 3, width_km / 3, 2), draw.uniform(3, 15))
        arrivals = arrivals_of(times, TrueSource(place, 0.0), draw, error_s)
        arrivals = arrivals[np.flatnonzero(draw.random(len(arrivals)) < picked)]
        source = locate_source(times, arrivals, start_km, np.array([20.0, 20.0, 8.0]))
        origin = hypocentre_of(times, source, arrivals)
        off_km = np.abs(source.xyz_km - place)
        within.append([
            np.hypot(off_km[0], off_km[1]) < origin.horizontal_error_km,
            off_km[2] < origin.depth_error_km,
            abs(origin.time_s) < origin.time_error_s,
        ])  # fmt: skip
    # of 60, 68 % are 41, and by chance nearly always from 34 to 49
    assert np.sum(within, axis=0).tolist() == pytest.approx([41.0] * 3, abs=12)
