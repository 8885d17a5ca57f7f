"""The files of single windows hold the windows."""

import io

import numpy as np
import obspy

from deepquake.core.configuration import load
from deepquake.windows import index, preparation
from tests.made_data import P_AT_S, T0, make_dataset, seismogram, traces
from tests.windows.made_windows import prepare


def test_window_files_hold_the_windows(tmp_path):
    waveforms, catalog = make_dataset(tmp_path, n_events=1, stations=("AAA",))
    data = seismogram(np.random.default_rng(1), P_AT_S, 90)
    data[1, 3000:5000] = 17  # so that some windows have two components
    start = T0 + 0.123457
    traces(data, start).write(str(waveforms / "event00.mseed"), format="MSEED")
    config = load({"plot": False, "save_windows": True, "window_stride": 3.3})
    preparation.prepare(config, waveforms, catalog, tmp_path / "prep")
    rows = list(index.read_index(tmp_path / "prep"))
    assert {row.components for row in rows} == {"ZNE", "ZE"}
    assert {row.label for row in rows} == {"positive", "negative"}
    for row in rows:
        content = (tmp_path / "prep" / row.window_file).read_bytes()
        window = obspy.read(io.BytesIO(content))
        assert "".join(trace.stats.channel[-1] for trace in window) == row.components
        assert window[0].stats.mseed.encoding == "FLOAT32"
        assert window[0].stats.starttime.ns == round(row.start_time * 1e6) * 1000
        first = round((row.start_time - start) * 100)
        for trace in window:
            own = data["ZNE".index(trace.stats.channel[-1]), first : first + 1001]
            assert np.ptp(trace.data - own) == 0
        assert window[0].stats.station == "AAA"
        assert window[0].stats.sampling_rate == 100


def test_a_window_file_holds_the_samples_of_the_record(tmp_path):
    waveforms, catalog = make_dataset(tmp_path, n_events=1, stations=("AAA",))
    prepare(waveforms, catalog, tmp_path / "prep", save_windows=True, save_sac=True)
    row = next(r for r in index.read_index(tmp_path / "prep") if r.label == "positive")
    whole = obspy.read(str(waveforms / "event00.mseed")).select(channel="HHE")[0]
    first = round((row.start_time - T0) * 100)
    window = obspy.read(str(tmp_path / "prep" / row.window_file)).select(channel="HHE")[0]
    difference = np.diff(window.data) - np.diff(whole.data[first : first + 1001])
    assert np.abs(difference).max() == 0
    sac = list((tmp_path / "prep" / "mseed_event_windows" / "sac").glob("*.HHE.sac"))
    assert len(sac) == 9
    assert obspy.read(str(sac[0]))[0].stats.station == "AAA"
