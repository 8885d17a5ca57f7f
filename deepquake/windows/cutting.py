"""Windows cut out of recordings: read in pieces, filtered, and told whether they are alive."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from deepquake.core.report import Report
from deepquake.core.settings import COMPONENTS, RecordSettings, window_samples
from deepquake.waveforms.filtering import filter_segment, settling_time
from deepquake.waveforms.quality import FLAT_S, blank, clear_of, gaps_and_flats
from deepquake.waveforms.reading import Segment, read
from deepquake.waveforms.recording import Recording
from deepquake.windows.grid import window_length_s

# Enough of a record at a time for NumPy to be fast, little enough for a laptop's memory.
CHUNK_S = 4 * 3600.0
AT_ONCE = 2048  # windows


@dataclass(frozen=True)
class CutWindows:
    """Some consecutive windows of a recording: ``starts_s`` (k) and ``data``.

    ``complete`` (k, n) is true where one of the n components has every sample, ``alive`` (k, n)
    where it is not flat either. ``first`` is the number of the first window among all that were
    asked for. ``record`` is float32 (n, samples), in which the windows begin at ``offsets``.
    """

    first: int
    starts_s: NDArray[np.float64]
    complete: NDArray[np.bool_]
    alive: NDArray[np.bool_]
    record: NDArray[np.float32]
    offsets: NDArray[np.int64]
    win_size: int

    @cached_property
    def data(self) -> NDArray[np.float32]:
        """The windows, float32 (k, n, win_size), NaN where there is no sample or a flat one."""
        view = np.lib.stride_tricks.sliding_window_view(self.record, self.win_size, axis=1)
        return np.ascontiguousarray(view[:, self.offsets].transpose(1, 0, 2))


def cut_recording(
    recording: Recording,
    starts_s: NDArray[np.float64],
    window_size_s: float,
    settings: RecordSettings,
    at_once: int = AT_ONCE,
    report: Report | None = None,
) -> Iterator[CutWindows]:
    """Yield windows of a recording, filtered, in the components in use.

    The record is read in pieces of a few hours, filtered with enough of it in front for the
    filter to settle, and cut; memory does not grow with its length. Flat stretches count as
    missing, so that the filter begins anew behind them.

    Parameters
    ----------
    recording : Recording
        The recording.
    starts_s : numpy.ndarray of float
        When the windows start (seconds since 1970 UTC), increasing.
    window_size_s : float
        Their length (s).
    settings : RecordSettings
        The components and the filter.
    at_once : int
        The most windows to yield at a time.
    report : Report, optional
        Is told which files turn out to be unreadable, which are gaps then; without one they
        raise DeepQuakeError.

    Yields
    ------
    CutWindows
        In order.
    """
    used = settings.components
    pieces = {c: parts for c, parts in recording.pieces.items() if c in used}
    recording = replace(recording, pieces=pieces)
    rows = [COMPONENTS.index(c) for c in used]
    corners = {"highpass_hz": settings.filter_highpass, "lowpass_hz": settings.filter_lowpass}
    lead_s = max(settling_time(settings.filter_highpass), FLAT_S)
    trail = trail_s(window_size_s, recording.sampling_rate_hz)
    for begin, end in _chunks(starts_s):
        wanted = starts_s[begin:end]
        raw = read(recording, wanted[0] - lead_s, wanted[-1] + trail, report=report)
        yield from cut_segment(
            Segment(raw.start_s, raw.data[rows] if len(rows) < len(COMPONENTS) else raw.data),
            first=begin,
            starts_s=wanted,
            window_size_s=window_size_s,
            sampling_rate_hz=recording.sampling_rate_hz,
            at_once=at_once,
            **corners,
        )


def trail_s(window_size_s: float, sampling_rate_hz: float) -> float:
    """Return the seconds of record after a window's start that tell whether it is alive.

    Parameters
    ----------
    window_size_s : float
        Length of a window (s).
    sampling_rate_hz : float
        The sampling rate (Hz).

    Returns
    -------
    float
        Seconds.
    """
    return window_length_s(window_size_s, sampling_rate_hz) + FLAT_S


def cut_segment(
    raw: Segment,
    first: int,
    starts_s: NDArray[np.float64],
    window_size_s: float,
    sampling_rate_hz: float,
    highpass_hz: float = 0.0,
    lowpass_hz: float = 0.0,
    at_once: int = AT_ONCE,
) -> Iterator[CutWindows]:
    """Yield the windows of a segment.

    Parameters
    ----------
    raw : Segment
        It reaches from FLAT_S before the first start, or more for a filter to settle, to
        ``trail_s`` after the last one, as far as the record goes. Its flat samples become NaN.
    first : int
        Number of the first window.
    starts_s : numpy.ndarray of float
        When the windows start (seconds since 1970 UTC), increasing.
    window_size_s : float
        Their length (s).
    sampling_rate_hz : float
        The sampling rate (Hz).
    highpass_hz, lowpass_hz : float
        Corners of the filter (Hz); 0 is none.
    at_once : int
        The most windows to yield at a time.

    Yields
    ------
    CutWindows
        In order.
    """
    win_size = window_samples(window_size_s, sampling_rate_hz)
    offsets = np.round((starts_s - raw.start_s) * sampling_rate_hz).astype(np.int64)
    gaps, flats = gaps_and_flats(raw.data, round(FLAT_S * sampling_rate_hz))
    complete = clear_of(gaps, offsets, win_size)
    alive = complete & clear_of(flats, offsets, win_size)
    blank(raw.data, flats)
    segment = filter_segment(raw, sampling_rate_hz, highpass_hz, lowpass_hz=lowpass_hz)
    for low in range(0, len(starts_s), at_once):
        part = slice(low, low + at_once)
        yield CutWindows(
            first=first + low,
            starts_s=starts_s[part],
            complete=complete[part],
            alive=alive[part],
            record=segment.data,
            offsets=offsets[part],
            win_size=win_size,
        )


def _chunks(starts_s: NDArray[np.float64]) -> Iterator[tuple[int, int]]:
    """Yield the numbers (first, one past the last) of windows that start in the same few hours."""
    if not len(starts_s):
        return
    edges = np.flatnonzero(np.diff(np.floor(starts_s / CHUNK_S))) + 1
    yield from zip([0, *edges.tolist()], [*edges.tolist(), len(starts_s)], strict=True)
