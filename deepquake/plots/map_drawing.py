"""A map: places, source regions and their borders, stations, coordinates and a scale bar.

Every map has its coordinates on the axes and is true to scale at its middle latitude: a kilometre
is as long from west to east as from south to north.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MaxNLocator

from deepquake.earth import geo
from deepquake.earth.regions import NEAREST, POLYGONS, SIDES, Regions
from deepquake.earth.stations import Station
from deepquake.plots import style
from deepquake.plots.extents import Extent, degrees, extent_of

REGION_COLOURS = (
    style.BLUE,
    style.ORANGE,
    style.GREEN,
    style.PURPLE,
    style.VERMILLION,
    style.SKY,
    style.YELLOW,
    style.BLACK,
)
MARKERS = "osDv^Phd"
GRID = 400  # places each way at which the region is asked for, to draw its border and shade it
LONG_SIDE_IN, SHORT_SIDE_IN = 9.0, 5.5
TICK_STEPS = [1, 2, 2.5, 5, 10]
# stations that spread this many times wider than the events get a map of their own beside
FAR_WIDER = 3.0


@dataclass(frozen=True)
class Places:
    """Points that are drawn alike. Latitudes and longitudes in degrees; ``area`` in points^2."""

    label: str
    lat: geo.Floats
    lon: geo.Floats
    colour: str = style.BLACK
    marker: str = "o"
    area: float = 28.0
    hollow: bool = False
    opacity: float = 0.9

    @property
    def outlined(self) -> bool:
        """Whether only its outline (or its strokes) has the colour."""
        return self.hollow or self.marker == "x"

    def look(self) -> dict[str, Any]:
        """Return how ``Axes.scatter`` draws them."""
        look: dict[str, Any] = {"c": self.colour}  # of a cross, which has no face
        if self.marker != "x":
            look = {
                "facecolors": "none" if self.hollow else self.colour,
                "edgecolors": self.colour if self.hollow else "black",
                "alpha": self.opacity,
            }
        width = 1.6 if self.outlined else 0.4
        return look | {"s": self.area, "marker": self.marker, "linewidths": width}


def region_colour(index: int) -> str:
    """Return the colour of a class index of regions; it repeats after eight."""
    return REGION_COLOURS[index % len(REGION_COLOURS)]


def region_marker(index: int) -> str:
    """Return the marker of a class index; with the colour, different for the first 64."""
    return MARKERS[(index + index // len(REGION_COLOURS)) % len(MARKERS)]


def draw_map(
    path: Path,
    title: str,
    groups: Sequence[Places],
    *,
    regions: Regions | None = None,
    stations: Sequence[Station] = (),
    depth_km: float | None = None,
) -> None:
    """Draw groups of places, the regions and the stations.

    Where the stations spread much wider than the places there are two maps: all, and near by.

    Parameters
    ----------
    path : Path
        The PNG to write.
    title : str
        What it shows.
    groups : sequence of Places
        The later ones above the earlier.
    regions : Regions, optional
        Whose borders are drawn.
    stations : sequence of Station
        With their codes.
    depth_km : float, optional
        The depth that borders are drawn for, where depth counts.
    """
    lat = np.concatenate([group.lat for group in groups]) if groups else np.empty(0)
    lon = np.concatenate([group.lon for group in groups]) if groups else np.empty(0)
    s_lat = np.array([station.latitude for station in stations])
    s_lon = np.array([station.longitude for station in stations])
    if regions is not None:
        r_lat, r_lon = _outline(regions)
        lat, lon = np.append(lat, r_lat), np.append(lon, r_lon)
    whole = extent_of(np.append(lat, s_lat), np.append(lon, s_lon))
    near = extent_of(lat, lon) if lat.size else whole
    extents = [whole]
    if (whole.north - whole.south) > FAR_WIDER * (near.north - near.south):
        extents.append(near)
    figure, panels = _figure(extents)
    for axes, extent in zip(panels, extents, strict=True):
        if regions is not None:
            shade_regions(axes, extent, regions, depth_km=depth_km)
        draw_points(axes, extent, groups, stations=stations)
    if len(extents) > 1:
        _frame(panels[0], near)
    if groups or stations:
        panels[-1].legend(
            handles=legend_of(groups, bool(stations), regions, depth_km=depth_km),
            loc="upper left",
            bbox_to_anchor=(1.01, 1.0),
            fontsize=8,
            frameon=False,
        )
    figure.suptitle(style.plain(title), fontsize=12)
    style.save(figure, path)


def _figure(extents: Sequence[Extent]) -> tuple[Figure, list[Axes]]:
    sides = []
    for extent in extents:
        wide = (extent.east - extent.west) / geo.map_aspect(extent.middle[0])
        sides.append(wide / (extent.north - extent.south))
    height = SHORT_SIDE_IN if len(extents) > 1 else LONG_SIDE_IN / max(sides[0], 1.0)
    widths = [height * side + 0.9 for side in sides]
    figure = style.new_figure(height + 1.1, sum(widths) + 3.0)
    figure.set_layout_engine("constrained")
    grid = figure.add_gridspec(1, len(extents), width_ratios=widths)
    return figure, [figure.add_subplot(grid[0, k]) for k in range(len(extents))]


def draw_points(
    axes: Axes, extent: Extent, groups: Sequence[Places], *, stations: Sequence[Station]
) -> None:
    """Draw groups of places and stations on a map with its coordinates and a scale bar.

    Parameters
    ----------
    axes : Axes
        Those of the map.
    extent : Extent
        What it shows.
    groups : sequence of Places
        The later ones above the earlier.
    stations : sequence of Station
        With their codes.
    """
    axes.set(xlim=(extent.west, extent.east), ylim=(extent.south, extent.north))
    axes.set_aspect(geo.map_aspect(extent.middle[0]), adjustable="box")
    mid_lon = extent.middle[1]
    for station in stations:
        x = float(geo.wrap_longitude(station.longitude, mid_lon))
        axes.scatter(x, station.latitude, s=60, c="white", marker="^", edgecolors="black", zorder=4)
        if extent.west <= x <= extent.east and extent.south <= station.latitude <= extent.north:
            axes.annotate(
                station.code, (x, station.latitude), xytext=(0, -6), textcoords="offset points",
                ha="center", va="top", fontsize=7, zorder=4, clip_on=True,
            )  # fmt: skip
    for group in groups:
        lon = geo.wrap_longitude(group.lon, mid_lon)
        axes.scatter(lon, group.lat, zorder=5, **group.look())
    axes.xaxis.set_major_locator(MaxNLocator(5, steps=TICK_STEPS, min_n_ticks=3))
    axes.yaxis.set_major_locator(MaxNLocator(6, steps=TICK_STEPS, min_n_ticks=3))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: degrees(x, "EW")))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: degrees(y, "NS")))
    axes.tick_params(labelsize=8)
    axes.set_xlabel("longitude", fontsize=9)
    axes.set_ylabel("latitude", fontsize=9)
    _scale_bar(axes, extent)


def shade_regions(axes: Axes, extent: Extent, regions: Regions, *, depth_km: float | None) -> None:
    """Shade each region faintly in its colour and draw the borders between them.

    Parameters
    ----------
    axes : Axes
        Those of the map.
    extent : Extent
        What it shows.
    regions : Regions
        The regions.
    depth_km : float or None
        The depth that borders are drawn for, where depth counts.
    """
    x = np.linspace(extent.west, extent.east, GRID)
    y = np.linspace(extent.south, extent.north, GRID)
    lon, lat = np.meshgrid(x, y)
    depth = np.full(lat.shape, np.nan if depth_km is None else depth_km)
    index = regions.assign_all(lat, lon, depth)
    tints = np.array(
        [to_rgba(region_colour(i), 0.13) for i in range(len(regions))] + [(1, 1, 1, 0)]
    )
    axes.imshow(
        tints[index], extent=(extent.west, extent.east, extent.south, extent.north),
        origin="lower", aspect=axes.get_aspect(), interpolation="nearest", zorder=0,
    )  # fmt: skip
    line: dict[str, Any] = {"colors": style.GREY, "linewidths": 1.2, "zorder": 2}
    if regions.kind == POLYGONS:
        for region in regions.regions:
            for ring in region.rings:
                corners = np.array((*ring, ring[0]))
                edge = np.unwrap(corners[:, 1], period=360.0)
                shift = geo.wrap_longitude(edge.mean(), extent.middle[1]) - edge.mean()
                axes.plot(edge + shift, corners[:, 0], color=style.GREY, linewidth=1.2, zorder=2)
        return
    if regions.kind == SIDES:
        free = np.ones(lat.shape, dtype=bool)
        for region in regions.regions:
            if region.line is None:
                continue
            left = geo.left_of_line_km(lat, lon, region.line)
            axes.contour(x, y, np.ma.masked_where(~free, left), [0.0], **line)
            free &= left < 0
        return
    away = regions.distances_km(lat, lon, depth)
    if len(regions) > 1:
        for i, this in enumerate(away):
            farther = this - np.delete(away, i, axis=0).min(axis=0)
            if (farther < 0).any() and (farther > 0).any():
                axes.contour(x, y, farther, [0.0], **line)
    for i, region in enumerate(regions.classes):
        if regions.kind == NEAREST:
            at = np.array(region.line).reshape(2, 2)
            ends = geo.wrap_longitude(at[:, 1], extent.middle[1])
            axes.plot(ends, at[:, 0], color=region_colour(i), linewidth=2.5, zorder=3)
        elif region.centroid is not None:
            c_lat, c_lon = region.centroid[:2]
            c_lon = float(geo.wrap_longitude(c_lon, extent.middle[1]))
            axes.scatter(c_lon, c_lat, s=90, c="black", marker="+", linewidths=1.8, zorder=6)


def anchor(regions: Regions, index: int) -> tuple[float, float] | None:
    """Return a place that stands for a region.

    Parameters
    ----------
    regions : Regions
        All regions.
    index : int
        The class index of the region.

    Returns
    -------
    (float, float) or None
        Latitude and longitude in degrees: its centroid, or the middle of its line or polygon.
    """
    region = regions.classes[index]
    if region.centroid is not None:
        return region.centroid[:2]
    if region.line is not None:
        return geo.middle(region.line[::2], region.line[1::2])
    if region.rings:
        return geo.middle(*np.array(region.rings[0]).T)
    return None


def _outline(regions: Regions) -> tuple[geo.Floats, geo.Floats]:
    """Return the places that a map of the regions must show. Dividing lines go anywhere."""
    at = [region.centroid[:2] for region in regions.regions if region.centroid]
    at += [corner for region in regions.regions for ring in region.rings for corner in ring]
    if regions.kind == NEAREST:
        at += [end for r in regions.regions if r.line for end in (r.line[:2], r.line[2:])]
    lat, lon = np.array(at, dtype=float).reshape(-1, 2).T
    return lat, lon


def _frame(axes: Axes, extent: Extent) -> None:
    """Show on the wide map what the near one holds."""
    x = [extent.west, extent.east, extent.east, extent.west, extent.west]
    y = [extent.south, extent.south, extent.north, extent.north, extent.south]
    shift = geo.wrap_longitude(extent.middle[1], float(np.mean(axes.get_xlim()))) - extent.middle[1]
    axes.plot(np.array(x) + shift, y, color="black", linewidth=0.8, linestyle="--", zorder=6)


def _scale_bar(axes: Axes, extent: Extent) -> None:
    """Draw a bar of a round number of kilometres, about a quarter of the map's width."""
    mid_lat = extent.middle[0]
    across = min(extent.east - extent.west, 180.0)
    wide = float(geo.distance_km(mid_lat, lon1=0.0, lat2=mid_lat, lon2=across))
    power = 10.0 ** np.floor(np.log10(wide / 4))
    length = max(step * power for step in (1, 2, 5) if step * power <= wide / 4)
    x = extent.west + 0.04 * (extent.east - extent.west)
    y = extent.south + 0.04 * (extent.north - extent.south)
    side = length / wide * (extent.east - extent.west)
    axes.plot([x, x + side], [y, y], color="black", linewidth=3, solid_capstyle="butt", zorder=7)
    axes.annotate(
        f"{length:g} km", (x + side / 2, y), xytext=(0, 4), textcoords="offset points",
        ha="center", fontsize=8, zorder=7,
    )  # fmt: skip


def legend_of(
    groups: Sequence[Places],
    stations: bool,
    regions: Regions | None,
    *,
    depth_km: float | None = None,
) -> list[Line2D]:
    """Return what explains a map.

    Parameters
    ----------
    groups : sequence of Places
        Its places.
    stations : bool
        Whether it has stations.
    regions : Regions or None
        Its regions.
    depth_km : float, optional
        The depth that borders are drawn for.
    """
    return [*_explain_points(groups, stations), *_explain_borders(regions, depth_km)]


def _explain_points(groups: Sequence[Places], stations: bool) -> list[Line2D]:
    handles = [
        Line2D(
            [], [], linestyle="", marker=group.marker, markersize=7, label=style.plain(group.label),
            markerfacecolor="none" if group.hollow else group.colour,
            markeredgecolor=group.colour if group.outlined else "black",
            markeredgewidth=1.4 if group.hollow else 0.6,
        )
        for group in groups
    ]  # fmt: skip
    if stations:
        handles.append(Line2D([], [], linestyle="", marker="^", markersize=8, label="station",
                              markerfacecolor="white", markeredgecolor="black"))  # fmt: skip
    return handles


def _explain_borders(regions: Regions | None, depth_km: float | None) -> list[Line2D]:
    if regions is None:
        return []
    name = "border of regions"
    if regions.uses_depth and depth_km is not None:
        name += f"\n(for events {depth_km:.3g} km deep)"
    handles = [Line2D([], [], color=style.GREY, linewidth=1.2, label=name)]
    if regions.kind not in (NEAREST, SIDES, POLYGONS):
        handles.append(
            Line2D([], [], linestyle="", marker="+", markersize=9, color="black", label="centroid")
        )
    return handles
