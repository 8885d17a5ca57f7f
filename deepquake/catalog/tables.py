"""Catalogues and pick lists in tables with a header: CSV, |, tabs or blanks between columns."""

import math
from collections.abc import Callable
from functools import partial

from deepquake.catalog.cells import Header, Row, header_of, number, rows, time_of
from deepquake.catalog.events import Event, Magnitude, Pick, is_located, keep_possible, latest_s
from deepquake.core.errors import DeepQuakeError
from deepquake.core.report import Departures, Report

ONE_EVENT_S = 30.0  # picks without an event are of one where they follow each other this closely
# columns of a list of picks that say nothing of the event
OF_PICK = {"time", "year", "month", "day", "hour", "minute", "second", "magnitude_kind"}
OF_NO_EVENT = ("-1", "-1.0")  # what associators write for a pick they could not use

# station of a row of a list of picks, and its latitude, longitude and depth
Place = tuple[str, float | None, float | None, float | None]


def is_table(text: str) -> bool:
    """Return whether a text begins with the header of a catalogue or of a list of picks."""
    return _kind_of_table(set(header_of(text).columns)) != ""


def parse_table(text: str, name: str, report: Report) -> list[Event]:
    """Return the events of a table called ``name`` in messages.

    Depth is in km (column depth_m: metres), times are UTC, ISO 8601 or seconds since 1970.
    Raises DeepQuakeError where the header is not that of a catalogue.
    """
    header = header_of(text)
    kind = _kind_of_table(set(header.columns))
    departures = Departures(name, report)
    if kind == "picks":
        return _picks(text, header, departures)
    if kind == "events":
        _note_missing(header, departures)
        return _events(text, header, departures)
    raise DeepQuakeError(f"{name}: is not a catalogue: its columns are of neither events nor picks")


def _kind_of_table(columns: set[str]) -> str:
    dated = {"year", "month", "day"} <= columns
    if "station" in columns:
        return "picks" if "phase" in columns and ("time" in columns or dated) else ""
    place = {"latitude", "longitude"} <= columns
    if columns & {"origin_time", "utc_timestamp"} or (place and ("time" in columns or dated)):
        return "events"
    return ""


def _note_missing(header: Header, departures: Departures) -> None:
    """Tell which columns of the location are missing, and those we don't know."""
    columns = set(header.columns)
    depth = {"depth", "depth_m"} & columns
    missing = [name for name in ("latitude", "longitude") if name not in columns]
    missing += [] if depth else ["depth"]
    unknown = [
        name.strip() for name, known in zip(header.names, header.columns, strict=True) if not known
    ]
    if missing and any(unknown):
        departures.note(
            header.line,
            f"no column of {' or '.join(missing)} found; columns not known: {', '.join(unknown)}",
        )


def _events(text: str, header: Header, departures: Departures) -> list[Event]:
    events = []
    for line, row in rows(text, header, departures):
        try:
            event = _event(row, partial(departures.note, line))
        except ValueError as error:
            departures.skip(line, f"row not understood ({error}): left out")
            continue
        if event.origin_time is None:
            departures.skip(line, "row without a time: left out")
            continue
        event.source_file, event.source_line = departures.name, line
        events.append(event)
    return events


def _event(row: Row, note: Callable[[str], None]) -> Event:
    """Return the event of a row; ValueError where a value is not what its column says."""
    origin = time_of(row, ("origin_time", "utc_timestamp", "time"), note)
    depth_text = row.get("depth", "")
    event = Event(row.get("event_id", ""), origin, depth_fixed=depth_text.endswith("F"))
    event.latitude, event.longitude = number(row.get("latitude")), number(row.get("longitude"))
    event.depth_km = number(depth_text.rstrip("FSA"))
    if event.depth_km is None and "depth_m" in row:
        event.depth_km = number(row["depth_m"]) / 1000
    event.agency = row.get("agency", "")
    if row.get("distance", "") in ("L", "R", "D"):
        event.distance = row["distance"]
    magnitude = number(row.get("magnitude"))
    if magnitude is not None:
        kind = row.get("magnitude_kind", "")
        if event.agency and kind.endswith(event.agency) and kind != event.agency:
            kind = kind[: -len(event.agency)]  # SEISAN's table: WFUN is type W of agency FUN
        event.magnitudes.append(Magnitude(magnitude, kind, event.agency))
    cluster = number(row.get("cluster_id"))
    event.cluster_id = None if cluster is None else int(cluster)
    for message in keep_possible(event):
        note(message)
    return event


def _picks(text: str, header: Header, departures: Departures) -> list[Event]:
    """Return the events of a list of picks, told apart by event column, origin or closeness."""
    by_event: dict[str, Event] = {}
    places: dict[str, set[Place]] = {}
    loose: list[tuple[Pick, int]] = []
    of_none: list[int] = []
    for line, row in rows(text, header, departures):
        note = partial(departures.note, line)
        try:
            pick = _pick(row, note)
            event = _event({k: v for k, v in row.items() if k not in OF_PICK}, note)
        except ValueError as error:
            departures.skip(line, f"row not understood ({error}): left out")
            continue
        if pick is None:
            departures.skip(line, "row without station or time: left out")
            continue
        if row.get("event_id") in OF_NO_EVENT:
            of_none.append(line)
            continue
        key = row.get("event_id") or row.get("origin_time") or row.get("utc_timestamp")
        if key is None:
            loose.append((pick, line))
            continue
        if key not in by_event:
            event.source_file, event.source_line = departures.name, line
            by_event[key] = event
        places.setdefault(key, set()).add(
            (pick.station, event.latitude, event.longitude, event.depth_km)
        )
        origin = by_event[key].origin_time
        if origin is not None and not origin <= pick.time <= origin + latest_s(pick.phase):
            departures.skip(line, "pick before its origin or later than its phase can be")
            continue
        by_event[key].picks.append(pick)
    for key, event in by_event.items():
        _keep_epicentre_only(event, places[key], departures)
    if of_none:
        departures.skip(of_none[0], f"picks of event -1, that is of none: {len(of_none)} left out")
    if loose:
        departures.note(
            loose[0][1],
            f"picks without an event: those within {ONE_EVENT_S:.0f} s of each other "
            "are taken as one event",
        )
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
            event.source_line,
            "latitude and longitude in a list of picks may be those of the station: "
            "location unknown",
        )
    event.latitude = event.longitude = event.depth_km = None


def _by_closeness(loose: list[tuple[Pick, int]], name: str) -> list[Event]:
    events: list[Event] = []
    last = -math.inf
    for pick, line in sorted(loose, key=lambda item: (item[0].time, item[0].station)):
        if not events or pick.time - last > ONE_EVENT_S:
            events.append(Event("", source_file=name, source_line=line))
        events[-1].picks.append(pick)
        last = pick.time
    return events


def _pick(row: Row, note: Callable[[str], None]) -> Pick | None:
    time = time_of(row, ("time",), note)
    if time is None or "station" not in row:
        return None
    codes = row["station"].split(".")  # some write NET.STA or NET.STA.LOC.CHA
    if len(codes) < 2:
        codes = ["", row["station"]]
    codes += [""] * (4 - len(codes))
    return Pick(
        station=codes[1],
        phase=row.get("phase", ""),
        time=time,
        network=row.get("network", codes[0]),
        location=row.get("location", codes[2]),
        channel=row.get("channel", codes[3]),
        polarity=row.get("polarity", ""),
        weight=_weight(row.get("weight", "0"), note),
    )


def _weight(text: str, note: Callable[[str], None]) -> int:
    whole = text.partition(".")[0] if text.rstrip("0").endswith(".") else text
    if len(whole) == 1 and whole.isascii() and whole.isdecimal():
        return int(whole)
    note("weight is no whole number from 0 to 9: taken as 0")
    return 0
