"""The timeline of a data set: when each station recorded, what happened, and which P were picked.

A month of continuous records is drawn on an axis of time. Records of a minute or two, spread over
years, would be too thin to see there: each of them (or each group that overlaps in time) gets a
column of its own, and the time between columns is left out. Where they would be too many, those
next to each other share one: a month of events, and one record of 1985, are two columns or more.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from deepquake.core import intervals
from deepquake.core.times import as_datetime
from deepquake.earth.geo import Floats
from deepquake.plots import style

SPARSE = 0.05  # share of the whole time that is recorded; below it, columns are drawn
MOST_COLUMNS = 400
MOST_ROWS = 120
COLUMN_IN, STATION_IN, TOP_IN = 0.11, 0.19, 1.2
WIDEST_IN = 24.0
TOGETHER_S = 60.0  # records no farther apart are in one column
LONE_EVENT_S = 60.0  # the width of a column of an event that nobody recorded
COLUMN_PAD = 0.06
THINNEST = 1 / 1200  # of the picture's width: a bar that can still be seen
LANES = 4  # of records of a station that overlap in time
LABELS_PER_INCH = 6.0
CROWD = 60  # picks in a row: from here on they would hide the data
# Where data, picked and estimated P are drawn in a row that is one high, from its middle.
ROOMY = (-0.4, 0.4), (-0.45, 0.45), (-0.45, 0.45)
CROWDED = (-0.45, 0.0), (0.04, 0.24), (0.26, 0.46)


@dataclass
class StationRow:
    """One station; times are seconds since 1970 UTC, ``spans`` are (n, 2) starts and ends."""

    label: str
    spans: Floats = field(default_factory=lambda: np.empty((0, 2)))
    picked_s: Floats = field(default_factory=lambda: np.empty(0))
    lost_s: Floats = field(default_factory=lambda: np.empty(0))  # P picks without a waveform
    estimated_s: Floats = field(default_factory=lambda: np.empty(0))


@dataclass
class Quakes:
    """Events: time, magnitude (NaN where unknown), and whether any station recorded them.

    Where no magnitude is known something else may stand in its place: ``quantity``.
    """

    time_s: Floats
    magnitude: Floats
    recorded: NDArray[np.bool_]
    quantity: str = "magnitude"


@dataclass(frozen=True)
class PickWords:
    """What the legend calls events that were recorded, and the two kinds of P at a station."""

    event: str = "event, recorded"
    picked: str = "P pick in the data"
    estimated: str = "estimated P"


@dataclass
class Columns:
    """Stretches of time that are drawn side by side, each one unit wide."""

    start_s: Floats
    end_s: Floats

    def place(self, time_s: Floats) -> Floats:
        """Return where on the x axis times are drawn; NaN outside every column."""
        number = np.searchsorted(self.start_s, time_s, side="right") - 1
        at = np.maximum(number, 0)
        share = (time_s - self.start_s[at]) / (self.end_s[at] - self.start_s[at])
        inside = (number >= 0) & (share <= 1 + 1e-9)
        return np.where(inside, at + COLUMN_PAD + (1 - 2 * COLUMN_PAD) * share, np.nan)


def plot_timeline(path: Path, title: str, rows: Sequence[StationRow], quakes: Quakes) -> None:
    """Draw the timeline of a data set.

    Parameters
    ----------
    path : Path
        The PNG to write.
    title : str
        Which data set.
    rows : sequence of StationRow
        The stations; of more than 120, those with most records are drawn.
    quakes : Quakes
        The events.
    """
    style.save(draw_timeline(title, rows, quakes), path)


def draw_timeline(
    title: str, rows: Sequence[StationRow], quakes: Quakes, words: PickWords = PickWords()
) -> Figure:
    """Return the picture that ``plot_timeline`` writes.

    Parameters
    ----------
    title, rows, quakes
        As there.
    words : PickWords, optional
        What the legend calls events and picks.
    """
    drawn, title = _busiest(rows), style.plain(title)
    if len(drawn) < len(rows):
        title += f"\nthe {len(drawn)} stations with most records, of {len(rows)}"
    columns = columns_of(rows, quakes)
    width = style.WIDTH_IN
    if columns is not None:
        width = min(max(width, 2.5 + COLUMN_IN * len(columns.start_s)), WIDEST_IN)
    body = max(1.2, STATION_IN * len(drawn))
    figure = style.new_figure(body + TOP_IN + 2.0, width)
    figure.set_layout_engine("constrained")
    top, axes = figure.subplots(2, 1, sharex=True, height_ratios=(TOP_IN, body))
    for panel in (top, axes):
        style.tidy(panel)
    start_s, end_s = _time_range(rows, quakes)
    if columns is None:
        limits = (start_s, max(end_s, start_s + 1.0))
    else:
        limits = (0.0, float(len(columns.start_s)))
    _draw_quakes(top, quakes, columns)
    _draw_stations(axes, drawn, columns=columns, limits=limits)
    if columns is None:
        style.utc_axis(axes, *limits)
    else:
        _label_columns(axes, columns, width)
    _explain(figure, drawn, quakes, words)
    figure.suptitle(title, fontsize=12)
    return figure


def columns_of(rows: Sequence[StationRow], quakes: Quakes) -> Columns | None:
    """Return the columns of sparse records, or None where an axis of time shows them well.

    Events that nobody recorded have columns of their own, unless they outnumber the records.

    Parameters
    ----------
    rows : sequence of StationRow
        The stations.
    quakes : Quakes
        The events.

    Returns
    -------
    Columns or None
        In order of time.
    """
    spans = np.concatenate([np.empty((0, 2)), *(row.spans for row in rows)])
    columns = _merged(spans)
    lone = quakes.time_s[~np.isfinite(_places(columns, quakes.time_s))]
    if len(lone) <= max(len(columns.start_s), MOST_COLUMNS * (not len(spans))):
        lost = np.concatenate([np.empty(0), *(row.lost_s for row in rows)])
        points = np.concatenate([lone, lost]) if not len(spans) else lone
        around = np.column_stack([points - LONE_EVENT_S / 4, points + LONE_EVENT_S * 3 / 4])
        columns = _merged(np.concatenate([spans, around]))
    if len(columns.start_s) > MOST_COLUMNS:
        gaps_s = np.sort(columns.start_s[1:] - columns.end_s[:-1])
        together_s = float(gaps_s[-MOST_COLUMNS])
        columns = _merged(np.column_stack([columns.start_s, columns.end_s]), together_s)
    if len(columns.start_s) < 2:
        return None
    covered = float((columns.end_s - columns.start_s).sum())
    return columns if covered < SPARSE * (columns.end_s[-1] - columns.start_s[0]) else None


def _places(columns: Columns, times: Floats) -> Floats:
    return columns.place(times) if len(columns.start_s) else np.full(len(times), np.nan)


def _merged(spans: Floats, together_s: float = TOGETHER_S) -> Columns:
    start_s, end_s = intervals.union(spans[:, 0], spans[:, 1], together_s).T
    return Columns(start_s, np.maximum(end_s, start_s + 1.0))


def _time_range(rows: Sequence[StationRow], quakes: Quakes) -> tuple[float, float]:
    """Return the time that the records span or, where there are none, the events and picks."""
    spans = np.concatenate([np.empty(0), *(row.spans.ravel() for row in rows)])
    if not len(spans):
        spans = np.concatenate([quakes.time_s, *(row.lost_s for row in rows)])
    spans = spans[np.isfinite(spans)]
    return (float(spans.min()), float(spans.max())) if len(spans) else (0.0, 1.0)


def _busiest(rows: Sequence[StationRow]) -> list[StationRow]:
    def size(k: int) -> tuple[float, int]:
        spans = rows[k].spans
        return float((spans[:, 1] - spans[:, 0]).sum()), len(rows[k].lost_s)

    order = sorted(range(len(rows)), key=lambda k: (*(-n for n in size(k)), k))
    return [rows[k] for k in sorted(order[:MOST_ROWS])]


def _x(times: Floats, columns: Columns | None) -> Floats:
    return times if columns is None else columns.place(times)


def _draw_quakes(axes: Axes, quakes: Quakes, columns: Columns | None) -> None:
    """Draw events by magnitude; those without one at the foot of the panel."""
    x = _x(quakes.time_s, columns)
    known = np.isfinite(quakes.magnitude)
    low, high = (
        (float(quakes.magnitude[known].min()), float(quakes.magnitude[known].max()))
        if known.any()
        else (0.0, 1.0)
    )
    foot = low - 0.25 * max(high - low, 1.0) if known.any() else 0.5
    y = np.where(known, quakes.magnitude, foot)
    for recorded, colour, marker in ((True, style.BLACK, "o"), (False, style.VERMILLION, "x")):
        of = quakes.recorded == recorded
        axes.scatter(x[of], y[of], s=14, c=colour, marker=marker, linewidths=0.8, zorder=3)
    if known.any():
        axes.set_ylabel(quakes.quantity, fontsize=9)
        if np.all(quakes.magnitude[known] % 1 == 0):  # numbers of arrivals
            axes.yaxis.set_major_locator(MaxNLocator(integer=True))
        lowest = low if known.all() else foot
        room = max(0.3, 0.1 * (high - lowest))
        axes.set_ylim(lowest - room, high + room)
        if not known.all():
            axes.annotate(
                "none", (0, foot), xycoords=("axes fraction", "data"), xytext=(-4, 0),
                textcoords="offset points", ha="right", va="center", fontsize=7,
            )  # fmt: skip
    else:
        axes.set(ylim=(0, 1), yticks=[])
        axes.set_ylabel("events\n(no magnitude)" if len(x) else "no events", fontsize=8)
    axes.tick_params(axis="x", labelbottom=False)


def _draw_stations(
    axes: Axes, rows: Sequence[StationRow], *, columns: Columns | None, limits: tuple[float, float]
) -> None:
    thinnest = THINNEST * (limits[1] - limits[0])
    data, picked, estimated = ROOMY
    if max((len(row.picked_s) + len(row.estimated_s) for row in rows), default=0) > CROWD:
        data, picked, estimated = CROWDED
    bars = []
    for k, row in enumerate(rows):
        if len(row.spans):
            x0, x1 = _x(row.spans[:, 0], columns), _x(row.spans[:, 1], columns)
            x1 = np.maximum(x1, x0 + thinnest)
            lane, n_lanes = lanes(row.spans)
            height = (data[1] - data[0]) / n_lanes
            low = k + data[0] + lane * height
            high = low + height * (0.85 if n_lanes > 1 else 1.0)
            corners = np.stack([x0, low, x0, high, x1, high, x1, low], axis=1)
            bars.append(corners.reshape(-1, 4, 2))
        marks: tuple[tuple[Floats, str, style.Dashes, tuple[float, float]], ...] = (
            (row.estimated_s, style.ORANGE, ":", estimated),
            (row.picked_s, style.BLUE, "-", picked),
        )
        for times, colour, line, (upper, lower) in marks:
            x = _x(times, columns)
            x = x[np.isfinite(x)]
            axes.vlines(x, k + upper, k + lower, colour, line, linewidth=1.1, zorder=4)
        x = _x(row.lost_s, columns)
        axes.scatter(
            x, np.full(len(x), k), s=16, c=style.VERMILLION, marker="x", linewidths=1, zorder=5
        )
    if bars:
        axes.add_collection(PolyCollection([*np.concatenate(bars)], facecolors="#b0b0b0", zorder=2))
    axes.hlines(np.arange(len(rows)), *limits, style.LIGHT, linewidth=0.4, zorder=1)
    axes.set_yticks(np.arange(len(rows)), [style.plain(row.label) for row in rows], fontsize=7)
    axes.set(ylim=(len(rows) - 0.4, -0.6), xlim=limits)


def lanes(spans: Floats) -> tuple[NDArray[np.int64], int]:
    """Return the lane (0 ... 3) of each span, so that spans of one lane do not overlap, and their
    number; beyond four, spans share the last one.
    """
    lane = np.zeros(len(spans), np.int64)
    ends = [-np.inf] * LANES
    for k in np.argsort(spans[:, 0], kind="stable").tolist():
        begin, end = spans[k]
        free = next((n for n in range(LANES) if ends[n] <= begin), LANES - 1)
        lane[k], ends[free] = free, max(end, ends[free])
    return lane, int(lane.max(initial=0)) + 1


def _label_columns(axes: Axes, columns: Columns, width_in: float) -> None:
    n = len(columns.start_s)
    step = int(np.ceil(n / (LABELS_PER_INCH * (width_in - 2))))
    shown = np.arange(0, n, step)
    moments = [as_datetime(t) for t in columns.start_s[shown]]
    axes.set_xticks(shown + 0.5, [f"{m:%Y-%m-%d %H:%M}" for m in moments], rotation=90, fontsize=7)
    axes.vlines(np.arange(1, n), *axes.get_ylim(), style.LIGHT, linewidth=0.4, zorder=0)
    long = columns.end_s - columns.start_s
    scale = (
        f"each {_seconds(np.median(long))} wide"
        if long.max() < 1.2 * long.min()
        else f"{_seconds(long.min())} to {_seconds(long.max())} long, each drawn equally wide"
    )
    axes.set_xlabel(
        f"time (UTC): {n} columns, {scale}; the time between columns is left out", fontsize=9
    )


def _seconds(duration: float) -> str:
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if duration >= 3 * size:
            return f"{duration / size:.3g} {unit}"
    return f"{duration:.3g} s"


def _explain(figure: Figure, rows: Sequence[StationRow], quakes: Quakes, words: PickWords) -> None:
    def look(colour: str, label: str, **kwargs: Any) -> Line2D:
        return Line2D([], [], color=colour, label=label, linewidth=1.4, markersize=4.5, **kwargs)

    cross, recorded = {"linestyle": "", "marker": "x"}, quakes.recorded
    explained = (
        (recorded.any(), look(style.BLACK, words.event, linestyle="", marker="o")),
        (not recorded.all(), look(style.VERMILLION, "event without waveforms", **cross)),
        (any(len(row.spans) for row in rows), Patch(color="#b0b0b0", label="data")),
        (any(len(row.picked_s) for row in rows), look(style.BLUE, words.picked)),
        (
            any(len(row.estimated_s) for row in rows),
            look(style.ORANGE, words.estimated, linestyle=":"),
        ),
        (
            any(len(row.lost_s) for row in rows),
            look(style.VERMILLION, "P pick without waveform", **cross),
        ),
    )
    handles = [handle for shown, handle in explained if shown]
    if handles:
        figure.legend(handles=handles, loc="outside lower left", ncols=6, fontsize=8, frameon=False)
