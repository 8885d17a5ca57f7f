"""TFRecord files and the examples in them, written without TensorFlow, which takes long to load.

A record is its length, the masked CRC-32C of that, the content, the masked CRC-32C of that
(tensorflow.org/tutorials/load_data/tfrecord). The content is a protocol buffer tf.train.Example
(tensorflow/core/example/feature.proto): its features, each a name and the list of its values.
"""

import struct
from functools import lru_cache
from typing import BinaryIO

import google_crc32c

MASK_DELTA = 0xA282EAD8
BYTES_LIST, FLOAT_LIST, INT64_LIST = 1, 2, 3  # kinds of Feature, by field number


def write_example(file: BinaryIO, *parts: bytes) -> None:
    """Write one record: the example whose features, one behind the other, make up ``parts``."""
    write_record(file, _field_head(1, sum(map(len, parts))), *parts)


def write_record(file: BinaryIO, *parts: bytes) -> None:
    """Write one record at the end of a TFRecord file; ``parts`` together are its content."""
    crc = 0
    for part in parts:
        crc = google_crc32c.extend(crc, part)
    file.write(_record_head(sum(map(len, parts))))
    for part in parts:
        file.write(part)
    file.write(_masked(crc))


def feature(name: str, value: str | int | float) -> bytes:
    """Return a feature of one value: text, an int64 or a float32."""
    if isinstance(value, str):
        kind, content = BYTES_LIST, value.encode()
    elif isinstance(value, float):
        kind, content = FLOAT_LIST, struct.pack("<f", value)
    else:
        kind, content = INT64_LIST, _varint(value & (1 << 64) - 1)
    return _feature_head(name, kind, len(content)) + content


def bytes_feature_head(name: str, size: int) -> bytes:
    """Return what is in front of the value of a feature of ``size`` bytes; nothing is behind it."""
    return _feature_head(name, BYTES_LIST, size)


@lru_cache(maxsize=4096)  # few names and sizes, met again in every window
def _feature_head(name: str, kind: int, size: int) -> bytes:
    encoded = name.encode()
    # From the inside out: a value, the list of values, the feature, the entry with its name.
    value = _field_head(1, size)
    values = _field_head(kind, len(value) + size) + value
    own = _field_head(2, len(values) + size) + values
    entry = _field_head(1, len(encoded)) + encoded + own
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
def _record_head(length: int) -> bytes:
    packed = struct.pack("<Q", length)
    return packed + _masked(google_crc32c.value(packed))


def _masked(crc: int) -> bytes:
    return struct.pack("<I", ((crc >> 15 | crc << 17) + MASK_DELTA) & 0xFFFFFFFF)
