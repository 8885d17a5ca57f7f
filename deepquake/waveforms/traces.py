"""The pieces of a file that is not miniSEED, whose headers ObsPy reads, and their samples."""

import glob
import warnings
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepquake.core.errors import DeepQuakeError
from deepquake.core.report import Report
from deepquake.waveforms.filtering import round_rate
from deepquake.waveforms.parts import is_plain, parts_of, plain_samples, read_part
from deepquake.waveforms.recording import Codes, Piece

Block = tuple[int, NDArray]  # number of the first sample on a grid, samples
Trace = tuple[Codes, NDArray]  # its samples
State = tuple[int, int]  # of a file: its size and when it was changed

HEADERS_DIFFER = ("REFTEK130",)  # ObsPy finds other traces there by headers alone
MOST_DRIFT = 0.25  # samples
SMALL_BYTES = 1 << 22  # of a file: a few of these are remembered, and three larger ones
FIRST_SAMPLES = 100  # of a piece
DAY_S = 86400.0  # what begins on the first day of 1970 has no time: nobody recorded then


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
    parts = parts_of(path, format_name, traces)
    pieces, without_time = [], []
    for number, trace in enumerate(traces):
        n_samples, start_s = trace.stats.npts, trace.stats.starttime.timestamp
        header_rate = _header_rate(trace.stats)
        if abs(start_s) < DAY_S:
            without_time.append(_codes_in(trace.stats))
            continue
        rate_hz = round_rate(header_rate, sampling_rate_hz)
        drift = abs(header_rate / rate_hz - 1)
        is_long = drift * n_samples > MOST_DRIFT
        step = max(1, int(MOST_DRIFT / drift) if is_long else n_samples)
        for first in range(0, n_samples, step):
            count = min(step, n_samples - first)
            first_byte, n_bytes = parts[number] if parts else (0, 0)
            if parts and is_plain(format_name):
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
    if piece.n_bytes and is_plain(piece.format):
        part = piece.first_byte, piece.n_bytes
        samples = plain_samples(piece.path, piece.format, part, n_samples=piece.n_samples)
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
def _part(path: Path, format_name: str, part: tuple[int, int], state: State) -> Trace:
    trace = read_part(path, format_name, part)
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
