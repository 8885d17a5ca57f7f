"""Where events are: a map with a depth section below it and one beside it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from deepquake.core.text import number_of
from deepquake.earth import geo
from deepquake.earth.regions import Regions
from deepquake.earth.stations import Station
from deepquake.plots import style
from deepquake.plots.extents import Extent, extent_of
from deepquake.plots.map_drawing import (
    FAR_WIDER,
    Places,
    draw_points,
    legend_of,
    shade_regions,
)

MAP_LONG_IN = 5.6  # the longer side of the map
LEAST_DEPTH_IN, MOST_DEPTH_IN = 1.3, 3.2  # of the depth axis
LEFT_IN, RIGHT_IN, TITLE_IN, FOOT_IN, BETWEEN_IN = 0.85, 0.15, 0.45, 0.55, 0.12
LEGEND_LINE_IN = 0.24  # for each line of the legend
MOST_ERRORS = 300  # more bars of errors would hide the events
BAR: dict[str, Any] = {"color": style.GREY, "linewidth": 0.6, "zorder": 4}


@dataclass(frozen=True)
class Hypocentres:
    """Events drawn alike: their epicentres, depths and, where known, errors (68 %) in km.

    The map need not reach to those that are not ``trusted``.
    """

    places: Places
    depth_km: geo.Floats
    horizontal_error_km: geo.Floats = field(default_factory=lambda: np.empty(0))
    depth_error_km: geo.Floats = field(default_factory=lambda: np.empty(0))
    trusted: bool = True


def draw_hypocentres(
    title: str,
    groups: Sequence[Hypocentres],
    *,
    stations: Sequence[Station] = (),
    regions: Regions | None = None,
) -> Figure:
    """Return a map of events with two depth sections, which have the scale of the map.

    Parameters
    ----------
    title : str
        What it shows.
    groups : sequence of Hypocentres
        The later ones above the earlier.
    stations : sequence of Station
        Drawn with their codes; where they spread much wider than the events, those near by.
    regions : Regions, optional
        Whose areas are shaded.

    Returns
    -------
    Figure
        To be saved.
    """
    inside = [group for group in groups if group.trusted] or groups
    extent = _extent(inside, stations)
    depth_km, depths = _depth_range(inside, stations)
    wide_km = (extent.east - extent.west) / geo.map_aspect(extent.middle[0]) * geo.KM_PER_DEGREE
    high_km = (extent.north - extent.south) * geo.KM_PER_DEGREE
    per_km = MAP_LONG_IN / max(wide_km, high_km)
    wide_in, high_in = wide_km * per_km, high_km * per_km
    depth_in = float(np.clip((depth_km[1] - depth_km[0]) * per_km, LEAST_DEPTH_IN, MOST_DEPTH_IN))
    stretch = depth_in / ((depth_km[1] - depth_km[0]) * per_km)
    n_outside = sum(_n_outside(group.places, extent) for group in groups)
    n_lines = len(groups) + bool(stations) + (regions is not None) + bool(n_outside)
    legend_in = LEGEND_LINE_IN * (n_lines + 0.5)
    foot_in = FOOT_IN + max(0.0, legend_in - depth_in)
    title_in = TITLE_IN if title else BETWEEN_IN
    width = LEFT_IN + wide_in + BETWEEN_IN + max(depth_in, 2.2) + RIGHT_IN
    height = title_in + high_in + BETWEEN_IN + depth_in + foot_in
    figure = style.new_figure(height, width)

    def panel(x_in: float, y_in: float, wide: float, high: float) -> Axes:
        return figure.add_axes((x_in / width, y_in / height, wide / width, high / height))

    map_foot_in = foot_in + depth_in + BETWEEN_IN
    top = panel(LEFT_IN, map_foot_in, wide_in, high_in)
    below = panel(LEFT_IN, foot_in, wide_in, depth_in)
    beside = panel(LEFT_IN + wide_in + BETWEEN_IN, map_foot_in, depth_in, high_in)
    if regions is not None:
        shade_regions(
            top, extent, regions, depth_km=float(np.median(depths)) if len(depths) else None
        )
    _draw_errors(top, below, beside, groups, extent)
    draw_points(top, extent, [group.places for group in groups], stations=stations)
    _draw_depths(below, beside, groups, stations=stations, extent=extent)
    top.tick_params(labelbottom=False)
    top.set_xlabel("")
    below.set(ylim=depth_km[::-1])
    below.set_xlabel("longitude", fontsize=9)
    below.set_xticks(top.get_xticks())
    below.xaxis.set_major_formatter(top.xaxis.get_major_formatter())
    below.set_xlim(top.get_xlim())
    beside.set(xlim=depth_km)
    beside.tick_params(labelleft=False)
    beside.set_yticks(top.get_yticks())
    beside.set_ylim(top.get_ylim())
    told = f"depth (km)\n{stretch:.2g} x scale" if abs(stretch - 1) > 0.05 else "depth (km)"
    below.set_ylabel(told, fontsize=9)
    beside.set_xlabel("depth (km)", fontsize=9)
    for axes in (below, beside):
        axes.tick_params(labelsize=8)
        axes.grid(color=style.LIGHT, linewidth=0.5)
        axes.set_axisbelow(True)
    handles = legend_of([group.places for group in groups], bool(stations), regions)
    if n_outside:
        told = f"{number_of(n_outside, 'event')} outside the map"
        handles.append(Line2D([], [], linestyle="", label=told))
    corner_in = LEFT_IN + wide_in + BETWEEN_IN, foot_in + depth_in - 0.35
    figure.legend(
        handles=handles, loc="upper left", fontsize=8, frameon=False, borderaxespad=0,
        bbox_to_anchor=(corner_in[0] / width, corner_in[1] / height),
    )  # fmt: skip
    figure.text(0.15 / width, 1 - 0.1 / height, style.plain(title), fontsize=10, va="top")
    return figure


def _extent(groups: Sequence[Hypocentres], stations: Sequence[Station]) -> Extent:
    """Return what the map shows: all, or the events where stations spread much wider."""
    lat = np.concatenate([np.empty(0), *(group.places.lat for group in groups)])
    lon = np.concatenate([np.empty(0), *(group.places.lon for group in groups)])
    whole = extent_of(
        np.append(lat, [s.latitude for s in stations]),
        np.append(lon, [s.longitude for s in stations]),
    )
    near = extent_of(lat, lon) if lat.size else whole
    wider = (whole.north - whole.south) / (near.north - near.south)
    return near if wider > FAR_WIDER and lat.size > 1 else whole


def _n_outside(places: Places, extent: Extent) -> int:
    """Return how many places the map does not reach to."""
    lon = geo.wrap_longitude(places.lon, extent.middle[1])
    inside = (places.lat >= extent.south) & (places.lat <= extent.north)
    return int(np.sum(~inside | (lon < extent.west) | (lon > extent.east)))


def _depth_range(
    groups: Sequence[Hypocentres], stations: Sequence[Station]
) -> tuple[tuple[float, float], geo.Floats]:
    """Return the depths that are shown, from the highest station down, and those of the events."""
    depths = np.concatenate([np.empty(0), *(group.depth_km for group in groups)])
    depths = depths[np.isfinite(depths)]
    heights = [-s.elevation_m / 1000 for s in stations]
    least = min([0.0, *heights, *depths])
    most = max([1.0, *depths])
    room = 0.06 * (most - least)
    return (least - room, most + room), depths


def _draw_depths(
    below: Axes,
    beside: Axes,
    groups: Sequence[Hypocentres],
    *,
    stations: Sequence[Station],
    extent: Extent,
) -> None:
    mid_lon = extent.middle[1]
    lon = geo.wrap_longitude([s.longitude for s in stations], mid_lon)
    heights = [-s.elevation_m / 1000 for s in stations]
    look: dict[str, Any] = {"s": 26, "c": "white", "marker": "^", "edgecolors": "black"}
    below.scatter(lon, heights, zorder=4, linewidths=0.7, **look)
    beside.scatter(heights, [s.latitude for s in stations], zorder=4, linewidths=0.7, **look)
    for group in groups:
        places = group.places
        marks = places.look()
        below.scatter(geo.wrap_longitude(places.lon, mid_lon), group.depth_km, zorder=5, **marks)
        beside.scatter(group.depth_km, places.lat, zorder=5, **marks)


def _draw_errors(
    top: Axes, below: Axes, beside: Axes, groups: Sequence[Hypocentres], extent: Extent
) -> None:
    """Draw bars as long as the errors, where there are not too many."""
    if sum(len(group.depth_km) for group in groups) > MOST_ERRORS:
        return
    for group in groups:
        if not len(group.horizontal_error_km):
            continue
        lat, depth = group.places.lat, group.depth_km
        lon = geo.wrap_longitude(group.places.lon, extent.middle[1])
        up = group.horizontal_error_km / geo.KM_PER_DEGREE
        across = up * geo.map_aspect(extent.middle[0])
        deep = group.depth_error_km
        for axes, x, y, dx, dy in (
            (top, lon, lat, across, up),
            (below, lon, depth, across, deep),
            (beside, depth, lat, deep, up),
        ):
            axes.hlines(y, x - dx, x + dx, **BAR)
            axes.vlines(x, y - dy, y + dy, **BAR)
