"""The pieces of a file that is not miniSEED, which ObsPy reads as a whole, and their samples."""

import glob
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepquake.core.errors import DeepQuakeError
from deepquake.waveforms.filtering import round_rate
from deepquake.waveforms.recording import Codes, Piece

Block = tuple[int, NDArray]  # number of the first sample on a grid, samples

HEADERS_DIFFER = ("REFTEK130",)  # ObsPy finds other traces there by headers alone
MOST_DRIFT = 0.25  # samples


def trace_pieces(path: Path, format_name: str, sampling_rate_hz: float) -> list[Piece]:
    pieces = []
    for number, trace in enumerate(_traces(path, format_name, format_name not in HEADERS_DIFFER)):
        n_samples, header_rate = trace.stats.npts, _header_rate(trace.stats)
        rate_hz = round_rate(header_rate, sampling_rate_hz)
        drift = abs(header_rate / rate_hz - 1)
        is_long = drift * n_samples > MOST_DRIFT
        step = max(1, int(MOST_DRIFT / drift) if is_long else n_samples)
        pieces += [
            Piece(
                path=path,
                format=format_name,
                codes=_codes_in(trace.stats),
                start_s=trace.stats.starttime.timestamp + first / header_rate,
                n_samples=min(step, n_samples - first),
                rate_hz=rate_hz,
                trace=number,
                first_sample=first,
            )
            for first in range(0, n_samples, step)
        ]
    return pieces


def read_traces(pieces: Sequence[Piece], positions: NDArray[np.int64]) -> list[Block]:
    traces = list(_traces(pieces[0].path, pieces[0].format, headonly=False))
    blocks = []
    for piece, position in zip(pieces, positions.tolist(), strict=True):
        samples: NDArray = np.empty(0)
        if piece.trace < len(traces) and _codes_in(traces[piece.trace].stats) == piece.codes:
            samples = traces[piece.trace].data[piece.first_sample :][: piece.n_samples]
        if len(samples) < piece.n_samples:
            raise DeepQuakeError(f"trace {piece.trace + 1} is not the one of its headers")
        blocks.append((position, samples))
    return blocks


def _traces(path: Path, format_name: str, headonly: bool) -> Any:
    from obspy import read

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return read(glob.escape(str(path)), format=format_name, headonly=headonly)


def _codes_in(stats: Mapping[str, Any]) -> Codes:
    return Codes(*(stats[name].strip() for name in ("network", "station", "location", "channel")))


def _header_rate(stats: Mapping[str, Any]) -> float:
    """Return the sampling rate of a trace; of SAC before ObsPy rounds the step to microseconds."""
    if "sac" in stats:
        return 1 / float(str(np.float32(stats["sac"]["delta"])))
    return float(stats["sampling_rate"])
