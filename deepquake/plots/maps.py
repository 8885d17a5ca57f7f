"""Maps: events by source region, the regions a network gives them, and what was found where."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from deepquake.earth.regions import Regions
from deepquake.earth.stations import Station
from deepquake.plots import style
from deepquake.plots.map_drawing import (
    Places,
    anchor,
    counted,
    draw_map,
    region_colour,
    region_marker,
)


def plot_regions(
    path: Path | str,
    title: str,
    lat: ArrayLike,
    lon: ArrayLike,
    assigned: Sequence[int | None],
    regions: Regions,
    stations: Sequence[Station] = (),
    depth_km: float | None = None,
) -> None:
    """Draw events coloured by region, the borders of the regions and the stations.

    ``assigned``: the class index of each event. ``depth_km``: the depth that borders are drawn
    for where depth counts, such as that of the middle event.
    """
    lat, lon = np.asarray(lat, dtype=float), np.asarray(lon, dtype=float)
    index = _indices(assigned)
    groups = []
    for i, label in enumerate(regions.labels):
        of = index == i
        name = f"{label}: {counted(of.sum(), 'event')}"
        groups.append(Places(name, lat[of], lon[of], region_colour(i), region_marker(i)))
    if (none := index < 0).any():
        name = f"no region: {counted(none.sum(), 'event')}"
        groups.append(Places(name, lat[none], lon[none], style.GREY, "x"))
    draw_map(path, title, groups, regions, stations, depth_km)


def plot_region_confusion(
    path: Path | str,
    title: str,
    lat: ArrayLike,
    lon: ArrayLike,
    true: Sequence[int | None],
    found: Sequence[int | None],
    regions: Regions,
    stations: Sequence[Station] = (),
    depth_km: float | None = None,
) -> None:
    """Draw events where they are, coloured by the region that the network gives them.

    ``true`` and ``found``: class indices; None in ``found`` is an event that was missed (taken for
    noise). Wrong regions are ringed in black.
    """
    lat, lon = np.asarray(lat, dtype=float), np.asarray(lon, dtype=float)
    right, given = _indices(true), _indices(found)
    groups = []
    for i, label in enumerate(regions.labels):
        of = given == i
        wrong = int((of & (right != i)).sum())
        name = f"{label}: {counted(of.sum(), 'event')}" + (f", {wrong} wrong" if wrong else "")
        groups.append(Places(name, lat[of], lon[of], region_colour(i), region_marker(i)))
    wrong = (given >= 0) & (given != right)
    if wrong.any():
        ring = Places(f"wrong region: {wrong.sum()}", lat[wrong], lon[wrong], area=110, hollow=True)
        groups.append(ring)
    if (missed := given < 0).any():
        name = f"missed: {missed.sum()}"
        groups.append(Places(name, lat[missed], lon[missed], style.VERMILLION, "x", 40))
    draw_map(path, title, groups, regions, stations, depth_km)


def plot_found(
    path: Path | str,
    title: str,
    counts: Sequence[int],
    regions: Regions,
    stations: Sequence[Station] = (),
    lat: ArrayLike = (),
    lon: ArrayLike = (),
    unit: str = "detection",
) -> None:
    """Draw how many detections (or windows) each region got, as discs whose area is the number.

    ``counts``: by class index. ``lat`` and ``lon``: events of a catalogue to compare with. A disc
    stands on the centroid, the middle of the line or of the polygon; a region without either is
    in the legend only.
    """
    most = max(max(counts, default=0), 1)
    known = Places(f"catalogue: {counted(np.size(lat), 'event')}", np.asarray(lat, dtype=float),
                   np.asarray(lon, dtype=float), style.BLACK, ".", 16)  # fmt: skip
    groups = []
    for i, (region, n) in enumerate(zip(regions.classes, counts, strict=True)):
        where = anchor(regions, i)
        at = np.array([where] if where else np.empty((0, 2)), dtype=float)
        area = 1500 * n / most if n else 20
        groups.append(
            Places(
                f"{region.label}: {counted(n, unit)}",
                at[:, 0],
                at[:, 1],
                region_colour(i),
                "o",
                area,
                hollow=not n,
                opacity=0.5,
            )  # fmt: skip
        )
    if np.size(lat):
        groups.append(known)  # last, so that no disc hides an event
    draw_map(path, title, groups, regions, stations, None)


def _indices(assigned: Sequence[int | None]) -> np.ndarray:
    return np.array([-1 if k is None else k for k in assigned], dtype=int)
