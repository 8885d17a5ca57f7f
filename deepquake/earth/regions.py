"""Source regions: which region of a file an earthquake came from.

A region file is JSON, ``{"clusters_type": KIND, "clusters": [...]}`` (the oldest ones say ``list``
for ``clusters``), or GeoJSON. Each region has a whole number ``id`` and a ``label``. The class
index that is written as ``cluster_id`` is the region's rank by id: ids 0, 1, 2 stay as they are,
ids 5, 10, 20 become 0, 1, 2. Regions without ids are numbered in the order of the file. There are
as many classes as regions, and noise.

kmeans
    ``lat, lon, depth``: the region whose centroid is nearest. Nearest is along the straight line
    between two hypocentres in a spherical Earth, which is what KMeans clusters by; for places at
    one depth that is the order of great-circle distance. Depth (km) counts like any other
    kilometre if the event and all centroids have one; if not, epicentres are compared.
lines
    ``lat1, lon1, lat2, lon2``, a line for each region. There are two rules:

    - Each line is a fault (files of old, ``"rule": "nearest"``): the region whose line is nearest
      to the epicentre, along the great circle, ends of the line included. The old project meant
      this, but compared distances in degrees, with a sign and to endless lines, and stopped after
      the first: every event was of the first region.
    - The lines divide the map (``"rule": "sides"``): the first region in the file that has the
      epicentre to the left of its line, looking from point 1 to point 2; lines go on round the
      Earth. The last region may have no line: it takes what is to the right of all, so n lines
      make n + 1 regions; without it such events have no region. Parallel lines, listed from left
      to right, cut strips; lines that cross cut any pattern of cells.
polygons
    ``x1, y1, x2, y2 ... xn, yn``, x latitude and y longitude, three corners or more: the first
    region in the file that holds the epicentre; an event in none has no region.
GeoJSON
    Polygon and MultiPolygon features, longitude first, holes allowed: as polygons. Parts of a
    MultiPolygon may overlap. The id is the feature's ``id`` or its property ``id``; the label its
    property ``label`` or ``name``.

What lies exactly on a border: on a dividing line is to its left; on a polygon's edge is inside;
between two equally near centroids or lines (to a millimetre) it is the first of them in the file.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deepquake.catalog.events import Event
from deepquake.core.errors import DeepQuakeError
from deepquake.core.files import read_json, write_json
from deepquake.core.report import Report
from deepquake.earth import geo

KMEANS, NEAREST, SIDES, POLYGONS = "kmeans", "nearest", "sides", "polygons"
LINE_KEYS = ("lat1", "lon1", "lat2", "lon2")
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
        return self.kind == KMEANS and all(
            r.centroid and r.centroid[2] is not None for r in self.regions
        )

    def assign(
        self, lat: float | None, lon: float | None, depth_km: float | None = None
    ) -> int | None:
        """Return the class index of an event, or None: it has no location, or no region does."""
        if lat is None or lon is None:
            return None
        index = int(self.assign_all([lat], [lon], [np.nan if depth_km is None else depth_km])[0])
        return None if index < 0 else index

    def assign_all(self, lat: ArrayLike, lon: ArrayLike, depth_km: ArrayLike) -> NDArray[np.int64]:
        """Return the class index of each place; -1 is none. What is unknown is NaN."""
        lat, lon = np.asarray(lat, dtype=float), np.asarray(lon, dtype=float)
        known = np.isfinite(lat) & np.isfinite(lon)
        lat, lon = np.where(known, lat, 0.0), np.where(known, lon, 0.0)
        if self.kind in (KMEANS, NEAREST):
            place = np.argmin(np.round(self.distances_km(lat, lon, depth_km), 6), axis=0)
        else:
            holds = np.stack([_holds(region, self.kind, lat, lon) for region in self.regions])
            place = np.where(holds.any(axis=0), np.argmax(holds, axis=0), -1)
        ids = [region.id for region in self.regions]
        rank = np.append(np.argsort(np.argsort(ids)), -1)  # the last is reached by place -1
        return rank[np.where(known, place, -1)]

    def distances_km(self, lat: ArrayLike, lon: ArrayLike, depth_km: ArrayLike) -> geo.Floats:
        """Return the distance of each place from each centroid or line: (regions, places).

        Regions are in the order of the file. Only for the kinds kmeans and nearest.
        """
        if self.kind == NEAREST:
            return np.stack([geo.segment_distance_km(lat, lon, r.line) for r in self.regions])
        depth = np.broadcast_to(np.asarray(depth_km, dtype=float), np.shape(lat))
        counts = np.isfinite(depth) if self.uses_depth else np.zeros(np.shape(lat), dtype=bool)
        at_depth = geo.cartesian_km(lat, lon, np.where(counts, depth, 0.0))
        away = []
        for region in self.regions:
            c_lat, c_lon, c_depth = region.centroid
            centre = geo.cartesian_km(c_lat, c_lon, np.where(counts, c_depth or 0.0, 0.0))
            away.append(np.linalg.norm(at_depth - centre, axis=-1))
        return np.stack(away)


def load_regions(path: Path | str) -> Regions:
    """Return the regions of a file of any kind.

    Raises DeepQuakeError for a file that is no region file, a region that lacks a value or has
    one that cannot be, and for two regions with the same id, naming both.
    """
    content = read_json(path)
    if not isinstance(content, dict):
        raise DeepQuakeError(f"{path}: is no region file: it has neither clusters nor features")
    if content.get("type") in ("FeatureCollection", "Feature", "Polygon", "MultiPolygon"):
        kind, regions = POLYGONS, _from_geojson(content, path)
    else:
        kind, regions = _from_clusters(content, path)
    if not regions:
        raise DeepQuakeError(f"{path}: holds no region")
    seen: dict[int, str] = {}
    for number, region in enumerate(regions):
        name = f"number {number + 1} ('{region.label}')"
        if region.id in seen:
            raise DeepQuakeError(
                f"{path}: the regions {seen[region.id]} and {name} have the same id {region.id}; "
                "give each an id of its own (without one it is its place in the file, from 0)"
            )
        seen[region.id] = name
    return Regions(kind, tuple(regions), str(path))


def save_regions(path: Path | str, regions: Regions) -> None:
    """Write a region file in the old form.

    Raises DeepQuakeError for a polygon with holes or parts, which only GeoJSON can hold.
    """
    if any(len(region.rings) > 1 for region in regions.regions):
        raise DeepQuakeError(f"{path}: has no form for polygons with holes; copy {regions.path}")
    kind = "lines" if regions.kind in (NEAREST, SIDES) else regions.kind
    content: dict[str, Any] = {"clusters_type": kind}
    if kind == "lines":
        content["rule"] = regions.kind
    content["clusters"] = [_to_cluster(region) for region in regions.regions]
    write_json(path, content)


def check_n_clusters(regions: Regions, n_clusters: int) -> None:
    """Raise DeepQuakeError where ``n_clusters`` is not the number of regions and noise."""
    if n_clusters != len(regions) + 1:
        raise DeepQuakeError(
            f"n_clusters = {n_clusters} is noise and {_counted(n_clusters - 1)}, but "
            f"{regions.path} has {_counted(len(regions))}; set n_clusters = {len(regions) + 1} "
            "or give another file"
        )


def assign_events(regions: Regions, events: Sequence[Event]) -> list[int | None]:
    """Return the class index of each event, None for one without location or in no region."""
    located = [
        i for i, e in enumerate(events) if e.latitude is not None and e.longitude is not None
    ]
    found: list[int | None] = [None] * len(events)
    if located:
        places = [(events[i].latitude, events[i].longitude, events[i].depth_km) for i in located]
        index = regions.assign_all(*np.array(places, dtype=float).T)
        for i, k in zip(located, index.tolist(), strict=True):
            found[i] = None if k < 0 else k
    return found


def count_events(regions: Regions, assigned: Iterable[int | None], report: Report) -> list[int]:
    """Return how many events each region has, by class index; note in ``report`` those with none.

    A region without events stays a class, so that a catalogue of another year fits the same file.
    """
    counts = Counter(assigned)
    for index, region in enumerate(regions.classes):
        if not counts[index]:
            report.note(regions.path, f"no event in region {region.id} '{region.label}'")
    return [counts[index] for index in range(len(regions))]


def _holds(region: Region, kind: str, lat: geo.Floats, lon: geo.Floats) -> NDArray[np.bool_]:
    if kind == POLYGONS:
        parts = ([np.array(ring) for ring in part] for part in region.parts)
        return np.any([geo.in_polygon(lat, lon, rings) for rings in parts], axis=0)
    if region.line is None:
        return np.ones(lat.shape, dtype=bool)
    return geo.left_of_line_km(lat, lon, region.line) >= 0


def _from_clusters(content: Mapping[str, Any], path: Path | str) -> tuple[str, list[Region]]:
    """Read the old project's kinds."""
    entries = content.get("clusters", content.get("list"))
    # files that say list are older than clusters_type, and knew centroids only
    kind = content.get("clusters_type", "kmeans" if "list" in content else None)
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise DeepQuakeError(f"{path}: is no region file: it lacks the list of clusters")
    if kind not in ("kmeans", "lines", "polygons"):
        raise DeepQuakeError(f"{path}: clusters_type is kmeans, lines or polygons, not '{kind}'")
    rule = content.get("rule", NEAREST)
    if kind == "lines":
        if rule not in (NEAREST, SIDES):
            raise DeepQuakeError(f"{path}: rule is nearest or sides, not '{rule}'")
        kind = rule
    regions = []
    for number, entry in enumerate(entries):
        label = _label(entry, number)
        place = f"{path}: region {number + 1} ('{label}')"
        region = {"id": _id(entry.get("id"), number, place), "label": label}
        if kind == KMEANS:
            lat, lon = _latitude(entry, "lat", place), _longitude(entry, "lon", place)
            depth = None if entry.get("depth") is None else _number(entry, "depth", place)
            regions.append(Region(**region, centroid=(lat, lon, depth)))
        elif kind == POLYGONS:
            regions.append(Region(**region, parts=((_corners(entry, place),),)))
        elif (
            kind == SIDES and number == len(entries) - 1 and not any(k in entry for k in LINE_KEYS)
        ):
            regions.append(Region(**region))
        else:
            regions.append(Region(**region, line=_line(entry, place)))
    return kind, regions


def _from_geojson(content: Mapping[str, Any], path: Path | str) -> list[Region]:
    features = content.get("features", [content])
    if not isinstance(features, list) or not all(isinstance(f, dict) for f in features):
        raise DeepQuakeError(f"{path}: its features are no list of GeoJSON features")
    regions = []
    for number, feature in enumerate(features):
        properties = feature.get("properties") or {}
        geometry = feature.get("geometry", feature) or {}
        if not isinstance(properties, dict) or not isinstance(geometry, dict):
            raise DeepQuakeError(
                f"{path}: feature {number + 1}: its properties or its geometry is no JSON object"
            )
        label = _label(properties, number)
        place = f"{path}: feature {number + 1} ('{label}')"
        shape = geometry.get("type")
        if shape not in ("Polygon", "MultiPolygon"):
            raise DeepQuakeError(f"{place}: is a {shape}; a region is a Polygon or a MultiPolygon")
        given = geometry.get("coordinates", [])
        try:
            parts = tuple(
                tuple(
                    _ring(tuple((float(at[1]), float(at[0])) for at in ring), place)
                    for ring in part
                )
                for part in ([given] if shape == "Polygon" else given)
            )
        except (TypeError, ValueError, LookupError):
            raise DeepQuakeError(
                f"{place}: coordinates are no rings of longitude, latitude"
            ) from None
        if not any(parts):
            raise DeepQuakeError(f"{place}: has no coordinates")
        own_id = properties.get("id") if feature.get("id") is None else feature["id"]
        regions.append(Region(_id(own_id, number, place), label, parts=parts))
    return regions


def _corners(entry: Mapping[str, Any], place: str) -> Ring:
    n = sum(1 for key in entry if key[:1] == "x" and key[1:].isdigit())
    return _ring(
        tuple(
            (_latitude(entry, f"x{k}", place), _longitude(entry, f"y{k}", place))
            for k in range(1, n + 1)
        ),
        place,
    )


def _ring(corners: Ring, place: str) -> Ring:
    """Check the corners of a ring and drop the last one where it only repeats the first."""
    for lat, lon in corners:
        if not abs(lat) <= 90 or not -180 <= lon <= 360:
            raise DeepQuakeError(
                f"{place}: no such place: latitude {lat:g}, longitude {lon:g}; in x1, y1 ... x is "
                "the latitude, in GeoJSON the longitude comes first"
            )
    corners = corners[:-1] if corners[:1] == corners[-1:] else corners
    if len(corners) < 3:
        raise DeepQuakeError(f"{place}: a polygon has three corners or more, not {len(corners)}")
    return corners


def _line(entry: Mapping[str, Any], place: str) -> tuple[float, float, float, float]:
    lat1, lon1 = _latitude(entry, "lat1", place), _longitude(entry, "lon1", place)
    lat2, lon2 = _latitude(entry, "lat2", place), _longitude(entry, "lon2", place)
    apart = float(geo.distance_km(lat1, lon1, lat2, lon2))
    if not 1e-3 < apart < np.pi * geo.EARTH_RADIUS_KM - 1e-3:
        raise DeepQuakeError(f"{place}: its two points are one or opposite and give no line")
    return lat1, lon1, lat2, lon2


def _latitude(entry: Mapping[str, Any], key: str, place: str) -> float:
    value = _number(entry, key, place)
    if not abs(value) <= 90:
        raise DeepQuakeError(f"{place}: {key} = {value:g} is no latitude (-90 to 90)")
    return value


def _longitude(entry: Mapping[str, Any], key: str, place: str) -> float:
    value = _number(entry, key, place)
    if not -180 <= value <= 360:
        raise DeepQuakeError(f"{place}: {key} = {value:g} is no longitude (-180 to 360)")
    return value


def _number(entry: Mapping[str, Any], key: str, place: str) -> float:
    try:
        value = float(entry[key])
    except KeyError:
        raise DeepQuakeError(f"{place}: lacks '{key}'") from None
    except (TypeError, ValueError):
        raise DeepQuakeError(f"{place}: {key} is no number: {entry[key]!r}") from None
    if not np.isfinite(value):
        raise DeepQuakeError(f"{place}: {key} is no number: {entry[key]!r}")
    return value


def _id(value: Any, number: int, place: str) -> int:
    if value is None:
        return number
    try:
        if float(value).is_integer():
            return int(float(value))
    except (TypeError, ValueError):
        pass
    raise DeepQuakeError(f"{place}: id is no whole number: {value!r}")


def _label(entry: Mapping[str, Any], number: int) -> str:
    return str(entry.get("label") or entry.get("name") or f"region {entry.get('id', number)}")


def _counted(n: int) -> str:
    return f"{n} region" if n == 1 else f"{n} regions"


def _to_cluster(region: Region) -> dict[str, Any]:
    shape: dict[str, Any] = {}
    if region.centroid is not None:
        shape = dict(zip(("lat", "lon", "depth"), region.centroid, strict=True))
    elif region.line is not None:
        shape = dict(zip(LINE_KEYS, region.line, strict=True))
    elif region.rings:
        for k, (lat, lon) in enumerate(region.rings[0], 1):
            shape |= {f"x{k}": lat, f"y{k}": lon}
    return shape | {"id": region.id, "label": region.label}
