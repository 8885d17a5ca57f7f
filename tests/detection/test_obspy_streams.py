"""Streams as files for a while."""

import numpy as np
import pytest
from obspy import Stream, Trace, UTCDateTime, read

from deepquake.core.errors import DeepQuakeError
from deepquake.detection.obspy_streams import as_file


def trace(data: np.ndarray, start_s: float = 0.0) -> Trace:
    header = {"station": "AAA", "channel": "HHZ", "starttime": UTCDateTime(start_s)}
    return Trace(data, header | {"sampling_rate": 20.0})


def test_a_stream_is_a_file_with_its_samples_for_the_while() -> None:
    stream = Stream([trace(np.arange(100)), trace(np.arange(50.0), 100.0)])
    with as_file(stream) as path:
        first, second = read(str(path))
        assert (first.data.dtype, second.data.dtype) == (np.int32, np.float64)
        assert np.array_equal(first.data, stream[0].data)
        assert second.stats.starttime == UTCDateTime(100.0)
    assert not path.exists()


def test_gaps_of_a_merged_stream_are_gaps_of_the_file() -> None:
    whole = np.arange(400, dtype=np.int32)
    stream = Stream([trace(whole[:100]), trace(whole[200:], 10.0)]).merge()
    with as_file(stream) as path:
        assert [len(piece) for piece in read(str(path))] == [100, 200]


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (np.array([1, 2, 2**31 - 1]), np.int32),
        (np.array([1, 2, 2**31]), np.float64),
        (np.array([1, 2], np.float16), np.float64),
        (np.array([True, False]), np.int32),
    ],
)
def test_numbers_that_miniseed_has_not_lose_nothing(data: np.ndarray, kind: type) -> None:
    with as_file(Stream([trace(data)])) as path:
        written = read(str(path))[0].data
    assert written.dtype == kind
    assert np.array_equal(written, data)


def test_nothing_is_an_error() -> None:
    with pytest.raises(DeepQuakeError, match="holds no samples"), as_file(Stream()):
        pass
