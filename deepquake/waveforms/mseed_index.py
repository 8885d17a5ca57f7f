"""What the records of a miniSEED file hold, from their headers alone, all records at once.

The layout is that of the SEED manual, version 2.4, chapters 7 and 8: a fixed header of 48 bytes
and blockettes 1000 (encoding, record length), 1001 (microseconds) and 100 (sampling rate).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

IS_DATA, IS_CONTROL = np.zeros(256, bool), np.zeros(256, bool)
IS_DATA[list(b"DRQM")] = True  # data qualities
IS_CONTROL[list(b"VAST ")] = True  # volume headers and the like
HEADER_SIZE = 48
HEAD_SIZE = 128  # the fixed header and the blockettes that matter here
ID_BYTES = slice(8, 20)  # station 5, location 2, channel 3, network 2
SHORTEST_RECORD, LONGEST_RECORD = 128, 1 << 20
MOST_BLOCKETTES = 8
BYTES_AT_A_TIME = 1 << 24
SMALL_FILE = 1 << 18  # bytes
SMALL_FILES = 1 << 13  # whose index is kept: some 20 MB
MOST_SAMPLES_PER_BYTE = 2  # Steim-2 packs up to seven differences into four bytes
TIME_IS_CORRECTED = 0x02
SECONDS_OF_YEAR = np.array(
    [datetime(year, 1, 1, tzinfo=UTC).timestamp() for year in range(1900, 2101)]
)
ENCODINGS_WITHOUT_SAMPLES = (0,)  # text: logs


@dataclass(frozen=True)
class Records:
    """The data records of a file, one array element each, in the order of the file.

    ``source`` indexes ``ids``, each (network, station, location, channel). ``start_s`` is seconds
    since 1970 UTC, ``offset`` the record's first byte. ``n_damaged`` counts records that are
    none, ``n_left`` the bytes of a cut-off record at the end.
    """

    ids: list[tuple[str, str, str, str]]
    source: NDArray[np.int32]
    start_s: NDArray[np.float64]
    n_samples: NDArray[np.int64]
    rate_hz: NDArray[np.float64]
    encoding: NDArray[np.uint8]
    offset: NDArray[np.int64]
    record_length: int
    n_damaged: int
    n_left: int


def index_records(data: NDArray[np.uint8]) -> Records | None:
    """Return the records of miniSEED in memory, or None where it is not simple.

    Simple is: one record length throughout, told by blockette 1000. Anything else is for a reader
    that goes from record to record.
    """
    return _index(lambda first, count: data[first : first + count], len(data))


def index_file(path: Path) -> Records | None:
    """Return the records of a miniSEED file as ``index_records`` does, in little memory.

    A small file is indexed but once: of thousands of them the headers would cost more than the
    samples.
    """
    stat = path.stat()
    if stat.st_size > SMALL_FILE:
        return _index_file(path, stat.st_size)
    return _index_small_file(path, stat.st_size, stat.st_mtime_ns, stat.st_ino)


@lru_cache(maxsize=SMALL_FILES)
def _index_small_file(path: Path, size: int, *_state: int) -> Records | None:
    return _index_file(path, size)


def _index_file(path: Path, size: int) -> Records | None:
    return _index(lambda first, count: np.fromfile(path, np.uint8, count=count, offset=first), size)


def _index(fetch: Callable[[int, int], NDArray[np.uint8]], size: int) -> Records | None:
    length = _record_length(fetch(0, min(size, LONGEST_RECORD)))
    if not length:
        return None
    n_records = size // length
    step = max(1, BYTES_AT_A_TIME // length) * length
    parts = [
        _index_block(fetch(first, min(step, n_records * length - first)).reshape(-1, length), first)
        for first in range(0, n_records * length, step)
    ]
    if not parts or any(part is None for part in parts):
        return None
    keys = np.concatenate([part["key"] for part in parts])
    ids, source = _sources(keys)
    columns = {
        name: np.concatenate([part[name] for part in parts])
        for name in ("start_s", "n_samples", "rate_hz", "encoding", "offset")
    }
    n_damaged = sum(int(part["n_damaged"]) for part in parts)
    if n_damaged > n_records / 2:
        return None
    return Records(
        ids,
        source,
        **columns,
        record_length=length,
        n_damaged=n_damaged,
        n_left=size - n_records * length,
    )


def looks_like_mseed(head: bytes) -> bool:
    """Tell whether a file that begins with ``head`` (8 bytes or more) is SEED or miniSEED."""
    sequence = head[:6].replace(b" ", b"0").replace(b"\0", b"0")
    return (
        len(head) >= 8 and sequence.isdigit() and head[6:7] in b"DRQMVAST" and head[7:8] in b" \0*"
    )


def _record_length(data: NDArray[np.uint8]) -> int:
    """Return the record length that the first data record tells, or 0."""
    for start in range(0, min(len(data), LONGEST_RECORD), SHORTEST_RECORD):
        head = data[start : start + LONGEST_RECORD][:256]
        if len(head) < HEADER_SIZE + 8 or not IS_DATA[head[6]]:
            continue
        order = ">" if is_big_endian(head[None, :HEADER_SIZE])[0] else "<"
        position = int(head[46:48].view(order + "u2")[0])
        while 0 < position <= len(head) - 8:
            kind, following = head[position : position + 4].view(order + "u2")
            if kind == 1000:
                length = 1 << int(head[position + 6])
                is_fit = SHORTEST_RECORD <= length <= LONGEST_RECORD and start % length == 0
                return length if is_fit else 0
            position = int(following) if following > position else 0
    return 0


def is_big_endian(header: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Tell the byte order of headers (n, >= 48) by the year and day that make sense in it."""
    year, day = np.ascontiguousarray(header[:, 20:24]).view(">u2").T
    return (year >= 1900) & (year <= 2100) & (day >= 1) & (day <= 366)


def blockette_1000(rows: NDArray[np.uint8]) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Return byte order (True: big endian) and position of blockette 1000 of records (n, length).

    The records are such as ``index_records`` found.
    """
    head = np.ascontiguousarray(rows[:, : min(rows.shape[1], HEAD_SIZE)])
    big = is_big_endian(head)
    first = np.where(big, head[:, 46:48].view(">u2")[:, 0], head[:, 46:48].view("<u2")[:, 0])
    found = _blockettes(head, big, first.astype(np.int64))
    assert found is not None
    return big, found["at_1000"]


def _index_block(rows: NDArray[np.uint8], first_byte: int) -> dict[str, NDArray] | None:
    """Return the columns of some records (n, record_length), or None where lengths are mixed."""
    length = rows.shape[1]
    quality = rows[:, 6]
    is_data, is_control = IS_DATA[quality], IS_CONTROL[quality]
    numbers = np.flatnonzero(is_data)
    head = np.ascontiguousarray(rows[numbers, : min(length, HEAD_SIZE)])
    big = is_big_endian(head)
    fixed = _fixed_header(head, big)
    sensible = (fixed["year"] >= 1900) & (fixed["year"] <= 2100)
    codes = head[:, ID_BYTES]
    sensible &= ((codes == 0) | ((codes >= 32) & (codes < 127))).all(axis=1)
    sensible &= (fixed["day"] >= 1) & (fixed["day"] <= 366) & (fixed["hour"] < 24)
    numbers, head, big = numbers[sensible], head[sensible], big[sensible]
    fixed = {name: column[sensible] for name, column in fixed.items()}
    extra = _blockettes(head, big, fixed["blockette"])
    if extra is None or (extra["length"] != length).any():
        return None
    fits = fixed["n_samples"] <= MOST_SAMPLES_PER_BYTE * length
    numbers, head = numbers[fits], head[fits]
    fixed, extra = ({name: column[fits] for name, column in t.items()} for t in (fixed, extra))
    n_damaged = len(rows) - int(np.count_nonzero(is_control)) - len(numbers)
    rate = np.where(extra["rate"] > 0, extra["rate"], _rate(fixed["factor"], fixed["multiplier"]))
    ticks = fixed["ticks"] + np.where(fixed["activity"] & TIME_IS_CORRECTED, 0, fixed["correction"])
    start_s = (
        SECONDS_OF_YEAR[fixed["year"] - 1900]
        + (fixed["day"] - 1) * 86400.0
        + fixed["hour"] * 3600.0
        + fixed["minute"] * 60.0
        + fixed["second"]
        + (ticks * 100 + extra["microseconds"]) / 1e6
    )
    has_samples = (fixed["n_samples"] > 0) & (rate > 0)
    has_samples &= ~np.isin(extra["encoding"], ENCODINGS_WITHOUT_SAMPLES)
    return {
        "key": np.ascontiguousarray(head[has_samples, ID_BYTES]),
        "start_s": start_s[has_samples],
        "n_samples": fixed["n_samples"][has_samples],
        "rate_hz": rate[has_samples],
        "encoding": extra["encoding"][has_samples],
        "offset": numbers[has_samples] * length + first_byte,
        "n_damaged": np.array(n_damaged),
    }


def _fixed_header(head: NDArray[np.uint8], big: NDArray[np.bool_]) -> dict[str, NDArray]:
    def words(start: int, kind: str) -> NDArray[np.int64]:
        size = np.dtype(kind).itemsize
        raw = np.ascontiguousarray(head[:, start : start + size])
        return np.where(big, raw.view(">" + kind)[:, 0], raw.view("<" + kind)[:, 0]).astype(
            np.int64
        )

    return {
        "year": words(20, "u2"),
        "day": words(22, "u2"),
        "hour": head[:, 24].astype(np.int64),
        "minute": head[:, 25].astype(np.int64),
        "second": head[:, 26].astype(np.int64),
        "ticks": words(28, "u2"),
        "n_samples": words(30, "u2"),
        "factor": words(32, "i2"),
        "multiplier": words(34, "i2"),
        "activity": head[:, 36].astype(np.int64),
        "correction": words(40, "i4"),
        "blockette": words(46, "u2"),
    }


def _blockettes(
    head: NDArray[np.uint8], big: NDArray[np.bool_], position: NDArray[np.int64]
) -> dict[str, NDArray] | None:
    """Follow the chain of blockettes of all records; None where one lacks blockette 1000."""
    n_records, width = head.shape
    found = {
        "length": np.zeros(n_records, np.int64),
        "encoding": np.zeros(n_records, np.uint8),
        "microseconds": np.zeros(n_records, np.int64),
        "rate": np.zeros(n_records, np.float64),
        "at_1000": np.zeros(n_records, np.int64),
    }
    live = np.flatnonzero((position >= HEADER_SIZE) & (position <= width - 8))
    for _ in range(MOST_BLOCKETTES):
        if not len(live):
            break
        at = position[live]
        eight = head[live[:, None], at[:, None] + np.arange(8)]
        is_big = big[live]
        words = np.where(is_big[:, None], eight.view(">u2"), eight.view("<u2")).astype(np.int64)
        kind, following = words[:, 0], words[:, 1]
        b1000, b1001, b100 = kind == 1000, kind == 1001, kind == 100
        found["encoding"][live[b1000]] = eight[b1000, 4]
        found["at_1000"][live[b1000]] = at[b1000]
        found["length"][live[b1000]] = 1 << np.minimum(eight[b1000, 6].astype(np.int64), 62)
        found["microseconds"][live[b1001]] = eight[b1001, 5].view(np.int8)
        rates = np.where(is_big, eight.view(">f4")[:, 1], eight.view("<f4")[:, 1])
        found["rate"][live[b100]] = rates[b100]
        onward = (following > at) & (following <= width - 8)
        position = position.copy()
        position[live] = following
        live = live[onward]
    return found if (found["length"] > 0).all() else None


def _rate(factor: NDArray[np.int64], multiplier: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return samples per second of the fixed header's two fields (SEED manual, chapter 8)."""
    factor_f, multiplier_f = factor.astype(float), multiplier.astype(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = np.where(factor > 0, factor_f, -1.0 / factor_f)
        rate = np.where(multiplier > 0, rate * multiplier_f, rate / -multiplier_f)
    return np.where((factor == 0) | (multiplier == 0), 0.0, rate)


def _sources(keys: NDArray[np.uint8]) -> tuple[list[tuple[str, str, str, str]], NDArray[np.int32]]:
    """Return the distinct channel ids of header bytes (n, 12) and each record's index into them."""
    if not len(keys):
        return [], np.empty(0, np.int32)
    change = np.concatenate([[True], (keys[1:] != keys[:-1]).any(axis=1)])
    names: dict[tuple[str, str, str, str], int] = {}
    numbers = [
        names.setdefault(_id(bytes(key)), len(names)) for key in keys[np.flatnonzero(change)]
    ]
    return list(names), np.array(numbers, np.int32)[np.cumsum(change) - 1]


def _id(key: bytes) -> tuple[str, str, str, str]:
    text = key.decode("latin-1").replace("\0", " ")
    return text[10:12].strip(), text[0:5].strip(), text[5:7].strip(), text[7:10].strip()
