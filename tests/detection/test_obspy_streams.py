"""Streams as files for a while, and probabilities as streams."""

import numpy as np
import pytest
from obspy import Stream, Trace, UTCDateTime, read

from deepquake.core.errors import DeepQuakeError
from deepquake.detection.obspy_streams import annotated, as_file
from deepquake.detection.stations import ScoredRecording
from tests.detection.test_stations import scored_windows, two_classes


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


def annotations(scored: ScoredRecording, step_s: float) -> list[tuple[float, list[float]]]:
    """Return the start and the samples of each trace of the probability of an event."""
    stream = annotated([scored], step_s, ())
    assert {t.id for t in stream} <= {"XX.DYJN..event"}
    return [(t.stats.starttime.timestamp, t.data.astype(float).round(3).tolist()) for t in stream]


def test_a_sample_stands_at_the_middle_of_its_window() -> None:
    scored = scored_windows([0, 2, 4], two_classes(0.1, 0.2, 0.3))
    assert annotations(scored, 2.0) == [(5.0, [0.1, 0.2, 0.3])]


def test_where_windows_are_missing_a_trace_ends() -> None:
    scored = scored_windows([0, 2, 6, 8], two_classes(0.1, 0.2, 0.3, 0.4))
    assert annotations(scored, 2.0) == [(5.0, [0.1, 0.2]), (11.0, [0.3, 0.4])]


def test_a_last_window_off_the_step_is_left_out() -> None:
    scored = scored_windows([0, 2, 3.5], two_classes(0.1, 0.2, 0.3))
    assert annotations(scored, 2.0) == [(5.0, [0.1, 0.2])]
    assert annotations(scored_windows([], np.empty((0, 2))), 2.0) == []


def test_regions_have_traces_too() -> None:
    scored = scored_windows([0, 2], np.array([[0.5, 0.2, 0.3], [0.1, 0.9, 0.0]]))
    stream = annotated([scored], 2.0, ("north", "south"))
    assert [t.stats.channel for t in stream] == ["event", "north", "south"]
    assert [t.data.astype(float).round(3).tolist() for t in stream] == [
        [0.5, 0.9],
        [0.2, 0.9],
        [0.3, 0.0],
    ]
