"""Events of tables: what their rows say."""

import pytest

from deepquake.catalog.event_tables import is_reviewed, no_event
from deepquake.catalog.events import Event
from tests.catalog.made_tables import read_text

TIME = "2014-08-24T00:01:05"


def event_of(columns: str, values: str) -> tuple[Event, list[str]]:
    """Return the event of a row with these further columns, and what was said."""
    (event,), told = read_text(f"time,lat,lon,{columns}\n{TIME},64,-17,{values}\n")
    return event, [message for _, message in told]


def test_impossible_values_are_unknown_and_reported() -> None:
    (event,), told = read_text(f"time,lat,lon,depth,mag\n{TIME},91,-17,5200,-99\n")
    assert (event.latitude, event.depth_km, event.magnitudes) == (None, None, [])
    assert [message for _, message in told] == [
        "latitude or longitude missing or out of range: location unknown",
        "depth not between -10 and 800 km: depth unknown",
        "magnitude not between -5 and 11: left out",
    ]


@pytest.mark.parametrize(
    ("text", "depth", "fixed"),
    [
        *[("10", 10, False), ("10 km", 10, False), ("10f", 10, True), ("33N", 33, True)],
        *[("5.0F", 5, True), ("10*", 10, False), ("450 m", 0.45, False), ("10G", 10, True)],
    ],
)
def test_depths_with_letters(text: str, depth: float, fixed: bool) -> None:
    event, told = event_of("depth", text)
    assert (event.depth_km, event.depth_fixed, told) == (depth, fixed, [])


@pytest.mark.parametrize(
    ("columns", "values", "magnitudes"),
    [
        ("depth,mag", "5,2.0 Ml", [(2.0, "Ml")]),
        ("depth,mag", "5,Mw 4.1", [(4.1, "Mw")]),
        ("depth,mag,magType", "5,2.0,mb", [(2.0, "mb")]),
        ("depth,MAG,M", "5,2.0,l", [(2.0, "l")]),
        ("depth,ML", "5,0.0", [(0.0, "ML")]),
        ("depth,ML,Mw", "5,2.0,2.2", [(2.0, "ML"), (2.2, "Mw")]),
        ("depth,xM,MD,ML,Mw", "5,4.7,0.0,4.7,0.0", [(4.7, "ML")]),
        ("depth,Type,Magnitude", "5,MW,7.7", [(7.7, "MW")]),
        ("depth,mag", "5,n/a", []),
    ],
)
def test_magnitudes_and_their_types(columns: str, values: str, magnitudes: list) -> None:
    event, told = event_of(columns, values)
    assert [(m.value, m.kind) for m in event.magnitudes] == magnitudes
    assert (event.depth_km, told) == (5.0, [])


@pytest.mark.parametrize(
    ("columns", "values", "said"),
    [
        ("depth,mag", "5,<1", "magnitude not understood ('<1'): left out"),
        ("depth,mag", "5,two", "magnitude not understood ('two'): left out"),
        ("depth,mag", "shallow,2", "depth not understood ('shallow'): depth unknown"),
        ("depth,ML", "5,x", "magnitude not understood ('x' is not a number): left out"),
        ("depth,cluster_id", "5,a", "cluster_id not understood ('a' is not a number): left out"),
    ],
)
def test_a_row_keeps_its_time_and_place_where_the_rest_is_odd(columns, values, said: str) -> None:
    event, told = event_of(columns, values)
    assert (event.latitude, event.longitude) == (64.0, -17.0)
    assert told == [said]


def test_a_row_keeps_its_time_where_its_place_is_odd() -> None:
    (event,), told = read_text(f"time,lat,lon,depth\n{TIME},near Hella,-17,5\n")
    assert event.latitude is None and event.origin_time is not None
    assert "location unknown" in told[0][1]


@pytest.mark.parametrize("depth", ["0", "0.0", "", "-999"])
def test_zero_degrees_and_no_depth_are_no_place(depth: str) -> None:
    (event,), told = read_text(f"time,lat,lon,depth\n{TIME},0,0.0,{depth}\n")
    assert (event.latitude, event.longitude, event.depth_km) == (None, None, None)
    assert "latitude, longitude and depth are all 0: location unknown" in told[0][1]


@pytest.mark.parametrize(
    ("text", "kind"),
    [("earthquake", "earthquake"), ("quarry blast", "blast"), ("qb", "blast"), ("Ke", "earthquake"),
     ("Sm", "blast"), ("explosion", "explosion"), ("sismo", "earthquake"), ("", "")],
)  # fmt: skip
def test_the_kind_of_an_event_is_kept(text: str, kind: str) -> None:
    event, told = event_of("depth,type", f"5,{text}")
    assert (event.kind, told) == (kind, [])


def test_a_kind_nobody_knows_is_said_and_no_earthquake() -> None:
    event, told = event_of("depth,type", "5,balloon")
    assert event.kind == "other"
    assert told == ["type 'balloon' is not known: no earthquake, as far as is known"]


@pytest.mark.parametrize(("letter", "distance"), [("l", "L"), ("r", "R"), ("t", "D"), ("D", "D")])
def test_how_far_an_event_was(letter: str, distance: str) -> None:
    event, _ = event_of("depth,GT", f"5,{letter}")
    assert event.distance == distance


def test_what_is_no_event_is_left_out_and_counted() -> None:
    rows = [("earthquake", "reviewed"), ("not existing", ""), ("earthquake", "deleted"), ("", "")]
    lines = [f"{TIME}.{n},64,-17,5,{kind},{status}" for n, (kind, status) in enumerate(rows)]
    events, told = read_text("\n".join(["time,lat,lon,depth,eventtype,evaluationstatus", *lines]))
    assert len(events) == 2
    message = "rows that are no events, by their type or status: 1 not existing, 1 deleted"
    assert told == [(3, message)]
    assert no_event({"status": "rejected"}) == "rejected" and no_event({"kind": "sismo"}) == ""


def test_a_status_tells_whether_an_analyst_looked() -> None:
    assert is_reviewed({"evaluation": "manual"}) and is_reviewed({"status": "REVISADO"})
    assert not is_reviewed({"status": "automatic"}) and not is_reviewed({})


def repeats(*rows: str) -> tuple[list[Event], list[str]]:
    events, told = read_text("\n".join(["id,time,lat,lon,depth,mag,author,status", *rows]))
    return events, [message for _, message in told]


def test_rows_of_one_id_are_one_event_and_the_last_counts() -> None:
    events, told = repeats(
        f"a,{TIME}.1,64,-17,5,2.0,X,", f"b,{TIME}.2,65,-18,5,2.0,X,", f"a,{TIME}.9,64.1,-17,,2.1,Y,"
    )
    assert [(e.event_id, e.latitude, e.depth_km) for e in events] == [("b", 65, 5), ("a", 64.1, 5)]
    assert [(m.value, m.agency) for m in events[1].magnitudes] == [(2.1, "Y"), (2.0, "X")]
    assert told == [
        "1 row tells an event again (same id, or same place and time): the last is taken, or the "
        "last that was reviewed"
    ]


def test_the_reviewed_row_of_an_event_counts() -> None:
    events, _ = repeats(
        f"a,{TIME}.1,64,-17,5,2,X,manual", f"a,{TIME}.3,65,-17,5,2,X,automatic",
        f"a,{TIME}.2,66,-17,5,2,X,preliminary",
    )  # fmt: skip
    assert [event.latitude for event in events] == [64]


def test_the_same_place_and_time_is_the_same_event() -> None:
    events, told = repeats(f",{TIME}.1,64,-17,5,2,,", f",{TIME}.1,64,-17,6,2,,")
    assert [event.depth_km for event in events] == [6] and len(told) == 1
    events, told = repeats(f",{TIME}.1,64,-17,5,2,,", f",{TIME}.2,64,-17,5,2,,")
    assert len(events) == 2 and told == []


def test_rows_may_be_one_event_by_their_ids_and_by_their_places() -> None:
    events, _ = repeats(
        f"a,{TIME}.1,64,-17,5,2,,", f"a,{TIME}.2,65,-17,5,2,,", f",{TIME}.1,64,-17,6,2,,",
        f"b,{TIME}.2,65,-17,7,2,,",
    )  # fmt: skip
    assert [(event.event_id, event.depth_km) for event in events] == [("b", 7)]


def test_an_id_of_a_day_joins_nothing() -> None:
    rows = [f"20140824,2014-08-24T00:0{n}:05,64,-17,{n},2,," for n in range(5)]
    events, told = repeats(*rows)
    assert len(events) == 5 and told == []


def test_an_id_used_for_two_events_does_not_make_them_one() -> None:
    events, told = repeats(
        "1,2014-08-24T00:01:05,64,-17,5,2,,", "1,2014-08-25T00:01:05,64,-17,5,2,,"
    )
    assert len(events) == 2 and told == []
