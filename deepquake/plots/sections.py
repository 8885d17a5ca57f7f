"""A record section: the traces of an event by distance, its arrivals and those computed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite, nan
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from deepquake.plots import style
from deepquake.plots.seismograms import PHASES
from deepquake.waveforms.envelope import Envelope

SECTION_WIDTH_IN, SECTION_ROW_IN, SECTION_MARGINS_IN = 9.6, 0.34, 1.05
HALF_ROW = 0.47  # of the traces: what would reach farther is cut off
HORIZONTAL = "#b5b5b5"
TimesByPhase = Mapping[str, Sequence[float]]  # P and S; seconds since 1970 UTC


@dataclass(frozen=True)
class SectionRow:
    """A station in a record section, and what is marked at it.

    ``outline`` is of some of its ``components`` ('ZNE'), None where there is no record. ``found``
    are the arrivals of the event, ``others`` those that were found but are not its, ``computed``
    when they come by its origin, and ``read`` what an analyst read of it.
    """

    label: str
    outline: Envelope | None = None
    components: str = ""
    found: TimesByPhase = field(default_factory=dict)
    others: TimesByPhase = field(default_factory=dict)
    computed: TimesByPhase = field(default_factory=dict)
    read: TimesByPhase = field(default_factory=dict)


def draw_section(
    title: str,
    rows: Sequence[SectionRow],
    span_s: tuple[float, float],
    *,
    scaled_in_s: tuple[float, float],
    origin_s: float = nan,
) -> Figure:
    """Return a picture of the traces of stations, one below the other, with their arrivals.

    Each station has its own scale: that at which the event fills its row. What is larger (of
    another event) is cut off.

    Parameters
    ----------
    title : str
        Which event.
    rows : sequence of SectionRow
        The stations, the uppermost first.
    span_s : (float, float)
        What is shown, seconds since 1970 UTC.
    scaled_in_s : (float, float)
        The part of it that the event fills.
    origin_s : float, optional
        The origin time, marked where it is within the span.

    Returns
    -------
    Figure
        To be saved.
    """
    height = SECTION_MARGINS_IN + SECTION_ROW_IN * max(len(rows), 2)
    figure = style.new_figure(height, SECTION_WIDTH_IN)
    panel = figure.add_axes((0.13, 0.52 / height, 0.84, 1 - SECTION_MARGINS_IN / height))
    for number, row in enumerate(rows):
        _draw_wave(panel, number, row, scaled_in_s=scaled_in_s)
        _draw_marks(panel, number, row)
    _draw_moveout(panel, rows)
    if span_s[0] < origin_s < span_s[1]:
        panel.axvline(origin_s, color=style.GREEN, linewidth=1.2, linestyle="-.", zorder=2)
    panel.set_ylim(max(len(rows), 2) - 0.4, -0.6)
    panel.set_yticks(range(len(rows)), [style.plain(row.label) for row in rows])
    style.tidy(panel)
    panel.tick_params(axis="y", length=0)
    style.utc_axis(panel, *span_s)
    figure.text(0.01, 1 - 0.08 / height, style.plain(title), fontsize=9, va="top")
    _explain_section(figure, rows, shows_origin=span_s[0] < origin_s < span_s[1])
    return figure


def _draw_wave(
    panel: Axes, number: int, row: SectionRow, *, scaled_in_s: tuple[float, float]
) -> None:
    """Draw the vertical, with the horizontals in light grey behind it, as large as the row."""
    if row.outline is None or not np.isfinite(row.outline.low).any():
        panel.axhline(number, color=style.LIGHT, linewidth=0.5, zorder=1)
        return
    times_s = row.outline.times_s
    middles = _middles(row.outline)
    low, high = row.outline.low - middles, row.outline.high - middles
    here = (times_s >= scaled_in_s[0]) & (times_s <= scaled_in_s[1])
    reach = _reach(low[:, here], high[:, here]) or _reach(low, high) or 1.0
    for component in sorted(row.components):  # Z, the last, lies above E and N
        k = row.components.index(component)
        wave = np.column_stack([low[k], high[k]]).ravel() * (HALF_ROW / reach)
        is_vertical = component == "Z" or len(row.components) == 1
        panel.plot(
            np.repeat(times_s, 2),
            number - np.clip(wave, -HALF_ROW, HALF_ROW),
            color=style.TRACE if is_vertical else HORIZONTAL,
            linewidth=0.6,
            zorder=3 if is_vertical else 2,
        )


def _middles(outline: Envelope) -> NDArray[np.float64]:
    """Return the median of each component; 0 where it has no samples."""
    middles = np.zeros((len(outline.low), 1))
    for k, (low, high) in enumerate(zip(outline.low, outline.high, strict=True)):
        known = np.isfinite(low)
        if known.any():
            middles[k] = np.median((low[known] + high[known]) / 2)
    return middles


def _reach(low: NDArray[np.float64], high: NDArray[np.float64]) -> float:
    both = np.abs(np.concatenate([low.ravel(), high.ravel()]))
    return float(np.max(both[np.isfinite(both)], initial=0.0))


def _draw_marks(panel: Axes, number: int, row: SectionRow) -> None:
    upper, lower = number - HALF_ROW, number + HALF_ROW
    for phase, (colour, dashes) in PHASES.items():
        panel.vlines(
            row.others.get(phase, ()), upper, lower, style.GREY, dashes, linewidth=1.0, zorder=4
        )
        panel.vlines(
            row.found.get(phase, ()), upper, lower, colour, dashes, linewidth=1.8, zorder=6
        )
        read = row.read.get(phase, ())
        panel.plot(
            read, [upper] * len(read), "v", color=colour, markersize=6, markeredgecolor="black",
            markeredgewidth=0.6, linestyle="none", zorder=7, clip_on=False,
        )  # fmt: skip


def _draw_moveout(panel: Axes, rows: Sequence[SectionRow]) -> None:
    """Draw when each phase comes by the origin, as one line through the rows."""
    for phase, (colour, _) in PHASES.items():
        times = [next(iter(row.computed.get(phase, ())), nan) for row in rows]
        known = [(time, number) for number, time in enumerate(times) if isfinite(time)]
        if known:
            x, y = zip(*known, strict=True)
            panel.plot(x, y, ":", color=colour, linewidth=1.1, marker="o", markersize=3.2,
                       markerfacecolor="white", markeredgecolor=colour, zorder=5)  # fmt: skip


def _explain_section(figure: Figure, rows: Sequence[SectionRow], *, shows_origin: bool) -> None:
    handles = []
    for phase, (colour, dashes) in PHASES.items():
        look: dict[str, Any] = {"color": colour, "linewidth": 1.6}
        if any(row.found.get(phase) for row in rows):
            handles.append(Line2D([], [], linestyle=dashes, label=f"{phase} found", **look))
        if any(row.computed.get(phase) for row in rows):
            handles.append(Line2D([], [], linestyle=":", marker="o", markersize=3.2,
                                  markerfacecolor="white", label=f"{phase} computed",
                                  **look))  # fmt: skip
        if any(row.read.get(phase) for row in rows):
            handles.append(Line2D([], [], color=colour, marker="v", linestyle="none",
                                  markeredgecolor="black", label=f"{phase} read"))  # fmt: skip
    if any(times for row in rows for times in row.others.values()):
        handles.append(Line2D([], [], color=style.GREY, label="found, not of this event"))
    if shows_origin:
        handles.append(Line2D([], [], color=style.GREEN, linestyle="-.", label="origin"))
    if handles:
        figure.legend(
            handles=handles,
            loc="upper right",
            bbox_to_anchor=(0.995, 1 - 0.24 / figure.get_figheight()),
            ncols=len(handles),
            fontsize=7,
            frameon=False,
            borderaxespad=0,
            handlelength=1.8,
            columnspacing=1.2,
        )
