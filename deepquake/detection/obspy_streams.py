"""ObsPy streams as files for a while, for a detector that reads files."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from deepquake.core.errors import DeepQuakeError
from deepquake.waveforms.mseed import packed
from deepquake.waveforms.recording import Codes

if TYPE_CHECKING:
    from obspy import Stream


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


def _storable(samples: NDArray[Any]) -> NDArray[Any]:
    """Return samples as numbers that miniSEED has: 32 bits where that loses nothing."""
    if samples.dtype in (np.int32, np.float32, np.float64):
        return samples
    whole = samples.dtype.kind in "iub" and np.all(np.abs(samples.astype(float)) < 2**31)
    return samples.astype(np.int32 if whole else np.float64)
