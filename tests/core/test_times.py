"""Times: seconds since 1970 UTC, and as text."""

import pytest

from deepquake.core import times

T0 = 1_400_000_000.0  # 2014-05-13 16:53:20 UTC


@pytest.mark.parametrize(
    ("time_s", "text"),
    [
        (T0, "2014-05-13T16:53:20.000000Z"),
        (T0 + 0.0000004, "2014-05-13T16:53:20.000000Z"),
        (T0 + 39.9999999, "2014-05-13T16:54:00.000000Z"),  # rounded up to the next minute
        (0.0, "1970-01-01T00:00:00.000000Z"),
        (-0.5, "1969-12-31T23:59:59.500000Z"),
    ],
)
def test_times_are_written_to_the_microsecond(time_s: float, text: str) -> None:
    assert times.iso(time_s) == text
    assert times.parse_iso(text) == pytest.approx(time_s, abs=1e-6)


def test_times_are_utc_unless_they_say_otherwise() -> None:
    assert times.parse_iso(" 2014-05-13T16:53:20 ") == T0
    assert times.parse_iso("2014-05-13 18:53:20+02:00") == T0
    assert times.parse_iso("2014-05-13") == times.day_start(2014, 5, 13)


def test_a_leap_second_is_the_first_of_the_next_minute() -> None:
    after = times.parse_iso("2017-01-01T00:00:00.25Z")
    assert times.parse_iso("2016-12-31T23:59:60.25Z") == after


@pytest.mark.parametrize("text", ["", "yesterday", "2014-13-01T00:00:00", "2014-02-30"])
def test_what_is_no_time_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError):
        times.parse_iso(text)


def test_days_that_are_not_there() -> None:
    assert times.day_start(1970, 1, 2) == times.DAY_S
    for year, day in (2013, 29), (9 * 10**12, 1), (2014, 9**99):
        with pytest.raises(ValueError):
            times.day_start(year, 2, day)


def test_times_that_no_calendar_has_can_be_written() -> None:
    assert times.iso(1e15).startswith("9999-12-31")
    assert times.iso(-1e15).startswith("0001-01-01")


def test_the_compact_form_is_cut_to_the_second() -> None:
    assert times.compact(T0 + 0.999) == "20140513165320"
    assert times.compact(-0.5) == "19691231235959"


def test_the_moment_of_a_time_of_any_year() -> None:
    assert times.as_datetime(T0 + 0.25).isoformat() == "2014-05-13T16:53:20.250000+00:00"
    assert f"{times.as_datetime(-1.5):%Y-%m-%d %H:%M:%S.%f}" == "1969-12-31 23:59:58.500000"
    assert times.as_datetime(times.day_start(1, 1, 1)).year == 1
    with pytest.raises(OverflowError):
        times.as_datetime(1e15)


def test_times_without_a_date_get_the_first_or_last_that_has_one() -> None:
    assert times.with_date(T0) == T0
    last_s = times.parse_iso("9999-12-31T23:59:59.999999Z")  # a float beyond the year
    assert times.iso(times.with_date(last_s)).startswith("9999-12-31T23:59:59.9999")
    assert times.iso(times.with_date(-1e15)) == "0001-01-01T00:00:00.000000Z"
