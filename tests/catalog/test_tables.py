"""Tables as people make them: times, numbers, stations and columns in every dialect."""

import pytest

from deepquake.catalog.events import Event
from deepquake.catalog.tables import is_table, read_table
from deepquake.core.report import Report
from deepquake.core.times import iso


def read(text: str) -> tuple[list[Event], list[tuple[int | None, str]]]:
    """Return the events of a table, and line and message of what was reported."""
    assert is_table(text)
    report = Report()
    events = read_table(text, "file", report)
    return events, [(problem.line, problem.message) for problem in report.problems]


@pytest.mark.parametrize(
    "time",
    ["20140824000105", "20140824T000105", "1408838465", "1408838465000", "2014/08/24 00:01:05"],
)
def test_times_in_many_forms(time: str) -> None:
    (event,), told = read(f"time,latitude,longitude\n{time},64,-17\n")
    assert iso(event.origin_time) == "2014-08-24T00:01:05.000000Z"
    assert told == []


@pytest.mark.parametrize(
    "time",
    ["2014", "201408240001", "41875.0007", "1e300", "-5", "14088384650000000", "0014-08-24", "1_0"],
)
def test_numbers_that_are_no_time_leave_their_row_out(time: str) -> None:
    events, told = read(f"time,latitude,longitude\n{time},64,-17\n2014-08-24,64,-17\n")
    assert len(events) == 1
    assert [line for line, _ in told] == [2] and "row not understood" in told[0][1]


def test_an_empty_hour_is_reported_and_a_short_year_refused() -> None:
    header = "year,month,day,hour,minute,second,latitude,longitude\n"
    events, told = read(header + "2014,8,24,,,,64,-17\n14,8,24,0,1,5,64,-17\n2014,,24,0,1,5,64,-17")
    assert [iso(event.origin_time) for event in events] == ["2014-08-24T00:00:00.000000Z"]
    assert told == [
        (2, "no hour in the time of a row: taken as 0"),
        (2, "no minute in the time of a row: taken as 0"),
        (2, "no second in the time of a row: taken as 0"),
        (3, "row not understood (year before 1900): left out"),
        (4, "row not understood (no month): left out"),
    ]


def test_a_value_too_long_for_a_table_leaves_its_row_out() -> None:
    events, told = read(
        f"time,lat,lon,depth,x\n2014-08-24,64,-17,5,{'a' * 200_000}\n2014-08-24,64,-17,5,a\n"
    )
    assert len(events) == 1 and [line for line, _ in told] == [2]


def test_the_date_of_a_pick_is_not_that_of_its_origin() -> None:
    (event,), told = read(
        "event_id,station,phase,year,month,day,hour,minute,second\n"
        "a,ABCD,P,2014,8,24,0,1,7\na,EFGH,P,2014,8,24,0,1,5.5\n"
    )
    assert event.origin_time is None and len(event.picks) == 2
    assert told == []


def picks(columns: str, *lines: str) -> tuple[list[Event], list[str]]:
    events, told = read("\n".join([f"station,phase,time,{columns}", *lines]))
    return events, [message for _, message in told]


A, B = "A,P,2014-08-24T00:01:07", "B,P,2014-08-24T00:01:08"


@pytest.mark.parametrize(
    ("columns", "lines", "place"),
    [
        ("event_id,lat,lon", [f"{A},1,64,-17", f"{B},1,64.1,-17.1"], None),
        ("event_id,lat,lon", [f"{A},1,64,-17", f"{B},1,64,-17"], (64.0, -17.0)),
        ("event_id,lat,lon", [f"{A},1,64,-17"], None),
        ("event_id,lat,lon", [f"{A},1,64,-17", f"{A},1,64,-17"], None),
        ("origin_time,lat,lon", [f"{A},2014-08-24T00:01:01,64,-17"], (64.0, -17.0)),
        ("origin_time,lat,lon", [f"{A},20140824000101,64,-17", f"{B},20140824000101,65,-17"], None),
    ],
)
def test_a_station_is_no_epicentre(columns: str, lines: list[str], place) -> None:
    (event,), told = picks(columns, *lines)
    assert len(event.picks) == len(lines)
    assert (event.latitude, event.longitude) == (place or (None, None))
    assert any("may be those of the station" in message for message in told) == (place is None)


def test_picks_of_no_event_are_counted_and_left_out() -> None:
    events, told = picks("event_index", f"{A},-1", f"{B},3", f"{B},-1")
    assert [(e.event_id, len(e.picks)) for e in events] == [("3", 1)]
    assert told == ["picks of event -1, that is of none: 2 left out"]


@pytest.mark.parametrize(
    ("weight", "value"), [("4", 4), ("4.0", 4), ("", 0), ("0.87", 0), ("-1", 0), ("x", 0)]
)
def test_a_weight_that_is_none_is_noted(weight: str, value: int) -> None:
    (event,), told = picks("event_id,weight", f"{A},1,{weight}")
    assert event.picks[0].weight == value
    noted = weight not in ("4", "4.0", "")
    assert told == ["weight is not a whole number from 0 to 9: taken as 0"] * noted


def test_impossible_values_are_unknown_and_reported() -> None:
    (event,), told = read("time,lat,lon,depth,mag\n2014-08-24,91,-17,5200,-99\n")
    assert (event.latitude, event.depth_km, event.magnitudes) == (None, None, [])
    assert [message for _, message in told] == [
        "latitude or longitude missing or out of range: location unknown",
        "depth not between -10 and 800 km: depth unknown",
        "magnitude not between -5 and 11: left out",
    ]


@pytest.mark.parametrize(
    ("name", "text", "depth"),
    [("Depth (km)", "5.2", 5.2), ("depth(m)", "5200", 5.2), ("Depth [km]", "5.2", 5.2)],
)
def test_units_in_the_header(name: str, text: str, depth: float) -> None:
    (event,), told = read(f"Time (UTC),Latitude (deg),Lon,{name}\n2014-08-24,64,-17,{text}\n")
    assert (event.latitude, event.depth_km) == (64.0, depth)
    assert told == []


def test_unknown_columns_are_named_where_one_is_missed() -> None:
    (event,), told = read("time,lat,lon,tiefe,gap\n2014-08-24,64,-17,5,120\n")
    assert event.depth_km is None
    assert told == [(1, "no column of depth found; columns not known: tiefe, gap")]


@pytest.mark.parametrize(
    "text",
    [
        "time;lat;lon;depth\n2014-08-24T00:01:05,5;64,5;-17,5;5,2\n",
        "date,time,lat,lon,depth\n2014-08-24,00:01:05.5,64.5,-17.5,5.2\n",
        "fecha hora time lat lon depth\n2014/8/24 x 0:1:5.5 64.5 -17.5 5.2\n",
        "time,lat,lon,depth\n2014-8-24 0:1:5.5,64.5,-17.5,5.2\n",
        "time,lat,lon,depth\n2014-08-24 00:01:05.5 UTC,64.5,-17.5,5.2\n",
        "# of our network\n# 2014\ntime,lat,lon,depth\n# a\n2014-08-24T00:01:05.5,64.5,-17.5,5.2\n",
        "#time,lat,lon,depth\n2014-08-24T00:01:05.5,64.5,-17.5,5.2\n",
        "#EventID|Time | Latitude |Longitude| Depth/km\n1|2014-08-24T00:01:05.5|64.5|-17.5|5.2\n",
    ],
)
def test_dialects(text: str) -> None:
    (event,), told = read(text)
    assert iso(event.origin_time) == "2014-08-24T00:01:05.500000Z"
    assert (event.latitude, event.longitude, event.depth_km) == (64.5, -17.5, 5.2)
    assert told == [(2, "decimal comma: read as a decimal point")] * ("64,5" in text)


def test_a_date_with_the_year_last_is_refused_with_a_reason() -> None:
    events, told = read("time,lat,lon,depth\n05/08/2014 00:01:05,64,-17,5\n")
    assert events == []
    assert "which is the month? write 2014-08-24" in told[0][1]
