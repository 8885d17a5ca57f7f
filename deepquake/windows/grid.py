"""The windows of a recording: where they start, and their samples.

A window holds ``window_samples`` samples, both ends counted. Windows step through each gap-free
stretch, and the last one ends on the stretch's last sample, so that nothing goes unseen.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from deepquake.core.report import Report
from deepquake.core.settings import COMPONENTS, RecordSettings, window_samples
from deepquake.core.text import number_of
from deepquake.waveforms.filtering import (
    FLAT_S,
    blank,
    clear_of,
    filter_segment,
    gaps_and_flats,
    settling_time,
)
from deepquake.waveforms.reading import CHUNK_S, read
from deepquake.waveforms.recording import Recording, Segment

Times = NDArray[np.float64]  # seconds since 1970 UTC

# Picks are read to 1 ms at best; a microsecond only absorbs the rounding of float seconds.
TIME_TOLERANCE_S = 1e-6
AT_ONCE = 2048  # windows


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


def recording_starts(recording: Recording, window_size_s: float, stride_s: float) -> Times:
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


def no_window_text(recordings: Iterable[Recording], window_size_s: float) -> str:
    """Return what there is to say where no stretch of any recording is as long as a window.

    Parameters
    ----------
    recordings : iterable of Recording
        The recordings.
    window_size_s : float
        Length of a window (s).

    Returns
    -------
    str
        Empty where there is a window.
    """
    longest_s = 0.0
    for recording in recordings:
        rate = recording.sampling_rate_hz
        longest = max(stretch.n_samples for stretch in recording.stretches)
        if longest >= window_samples(window_size_s, rate):
            return ""
        longest_s = max(longest_s, longest / rate)
    return (
        f"no stretch of any record is as long as a window of {window_size_s:g} s; the longest has "
        f"{longest_s:g} s. Lower --window_size, or give longer records"
    )


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


@dataclass(frozen=True)
class CutWindows:
    """Some consecutive windows of a recording: ``starts_s`` (k) and ``data``.

    ``complete`` (k, n) is true where one of the n components has every sample, ``alive`` (k, n)
    where it is not flat either. ``first`` is the number of the first window among all that were
    asked for. ``record`` is float32 (n, samples), in which the windows begin at ``offsets``.
    """

    first: int
    starts_s: Times
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
    starts_s: Times,
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
    rows = [COMPONENTS.index(component) for component in settings.components]
    pieces = {c: parts for c, parts in recording.pieces.items() if c in settings.components}
    recording = replace(recording, pieces=pieces)
    rate = recording.sampling_rate_hz
    lead_s = max(settling_time(settings.filter_highpass), FLAT_S)
    trail_s = trailing_s(window_size_s, rate)
    hours = np.flatnonzero(np.diff(np.floor(starts_s / CHUNK_S))) + 1
    for first, wanted in zip([0, *hours.tolist()], np.split(starts_s, hours), strict=True):
        if not len(wanted):
            continue
        raw = read(recording, wanted[0] - lead_s, wanted[-1] + trail_s, report=report)
        if len(rows) < len(COMPONENTS):
            raw = Segment(raw.start_s, raw.data[rows])
        yield from cut_segment(
            raw,
            first,
            wanted,
            window_size_s=window_size_s,
            rate_hz=rate,
            corners_hz=settings.corners_hz,
            at_once=at_once,
        )


def cut_segment(
    raw: Segment,
    first: int,
    starts_s: Times,
    window_size_s: float,
    rate_hz: float,
    corners_hz: tuple[float, float] = (0.0, 0.0),
    at_once: int = AT_ONCE,
) -> Iterator[CutWindows]:
    """Yield the windows of a segment, a few at a time.

    Parameters
    ----------
    raw : Segment
        It reaches from FLAT_S before the first start, or more for a filter to settle, to
        ``trailing_s`` after the last one, as far as the record goes. Its flat samples become NaN.
    first : int
        Number of the first window.
    starts_s : numpy.ndarray of float
        When the windows start (seconds since 1970 UTC), increasing.
    window_size_s, rate_hz : float
        Their length (s) and the sampling rate (Hz).
    corners_hz : (float, float)
        Those of the filter; 0 is none.
    at_once : int
        The most windows to yield at a time.

    Yields
    ------
    CutWindows
        In order.
    """
    win_size = window_samples(window_size_s, rate_hz)
    offsets = np.round((starts_s - raw.start_s) * rate_hz).astype(np.int64)
    gaps, flats = gaps_and_flats(raw.data, round(FLAT_S * rate_hz))
    complete = clear_of(gaps, offsets, win_size)
    alive = complete & clear_of(flats, offsets, win_size)
    blank(raw.data, flats)
    record = filter_segment(raw, rate_hz, corners_hz).data
    for low in range(0, len(starts_s), at_once):
        part = slice(low, low + at_once)
        yield CutWindows(
            first=first + low,
            starts_s=starts_s[part],
            complete=complete[part],
            alive=alive[part],
            record=record,
            offsets=offsets[part],
            win_size=win_size,
        )


def trailing_s(window_size_s: float, rate_hz: float) -> float:
    """Return the seconds of record after a window's start that tell whether it is alive.

    Parameters
    ----------
    window_size_s, rate_hz : float
        Length of a window (s) and the sampling rate (Hz).

    Returns
    -------
    float
        Seconds.
    """
    return window_length_s(window_size_s, rate_hz) + FLAT_S
