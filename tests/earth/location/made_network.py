"""A network and the arrivals of sources that are known, for tests of location and association."""

from dataclasses import dataclass

import numpy as np

from deepquake.core.settings import Settings
from deepquake.earth.geo import Floats
from deepquake.earth.location.locating import ArrivalTimes
from deepquake.earth.location.network_times import NetworkTimes, network_times
from deepquake.earth.stations import Station

LATITUDE, LONGITUDE = 10.0, -66.0
KM_PER_DEGREE = 111.195


@dataclass(frozen=True)
class TrueSource:
    """A place on the plane of the network (km), and the origin time."""

    xyz_km: Floats
    time_s: float


def made_stations(n_stations: int = 12, width_km: float = 40.0, seed: int = 1) -> list[Station]:
    """Return stations in a square, drawn by a seed."""
    draw = np.random.default_rng(seed)
    east, north = draw.uniform(-width_km / 2, width_km / 2, (2, n_stations))
    longitudes = LONGITUDE + east / KM_PER_DEGREE / np.cos(np.radians(LATITUDE))
    latitudes = LATITUDE + north / KM_PER_DEGREE
    heights = draw.uniform(0, 1000, n_stations)
    return [
        Station("XX", f"S{number:02d}", float(lat), float(lon), float(height))
        for number, (lat, lon, height) in enumerate(
            zip(latitudes, longitudes, heights, strict=True)
        )
    ]


def made_times(settings: Settings | None = None, **network: float) -> NetworkTimes:
    """Return the travel times of such a network, at one velocity."""
    return network_times(made_stations(**network), settings or Settings())


def arrivals_of(
    times: NetworkTimes, source: TrueSource, draw: np.random.Generator, error_s: float = 0.0
) -> ArrivalTimes:
    """Return P and S of a source at all stations, with normal errors (s)."""
    n_stations = len(times.x_km)
    station = np.tile(np.arange(n_stations), 2)
    phase = np.repeat([0, 1], n_stations)
    travel_s = times(station, phase, source.xyz_km[None])[0]
    time_s = source.time_s + travel_s + draw.normal(0, error_s, len(station))
    return ArrivalTimes(station, phase, time_s, np.full(len(station), max(error_s, 0.01)))
