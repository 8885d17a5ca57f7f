"""Pictures of a record with the arrivals that were found in it, and what the network says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from deepquake.plots import style
from deepquake.plots.panels import (
    ESTIMATED_LOOK,
    PANELS_TOP_IN,
    Look,
    draw_lines,
    finish_panels,
    new_panels,
)
from deepquake.waveforms.envelope import COLUMNS, Envelope

OUTCOMES = {  # of an arrival: colour and marker
    "found": (style.GREEN, "o"),
    "false": (style.VERMILLION, "X"),
    "undecided": (style.SKY, "d"),
}
PHASE_LOOKS: dict[str, tuple[str, style.Dashes]] = {  # of arrivals found
    "P": (style.BLUE, "-"),
    "S": (style.VERMILLION, "--"),
}
SCORES_SHOWN_S = 750.0  # the longest picture in which scores can be read
SCORE_WIDTH = 1 / 110  # of the width of a picture, for one score
SCORED_TOP_IN = 1.05  # room for these
SCORE_ROWS_PT = {"P": 2, "S": 20}  # above the panels, so that the scores of P and S never meet
MOST_LINES = 100  # arrivals of a picture with a line each; of more there are ticks
TICKS_FROM = 0.92  # of the height of a panel


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

    ``arrivals`` were found; ``found_s``, ``missed_s`` and ``estimated_s`` are the catalogue's.
    ``curves``: of each phase the probability at ``curve_times_s``; ``thresholds`` of each phase.
    """

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
    start_s, end_s = traces.start_s, traces.end_s
    here = [a for a in marks.arrivals if start_s <= a.time_s <= end_s]
    scores_shown = bool(here) and end_s - start_s <= SCORES_SHOWN_S
    top_in = SCORED_TOP_IN if scores_shown else PANELS_TOP_IN
    figure, panels = new_panels(title, len(components), below_in=1.0, top_in=top_in)
    traced, below = panels[:-1], panels[-1]
    style.draw_record(traced, traces, components)
    # lines would hide the events of a long record, and many would hide any
    is_long = style.in_decibels(traces)
    foot = TICKS_FROM if is_long or len(here) > MOST_LINES else 0.0
    handles = _draw_found(panels if marks.curves else traced, here, foot)
    if scores_shown:
        _write_scores(panels[0], here, (end_s - start_s) * SCORE_WIDTH)
    readings: tuple[tuple[Sequence[float], Look, str], ...] = (
        (marks.found_s, (style.GREEN, ":", "v"), "reading found"),
        (marks.missed_s, (style.BLACK, ":", "X"), "reading missed"),
        (marks.estimated_s, ESTIMATED_LOOK, "P estimated, not picked"),
    )
    for times, look, name in readings:
        shown = [t for t in times if start_s <= t <= end_s]
        if shown:
            handles.append(
                draw_lines(
                    traced,
                    shown,
                    look=look,
                    label=f"{name} ({len(shown)})",
                    marker_at=0.84 if is_long else 0.97,
                    only_markers=is_long,
                )
            )
    _draw_curves(below, traces, marks)
    finish_panels(figure, panels, traces, handles=handles)
    style.save(figure, path)


def _draw_found(
    panels: Sequence[Axes], here: Sequence[FoundArrival], foot: float
) -> list[Line2D | Patch]:
    """Draw a line at each arrival found, down to ``foot``; return the legend's handles."""
    handles: list[Line2D | Patch] = []
    across = panels[0].get_xaxis_transform()
    for phase, (colour, dashes) in PHASE_LOOKS.items():
        times_s = [a.time_s for a in here if a.phase == phase]
        if times_s:
            for panel in panels:
                across_it = panel.get_xaxis_transform()
                panel.vlines(  # above the record: a clipped event fills the panel
                    times_s, foot, 1, colour, dashes, lw=1.0, transform=across_it, zorder=4
                )
            label = f"{phase} ({len(times_s)})"
            handles.append(Line2D([], [], color=colour, linestyle=dashes, label=label))
    for outcome, (colour, marker) in OUTCOMES.items():
        times_s = [a.time_s for a in here if a.outcome == outcome]
        if times_s:
            low = [0.05] * len(times_s)
            panels[0].scatter(times_s, low, s=22, c=colour, marker=marker, transform=across,
                              zorder=6)  # fmt: skip
            label = f"{outcome} ({len(times_s)})"
            handles.append(
                Line2D([], [], color=colour, linestyle="none", marker=marker, label=label)
            )
    return handles


def _write_scores(panel: Axes, here: Sequence[FoundArrival], apart_s: float) -> None:
    """Write the score of each arrival above a panel, a row for each phase, as far as there is room.

    Scores nearer to one another than ``apart_s`` would overlap.
    """
    across = panel.get_xaxis_transform()
    for phase, up_pt in SCORE_ROWS_PT.items():
        colour = PHASE_LOOKS[phase][0]
        for arrival in _with_room([a for a in here if a.phase == phase], apart_s):
            panel.annotate(f"{arrival.score:.2f}", (arrival.time_s, 1), (0, up_pt), across,
                           "offset points", color=colour, fontsize=6, rotation=90, ha="center",
                           va="bottom", annotation_clip=False)  # fmt: skip


def _with_room(arrivals: Sequence[FoundArrival], apart_s: float) -> list[FoundArrival]:
    """Return the arrivals whose score can be written, the best where they are too near."""
    kept: list[FoundArrival] = []
    for arrival in sorted(arrivals, key=lambda a: -a.score):
        if all(abs(arrival.time_s - other.time_s) >= apart_s for other in kept):
            kept.append(arrival)
    return kept


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
