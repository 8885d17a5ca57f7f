"""Windows as TFRecords: reading any of them at random without loading the rest.

The features are those of ConvNetQuake (Perol et al. 2018), whose published files can be read as
they are, and some of our own beside them, which may be missing.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from deepquake.core.errors import DeepQuakeError
from deepquake.core.files import edition_of, files_below
from deepquake.core.progress import progress
from deepquake.core.report import Report
from deepquake.learning.spec import SIGNATURE_KEYS, Signature
from deepquake.windows.exchange import check_exchanged
from deepquake.windows.tfrecords import (
    ARRIVAL_NUMBERS,
    NOISE,
    ArrivalsInside,
    Example,
    content_crc,
    record_head,
)

OPEN_FILES = 256  # memory maps kept open, below the 1024 open files most systems allow
LENGTH_BYTES, CRC_BYTES = 8, 4  # a record: length, its crc, the example, its crc
LATEST_S = 60e9  # s since 1970, before the year 4000
KIND_TEXTS = {bytes: "text or bytes", int: "a whole number", float: "a decimal number"}


class NoWindows(DeepQuakeError):
    """A file that cannot be read, or whole and not one of windows: others do without it."""


@dataclass
class Store:
    """The windows of some TFRecord files: what is known of each, and its samples on demand.

    All arrays have one entry per window, in the order of the files and of the windows in them.
    ``labels`` are cluster ids (-1 noise, 0 and above the region); see ``classes``.
    """

    paths: list[Path]
    editions: list[tuple[int, ...]]  # tell each file from one that takes its place later
    signature: Signature
    files: np.ndarray  # index into paths
    offsets: np.ndarray  # of the samples, in bytes from the start of the file
    labels: np.ndarray
    start_times: np.ndarray  # s since 1970 UTC
    p_offsets_s: np.ndarray
    event_ids: np.ndarray  # str, "" where unknown
    networks: np.ndarray
    stations: np.ndarray
    recorded_first: np.ndarray  # samples, of excerpts; 0
    recorded_end: np.ndarray  # 0: all of them
    arrivals: list[ArrivalsInside | None]  # of excerpts
    report: Report = field(default_factory=Report)  # what was left out

    def __post_init__(self) -> None:
        self._map = lru_cache(OPEN_FILES)(self._open)

    def __len__(self) -> int:
        return len(self.labels)

    def gather(self, indices: np.ndarray | Sequence[int]) -> np.ndarray:
        """Return the windows at ``indices`` as float32 (len(indices), n_traces, window_size)."""
        shape = (len(indices), self.signature.n_traces, self.signature.window_size)
        windows = np.empty(shape, "<f4")
        rows = windows.reshape(len(indices), -1).view(np.uint8)
        files, offsets = self.files[indices].tolist(), self.offsets[indices].tolist()
        for row, file, offset in zip(rows, files, offsets, strict=True):
            row[:] = self._map(file)[offset : offset + len(row)]
        return windows

    def _open(self, file: int) -> np.ndarray:
        content, edition = _memory_map(self.paths[file])
        if edition != self.editions[file]:
            raise DeepQuakeError(
                f"{self.paths[file]}: has been written anew since this run began; run it again"
            )
        return content

    def p_samples(self, indices: np.ndarray) -> np.ndarray:
        """Return where the P of each window is, in samples, NaN where none is or none is known."""
        offsets_s = self.p_offsets_s[indices]
        rate_hz = self.signature.sampling_rate or np.nan
        return np.where(offsets_s < 0, np.nan, offsets_s * rate_hz)

    def path_of(self, index: int) -> Path:
        """Return the file that window ``index`` is in."""
        return self.paths[self.files[index]]


def open_part(tfrecords_dir: Path, part: str) -> Store:
    """Return the windows of one part of a data set; the parameters are those of ``find_files``.

    Parameters
    ----------
    tfrecords_dir : Path
        The folder of the data set, or of the part.
    part : str
        ``train`` or ``test``.

    Returns
    -------
    Store
        Random access to them; its report tells which files and folders were left out.

    Raises
    ------
    DeepQuakeError
        Where there are none, a file is damaged, or files of two results may be mixed.
    """
    for folder in (tfrecords_dir, tfrecords_dir.parent):  # of the data set
        check_exchanged(folder)
    report = Report()
    store = open_store(find_files(tfrecords_dir, part, report))
    store.report.merge(report)
    return store


def find_files(tfrecords_dir: Path, part: str, report: Report) -> list[Path]:
    """Return the TFRecord files of one part of a data set, positives first, sorted.

    They are in ``positive`` and ``negative``, at any depth, below ``tfrecords_dir/part`` or, where
    there is no such folder, directly below ``tfrecords_dir``.

    Parameters
    ----------
    tfrecords_dir : Path
        The folder of the data set, or of the part.
    part : str
        ``train`` or ``test``.
    report : Report
        Is told which folders cannot be read.

    Returns
    -------
    list of Path
        The files.

    Raises
    ------
    DeepQuakeError
        Where there is neither folder or no file in both.
    """
    if not tfrecords_dir.is_dir():
        advice = "(steps 2 and 3 write them)"
        raise DeepQuakeError(f"{tfrecords_dir}: no such folder of TFRecords {advice}")
    folder = tfrecords_dir / part if (tfrecords_dir / part).is_dir() else tfrecords_dir
    halves = [folder / name for name in ("positive", "negative") if (folder / name).is_dir()]
    if not halves:
        missing = "neither a folder 'positive' nor 'negative' of TFRecords"
        raise DeepQuakeError(f"{folder}: holds {missing}")
    found = [path for half in halves for path in files_below(half, "*.tfrecord*", report)]
    # beside NAME.tfrecords lies NAME.json, and NAME may be anything
    paths = [path for path in found if path.suffix != ".json"]
    if not paths:
        unread = "".join(f"; {problem}" for problem in report.problems)
        message = f"{folder}: no *.tfrecords file in its folders positive and negative{unread}"
        raise DeepQuakeError(message)
    return paths


def open_store(paths: Sequence[Path]) -> Store:
    """Return random access to the windows of ``paths``; every record is checked once, none kept.

    Files that cannot be read or whose records are no windows are left out, and reported, as long
    as there are others.

    Raises DeepQuakeError, naming the file, for one that is truncated or damaged, and the record,
    where samples are no numbers, and, naming both, for files that differ in shape, components,
    sampling rate or filter.
    """
    rows: list[tuple] = []
    arrivals: list[ArrivalsInside | None] = []
    signatures: dict[Signature, Path] = {}
    left_out: dict[Path, NoWindows] = {}
    editions: list[tuple[int, ...]] = [()] * len(paths)
    for number, path in enumerate(progress(paths, len(paths), "TFRecord files")):
        try:
            content, editions[number] = _memory_map(path)
            of_file = list(_scan(path, content))
        except NoWindows as error:
            left_out[path] = error
            continue
        except OSError as error:
            left_out[path] = NoWindows(f"{path}: cannot be read: {error.strerror}")
            continue
        rows.extend((number, *row) for row, _, _ in of_file)
        arrivals += [inside for _, inside, _ in of_file]
        for _, _, signature in of_file:
            signatures.setdefault(signature, path)
    if not rows:
        raise next(iter(left_out.values()), _no_window(paths))
    names = [column.name for column in fields(Store) if column.type is np.ndarray]
    columns: dict[str, Any] = dict(zip(names, map(np.array, zip(*rows, strict=True)), strict=True))
    store = Store(
        list(paths), editions, signature=_common(signatures), arrivals=arrivals, **columns
    )
    for path, why in left_out.items():
        store.report.skip(path, str(why).removeprefix(f"{path}").lstrip(":, "))
    return store


def _no_window(paths: Sequence[Path]) -> DeepQuakeError:
    return DeepQuakeError(f"{paths[0].parent if paths else 'TFRecords'}: no window in any file")


def example_of(store: Store, index: int, data: np.ndarray) -> Example:
    """Return a window as it would be written again, with other samples.

    Parameters
    ----------
    store : Store
        The windows.
    index : int
        Which of them.
    data : array of float32 (n_traces, samples)
        The samples.

    Returns
    -------
    Example
        What is to be written.
    """
    shared = {key: getattr(store.signature, key) for key in SIGNATURE_KEYS}
    return Example(
        data=data,
        cluster_id=int(store.labels[index]),
        start_time_s=float(store.start_times[index]),
        event_id=str(store.event_ids[index]),
        network=str(store.networks[index]),
        station=str(store.stations[index]),
        p_offset_s=float(store.p_offsets_s[index]),
        arrivals=store.arrivals[index],
        recorded=(int(store.recorded_first[index]), int(store.recorded_end[index])),
        **{key: value for key, value in shared.items() if value is not None},
    )


def classes(store: Store, n_clusters: int) -> np.ndarray:
    """Return the class of each window: 0 noise, 1 + i an event of region i.

    With two classes an event of any region is class 1.

    Parameters
    ----------
    store : Store
        The windows.
    n_clusters : int
        The number of classes.

    Returns
    -------
    array of int (len(store),)
        The classes.

    Raises
    ------
    DeepQuakeError
        Where there are more than two, for an event of a region above ``n_clusters`` - 2.
    """
    if n_clusters == 2:
        return (store.labels > NOISE).astype(np.int64)
    beyond = np.flatnonzero(store.labels > n_clusters - 2)
    if beyond.size:
        raise DeepQuakeError(
            f"{store.path_of(beyond[0])}: holds an event of region {store.labels[beyond[0]]}, but "
            f"n_clusters = {n_clusters} (noise and regions 0 to {n_clusters - 2}); "
            f"give --n_clusters {store.labels.max() + 2}"
        )
    return store.labels + 1


def _scan(
    path: Path, content: np.ndarray
) -> Iterator[tuple[tuple, ArrivalsInside | None, Signature]]:
    """Yield what Store holds of each window of a file, from its offset on, and its signature."""
    from google.protobuf.message import DecodeError

    from deepquake.learning.tensorflow import tf

    position = number = 0
    while position < len(content):
        number += 1
        begin = position + LENGTH_BYTES + CRC_BYTES
        head = content[position:begin].tobytes()
        length = int.from_bytes(head[:LENGTH_BYTES], "little")
        position = begin + length + CRC_BYTES
        record = content[begin : begin + length].tobytes()
        crc = content[begin + length : position].tobytes()
        if head != record_head(length) or crc != content_crc(record):
            raise DeepQuakeError(
                f"{path}: is not a whole TFRecord file (record {number} is damaged or cut short); "
                "write it again or remove it"
            )
        try:
            features = tf.train.Example.FromString(record).features.feature
            data, values, signature = _values_of(features)
            inside = _arrivals_of(features) if "arrival_phases" in features else None
        except (DecodeError, ValueError) as error:
            message = f"{path}, record {number}: is not a window of a seismogram: {error}"
            raise NoWindows(message) from None
        if not np.isfinite(np.frombuffer(data, "<f4")).all():
            raise DeepQuakeError(
                f"{path}, record {number}: holds samples that are no numbers (NaN or infinite); "
                "write the file again or remove it"
            )
        # any place in the record that holds these bytes will do
        yield (begin + record.index(data), *values), inside, signature


def _values_of(features: Any) -> tuple[bytes, tuple, Signature]:
    """Return the samples of an example, what Store holds of it from its label on, its signature."""

    def _value(name: str, kind: type, default: Any) -> Any:  # default: where the file lacks it
        if name in features:
            one = features[name]
            held = one.WhichOneof("kind")
            values: Sequence[Any] = getattr(one, held).value if held else ()
            if len(values) == 1:
                value = values[0]
                if type(value) is kind or (kind is float and type(value) is int):
                    return value
                raise ValueError(f"its feature '{name}' is {KIND_TEXTS[type(value)]}")
        if default is ...:
            raise ValueError(f"it has no feature '{name}'")
        return default

    data = _value("data", bytes, ...)
    samples, n_traces = _value("window_size", int, ...), _value("n_traces", int, ...)
    if samples < 1 or n_traces < 1 or len(data) != 4 * samples * n_traces:
        raise ValueError(f"{len(data)} bytes are not {n_traces} x {samples} float32 samples")
    label, start_us = _value("cluster_id", int, ...), _value("start_time_us", int, None)
    start_s = float(_value("start_time", float, 0) if start_us is None else start_us / 1e6)
    p_offset_s = float(_value("p_offset_s", float, -1.0))
    for name, value_s in (("start_time", start_s), ("p_offset_s", p_offset_s)):
        if not abs(value_s) < LATEST_S:  # nor not-a-number
            raise ValueError(f"its {name}, {value_s:g} s, is no time")
    texts = [_value(name, bytes, b"").decode() for name in ("event_id", "network", "station")]
    corners = {name: _value(name, float, None) for name in ("filter_highpass", "filter_lowpass")}
    signature = Signature(
        window_size=samples,
        n_traces=n_traces,
        components=_value("components", bytes, b"").decode() or None,
        sampling_rate=_value("sampling_rate", float, 0.0) or None,
        # stored as float32
        **{name: hz if hz is None else float(f"{hz:.6g}") for name, hz in corners.items()},
    )
    recorded = _value("recorded_first", int, 0), _value("recorded_end", int, 0)
    if not 0 <= recorded[0] <= recorded[1] <= samples:
        raise ValueError("its recorded_first and recorded_end are no samples of it")
    return data, (max(label, NOISE), start_s, p_offset_s, *texts, *recorded), signature


def _arrivals_of(features: Any) -> ArrivalsInside:
    """Return the arrivals of an excerpt."""
    (phases,) = features["arrival_phases"].bytes_list.value or [b""]
    numbers = {
        key: np.array(features[f"arrival_{key}"].float_list.value, np.float32)
        for key in ARRIVAL_NUMBERS
    }
    if any(len(some) != len(phases) or not np.isfinite(some).all() for some in numbers.values()):
        raise ValueError("its features 'arrival_...' are no list of arrivals")
    return ArrivalsInside(phases.decode(), **numbers)


def _common(signatures: dict[Signature, Path]) -> Signature:
    """Return what signatures say together; what one leaves open another decides."""
    together: dict[str, Any] = {}
    first_path = next(iter(signatures.values()))
    for signature, path in signatures.items():
        for name, theirs in vars(signature).items():
            ours = together.get(name)
            if ours is not None and theirs is not None and ours != theirs:
                raise DeepQuakeError(
                    f"{first_path} and {path} cannot be used together: {name} is {ours} in the "
                    f"first and {theirs} in the second; write both with the same settings"
                )
            together[name] = theirs if ours is None else ours
    return Signature(**together)


def _memory_map(path: Path) -> tuple[np.ndarray, tuple[int, ...]]:
    """Return the bytes of a file, and what tells it from one that takes its place later."""
    with path.open("rb") as file:
        status = os.fstat(file.fileno())
        edition = edition_of(status)
        if not status.st_size:
            return np.empty(0, np.uint8), edition
        # as a plain array, of which a slice is made in half the time
        return np.memmap(file, np.uint8, mode="r").view(np.ndarray), edition
