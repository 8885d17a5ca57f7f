"""Rays in flat layers: arrival times, take-off and incidence angles, attenuation times."""

import math
from dataclasses import dataclass

from deepquake.tools.demo.network import LAYERS, Layer

BISECTIONS = 60


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
    """Return the direct ray and every head wave of ``phase`` ('P' or 'S'), earliest first.

    Source at depth_km below sea level, station at elevation_m above it, the network's layers
    between. A head wave travels along the top of each faster layer below the source and exists
    beyond its critical distance.
    """
    legs = _between(-elevation_m / 1000, depth_km)
    rays = [_direct(phase, distance_km, legs, depth_km)]
    for number, refractor in enumerate(LAYERS):
        if refractor.top_km > depth_km:
            ray = _head(phase, distance_km, legs, depth_km, LAYERS[: number + 1])
            if ray:
                rays.append(ray)
    return sorted(rays, key=lambda ray: ray.time_s)


def first_time(phase: str, distance_km: float, depth_km: float, elevation_m: float) -> float:
    """Return the travel time in s of the first arrival of ``phase``."""
    return trace(phase, distance_km, depth_km, elevation_m)[0].time_s


def _between(upper_km: float, lower_km: float) -> list[tuple[Layer, float]]:
    """Return the layers crossed between two depths and the thickness crossed of each, in km."""
    bottoms = [layer.top_km for layer in LAYERS[1:]] + [math.inf]
    crossed = []
    for layer, bottom in zip(LAYERS, bottoms, strict=True):
        thickness = min(bottom, lower_km) - max(layer.top_km, upper_km)
        if thickness > 0:
            crossed.append((layer, thickness))
    return crossed


def _velocity(layer: Layer, phase: str) -> float:
    return layer.vp if phase == "P" else layer.vs


def _quality(layer: Layer, phase: str) -> float:
    return layer.qp if phase == "P" else layer.qs


def _sums(phase: str, slowness: float, legs: list[tuple[Layer, float]]) -> tuple[float, ...]:
    """Return distance (km), time (s), length (km) and t* (s) of a ray down through ``legs``."""
    distance = time = length = attenuation = 0.0
    for layer, thickness in legs:
        velocity = _velocity(layer, phase)
        sine = slowness * velocity
        cosine = math.sqrt(max(1e-12, 1 - sine * sine))
        leg = thickness / cosine
        distance += leg * sine
        length += leg
        time += leg / velocity
        attenuation += leg / velocity / _quality(layer, phase)
    return distance, time, length, attenuation


def _direct(
    phase: str, distance_km: float, legs: list[tuple[Layer, float]], depth_km: float
) -> Ray:
    """Find by bisection the slowness with which the upgoing ray reaches the station."""
    low, high = 0.0, 1 / max(_velocity(layer, phase) for layer, _ in legs)
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        if _sums(phase, middle, legs)[0] < distance_km:
            low = middle
        else:
            high = middle
    _, time, length, attenuation = _sums(phase, low, legs)
    sine = min(1.0, low * _velocity(legs[-1][0], phase))
    return Ray(phase, False, time, low, length, attenuation, 180 - math.degrees(math.asin(sine)))


def _head(
    phase: str,
    distance_km: float,
    up: list[tuple[Layer, float]],
    depth_km: float,
    layers: tuple[Layer, ...],
) -> Ray | None:
    refractor = layers[-1]
    velocity = _velocity(refractor, phase)
    down = _between(depth_km, refractor.top_km)
    if velocity <= max(_velocity(layer, phase) for layer, _ in up + down):
        return None
    slowness = 1 / velocity
    # down to the refractor, and up again through the same layers and those above the source
    parts = [_sums(phase, slowness, legs) for legs in (down, down, up)]
    distance, time, length, attenuation = (sum(values) for values in zip(*parts, strict=True))
    along = distance_km - distance
    if along < 0:
        return None
    return Ray(
        phase,
        True,
        time + along / velocity,
        slowness,
        length + along,
        attenuation + along / velocity / _quality(refractor, phase),
        math.degrees(math.asin(slowness * _velocity(down[0][0], phase))),
    )
