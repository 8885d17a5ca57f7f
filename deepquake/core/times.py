"""Times: float seconds since 1970 UTC inside the library, ISO 8601 UTC in files."""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

DAY_S = 86400.0
EPOCH, EPOCH_DAY = datetime(1970, 1, 1, tzinfo=UTC), date(1970, 1, 1).toordinal()
MINUTE_US = 60_000_000
FIRST_S = (date.min.toordinal() - EPOCH_DAY) * DAY_S
LAST_S = (date.max.toordinal() + 1 - EPOCH_DAY) * DAY_S - 1e-4  # floats are coarse there


def iso(time: float) -> str:
    """Return ``time`` (seconds since 1970 UTC) as ``YYYY-MM-DDThh:mm:ss.ffffffZ``.

    What is before the year 1 or after 9999 has the date of their first or last day.
    """
    minute, rest = divmod(round(time * 1e6), MINUTE_US)
    digits = str(100_000_000 + rest)  # 1ssffffff: faster than a format of floats
    return f"{_minute_text(minute)}{digits[1:3]}.{digits[3:]}Z"


def parse_iso(text: str) -> float:
    """Return the seconds since 1970 UTC of an ISO 8601 time; one without a zone is UTC.

    A leap second (``:60``) is the first second of the next minute. Raises ValueError where the
    text is not a time.
    """
    text = text.strip()
    leap = text[17:19] == "60"
    moment = datetime.fromisoformat(f"{text[:17]}59{text[19:]}" if leap else text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.timestamp() + leap


def as_datetime(time: float) -> datetime:
    """Return ``time`` (seconds since 1970 UTC) as a datetime; OverflowError where it has no date.

    ``datetime.fromtimestamp`` fails on Windows for times before 1970.
    """
    return EPOCH + timedelta(seconds=float(time))


def with_date(time: float) -> float:
    """Return ``time``, or the first or last one of the years 1 to 9999 where it is outside."""
    return min(max(time, FIRST_S), LAST_S)


@lru_cache(maxsize=4096)
def day_start(year: int, month: int, day: int) -> float:
    """Return the seconds since 1970 UTC of midnight; ValueError where there is no such day.

    Parameters
    ----------
    year, month, day : int
        The day (UTC).
    """
    try:
        return (date(year, month, day).toordinal() - EPOCH_DAY) * DAY_S
    except OverflowError:
        raise ValueError("no such day") from None


def compact(time: float) -> str:
    """Return ``time`` cut to the second as ``YYYYMMDDhhmmss``, the form of a SEISAN event ID."""
    return "".join(filter(str.isdigit, iso(time // 1)[:19]))


@lru_cache(maxsize=4096)  # the picks of an event are of few minutes
def _minute_text(minute: int) -> str:
    hour, minute = divmod(minute, 60)
    day, hour = divmod(hour, 24)
    return f"{_day_text(day)}T{hour:02d}:{minute:02d}:"


@lru_cache(maxsize=4096)
def _day_text(day: int) -> str:
    try:
        return (date(1970, 1, 1) + timedelta(days=day)).isoformat()
    except OverflowError:
        return (date.max if day > 0 else date.min).isoformat()
