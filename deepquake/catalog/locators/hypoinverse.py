"""HYPOINVERSE-2000: phase and archive files (.phs, .arc), with shadow lines or not; summaries.

Columns are those of F. W. Klein, "User's guide to HYPOINVERSE-2000", USGS Open-File Report
02-171, with its four-digit years ("Y2000"). EQTransformer and others write the same with decimal
points and a header that is the place of a station and the beginning of its record: no origin.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from deepquake.catalog.events import DO_NOT_USE, Event, Magnitude, Pick
from deepquake.catalog.locators.fixed import (
    are_date_and_clock,
    close_event,
    columns,
    degrees_and_minutes,
    first_motion,
    fortran_number,
    lines_of,
    number_if_any,
    onset_of,
    take_pick,
    time_in_columns,
    weight_of,
)
from deepquake.core.report import Departures, Report


class PhaseColumns(NamedTuple):
    """The columns, first and last, of what a line says of one phase."""

    second: tuple[int, int]
    remark: tuple[int, int]
    weight: int
    residual: tuple[int, int]
    used: tuple[int, int]  # the weight that the location gave it


COLUMNS_OF = {
    "P": PhaseColumns((30, 34), (14, 15), 17, residual=(35, 38), used=(39, 41)),
    "S": PhaseColumns((42, 46), (47, 48), 50, residual=(51, 54), used=(64, 66)),
}
DATE_AND_CLOCK = r"(\d{4}[ \d]\d[ \d]\d)([ \d]\d[ \d]\d)"
SUMMARY_HEADER = re.compile(
    DATE_AND_CLOCK + r"[ \d.*-]{4}[ \d*-]{2}[ NSns][ \d.*]{4}[ \d*-]{3}[ EWew]"
)
# %4.2f needs five columns from 10 on, so all behind it may be shifted
HEADER_WITH_POINTS = re.compile(
    DATE_AND_CLOCK + r"\d{1,2}\.\d\d[ \d]\d[ NS]\d{1,2}\.\d\d[ \d]{2}\d[ EW]\d{1,2}\.\d\d"
)
STATION_LINE = re.compile(r"[\w-][\w -]{4}[\w ]{2}.{10}" + DATE_AND_CLOCK, re.ASCII)
# an id, in columns 63 to 72 or so, behind blanks or a trial hypocentre
TERMINATOR = re.compile(
    r" {4}(?: *(?P<id>\d*)|[ \d.NSEW*+-]{58} *(?P<late_id>\d*)|[ \d.NSEW*+-]{0,57}) *"
)
NO_TIME = 99.99  # seconds of a P at stations where only a duration was read
SUMMARY_MAGNITUDES = (  # columns of the value, of its type, and a type where that is blank
    (*(148, 150), 147, ""),
    (*(71, 73), 118, "d"),
    (*(37, 39), 122, "L"),
    (*(124, 126), 123, ""),
)
NO_ORIGIN = (
    "header with decimal points, as EQTransformer writes it: "
    "the place of a station and the beginning of its record, not used as an origin"
)
BLAST, EXPLOSION = "Q", "N"  # auxiliary remarks of analysts: a quarry, the Nevada Test Site
FIXED_DEPTH = "-"


def is_hypoinverse(text: str) -> bool:
    """Return whether a text begins with the lines of a Y2000 file."""
    lines = [line for line in lines_of(text) if line[0] != "$"]
    if not lines or not (_is_header(lines[0]) or _is_station(lines[0])):
        return False
    known = sum(
        _is_header(line) or _is_station(line) or TERMINATOR.fullmatch(line) is not None
        for line in lines
    )
    return known > len(lines) / 2


def read_hypoinverse(text: str, name: str, report: Report) -> list[Event]:
    """Return the events of a text that ``is_hypoinverse``.

    Parameters
    ----------
    text : str
        Content of the file.
    name : str
        What the file is called in messages and in the events.
    report : Report
        Is told of lines left out and of what was assumed.
    """
    departures, events = Departures(name, report), list[Event]()
    event: Event | None = None
    made_up = False  # the header
    for number, line in enumerate(text.split("\n"), 1):
        line = line.rstrip()
        if not line or line[0] == "$":  # shadow lines repeat what a line before them says
            continue
        if _is_header(line.ljust(36)):
            close_event(event, events, departures)
            made_up = HEADER_WITH_POINTS.match(line) is not None
            if made_up:
                departures.note(number, NO_ORIGIN)
                event = Event("", source_file=name, source_line=number)
            else:
                event = _event_of_header(line, number, departures)
        elif _is_station(line):
            if event is None:
                event = Event("", source_file=name, source_line=number)
            for pick in _picks_of_station(line, number, departures):
                pick.automatic = made_up
                take_pick(event, pick, number, departures=departures)
        elif found := TERMINATOR.fullmatch(line):
            if event is not None and not event.event_id:
                identity = found["id"] or found["late_id"] or ""
                event.event_id = identity if identity.strip("0") else ""
            close_event(event, events, departures)
            event = None
        else:
            departures.skip(number, "line not understood as one of HYPOINVERSE: left out")
    close_event(event, events, departures)
    return _told_once(events, departures)


def _told_once(events: list[Event], departures: Departures) -> list[Event]:
    """Return the events without an origin of one id as one: EQTransformer tells some repeatedly."""
    first: dict[str, Event] = {}
    kept = []
    for event in events:
        known = first.setdefault(event.event_id, event)
        if known is event or not event.event_id or event.origin_time is not None:
            kept.append(event)
            continue
        line = event.source_line or 1
        departures.note(line, "event told several times, by one id: all its picks are put together")
        known.picks += [pick for pick in event.picks if pick not in known.picks]
    return kept


def _is_header(line: str) -> bool:
    found = SUMMARY_HEADER.match(line) or HEADER_WITH_POINTS.match(line)
    return found is not None and are_date_and_clock(found[1], found[2])


def _is_station(line: str) -> bool:
    found = STATION_LINE.match(line)
    return found is not None and are_date_and_clock(found[1], found[2])


def _event_of_header(line: str, number: int, departures: Departures) -> Event:
    event = Event("", source_file=departures.name, source_line=number)
    try:
        event.origin_time = time_in_columns(
            line[:8], line[8:12], fortran_number(line[12:16], 2) or 0.0
        )
    except ValueError as error:
        departures.note(number, f"origin time not understood ({error}): unknown")
    try:
        south, west = line[18:19].upper() == "S", line[26:27].upper() != "E"
        event.latitude = degrees_and_minutes(line[16:18], fortran_number(line[19:23], 2), south)
        event.longitude = degrees_and_minutes(line[23:26], fortran_number(line[27:31], 2), west)
        event.depth_km = fortran_number(line[31:36], 2)
    except ValueError as error:
        event.latitude = event.longitude = event.depth_km = None
        departures.note(number, f"location not understood ({error}): unknown")
    found: dict[float, str] = {}  # the preferred one is told again among the others
    for first, last, column, usual in SUMMARY_MAGNITUDES:
        try:
            value = fortran_number(columns(line, first, last), 2)
        except ValueError as error:
            departures.note(number, f"magnitude not understood ({error}): left out")
            continue
        if value:
            found[value] = found.get(value) or columns(line, column, column) or usual
    event.magnitudes = [Magnitude(value, kind) for value, kind in found.items()]
    event.kind = {BLAST: "blast", EXPLOSION: "explosion"}.get(line[80:81], "")
    event.depth_fixed = line[81:82] == FIXED_DEPTH
    identity = columns(line, 137, 146)
    event.event_id = identity if identity.strip("0") else ""
    return event


def _picks_of_station(line: str, number: int, departures: Departures) -> Iterator[Pick]:
    """Yield the P and the S that a line about a station holds."""
    found = STATION_LINE.match(line)
    assert found is not None
    for phase, reading in COLUMNS_OF.items():
        remark = columns(line, *reading.remark)
        try:
            second = fortran_number(columns(line, *reading.second), 2)
        except ValueError as error:
            departures.skip(number, f"second of {phase} not understood ({error}): left out")
            continue
        if second is None or (not second and not remark):
            continue
        if second == NO_TIME:
            departures.note(number, "second of 99.99, where no arrival was read: left out")
            continue
        pick = Pick(columns(line, 1, 5), phase, time_in_columns(found[1], found[2], second))
        pick.network, pick.location = columns(line, 6, 7), columns(line, 112, 113).strip("-")
        pick.channel = columns(line, 10, 12) or columns(line, 9, 9)
        pick.onset = onset_of(remark[:1])
        if phase == "P":
            pick.polarity = first_motion(columns(line, 16, 16))
        pick.weight = weight_of(columns(line, reading.weight, reading.weight), number, departures)
        if not remark and phase == "P":
            departures.note(number, "P without a remark, which HYPOINVERSE passes over: not used")
            pick.weight = DO_NOT_USE
        pick.residual_s = number_if_any(columns(line, *reading.residual), 2)
        pick.in_origin = bool(number_if_any(columns(line, *reading.used), 2))
        yield pick
