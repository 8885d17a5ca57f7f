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
