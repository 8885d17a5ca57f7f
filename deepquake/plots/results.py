"""The picture of many experiments: F1 against window size."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from deepquake.plots import style

COLOURS = (style.BLUE, style.VERMILLION, style.GREEN, style.PURPLE, style.ORANGE, style.SKY)
COLUMNS = 3
PANEL_IN = 4.4
LEAST_SPAN = 5.0  # of the F1 axis (%): less would make differences of nothing look large

Curve = Sequence[tuple[float, Sequence[float]]]


def plot_f1(
    path: Path | str, curves: Mapping[tuple[str, int], Mapping[tuple[str, int], Curve]]
) -> None:
    """Draw F1 against window size, a panel for each data set and number of classes.

    ``curves``: for each panel and each model and number of components, the window sizes (s) in
    order with the F1 (0 to 1) of the rounds. The colour is the model; a full line is three
    components, a broken one is one. Points are means, bars go from the least to the greatest.
    """
    models = sorted({model for lines in curves.values() for model, _ in lines})
    columns = min(len(curves), COLUMNS)
    rows = -(-len(curves) // COLUMNS)
    figure = style.new_figure(3.6 * rows + 1.2, max(PANEL_IN * columns + 2.4, 8.0))
    figure.set_layout_engine("constrained")
    grid = figure.subplots(rows, columns, squeeze=False, sharey=True).ravel()
    handles = {}
    for axes, ((dataset, n_clusters), lines) in zip(grid, curves.items(), strict=False):
        sizes = sorted({size for curve in lines.values() for size, _ in curve})
        for (model, n_traces), curve in lines.items():
            x = [size for size, _ in curve]
            mean = [100 * sum(values) / len(values) for _, values in curve]
            below = [m - 100 * min(v) for m, (_, v) in zip(mean, curve, strict=True)]
            above = [100 * max(v) - m for m, (_, v) in zip(mean, curve, strict=True)]
            handles[model, n_traces] = axes.errorbar(
                x,
                mean,
                (below, above),
                color=COLOURS[models.index(model) % len(COLOURS)],
                linestyle="-" if n_traces > 1 else "--",
                marker="o" if n_traces > 1 else "s",
                markerfacecolor=None if n_traces > 1 else "white",
                markersize=6,
                capsize=3,
            )
        axes.set_title(f"{dataset}, {n_clusters} classes", fontsize=10)
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
    names = [f"{model}, {'Z' if n == 1 else f'{n} components'}" for model, n in sorted(handles)]
    if handles:
        figure.legend(
            [handles[key] for key in sorted(handles)],
            names,
            loc="outside right upper",
            fontsize=8,
            frameon=False,
        )
    style.save(figure, path)
