"""Pictures of scores: confusion matrix, precision-recall and ROC curves, the worst mistakes."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from deepquake.plots import style

DARK = 0.6  # a cell of more than this share is so dark that its text must be white


@dataclass(frozen=True)
class Mistake:
    """A window the network was wrong about: ``data`` (components, samples), as the network got it.

    ``p_s`` is the P in seconds from the window's start, None where there is none or it is not
    known; ``text`` says where and when, ``probability`` that it holds an event.
    """

    data: np.ndarray
    probability: float
    text: str
    p_s: float | None = None


def plot_confusion(path: Path, title: str, matrix: np.ndarray, names: Sequence[str]) -> None:
    """Draw the number of windows by true class and class said, shaded by the share of the row.

    Parameters
    ----------
    path : Path
        The PNG to write.
    title : str
        What was tested.
    matrix : ndarray of int, shape (classes, classes)
        Windows; rows are the truth, columns what the network said.
    names : sequence of str
        Of the classes.
    """
    n = len(names)
    cell = 1.1 if n <= 4 else 0.75
    names = [style.plain(name) for name in names]
    label_in = 0.5 + 0.08 * max(map(len, names))
    width, height = label_in + cell * n + 0.9, cell * n + label_in + 0.5
    figure = style.new_figure(height, max(width, 4.2))
    width = figure.get_figwidth()
    axes = figure.add_axes(
        (label_in / width, label_in / height, cell * n / width, cell * n / height)
    )
    totals = matrix.sum(axis=1, keepdims=True)
    shares = matrix / np.maximum(totals, 1)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for row, column in np.ndindex(matrix.shape):
        share = f"\n{shares[row, column]:.1%}" if totals[row, 0] else ""
        axes.text(
            column,
            row,
            f"{matrix[row, column]:,}{share}",
            ha="center",
            va="center",
            fontsize=9 if n <= 4 else 8,
            color="white" if shares[row, column] > DARK else "black",
        )
    turn: dict[str, Any] = (
        {} if n <= 3 else {"rotation": 45, "rotation_mode": "anchor", "ha": "right"}
    )
    axes.set_xticks(range(n), names, fontsize=9, **turn)
    axes.set_yticks(range(n), names, fontsize=9)
    axes.tick_params(length=0)
    axes.set(xlabel="said by the network", ylabel="truth")
    figure.text(0.03, 1 - 0.12 / height, style.plain(title), fontsize=10, va="top")
    style.save(figure, path)


def plot_threshold_curve(
    path: Path,
    title: str,
    curve: tuple[np.ndarray, np.ndarray],
    *,
    kind: str,
    area: float | None,
    point: tuple[float, float] | None,
    threshold: float,
) -> None:
    """Draw how two scores go together as the threshold falls.

    Parameters
    ----------
    path : Path
        The PNG to write.
    title : str
        What was tested.
    curve : (ndarray, ndarray) of float
        Recall and precision, or false alarm rate and recall.
    kind : str
        'precision-recall' or 'roc'.
    area : float or None
        Average precision, or area under the curve; None where a class of windows is absent.
    point : (float, float) or None
        Where the threshold in use is on the curve.
    threshold : float
        The threshold in use.
    """
    is_roc = kind == "roc"
    x_label = "false alarm rate (share of noise windows)" if is_roc else "recall"
    y_label = "recall" if is_roc else "precision"
    figure = style.new_figure(5.4, 5.4)
    axes = figure.add_axes((0.13, 0.11, 0.82, 0.78))
    axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), xlabel=x_label, ylabel=y_label)
    axes.grid(color=style.LIGHT, linewidth=0.6)
    figure.text(0.03, 0.975, style.plain(title), fontsize=10, va="top")
    style.tidy(axes)
    if area is None:
        none = "needs windows of events and of noise" if is_roc else "no event windows"
        axes.text(0.5, 0.5, none, ha="center", va="center", color=style.GREY, fontsize=11)
    else:
        label = f"{'area under the curve' if is_roc else 'average precision'} {area:.3f}"
        steps = "default" if is_roc else "steps-post"
        axes.plot(*curve, color=style.BLUE, label=label, drawstyle=steps)
        if is_roc:
            axes.plot([0, 1], [0, 1], ":", color=style.GREY, label="by chance")
        if point is not None:
            scores = f"{x_label.split(' (')[0]} {point[0]:.3f}, {y_label} {point[1]:.3f}"
            label = f"threshold {threshold:g}: {scores}"
            axes.plot(*point, "o", color=style.VERMILLION, markersize=8, label=label)
        axes.legend(loc="lower right" if is_roc else "lower left", fontsize=9, frameon=False)
    style.save(figure, path)


def plot_mistakes(
    path: Path,
    title: str,
    *,
    false_alarms: Sequence[Mistake],
    misses: Sequence[Mistake],
    components: str,
    rate_hz: float | None,
) -> None:
    """Draw the false alarms (left) and the misses (right) the network was surest of, worst first.

    Each component is drawn to its own scale.

    Parameters
    ----------
    path : Path
        The PNG to write.
    title : str
        What was tested.
    false_alarms, misses : sequence of Mistake
        The worst first.
    components : str
        Those of Z, N, E that are the rows of the windows, empty where that is not known.
    rate_hz : float or None
        Sampling rate; without it the axis counts samples.
    """
    rows = max(len(false_alarms), len(misses), 1)
    panel_in, top_in, bottom_in = 0.62 + 0.28 * max(1, len(components)), 0.75, 0.55
    height = top_in + bottom_in + rows * panel_in
    figure = style.new_figure(height, 12.0)
    figure.text(0.03, 1 - 0.12 / height, style.plain(title), fontsize=11, va="top")
    columns = (("false alarms", false_alarms, 0.03), ("missed events", misses, 0.525))
    for heading, mistakes, left in columns:
        none = "" if mistakes else ": none"
        figure.text(left, 1 - 0.48 / height, heading + none, fontsize=10, weight="bold", va="top")
        for row, mistake in enumerate(mistakes):
            bottom = height - top_in - (row + 1) * panel_in + 0.12
            axes = figure.add_axes(
                (left + 0.015, bottom / height, 0.435, (panel_in - 0.36) / height)
            )
            _draw_mistake(axes, mistake, components=components, rate_hz=rate_hz)
            axes.tick_params(labelbottom=row == len(mistakes) - 1)
            if row == len(mistakes) - 1:
                unit = "s" if rate_hz else "samples"
                axes.set_xlabel(f"time from the start of the window ({unit})", fontsize=9)
    style.save(figure, path)


def _draw_mistake(axes: Axes, mistake: Mistake, *, components: str, rate_hz: float | None) -> None:
    x = np.arange(mistake.data.shape[1]) / (rate_hz or 1)
    for row, trace in enumerate(mistake.data):
        trace = trace - np.mean(trace)
        scale = np.max(np.abs(trace)) or 1.0
        axes.plot(x, 0.45 * trace / scale - row, color=style.TRACE, linewidth=0.6)
    if mistake.p_s is not None and rate_hz:
        axes.axvline(mistake.p_s, color=style.VERMILLION, linewidth=1.2, zorder=1)
        axes.plot([mistake.p_s], [0.47], "v", color=style.VERMILLION, markersize=5, clip_on=False)
    axes.set(xlim=(x[0], x[-1]), ylim=(-len(mistake.data) + 0.45, 0.5))
    axes.set_yticks(-np.arange(len(components)), [*components])
    axes.tick_params(axis="y", length=0)
    style.tidy(axes)
    axes.spines["left"].set_visible(False)
    title = f"{mistake.text}   probability of an event {mistake.probability:.3f}"
    axes.set_title(style.plain(title), fontsize=8, loc="left", pad=3)
