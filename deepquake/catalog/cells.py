"""The cells of a table: times, angles and numbers as people write them."""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from math import isinf
from zoneinfo import ZoneInfo

from deepquake.catalog.columns import LOCAL_WORDS, Cells
from deepquake.core.times import DAY_S, as_datetime, day_start, parse_iso

NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?", re.IGNORECASE | re.ASCII)
ISO = re.compile(r"\d{4}-\d\d-\d\d[T ]([01]\d|2[0-3]):\d\d:\d\d(\.\d+)?(Z|[-+]\d\d:?\d\d)?")
CLOCK = re.compile(r"(\d{1,2}):(\d{1,2}):(\d{1,2}(?:\.\d*)?)")
HALF_OF_DAY = re.compile(r"\s*([ap])\.?\s?m\.?$", re.IGNORECASE)
ZONE_WRITTEN = re.compile(r"\s*(UTC|GMT|UT|Z)$|(?<=\d)\s*[-+]\d\d(:?\d\d)?$", re.IGNORECASE)
TOLD_ZONE = re.compile(r":\d\d(\.\d*)?\s*(Z|UTC|GMT|[-+]\d\d(:?\d\d)?)$", re.IGNORECASE)
DATE_THEN_CLOCK = re.compile(r"(.+?)[T\s,_-]+(\d{1,2}:.*|\d{6}(?:\.\d*)?(?:\s*(?:Z|UTC|GMT))?)")
OFFSET = re.compile(r"(?:UTC|GMT)?\s*([-+]?)(\d\d?)(?::([0-5]\d)|\.(\d+)|(?<=\d\d)([0-5]\d))?")
YEAR_FIRST = re.compile(r"(\d{4})[-/. ](\d{1,2})[-/. ](\d{1,2})")
YEAR_LAST = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})(?!\d)")
SHORT_YEAR = re.compile(r"(\d{2})[-/. ](\d{1,2})[-/. ](\d{2})")
DAY_OF_YEAR = re.compile(r"(\d{4})[-/. ]?(\d{3})")
NAMED_MONTH = re.compile(
    r"(?P<year>\d{4})[-/. ]+(?P<month>[a-z]{3,})[-/., ]+(?P<day>\d{1,2})"
    r"|(?P<day2>\d{1,2})[-/. ]*(?:de )?(?P<month2>[a-z]{3,})[-/., ]+(?:de )?(?P<year2>\d{4})"
    r"|(?P<month3>[a-z]{3,})[-/., ]+(?P<day3>\d{1,2})[-/., ]+(?P<year3>\d{4})"
)
MONTHS = [  # in English and Spanish
    name.split()
    for name in (
        *("jan ene", "feb", "mar", "apr abr", "may", "jun", "jul", "aug ago", "sep set", "oct"),
        *("nov", "dec dic"),
    )
]
ARC = re.compile(
    r"([-+]?)(\d{1,3}(?:\.\d*)?)(?:[\s°º:d-]*([NSEWO])?[\s°º:d-]*"
    r"(?:(?<=\D)(\d{1,2}(?:\.\d*)?)(?:['´′m:\s]+(?:(\d{1,2}(?:\.\d*)?)[\"″s'\s]*)?)?)?"
    r"([NSEWO])?)",
    re.IGNORECASE,
)
WEST_OR_SOUTH = "SWO"  # O: oeste, ouest, ovest
PARTS_OF_SECOND = {"centisecond": 1e-2, "millisecond": 1e-3, "microsecond": 1e-6}
EPOCH_S = 1e8, 4.2e9  # since 1970, from 1973 to 2103: smaller numbers are years or days of Excel
FIRST_TIME = day_start(1900, 1, 1)  # before it a year of two digits is more likely
LATEST_HOUR = 30  # of a time of day: hours of 24 and more are of the next
# what leaves open how late the event was, so that its P would be looked for at a wrong time
NO_SECONDS = "no seconds: too rough for an origin time"

Note = Callable[[str], None]


def time_in(cells: Cells, columns: tuple[str, ...]) -> float | None:
    """Return the time in the first of ``columns`` that is there, or of a date and a time of day.

    Raises ValueError where it is not a time, or could be one or another.

    Parameters
    ----------
    cells : Cells
        Of the row; a column ``utc_offset`` is taken off what doesn't say its zone itself.
    columns : tuple of str
        Which may hold the time.
    """
    column = next((column for column in columns if column in cells), None)
    if column is not None:
        text = cells[column]
        if "date" in cells and not ISO.fullmatch(text) and _is_clock(text):
            time, in_utc = _date(cells["date"]) + _time_of_day(text), _tells_zone(text)
        else:
            time, in_utc = _moment(text)
    elif "date" in cells:
        time, in_utc = _of_date(cells)
    elif "year" in cells or "decimal_year" in cells:
        time, in_utc = _date_of_parts(cells) + _clock_of_parts(cells), False
    else:
        return None
    if not time % 1:  # a whole second, whose parts have a column of their own
        parts = PARTS_OF_SECOND.keys() & cells.keys()
        time += sum(PARTS_OF_SECOND[name] * (cell_number(cells[name]) or 0.0) for name in parts)
    if time < FIRST_TIME:
        raise ValueError("year before 1900")
    if not in_utc and ("utc_offset" in cells or "zone" in cells):
        time -= _offset_s(cells, time)
    return time


def _of_date(cells: Cells) -> tuple[float, bool]:
    """Return the time of a column ``date``, which may hold the time of day too."""
    date = cells["date"]
    if "hour" in cells or "hour_minute" in cells:
        return _date(date) + _clock_of_parts(cells), _tells_zone(cells.get("hour", ""))
    return _moment(date)


def _date_of_parts(cells: Cells) -> float:
    for part in ("month", "day"):
        if part not in cells:
            raise ValueError(f"no {part}")
    if "year" in cells:
        year = _whole(cells["year"])
    else:
        year = int(cell_number(cells["decimal_year"]) or 0)
    if year < 100:
        raise ValueError(f"a year of two digits, {year:02d}, may be {1900 + year} or {2000 + year}")
    return day_start(year, _whole(cells["month"]), _whole(cells["day"]))


def _clock_of_parts(cells: Cells) -> float:
    """Return the seconds since midnight; the column ``hour`` may hold all of the time of day."""
    if "hour_minute" in cells:
        both = cells["hour_minute"].replace(":", "").zfill(4)
        cells = {"hour": both[:-2], "minute": both[-2:], **cells}
    if "hour" not in cells:
        raise ValueError("a date alone is no origin time")
    if not cells["hour"].isdigit() and _is_clock(cells["hour"]):
        return _time_of_day(cells["hour"])
    if "minute" not in cells:
        return _time_of_day(cells["hour"])
    if "second" not in cells:
        raise ValueError(NO_SECONDS)
    hour, minute = _whole(cells["hour"]), _whole(cells["minute"])
    second = cell_number(cells["second"]) or 0.0
    if not (0 <= hour <= LATEST_HOUR and 0 <= minute <= 60 and 0 <= second < 61):
        raise ValueError("hour, minute or second out of range")
    return hour * 3600 + minute * 60 + second


def _is_clock(text: str) -> bool:
    """Return whether a text is a time of day rather than a date and a time."""
    return bool(re.match(r"\d{1,2}(:|h)", text)) or bool(re.match(r"\d{6}(\D|$)", text))


def _time_of_day(text: str) -> float:
    """Return the seconds since midnight of a time of day: 17:02:55.3, 170255.3, 5:02:55 PM."""
    plain = ZONE_WRITTEN.sub("", text.strip())
    half = HALF_OF_DAY.search(plain)
    plain = HALF_OF_DAY.sub("", plain)
    if re.fullmatch(r"\d{6}(\.\d*)?", plain):
        plain = f"{plain[:2]}:{plain[2:4]}:{plain[4:]}"
    parts = CLOCK.fullmatch(plain.replace(",", "."))
    if parts is None:
        if re.fullmatch(r"\d{1,2}:\d{1,2}", plain):
            raise ValueError(f"'{text}': {NO_SECONDS}")
        if re.fullmatch(r"\d{1,4}", plain):
            raise ValueError(f"'{text}': no seconds, and may be a time of day or a plain number")
        raise ValueError(f"'{text}' is not a time of day")
    hour, minute, second = int(parts[1]), int(parts[2]), float(parts[3])
    if half:
        if not 1 <= hour <= 12:
            raise ValueError(f"'{text}' is not a time of day")
        hour = hour % 12 + (12 if half[1].lower() == "p" else 0)
    if not (hour <= LATEST_HOUR and minute < 60 and second < 61):
        raise ValueError("hour, minute or second out of range")
    return hour * 3600 + minute * 60 + second - _written_offset_s(text)


def _moment(text: str) -> tuple[float, bool]:
    """Return a time written as date and time of day, or as (milli)seconds since 1970.

    Also whether it says itself that it is UTC, or how far from it.
    """
    if iso := ISO.fullmatch(text):
        return parse_iso(text), iso[3] is not None
    if NUMBER.fullmatch(text):
        return _moment_of_number(text)
    parts = DATE_THEN_CLOCK.fullmatch(text)
    if parts is None:
        if _is_clock(text):
            raise ValueError(f"'{text}' is a time of day without a date")
        _date(text)
        raise ValueError(f"'{text}': a date alone is no origin time")
    return _date(parts[1]) + _time_of_day(parts[2]), _tells_zone(parts[2])


def _moment_of_number(text: str) -> tuple[float, bool]:
    digits = text.partition(".")[0]
    if len(digits) == 8 and "." not in text:  # 20140824
        raise ValueError(f"'{text}': a date alone is no origin time")
    if len(digits) == 14:  # 20140824000105
        return _date(text[:8]) + _time_of_day(text[8:]), False
    low, high = EPOCH_S
    value = float(text)
    if low <= value <= high:
        return value, True
    # 201408240001 might be milliseconds of 1976 or a minute of 2014, 2014236102050 of 2033 or
    # a second of day 236
    written_out = len(digits) in (12, 13) and digits[:2] in ("19", "20")
    if low <= value / 1000 <= high and not written_out:
        return value / 1000, True
    raise ValueError(f"'{text}' is not a time")


@lru_cache(maxsize=4096)  # many rows are of one day
def _date(text: str) -> float:
    """Return midnight of a date; ValueError where it can be read in two ways, saying which."""
    plain = text.strip().lower()
    if plain.isdigit() and len(plain) == 8:
        return day_start(int(plain[:4]), int(plain[4:6]), int(plain[6:]))
    if found := YEAR_FIRST.fullmatch(plain):
        return day_start(int(found[1]), int(found[2]), int(found[3]))
    if found := DAY_OF_YEAR.fullmatch(plain):
        if not 1 <= int(found[2]) <= 366:
            raise ValueError(f"'{text}' is not a date")
        return day_start(int(found[1]), 1, 1) + (int(found[2]) - 1) * DAY_S
    if found := NAMED_MONTH.fullmatch(plain):
        parts = {name.rstrip("23"): value for name, value in found.groupdict().items() if value}
        month = (n for n, names in enumerate(MONTHS, 1) if parts["month"][:3] in names)
        return day_start(int(parts["year"]), next(month, 0), int(parts["day"]))
    readings = _readings(plain)
    if len(readings) == 1 and YEAR_LAST.fullmatch(plain):
        return day_start(*readings[0])
    if readings:
        first, *more = [f"{year}-{month:02d}-{day:02d}" for year, month, day in readings]
        second = more[0] if more else f"20{first[2:]}"
        raise ValueError(f"'{text}' may be {first} or {second}: write the one that it is")
    raise ValueError(f"'{text}' is not a date")


def _readings(text: str) -> list[tuple[int, int, int]]:
    """Return the days (year, month, day) that a date with its year last, or short, may be."""
    if found := YEAR_LAST.fullmatch(text):
        a, b, year = int(found[1]), int(found[2]), int(found[3])
        ways = [(year, b, a), (year, a, b)]
    elif found := SHORT_YEAR.fullmatch(text):
        a, b, c = int(found[1]), int(found[2]), int(found[3])
        ways = [(_full(a), b, c), (_full(c), b, a), (_full(c), a, b)]
    else:
        return []
    return list(dict.fromkeys(way for way in ways if 1 <= way[1] <= 12 and 1 <= way[2] <= 31))


def _full(year: int) -> int:
    return 1900 + year if year >= 70 else 2000 + year


def _tells_zone(text: str) -> bool:
    return ZONE_WRITTEN.search(text) is not None


def _written_offset_s(text: str) -> float:
    """Return how far from UTC a time of day says it is: of 17:02:55+02:00, 7200 s."""
    written = re.search(r"(?<=\d)\s*([-+])(\d\d):?(\d\d)?$", text.strip())
    if written is None:
        return 0.0
    seconds = int(written[2]) * 3600 + int(written[3] or 0) * 60
    return -float(seconds) if written[1] == "-" else float(seconds)


def _offset_s(cells: Cells, time: float) -> float:
    """Return how far ahead of UTC a local time is: of -04:00, UTC-4 or America/Caracas."""
    text = cells.get("utc_offset", cells.get("zone", ""))
    told = re.sub(r"^(UTC|GMT|UT|Z)$", "+0", text.upper())
    found = OFFSET.fullmatch(told)
    if found and int(found[2]) <= 14 and ("utc_offset" in cells or not told[0].isdigit()):
        minutes = 60 * float(f"0.{found[4]}") if found[4] else int(found[3] or found[5] or 0)
        seconds = int(found[2]) * 3600 + minutes * 60
        return -seconds if found[1] == "-" else seconds
    if "/" in text and (offset := _offset_of_zone(text, time // 3600)) is not None:
        return offset
    if "utc_offset" not in cells and text.lower() not in LOCAL_WORDS:
        return 0.0  # a zone of the earth
    raise ValueError(
        f"time zone '{text}' is not known: write how far it is from UTC (-04:00), or its name in "
        "full (America/Caracas)"
    )


@lru_cache(maxsize=4096)
def _offset_of_zone(name: str, hour: float) -> float | None:
    """Return the offset from UTC in an hour of local time, None where no zone is called so.

    Parameters
    ----------
    name : str
        As in the database of IANA.
    hour : float
        Hours since 1970 by the local clock.
    """
    try:
        zone = ZoneInfo(name)
    except (OSError, ValueError, KeyError):  # the last where the system has no such name
        return None
    clock = as_datetime(hour * 3600).replace(tzinfo=zone)
    offset, later = clock.utcoffset(), clock.replace(fold=1).utcoffset()
    if offset is None or offset != later:
        raise ValueError(f"the clock of {name} was changed then: write the time in UTC")
    return offset.total_seconds()


def cell_number(text: str | None) -> float | None:
    """Return the value of a cell, None where it is empty; ValueError where it is not a number."""
    if not text:
        return None
    if not NUMBER.fullmatch(text) or isinf(value := float(text)):
        raise ValueError(f"'{text}' is not a number")
    return value


def _whole(text: str) -> int:
    """Return a whole number; programs may have written it as 7.0."""
    value = cell_number(text) or 0.0
    if value % 1:
        raise ValueError(f"'{text}' is not a whole number")
    return int(value)


def cell_angle(
    text: str | None, letters: str, minutes: str | None = None, side: str | None = None
) -> float | None:
    """Return a latitude or longitude in degrees, None where the cell is empty.

    Raises ValueError where it is neither.

    Parameters
    ----------
    text : str or None
        Degrees, or degrees, minutes and seconds, with or without the hemisphere.
    letters : str
        The hemispheres that it can have: NS, or EWO.
    minutes, side : str or None
        What stands in columns for the minutes and the hemisphere.
    """
    if not text:
        return None
    if side is None and minutes is None and NUMBER.fullmatch(text):
        return float(text)
    found = ARC.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"'{text}' is not an angle")
    sign, degrees, inner, arc_minutes, arc_seconds, outer = found.groups()
    if minutes is not None and arc_minutes is None:
        arc_minutes = minutes
    parts = [float(degrees), cell_number(arc_minutes) or 0.0, cell_number(arc_seconds) or 0.0]
    if any(not 0 <= part < 60 for part in parts[1:]) or (any(parts[1:]) and parts[0] % 1):
        raise ValueError(f"'{text}' is not an angle")
    value = parts[0] + parts[1] / 60 + parts[2] / 3600
    said = {letter[:1].upper() for letter in (inner, outer, side) if letter}
    if len(said) > 1 or not said <= {*letters} or (sign == "-" and said & {*"NE"}):
        raise ValueError(f"'{text}' is in two hemispheres, or in a wrong one")
    return -value if sign == "-" or said & {*WEST_OR_SOUTH} else value


def settle_dates(rows: Sequence[tuple[int, Cells]], note: Callable[[int, str], None]) -> None:
    """Write dates with their year last as year-month-day, where the rows together tell the month.

    Parameters
    ----------
    rows : sequence of (int, Cells)
        Line and cells of each; changed in place.
    note : callable
        Is told, by line and message, how they were read.
    """
    for column in ("date", "time", "origin_time"):
        first = next((cells[column] for _, cells in rows if column in cells), "")
        if not YEAR_LAST.match(first):
            continue
        found = [(line, cells, YEAR_LAST.match(cells.get(column, ""))) for line, cells in rows]
        dates = [(line, cells, date) for line, cells, date in found if date]
        day_first, month_first = (
            [(line, date[0]) for line, _, date in dates if int(date[place]) > 12]
            for place in (1, 2)
        )
        if bool(day_first) == bool(month_first):  # none tells, or they contradict each other
            continue
        order = (2, 1) if day_first else (1, 2)
        for _, cells, date in dates:
            month, day = (int(date[place]) for place in order)
            cells[column] = f"{date[3]}-{month:02d}-{day:02d}{cells[column][date.end() :]}"
        line, telling = (day_first or month_first)[0]
        words = "day, month, year" if day_first else "month, day, year"
        note(line, f"dates are read as {words}: '{telling}' can't be anything else")


def tells_utc(cells: Cells) -> bool:
    """Return whether a row says itself how far its time is from UTC: 17:02:55+02:00."""
    times = (cells.get(column, "") for column in ("time", "origin_time", "date", "hour"))
    return any(TOLD_ZONE.search(text) for text in times)


def is_number(text: str) -> bool:
    """Return whether a cell is a number."""
    return NUMBER.fullmatch(text) is not None


def is_time(text: str) -> bool:
    """Return whether a cell is written as a date, or as a date and a time."""
    plain = text.strip()
    return bool(ISO.match(plain) or YEAR_FIRST.match(plain) or YEAR_LAST.match(plain))
