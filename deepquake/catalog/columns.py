"""The columns of tables: what each is called in every format met so far, and their rows."""

import csv
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from deepquake.core.report import Departures

# The name of a column, without accents, blanks and capitals, in the languages met so far.
NAMES_OF_COLUMNS = {
    "origin_time": "origintime origin_time eventorigintime event_time origin otime",
    "utc_timestamp": "utc_timestamp timestamp epoch",
    "time": "time datetime date_time phase_time arrival_time arrivaltime ptime",
    "date": "date fecha data",
    "year": "year yr yyyy ano anio",
    "month": "month mon mo mes",
    "day": "day dd dy dia",
    "hour": "hour hr hh hora",
    "minute": "minute min mn minuto",
    "second": "second seconds sec seg segundo segundos",
    "latitude": "latitude lat latitud",
    "longitude": "longitude lon long longitud",
    "depth": "depth depth_km depth/km dep prof profundidad",
    "depth_m": "depth_m",
    "magnitude": "mag magnitude magnitud",
    "magnitude_kind": "magtype mag_type magnitude_type tipmag",
    "agency": "agency agen agencia author",
    "distance": "loc",
    "event_id": "event_id eventid evid id event_index",
    "cluster_id": "cluster_id",
    "station": "station sta station_code station_id",
    "network": "network net network_code",
    "location": "location_code",
    "channel": "channel cha channel_code",
    "phase": "phase phase_type phase_hint phasehint",
    "weight": "weight",
    "polarity": "polarity",
}
COLUMN_OF = {name: column for column, names in NAMES_OF_COLUMNS.items() for name in names.split()}
UNKNOWN = ("", "nan", "inf", "-inf", "infinity", "nat", "none", "null", "na", "-", "--")
DECIMAL_COMMA = re.compile(r"[-+]?\d*,\d+", re.ASCII)
UNIT = re.compile(r"[ _]*[(\[](km|m|deg|degrees?|°|utc|gmt|s)[)\]]$")
TIMES = {"time", "origin_time", "utc_timestamp", "year"}

Cells = dict[str, str]  # of a row: what is known, by its column


@dataclass(frozen=True)
class Header:
    """The line with the names of the columns."""

    line: int
    names: list[str]
    columns: list[str]  # as we call them, "" for those we don't know
    separator: str | None  # None: blanks


def header_of(text: str) -> Header:
    """Return what the first line that is not a comment says as the header of a table.

    A comment begins with #, as may the header itself, if it names a time.
    """
    header = Header(line=1, names=[], columns=[], separator=None)
    for line, content in enumerate(text[:20000].split("\n"), 1):
        content = content.strip()
        if content:
            header = _as_header(content.removeprefix("#").strip(), line)
            if content[0] != "#" or TIMES.intersection(header.columns):
                break
    return header


def _as_header(text: str, line: int) -> Header:
    most = max(",;|\t", key=text.count)
    separator = most if most in text else None
    names = _cut(text, separator) or []
    columns = [COLUMN_OF.get(_plain_name(name), "") for name in names]
    return Header(line=line, names=names, columns=columns, separator=separator)


def _plain_name(name: str) -> str:
    """Return a name without accents, blanks, capitals and unit; depth in metres is depth_m."""
    letters = unicodedata.normalize("NFKD", name.strip().strip('"').lower())
    plain = "".join(c for c in letters if not unicodedata.combining(c))
    unit = UNIT.search(plain)
    if unit:
        plain = plain[: unit.start()] + ("_m" if unit[1] == "m" else "")
    return plain.replace(" ", "_")


def kind_of_table(header: Header) -> str:
    columns = set(header.columns)
    dated = {"year", "month", "day"} <= columns
    if "station" in columns:
        return "picks" if "phase" in columns and ("time" in columns or dated) else ""
    place = {"latitude", "longitude"} <= columns
    if columns & {"origin_time", "utc_timestamp"} or (place and ("time" in columns or dated)):
        return "events"
    return ""


def note_missing(header: Header, departures: Departures) -> None:
    """Tell which columns of the location are missing, and those we don't know."""
    columns = {*header.columns} | ({"depth"} if "depth_m" in header.columns else set())
    missing = [name for name in ("latitude", "longitude", "depth") if name not in columns]
    named = zip(header.names, header.columns, strict=True)
    unknown = [name.strip() for name, known in named if not known]
    if missing and any(unknown):
        missed, others = " or ".join(missing), ", ".join(unknown)
        departures.note(header.line, f"no column of {missed} found; columns not known: {others}")


def _cut(line: str, separator: str | None) -> list[str] | None:
    """Return the values of a row, None where it can't be cut into any."""
    if separator is None:
        return line.split()
    try:
        return next(csv.reader([line], delimiter=separator))
    except csv.Error:
        return None


def rows_of_table(text: str, header: Header, departures: Departures) -> Iterator[tuple[int, Cells]]:
    """Yield line number and the known columns of each row; a row of another length is skipped."""
    for line, content in enumerate(text.split("\n"), 1):
        if line <= header.line or not content.strip() or content.lstrip()[0] == "#":
            continue
        values = _cut(content, header.separator)
        if values is None or len(values) != len(header.columns):
            departures.skip(line, "row with more or fewer values than the header: left out")
            continue
        cells: Cells = {}
        for column, value in zip(header.columns, values, strict=True):
            value = value.strip()
            if column and column not in cells and value.lower() not in UNKNOWN:
                if DECIMAL_COMMA.fullmatch(value):  # elsewhere than in CSV, where it would separate
                    departures.note(line, "decimal comma: read as a decimal point")
                    value = value.replace(",", ".")
                cells[column] = value
        yield line, cells
