"""Pictures of what found arrivals are worth: residuals, false alarms and recall, reliability."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from deepquake.plots import style

PHASE_COLOURS = {"P": style.BLUE, "S": style.VERMILLION}
PHASE_MARKERS, PHASE_DASHES = {"P": "o", "S": "s"}, {"P": "-", "S": "--"}
BIN_S = 0.02  # of the histogram of residuals
MARKED_THRESHOLDS = (0.1, 0.3, 0.5, 0.7, 0.9)
LEAST_PER_DAY = 0.1  # where the axis of false alarms may begin
LABEL_PX = 26  # marks nearer to one another than this share a label
LABEL_PT, LETTER_PX, LINE_PX = 8, 6.5, 13  # size of a label's letters, and the room they take
MARK_PX = 5  # from the middle of a mark to its edge
LABEL_SIDES = {"P": (1, -1), "S": (-1, 1)}  # of a mark, where there is room: right, up


@dataclass(frozen=True)
class AlarmCurve:
    """Recall and false alarms per station-day of one phase, for each of rising thresholds.

    ``noise_days`` is how much noise the alarms were counted in: one alarm in it is the lowest
    rate that can be told. ``in_use`` is the threshold to be marked.
    """

    thresholds: NDArray[np.float64]
    recall: NDArray[np.float64]
    alarms_per_day: NDArray[np.float64]
    noise_days: float
    in_use: float


def plot_residuals(
    path: Path,
    title: str,
    residuals_s: Mapping[str, NDArray[np.float64]],
    *,
    tolerance_s: float,
    close_s: float,
) -> None:
    """Draw how far found arrivals are from the readings, a histogram for each phase.

    Parameters
    ----------
    path : Path
        The PNG to write.
    title : str
        What was tested.
    residuals_s : mapping of str to ndarray
        For each phase, 'P' or 'S', detection minus reading (s).
    tolerance_s : float
        The greatest residual there can be (s).
    close_s : float
        The distance whose share is told, and whose lines are drawn (s).
    """
    panel_in = 4.6
    width = 0.4 + panel_in * max(len(residuals_s), 1)
    figure = style.new_figure(3.7, width)
    figure.text(0.2 / width, 0.96, style.plain(title), fontsize=10, va="top")
    half_bins = max(round(tolerance_s / BIN_S), 1)
    # a bin in the middle lies around 0
    edges = (np.arange(-half_bins, half_bins + 2) - 0.5) * BIN_S
    for number, (phase, values) in enumerate(residuals_s.items()):
        axes = figure.add_axes(
            ((0.75 + panel_in * number) / width, 0.15, (panel_in - 0.6) / width, 0.6)
        )
        axes.hist(values, edges.tolist(), color=PHASE_COLOURS[phase])
        for side in (-close_s, close_s):
            axes.axvline(side, color=style.GREY, linestyle=":", linewidth=1)
        axes.set(xlim=(edges[0], edges[-1]), xlabel=f"detection minus reading of {phase} (s)")
        axes.set_ylabel(f"found {phase}")
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
        style.tidy(axes)
        axes.set_title(_residual_text(phase, values, close_s), fontsize=9, loc="left")
    style.save(figure, path)


def plot_alarms(path: Path, title: str, curves: Mapping[str, AlarmCurve]) -> None:
    """Draw recall over false alarms per station-day, with thresholds marked.

    Thresholds without a false alarm stand at the left edge.

    Parameters
    ----------
    path : Path
        The PNG to write.
    title : str
        What was tested.
    curves : mapping of str to AlarmCurve
        For each phase, 'P' or 'S'.
    """
    figure = style.new_figure(5.0, 6.6)
    axes = figure.add_axes((0.11, 0.11, 0.85, 0.78))
    figure.text(0.03, 0.975, style.plain(title), fontsize=10, va="top")
    known = {phase: c for phase, c in curves.items() if c.noise_days > 0 and len(c.thresholds)}
    axes.set(xlabel="false alarms per station-day of noise", ylabel="recall", ylim=(-0.03, 1.06))
    if not known:
        axes.text(0.5, 0.5, "no held-out noise", transform=axes.transAxes, ha="center",
                  color=style.GREY, fontsize=11)  # fmt: skip
        axes.set_xticks([])
        style.tidy(axes)
        style.save(figure, path)
        return
    least = min(1 / curve.noise_days for curve in known.values())
    most = max(np.nanmax(curve.alarms_per_day) for curve in known.values())
    left = max(least / 3, min(LEAST_PER_DAY, least))
    axes.set_xscale("log")
    axes.set_xlim(left * 0.6, max(most, least) * 2)
    axes.axvspan(left * 0.6, least * 0.999, color=style.LIGHT, alpha=0.5, linewidth=0)
    axes.text(0, 1.01, "grey: less than one false alarm in all of the noise",
              transform=axes.transAxes, fontsize=8, color=style.GREY)  # fmt: skip
    marks = {phase: _draw_alarm_curve(axes, phase, curve, left) for phase, curve in known.items()}
    _write_labels(axes, marks)
    axes.grid(color=style.LIGHT, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.legend(loc="lower right", fontsize=9, frameon=False)
    style.tidy(axes)
    style.save(figure, path)


def plot_reliability(
    path: Path, title: str, bins: Mapping[str, Sequence[NDArray[np.float64]]]
) -> None:
    """Draw which share of the arrivals is right over the score the network gave them.

    Parameters
    ----------
    path : Path
        The PNG to write.
    title : str
        What was tested.
    bins : mapping of str to sequence of five ndarrays
        For each phase, 'P' or 'S', and bin of scores: mean score, share that is right, lower and
        upper end of its confidence interval, number of arrivals.
    """
    figure = style.new_figure(6.4, 5.6)
    axes = figure.add_axes((0.12, 0.34, 0.84, 0.52))
    below = figure.add_axes((0.12, 0.09, 0.84, 0.2), sharex=axes)
    figure.text(0.03, 0.98, style.plain(title), fontsize=10, va="top")
    axes.plot([0, 1], [0, 1], ":", color=style.GREY, label="scores that are right")
    phases = list(bins)
    for number, (phase, (score, share, low, high, counts)) in enumerate(bins.items()):
        colour, marker = PHASE_COLOURS[phase], PHASE_MARKERS[phase]
        # both ends of an interval hold the share, but for rounding
        ends = np.maximum([share - low, high - share], 0.0)
        label = f"{phase} ({int(np.sum(counts)):,})"
        axes.errorbar(score, share, yerr=ends, color=colour, marker=marker, markersize=5,
                      linewidth=1, elinewidth=1, capsize=2, linestyle=PHASE_DASHES[phase],
                      label=label)  # fmt: skip
        width = 0.07 / len(phases)
        shift = (number - (len(phases) - 1) / 2) * width
        middle = (np.floor(np.minimum(score, 0.9999) * 10) + 0.5) / 10
        below.bar(middle + shift, counts, width, color=colour, label=phase)
    axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), ylabel="share that is right, 95 % confidence")
    below.set(yscale="log", xlabel="score", ylabel="candidates")
    below.set_ylim(bottom=0.7)
    for panel in (axes, below):
        panel.grid(color=style.LIGHT, linewidth=0.6)
        panel.set_axisbelow(True)
        style.tidy(panel)
    axes.tick_params(labelbottom=False)
    axes.legend(loc="lower left", bbox_to_anchor=(-0.02, 1.0), ncols=3, fontsize=9, frameon=False)
    style.save(figure, path)


def _residual_text(phase: str, values: NDArray[np.float64], close_s: float) -> str:
    if not len(values):
        return f"no {phase} was found"
    close = np.mean(np.abs(values) <= close_s + 1e-6)
    return (
        f"{phase}: {len(values)} found, {close:.0%} within {close_s:g} s\n"
        f"mean {np.mean(values):+.3f} s, deviation {np.std(values):.3f} s, "
        f"mean distance {np.mean(np.abs(values)):.3f} s"
    )


def _draw_alarm_curve(
    axes: Axes, phase: str, curve: AlarmCurve, left: float
) -> list[tuple[str, NDArray[np.float64]]]:
    """Draw the curve of a phase; return the labels of its marks and where these are (pixels)."""
    x = np.maximum(curve.alarms_per_day, left)
    colour, marker = PHASE_COLOURS[phase], PHASE_MARKERS[phase]
    axes.plot(x, curve.recall, color=colour, linestyle=PHASE_DASHES[phase], linewidth=1.5)
    told = curve.thresholds[0], curve.thresholds[-1]
    marks = [mark for mark in MARKED_THRESHOLDS if told[0] <= mark <= told[1]]
    at = [int(np.argmin(np.abs(curve.thresholds - mark))) for mark in marks]
    axes.plot(x[at], curve.recall[at], marker, color=colour, markersize=5, linestyle="none")
    used = int(np.argmin(np.abs(curve.thresholds - curve.in_use)))
    rate, recall = curve.alarms_per_day[used], curve.recall[used]
    label = f"{phase}, threshold {curve.in_use:.3g}: recall {recall:.3f}, {rate:.3g} per day"
    axes.plot(x[used], recall, marker, color=colour, markersize=11, markerfacecolor="none",
              linestyle=PHASE_DASHES[phase], label=label)  # fmt: skip
    labels: list[tuple[str, NDArray[np.float64]]] = []
    last = np.full(2, -np.inf)
    for mark, i in zip(marks, at, strict=True):
        here = axes.transData.transform((x[i], curve.recall[i]))
        if np.hypot(*(here - last)) < LABEL_PX:
            labels[-1] = f"{labels[-1][0]}, {mark:g}", here
        else:
            labels.append((f"{mark:g}", here))
        last = here
    return labels


def _write_labels(
    axes: Axes, labels: Mapping[str, Sequence[tuple[str, NDArray[np.float64]]]]
) -> None:
    """Write the labels of each phase beside their marks, none over another one or over a mark."""
    mark = np.array([-MARK_PX, MARK_PX])
    taken = [np.add.outer(mark, at) for of_phase in labels.values() for _, at in of_phase]
    for phase, of_phase in labels.items():
        right, up = LABEL_SIDES[phase]
        sides = [(right, up), (-right, -up), (right, -up), (-right, up)]
        # nearest first; a label that has no room at all is where it would be alone
        places = [(*side, away) for away in range(4) for side in sides]
        for text, at in of_phase:
            width, room = LETTER_PX * len(text), axes.bbox
            boxes = []
            for toward_right, upward, away in places:
                corner = at + (MARK_PX * toward_right, (MARK_PX + away * LINE_PX) * upward)
                box = np.sort([corner, corner + (width * toward_right, LINE_PX * upward)], axis=0)
                boxes.append(box)
            free = [
                box
                for box in boxes
                if room.x0 <= box[0, 0] and box[1, 0] <= room.x1 and room.y0 <= box[0, 1]
                and box[1, 1] <= room.y1
                and not any(_overlap(box, other) for other in taken)
            ]  # fmt: skip
            box = free[0] if free else boxes[0]
            taken.append(box)
            axes.annotate(text, box.mean(axis=0), xycoords="figure pixels", ha="center",
                          va="center", fontsize=LABEL_PT, color=PHASE_COLOURS[phase])  # fmt: skip


def _overlap(box: NDArray[np.float64], other: NDArray[np.float64]) -> bool:
    """Return whether two boxes (lower left, upper right) have more than an edge in common."""
    return bool(np.all((box[0] < other[1]) & (other[0] < box[1])))
