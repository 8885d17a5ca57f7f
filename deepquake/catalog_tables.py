"""Catalogues and pick lists in tables with a header: CSV, |, tabs or blanks between columns."""

import csv
import math
import unicodedata
from collections.abc import Iterator

from deepquake.catalog import (
    LATEST_OTHER_S,
    Event,
    Magnitude,
    Pick,
    latest_s,
)
from deepquake.errors import DeepQuakeError
from deepquake.report import Report
from deepquake.times import day_start, parse_iso

# The name of a column, without accents, blanks and capitals, in the languages met so far.
COLUMNS = {
    "origin_time": "origintime origin_time eventorigintime event_time origin otime",
    "utc_timestamp": "utc_timestamp timestamp epoch",
    "time": "time datetime date_time phase_time arrival_time arrivaltime ptime",
    "year": "year yr yyyy ano anio",
    "month": "month mon mo mes",
    "day": "day dd dia",
    "hour": "hour hr hh hora",
    "minute": "minute min minuto",
    "second": "second seconds sec seg segundo segundos",
    "latitude": "latitude lat latitud",
    "longitude": "longitude lon long longitud",
    "depth": "depth depth_km depth/km dep prof profundidad",
    "depth_m": "depth_m",
    "magnitude": "mag magnitude magnitud",
    "magnitude_kind": "magtype mag_type magnitude_type tipmag",
    "agency": "agency agen agencia author",
    "distance": "loc",
    "event_id": "event_id eventid evid id #eventid event_index",
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
UNKNOWN = ("", "nan", "none", "null", "na", "--")
ONE_EVENT_S = 30.0  # picks without an event are of one where they follow each other this closely

Row = dict[str, str]


def header_of(text: str) -> tuple[list[str], str | None]:
    """Return the columns we know ("" for others) and the separator (None: blanks) of a table."""
    line = next((line for line in text[:20000].split("\n") if line.strip()), "")
    separator = max(",;|\t", key=line.count)
    if not line.count(separator):
        return [NAMES.get(_plain(name), "") for name in line.split()], None
    names = next(csv.reader([line], delimiter=separator))
    return [NAMES.get(_plain(name), "") for name in names], separator


def is_table(text: str) -> bool:
    """Return whether a text begins with the header of a catalogue or of a list of picks."""
    return _kind_of_table(set(header_of(text)[0])) != ""


def parse_table(text: str, name: str, report: Report) -> list[Event]:
    """Return the events of a table called ``name`` in messages.

    Depth is in km (column depth_m: metres), times are UTC, ISO 8601 or seconds since 1970.
    Raises DeepQuakeError where the header is not that of a catalogue.
    """
    columns, separator = header_of(text)
    kind = _kind_of_table(set(columns))
    if kind == "picks":
        return _picks(text, columns, separator, name, report)
    if kind == "events":
        return _events(text, columns, separator, name, report)
    raise DeepQuakeError(f"{name}: is no catalogue: its columns are not those of events or picks")


def _kind_of_table(columns: set[str]) -> str:
    dated = {"year", "month", "day"} <= columns
    if "station" in columns:
        return "picks" if "phase" in columns and ("time" in columns or dated) else ""
    place = {"latitude", "longitude"} <= columns
    if columns & {"origin_time", "utc_timestamp"} or (place and ("time" in columns or dated)):
        return "events"
    return ""


def _rows(
    text: str, columns: list[str], separator: str | None, name: str, report: Report
) -> Iterator[tuple[int, Row]]:
    """Yield line number and the known columns of each row; a row of another length is skipped."""
    lines = enumerate(text.split("\n"), 1)
    next((number for number, line in lines if line.strip()), None)  # the header
    for number, line in lines:
        if not line.strip():
            continue
        values = (
            line.split() if separator is None else next(csv.reader([line], delimiter=separator))
        )
        if len(values) != len(columns):
            report.skip(name, "row with more or fewer values than the header: left out", number)
            continue
        row: Row = {}
        for column, value in zip(columns, values, strict=True):
            value = value.strip()
            if column and column not in row and value.lower() not in UNKNOWN:
                row[column] = value
        yield number, row


def _events(
    text: str, columns: list[str], separator: str | None, name: str, report: Report
) -> list[Event]:
    events = []
    for number, row in _rows(text, columns, separator, name, report):
        try:
            event = _event(row)
        except ValueError as error:
            report.skip(name, f"row not understood ({error}): left out", number)
            continue
        if event.origin_time is None:
            report.skip(name, "row without a time: left out", number)
            continue
        event.source_file, event.source_line = name, number
        events.append(event)
    return events


def _event(row: Row) -> Event:
    """Return the event of a row; ValueError where a value is not what its column says."""
    origin = _time(row, ("origin_time", "utc_timestamp", "time"))
    depth_text = row.get("depth", "")
    event = Event(row.get("event_id", ""), origin, depth_fixed=depth_text.endswith("F"))
    latitude, longitude = _number(row.get("latitude")), _number(row.get("longitude"))
    if latitude is not None and longitude is not None:
        if abs(latitude) > 90 or abs(longitude) > 360:
            raise ValueError("latitude or longitude out of range")
        event.latitude = latitude
        event.longitude = longitude - 360 if longitude > 180 else longitude
    event.depth_km = _number(depth_text.rstrip("FSA"))
    if event.depth_km is None and "depth_m" in row:
        event.depth_km = float(row["depth_m"]) / 1000
    event.agency = row.get("agency", "")
    if row.get("distance", "") in ("L", "R", "D"):
        event.distance = row["distance"]
    magnitude = _number(row.get("magnitude"))
    if magnitude is not None:
        kind = row.get("magnitude_kind", "")
        if event.agency and kind.endswith(event.agency) and kind != event.agency:
            kind = kind[: -len(event.agency)]  # SEISAN's table: WFUN is type W of agency FUN
        event.magnitudes.append(Magnitude(magnitude, kind, event.agency))
    cluster = _number(row.get("cluster_id"))
    event.cluster_id = None if cluster is None else int(cluster)
    return event


def _picks(
    text: str, columns: list[str], separator: str | None, name: str, report: Report
) -> list[Event]:
    """Return the events of a list of picks, told apart by event column, origin or closeness."""
    by_event: dict[str, Event] = {}
    loose: list[tuple[Pick, int]] = []
    for number, row in _rows(text, columns, separator, name, report):
        try:
            pick = _pick(row)
            event = _event({k: v for k, v in row.items() if k not in ("time", "magnitude_kind")})
        except ValueError as error:
            report.skip(name, f"row not understood ({error}): left out", number)
            continue
        if pick is None:
            report.skip(name, "row without station or time: left out", number)
            continue
        key = row.get("event_id") or row.get("origin_time") or row.get("utc_timestamp")
        if key is None:
            loose.append((pick, number))
            continue
        if key not in by_event:
            event.source_file, event.source_line = name, number
            by_event[key] = event
        origin = by_event[key].origin_time
        if origin is not None and not origin <= pick.time <= origin + latest_s(pick.phase):
            report.skip(name, "pick before its origin or later than its phase can be", number)
            continue
        by_event[key].picks.append(pick)
    if loose:
        report.note(
            name,
            f"picks without an event: those within {ONE_EVENT_S:.0f} s of each other "
            "are taken as one event",
            loose[0][1],
        )
    return list(by_event.values()) + _by_closeness(loose, name)


def _by_closeness(loose: list[tuple[Pick, int]], name: str) -> list[Event]:
    events: list[Event] = []
    last = -math.inf
    for pick, number in sorted(loose, key=lambda item: (item[0].time, item[0].station)):
        if not events or pick.time - last > ONE_EVENT_S:
            events.append(Event("", source_file=name, source_line=number))
        events[-1].picks.append(pick)
        last = pick.time
    return events


def _pick(row: Row) -> Pick | None:
    time = _time(row, ("time",))
    if time is None or "station" not in row:
        return None
    codes = row["station"].split(".")  # some write NET.STA or NET.STA.LOC.CHA
    if len(codes) < 2:
        codes = ["", row["station"]]
    codes += [""] * (4 - len(codes))
    weight = _number(row.get("weight"))
    return Pick(
        station=codes[1],
        phase=row.get("phase", ""),
        time=time,
        network=row.get("network", codes[0]),
        location=row.get("location", codes[2]),
        channel=row.get("channel", codes[3]),
        polarity=row.get("polarity", ""),
        weight=int(weight) if weight is not None and weight == int(weight) else 0,
    )


def _time(row: Row, columns: tuple[str, ...]) -> float | None:
    """Return the time in the first of ``columns`` that is there, or of year ... second."""
    for column in columns:
        if column in row:
            return _moment(row[column])
    if "year" not in row:
        return None
    date = day_start(*(int(row[part]) for part in ("year", "month", "day")))
    clock = [float(row.get(part, 0)) for part in ("hour", "minute", "second")]
    offset = clock[0] * 3600 + clock[1] * 60 + clock[2]
    if not 0 <= offset <= LATEST_OTHER_S * 10:
        raise ValueError("hour, minute or second out of range")
    return date + offset


def _moment(text: str) -> float:
    """Return a time written as seconds since 1970 or as a date and time of day."""
    try:
        seconds = float(text)
    except ValueError:
        return parse_iso(text.replace("/", "-"))
    if not math.isfinite(seconds) or len(text.partition(".")[0]) == 8:
        return parse_iso(text)  # 20140824 is a date
    return seconds


def _number(text: str | None) -> float | None:
    if not text:
        return None
    value = float(text)
    return value if math.isfinite(value) else None


def _plain(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name.strip().strip('"').lower())
    return "".join(c for c in letters if not unicodedata.combining(c)).replace(" ", "_")
