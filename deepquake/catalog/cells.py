"""The cells of a table: times and numbers as people write them."""

import re
from collections.abc import Callable

from deepquake.catalog.columns import Cells
from deepquake.core.times import day_start, parse_iso

NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?", re.IGNORECASE | re.ASCII)
TIME_OF_DAY = re.compile(r"\d{1,2}:\d{1,2}(:.*)?")
YEAR_LAST = re.compile(r"\d{1,2}[-/.]\d{1,2}[-/.]\d{4}")
ONE_DIGIT = re.compile(r"(?<![\d.,])\d(?!\d)")  # of a month, a day, an hour ... not of a fraction
EPOCH_S = 1e8, 4.2e9  # since 1970, from 1973 to 2103: smaller numbers are years or days of Excel
FIRST_TIME = day_start(1900, 1, 1)  # before it a year of two digits is more likely
LATEST_TIME_S = 30 * 3600.0  # of a time of day: hours of 24 and more are of the next

Note = Callable[[str], None]


def time_in(cells: Cells, columns: tuple[str, ...], note: Note) -> float | None:
    """Return the time in the first of ``columns`` that is there, or of year ... second.

    Raises ValueError where it is not a time.
    """
    column = next((column for column in columns if column in cells), None)
    if column is not None:
        text = cells[column]
        needs_date = "date" in cells and TIME_OF_DAY.fullmatch(text)
        time = _moment(f"{cells['date']} {text}" if needs_date else text)
    elif "year" in cells:
        time = _time_of_parts(cells, note)
    else:
        return None
    if time < FIRST_TIME:
        raise ValueError("year before 1900")
    return time


def _time_of_parts(cells: Cells, note: Note) -> float:
    for part in ("month", "day"):
        if part not in cells:
            raise ValueError(f"no {part}")
    date = day_start(int(cells["year"]), int(cells["month"]), int(cells["day"]))
    for part in ("hour", "minute", "second"):
        if part not in cells:
            note(f"no {part} in the time of a row: taken as 0")
    hour, minute, second = (float(cells.get(part, 0)) for part in ("hour", "minute", "second"))
    offset = hour * 3600 + minute * 60 + second
    if not 0 <= offset <= LATEST_TIME_S:
        raise ValueError("hour, minute or second out of range")
    return date + offset


def _moment(text: str) -> float:
    """Return a time written as date and time of day, or as (milli)seconds since 1970."""
    if YEAR_LAST.match(text):
        raise ValueError(f"'{text}': which is the month? write 2014-08-24")
    if not NUMBER.fullmatch(text):
        text = re.sub(r"\s*(UTC|GMT)$", "", text.replace("/", "-"))
        return parse_iso(ONE_DIGIT.sub(r"0\g<0>", text))
    digits = text.partition(".")[0]
    if len(digits) == 8:  # 20140824
        return parse_iso(text)
    if len(digits) == 14:  # 20140824000105
        return parse_iso(f"{text[:8]}T{text[8:]}")
    low, high = EPOCH_S
    value = float(text)
    if low <= value <= high:
        return value
    # 201408240001 might be milliseconds of 1976 or a minute of 2014
    minute_of_day = len(digits) == 12 and digits[:2] in ("19", "20")
    if low <= value / 1000 <= high and not minute_of_day:
        return value / 1000
    raise ValueError(f"'{text}' is not a time")


def cell_number(text: str | None) -> float | None:
    """Return the value of a cell, None where it is empty; ValueError where it is not a number."""
    if not text:
        return None
    if not NUMBER.fullmatch(text):
        raise ValueError(f"'{text}' is not a number")
    return float(text)
