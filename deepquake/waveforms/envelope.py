"""The outline of a record, however long: its least and greatest samples in columns of time."""

from dataclasses import dataclass

import numpy as np

from deepquake.core.intervals import touches, union
from deepquake.core.report import Report
from deepquake.core.settings import COMPONENTS
from deepquake.waveforms.reading import CHUNK_S, read_filtered
from deepquake.waveforms.recording import Recording

COLUMNS = 2000  # more columns of a trace than a picture has pixels show nothing more


@dataclass
class Envelope:
    """Least and greatest amplitude of each component in equal columns of time.

    Draws a month as fast as a minute. ``low`` and ``high``: (components, columns), NaN where
    nothing was recorded. Chunks may come in any order and a column may be met by several of them.
    """

    start_s: float
    end_s: float
    low: np.ndarray
    high: np.ndarray

    @property
    def times_s(self) -> np.ndarray:
        """The middle of each column."""
        n = self.low.shape[1]
        return self.start_s + (np.arange(n) + 0.5) * (self.end_s - self.start_s) / n

    def add(self, start_s: float, rate_hz: float, data: np.ndarray) -> None:
        """Take in samples; those outside the envelope's span are left out.

        Parameters
        ----------
        start_s : float
            Time of the first one, seconds since 1970 UTC.
        rate_hz : float
            Samples per second.
        data : array of shape (components, samples)
            NaN is a gap.
        """
        n_columns = self.low.shape[1]
        column_s = (self.end_s - self.start_s) / n_columns
        # first sample of every column, counted from the start of data
        edges = (self.start_s + np.arange(n_columns + 1) * column_s - start_s) * rate_hz
        first = np.clip(np.ceil(edges - 1e-6).astype(np.int64), 0, data.shape[1])
        filled = np.flatnonzero(first[1:] > first[:-1])
        if not filled.size:
            return
        data = data[:, : first[-1]]
        at = first[filled]
        for low, high, row in zip(self.low, self.high, data, strict=True):
            low[filled] = np.fmin(low[filled], np.fmin.reduceat(row, at))
            high[filled] = np.fmax(high[filled], np.fmax.reduceat(row, at))


def empty_envelope(start_s: float, rate_hz: float, shape: tuple[int, int]) -> Envelope:
    """Return an envelope of a span without data yet.

    Parameters
    ----------
    start_s : float
        Time of the first sample, seconds since 1970 UTC.
    rate_hz : float
        Samples per second.
    shape : (int, int)
        Components and samples. Where these are fewer than ``COLUMNS``, each has a column.
    """
    n_components, n_samples = shape
    low, high = (np.full((n_components, max(1, min(COLUMNS, n_samples))), np.nan) for _ in "lh")
    # half a sample on either side puts each sample of a short trace in the middle of its column
    begin_s, end_s = start_s - 0.5 / rate_hz, start_s + (n_samples - 0.5) / rate_hz
    return Envelope(start_s=begin_s, end_s=end_s, low=low, high=high)


def envelope_of(start_s: float, rate_hz: float, data: np.ndarray) -> Envelope:
    """Return the envelope of samples.

    Parameters
    ----------
    start_s, rate_hz
        As of ``empty_envelope``.
    data : array of shape (components, samples)
        NaN is a gap.
    """
    outline = empty_envelope(start_s, rate_hz, data.shape)
    outline.add(start_s, rate_hz, data)
    return outline


def stream_envelope(
    recording: Recording,
    corners_hz: tuple[float, float],
    report: Report | None = None,
    span_s: tuple[float, float] | None = None,
) -> tuple[str, Envelope]:
    """Return the components of a recording and their outline, filtered, however long it is.

    Parameters
    ----------
    recording : Recording
        The station stream. A few hours are in memory at a time.
    corners_hz : (float, float)
        Those of the high-pass and the low-pass; 0 is none.
    report : Report, optional
        As of ``reading.read``: files that turn out to be unreadable are gaps.
    span_s : tuple[float, float], optional
        The first and the last time (seconds since 1970 UTC), if not those of the recording.

    Returns
    -------
    tuple[str, Envelope]
        Some of 'ZNE', and the envelope of these.
    """
    rate = recording.sampling_rate_hz
    begin, end = span_s or recording.span()
    components = "".join(c for c in COMPONENTS if c in recording.channels)
    rows = [COMPONENTS.index(c) for c in components]
    n_samples = round((end - begin) * rate) + 1
    outline = empty_envelope(begin, rate, (len(rows), n_samples))
    # parts without any record are passed over: there may be months of them
    firsts = np.array([stretch.start_s for stretch in recording.stretches])
    ends = firsts + [stretch.n_samples / rate for stretch in recording.stretches]
    starts = np.arange(begin, end, CHUNK_S)
    recorded = touches(union(firsts, ends), starts, starts + CHUNK_S)
    for start in starts[recorded].tolist():
        until = min(start + CHUNK_S, end)
        segment = read_filtered(
            recording, start, until, corners_hz=corners_hz, report=report, shows_flats=True
        )
        outline.add(segment.start_s, rate, segment.data[rows])
    return components, outline
