"""Recordings of any length in parts: some hours at a time for a UNet, or what is near arrivals.

What is found in a part does not depend on where it begins: enough of the record on either side is
read with it for the filter to settle and for the network to look at.
"""

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deepquake.core import intervals
from deepquake.core.report import Report
from deepquake.core.settings import COMPONENTS, RecordSettings
from deepquake.learning.picking.arrivals import RecordPart
from deepquake.learning.picking.curves import reach
from deepquake.learning.picking.onset import WINDOW_SEARCH_S
from deepquake.learning.spec import ModelSpec
from deepquake.waveforms.filtering import settling_time
from deepquake.waveforms.reading import CHUNK_S, read_filtered
from deepquake.waveforms.recording import Recording
from deepquake.windows.grid import Times

SampleSpan = tuple[int, int]  # first sample of a recording's grid, and one past the last
IN_ONE_PART_S = 30.0  # arrivals nearer than this to the next are in one part
MARGIN_LEFT_S = 0.5  # of record beyond what is looked at


def recorded_samples(recording: Recording) -> NDArray[np.int64]:
    """Return the gap-free runs (k, 2) of a recording: first sample of its grid, one past the last.

    Parameters
    ----------
    recording : Recording
        The station stream.
    """
    rate = recording.sampling_rate_hz
    first = [round((stretch.start_s - recording.start_s) * rate) for stretch in recording.stretches]
    return np.array([(f, f + s.n_samples) for f, s in zip(first, recording.stretches, strict=True)])


def first_on_grid(recording: Recording) -> int:
    """Return the number that the first sample of a recording has on the grid of absolute time."""
    return round(recording.start_s * recording.sampling_rate_hz)


def times_of(recording: Recording, at: ArrayLike) -> Times:
    """Return when positions on the grid of absolute time are.

    Parameters
    ----------
    recording : Recording
        The station stream whose grid it is.
    at : array_like of float
        The positions (samples, with fractions).

    Returns
    -------
    array of float
        Seconds since 1970 UTC.
    """
    since = np.asarray(at, np.float64) - first_on_grid(recording)
    return recording.start_s + since / recording.sampling_rate_hz


def whole_parts(
    recording: Recording,
    spec: ModelSpec,
    settings: RecordSettings,
    report: Report | None = None,
    span_s: tuple[float, float] | None = None,
) -> Iterator[RecordPart]:
    """Yield all of a recording for a UNet, some hours at a time.

    A component that the recording lacks, or lacks for a while, is NaN.

    Parameters
    ----------
    recording : Recording
        The station stream.
    spec : ModelSpec
        The network.
    settings : RecordSettings
        The filter.
    report : Report, optional
        As of ``reading.read``: is told which files turn out to be unreadable, which are gaps then.
    span_s : tuple[float, float], optional
        The first time and that before which the parts end, if not those of the recording.

    Yields
    ------
    RecordPart
        In order.
    """
    rate, beyond = recording.sampling_rate_hz, reach(spec)
    runs = recorded_samples(recording)
    if span_s is not None:
        low, high = (round((t - recording.start_s) * rate) for t in span_s)
        runs = np.clip(runs, low, high)
        runs = runs[runs[:, 1] > runs[:, 0]]
    # across a short gap the network sees what is on the other side
    context = beyond + round(settling_time(settings.filter_highpass) * rate)
    spans: list[SampleSpan] = []
    for first, end in intervals.union(runs[:, 0], runs[:, 1], context).tolist():
        while first < end:
            chunk = (recording.start_s + first / rate) // CHUNK_S + 1
            border = round((chunk * CHUNK_S - recording.start_s) * rate)
            until = min(end, border if border > first else first + round(CHUNK_S * rate))
            spans.append((first, until))
            first = until
    yield from _parts(recording, spans, beyond, spec=spec, settings=settings, report=report)


def parts_around(
    recording: Recording,
    times_s: Times,
    spec: ModelSpec,
    settings: RecordSettings,
    report: Report | None = None,
) -> Iterator[RecordPart]:
    """Yield what is near some times, for the onsets of what the windows of a network tell of.

    Parameters
    ----------
    recording, spec, settings, report
        As of ``whole_parts``.
    times_s : array of float
        Seconds since 1970 UTC, increasing.

    Yields
    ------
    RecordPart
        In order.
    """
    rate = recording.sampling_rate_hz
    at = np.round((times_s - recording.start_s) * rate).astype(np.int64)
    spans = intervals.union(at, at + 1, round(IN_ONE_PART_S * rate)).tolist()
    beyond = round((max(WINDOW_SEARCH_S) + MARGIN_LEFT_S) * rate)
    yield from _parts(recording, spans, beyond, spec=spec, settings=settings, report=report)


def _parts(
    recording: Recording,
    spans: Iterable[SampleSpan],
    beyond: int,
    *,
    spec: ModelSpec,
    settings: RecordSettings,
    report: Report | None,
) -> Iterator[RecordPart]:
    """Yield parts with so many samples beyond either end, as far as the recording goes."""
    rate, grid = recording.sampling_rate_hz, first_on_grid(recording)
    rows = [COMPONENTS.index(component) for component in spec.components]
    for first, end in spans:
        begin_s, end_s = (recording.start_s + k / rate for k in (first - beyond, end - 1 + beyond))
        segment = read_filtered(recording, begin_s, end_s, settings.corners_hz, report)
        low = round((segment.start_s - recording.start_s) * rate)
        yield RecordPart(segment.data[rows], grid + low, begin=first - low, end=end - low)
