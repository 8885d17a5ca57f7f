"""Times, angles and numbers of tables as people write them."""

import pytest

from deepquake.catalog.cells import cell_angle, cell_number, is_number, is_time, settle_dates
from deepquake.core.times import iso
from tests.catalog.made_tables import read_text

MOMENT = "2014-08-24T00:01:05.000000Z"


def read_rows(header: str, *rows: str) -> tuple[list[str], list[str]]:
    """Return the origin times of a table and what was said of its rows."""
    place = [f"{row},64,-17,5" for row in rows]
    events, told = read_text("\n".join([f"{header},lat,lon,depth", *place]))
    return [iso(event.origin_time) for event in events], [message for _, message in told]


@pytest.mark.parametrize(
    "time",
    [
        *("20140824000105", "20140824T000105", "1408838465", "1408838465000"),
        *("2014/08/24 00:01:05", "2014.08.24 00:01:05", "2014-08-24 - 00:01:05"),
        *("2014-08-24T00:01:05Z", "2014-08-24 02:01:05+02:00", "2014-08-23T24:01:05"),
        *("2014-08-24 00:01:05 UTC", "2014-8-24 0:1:5", "2014-08-24T000105"),
        *("24 Aug 2014 00:01:05", "Aug 24 2014 00:01:05", "24-ago-2014 00:01:05"),
        *("2014-236T00:01:05", "2014-08-24 12:01:05 AM", "2014-08-24 12:01:05 a.m."),
        *("24 de agosto de 2014 00:01:05", "2014-08-23 20:01:05-0400"),
    ],
)  # fmt: skip
def test_times_in_many_forms(time: str) -> None:
    assert read_rows("time", time) == ([MOMENT], [])


def test_a_leap_second_is_the_first_of_the_next_minute() -> None:
    assert read_rows("time", "2014-08-24T00:00:60") == (["2014-08-24T00:01:00.000000Z"], [])


@pytest.mark.parametrize(
    "time",
    ["2014", "201408240001", "41875.0007", "1e300", "-5", "14088384650000000", "0014-08-24", "1_0"],
)
def test_numbers_that_are_no_time_leave_their_row_out(time: str) -> None:
    events, told = read_text(f"time,latitude,longitude\n{time},64,-17\n2014-08-24T00:01:05,64,-17")
    assert len(events) == 1
    assert [line for line, _ in told] == [2] and "row not understood" in told[0][1]


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("date,time", "2014-08-24,00:01:05"),
        ("date,time", "20140824,000105.0"),
        ("Date,Hour", "2014-08-24,00:01:05"),
        ("fecha,hora", "2014.08.24,12:01:05 AM"),
        ("YEAR,MO,DA,HR,MN,SEC", "2014,8,24,0,1,5"),
        ("year,mm,day,hour,mm,ss", "2014,8,24,0,1,5"),
        ("year,month,day,hour", "2014,8,24,00:01:05"),
        ("year,month,day,hour,minute,second", "2014.0,8.0,24.0,0.0,1.0,5.0"),
        ("year,mo,dy,hrmn,sec", "2014,8,24,0001,5"),
        ("date,hhmm,sec", "2014-08-24,1,5"),
        ("yr,mo,dy,hr,mn,sec", "2014,8,23,24,1,5"),
    ],
)  # fmt: skip
def test_dates_and_times_of_day_in_columns(header: str, row: str) -> None:
    assert read_rows(header, row) == ([MOMENT], [])


@pytest.mark.parametrize(
    ("header", "row", "reason"),
    [
        ("time", "2014-08-24", "'2014-08-24': a date alone is no origin time"),
        ("time", "20140824", "'20140824': a date alone is no origin time"),
        ("year,month,day,hour,minute,second", "2014,8,24,,,", "a date alone is no origin time"),
        ("year,month,day,hour,minute,second", "2014,8,24,0,1,", "no seconds"),
        ("year,month,day", "2014,8,24", "a date alone is no origin time"),
        ("year,month,day,hour,minute,second", "2014,,24,0,1,5", "no month"),
        ("year,month,day,hour,minute,second", "14,8,24,0,1,5", "may be 1914 or 2014"),
        ("year,month,day,hour", "2014,8,24,1702", "'1702': no seconds, and may be"),
        ("year,month,day,hour", "2014,8,24,17.5", "not a time of day"),
        ("date,time", "2014-08-24,17:02", "'17:02': no seconds"),
        ("year,month,day,hour,minute,second", "2014,8,24,0.5,1,5", "'0.5' is not a whole number"),
        ("year,month,day,hour,minute,second", "2014,8,24,0,1_0,5", "'1_0' is not a number"),
        ("time", "17:02:55", "'17:02:55' is a time of day without a date"),
        ("time", "05/08/2014 00:01:05", "'05/08/2014' may be 2014-08-05 or 2014-05-08"),
        ("date,time", "14-08-05,00:01:05", "'14-08-05' may be 2014-08-05 or 2005-08-14"),
        ("date,time", "99-08-31,00:01:05", "'99-08-31' may be 1999-08-31 or 2099-08-31"),
        ("time", "2014-08-32 00:01:05", "day"),
        ("time", "2014-08-24T25:61:00", "out of range"),
        ("date,time", "2014-08-24,13:02:55 PM", "is not a time of day"),
    ],
)
def test_what_is_no_time_or_could_be_two_is_refused(header: str, row: str, reason: str) -> None:
    times, (told,) = read_rows(header, row)
    assert times == []
    assert told.startswith("row not understood (") and reason in told


def test_the_order_of_day_and_month_is_told_by_all_rows() -> None:
    times, told = read_rows("time", "05/08/2014 00:01:05", "24/08/2014 00:01:05")
    assert times == ["2014-08-05T00:01:05.000000Z", MOMENT]
    assert told == ["dates are read as day, month, year: '24/08/2014' can't be anything else"]
    times, told = read_rows("date,time", "8-5-2014,0:01:05", "8-24-2014,0:01:05")
    assert times[0].startswith("2014-08-05") and "month, day, year" in told[0]


def test_dates_that_contradict_each_other_stay_as_they_are() -> None:
    rows = [(2, {"date": "05/08/2014"}), (3, {"date": "24/08/2014"}), (4, {"date": "08/24/2014"})]
    said: list[str] = []
    settle_dates(rows, lambda line, message: said.append(message))
    assert rows[0][1]["date"] == "05/08/2014" and said == []


@pytest.mark.parametrize(
    ("zone", "hours"),
    [
        *[("-04:00", 4), ("-4", 4), ("-0400", 4), ("UTC-4", 4), ("GMT-04:00", 4), ("-4.5", 4.5)],
        *[("+05:30", -5.5), ("UTC", 0), ("Z", 0), ("America/Caracas", 4.5), ("9", -9)],
    ],
)
def test_an_offset_is_taken_off_the_time(zone: str, hours: float) -> None:
    (time,), told = read_rows("time_local,utc_offset", f"2014-08-24T12:00:00,{zone}")
    hour, minute = divmod(round((12 + hours) * 60), 60)
    assert time == f"2014-08-24T{hour:02d}:{minute:02d}:00.000000Z"
    assert told == ["times are brought to UTC by column 'utc_offset'"]


@pytest.mark.parametrize("zone", ["HLV", "EST", "-240", "Mars/Olympus", "", "nan"])
def test_an_offset_nobody_knows_leaves_its_row_out(zone: str) -> None:
    times, told = read_rows("time,timezone", f"2014-08-24T12:00:00,{zone}")
    assert times == []
    assert f"time zone '{zone}' is not known: write how far it is from UTC" in told[1]


def test_an_hour_that_the_clock_showed_twice_is_refused() -> None:
    times, told = read_rows("time,tz", "2014-10-26T02:30:00,Europe/Rome")
    assert times == [] and "the clock of Europe/Rome was changed then" in told[1]


def test_a_time_that_says_its_zone_needs_no_offset() -> None:
    times, _ = read_rows("time,tz", "2014-08-24T00:01:05Z,-04:00", "2014-08-23T20:01:05-04:00,+9")
    assert times == [MOMENT]  # of the same place, too


@pytest.mark.parametrize("zona", ["CENTRO", "5", "Lara/Falcon", "VE"])
def test_a_zone_may_be_one_of_the_earth(zona: str) -> None:
    assert read_rows("time,zona", f"2014-08-24T00:01:05,{zona}") == ([MOMENT], [])


@pytest.mark.parametrize(
    ("text", "letters", "degrees"),
    [
        *[("35.5N", "NS", 35.5), ("35.5 s", "NS", -35.5), ("117.5W", "EWO", -117.5)],
        *[("67.9 O", "EWO", -67.9), ("-117.5 W", "EWO", -117.5), ("35.5°", "NS", 35.5)],
        *[("35 30 N", "NS", 35.5), ("35°30'S", "NS", -35.5), ("35-30.0", "NS", 35.5)],
        *[("117°30'0.0\"W", "EWO", -117.5), ("117W30.00", "EWO", -117.5), ("-0 30", "NS", -0.5)],
        *[("35:30:00", "NS", 35.5), ("-35.5", "NS", -35.5)],
    ],
)
def test_angles_in_many_forms(text: str, letters: str, degrees: float) -> None:
    assert cell_angle(text, letters) == pytest.approx(degrees)


@pytest.mark.parametrize(
    ("text", "letters"),
    [("35.5W", "NS"), ("-35.5N", "NS"), ("35.5N S", "NS"), ("35 61", "NS"), ("35.5 30", "NS"),
     ("abc", "NS"), ("117.5 N", "EWO")],
)  # fmt: skip
def test_angles_that_contradict_themselves(text: str, letters: str) -> None:
    with pytest.raises(ValueError, match=text.split()[0]):
        cell_angle(text, letters)


def test_minutes_and_hemispheres_of_other_columns() -> None:
    assert cell_angle("-117", "EWO", minutes="30") == -117.5
    assert cell_angle("35", "NS", minutes="30", side="S") == -35.5
    assert cell_angle("117.5", "EWO", side="West") == -117.5
    assert cell_angle(None, "NS") is None


def test_numbers_and_times_are_told_apart() -> None:
    assert cell_number("5.5") == 5.5 and cell_number("") is None
    with pytest.raises(ValueError, match="'x' is not a number"):
        cell_number("x")
    assert is_number("-5e3") and not is_number("5_0")
    assert is_time("2014-08-24T00:01:05Z") and is_time("24/08/2014") and not is_time("2014")
