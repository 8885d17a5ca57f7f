"""The curves that say how many source regions a catalogue divides into."""

from collections.abc import Sequence
from pathlib import Path

from deepquake.plots import style


def plot_scores(
    path: Path | str,
    title: str,
    k: Sequence[int],
    inertia_km2: Sequence[float],
    silhouette: Sequence[float],
    elbow: int,
    best: int,
) -> None:
    """Draw the inertia with its elbow and the silhouette with its maximum, against ``k``."""
    figure = style.new_figure(6.5, 8.0)
    figure.set_layout_engine("constrained")
    upper, lower = figure.subplots(2, 1, sharex=True)
    curves = (
        (upper, inertia_km2, elbow, "inertia (km²)", f"elbow: {elbow}", style.BLUE, "o"),
        (
            lower,
            silhouette,
            best,
            "silhouette (-1 to 1)",
            f"highest: {best}",
            style.VERMILLION,
            "s",
        ),
    )
    for axes, values, chosen, name, note, colour, marker in curves:
        axes.plot(k, values, color=colour, marker=marker, markersize=5)
        axes.axvline(chosen, color=style.GREY, linestyle="--", linewidth=1)
        axes.annotate(
            note,
            (chosen, values[list(k).index(chosen)]),
            xytext=(8, 8),
            textcoords="offset points",
            fontsize=9,
        )
        axes.set_ylabel(name)
        axes.margins(y=0.18)
        axes.grid(color=style.LIGHT, linewidth=0.6)
        style.tidy(axes)
    upper.set_ylim(bottom=0)
    lower.set_xticks(list(k))
    lower.set_xlabel("number of regions")
    figure.suptitle(title, fontsize=12)
    style.save(figure, path)
