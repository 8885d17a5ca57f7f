"""Rays in flat layers: arrival times, take-off and incidence angles, attenuation times."""

import math
from collections.abc import Iterator
from dataclasses import astuple, dataclass

import numpy as np

from deepquake.earth.geo import Floats
from deepquake.earth.travel_times import ray_through, thickness_km
from deepquake.tools.demo.network import LAYERS

BISECTIONS = 60
TOPS_KM, _VP, _VS, _QP, _QS = np.array([astuple(layer) for layer in LAYERS]).T
VELOCITIES, QUALITIES = {"P": _VP, "S": _VS}, {"P": _QP, "S": _QS}


@dataclass(frozen=True)
class Ray:
    """One arrival of P or S.

    time_s is the travel time, slowness the horizontal one in s/km, path_km the length of the
    path, attenuation_s is t* (travel time over Q summed along the path), takeoff in degrees from
    straight down, head tells a head wave from a direct one.
    """

    phase: str
    head: bool
    time_s: float
    slowness: float
    path_km: float
    attenuation_s: float
    takeoff: float


def trace(phase: str, distance_km: float, depth_km: float, elevation_m: float) -> list[Ray]:
    """Return the direct ray and every head wave of a phase through the network's layers.

    A head wave travels along the top of each faster layer below the source and exists beyond its
    critical distance.

    Parameters
    ----------
    phase : str
        'P' or 'S'.
    distance_km, depth_km : float
        Epicentral distance and depth of the source below sea level (km).
    elevation_m : float
        Elevation of the station (m above sea level).

    Returns
    -------
    list of Ray
        The earliest first.
    """
    up_km = thickness_km(TOPS_KM, -elevation_m / 1000, depth_km)
    direct = _direct_ray(phase, distance_km, up_km)
    heads = _head_waves(phase, distance_km, up_km=up_km, depth_km=depth_km)
    return sorted([direct, *heads], key=lambda ray: ray.time_s)


def _sums(phase: str, slowness: float, height_km: Floats) -> Floats:
    """Return distance (km), time (s), length (km) and t* (s) of a ray across layers."""
    distance_km, time_s, path_km = ray_through(height_km, VELOCITIES[phase], slowness)
    return np.array([distance_km, time_s, path_km, time_s / QUALITIES[phase]]).sum(axis=1)


def _direct_ray(phase: str, distance_km: float, up_km: Floats) -> Ray:
    """Find by bisection the slowness with which the upgoing ray reaches the station."""
    crossed = np.flatnonzero(up_km)
    low, high = 0.0, float(1 / VELOCITIES[phase][crossed].max())
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        if _sums(phase, middle, up_km)[0] < distance_km:
            low = middle
        else:
            high = middle
    _, time_s, path_km, attenuation_s = _sums(phase, low, up_km).tolist()
    sine = min(1.0, low * float(VELOCITIES[phase][crossed[-1]]))
    takeoff = 180 - math.degrees(math.asin(sine))
    return Ray(
        phase,
        head=False,
        time_s=time_s,
        slowness=low,
        path_km=path_km,
        attenuation_s=attenuation_s,
        takeoff=takeoff,
    )


def _head_waves(phase: str, distance_km: float, up_km: Floats, depth_km: float) -> Iterator[Ray]:
    """Yield the wave along the top of each layer below the source, where it exists."""
    velocities, qualities = VELOCITIES[phase], QUALITIES[phase]
    for refractor in np.flatnonzero(depth_km < TOPS_KM).tolist():
        down_km = thickness_km(TOPS_KM, depth_km, TOPS_KM[refractor])
        velocity = float(velocities[refractor])
        if velocity <= velocities[(up_km > 0) | (down_km > 0)].max():
            continue
        slowness = 1 / velocity
        # down to the refractor, and up again through the same layers and those above the source
        down, up = (_sums(phase, slowness, height_km) for height_km in (down_km, up_km))
        distance, time_s, path_km, attenuation_s = (down + down + up).tolist()
        along_km = distance_km - distance
        if along_km < 0:
            continue
        at_source = float(velocities[np.flatnonzero(down_km)[0]])
        yield Ray(
            phase,
            head=True,
            time_s=time_s + along_km / velocity,
            slowness=slowness,
            path_km=path_km + along_km,
            attenuation_s=attenuation_s + along_km / velocity / float(qualities[refractor]),
            takeoff=math.degrees(math.asin(slowness * at_source)),
        )
