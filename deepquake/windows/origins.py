"""What TFRecord files were made from, so that no data set takes the place of another one.

Step 1 lists the records behind each station stream: codes, span and content, and nothing of paths
or settings. Steps 2 and 3 write the list of a TFRecord file beside it, and write over a file only
where all it was made from is among the records at hand.
"""

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any
from unicodedata import normalize

import google_crc32c
import numpy as np

from deepquake.core.errors import DeepQuakeError
from deepquake.core.files import files_below, read_json, write_json
from deepquake.core.intervals import union
from deepquake.core.report import Report
from deepquake.core.text import number_of
from deepquake.core.times import iso, parse_iso
from deepquake.waveforms.recording import Piece, Recording
from deepquake.windows.index import (
    INDEX_NAME,
    RECORDS_NAME,
    STREAM_DIR,
    WINDOW_DIRS,
)
from deepquake.windows.room import finish_interrupted

NAME_KEY, STREAMS_KEY, ORIGIN_KEY = "data_set", "streams", "made_from"
SUFFIX = ".tfrecords"
# Folders named for what is in them, and not for the data set.
GENERIC = {
    *("mseed", "miniseed", "seed", "ms", "sac", "gse", "gse2", "wav", "wave", "waves", "waveform"),
    *("waveforms", "seismograms", "records", "recordings", "streams", "traces", "data", "raw"),
    *("sds", "archive", "continuous", "events", "trig", "triggers", "prep", "prepared"),
}
DATE = re.compile(r"\d{1,3}|(19|20)\d\d([-_.]?\d\d){0,2}")  # a year, a month or a day
MOST_BYTES_OF_NAME = 200  # of the 255 that disks allow: the rest of a file's name must fit too
BYTES_AT_ONCE = 1 << 20
BLOCKS_OF_FILE, BLOCK_BYTES = 64, 1 << 16  # looked at; a file of up to 4 MiB is looked at whole
SPAN_TOLERANCE_S = 1.0  # other settings may move the first and the last sample


@dataclass(frozen=True)
class SourceRecord:
    """The part of a file that went into a station stream; times in seconds since 1970 UTC.

    Of a prepared folder that says nothing of its records, ``codes`` is the name of a file there,
    and the times are 0.
    """

    codes: str
    start_s: float
    end_s: float
    n_bytes: int
    crc32c: str  # of these bytes

    def __str__(self) -> str:
        span = f" from {iso(self.start_s)[:19]} to {iso(self.end_s)[:19]}" if self.end_s else ""
        return self.codes + span

    @property
    def content(self) -> tuple[str, int, str]:
        """What two parts of the same record have in common."""
        return self.codes, self.n_bytes, self.crc32c

    def holds(self, other: "SourceRecord") -> bool:
        """Tell whether the other, of the same content, is a part of this one."""
        begins = self.start_s <= other.start_s + SPAN_TOLERANCE_S
        return begins and self.end_s >= other.end_s - SPAN_TOLERANCE_S


def data_set_name(path: Path) -> str:
    """Return the name of the data set whose records lie in a folder, or of a file's folder.

    Folders whose name says what is in them, such as ``mseed`` or ``WAV/2014/08``, are stepped over.
    """
    full = Path(os.path.abspath(path))  # not where links lead: the name is the user's
    folder = full.parent if full.is_file() else full
    for name in (folder.name, *(parent.name for parent in folder.parents)):
        if name and name.lower() not in GENERIC and not DATE.fullmatch(name):
            break
    else:
        name = folder.name
    return _as_file_name(name) or "dataset"


def check_data_set(prep_dir: Path, raw_data: Path) -> None:
    """Check that a folder does not hold what was prepared of another data set.

    Parameters
    ----------
    prep_dir : Path
        The folder that step 1 is to write to.
    raw_data : Path
        Where the waveforms lie.

    Raises
    ------
    DeepQuakeError
        Where it does.
    """
    earlier, name = None, data_set_name(raw_data)
    with suppress(DeepQuakeError):  # a damaged list is written anew
        earlier = _read_records(prep_dir).get(NAME_KEY)
    if isinstance(earlier, str) and earlier != name:
        raise DeepQuakeError(
            f"{prep_dir}: holds what was prepared of the data set '{earlier}', and this is "
            f"'{name}'; give --prep_data_dir another folder, or remove this one"
        )


def name_of_prepared(prep_dir: Path) -> str:
    """Return the name of the data set that a folder was prepared from.

    Where step 1 did not write it down, it is taken from the folder's own path.
    """
    finish_interrupted(prep_dir)
    name = _read_records(prep_dir).get(NAME_KEY)
    plain = _as_file_name(name) if isinstance(name, str) else ""
    return plain or data_set_name(prep_dir)


def write_records(path: Path, name: str, streams: Mapping[str, Sequence[SourceRecord]]) -> None:
    """Write down in a prepared folder which data set it is of, and which records.

    Parameters
    ----------
    path : Path
        Where ``records.json`` is to be written.
    name : str
        The name of the data set.
    streams : mapping of str to sequence of SourceRecord
        What each station stream, relative to the folder, was made from.
    """
    texts = {stream: [_as_text(source) for source in some] for stream, some in streams.items()}
    write_json(path, {NAME_KEY: name, STREAMS_KEY: texts})


def sources_of(recording: Recording) -> Iterator[SourceRecord]:
    """Yield the records that a station stream is made from, by file."""
    begin_s, end_s = recording.span()
    by_file: dict[Path, list[Piece]] = {}
    for piece in (piece for pieces in recording.pieces.values() for piece in pieces):
        by_file.setdefault(piece.path, []).append(piece)
    codes = ".".join((recording.network, recording.station, recording.location, recording.sensor))
    for path, pieces in sorted(by_file.items()):
        first_s = max(begin_s, min(piece.start_s for piece in pieces))
        last_s = min(end_s, max(piece.end_s for piece in pieces))
        if first_s <= last_s:  # else before or behind the span that is asked for
            n_bytes, crc32c = _content(path, pieces)
            yield SourceRecord(codes, first_s, end_s=last_s, n_bytes=n_bytes, crc32c=crc32c)


def read_sources(prep_dir: Path, label: str, pattern: str = "*") -> list[SourceRecord]:
    """Return what the station streams of a prepared folder were made from.

    Where nothing says so, as in a folder of other software, it is the files in the folder.

    Parameters
    ----------
    prep_dir : Path
        The folder.
    label : str
        'positive' or 'negative': which files to take where there are neither records nor an index.
    pattern : str
        Only station streams whose name matches.

    Returns
    -------
    list of SourceRecord
        In the order of the streams.

    Raises
    ------
    DeepQuakeError
        Where the list is not what step 1 writes.
    """
    if not (prep_dir / RECORDS_NAME).is_file():
        has_index = (prep_dir / INDEX_NAME).is_file()
        folder = prep_dir / (STREAM_DIR if has_index else WINDOW_DIRS[label])
        return [_as_itself(file) for file in files_below(folder) if fnmatch(file.name, pattern)]
    try:
        streams = _read_records(prep_dir)[STREAMS_KEY].items()
        return [
            _from_text(text)
            for stream, texts in streams
            if fnmatch(stream.rpartition("/")[2], pattern)
            for text in texts
        ]
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError) as error:
        message = f"is not a list of records ({error}); run step1_windows.py again"
        raise DeepQuakeError(f"{prep_dir / RECORDS_NAME}: {message}") from None


def check_targets(
    targets: Iterable[Path],
    sources: Sequence[SourceRecord],
    folder: Path,
    *,
    report: Report,
    options: str = "--file_name another name or --tfrecords_dir another folder",
) -> None:
    """Check that no TFRecord file is lost by writing others.

    Parameters
    ----------
    targets : iterable of Path
        The files to write. Names that differ in case only are the same on some disks, and so here.
    sources : sequence of SourceRecord
        What they are to be made from.
    folder : Path
        Where that is.
    report : Report
        Is told of files beside them that hold the same records, on which step 4 would train twice.
    options : str
        What to give to write elsewhere.

    Raises
    ------
    DeepQuakeError
        Where one is there that was made from records that are not among the new ones.
    """
    told = set()
    for target in targets:
        for path in sorted(target.parent.glob(f"[!.]*{SUFFIX}")):
            old = read_origin(path)
            if _folded(path.name) == _folded(target.name):
                _check_target(path, old, sources, folder=folder, options=options)
            is_target = target.exists() and path.samefile(target)
            if not is_target and path.name not in told and (why := _why_doubtful(old, sources)):
                report.note(path, why)
                told.add(path.name)


def origin_path(target: Path) -> Path:
    """Return where it stands what a TFRecord file was made from."""
    return target.with_name(target.name.removesuffix(SUFFIX) + ".json")


def write_origin(target: Path, sources: Iterable[SourceRecord]) -> None:
    """Write down what a TFRecord file is made from.

    Before the file itself: one that is there says too much, rather than too little, when the
    program is killed in between.

    Parameters
    ----------
    target : Path
        The TFRecord file.
    sources : iterable of SourceRecord
        The records.
    """
    write_json(origin_path(target), {ORIGIN_KEY: [_as_text(source) for source in sources]})


def read_origin(target: Path) -> list[SourceRecord] | None:
    """Return what a TFRecord file was made from, None where nothing says so."""
    path = origin_path(target)
    if not path.is_file():
        return None
    try:
        return [_from_text(text) for text in read_json(path)[ORIGIN_KEY]]
    except (DeepQuakeError, AttributeError, KeyError, TypeError, ValueError, OverflowError):
        return None


def origin_or_itself(target: Path) -> list[SourceRecord]:
    """Return what a TFRecord file was made from; where nothing says so, that is the file."""
    origin = read_origin(target)
    return [_as_itself(target)] if origin is None else origin


def _as_itself(path: Path) -> SourceRecord:
    n_bytes, crc32c = _content(path)
    return SourceRecord(path.name, 0.0, 0.0, n_bytes=n_bytes, crc32c=crc32c)


def _check_target(
    path: Path,
    old: Sequence[SourceRecord] | None,
    sources: Sequence[SourceRecord],
    *,
    folder: Path,
    options: str,
) -> None:
    advice = f"it is kept; give {options}, or remove it if it is not needed"
    if old is None:
        unknown = f"there, and no {origin_path(path).name} beside it says what it was made from"
        raise DeepQuakeError(f"{path}: is {unknown}; {advice}")
    if lost := _missing(old, sources):
        some = f"{len(lost)} of {number_of(len(old), 'record')}, the first {lost[0]}"
        ours = f"{sources[0]} ..." if sources else "none"
        raise DeepQuakeError(
            f"{path}: was made from records that are not in {folder}: {some} (in {folder}: "
            f"{number_of(len(sources), 'record')}, the first {ours}); {advice}"
        )


def _why_doubtful(old: Sequence[SourceRecord] | None, sources: Sequence[SourceRecord]) -> str:
    """Return why a file beside those to write may hold the same windows, or an empty string."""
    if old is None:
        return "nothing says what it was made from: if from the same records, step 4 trains twice"
    if same := len(old) - len(_missing(old, sources)):
        return (
            f"was made from the same records ({same} of {len(old)}), and step 4 trains on these "
            "twice; remove the one that is not wanted"
        )
    return ""


def _missing(old: Iterable[SourceRecord], new: Iterable[SourceRecord]) -> list[SourceRecord]:
    """Return those of the old records that are not among the new ones."""
    at_hand: dict[tuple[str, int, str], list[SourceRecord]] = {}
    for source in new:
        at_hand.setdefault(source.content, []).append(source)
    return [
        source
        for source in old
        if not any(one.holds(source) for one in at_hand.get(source.content, ()))
    ]


def _as_file_name(name: str) -> str:
    """Return a name as that of a file: in one line, not hidden, not too long."""
    letters = (letter if letter.isprintable() and letter != "/" else "_" for letter in name)
    plain = "".join(letters).strip().lstrip(".")
    return plain.encode()[:MOST_BYTES_OF_NAME].decode(errors="ignore")


def _read_records(prep_dir: Path) -> dict[str, Any]:
    path = prep_dir / RECORDS_NAME
    records = read_json(path) if path.is_file() else {}
    if not isinstance(records, dict):
        raise DeepQuakeError(f"{path}: is not a list of records; run step1_windows.py again")
    return records


def _as_text(source: SourceRecord) -> str:
    span = f"{iso(source.start_s)} {iso(source.end_s)}"
    return f"{source.codes} {span} {source.n_bytes} {source.crc32c}"


def _from_text(text: str) -> SourceRecord:
    codes, start, end, n_bytes, crc32c = text.rsplit(" ", 4)
    span_s = parse_iso(start), parse_iso(end)
    return SourceRecord(codes, *span_s, n_bytes=int(n_bytes), crc32c=crc32c)


def _folded(name: str) -> str:
    return normalize("NFC", name).casefold()


def _content(path: Path, pieces: Sequence[Piece] = ()) -> tuple[int, str]:
    """Return the number of the bytes that hold some pieces of a file, and their CRC-32C.

    Where the pieces do not tell their bytes it is that of the file, by some blocks of it: a file
    may hold thousands of stations, and each asks.
    """
    try:
        if pieces and pieces[0].n_bytes:
            begins = np.array([piece.first_byte for piece in pieces])
            parts = union(begins, begins + [piece.n_bytes for piece in pieces])
            n_bytes = int((parts[:, 1] - parts[:, 0]).sum())
        else:
            n_bytes = path.stat().st_size
            begins = np.linspace(0, max(n_bytes - BLOCK_BYTES, 0), BLOCKS_OF_FILE).astype(int)
            parts = union(begins, begins + BLOCK_BYTES)
        return n_bytes, _crc32c(path, parts.tolist())
    except OSError:  # what could not be read of the record has been told by then
        return 0, "unreadable"


def _crc32c(path: Path, parts: Iterable[tuple[int, int]]) -> str:
    crc = 0
    with path.open("rb", buffering=0) as file:
        for begin, end in parts:
            file.seek(begin)
            while begin < end and (block := file.read(min(BYTES_AT_ONCE, end - begin))):
                crc = google_crc32c.extend(crc, block)
                begin += len(block)
    return f"{crc:08x}"
