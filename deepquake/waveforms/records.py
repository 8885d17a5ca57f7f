"""Records: tables of the headers of miniSEED, and what of a file is damaged, doubtful or far away.

A record whose header tells no sampling rate has that of the records before and behind it, where
these agree and it touches one of them.

A record years away from all others of its file has a wrong year: instruments that lose their
clock, and damaged headers, tell 1980 or 2069. Where nearly all of a file is of one time, the rest
is left out (in a file of its own it would be used). Where it is not, as with events of many years
in one file, all is used.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pymseed.clib import ffi

from deepquake.core.intervals import groups
from deepquake.core.report import Report
from deepquake.core.text import number_of
from deepquake.waveforms.recording import Codes, Piece, Recording

TEXT = 0  # the encoding of logs
IS_STEIM = np.isin(np.arange(256), (10, 11, 255))  # encodings whose data tell their last sample;
# 255 is -1, that of old records which tell none
PAYLOAD_SWAPPED = 2  # of libmseed's swapflag; 1 is for the header
VERSION_3 = ord("M")  # the first byte of a record of version 3; of version 2 it is a digit
BREAK = 0.5  # samples between two records that make a gap or an overlap, as in libmseed
DAY_NS = 86400 * 10**9

FIELDS = {  # of a header: libmseed's name in the struct MS3Record, and the type
    "offset": ("record", np.uint64),  # there, where it is in memory
    "length": ("reclen", np.int32),
    "source": ("sid", "S64"),
    "start_ns": ("starttime", np.int64),
    "n_samples": ("samplecnt", np.int64),
    "rate_hz": ("samprate", np.float64),
    "encoding": ("encoding", np.int16),
    "swapped": ("swapflag", np.uint8),
}
STRUCT = np.dtype(
    {
        "names": list(FIELDS),
        "formats": [kind for _, kind in FIELDS.values()],
        "offsets": [ffi.offsetof("MS3Record", name) for name, _ in FIELDS.values()],
        "itemsize": ffi.sizeof("MS3Record"),
    }
)
NUMBERS = {"offset": np.int64, "source": np.int64}  # in the table of headers that is made
# States of records: the last three are not used.
SOUND, SETTLED, NO_RATE, UNSOUND, SHIFTED = range(5)
HEADER = np.dtype(
    [*((name, NUMBERS.get(name, kind)) for name, (_, kind) in FIELDS.items()), ("state", np.uint8)]
)

UNDECODED = "records that cannot be decoded are left out"
CUT_SINCE = "the file has become shorter since the run began; what is gone is left out"
UNFIT = "records that do not fit their check value are left out"
DISTRUSTED = "records that do not fit their check value are used, as most of the file's do not"
LEFT_OUT = {
    NO_RATE: "records that tell no sampling rate, which no neighbour settles, are left out",
    UNSOUND: UNFIT,
    SHIFTED: "records without a check value, with stray bytes behind them, are left out",
}
GIVEN_A_RATE = "records that tell no sampling rate are read at that of their neighbours"
DISAGREEING = "overlaps that do not agree are left out"
WRONG_YEAR = "records years away from all others of their file are left out"
DISTANT = "station streams years away from nearly all others: used, but is their year right?"
APART = "the file holds times that are years apart"

YEARS_S = 300 * 86400.0  # farther apart, the year of one is wrong, or they are not one recording
BULK = 0.9  # share of a file's seconds that is of one time where the rest has a wrong year


@dataclass(frozen=True)
class Records:
    """The data records of a file, in its order: ``headers`` has the dtype HEADER.

    Their ``source`` indexes ``sources``, ``start_ns`` counts from 1970 UTC, ``offset`` is their
    first byte. Their ``state`` is SOUND, or SETTLED where neighbours told their rate. In ``lost``
    are those that nothing tells the rate of (NO_RATE), those that do not fit their check value
    (UNSOUND), and those that have none and are followed by bytes of no record (SHIFTED).
    ``damaged`` are the lengths of the stretches of bytes that are no record that can be read;
    ``n_left`` is the number of bytes of a record cut off at the end.
    """

    sources: list[Codes]
    headers: NDArray[np.void]
    lost: NDArray[np.void]
    damaged: list[int]
    n_left: int


def start_s(headers: NDArray[np.void]) -> NDArray[np.float64]:
    """Return the times of the first samples of records, seconds since 1970 UTC."""
    seconds, rest_ns = np.divmod(headers["start_ns"], 10**9)
    return seconds + rest_ns / 1e9


def settle(headers: NDArray[np.void], rate_hz: float = 0.0) -> None:
    """Give records that tell no sampling rate that of their neighbours; set the ``state`` of each.

    Parameters
    ----------
    headers : NDArray[np.void]
        Of the dtype HEADER, records of samples only.
    rate_hz : float
        That of the records of a channel none of which tells any.
    """
    silent = headers["rate_hz"] == 0
    for source in np.unique(headers["source"][silent]).tolist():
        rows = np.flatnonzero(headers["source"] == source)
        rows = rows[np.argsort(headers["start_ns"][rows], kind="stable")]
        of_source = headers[rows]
        if rate_hz and not of_source["rate_hz"].any():
            of_source["rate_hz"], of_source["state"] = rate_hz, SETTLED
        else:
            _settle_one_channel(of_source)
        headers[rows] = of_source


def acquit(headers: NDArray[np.void]) -> None:
    """Take records that stray bytes follow as sound where these are of a record that is missing.

    None is missing where the next record of the channel begins where this one ends.

    Parameters
    ----------
    headers : NDArray[np.void]
        Of the dtype HEADER, in the order of the file; their ``state`` is set.
    """
    if not (headers["state"] == SHIFTED).any():
        return
    order = np.argsort(headers["source"], kind="stable")
    of_source = headers[order]
    number = np.flatnonzero(of_source["state"][:-1] == SHIFTED)
    goes_on = _follows(of_source, number, of_source["rate_hz"][number])
    is_other = of_source["source"][number + 1] != of_source["source"][number]
    headers["state"][order[number[~goes_on & ~is_other]]] = SOUND


def _settle_one_channel(headers: NDArray[np.void]) -> None:
    """Do what ``settle`` does for records of one channel, sorted by time."""
    told, silent = np.flatnonzero(headers["rate_hz"]), np.flatnonzero(headers["rate_hz"] == 0)
    state = np.full(len(silent), NO_RATE)
    if len(told):
        place = np.searchsorted(told, silent)
        last = len(told) - 1
        before = headers["rate_hz"][told[np.clip(place - 1, 0, last)]]
        after = headers["rate_hz"][told[np.clip(place, 0, last)]]
        behind, ahead = np.maximum(silent - 1, 0), np.minimum(silent, len(headers) - 2)
        touches = (silent > 0) & _follows(headers, behind, before)
        touches |= (silent < len(headers) - 1) & _follows(headers, ahead, before)
        headers["rate_hz"][silent] = before
        state[(before == after) & touches] = SETTLED
    headers["state"][silent] = np.maximum(headers["state"][silent], state)


def _follows(
    headers: NDArray[np.void], number: NDArray[np.intp], rate_hz: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Tell after which records the next one starts where they end, at some rates."""
    since_s = (headers["start_ns"][number + 1] - headers["start_ns"][number]) / 1e9
    return np.abs(since_s * rate_hz - headers["n_samples"][number]) < BREAK


def on_day_366(data: NDArray[np.uint8], headers: NDArray[np.void]) -> NDArray[np.bool_]:
    """Tell which records are of day 366 of a year that has 365, which libmseed takes as 1 January.

    Parameters
    ----------
    data : NDArray[np.uint8]
        Bytes of a file.
    headers : NDArray[np.void]
        Those of records therein; their ``offset`` counts from its first byte.
    """
    is_wrong = np.zeros(len(headers), bool)
    days = (headers["start_ns"] // DAY_NS).astype("datetime64[D]")
    years = days.astype("datetime64[Y]")
    first = np.flatnonzero(days == years)
    if not len(first):
        return is_wrong
    at, swapped = headers["offset"][first], headers["swapped"][first] % PAYLOAD_SWAPPED > 0
    is_third = data[at] == VERSION_3
    told = numbers(data, at + np.where(is_third, 10, 22), "u2", is_swapped=swapped)
    year = years[first].astype(np.int64) + 1970 - 1
    is_leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    is_wrong[first] = (told == 366) & ~is_leap
    return is_wrong


def numbers(
    data: NDArray[np.uint8],
    at: NDArray[np.int64],
    kind: str,
    is_swapped: NDArray[np.bool_] | bool = False,
) -> NDArray[np.integer]:
    """Return the numbers that begin at some bytes.

    Parameters
    ----------
    data : NDArray[np.uint8]
        Bytes of a file.
    at : NDArray[np.int64]
        Where each of the numbers begins.
    kind : str
        What NumPy calls them.
    is_swapped : NDArray[np.bool_] or bool
        Which of them are not in the order of this machine.
    """
    found = data[at[:, None] + np.arange(np.dtype(kind).itemsize)].view(kind)[:, 0]
    return np.where(is_swapped, found.byteswap(), found)


def tell_records(path: Path, records: Records, report: Report) -> None:
    """Report what of a miniSEED file cannot be used, and what was assumed.

    Parameters
    ----------
    path : Path
        The file.
    records : Records
        Its records.
    report : Report
        Is told.
    """
    if records.damaged:
        places = number_of(len(records.damaged), "place")
        message = f"{sum(records.damaged)} bytes in {places} are damaged or not miniSEED: left out"
        report.note(path, message)
    if records.n_left:
        report.note(path, f"is cut off: its last {records.n_left} bytes are not a whole record")
    if len(records.lost):
        for state, message in LEFT_OUT.items():
            _tell_state(path, records, state, message=message, report=report)
    if records.headers["state"].any():
        _tell_state(path, records, SETTLED, message=GIVEN_A_RATE, report=report)


def _tell_state(path: Path, records: Records, state: int, message: str, report: Report) -> None:
    headers = records.headers if state == SETTLED else records.lost
    headers = headers[headers["state"] == state]
    for source in np.unique(headers["source"]).tolist():
        found = headers[headers["source"] == source]
        rate_hz = found["rate_hz"]
        length_s = np.divide(found["n_samples"], rate_hz, out=0.0 * rate_hz, where=rate_hz > 0)
        spans = zip(start_s(found).tolist(), (start_s(found) + length_s).tolist(), strict=True)
        kind = "note" if state == SETTLED else "skipped"
        report.lose(path, message, records.sources[source], spans=spans, kind=kind)


def _span_years(pieces: Sequence[Piece]) -> bool:
    starts = [piece.start_s for piece in pieces]
    return len(starts) > 1 and max(starts) - min(starts) > YEARS_S


def eras(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """Return pieces apart where years are between them."""
    if not _span_years(pieces):
        return [list(pieces)]
    by_time = sorted(pieces, key=lambda piece: piece.start_s)
    starts, ends = ([getattr(p, name) for p in by_time] for name in ("start_s", "end_s"))
    return [by_time[first:end] for first, end in groups(starts, ends, YEARS_S).tolist()]


def tell_distant(recordings: Sequence[Recording], report: Report) -> None:
    """Report station streams that are years away from the bulk of all.

    Parameters
    ----------
    recordings : sequence of Recording
        All of a run.
    report : Report
        Is told which they are.
    """
    by_time = sorted(recordings, key=lambda recording: recording.span())
    begins, ends = ([recording.span()[k] for recording in by_time] for k in (0, 1))
    found = [by_time[first:end] for first, end in groups(begins, ends, YEARS_S).tolist()]
    if len(found) < 2:
        return
    lengths_s = [
        sum(s.n_samples / r.sampling_rate_hz for r in era for s in r.stretches) for era in found
    ]
    main, is_clear = _bulk(lengths_s)
    if not is_clear:
        return
    for recording in (r for era in found[:main] + found[main + 1 :] for r in era):
        path, span = recording.paths()[0], recording.span()
        report.lose(path, DISTANT, recording.station, spans=[span], kind="note")


def without_wrong_years(pieces: list[Piece], report: Report) -> list[Piece]:
    """Return the pieces of a file without those whose year is wrong.

    Parameters
    ----------
    pieces : list of Piece
        Those of one file.
    report : Report
        Is told what is left out, and where times of one file are years apart.
    """
    found = eras(pieces)
    if len(found) == 1:
        return pieces
    lengths_s = [sum(p.n_samples / p.rate_hz for p in era) for era in found]
    main, is_clear = _bulk(lengths_s)
    for era in found[:main] + found[main + 1 :]:
        for piece in era:
            span = [(piece.start_s, piece.end_s)]
            message, kind = (WRONG_YEAR, "skipped") if is_clear else (APART, "note")
            report.lose(piece.path, message, piece.codes, spans=span, kind=kind)
    kept = {id(piece) for piece in found[main]}
    return [piece for piece in pieces if id(piece) in kept] if is_clear else pieces


def _bulk(lengths_s: Sequence[float]) -> tuple[int, bool]:
    """Return the number of the longest, and whether it is nearly all."""
    longest = max(range(len(lengths_s)), key=lengths_s.__getitem__)
    return longest, lengths_s[longest] >= BULK * sum(lengths_s)
