"""ConvNetQuake's workflow, step by step: continuous records and CSV catalogues of origins."""

import csv
import importlib
import json
import sys
from pathlib import Path

import numpy as np
import pytest

from deepquake.catalog.catalog_json import read_catalog_json
from deepquake.catalog.events import p_picks
from deepquake.core import cli
from deepquake.core.times import parse_iso
from deepquake.windows.index import read_index

SEED = 133  # with it the catalogue of larger events holds three of the six
SPLIT = "2023-04-01T02:42:00"
MOST_NOISE = 150
COMPONENTS = {"component_N": 1, "component_E": 1}


def run(script: str, **options: object) -> None:
    """Run a step script or tool in this process; it has to succeed."""
    arguments = [str(text) for key, value in options.items() for text in (f"--{key}", value)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", [script, *arguments])
        cli.run(importlib.import_module(script).main)


@pytest.fixture(scope="module")
def workflow(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder in which everything up to a trained network was made."""
    out = tmp_path_factory.mktemp("continuous")
    data = out / "data"
    demo = {"workflow": "continuous", "days": 0.15, "seed": SEED, "output_dir": data}
    run("deepquake.tools.make_demo_dataset", **demo)
    for name in ("catalog", "detections_complete"):
        run("step0_metadata", input_path=data / f"{name}.csv", output_path=out / f"{name}.json")
    run(
        "deepquake.tools.cluster_events",
        catalog_path=out / "catalog.json",
        output_dir=out / "regions",
        n_components=2,
        stations_path=data / "stations.csv",
    )
    run(
        "step1_windows",
        raw_data_dir=data / "mseed",
        catalog_path=out / "catalog.json",
        noise_catalog_path=out / "detections_complete.json",
        prep_data_dir=out / "prep",
        endtime=SPLIT,
        use_estimated_p=1,
        window_stride_negatives=10,
        max_windows=MOST_NOISE,
        save_windows=0,
        plot=0,
    )
    records = {
        "prep_data_dir": out / "prep",
        "tfrecords_dir": out / "tfrecords",
        "test_fraction": 0,
    }
    regions = out / "regions" / "clusters.json"
    run("step2_tfrecords_pos", **records, **COMPONENTS, n_clusters=3, clusters_file_path=regions)
    run("step3_tfrecords_neg", **records, **COMPONENTS)
    run(
        "step4_train",
        tfrecords_dir=out / "tfrecords",
        checkpoint_dir=out / "checkpoints",
        **COMPONENTS,
        n_clusters=3,
        max_checkpoint_step=10,
        batch_size=16,
        validation_fraction=0,
        plot=0,
    )
    return out


def detect(out: Path, name: str, **options: object) -> Path:
    run(
        "step6_detect_mseed",
        stream_path=out / "data" / "mseed",
        checkpoint_dir=out / "checkpoints",
        output_dir=out / name,
        catalog_path=out / "detections_complete.json",
        clusters_file_path=out / "regions" / "clusters.json",
        starttime=SPLIT,
        **options,
    )
    return out / name


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_event_windows_hold_the_estimated_p_with_its_uncertainty(workflow: Path) -> None:
    positives = [row for row in read_index(workflow / "prep") if row.label == "positive"]
    catalogued = {event.event_id for event in read_catalog_json(workflow / "catalog.json")}
    assert {row.event_id for row in positives} < catalogued  # the last event comes later
    assert {row.station for row in positives} == {"LUPO", "ORSO"}
    offsets = [row.p_time - row.start_time for row in positives]
    assert min(offsets) >= 2 and max(offsets) <= 8
    true = {
        (event.event_id, pick.station): pick.time
        for event in read_catalog_json(workflow / "detections_complete.json")
        for pick in p_picks(event)
    }
    errors = [abs(row.p_time - true[row.event_id, row.station]) for row in positives]
    assert max(errors) < 2


def test_noise_is_far_from_every_event_of_the_complete_catalogue(workflow: Path) -> None:
    noise = [row for row in read_index(workflow / "prep") if row.label == "negative"]
    for station in ("LUPO", "ORSO"):
        starts = np.array([row.start_time for row in noise if row.station == station])
        assert len(starts) == MOST_NOISE
        steps = np.diff(starts)[:-1] / 10  # the last window ends on the last sample
        assert np.allclose(steps, np.round(steps))
        for event in read_catalog_json(workflow / "detections_complete.json"):
            (p,) = (
                pick.time for pick in event.picks if (pick.station, pick.phase) == (station, "P")
            )
            # what is estimated may be off by a second
            assert not np.any((starts > p - 11) & (starts < p + 59))


def test_nothing_of_the_test_week_is_trained_on(workflow: Path) -> None:
    last = max(row.start_time + 10 for row in read_index(workflow / "prep"))
    assert last < parse_iso(SPLIT)


def test_detection_reads_what_is_asked_for_and_writes_its_columns(workflow: Path) -> None:
    out = detect(
        workflow,
        "detect",
        window_step_predict=11,
        max_windows=200,
        detection_threshold=1e-9,
        plot=0,
    )
    values = json.loads((out / "detect.json").read_text())
    assert values["windows"] == 400 and values["n_clusters"] == 3
    table = rows(out / "XXORSO_4-2023.csv")
    assert list(table[0]) == ["station", "start_time", "end_time", "cluster_id", "clusters_prob"]
    starts = np.array([parse_iso(row["start_time"]) for row in table])
    assert len(starts) == 200 and starts[0] == parse_iso(SPLIT)
    assert np.allclose(np.diff(starts), 11)
    for row in table:
        probabilities = json.loads(row["clusters_prob"])
        assert len(probabilities) == 3 and abs(sum(probabilities) - 1) < 1e-5
        assert int(row["cluster_id"]) == int(np.argmax(probabilities[1:]))


def test_detected_events_are_scored_mapped_and_always_the_same(workflow: Path) -> None:
    first = detect(workflow, "first", window_step_predict=1)
    second = detect(workflow, "second", window_step_predict=1, plot=0)
    values = json.loads((first / "detect.json").read_text())
    found = rows(first / "events.csv")
    assert values["detectedEvents"] == len(found)
    assert sum(values["detectedEventsByRegion"].values()) == len(found)
    late = [
        event
        for event in read_catalog_json(workflow / "detections_complete.json")
        if event.origin_time > parse_iso(SPLIT)
    ]
    assert 0 < values["events"] <= len(late)
    names = {path.name for path in first.iterdir()}
    assert names >= {"map.png", "events.csv", "detections.csv", "matches.csv", "detect.json"}
    for name in names - {"png", "map.png", "residuals.png", "report.html", "seisan"}:
        assert (first / name).read_bytes() == (second / name).read_bytes(), name
