"""Windows as TFRecords: what is written comes back, old files are read, damaged ones refused."""

import os
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest

from deepquake.core.errors import DeepQuakeError
from deepquake.core.report import Report
from deepquake.learning.spec import Signature
from deepquake.learning.store import classes, find_files, open_part, open_store
from deepquake.learning.tensorflow import tf
from deepquake.windows.tfrecords import Example, write_examples
from tests.another_user import another_user


def windows(k: int, traces: int = 3, samples: int = 101, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.standard_normal((k, traces, samples), np.float32)


def examples(data: np.ndarray, **changes) -> list[Example]:
    values = {
        "event_id": "ev1",
        "network": "NC",
        "station": "JBG",
        "p_offset_s": 3.25,
        "components": "ZNE",
        "sampling_rate": 100.0,
        "filter_highpass": 2.0,
        "filter_lowpass": 0.0,
    } | changes
    return [Example(d, i - 1, 1.4e9 + i + 0.123456, **values) for i, d in enumerate(data)]


def old_record(data: np.ndarray, cluster_id: int, leave_out: str = "end_time") -> bytes:
    """Return an example as ConvNetQuake wrote it, without one of its features."""

    def whole(value: int) -> tf.train.Feature:
        return tf.train.Feature(int64_list=tf.train.Int64List(value=[value]))

    features = {
        "data": tf.train.Feature(bytes_list=tf.train.BytesList(value=[data.tobytes()])),
        "window_size": whole(data.shape[1]),
        "n_traces": whole(data.shape[0]),
        "cluster_id": whole(cluster_id),
        "start_time": whole(1_400_000_000),
        "end_time": whole(1_400_000_010),
    }
    features.pop(leave_out, None)
    return tf.train.Example(features=tf.train.Features(feature=features)).SerializeToString()


def write_old(path: Path, records: list[bytes]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tf.io.TFRecordWriter(str(path)) as writer:
        for record in records:
            writer.write(record)
    return path


def test_what_is_written_comes_back(tmp_path: Path) -> None:
    data = windows(5)
    path = tmp_path / "positive" / "a.tfrecords"
    assert write_examples(path, examples(data)) == 5
    store = open_store([path])
    assert store.signature == Signature(101, 3, "ZNE", 100.0, 2.0, 0.0)
    np.testing.assert_array_equal(store.gather([4, 0, 4]), data[[4, 0, 4]])
    assert store.labels.tolist() == [-1, 0, 1, 2, 3]
    np.testing.assert_allclose(store.start_times, 1.4e9 + np.arange(5) + 0.123456, atol=1e-6)
    assert set(store.event_ids) == {"ev1"} and set(store.stations) == {"JBG"}
    assert store.p_offsets_s.tolist() == [3.25] * 5


def test_tensorflow_reads_the_features_of_convnetquake(tmp_path: Path) -> None:
    data = windows(1)
    write_examples(tmp_path / "a.tfrecords", examples(data))
    record = next(iter(tf.data.TFRecordDataset(str(tmp_path / "a.tfrecords"))))
    whole = tf.io.FixedLenFeature([], tf.int64)
    names = ("window_size", "n_traces", "cluster_id", "start_time", "end_time")
    parsed = tf.io.parse_single_example(
        record, {"data": tf.io.FixedLenFeature([], tf.string)} | dict.fromkeys(names, whole)
    )
    assert [int(parsed[name]) for name in names] == [101, 3, -1, 1_400_000_000, 1_400_000_001]
    samples = tf.io.decode_raw(parsed["data"], tf.float32).numpy()
    np.testing.assert_array_equal(samples.reshape(3, 101), data[0])


def test_same_examples_same_bytes(tmp_path: Path) -> None:
    for name in "ab":
        write_examples(tmp_path / name, examples(windows(3)))
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_nothing_is_left_of_a_file_that_fails_midway(tmp_path: Path) -> None:
    def failing():
        yield from examples(windows(2))
        raise ValueError("no more")

    with pytest.raises(ValueError, match="no more"):
        write_examples(tmp_path / "a.tfrecords", failing())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("missing", ["end_time", "nothing"])
def test_old_files_are_read(tmp_path: Path, missing: str) -> None:
    data = windows(3)
    records = [old_record(d, i - 1, missing) for i, d in enumerate(data)]
    store = open_store([write_old(tmp_path / "a.tfrecords", records)])
    assert store.signature == Signature(101, 3)
    assert store.labels.tolist() == [-1, 0, 1]
    assert store.event_ids.tolist() == ["", "", ""]
    assert store.p_offsets_s.tolist() == [-1, -1, -1]
    np.testing.assert_array_equal(store.gather([2, 1]), data[[2, 1]])


def test_many_files_are_one_store(tmp_path: Path) -> None:
    data = windows(6)
    paths = [tmp_path / f"{i}.tfrecords" for i in range(6)]
    for path, d in zip(paths, data, strict=True):
        write_examples(path, examples(d[None]))
    store = open_store(paths)
    np.testing.assert_array_equal(store.gather([5, 2, 0]), data[[5, 2, 0]])
    assert store.path_of(5) == paths[5]


def test_an_old_file_and_ours_agree_on_what_both_say(tmp_path: Path) -> None:
    old = write_old(tmp_path / "old.tfrecords", [old_record(windows(1)[0], 0)])
    write_examples(tmp_path / "new.tfrecords", examples(windows(1)))
    store = open_store([old, tmp_path / "new.tfrecords"])
    assert store.signature.components == "ZNE" and store.signature.filter_highpass == 2.0


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"filter_highpass": 1.0}, "filter_highpass is 2.0 in the first and 1.0"),
        ({"components": "ZEN"}, "components is ZNE in the first and ZEN"),
        ({"sampling_rate": 50.0}, "sampling_rate is 100.0 in the first and 50.0"),
    ],
)
def test_files_that_differ_are_refused(tmp_path: Path, change: dict, says: str) -> None:
    write_examples(tmp_path / "a.tfrecords", examples(windows(1)))
    write_examples(tmp_path / "b.tfrecords", examples(windows(1), **change))
    with pytest.raises(DeepQuakeError, match=says) as error:
        open_store([tmp_path / "a.tfrecords", tmp_path / "b.tfrecords"])
    assert "a.tfrecords" in str(error.value) and "b.tfrecords" in str(error.value)


def test_another_shape_in_the_same_set_is_refused(tmp_path: Path) -> None:
    write_examples(tmp_path / "a.tfrecords", examples(windows(1)))
    write_examples(tmp_path / "b.tfrecords", examples(windows(1, samples=51)))
    with pytest.raises(DeepQuakeError, match="window_size is 101 in the first and 51"):
        open_store([tmp_path / "a.tfrecords", tmp_path / "b.tfrecords"])


@pytest.mark.parametrize(
    "damage", ["cut in a length", "truncated", "sample", "length", "text", "empty"]
)
def test_damaged_files_are_named(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "a.tfrecords"
    write_examples(path, examples(windows(3)))
    content = bytearray(path.read_bytes())
    if damage == "sample":
        content[800] ^= 1
    elif damage == "length":
        content[0] ^= 1
    made = {
        "cut in a length": content + content[:5],
        "truncated": content[:-20],
        "text": b"these are not the windows you are looking for",
        "empty": b"",
    }
    path.write_bytes(made.get(damage, bytes(content)))
    with pytest.raises(DeepQuakeError) as error:
        open_store([path])
    assert str(tmp_path if damage == "empty" else path) in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("record", "says"),
    [
        (b"\xff\xff\xff", "record 2"),
        (old_record(windows(1)[0], 0, "data"), "no feature 'data'"),
        (old_record(windows(1)[0], 0, "cluster_id"), "no feature 'cluster_id'"),
        (old_record(windows(1)[0].astype(np.float64), 0), "are not 3 x 101 float32"),
    ],
)
def test_records_that_are_no_windows_are_named(tmp_path: Path, record: bytes, says: str) -> None:
    path = write_old(tmp_path / "a.tfrecords", [old_record(windows(1)[0], 0), record])
    with pytest.raises(DeepQuakeError, match=says) as error:
        open_store([path])
    assert str(path) in str(error.value)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_samples_that_are_no_numbers_are_refused(tmp_path: Path, value: float) -> None:
    data = windows(4)
    data[2, 1, 50] = value
    paths = [tmp_path / "a.tfrecords", tmp_path / "b.tfrecords"]
    write_examples(paths[0], examples(windows(2)))
    write_examples(paths[1], examples(data))
    with pytest.raises(DeepQuakeError, match=r"b.tfrecords, record 3: holds samples .*NaN or inf"):
        open_store(paths)


def features_record(changes: dict[str, tf.train.Feature]) -> bytes:
    """Return an example of all features, some of them changed."""
    message = tf.train.Example.FromString(old_record(windows(1)[0], 0))
    for name, value in changes.items():
        message.features.feature[name].CopyFrom(value)
    return message.SerializeToString()


WHOLE = tf.train.Feature(int64_list=tf.train.Int64List(value=[7]))
LATE = tf.train.Feature(int64_list=tf.train.Int64List(value=[2**62]))
TEXT = tf.train.Feature(bytes_list=tf.train.BytesList(value=[b"seven"]))
NO_TEXT = tf.train.Feature(bytes_list=tf.train.BytesList(value=[b"\xff\xfe"]))
INFINITE = tf.train.Feature(float_list=tf.train.FloatList(value=[np.inf]))
TWO = tf.train.Feature(int64_list=tf.train.Int64List(value=[7, 8]))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"data": WHOLE}, "its feature 'data' is a whole number"),
        ({"data": INFINITE}, "its feature 'data' is a decimal number"),
        ({"window_size": TEXT}, "its feature 'window_size' is text or bytes"),
        ({"window_size": TWO}, "it has no feature 'window_size'"),
        ({"n_traces": INFINITE}, "its feature 'n_traces' is a decimal number"),
        ({"cluster_id": INFINITE}, "its feature 'cluster_id' is a decimal number"),
        ({"start_time": TEXT}, "its feature 'start_time' is text"),
        ({"start_time": LATE}, "its start_time, 4.61169e.18 s, is no time"),
        ({"start_time_us": LATE}, "its start_time, 4.61169e.12 s, is no time"),
        ({"start_time_us": TEXT}, "its feature 'start_time_us' is text"),
        ({"p_offset_s": INFINITE}, "its p_offset_s, inf s, is no time"),
        ({"p_offset_s": TEXT}, "its feature 'p_offset_s' is text"),
        ({"components": WHOLE}, "its feature 'components' is a whole number"),
        ({"station": NO_TEXT}, "'utf-8' codec can't decode byte"),
        ({"event_id": INFINITE}, "its feature 'event_id' is a decimal number"),
        ({"sampling_rate": TEXT}, "its feature 'sampling_rate' is text"),
        ({"filter_lowpass": TEXT}, "its feature 'filter_lowpass' is text"),
    ],
)
def test_features_of_another_type_are_named(
    tmp_path: Path, changes: dict[str, tf.train.Feature], says: str
) -> None:
    record = features_record(changes)
    path = write_old(tmp_path / "a.tfrecords", [old_record(windows(1)[0], 0), record])
    with pytest.raises(DeepQuakeError, match=f"a.tfrecords, record 2: is not a.*: {says}") as error:
        open_store([path])
    assert "\n" not in str(error.value)


def test_a_file_of_another_type_is_left_out_as_one_of_many(tmp_path: Path) -> None:
    data, paths = windows(4), [tmp_path / f"{name}.tfrecords" for name in "abc"]
    write_examples(paths[0], examples(data[:2]))
    write_old(paths[1], [old_record(data[0], 0), features_record({"data": WHOLE})])
    write_examples(paths[2], examples(data[2:]))
    store = open_store(paths)
    assert len(store) == 4 and store.path_of(2) == paths[2]
    np.testing.assert_array_equal(store.gather(range(4)), data)
    (problem,) = store.report.of_kind("skipped")
    assert problem.path == str(paths[1])
    assert problem.message.startswith("record 2: is not a window of a seismogram: its feature")


def test_what_cannot_be_read_is_left_out_as_one_of_many(tmp_path: Path) -> None:
    folder = tmp_path / "train" / "positive"
    write_examples(folder / "a.tfrecords", examples(windows(2)))
    (folder / "gone.tfrecords").symlink_to(tmp_path / "nowhere")
    store = open_part(tmp_path, "train")
    assert len(store) == 2
    (problem,) = store.report.of_kind("skipped")
    assert problem.path == str(folder / "gone.tfrecords")
    assert problem.message == "cannot be read: No such file or directory"
    (folder / "a.tfrecords").unlink()
    with pytest.raises(DeepQuakeError, match="gone.tfrecords: cannot be read: No such file"):
        open_part(tmp_path, "train")


def test_files_and_folders_without_permission_are_left_out(tmp_path: Path) -> None:
    folder = tmp_path / "train" / "positive"
    for name in ("a", "locked", "sub/b"):
        write_examples(folder / f"{name}.tfrecords", examples(windows(1)))
    (folder / "locked.tfrecords").chmod(0)
    (folder / "sub").chmod(0)
    with another_user(tmp_path) if os.geteuid() == 0 else nullcontext():
        report = open_part(tmp_path, "train").report
    (folder / "sub").chmod(0o755)
    assert [str(problem) for problem in report.problems] == [
        f"{folder}/locked.tfrecords: cannot be read: Permission denied",
        f"{folder}/sub: folder cannot be read: Permission denied",
    ]


def test_the_cases_of_another_type_are_one_line(shared_cases: Path) -> None:
    paths = sorted((shared_cases / "faults").glob("tfrecord_*"))
    assert len(paths) == 3
    for path in paths:
        with pytest.raises(DeepQuakeError, match=f"{path.name}, record .: is not a win") as error:
            open_store([path])
        assert "\n" not in str(error.value)


@pytest.mark.parametrize("below", ["train", "."])
def test_files_are_found_at_any_depth(tmp_path: Path, below: str) -> None:
    for name in ("positive/2/b.tfrecords", "positive/1/a.tfrecords", "negative/n.tfrecords"):
        path = tmp_path / below / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    (tmp_path / below / "positive" / ".part-x.tfrecords").touch()
    (tmp_path / below / "positive" / "my.tfrecords.json").touch()  # of my.tfrecords.tfrecords
    found = [str(p.relative_to(tmp_path / below)) for p in find_files(tmp_path, "train", Report())]
    assert found == ["positive/1/a.tfrecords", "positive/2/b.tfrecords", "negative/n.tfrecords"]


def test_a_folder_without_tfrecords_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DeepQuakeError, match="no such folder"):
        find_files(tmp_path / "nowhere", "train", Report())
    with pytest.raises(DeepQuakeError, match="neither a folder 'positive' nor 'negative'"):
        find_files(tmp_path, "train", Report())
    (tmp_path / "positive").mkdir()
    with pytest.raises(DeepQuakeError, match="no \\*.tfrecords file"):
        find_files(tmp_path, "train", Report())


def test_classes_of_regions(tmp_path: Path) -> None:
    path = tmp_path / "a.tfrecords"
    write_examples(path, examples(windows(4)))  # noise and regions 0, 1, 2
    store = open_store([path])
    assert classes(store, 4).tolist() == [0, 1, 2, 3]
    assert classes(store, 2).tolist() == [0, 1, 1, 1]
    with pytest.raises(DeepQuakeError, match="region 2, but n_clusters = 3.*--n_clusters 4") as err:
        classes(store, 3)
    assert str(path) in str(err.value)


@pytest.mark.parametrize("before_the_first_window", [True, False])
def test_a_file_that_is_written_anew_is_never_mixed_with_what_was_known_of_it(
    tmp_path: Path, before_the_first_window: bool
) -> None:
    path = tmp_path / "positive" / "a.tfrecords"
    write_examples(path, examples(windows(5)))
    store = open_store([path])
    if not before_the_first_window:
        store.gather([0])
    write_examples(path, examples(windows(4, seed=1), event_id="a longer name"))
    if before_the_first_window:
        with pytest.raises(DeepQuakeError, match="a.tfrecords: has been written anew since"):
            store.gather([1])
    else:
        assert (store.gather([0, 1]) == windows(5)[:2]).all()
