"""Phase files of HYPO71: picks, and no origins; a block of lines is an event.

Columns are those of W. H. K. Lee and J. C. Lahr, "HYPO71 (revised)", USGS Open-File Report 75-311.
The phase files of HYPOELLIPSE and the old ones of HYPOINVERSE are alike.
"""

import re
from dataclasses import dataclass

from deepquake.catalog.events import Event, Pick
from deepquake.catalog.locators.fixed import (
    FIRST_TWO_DIGIT_YEAR,
    are_date_and_clock,
    close_event,
    first_motion,
    fortran_number,
    lines_of,
    onset_of,
    take_pick,
    time_in_columns,
    weight_of,
)
from deepquake.core.report import Departures, Report

LAST_TWO_DIGIT_YEAR = FIRST_TWO_DIGIT_YEAR - 1
CENTURIES = (
    f"years of two digits: {FIRST_TWO_DIGIT_YEAR} to 99 are read as 1900 and later, "
    f"00 to {LAST_TWO_DIGIT_YEAR} as 2000 and later"
)
# Columns 5 to 19: onset, P, first motion, weight; a component or nothing; date, hour and minute.
REMARK_AND_TIME = (
    r"([\w? ])([PSps ])([\w+\-?. ])([\d ])[\w ]([ \d]\d[ \d]\d[ \d]\d)([ \d]\d[ \d]\d)"
)
# of four letters, and of five where all before the S is a column further right
STATIONS = r"([\w-][\w -]{3})", r"([\w-][\w -]{4})"
CARDS = [re.compile(station + REMARK_AND_TIME, re.ASCII) for station in STATIONS]
INSTRUCTION = re.compile(r" {4}.{0,4} {0,9}[ \d]{0,2}[ \d.]*")  # ends an event; columns 18, 19
S_TIME = re.compile(r" *(\d+\.?\d*|\.\d+) *", re.ASCII)


@dataclass(slots=True)
class Card:
    """What stands before the second of a P on a line, in text."""

    end: int  # where the second begins
    code: str  # of the station, and blanks
    onset: str
    phase: str
    motion: str
    weight: str
    date: str
    clock: str


def is_hypo71_phases(text: str) -> bool:
    """Return whether a text begins with the lines of a phase file of HYPO71."""
    lines = lines_of(text)
    if not lines or _card_of(lines[0]) is None:
        return False
    known = sum(_card_of(line) is not None or _ends_event(line) for line in lines)
    return known > len(lines) / 2


def read_hypo71_phases(text: str, name: str, report: Report) -> list[Event]:
    """Return the events of a text that ``is_hypo71_phases``: picks, without an origin.

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
    for number, line in enumerate(text.split("\n"), 1):
        line = line.rstrip()
        if _ends_event(line):
            close_event(event, events, departures)
            event = None
            continue
        if event is None:
            event = Event("", source_file=name, source_line=number)
        if not take_card(event, line, number, departures=departures):
            departures.skip(number, "line not understood as a reading of HYPO71: left out")
    close_event(event, events, departures)
    return events


def take_card(event: Event, line: str, number: int, departures: Departures) -> bool:
    """Give an event the P and the S of a line, and return whether it is such a line.

    Parameters
    ----------
    event : Event
        What the line is of.
    line : str
        The line.
    number : int
        Where in the file.
    departures : Departures
        Is told what was assumed.
    """
    card = _card_of(line)
    if card is None:
        return False
    departures.note(number, CENTURIES)
    for read in (_p_of, _s_of):
        pick = read(card, line, number, departures=departures)
        if pick is not None:
            take_pick(event, pick, number, departures=departures)
    return True


def _ends_event(line: str) -> bool:
    return not line.strip() or INSTRUCTION.fullmatch(line) is not None


def _card_of(line: str) -> Card | None:
    for form in CARDS:
        found = form.match(line)
        if found and are_date_and_clock(*found.group(6, 7)):
            return Card(found.end(), *found.groups())
    return None


def _p_of(card: Card, line: str, number: int, departures: Departures) -> Pick | None:
    """Return the P of a line (or the S, where its remark says so), None where there is none."""
    try:
        second = fortran_number(line[card.end : card.end + 5], 2)
    except ValueError as error:
        departures.skip(number, f"second of a P not understood ({error}): left out")
        return None
    if second is None:
        return None
    if card.phase == " ":
        departures.note(number, "reading without the letter P in its remark: taken as P")
    return Pick(
        card.code.strip(),
        card.phase.strip().upper() or "P",
        time_in_columns(card.date, card.clock, second),
        onset=onset_of(card.onset),
        polarity=first_motion(card.motion),
        weight=weight_of(card.weight, number, departures),
    )


def _s_of(card: Card, line: str, number: int, departures: Departures) -> Pick | None:
    """Return the S that stands behind a P, None where there is none.

    Its seconds are in columns 32-36, its remark in 37-40; some write them a column off.
    """
    for shift in (0, 1, -1):
        text, remark = line[31 + shift : 36 + shift], line[36 + shift : 40 + shift]
        if S_TIME.fullmatch(text) and "S" in remark.upper():
            break
    else:
        text, remark = line[31:36], line[36:40]
        if not text.strip() or (S_TIME.fullmatch(text) and not float(text)):
            return None
        if remark.strip() or not S_TIME.fullmatch(text):
            departures.skip(number, "columns 32 to 40 not understood as an S: left out")
            return None
        departures.note(number, "second of an S without a remark: taken as S")
    second = fortran_number(text, 2) or 0.0
    try:
        p_second = fortran_number(line[card.end : card.end + 5], 2) or 0.0
    except ValueError:
        p_second = 0.0
    if second < p_second and p_second < second + 60:
        departures.note(number, "second of an S less than that of its P: of the next minute")
        second += 60
    remark = remark.ljust(4)
    pick = Pick(card.code.strip(), "S", time_in_columns(card.date, card.clock, second))
    pick.onset, pick.weight = onset_of(remark[0]), weight_of(remark[3], number, departures)
    return pick
