"""ObsPy streams in, for a detector that reads files, and probabilities out as a stream."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from deepquake.core.errors import DeepQuakeError
from deepquake.detection.stations import ScoredRecording
from deepquake.learning.metrics import event_probability
from deepquake.waveforms.mseed import packed
from deepquake.waveforms.recording import Codes

if TYPE_CHECKING:
    from obspy import Stream

ANY_EVENT = "event"  # the channel of the probability of an event, wherever it came from


@contextmanager
def as_file(stream: "Stream") -> Iterator[Path]:
    """Yield the path of a miniSEED file that holds the samples of a stream, for the while.

    Raises DeepQuakeError where there are none.
    """
    traces = [trace for trace in stream.split() if len(trace)]  # masks are gaps
    if not traces:
        raise DeepQuakeError("the stream holds no samples")
    with TemporaryDirectory() as folder:
        path = Path(folder) / "stream.mseed"
        with path.open("wb") as file:
            for trace in traces:
                stats = trace.stats
                codes = Codes(stats.network, stats.station, stats.location, channel=stats.channel)
                rate_hz, start_s = stats.sampling_rate, stats.starttime.timestamp
                samples = _storable(trace.data)
                file.write(packed(codes, rate_hz=rate_hz, start_s=start_s, samples=samples))
        yield path


def annotated(scored: Iterable[ScoredRecording], step_s: float, regions: Sequence[str]) -> "Stream":
    """Return the probabilities of windows as traces (see ``Detector.annotate``).

    Parameters
    ----------
    scored : iterable of ScoredRecording
        What the network said.
    step_s : float
        From one window to the next.
    regions : sequence of str
        The names of the regions that the network tells apart, if any.

    Returns
    -------
    obspy.Stream
        The traces (float32).
    """
    from obspy import Stream, Trace, UTCDateTime

    traces = []
    for member in scored:
        recording, rate = member.recording, member.recording.sampling_rate_hz
        stride = max(1, round(step_s * rate))
        columns = [event_probability(member.probabilities), *member.probabilities[:, 1:].T]
        for numbers in _even_runs(member, stride):
            middle = UTCDateTime(member.starts_s[numbers[0]] + member.length_s / 2)
            header = {name: getattr(recording, name) for name in ("network", "station", "location")}
            header |= {"sampling_rate": rate / stride, "starttime": middle}
            for channel, column in zip((ANY_EVENT, *regions), columns, strict=False):
                samples = column[numbers].astype(np.float32)
                traces.append(Trace(samples, header | {"channel": channel}))
    return Stream(traces)


def _even_runs(scored: ScoredRecording, stride: int) -> list[NDArray[np.intp]]:
    """Return the numbers of the windows that follow each other step by step, run by run."""
    rate = scored.recording.sampling_rate_hz
    begins = np.array([stretch.start_s for stretch in scored.recording.stretches])
    # half a sample keeps rounding of float seconds from deciding
    stretch = np.searchsorted(begins, scored.starts_s + 0.5 / rate) - 1
    since = np.round((scored.starts_s - begins[stretch]) * rate).astype(np.int64)
    even = np.flatnonzero(since % stride == 0)
    broken = (np.diff(since[even]) != stride) | (np.diff(stretch[even]) != 0)
    return np.split(even, np.flatnonzero(broken) + 1) if len(even) else []


def _storable(samples: NDArray[Any]) -> NDArray[Any]:
    """Return samples as numbers that miniSEED has: 32 bits where that loses nothing."""
    if samples.dtype in (np.int32, np.float32, np.float64):
        return samples
    whole = samples.dtype.kind in "iub" and np.all(np.abs(samples.astype(float)) < 2**31)
    return samples.astype(np.int32 if whole else np.float64)
