"""Source regions: what one is, and which of them an earthquake came from."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deepquake.catalog.events import Event
from deepquake.core.report import Report
from deepquake.earth import geo

KMEANS, NEAREST, SIDES, POLYGONS = "kmeans", "nearest", "sides", "polygons"
Ring = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Region:
    """One region; of the shapes only that of its kind is there. Degrees, depth in km."""

    id: int
    label: str
    centroid: tuple[float, float, float | None] | None = None  # latitude, longitude, depth
    line: tuple[float, float, float, float] | None = None  # latitude, longitude of both points
    # polygons, each an outer ring and its holes, with corners as latitude, longitude
    parts: tuple[tuple[Ring, ...], ...] = ()

    @property
    def rings(self) -> tuple[Ring, ...]:
        """The rings of all parts."""
        return tuple(ring for part in self.parts for ring in part)


@dataclass(frozen=True)
class Regions:
    """The regions of a file, in its order. ``kind``: kmeans, nearest, sides or polygons."""

    kind: str
    regions: tuple[Region, ...]
    path: str = ""

    def __len__(self) -> int:
        return len(self.regions)

    @property
    def classes(self) -> list[Region]:
        """The regions by class index, that is, by id."""
        return sorted(self.regions, key=lambda region: region.id)

    @property
    def labels(self) -> list[str]:
        """The labels by class index."""
        return [region.label for region in self.classes]

    @property
    def uses_depth(self) -> bool:
        """Whether the depth of an event can decide on its region."""
        depths = [region.centroid[2] for region in self.regions if region.centroid]
        return self.kind == KMEANS and None not in depths

    def assign(
        self, lat: float | None, lon: float | None, depth_km: float | None = None
    ) -> int | None:
        """Return the class index of an event.

        Parameters
        ----------
        lat, lon : float or None
            Its epicentre (degrees).
        depth_km : float, optional
            Its depth (km).

        Returns
        -------
        int or None
            None where it has no epicentre, or lies in no region.
        """
        lats, lons, depths = np.array([[lat], [lon], [depth_km]], float)  # None is NaN
        index = int(self.assign_all(lats, lons, depths)[0])
        return None if index < 0 else index

    def assign_all(self, lat: ArrayLike, lon: ArrayLike, depth_km: ArrayLike) -> NDArray[np.int64]:
        """Return the class index of each of many places.

        Parameters
        ----------
        lat, lon, depth_km : array_like of float
            The places (degrees, km); what is unknown is NaN.

        Returns
        -------
        numpy.ndarray of int
            -1 is none.
        """
        lat, lon = np.asarray(lat, dtype=float), np.asarray(lon, dtype=float)
        known = np.isfinite(lat) & np.isfinite(lon)
        lat, lon = np.where(known, lat, 0.0), np.where(known, lon, 0.0)
        if self.kind in (KMEANS, NEAREST):
            place = np.argmin(np.round(self.distances_km(lat, lon, depth_km), 6), axis=0)
        else:
            inside = np.stack([_has_inside(region, lat, lon) for region in self.regions])
            place = np.where(inside.any(axis=0), np.argmax(inside, axis=0), -1)
        ids = [region.id for region in self.regions]
        rank = np.append(np.argsort(np.argsort(ids)), -1)  # the last is reached by place -1
        return rank[np.where(known, place, -1)]

    def distances_km(self, lat: ArrayLike, lon: ArrayLike, depth_km: ArrayLike) -> geo.Floats:
        """Return how far each place is from each centroid or line (kinds kmeans and nearest).

        Parameters
        ----------
        lat, lon, depth_km : array_like of float
            The places (degrees, km); an unknown depth is NaN.

        Returns
        -------
        numpy.ndarray of float, shape (regions, places)
            Kilometres; the regions in the order of the file.
        """
        if self.kind == NEAREST:
            lines = [region.line for region in self.regions if region.line]
            return np.stack([geo.segment_distance_km(lat, lon, line) for line in lines])
        depth = np.broadcast_to(np.asarray(depth_km, dtype=float), np.shape(lat))
        counts = np.isfinite(depth) if self.uses_depth else np.zeros(np.shape(lat), dtype=bool)
        at_depth = geo.cartesian_km(lat, lon, np.where(counts, depth, 0.0))
        away = []
        for c_lat, c_lon, c_depth in (r.centroid for r in self.regions if r.centroid):
            centre = geo.cartesian_km(c_lat, c_lon, np.where(counts, c_depth or 0.0, 0.0))
            away.append(np.linalg.norm(at_depth - centre, axis=-1))
        return np.stack(away)


def assign_events(regions: Regions, events: Sequence[Event]) -> list[int | None]:
    """Return the class index of each event.

    Parameters
    ----------
    regions : Regions
        The regions.
    events : sequence of Event
        The events.

    Returns
    -------
    list of int or None
        None for an event without location or in no region.
    """
    # as floats, what is unknown is NaN
    places = np.array([(e.latitude, e.longitude, e.depth_km) for e in events], float)
    indices = regions.assign_all(*places.reshape(-1, 3).T).tolist()
    return [None if index < 0 else index for index in indices]


def count_events(regions: Regions, assigned: Iterable[int | None], report: Report) -> list[int]:
    """Return how many events each region has.

    A region without events stays a class, so that a catalogue of another year fits the same file.

    Parameters
    ----------
    regions : Regions
        The regions.
    assigned : iterable of int or None
        The class index of each event.
    report : Report
        Gets a note of each region without events.

    Returns
    -------
    list of int
        By class index.
    """
    counts = Counter(assigned)
    for index, region in enumerate(regions.classes):
        if not counts[index]:
            report.note(regions.path, f"no event in region {region.id} '{region.label}'")
    return [counts[index] for index in range(len(regions))]


def _has_inside(region: Region, lat: geo.Floats, lon: geo.Floats) -> NDArray[np.bool_]:
    if region.parts:
        parts = ([np.array(ring) for ring in part] for part in region.parts)
        return np.any([geo.in_polygon(lat, lon, rings) for rings in parts], axis=0)
    if region.line is None:
        return np.ones(lat.shape, dtype=bool)
    return geo.left_of_line_km(lat, lon, region.line) >= 0
