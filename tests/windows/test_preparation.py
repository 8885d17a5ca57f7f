"""Step 1, function by function: what it counts, what it leaves out, and that a rerun is whole."""

import csv
import json

import numpy as np
import obspy
import pytest
from obspy import UTCDateTime

from deepquake.core.errors import DeepQuakeError
from deepquake.windows import exchange, index, preparation
from deepquake.windows.labels import DISCARDED, NEGATIVE, count_kind, reasons_text
from tests.made_data import P_AT_S, T0, make_dataset, seismogram, traces
from tests.waveforms.waveform_files import damage, noise, trace, write
from tests.windows.made_windows import prepare


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
        "code,latitude,longitude,elevation_m\nAAA,10.2,-67,0\nCCC,10.2,-67,100\n"
    )
    summary = prepare(waveforms, catalog, tmp_path / "prep")
    assert (summary.n_picked, summary.n_estimated) == (1, 1)
    found = {row.label for row in index.read_index(tmp_path / "prep") if row.station == "CCC"}
    assert found == {"negative"}


def test_a_file_that_cannot_be_read_after_all_is_skipped_with_pictures_on_too(tmp_path):
    waveforms, catalog = make_dataset(tmp_path, n_events=1)
    start = UTCDateTime(T0)
    damage(write(waveforms / "bad.gse", trace(noise(9000), start=start), format="GSE2"))
    summary = prepare(waveforms, catalog, tmp_path / "prep", plot=True)
    assert summary.n_recordings == 3
    (problem,) = summary.report.of_kind("skipped")
    assert "its samples cannot be read" in problem.message
    assert len(list((tmp_path / "prep" / "png").iterdir())) == 3


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


def test_codes_that_are_unlike_are_matched_or_said(tmp_path):
    waveforms, catalog = make_dataset(tmp_path, n_events=1)
    text = catalog.read_text()
    picks = json.loads(text)["events"][0]["detections"]
    agency = [
        {"station": p["station"], "phase": "P", "time": p["ptime"], "network": "YY"} for p in picks
    ]
    event = json.loads(text)["events"][0] | {"picks": agency}
    catalog.write_text(json.dumps({"events": [event]}))
    summary = prepare(waveforms, catalog, tmp_path / "prep")
    assert summary.n_picked == 2
    said = [note.message for note in summary.report.of_kind("note")]
    assert any("YY.AAA: taken for XX.AAA" in message for message in said)
    catalog.write_text(text.replace('"AAA"', '"CCC"').replace('"BBB"', '"DDD"'))
    summary = prepare(waveforms, catalog, tmp_path / "prep")
    assert "codes differ. Picked are CCC, DDD; waveforms are of XX.AAA, XX.BBB" in summary.text()
    catalog.write_text(text.replace("2014", "2013").replace("2020", "2019"))
    assert "times do not overlap" in prepare(waveforms, catalog, tmp_path / "prep").text()


def test_a_station_that_moved_has_the_place_of_the_record(tmp_path):
    waveforms, catalog = make_dataset(tmp_path, n_events=1)
    catalog.write_text(catalog.read_text().replace('"BBB"', '"DDD"'))
    moved = (
        "code,latitude,longitude,elevation_m,start,end\n"
        "BBB,10.2,-67,0,1990,{year}\nBBB,13,-67,0,{year},\n"
    )
    n_estimated = []
    for year in (2000, 2050):
        (tmp_path / "stations.csv").write_text(moved.format(year=year))
        n_estimated.append(prepare(waveforms, catalog, tmp_path / "prep").n_estimated)
    assert n_estimated == [0, 1]  # from 330 km away P comes after the record


def test_a_stream_that_vanishes_is_an_error_and_the_result_before_it_stays(tmp_path, monkeypatch):
    waveforms, catalog = make_dataset(tmp_path, n_events=1)
    prep = tmp_path / "prep"
    prepare(waveforms, catalog, prep)
    before = (prep / "windows.csv").read_bytes()
    original = preparation.prepare_recording

    def swept(task):
        done = original(task)
        exchange.staged(prep, index.stream_file(task.recording)).unlink()
        return done

    monkeypatch.setattr(preparation, "prepare_recording", swept)
    with pytest.raises(DeepQuakeError, match="event00_AAA.mseed: has vanished while step 1 was"):
        prepare(waveforms, catalog, prep, window_stride=2.0, workers=1)
    assert (prep / "windows.csv").read_bytes() == before
    assert len(list((prep / "mseed").iterdir())) == 2
