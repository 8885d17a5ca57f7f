"""Files with values that nothing can have: one line that names the file, skipped as one of many."""

import json
from pathlib import Path

import numpy as np
import pytest

from deepquake.windows.tfrecords import Example, write_examples
from tests.learning.test_store import INFINITE, TEXT, WHOLE, features_record, write_old
from tests.steps.loudness import RATE, START, run_step, write_events, write_record

DIGITS = "1" * 5000
TOO_LARGE = "event 2 is malformed: a number is too large"
EVENTS = (
    '{"events": [{"eventOriginTime": "2020-01-02T03:00:00Z", "lat": 10.0, "lon": -67.0},'
    ' {"eventOriginTime": "2020-01-02T04:00:00Z", "lat": 10.0, "lon": -67.0, "picks":'
    ' [{"station": "S", "phase": "P", "time": "2020-01-02T04:00:05Z", "weight": %s}]}]}'
)
TABLE = (
    "year,month,day,hour,minute,second,latitude,longitude,depth\n"
    "2020,1,2,3,0,0.5,10.0,-67.0,5\n2020,1,%s,3,0,0.5,10.0,-67.0,5\n"
)
REGIONS = '{"clusters_type": "kmeans", "clusters": [{"id": %s, "lat": 1, "lon": 2, "depth": 3}]}'
CATALOGUES = {  # and what is said of what is left out
    "misc_catalog.json_OverflowError_168": TOO_LARGE,
    "misc_catalog.json_ValueError_148": "event 1 is malformed: a number is too large",
    "misc_table_OverflowError_49": "row not understood (no such day): left out",
    "misc_clusters_ValueError_6": 'it has no list "events"',
    "misc_model.json_ValueError_62": "line 28: is not JSON",
    EVENTS % "1e999": TOO_LARGE,
    EVENTS % DIGITS: TOO_LARGE,
    TABLE % DIGITS[:12]: "line 3: row not understood (no such day)",
    TABLE
    % DIGITS: "line 3: row not understood ('1111111111111111111111111111111111111111...' is not a",
    REGIONS % DIGITS: 'it has no list "events"',
}
REGION_FILES = {
    "misc_clusters_ValueError_6": "id is too large",
    REGIONS % DIGITS: "id is too large",
    REGIONS % "1e999": "id is too large",
    REGIONS.replace('"lat": 1', '"lat": 1e999') % 1: "lat is not a number: inf",
}
RECORDS = {
    "tfrecord_AttributeError_323.tfrecords": "record 3: is not a window of a seismogram",
    "tfrecord_OverflowError_174.tfrecords": "record 2: is not a window of a seismogram",
    "tfrecord_TypeError_319.tfrecords": "record 4: is not a window of a seismogram",
    "components": "record 1: is not a window of a seismogram: its feature 'components' is a whole",
    "cluster_id": "record 1: is not a window of a seismogram: its feature 'cluster_id' is a decim",
    "n_traces": "record 1: is not a window of a seismogram: its feature 'n_traces' is text",
}
CHANGES = {"components": WHOLE, "cluster_id": INFINITE, "n_traces": TEXT}


def names(rows: dict[str, str]) -> list:
    """Return the rows of a table as parameters, those that are made under short names."""
    return [
        pytest.param(name, said, id=name if "{" not in name and "," not in name else f"made {k}")
        for k, (name, said) in enumerate(rows.items())
    ]


@pytest.fixture
def put(request):
    """A function that puts a case, or the text of a made one, in place of a file."""

    def put_file(path: Path, name: str) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        if name.startswith(("misc_", "tfrecord_")):
            folder = request.getfixturevalue("shared_cases") / "faults"
            path.write_bytes((folder / name).read_bytes())
        elif name in CHANGES:
            write_old(path, [features_record({name: CHANGES[name]})])
        else:
            path.write_text(name)
        return path

    return put_file


@pytest.fixture
def run(capsys, monkeypatch, tmp_path: Path):
    """A function that runs a step; its exit status and what it said."""
    monkeypatch.chdir(tmp_path)

    def run_one(step: str, **options: object) -> tuple[int, str]:
        status, output, errors = run_step(step, capsys, monkeypatch, **options)
        assert "Traceback" not in errors
        assert errors.count("error: ") == (status != 0)
        return status, output + errors

    return run_one


@pytest.mark.parametrize(("name", "said"), names(CATALOGUES))
def test_catalogues_beside_others_and_alone(put, run, tmp_path: Path, name: str, said: str) -> None:
    path = put(tmp_path / "in" / "odd", name)
    write_events(tmp_path / "in" / "good.json", [100.0], station="S0")
    out = tmp_path / "catalog.json"
    status, told = run("step0_metadata", input_path=path.parent, output_path=out)
    assert status == 0 and "left out: 1\n" in told and str(path) in told and said in told
    events = json.loads(out.read_text())["events"]
    assert "S0" in [d["station"] for event in events for d in event["detections"]]
    status, told = run("step0_metadata", input_path=path, output_path=tmp_path / "alone.json")
    assert str(path) in told and said in told
    assert status == (len(events) == 1)  # it may hold other events
    record = write_record(tmp_path / "mseed" / "a.mseed", [100.0])
    if "table" in name or name.startswith("year"):
        return
    status, told = run(
        "step1_windows", raw_data_dir=record, catalog_path=path, prep_data_dir=tmp_path / "prep"
    )
    assert status == 1 and f"error: {path}" in told and said in told
    assert not (tmp_path / "prep").exists()


@pytest.mark.parametrize(("name", "said"), names(REGION_FILES))
def test_regions(put, run, tmp_path: Path, loudness_detector: Path, name: str, said: str) -> None:
    record = write_record(tmp_path / "mseed" / "a.mseed", [100.0])
    path = put(tmp_path / "clusters.json", name)
    status, told = run(
        "step6_detect_mseed",
        stream_path=record,
        checkpoint_dir=loudness_detector,
        output_dir=tmp_path / "out",
        clusters_file_path=path,
    )
    assert status == 1 and f"error: {path}: region " in told and said in told


@pytest.mark.parametrize("step", ["step5_eval_tfrecords", "step6_detect_mseed"])
@pytest.mark.parametrize("value", ["", DIGITS, "1e999", '"a"', "NaN", "-1"])
def test_networks(put, run, tmp_path: Path, loudness_detector: Path, step: str, value: str) -> None:
    path = tmp_path / "network" / "model.json"
    if value:
        model = json.loads((loudness_detector / "model.json").read_text()) | {"ksize": 0}
        put(path, json.dumps(model).replace('"ksize": 0', f'"ksize": {value}'))
    else:
        put(path, "misc_model.json_ValueError_62")
    given = {"checkpoint_dir": path.parent, "output_dir": tmp_path / "out"}
    if step == "step6_detect_mseed":
        given["stream_path"] = write_record(tmp_path / "mseed" / "a.mseed", [100.0])
    else:
        given["tfrecords_dir"] = windows(tmp_path / "test")
    status, told = run(step, **given)
    assert status == 1 and f"error: {path}" in told and not (tmp_path / "out").exists()


def windows(folder: Path) -> Path:
    """Write windows of events and of noise that the detector tells apart."""
    quiet = np.where(np.arange(201) % 2, 1.0, -1.0).astype("f4")[None]
    for half, label, factor in (("positive", 0, 100), ("negative", -1, 1)):
        made = [
            Example(
                data=quiet * factor,
                cluster_id=label,
                start_time_s=START + 20 * k,
                event_id=f"e{k // 2}" if label == 0 else "",
                station="AAA",
                components="Z",
                sampling_rate=RATE,
            )
            for k in range(4)
        ]
        write_examples(folder / half / "a.tfrecords", made)
    return folder


@pytest.mark.parametrize(("name", "said"), names(RECORDS))
def test_tfrecords(put, run, tmp_path: Path, loudness_detector: Path, name: str, said: str) -> None:
    path = put(windows(tmp_path / "set" / "test") / "positive" / "odd.tfrecords", name)
    given = {"checkpoint_dir": loudness_detector, "plot": 0}
    evaluate = "step5_eval_tfrecords"
    status, told = run(evaluate, tfrecords_dir=path.parents[1], output_dir=tmp_path / "1", **given)
    assert status == 0 and "left out: 1\n" in told and f"{path}: {said}" in told
    values = json.loads((tmp_path / "1" / "eval.json").read_text())
    assert (values["truePositives"], values["trueNegatives"]) == (4, 4)
    alone = put(tmp_path / "alone" / "test" / "positive" / "odd.tfrecords", name)
    status, told = run(evaluate, tfrecords_dir=alone.parents[1], output_dir=tmp_path / "2", **given)
    assert status == 1 and f"error: {alone}, {said}" in told and not (tmp_path / "2").exists()
    train = put(tmp_path / "alone" / "train" / "positive" / "odd.tfrecords", name)
    status, told = run(
        "step4_train", tfrecords_dir=tmp_path / "alone", checkpoint_dir=tmp_path / "net"
    )
    assert status == 1 and f"error: {train}, {said}" in told and not (tmp_path / "net").exists()
