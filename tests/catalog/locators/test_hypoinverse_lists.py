"""What HYPOINVERSE-2000 writes for people."""

from deepquake.catalog.events import Magnitude
from deepquake.catalog.locators.hypoinverse_lists import is_hypoinverse_print, is_hypoinverse_table
from deepquake.core.times import iso
from tests.catalog.locators.made_files import hypoinverse_print, hypoinverse_table, made_events
from tests.catalog.locators.reading import check_origins, check_picks, read_as

LIST, TABLE = "HYPOINVERSE list", "HYPOINVERSE table"
HEADING = " YEAR MO DA  --ORIGIN--  --LAT N-  --LON W--  DEPTH-M RMS   ERH   ERZ  XMAG1 FMAG1\n"
ORIGIN = " 2019-07-04  1702 55.34  35 42.48  117 30.24  10.60  0.13  0.17  0.67\n"
STATIONS = (
    " STA NET COM L CR DIST AZM  AN P/S WT   SEC (TOBS -TCAL -DLY  =RES)  WT   SR  INFO  CAL\n"
)


def test_what_is_printed_is_read() -> None:
    for seed in range(4):
        made = made_events(20, seed)
        found, said = read_as(LIST, hypoinverse_print(made))
        for event in made:
            event.magnitudes = []  # they are elsewhere in the list
        check_origins(found, made)
        check_picks(found, made, lambda pick: (pick.weight, pick.onset))
        assert [event.event_id for event in found] == [event.event_id for event in made]
        assert {(pick.network, pick.residual_s) for pick in found[0].picks} == {("XX", -0.09)}
        assert [p.in_origin for p in found[0].picks] == [p.weight < 4 for p in found[0].picks]
        assert said == []


def test_an_s_alone_and_an_s_below_its_p() -> None:
    text = (
        " T1202IV 001      12.1 176 115  P     11.63  2.75  2.52 0.00  0.23  1.04     0.050\n"
        "        S                       S     11.87  2.99  4.85 0.00 -1.86* 0.00S    0.000\n"
        " MC2  IVS001      11.2 349 117  S     13.45  4.57  4.62 0.00 -0.05  1.04S    0.152\n"
    )
    (event,), said = read_as(LIST, HEADING + ORIGIN + STATIONS + text)
    assert (event.latitude, event.longitude, event.depth_km) == (35.708, -117.504, 10.6)
    assert [(p.network, p.station, p.phase, p.residual_s, p.in_origin) for p in event.picks] == [
        ("IV", "T1202", "P", 0.23, True), ("IV", "T1202", "S", -1.86, False),
        ("IV", "MC2", "S", -0.05, True)]  # fmt: skip
    assert iso(event.picks[0].time) == "2019-07-04T17:02:58.090000Z" and said == []


def test_events_that_were_not_located_are_left_out() -> None:
    text = HEADING + ORIGIN + "*** ABANDON EVENT WITH ONLY  3 READINGS\n" + HEADING + ORIGIN
    events, said = read_as(LIST, text)
    assert len(events) == 1
    assert said == [(3, "event that HYPOINVERSE could not locate: left out")]


def test_what_is_not_understood_is_reported() -> None:
    text = HEADING + ORIGIN.replace("35 42.48", "** *****") + STATIONS + "what?\n\n"
    text += HEADING + ORIGIN.replace(" 55.34", "******")
    (event,), said = read_as(LIST, text)
    assert event.latitude is None and event.origin_time is not None
    assert [line for line, _ in said] == [2, 4, 7]


def test_tables_written_are_read() -> None:
    for seed in range(4):
        made = made_events(20, seed)
        found, said = read_as(TABLE, hypoinverse_table(made))
        check_origins(found, made)
        assert [event.event_id for event in found] == [event.event_id for event in made]
        assert said == [] and {event.magnitudes[0].kind for event in found} == {"ML"}


def test_rows_with_nothing_in_some_columns() -> None:
    heading = hypoinverse_table([]).rstrip("\n")
    row = "2016/10/14 00:27 28.79  42.8156   13.2043   1.00               7 176   6.2  0.08"
    (event,), _ = read_as(TABLE, f"{heading}\n{row}\n")
    assert (event.magnitudes, event.event_id, event.longitude) == ([], "", 13.2043)
    text = f"{heading}\n{row[:48]}   3.98 w\n{row.replace('42.8156', '*******')}\n"
    (event,), said = read_as(TABLE, text)
    assert event.magnitudes == [Magnitude(3.98, "w")] and [line for line, _ in said] == [3]


def test_other_texts_are_none() -> None:
    for text in ("", "DATE,TIME,LAT,LON\n", "  DATE    ORIGIN    LAT N    LONG W    DEPTH\n"):
        assert not is_hypoinverse_print(text) and not is_hypoinverse_table(text)
