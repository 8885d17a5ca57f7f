"""Panels of a record, one below the other: the figure, lines and shades across it, its legend."""

from collections.abc import Sequence

import numpy as np
from matplotlib import rcParams
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.markers import TICKDOWN
from matplotlib.patches import Patch

from deepquake.plots import style
from deepquake.waveforms.envelope import Envelope

TimeSpans = Sequence[tuple[float, float]]
Look = tuple[str, style.Dashes, str]
"""Of the line at an arrival: colour, line style, marker on top."""
ESTIMATED_LOOK: Look = (style.PURPLE, "--", "d")
LEAST_SHOWN = 1 / 600  # of the width of a picture: what is shorter is widened, to be seen
# of the panels and of the legend, from the top of the picture
PANELS_TOP_IN, LEGEND_IN = 0.75, 0.36


def new_panels(
    title: str,
    n_traces: int,
    *,
    below_in: float,
    width_in: float = style.WIDTH_IN,
    top_in: float = PANELS_TOP_IN,
) -> tuple[Figure, list[Axes]]:
    """Return a figure with a panel for each component and, where it has a height, one below.

    Parameters
    ----------
    title : str
        Of the figure.
    n_traces : int
        Components.
    below_in : float
        Height of the last panel, inches; 0 is none.
    width_in, top_in : float
        Width of the figure and room for title and legend, inches.

    Returns
    -------
    Figure, list of Axes
        The panels from the top down.
    """
    heights = [1.25 if n_traces > 1 else 2.2] * n_traces + ([below_in] if below_in else [])
    bottom, left, right = 0.6, 0.95, 0.35
    height = sum(heights) + 0.1 * (len(heights) - 1) + top_in + bottom
    figure = style.new_figure(height, width_in)
    panels: list[Axes] = []
    y = height - top_in
    for h in heights:
        y -= h
        box = (left / width_in, y / height, 1 - (left + right) / width_in, h / height)
        panels.append(figure.add_axes(box, sharex=panels[0] if panels else None))
        y -= 0.1
    figure.text(left / width_in, 1 - 0.12 / height, style.plain(title), fontsize=11, va="top")
    return figure, panels


def finish_panels(
    figure: Figure, panels: list[Axes], traces: Envelope, *, handles: Sequence[Line2D | Patch]
) -> None:
    """Give the panels their time axis and the figure its legend.

    Parameters
    ----------
    figure : Figure
        What ``new_panels`` returned.
    panels : list of Axes
        Its panels.
    traces : Envelope
        What they show.
    handles : sequence of Line2D or Patch
        The entries of the legend.
    """
    style.utc_axis(panels[-1], traces.start_s, traces.end_s)
    for panel in panels[:-1]:
        _mark_ticks(panel, panels[-1].get_xticks())
    if handles:
        figure.legend(
            handles=handles,
            loc="upper right",
            bbox_to_anchor=(panels[0].get_position().x1, 1 - LEGEND_IN / figure.get_figheight()),
            ncols=len(handles),
            fontsize=8,
            frameon=False,
            borderpad=0,
            borderaxespad=0,
        )


def draw_lines(
    panels: Sequence[Axes],
    times_s: Sequence[float],
    *,
    look: Look,
    label: str,
    marker_at: float = 0.97,
    only_markers: bool = False,
) -> Line2D:
    """Draw a line at each arrival, with a marker on top of the uppermost panel.

    Parameters
    ----------
    panels : sequence of Axes
        From the top down.
    times_s : sequence of float
        The arrivals, seconds since 1970 UTC.
    look : (str, str, str)
        Colour, line style and marker.
    label : str
        What they are.
    marker_at : float
        How high the markers are, in shares of the panel.
    only_markers : bool
        Whether to draw no lines: on a long record they would hide the events.

    Returns
    -------
    Line2D
        The entry of the legend.
    """
    colour, dashes, marker = look
    for panel in () if only_markers else panels:
        across = panel.get_xaxis_transform()
        panel.vlines(times_s, 0, 1, colour, dashes, lw=1.2, transform=across, zorder=2)
    across, high = panels[0].get_xaxis_transform(), [marker_at] * len(times_s)
    panels[0].scatter(times_s, high, s=28, c=colour, marker=marker, transform=across, zorder=5)
    handle = Line2D([], [], color=colour, marker=marker, markersize=5, label=label)
    handle.set_linestyle("none" if only_markers else dashes)
    return handle


def shade_spans(
    panel: Axes,
    spans: TimeSpans,
    colour: str,
    *,
    alpha: float,
    at_least: float = 0.0,
    low: float = 0.0,
    high: float = 1.0,
) -> None:
    """Shade stretches of time; those too short to be seen are widened.

    Parameters
    ----------
    panel : Axes
        Whose x is time.
    spans : sequence of (float, float)
        Start and end of each stretch, seconds since 1970 UTC.
    colour : str
        Of the shade.
    alpha : float
        How dense it is, 0 to 1.
    at_least : float
        The least width that is drawn (s).
    low, high : float
        From where to where it reaches, in shares of the panel from its foot.
    """
    starts, ends = np.array(spans, dtype=float).reshape(-1, 2).T
    wide = np.maximum(ends - starts, at_least)
    panel.broken_barh(
        list(zip((starts + ends - wide) / 2, wide, strict=True)),
        (low, high - low),
        facecolors=colour,
        linewidths=0,
        alpha=alpha,
        transform=panel.get_xaxis_transform(),
        zorder=1,
    )


def _mark_ticks(panel: Axes, ticks: np.ndarray) -> None:
    """Mark the ticks of an x axis without labels by one line: an axis makes six things of each."""
    panel.xaxis.set_visible(False)
    panel.plot(
        ticks,
        np.zeros(len(ticks)),
        color=style.BLACK,
        linestyle="none",
        marker=TICKDOWN,
        markersize=rcParams["xtick.major.size"],
        markeredgewidth=rcParams["xtick.major.width"],
        transform=panel.get_xaxis_transform(),
        clip_on=False,
        zorder=2.01,
    )
