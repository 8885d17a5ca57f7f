"""Evaluating a network on TFRecords: what the result files say."""

from datetime import UTC, datetime

import numpy as np
import pytest

from deepquake.catalog.catalog_json import write_catalog_json
from deepquake.catalog.events import Event
from deepquake.core import config as configuration
from deepquake.core.errors import DeepQuakeError
from deepquake.core.files import read_json, write_json
from deepquake.learning.store import Store, find_files, open_store
from deepquake.windows.tfrecords import Example, write_examples

evaluation = pytest.importorskip("deepquake.learning.evaluation")

from deepquake.learning.checkpoints import INFERENCE, save_checkpoint  # noqa: E402
from deepquake.learning.networks import build, spec_of  # noqa: E402

SETTINGS = {
    "window_size": 2.0,
    "sampling_rate": 50.0,
    "filter_highpass": 2.0,
    "model": "ConvNetQuake2",
    "num_conv_layers": 1,
    "ksize": 5,
}
WIN_SIZE = 101


def make_checkpoint(folder, **settings):
    spec = spec_of(configuration.load(SETTINGS | settings))
    weights = [np.array(weight) for weight in build(spec).weights]
    save_checkpoint(folder, spec, 7, {INFERENCE: weights})
    return spec


def make_examples(n, cluster_id, first_event=0, **changes):
    rng = np.random.default_rng(n + cluster_id + 5)
    for k in range(n):
        values = {
            "data": rng.normal(size=(1, WIN_SIZE)).astype("f4"),
            "cluster_id": cluster_id,
            "start_time_s": 1000.0 + 10 * k,
            "event_id": f"e{first_event + k // 2}" if cluster_id >= 0 else "",
            "network": "XX",
            "station": "AAA",
            "p_offset_s": 0.5 if cluster_id >= 0 else -1.0,
            "components": "Z",
            "sampling_rate": 50.0,
            "filter_highpass": 2.0,
        }
        yield Example(**(values | changes))


def make_test_part(folder, n_clusters=2, **changes):
    for region in range(n_clusters - 1):
        write_examples(
            folder / "positive" / f"{region}.tfrecords",
            make_examples(6, region, first_event=10 * region, **changes),
        )
    write_examples(folder / "negative" / "n.tfrecords", make_examples(8, -1, **changes))
    return folder


def evaluated(store: Store, spec, probabilities) -> "evaluation.Evaluation":
    truth = np.maximum(store.labels + 1, 0)
    return evaluation.Evaluation(store, spec, 7, truth, np.asarray(probabilities, "f4"), 0.5)


@pytest.fixture
def three_classes(tmp_path):
    """6 windows of region 0 (3 events), 6 of region 1 (3 events), 8 of noise."""
    spec = make_checkpoint(tmp_path / "checkpoint", n_clusters=3)
    store = open_store(find_files(make_test_part(tmp_path / "test", 3), "test"))
    p = np.zeros((20, 3))
    p[:4], p[4:6] = [0.1, 0.8, 0.1], [0.9, 0.1, 0.0]  # region 0: two events found, one missed
    p[6:12] = [0.2, 0.2, 0.6]
    p[6] = [0.3, 0.6, 0.1]  # found, but put in the other region
    p[7] = [0.8, 0.1, 0.1]  # missed, but the event's other window is found
    p[12:] = [0.95, 0.03, 0.02]
    p[13] = [0.2, 0.4, 0.4]
    return evaluated(store, spec, p)


def test_results_count_windows_events_and_regions(three_classes):
    values = evaluation.results(three_classes, "tiny", "3")
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


def test_worst_mistakes_are_the_surest_ones(three_classes):
    false_alarms, misses = evaluation.worst_mistakes(three_classes)
    assert false_alarms == [13]
    assert misses == [4, 5, 7]


def test_summary_names_the_counts(three_classes):
    text = evaluation.summary(evaluation.results(three_classes, "tiny", "1"))
    assert "12 of events, 8 of noise" in text
    assert "8 of 9 found events in their region" in text
    assert "5 of 6 found" in text


def test_pictures_and_both_result_files(three_classes, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    values = evaluation.results(three_classes, "my data", "1")
    pictures = evaluation.draw(three_classes, values, tmp_path / "out")
    assert [p.name for p in pictures] == [
        *("confusion_matrix.png", "precision_recall.png", "roc.png", "worst_mistakes.png")
    ]
    assert all(p.read_bytes().startswith(b"\x89PNG") for p in pictures)
    now = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)
    own, harvested = evaluation.save(values, tmp_path / "out", now)
    assert own == tmp_path / "out" / "eval.json"
    assert harvested.as_posix() == "output/eval_20240506070809_1_my-data_2_3_1_ConvNetQuake2.json"
    assert read_json(own) == read_json(harvested) == values
    again = evaluation.save(values, tmp_path / "out", now)[1]
    assert again.name.startswith("eval_20240506070810_")
    assert harvested.exists()


def test_the_map_needs_the_regions_of_the_network(three_classes, tmp_path):
    ids = ["e0", "e1", "e2", "e10", "e11", "e12"]
    events = [Event(e, 1000.0 + k, latitude=k, longitude=0.0) for k, e in enumerate(ids)]
    write_catalog_json(tmp_path / "catalog.json", events)
    for n in (2, 3):
        centroids = [{"id": k, "lat": 4.0 * k + 1, "lon": 0, "depth": 5} for k in range(n)]
        write_json(tmp_path / f"{n}.json", {"clusters_type": "kmeans", "clusters": centroids})
    drawn = evaluation.draw_map(
        three_classes, tmp_path / "catalog.json", tmp_path / "2.json", tmp_path / "out"
    )
    assert drawn.read_bytes().startswith(b"\x89PNG")
    with pytest.raises(DeepQuakeError, match="has 3 regions, but n_clusters = 3 is noise and 2"):
        evaluation.draw_map(
            three_classes, tmp_path / "catalog.json", tmp_path / "3.json", tmp_path / "none"
        )
    assert not (tmp_path / "none").exists()


def test_a_whole_evaluation_gives_the_same_twice(tmp_path):
    make_checkpoint(tmp_path / "checkpoint")
    part = make_test_part(tmp_path / "test")
    config = configuration.load({})
    first, second = (
        evaluation.results(evaluation.evaluate(config, part, tmp_path / "checkpoint"), "d", "1")
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
        evaluation.evaluate(configuration.load({}), part, tmp_path / "checkpoint"), "d", "1"
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
