"""Evaluating a network on TFRecords: what the result files say."""

import os
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from deepquake.core import configuration
from deepquake.core.errors import DeepQuakeError
from deepquake.core.files import read_json
from deepquake.learning import evaluation, pictures
from deepquake.learning.checkpoints import save_checkpoint
from deepquake.learning.networks import build
from deepquake.learning.picking.arrivals import Acceptance
from deepquake.learning.picking.calibration import calibrate
from deepquake.learning.spec import INFERENCE, spec_of
from tests.learning import made_evaluation
from tests.learning.made_evaluation import (
    WIN_SIZE,
    make_checkpoint,
    make_examples,
    make_test_part,
)
from tests.learning.picking.made_excerpts import make_excerpts, unet_settings
from tests.learning.picking.test_calibration import made_candidates


@pytest.fixture
def three_classes(tmp_path):
    return made_evaluation.three_classes(tmp_path)


def test_results_count_windows_events_and_regions(three_classes):
    values = evaluation.results(three_classes, dataset="tiny", round_name="3")
    assert values["truePositives"] == 9
    assert values["falseNegatives"] == 3
    assert values["falsePositives"] == 1
    assert values["trueNegatives"] == 7
    assert values["recall"] == 9 / 12
    assert values["precision"] == 9 / 10
    assert (values["located"], values["locatedRight"]) == (9, 8)
    assert values["locationAccuracy"] == 8 / 9
    assert values["confusionMatrix"] == [[7, 1, 0], [2, 4, 0], [1, 1, 4]]
    level = values["eventLevel"]
    assert (level["events"], level["truePositives"], level["missedEvents"]) == (6, 5, ["e2"])
    assert (level["falsePositives"], level["trueNegatives"]) == (1, 7)
    assert (values["round"], values["dataset"], values["window_size"]) == ("3", "tiny", 2.0)
    assert (values["n_traces"], values["n_clusters"], values["model"]) == (1, 3, "ConvNetQuake2")


def test_summary_names_the_counts(three_classes):
    text = evaluation.summary(evaluation.results(three_classes, dataset="tiny", round_name="1"))
    assert "12 of events, 8 of noise" in text
    assert "8 of 9 found events in their region; chance 0.50)" in text
    assert "5 of 6 found" in text


def test_each_result_has_a_file_of_its_own_among_all_results(three_classes, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    values = evaluation.results(three_classes, dataset="my data", round_name="1")
    now = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)
    first, second = (evaluation.add_to_all_results(values, Path("out"), now) for _ in range(2))
    assert first.as_posix() == "output/eval_20240506070809_1_my-data_2_3_1_ConvNetQuake2.json"
    assert second.name.startswith("eval_20240506070810_")
    assert read_json(first) == read_json(second) == values
    assert sorted(os.listdir("output")) == [first.name, second.name]
    long = evaluation.add_to_all_results(values | {"dataset": 250 * "n"}, Path("out"), now)
    assert read_json(long)["dataset"] == 250 * "n"


def test_a_result_that_cannot_be_written_leaves_none(three_classes, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    values = evaluation.results(three_classes, dataset="d", round_name="1")
    with pytest.raises(TypeError):
        evaluation.add_to_all_results(values | {"model": Path}, Path("out"))
    assert os.listdir("output") == []


def test_a_new_evaluation_takes_the_place_of_all_of_the_earlier_one(tmp_path):
    def write(text, *names):
        with evaluation.new_evaluation(tmp_path) as folder:
            for name in names:
                (folder / name).write_text(text)

    (tmp_path / "map.png").write_text("of step 6")
    write("old", "roc.png", "eval.json")
    assert (tmp_path / "map.png").exists()
    write("older", "roc.png", "map.png", "eval.json")
    with pytest.raises(KeyboardInterrupt), evaluation.new_evaluation(tmp_path) as folder:
        (folder / "roc.png").write_text("new")
        raise KeyboardInterrupt
    assert {path.read_text() for path in tmp_path.iterdir()} == {"older"}
    write("new", "eval.json")
    assert os.listdir(tmp_path) == ["eval.json"]


def test_a_whole_evaluation_gives_the_same_twice(tmp_path):
    make_checkpoint(tmp_path / "checkpoint")
    part = make_test_part(tmp_path / "test")
    settings = configuration.load({})
    first, second = (
        evaluation.results(
            evaluation.evaluate(settings, part, tmp_path / "checkpoint"),
            dataset="d",
            round_name="1",
        )
        for _ in range(2)
    )
    assert first == second
    assert first["windows"] == 14
    assert first["step"] == 7
    assert first["locationAccuracy"] is None


def test_convnetquakes_own_files_have_no_event_level(tmp_path, old_records):
    make_checkpoint(tmp_path / "checkpoint")
    part = old_records(tmp_path / "test")
    values = evaluation.results(
        evaluation.evaluate(configuration.load({}), part, tmp_path / "checkpoint"),
        dataset="d",
        round_name="1",
    )
    assert values["eventLevel"] is None
    assert (values["eventWindows"], values["noiseWindows"]) == (6, 8)
    assert "do not say which event" in evaluation.summary(values)


@pytest.fixture
def old_records():
    """A function that writes TFRecords of the six features of ConvNetQuake and nothing else."""

    def write(folder):
        tf = pytest.importorskip("deepquake.learning.tensorflow").tf

        def feature(value):
            if isinstance(value, bytes):
                return tf.train.Feature(bytes_list=tf.train.BytesList(value=[value]))
            return tf.train.Feature(int64_list=tf.train.Int64List(value=[value]))

        for half, n, label in (("positive", 6, 3), ("negative", 8, -1)):
            (folder / half).mkdir(parents=True)
            with tf.io.TFRecordWriter(str(folder / half / "a.tfrecords")) as writer:
                for example in make_examples(n, label):
                    features = {
                        "data": example.data.tobytes(),
                        "window_size": WIN_SIZE,
                        "n_traces": 1,
                        "cluster_id": label,
                        "start_time": 1000,
                        "end_time": 1001,
                    }
                    message = tf.train.Example(
                        features=tf.train.Features(
                            feature={name: feature(value) for name, value in features.items()}
                        )
                    )
                    writer.write(message.SerializeToString())
        return folder

    return write


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"data": np.zeros((1, 60), "f4")}, "window_size = 60"),
        ({"components": "N"}, "components = N"),
        ({"filter_highpass": 1.0}, "filter_highpass = 1.0"),
        ({"data": np.zeros((3, WIN_SIZE), "f4"), "components": "ZNE"}, "n_traces = 3"),
    ],
)
def test_windows_of_another_kind_are_refused(tmp_path, changes, said):
    make_checkpoint(tmp_path / "checkpoint")
    part = make_test_part(tmp_path / "test", **changes)
    with pytest.raises(DeepQuakeError, match=said):
        evaluation.evaluate(configuration.load({}), part, tmp_path / "checkpoint")


def test_a_region_the_network_does_not_know_is_refused(tmp_path):
    make_checkpoint(tmp_path / "checkpoint", n_clusters=3)
    part = make_test_part(tmp_path / "test", 4)
    with pytest.raises(DeepQuakeError, match="n_clusters"):
        evaluation.evaluate(configuration.load({}), part, tmp_path / "checkpoint")


def test_the_whole_data_set_is_no_test_part(tmp_path):
    make_checkpoint(tmp_path / "checkpoint")
    make_test_part(tmp_path / "tfrecords" / "test")
    with pytest.raises(DeepQuakeError, match="tfrecords/test"):
        evaluation.evaluate(configuration.load({}), tmp_path / "tfrecords", tmp_path / "checkpoint")


def test_the_name_of_a_data_set_is_that_of_its_folder(tmp_path):
    assert evaluation.dataset_name(tmp_path / "ncal" / "tfrecords" / "test") == "ncal"


def test_scores_of_a_calibrated_network_add_up():
    probabilities = np.array([[0.9, 0.1, 0.0], [0.2, 0.2, 0.6], [1.0, 0.0, 0.0]], "f4")
    assert evaluation.scores_of(probabilities, Acceptance(0.5)) is probabilities
    calibrated = calibrate(made_candidates(), 100.0)
    scores = evaluation.scores_of(probabilities, Acceptance(0.5, calibrated))
    assert scores.sum(axis=1) == pytest.approx(1.0, abs=1e-4)
    assert 1 - scores[:, 0] == pytest.approx(
        calibrated.scaling.scores(1 - probabilities[:, 0]), abs=1e-6
    )
    assert scores[1, 2] == pytest.approx(3 * scores[1, 1])


def test_a_unet_is_scored_by_arrival_and_by_window(tmp_path):
    settings = unet_settings()
    spec = spec_of(settings)
    weights = [np.array(weight) for weight in build(spec).weights]
    save_checkpoint(tmp_path / "net", spec, step=1, groups={INFERENCE: weights})
    make_excerpts(tmp_path / "set", n_events=3, n_noise=2)
    part = tmp_path / "set" / "train"
    lowest = configuration.load({"detection_threshold": 0.05, "pick_tolerance": 0.4})
    evaluated = evaluation.evaluate(lowest, part, tmp_path / "net")
    values = evaluation.results(evaluated, dataset="made", round_name="1")
    assert set(values["arrivals"]) == {"P", "S"} and values["pick_tolerance"] == 0.4
    assert values["arrivals"]["P"]["references"] == 3
    assert values["window_size"] == 10.0
    assert values["eventWindows"] + values["noiseWindows"] == values["windows"] > 0
    assert values["classNames"] == ["noise", "event"]
    text = evaluation.summary(values)
    assert text.startswith("network: UNet, ZNE, 50 Hz, step 1\nP: ")
    assert "of 3 readings found within 0.4 s" in text and "test windows of 10 s: " in text
    drawn = pictures.draw_scores(evaluated, values, tmp_path)
    assert [path.name for path in drawn[4:]] == list(evaluation.ARRIVAL_PICTURES)
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in drawn)
    event = int(np.flatnonzero(evaluated.truth)[0])
    assert evaluated.data(event).shape == (3, 501)
    assert 1.0 <= evaluated.p_offset_s(event) <= 9.0
