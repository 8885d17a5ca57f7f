"""Times and numbers of tables as people write them."""

import pytest

from deepquake.core.times import iso
from tests.catalog.made_tables import read_text


@pytest.mark.parametrize(
    "time",
    ["20140824000105", "20140824T000105", "1408838465", "1408838465000", "2014/08/24 00:01:05"],
)
def test_times_in_many_forms(time: str) -> None:
    (event,), told = read_text(f"time,latitude,longitude\n{time},64,-17\n")
    assert iso(event.origin_time) == "2014-08-24T00:01:05.000000Z"
    assert told == []


@pytest.mark.parametrize(
    "time",
    ["2014", "201408240001", "41875.0007", "1e300", "-5", "14088384650000000", "0014-08-24", "1_0"],
)
def test_numbers_that_are_no_time_leave_their_row_out(time: str) -> None:
    events, told = read_text(f"time,latitude,longitude\n{time},64,-17\n2014-08-24,64,-17\n")
    assert len(events) == 1
    assert [line for line, _ in told] == [2] and "row not understood" in told[0][1]


def test_an_empty_hour_is_reported_and_a_short_year_refused() -> None:
    header = "year,month,day,hour,minute,second,latitude,longitude\n"
    events, told = read_text(
        header + "2014,8,24,,,,64,-17\n14,8,24,0,1,5,64,-17\n2014,,24,0,1,5,64,-17"
    )
    assert [iso(event.origin_time) for event in events] == ["2014-08-24T00:00:00.000000Z"]
    assert told == [
        (2, "no hour in the time of a row: taken as 0"),
        (2, "no minute in the time of a row: taken as 0"),
        (2, "no second in the time of a row: taken as 0"),
        (3, "row not understood (year before 1900): left out"),
        (4, "row not understood (no month): left out"),
    ]


def test_a_date_with_the_year_last_is_refused_with_a_reason() -> None:
    events, told = read_text("time,lat,lon,depth\n05/08/2014 00:01:05,64,-17,5\n")
    assert events == []
    assert "which is the month? write 2014-08-24" in told[0][1]
