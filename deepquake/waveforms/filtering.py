"""The filter applied before windows are cut, to samples of any length with any gaps."""

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from deepquake.core.intervals import runs_of_true
from deepquake.core.report import Report
from deepquake.waveforms.quality import FLAT_S, blank, gaps_and_flats
from deepquake.waveforms.reading import Segment, read
from deepquake.waveforms.recording import Recording

FILTER_CORNERS = 4
MOST_PADDED = 1.2  # longest over shortest run that are filtered together
BATCH_SAMPLES = 1 << 17  # that a processor's cache holds


def read_filtered(
    recording: Recording,
    start_s: float,
    end_s: float,
    highpass_hz: float,
    lowpass_hz: float,
    report: Report | None = None,
) -> Segment:
    """Return a span of a recording, filtered as windows are.

    Flat stretches are NaN where anything is filtered, and shown as they are where nothing is.

    Parameters
    ----------
    recording : Recording
        The station stream.
    start_s, end_s : float
        The first and the last time wanted, seconds since 1970 UTC.
    highpass_hz, lowpass_hz : float
        Corners of the filter; 0 is none.
    report : Report, optional
        As of ``read``.
    """
    rate = recording.sampling_rate_hz
    lead_s = max(settling_time(highpass_hz), FLAT_S)
    raw = read(recording, start_s - lead_s, end_s + FLAT_S, report=report)
    if highpass_hz or lowpass_hz:
        blank(raw.data, gaps_and_flats(raw.data, round(FLAT_S * rate))[1])
    segment = filter_segment(raw, rate, highpass_hz, lowpass_hz=lowpass_hz)
    first = max(0, round((start_s - segment.start_s) * rate))
    last = max(0, round((end_s - segment.start_s) * rate))
    return Segment(segment.start_s + first / rate, segment.data[:, first : last + 1])


def filter_segment(
    segment: Segment, sampling_rate_hz: float, highpass_hz: float, lowpass_hz: float
) -> Segment:
    """Return a segment filtered by a causal 4-corner Butterworth.

    Each run between NaN of each component is filtered by itself, started in the steady state that
    its first sample would have led to, so that an offset makes no step.

    Parameters
    ----------
    segment : Segment
        The samples.
    sampling_rate_hz : float
        Their rate.
    highpass_hz, lowpass_hz : float
        Corners of the filter; 0 is none.
    """
    sos = _butterworth(sampling_rate_hz, highpass_hz, lowpass_hz)
    if sos is None:
        return segment
    from scipy.signal import sosfilt, sosfilt_zi

    out = np.full_like(segment.data, np.nan)
    steady = sosfilt_zi(sos)
    runs = [
        (k, begin, end)
        for k, row in enumerate(segment.data)
        for begin, end in runs_of_true(~np.isnan(row)).tolist()
    ]
    for batch in _alike(runs):
        begins = np.array([segment.data[row, first] for row, first, _ in batch], float)
        state = steady[:, None, :] * begins[None, :, None]
        step = max(BATCH_SAMPLES // len(batch), 1)
        for since in range(0, batch[-1][2] - batch[-1][1], step):
            part = [
                (row, slice(min(first + since, end), min(first + since + step, end)))
                for row, first, end in batch
            ]
            samples = np.zeros((len(part), max(span.stop - span.start for _, span in part)))
            for line, (row, span) in zip(samples, part, strict=True):
                line[: span.stop - span.start] = segment.data[row, span]
            samples, state = sosfilt(sos, samples, axis=1, zi=state)
            for line, (row, span) in zip(samples, part, strict=True):
                out[row, span] = line[: span.stop - span.start]
    return Segment(segment.start_s, out)


def settling_time(highpass: float) -> float:
    """Return the seconds a high-pass of that corner (Hz) needs to forget how it was started.

    A 4-corner Butterworth's response has decayed below 1e-6 after about four periods.
    """
    return 10.0 / highpass if highpass else 0.0


@lru_cache
def _butterworth(rate: float, highpass: float, lowpass: float) -> NDArray | None:
    from scipy.signal import butter  # half a second, which step 1 without pictures does not need

    if highpass and lowpass:
        return butter(FILTER_CORNERS, (highpass, lowpass), "bandpass", fs=rate, output="sos")
    if highpass:
        return butter(FILTER_CORNERS, highpass, "highpass", fs=rate, output="sos")
    if lowpass:
        return butter(FILTER_CORNERS, lowpass, "lowpass", fs=rate, output="sos")
    return None


def _alike(runs: list[tuple[int, int, int]]) -> Iterator[list[tuple[int, int, int]]]:
    """Yield the runs (row, first, end) in batches of about one length, the longest last.

    The filter takes a batch at once; a day in thousands of pieces costs little more than a whole.
    """
    batch: list[tuple[int, int, int]] = []
    for run in sorted(runs, key=lambda run: run[2] - run[1]):
        length = run[2] - run[1]
        if batch and (
            length > (batch[0][2] - batch[0][1]) * MOST_PADDED
            or (len(batch) + 1) * length > BATCH_SAMPLES
        ):
            yield batch
            batch = []
        batch.append(run)
    if batch:
        yield batch
