"""What HYPO71 prints."""

from deepquake.catalog.events import Magnitude
from deepquake.catalog.locators.hypo71_lists import is_hypo71_list
from deepquake.core.times import iso
from tests.catalog.locators.made_files import hypo71_list, made_events
from tests.catalog.locators.reading import check_origins, check_picks, read_as

NAME = "HYPO71 list"
TITLE = "  DATE    ORIGIN    LAT N    LONG W    DEPTH    MAG NO DM GAP M  RMS  ERH  ERZ Q\n"
ORIGIN = " 190704 17 2 55.34 35-42.48 117-30.24  10.60   3.98 45  5  50 1 0.14  0.1  0.3 A\n"


def test_what_is_printed_is_read() -> None:
    for seed in range(4):
        made = made_events(20, seed)
        found, said = read_as(NAME, hypo71_list(made))
        check_origins(found, made)
        check_picks(found, made, lambda pick: (pick.weight, pick.onset))
        assert [message for _, message in said if "years of two" not in message] == []
        first, second = found[0].picks[:2]
        assert (first.residual_s, second.residual_s) == (-0.12, 0.05)
        assert first.in_origin == second.in_origin == (first.weight < 4)


def test_a_list_without_stations() -> None:
    (event,), _ = read_as(NAME, TITLE + ORIGIN)
    assert (event.latitude, event.longitude, event.depth_km) == (35.708, -117.504, 10.6)
    assert iso(event.origin_time) == "2019-07-04T17:02:55.340000Z"
    assert event.magnitudes == [Magnitude(3.98)] and event.picks == []


def test_hemispheres_are_those_of_the_heading() -> None:
    (event,), _ = read_as(
        NAME, TITLE.replace("LAT N", "LAT S").replace("LONG W", "LONG E") + ORIGIN
    )
    assert (event.latitude, event.longitude) == (-35.708, 117.504)


def test_leading_zeros_of_the_date_are_not_printed() -> None:
    (event,), _ = read_as(NAME, TITLE + ORIGIN.replace(" 190704", "    703"))
    assert iso(event.origin_time)[:10] == "2000-07-03"


def test_summary_lines_without_hemispheres_give_no_place() -> None:
    (event,), said = read_as(NAME, ORIGIN[1:])
    assert iso(event.origin_time)[:19] == "2019-07-04T17:02:55" and event.latitude is None
    assert "which hemisphere" in said[-1][1]
    text = "2" + "0190704 17 2 55.34 35S42.48 117W30.24  10.60   3.98 45  5\n"
    (event,), said = read_as(NAME, text)
    assert (event.latitude, event.longitude, event.depth_km) == (-35.708, -117.504, 10.6)
    assert said == []


def test_summary_lines_of_hypoinverse() -> None:
    text = "20190704 1702 55.34 35 42.48 117 30.24  10.60 L 3.98 45  5\n"
    (event,), said = read_as(NAME, text)
    assert (event.latitude, event.longitude, event.depth_km) == (35.708, -117.504, 10.6)
    assert event.magnitudes == [Magnitude(3.98, "L")] and said == []
    (event,), _ = read_as(NAME, text.replace("35 42", "35S42").replace("117 ", "117E"))
    assert (event.latitude, event.longitude) == (-35.708, 117.504)


def test_stars_are_unknown() -> None:
    text = (
        TITLE + ORIGIN.replace("35-42.48", "**-*****") + TITLE + ORIGIN.replace("  3.98", "******")
    )
    text += TITLE + ORIGIN.replace(" 55.34", "******") + TITLE + " **********\n"
    events, said = read_as(NAME, text)
    first, second = events
    assert first.latitude is None and first.origin_time is not None
    assert second.latitude == 35.708 and second.magnitudes == []
    assert [line for line, _ in said][1:] == [2, 4, 6, 6, 8]


def test_picks_after_midnight_of_an_origin_before_it() -> None:
    made = made_events(1)
    made[0].origin_time = 1562284798.5  # 2019-07-04T23:59:58.50
    for number, pick in enumerate(made[0].picks):
        pick.time = made[0].origin_time + 1 + number
    found, _ = read_as(NAME, hypo71_list(made))
    check_picks(found, made)


def test_events_that_were_not_located_have_their_picks() -> None:
    text = TITLE + ORIGIN + "\n\n ***** INSUFFICIENT DATA FOR LOCATING THIS QUAKE*\n"
    text += "     MCB EPU0 190704170459.00       63.10\n     MDC IPD2 190704170500.20\n\n"
    first, second = read_as(NAME, text + TITLE + ORIGIN.replace("17 2", "18 2"))[0][:2]
    assert first.latitude == 35.708 and first.picks == []
    assert second.origin_time is None
    assert [(p.station, p.phase, p.weight, iso(p.time)[11:22]) for p in second.picks] == [
        ("MCB", "P", 0, "17:04:59.00"), ("MCB", "S", 0, "17:05:03.10"),
        ("MDC", "P", 2, "17:05:00.20")]  # fmt: skip


def test_other_texts_are_none() -> None:
    for text in ("", "DATE,ORIGIN,LAT,LONG\n", "date time lat lon\n2019-07-04 17:02:55 35 -117\n"):
        assert not is_hypo71_list(text)
