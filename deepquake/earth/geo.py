"""Geometry on a spherical Earth: distances, lines and polygons.

Latitudes and longitudes are degrees, depths and distances kilometres. Every function takes arrays
as well as numbers, and none minds the antimeridian: 179.9 and -180.1 are the same longitude.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

# mean radius of the Earth, (2a + b) / 3 of WGS84 (IUGG)
EARTH_RADIUS_KM = 6371.0088
KM_PER_DEGREE = 111.195  # of a great circle of that radius
# a point this near to a line or an edge is on it: a tenth of a millimetre, or 1e-12 degrees
ON_LINE_KM = 1e-7
ON_EDGE_DEG = 1e-12


def distance_km(lat1: ArrayLike, lon1: ArrayLike, lat2: ArrayLike, lon2: ArrayLike) -> Floats:
    """Return the great-circle distance between points at the surface (haversine formula).

    Parameters
    ----------
    lat1, lon1, lat2, lon2 : array_like of float
        Latitude and longitude of the points (degrees); shapes are broadcast.

    Returns
    -------
    numpy.ndarray of float
        Distances (km).
    """
    phi1, phi2 = np.radians(lat1), np.radians(lat2)
    half_lat = (phi2 - phi1) / 2
    half_lon = np.radians(np.subtract(lon2, lon1)) / 2
    h = np.sin(half_lat) ** 2 + np.cos(phi1) * np.cos(phi2) * np.sin(half_lon) ** 2
    return 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.minimum(h, 1.0)))


def cartesian_km(lat: ArrayLike, lon: ArrayLike, depth_km: ArrayLike = 0.0) -> Floats:
    """Return places as x, y, z from the Earth's centre.

    Parameters
    ----------
    lat, lon : array_like of float
        Latitude and longitude (degrees).
    depth_km : array_like of float
        Depth below the surface (km).

    Returns
    -------
    numpy.ndarray of float, shape (..., 3)
        Kilometres; z points to the north pole, x to latitude and longitude 0.
    """
    phi, lam = np.radians(lat), np.radians(lon)
    radius = EARTH_RADIUS_KM - np.asarray(depth_km, dtype=float)
    x, y, z = np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)
    return np.stack(np.broadcast_arrays(radius * x, radius * y, radius * z), axis=-1)


def geographic(xyz_km: ArrayLike) -> tuple[Floats, Floats, Floats]:
    """Return latitude, longitude (-180 to 180) and depth of places given as x, y, z in km."""
    xyz = np.asarray(xyz_km, dtype=float)
    x, y, z = np.moveaxis(xyz, -1, 0)
    lat = np.degrees(np.arctan2(z, np.hypot(x, y)))
    return lat, np.degrees(np.arctan2(y, x)), EARTH_RADIUS_KM - np.linalg.norm(xyz, axis=-1)


def left_of_line_km(lat: ArrayLike, lon: ArrayLike, line: Sequence[float]) -> Floats:
    """Return how far each point is to the left of a line.

    Left is the left hand of one who looks from the line's first point to its second.

    Parameters
    ----------
    lat, lon : array_like of float
        The points (degrees).
    line : sequence of float
        lat1, lon1, lat2, lon2: the line is the whole great circle through its two points.

    Returns
    -------
    numpy.ndarray of float
        Kilometres, negative to the right, 0 within a tenth of a millimetre of the line.
    """
    off = EARTH_RADIUS_KM * np.arcsin(np.clip(_unit(lat, lon) @ _normal(line), -1.0, 1.0))
    return np.where(np.abs(off) < ON_LINE_KM, 0.0, off)


def segment_distance_km(lat: ArrayLike, lon: ArrayLike, line: Sequence[float]) -> Floats:
    """Return the great-circle distance of each point from a segment.

    Parameters
    ----------
    lat, lon : array_like of float
        The points (degrees).
    line : sequence of float
        lat1, lon1, lat2, lon2: the ends of the segment.

    Returns
    -------
    numpy.ndarray of float
        Distances (km).
    """
    point, normal = _unit(lat, lon), _normal(line)
    begin, end = _unit(*line[:2]), _unit(*line[2:])
    beside = (point @ np.cross(normal, begin) >= 0) & (point @ np.cross(end, normal) >= 0)
    to_line = EARTH_RADIUS_KM * np.abs(np.arcsin(np.clip(point @ normal, -1.0, 1.0)))
    lat1, lon1, lat2, lon2 = line
    to_first = distance_km(lat1=lat, lon1=lon, lat2=lat1, lon2=lon1)
    to_second = distance_km(lat1=lat, lon1=lon, lat2=lat2, lon2=lon2)
    return np.where(beside, to_line, np.minimum(to_first, to_second))


def in_polygon(lat: ArrayLike, lon: ArrayLike, rings: Sequence[Floats]) -> NDArray[np.bool_]:
    """Return whether each point is inside a polygon or on its edge.

    A point is inside if an odd number of rings surround it, so a ring within another is a hole.
    Edges are straight on a map of longitude against latitude (RFC 7946) and take the short way
    round.

    Parameters
    ----------
    lat, lon : array_like of float
        The points (degrees).
    rings : sequence of numpy.ndarray, shape (n, 2)
        Latitude and longitude of the corners (degrees), the first one not repeated.

    Returns
    -------
    numpy.ndarray of bool
        Of the shape of the points.
    """
    lat, lon = np.broadcast_arrays(np.asarray(lat, float), np.asarray(lon, float))
    inside = np.zeros(lat.shape, dtype=bool)
    edge = np.zeros(lat.shape, dtype=bool)
    for ring in rings:
        y, x = ring[:, 0], np.unwrap(ring[:, 1], period=360.0)
        px = wrap_longitude(lon, (x.min() + x.max()) / 2)
        for y1, x1, y2, x2 in zip(y, x, np.roll(y, -1), np.roll(x, -1), strict=True):
            cross = (x2 - x1) * (lat - y1) - (y2 - y1) * (px - x1)
            along = (px - x1) * (x2 - x1) + (lat - y1) * (y2 - y1)
            square = (x2 - x1) ** 2 + (y2 - y1) ** 2
            near = np.abs(cross) <= ON_EDGE_DEG * max(1.0, math.sqrt(square))
            edge |= near & (along >= -ON_EDGE_DEG) & (along <= square + ON_EDGE_DEG)
            # the edge crosses the point's latitude, and does so to its east
            crosses = (y1 > lat) != (y2 > lat)
            inside ^= crosses & ((cross > 0) == (y2 > y1))
    return inside | edge


def wrap_longitude(lon: ArrayLike, centre: float) -> Floats:
    """Return the same longitudes as numbers around another one.

    Parameters
    ----------
    lon : array_like of float
        Longitudes (degrees).
    centre : float
        The longitude in the middle (degrees).

    Returns
    -------
    numpy.ndarray of float
        From ``centre`` - 180 to ``centre`` + 180 degrees.
    """
    lon = np.asarray(lon, dtype=float)
    return lon - 360.0 * np.round((lon - centre) / 360.0)


def middle(lat: ArrayLike, lon: ArrayLike) -> tuple[float, float]:
    """Return the middle of some points: their mean position in space, seen from the centre.

    Parameters
    ----------
    lat, lon : array_like of float
        The points (degrees).

    Returns
    -------
    tuple of float
        Latitude and longitude (degrees).
    """
    mean = cartesian_km(lat, lon).reshape(-1, 3).mean(axis=0)
    mid_lat, mid_lon, _ = geographic(mean)
    return float(mid_lat), float(mid_lon)


def map_aspect(lat: float) -> float:
    """Return how much longer a degree of latitude is than one of longitude at ``lat``.

    It is the aspect for Matplotlib's axes that makes a kilometre as long both ways there.
    """
    return 1.0 / max(math.cos(math.radians(lat)), 0.01)


def _unit(lat: ArrayLike, lon: ArrayLike) -> Floats:
    return cartesian_km(lat, lon) / EARTH_RADIUS_KM


def _normal(line: Sequence[float]) -> Floats:
    """Return the unit vector that points to the left of the line's great circle."""
    normal = np.cross(_unit(*line[:2]), _unit(*line[2:]))
    return normal / np.linalg.norm(normal)
