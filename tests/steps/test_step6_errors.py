"""Step 6 from the command line: what it says where something is wrong."""

import json

import pytest

from tests.steps.loudness import run_step, write_events, write_record


@pytest.mark.parametrize("text", ["[1, 2]", "{}"])
def test_a_detect_json_of_someone_else_is_not_touched(
    tmp_path, capsys, monkeypatch, loudness_detector, text
):
    record = write_record(tmp_path / "in" / "day.mseed", [100.0])
    (tmp_path / "detect.json").write_text(text)
    given = {"stream_path": record, "checkpoint_dir": loudness_detector, "output_dir": tmp_path}
    status, _, errors = run_step("step6_detect_mseed", capsys, monkeypatch, **given)
    assert status == 1 and "detect.json: was not written by step 6" in errors
    assert (tmp_path / "detect.json").read_text() == text


def test_records_shorter_than_a_window_are_named(
    step6, tmp_path, capsys, monkeypatch, loudness_detector
):
    short = write_record(tmp_path / "short" / "short.mseed", [3.0], duration_s=9.9)
    given = {"checkpoint_dir": loudness_detector, "output_dir": tmp_path / "out", "plot": 0}
    step = ("step6_detect_mseed", capsys, monkeypatch)
    status, _, errors = run_step(*step, stream_path=short, **given)
    assert status == 1 and "no usable waveform with" in errors
    assert "short: is shorter than a window of 10 s" in errors
    assert not (tmp_path / "out").exists()
    write_record(tmp_path / "short" / "long.mseed", [3.0], duration_s=10, station="BBB")
    status, out, errors = run_step(*step, stream_path=tmp_path / "short", **given)
    assert status == 0 and "station streams: 1 of 1 stations" in out
    assert "left out: 1\n  short: is shorter than a window of 10 s" in errors


def test_what_is_wrong_is_seen_before_an_earlier_run_is_removed(
    step6, tmp_path, capsys, monkeypatch, loudness_detector
):
    write_record(tmp_path / "in" / "day.mseed", [100.0])
    catalog = write_events(tmp_path / "catalog.json", [100.5])
    out = step6(tmp_path / "in", catalog_path=catalog)
    before = {p: p.read_bytes() for p in out.rglob("*") if p.is_file()}
    (tmp_path / "bad.csv").write_text("neither,a\n1,station\n")
    for key in ("stations_path", "velocity_model_path"):
        status, _, errors = run_step(
            "step6_detect_mseed",
            capsys,
            monkeypatch,
            stream_path=tmp_path / "in",
            checkpoint_dir=loudness_detector,
            output_dir=out,
            catalog_path=catalog,
            **{key: tmp_path / "bad.csv"},
        )
        assert status == 1 and "bad.csv" in errors
        assert before == {p: p.read_bytes() for p in out.rglob("*") if p.is_file()}


def test_a_station_without_the_networks_component_is_reported(
    step6, tmp_path, capsys, monkeypatch, loudness_detector
):
    write_record(tmp_path / "in" / "day.mseed", [100.0])
    write_record(tmp_path / "in" / "other.mseed", [100.0], station="BBB", channel="HHN")
    out = step6(tmp_path / "in")
    assert not (out / "other.csv").exists()
    status, _, errors = run_step(
        "step6_detect_mseed",
        capsys,
        monkeypatch,
        stream_path=tmp_path / "in" / "other.mseed",
        checkpoint_dir=loudness_detector,
        output_dir=tmp_path / "none",
    )
    assert status == 1
    assert "has no component Z" in errors
    assert errors.count("error:") == 1
    assert not (tmp_path / "none").exists()


def test_what_the_user_can_put_right_is_one_line_and_nothing_is_written(
    tmp_path, capsys, monkeypatch, loudness_detector
):
    record = write_record(tmp_path / "in" / "day.mseed", [100.0])
    text = tmp_path / "text" / "text.mseed"
    (tmp_path / "empty").mkdir()
    text.parent.mkdir()
    text.write_text("these are not the waveforms you are looking for\n" * 20)
    (tmp_path / "catalog.json").write_text('{"events": [')
    clusters = tmp_path / "clusters.json"
    clusters.write_text(json.dumps({"clusters_type": "kmeans", "clusters": []}))
    cases = [
        ({"stream_path": tmp_path / "nowhere"}, "no such file or folder"),
        ({"stream_path": tmp_path / "empty"}, "no usable waveform"),
        ({"stream_path": text}, "no usable waveform"),
        ({"checkpoint_dir": tmp_path / "nowhere"}, "holds no checkpoint"),
        ({"window_size": 50}, "window_size = 10.0, but window_size = 50.0"),
        ({"component_N": 1}, "component_N"),
        ({"catalog_path": tmp_path / "catalog.json"}, "catalog.json, line 1"),
        ({"catalog_path": tmp_path / "nowhere.json"}, "nowhere.json"),
        ({"output_dir": text}, "text.mseed: is a file, where a folder is to be"),
        ({"clusters_file_path": clusters}, "clusters.json: holds no region"),
    ]
    for changes, said in cases:
        given = {
            "stream_path": record,
            "checkpoint_dir": loudness_detector,
            "output_dir": tmp_path / "out",
        }
        status, _, errors = run_step("step6_detect_mseed", capsys, monkeypatch, **(given | changes))
        assert status == 1, said
        line = [s for s in errors.splitlines() if s.startswith("error:")]
        assert len(line) == 1
        assert said in line[0]
        assert not (tmp_path / "out").exists()


def test_a_truncated_file_among_others_is_no_reason_to_stop(step6, tmp_path):
    write_record(tmp_path / "in" / "a.mseed", [100.0])
    whole = write_record(tmp_path / "in" / "b.mseed", [100.0], station="BBB")
    whole.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2 + 100])
    out = step6(tmp_path / "in")
    assert "\nAAA," in (out / "detections.csv").read_text()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"seedlink": "host:x", "seedlink_stations": ""}, "--seedlink: takes HOST:PORT"),
        ({"seedlink": "host", "seedlink_stations": "AAA"}, "--seedlink_stations: takes stations"),
        ({"seedlink": "host", "follow": 1}, "--seedlink and --seedlink_stations go together"),
        ({"seedlink_stations": "XX_A"}, "--seedlink and --seedlink_stations go together"),
        ({"seedlink": "host", "seedlink_stations": "XX_A"}, "--seedlink goes with --follow 1"),
        (
            {"starttime": "2024-01-02", "endtime": "2024-01-02"},
            "--endtime must be later than --starttime",
        ),
    ],
)
def test_options_that_cannot_be_together_are_a_usage_error(
    tmp_path, capsys, monkeypatch, given, message
):
    given |= {"stream_path": tmp_path, "checkpoint_dir": "pretrained", "output_dir": tmp_path / "o"}
    status, _, errors = run_step("step6_detect_mseed", capsys, monkeypatch, **given)
    assert status == 2 and message in errors
    assert not (tmp_path / "o").exists()
