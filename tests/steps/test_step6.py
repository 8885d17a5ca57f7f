"""Step 6 from the command line, with a detector whose verdicts can be told in advance."""

import csv
import json

import pytest

from deepquake.catalog.catalog_json import write_catalog_json
from deepquake.catalog.events import Event, Pick
from deepquake.core.times import iso, parse_iso
from tests.steps.loudness import (
    BURST_S,
    RATE,
    START,
    WINDOW_S,
    run_step,
    write_events,
    write_record,
)


def rows(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def names_in(out):
    """Return the names of the files that are not of SEISAN."""
    files = (path for path in out.rglob("*") if path.is_file())
    return {path.name for path in files if "seisan" not in path.relative_to(out).parts}


def spans(path):
    """Return (start, end) of the rows of a table in seconds from START."""
    return [
        (
            round(parse_iso(row["start_time"]) - START, 3),
            round(parse_iso(row["end_time"]) - START, 3),
        )
        for row in rows(path)
    ]


def test_each_burst_is_one_detection_that_holds_its_onset(step6, tmp_path):
    bursts = [100.0, 250.5, 596.5]
    write_record(tmp_path / "in" / "day.mseed", bursts)
    out = step6(tmp_path / "in")
    found = spans(out / "detections.csv")
    assert len(found) == 3
    for burst, (start, end) in zip(bursts, found, strict=True):
        assert start <= burst <= end
        assert end - start < 2 * WINDOW_S + BURST_S
    assert found[-1][1] == 600.0, "the last window ends on the last sample"
    first = rows(out / "detections.csv")[0]
    assert list(first) == [
        *("station", "start_time", "end_time", "probability", "cluster_id", "n_windows"),
        *("network", "location", "channel", "p_time", "p_uncertainty_s"),
        "region_probabilities",
    ]
    for burst, row in zip(bursts, rows(out / "picks.csv"), strict=True):
        assert abs(parse_iso(row["phase_time"]) - START - burst) < 0.2
        assert (row["station_id"], row["phase_type"]) == ("XX.AAA..HH", "P")
    assert (first["station"], first["cluster_id"]) == ("AAA", "0")
    windows = rows(out / "day.csv")
    assert list(windows[0]) == ["station", "start_time", "end_time", "cluster_id", "clusters_prob"]
    assert 3 <= sum(int(r["n_windows"]) for r in rows(out / "detections.csv")) <= len(windows)
    assert len(json.loads(windows[0]["clusters_prob"])) == 2
    values = json.loads((out / "detect.json").read_text())
    assert (values["windows"], values["detections"], values["eventWindows"]) == (
        *(591, 3, len(windows)),
    )
    assert "precision" not in values


def test_no_window_reaches_over_a_gap(step6, tmp_path):
    write_record(tmp_path / "in" / "day.mseed", [100.0], gap=(200.0, 230.5))
    out = step6(tmp_path / "in")
    values = json.loads((out / "detect.json").read_text())
    assert values["windows"] == 191 + 361
    assert values["detections"] == 1


def test_a_dead_component_is_not_read_and_counted(step6, tmp_path):
    from obspy import read

    path = write_record(tmp_path / "in" / "day.mseed", [500.0])
    stream = read(str(path))
    stream[0].data[: round(300 * RATE)] = 0
    stream.write(str(path), format="MSEED")
    values = json.loads((step6(path) / "detect.json").read_text())
    assert values["windows"] + values["unusableWindows"] == 591
    assert values["unusableWindows"] in range(290, 301)


def test_files_that_follow_each_other_give_what_one_file_gives(step6, tmp_path):
    bursts = [100.0, 198.0, 395.0]
    write_record(tmp_path / "one" / "whole.mseed", bursts)
    for k in range(3):
        write_record(
            tmp_path / "three" / f"part{k}.mseed",
            bursts,
            duration_s=200 - (k < 2) / RATE,
            start_s=200.0 * k,
        )
    whole, parts = step6(tmp_path / "one", "a"), step6(tmp_path / "three", "b")
    assert (whole / "detections.csv").read_bytes() == (parts / "detections.csv").read_bytes()


def test_records_that_overlap_give_one_detection(step6, tmp_path):
    write_record(tmp_path / "in" / "first.mseed", [90.0], duration_s=100)
    write_record(tmp_path / "in" / "second.mseed", [90.0], duration_s=100, start_s=80)
    out = step6(tmp_path / "in")
    assert len(spans(out / "detections.csv")) == 1
    assert spans(out / "first.csv")
    assert spans(out / "second.csv")


def test_step_and_number_of_windows_are_as_asked(step6, tmp_path):
    path = write_record(tmp_path / "in" / "day.mseed", [100.0, 500.0])
    out = step6(path, window_step_predict=11, max_windows=20)
    values = json.loads((out / "detect.json").read_text())
    assert values["windows"] == 20
    starts = [start for start, _ in spans(out / "day.csv")]
    assert starts == [99.0]


def test_catalogue_tells_found_missed_and_false(step6, tmp_path):
    write_record(tmp_path / "in" / "day.mseed", [100.0, 300.0])
    catalog = write_events(tmp_path / "catalog.json", [100.1, 500.0, 5000.0])
    out = step6(tmp_path / "in", catalog_path=catalog)
    values = json.loads((out / "detect.json").read_text())
    assert (values["picks"], values["picksFound"], values["picksMissed"]) == (2, 1, 1)
    assert (values["trueDetections"], values["falseDetections"]) == (1, 1)
    assert values["precision"] == values["recall"] == values["f1"] == 0.5
    assert (values["events"], values["eventsFound"]) == (2, 1)
    outcomes = {row["outcome"]: row for row in rows(out / "matches.csv")}
    assert outcomes.keys() == {"found", "missed", "false"}
    assert outcomes["found"]["event_id"] == "e0"
    assert outcomes["missed"]["p_time"] == iso(START + 500)
    assert outcomes["false"]["p_time"] == ""


def test_estimated_arrivals_count_where_asked_for(step6, tmp_path):
    write_record(tmp_path / "in" / "day.mseed", [100.0])
    (tmp_path / "stations.csv").write_text("code,latitude,longitude,elevation_m\nAAA,10,20,0\n")
    event = Event("e", START + 98, latitude=10.0, longitude=20.0, depth_km=10.0)  # P at 100 s
    write_catalog_json(tmp_path / "catalog.json", [event])
    options = {
        "catalog_path": tmp_path / "catalog.json",
        "stations_path": tmp_path / "stations.csv",
    }
    values = json.loads((step6(tmp_path / "in", **options) / "detect.json").read_text())
    assert (values["picks"], values["undecidedDetections"], values["recall"]) == (0, 1, None)
    options["use_estimated_p"] = 1
    values = json.loads((step6(tmp_path / "in", **options) / "detect.json").read_text())
    assert (values["picks"], values["picksFound"], values["recall"]) == (1, 1, 1.0)
    event.depth_km = None  # estimated, but too roughly to count
    write_catalog_json(tmp_path / "catalog.json", [event])
    values = json.loads((step6(tmp_path / "in", **options) / "detect.json").read_text())
    assert (values["picks"], values["undecidedDetections"], values["recall"]) == (0, 1, None)


def test_every_p_of_an_event_is_one_to_find_and_what_is_not_used_is_undecided(step6, tmp_path):
    write_record(tmp_path / "in" / "day.mseed", [100.0, 300.0, 500.0])
    picks = [Pick("AAA", "P", START + s, score=score) for s, score in ((100.1, 0.9), (300.1, 0.9))]
    picks.append(Pick("AAA", "P", START + 500.1, score=0.1))
    write_catalog_json(tmp_path / "catalog.json", [Event("e", START + 99, picks=picks)])
    out = step6(tmp_path / "in", catalog_path=tmp_path / "catalog.json")
    outcomes = [(row["outcome"], row["p_time"]) for row in rows(out / "matches.csv")]
    assert outcomes == [
        *(("found", iso(START + 100.1)), ("found", iso(START + 300.1)), ("undecided", ""))
    ]
    out = step6(tmp_path / "in", catalog_path=tmp_path / "catalog.json", min_pick_score=0.05)
    assert [row["outcome"] for row in rows(out / "matches.csv")] == ["found"] * 3


def test_a_station_that_moved_has_the_place_of_the_time(step6, tmp_path):
    write_record(tmp_path / "in" / "day.mseed", [100.0, 500.0])
    (tmp_path / "stations.csv").write_text(
        "code,latitude,longitude,elevation_m,start,end\n"
        f"AAA,10,20,0,2000,{iso(START + 300)}\nAAA,13,20,0,{iso(START + 300)},\n"
    )
    places = {"longitude": 20.0, "depth_km": 10.0}
    near = Event("near", START + 98, latitude=10.0, **places)
    there = Event("there", START + 498, latitude=13.0, **places)
    write_catalog_json(tmp_path / "catalog.json", [near, there])
    out = step6(
        tmp_path / "in",
        catalog_path=tmp_path / "catalog.json",
        stations_path=tmp_path / "stations.csv",
        use_estimated_p=1,
    )
    values = json.loads((out / "detect.json").read_text())
    assert (values["picks"], values["picksFound"]) == (2, 2)


def test_picks_that_fit_no_record_are_said(capsys, monkeypatch, loudness_detector, tmp_path):
    write_record(tmp_path / "in" / "day.mseed", [100.0])
    event = Event("e", START + 90, picks=[Pick("ZZZ", "P", START + 100)])
    write_catalog_json(tmp_path / "catalog.json", [event])
    status, said, _ = run_step(
        *("step6_detect_mseed", capsys, monkeypatch),
        stream_path=tmp_path / "in",
        catalog_path=tmp_path / "catalog.json",
        checkpoint_dir=loudness_detector,
        output_dir=tmp_path / "out",
        plot=0,
    )
    assert status == 0
    assert "codes differ. Picked are ZZZ; waveforms are of" in said


def test_detections_of_several_stations_are_one_event(step6, tmp_path):
    write_record(tmp_path / "in" / "a.mseed", [100.0, 300.0])
    write_record(tmp_path / "in" / "b.mseed", [104.0, 500.0], station="BBB")
    out = step6(tmp_path / "in")
    (found,) = rows(out / "events.csv")  # both stations record all the time
    assert (found["stations"], found["n_stations"]) == ("AAA BBB", "2")
    assert (found["outcome"], found["catalogue_event_ids"], found["latitude"]) == ("", "", "")
    assert "stations" in found["why_not_located"]
    picks = rows(out / "picks.csv")
    assert [row["event_id"] for row in picks] == [found["event_id"]] * 2 + ["", ""]
    catalog = write_events(tmp_path / "catalog.json", [100.1, 400.0])
    out = step6(tmp_path / "in", catalog_path=catalog)
    (found,) = rows(out / "events.csv")
    assert (found["outcome"], found["catalogue_event_ids"]) == ("found", "e0")
    values = json.loads((out / "detect.json").read_text())
    assert (values["detectedEvents"], values["trueDetectedEvents"]) == (1, 1)
    assert (values["eventRecall"], values["eventPrecision"]) == (0.5, 1.0)
    assert values["eventsAtFewStations"] == 2


def test_fewer_stations_are_enough_where_that_is_asked_for(step6, tmp_path):
    write_record(tmp_path / "in" / "a.mseed", [100.0, 300.0])
    write_record(tmp_path / "in" / "b.mseed", [104.0, 500.0], station="BBB")
    catalog = write_events(tmp_path / "catalog.json", [100.1, 400.0])
    out = step6(tmp_path / "in", catalog_path=catalog, min_stations=1)
    found = rows(out / "events.csv")
    assert [row["stations"] for row in found] == ["AAA BBB", "AAA", "BBB"]
    # nobody can tell when the second event came to BBB
    assert [row["outcome"] for row in found] == ["found", "false", "undecided"]


def test_only_the_part_of_the_record_that_is_asked_for_is_read(step6, tmp_path):
    from deepquake.core.times import iso

    write_record(tmp_path / "in" / "day.mseed", [100.0, 300.0])
    times = {"starttime": iso(START + 200), "endtime": iso(START + 302)}
    out = step6(tmp_path / "in", **times)
    ((start, end),) = spans(out / "detections.csv")
    assert 200 <= start <= 300 and 301 < end < 302


def test_a_rerun_leaves_the_same_bytes_and_nothing_of_before(step6, tmp_path):
    write_record(tmp_path / "in" / "day.mseed", [100.0, 700.0], duration_s=900)
    write_record(tmp_path / "in" / "night.mseed", [100.0], station="BBB")
    catalog = write_events(tmp_path / "catalog.json", [100.1])
    first = step6(tmp_path / "in", plot=1, catalog_path=catalog)
    before = {p.relative_to(first): p.read_bytes() for p in first.rglob("*") if p.is_file()}
    assert names_in(first) == {
        *("day.csv", "night.csv", "detections.csv", "events.csv", "matches.csv", "detect.json"),
        *("picks.csv", "residuals.png", "events.xml", "report.html"),
        *("day.png", "day_20200102T0300.png", "day_20200102T0310.png", "night.png"),
    }
    step6(tmp_path / "in", plot=1, catalog_path=catalog)
    assert before == {p.relative_to(first): p.read_bytes() for p in first.rglob("*") if p.is_file()}
    step6(tmp_path / "in" / "day.mseed")
    assert names_in(first) == {
        *("day.csv", "picks.csv", "detections.csv", "events.csv", "detect.json", "events.xml"),
        "report.html",
    }
    left = {p.relative_to(first / "seisan") for p in (first / "seisan").rglob("*") if p.is_file()}
    assert len(left) == 4, "an s-file and the records of each of two events at one station"


def test_a_run_that_is_killed_leaves_one_result_whole_and_what_is_the_users(
    step6, tmp_path, monkeypatch
):
    from deepquake.detection import run

    write_record(tmp_path / "in" / "day.mseed", [100.0, 700.0], duration_s=900)
    write_record(tmp_path / "in" / "night.mseed", [100.0], station="BBB")
    out = tmp_path / "out"
    for path in (out / "mine.csv", out / "png" / "mine.png", out / "png" / "day_mine.png"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("mine")
    mine = names_in(out)
    ours = {"day.csv", "picks.csv", "detections.csv", "events.csv", "detect.json", "events.xml"}
    ours |= {"report.html"}
    step6(tmp_path / "in" / "day.mseed")
    earlier = {p: p.read_bytes() for p in out.rglob("*") if p.is_file()}
    assert names_in(out) == mine | ours

    def killed(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(AssertionError, match="stopped"):
        patched.setattr(run, "write_json", killed)
        step6(tmp_path / "in", plot=1)
    assert {p: p.read_bytes() for p in out.rglob("*") if p.is_file()} == earlier
    with monkeypatch.context() as patched, pytest.raises(AssertionError, match="stopped"):
        patched.setattr(type(out), "unlink", killed)
        step6(tmp_path / "in", plot=1)
    step6(tmp_path / "in" / "day.mseed")
    assert names_in(out) == mine | ours


def test_two_workers_find_what_one_finds(step6, tmp_path, monkeypatch):
    from deepquake.detection import scoring

    monkeypatch.setattr(scoring, "GROUP_WINDOWS", 500)
    for k in range(2):
        write_record(tmp_path / "in" / f"{k}.mseed", [100.0 + k], station=f"S{k}")
    alone = step6(tmp_path / "in", "alone", workers=1)
    two = step6(tmp_path / "in", "two", workers=2)
    for name in ("0.csv", "picks.csv", "detections.csv", "detect.json"):
        assert (alone / name).read_bytes() == (two / name).read_bytes()


def test_the_real_swarm_is_read_whole(shared_data, step6, tmp_path):
    """At this threshold all windows are events: what counts is which there are."""
    from deepquake.catalog.reader import read_file
    from deepquake.core.report import Report

    events = []
    for path in sorted((shared_data / "iceland" / "sfiles_nordicformat").iterdir()):
        events += read_file(path, Report())[0]
    write_catalog_json(tmp_path / "catalog.json", events)
    out = step6(
        shared_data / "iceland" / "mseed",
        catalog_path=tmp_path / "catalog.json",
        detection_threshold=1e-9,
        window_step_predict=1,
    )
    values = json.loads((out / "detect.json").read_text())
    assert (values["streams"], values["stations"]) == (132, 12)
    assert values["windows"] == values["eventWindows"] >= 132 * 23
    assert len(list(out.glob("2014*.csv"))) == 11
    assert values["picks"] > 70
    assert values["events"] == 11
