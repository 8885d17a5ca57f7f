"""Records written without TensorFlow are those TensorFlow writes, byte for byte."""

import io

import numpy as np
import pytest

from deepquake.learning.tensorflow import tf
from deepquake.windows.tfrecords import (
    Example,
    bytes_feature_head,
    feature,
    write_example,
    write_examples,
    write_record,
)

VALUES = {
    "event_id": "20140824102044 Íslandið",
    "empty": "",
    "long": "x" * 20_000,
    "cluster_id": -1,
    "start_time_us": 1_408_875_644_123_456,
    "zero": 0,
    "huge": 2**63 - 1,
    "p_offset_s": 4.1,
    "filter_highpass": 0.0,
}


def example_of(features) -> tf.train.Example:
    made = {}
    for name, value in features.items():
        if isinstance(value, int):
            made[name] = tf.train.Feature(int64_list=tf.train.Int64List(value=[value]))
        elif isinstance(value, float):
            made[name] = tf.train.Feature(float_list=tf.train.FloatList(value=[value]))
        else:
            content = value.encode() if isinstance(value, str) else value
            made[name] = tf.train.Feature(bytes_list=tf.train.BytesList(value=[content]))
    return tf.train.Example(features=tf.train.Features(feature=made))


def with_tensorflow(path, examples) -> bytes:
    with tf.io.TFRecordWriter(str(path)) as writer:
        for example in examples:
            writer.write(example.SerializeToString(deterministic=True))
    return path.read_bytes()


@pytest.mark.parametrize(("name", "value"), VALUES.items())
def test_a_feature_is_that_of_tensorflow(tmp_path, name, value):
    file = io.BytesIO()
    write_example(file, [feature(name, value)])
    assert file.getvalue() == with_tensorflow(tmp_path / "a", [example_of({name: value})])


@pytest.mark.parametrize("size", [0, 1, 127, 128, 12012])
def test_a_feature_of_bytes_is_that_of_tensorflow(tmp_path, size):
    file, content = io.BytesIO(), bytes(range(256)) * 50
    write_example(file, [bytes_feature_head("data", size), content[:size]])
    example = example_of({"data": content[:size]})
    assert file.getvalue() == with_tensorflow(tmp_path / "a", [example])


def test_the_parts_of_a_record_do_not_matter(tmp_path):
    whole, cut = io.BytesIO(), io.BytesIO()
    write_record(whole, [b"seismogram"])
    write_record(cut, [b"", b"seismo", b"gram"])
    assert cut.getvalue() == whole.getvalue()


@pytest.mark.parametrize("corners", [(None, None), (2.0, None), (0.0, 20.0)])
def test_a_file_of_windows_is_that_of_tensorflow(tmp_path, corners):
    highpass, lowpass = corners
    data = np.random.default_rng(0).normal(size=(3, 3, 1001)).astype(np.float32)
    windows = [
        Example(
            *(part, cluster_id, 1_408_875_644.25, event_id, "IS", "KRÍ", p_offset, "ZNE", 100.0),
            *corners,
        )
        for part, cluster_id, event_id, p_offset in zip(
            data, (-1, 0, 7), ("", "a", "b" * 200), (-1.0, 0.0, 4.125), strict=True
        )
    ]
    write_examples(tmp_path / "ours", windows)
    expected = [
        example_of(
            {
                "data": window.data.tobytes(),
                "window_size": 1001,
                "n_traces": 3,
                "cluster_id": window.cluster_id,
                "start_time": 1_408_875_644,
                "end_time": 1_408_875_654,
                "start_time_us": 1_408_875_644_250_000,
                "event_id": window.event_id,
                "network": "IS",
                "station": "KRÍ",
                "p_offset_s": window.p_offset_s,
                "components": "ZNE",
                "sampling_rate": 100.0,
            }
            | ({} if highpass is None else {"filter_highpass": highpass})
            | ({} if lowpass is None else {"filter_lowpass": lowpass})
        )
        for window in windows
    ]
    theirs = with_tensorflow(tmp_path / "theirs", expected)
    assert (tmp_path / "ours").read_bytes() == theirs
