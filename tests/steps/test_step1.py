"""Step 1 as a user runs it: streams, index, window files, pictures, and what it refuses."""

import csv
import json
from collections import Counter

import numpy as np
import obspy
import pytest
from obspy import UTCDateTime

from deepquake.core.configuration import load
from deepquake.core.errors import DeepQuakeError
from deepquake.windows import index, preparation
from deepquake.windows.labels import DISCARDED, NEGATIVE, count_kind, reasons_text
from tests.made_data import P_AT_S, T0, make_dataset, run_step, seismogram, traces
from tests.waveforms.waveform_files import damage, noise, trace, write

SETTINGS = {"window_avoid_negatives_before": 2.0, "plot": False, "save_windows": False}


def prepare(waveforms, catalog, prep, **keys):
    return preparation.prepare(load(SETTINGS | keys), waveforms, catalog, prep)


def test_step1_writes_streams_index_windows_and_pictures(tmp_path):
    waveforms, catalog = make_dataset(tmp_path, n_events=2)
    prep = tmp_path / "prep"
    done = run_step(
        *("step1_windows.py", "--raw_data_dir", waveforms, "--catalog_path", catalog),
        *("--prep_data_dir", prep, "--save_windows", 1, "--plot_windows", 1),
    )
    assert "station streams: 4 of 2 stations" in done.stdout
    assert "P arrivals in them: 4 picked, 0 estimated" in done.stdout
    streams = sorted(path.name for path in (prep / "mseed").iterdir())
    assert streams == [f"event0{n}_{s}.mseed" for n in (0, 1) for s in ("AAA", "BBB")]
    rows = list(index.read_index(prep))
    assert Counter(row.label for row in rows) == {"positive": 36, "negative": 74}
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
    assert len(list((prep / "png").glob("*.png"))) == 4
    assert len(list((prep / "png_event_windows").glob("*.png"))) == 36
    assert len(list((prep / "png_noise").glob("*.png"))) == 74


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


def test_the_index_does_not_depend_on_the_number_of_workers(tmp_path):
    waveforms, catalog = make_dataset(tmp_path, n_events=2)
    prepare(waveforms, catalog, tmp_path / "one", workers=1)
    prepare(waveforms, catalog, tmp_path / "two", workers=2)
    for name in ("windows.csv", "events.csv", "mseed/event01_BBB.mseed"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_a_dead_horizontal_does_not_cost_the_vertical(tmp_path):
    waveforms, catalog = make_dataset(tmp_path, n_events=1, stations=("AAA",))
    data = seismogram(np.random.default_rng(1), P_AT_S, 90)
    data[2] = 17
    traces(data, T0).write(str(waveforms / "event00.mseed"), format="MSEED")
    summary = prepare(waveforms, catalog, tmp_path / "prep")
    assert {row.components for row in index.read_index(tmp_path / "prep")} == {"ZN"}
    assert count_kind(summary.reasons, DISCARDED) == 0


def test_windows_without_a_live_component_are_discarded_with_a_reason(tmp_path):
    waveforms, catalog = make_dataset(tmp_path, n_events=1, stations=("AAA",))
    data = seismogram(np.random.default_rng(1), P_AT_S, 90)
    data[:, :500] = 0
    traces(data, T0).write(str(waveforms / "event00.mseed"), format="MSEED")
    summary = prepare(waveforms, catalog, tmp_path / "prep")
    rows = list(index.read_index(tmp_path / "prep"))
    dead = [row for row in rows if row.label == "discarded"]
    assert [row.discard_reason for row in dead] == ["flat component"] * 5
    assert reasons_text(summary.reasons, DISCARDED) == ["5 flat component"]
    assert "5 flat component" in summary.text()


def test_stations_file_beside_the_waveforms_gives_estimates(tmp_path):
    waveforms, catalog = make_dataset(tmp_path, n_events=1, stations=("AAA", "CCC"))
    text = catalog.read_text().replace('"CCC"', '"DDD"')
    catalog.write_text(text)
    (tmp_path / "stations.csv").write_text(
        "code,latitude,longitude,elevation_m\nAAA,10,-67,0\nCCC,10.2,-67,100\n"
    )
    summary = prepare(waveforms, catalog, tmp_path / "prep")
    assert (summary.n_picked, summary.n_estimated) == (1, 1)
    found = {row.label for row in index.read_index(tmp_path / "prep") if row.station == "CCC"}
    assert found == {"negative"}


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


def test_a_file_that_cannot_be_read_after_all_is_skipped_with_pictures_on_too(tmp_path):
    waveforms, catalog = make_dataset(tmp_path, n_events=1)
    start = UTCDateTime(T0)
    damage(write(waveforms / "bad.gse", trace(noise(9000), start=start), format="GSE2"))
    summary = prepare(waveforms, catalog, tmp_path / "prep", plot=True)
    assert summary.n_recordings == 3
    (problem,) = summary.report.of_kind("skipped")
    assert "its samples cannot be read" in problem.message
    assert len(list((tmp_path / "prep" / "png").iterdir())) == 3


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


def test_step1_empties_only_what_it_made(tmp_path):
    waveforms, catalog = make_dataset(tmp_path, n_events=1)
    with pytest.raises(DeepQuakeError, match="lie in this folder"):
        prepare(waveforms, catalog, tmp_path)
    theirs = tmp_path / "prep" / "mseed" / "precious.mseed"
    theirs.parent.mkdir(parents=True)
    theirs.write_text("mine")
    with pytest.raises(DeepQuakeError, match="holds files that step 1 did not make"):
        prepare(waveforms, catalog, tmp_path / "prep")
    assert theirs.read_text() == "mine"


def test_a_second_run_replaces_the_first(tmp_path):
    waveforms, catalog = make_dataset(tmp_path, n_events=1, stations=("AAA",))
    prep = tmp_path / "prep"
    prepare(waveforms, catalog, prep, save_windows=True)
    n_before = len(list((prep / "mseed_noise").iterdir()))
    prepare(waveforms, catalog, prep, save_windows=True, window_stride=2.0)
    n_after = len(list((prep / "mseed_noise").iterdir()))
    assert 0 < n_after < n_before
    with (prep / "windows.csv").open() as file:
        n_files = sum(bool(row["window_file"]) for row in csv.DictReader(file))
    assert n_files == n_after + len(list((prep / "mseed_event_windows").iterdir()))


@pytest.mark.parametrize("hours", [-2.0, 2.0])
def test_noise_keeps_away_from_events_more_than_an_hour_off(tmp_path, hours):
    waveforms, catalog = make_dataset(tmp_path, n_events=1, stations=("AAA",))
    (event,) = json.loads(catalog.read_text())["events"]
    time = str(obspy.UTCDateTime(T0 + 3600 * hours))
    event |= {"eventOriginTime": time, "detections": [{"station": "AAA", "ptime": time}]}
    catalog.write_text(json.dumps({"events": [event]}))
    for avoid_s, n_noise in ((60.0, 81), (3 * 3600.0, 0)):
        keys = {f"window_avoid_negatives_{side}": avoid_s for side in ("before", "after")}
        keys["noise_without_event"] = True
        summary = prepare(waveforms, catalog, tmp_path / "prep", **keys)
        assert count_kind(summary.reasons, NEGATIVE) == n_noise
