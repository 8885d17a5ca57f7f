"""The outline of a record: nothing lost, whatever the pieces it comes in."""

from pathlib import Path

import numpy as np
import pytest

from deepquake.waveforms import envelope
from deepquake.waveforms.envelope import COLUMNS, empty_envelope, envelope_of
from deepquake.waveforms.reading import read_filtered
from tests.waveforms import waveform_files
from tests.waveforms.waveform_files import noise, only, trace, write

START = 1_400_000_000.0


def test_envelope_holds_the_least_and_the_greatest_of_each_column() -> None:
    outline = envelope_of(0.0, 1.0, np.arange(4.0 * COLUMNS)[np.newaxis])
    first = 4 * np.arange(COLUMNS)
    assert np.array_equal(outline.low, [first])
    assert np.array_equal(outline.high, [first + 3])
    np.testing.assert_allclose(outline.times_s, first + 1.5)


def test_a_short_trace_is_drawn_sample_by_sample() -> None:
    data = np.array([[3.0, np.nan, 5.0]])
    outline = envelope_of(10.0, 2.0, data)
    np.testing.assert_array_equal(outline.low, data)
    np.testing.assert_allclose(outline.times_s, [10, 10.5, 11])


def test_envelope_made_in_pieces_is_the_one_made_at_once() -> None:
    data = np.random.default_rng(1).normal(size=(3, 100_003))
    data[1, 5000:30_000] = np.nan
    whole = envelope_of(START, 100.0, data)
    parts = empty_envelope(START, 100.0, data.shape)
    for first in (60_000, 0, 17_777):
        last = {60_000: 100_003, 0: 17_777, 17_777: 60_000}[first]
        parts.add(START + first / 100, 100.0, data[:, first:last])
    np.testing.assert_array_equal(parts.low, whole.low)
    np.testing.assert_array_equal(parts.high, whole.high)
    assert np.nanmax(whole.high) == np.nanmax(data)


def test_samples_outside_the_span_are_left_out() -> None:
    outline = empty_envelope(100.5, 1.0, (1, 10))
    outline.add(95.0, 1.0, np.arange(30.0).reshape(1, 30))
    assert outline.low.tolist() == [list(range(5, 15))]


def test_only_what_was_recorded_is_read_for_an_outline(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Months lie between two records of a station: no time goes by on them."""
    late = waveform_files.START + 200 * 86400
    path = write(tmp_path / "a", trace(noise(3000)), trace(noise(3000, 2), start=late), reclen=512)
    recording = only(path)
    spans = []

    def counting(*args, **options):
        spans.append(args[1:3])
        return read_filtered(*args, **options)

    monkeypatch.setattr(envelope, "read_filtered", counting)
    _, outline = envelope.stream_envelope(recording, (0.0, 0.0))
    assert len(spans) <= 4
    assert np.isfinite(outline.high[0]).sum() == 2 and np.isfinite(outline.high[0, [0, -1]]).all()
