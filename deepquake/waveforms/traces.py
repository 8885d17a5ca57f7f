"""The pieces of a file that is not miniSEED, whose headers ObsPy reads, and their samples.

Files of GSE, SEISAN, SEG-Y and the like hold the traces of a whole network one after the other.
Read as a whole for each of its station streams, a file of forty stations would be decoded forty
times: where each trace lies is found first, and each is read by itself.
"""

import glob
import io
import mmap
import re
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepquake.core.errors import DeepQuakeError
from deepquake.core.report import Report
from deepquake.waveforms.filtering import round_rate
from deepquake.waveforms.formats import (
    SAC_HEADER,
    SAC_VERSION_AT,
    SEGY_FORMAT_AT,
    SEGY_HEADER,
    SEGY_TEXTS_AT,
    TRACE_HEADER,
)
from deepquake.waveforms.recording import Codes, Piece

Block = tuple[int, NDArray]  # number of the first sample on a grid, samples
Trace = tuple[Codes, NDArray]  # its samples
Part = tuple[int, int]  # the first byte of a trace, or of its samples, and the number of bytes
State = tuple[int, int]  # of a file: its size and when it was changed

MARKS = {  # what each trace begins with, at the start of a line
    "GSE1": rb"WID1 ",
    "GSE2": rb"WID2 [ \d]{4}/",
    "SLIST": rb"TIMESERIES ",
    "TSPAIR": rb"TIMESERIES ",
    "SH_ASC": rb"DELTA:",
}
SAC_VERSION = slice(SAC_VERSION_AT, SAC_VERSION_AT + 4)
SEISAN_LINE, SEISAN_CHANNELS, LEAST_SEISAN_LINES = 80, slice(30, 33), 10
SEGY_FORMAT = slice(SEGY_FORMAT_AT, SEGY_FORMAT_AT + 2)
SEGY_TEXTS = slice(SEGY_TEXTS_AT, SEGY_TEXTS_AT + 2)
SEGY_SAMPLE_BYTES = {1: 4, 2: 4, 3: 2, 5: 4, 8: 1}  # of the formats that ObsPy reads

GSE_DATA, GSE_CHECK = b"\nDAT", b"\nCHK"  # the lines around the samples of a trace of GSE
GSE_LETTERS = (  # of samples, as numbers or packed (CM6), and of the rest of the line DAT
    b"0123456789+- \r\nABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)
GSE_LONG_LINE = re.compile(rb"\n(?!WID|STA)[^\n]{82}")

HEADERS_DIFFER = ("REFTEK130",)  # ObsPy finds other traces there by headers alone
MOST_DRIFT = 0.25  # samples
MOST_AT_ONCE = 1 << 18  # samples that are read from the middle of a trace, where that can be done
SMALL_BYTES = 1 << 22  # of a file: a few of these are remembered, and three larger ones
FIRST_SAMPLES = 100  # of a piece
FIRST_DAY_S = 86400.0  # what begins on the first day of 1970 has no time: nobody recorded then


def trace_pieces(
    path: Path, format_name: str, sampling_rate_hz: float, report: Report
) -> list[Piece]:
    """Return the pieces of a file.

    Parameters
    ----------
    path : Path
        The file.
    format_name : str
        ObsPy's name of its format.
    sampling_rate_hz : float
        The rate at which its samples are wanted.
    report : Report
        Is told of traces without a time.

    Returns
    -------
    list[Piece]
        The pieces, at the round rates that the rates of headers are a hair off.

    Raises
    ------
    DeepQuakeError
        Where no trace tells its time.
    """
    traces = _traces(path, format_name, format_name not in HEADERS_DIFFER)
    parts = _parts_of(path, format_name, traces)
    pieces, without_time = [], []
    for number, trace in enumerate(traces):
        n_samples, start_s = trace.stats.npts, trace.stats.starttime.timestamp
        header_rate = _header_rate(trace.stats)
        if abs(start_s) < FIRST_DAY_S:
            without_time.append(_codes_in(trace.stats))
            continue
        rate_hz = round_rate(header_rate, sampling_rate_hz)
        drift = abs(header_rate / rate_hz - 1)
        is_long = drift * n_samples > MOST_DRIFT
        step = max(1, int(MOST_DRIFT / drift) if is_long else n_samples)
        is_plain = bool(parts) and _has_plain_samples(format_name)
        step = min(step, MOST_AT_ONCE) if is_plain else step
        for first in range(0, n_samples, step):
            count = min(step, n_samples - first)
            first_byte, n_bytes = parts[number] if parts else (0, 0)
            if is_plain:
                width = n_bytes // n_samples
                first_byte, n_bytes = first_byte + first * width, count * width
            pieces.append(
                Piece(
                    path=path,
                    format=format_name,
                    codes=_codes_in(trace.stats),
                    start_s=start_s + first / header_rate,
                    n_samples=count,
                    rate_hz=rate_hz,
                    first_byte=first_byte,
                    n_bytes=n_bytes,
                    trace=number,
                    first_sample=first,
                )
            )
    if without_time and not pieces:
        raise DeepQuakeError("tells no time")
    for codes in dict.fromkeys(without_time):
        report.skip(path, f"channel {codes}: tells no time")
    return pieces


def read_traces(pieces: Sequence[Piece], positions: NDArray[np.int64]) -> list[Block]:
    """Return the samples of pieces, each as a block.

    Parameters
    ----------
    pieces : Sequence[Piece]
        Pieces of one file.
    positions : NDArray[np.int64]
        The numbers of their first samples on a grid of their rate.

    Raises
    ------
    DeepQuakeError
        Where a trace is not the one of its headers.
    """
    state = _state_of(pieces[0].path)
    found = [_samples_of(piece, state) for piece in pieces]
    return list(zip(positions.tolist(), found, strict=True))


def first_of_trace(piece: Piece) -> NDArray:
    """Return the first hundred samples of a piece."""
    return _first_of_trace(piece, _state_of(piece.path))


@lru_cache(maxsize=64)
def _first_of_trace(piece: Piece, state: State) -> NDArray:
    return _samples_of(piece, state)[:FIRST_SAMPLES].copy()


def _samples_of(piece: Piece, state: State) -> NDArray:
    if piece.n_bytes and _has_plain_samples(piece.format):
        part = piece.first_byte, piece.n_bytes
        samples = _plain_samples(piece.path, piece.format, part, n_samples=piece.n_samples)
    else:
        if piece.n_bytes:
            part = piece.first_byte, piece.n_bytes
            traces, number = [_part(piece.path, piece.format, part, state)], 0
        else:
            read = _few_traces if state[0] > SMALL_BYTES else _many_traces
            traces, number = read(piece.path, piece.format, state), piece.trace
        samples = np.empty(0)
        if number < len(traces) and traces[number][0] == piece.codes:
            samples = traces[number][1][piece.first_sample :][: piece.n_samples]
    if len(samples) < piece.n_samples:
        raise DeepQuakeError(f"trace {piece.trace + 1} is not the one of its headers")
    return samples


@lru_cache(maxsize=3)  # the components of a station, the next hours of which are read next
def _part(path: Path, format_name: str, part: Part, state: State) -> Trace:
    trace = _read_part(path, format_name, part)
    return _codes_in(trace.stats), trace.data


def _traces_in_state(path: Path, format_name: str, state: State) -> list[Trace]:
    read = _traces(path, format_name, headonly=False)
    return [(_codes_in(trace.stats), trace.data) for trace in read]


_few_traces = lru_cache(maxsize=3)(_traces_in_state)
_many_traces = lru_cache(maxsize=12)(_traces_in_state)


def _state_of(path: Path) -> State:
    stat = path.stat()
    return stat.st_size, stat.st_mtime_ns


def _traces(path: Path, format_name: str, headonly: bool) -> Any:
    from obspy import read

    if format_name.startswith("GSE") and not headonly:
        _check_gse(path.read_bytes())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return read(
            glob.escape(str(path)), format=format_name, headonly=headonly, check_compression=False
        )


def _codes_in(stats: Mapping[str, Any]) -> Codes:
    return Codes(*(stats[name].strip() for name in ("network", "station", "location", "channel")))


def _header_rate(stats: Mapping[str, Any]) -> float:
    """Return the sampling rate of a trace; of SAC before ObsPy rounds the step to microseconds."""
    if "sac" in stats:
        return 1 / float(str(np.float32(stats["sac"]["delta"])))
    return float(stats["sampling_rate"])


def _parts_of(path: Path, format_name: str, traces: Sequence[Any]) -> list[Part]:
    """Return where the traces of a file are; nothing where they cannot be read one by one.

    ``traces`` is what ObsPy reads from its headers: all of them, in the order of the file.
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


def _has_plain_samples(format_name: str) -> bool:
    """Tell whether the parts of a format are samples as they are in memory, without a header."""
    return format_name in ("SAC", "SEISAN")


def _plain_samples(path: Path, format_name: str, part: Part, n_samples: int) -> NDArray:
    """Return the samples of a part of a file of a plain format; fewer where it has ended."""
    with path.open("rb") as file:
        head = file.read(SAC_HEADER)
        file.seek(part[0])
        content = file.read(part[1])
    if format_name == "SAC":
        dtype = np.dtype(f"{_sac_order(head)}f4")
    else:
        order, _ = _seisan_markers(head)
        dtype = np.dtype(f"{order}i{part[1] // n_samples}")
    whole = len(content) // dtype.itemsize * dtype.itemsize
    return np.frombuffer(content[:whole], dtype).astype(dtype.newbyteorder("="))


def _read_part(path: Path, format_name: str, part: Part) -> Any:
    """Return the trace that ObsPy reads from a part of a file."""
    from obspy import read

    first, n_bytes = part
    with path.open("rb") as file:
        head = file.read(SEGY_HEADER) if format_name == "SEGY" else b""
        file.seek(first)
        content = head + file.read(n_bytes)
    if format_name.startswith("GSE"):
        _check_gse(content)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return read(io.BytesIO(content), format=format_name)[0]


def _check_gse(content: bytes) -> None:
    """Look at samples of GSE before ObsPy's decoder, which damage makes crash with all of Python.

    It looks letters up in a table without bounds, has room for lines of 82 letters, and reads on
    where a file ends before its samples do.

    Raises DeepQuakeError where they are damaged.
    """
    for part in content.split(GSE_DATA)[1:]:
        samples, check, _ = part.partition(GSE_CHECK)
        if not check or samples.translate(None, GSE_LETTERS):
            raise DeepQuakeError("its samples are damaged, or end too early")
    if b"CM6" in content and GSE_LONG_LINE.search(content):
        raise DeepQuakeError("a line is too long for GSE: the file is damaged")


def _marked(mark: bytes) -> Callable[[mmap.mmap, Sequence[int]], Iterator[Part]]:
    pattern = re.compile(rb"\n(?:%s)" % mark)  # found faster than a mark behind the start of a line

    def find(content: mmap.mmap, n_samples: Sequence[int]) -> Iterator[Part]:
        later = [match.start() + 1 for match in pattern.finditer(content)]
        if not re.match(mark, content):  # other lines come first
            later = later[1:]
        yield from ((first, end - first) for first, end in pairwise([0, *later, len(content)]))

    return find


def _sac_parts(content: mmap.mmap, n_samples: Sequence[int]) -> Iterator[Part]:
    yield SAC_HEADER, 4 * n_samples[0]


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
            return _in_a_row(len(content), SEGY_HEADER, width=width, n_samples=n_samples)
    raise ValueError


def _su_parts(content: mmap.mmap, n_samples: Sequence[int]) -> Iterator[Part]:
    return _in_a_row(len(content), 0, width=4, n_samples=n_samples)


def _in_a_row(size: int, first: int, width: int, n_samples: Sequence[int]) -> Iterator[Part]:
    ends = first + np.cumsum(TRACE_HEADER + width * np.array(n_samples, np.int64))
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
