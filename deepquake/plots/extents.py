"""What a map shows of the world, and how it writes coordinates."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from deepquake.earth import geo

PAD = 0.08
FOOT = 0.08  # more room in the south, for the scale bar


@dataclass(frozen=True)
class Extent:
    """What a map shows, in degrees; longitudes may go beyond 180 across the antimeridian."""

    south: float
    north: float
    west: float
    east: float

    @property
    def middle(self) -> tuple[float, float]:
        """Latitude and longitude of the middle."""
        return (self.south + self.north) / 2, (self.west + self.east) / 2


def extent_of(lat: ArrayLike, lon: ArrayLike) -> Extent:
    """Return what a map of some places shows: all of them, some room, and no narrow strip.

    Parameters
    ----------
    lat, lon : array_like (n)
        In degrees; none gives the world.

    Returns
    -------
    Extent
        At least a kilometre each way.
    """
    lat, lon = np.atleast_1d(np.asarray(lat, float)), np.atleast_1d(np.asarray(lon, float))
    if not lat.size:
        return Extent(south=-80.0, north=80.0, west=-180.0, east=180.0)
    _, mid_lon = geo.middle(lat, lon)
    lon = geo.wrap_longitude(lon, mid_lon)
    mid_lat, mid_lon = (lat.min() + lat.max()) / 2, (lon.min() + lon.max()) / 2
    aspect = geo.map_aspect(mid_lat)
    # half sides in degrees of latitude; at least a kilometre, and no side below 0.7 of the other
    up = max((lat.max() - lat.min()) / 2, 0.01) * (1 + 2 * PAD)
    across = max((lon.max() - lon.min()) / 2 / aspect, 0.01) * (1 + 2 * PAD)
    up, across = max(up, 0.7 * across), max(across, 0.7 * up)
    across = min(across * aspect, 180.0)
    south, north = max(mid_lat - up * (1 + 2 * FOOT), -90.0), min(mid_lat + up, 90.0)
    return Extent(south=south, north=north, west=mid_lon - across, east=mid_lon + across)


def degrees(value: float, sides: str) -> str:
    """Return a coordinate as a map writes it: 10.5°N, 179°W (also for a longitude of 181).

    Parameters
    ----------
    value : float
        Latitude or longitude in degrees.
    sides : str
        'NS' of a latitude, 'EW' of a longitude.

    Returns
    -------
    str
        The side is left out at 0 and 180.
    """
    if sides == "EW":
        value = float(geo.wrap_longitude(value, 0.0))
    side = "" if value in (-180.0, 0.0, 180.0) else sides[int(value < 0)]
    return f"{abs(value):.6g}°{side}"
