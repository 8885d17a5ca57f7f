"""Records added to an SDS archive (SeisComP Data Structure), each once.

A record is 512 bytes of miniSEED and stays as it came. It goes to the file of the day that it
begins on: YEAR/NET/STA/CHAN.D/NET.STA.LOC.CHAN.D.YEAR.DAY.
"""

import errno
import os
import re
from bisect import bisect_left, bisect_right
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from pymseed import MiniSEEDError, MS3Record

from deepquake.core.files import naming
from deepquake.core.intervals import union
from deepquake.waveforms.mseed import codes_of_source, index_file
from deepquake.waveforms.recording import Codes

PACKET_BYTES = 512
TAIL_BYTES = 1 << 20  # of a file that was there before: what may come again is at its end
MOST_FILES = 4096  # that are remembered at a time
PLAIN_CODE = re.compile(r"[A-Za-z0-9\-]*")
NS = 1_000_000_000
FIRST_YEAR, LAST_YEAR = 1970, 2100
SAME_RATE = 1e-4  # of the rate: by how the header has it


class NotKept(ValueError):
    """What is no record of waveforms, or none that an archive takes; it says what it is."""


@dataclass(frozen=True)
class ReceivedRecord:
    """What the header of a record tells."""

    codes: Codes
    start_ns: int
    n_samples: int
    rate_hz: float

    @property
    def end_ns(self) -> int:
        """When the sample after the last one is due."""
        return self.start_ns + round(self.n_samples / self.rate_hz * NS)


def parse_record(content: bytes) -> ReceivedRecord:
    """Return what a record of waveforms is of; NotKept for a log, and for what is no record."""
    try:
        record = MS3Record.parse(content)
        codes = codes_of_source(record.sourceid.encode())
        n_samples, rate_hz, begin_ns = record.samplecnt, record.samprate, record.starttime
    except (MiniSEEDError, ValueError):
        raise NotKept("damaged") from None
    if n_samples <= 0 or rate_hz <= 0:
        raise NotKept("logs and the like")
    if record.reclen != PACKET_BYTES:
        raise NotKept(f"of {record.reclen} bytes, not {PACKET_BYTES}")
    if not (codes.station and codes.channel and all(map(PLAIN_CODE.fullmatch, codes))):
        raise NotKept("without sound codes of station and channel")
    year = datetime.fromtimestamp(begin_ns / NS, UTC).year
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise NotKept(f"of the year {year}")
    return ReceivedRecord(codes, begin_ns, n_samples, rate_hz)


def sds_path(codes: Codes, time_ns: int) -> Path:
    """Return where in an archive a record of a channel belongs.

    Parameters
    ----------
    codes : Codes
        The channel.
    time_ns : int
        The time of its first sample, nanoseconds since 1970 UTC.
    """
    day = datetime.fromtimestamp(time_ns // NS, UTC)
    network, station, location, channel = codes
    name = f"{network}.{station}.{location}.{channel}.D.{day:%Y.%j}"
    return Path(f"{day:%Y}", network, station, f"{channel}.D", name)


@dataclass
class HeldSpans:
    """Spans of time (ns) that a file holds, apart and in order."""

    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)

    def holds(self, start: int, end: int, near: int) -> bool:
        """Tell whether all of a span is there.

        Parameters
        ----------
        start, end : int
            The span.
        near : int
            By so much it may stand out.
        """
        k = bisect_right(self.starts, start + near) - 1
        return k >= 0 and end <= self.ends[k] + near

    def add(self, start: int, end: int, near: int) -> None:
        """Add a span.

        Parameters
        ----------
        start, end : int
            The span.
        near : int
            Spans so far from each other, or less, are one.
        """
        first = bisect_left(self.ends, start - near)
        last = bisect_right(self.starts, end + near)
        if first < last:
            start, end = min(start, self.starts[first]), max(end, self.ends[last - 1])
        self.starts[first:last], self.ends[first:last] = [start], [end]


@dataclass
class Archive:
    """An SDS archive that records are added to."""

    folder: Path
    # by file and rate: one record with a wrong rate may be of days, and holds none of the others
    _covered: OrderedDict[tuple[Path, float], HeldSpans] = field(default_factory=OrderedDict)

    def add(self, content: bytes, record: ReceivedRecord) -> bool:
        """Add a record at the end of its file; return False where its samples are there already.

        Parameters
        ----------
        content : bytes
            The record.
        record : ReceivedRecord
            What its header tells.
        """
        path = self.folder / sds_path(record.codes, record.start_ns)
        key = path, record.rate_hz
        covered = self._covered.pop(key, None) or _spans_held_by(*key)
        self._covered[key] = covered  # now the last
        if len(self._covered) > MOST_FILES:
            self._covered.popitem(last=False)
        span = record.start_ns, record.end_ns, round(0.5 * NS / record.rate_hz)
        if covered.holds(*span):
            return False
        _append(path, content)
        covered.add(*span)
        return True

    def files(self) -> list[Path]:
        """Return the files that may have been written to of late."""
        return [path for path in dict.fromkeys(path for path, _ in self._covered) if path.is_file()]


def _spans_held_by(path: Path, rate_hz: float) -> HeldSpans:
    """Return what is at the end of a file, where one is; half a record that a kill left is cut.

    Parameters
    ----------
    path : Path
        The file.
    rate_hz : float
        Records of another sampling rate do not count.
    """
    try:
        size = path.stat().st_size
    except FileNotFoundError:
        return HeldSpans()
    first = 0 if size % PACKET_BYTES else max(0, size - TAIL_BYTES)
    records = index_file(path, first, size - first)
    if 0 < records.n_left < PACKET_BYTES:  # records of other programs may have other lengths
        os.truncate(path, size - records.n_left)
    headers = records.headers
    headers = headers[np.isclose(headers["rate_hz"], rate_hz, rtol=SAME_RATE)]
    lengths_ns = np.rint(headers["n_samples"] / rate_hz * NS).astype(np.int64)
    near = round(0.5 * NS / rate_hz)
    spans = union(headers["start_ns"], headers["start_ns"] + lengths_ns, near)
    return HeldSpans(spans[:, 0].tolist(), spans[:, 1].tolist())


def _append(path: Path, content: bytes) -> None:
    """Write a record behind the others of a file, all of it or nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with naming(path), open(path, "ab", buffering=0) as file:
        size = file.tell()
        try:
            if file.write(content) != len(content):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError:
            with suppress(OSError):
                file.truncate(size)
            raise
