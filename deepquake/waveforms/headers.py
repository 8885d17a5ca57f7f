"""Tables of the headers of miniSEED records: what stands in them, and what is made of oddities.

A record whose header tells no sampling rate has that of the records before and behind it, where
these agree and it touches one of them.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pymseed.clib import ffi

from deepquake.waveforms.recording import Codes

TEXT = 0  # the encoding of logs
STEIM = (-1, 10, 11)  # encodings whose data tell their last sample; -1 is none, of old records
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
    at, swapped = headers["offset"][first], headers["swapped"][first] % PAYLOAD_SWAPPED > 0
    is_third = data[at] == VERSION_3
    told = numbers(data, at + np.where(is_third, 10, 22), "<u2", is_swapped=swapped)
    year = years[first].astype(np.int64) + 1970 - 1
    is_leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    is_wrong[first] = (told == 366) & ~is_leap
    return is_wrong


def numbers(
    data: NDArray[np.uint8],
    at: NDArray[np.int64],
    kind: str,
    is_swapped: NDArray[np.bool_] | None = None,
) -> NDArray[np.int64]:
    """Return the numbers that begin at some bytes.

    Parameters
    ----------
    data : NDArray[np.uint8]
        Bytes of a file.
    at : NDArray[np.int64]
        Where each of the numbers begins.
    kind : str
        What NumPy calls them, little-endian.
    is_swapped : NDArray[np.bool_], optional
        Which of them are big-endian.
    """
    found = data[at[:, None] + np.arange(np.dtype(kind).itemsize)]
    if is_swapped is not None:
        found[is_swapped] = found[is_swapped, ::-1]
    return found.view(kind).astype(np.int64)[:, 0]
