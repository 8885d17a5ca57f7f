"""Where in a file each trace lies, so that one can be read without the others.

Files of GSE, SEISAN, SEG-Y and the like hold the traces of a whole network one after the other.
Read as a whole for each of its station streams, a file of forty stations would be decoded forty
times.
"""

import io
import mmap
import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Part = tuple[int, int]  # the first byte of a trace, or of its samples, and the number of bytes

MARKS = {  # what each trace begins with, at the start of a line
    "GSE1": rb"WID1 ",
    "GSE2": rb"WID2 [ \d]{4}/",
    "SLIST": rb"TIMESERIES ",
    "TSPAIR": rb"TIMESERIES ",
    "SH_ASC": rb"DELTA:",
}
SAC_HEADER_BYTES, SAC_VERSION = 632, slice(304, 308)
SEISAN_LINE, SEISAN_CHANNELS, LEAST_SEISAN_LINES = 80, slice(30, 33), 10
SEGY_HEADER_BYTES, SEGY_FORMAT, SEGY_TEXTS = 3600, slice(3224, 3226), slice(3504, 3506)
SEGY_SAMPLE_BYTES = {1: 4, 2: 4, 3: 2, 5: 4, 8: 1}  # of the formats that ObsPy reads
TRACE_HEADER_BYTES = 240  # of SEG-Y and SU


def parts_of(path: Path, format_name: str, traces: Sequence[Any]) -> list[Part]:
    """Return where the traces of a file are; nothing where they cannot be read one by one.

    Parameters
    ----------
    path : Path
        The file.
    format_name : str
        ObsPy's name of its format.
    traces : sequence of obspy.Trace
        What ObsPy reads from its headers, all traces in the order of the file.
    """
    find = FINDERS.get(format_name)
    if find is None or not traces or not path.stat().st_size:
        return []
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        try:
            parts = list(find(content, [trace.stats.npts for trace in traces]))
        except (ValueError, IndexError, KeyError):  # the file is not quite as its format is
            return []
    return parts if len(parts) == len(traces) else []


def is_plain(format_name: str) -> bool:
    """Tell whether the parts of a format are samples as they are in memory, without a header."""
    return format_name in ("SAC", "SEISAN")


def plain_samples(path: Path, format_name: str, part: Part, n_samples: int) -> NDArray:
    """Return the samples of a part of a file whose format ``is_plain``; fewer where it has ended.

    Parameters
    ----------
    path : Path
        The file.
    format_name : str
        ObsPy's name of its format.
    part : Part
        The samples asked for.
    n_samples : int
        How many these are.

    Returns
    -------
    NDArray
        float32, or whole numbers.
    """
    with path.open("rb") as file:
        head = file.read(SAC_HEADER_BYTES)
        file.seek(part[0])
        content = file.read(part[1])
    if format_name == "SAC":
        dtype = np.dtype(f"{_sac_order(head)}f4")
    else:
        order, _ = _seisan_markers(head)
        dtype = np.dtype(f"{order}i{part[1] // n_samples}")
    whole = len(content) // dtype.itemsize * dtype.itemsize
    return np.frombuffer(content[:whole], dtype).astype(dtype.newbyteorder("="))


def read_part(path: Path, format_name: str, part: Part) -> Any:
    """Return the trace that ObsPy reads from a part of a file.

    Parameters
    ----------
    path : Path
        The file.
    format_name : str
        ObsPy's name of its format.
    part : Part
        One of ``parts_of``.

    Returns
    -------
    obspy.Trace
        The trace.
    """
    from obspy import read

    first, n_bytes = part
    with path.open("rb") as file:
        head = file.read(SEGY_HEADER_BYTES) if format_name == "SEGY" else b""
        file.seek(first)
        content = head + file.read(n_bytes)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return read(io.BytesIO(content), format=format_name)[0]


def _marked(mark: bytes) -> Callable[[mmap.mmap, Sequence[int]], Iterator[Part]]:
    pattern = re.compile(rb"\n(?:%s)" % mark)  # found faster than a mark behind the start of a line

    def find(content: mmap.mmap, n_samples: Sequence[int]) -> Iterator[Part]:
        later = [match.start() + 1 for match in pattern.finditer(content)]
        if not re.match(mark, content):  # other lines come first
            later = later[1:]
        yield from ((first, end - first) for first, end in pairwise([0, *later, len(content)]))

    return find


def _sac_parts(content: mmap.mmap, n_samples: Sequence[int]) -> Iterator[Part]:
    yield SAC_HEADER_BYTES, 4 * n_samples[0]


def _sac_order(head: bytes) -> str:
    return "<" if 0 < int.from_bytes(head[SAC_VERSION], "little") < 1 << 16 else ">"


def _seisan_parts(content: mmap.mmap, n_samples: Sequence[int]) -> Iterator[Part]:
    """Walk through the records of Fortran: each has its number of bytes before and behind it."""
    order, width = _seisan_markers(content[: 2 * SEISAN_LINE])
    at = 0

    def record() -> Part:
        nonlocal at
        n_bytes = int.from_bytes(content[at : at + width], "little" if order == "<" else "big")
        first, at = at + width, at + 2 * width + n_bytes
        if at > len(content) or content[at - width : at] != content[first - width : first]:
            raise ValueError
        return first, n_bytes

    first, _ = record()
    n_channels = int(content[first : first + SEISAN_LINE][SEISAN_CHANNELS])
    for _ in range(1 + max(LEAST_SEISAN_LINES, -(-n_channels // 3))):
        record()
    for number in range(n_channels):
        record()
        first, n_bytes = record()
        if n_bytes not in (2 * n_samples[number], 4 * n_samples[number], 8 * n_samples[number]):
            raise ValueError
        yield first, n_bytes


def _seisan_markers(head: bytes) -> tuple[str, int]:
    """Return byte order and width of the numbers around records, the first of which is a line."""
    behind = {width: head[width + SEISAN_LINE : 2 * width + SEISAN_LINE] for width in (8, 4)}
    for width, mark in behind.items():
        if head[:width] == mark == SEISAN_LINE.to_bytes(width, "little"):
            return "<", width
        if head[:width] == mark == SEISAN_LINE.to_bytes(width, "big"):
            return ">", width
    raise ValueError


def _segy_parts(content: mmap.mmap, n_samples: Sequence[int]) -> Iterator[Part]:
    for order in ("big", "little"):
        code = int.from_bytes(content[SEGY_FORMAT], order)
        if code in SEGY_SAMPLE_BYTES and not any(content[SEGY_TEXTS]):
            width = SEGY_SAMPLE_BYTES[code]
            return _in_a_row(len(content), SEGY_HEADER_BYTES, width=width, n_samples=n_samples)
    raise ValueError


def _su_parts(content: mmap.mmap, n_samples: Sequence[int]) -> Iterator[Part]:
    return _in_a_row(len(content), 0, width=4, n_samples=n_samples)


def _in_a_row(size: int, first: int, width: int, n_samples: Sequence[int]) -> Iterator[Part]:
    ends = first + np.cumsum(TRACE_HEADER_BYTES + width * np.array(n_samples, np.int64))
    if ends[-1] != size:
        raise ValueError
    yield from ((begin, end - begin) for begin, end in pairwise([first, *ends.tolist()]))


FINDERS: dict[str, Callable[[mmap.mmap, Sequence[int]], Iterator[Part]]] = {
    **{name: _marked(mark) for name, mark in MARKS.items()},
    "SAC": _sac_parts,
    "SEISAN": _seisan_parts,
    "SEGY": _segy_parts,
    "SU": _su_parts,
}
