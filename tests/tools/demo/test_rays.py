"""Rays in flat layers: times that can be worked out by hand."""

import math

import numpy as np
import pytest

from deepquake.tools.demo.network import LAYERS
from deepquake.tools.demo.rays import trace


def test_travel_times_of_a_direct_ray_and_a_head_wave_are_those_of_plane_geometry() -> None:
    top, below = LAYERS[0], LAYERS[1]
    direct = trace("P", 3.0, depth_km=1.0, elevation_m=0.0)[0]
    assert direct.time_s == pytest.approx(math.hypot(3, 1) / top.vp)
    assert direct.takeoff == pytest.approx(180 - math.degrees(math.atan2(3, 1)))
    sine = top.vp / below.vp
    up, down = below.top_km, below.top_km - 1.0
    wanted = 30 / below.vp + (up + down) * math.sqrt(1 - sine**2) / top.vp
    heads = [ray for ray in trace("P", 30.0, depth_km=1.0, elevation_m=0.0) if ray.head]
    assert min(abs(ray.time_s - wanted) for ray in heads) < 1e-9


def test_travel_times_grow_with_distance_and_s_is_slower_than_p() -> None:
    distances = np.arange(1, 200, 5.0)
    p, s = (
        np.array([trace(phase, d, depth_km=8.0, elevation_m=1000.0)[0].time_s for d in distances])
        for phase in "PS"
    )
    assert np.all(np.diff(p) > 0) and np.all(np.diff(s) > 0)
    assert np.all((s / p > 1.7) & (s / p < 1.85))
