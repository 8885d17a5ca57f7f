"""What of a file is damaged, doubtful or years away from the rest, told with its seconds.

A record years away from all others of its file has a wrong year: instruments that lose their
clock, and damaged headers, tell 1980 or 2069. Where nearly all of a file is of one time, the rest
is left out (in a file of its own it would be used). Where it is not, as with events of many years
in one file, all is used.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from deepquake.core.intervals import groups
from deepquake.core.report import Report
from deepquake.core.text import number_of
from deepquake.waveforms.headers import NO_RATE, SETTLED, SHIFTED, UNSOUND, Records, start_s
from deepquake.waveforms.recording import Piece

UNDECODED = "records that cannot be decoded are left out"
UNFIT = "records that do not fit their check value are left out"
DISTRUSTED = "records do not fit their check value, as most of the file's: used all the same"
LEFT_OUT = {
    NO_RATE: "records that tell no sampling rate, which no neighbour settles, are left out",
    UNSOUND: UNFIT,
    SHIFTED: "records without a check value, with stray bytes behind them, are left out",
}
GIVEN_A_RATE = "records that tell no sampling rate are read at that of their neighbours"
DISAGREEING = "overlaps that do not agree are left out"
WRONG_YEAR = "records years away from all others of their file are left out"
APART = "the file holds times that are years apart"

YEARS_S = 300 * 86400.0  # farther apart, the year of one is wrong, or they are not one recording
BULK = 0.9  # share of a file's seconds that is of one time where the rest has a wrong year


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
    for state, message in LEFT_OUT.items():
        _tell_state(path, records, state, message=message, report=report)
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
    return bool(pieces) and max(starts) - min(starts) > YEARS_S


def eras(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """Return pieces apart where years are between them."""
    if not _span_years(pieces):
        return [list(pieces)]
    by_time = sorted(pieces, key=lambda piece: piece.start_s)
    starts, ends = ([getattr(p, name) for p in by_time] for name in ("start_s", "end_s"))
    return [by_time[first:end] for first, end in groups(starts, ends, YEARS_S).tolist()]


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
    main = max(range(len(found)), key=lengths_s.__getitem__)
    is_clear = lengths_s[main] >= BULK * sum(lengths_s)
    for era in found[:main] + found[main + 1 :]:
        for piece in era:
            span = [(piece.start_s, piece.end_s)]
            message, kind = (WRONG_YEAR, "skipped") if is_clear else (APART, "note")
            report.lose(piece.path, message, piece.codes, spans=span, kind=kind)
    kept = {id(piece) for piece in found[main]}
    return [piece for piece in pieces if id(piece) in kept] if is_clear else pieces
