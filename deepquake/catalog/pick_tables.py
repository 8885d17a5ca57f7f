"""Lists of picks in tables, and the events they are of."""

import re
from collections import defaultdict
from functools import partial

from deepquake.catalog.cells import Note, time_in
from deepquake.catalog.columns import Cells, Header, rows_of_table
from deepquake.catalog.event_tables import event_of_row
from deepquake.catalog.events import Event, Pick, can_be_of, is_located
from deepquake.core.report import Departures

# columns of a list of picks that say nothing of the event
OF_PICK = {"time", "year", "month", "day", "hour", "minute", "second", "magnitude_kind"}
OF_NO_EVENT = ("-1", "-1.0")  # what associators write for a pick they could not use

# station of a row of a list of picks, and its latitude, longitude and depth
Place = tuple[str, float | None, float | None, float | None]


def events_of_picks(text: str, header: Header, departures: Departures) -> list[Event]:
    """Return the events of a list of picks, told apart by event column, origin or closeness."""
    by_event: dict[str, Event] = {}
    places: dict[str, set[Place]] = defaultdict(set)
    loose: list[Pick] = []
    of_none: list[int] = []
    for line, cells in rows_of_table(text, header, departures):
        note = partial(departures.note, line)
        try:
            pick = _pick_of_row(cells, note)
            event = event_of_row({k: v for k, v in cells.items() if k not in OF_PICK}, note)
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
            loose.append(pick)
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
    events = list(by_event.values())
    if loose:
        events.append(Event("", picks=loose, source_file=departures.name, loose=True))
    return events


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


def _pick_of_row(cells: Cells, note: Note) -> Pick | None:
    time = time_in(cells, ("time",))
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
