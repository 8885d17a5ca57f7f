"""The files of single windows hold the windows."""

import csv
import io
from dataclasses import replace

import numpy as np
import obspy

from deepquake.core.configuration import load
from deepquake.windows import index, preparation
from deepquake.windows.index import iso_texts
from tests.made_data import P_AT_S, T0, make_dataset, seismogram, traces


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


def test_lines_of_windows_are_those_that_the_csv_module_writes():
    row = index.WindowRow(
        *('mseed/a,"b.mseed', "", "XX", "AAA", T0, "positive", T0 + 1, "2014,1", 1.5, None, 7.0),
        *("ZE", "", "00.HH"),
    )
    starts_s = T0 + np.array([0.0, 0.1, 0.000001, 86400 * 500.123456, 0.0000005])
    files = ["", "noise/a.mseed", 'noise/a,"b.mseed', "", "x"]
    rows = [
        replace(row, start_time=start_s, window_file=file)
        for start_s, file in zip(starts_s.tolist(), files, strict=True)
    ]
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows(map(index.row_text, rows))
    assert index.lines(row, iso_texts(starts_s), files) == written.getvalue()
