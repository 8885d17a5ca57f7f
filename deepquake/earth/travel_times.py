"""Travel times of P and S: at one mean velocity, or through a model of velocity over depth.

A model is cut into thin flat layers; the first arrival is the earliest of the direct ray and of
the head waves along the top of every deeper, faster layer, which stand for the rays that turn
there (Lay and Wallace, Modern Global Seismology, chapter 3). Flat layers serve to a few hundred km.
Times are tabled once per station height over distance and depth, and interpolated.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from deepquake.core.errors import DeepQuakeError, at
from deepquake.core.files import decode_text, read_bytes, table_rows
from deepquake.core.settings import ArrivalSettings
from deepquake.earth.geo import Floats

# Spellings of the columns of a model.
POINT_COLUMNS, LAYER_COLUMNS = ("depth", "depth_km", "z"), ("top", "top_km", "layer_top")
VP_COLUMNS, VS_COLUMNS = ("vp", "vp_km_s"), ("vs", "vs_km_s")
LEAST_VP_KM_S, GREATEST_VP_KM_S = 0.2, 15.0  # of any rock, soil or ice
# What the mean velocity of P along a straight line can be, up to 500 km: through IASP91 up to 8.1
# km/s from a source in the uppermost 300 km, and 9.0 from below (Kennett and Engdahl, 1991).
SLOWEST_KM_S, FASTEST_KM_S, FASTEST_DEEP_KM_S, DEEP_KM = 5.0, 8.5, 9.3, 300.0
# What a layered model leaves open: models of one crust differ by some per cent, and none knows
# what changes sideways. One without a mantle says nothing of what comes through it.
MODEL_ERROR, MANTLE_KM_S, MANTLE_FROM_KM = 0.1, 7.6, 100.0
THIN_KM = 0.25  # layers into which a gradient is cut
RAYS = 100
LEAST_COSINE = 1e-6  # of a ray's angle from the vertical: no ray is quite level
# Nodes of the tables, in km: closer where times bend most.
TABLE_DISTANCES_KM = np.concatenate(
    [np.arange(0, 20, 1.0), np.arange(20, 120, 2.5), np.arange(120, 501, 10.0), [1000.0, 2000.0]]
)
TABLE_DEPTHS_KM = np.concatenate(
    [np.arange(-5, 20, 0.5), np.arange(20, 50, 2.0), np.arange(50, 151, 10.0), [300.0, 700.0]]
)


@dataclass(frozen=True)
class MeanVelocity:
    """The travel time along a straight ray at one velocity, in km/h."""

    km_per_h: float

    def __call__(self, distance_km: ArrayLike, depth_km: ArrayLike, elevation_m: float) -> Floats:
        """Return the travel times of P.

        Parameters
        ----------
        distance_km, depth_km : array_like of float
            Epicentral distances and depths of the sources (km).
        elevation_m : float
            Elevation of the station (m above sea level).

        Returns
        -------
        numpy.ndarray of float
            Seconds.
        """
        return _straight_km(distance_km, depth_km, elevation_m) / (self.km_per_h / 3600)

    def bounds(
        self, distance_km: ArrayLike, depth_km: ArrayLike, elevation_m: float
    ) -> tuple[Floats, Floats]:
        """Return the shortest and the longest time that P can take, whatever its velocity.

        Parameters
        ----------
        distance_km, depth_km : array_like of float
            Epicentral distances up to 500 km, and depths of the sources (km).
        elevation_m : float
            Elevation of the station (m above sea level).

        Returns
        -------
        tuple of numpy.ndarray of float
            Seconds.
        """
        longest = _straight_km(distance_km, depth_km, elevation_m) / SLOWEST_KM_S
        times = self(distance_km, depth_km, elevation_m)
        shortest = _shortest_s(distance_km, depth_km, elevation_m)
        return np.minimum(shortest, times), np.maximum(longest, times)


def _straight_km(distance_km: ArrayLike, depth_km: ArrayLike, elevation_m: float) -> Floats:
    return np.hypot(distance_km, np.asarray(depth_km, float) + elevation_m / 1000)


def _shortest_s(distance_km: ArrayLike, depth_km: ArrayLike, elevation_m: float) -> Floats:
    fastest = np.where(np.asarray(depth_km) > DEEP_KM, FASTEST_DEEP_KM_S, FASTEST_KM_S)
    return _straight_km(distance_km, depth_km, elevation_m) / fastest


@lru_cache(maxsize=1)
def choose_travel_time(settings: ArrivalSettings) -> "MeanVelocity | ModelTravelTime":
    """Return the P travel time: through the velocity model where given, else by mean velocity."""
    if settings.velocity_model_path:
        return ModelTravelTime(read_model(settings.velocity_model_path))
    return MeanVelocity(settings.mean_velocity)


def choose_s_travel_time(
    settings: ArrivalSettings, vp_vs_ratio: float
) -> "MeanVelocity | ModelTravelTime":
    """Return the S travel time that goes with ``choose_travel_time``.

    Parameters
    ----------
    settings : ArrivalSettings
        The velocity model, or the mean velocity of P.
    vp_vs_ratio : float
        Vp over Vs, where the model has no ``vs``.
    """
    if settings.velocity_model_path:
        return ModelTravelTime(read_model(settings.velocity_model_path, s_ratio=vp_vs_ratio))
    return MeanVelocity(settings.mean_velocity / vp_vs_ratio)


@dataclass(frozen=True)
class Model:
    """Thin layers: top of each in km below sea level (rising) and its Vp, or Vs, in km/s.

    The first layer reaches up to any height, the last one down to any depth.
    """

    top_km: tuple[float, ...]
    velocity_km_s: tuple[float, ...]


def read_model(path: Path | str, s_ratio: float | None = None) -> Model:
    """Return the model of a CSV file: a depth in km below sea level and ``vp`` in km/s per line.

    A first column named ``depth`` gives the velocity at that depth, linear in between; two lines
    of one depth are a step. A first column named ``top`` gives layers of one velocity, from that
    depth down. A column ``vs`` is that of S, further columns are passed over.

    Parameters
    ----------
    path : Path or str
        The file.
    s_ratio : float, optional
        Where given the model is that of S, and this is Vp over Vs where the file has no ``vs``.

    Raises
    ------
    DeepQuakeError
        Naming file and line, where depths decrease or a value makes no sense.
    """
    header, rows = table_rows(decode_text(read_bytes(path)))
    columns = POINT_COLUMNS + LAYER_COLUMNS
    depth_column = next((header.index(name) for name in columns if name in header), None)
    vp_column = next((header.index(name) for name in VP_COLUMNS if name in header), None)
    vs_column = next((header.index(name) for name in VS_COLUMNS if name in header), None)
    if depth_column is None or vp_column is None:
        header_line = "depth,vp (points) or top,vp (layers)"
        raise DeepQuakeError(f"{path}, line 1: a velocity model has the header {header_line}")
    points: list[tuple[float, float]] = []
    for line, row in rows:
        where = at(path, line)
        try:
            depth, vp = float(row[depth_column]), float(row[vp_column])
        except (ValueError, IndexError):
            message = f"{where}: is not a depth and a velocity: {','.join(row)}"
            raise DeepQuakeError(message) from None
        if not LEAST_VP_KM_S <= vp <= GREATEST_VP_KM_S:
            raise DeepQuakeError(f"{where}: vp of {vp:g} is not a velocity of P in km/s")
        velocity = vp
        if s_ratio is not None:
            vs = row[vs_column].strip() if vs_column is not None and vs_column < len(row) else ""
            velocity = _vs_below(vp, vs, where=where) if vs else vp / s_ratio
        if points and not depth >= points[-1][0]:
            before = f"the depth {depth:g} km is above that of the line before"
            raise DeepQuakeError(f"{where}: {before}")
        points.append((depth, velocity))
    if not points:
        raise DeepQuakeError(f"{path}: holds no velocities below its header")
    layers = points if header[depth_column] in LAYER_COLUMNS else _thin(points)
    tops_km, velocities_km_s = zip(*layers, strict=True)
    return Model(tops_km, velocities_km_s)


def _vs_below(vp: float, text: str, where: str) -> float:
    try:
        vs = float(text)
    except ValueError:
        vs = np.nan
    if not 0 < vs < vp:
        raise DeepQuakeError(
            f"{where}: vs of {text} is not a velocity of S in km/s below a vp of {vp:g}: correct "
            "it, or leave it empty for vp / vp_vs_ratio"
        )
    return vs


@dataclass(frozen=True)
class ModelTravelTime:
    """The travel time of the first P through a model, as a function that processes can share."""

    model: Model

    def __call__(self, distance_km: ArrayLike, depth_km: ArrayLike, elevation_m: float) -> Floats:
        """Return the travel times of P.

        Parameters
        ----------
        distance_km, depth_km : array_like of float
            Epicentral distances and depths of the sources (km).
        elevation_m : float
            Elevation of the station (m above sea level).

        Returns
        -------
        numpy.ndarray of float
            Seconds.
        """
        receiver_km = -elevation_m / 1000
        distance, depth = np.broadcast_arrays(np.asarray(distance_km, float), depth_km)
        slowness = _mean_slowness(self.model, receiver_km)
        nodes = (
            np.clip(depth, TABLE_DEPTHS_KM[0], TABLE_DEPTHS_KM[-1]),
            np.clip(distance, TABLE_DISTANCES_KM[0], TABLE_DISTANCES_KM[-1]),
        )
        return np.hypot(distance, depth - receiver_km) * slowness(nodes)

    def bounds(
        self, distance_km: ArrayLike, depth_km: ArrayLike, elevation_m: float
    ) -> tuple[Floats, Floats]:
        """Return the shortest and the longest time that P can take if the model is about right.

        Parameters
        ----------
        distance_km, depth_km : array_like of float
            Epicentral distances up to 500 km, and depths of the sources (km).
        elevation_m : float
            Elevation of the station (m above sea level).

        Returns
        -------
        tuple of numpy.ndarray of float
            Seconds.
        """
        times = self(distance_km, depth_km, elevation_m)
        shortest, longest = times * (1 - MODEL_ERROR), times * (1 + MODEL_ERROR)
        if max(self.model.velocity_km_s) < MANTLE_KM_S:
            through_mantle = np.asarray(distance_km) > MANTLE_FROM_KM
            fastest = _shortest_s(distance_km, depth_km, elevation_m)
            shortest = np.where(through_mantle, np.minimum(shortest, fastest), shortest)
        return shortest, longest


def first_arrivals(
    model: Model, distance_km: Floats, source_km: float, receiver_km: float
) -> Floats:
    """Return the travel times of the first P.

    Parameters
    ----------
    model : Model
        The layers.
    distance_km : numpy.ndarray of float, shape (n,)
        Epicentral distances (km).
    source_km, receiver_km : float
        Depths of source and station (km below sea level).

    Returns
    -------
    numpy.ndarray of float, shape (n,)
        Seconds.
    """
    top, velocity = np.array(model.top_km), np.array(model.velocity_km_s)
    upper, lower = min(source_km, receiver_km), max(source_km, receiver_km)
    times = _direct_times(thickness_km(top, upper, lower), velocity, distance_km)
    level = velocity[np.searchsorted(top[1:], upper, side="right")]
    times = distance_km / level if upper == lower else times
    heads = _head_wave_times(top, velocity, upper_km=upper, lower_km=lower, distance_km=distance_km)
    return np.minimum(times, heads)


def thickness_km(top_km: Floats, upper_km: float, lower_km: ArrayLike) -> Floats:
    """Return how much of each layer lies between two depths.

    Parameters
    ----------
    top_km : numpy.ndarray of float, shape (n,)
        Tops of the layers (km below sea level, rising); the first layer has no upper end.
    upper_km : float
        The smaller depth (km below sea level).
    lower_km : float or array_like of float, shape (m, 1)
        The greater depth, or several.

    Returns
    -------
    numpy.ndarray of float, shape (n,) or (m, n)
        Thickness (km), 0 where a layer lies outside.
    """
    bottom = np.append(top_km[1:], np.inf)
    begin = np.concatenate([[-np.inf], top_km[1:]])
    return np.maximum(np.minimum(lower_km, bottom) - np.maximum(upper_km, begin), 0.0)


def ray_through(
    height_km: Floats,
    velocity_km_s: Floats,
    slowness: float | Floats,
    least_cosine: float | Floats = LEAST_COSINE,
) -> tuple[Floats, Floats, Floats]:
    """Return what a ray covers in each flat layer that it crosses (Snell's law).

    Parameters
    ----------
    height_km, velocity_km_s : numpy.ndarray of float, shape (n,)
        Thickness crossed (km) and velocity (km/s) of each layer.
    slowness : float or numpy.ndarray of float, shape (m, 1)
        Horizontal slowness of the ray, or of several (s/km).
    least_cosine : float or numpy.ndarray of float, shape (m, 1)
        The least cosine of the angle from the vertical: what is below it is rounding.

    Returns
    -------
    tuple of numpy.ndarray, shape (n,) or (m, n)
        Horizontal distance (km), time (s) and length of the path (km) in each layer.
    """
    sine = slowness * velocity_km_s
    cosine = np.sqrt(np.maximum(1 - sine * sine, np.square(least_cosine)))
    path_km = height_km / cosine
    return path_km * sine, path_km / velocity_km_s, path_km


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
def _mean_slowness(model: Model, receiver_km: float) -> Callable[[tuple[Floats, Floats]], Floats]:
    """Return seconds per km of straight distance over (depth, distance): smooth to interpolate."""
    from scipy.interpolate import RegularGridInterpolator  # slow to import: only with a model

    # A source a metre beside the receiver's depth has a ray that can be told.
    beside = np.abs(TABLE_DEPTHS_KM - receiver_km) < 1e-3
    depths = np.where(beside, receiver_km + 1e-3, TABLE_DEPTHS_KM)
    distances = np.maximum(TABLE_DISTANCES_KM, 1e-6)
    table = [
        first_arrivals(model, distances, source_km=depth, receiver_km=receiver_km)
        / np.hypot(distances, depth - receiver_km)
        for depth in depths
    ]
    return RegularGridInterpolator((TABLE_DEPTHS_KM, TABLE_DISTANCES_KM), np.array(table))


def _direct_times(height: Floats, velocity: Floats, distance: Floats) -> Floats:
    """Return the times of the ray that crosses the layers without turning, from a fan of rays."""
    from scipy.interpolate import CubicHermiteSpline

    height, velocity = height[height > 0], velocity[height > 0]
    if not len(height):
        return np.zeros_like(distance)
    fastest = velocity.max()
    # By the tangent of the angle in the fastest layer, which grows with distance without bound.
    farthest = distance.max() / height[velocity == fastest].sum()
    reach = np.geomspace(1e-3, max(1.0, 1.01 * farthest), RAYS)
    tangent = np.concatenate([[0.0], reach])
    slowness = tangent / np.sqrt(1 + tangent**2) / fastest
    least_cosine = 1 / np.sqrt(1 + tangent**2)
    reached_km, times, _ = ray_through(
        height, velocity, slowness[:, None], least_cosine=least_cosine[:, None]
    )
    # The slowness of a ray is the slope of time over distance.
    return CubicHermiteSpline(reached_km.sum(axis=1), times.sum(axis=1), slowness)(distance)


def _head_wave_times(
    top: Floats, velocity: Floats, upper_km: float, lower_km: float, distance_km: Floats
) -> Floats:
    """Return the times of the first wave along the top of a layer; infinite where there is none."""
    layers = np.arange(max(1, int(np.searchsorted(top, lower_km))), len(top))
    tops = top[layers, None]
    height = thickness_km(top, upper_km, tops) + thickness_km(top, lower_km, tops)
    slowness = 1 / velocity[layers, None]
    exists = ~((height > 0) & (velocity * slowness >= 1)).any(axis=1)
    height, slowness = height[exists], slowness[exists]
    if not len(slowness):
        return np.full_like(distance_km, np.inf)
    crossed_km, crossing_s, _ = ray_through(height, velocity, slowness)
    critical_km = crossed_km.sum(axis=1, keepdims=True)
    along_km = distance_km - critical_km
    times = crossing_s.sum(axis=1, keepdims=True) + along_km * slowness
    return np.where(along_km >= 0, times, np.inf).min(axis=0)
