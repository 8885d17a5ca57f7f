"""Step 1 as a user runs it: streams, index, window files, pictures, and what it refuses."""

from collections import Counter

import obspy
import pytest
from obspy import UTCDateTime

from deepquake.windows import index
from tests.made_data import P_AT_S, T0, make_dataset, run_step
from tests.waveforms.waveform_files import noise, trace, write
from tests.windows.made_windows import prepare


def test_step1_writes_streams_index_windows_and_pictures(tmp_path):
    waveforms, catalog = make_dataset(tmp_path, n_events=2, stations=("AAA",))
    prep = tmp_path / "prep"
    done = run_step(
        *("step1_windows.py", "--raw_data_dir", waveforms, "--catalog_path", catalog),
        *("--prep_data_dir", prep, "--save_windows", 1, "--plot_windows", 1),
        *("--window_stride", 2),
    )
    assert "station streams: 2 of 1 station" in done.stdout
    assert "P arrivals in them: 2 picked, 0 estimated" in done.stdout
    streams = sorted(path.name for path in (prep / "mseed").iterdir())
    assert streams == ["event00.mseed", "event01.mseed"]
    rows = list(index.read_index(prep))
    assert Counter(row.label for row in rows) == {"positive": 8, "negative": 18}
    first = rows[0]
    assert (first.network, first.station, first.components) == ("XX", "AAA", "ZNE")
    assert (first.start_time, first.label, first.sensor) == (T0, "negative", "HH")
    positive = next(row for row in rows if row.label == "positive")
    assert (positive.p_time, positive.lat, positive.depth) == (T0 + P_AT_S, 10.0, 5.0)
    for row in rows:
        window = obspy.read(str(prep / row.window_file))
        assert [len(trace) for trace in window] == [1001] * 3
        assert abs(window[0].stats.starttime.timestamp - row.start_time) < 1e-3
        folder = "mseed_event_windows" if row.label == "positive" else "mseed_noise"
        assert row.window_file.startswith(folder)
    assert len(list((prep / "png").glob("*.png"))) == 2
    assert len(list((prep / "png_event_windows").glob("*.png"))) == 8
    assert len(list((prep / "png_noise").glob("*.png"))) == 18


def test_a_bad_file_is_reported_and_skipped(tmp_path):
    waveforms, catalog = make_dataset(tmp_path, n_events=1)
    (waveforms / "notes.mseed").write_text("these are no seismograms\n")
    good = (waveforms / "event00.mseed").read_bytes()
    (waveforms / "zero.mseed").write_bytes(b"")
    done = run_step(
        *("step1_windows.py", "--raw_data_dir", waveforms, "--catalog_path", catalog),
        *("--prep_data_dir", tmp_path / "prep", "--plot", 0, "--save_windows", 0),
    )
    assert "notes.mseed" in done.stderr
    assert "zero.mseed" in done.stderr
    assert "station streams: 2 of 2 stations" in done.stdout
    assert (waveforms / "event00.mseed").read_bytes() == good


def test_a_record_of_another_year_costs_no_more_than_itself(tmp_path):
    waveforms, catalog = make_dataset(tmp_path, n_events=1)
    command = ("step1_windows.py", "--raw_data_dir", waveforms, "--catalog_path", catalog)
    run_step(*command, "--prep_data_dir", tmp_path / "sound", "--plot", 1)
    path = waveforms / "event00.mseed"
    late = trace(noise(300), "HHZ", UTCDateTime(1985, 3, 1), station="AAA")
    stray = write(tmp_path / "stray", late, reclen=512).read_bytes()
    path.write_bytes(path.read_bytes() + stray)
    done = run_step(*command, "--prep_data_dir", tmp_path / "prep", "--plot", 1)
    assert "records years away from all others of their file are left out" in done.stderr
    assert "3.00 s in 1 place, from 1985-03-01T00:00:00" in done.stderr
    for part in ("windows.csv", "mseed/event00_AAA.mseed", "png/event00_AAA.png"):
        assert (tmp_path / "prep" / part).read_bytes() == (tmp_path / "sound" / part).read_bytes()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"--raw_data_dir": "nowhere"}, "nowhere: no such file or folder"),
        ({"--raw_data_dir": "empty"}, "empty: no usable waveform"),
        ({"--catalog_path": "none.json"}, "none.json: no such file"),
        ({"--config_file_path": "bad.ini"}, "bad.ini, line 2: unknown key 'windowsize'"),
    ],
)
def test_errors_are_one_line_and_nothing_is_written(tmp_path, change, message):
    waveforms, catalog = make_dataset(tmp_path, n_events=1)
    (tmp_path / "empty").mkdir()
    (tmp_path / "bad.ini").write_text("[main]\nwindowsize = 3\n")
    arguments = {"--raw_data_dir": waveforms, "--catalog_path": catalog}
    arguments |= {key: tmp_path / name for key, name in change.items()}
    flat = [cell for pair in arguments.items() for cell in pair]
    done = run_step("step1_windows.py", *flat, "--prep_data_dir", tmp_path / "prep", status=1)
    assert done.stderr.splitlines()[-1].startswith("error: ")
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "prep").exists()


def test_stretches_shorter_than_a_window_are_said_and_none_longer_is_an_error(tmp_path):
    waveforms, catalog = make_dataset(tmp_path, n_events=1, stations=("AAA",))
    parts = [trace(noise(n), start=UTCDateTime(T0 + 20 * k)) for k, n in enumerate((500, 300))]
    write(waveforms / "short.mseed", *parts)
    summary = prepare(waveforms, catalog, tmp_path / "prep")
    (problem,) = [p for p in summary.report.of_kind("note") if "short.mseed" in p.path]
    assert "2 stretches shorter than a window of 10 s (8 s in all)" in problem.message
    (waveforms / "event00.mseed").unlink()
    arguments = ("--raw_data_dir", waveforms, "--catalog_path", catalog)
    done = run_step("step1_windows.py", *arguments, "--prep_data_dir", tmp_path / "other", status=1)
    assert (
        "no stretch of any record is as long as a window of 10 s; the longest has 5 s"
        in (done.stderr.splitlines()[-1])
    )
    assert not (tmp_path / "other").exists()


def test_usage_errors_end_with_status_2():
    assert "--raw_data_dir" in run_step("step1_windows.py", status=2).stderr
    done = run_step("step1_windows.py", "--window_size", "ten", status=2)
    assert "takes a number, not 'ten'" in done.stderr
