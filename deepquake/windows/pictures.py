"""Pictures of step 1: station streams with their windows, and single windows."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from deepquake.core.config import Config
from deepquake.core.report import Report
from deepquake.core.settings import COMPONENTS
from deepquake.earth.arrivals import Arrivals
from deepquake.plots.streams import plot_stream
from deepquake.waveforms.envelope import envelope_of, stream_envelope
from deepquake.waveforms.recording import Recording
from deepquake.windows import grid as windows
from deepquake.windows.files import window_names
from deepquake.windows.rows import Run

WINDOW_WIDTH_IN = 8.0


def draw_stream(
    recording: Recording,
    config: Config,
    prep_dir: Path,
    arrivals: Arrivals,
    complete: Arrivals | None,
    labels: windows.Labels,
    starts_s: np.ndarray,
    report: Report,
) -> None:
    """Draw the station stream with its arrivals, the avoided stretches and the window grid."""
    corners = (config.filter_highpass, config.filter_lowpass)
    components, outline = stream_envelope(recording, *corners, report=report)
    within = arrivals.between(*recording.span())
    plot_stream(
        prep_dir / config.png_dir / f"{recording.name}.png",
        f"{recording.network}.{recording.station}  {recording.name}{_filter_text(config)}",
        outline,
        components=components,
        picked_s=within.picked_s,
        estimated_s=within.estimated_s,
        avoided=windows.avoided_stretches(
            [arrivals] if complete is None else [arrivals, complete], config
        ),
        windows={name: starts_s[labels.kind == kind] for kind, name in windows.LABEL_NAMES.items()},
        window_size_s=config.window_size,
    )


def draw_windows(
    recording: Recording, config: Config, prep_dir: Path, runs: Sequence[Run], block: windows.Block
) -> None:
    """Draw each window that is an event or noise, in a folder of its label."""
    names = window_names(recording, block.starts_s)
    for row, number in ((run.row, number) for run in runs for number in run.numbers):
        if row.label == "discarded":
            continue
        folder = config.png_event_dir if row.label == "positive" else config.png_noise_dir
        plot_stream(
            prep_dir / folder / f"{names[number]}.png",
            f"{recording.network}.{recording.station}  {row.label}",
            envelope_of(
                float(block.starts_s[number]),
                config.sampling_rate,
                block.data[number][[COMPONENTS.index(c) for c in row.components]],
            ),
            components=row.components,
            picked_s=[row.p_time] if row.p_time is not None else [],
            width_in=WINDOW_WIDTH_IN,
        )


def _filter_text(config: Config) -> str:
    low, high = config.filter_highpass, config.filter_lowpass
    if low and high:
        return f"  {low:g} to {high:g} Hz"
    return f"  above {low:g} Hz" if low else f"  below {high:g} Hz" if high else ""
