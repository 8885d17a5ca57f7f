"""Step 5 from the command line, with a detector whose verdicts can be told in advance."""

import json

import numpy as np

from tests.learning.picking.made_excerpts import make_excerpts, unet_settings
from tests.learning.picking.test_calibration import made_candidates
from tests.steps.loudness import RATE, START, run_step, write_events


def test_step5_writes_both_files_and_the_pictures(tmp_path, capsys, monkeypatch, loudness_detector):
    from deepquake.windows.tfrecords import Example, write_examples

    monkeypatch.chdir(tmp_path)
    noise = np.where(np.arange(201) % 2, 1.0, -1.0).astype("f4")[None]
    for half, n, cluster_id, factor in (("positive", 4, 0, 100), ("negative", 6, -1, 1)):
        write_examples(
            tmp_path / "data" / "tfrecords" / "test" / half / "a.tfrecords",
            (
                Example(
                    data=noise * (factor if k else 1),  # the first event is missed
                    cluster_id=cluster_id,
                    start_time_s=START + 20 * k,
                    event_id=f"e{k // 2}" if cluster_id == 0 else "",
                    station="AAA",
                    components="Z",
                    sampling_rate=RATE,
                )
                for k in range(n)
            ),
        )
    given = {"checkpoint_dir": loudness_detector, "output_dir": tmp_path / "out", "round": 2}
    status, out, errors = run_step(
        "step5_eval_tfrecords",
        capsys,
        monkeypatch,
        tfrecords_dir=tmp_path / "data" / "tfrecords" / "test",
        **given,
    )
    assert status == 0, errors
    values = json.loads((tmp_path / "out" / "eval.json").read_text())
    assert (values["truePositives"], values["falseNegatives"]) == (3, 1)
    assert (values["falsePositives"], values["trueNegatives"]) == (0, 6)
    assert values["eventLevel"]["recall"] == 1.0
    assert "accuracy          0.9000" in out
    (harvested,) = (tmp_path / "output").iterdir()
    assert harvested.name.endswith("_2_data_10_2_1_ConvNetQuake2.json")
    assert {p.name for p in (tmp_path / "out").iterdir()} == {
        *("eval.json", "confusion_matrix.png", "precision_recall.png", "roc.png"),
        "worst_mistakes.png",
    }
    catalog, clusters = write_events(tmp_path / "catalog.json", [100.0]), tmp_path / "regions.json"
    two = [{"id": k, "label": "r", "lat": k, "lon": 0, "depth": 5} for k in range(2)]
    clusters.write_text(json.dumps({"clusters_type": "kmeans", "clusters": two}))
    test = tmp_path / "data" / "tfrecords" / "test"
    for changes in (
        {"tfrecords_dir": tmp_path / "nowhere"},
        {"tfrecords_dir": tmp_path / "data" / "tfrecords"},
        {"catalog_path": catalog, "clusters_file_path": clusters},
        {"catalog_path": tmp_path / "none.json", "clusters_file_path": clusters},
    ):
        status, _, errors = run_step(
            "step5_eval_tfrecords",
            capsys,
            monkeypatch,
            **({"tfrecords_dir": test} | given | {"output_dir": tmp_path / "none"} | changes),
        )
        assert status == 1
        assert errors.startswith("error: ")
        assert errors.count("\n") == 1
        assert not (tmp_path / "none").exists()


def test_step5_scores_the_arrivals_of_a_unet(tmp_path, capsys, monkeypatch):
    from deepquake.learning.checkpoints import add_calibration, save_checkpoint
    from deepquake.learning.networks import build
    from deepquake.learning.picking.calibration import calibrate
    from deepquake.learning.picking.calibration_json import calibration_values
    from deepquake.learning.spec import INFERENCE, spec_of

    monkeypatch.chdir(tmp_path)
    spec, network = spec_of(unet_settings()), tmp_path / "network"
    weights = [np.array(weight) for weight in build(spec).weights]
    save_checkpoint(network, spec, step=3, groups={INFERENCE: weights})
    measured = {phase: calibrate(made_candidates(), 50.0) for phase in ("P", "S")}
    add_calibration(network, calibration_values(measured), {"P": "held out", "S": "held out"})
    make_excerpts(tmp_path / "made", n_events=3, n_noise=2)
    given = {
        "tfrecords_dir": tmp_path / "made" / "train",
        "checkpoint_dir": network,
        "output_dir": tmp_path / "out",
        "pick_tolerance": 0.25,
    }
    arrivals = {"arrival_residuals.png", "arrival_reliability.png"}
    for changes, threshold, pictures in (
        ({}, measured["P"].best_threshold, arrivals),
        ({"alarms_per_day": 20, "plot": 0}, measured["P"].threshold_for(20)[0], set()),
        ({"alarms_per_day": 0.1, "plot": 0}, measured["P"].threshold_for(0.1)[0], set()),
    ):
        status, out, errors = run_step(
            "step5_eval_tfrecords", capsys, monkeypatch, **given, **changes
        )
        assert status == 0, errors
        values = json.loads((tmp_path / "out" / "eval.json").read_text())
        assert values["arrivals"]["P"]["threshold"] == values["detection_threshold"] == threshold
        assert "of 3 readings found within 0.25 s" in out
        names = {path.name for path in (tmp_path / "out").iterdir()}
        assert {name for name in names if name.startswith("arrival_")} == pictures
    assert "too short to tell rates" in errors
