"""Pictures of seismograms: station streams with their windows, single windows, detections."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from matplotlib import rcParams
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.markers import TICKDOWN
from matplotlib.patches import Patch

from deepquake.core import intervals
from deepquake.plots import style
from deepquake.waveforms.envelope import COLUMNS, Envelope

TimeSpans = Sequence[tuple[float, float]]
Look = tuple[str, style.Dashes, str]
"""Of the line at an arrival: colour, line style, marker on top."""
PICKED_LOOK: Look = (style.VERMILLION, "-", "v")
ESTIMATED_LOOK: Look = (style.PURPLE, "--", "d")

WINDOW_COLOURS = {
    "positive": style.GREEN,
    "negative": style.BLUE,
    "skipped": style.GREY,
    "discarded": style.ORANGE,
}
OUTCOMES = {  # of a detection: colour and hatching
    "found": (style.GREEN, ""),
    "false": (style.VERMILLION, "///"),
    "undecided": (style.SKY, "..."),
    "detected": (style.BLUE, ""),
}
OUTCOME_MARKERS = {"found": "o", "false": "X", "undecided": "d"}
PHASE_LOOKS: dict[str, tuple[str, style.Dashes]] = {  # of arrivals found
    "P": (style.BLUE, "-"),
    "S": (style.VERMILLION, "--"),
}
SCORES_SHOWN_S = 601.0  # the longest picture in which scores can be read
SCORE_WIDTH = 1 / 100  # of the width of a picture, for one score
MOST_LINES = (
    100  # arrivals of a picture with a line each; of more there are ticks, or no trace is seen
)
SINGLE_WINDOWS = 400  # up to this many windows of a kind are drawn one by one
WINDOW_LANES = 10
LEAST_SHOWN = 1 / 600  # of the width of a picture: what is shorter is widened, to be seen


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
    figure, panels = _panels(title, len(components), below_in=below_in, width_in=width_in)
    traced = panels[: len(components)]
    style.draw_traces(traced, traces, components)
    handles: list[Line2D | Patch] = []
    if len(avoided):
        for panel in panels:
            _shade_spans(panel, avoided, style.LIGHT, alpha=0.6)
        handles.append(Patch(color=style.LIGHT, label="no noise taken"))
    for times_s, look, name in (
        (picked_s, PICKED_LOOK, "picked"),
        (estimated_s, ESTIMATED_LOOK, "estimated"),
    ):
        if len(times_s):
            handles.append(_draw_lines(traced, times_s, look=look, label=f"P {name}"))
    if windows:
        span_s = traces.end_s - traces.start_s
        _draw_windows(panels[-1], windows, window_size_s=window_size_s, span_s=span_s)
    _finish(figure, panels, traces, handles=handles)
    style.save(figure, path)


@dataclass(frozen=True)
class FoundArrival:
    """An arrival that was found: P or S, its time (seconds since 1970 UTC), its score, and its
    outcome (found, false, undecided, or detected where there is no catalogue to judge by)."""

    phase: str
    time_s: float
    score: float
    outcome: str


@dataclass(frozen=True)
class Marks:
    """What a picture of detections shows beside the trace. Times: seconds since 1970 UTC.

    ``detections``: for each outcome the (start, end) of the windows that tell of an arrival.
    ``found_s``, ``missed_s`` and ``estimated_s`` are arrivals of the catalogue. ``curves``: of each
    phase the probability at ``curve_times_s``; ``thresholds`` of each phase.
    """

    detections: Mapping[str, TimeSpans]
    arrivals: Sequence[FoundArrival] = ()
    found_s: Sequence[float] = ()
    missed_s: Sequence[float] = ()
    estimated_s: Sequence[float] = ()
    curve_times_s: np.ndarray | None = None
    curves: Mapping[str, np.ndarray] = field(default_factory=dict)
    thresholds: Mapping[str, float] = field(default_factory=dict)


def plot_detections(
    path: Path, title: str, traces: Envelope, *, components: str, marks: Marks
) -> None:
    """Draw traces with what was found, missed and falsely found, and the network's probabilities.

    Parameters
    ----------
    path : Path
        The PNG to write.
    title : str
        Station and time.
    traces : Envelope
        The outline of the components.
    components : str
        Those of Z, N, E that ``traces`` has, in order.
    marks : Marks
        Detections, arrivals and probabilities, those outside ``traces`` included.
    """
    figure, panels = _panels(title, len(components), below_in=1.0)
    traced, below = panels[:-1], panels[-1]
    style.draw_traces(traced, traces, components)
    start_s, end_s = traces.start_s, traces.end_s
    for outcome, (colour, hatch) in OUTCOMES.items():
        spans = _overlapping_spans(marks.detections.get(outcome, ()), start_s, end_s)
        if spans:
            least_s = (end_s - start_s) * LEAST_SHOWN
            for panel in panels:
                _shade_spans(panel, spans, colour, alpha=0.2, hatch=hatch, at_least=least_s)
    handles = _draw_found(panels, marks, start_s, end_s)
    readings: tuple[tuple[Sequence[float], Look, str], ...] = (
        (marks.found_s, (style.GREEN, ":", "v"), "reading found"),
        (marks.missed_s, (style.BLACK, ":", "X"), "reading missed"),
        (marks.estimated_s, ESTIMATED_LOOK, "P estimated, not picked"),
    )
    for times, look, name in readings:
        shown = [t for t in times if start_s <= t <= end_s]
        if shown:
            handles.append(_draw_lines(traced, shown, look=look, label=f"{name} ({len(shown)})"))
    _draw_curves(below, traces, marks)
    _finish(figure, panels, traces, handles=handles)
    style.save(figure, path)


def _draw_found(
    panels: Sequence[Axes], marks: Marks, start_s: float, end_s: float
) -> list[Line2D | Patch]:
    """Draw a line at each arrival that was found, and its score; return the legend's handles."""
    here = [a for a in marks.arrivals if start_s <= a.time_s <= end_s]
    handles: list[Line2D | Patch] = []
    across = panels[0].get_xaxis_transform()
    for phase, (colour, dashes) in PHASE_LOOKS.items():
        times_s = [a.time_s for a in here if a.phase == phase]
        if times_s:
            foot = 0.0 if len(here) <= MOST_LINES else 0.92
            for panel in panels if marks.curves else panels[:-1]:
                across_it = panel.get_xaxis_transform()
                panel.vlines(
                    times_s, foot, 1, colour, dashes, lw=1.0, transform=across_it, zorder=2
                )
            label = f"{phase} ({len(times_s)})"
            handles.append(Line2D([], [], color=colour, linestyle=dashes, label=label))
    for outcome, marker in OUTCOME_MARKERS.items():
        times_s = [a.time_s for a in here if a.outcome == outcome]
        if times_s:
            colour, low = OUTCOMES[outcome][0], [0.05] * len(times_s)
            panels[0].scatter(times_s, low, s=22, c=colour, marker=marker, transform=across,
                              zorder=6)  # fmt: skip
            label = f"{outcome} ({len(times_s)})"
            handles.append(
                Line2D([], [], color=colour, linestyle="none", marker=marker, label=label)
            )
    if end_s - start_s <= SCORES_SHOWN_S:
        for arrival in _with_room(here, (end_s - start_s) * SCORE_WIDTH):
            colour = PHASE_LOOKS[arrival.phase][0]
            panels[0].text(arrival.time_s, 1.01, f"{arrival.score:.2f}", color=colour,
                           fontsize=6, rotation=90, transform=across, ha="center",
                           va="bottom")  # fmt: skip
    return handles


def _with_room(arrivals: Sequence[FoundArrival], apart_s: float) -> list[FoundArrival]:
    """Return the arrivals whose score can be written, the best where they are too near."""
    kept: list[FoundArrival] = []
    for arrival in sorted(arrivals, key=lambda a: -a.score):
        if all(abs(arrival.time_s - other.time_s) >= apart_s for other in kept):
            kept.append(arrival)
    return kept


def _panels(
    title: str, n_traces: int, *, below_in: float, width_in: float = style.WIDTH_IN
) -> tuple[Figure, list[Axes]]:
    """Return a figure with a panel per component and, if below_in > 0, one of that height below."""
    heights = [1.25 if n_traces > 1 else 2.2] * n_traces + ([below_in] if below_in else [])
    top, bottom, left, right = 0.75, 0.6, 0.95, 0.35
    height = sum(heights) + 0.1 * (len(heights) - 1) + top + bottom
    figure = style.new_figure(height, width_in)
    panels: list[Axes] = []
    y = height - top
    for h in heights:
        y -= h
        box = (left / width_in, y / height, 1 - (left + right) / width_in, h / height)
        panels.append(figure.add_axes(box, sharex=panels[0] if panels else None))
        y -= 0.1
    figure.text(left / width_in, 1 - 0.12 / height, style.plain(title), fontsize=11, va="top")
    return figure, panels


def _finish(
    figure: Figure, panels: list[Axes], traces: Envelope, *, handles: Sequence[Line2D | Patch]
) -> None:
    style.utc_axis(panels[-1], traces.start_s, traces.end_s)
    for panel in panels[:-1]:
        _mark_ticks(panel, panels[-1].get_xticks())
    if handles:
        figure.legend(
            handles=handles,
            loc="upper right",
            bbox_to_anchor=(panels[0].get_position().x1, 1 - 0.36 / figure.get_figheight()),
            ncols=len(handles),
            fontsize=8,
            frameon=False,
            borderpad=0,
            borderaxespad=0,
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


def _draw_lines(
    panels: Sequence[Axes], times_s: Sequence[float], *, look: Look, label: str
) -> Line2D:
    """Draw a line at each arrival, with a marker on top of the uppermost panel.

    ``look`` is colour, line style and marker. Returns the handle for the legend.
    """
    colour, dashes, marker = look
    for panel in panels:
        across = panel.get_xaxis_transform()
        # behind the trace: on a long stream it would hide the event
        panel.vlines(times_s, 0, 1, colour, dashes, lw=1.2, transform=across, zorder=2)
    across, high = panels[0].get_xaxis_transform(), [0.97] * len(times_s)
    panels[0].scatter(times_s, high, s=28, c=colour, marker=marker, transform=across, zorder=5)
    return Line2D([], [], color=colour, linestyle=dashes, marker=marker, markersize=5, label=label)


def _shade_spans(
    panel: Axes,
    spans: TimeSpans,
    colour: str,
    *,
    alpha: float,
    hatch: str = "",
    at_least: float = 0.0,
    low: float = 0.0,
    high: float = 1.0,
) -> None:
    """Shade ``spans``; those shorter than ``at_least`` seconds are widened so that they show."""
    starts, ends = np.array(spans, dtype=float).reshape(-1, 2).T
    wide = np.maximum(ends - starts, at_least)
    panel.broken_barh(
        list(zip((starts + ends - wide) / 2, wide, strict=True)),
        (low, high - low),
        facecolors=colour,
        edgecolors=colour if hatch else "none",
        linewidths=0.3 if hatch else 0,
        alpha=alpha,
        hatch=hatch or None,
        transform=panel.get_xaxis_transform(),
        zorder=1,
    )


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
            _shade_spans(panel, spans, colour, alpha=1.0, at_least=least, low=low, high=high)
    panel.set_ylim(n_rows, 0)
    names = [f"{len(starts):,}\n{label}" for label, starts in windows.items()]
    panel.set_yticks(np.arange(n_rows) + 0.5, names)
    style.tidy(panel)
    panel.tick_params(axis="y", length=0)


def _draw_curves(panel: Axes, traces: Envelope, marks: Marks) -> None:
    """Draw the greatest probability of each phase in each column of time, and the thresholds.

    Where there are no curves, as of a UNet over a long record, the scores of the arrivals.
    """
    for phase, (colour, dashes) in PHASE_LOOKS.items():
        if phase in marks.curves and marks.curve_times_s is not None:
            times, p = _columns(marks.curve_times_s, marks.curves[phase], traces)
            panel.plot(times, p, color=colour, linestyle=dashes, linewidth=0.9)
        elif phase in marks.thresholds:
            here = [a for a in marks.arrivals if a.phase == phase]
            times, p = np.array([(a.time_s, a.score) for a in here]).reshape(-1, 2).T
            panel.vlines(times, 0, p, colour, dashes, linewidth=0.8)
        if phase in marks.thresholds:
            threshold = marks.thresholds[phase]
            panel.axhline(threshold, color=colour, linewidth=0.8, linestyle=":")
    panel.set(ylim=(0, 1.05), yticks=[0, 0.5, 1])
    panel.set_ylabel("probability" if marks.curves else "score", fontsize=9)
    style.tidy(panel)


def _columns(times: np.ndarray, p: np.ndarray, traces: Envelope) -> tuple[np.ndarray, np.ndarray]:
    """Return the greatest values in columns of time, no more than a picture shows."""
    inside = (times >= traces.start_s) & (times <= traces.end_s)
    times, p = times[inside], p[inside]
    if len(times) > COLUMNS:
        span = traces.end_s - traces.start_s
        column = np.minimum(((times - traces.start_s) / span * COLUMNS).astype(int), COLUMNS - 1)
        highest = np.full(COLUMNS, -1.0)
        np.maximum.at(highest, column, p)
        filled = np.flatnonzero(highest >= 0)
        times, p = traces.start_s + (filled + 0.5) * span / COLUMNS, highest[filled]
    return times, p


def _overlapping_spans(spans: TimeSpans, start_s: float, end_s: float) -> list[tuple[float, float]]:
    return [(a, b) for a, b in spans if b > start_s and a < end_s]
