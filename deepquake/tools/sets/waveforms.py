"""The samples of a data set in SeisBench's format: waveforms.hdf5, or that of each chunk."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepquake.core.errors import DeepQuakeError
from deepquake.core.report import Report
from deepquake.tools.sets.metadata import SAMPLES_NAME, DataFormat, SetTrace

ARRAY_BYTES = 1 << 25  # of an array, read together
INDEX = re.compile(r"-?\d+")
SLICE = re.compile(r"(-?\d*):(-?\d*)(?::(-?\d*))?")


def waveforms_path(folder: Path, chunk: str) -> Path:
    """Return where the samples of a chunk are."""
    return folder / f"{SAMPLES_NAME}{chunk}.hdf5"


def read_format(path: Path) -> DataFormat:
    """Return what a file of samples says of all its traces.

    Raises DeepQuakeError where it is not HDF5, or holds no samples.
    """
    import h5py

    try:
        with h5py.File(path, "r") as file:
            if "data" not in file:
                raise DeepQuakeError(f"{path}: holds no group 'data', in which samples are")
            told = file.get("data_format") or {}
            values = {key: _plain(told[key][()]) for key in told}
    except OSError as error:
        raise DeepQuakeError(f"{path}: cannot be read as HDF5: {error}") from None
    order = str(values.get("dimension_order") or "CW").upper().replace("N", "", 1)
    if order not in ("CW", "WC", "W"):
        raise DeepQuakeError(f"{path}: the order of its dimensions is '{order}', not CW, WC or W")
    rate_hz = float(values.get("sampling_rate") or 0.0)
    return DataFormat(order, str(values.get("component_order") or "").upper(), rate_hz)


def fill_lengths(path: Path, traces: Iterable[SetTrace], dimension_order: str) -> None:
    """Look up in the file how many samples those traces have whose table does not tell.

    Parameters
    ----------
    path : Path
        The file of samples.
    traces : iterable of SetTrace
        Those in it; ``n_samples`` is changed where it is 0.
    dimension_order : str
        CW, WC or W.
    """
    import h5py

    unknown = [trace for trace in traces if not trace.n_samples]
    if not unknown:
        return
    axis = dimension_order.index("W") - len(dimension_order)
    with h5py.File(path, "r") as file:
        for trace in unknown:
            array = file["data"].get(trace.block)
            if array is not None and array.ndim >= -axis:
                trace.n_samples = array.shape[axis]


def read_samples(
    path: Path, traces: Iterable[SetTrace], dimension_order: str, report: Report
) -> Iterator[tuple[SetTrace, NDArray]]:
    """Yield the samples of traces in the order of the file, some megabytes in memory at a time.

    Parameters
    ----------
    path : Path
        The file of samples.
    traces : iterable of SetTrace
        Those in it.
    dimension_order : str
        CW, WC or W.
    report : Report
        Is told which cannot be read.

    Yields
    ------
    SetTrace and numpy.ndarray
        The trace and its samples (components, samples), as they are stored.
    """
    import h5py

    by_block: dict[str, list[SetTrace]] = defaultdict(list)
    for trace in traces:
        by_block[trace.block].append(trace)
    with h5py.File(path, "r") as file:
        arrays = file["data"]
        for block, within in by_block.items():
            try:
                if block not in arrays:
                    raise KeyError("there are no such samples")
                for trace, samples in _of_block(arrays[block], within):
                    samples = samples[np.newaxis] if samples.ndim == 1 else samples
                    if samples.ndim != 2 or samples.dtype.kind not in "iuf":
                        report.skip(path, f"{block}${trace.place}: is no trace of samples")
                        continue
                    yield trace, samples.T if dimension_order == "WC" else samples
            except (OSError, KeyError, IndexError, ValueError) as error:
                why = error.args[0] if error.args else error
                report.skip(path, f"{block} cannot be read: {why}")


def _of_block(array: Any, traces: Sequence[SetTrace]) -> Iterator[tuple[SetTrace, NDArray]]:
    """Yield the samples of the traces of one array; rows that follow are read together."""
    rows: list[tuple[int, tuple[int | slice, ...], SetTrace]] = []
    for trace in traces:
        first, *others = place = parse_place(trace.place)
        if isinstance(first, int) and first >= 0:
            rows.append((first, tuple(others), trace))
        else:
            yield trace, array[place]
    rows.sort(key=lambda row: row[0])
    each = array.dtype.itemsize * int(np.prod(array.shape[1:]))
    at_once = max(1, ARRAY_BYTES // max(1, each))
    number = 0
    while number < len(rows):
        begin, end = rows[number][0], number
        while end < len(rows) and rows[end][0] < begin + at_once:
            end += 1
        together = array[begin : rows[end - 1][0] + 1]
        for row, place, trace in rows[number:end]:
            yield trace, together[row - begin][place]
        number = end


def parse_place(text: str) -> tuple[int | slice, ...]:
    """Return the indices of a place such as ``12,:3,:6000``; of an empty one everything.

    Raises ValueError where it is none.
    """
    found: list[int | slice] = []
    for part in text.replace(" ", "").split(",") if text else ():
        if INDEX.fullmatch(part):
            found.append(int(part))
        elif match := SLICE.fullmatch(part):
            found.append(slice(*(int(number) if number else None for number in match.groups())))
        else:
            raise ValueError(f"'{text}' is no place in an array")
    return tuple(found) or (slice(None),)


def _plain(value: Any) -> Any:
    """Return a value of HDF5 as text or number; a list of letters is a text."""
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    if isinstance(value, np.ndarray) and value.ndim:
        return "".join(str(_plain(item)) for item in value.tolist())
    return value
