"""Travel times of P through a model in which the velocity depends on depth alone.

The model is cut into thin flat layers; the first arrival is the earliest of the direct ray and of
the head waves along the top of every deeper, faster layer, which stand for the rays that turn
there (Lay and Wallace, Modern Global Seismology, chapter 3). Flat layers serve to a few hundred km.
Times are tabled once per station height over distance and depth, and interpolated.
"""

import csv
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import CubicHermiteSpline, RegularGridInterpolator

from deepquake.core.errors import DeepQuakeError, at
from deepquake.earth.arrivals import TravelTime

Floats = NDArray[np.float64]

POINTS, LAYERS = ("depth", "depth_km", "z"), ("top", "top_km", "layer_top")
VELOCITY = ("vp", "vp_km_s")
SLOWEST_KM_S, FASTEST_KM_S = 0.2, 15.0  # of any rock, soil or ice
THIN_KM = 0.25  # layers into which a gradient is cut
RAYS = 100
# Nodes of the tables, in km: closer where times bend most.
DISTANCES_KM = np.concatenate(
    [np.arange(0, 20, 1.0), np.arange(20, 120, 2.5), np.arange(120, 501, 10.0), [1000.0, 2000.0]]
)
DEPTHS_KM = np.concatenate(
    [np.arange(-5, 20, 0.5), np.arange(20, 50, 2.0), np.arange(50, 151, 10.0), [300.0, 700.0]]
)


@dataclass(frozen=True)
class Model:
    """Thin layers: top of each in km below sea level (rising) and its Vp in km/s.

    The first layer reaches up to any height, the last one down to any depth.
    """

    top_km: tuple[float, ...]
    vp_km_s: tuple[float, ...]


def read_model(path: Path | str) -> Model:
    """Return the model of a CSV file: a depth in km below sea level and ``vp`` in km/s per line.

    A first column named ``depth`` gives the velocity at that depth, linear in between; two lines
    of one depth are a step. A first column named ``top`` gives layers of one velocity, from that
    depth down. Further columns are passed over. Raises DeepQuakeError, naming file and line, where
    depths decrease or a value makes no sense.
    """
    path = Path(path)
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DeepQuakeError(f"{path}: cannot be read as a velocity model: {error}") from None
    rows = csv.reader(lines, skipinitialspace=True)
    header = [name.strip().lower() for name in next(rows, [])]
    depth_column = next((header.index(n) for n in POINTS + LAYERS if n in header), None)
    vp_column = next((header.index(n) for n in VELOCITY if n in header), None)
    if depth_column is None or vp_column is None:
        raise DeepQuakeError(
            f"{path}, line 1: a velocity model has the header depth,vp (points) or top,vp (layers)"
        )
    points: list[tuple[float, float]] = []
    for row in rows:
        if not "".join(row).strip() or row[0].startswith("#"):
            continue
        where = at(path, rows.line_num)
        try:
            depth, vp = float(row[depth_column]), float(row[vp_column])
        except (ValueError, IndexError):
            raise DeepQuakeError(f"{where}: is no depth and velocity: {','.join(row)}") from None
        if not SLOWEST_KM_S <= vp <= FASTEST_KM_S:
            raise DeepQuakeError(f"{where}: vp of {vp:g} is no velocity of P in km/s")
        if points and not depth >= points[-1][0]:
            raise DeepQuakeError(
                f"{where}: the depth {depth:g} km is above that of the line before"
            )
        points.append((depth, vp))
    if not points:
        raise DeepQuakeError(f"{path}: holds no velocities below its header")
    return Model(*zip(*(points if header[depth_column] in LAYERS else _thin(points)), strict=True))


def model_travel_time(path: Path | str) -> TravelTime:
    """Return the travel time of the first P through the model of a CSV file."""
    return ModelTravelTime(read_model(path))


@dataclass(frozen=True)
class ModelTravelTime:
    """The travel time of the first P through a model, as a function that processes can share."""

    model: Model

    def __call__(self, distance_km: ArrayLike, depth_km: ArrayLike, elevation_m: float) -> Floats:
        """Return seconds over epicentral distance (km), depth (km) and station elevation (m)."""
        receiver_km = -elevation_m / 1000
        distance, depth = np.broadcast_arrays(np.asarray(distance_km, float), depth_km)
        slowness = _mean_slowness(self.model, receiver_km)
        nodes = (
            np.clip(depth, DEPTHS_KM[0], DEPTHS_KM[-1]),
            np.clip(distance, DISTANCES_KM[0], DISTANCES_KM[-1]),
        )
        return np.hypot(distance, depth - receiver_km) * slowness(nodes)


def first_arrivals(
    model: Model, distance_km: Floats, source_km: float, receiver_km: float
) -> Floats:
    """Return seconds of the first P at distances (n), between two depths in km below sea level."""
    top, velocity = np.array(model.top_km), np.array(model.vp_km_s)
    upper, lower = min(source_km, receiver_km), max(source_km, receiver_km)
    times = _direct(_thickness(top, upper, lower), velocity, distance_km)
    level = velocity[np.searchsorted(top[1:], upper, side="right")]
    times = distance_km / level if upper == lower else times
    return np.minimum(times, _head_waves(top, velocity, upper, lower, distance_km))


def _thin(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Cut the linear velocity between points into thin layers of its mean velocity."""
    layers = []
    for (top, v_top), (bottom, v_bottom) in zip(points, points[1:], strict=False):
        n_layers = int(np.ceil((bottom - top) / THIN_KM)) if v_top != v_bottom else 1
        for k in range(n_layers if bottom > top else 0):
            share = (k + 0.5) / n_layers
            layers.append((top + k / n_layers * (bottom - top), v_top + share * (v_bottom - v_top)))
    return [*layers, points[-1]]


@lru_cache(maxsize=256)
def _mean_slowness(model: Model, receiver_km: float) -> RegularGridInterpolator:
    """Return seconds per km of straight distance over (depth, distance): smooth to interpolate."""
    # A source a metre beside the receiver's depth has a ray that can be told.
    depths = np.where(np.abs(DEPTHS_KM - receiver_km) < 1e-3, receiver_km + 1e-3, DEPTHS_KM)
    distances = np.maximum(DISTANCES_KM, 1e-6)
    table = [
        first_arrivals(model, distances, depth, receiver_km)
        / np.hypot(distances, depth - receiver_km)
        for depth in depths
    ]
    return RegularGridInterpolator((DEPTHS_KM, DISTANCES_KM), np.array(table))


def _thickness(top: Floats, upper: float, lower: ArrayLike) -> Floats:
    """Return how much (km) of each layer lies between two depths; ``lower`` may be a column."""
    bottom = np.append(top[1:], np.inf)
    begin = np.concatenate([[-np.inf], top[1:]])
    return np.maximum(np.minimum(lower, bottom) - np.maximum(upper, begin), 0.0)


def _direct(height: Floats, velocity: Floats, distance: Floats) -> Floats:
    """Return the times of the ray that crosses the layers without turning, from a fan of rays."""
    height, velocity = height[height > 0], velocity[height > 0]
    if not len(height):
        return np.zeros_like(distance)
    fastest = velocity.max()
    # By the tangent of the angle in the fastest layer, which grows with distance without bound.
    farthest = distance.max() / height[velocity == fastest].sum()
    reach = np.geomspace(1e-3, max(1.0, 1.01 * farthest), RAYS)
    tangent = np.concatenate([[0.0], reach])
    slowness = tangent / np.sqrt(1 + tangent**2) / fastest
    sine = slowness[:, None] * velocity
    cosine = np.sqrt(np.maximum(1 - sine**2, 1 / (1 + tangent[:, None] ** 2)))
    reached = (height * sine / cosine).sum(axis=1)
    times = (height / velocity / cosine).sum(axis=1)
    # The slowness of a ray is the slope of time over distance.
    return CubicHermiteSpline(reached, times, slowness)(distance)


def _head_waves(
    top: Floats, velocity: Floats, upper: float, lower: float, distance: Floats
) -> Floats:
    """Return the times of the first wave along the top of a layer; infinite where there is none."""
    layers = np.arange(max(1, int(np.searchsorted(top, lower))), len(top))
    tops = top[layers, None]
    height = _thickness(top, upper, tops) + _thickness(top, lower, tops)
    slowness = 1 / velocity[layers, None]
    sine = velocity * slowness
    exists = ~((height > 0) & (sine >= 1)).any(axis=1)
    height, slowness, sine = height[exists], slowness[exists], sine[exists]
    if not len(slowness):
        return np.full_like(distance, np.inf)
    cosine = np.sqrt(1 - np.where(height > 0, sine, 0.0) ** 2)
    critical = (height * sine / cosine).sum(axis=1, keepdims=True)
    times = distance * slowness + (height * cosine / velocity).sum(axis=1, keepdims=True)
    return np.where(distance >= critical, times, np.inf).min(axis=0)
