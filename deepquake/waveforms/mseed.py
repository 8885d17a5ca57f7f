"""miniSEED, versions 2 and 3: what records a file holds, their samples, and writing it.

Records are read one by one by libmseed (its C functions, by way of pymseed): of a file with any
record lengths they make a table of headers, and of any of those records the samples. A record
that cannot be read costs nothing but itself: behind it the next one is looked for.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pymseed import DataEncoding, MS3Record, configure_logging
from pymseed.clib import clibmseed, ffi

from deepquake.waveforms.recording import Codes
from deepquake.waveforms.records import (
    HEADER,
    IS_STEIM,
    PAYLOAD_SWAPPED,
    SETTLED,
    SHIFTED,
    STRUCT,
    TEXT,
    UNSOUND,
    VERSION_3,
    Records,
    acquit,
    numbers,
    on_day_366,
    settle,
)

BYTES_AT_A_TIME = 1 << 24  # more than libmseed's longest record
SHORTEST_RECORD = 48  # bytes
HEAD = re.compile(rb"[0-9 \0]{6}[DRQM][ \0]|MS\x03")  # of a data record: number, quality
# The same, found sooner in bytes of any kind: from the quality on.
SOONER = re.compile(rb"[DRQM](?:(?<=[0-9 \0]{6}.)[ \0]|(?<=M)S\x03)", re.DOTALL)
CONTROL_HEAD = re.compile(rb"[0-9 \0]{6}[VAST][ \0*]")  # of those that SEED has in front
INVALID_CHECK = clibmseed.MS_INVALIDCRC  # looked up once: it is asked for at each record
AFTER_QUALITY = 7  # bytes: the number of a record in its file, and its quality
MOST_SAMPLES_PER_BYTE = 2  # Steim-2 packs up to seven differences into four bytes
FIRST_NS, LAST_NS = (int(np.datetime64(year, "ns").astype(np.int64)) for year in ("1900", "2101"))
LAST_SAMPLE = 8  # the byte of the data where it is told
FLOATS = {4: b"f", 5: b"d", 12: b"f", 13: b"f", 14: b"f"}  # encodings; all others are whole
SAMPLE_TYPES = np.array([FLOATS.get(encoding, b"i") for encoding in range(256)])  # of libmseed
DTYPES = {b"i": np.int32, b"f": np.float32, b"d": np.float64}

RECORD_LENGTH = 4096  # of what is written
ENCODINGS = {"i": DataEncoding.STEIM2, "f": DataEncoding.FLOAT32, "d": DataEncoding.FLOAT64}
STEIM2_LARGEST_STEP = 1 << 29
CODE_LENGTHS = (2, 5, 2, 3)  # letters that a header has for network, station, location, channel


def looks_like_mseed(head: bytes) -> bool:
    """Tell whether a file that begins with ``head`` (8 bytes or more) is SEED or miniSEED."""
    return len(head) >= 8 and bool(HEAD.match(head) or CONTROL_HEAD.match(head))


def index_file(
    path: Path, first_byte: int = 0, n_bytes: int | None = None, rate_hz: float = 0.0
) -> Records:
    """Return the records of a file, of which some megabytes are in memory at a time.

    Parameters
    ----------
    path : Path
        The file.
    first_byte, n_bytes : int
        The part of it that is looked at, which begins with a record.
    rate_hz : float
        That of the records of a channel none of which tells any.
    """
    end = path.stat().st_size if n_bytes is None else first_byte + n_bytes
    sources: dict[bytes, int] = {}
    parts, damaged = [np.empty(0, HEADER)], []
    first, read = first_byte, 1
    while first < end and read:
        data = np.fromfile(path, np.uint8, count=min(BYTES_AT_A_TIME, end - first), offset=first)
        block = _find(data, is_end=first + len(data) >= end)
        found, strays = block.structs, block.strays
        headers = np.zeros(len(found), HEADER)
        for name in ("length", "start_ns", "n_samples", "rate_hz", "encoding", "swapped"):
            headers[name] = found[name]
        headers["offset"] = found["offset"] - np.uint64(data.ctypes.data)
        headers["source"] = _sources(found["source"], sources)
        headers["state"][block.unsound] = UNSOUND
        for number in block.shifted:
            # a check value tells whether a record holds bytes that are none of its own
            is_second = data[headers["offset"][number]] != VERSION_3
            if is_second and not IS_STEIM[headers["encoding"][number]]:
                headers["state"][number] = SHIFTED
        printable = np.array([re.fullmatch(rb"[ -~]*", sid) is not None for sid in sources], bool)
        fits = printable[headers["source"]]
        fits &= headers["n_samples"] <= MOST_SAMPLES_PER_BYTE * headers["length"]
        fits &= (headers["start_ns"] >= FIRST_NS) & (headers["start_ns"] < LAST_NS)
        fits &= ~on_day_366(data, headers)
        headers["offset"] += first
        if not fits.all():
            strays += headers["length"][~fits].tolist()
            headers = headers[fits]
        damaged += strays
        parts.append(headers)
        first, read = first + block.end, block.end
    headers = np.concatenate(parts) if len(parts) > 2 else parts[-1]
    rate = headers["rate_hz"]
    np.divide(-1.0, rate, out=rate, where=rate < 0)  # below zero it is a period
    has_samples = (headers["n_samples"] > 0) & (rate >= 0) & (headers["encoding"] != TEXT)
    headers = headers if has_samples.all() else headers[has_samples]
    if not headers["rate_hz"].all():
        settle(headers, rate_hz)
    lost = headers[:0]
    if headers["state"].any():
        acquit(headers)
        is_lost = headers["state"] > SETTLED
        headers, lost = headers[~is_lost], headers[is_lost]
    return Records(
        sources=[codes_of_source(sid) for sid in sources],
        headers=headers,
        lost=lost,
        damaged=damaged,
        n_left=end - first,
    )


def decode(
    data: NDArray[np.uint8], headers: NDArray[np.void], first_byte: int = 0
) -> tuple[NDArray, NDArray[np.bool_]]:
    """Return the samples of records, one after the other, without those that cannot be decoded.

    Parameters
    ----------
    data : NDArray[np.uint8]
        Bytes of a file.
    headers : NDArray[np.void]
        Those of records therein, all of one of the SAMPLE_TYPES.
    first_byte : int
        Where in the file ``data`` begins.

    Returns
    -------
    tuple[NDArray, NDArray[np.bool_]]
        The samples (int32, float32 or float64), and for each record whether its are there.
    """
    encoding = headers["encoding"]
    kind = SAMPLE_TYPES[encoding[0]] if len(headers) else b"i"
    samples = np.empty(int(headers["n_samples"].sum()), DTYPES[kind])
    good = np.ones(len(headers), bool)
    flags = clibmseed.MSF_ATENDOFFILE
    parse = parse_old = _parser(data, flags | clibmseed.MSF_UNPACKDATA)
    if (encoding < 0).any():
        parse_old = _parser(data, flags)
    target, at = ffi.from_buffer(samples, require_writable=True), 0
    columns = (headers[name].tolist() for name in ("offset", "length", "n_samples", "encoding"))
    for number, (offset, length, n_samples, told) in enumerate(zip(*columns, strict=True)):
        status, record = (parse if told >= 0 else parse_old)(offset - first_byte, length)
        if status == 0 and told < 0:
            record.encoding = DataEncoding.STEIM1  # as SEED had it before records told it
            clibmseed.msr3_unpack_data(record, 0)
        if status or record.numsamples != n_samples or record.sampletype != kind:
            good[number] = False
            continue
        n_bytes = n_samples * samples.itemsize
        ffi.memmove(target + at, record.datasamples, n_bytes)
        at += n_bytes
    return samples[: at // samples.itemsize], good


def fits_check_value(
    data: NDArray[np.uint8],
    headers: NDArray[np.void],
    samples: NDArray,
    first_byte: int = 0,
) -> NDArray[np.bool_]:
    """Tell which records end on the sample that their Steim frames tell as the last one.

    Where nothing is told (0, or data that are not Steim), they do.

    Parameters
    ----------
    data, headers, first_byte
        As of ``decode``, of records that can be decoded.
    samples : NDArray
        Theirs, one record after the other.
    """
    is_steim = IS_STEIM[headers["encoding"]]
    if not is_steim.any():
        return ~is_steim
    offset = headers["offset"] - first_byte
    swapped = headers["swapped"]
    at = numbers(data, offset + 44, "u2", is_swapped=swapped % PAYLOAD_SWAPPED > 0)
    third = np.flatnonzero(data[offset] == VERSION_3)
    if len(third):
        at[third] = 40 + data[offset[third] + 33] + numbers(data, offset[third] + 34, "<u2")
    first = np.minimum(offset + at + LAST_SAMPLE, len(data) - 4)
    told = numbers(data, first, "i4", is_swapped=swapped >= PAYLOAD_SWAPPED)
    last = samples[np.cumsum(headers["n_samples"]) - 1]
    return (told == last) | (told == 0) | ~is_steim


def packed(codes: Codes, rate_hz: float, start_s: float, samples: NDArray) -> bytes:
    """Return samples as miniSEED 2, in records of 4096 bytes.

    Whole numbers are written as Steim-2, or as they are where they step too far for it.

    Parameters
    ----------
    codes : Codes
        Cut to what a header has room for; what it cannot hold is a hyphen.
    rate_hz : float
        Samples per second.
    start_s : float
        Time of the first sample, seconds since 1970 UTC; written to the microsecond.
    samples : NDArray
        int32, float32 or float64.

    Returns
    -------
    bytes
        The records.
    """
    record = MS3Record(reclen=RECORD_LENGTH)
    record.formatversion = 2
    record.pubversion = 2  # quality D
    record.extra = '{"FDSN": {"Sequence": 1}}'  # the number of a record; 0 is for none
    record.sourceid = _source_id(codes)
    record.samprate = rate_hz
    record.starttime = round(start_s * 1e6) * 1000
    kind = {dtype: letter for letter, dtype in DTYPES.items()}[samples.dtype.type].decode()
    record.encoding = ENCODINGS[kind] if kind != "i" or _is_smooth(samples) else DataEncoding.INT32
    return b"".join(record.generate(np.ascontiguousarray(samples), kind))


def _is_smooth(samples: NDArray[np.int32]) -> bool:
    """Tell whether no sample is too far from the one before it for Steim-2."""
    span = int(samples.max()) - int(samples.min())  # found faster than the steps
    is_smooth = span < STEIM2_LARGEST_STEP
    return is_smooth or np.abs(np.diff(samples.astype(float))).max() < STEIM2_LARGEST_STEP


@dataclass
class _Found:
    """What a block of bytes holds: records (STRUCT), the lengths of what is none, and its end.

    ``unsound`` and ``shifted`` are numbers of records: those that do not fit their check value,
    and those that bytes follow which belong to no record, and may have come from within.
    """

    structs: NDArray[np.void]
    unsound: list[int]
    shifted: list[int]
    strays: list[int]
    end: int


def _find(data: NDArray[np.uint8], is_end: bool) -> _Found:
    """Return the records in ``data``; ``is_end`` says that the file ends with it."""
    at_end = is_end * clibmseed.MSF_ATENDOFFILE
    parse = _parser(data, clibmseed.MSF_VALIDATECRC | at_end)
    structs: list[bytes] = []
    unsound: list[int] = []
    shifted: list[int] = []
    strays: list[int] = []
    size, at, before = len(data), 0, None  # the last record's first byte, where it ends at ``at``
    length = 0  # of the last record
    while at < size:
        status, record = parse(at, size - at)
        if status == INVALID_CHECK:
            struct = _unsound(_parser(data, at_end), at, size)
            if struct:
                unsound.append(len(structs))
                structs.append(struct)
                length = int(np.frombuffer(struct, STRUCT)["length"][0])
                before, at = at, at + length
                continue
        if status == 0:
            is_wrong = record.reclen > length > 0 and HEAD.match(data.data, at + length)
            if is_wrong:  # the length it tells: another record begins in it
                strays.append(length)
            else:
                structs.append(ffi.buffer(record)[:])
                length = record.reclen
            before, at = None if is_wrong else at, at + length
            continue
        if status > 0 and at and not is_end:
            break  # the next block has its end
        # a record without its end was taken for a whole one, with the head of the next in it
        since = at if before is None else before
        heads = (k for k in _heads(data, since + 1) if k != at)
        found = next((k for k in heads if _is_head(parse, k, at, size=size)), None)
        is_left = found is None and status > 0 and is_end
        goes_on = found is None and before and not is_end
        if found is None:
            found = size if is_end else max(at, size - SHORTEST_RECORD) + 1
        if found < at or goes_on:
            structs.pop()
            unsound = [number for number in unsound if number < len(structs)]
            at = since
        elif before is not None and _may_be_from(length, data[at:found], found < size):
            shifted.append(len(structs) - 1)
        if is_left or goes_on:  # the next block has what is behind the record
            break
        if not CONTROL_HEAD.match(data.data, at):
            strays.append(found - at)
        at, before = found, None
    return _Found(np.frombuffer(b"".join(structs), STRUCT), unsound, shifted, strays, end=at)


def _heads(data: NDArray[np.uint8], first: int) -> Iterator[int]:
    """Yield where something begins that looks like a head, from the byte ``first`` on."""
    for match in SOONER.finditer(data.data, first):
        at = match.start() - 6 * (len(match[0]) == 2)
        if at >= first:
            yield at


def _unsound(parse: Callable, at: int, size: int) -> bytes:
    """Return a record that does not fit its check value, if it is of the length that it tells."""
    status, record = parse(at, size - at)
    if status:
        return b""
    struct, following = ffi.buffer(record)[:], at + record.reclen
    is_whole = following == size or parse(following, size - following)[0] >= 0
    return struct if is_whole else b""


def _may_be_from(length: int, strays: NDArray[np.uint8], goes_on: bool) -> bool:
    """Tell whether bytes of no record may have been pushed out of that of a ``length`` before them.

    They may not where they are of the length of records, or begin as one; nor are they, in all
    likelihood, where they are most of a record at the end of the file (not ``goes_on``).
    """
    begins_one = HEAD.match(strays[:6].tobytes().ljust(6, b"0") + b"D ")
    return not begins_one and len(strays) % length > 0 and (goes_on or 2 * len(strays) < length)


def _sources(names: NDArray[np.bytes_], sources: dict[bytes, int]) -> NDArray[np.int64]:
    """Return the number in ``sources`` of each record's source; new ones are added there."""
    is_new = np.ones(len(names), bool)
    is_new[1:] = names[1:] != names[:-1]
    numbers = [
        sources.setdefault(name.split(b"\0")[0], len(sources)) for name in names[is_new].tolist()
    ]
    return np.array(numbers, np.int64)[np.cumsum(is_new) - 1]


def _parser(data: NDArray[np.uint8], flags: int) -> Callable[[int, int], tuple[int, Any]]:
    """Return a function of a byte of ``data`` and a length, that parses the record there.

    It returns 0 and libmseed's record, which the next call overwrites; a number below 0 where
    there is none, and above 0 where its end is missing.
    """
    configure_logging()  # of this thread: in a new one libmseed prints what it thinks of a record
    start = ffi.from_buffer(data)
    pointer = ffi.gc(ffi.new("MS3Record **"), clibmseed.msr3_free)
    msr3_parse = clibmseed.msr3_parse

    def parse(at: int, n_bytes: int) -> tuple[int, Any]:
        if n_bytes < SHORTEST_RECORD:
            return SHORTEST_RECORD - n_bytes, None
        return msr3_parse(start + at, n_bytes, pointer, flags, 0), pointer[0]

    return parse


def _is_head(parse: Callable, at: int, behind: int, size: int) -> bool:
    """Tell whether what looks like a head is one: before ``behind``, if another one follows it."""
    status, record = parse(at, size - at)
    if status or at > behind:
        return status >= 0 and at > behind
    following = at + record.reclen
    return following == size or parse(following, size - following)[0] >= 0


def codes_of_source(sid: bytes) -> Codes:
    """Return the codes of a source identifier (FDSN, 2020): FDSN:NET_STA_LOC_B_S_SS."""
    names = [*sid.decode("latin-1").rpartition(":")[2].split("_", 3), "", "", ""]
    network, station, location, channel = names[:4]
    return Codes(network, station, location=location, channel=channel.replace("_", ""))


@lru_cache
def _source_id(codes: Codes) -> str:
    network, station, location, channel = (
        re.sub("[^!-^`-~]", "-", code[:length])
        for code, length in zip(codes, CODE_LENGTHS, strict=True)
    )
    return f"FDSN:{network}_{station}_{location}_{'_'.join(channel.ljust(3))}"
