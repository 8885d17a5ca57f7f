"""Where windows start in a recording.

A window holds ``window_samples`` samples, both ends counted. Windows step through each gap-free
stretch, and the last one ends on the stretch's last sample, so that nothing goes unseen.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from deepquake.core.report import Report
from deepquake.core.settings import window_samples
from deepquake.core.text import number_of
from deepquake.waveforms.recording import Recording

# Picks are read to 1 ms at best; a microsecond only absorbs the rounding of float seconds.
TIME_TOLERANCE_S = 1e-6


def window_starts(n_samples: int, win_size: int, stride: int) -> NDArray[np.int64]:
    """Return the first sample of each window in a gap-free stretch.

    Parameters
    ----------
    n_samples : int
        Samples of the stretch.
    win_size : int
        Samples of a window.
    stride : int
        Samples from one window to the next; a last one ends on the last sample.

    Returns
    -------
    numpy.ndarray of int
        Increasing; empty where the stretch is shorter than a window.
    """
    last = n_samples - win_size
    if last < 0:
        return np.empty(0, dtype=np.int64)
    starts = np.arange(0, last + 1, max(1, stride), dtype=np.int64)
    return starts if starts[-1] == last else np.append(starts, last)


def window_length_s(window_size_s: float, sampling_rate_hz: float) -> float:
    """Return the seconds from a window's first sample to its last.

    Parameters
    ----------
    window_size_s : float
        Its length (s), of which there may be no whole number of samples.
    sampling_rate_hz : float
        The sampling rate (Hz).

    Returns
    -------
    float
        Seconds.
    """
    return (window_samples(window_size_s, sampling_rate_hz) - 1) / sampling_rate_hz


def recording_starts(
    recording: Recording, window_size_s: float, stride_s: float
) -> NDArray[np.float64]:
    """Return when each window of a recording starts.

    Parameters
    ----------
    recording : Recording
        The recording.
    window_size_s, stride_s : float
        Length of a window, and step from one to the next (s).

    Returns
    -------
    numpy.ndarray of float
        Seconds since 1970 UTC, increasing.
    """
    rate = recording.sampling_rate_hz
    win_size, stride = window_samples(window_size_s, rate), max(1, round(stride_s * rate))
    parts = [
        stretch.start_s + window_starts(stretch.n_samples, win_size, stride) / rate
        for stretch in recording.stretches
    ]
    return np.concatenate([np.empty(0), *parts])


def note_short(recording: Recording, window_size_s: float, report: Report) -> None:
    """Note which stretches of a recording are too short for a window.

    Parameters
    ----------
    recording : Recording
        The recording.
    window_size_s : float
        Length of a window (s).
    report : Report
        Is told their number and their seconds.
    """
    rate = recording.sampling_rate_hz
    win_size = window_samples(window_size_s, rate)
    short = [s.n_samples for s in recording.stretches if s.n_samples < win_size]
    if short:
        report.note(
            recording.paths()[0],
            f"{recording.station}: {number_of(len(short), 'stretch', 'es')} shorter than a window "
            f"of {window_size_s:g} s ({sum(short) / rate:g} s in all)",
        )


def longest_s(recordings: Iterable[Recording]) -> float:
    """Return the length of the longest stretch of any recording, in seconds."""
    return max(s.n_samples / r.sampling_rate_hz for r in recordings for s in r.stretches)


def is_inside(recording: Recording, start_s: float, window_size_s: float) -> bool:
    """Return whether a window lies within a gap-free stretch of a recording.

    Parameters
    ----------
    recording : Recording
        The recording.
    start_s : float
        When the window starts (seconds since 1970 UTC).
    window_size_s : float
        Its length (s).

    Returns
    -------
    bool
        Whether it does.
    """
    rate = recording.sampling_rate_hz
    end_s = start_s + window_length_s(window_size_s, rate)
    return any(
        stretch.start_s - TIME_TOLERANCE_S <= start_s
        and end_s <= stretch.start_s + (stretch.n_samples - 1) / rate + TIME_TOLERANCE_S
        for stretch in recording.stretches
    )
