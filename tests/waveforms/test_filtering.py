"""Filtered spans of a record."""

import numpy as np

from deepquake.core.report import Report
from deepquake.core.settings import RecordSettings
from deepquake.waveforms.reading import read_filtered
from deepquake.waveforms.scan import scan
from tests.waveforms.waveform_files import three, write


def test_a_picture_shows_padding_only_where_nothing_is_filtered(tmp_path):
    """A jump into zeros, filtered across, looks like an onset; windows never hold one."""
    traces = three(6000)
    for trace in traces:
        trace.data[2000:3000] = 0
    (recording,) = scan(write(tmp_path / "padded.mseed", *traces), RecordSettings(), Report())
    begin = recording.start_s
    plain = read_filtered(recording, begin, begin + 59, highpass_hz=0.0, lowpass_hz=0.0)
    assert np.isfinite(plain.data).all() and plain.data.shape == (3, 5901)
    filtered = read_filtered(recording, begin + 10, begin + 50, highpass_hz=2.0, lowpass_hz=0.0)
    assert filtered.start_s == begin + 10 and filtered.data.shape == (3, 4001)
    assert np.isnan(filtered.data[:, 1000:2000]).all()
    assert np.isfinite(filtered.data[:, :1000]).all() and np.isfinite(filtered.data[:, 2000:]).all()
