"""Pictures of step 1: station streams with their windows, and single windows."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from deepquake.core.report import Report
from deepquake.core.settings import COMPONENTS, Settings
from deepquake.plots.streams import plot_stream
from deepquake.waveforms.envelope import envelope_of, stream_envelope
from deepquake.waveforms.recording import Recording
from deepquake.windows import labels
from deepquake.windows.exchange import staged
from deepquake.windows.files import window_names
from deepquake.windows.grid import CutWindows
from deepquake.windows.index import STREAM_PICTURE_DIR, WINDOW_PICTURE_DIRS, WindowRun

DRAWN = labels.SKIPPED, labels.POSITIVE, labels.NEGATIVE, labels.DISCARDED  # from the top down
WINDOW_WIDTH_IN = 8.0


def draw_stream(
    recording: Recording,
    found: labels.LabelledRecording,
    kind: NDArray[np.int8],
    settings: Settings,
    prep_dir: Path,
    report: Report,
) -> None:
    """Draw the station stream with its arrivals, the avoided stretches and the window grid.

    Parameters
    ----------
    recording : Recording
        The recording.
    found : labels.LabelledRecording
        Its windows and arrivals.
    kind : numpy.ndarray of int
        What each window is, now that the samples are known.
    settings : Settings
        The filter, and how far noise keeps away.
    prep_dir : Path
        The folder of step 1.
    report : Report
        Is told which files turn out to be unreadable.
    """
    records, windows = settings.records, settings.windows
    components, outline = stream_envelope(recording, records.corners_hz, report)
    within = found.known[0].between(*recording.span()).outside(recording.elsewhere)
    station = f"{recording.network}.{recording.station}"
    plot_stream(
        staged(prep_dir, f"{STREAM_PICTURE_DIR}/{recording.name}.png"),
        title="  ".join(filter(None, (station, recording.name, records.filter_text))),
        traces=outline,
        components=components,
        picked_s=within.picked_s.tolist(),
        estimated_s=within.estimated_s.tolist(),
        avoided=labels.avoided_stretches(found.known, windows).tolist(),
        windows={labels.KIND_NAMES[k]: found.starts_s[kind == k] for k in DRAWN},
        window_size_s=windows.window_size,
    )


def draw_windows(
    recording: Recording, prep_dir: Path, runs: Sequence[WindowRun], cut: CutWindows
) -> None:
    """Draw each window that is an event or noise, in a folder of its label.

    Parameters
    ----------
    recording : Recording
        The recording.
    prep_dir : Path
        The folder of step 1.
    runs : sequence of WindowRun
        What the windows are.
    cut : CutWindows
        Their samples.
    """
    names = window_names(recording, cut.starts_s)
    for row, number in ((run.row, number) for run in runs for number in run.numbers):
        folder = WINDOW_PICTURE_DIRS.get(row.label)
        if folder is not None:
            data = cut.data[number][[COMPONENTS.index(c) for c in row.components]]
            start_s = float(cut.starts_s[number])
            plot_stream(
                staged(prep_dir, f"{folder}/{names[number]}.png"),
                title=f"{recording.network}.{recording.station}  {row.label}",
                traces=envelope_of(start_s, recording.sampling_rate_hz, data),
                components=row.components,
                picked_s=[row.p_time] if row.p_time is not None else [],
                width_in=WINDOW_WIDTH_IN,
            )
