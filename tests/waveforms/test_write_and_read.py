"""A record that is written and looked at in one go is the one that is read."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from deepquake.core import configuration
from deepquake.core.report import Report
from deepquake.waveforms import reading as waveforms
from deepquake.waveforms.recording import Stretch
from deepquake.waveforms.scan import scan
from tests.waveforms.waveform_files import START, noise, three, trace, write

CONFIG = configuration.load({})


@pytest.mark.parametrize(
    ("rate", "kind"), [(100.0, np.int32), (100.0, np.float64), (200.0, np.int32)]
)
def test_what_is_yielded_is_what_is_read(tmp_path: Path, monkeypatch, rate, kind) -> None:
    n_samples = round(400 * rate)
    traces = three(n_samples, rate=rate)
    for item in traces:
        item.data = (item.data + 1_000_000).astype(kind)
    late = trace(noise(n_samples, 5).astype(kind), "HHZ", START + 450.5, rate=rate)
    write(tmp_path / "in" / "a", *traces, late)
    (recording,) = scan(tmp_path / "in", CONFIG, Report())
    # begins within the record, as with --starttime
    first = recording.stretches[0]
    cut = Stretch(first.start_s + 30, first.n_samples - 3000)
    recording = replace(recording, stretches=(cut, *recording.stretches[1:]))
    monkeypatch.setattr(waveforms, "WRITE_CHUNK_S", 100.0)
    waveforms.write_stream(recording, tmp_path / "alone")
    parts = list(waveforms.write_and_read(recording, tmp_path / "a", 1.0, 10.99))
    assert (tmp_path / "a").read_bytes() == (tmp_path / "alone").read_bytes()
    begin, end = recording.span()
    assert (parts[0][0], parts[-1][1]) == pytest.approx((begin, end + 0.01))
    for begin_s, end_s, segment in parts:
        other = waveforms.read(recording, begin_s - 1, end_s - 0.01 + 10.99)
        assert segment.start_s == pytest.approx(other.start_s, abs=1e-6)
        assert np.array_equal(segment.data, other.data, equal_nan=True)


def test_a_stream_that_is_not_looked_at_to_its_end_leaves_no_file(tmp_path: Path) -> None:
    write(tmp_path / "in" / "a", *three(3000))
    (recording,) = scan(tmp_path / "in", CONFIG, Report())
    parts = waveforms.write_and_read(recording, tmp_path / "out" / "a")
    next(parts)
    parts.close()
    assert not list((tmp_path / "out").iterdir())
