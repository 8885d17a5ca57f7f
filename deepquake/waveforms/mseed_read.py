"""Samples of miniSEED records, thousands of records at a time.

ObsPy's decoder (libmseed) is fast, but makes a Trace of every run between two gaps. Here the gaps
are known already, from ``mseed_index``: the records of a channel are given times that follow upon
each other, decoded as one run, and the samples are then put where they belong.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from obspy.io.mseed.core import _read_mseed

from deepquake.waveforms.mseed_index import (
    SMALL_FILE,
    Records,
    blockette_1000,
    index_file,
    index_records,
)
from deepquake.waveforms.recording import Piece

Block = tuple[int, NDArray]  # number of the first sample on the grid, samples

GAP_JOINED = 1 << 16  # bytes: two ranges of a file that are nearer than this are read as one
QUALITY = 6  # byte of a record; those in front of it are its number in the file
CONTEXT = 8  # samples on either side of the span asked for, to see how pieces overlap
YEAR_2000 = np.datetime64("2000-01-01", "s")


@dataclass(frozen=True)
class Found:
    """Records of one channel, in order of position: their bytes (n, record_length) and headers.

    ``position`` is the number of each one's first sample on a grid, ``numbers`` those of the
    records in the file ``path``.
    """

    rows: NDArray[np.uint8]
    n_samples: NDArray[np.int64]
    encoding: NDArray[np.uint8]
    position: NDArray[np.int64]
    path: Path
    numbers: NDArray[np.int64]

    def kind(self) -> tuple[int, int] | None:
        """Return record length and encoding, by which they are decoded; None: more than one."""
        one = (self.encoding == self.encoding[0]).all()
        return (self.rows.shape[1], int(self.encoding[0])) if one else None


def find_records(
    path: Path,
    pieces: Sequence[Piece],
    positions: NDArray[np.int64],
    low: int,
    high: int,
) -> list[Found]:
    """Return the records that hold samples ``low`` to ``high`` (on a grid) of one channel.

    ``pieces`` are of one channel in one file, sorted by start; ``positions`` are the numbers of
    their first samples on a grid of the pieces' rate.
    """
    every: list[Found] = []
    starts = np.array([piece.start_s for piece in pieces])
    rate = pieces[0].rate_hz
    for first_byte, n_bytes in byte_ranges(pieces):
        data, records, chosen = _read_range(path, first_byte, n_bytes, pieces[0])
        if records is None:
            continue
        owner = np.searchsorted(starts, records.start_s[chosen] + 0.25 / rate, side="right") - 1
        chosen, owner = chosen[owner >= 0], owner[owner >= 0]
        since = np.round((records.start_s[chosen] - starts[owner]) * rate).astype(np.int64)
        position = positions[owner] + since
        near = (position <= high + CONTEXT) & (position + records.n_samples[chosen] > low - CONTEXT)
        chosen = chosen[near]
        if len(chosen):
            every.append(
                Found(
                    _rows(data, records, chosen),
                    records.n_samples[chosen],
                    records.encoding[chosen],
                    position[near],
                    path,
                    chosen,
                )
            )
    return every


def decode_found(every: Sequence[Found]) -> list[Block]:
    """Return the samples of records in blocks: runs of whole records, in order of position.

    A record that cannot be decoded is NaN. Those of many files are decoded at once.
    """
    if len(every) == 1:
        samples = _small_file_samples(every[0].path, every[0].numbers)
        if samples is not None:
            return _in_blocks(every[0], samples)
    blocks: list[Block] = []
    for kind, group in groupby(every, Found.kind):
        same = list(group)
        if kind is None:
            for found in same:
                blocks += _decode_in_order(found)
        else:
            names = ("rows", "n_samples", "encoding", "position")
            columns = {
                name: np.concatenate([getattr(found, name) for found in same]) for name in names
            }
            blocks += _decode_in_order(replace(same[0], **columns))
    return blocks


def first_samples(piece: Piece) -> NDArray:
    """Return the samples of the first record of a piece."""
    return _first_samples(piece, piece.path.stat().st_mtime_ns)


@lru_cache(maxsize=64)
def _first_samples(piece: Piece, _changed: int) -> NDArray:
    n_bytes = min(piece.n_bytes, 1 << 20)
    data, records, chosen = _read_range(piece.path, piece.first_byte, n_bytes, piece)
    if records is None or not len(chosen):
        return np.empty(0)
    samples = _small_file_samples(piece.path, chosen[:1])
    if samples is None:
        samples = decode(_rows(data, records, chosen[:1]), records.n_samples[chosen[:1]])
    return samples


def _read_range(
    path: Path, first_byte: int, n_bytes: int, piece: Piece
) -> tuple[NDArray[np.uint8], Records | None, NDArray[np.int64]]:
    """Return bytes, the records in them, and the numbers of those of the piece's channel there.

    Of a small file all bytes are read, and the index that is there already is used.
    """
    if path.stat().st_size > SMALL_FILE:
        data = np.fromfile(path, np.uint8, count=n_bytes, offset=first_byte)
        records = index_records(data)
        chosen = _records_of(data, records, piece) if records else np.empty(0, np.int64)
        return data, records, chosen
    data, records = np.fromfile(path, np.uint8), index_file(path)
    if records is None:
        return data, None, np.empty(0, np.int64)
    within = (records.offset >= first_byte) & (records.offset < first_byte + n_bytes)
    return data, records, _records_of(data, records, piece, within)


def byte_ranges(pieces: Sequence[Piece]) -> list[tuple[int, int]]:
    """Return the ranges (first byte, number of bytes) of a file that hold the pieces."""
    spans = np.array([(p.first_byte, p.first_byte + p.n_bytes) for p in pieces])
    spans = spans[np.argsort(spans[:, 0], kind="stable")]
    ends = np.maximum.accumulate(spans[:, 1])
    breaks = np.flatnonzero(spans[1:, 0] > ends[:-1] + GAP_JOINED) + 1
    firsts = spans[np.concatenate([[0], breaks]), 0]
    lasts = ends[np.concatenate([breaks - 1, [len(ends) - 1]])]
    return [(int(a), int(b - a)) for a, b in zip(firsts, lasts, strict=True)]


def decode(rows: NDArray[np.uint8], n_samples: NDArray[np.int64]) -> NDArray:
    """Return the samples of records (n, record_length), one after the other.

    The times in ``rows`` are overwritten. Records that hold not what their headers say are NaN.
    """
    expected = int(n_samples.sum())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            _make_contiguous(rows, n_samples)
            traces = _read_mseed(rows.reshape(-1).view(np.int8), reclen=rows.shape[1])
        except Exception:  # libmseed says in many ways that a record is damaged
            traces = []
    if len(traces) == 1 and len(traces[0].data) == expected:
        return traces[0].data
    if len(rows) == 1:
        return np.full(expected, np.nan, np.float32)
    half = len(rows) // 2
    return np.concatenate(
        [decode(rows[:half], n_samples[:half]), decode(rows[half:], n_samples[half:])]
    )


def _records_of(
    data: NDArray[np.uint8],
    records: Records,
    piece: Piece,
    within: NDArray[np.bool_] | None = None,
) -> NDArray[np.int64]:
    """Return the numbers of the records of a piece's channel and rate, no copies, by time."""
    key = (piece.network, piece.station, piece.location, piece.channel)
    if key not in records.ids:
        return np.empty(0, np.int64)
    chosen = np.flatnonzero(records.source == records.ids.index(key))
    if within is not None:
        chosen = chosen[within[chosen]]
    chosen = chosen[np.abs(records.rate_hz[chosen] / piece.rate_hz - 1) < 1e-3]
    return _without_copies(data, records, chosen)


def layers(path: Path, records: Records, chosen: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Return ``chosen`` sorted by time, of records that start together the longest; then the rest.

    There mostly is none, as copies of a record do not count.
    """
    chosen = _by_time(records, chosen)
    if (np.diff(records.start_s[chosen]) > 0).all():
        return [chosen]
    chosen = _without_copies(np.memmap(path, np.uint8, "r"), records, chosen)
    is_first = np.diff(records.start_s[chosen], prepend=-np.inf) > 0
    return [part for part in (chosen[is_first], chosen[~is_first]) if len(part)]


def _by_time(records: Records, chosen: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return ``chosen`` sorted by time, those that start together from the longest on."""
    start_s, n_samples = records.start_s[chosen], records.n_samples[chosen]
    if (np.diff(start_s) > 0).all():
        return chosen
    return chosen[np.lexsort((records.offset[chosen], -n_samples, start_s))]


def _without_copies(
    data: NDArray[np.uint8], records: Records, chosen: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return ``chosen`` sorted by time, without copies of the record before.

    Others that start together are all kept, for their samples to be held against each other.
    """
    chosen = _by_time(records, chosen)
    again = np.flatnonzero(np.diff(records.start_s[chosen]) == 0) + 1
    if not len(again):
        return chosen
    rows, before = (_rows(data, records, chosen[k])[:, QUALITY + 1 :] for k in (again, again - 1))
    return np.delete(chosen, again[(rows == before).all(axis=1)])


def _small_file_samples(path: Path, numbers: NDArray[np.int64]) -> NDArray[np.int32] | None:
    """Return the samples of some records, None where ``_decode_small_file`` is not for the file."""
    stat = path.stat()
    decoded = None
    if stat.st_size <= SMALL_FILE:
        decoded = _decode_small_file(path, stat.st_size, stat.st_mtime_ns, stat.st_ino)
    if decoded is None:
        return None
    samples, ends, n_samples = decoded
    ranges = zip((ends - n_samples)[numbers].tolist(), ends[numbers].tolist(), strict=True)
    return np.concatenate([samples[first:end] for first, end in ranges])


@lru_cache(maxsize=2)
def _decode_small_file(
    path: Path, *_state: int
) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int64]] | None:
    """Return the samples of all records of a file, the end of each, and how many each has.

    All channels are decoded at once, which for one record takes as long as for twenty. Only for
    undamaged files of whole numbers; None otherwise.
    """
    records = index_file(path)
    if records is None or (records.encoding != records.encoding[0]).any():
        return None
    rows = _rows(np.fromfile(path, np.uint8), records, np.arange(len(records.offset)))
    samples = decode(rows, records.n_samples)
    if samples.dtype.kind != "i":  # a damaged record is NaN
        return None
    return samples, np.cumsum(records.n_samples), records.n_samples


def _decode_in_order(found: Found) -> list[Block]:
    change = np.flatnonzero(np.diff(found.encoding)) + 1
    rows, numbers = np.split(found.rows, change), np.split(found.n_samples, change)
    parts = [decode(some, n_samples) for some, n_samples in zip(rows, numbers, strict=True)]
    return _in_blocks(found, np.concatenate(parts) if len(parts) > 1 else parts[0])


def _in_blocks(found: Found, samples: NDArray) -> list[Block]:
    """Cut the samples of records where they do not follow upon each other."""
    ends = np.cumsum(found.n_samples)
    firsts = ends - found.n_samples
    breaks = np.flatnonzero(np.diff(found.position - firsts)) + 1
    heads = np.concatenate([[0], breaks])
    begins = firsts[heads]
    finals = np.append(begins[1:], len(samples))
    return [
        (p, samples[a:b])
        for p, a, b in zip(
            found.position[heads].tolist(), begins.tolist(), finals.tolist(), strict=True
        )
    ]


def _rows(
    data: NDArray[np.uint8], records: Records, chosen: NDArray[np.int64]
) -> NDArray[np.uint8]:
    length = records.record_length
    whole = data[: len(data) // length * length].reshape(-1, length)
    return whole[records.offset[chosen] // length]


def _make_contiguous(rows: NDArray[np.uint8], n_samples: NDArray[np.int64]) -> None:
    """Overwrite the headers of one channel's records: a sample a second from 2000 on.

    No corrections, and no blockette but 1000.
    """
    big, at_1000 = blockette_1000(rows)
    elapsed = np.cumsum(n_samples) - n_samples
    moment = YEAR_2000 + elapsed.astype("timedelta64[s]")
    year = moment.astype("datetime64[Y]")
    day = (moment.astype("datetime64[D]") - year.astype("datetime64[D]")).astype(np.int64) + 1
    second = elapsed % 86400
    rows[:, :20] = np.frombuffer(b"000001D DATA   CHAXX", np.uint8)
    _put(rows, 20, year.astype(np.int64) + 1970, big)
    _put(rows, 22, day, big)
    rows[:, 24], rows[:, 25], rows[:, 26] = second // 3600, second // 60 % 60, second % 60
    rows[:, 28:30] = 0
    _put(rows, 32, np.ones(len(rows), np.int64), big)
    _put(rows, 34, np.ones(len(rows), np.int64), big)
    rows[:, 36] = 0
    rows[:, 39] = 1
    rows[:, 40:44] = 0
    _put(rows, 46, at_1000, big)
    rows[np.arange(len(rows))[:, None], at_1000[:, None] + [2, 3]] = 0


def _put(rows: NDArray[np.uint8], at: int, values: NDArray[np.int64], big: NDArray) -> None:
    high, low = (values >> 8).astype(np.uint8), (values & 255).astype(np.uint8)
    rows[:, at] = np.where(big, high, low)
    rows[:, at + 1] = np.where(big, low, high)
