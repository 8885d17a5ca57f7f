"""Maps: events by source region, the regions a network gives them, and what was found where."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from deepquake.core.text import number_of
from deepquake.earth.geo import Floats
from deepquake.earth.regions import Regions
from deepquake.earth.stations import Station
from deepquake.plots import style
from deepquake.plots.hypocentres import Hypocentres, draw_hypocentres
from deepquake.plots.map_drawing import Places, anchor, draw_map, region_colour, region_marker


def plot_regions(
    path: Path,
    title: str,
    lat: ArrayLike,
    lon: ArrayLike,
    *,
    assigned: Sequence[int | None],
    regions: Regions,
    stations: Sequence[Station] = (),
    depth_km: float | None = None,
) -> None:
    """Draw events coloured by region, the borders of the regions and the stations.

    Parameters
    ----------
    path : Path
        The PNG to write.
    title : str
        Which catalogue.
    lat, lon : array_like (n)
        Epicentres in degrees.
    assigned : sequence of int or None
        The class index of each event.
    regions : Regions
        The source regions.
    stations : sequence of Station
        Drawn with their codes.
    depth_km : float, optional
        The depth that borders are drawn for where depth counts, such as that of the middle event.
    """
    lat, lon = np.asarray(lat, dtype=float), np.asarray(lon, dtype=float)
    index = _indices(assigned)
    groups = []
    for i, label in enumerate(regions.labels):
        of = index == i
        name = f"{label}: {number_of(of.sum(), 'event')}"
        groups.append(_of_region(name, lat[of], lon[of], index=i))
    if (none := index < 0).any():
        name = f"no region: {number_of(none.sum(), 'event')}"
        groups.append(Places(name, lat[none], lon[none], colour=style.GREY, marker="x"))
    draw_map(path, title, groups, regions=regions, stations=stations, depth_km=depth_km)


def plot_region_confusion(
    path: Path,
    title: str,
    lat: ArrayLike,
    lon: ArrayLike,
    *,
    true: Sequence[int | None],
    found: Sequence[int | None],
    regions: Regions,
) -> None:
    """Draw events where they are, coloured by the region that the network gives them.

    Wrong regions are ringed in black.

    Parameters
    ----------
    path : Path
        The PNG to write.
    title : str
        What was tested.
    lat, lon : array_like (n)
        Epicentres in degrees.
    true, found : sequence of int or None
        Class indices; None in ``found`` is an event that was missed (taken for noise).
    regions : Regions
        The source regions.
    """
    lat, lon = np.asarray(lat, dtype=float), np.asarray(lon, dtype=float)
    right, given = _indices(true), _indices(found)
    groups = []
    for i, label in enumerate(regions.labels):
        of = given == i
        wrong = int((of & (right != i)).sum())
        name = f"{label}: {number_of(of.sum(), 'event')}" + (f", {wrong} wrong" if wrong else "")
        groups.append(_of_region(name, lat[of], lon[of], index=i))
    wrong = (given >= 0) & (given != right)
    if wrong.any():
        ring = Places(f"wrong region: {wrong.sum()}", lat[wrong], lon[wrong], area=110, hollow=True)
        groups.append(ring)
    if (missed := given < 0).any():
        name = f"missed: {missed.sum()}"
        groups.append(
            Places(name, lat[missed], lon[missed], colour=style.VERMILLION, marker="x", area=40)
        )
    draw_map(path, title, groups, regions=regions)


def plot_found(
    path: Path,
    title: str,
    counts: Sequence[int],
    *,
    regions: Regions,
    stations: Sequence[Station] = (),
    lat: ArrayLike = (),
    lon: ArrayLike = (),
    unit: str = "detection",
) -> None:
    """Draw how many detections (or windows) each region got, as discs whose area is the number.

    A disc stands on the centroid, the middle of the line or of the polygon; a region without
    either is in the legend only.

    Parameters
    ----------
    path : Path
        The PNG to write.
    title : str
        What was found.
    counts : sequence of int
        By class index.
    regions : Regions
        The source regions.
    stations : sequence of Station
        Drawn with their codes.
    lat, lon : array_like (n)
        Epicentres of a catalogue to compare with, degrees.
    unit : str
        What is counted, in the singular.
    """
    most = max(max(counts, default=0), 1)
    known = Places(f"catalogue: {number_of(np.size(lat), 'event')}", np.asarray(lat, dtype=float),
                   np.asarray(lon, dtype=float), marker=".", area=16)  # fmt: skip
    groups = []
    for i, (region, n) in enumerate(zip(regions.classes, counts, strict=True)):
        where = anchor(regions, i)
        at = np.array([where] if where else np.empty((0, 2)), dtype=float)
        area = 1500 * n / most if n else 20
        groups.append(
            Places(
                f"{region.label}: {number_of(n, unit)}",
                at[:, 0],
                at[:, 1],
                colour=region_colour(i),
                area=area,
                hollow=not n,
                opacity=0.5,
            )  # fmt: skip
        )
    if np.size(lat):
        groups.append(known)  # last, so that no disc hides an event
    draw_map(path, title, groups, regions=regions, stations=stations)


def plot_located(
    path: Path,
    title: str,
    events: Hypocentres,
    *,
    assigned: Sequence[int | None],
    known: Hypocentres,
    regions: Regions,
    stations: Sequence[Station] = (),
) -> None:
    """Draw events where they were located, coloured by region, with their errors and depths.

    Parameters
    ----------
    path : Path
        The PNG to write.
    title : str
        What was found.
    events : Hypocentres
        The events.
    assigned : sequence of int or None
        The class index of each.
    known : Hypocentres
        Those of a catalogue to compare with, drawn above; none where there is none.
    regions : Regions
        The source regions.
    stations : sequence of Station
        Drawn with their codes.
    """
    index, groups = _indices(assigned), []
    for number in np.unique(index).tolist():
        of = index == number
        n_events = number_of(int(of.sum()), "event")
        places = replace(events.places, lat=events.places.lat[of], lon=events.places.lon[of])
        if number < 0:
            places = replace(places, label=f"no region: {n_events}", colour=style.GREY, marker="D")
        else:
            name = f"{regions.classes[number].label}: {n_events}"
            colour, marker = region_colour(number), region_marker(number)
            places = replace(places, label=name, colour=colour, marker=marker)
        groups.append(
            Hypocentres(
                places,
                events.depth_km[of],
                horizontal_error_km=events.horizontal_error_km[of],
                depth_error_km=events.depth_error_km[of],
            )
        )
    if len(known.depth_km):
        groups.append(known)
    style.save(draw_hypocentres(title, groups, stations=stations, regions=regions), path)


def _indices(assigned: Sequence[int | None]) -> np.ndarray:
    return np.array([-1 if k is None else k for k in assigned], dtype=int)


def _of_region(label: str, lat: Floats, lon: Floats, *, index: int) -> Places:
    return Places(label, lat, lon, colour=region_colour(index), marker=region_marker(index))
