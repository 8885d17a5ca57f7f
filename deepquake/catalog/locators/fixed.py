"""Fixed columns: numbers as Fortran writes them, times, degrees, weights and first motions."""

import re

from deepquake.catalog.events import (
    DO_NOT_USE,
    LATEST_S_S,
    Event,
    Pick,
    can_be_of,
    is_p,
    keep_possible,
)
from deepquake.core.report import Departures
from deepquake.core.times import day_start

# HYPO71 appeared in 1971, and its networks had begun some years before.
FIRST_TWO_DIGIT_YEAR = 60
ROUNDING_OF_ORIGIN_S = 0.1  # a first P above the source may come as early as the last digit
OTHER_ARRIVAL_S = 10.0  # a P this much later than the first of its station is of another event
FIRST_MOTIONS = dict.fromkeys("CU+", "C") | dict.fromkeys("D-", "D")
FORTRAN_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d{1,2})?", re.ASCII)
CODES_OF_WEIGHTS = frozenset(("", " ", *"0123456789"))
BLANK_OR_DIGITS = re.compile(r" *-?\d* *", re.ASCII)


def lines_of(text: str) -> list[str]:
    """Return the first lines of a text that are not blank, enough to tell its format."""
    lines = (line.rstrip() for line in text[:20000].split("\n")[:100])
    return [line for line in lines if line][:20]


def columns(line: str, first: int, last: int) -> str:
    """Return columns of a line as manuals number them, without blanks at either end.

    Parameters
    ----------
    line : str
        The line.
    first, last : int
        Numbers of the columns, from 1.
    """
    return line[first - 1 : last].strip()


def fortran_number(text: str, places: int = 0) -> float | None:
    """Return the number in some columns, None where they are blank.

    Parameters
    ----------
    text : str
        The columns.
    places : int
        Decimals that a number without a point has: Fortran reads 5534 in F4.2 as 55.34.

    Raises
    ------
    ValueError
        Where it is not a number, such as ``*****``.
    """
    text = text.strip()
    if not text:
        return None
    if not FORTRAN_NUMBER.fullmatch(text):
        raise ValueError(f"'{text}' is not a number")
    return float(text) if "." in text or "e" in text.lower() else float(text) / 10**places


def number_if_any(text: str, places: int = 0) -> float | None:
    """Return a number one can do without, None where it can't be read.

    Parameters
    ----------
    text, places : str, int
        As for ``fortran_number``.
    """
    try:
        return fortran_number(text, places)
    except ValueError:
        return None


def whole_of(text: str) -> int:
    """Return the whole number in some columns, 0 where they are blank (ValueError if neither)."""
    if not BLANK_OR_DIGITS.fullmatch(text):
        raise ValueError(f"'{text}' is not a whole number")
    return int(text.strip() or 0)


def time_in_columns(date: str, clock: str, second: float) -> float:
    """Return seconds since 1970 UTC.

    Hours of 24, minutes of 60 and seconds of 60 and more are those of the next day, hour, minute.

    Parameters
    ----------
    date : str
        YYYYMMDD or YYMMDD, blanks for leading zeros.
    clock : str
        hhmm, likewise.
    second : float
        May be negative.

    Raises
    ------
    ValueError
        Where there is no such day.
    """
    year, month, day = whole_of(date[:-4]), whole_of(date[-4:-2]), whole_of(date[-2:])
    if len(date) == 6:
        year += 1900 if year >= FIRST_TWO_DIGIT_YEAR else 2000
    if year < 1900:
        raise ValueError("year before 1900")
    hour, minute = whole_of(clock[:2]), whole_of(clock[2:4])
    return day_start(year, month, day) + 3600 * hour + 60 * minute + second


def are_date_and_clock(date: str, clock: str) -> bool:
    """Return whether a date and a clock can be what their columns say.

    Parameters
    ----------
    date, clock : str
        As for ``time_in_columns``.
    """
    try:
        time_in_columns(date, clock, 0)
        return whole_of(clock[:2]) <= 48 and whole_of(clock[2:4]) <= 99
    except ValueError:
        return False


def degrees_and_minutes(degrees: str, minutes: float | None, negative: bool) -> float | None:
    """Return degrees with decimals, None where the columns are blank.

    Parameters
    ----------
    degrees : str
        Columns of the whole degrees.
    minutes : float or None
        Minutes of arc.
    negative : bool
        Whether they are degrees south or west.

    Raises
    ------
    ValueError
        Where degrees or minutes can't be such.
    """
    if not degrees.strip() or minutes is None:
        return None
    whole = whole_of(degrees)
    if not 0 <= minutes <= 60:
        raise ValueError(f"{minutes:g} is not a minute of arc")
    value = abs(whole) + minutes / 60
    return -value if negative or degrees.strip()[0] == "-" else value


def weight_of(code: str, line: int, departures: Departures) -> int:
    """Return the weight in a column: blank is full, 4 to 9 are none.

    HYPOINVERSE takes a reading out of use by adding 5 to its weight.

    Parameters
    ----------
    code : str
        The column.
    line : int
        Where in the file.
    departures : Departures
        Is told of what is not a digit: it is read as 4, not used.
    """
    if code not in CODES_OF_WEIGHTS:
        departures.note(line, "weight that is not a digit: taken as 4, not used")
        return DO_NOT_USE
    return min(int(code.strip() or 0), DO_NOT_USE)


def first_motion(letter: str) -> str:
    """Return C (up), D (down) or nothing for the letter of a first motion."""
    return FIRST_MOTIONS.get(letter.upper(), "")


def onset_of(letter: str) -> str:
    """Return I (impulsive), E (emergent) or nothing for the letter of an onset."""
    return letter.upper() if letter in ("I", "E", "i", "e") else ""


def take_pick(event: Event, pick: Pick, line: int, departures: Departures) -> None:
    """Give an event a pick; one that cannot be of it is kept, but taken out of use.

    Somebody read something at that time: it is not to be called noise.

    Parameters
    ----------
    event : Event
        Its origin is known by now.
    pick : Pick
        What was read.
    line : int
        Where in the file.
    departures : Departures
        Is told.
    """
    origin = event.origin_time
    pick_is_early = origin is not None and origin - ROUNDING_OF_ORIGIN_S <= pick.time <= origin
    if not pick_is_early and not can_be_of(pick, event):
        pick.weight = DO_NOT_USE
        what = "pick before its origin or later than its phase can be"
        departures.note(line, f"{what}: kept, but not used (weight 4)")
    event.picks.append(pick)


def close_event(event: Event | None, events: list[Event], departures: Departures) -> None:
    """Put an event among the others where it has a time, after a look at what can be true of it.

    A block of picks that has neither origin nor id, and cannot be of one event, is marked as loose.

    Parameters
    ----------
    event : Event or None
        All of its lines are read.
    events : list of Event
        Those of the file so far.
    departures : Departures
        Is told what could not be true.
    """
    if event is None:
        return
    line = event.source_line or 1
    for message in keep_possible(event):
        departures.note(line, message)
    if event.origin_time is None and not event.picks:
        departures.skip(line, "event without a time and without picks: left out")
        return
    if event.origin_time is None and not event.event_id and _are_of_several(event.picks):
        event.loose = True
        what = "picks of more than one event with no line between them"
        departures.note(line, f"{what}: told apart like a list of picks")
    events.append(event)


def _are_of_several(picks: list[Pick]) -> bool:
    """Return whether picks cannot be of one event: a second P at a station, or too far apart."""
    times = [pick.time for pick in picks]
    if max(times) - min(times) > LATEST_S_S:
        return True
    first: dict[tuple[str, str], float] = {}
    for pick in sorted(picks, key=lambda pick: pick.time):
        if is_p(pick.phase):
            begin = first.setdefault((pick.network, pick.station), pick.time)
            if pick.time - begin >= OTHER_ARRIVAL_S:
                return True
    return False
