"""The outline of a whole recording, however long, for the pictures of steps 1 and 6."""

import numpy as np

from deepquake.core.config import Config
from deepquake.core.report import Report
from deepquake.plots import style
from deepquake.plots.style import Envelope
from deepquake.waveforms.recording import Recording
from deepquake.windows.grid import CHUNK_S, read_filtered


def stream_envelope(
    recording: Recording,
    config: Config,
    highpass: float,
    lowpass: float,
    report: Report | None = None,
) -> tuple[str, Envelope]:
    """Return the components of a recording and their outline, filtered (corners in Hz; 0 none).

    Reads a few hours at a time. Files that turn out to be unreadable are gaps, noted in ``report``;
    without one they raise DeepQuakeError.
    """
    rate = config.sampling_rate
    begin, end = recording.span()
    components = "".join(c for c in "ZNE" if c in recording.channels)
    rows = ["ZNE".index(c) for c in components]
    half = 0.5 / rate
    outline = style.empty_envelope(
        begin - half, end + half, len(rows), round((end - begin) * rate) + 1
    )
    for start in np.arange(begin, end, CHUNK_S):
        stop = min(start + CHUNK_S, end)
        segment = read_filtered(recording, start, stop, config, highpass, lowpass, report)
        outline.add(segment.start_s, rate, segment.data[rows])
    return components, outline
