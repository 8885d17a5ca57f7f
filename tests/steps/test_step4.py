"""Step 4 and the augmentation tool as a user runs them."""

from pathlib import Path

import numpy as np
import pytest

from deepquake.learning.networks import load_checkpoint
from deepquake.learning.store import open_part
from deepquake.learning.tensorflow import tf
from tests.made_data import run_step


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a data set as ConvNetQuake published it: six features at most, no train folder."""
    folder = tmp_path_factory.mktemp("published")
    rng = np.random.default_rng(0)

    def whole(value: int) -> tf.train.Feature:
        return tf.train.Feature(int64_list=tf.train.Int64List(value=[value]))

    for name, label in [("negative/n", -1), *((f"positive/{i}/p", i) for i in range(6))]:
        path = folder / f"{name}.tfrecords"
        path.parent.mkdir(parents=True)
        with tf.io.TFRecordWriter(str(path)) as writer:
            for i in range(12):
                data = rng.standard_normal((3, 1001), np.float32)
                if label >= 0:
                    data[:, 300:] *= 3 + label
                data_list = tf.train.BytesList(value=[data.tobytes()])
                features = {
                    "data": tf.train.Feature(bytes_list=data_list),
                    "window_size": whole(1001),
                    "n_traces": whole(3),
                    "cluster_id": whole(label),
                    "start_time": whole(1_400_000_000 + 4000 * i),
                }
                if i % 2:
                    features["end_time"] = whole(1_400_000_010 + 4000 * i)
                message = tf.train.Example(features=tf.train.Features(feature=features))
                writer.write(message.SerializeToString())
    return folder


def test_published_tfrecords_train_as_they_are(published: Path, tmp_path: Path) -> None:
    ini = tmp_path / "mine.ini"
    ini.write_text("[training]\nmax_checkpoint_step = 4\ndisplay_step = 2\nbatch_size = 16\n")
    done = run_step(
        *("step4_train.py", "--tfrecords_dir", published, "--n_clusters", 7),
        *("--window_size", 10, "--filter_highpass", 0, "--component_N", 1, "--component_E", 1),
        *("--config_file_path", ini, "--checkpoint_dir", tmp_path / "checkpoint"),
    )
    assert done.stderr == ""
    assert "max_checkpoint_step = 4   (" in done.stdout and "mine.ini" in done.stdout
    assert "step 4 of 4: loss" in done.stdout and "validation" in done.stdout
    _, spec, step = load_checkpoint(tmp_path / "checkpoint")
    assert (spec.components, spec.n_clusters, step) == ("ZNE", 7, 4)
    assert (tmp_path / "checkpoint" / "training.png").exists()


def test_what_the_user_can_put_right_is_one_line(published: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged" / "positive" / "p.tfrecords"
    damaged.parent.mkdir(parents=True)
    whole = (published / "positive/0/p.tfrecords").read_bytes()
    damaged.write_bytes(whole[:-100])
    (tmp_path / "empty").mkdir()
    for folder, says in (
        (tmp_path / "nowhere", "no such folder"),
        (tmp_path / "empty", "neither a folder 'positive' nor 'negative'"),
        (tmp_path / "damaged", "p.tfrecords: is not a whole TFRecord file"),
        (published, "n_traces = 3, but 1 is asked for"),
    ):
        arguments = ["--tfrecords_dir", folder, "--checkpoint_dir", tmp_path / "none"]
        error = run_step("step4_train.py", *arguments, status=1).stderr
        assert says in error
        assert error.startswith("error: ") and error.count("\n") == 1
    assert not (tmp_path / "none").exists()


def test_the_tool_varies_published_windows(published: Path, tmp_path: Path) -> None:
    arguments = ["--tfrecords_dir", published, "--output_dir", tmp_path, "--copies", 2]
    arguments += ["--augment_noise_std", 0.3]
    done = run_step("-m deepquake.tools.augment_tfrecords", *arguments)
    assert "84 windows and 168 varied copies written" in done.stdout
    store = open_part(tmp_path, "train")
    assert len(store) == 252 and np.bincount(store.labels + 1).tolist() == [36] * 7
    assert store.signature.filter_highpass is None
