"""What every picture shares: size, colours, a UTC axis, traces, saving.

Colours are those of Okabe and Ito (jfly.uni-koeln.de/color), which stay apart for colour-blind
eyes; whatever a colour says, a marker, a line style or a place says too.
"""

import warnings
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter

from deepquake.core.files import whole_file
from deepquake.core.text import printable
from deepquake.core.times import DAY_S
from deepquake.waveforms.envelope import Envelope

BLACK, GREY, LIGHT = "#000000", "#7f7f7f", "#d9d9d9"
ORANGE, SKY, GREEN, YELLOW = "#e69f00", "#56b4e9", "#009e73", "#f0e442"
BLUE, VERMILLION, PURPLE = "#0072b2", "#d55e00", "#cc79a7"
TRACE = "#3d3d3d"

DPI = 100
COMPRESSION = 3  # of PNG: about as small as at 6, in two thirds of the time
WIDTH_IN = 12.0
TICK_STEPS_S = [
    *(0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800),
    *(3600 * h for h in (1, 2, 3, 6, 12)),
    *(DAY_S * d for d in (1, 2, 5, 10, 30, 90, 365)),
]
MOST_TICKS = 11

Dashes = Literal["-", "--", ":"]


def new_figure(height_in: float, width_in: float = WIDTH_IN) -> Figure:
    """Return an empty figure that no global state knows of.

    Parameters
    ----------
    height_in, width_in : float
        Its size in inches.

    Returns
    -------
    Figure
        Without axes.
    """
    figure = Figure(figsize=(width_in, height_in), dpi=DPI)
    FigureCanvasAgg(figure)
    return figure


def plain(text: str) -> str:
    """Return a name from outside as matplotlib draws it: no formula, and only what has a shape."""
    return printable(text).replace("$", r"\$")


def save(figure: Figure, path: Path) -> None:
    """Write a figure, whole or not at all, with the same bytes each time.

    Parameters
    ----------
    figure : Figure
        What ``new_figure`` returned, with something in it.
    path : Path
        The PNG to write.
    """
    with whole_file(path, lasting=False) as temporary, warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph")  # of a script that the font lacks: a box
        figure.savefig(
            temporary,
            format="png",
            dpi=DPI,
            metadata={"Software": None},
            pil_kwargs={"compress_level": COMPRESSION},
        )


def utc_axis(axes: Axes, start_s: float, end_s: float) -> None:
    """Label an x axis of time in UTC.

    Parameters
    ----------
    axes : Axes
        Whose x is seconds since 1970 UTC.
    start_s, end_s : float
        What it shows, seconds since 1970 UTC.
    """
    axes.set_xlim(start_s, end_s)
    span = end_s - start_s
    step = next((s for s in TICK_STEPS_S if span / s <= MOST_TICKS), TICK_STEPS_S[-1])
    ticks = np.arange(np.ceil(start_s / step), np.floor(end_s / step) + 1) * step
    if step >= DAY_S:
        form = "%Y-%m-%d"
    elif span > DAY_S:
        form = "%H:%M\n%m-%d"
    else:
        form = "%H:%M" if step >= 60 else "%H:%M:%S"
    moments = [datetime.fromtimestamp(round(t, 3), UTC) for t in ticks]
    fraction = step < 1
    axes.set_xticks(
        ticks,
        [m.strftime(form) + (f".{m.microsecond // 100000}" if fraction else "") for m in moments],
    )
    # a record that ends at midnight ends on the day it began
    tip = min(0.001 * span, 1.0)
    inside = (start_s + tip, end_s - tip)
    first, last = (datetime.fromtimestamp(t, UTC).strftime("%Y-%m-%d") for t in inside)
    axes.set_xlabel(f"time (UTC), {first if first == last else f'{first} to {last}'}", fontsize=9)


def tidy(axes: Axes) -> None:
    """Take away the frame's upper and right line and make the numbers small."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=8)


def draw_traces(axes: Sequence[Axes], traces: Envelope, components: str) -> None:
    """Draw each component on its axes, with its name; gaps stay empty.

    Parameters
    ----------
    axes : sequence of Axes
        For each component.
    traces : Envelope
        The outline of the components.
    components : str
        Their names, some of Z, N, E.
    """
    x = np.repeat(traces.times_s, 2)
    for panel, name, low, high in zip(axes, components, traces.low, traces.high, strict=True):
        y = np.column_stack([low, high]).ravel()
        panel.plot(x, y, color=TRACE, linewidth=0.6, zorder=3)
        if np.isnan(y).all():
            panel.text(0.5, 0.5, "no data", transform=panel.transAxes, color=GREY, ha="center")
            panel.set_yticks([])
        tidy(panel)
        panel.set_ylabel(f"{name}\n(counts)", fontsize=9)
        # a factor above the axis would stand in the panel above
        panel.yaxis.set_major_formatter(EngFormatter(sep=""))
