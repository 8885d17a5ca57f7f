"""Pictures of station streams with their windows, and of single windows."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from deepquake.core import intervals
from deepquake.plots import style
from deepquake.plots.panels import (
    ESTIMATED_LOOK,
    LEAST_SHOWN,
    Look,
    TimeSpans,
    draw_lines,
    finish_panels,
    new_panels,
    shade_spans,
)
from deepquake.waveforms.envelope import Envelope

PICKED_LOOK: Look = (style.VERMILLION, "-", "v")
WINDOW_COLOURS = {
    "positive": style.GREEN,
    "negative": style.BLUE,
    "skipped": style.GREY,
    "discarded": style.ORANGE,
}
SINGLE_WINDOWS = 400  # up to this many windows of a kind are drawn one by one
WINDOW_LANES = 10


def plot_stream(
    path: Path,
    title: str,
    traces: Envelope,
    *,
    components: str,
    picked_s: Sequence[float] = (),
    estimated_s: Sequence[float] = (),
    avoided: TimeSpans = (),
    windows: Mapping[str, Sequence[float]] | None = None,
    window_size_s: float = 0.0,
    width_in: float = style.WIDTH_IN,
) -> None:
    """Draw a station stream (or a window) with its arrivals, and what windows there are.

    Parameters
    ----------
    path : Path or str
        The PNG to write.
    title : str
        Station and time.
    traces : Envelope
        The outline of the components.
    components : str
        Those of Z, N, E that ``traces`` has, in order.
    picked_s, estimated_s : sequence of float
        P arrivals, seconds since 1970 UTC.
    avoided : sequence of (float, float)
        Start and end of the stretches no noise is taken from, seconds since 1970 UTC.
    windows : mapping of str to sequence of float, optional
        Start times of the windows by label (positive, negative, skipped, discarded).
    window_size_s : float
        Length of a window.
    width_in : float
        Of the picture, inches.
    """
    windows = {label: starts for label, starts in (windows or {}).items() if len(starts)}
    below_in = 0.15 + 0.33 * len(windows) if windows else 0
    figure, panels = new_panels(title, len(components), below_in=below_in, width_in=width_in)
    traced = panels[: len(components)]
    style.draw_record(traced, traces, components)
    handles: list[Line2D | Patch] = []
    if len(avoided):
        for panel in panels:
            shade_spans(panel, avoided, style.LIGHT, alpha=0.6)
        handles.append(Patch(color=style.LIGHT, label="no noise taken"))
    for times_s, look, name in (
        (picked_s, PICKED_LOOK, "picked"),
        (estimated_s, ESTIMATED_LOOK, "estimated"),
    ):
        if len(times_s):
            handles.append(
                draw_lines(
                    traced,
                    times_s,
                    look=look,
                    label=f"P {name}",
                    only_markers=style.in_decibels(traces),
                )
            )
    if windows:
        span_s = traces.end_s - traces.start_s
        _draw_windows(panels[-1], windows, window_size_s=window_size_s, span_s=span_s)
    finish_panels(figure, panels, traces, handles=handles)
    style.save(figure, path)


def _draw_windows(
    panel: Axes, windows: Mapping[str, Sequence[float]], *, window_size_s: float, span_s: float
) -> None:
    """Draw a row for each label: the windows one by one in lanes, or their union if very many."""
    n_rows = len(windows)
    least = span_s * LEAST_SHOWN
    for row, (label, unsorted) in enumerate(windows.items()):
        starts, colour = np.sort(np.asarray(unsorted, dtype=float)), WINDOW_COLOURS[label]
        if len(starts) <= SINGLE_WINDOWS and window_size_s > least:
            lane = np.arange(len(starts)) % WINDOW_LANES
            heights = row + 0.12 + 0.76 * (lane + 0.5) / WINDOW_LANES
            panel.hlines(heights, starts, starts + window_size_s, colour, linewidth=1.3)
        else:
            spans = intervals.union(starts, starts + window_size_s).tolist()
            # shading counts from the bottom in shares of the panel, rows from the top
            low, high = 1 - (row + 0.85) / n_rows, 1 - (row + 0.15) / n_rows
            shade_spans(panel, spans, colour, alpha=1.0, at_least=least, low=low, high=high)
    panel.set_ylim(n_rows, 0)
    names = [f"{len(starts):,}\n{label}" for label, starts in windows.items()]
    panel.set_yticks(np.arange(n_rows) + 0.5, names)
    style.tidy(panel)
    panel.tick_params(axis="y", length=0)
