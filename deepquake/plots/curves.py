"""Curves: how a training went, F1 of many experiments, how many regions a catalogue has."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from deepquake.plots import style

NETWORK_COLOURS = (style.BLUE, style.VERMILLION, style.GREEN, style.PURPLE, style.ORANGE, style.SKY)
PANELS_ACROSS, PANEL_WIDTH_IN = 3, 4.4
LEAST_SPAN = 5.0  # of the F1 axis (%): less would make differences of nothing look large

F1BySize = Sequence[tuple[float, Sequence[float]]]
"""Window sizes (s) in order, each with the F1 (0 to 1) of the rounds."""


def plot_training(
    path: Path, title: str, points: Mapping[str, Sequence[tuple[int, float, float]]]
) -> None:
    """Draw loss and accuracy against the step, of training and validation.

    Parameters
    ----------
    path : Path
        The PNG to write.
    title : str
        What was trained.
    points : mapping of str to sequence of (int, float, float)
        Step, loss and accuracy (0 to 1); the first name is that of training, the second that
        of validation.
    """
    figure = style.new_figure(4.5)
    axes = figure.subplots(1, 2)
    looks = ((style.BLUE, "-", ""), (style.VERMILLION, "--", "o"))
    labels = ("loss (cross-entropy)", "accuracy")  # of windows, or of samples at arrivals
    for column, (ax, label) in enumerate(zip(axes, labels, strict=True), 1):
        for (part, values), (colour, line, marker) in zip(points.items(), looks, strict=False):
            if values:
                x, y = [point[0] for point in values], [point[column] for point in values]
                ax.plot(x, y, color=colour, linestyle=line, marker=marker, ms=4, label=part)
        ax.set(xlabel="step", ylabel=label)
        ax.grid(color=style.LIGHT, linewidth=0.5)
        ax.legend(frameon=False, loc="best")
    axes[0].set_ylim(bottom=0)
    axes[1].set_ylim(top=1.005)
    figure.suptitle(style.plain(title))
    figure.tight_layout()
    style.save(figure, path)


def plot_f1(
    path: Path, curves: Mapping[tuple[str, int], Mapping[tuple[str, str], F1BySize]]
) -> None:
    """Draw F1 against window size, a panel for each data set and number of classes.

    The colour is the network; a full line is several components, a broken one is one. Points are
    means over the rounds, bars go from the least to the greatest.

    Parameters
    ----------
    path : Path
        The PNG to write.
    curves : mapping
        For each panel (data set, number of classes) and each line (name of the
        network, its components), F1 by window size.
    """
    networks = sorted({network for lines in curves.values() for network, _ in lines})
    columns = min(len(curves), PANELS_ACROSS)
    rows = -(-len(curves) // PANELS_ACROSS)
    figure = style.new_figure(3.6 * rows + 1.2, max(PANEL_WIDTH_IN * columns + 2.4, 8.0))
    figure.set_layout_engine("constrained")
    grid = figure.subplots(rows, columns, squeeze=False, sharey=True).ravel()
    handles = {}
    for axes, ((dataset, n_clusters), lines) in zip(grid, curves.items(), strict=False):
        sizes = sorted({size for curve in lines.values() for size, _ in curve})
        for (network, components), curve in lines.items():
            mean = [100 * sum(values) / len(values) for _, values in curve]
            below = [m - 100 * min(v) for m, (_, v) in zip(mean, curve, strict=True)]
            above = [100 * max(v) - m for m, (_, v) in zip(mean, curve, strict=True)]
            several = len(components) > 1
            handles[network, components] = axes.errorbar(
                [size for size, _ in curve],
                mean,
                (below, above),
                color=NETWORK_COLOURS[networks.index(network) % len(NETWORK_COLOURS)],
                linestyle="-" if several else "--",
                marker="o" if several else "s",
                markerfacecolor=None if several else "white",
                markersize=6,
                capsize=3,
            )
        axes.set_title(style.plain(f"{dataset}, {n_clusters} classes"), fontsize=10)
        axes.set_xticks(sizes)
        axes.grid(color=style.LIGHT, linewidth=0.6)
        axes.set_xlabel("window size (s)", fontsize=9)
        style.tidy(axes)
    bottom, top = grid[0].get_ylim()
    if top - bottom < LEAST_SPAN:
        top = min(100 + LEAST_SPAN / 20, (bottom + top + LEAST_SPAN) / 2)
        grid[0].set_ylim(top - LEAST_SPAN, top)
    for axes in grid[len(curves) :]:
        axes.set_visible(False)
    for axes in grid[::columns]:
        axes.set_ylabel("F1 (%)", fontsize=9)
    if handles:
        figure.legend(
            [handles[key] for key in sorted(handles)],
            [style.plain(f"{network}, {components}") for network, components in sorted(handles)],
            loc="outside right upper",
            fontsize=8,
            frameon=False,
        )
    style.save(figure, path)


def plot_scores(
    path: Path,
    title: str,
    k: Sequence[int],
    *,
    inertia_km2: Sequence[float],
    silhouette: Sequence[float],
    elbow: int,
    best: int,
) -> None:
    """Draw the inertia with its elbow and the silhouette with its maximum.

    Parameters
    ----------
    path : Path
        The PNG to write.
    title : str
        Which catalogue.
    k : sequence of int
        Numbers of regions.
    inertia_km2, silhouette : sequence of float
        Of a division into ``k`` regions: sum of squared distances, and -1 to 1.
    elbow, best : int
        The ``k`` where the inertia bends, and that of the highest silhouette.
    """
    figure = style.new_figure(6.5, 8.0)
    figure.set_layout_engine("constrained")
    upper, lower = figure.subplots(2, 1, sharex=True)
    for axes, values, chosen, note in (
        (upper, inertia_km2, elbow, f"elbow: {elbow}"),
        (lower, silhouette, best, f"highest: {best}"),
    ):
        colour, marker = (style.BLUE, "o") if axes is upper else (style.VERMILLION, "s")
        axes.plot(k, values, color=colour, marker=marker, markersize=5)
        axes.axvline(chosen, color=style.GREY, linestyle="--", linewidth=1)
        at = (chosen, values[list(k).index(chosen)])
        axes.annotate(note, at, xytext=(8, 8), textcoords="offset points", fontsize=9)
        axes.margins(y=0.18)
        axes.grid(color=style.LIGHT, linewidth=0.6)
        style.tidy(axes)
    upper.set(ylabel="inertia (km²)", ylim=(0, None))
    lower.set(ylabel="silhouette (-1 to 1)", xticks=list(k), xlabel="number of regions")
    figure.suptitle(style.plain(title), fontsize=12)
    style.save(figure, path)
