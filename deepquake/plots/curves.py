"""The picture of how a training went."""

from pathlib import Path

from deepquake.learning.history import TRAINING, VALIDATION, History
from deepquake.plots import style


def plot_training(path: Path, title: str, history: History) -> None:
    """Draw loss and accuracy against the step, of training and validation, to a PNG file."""
    figure = style.new_figure(4.5)
    axes = figure.subplots(1, 2)
    looks = {TRAINING: (style.BLUE, "-", ""), VALIDATION: (style.VERMILLION, "--", "o")}
    for ax, name, label in (
        (axes[0], "loss", "loss (cross-entropy)"),
        (axes[1], "accuracy", "accuracy (noise and events weigh the same)"),
    ):
        for part, (color, line, marker) in looks.items():
            points = history.of(part)
            if points:
                steps, values = [p.step for p in points], [getattr(p, name) for p in points]
                ax.plot(steps, values, color=color, linestyle=line, marker=marker, ms=4, label=part)
        ax.set_xlabel("step")
        ax.set_ylabel(label)
        ax.grid(color=style.LIGHT, linewidth=0.5)
        ax.legend(frameon=False, loc="best")
    axes[0].set_ylim(bottom=0)
    axes[1].set_ylim(top=1.005)
    figure.suptitle(title)
    figure.tight_layout()
    style.save(figure, path)
