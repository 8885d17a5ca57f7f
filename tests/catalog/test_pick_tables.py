"""Lists of picks: which event each is of, and what a row says of it."""

import pytest

from deepquake.catalog.events import Event
from tests.catalog.made_tables import read_text


def test_the_date_of_a_pick_is_not_that_of_its_origin() -> None:
    (event,), told = read_text(
        "event_id,station,phase,year,month,day,hour,minute,second\n"
        "a,ABCD,P,2014,8,24,0,1,7\na,EFGH,P,2014,8,24,0,1,5.5\n"
    )
    assert event.origin_time is None and len(event.picks) == 2
    assert told == []


def picks(columns: str, *lines: str) -> tuple[list[Event], list[str]]:
    events, told = read_text("\n".join([f"station,phase,time,{columns}", *lines]))
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
