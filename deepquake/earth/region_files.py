"""Region files: which region an earthquake came from, by rules that the file states.

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

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from deepquake.core.errors import DeepQuakeError
from deepquake.core.files import read_json, write_json
from deepquake.core.text import number_of
from deepquake.earth import geo
from deepquake.earth.regions import KMEANS, NEAREST, POLYGONS, SIDES, Region, Regions, Ring

LINE_KEYS = ("lat1", "lon1", "lat2", "lon2")


def load_regions(path: Path | str, n_clusters: int | None = None) -> Regions:
    """Return the regions of a file of any kind.

    Parameters
    ----------
    path : Path or str
        The file.
    n_clusters : int, optional
        The classes of the network that it is for: noise, and as many regions as there must be.

    Returns
    -------
    Regions
        In the order of the file.

    Raises
    ------
    DeepQuakeError
        For a file that is not a region file, a region that lacks a value or has an impossible
        one, two regions of one id, and another number of regions than ``n_clusters`` needs.
    """
    content = read_json(path)
    if not isinstance(content, dict):
        raise DeepQuakeError(f"{path}: is not a region file: it has neither clusters nor features")
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
    if n_clusters not in (None, len(regions) + 1):
        raise DeepQuakeError(
            f"{path}: has {number_of(len(regions), 'region')}, but n_clusters = {n_clusters} is "
            f"noise and {number_of(n_clusters - 1, 'region')}; give the file that the network is "
            f"trained with, or set n_clusters = {len(regions) + 1}"
        )
    return Regions(kind, tuple(regions), str(path))


def save_regions(path: Path | str, regions: Regions) -> None:
    """Write a region file in the old form.

    Parameters
    ----------
    path : Path or str
        The file to write.
    regions : Regions
        What it is to hold.

    Raises
    ------
    DeepQuakeError
        For a polygon with holes or parts, which only GeoJSON can hold.
    """
    if any(len(region.rings) > 1 for region in regions.regions):
        raise DeepQuakeError(f"{path}: has no form for polygons with holes; copy {regions.path}")
    content: dict[str, Any] = {"clusters_type": regions.kind}
    if regions.kind in (NEAREST, SIDES):
        content = {"clusters_type": "lines", "rule": regions.kind}
    content["clusters"] = [_to_cluster(region) for region in regions.regions]
    write_json(path, content)


def _from_clusters(content: Mapping[str, Any], path: Path | str) -> tuple[str, list[Region]]:
    """Read the old project's kinds."""
    entries = content.get("clusters", content.get("list"))
    # files that say list are older than clusters_type, and knew centroids only
    kind = content.get("clusters_type", "kmeans" if "list" in content else None)
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise DeepQuakeError(f"{path}: is not a region file: it lacks the list of clusters")
    if kind not in ("kmeans", "lines", "polygons"):
        raise DeepQuakeError(f"{path}: clusters_type is kmeans, lines or polygons, not '{kind}'")
    if kind == "lines":
        kind = content.get("rule", NEAREST)
        if kind not in (NEAREST, SIDES):
            raise DeepQuakeError(f"{path}: rule is nearest or sides, not '{kind}'")
    regions = []
    for number, entry in enumerate(entries):
        label = _label(entry, number)
        place = f"{path}: region {number + 1} ('{label}')"
        region_id = _id_of(entry.get("id"), number, place)
        is_rest = kind == SIDES and number == len(entries) - 1 and not entry.keys() & set(LINE_KEYS)
        if kind == KMEANS:
            lat, lon = (_degrees(entry, key, place) for key in ("lat", "lon"))
            depth = None if entry.get("depth") is None else _finite_number(entry, "depth", place)
            regions.append(Region(region_id, label, centroid=(lat, lon, depth)))
        elif kind == POLYGONS:
            regions.append(Region(region_id, label, parts=((_corners(entry, place),),)))
        else:
            regions.append(Region(region_id, label, line=None if is_rest else _line(entry, place)))
    return kind, regions


def _from_geojson(content: Mapping[str, Any], path: Path | str) -> list[Region]:
    features = content.get("features", [content])
    if not isinstance(features, list) or not all(isinstance(f, dict) for f in features):
        raise DeepQuakeError(f"{path}: its features are not a list of GeoJSON features")
    regions = []
    for number, feature in enumerate(features):
        properties = feature.get("properties") or {}
        geometry = feature.get("geometry", feature) or {}
        if not isinstance(properties, dict) or not isinstance(geometry, dict):
            what = "its properties or its geometry is not a JSON object"
            raise DeepQuakeError(f"{path}: feature {number + 1}: {what}")
        label = _label(properties, number)
        place = f"{path}: feature {number + 1} ('{label}')"
        shape = geometry.get("type")
        if shape not in ("Polygon", "MultiPolygon"):
            raise DeepQuakeError(f"{place}: is a {shape}; a region is a Polygon or a MultiPolygon")
        given = geometry.get("coordinates", [])
        try:
            parts = tuple(
                tuple(_ring([(at[1], at[0]) for at in ring], place) for ring in part)
                for part in ([given] if shape == "Polygon" else given)
            )
        except (TypeError, ValueError, LookupError):
            message = f"{place}: coordinates are not rings of longitude, latitude"
            raise DeepQuakeError(message) from None
        if not any(parts):
            raise DeepQuakeError(f"{place}: has no coordinates")
        given_id = properties.get("id") if feature.get("id") is None else feature["id"]
        regions.append(Region(_id_of(given_id, number, place), label, parts=parts))
    return regions


def _corners(entry: Mapping[str, Any], place: str) -> Ring:
    n = sum(1 for key in entry if key[:1] == "x" and key[1:].isdigit())
    corners = [[_degrees(entry, f"{axis}{k}", place) for axis in "xy"] for k in range(1, n + 1)]
    return _ring(corners, place)


def _ring(places: Iterable[Sequence[Any]], place: str) -> Ring:
    """Check the corners of a ring and drop the last one where it only repeats the first."""
    corners = tuple((float(lat), float(lon)) for lat, lon in places)
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
    lat1, lon1, lat2, lon2 = (_degrees(entry, key, place) for key in LINE_KEYS)
    apart = float(geo.distance_km(lat1=lat1, lon1=lon1, lat2=lat2, lon2=lon2))
    if not 1e-3 < apart < np.pi * geo.EARTH_RADIUS_KM - 1e-3:
        raise DeepQuakeError(f"{place}: its two points are the same or opposite: they give no line")
    return lat1, lon1, lat2, lon2


def _degrees(entry: Mapping[str, Any], key: str, place: str) -> float:
    value = _finite_number(entry, key, place)
    of_latitude = key[:3] == "lat" or key[0] == "x"
    what, low, high = ("latitude", -90, 90) if of_latitude else ("longitude", -180, 360)
    if not low <= value <= high:
        raise DeepQuakeError(f"{place}: {key} = {value:g} is not a {what} ({low} to {high})")
    return value


def _finite_number(entry: Mapping[str, Any], key: str, place: str) -> float:
    if key not in entry:
        raise DeepQuakeError(f"{place}: lacks '{key}'")
    try:
        value = float(entry[key])
    except (TypeError, ValueError):
        value = np.nan
    if not np.isfinite(value):
        raise DeepQuakeError(f"{place}: {key} is not a number: {entry[key]!r}")
    return value


def _id_of(value: Any, number: int, place: str) -> int:
    if value is None:
        return number
    try:
        return int(f"{float(value):.17g}")
    except (TypeError, ValueError):
        wrong = "too large" if value in (np.inf, -np.inf) else f"not a whole number: {value!r}"
        raise DeepQuakeError(f"{place}: id is {wrong}") from None


def _label(entry: Mapping[str, Any], number: int) -> str:
    return str(entry.get("label") or entry.get("name") or f"region {entry.get('id', number)}")


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
