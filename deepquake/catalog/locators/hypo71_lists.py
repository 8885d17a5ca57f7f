"""What HYPO71 prints (.prt): located events, each with its stations; and its summary lines (.pun).

Columns are those of the formats in the program's source; HYPOINVERSE writes the summary lines with
a year of four digits and N, S, E, W between degrees and minutes.
"""

import re
from string import ascii_letters

from deepquake.catalog.events import Event, Magnitude, Pick
from deepquake.catalog.locators.fixed import (
    are_date_and_clock,
    close_event,
    columns,
    degrees_and_minutes,
    first_motion,
    fortran_number,
    lines_of,
    onset_of,
    take_pick,
    time_in_columns,
)
from deepquake.catalog.locators.hypo71_phases import CENTURIES, take_card, weight_of_card
from deepquake.core.report import Departures, Report
from deepquake.core.times import DAY_S

TITLE = re.compile(r"DATE +ORIGIN +LAT (.) +LONG (.) +DEPTH")
TITLE_OF_PICKS = re.compile(r"STN +DIST +AZM +AIN +PRMK")
# date, a remark, hour and minute, second, latitude; longitude, depth, a remark, magnitude
EPICENTRE = (
    r"(\d{8}|[ \d]{5}\d).([ \d]{4})(.{6})(.{3})([-NSns ])(.{5})"
    r"(.{4})([-EWew ])(.{5})(.{7}).?(.{0,6})"
)
LINES_OF_LIST = [re.compile(blank + EPICENTRE, re.ASCII) for blank in (" ", "")]
SUMMARY_LINE = re.compile(
    r"(\d{8}|[ \d]{5}\d).[ \d]\d[ \d]\d[ \d]{3}\.\d\d[ \d]{2}\d[-NSns ][ \d]\d\.\d\d"
    r"[ \d]{3}\d[-EWew ][ \d]\d\.\d\d"
)
# station, distance, azimuth, angle, remark, hour and minute, second of P
STATION_OF_LIST = re.compile(
    r" [\w-][\w -]{3}.{4}\.\d[ \d]{7}\d .{4} [ \d]{3}\d.{3}\.\d\d", re.ASCII
)
NOT_LOCATED = "INSUFFICIENT DATA FOR LOCATING THIS QUAKE"  # its phases follow as they were read
BEFORE_CARD = " " * 5
LETTERS_AND_BLANKS = ascii_letters + " "  # before a magnitude: its type
HALF_DAY_S = DAY_S / 2


def is_hypo71_list(text: str) -> bool:
    """Return whether a text holds a heading of HYPO71's list, or begins with a summary line."""
    if TITLE.search(text[:400000]):
        return True
    lines = lines_of(text)
    return (
        bool(lines) and SUMMARY_LINE.match(lines[0]) is not None and _epicentre_of(lines[0]) != ()
    )


def read_hypo71_list(text: str, name: str, report: Report) -> list[Event]:
    """Return the events of a text that ``is_hypo71_list``.

    Parameters
    ----------
    text : str
        Content of the file.
    name : str
        What the file is called in messages and in the events.
    report : Report
        Is told of what could not be read.
    """
    departures, events = Departures(name, report), list[Event]()
    titled = TITLE.search(text) is not None
    hemispheres, picks_here = "", False
    waiting = not titled  # for the line of an origin
    event: Event | None = None
    for number, line in enumerate(text.split("\n"), 1):
        if title := TITLE.search(line):
            hemispheres, waiting, picks_here = title[1] + title[2], True, False
        elif NOT_LOCATED in line:
            close_event(event, events, departures)
            event = Event("", source_file=name, source_line=number)
            waiting = picks_here = False
        elif event is not None and event.origin_time is None and line.startswith(BEFORE_CARD):
            take_card(event, line[len(BEFORE_CARD) :], number, departures=departures)
        elif TITLE_OF_PICKS.search(line):
            picks_here = event is not None and not event.picks and not waiting
            if not picks_here:
                close_event(event, events, departures)
                event = None
                departures.skip(number, "stations without an origin above them: left out")
        elif waiting and line.strip():
            close_event(event, events, departures)
            event = _event_of_list(line, hemispheres, number, departures=departures)
            waiting = not titled
        elif event is not None and (picks_here or STATION_OF_LIST.match(line)):
            picks_here = bool(line.strip())
            if picks_here:
                _take_picks(event, line, number, departures=departures)
    close_event(event, events, departures)
    return events


def _epicentre_of(line: str) -> tuple[str, ...]:
    """Return the columns of an origin, in text, or nothing."""
    for form in LINES_OF_LIST:
        found = form.match(line)
        if found and are_date_and_clock(found[1], found[2]):
            return found.groups()
    return ()


def _event_of_list(
    line: str, hemispheres: str, number: int, departures: Departures
) -> Event | None:
    texts = _epicentre_of(line)
    if not texts:
        departures.skip(number, "line not understood as an origin of HYPO71: left out")
        return None
    date, clock, second, lat, south, lat_minutes, lon, west, lon_minutes, depth, magnitude = texts
    event = Event("", source_file=departures.name, source_line=number)
    if len(date) == 6:
        departures.note(number, CENTURIES)
    try:
        event.origin_time = time_in_columns(date, clock, fortran_number(second, 2) or 0.0)
    except ValueError as error:
        departures.note(number, f"origin time not understood ({error}): unknown")
    letters = (south + west).strip(" -").upper() or hemispheres.upper()
    if len(date) == 8 and "-" not in south + west:  # HYPOINVERSE leaves N and W blank
        letters = ("S" if south in "Ss" else "N") + ("E" if west in "Ee" else "W")
    try:
        if len(letters) != 2 or letters[0] not in "NS" or letters[1] not in "EW":
            raise ValueError("nothing says which hemisphere it is of")
        event.latitude = degrees_and_minutes(lat, fortran_number(lat_minutes, 2), letters[0] == "S")
        event.longitude = degrees_and_minutes(
            lon, fortran_number(lon_minutes, 2), letters[1] == "W"
        )
        event.depth_km = fortran_number(depth, 2)
    except ValueError as error:
        event.latitude = event.longitude = event.depth_km = None
        departures.note(number, f"location not understood ({error}): unknown")
    try:
        value = fortran_number(magnitude.lstrip(LETTERS_AND_BLANKS), 2)
        kind = magnitude.strip()[:1].strip("0123456789.*-")
        event.magnitudes = [] if value is None else [Magnitude(value, kind)]
    except ValueError as error:
        departures.note(number, f"magnitude not understood ({error}): left out")
    return event


def _take_picks(event: Event, line: str, number: int, departures: Departures) -> None:
    """Give an event the P and the S of a line about a station."""
    remark = line[20:24].ljust(4)
    s_remark = line[99:103].ljust(4)
    try:
        p_second, s_second = fortran_number(line[29:35], 2), fortran_number(line[103:109], 2)
        day = event.origin_time // DAY_S * DAY_S if event.origin_time is not None else None
        if day is None:
            raise ValueError("no date above it")
        clock = line[25:29]
        minute = day + 60 * (60 * int(clock[:2].strip() or 0) + int(clock[2:].strip() or 0))
        if event.origin_time is not None and minute < event.origin_time - HALF_DAY_S:
            minute += DAY_S
        residuals = [fortran_number(columns(line, *where), 2) for where in ((54, 59), (116, 121))]
        used = [fortran_number(columns(line, *where), 2) for where in ((62, 65), (124, 127))]
    except ValueError as error:
        departures.skip(number, f"line not understood as a station of HYPO71 ({error}): left out")
        return
    station = columns(line, 2, 5)
    p_weight, s_weight = (
        weight_of_card(text[3], number, departures) for text in (remark, s_remark)
    )
    if p_second is None and s_second is None:
        departures.skip(number, "line of a station without a P or S: left out")
    if p_second is not None:
        pick = Pick(station, "P", minute + p_second, weight=p_weight, residual_s=residuals[0])
        pick.onset, pick.polarity = onset_of(remark[0]), first_motion(remark[2])
        pick.in_origin = bool(used[0])
        take_pick(event, pick, number, departures=departures)
    if s_second is not None:
        pick = Pick(station, "S", minute + s_second, weight=s_weight, residual_s=residuals[1])
        pick.onset, pick.in_origin = onset_of(s_remark[0]), bool(used[1])
        take_pick(event, pick, number, departures=departures)
