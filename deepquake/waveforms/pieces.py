"""The pieces of a miniSEED file, gap-free runs of records known from headers, and their samples.

A piece is placed by the time of its first sample, and ends before its clock has drifted from its
rate by a quarter of a sample. Of a long run, a piece is a part that can be read by itself.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from deepquake.core.intervals import union
from deepquake.core.report import Report
from deepquake.core.text import number_of
from deepquake.waveforms import mseed
from deepquake.waveforms.mseed import Records
from deepquake.waveforms.recording import Piece
from deepquake.waveforms.resampling import round_rate

Block = tuple[int, NDArray]  # number of the first sample on a grid, samples
Span = tuple[float, float]  # begin and end, seconds since 1970 UTC

MOST_DRIFT = 0.25  # samples
RECORDS_PER_PIECE = 2048
BREAK = 0.5  # samples between two records that make a gap or an overlap, as in libmseed
RATES_DIFFER = 1e-3  # relative
GAP_JOINED = 1 << 16  # bytes: two ranges of a file that are nearer than this are read as one
CONTEXT = 8  # samples on either side of the span asked for, to see how pieces overlap
FIRST_BYTES = 1 << 20  # of a piece, among which is its first record


def mseed_pieces(path: Path, sampling_rate_hz: float, report: Report) -> list[Piece]:
    """Return the pieces of a miniSEED file, by channel, rate and time.

    Parameters
    ----------
    path : Path
        The file.
    sampling_rate_hz : float
        The rate at which its samples are wanted.
    report : Report
        Is told what of the file is damaged or cut off.

    Returns
    -------
    list[Piece]
        The pieces, at the round rates that the rates of headers are a hair off.
    """
    records = mseed.index_file(path)
    if records.damaged:
        places = number_of(len(records.damaged), "place")
        message = f"{sum(records.damaged)} bytes in {places} are damaged or not miniSEED: left out"
        report.note(path, message)
    if records.n_left:
        report.note(path, f"is cut off: its last {records.n_left} bytes are not a whole record")
    source, header_rate = records.headers["source"], records.headers["rate_hz"]
    offset, end = records.headers["offset"], records.headers["offset"] + records.headers["length"]
    pieces = []
    for number, codes in enumerate(records.sources):
        of_source = np.flatnonzero(source == number)
        for rate_hz in np.unique(header_rate[of_source]).tolist():
            same_rate = of_source[header_rate[of_source] == rate_hz]
            rate_hz = round_rate(rate_hz, sampling_rate_hz)
            pieces += [
                Piece(
                    path=path,
                    format="MSEED",
                    codes=codes,
                    start_s=float(records.start_s[first]),
                    n_samples=n_samples,
                    rate_hz=rate_hz,
                    first_byte=int(offset[first]),
                    n_bytes=int(end[last] - offset[first]),
                )
                for layer in _layers(path, records, same_rate)
                for first, last, n_samples in _runs(records, layer, rate_hz)
            ]
    return pieces


def read_pieces(
    pieces: Sequence[Piece], positions: NDArray[np.int64], low: int, high: int
) -> tuple[list[Block], list[Span]]:
    """Return samples of a channel in a miniSEED file, in blocks of records without a gap.

    Parameters
    ----------
    pieces : Sequence[Piece]
        Pieces of the channel in the file, of one rate, sorted by start.
    positions : NDArray[np.int64]
        The numbers of their first samples on a grid of their rate.
    low, high : int
        The numbers of the first and the last sample wanted. Records are taken whole.

    Returns
    -------
    tuple[list[Block], list[Span]]
        The blocks by position, and the spans of records that cannot be decoded.
    """
    blocks: list[Block] = []
    lost: list[Span] = []
    starts, rate_hz = np.array([piece.start_s for piece in pieces]), pieces[0].rate_hz
    for first_byte, n_bytes in _byte_ranges(pieces):
        data, records, chosen = _read_range(pieces[0], first_byte, n_bytes)
        start_s, n_samples = records.start_s[chosen], records.headers["n_samples"][chosen]
        owner = np.searchsorted(starts, start_s + MOST_DRIFT / rate_hz, side="right") - 1
        position = positions[owner] + np.round((start_s - starts[owner]) * rate_hz).astype(np.int64)
        near = (position <= high + CONTEXT) & (position + n_samples > low - CONTEXT)
        near = np.flatnonzero(near & (owner >= 0))
        headers = records.headers[chosen[near]]
        kinds = mseed.SAMPLE_TYPES[headers["encoding"]]
        for part in np.split(np.arange(len(near)), np.flatnonzero(kinds[1:] != kinds[:-1]) + 1):
            samples, good = mseed.decode(data, headers[part])
            bad, part = near[part[~good]], near[part[good]]
            lost += zip(start_s[bad], start_s[bad] + n_samples[bad] / rate_hz, strict=True)
            blocks += _in_blocks(position[part], n_samples[part], samples)
    return blocks, lost


def first_samples(piece: Piece) -> NDArray:
    """Return the samples of the first record of a piece."""
    return _first_samples(piece, piece.path.stat().st_mtime_ns)


@lru_cache(maxsize=64)
def _first_samples(piece: Piece, _changed: int) -> NDArray:
    data, records, chosen = _read_range(piece, piece.first_byte, min(piece.n_bytes, FIRST_BYTES))
    return mseed.decode(data, records.headers[chosen[:1]])[0]


def _layers(path: Path, records: Records, chosen: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Return ``chosen`` sorted by time, of records that start together the longest; then the rest.

    There mostly is none, as copies of a record do not count.
    """
    chosen = _by_time(records, chosen)
    if (np.diff(records.headers["start_ns"][chosen]) > 0).all():
        return [chosen]
    chosen = _without_copies(np.memmap(path, np.uint8, "r"), records, chosen)
    start_ns = records.headers["start_ns"][chosen]
    is_first = np.diff(start_ns, prepend=start_ns[0] - 1) > 0
    return [part for part in (chosen[is_first], chosen[~is_first]) if len(part)]


def _by_time(records: Records, chosen: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return ``chosen`` sorted by time, those that start together from the longest on."""
    headers = records.headers[chosen]
    if (np.diff(headers["start_ns"]) > 0).all():
        return chosen
    return chosen[np.lexsort((headers["offset"], -headers["n_samples"], headers["start_ns"]))]


def _without_copies(
    data: NDArray[np.uint8], records: Records, chosen: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return ``chosen`` sorted by time, without copies of the record before.

    Others that start together are all kept, for their samples to be held against each other.
    """
    chosen = _by_time(records, chosen)
    headers = records.headers[chosen]
    again = np.flatnonzero(np.diff(headers["start_ns"]) == 0) + 1
    body = {
        k: data[headers["offset"][k] + mseed.AFTER_QUALITY :][
            : headers["length"][k] - mseed.AFTER_QUALITY
        ].tobytes()
        for k in np.union1d(again, again - 1).tolist()
    }
    return np.delete(chosen, [k for k in again.tolist() if body[k] == body[k - 1]])


def _runs(records: Records, chosen: NDArray, rate_hz: float) -> Iterator[tuple[int, int, int]]:
    """Yield (first, last, number of samples) of the gap-free runs of records sorted by time."""
    headers = records.headers[chosen]
    n_samples = headers["n_samples"]
    since_s = np.diff(headers["start_ns"]) / 1e9
    step = since_s * rate_hz - n_samples[:-1]
    away = np.abs(since_s * headers["rate_hz"][:-1] - n_samples[:-1])
    is_break = (away >= BREAK) | (np.diff(headers["offset"]) < 0)
    heads = np.concatenate([[0], np.flatnonzero(is_break) + 1, [len(chosen)]])
    drift = np.concatenate([[0.0], np.cumsum(np.where(is_break, 0.0, step))])
    samples = np.concatenate([[0], np.cumsum(n_samples)])
    spread = np.maximum.reduceat(drift, heads[:-1]) - np.minimum.reduceat(drift, heads[:-1])
    simple = (spread <= MOST_DRIFT) & (np.diff(heads) <= RECORDS_PER_PIECE)
    for head, following, is_simple in zip(
        heads[:-1].tolist(), heads[1:].tolist(), simple.tolist(), strict=True
    ):
        ends = [following] if is_simple else _ends(head, following, drift)
        for end in ends:
            yield int(chosen[head]), int(chosen[end - 1]), int(samples[end] - samples[head])
            head = end


def _ends(first: int, following: int, drift: NDArray[np.float64]) -> Iterator[int]:
    """Yield the ends (one past) of the parts of a run that drift little and are not too long."""
    while first < following:
        end = min(following, first + RECORDS_PER_PIECE)
        away = np.flatnonzero(np.abs(drift[first:end] - drift[first]) > MOST_DRIFT)
        first = first + int(away[0]) if len(away) else end
        yield first


def _byte_ranges(pieces: Sequence[Piece]) -> list[tuple[int, int]]:
    """Return the ranges (first byte, number of bytes) of a file that hold the pieces."""
    begins = np.array([piece.first_byte for piece in pieces])
    ranges = union(begins, begins + [piece.n_bytes for piece in pieces], GAP_JOINED)
    return [(begin, end - begin) for begin, end in ranges.tolist()]


def _read_range(
    piece: Piece, first_byte: int, n_bytes: int
) -> tuple[NDArray[np.uint8], Records, NDArray[np.int64]]:
    """Return bytes, the records in them, and which are of the piece's channel, by time."""
    data = np.fromfile(piece.path, np.uint8, count=n_bytes, offset=first_byte)
    records = mseed.index_records(data)
    of_channel = np.array([codes == piece.codes for codes in records.sources], bool)
    same_rate = np.abs(records.headers["rate_hz"] / piece.rate_hz - 1) < RATES_DIFFER
    chosen = np.flatnonzero(of_channel[records.headers["source"]] & same_rate)
    return data, records, _without_copies(data, records, chosen)


def _in_blocks(
    position: NDArray[np.int64], n_samples: NDArray[np.int64], samples: NDArray
) -> list[Block]:
    """Cut the samples of records where they do not follow upon each other."""
    edges = np.append(0, np.cumsum(n_samples)).tolist()
    breaks = np.flatnonzero(position[1:] != position[:-1] + n_samples[:-1]) + 1
    heads = np.append(np.zeros(len(position[:1]), np.int64), breaks).tolist()
    return [
        (int(position[head]), samples[edges[head] : edges[end]])
        for head, end in zip(heads, [*heads[1:], len(position)], strict=True)
    ]
