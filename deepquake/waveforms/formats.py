"""Waveform files of any format but miniSEED, as ObsPy reads them: their pieces and samples."""

import glob
import warnings
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from deepquake.core.errors import DeepQuakeError
from deepquake.waveforms.pieces import MOST_DRIFT, Block
from deepquake.waveforms.recording import Codes, Piece
from deepquake.waveforms.resampling import round_rate

if TYPE_CHECKING:
    from obspy import Stream, Trace

HEADERS_DIFFER = ("REFTEK130",)  # ObsPy finds other traces there by headers alone
UNSAFE_FORMATS = ("PICKLE",)  # reading it runs code that the file holds


def format_of(path: Path) -> str:
    """Return the name of the format in which ObsPy would read a file, or an empty string."""
    for name, is_format in _formats():
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                if is_format(str(path)):
                    return name
        except Exception:  # a test for a format may fail on a file of another
            continue
    return ""


@cache
def _formats() -> list[tuple[str, Callable[[str], bool]]]:
    """Return ObsPy's waveform formats, each with its test of a file."""
    from obspy.core.util.base import ENTRY_POINTS
    from obspy.core.util.misc import buffered_load_entry_point

    return [
        (
            name,
            buffered_load_entry_point(entry.dist.name, f"obspy.plugin.waveform.{name}", "isFormat"),
        )
        for name, entry in ENTRY_POINTS["waveform"].items()
        if name not in UNSAFE_FORMATS
    ]


def trace_pieces(path: Path, format_name: str, sampling_rate_hz: float) -> list[Piece]:
    """Return the pieces of a file, a trace after the other.

    Parameters
    ----------
    path : Path
        The file.
    format_name : str
        The name that ObsPy gives to its format.
    sampling_rate_hz : float
        The rate at which its samples are wanted.

    Returns
    -------
    list[Piece]
        The pieces, at the round rates that the rates of headers are a hair off.
    """
    pieces = []
    for number, trace in enumerate(_read(path, format_name, format_name not in HEADERS_DIFFER)):
        n_samples = trace.stats.npts
        if n_samples < 1:
            continue
        header_rate = _header_rate(trace.stats)
        rate_hz = round_rate(header_rate, sampling_rate_hz)
        drift = abs(header_rate / rate_hz - 1)
        is_long = drift * n_samples > MOST_DRIFT
        most = max(1, int(MOST_DRIFT / drift)) if is_long else n_samples
        for first in range(0, n_samples, most):
            pieces.append(
                Piece(
                    path=path,
                    format=format_name,
                    codes=_codes(trace),
                    start_s=trace.stats.starttime.timestamp + first / header_rate,
                    n_samples=min(most, n_samples - first),
                    rate_hz=rate_hz,
                    trace=number,
                    first_sample=first,
                )
            )
    return pieces


def read_traces(pieces: Sequence[Piece], positions: NDArray[np.int64]) -> list[Block]:
    """Return the samples of pieces of one file.

    Parameters
    ----------
    pieces : Sequence[Piece]
        The pieces.
    positions : NDArray[np.int64]
        The numbers of their first samples on a grid of their rate.

    Returns
    -------
    list[Block]
        A block of each.

    Raises
    ------
    DeepQuakeError
        Where a trace is not the one of its headers.
    """
    stream = _read(pieces[0].path, pieces[0].format, headonly=False)
    blocks = []
    for piece, position in zip(pieces, positions.tolist(), strict=True):
        trace = stream[piece.trace] if piece.trace < len(stream) else None
        samples = trace.data[piece.first_sample :][: piece.n_samples] if trace else []
        if trace is None or _codes(trace) != piece.codes or len(samples) < piece.n_samples:
            raise DeepQuakeError(f"trace {piece.trace + 1} is not the one of its headers")
        blocks.append((position, samples))
    return blocks


def _read(path: Path, format_name: str, headonly: bool) -> "Stream":
    from obspy import read

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return read(glob.escape(str(path)), format=format_name, headonly=headonly)


def _codes(trace: "Trace") -> Codes:
    names = ("network", "station", "location", "channel")
    return Codes(*(trace.stats[name].strip() for name in names))


def _header_rate(stats: Mapping[str, Any]) -> float:
    """Return the sampling rate of a trace; of SAC before ObsPy rounds the step to microseconds."""
    if "sac" in stats:
        return 1 / float(str(np.float32(stats["sac"]["delta"])))
    return float(stats["sampling_rate"])
