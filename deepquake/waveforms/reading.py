"""Reading station streams: only the span asked for, cleaned, on one grid of sample times."""

from collections import defaultdict
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil, floor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from deepquake.core.errors import DeepQuakeError, short
from deepquake.core.files import whole_file
from deepquake.core.intervals import runs_of_true, union
from deepquake.core.report import SAME_PLACE_S, Report
from deepquake.core.settings import COMPONENTS
from deepquake.waveforms import filtering
from deepquake.waveforms.mseed import packed
from deepquake.waveforms.pieces import CONTEXT, first_samples, read_pieces
from deepquake.waveforms.recording import Codes, Piece, Recording, Segment, Table
from deepquake.waveforms.records import DISAGREEING, DISTRUSTED
from deepquake.waveforms.traces import Block

CHUNK_S = 4 * 3600.0  # of a record that are in memory at a time
LARGEST_INT = 2**31
IS_UNREADABLE = "its samples cannot be read"


@dataclass(frozen=True)
class _Row:
    """Samples of a component on a grid, less a constant; ``first`` is the number of the first."""

    samples: NDArray
    first: int
    constant: float = 0.0

    def at(self, first: int, end: int) -> slice:
        """Return where the samples of these numbers are."""
        return slice(max(first - self.first, 0), max(end - self.first, 0))

    def put(self, position: int, samples: NDArray) -> None:
        """Put in a block of samples, as far as it is in the row."""
        target = self.samples[self.at(position, position + len(samples))]
        since = max(self.first - position, 0)
        part, constant = samples[since : since + len(target)], np.float64(self.constant)
        np.subtract(part, constant, out=target, casting="unsafe")

    def place(self, blocks: Sequence[Block]) -> list[tuple[int, NDArray[np.intp]]]:
        """Put in blocks, sorted by position; overlaps that do not agree become NaN.

        Two pieces that share one sample, or leave one out, do so as a clock drifts against the
        grid: the first one's sample stays, or is held for one more. Returned is the number of
        each block that does not agree with those before it, and at which samples.
        """
        conflicts: list[tuple[int, NDArray]] = []
        filled: int | None = None  # one past the last sample placed so far
        held = np.nan
        for number, (position, samples) in enumerate(blocks):
            end = position + len(samples)
            if filled is not None:
                shared = filled - position
                if shared > 1:
                    conflicts.append((number, self._overlap(position, samples[:shared])))
                elif shared == -1:
                    self.samples[self.at(filled, position)] = held
                if shared > 0:
                    position, samples = position + shared, samples[shared:]
            if len(samples):
                self.put(position, samples)
                held = samples[-1] - self.constant
            filled = end if filled is None else max(filled, end)
        for _, where in conflicts:
            self.samples[where] = np.nan
        if any(samples.dtype.kind == "f" for _, samples in blocks):
            self.samples[~np.isfinite(self.samples)] = np.nan
        return conflicts

    def _overlap(self, position: int, samples: NDArray) -> NDArray[np.intp]:
        """Fill NaN from an overlapping block; return where the two do not agree."""
        where = self.at(position, position + len(samples))
        old = self.samples[where]
        new = _Row(np.empty_like(old), max(position, self.first), self.constant)
        new.put(position, samples)
        differ = np.isfinite(old) & np.isfinite(new.samples) & (old != new.samples)
        np.copyto(old, new.samples, where=np.isnan(old))
        return np.flatnonzero(differ) + where.start


def read(
    recording: Recording, start_s: float, end_s: float, report: Report | None = None
) -> Segment:
    """Return the samples of a recording from ``start_s`` to ``end_s``, as far as it goes.

    Only that span is read from disk (all of a file that is not miniSEED). Where files or records
    overlap and agree they are one; where they do not agree, nobody knows, and the samples are NaN.
    What is not at the sampling rate of the recording is resampled. The constant offset of each
    component's first record is removed before the cast to float32; nothing is filtered. Reading
    a span in parts gives the same samples as reading it at once.

    Parameters
    ----------
    recording : Recording
        The station stream.
    start_s, end_s : float
        The first and the last time wanted, seconds since 1970 UTC.
    report : Report, optional
        Is told what turns out not to be readable, the samples of which are NaN.

    Returns
    -------
    Segment
        The samples.

    Raises
    ------
    DeepQuakeError
        Where a file is not readable and there is no report.
    """
    rate = recording.sampling_rate_hz
    first = max(0, floor((start_s - recording.start_s) * rate + 1e-3))
    last = min(recording.n_samples - 1, ceil((end_s - recording.start_s) * rate - 1e-3))
    data = np.full((len(COMPONENTS), max(0, last - first + 1)), np.nan, np.float32)
    if data.shape[1]:
        for component, pieces in recording.pieces.items():
            row = _Row(data[COMPONENTS.index(component)], first, _offset(pieces[0], report))
            _fill(row, recording.tables[component], rate, report=report)
        _blank_elsewhere(data, first, recording)
    return Segment(recording.start_s + first / rate, data)


def read_filtered(
    recording: Recording,
    start_s: float,
    end_s: float,
    corners_hz: tuple[float, float],
    report: Report | None = None,
    *,
    shows_flats: bool = False,
) -> Segment:
    """Return a span of a recording, filtered as windows are; what is dead in them is NaN.

    Parameters
    ----------
    recording, start_s, end_s, report
        As of ``read``.
    corners_hz : (float, float)
        Those of the high-pass and the low-pass; 0 is none.
    shows_flats : bool
        Leave dead stretches as they are where nothing is filtered.
    """
    rate = recording.sampling_rate_hz
    lead_s = max(filtering.settling_time(corners_hz[0]), filtering.DEAD_LOOKS_S)
    raw = read(recording, start_s - lead_s, end_s + filtering.DEAD_LOOKS_S, report=report)
    if any(corners_hz) or not shows_flats:
        filtering.blank(raw.data, [filtering.dead_runs(row, rate) for row in raw.data])
    segment = filtering.filter_segment(raw, rate, corners_hz)
    first = max(0, round((start_s - segment.start_s) * rate))
    last = max(0, round((end_s - segment.start_s) * rate))
    return Segment(segment.start_s + first / rate, segment.data[:, first : last + 1])


def read_as_recorded(
    recording: Recording, component: str, start_s: float, end_s: float, report: Report | None = None
) -> list[tuple[float, float, NDArray]]:
    """Return what is recorded of a component in a span: the numbers of the files, at their rate.

    Files and records that overlap and agree are one; where they do not agree there is a gap.

    Parameters
    ----------
    recording : Recording
        The station stream.
    component : str
        Z, N or E.
    start_s, end_s : float
        The first and the last time wanted, seconds since 1970 UTC.
    report : Report, optional
        As of ``read``.

    Returns
    -------
    list of tuple
        Of each stretch without a gap the time of the first sample, the rate in Hz, and the samples.
    """
    stretches = []
    for table in recording.tables[component]:
        rate = table.rate_hz
        first = ceil((start_s - recording.start_s) * rate - 1e-3)
        end = floor((end_s - recording.start_s) * rate + 1e-3) + 1
        first, end = max(first, int(table.first.min())), min(end, int(table.end.max()))
        if first >= end:
            continue
        row = _Row(np.full(end - first, np.nan), first)
        kinds = _fill_native(row, table, report)
        for begin, stop in runs_of_true(np.isfinite(row.samples)).tolist():
            # by the clock of its own piece, which need not tick with the grid
            owner = np.flatnonzero((table.first <= first + begin) & (first + begin < table.end))
            piece = (
                int(owner[0]) if len(owner) else int(np.argmin(abs(table.first - first - begin)))
            )
            since_s = (first + begin - int(table.first[piece])) / rate
            samples = _as_stored(row.samples[begin:stop], kinds)
            stretches.append((table.pieces[piece].start_s + since_s, rate, samples))
    return stretches


def write_stream(recording: Recording, path: Path, report: Report | None = None) -> None:
    """Write a recording as one miniSEED file, whole or not at all, a few hours at a time.

    Components that are at the sampling rate keep their numbers: whole numbers as Steim-2, others
    as floats. What is resampled is written as float32 without its constant offset.

    Parameters
    ----------
    recording : Recording
        The station stream.
    path : Path
        The file.
    report : Report, optional
        As of ``read``.
    """
    for _ in write_and_read(recording, path, report=report):
        pass


def write_and_read(
    recording: Recording,
    path: Path,
    lead_s: float = 0.0,
    trail_s: float = 0.0,
    report: Report | None = None,
    *,
    lasting: bool = True,
) -> Generator[tuple[float, float, Segment], None, None]:
    """Do what ``write_stream`` does, and yield each part as soon as it is written.

    Parameters
    ----------
    recording, path, report
        As of ``write_stream``.
    lead_s, trail_s : float
        Seconds before and after each part that are yielded with it.
    lasting : bool
        As of ``whole_file``.

    Yields
    ------
    tuple[float, float, Segment]
        Begin and end of the part (seconds since 1970 UTC, the end not included), and its samples
        as ``read`` returns them: they are decoded once.
    """
    rate = recording.sampling_rate_hz
    lead, trail = ceil(lead_s * rate), ceil(trail_s * rate)
    chunk = round(CHUNK_S * rate)
    earliest = round((recording.span()[0] - recording.start_s) * rate)
    with whole_file(path, lasting=lasting) as temporary, temporary.open("wb") as file:
        for chunk_first in _occupied(recording, chunk):
            first = max(chunk_first, earliest)
            end = min(chunk_first + chunk, recording.n_samples)
            low, high = max(0, first - lead), min(end + trail, recording.n_samples)
            data = np.full((len(COMPONENTS), high - low), np.nan, np.float32)
            for component, pieces in recording.pieces.items():
                untouched = all(filtering.ratio(p.rate_hz, rate) == (1, 1) for p in pieces)
                offset = _offset(pieces[0], report)
                row = _Row(np.full(high - low, np.nan), low, 0.0 if untouched else offset)
                kinds = _fill(row, recording.tables[component], rate, report=report)
                _blank_elsewhere(row.samples, low, recording)
                part = row.samples[row.at(first, end)]
                codes = recording.codes(component)
                for begin, stop in runs_of_true(np.isfinite(part)).tolist():
                    start_s = recording.start_s + (first + begin) / rate
                    samples = _as_stored(part[begin:stop], kinds)
                    file.write(packed(codes, rate_hz=rate, start_s=start_s, samples=samples))
                line = data[COMPONENTS.index(component)]
                with np.errstate(over="ignore", invalid="ignore"):
                    _Row(line, low, offset * untouched).put(low, row.samples)
            data[~np.isfinite(data)] = np.nan
            first_s, end_s, low_s = (recording.start_s + k / rate for k in (first, end, low))
            yield first_s, end_s, Segment(low_s, data)


def _as_stored(samples: NDArray[np.float64], kinds: set[str]) -> NDArray:
    """Return finite samples as numbers of the ``kinds`` that they come from, as ``_fill`` says."""
    is_whole = kinds <= set("iu")
    if is_whole and max(-samples.min(), samples.max()) < LARGEST_INT:
        return samples.astype(np.int32)
    return samples if is_whole or "d" in kinds else samples.astype(np.float32)


def _blank_elsewhere(data: NDArray, first: int, recording: Recording) -> None:
    """Set to NaN what of ``data`` (its first sample is ``first``) another sensor is taken for."""
    if recording.elsewhere:
        since_s = np.array(recording.elsewhere) - recording.start_s - 1e-6
        numbers = np.ceil(since_s * recording.sampling_rate_hz).astype(np.int64) - first
        near = (numbers[:, 1] > 0) & (numbers[:, 0] < data.shape[-1])
        for low, high in numbers[near].clip(min=0).tolist():
            data[..., low:high] = np.nan


def _occupied(recording: Recording, chunk: int) -> list[int]:
    """Return the first samples of those chunks of the grid that hold anything."""
    numbers: set[int] = set()
    for stretch in recording.stretches:
        first = round((stretch.start_s - recording.start_s) * recording.sampling_rate_hz)
        numbers.update(range(first // chunk, (first + stretch.n_samples - 1) // chunk + 1))
    return [number * chunk for number in sorted(numbers)]


@np.errstate(over="ignore", invalid="ignore")
def _fill(row: _Row, tables: Sequence[Table], rate: float, report: Report | None) -> set[str]:
    """Put the samples of a component into a row.

    Returns the kinds of numbers met: 'i' and 'u' whole, 'f' float32, 'd' float64 and resampled.
    """
    kinds: set[str] = set()
    for table in tables:
        factors = up, down = filtering.ratio(table.rate_hz, rate)
        if up == down:
            kinds |= _fill_native(row, table, report)
            continue
        kinds.add("f")
        reach, last = filtering.margin(factors), row.first + len(row.samples) - 1
        low, high = floor(row.first * down / up) - reach, ceil(last * down / up) + reach
        native = _Row(np.full(high - low + 1, np.nan), low, row.constant)
        _fill_native(native, table, report)
        for begin, end in runs_of_true(np.isfinite(native.samples)).tolist():
            position, samples = filtering.resample(native.samples[begin:end], low + begin, factors)
            _Row(row.samples, row.first).put(position, samples)
    return kinds


def _fill_native(row: _Row, table: Table, report: Report | None) -> set[str]:
    """Put the samples of a table into a row on the table's grid; return their kinds."""
    # one sample more in front: it fills a hole of one sample at the very beginning
    low, high = row.first - 1, row.first + len(row.samples)
    near = np.flatnonzero((table.end > low - CONTEXT) & (table.first < high + CONTEXT))
    files: dict[tuple[Path, Codes], list[int]] = defaultdict(list)
    for number in near.tolist():
        files[table.pieces[number].path, table.pieces[number].codes].append(number)
    blocks: list[Block] = []
    sources: list[tuple[Path, Codes]] = []  # of the blocks
    for (path, codes), numbers in files.items():
        chosen = [table.pieces[number] for number in numbers]
        with _readable(path, report):
            found, lost = read_pieces(chosen, table.first[numbers], low, high=high)
            blocks += found
            sources += [(path, codes)] * len(found)
            if report is not None:
                for message, spans in lost.items():
                    kind = "note" if message == DISTRUSTED else "skipped"
                    report.lose(path, message, codes, spans=spans, kind=kind)
    order = sorted(range(len(blocks)), key=lambda number: blocks[number][0])
    blocks = [blocks[number] for number in order]
    for number, where in row.place(blocks):
        if len(where) and report is not None:
            start_s = table.pieces[0].start_s + (row.first - table.first[0]) / table.rate_hz
            path, codes = sources[order[number]]
            # a few samples that happen to be the same do not make two places of one
            runs = union(where, where + 1, round(SAME_PLACE_S * table.rate_hz))
            times_s = (start_s + runs / table.rate_hz).tolist()
            report.lose(path, DISAGREEING, codes, spans=[(a, b) for a, b in times_s])
    return {"d" if samples.dtype == np.float64 else samples.dtype.kind for _, samples in blocks}


@contextmanager
def _readable(path: Path, report: Report | None) -> Iterator[None]:
    """Report, once, that a file cannot be read after all, or raise DeepQuakeError."""
    try:
        yield
    except Exception as error:  # the readers of thirty formats raise anything on a damaged file
        message = f"{IS_UNREADABLE}: {short(error)}"
        if report is None:
            raise DeepQuakeError(f"{path}: {message}") from error
        _skip_once(report, path, message)


def _skip_once(report: Report, path: Path, message: str) -> None:
    if not any(p.path == str(path) and p.message == message for p in report.problems):
        report.skip(path, message)


def _offset(piece: Piece, report: Report | None) -> float:
    """Return the median of the first record (or 100 samples) of a component's first piece."""
    samples: NDArray = np.empty(0)
    with _readable(piece.path, report):
        samples = first_samples(piece)
    finite = samples[np.isfinite(samples)]
    if not len(finite):
        return 0.0
    median = float(np.median(finite))
    return round(median) if samples.dtype.kind in "iu" else median
