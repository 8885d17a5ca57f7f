"""TFRecord files and the examples in them, written without TensorFlow, which takes long to load.

A record is its length, the masked CRC-32C of that, the content, the masked CRC-32C of that
(tensorflow.org/tutorials/load_data/tfrecord). The content is a protocol buffer tf.train.Example
(tensorflow/core/example/feature.proto): its features, each a name and the list of its values.
"""

import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import IO

import google_crc32c
import numpy as np

from deepquake.core.files import naming, whole_file
from deepquake.core.text import ESCAPED

NOISE = -1  # cluster_id of a window without an event
HARD_ENDING = "_hard"  # of the names of files of noise that a network took for events
BUFFER_BYTES = 1 << 18  # few calls, and still within the processor's cache
MASK_DELTA = 0xA282EAD8
BYTES_LIST, FLOAT_LIST, INT64_LIST = 1, 2, 3  # kinds of Feature, by field number


def _no_seconds() -> np.ndarray:
    return np.empty(0, np.float32)


@dataclass(frozen=True)
class ArrivalsInside:
    """What arrives within an excerpt: arrays of float32, an entry for each arrival.

    ``phases`` has a letter for each: P, S, or ? for either. The times are seconds from the start;
    ``weights`` are 0 for arrivals not to learn from, which may come from ``earliest_s`` to
    ``latest_s``.
    """

    phases: str = ""
    offsets_s: np.ndarray = field(default_factory=_no_seconds)
    earliest_s: np.ndarray = field(default_factory=_no_seconds)
    latest_s: np.ndarray = field(default_factory=_no_seconds)
    weights: np.ndarray = field(default_factory=_no_seconds)


ARRIVAL_NUMBERS = ("offsets_s", "earliest_s", "latest_s", "weights")


@dataclass
class Example:
    """One window: ``data`` is float32 (n_traces, samples), filtered, neither demeaned nor scaled.

    ``start_time_s`` is in seconds since 1970 UTC, ``p_offset_s`` the seconds from there to the P
    (-1: none, or not known), the corners are in Hz (0: no such filter; None: not known). An excerpt
    tells its ``arrivals`` too, and ``recorded``: the first sample that is one and the end of them.
    The others are 0.
    """

    data: np.ndarray
    cluster_id: int
    start_time_s: float
    event_id: str = ""
    network: str = ""
    station: str = ""
    p_offset_s: float = -1.0
    components: str = ""
    sampling_rate: float = 0.0
    filter_highpass: float | None = None
    filter_lowpass: float | None = None
    arrivals: ArrivalsInside | None = None
    recorded: tuple[int, int] = (0, 0)


def write_examples(path: Path, examples: Iterable[Example]) -> int:
    """Write a TFRecord file, whole or not at all.

    Parameters
    ----------
    path : Path
        The file.
    examples : iterable of Example
        The windows, in order.

    Returns
    -------
    int
        How many there were.
    """
    count = 0
    with whole_file(path) as temporary, open_writer(temporary) as write:
        for example in examples:
            write(example)
            count += 1
    return count


@contextmanager
def open_writer(path: Path, mode: str = "wb") -> Iterator[Callable[[Example], None]]:
    """Yield a function that adds a window to a TFRecord file.

    Parameters
    ----------
    path : Path
        The file.
    mode : str
        "wb" begins it, "ab" goes on with it.

    Yields
    ------
    callable
        Takes an Example.
    """
    with naming(path), open(path, mode, buffering=BUFFER_BYTES) as file:
        yield lambda example: _write_window(file, example)


def write_example(file: IO[bytes], features: Sequence[bytes]) -> None:
    """Write one record: an example.

    Parameters
    ----------
    file : file
        Open for writing.
    features : sequence of bytes
        Its features, one behind the other.
    """
    write_record(file, [_field_head(1, sum(map(len, features))), *features])


def write_record(file: IO[bytes], parts: Sequence[bytes]) -> None:
    """Write one record at the end of a TFRecord file.

    Parameters
    ----------
    file : file
        Open for writing.
    parts : sequence of bytes
        Its content, one behind the other.
    """
    crc = 0
    for part in parts:
        crc = google_crc32c.extend(crc, part)
    file.write(record_head(sum(map(len, parts))))
    for part in parts:
        file.write(part)
    file.write(_masked(crc))


def feature(name: str, value: str | int | float) -> bytes:
    """Return a feature of one value.

    Parameters
    ----------
    name : str
        Its name.
    value : str, int or float
        Text, an int64 or a float32.

    Returns
    -------
    bytes
        An entry of the message tf.train.Features.
    """
    if isinstance(value, str):
        kind, content = BYTES_LIST, value.encode(errors=ESCAPED)
    elif isinstance(value, float):
        kind, content = FLOAT_LIST, struct.pack("<f", value)
    else:
        kind, content = INT64_LIST, _varint(value & (1 << 64) - 1)
    return _feature_head(name, kind, len(content)) + content


def numbers_feature(name: str, values: np.ndarray) -> bytes:
    """Return a feature of several values.

    Parameters
    ----------
    name : str
        Its name.
    values : array of float (k,)
        They are stored as float32.

    Returns
    -------
    bytes
        An entry of the message tf.train.Features.
    """
    content = np.ascontiguousarray(values, "<f4").tobytes()
    return _feature_head(name, FLOAT_LIST, len(content)) + content


def bytes_feature_head(name: str, size: int) -> bytes:
    """Return what is in front of the value of a feature of bytes; nothing is behind it.

    Parameters
    ----------
    name : str
        Its name.
    size : int
        Bytes of the value.

    Returns
    -------
    bytes
        The beginning of an entry of the message tf.train.Features.
    """
    return _feature_head(name, BYTES_LIST, size)


@lru_cache(maxsize=4096)  # few names and sizes, met again in every window
def _feature_head(name: str, kind: int, size: int) -> bytes:
    encoded = name.encode()
    # From the inside out: a value, the list of values, the feature, the entry with its name.
    value = _field_head(1, size)
    values = _field_head(kind, len(value) + size) + value
    of_name = _field_head(2, len(values) + size) + values
    entry = _field_head(1, len(encoded)) + encoded + of_name
    return _field_head(1, len(entry) + size) + entry


def _field_head(number: int, size: int) -> bytes:
    """Return what is in front of a field whose content tells its length (wire type 2)."""
    return _varint(number << 3 | 2) + _varint(size)


def _varint(number: int) -> bytes:
    """Return a whole number in groups of seven bits, the lowest first."""
    groups = bytearray()
    while number > 127:
        groups.append(number & 127 | 128)
        number >>= 7
    groups.append(number)
    return bytes(groups)


@lru_cache(maxsize=4096)  # few lengths
def record_head(length: int) -> bytes:
    """Return what is in front of the content of a record: its length, and the CRC of that."""
    packed = struct.pack("<Q", length)
    return packed + content_crc(packed)


def content_crc(content: bytes) -> bytes:
    """Return the masked CRC of some content, as it stands behind it."""
    return _masked(google_crc32c.value(content))


def _masked(crc: int) -> bytes:
    return struct.pack("<I", ((crc >> 15 | crc << 17) + MASK_DELTA) & 0xFFFFFFFF)


def _write_window(file: IO[bytes], example: Example) -> None:
    """Write one record: the features as TensorFlow orders them, for the same bytes anywhere.

    ``SerializeToString(deterministic=True)`` sorts by name, but for the two start times.
    """
    data = np.ascontiguousarray(example.data, "<f4")
    n_traces, samples = data.shape
    start_us = round(example.start_time_s * 1e6)
    span_us = round((samples - 1) / example.sampling_rate * 1e6) if example.sampling_rate else 0
    corners_hz = [(name, getattr(example, name)) for name in ("filter_highpass", "filter_lowpass")]
    arrivals = example.arrivals
    excerpt = [] if arrivals is None else _excerpt_features(arrivals, *example.recorded)
    front = (
        *excerpt,
        _shared("cluster_id", int(example.cluster_id)),
        _shared("components", example.components),
        bytes_feature_head("data", data.nbytes),
    )
    behind = (
        feature("end_time", (start_us + span_us) // 1_000_000),
        _shared("event_id", example.event_id),
        *(
            _shared(name, float(corner_hz))
            for name, corner_hz in corners_hz
            if corner_hz is not None
        ),
        _shared("n_traces", n_traces),
        _shared("network", example.network),
        feature("p_offset_s", float(example.p_offset_s)),
        _shared("sampling_rate", float(example.sampling_rate)),
        feature("start_time_us", start_us),
        feature("start_time", start_us // 1_000_000),
        _shared("station", example.station),
        _shared("window_size", samples),
    )
    write_example(file, [b"".join(front), data.tobytes(), b"".join(behind)])


def _excerpt_features(arrivals: ArrivalsInside, first: int, end: int) -> list[bytes]:
    return [
        feature("arrival_phases", arrivals.phases),
        *(numbers_feature(f"arrival_{key}", getattr(arrivals, key)) for key in ARRIVAL_NUMBERS),
        feature("recorded_first", first),
        feature("recorded_end", end),
    ]


_shared = lru_cache(maxsize=4096, typed=True)(feature)  # many windows in a row share them
