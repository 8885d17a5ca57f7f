"""The header and the cells of tables: columns told by their names, numbers and times by form."""

import csv
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from deepquake.catalog.events import LATEST_OTHER_S
from deepquake.core.report import Departures
from deepquake.core.times import day_start, parse_iso

# The name of a column, without accents, blanks and capitals, in the languages met so far.
COLUMNS = {
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
NAMES = {name: column for column, names in COLUMNS.items() for name in names.split()}
UNKNOWN = ("", "nan", "inf", "-inf", "infinity", "nat", "none", "null", "na", "-", "--")
NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?", re.IGNORECASE | re.ASCII)
DECIMAL_COMMA = re.compile(r"[-+]?\d*,\d+", re.ASCII)
TIME_OF_DAY = re.compile(r"\d{1,2}:\d{1,2}(:.*)?")
YEAR_LAST = re.compile(r"\d{1,2}[-/.]\d{1,2}[-/.]\d{4}")
ONE_DIGIT = re.compile(r"(?<![\d.,])\d(?!\d)")  # of a month, a day, an hour ... not of a fraction
TIMES = {"time", "origin_time", "utc_timestamp", "year"}
SECONDS = 1e8, 4.2e9  # since 1970, from 1973 to 2103: smaller numbers are years or days of Excel
FIRST_TIME = day_start(1900, 1, 1)  # before it a year of two digits is more likely

Row = dict[str, str]
UNIT = re.compile(r"[ _]*[(\[](km|m|deg|degrees?|°|utc|gmt|s)[)\]]$")


@dataclass
class Header:
    """The line with the names of the columns; ``separator`` None: blanks."""

    line: int
    names: list[str]
    columns: list[str]  # as we call them, "" for those we don't know
    separator: str | None


def header_of(text: str) -> Header:
    """Return what the first line that is no comment says as the header of a table.

    A comment begins with #, as may the header itself, if it names a time.
    """
    header = Header(1, [], [], None)
    for line, content in enumerate(text[:20000].split("\n"), 1):
        if content.strip():
            header = _as_header(content.strip().removeprefix("#").strip(), line)
            if content.lstrip()[0] != "#" or TIMES.intersection(header.columns):
                break
    return header


def _as_header(text: str, line: int) -> Header:
    separator = max(",;|\t", key=text.count)
    if not text.count(separator):
        separator = None
    names = cells(text, separator) or []
    return Header(line, names, [NAMES.get(_plain(name), "") for name in names], separator)


def cells(line: str, separator: str | None) -> list[str] | None:
    """Return the values of a row, None where it can't be cut into any."""
    if separator is None:
        return line.split()
    try:
        return next(csv.reader([line], delimiter=separator))
    except csv.Error:
        return None


def rows(text: str, header: Header, departures: Departures) -> Iterator[tuple[int, Row]]:
    """Yield line number and the known columns of each row; a row of another length is skipped."""
    for number, line in enumerate(text.split("\n"), 1):
        if number <= header.line or not line.strip() or line.lstrip()[0] == "#":
            continue
        values = cells(line, header.separator)
        if values is None or len(values) != len(header.columns):
            departures.skip(number, "row with more or fewer values than the header: left out")
            continue
        row: Row = {}
        for column, value in zip(header.columns, values, strict=True):
            value = value.strip()
            if column and column not in row and value.lower() not in UNKNOWN:
                if DECIMAL_COMMA.fullmatch(value):  # elsewhere than in CSV, where it would separate
                    departures.note(number, "decimal comma: read as a decimal point")
                    value = value.replace(",", ".")
                row[column] = value
        yield number, row


def time_of(row: Row, columns: tuple[str, ...], note: Callable[[str], None]) -> float | None:
    """Return the time in the first of ``columns`` that is there, or of year ... second.

    Raises ValueError where it is no time of ours.
    """
    time = None
    for column in columns:
        if column in row:
            text = row[column]
            time = moment(f"{row['date']} {text}" if _needs_date(row, text) else text)
            break
    else:
        if "year" in row:
            time = _of_parts(row, note)
    if time is not None and time < FIRST_TIME:
        raise ValueError("year before 1900")
    return time


def _needs_date(row: Row, text: str) -> bool:
    return "date" in row and TIME_OF_DAY.fullmatch(text) is not None


def _of_parts(row: Row, note: Callable[[str], None]) -> float:
    missing = [part for part in ("month", "day") if part not in row]
    if missing:
        raise ValueError(f"no {missing[0]}")
    date = day_start(*(int(row[part]) for part in ("year", "month", "day")))
    parts = ("hour", "minute", "second")
    for part in parts:
        if part not in row:
            note(f"no {part} in the time of a row: taken as 0")
    hour, minute, second = (float(row.get(part, 0)) for part in parts)
    offset = hour * 3600 + minute * 60 + second
    if not 0 <= offset <= LATEST_OTHER_S * 10:
        raise ValueError("hour, minute or second out of range")
    return date + offset


def moment(text: str) -> float:
    """Return a time written as date and time of day, or as (milli)seconds since 1970."""
    if YEAR_LAST.match(text):
        raise ValueError(f"'{text}': which is the month? write 2014-08-24")
    if not NUMBER.fullmatch(text):
        text = re.sub(r"\s*(UTC|GMT)$", "", text.replace("/", "-"))
        return parse_iso(ONE_DIGIT.sub(r"0\g<0>", text))
    digits = text.partition(".")[0]
    if len(digits) == 8:  # 20140824
        return parse_iso(text)
    if len(digits) == 14:  # 20140824000105
        return parse_iso(f"{text[:8]}T{text[8:]}")
    low, high = SECONDS
    value = float(text)
    if low <= value <= high:
        return value
    # 201408240001 might be milliseconds of 1976 or a minute of 2014
    if 1000 * low <= value <= 1000 * high and not (
        len(digits) == 12 and digits[:2] in ("19", "20")
    ):
        return value / 1000
    raise ValueError(f"'{text}' is no time")


def number(text: str | None) -> float | None:
    """Return the value of a cell, None where it is empty; ValueError where it is no number."""
    if not text:
        return None
    if not NUMBER.fullmatch(text):
        raise ValueError(f"'{text}' is no number")
    return float(text)


def _plain(name: str) -> str:
    """Return a name without accents, blanks, capitals and unit; depth in metres is depth_m."""
    letters = unicodedata.normalize("NFKD", name.strip().strip('"').lower())
    plain = "".join(c for c in letters if not unicodedata.combining(c))
    unit = UNIT.search(plain)
    if unit:
        plain = plain[: unit.start()] + ("_m" if unit[1] == "m" else "")
    return plain.replace(" ", "_")
