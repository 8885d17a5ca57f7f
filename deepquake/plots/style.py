"""What every picture shares: size, colours, a UTC axis, traces, saving.

Colours are those of Okabe and Ito (jfly.uni-koeln.de/color), which stay apart for colour-blind
eyes; whatever a colour says, a marker, a line style or a place says too.
"""

import io
import warnings
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter
from PIL import Image

from deepquake.core.files import whole_file
from deepquake.core.text import printable
from deepquake.core.times import DAY_S, as_datetime
from deepquake.waveforms.envelope import Envelope

BLACK, GREY, LIGHT = "#000000", "#7f7f7f", "#d9d9d9"
ORANGE, SKY, GREEN, YELLOW = "#e69f00", "#56b4e9", "#009e73", "#f0e442"
BLUE, VERMILLION, PURPLE = "#0072b2", "#d55e00", "#cc79a7"
TRACE = "#3d3d3d"

DPI = 100
GREYS, TINTS = 24, 5  # in the palette of a picture for a page that holds many
COMPRESSION = 3  # of PNG: about as small as at 6, in two thirds of the time
WIDTH_IN = 12.0
TICK_STEPS_S = [
    *(0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800),
    *(3600 * h for h in (1, 2, 3, 6, 12)),
    *(DAY_S * d for d in (1, 2, 5, 10, 30, 90, 365)),
]
MOST_TICKS = 11
CLIPPED_FROM_S = 200.0  # a record of one event is shorter, and drawn to its peak
CLIPPED_AT = 15.0  # times the usual amplitude, the median of all columns
DECIBELS_FROM_S = 1800.0  # a longer picture has many events of all sizes in it
LEAST_DB = 20.0  # that a panel shows

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


def small_png(figure: Figure) -> bytes:
    """Return a figure as a PNG of few colours, a third of the bytes, the same each time."""
    canvas, written = FigureCanvasAgg(figure), io.BytesIO()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph")  # of a script that the font lacks: a box
        canvas.draw()
    whole = Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")
    few = whole.quantize(palette=_few_colours(), dither=Image.Dither.NONE)
    few.save(written, format="png", optimize=True)
    return written.getvalue()


@lru_cache(maxsize=1)
def _few_colours() -> Image.Image:
    """Return an image whose palette is greys, and our colours on their way from white."""
    greys = np.linspace(0, 1, GREYS)[:, None] * np.ones(3)
    ours = np.array([to_rgb(c) for c in (ORANGE, SKY, GREEN, YELLOW, BLUE, VERMILLION, PURPLE)])
    shares = np.arange(1, TINTS + 1)[:, None, None] / TINTS
    colours = np.concatenate([greys, (1 - shares * (1 - ours)).reshape(-1, 3)])
    image = Image.new("P", (1, 1))
    image.putpalette(np.rint(255 * colours).astype(np.uint8).tobytes())
    return image


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
    moments = [as_datetime(round(t, 3)) for t in ticks]
    fraction = step < 1
    axes.set_xticks(
        ticks,
        [m.strftime(form) + (f".{m.microsecond // 100000}" if fraction else "") for m in moments],
    )
    # a record that ends at midnight ends on the day it began
    tip = min(0.001 * span, 1.0)
    inside = (start_s + tip, end_s - tip)
    first, last = (as_datetime(t).strftime("%Y-%m-%d") for t in inside)
    axes.set_xlabel(f"time (UTC), {first if first == last else f'{first} to {last}'}", fontsize=9)


def tidy(axes: Axes) -> None:
    """Take away the frame's upper and right line and make the numbers small."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=8)


def draw_traces(
    axes: Sequence[Axes], traces: Envelope, components: str, *, clipped: bool = False
) -> None:
    """Draw each component on its axes, with its name; gaps stay empty.

    Parameters
    ----------
    axes : sequence of Axes
        For each component.
    traces : Envelope
        The outline of the components.
    components : str
        Their names, some of Z, N, E.
    clipped : bool
        Whether what is much larger than usual leaves the panel, so that the rest can be seen.
    """
    x = np.repeat(traces.times_s, 2)
    for panel, name, low, high in zip(axes, components, traces.low, traces.high, strict=True):
        y = np.column_stack([low, high]).ravel()
        panel.plot(x, y, color=TRACE, linewidth=0.6, zorder=3)
        middle, amplitude = amplitudes_of(low, high)
        alive = amplitude[amplitude > 0]  # flat columns would hide what is usual
        if clipped and len(alive):
            reach, peak = CLIPPED_AT * float(np.median(alive)), float(alive.max())
            if reach < peak:
                panel.set_ylim(middle - reach, middle + reach)
                _say_peak(panel, peak)
        _finish_trace(panel, low, f"{name}\n(counts)")
        # a factor above the axis would stand in the panel above
        panel.yaxis.set_major_formatter(EngFormatter(sep=""))


def draw_record(axes: Sequence[Axes], traces: Envelope, components: str) -> None:
    """Draw each component of a record of any length such that small events show beside large ones.

    Up to CLIPPED_FROM_S it is the trace, up to DECIBELS_FROM_S the trace with large amplitudes
    clipped, and beyond that the greatest amplitude in each column of time, in decibels.

    Parameters
    ----------
    axes, traces, components
        As of ``draw_traces``.
    """
    if not in_decibels(traces):
        clipped = traces.end_s - traces.start_s > CLIPPED_FROM_S
        draw_traces(axes, traces, components, clipped=clipped)
        return
    for panel, name, low, high in zip(axes, components, traces.low, traces.high, strict=True):
        _, amplitude = amplitudes_of(low, high)
        level_db = 20 * np.log10(np.where(amplitude > 0, amplitude, np.nan))
        if np.isfinite(level_db).any():
            floor = np.nanpercentile(level_db, 1) - 3
            top = np.nanmax(level_db) + 3
            panel.fill_between(
                traces.times_s, floor, level_db, step="mid", color=TRACE, lw=0, zorder=3
            )
            panel.set_ylim(floor, max(top, floor + LEAST_DB))
        _finish_trace(panel, low, f"{name}\n(dB, count)")


def in_decibels(traces: Envelope) -> bool:
    """Return whether ``draw_record`` draws a record in decibels."""
    return traces.end_s - traces.start_s > DECIBELS_FROM_S


def amplitudes_of(low: np.ndarray, high: np.ndarray) -> tuple[float, np.ndarray]:
    """Return the middle of a component's outline, and how far each column goes from it.

    Parameters
    ----------
    low, high : array (columns)
        As of ``Envelope``.

    Returns
    -------
    float, array (columns)
        Both NaN where nothing was recorded.
    """
    recorded = np.isfinite(low)
    if not recorded.any():
        return np.nan, np.full(len(low), np.nan)
    middle = float(np.median((low[recorded] + high[recorded]) / 2))
    return middle, np.fmax(high - middle, middle - low)


def _say_peak(panel: Axes, peak: float) -> None:
    """Write how far a clipped trace goes, beside it."""
    text = f"clipped, peak {EngFormatter(sep='', places=0)(peak)}"
    panel.text(1.004, 0.5, text, transform=panel.transAxes, ha="left", va="center", fontsize=7,
               rotation=270, color=GREY)  # fmt: skip


def _finish_trace(panel: Axes, low: np.ndarray, label: str) -> None:
    if np.isnan(low).all():
        panel.text(0.5, 0.5, "no data", transform=panel.transAxes, color=GREY, ha="center")
        panel.set_yticks([])
    tidy(panel)
    panel.set_ylabel(label, fontsize=9)
