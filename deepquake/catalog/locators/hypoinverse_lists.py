"""What HYPOINVERSE-2000 writes for people: its list (.prt) and its summaries under a heading.

Columns are those of files that version 1.40 wrote. Where a list stands beside an archive file, that
tells more: the merging of files takes them as one.
"""

import re

from deepquake.catalog.events import Event, Magnitude, Pick
from deepquake.catalog.locators.fixed import (
    close_event,
    columns,
    degrees_and_minutes,
    first_motion,
    fortran_number,
    number_if_any,
    onset_of,
    take_pick,
    time_in_columns,
    weight_of,
)
from deepquake.core.report import Departures, Report

FAR_ENOUGH = 400000  # letters: the settings come first
HEADING = re.compile(r" YEAR MO DA +--ORIGIN-- +--LAT N- +--LON W-- +DEPTH")
HEADING_OF_STATIONS = re.compile(r" STA NET COM .*DIST AZM +AN P/S WT +SEC")
SEQUENCE = re.compile(r"SEQUENCE NO\. *\d+, +ID NO\. *(\d+)")
ABANDONED = re.compile(r"\*\*\* ABANDON EVENT|\*\*\* +\d+ PHASES CANT SOLVE")
# station and network or, of an S below its P, nothing; remark, weight, second, travel time
READING = re.compile(
    r" (?:[\w-][\w -]{4}[\w ]{2}|       )[S ].{22}[ IEie][PSps].{4}[ \d*]{3}.{3}[ \d-]{3}\.\d\d",
    re.ASCII,
)
END_OF_STATIONS = re.compile(r"\s*$| ?#{10}|1?\f")
HEADING_OF_TABLE = re.compile(r" *DATE +TIME +SEC +LAT +LON +DEPTH PREF-MAG .*")
ROW = re.compile(
    r"(\d{4})/([ \d]\d)/([ \d]\d) ([ \d]\d):([ \d]\d) +([\d.]+) +(-?[\d.]+) +(-?[\d.]+) +(-?[\d.]+)"
)
VALUE_AND_TYPE = re.compile(r"(-?\d+\.\d+) *(\w*)")
MAGNITUDES_OF_TABLE = "PREF-MAG", "DUR-MAG1", "AMP-MAG1", "EXT-MAG"
MAGNITUDE_WIDTH = 9  # of the columns from where a heading begins


def is_hypoinverse_print(text: str) -> bool:
    """Return whether a text holds the heading of an event in HYPOINVERSE's list."""
    return HEADING.search(text[:FAR_ENOUGH]) is not None


def is_hypoinverse_table(text: str) -> bool:
    """Return whether a text begins with the heading of HYPOINVERSE's summaries."""
    return HEADING_OF_TABLE.match(text.lstrip("\n")) is not None


def read_hypoinverse_print(text: str, name: str, report: Report) -> list[Event]:
    """Return the events of a text that ``is_hypoinverse_print``.

    Parameters
    ----------
    text : str
        Content of the file.
    name : str
        What the file is called in messages and in the events.
    report : Report
        Is told of what was left out.
    """
    departures, events = Departures(name, report), list[Event]()
    event: Event | None = None
    identity, station, waiting, in_stations = "", "", False, False
    for number, line in enumerate(text.split("\n"), 1):
        line = line.rstrip()
        if found := SEQUENCE.search(line):
            close_event(event, events, departures)
            event, in_stations = None, False
            identity = found[1] if found[1].strip("0") else ""
        elif HEADING.match(line):
            close_event(event, events, departures)
            event, waiting, in_stations = None, True, False
        elif waiting and line:
            event, waiting = _event_of_print(line, number, departures), False
            if event is not None:
                event.event_id = identity
        elif ABANDONED.search(line):
            departures.skip(number, "event that HYPOINVERSE could not locate: left out")
            event = None
        elif HEADING_OF_STATIONS.match(line):
            in_stations, station = event is not None, ""
            if not in_stations:
                departures.skip(number, "stations without an origin above them: left out")
        elif in_stations and END_OF_STATIONS.match(line):
            in_stations = False
        elif event is not None and (in_stations or READING.match(line)):
            station = columns(line, 2, 6) or station
            _take_reading(event, station, line, number=number, departures=departures)
    close_event(event, events, departures)
    return events


def _event_of_print(line: str, number: int, departures: Departures) -> Event | None:
    """Return the event of a line such as `` 2016-10-14  0000  8.88  42 48.74   13E13.02  8.38``."""
    event = Event("", source_file=departures.name, source_line=number)
    try:
        second = fortran_number(line[17:23], 2) or 0.0
        event.origin_time = time_in_columns(line[1:11].replace("-", ""), line[13:17], second)
    except ValueError as error:
        departures.skip(number, f"origin time not understood ({error}): event left out")
        return None
    try:
        south, west = line[27:28] == "S", line[38:39] != "E"
        event.latitude = degrees_and_minutes(line[23:27], fortran_number(line[28:33], 2), south)
        event.longitude = degrees_and_minutes(line[33:38], fortran_number(line[39:44], 2), west)
        event.depth_km = fortran_number(line[44:51], 2)
    except ValueError as error:
        event.latitude = event.longitude = event.depth_km = None
        departures.note(number, f"location not understood ({error}): unknown")
    return event


def _take_reading(
    event: Event, station: str, line: str, number: int, departures: Departures
) -> None:
    """Give an event the P or the S of a line, by its travel time."""
    remark, travel_s = line[31:34].ljust(3), number_if_any(line[43:49], 2)
    phase = remark[1].upper()
    if not station or travel_s is None or not READING.match(line):
        departures.skip(number, "line not understood as a reading of HYPOINVERSE: left out")
        return
    assert event.origin_time is not None
    pick = Pick(station, phase, event.origin_time + travel_s, network=columns(line, 7, 8))
    if not pick.network:  # an S below the P of its station
        above = [other.network for other in event.picks if other.station == station]
        pick.network = above[-1] if above else ""
    pick.onset = onset_of(remark[0])
    pick.polarity = first_motion(remark[2]) if phase == "P" else ""
    code = re.search(r"\d", line[34:37])
    pick.weight = weight_of(code[0] if code else "", number, departures)
    pick.residual_s = number_if_any(line[60:66], 2)
    pick.in_origin = bool(number_if_any(line[67:72], 2))
    take_pick(event, pick, number, departures=departures)


def read_hypoinverse_table(text: str, name: str, report: Report) -> list[Event]:
    """Return the events of a text that ``is_hypoinverse_table``.

    Parameters
    ----------
    text : str
        Content of the file.
    name : str
        What the file is called in messages and in the events.
    report : Report
        Is told of rows left out.
    """
    departures, events = Departures(name, report), list[Event]()
    heading = ""
    for number, line in enumerate(text.split("\n"), 1):
        if HEADING_OF_TABLE.match(line):
            heading = line
            continue
        if not line.strip():
            continue
        try:
            found = ROW.match(line)
            if found is None:
                raise ValueError("date, time, second and hypocentre expected")
            year, month, day, hour, minute, *numbers = found.groups()
            second, *place = (fortran_number(value) or 0.0 for value in numbers)
            event = Event("", source_file=name, source_line=number)
            event.origin_time = time_in_columns(year + month + day, hour + minute, second)
        except ValueError as error:
            departures.skip(number, f"row not understood ({error}): left out")
            continue
        event.latitude, event.longitude, event.depth_km = place
        end_of_id = heading.index("ID-NUM") + 6 if "ID-NUM" in heading else 0
        identity = line[:end_of_id].rpartition(" ")[2]
        event.event_id = identity if identity.isdecimal() and identity.strip("0") else ""
        for title in MAGNITUDES_OF_TABLE:
            place_of_title = heading.find(title)
            text_here = line[place_of_title:][:MAGNITUDE_WIDTH] if place_of_title >= 0 else ""
            if magnitude := VALUE_AND_TYPE.search(text_here):
                event.magnitudes.append(Magnitude(float(magnitude[1]), magnitude[2]))
        close_event(event, events, departures)
    return events
