"""What is to be fetched: of which region and time, and which spans of records."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import ceil, floor
from pathlib import Path
from typing import Any

from deepquake.core.intervals import union
from deepquake.core.times import DAY_S, iso
from deepquake.earth.geo import KM_PER_DEGREE, distance_km

AROUND_EVENTS, ALL_RECORDS, NO_RECORDS = "events", "continuous", "none"
STATION_DAYS_AT_ONCE = 10.0  # what a kill may lose: some 300 MB at 100 Hz
MOST_STATIONS_AT_ONCE = 200


@dataclass(frozen=True)
class FetchRegion:
    """A box between latitudes and longitudes, or a circle around a point; degrees and km."""

    south: float = -90.0
    north: float = 90.0
    west: float = -180.0
    east: float = 180.0
    latitude: float = 0.0
    longitude: float = 0.0
    radius_km: float | None = None  # of the circle; None: it is the box

    def query(self) -> dict[str, float]:
        """Return the region as FDSN services take it."""
        if self.radius_km is not None:
            radius = round(self.radius_km / KM_PER_DEGREE, 5)
            return {"latitude": self.latitude, "longitude": self.longitude, "maxradius": radius}
        return {
            "minlatitude": self.south,
            "maxlatitude": self.north,
            "minlongitude": self.west,
            "maxlongitude": self.east,
        }

    def holds(self, latitude: float, longitude: float) -> bool:
        """Return whether a point lies in the region.

        Parameters
        ----------
        latitude, longitude : float
            The point (degrees).
        """
        if self.radius_km is not None:
            away_km = distance_km(self.latitude, self.longitude, latitude, longitude)
            return bool(away_km <= self.radius_km)
        inside = self.west <= longitude <= self.east
        return inside and self.south <= latitude <= self.north


@dataclass(frozen=True)
class FetchRequest:
    """What is asked for. Times are seconds since 1970 UTC, whole ones."""

    dataset_dir: Path
    region: FetchRegion
    start_s: float
    end_s: float
    servers: tuple[str, ...]
    event_server: str = ""  # empty: none is asked
    records: str = AROUND_EVENTS
    networks: str = "*"  # patterns, as FDSN services take them
    stations: str = "*"
    sensors: tuple[str, ...] = ()  # band and instrument codes, the best first
    min_magnitude: float | None = None
    catalog_path: Path | None = None
    before_s: float = 120.0
    after_s: float = 180.0

    @property
    def records_dir(self) -> Path:
        """Where the records go, by what docs/data.md calls a data set."""
        between = ("continuous",) if self.records == ALL_RECORDS else ()
        return self.dataset_dir.joinpath(*between, "mseed")

    def told(self) -> dict[str, Any]:
        """Return all that decides what is fetched, as JSON has it."""
        return {
            "region": self.region.query(),
            "starttime": iso(self.start_s),
            "endtime": iso(self.end_s),
            "servers": list(self.servers),
            "eventServer": self.event_server,
            "records": self.records,
            "networks": self.networks,
            "stations": self.stations,
            "sensors": list(self.sensors),
            "minMagnitude": self.min_magnitude,
            "catalogPath": str(self.catalog_path or ""),
            "before_s": self.before_s,
            "after_s": self.after_s,
        }


def days_between(start_s: float, end_s: float) -> Iterator[tuple[float, float]]:
    """Yield the days (UTC) of a time, the first and the last cut off where it begins and ends.

    Parameters
    ----------
    start_s, end_s : float
        Begin and end (seconds since 1970).
    """
    while start_s < end_s:
        next_s = min((start_s // DAY_S + 1) * DAY_S, end_s)
        yield start_s, next_s
        start_s = next_s


def spans_around(
    origins_s: Iterable[float], before_s: float, after_s: float
) -> list[tuple[float, float]]:
    """Return the times around events, whole seconds; those that touch are one.

    Parameters
    ----------
    origins_s : iterable of float
        When the events happened (seconds since 1970).
    before_s, after_s : float
        How long before and after (s).
    """
    times = sorted(origins_s)
    starts = [floor(time - before_s) for time in times]
    ends = [ceil(time + after_s) for time in times]
    return [(float(start), float(end)) for start, end in union(starts, ends)]


def stations_at_once(length_s: float) -> int:
    """Return of how many stations a span of so many seconds is fetched before it is kept."""
    n_stations = int(STATION_DAYS_AT_ONCE * DAY_S / max(length_s, 1.0))
    return max(1, min(MOST_STATIONS_AT_ONCE, n_stations))
