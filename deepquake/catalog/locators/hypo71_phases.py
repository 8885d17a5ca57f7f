"""Phase files of HYPO71: picks, and no origins; a block of lines is an event.

Columns are those of W. H. K. Lee and J. C. Lahr, "HYPO71 (revised)", USGS Open-File Report 75-311.
The phase files of HYPOELLIPSE and the old ones of HYPOINVERSE are alike.
"""

import re
from dataclasses import dataclass

from deepquake.catalog.events import DO_NOT_USE, Event, Pick
from deepquake.catalog.locators.fixed import (
    FIRST_TWO_DIGIT_YEAR,
    are_date_and_clock,
    close_event,
    columns,
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
LEFT_TO_S_MINUS_P = 9
CARDS = [re.compile(station + REMARK_AND_TIME, re.ASCII) for station in STATIONS]
INSTRUCTION = re.compile(r" {4}.{0,4} {0,9}[ \d]{0,2}[ \d.-]*")  # ends an event; columns 18, 19
# the fifth letter of a station, its component, network and location in HYPOINVERSE's use of it
LONG_CODES = re.compile(r"([\w ])([A-Z]{2}[A-Z0-9])([A-Z0-9 ]{0,2})([0-9 ]{0,2})\s*$", re.ASCII)
ID_OF_CARD, ID_OF_TERMINATOR = (55, 58), (63, 72)
# beginnings of remarks in columns 63 to 65: quarries, the Nevada Test Site
REMARKS = {"BLS": "blast", "Q": "blast", "*": "blast", "NTS": "explosion"}
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
            if event is not None and not event.event_id:
                event.event_id = _identity_in(line, *ID_OF_TERMINATOR)
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
    event.kind = event.kind or next((k for r, k in REMARKS.items() if line[62:].startswith(r)), "")
    event.event_id = event.event_id or _identity_in(line, *ID_OF_CARD)
    if number_if_any(line[65:70], 2):
        what = "clock correction in columns 66 to 70"
        departures.note(number, f"{what}: not applied, for the records have the same clock")
    codes = LONG_CODES.match(line[card.end - 19 :][77:])  # counted from where the card begins
    for read in (_p_of, _s_of):
        pick = read(card, line, number, departures=departures)
        if pick is None:
            continue
        if codes is not None:
            fifth, pick.channel, pick.network, pick.location = map(str.strip, codes.groups())
            pick.station += fifth
        take_pick(event, pick, number, departures=departures)
    return True


def _identity_in(line: str, first: int, last: int) -> str:
    """Return the number of an event in some columns, nothing where it is 0 or none."""
    text = columns(line, first, last)
    return text if text.isdecimal() and text.strip("0") else ""


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
    pick = Pick(
        card.code.strip(),
        card.phase.strip().upper() or "P",
        time_in_columns(card.date, card.clock, second),
        onset=onset_of(card.onset),
        polarity=first_motion(card.motion),
        weight=weight_of_card(card.weight, number, departures),
    )
    if card.phase == " ":
        departures.note(number, "reading without the letter P in its remark: P, not used")
        pick.weight = DO_NOT_USE
    return pick


def weight_of_card(code: str, number: int, departures: Departures) -> int:
    """Return the weight of a reading; 9 leaves it to S-P, for the clock is not trusted.

    Parameters
    ----------
    code : str
        The column.
    number : int
        Where in the file.
    departures : Departures
        Is told of what is not a digit.
    """
    return LEFT_TO_S_MINUS_P if code == "9" else weight_of(code, number, departures)


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
    pick.onset, pick.weight = onset_of(remark[0]), weight_of_card(remark[3], number, departures)
    return pick
