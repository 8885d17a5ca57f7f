"""Catalogues and pick lists in tables with a header: CSV, |, tabs or blanks between columns.

Columns are told by their names, numbers and times by their form.
"""

import csv
import math
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from deepquake.catalog.events import Event, Magnitude, Pick, can_be_of, is_located, keep_possible
from deepquake.core.report import Departures, Report
from deepquake.core.times import day_start, parse_iso

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
NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?", re.IGNORECASE | re.ASCII)
DECIMAL_COMMA = re.compile(r"[-+]?\d*,\d+", re.ASCII)
TIME_OF_DAY = re.compile(r"\d{1,2}:\d{1,2}(:.*)?")
YEAR_LAST = re.compile(r"\d{1,2}[-/.]\d{1,2}[-/.]\d{4}")
ONE_DIGIT = re.compile(r"(?<![\d.,])\d(?!\d)")  # of a month, a day, an hour ... not of a fraction
UNIT = re.compile(r"[ _]*[(\[](km|m|deg|degrees?|°|utc|gmt|s)[)\]]$")
TIMES = {"time", "origin_time", "utc_timestamp", "year"}
EPOCH_S = 1e8, 4.2e9  # since 1970, from 1973 to 2103: smaller numbers are years or days of Excel
FIRST_TIME = day_start(1900, 1, 1)  # before it a year of two digits is more likely
LATEST_TIME_S = 30 * 3600.0  # of a time of day: hours of 24 and more are of the next
SAME_EVENT_S = 30.0  # picks without an event are of the same where they follow this closely
# columns of a list of picks that say nothing of the event
OF_PICK = {"time", "year", "month", "day", "hour", "minute", "second", "magnitude_kind"}
OF_NO_EVENT = ("-1", "-1.0")  # what associators write for a pick they could not use

Cells = dict[str, str]  # of a row: what is known, by its column
Note = Callable[[str], None]
# station of a row of a list of picks, and its latitude, longitude and depth
Place = tuple[str, float | None, float | None, float | None]


@dataclass(frozen=True)
class Header:
    """The line with the names of the columns."""

    line: int
    names: list[str]
    columns: list[str]  # as we call them, "" for those we don't know
    separator: str | None  # None: blanks


def is_table(text: str) -> bool:
    """Return whether a text begins with the header of a catalogue or of a list of picks."""
    return _kind_of_table(_header_of(text)) != ""


def read_table(text: str, name: str, report: Report) -> list[Event]:
    """Return the events of a text that ``is_table``.

    Depth is in km (column depth_m: metres), times are UTC, ISO 8601 or seconds since 1970.

    Parameters
    ----------
    text : str
        Content of the file.
    name : str
        What the file is called in messages and in the events.
    report : Report
        Is told of rows left out and values not understood.
    """
    header = _header_of(text)
    departures = Departures(name, report)
    if _kind_of_table(header) == "picks":
        return _events_of_picks(text, header, departures)
    _note_missing(header, departures)
    events = []
    for line, cells in _table_rows(text, header, departures):
        try:
            event = _event_of_row(cells, partial(departures.note, line))
        except ValueError as error:
            departures.skip(line, f"row not understood ({error}): left out")
            continue
        if event.origin_time is None:
            departures.skip(line, "row without a time: left out")
            continue
        event.source_file, event.source_line = name, line
        events.append(event)
    return events


def _header_of(text: str) -> Header:
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


def _kind_of_table(header: Header) -> str:
    columns = set(header.columns)
    dated = {"year", "month", "day"} <= columns
    if "station" in columns:
        return "picks" if "phase" in columns and ("time" in columns or dated) else ""
    place = {"latitude", "longitude"} <= columns
    if columns & {"origin_time", "utc_timestamp"} or (place and ("time" in columns or dated)):
        return "events"
    return ""


def _note_missing(header: Header, departures: Departures) -> None:
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


def _table_rows(text: str, header: Header, departures: Departures) -> Iterator[tuple[int, Cells]]:
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


def _event_of_row(cells: Cells, note: Note) -> Event:
    """Return the event of a row; ValueError where a value is not what its column says."""
    origin = _time_in(cells, ("origin_time", "utc_timestamp", "time"), note)
    depth = cells.get("depth", "")
    event = Event(cells.get("event_id", ""), origin, depth_fixed=depth.endswith("F"))
    event.latitude = _cell_number(cells.get("latitude"))
    event.longitude = _cell_number(cells.get("longitude"))
    event.depth_km = _cell_number(depth.rstrip("FSA"))
    if event.depth_km is None and (depth_m := _cell_number(cells.get("depth_m"))) is not None:
        event.depth_km = depth_m / 1000
    event.agency = cells.get("agency", "")
    if cells.get("distance", "") in ("L", "R", "D"):
        event.distance = cells["distance"]
    magnitude = _cell_number(cells.get("magnitude"))
    if magnitude is not None:
        kind = cells.get("magnitude_kind", "")
        if event.agency and kind.endswith(event.agency) and kind != event.agency:
            kind = kind[: -len(event.agency)]  # SEISAN's table: WFUN is type W of agency FUN
        event.magnitudes.append(Magnitude(magnitude, kind, event.agency))
    cluster = _cell_number(cells.get("cluster_id"))
    event.cluster_id = None if cluster is None else int(cluster)
    for message in keep_possible(event):
        note(message)
    return event


def _events_of_picks(text: str, header: Header, departures: Departures) -> list[Event]:
    """Return the events of a list of picks, told apart by event column, origin or closeness."""
    by_event: dict[str, Event] = {}
    places: dict[str, set[Place]] = defaultdict(set)
    loose: list[tuple[Pick, int]] = []
    of_none: list[int] = []
    for line, cells in _table_rows(text, header, departures):
        note = partial(departures.note, line)
        try:
            pick = _pick_of_row(cells, note)
            event = _event_of_row({k: v for k, v in cells.items() if k not in OF_PICK}, note)
        except ValueError as error:
            departures.skip(line, f"row not understood ({error}): left out")
            continue
        if pick is None:
            departures.skip(line, "row without station or time: left out")
            continue
        if cells.get("event_id") in OF_NO_EVENT:
            of_none.append(line)
            continue
        key = cells.get("event_id") or cells.get("origin_time") or cells.get("utc_timestamp")
        if key is None:
            loose.append((pick, line))
            continue
        if key not in by_event:
            event.source_file, event.source_line = departures.name, line
            by_event[key] = event
        places[key].add((pick.station, event.latitude, event.longitude, event.depth_km))
        if not can_be_of(pick, by_event[key]):
            departures.skip(line, "pick before its origin or later than its phase can be")
            continue
        by_event[key].picks.append(pick)
    for key, event in by_event.items():
        _keep_epicentre_only(event, places[key], departures)
    if of_none:
        departures.skip(of_none[0], f"picks of event -1, that is of none: {len(of_none)} left out")
    if loose:
        near = f"those within {SAME_EVENT_S:.0f} s of each other are taken as one event"
        departures.note(loose[0][1], f"picks without an event: {near}")
    return list(by_event.values()) + _by_closeness(loose, departures.name)


def _keep_epicentre_only(event: Event, places: set[Place], departures: Departures) -> None:
    """Take away the location of an event where it may be that of a station.

    ``places`` holds station, latitude, longitude and depth of each row. What is the same at
    several stations is the event's; told by one station alone, it needs an origin time beside it.
    """
    several = len({station for station, *_ in places}) > 1
    alike = len({place[1:] for place in places}) == 1
    if alike and (several or event.origin_time is not None):
        return
    if is_located(event):
        departures.note(
            event.source_line or 1,
            "latitude and longitude in a list of picks may be those of the station: "
            "location unknown",
        )
    event.latitude = event.longitude = event.depth_km = None


def _by_closeness(loose: list[tuple[Pick, int]], name: str) -> list[Event]:
    events: list[Event] = []
    last = -math.inf
    for pick, line in sorted(loose, key=lambda item: (item[0].time, item[0].station)):
        if not events or pick.time - last > SAME_EVENT_S:
            events.append(Event("", source_file=name, source_line=line))
        events[-1].picks.append(pick)
        last = pick.time
    return events


def _pick_of_row(cells: Cells, note: Note) -> Pick | None:
    time = _time_in(cells, ("time",), note)
    if time is None or "station" not in cells:
        return None
    codes = cells["station"].split(".")  # some write NET.STA or NET.STA.LOC.CHA
    codes = [*([""] if len(codes) == 1 else []), *codes, "", ""]
    weight = re.fullmatch(r"([0-9])(\.0*)?", cells.get("weight", "0"))
    if weight is None:
        note("weight is not a whole number from 0 to 9: taken as 0")
    return Pick(
        station=codes[1],
        phase=cells.get("phase", ""),
        time=time,
        network=cells.get("network", codes[0]),
        location=cells.get("location", codes[2]),
        channel=cells.get("channel", codes[3]),
        polarity=cells.get("polarity", ""),
        weight=int(weight[1]) if weight else 0,
    )


def _time_in(cells: Cells, columns: tuple[str, ...], note: Note) -> float | None:
    """Return the time in the first of ``columns`` that is there, or of year ... second.

    Raises ValueError where it is not a time.
    """
    column = next((column for column in columns if column in cells), None)
    if column is not None:
        text = cells[column]
        needs_date = "date" in cells and TIME_OF_DAY.fullmatch(text)
        time = _moment(f"{cells['date']} {text}" if needs_date else text)
    elif "year" in cells:
        time = _time_of_parts(cells, note)
    else:
        return None
    if time < FIRST_TIME:
        raise ValueError("year before 1900")
    return time


def _time_of_parts(cells: Cells, note: Note) -> float:
    for part in ("month", "day"):
        if part not in cells:
            raise ValueError(f"no {part}")
    date = day_start(int(cells["year"]), int(cells["month"]), int(cells["day"]))
    for part in ("hour", "minute", "second"):
        if part not in cells:
            note(f"no {part} in the time of a row: taken as 0")
    hour, minute, second = (float(cells.get(part, 0)) for part in ("hour", "minute", "second"))
    offset = hour * 3600 + minute * 60 + second
    if not 0 <= offset <= LATEST_TIME_S:
        raise ValueError("hour, minute or second out of range")
    return date + offset


def _moment(text: str) -> float:
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
    low, high = EPOCH_S
    value = float(text)
    if low <= value <= high:
        return value
    # 201408240001 might be milliseconds of 1976 or a minute of 2014
    minute_of_day = len(digits) == 12 and digits[:2] in ("19", "20")
    if low <= value / 1000 <= high and not minute_of_day:
        return value / 1000
    raise ValueError(f"'{text}' is not a time")


def _cell_number(text: str | None) -> float | None:
    """Return the value of a cell, None where it is empty; ValueError where it is not a number."""
    if not text:
        return None
    if not NUMBER.fullmatch(text):
        raise ValueError(f"'{text}' is not a number")
    return float(text)
