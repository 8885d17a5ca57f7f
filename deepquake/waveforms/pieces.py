"""The pieces of a file, gap-free runs of samples known from its headers, and their samples.

A piece is placed by the time of its first sample, and ends before its clock has drifted from its
rate by a quarter of a sample. Of miniSEED, a piece is a range of bytes that can be read by itself;
what other files hold is read by ``waveforms.traces``.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from deepquake.core.errors import DeepQuakeError, short
from deepquake.core.intervals import union
from deepquake.core.magic import HEAD_BYTES
from deepquake.core.report import Report
from deepquake.waveforms import mseed
from deepquake.waveforms.filtering import round_rate
from deepquake.waveforms.formats import format_of, why_no_format
from deepquake.waveforms.recording import Piece
from deepquake.waveforms.records import (
    BREAK,
    CUT_SINCE,
    DISTRUSTED,
    IS_STEIM,
    UNDECODED,
    UNFIT,
    Records,
    start_s,
    tell_records,
    without_wrong_years,
)
from deepquake.waveforms.traces import (
    MOST_DRIFT,
    Block,
    State,
    first_of_trace,
    read_traces,
    trace_pieces,
)

Lost = dict[
    str, list[tuple[float, float]]
]  # start and end of records, by what there is to say of them

RECORDS_PER_PIECE = 2048
MOST_CHECKED = 64  # records that tell whether the check values of a file are of use
RATES_DIFFER = 1e-3  # relative
GAP_JOINED = 1 << 16  # bytes: two ranges of a file that are nearer than this are read as one
SMALL_FILE = 1 << 18  # bytes: the records of many such, and of a few of up to LARGE_FILE, are
LARGE_FILE = 1 << 26  # remembered
CONTEXT = 8  # samples on either side of the span asked for, to see how pieces overlap
FIRST_BYTES = 1 << 20  # of a piece, among which is its first record


def find_pieces(path: Path, sampling_rate_hz: float, report: Report) -> list[Piece]:
    """Return the pieces of a file; none, with a word in the report, where it has no samples.

    Parameters
    ----------
    path : Path
        The file, of any format.
    sampling_rate_hz : float
        The rate at which its samples are wanted.
    report : Report
        Is told why a file is left out, and what of it is damaged or cut off.

    Returns
    -------
    list[Piece]
        The pieces, at the round rates that the rates of headers are a hair off.
    """
    pieces: list[Piece] = []
    why = "holds no samples"
    try:
        with path.open("rb", buffering=0) as file:
            head = file.read(HEAD_BYTES)
        if not (format_name := format_of(path, head)):
            why = why_no_format(head)
        elif format_name == "MSEED":
            pieces = _mseed_pieces(path, sampling_rate_hz, report)
        else:
            pieces = trace_pieces(path, format_name, sampling_rate_hz, report)
    except DeepQuakeError as error:
        why = str(error)
    except OSError as error:
        why = f"cannot be read: {short(error)}"
        if isinstance(error, FileNotFoundError) and path.is_symlink():
            why = "is a link to a file that is not there"
    except Exception as error:  # the readers of thirty formats raise anything on a damaged file
        why = f"cannot be read as a waveform file: {short(error)}"
    if not pieces:
        report.skip(path, why)
    return without_wrong_years(pieces, report)


def read_pieces(
    pieces: Sequence[Piece], positions: NDArray[np.int64], low: int, high: int
) -> tuple[list[Block], Lost]:
    """Return samples of a channel in a file, in blocks without a gap.

    Parameters
    ----------
    pieces : Sequence[Piece]
        Pieces of the channel in the file, of one rate, sorted by start.
    positions : NDArray[np.int64]
        The numbers of their first samples on a grid of their rate.
    low, high : int
        The first and the last sample wanted; of miniSEED no others are read but whole records.

    Returns
    -------
    tuple[list[Block], Lost]
        The blocks, and which records cannot be decoded, do not fit their check value, or are
        gone since the pieces were found.

    Raises
    ------
    DeepQuakeError
        Where a trace is not the one of its headers.
    """
    if pieces[0].format != "MSEED":
        return read_traces(pieces, positions), {}
    blocks: list[Block] = []
    lost: Lost = {}
    path, rate_hz, state = pieces[0].path, pieces[0].rate_hz, _state_to_read(pieces[0])
    size = path.stat().st_size
    if gone := [piece for piece in pieces if piece.first_byte + piece.n_bytes > size]:
        lost[CUT_SINCE] = [(piece.start_s, piece.end_s) for piece in gone]
    starts = np.array([piece.start_s for piece in pieces])
    for first_byte, n_bytes in _byte_ranges(pieces):
        headers = _headers(pieces[0], state, first_byte=first_byte, n_bytes=n_bytes)
        begin_s, n_samples = start_s(headers), headers["n_samples"]
        owner = np.searchsorted(starts, begin_s + MOST_DRIFT / rate_hz, side="right") - 1
        position = positions[owner] + np.round((begin_s - starts[owner]) * rate_hz).astype(np.int64)
        near = (position <= high + CONTEXT) & (position + n_samples > low - CONTEXT) & (owner >= 0)
        headers, position = headers[near], position[near]
        kinds = mseed.SAMPLE_TYPES[headers["encoding"]]
        for first, end in _rows(kinds[1:] != kinds[:-1], len(kinds)):
            of_kind = headers[first:end]
            samples, good = _decode(path, state, of_kind, lost)
            blocks += _in_blocks(position[first:end][good], of_kind["n_samples"][good], samples)
    return blocks, lost


def first_samples(piece: Piece) -> NDArray:
    """Return the samples of the first record of a piece, or its first hundred."""
    if piece.format == "MSEED":
        return _first_record(piece, _state_to_read(piece))
    return first_of_trace(piece)


@lru_cache(maxsize=4096)  # some hundred samples each
def _first_record(piece: Piece, state: State) -> NDArray:
    n_bytes = min(piece.n_bytes, FIRST_BYTES)
    headers = _headers(piece, state, first_byte=piece.first_byte, n_bytes=n_bytes)[:1]
    return _decode(piece.path, state, headers, {})[0] if len(headers) else np.empty(0)


def _decode(
    path: Path, state: State, headers: NDArray[np.void], lost: Lost
) -> tuple[NDArray, NDArray[np.bool_]]:
    """Return the samples of records, and which records they are of; add the others to ``lost``."""
    if state[0] <= SMALL_FILE:
        begin, data = 0, _small_file(path, state)
    else:
        begin = int(headers["offset"].min())
        end = int((headers["offset"] + headers["length"]).max())
        data = np.fromfile(path, np.uint8, count=end - begin, offset=begin)
    there = headers["offset"] + headers["length"] <= begin + len(data)  # it may be cut just now
    samples, sound = mseed.decode(data, headers[there], first_byte=begin)
    good = there.copy()
    good[there] = sound
    if not good.all():
        lost.setdefault(UNDECODED, []).extend(_spans(headers[~good]))
        headers = headers[good]
    fits = mseed.fits_check_value(data, headers, samples, first_byte=begin)
    if not fits.all():
        is_of_use = _fit_mostly(path, state)
        message = UNFIT if is_of_use else DISTRUSTED
        lost.setdefault(message, []).extend(_spans(headers[~fits]))
        if is_of_use:
            samples = samples[np.repeat(fits, headers["n_samples"])]
            good[good] = fits
    return samples, good


def _spans(headers: NDArray[np.void]) -> list[tuple[float, float]]:
    begin_s = start_s(headers)
    end_s = begin_s + headers["n_samples"] / headers["rate_hz"]
    return list(zip(begin_s.tolist(), end_s.tolist(), strict=True))


@lru_cache(maxsize=64)
def _fit_mostly(path: Path, state: State) -> bool:
    """Tell whether most records of a file fit their check value: some instruments write none."""
    n_bytes = min(state[0], mseed.BYTES_AT_A_TIME)
    headers = mseed.index_file(path, n_bytes=n_bytes).headers
    headers = headers[IS_STEIM[headers["encoding"]]]
    headers = headers[:: 1 + len(headers) // MOST_CHECKED]
    data = np.fromfile(path, np.uint8, count=n_bytes)
    samples, good = mseed.decode(data, headers)
    fits = mseed.fits_check_value(data, headers[good], samples)
    return bool(fits.sum() >= len(fits) / 2)


def _in_blocks(
    position: NDArray[np.int64], n_samples: NDArray[np.int64], samples: NDArray
) -> list[Block]:
    """Cut the samples of records where they do not follow upon each other."""
    edges = [0, *np.cumsum(n_samples).tolist()]
    rows = _rows(position[1:] != position[:-1] + n_samples[:-1], len(position))
    return [(int(position[first]), samples[edges[first] : edges[end]]) for first, end in rows]


def _rows(is_break: NDArray[np.bool_], count: int) -> list[tuple[int, int]]:
    """Return (first, one past the last) of the rows of things, cut behind those that break."""
    heads = [0] * bool(count) + (np.flatnonzero(is_break) + 1).tolist()
    return list(zip(heads, [*heads[1:], count], strict=True)) if heads else []


def _mseed_pieces(path: Path, sampling_rate_hz: float, report: Report) -> list[Piece]:
    records = _index_of(path)
    tell_records(path, records, report)
    return pieces_of_records(path, records, sampling_rate_hz)


def pieces_of_records(
    path: Path,
    records: Records,
    sampling_rate_hz: float,
    most_records: int = RECORDS_PER_PIECE,
    edition: int = 0,
) -> list[Piece]:
    """Return the pieces that records of miniSEED make up.

    Parameters
    ----------
    path : Path
        Their file.
    records : Records
        All of it, or some.
    sampling_rate_hz : float
        As of ``find_pieces``.
    most_records : int
        Of a piece.
    edition : int
        As of ``Piece``.
    """
    pieces = []
    for number, codes in enumerate(records.sources):
        of_source = records.headers[records.headers["source"] == number]
        for header_rate in sorted(set(of_source["rate_hz"].tolist())):
            rate_hz = round_rate(header_rate, sampling_rate_hz)
            for headers in _layers(path, of_source[of_source["rate_hz"] == header_rate]):
                begin_s, first_byte = start_s(headers), headers["offset"]
                end_byte = first_byte + headers["length"]
                pieces += [
                    Piece(
                        path=path,
                        format="MSEED",
                        codes=codes,
                        start_s=float(begin_s[first]),
                        n_samples=n_samples,
                        rate_hz=rate_hz,
                        first_byte=int(first_byte[first]),
                        n_bytes=int(end_byte[last] - first_byte[first]),
                        edition=edition,
                    )
                    for first, last, n_samples in _runs(headers, rate_hz, most_records)
                ]
    return pieces


def _layers(path: Path, headers: NDArray[np.void]) -> list[NDArray[np.void]]:
    """Return headers by time, of records that start together the longest; then the rest.

    There mostly is none, as copies of a record do not count.
    """
    headers = _in_order(path, headers)
    if len(headers) == 1:
        return [headers]
    is_first = np.ones(len(headers), bool)
    is_first[1:] = headers["start_ns"][1:] > headers["start_ns"][:-1]
    return [headers] if is_first.all() else [headers[is_first], headers[~is_first]]


def _in_order(path: Path, headers: NDArray[np.void]) -> NDArray[np.void]:
    """Return headers by time, without those of copies of the record before.

    Others that start together are all kept, the longest first, for their samples to be held
    against each other.
    """
    start_ns = headers["start_ns"]
    if (start_ns[1:] > start_ns[:-1]).all():
        return headers
    headers = headers[np.lexsort((headers["offset"], -headers["n_samples"], start_ns))]
    again = np.flatnonzero(headers["start_ns"][1:] == headers["start_ns"][:-1]) + 1
    data = np.memmap(path, np.uint8, "r")
    body = {}
    for k in {*again.tolist(), *(again - 1).tolist()}:
        first = headers["offset"][k]
        body[k] = data[first + mseed.AFTER_QUALITY : first + headers["length"][k]].tobytes()
    return np.delete(headers, [k for k in again.tolist() if body[k] == body[k - 1]])


def _runs(
    headers: NDArray[np.void], rate_hz: float, most_records: int
) -> Iterator[tuple[int, int, int]]:
    """Yield first and last record and number of samples of the gap-free runs that drift little."""
    n_samples, start_ns, offset = (headers[name] for name in ("n_samples", "start_ns", "offset"))
    if len(headers) == 1:  # as in thousands of files that are short
        yield 0, 0, int(n_samples[0])
        return
    since_s = (start_ns[1:] - start_ns[:-1]) / 1e9
    away = np.abs(since_s * headers["rate_hz"][:-1] - n_samples[:-1])
    is_break = (away >= BREAK) | (offset[1:] < offset[:-1])
    rows = _rows(is_break, len(headers))
    drift = np.zeros(len(headers))
    np.cumsum(np.where(is_break, 0.0, since_s * rate_hz - n_samples[:-1]), out=drift[1:])
    heads = [first for first, _ in rows]
    spread = np.maximum.reduceat(drift, heads) - np.minimum.reduceat(drift, heads)
    edges = [0, *np.cumsum(n_samples).tolist()]
    for (first, end), is_steady in zip(rows, (spread <= MOST_DRIFT).tolist(), strict=True):
        while first < end:
            last = min(end, first + most_records)
            if not is_steady:
                away = np.abs(drift[first:last] - drift[first]) > MOST_DRIFT
                last = first + int(away.argmax()) if away.any() else last
            yield first, last - 1, edges[last] - edges[first]
            first = last


def _byte_ranges(pieces: Sequence[Piece]) -> list[tuple[int, int]]:
    """Return the ranges (first byte, number of bytes) of a file that hold the pieces."""
    begins = np.array([piece.first_byte for piece in pieces])
    ranges = union(begins, begins + [piece.n_bytes for piece in pieces], GAP_JOINED)
    return [(begin, end - begin) for begin, end in ranges.tolist()]


@lru_cache(maxsize=8)
def _headers(piece: Piece, state: State, first_byte: int, n_bytes: int) -> NDArray[np.void]:
    """Return the headers of the piece's channel in some bytes of its file, by time."""
    if state[0] > LARGE_FILE:
        records = mseed.index_file(piece.path, first_byte, n_bytes, rate_hz=piece.rate_hz)
    else:
        records = _index_of(piece.path)
    headers = records.headers
    wanted = np.array([codes == piece.codes for codes in records.sources], bool)[headers["source"]]
    wanted &= np.abs(headers["rate_hz"] / piece.rate_hz - 1) < RATES_DIFFER
    since = headers["offset"] - first_byte
    return _in_order(piece.path, headers[wanted & (since >= 0) & (since < n_bytes)])


def _index_of(path: Path) -> Records:
    """Return the records of a file, which are looked for but once if they are read soon."""
    state = _state(path)
    return (_few_files if state[0] > SMALL_FILE else _many_files)(path, state)


@lru_cache(maxsize=2)
def _small_file(path: Path, _state: State) -> NDArray[np.uint8]:
    return np.fromfile(path, np.uint8)


def _index_in_state(path: Path, _state: State) -> Records:
    return mseed.index_file(path)


_few_files = lru_cache(maxsize=4)(_index_in_state)
_many_files = lru_cache(maxsize=8192)(_index_in_state)  # some 20 MB


def _state_to_read(piece: Piece) -> State:
    """Return what tells the bytes of a piece from later ones at the same place.

    Of a file that grows it is its edition; as large as it says to be it is not read as a whole.
    """
    return (LARGE_FILE + 1, piece.edition) if piece.edition else _state(piece.path)


def _state(path: Path) -> State:
    stat = path.stat()
    return stat.st_size, stat.st_mtime_ns
