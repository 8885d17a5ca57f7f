"""A folder of records that grows: what of its files is new, from the new bytes alone.

Files are appended to and added, in any order of time. Of miniSEED only what was appended is looked
at; a file that another one has taken the place of has grown, too, where it begins with the same
bytes. Files of other formats are looked at anew when they change.
"""

import os
import re
import time
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import count, islice, takewhile
from math import inf
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from deepquake.core.files import edition_of, files_below
from deepquake.core.intervals import union
from deepquake.core.report import Report
from deepquake.core.text import number_of
from deepquake.core.times import DAY_S, day_start
from deepquake.waveforms import mseed
from deepquake.waveforms.pieces import GAP_JOINED, find_pieces, pieces_of_records
from deepquake.waveforms.recording import Codes, Piece
from deepquake.waveforms.records import tell_records
from deepquake.waveforms.traces import MOST_DRIFT

RecordSpans = NDArray[np.float64]  # (k, 2): from, and up to; seconds since 1970 UTC

SDS_NAME = re.compile(r"\.(\d{4})\.(\d{3})$")  # year and day of a file of an SDS archive
EARLY_S = 600.0  # by which the first record of a day may begin in the day before
SETTLED_NS = 2 * 10**9  # a folder that was changed later may have changed once more, unseen
OLD_LOOKS_S = 60.0  # between two looks at files that hold nothing of the days that are followed
COMPARED_BYTES = 512  # of what was read last, that tell an appended file from a new one
# Pieces at the end of a channel are short, so that reading their last minute looks at few records;
# those before are put together.
SHORT_BYTES, SHORT_RECORDS, LONG_BYTES = 1 << 14, 32, 1 << 20
MOST_SHORT, LEFT_SHORT = 32, 8
IS_LATE = "records of before the days that are open have come: search that time without --follow"
IS_AWAY = "is not there any more: it is waited for, and what was found stays"
IS_EMPTY = "none of its records is there any more: they are waited for, and what was found stays"
LOOKED_BACK = 4  # pieces that a new one may follow upon: others come in between, out of order


@dataclass
class GrowingFile:
    """What is known of a file: its state when it was looked at, and what it held.

    ``n_looked`` bytes were looked at, ``checksum`` is of these, ``tail`` the last of them.
    """

    state: tuple[int, ...] = ()
    n_looked: int = 0
    checksum: int = 0
    tail: bytes = b""
    edition: int = 0
    channels: dict[Codes, list[Piece]] = field(default_factory=dict)

    @property
    def pieces(self) -> list[Piece]:
        """Those of all channels."""
        return [piece for pieces in self.channels.values() for piece in pieces]


@dataclass
class GrowingRecords:
    """The files below a folder, as far as they hold something behind ``since_s``."""

    path: Path
    rate_hz: float
    pattern: str = "*"
    since_s: float = -inf
    files: dict[Path, GrowingFile] = field(default_factory=dict)
    old: dict[Path, tuple[int, ...]] = field(default_factory=dict)
    _folders: dict[Path, int] = field(default_factory=dict)
    _old_seen_s: float = -inf
    _is_known: bool = False  # whether what is there was looked at once
    _late: list[Path] = field(default_factory=list)  # too late: found at this look
    _editions: Iterator[int] = field(default_factory=lambda: count(1))

    def look(self, report: Report) -> dict[Path, RecordSpans]:
        """Return, of each file that is not what it was, the times that are new or are gone."""
        changed: dict[Path, RecordSpans] = {}
        if self._is_known and not os.path.exists(self.path):  # a disk of another machine comes back
            report.note(self.path, IS_AWAY)
            return changed
        listed = self._listed(report)
        if self.files and self.files.keys() >= set(listed) and not any(map(os.path.exists, listed)):
            report.note(self.path, IS_EMPTY)  # of a disk that is away the folder is left
            return changed
        for path in listed:
            try:
                spans = self._spans_anew(path, edition_of(path.stat()), report)
            except FileNotFoundError:
                spans = _times_of_pieces(self.files.pop(path).pieces) if path in self.files else []
                self.old.pop(path, None)
            except OSError as error:
                report.skip(path, f"cannot be read: {error.strerror}")
                continue
            if len(spans):
                changed[path] = union(*np.array(spans).T)
        if self._late and self._is_known:
            n_others = len(self._late) - 1
            others = f" (and of {number_of(n_others, 'other file')})" if n_others else ""
            report.note(self._late[0], IS_LATE + others)
        self._late, self._is_known = [], True
        return changed

    def pieces(self) -> dict[Path, list[Piece]]:
        """Return the pieces by file."""
        return {path: file.pieces for path, file in self.files.items() if file.channels}

    def forget(self, before_s: float) -> None:
        """Forget what ends before a time (seconds since 1970 UTC)."""
        self.since_s = before_s
        for path, file in [*self.files.items()]:
            for codes, pieces in [*file.channels.items()]:
                kept = [piece for piece in pieces if piece.end_s > before_s]
                if kept:
                    file.channels[codes] = kept
                else:
                    del file.channels[codes]
            if not file.channels and self._is_old(path, file.state):
                self.old[path] = self.files.pop(path).state

    def _listed(self, report: Report) -> list[Path]:
        """Return the files to look at now: all, after a folder has changed."""
        now_s = time.monotonic()
        if self.path.is_file():
            return [self.path]
        if _changed_times(self._folders) != self._folders or not self._folders:
            self._folders = _folder_times(self.path)
            self._old_seen_s = now_s
            found = files_below(self.path, self.pattern, report)
            return [*found, *(self.files.keys() - set(found))]
        if now_s - self._old_seen_s >= OLD_LOOKS_S:
            self._old_seen_s = now_s
            return sorted({*self.files, *self.old})
        return sorted(self.files)

    def _spans_anew(
        self, path: Path, state: tuple[int, ...], report: Report
    ) -> list[tuple[float, float]]:
        """Look at a file if it has changed; return the times that are new or are gone."""
        file = self.files.get(path)
        if state == (self.old.get(path) if file is None else file.state):
            return []
        if file is None:
            if self._is_old(path, state):
                self._late.append(path)
                self.old[path] = state
                return []
            self.old.pop(path, None)
            file = self.files[path] = GrowingFile()
        spans: list[tuple[float, float]] = []
        is_new = not file.state
        same_file = is_new or (state[0] == file.state[0] and state[1] > file.state[1])
        if not is_new and not _begins_with(path, file, whole=not same_file):
            spans += _times_of_pieces(file.pieces)
            file = self.files[path] = GrowingFile()
        with path.open("rb", buffering=0) as opened:
            head = opened.read(64)
        if mseed.looks_like_mseed(head):
            spans += self._append(path, file, state[1], report=report)
        elif len(head) == 64:  # else it has only just been made
            spans += _times_of_pieces(file.pieces)
            file.channels = {}
            for piece in find_pieces(path, self.rate_hz, report):
                file.channels.setdefault(piece.codes, []).append(piece)
            spans += _times_of_pieces(file.pieces)
        file.state = state
        return spans

    def _append(
        self, path: Path, file: GrowingFile, size: int, *, report: Report
    ) -> list[tuple[float, float]]:
        """Add what was appended to a file; return its times."""
        known = file.pieces
        file.edition = file.edition or next(self._editions)
        records = mseed.index_file(
            path,
            file.n_looked,
            size - file.n_looked,
            rate_hz=known[-1].rate_hz if known else 0.0,
        )
        until = size - records.n_left
        for data in _bytes_of(path, file.n_looked, until):
            file.checksum = zlib.crc32(data, file.checksum)
            file.tail = (file.tail + data[-COMPARED_BYTES:])[-COMPARED_BYTES:]
        file.n_looked = until
        tell_records(path, replace(records, n_left=0), report)  # the rest is being written
        pieces = pieces_of_records(
            path, records, self.rate_hz, most_records=SHORT_RECORDS, edition=file.edition
        )
        kept = [piece for piece in pieces if piece.end_s > self.since_s]
        if len(kept) < len(pieces):
            self._late.append(path)
        for piece in kept:
            add_piece(file.channels.setdefault(piece.codes, []), piece)
        return _times_of_pieces(kept)

    def _is_old(self, path: Path, state: tuple[int, ...]) -> bool:
        """Return whether a file holds nothing behind ``since_s``, by its name and its age."""
        if state[2] / 1e9 < self.since_s:
            return True
        if not (named := SDS_NAME.search(path.name)):
            return False
        year, day = map(int, named.groups())
        return day_start(year, 1, 1) + day * DAY_S + EARLY_S < self.since_s


def add_piece(pieces: list[Piece], piece: Piece) -> None:
    """Add a piece to those of its channel: to one that it goes on from, or as one more.

    Parameters
    ----------
    pieces : list of Piece
        Those of a file, in its order; short ones before the last few are put together.
    piece : Piece
        What was appended.
    """
    for number in range(len(pieces) - 1, max(-1, len(pieces) - 1 - LOOKED_BACK), -1):
        if _goes_on_with(pieces[number], piece, SHORT_BYTES):
            pieces[number] = _both_pieces(pieces[number], piece)
            return
    pieces.append(piece)
    # those farther back were looked at before: what goes on with none of its neighbours stays short
    last = islice(reversed(pieces), 2 * MOST_SHORT)
    n_short = len([*takewhile(lambda p: p.n_bytes <= SHORT_BYTES, last)])
    if n_short > MOST_SHORT:
        first = len(pieces) - n_short
        before, after = pieces[: max(first - 1, 0)], pieces[-LEFT_SHORT:]
        for short in pieces[max(first - 1, 0) : -LEFT_SHORT]:
            if before and _goes_on_with(before[-1], short, LONG_BYTES):
                before[-1] = _both_pieces(before[-1], short)
            else:
                before.append(short)
        pieces[:] = before + after


def _goes_on_with(piece: Piece, other: Piece, most_bytes: int) -> bool:
    """Return whether a piece goes on with another one, in time and in the file."""
    since = other.first_byte - piece.first_byte - piece.n_bytes
    return (
        piece.rate_hz == other.rate_hz
        and 0 <= since <= GAP_JOINED
        and piece.n_bytes + since + other.n_bytes <= most_bytes
        and abs(other.start_s - piece.end_s) * piece.rate_hz <= MOST_DRIFT
    )


def _both_pieces(piece: Piece, other: Piece) -> Piece:
    return piece._replace(
        n_samples=piece.n_samples + other.n_samples,
        n_bytes=other.first_byte + other.n_bytes - piece.first_byte,
    )


def _times_of_pieces(pieces: Iterable[Piece]) -> list[tuple[float, float]]:
    return [(piece.start_s, piece.end_s) for piece in pieces]


def _begins_with(path: Path, file: GrowingFile, *, whole: bool) -> bool:
    """Return whether a file begins with what was looked at: all of that, or its last bytes."""
    if not file.edition:
        return False  # of a format that is looked at anew
    if not whole:
        first = file.n_looked - len(file.tail)
        return b"".join(_bytes_of(path, first, file.n_looked)) == file.tail
    checksum, n_bytes = 0, 0
    for data in _bytes_of(path, 0, file.n_looked):
        checksum, n_bytes = zlib.crc32(data, checksum), n_bytes + len(data)
    return (checksum, n_bytes) == (file.checksum, file.n_looked)


def _bytes_of(path: Path, first: int, end: int) -> Iterator[bytes]:
    """Yield bytes of a file, some megabytes at a time."""
    with path.open("rb", buffering=0) as file:
        file.seek(first)
        while first < end and (data := file.read(min(mseed.BYTES_AT_A_TIME, end - first))):
            yield data
            first += len(data)


def _folder_times(root: Path) -> dict[Path, int]:
    """Return when each folder below another one was changed, itself included; 0 if just now."""
    found: dict[Path, int] = {}
    entered: set[str] = set()
    for name, subfolders, _ in os.walk(root, followlinks=True):
        real = os.path.realpath(name)
        if real in entered:
            subfolders.clear()
            continue
        entered.add(real)
        subfolders[:] = [folder for folder in subfolders if folder[0] != "."]
        found[Path(name)] = 0
    return {path: _unless_just_now(at_ns) for path, at_ns in _changed_times(found).items()}


def _changed_times(folders: Iterable[Path]) -> dict[Path, int]:
    times: dict[Path, int] = {}
    for folder in folders:
        try:
            times[folder] = folder.stat().st_mtime_ns
        except OSError:
            times[folder] = -1
    return times


def _unless_just_now(at_ns: int) -> int:
    return at_ns if time.time_ns() - at_ns > SETTLED_NS else 0
