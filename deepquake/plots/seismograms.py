"""Pictures of seismograms as they are: one station with its picks, or all stations of a file."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from deepquake.plots import style
from deepquake.waveforms.envelope import Envelope

PHASES: dict[str, tuple[str, style.Dashes]] = {
    "P": (style.BLUE, "-"),
    "S": (style.VERMILLION, "--"),
}
PANEL_IN, TRACE_IN, MARGINS_IN = 1.3, 0.42, 1.35


@dataclass(frozen=True)
class DrawnPick:
    """A pick to draw: 'P' or 'S', its time (seconds since 1970 UTC) and how it is written."""

    kind: str
    time: float
    phase: str


@dataclass(frozen=True)
class GatherRow:
    """One trace of a picture of several stations."""

    label: str
    outline: Envelope  # of one component
    picks: Sequence[DrawnPick]


def plot_station(
    path: Path,
    title: str,
    outline: Envelope,
    *,
    components: str,
    picks: Sequence[DrawnPick],
) -> None:
    """Draw the components of one station, each in a panel, with the picks of P and S.

    Parameters
    ----------
    path : Path
        The PNG to write.
    title : str
        Which station and record.
    outline : Envelope
        Of the components.
    components : str
        Those of Z, N, E that ``outline`` has, in order.
    picks : sequence of DrawnPick
        Those within the record.
    """
    height = MARGINS_IN + PANEL_IN * len(components)
    figure = style.new_figure(height)
    panels = list(np.ravel(figure.subplots(len(components), 1, sharex=True, squeeze=False)))
    figure.subplots_adjust(
        left=0.08, right=0.985, top=1 - 0.7 / height, bottom=0.6 / height, hspace=0.12
    )
    style.draw_record(panels, outline, components)
    for panel in panels:
        for pick in picks:
            colour, dashes = PHASES[pick.kind]
            panel.axvline(pick.time, color=colour, linestyle=dashes, linewidth=1.2, zorder=2)
    for pick in picks:
        panels[0].text(
            pick.time,
            1.01,
            style.plain(pick.phase),
            color=PHASES[pick.kind][0],
            transform=panels[0].get_xaxis_transform(),
            fontsize=8,
            ha="center",
            va="bottom",
        )
    style.utc_axis(panels[-1], outline.start_s, outline.end_s)
    figure.suptitle(
        style.plain(title), x=0.08, y=1 - 0.12 / height, ha="left", va="top", fontsize=11
    )
    _explain_picks(figure, picks)
    style.save(figure, path)


def plot_gather(path: Path, title: str, rows: Sequence[GatherRow]) -> None:
    """Draw a trace of each station one below the other, each to its own scale, with its picks.

    Parameters
    ----------
    path : Path
        The PNG to write.
    title : str
        Which file.
    rows : sequence of GatherRow
        The stations, the uppermost first.
    """
    height = MARGINS_IN + TRACE_IN * len(rows)
    figure = style.new_figure(height)
    panel = figure.subplots()
    figure.subplots_adjust(left=0.11, right=0.985, top=1 - 0.7 / height, bottom=0.6 / height)
    for number, row in enumerate(rows):
        low, high = row.outline.low[0], row.outline.high[0]
        if np.isfinite(low).any():
            middle = float(np.nanmedian((low + high) / 2))
            reach = max(float(np.nanmax(high)) - middle, middle - float(np.nanmin(low))) or 1.0
            times = np.repeat(row.outline.times_s, 2)
            wave = (np.column_stack([low, high]).ravel() - middle) / reach
            panel.plot(times, number - 0.48 * wave, color=style.TRACE, linewidth=0.6, zorder=3)
        for pick in row.picks:
            colour, dashes = PHASES[pick.kind]
            panel.plot(
                [pick.time] * 2,
                [number - 0.45, number + 0.45],
                color=colour,
                linestyle=dashes,
                linewidth=1.6,
                zorder=4,
            )
    panel.set_ylim(len(rows) - 0.4, -0.6)
    panel.set_yticks(range(len(rows)), [style.plain(row.label) for row in rows])
    style.tidy(panel)
    style.utc_axis(
        panel, min(row.outline.start_s for row in rows), max(row.outline.end_s for row in rows)
    )
    figure.suptitle(
        style.plain(title), x=0.11, y=1 - 0.12 / height, ha="left", va="top", fontsize=11
    )
    _explain_picks(figure, [pick for row in rows for pick in row.picks])
    style.save(figure, path)


def _explain_picks(figure: Figure, picks: Sequence[DrawnPick]) -> None:
    kinds = [kind for kind in PHASES if any(pick.kind == kind for pick in picks)]
    if not kinds:
        return
    handles = [
        Line2D([], [], color=PHASES[k][0], linestyle=PHASES[k][1], label=f"{k} picked")
        for k in kinds
    ]
    figure.legend(
        handles=handles,
        loc="upper right",
        bbox_to_anchor=(0.985, 1 - 0.05 / figure.get_figheight()),
        ncols=len(handles),
        fontsize=8,
        frameon=False,
    )
