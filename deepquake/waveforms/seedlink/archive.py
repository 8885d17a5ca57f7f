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


def parse_record(content: bytes) -> ReceivedRecord | None:
    """Return what a record of waveforms is of; None for a log, and for what is no such record."""
    try:
        record = MS3Record.parse(content)
        codes = codes_of_source(record.sourceid.encode())
        n_samples, rate_hz, begin_ns = record.samplecnt, record.samprate, record.starttime
    except (MiniSEEDError, ValueError):
        return None
    if record.reclen != PACKET_BYTES or n_samples <= 0 or rate_hz <= 0:
        return None
    if not (codes.station and codes.channel and all(map(PLAIN_CODE.fullmatch, codes))):
        return None
    if not FIRST_YEAR <= datetime.fromtimestamp(begin_ns / NS, UTC).year <= LAST_YEAR:
        return None
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
    _covered: OrderedDict[Path, HeldSpans] = field(default_factory=OrderedDict)

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
        covered = self._covered.pop(path, None) or _spans_held_by(path)
        self._covered[path] = covered  # now the last
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
        return [path for path in self._covered if path.is_file()]


def _spans_held_by(path: Path) -> HeldSpans:
    """Return what is at the end of a file, where one is; half a record that a kill left is cut."""
    try:
        size = path.stat().st_size
    except FileNotFoundError:
        return HeldSpans()
    if rest := size % PACKET_BYTES:
        size -= rest
        os.truncate(path, size)
    first = max(0, size - TAIL_BYTES)
    headers = index_file(path, first, size - first).headers
    if not len(headers):
        return HeldSpans()
    lengths_ns = np.rint(headers["n_samples"] / headers["rate_hz"] * NS).astype(np.int64)
    near = int(0.5 * NS / headers["rate_hz"].max())
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
