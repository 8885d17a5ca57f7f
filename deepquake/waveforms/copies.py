"""What is there twice: told by samples, not by times alone."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import file_digest
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from deepquake.core.report import Report
from deepquake.core.text import number_of
from deepquake.waveforms.pieces import read_pieces
from deepquake.waveforms.recording import Codes, Piece, tables_of
from deepquake.waveforms.sensors import Channel

COMPARED_AT_ONCE = 1 << 21  # samples of each of two channels

Pair = tuple[Path, Path]  # the file that is looked at, and the first of those that hold the same


@dataclass
class Doubles:
    """Which channels were found to be copies of others, or to hold other samples at their times."""

    whole: Counter[Pair] = field(default_factory=Counter)
    parts: Counter[Pair] = field(default_factory=Counter)
    other_samples: Counter[Pair] = field(default_factory=Counter)

    def has(self, channel: Channel, holders: Sequence[Channel]) -> bool:
        """Return whether all samples of a channel are in others too.

        Parameters
        ----------
        channel : Channel
            The one that may be a copy.
        holders : sequence of Channel
            Of the same code, rate and component; they cover its times, but for gaps.
        """
        pair = channel.path, holders[0].path
        try:
            is_copy, differs = _compare(channel, holders)
        except Exception:  # what cannot be read is told where it is read
            return False
        if is_copy:
            is_whole = len(holders) == 1 and abs(holders[0].length_s - channel.length_s) < 1
            (self.whole if is_whole else self.parts)[pair] += 1
        elif differs:
            self.other_samples[pair] += 1
        return is_copy

    def tell(self, report: Report) -> None:
        """Note what was found."""
        for (path, first), count in self.whole.items():
            same = f"holds {number_of(count, 'channel')} with the same samples as"
            same = "is the same file as" if _is_same_file(path, first) else same
            report.note(path, f"{same} {first.name}, which is used")
        for (path, first), count in self.parts.items():
            channels = number_of(count, "channel")
            report.note(
                path, f"holds {channels} with samples that {first.name} holds too, which is used"
            )
        for (path, first), count in self.other_samples.items():
            channels = number_of(count, "channel")
            what = f"other samples than {first.name} at the same times"
            report.note(path, f"holds {channels} with {what}; both are used")


def _compare(channel: Channel, holders: Sequence[Channel]) -> tuple[bool, bool]:
    """Return whether all samples of a channel are in others, and whether any is unlike theirs."""
    if len(holders) == 1 and _is_same_file(channel.path, holders[0].path):
        return True, False
    rates = {piece.rate_hz for each in (channel, *holders) for piece in each.pieces}
    if len(rates) > 1:
        return False, False
    (rate_hz,) = rates
    others = [piece for holder in holders for piece in holder.pieces]
    n_samples = round(channel.length_s * rate_hz)
    is_copy = True
    for first in range(0, n_samples, COMPARED_AT_ONCE):
        last = min(first + COMPARED_AT_ONCE, n_samples) - 1
        own, theirs = (
            _numbered(pieces, channel.start_s, first=first, last=last)
            for pieces in (channel.pieces, others)
        )
        there, held = np.isfinite(own), np.isfinite(theirs)
        if (own[there & held] != theirs[there & held]).any():
            return False, True
        is_copy = is_copy and not (there & ~held).any()
    return is_copy, False


def _numbered(
    pieces: Sequence[Piece], start_s: float, first: int, last: int
) -> NDArray[np.float64]:
    """Return samples of a channel by number, NaN where there is none."""
    row = np.full(last - first + 1, np.nan)
    (table,) = tables_of(sorted(pieces, key=lambda piece: piece.start_s), start_s)
    near = np.flatnonzero((table.end > first) & (table.first <= last))
    files: dict[tuple[Path, Codes, int], list[int]] = defaultdict(list)
    for number in near.tolist():
        piece = table.pieces[number]
        files[piece.path, piece.codes, piece.trace].append(number)
    for numbers in files.values():
        chosen = [table.pieces[number] for number in numbers]
        blocks, _ = read_pieces(chosen, table.first[numbers], first, high=last)
        for position, samples in blocks:
            since, until = max(position, first), min(position + len(samples), last + 1)
            if until > since:
                row[since - first : until - first] = samples[since - position : until - position]
    return row


def _is_same_file(path: Path, other: Path) -> bool:
    of_one, of_other = path.stat(), other.stat()
    if path == other or of_one.st_size != of_other.st_size:
        return False
    return _digest(path, of_one.st_mtime_ns) == _digest(other, of_other.st_mtime_ns)


@lru_cache(maxsize=64)
def _digest(path: Path, _changed_ns: int) -> bytes:
    with path.open("rb") as file:
        return file_digest(file, "blake2b").digest()
