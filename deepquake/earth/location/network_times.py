"""Travel times of P and S from anywhere around a network to its stations, from tables.

Places are x (east), y (north) and z (depth below sea level) in km, on the plane that touches the
Earth in the middle of the network: azimuthal equidistant, and good to some hundred km.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deepquake.core.settings import Settings
from deepquake.earth.geo import EARTH_RADIUS_KM, Floats, distance_km, middle
from deepquake.earth.stations import Station
from deepquake.earth.travel_times import (
    MeanVelocity,
    ModelTravelTime,
    choose_s_travel_time,
    choose_travel_time,
)

P, S = 0, 1  # rows of the tables
LEVEL_KM = 0.5  # stations' times are interpolated between tables for heights so far apart
# how far from the network's edge sources are sought, in parts of its width, and how deep
MARGIN, LEAST_DEPTH_KM, DEEPEST_KM = 1.0, 30.0, 700.0
LEAST_WIDTH_KM = 5.0
DISTANCE_NODES, DEPTH_NODES = 240, 80
PLACE = "latitude", "longitude"
# of a travel time, what a model and a mean velocity leave open (deviation)
MODEL_SHARE, MEAN_VELOCITY_SHARE = 0.05, 0.08


@dataclass(frozen=True, eq=False)
class NetworkTimes:
    """Travel times to the stations of a network, and the box in which its sources are sought.

    ``slowness`` is seconds per km of straight distance, (2 phases, stations, distances, depths),
    at even steps.
    """

    latitude: float  # of x = y = 0
    longitude: float
    x_km: Floats  # of the stations
    y_km: Floats
    elevation_m: Floats
    lower_km: Floats  # corners of the box: x, y, z
    upper_km: Floats
    distance_step_km: float
    depth_step_km: float
    slowness: NDArray[np.float32]
    share_open: float  # deviation of true travel times from these, as a share of them

    def __call__(self, station: NDArray, phase: NDArray, xyz_km: Floats) -> Floats:
        """Return the travel times from places to stations.

        Parameters
        ----------
        station, phase : numpy.ndarray of int, shape (m,)
            Which station, and P or S.
        xyz_km : numpy.ndarray of float, shape (k, 3)
            The places.

        Returns
        -------
        numpy.ndarray of float, shape (k, m)
            Seconds.
        """
        x, y, z = (part[:, None] for part in np.asarray(xyz_km, float).T)
        across = np.hypot(x - self.x_km[station], y - self.y_km[station])
        _, _, n_distances, n_depths = self.slowness.shape
        column = np.minimum(across / self.distance_step_km, n_distances - 1.001)
        row = np.clip((z - self.lower_km[2]) / self.depth_step_km, 0.0, n_depths - 1.001)
        at_column, at_row = column.astype(np.intp), row.astype(np.intp)
        right, down = column - at_column, row - at_row
        table = self.slowness.reshape(-1)
        first = ((phase * len(self.x_km) + station) * n_distances + at_column) * n_depths + at_row
        near = table[first] * (1 - down) + table[first + 1] * down
        first += n_depths
        far = table[first] * (1 - down) + table[first + 1] * down
        straight_km = np.hypot(across, z + self.elevation_m[station] / 1000)
        return straight_km * (near * (1 - right) + far * right)

    @cached_property
    def usual_slowness(self) -> Floats:
        """Seconds per km of P and of S, the middle of what is in the table (2)."""
        return np.median(self.slowness[:, 0], axis=(1, 2)).astype(float)

    @property
    def across_km(self) -> float:
        """How far it is across the stations, from corner to corner."""
        return float(np.hypot(np.ptp(self.x_km), np.ptp(self.y_km)))

    def geographic(self, x_km: float, y_km: float) -> tuple[float, float]:
        """Return latitude and longitude of a place on the plane."""
        return _from_plane(self.latitude, self.longitude, x_km, y_km=y_km)


def network_times(stations: list[Station], settings: Settings) -> NetworkTimes:
    """Return the travel times of a network.

    Parameters
    ----------
    stations : list of Station
        Two or more, at different places.
    settings : Settings
        The velocity model or mean velocity, and Vp over Vs.
    """
    latitudes, longitudes = (np.array([getattr(s, k) for s in stations]) for k in PLACE)
    elevations_m = np.array([station.elevation_m for station in stations])
    latitude, longitude = middle(latitudes, longitudes)
    x, y = to_plane(latitude, longitude, latitudes, longitudes)
    width = float(np.hypot(x[:, None] - x, y[:, None] - y).max())
    margin = MARGIN * max(width, LEAST_WIDTH_KM)
    top = -float(np.median(elevations_m)) / 1000
    deepest = min(max(width, LEAST_DEPTH_KM), DEEPEST_KM)
    lower = np.array([x.min() - margin, y.min() - margin, top])
    upper = np.array([x.max() + margin, y.max() + margin, deepest])
    farthest = float(np.hypot(*(upper - lower)[:2]))
    distances = np.linspace(0, farthest, DISTANCE_NODES)
    depths = np.linspace(top, deepest, DEPTH_NODES)
    both = (
        choose_travel_time(settings.arrivals),
        choose_s_travel_time(settings.arrivals, settings.events.vp_vs_ratio),
    )
    modelled = isinstance(both[0], ModelTravelTime)
    return NetworkTimes(
        latitude,
        longitude,
        x,
        y,
        elevations_m,
        lower,
        upper,
        distance_step_km=float(distances[1]),
        depth_step_km=float(depths[1] - depths[0]),
        slowness=np.stack([_tables(of, elevations_m, distances, depths=depths) for of in both]),
        share_open=MODEL_SHARE if modelled else MEAN_VELOCITY_SHARE,
    )


def to_plane(
    latitude: float, longitude: float, latitudes: ArrayLike, longitudes: ArrayLike
) -> tuple[Floats, Floats]:
    """Return x and y of places on the plane that touches the Earth at a point.

    Parameters
    ----------
    latitude, longitude : float
        The point (degrees).
    latitudes, longitudes : array_like of float
        The places (degrees).

    Returns
    -------
    tuple of numpy.ndarray
        East and north of the point (km).
    """
    phi0, phi = np.radians(latitude), np.radians(latitudes)
    east = np.radians(np.subtract(longitudes, longitude))
    far = distance_km(lat1=latitude, lon1=longitude, lat2=latitudes, lon2=longitudes)
    azimuth = np.arctan2(
        np.sin(east) * np.cos(phi),
        np.cos(phi0) * np.sin(phi) - np.sin(phi0) * np.cos(phi) * np.cos(east),
    )
    return far * np.sin(azimuth), far * np.cos(azimuth)


def _from_plane(latitude: float, longitude: float, x_km: float, y_km: float) -> tuple[float, float]:
    phi0, angle = np.radians(latitude), np.hypot(x_km, y_km) / EARTH_RADIUS_KM
    azimuth = np.arctan2(x_km, y_km)
    sine = np.sin(phi0) * np.cos(angle) + np.cos(phi0) * np.sin(angle) * np.cos(azimuth)
    phi = np.arcsin(np.clip(sine, -1.0, 1.0))
    east = np.arctan2(
        np.sin(azimuth) * np.sin(angle) * np.cos(phi0), np.cos(angle) - np.sin(phi0) * np.sin(phi)
    )
    return float(np.degrees(phi)), float((longitude + np.degrees(east) + 180) % 360 - 180)


def _tables(
    travel_time: MeanVelocity | ModelTravelTime,
    elevations_m: Floats,
    distances: Floats,
    depths: Floats,
) -> NDArray[np.float32]:
    """Return slownesses (stations, distances, depths): between those of levels around each."""
    height = elevations_m / 1000 / LEVEL_KM
    below = np.floor(height).astype(int)
    levels = np.arange(below.min(), below.max() + 2)
    grid_km, depth_km = np.meshgrid(np.maximum(distances, 1e-3), depths, indexing="ij")
    tables = np.array([
        travel_time(grid_km, depth_km, level * LEVEL_KM * 1000)
        / np.hypot(grid_km, depth_km + level * LEVEL_KM)
        for level in levels
    ])  # fmt: skip
    share, row = (height - below)[:, None, None], below - below.min()
    return (tables[row] * (1 - share) + tables[row + 1] * share).astype(np.float32)
