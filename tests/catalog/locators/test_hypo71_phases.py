"""Phase files of HYPO71."""

from deepquake.catalog.locators.hypo71_phases import is_hypo71_phases
from deepquake.core.times import iso
from tests.catalog.locators.made_files import hypo71_phases, made_events
from tests.catalog.locators.reading import check_picks, read_as

NAME = "HYPO71 phases"
CARDS = """\
MCB EPU0 190704170259.00       63.10ES 1
MDC IPD0 190704170300.20
                 10
"""


def test_what_is_written_is_read() -> None:
    for seed in range(4):
        made = made_events(20, seed)
        found, said = read_as(NAME, hypo71_phases(made))
        check_picks(found, made, lambda pick: (pick.weight, pick.onset))
        check_picks(found, made, lambda pick: pick.phase == "S" or pick.polarity)
        assert all(event.origin_time is None and event.latitude is None for event in found)
        assert len(said) == 1 and "60 to 99 are read as 1900 and later" in said[0][1]


def test_a_card_has_a_p_and_an_s() -> None:
    (event,), _ = read_as(NAME, CARDS)
    assert [(p.station, p.phase, iso(p.time)[11:22]) for p in event.picks] == [
        ("MCB", "P", "17:02:59.00"), ("MCB", "S", "17:03:03.10"),
        ("MDC", "P", "17:03:00.20")]  # fmt: skip
    assert [(p.onset, p.polarity, p.weight) for p in event.picks] == [
        ("E", "C", 0), ("E", "", 1), ("I", "D", 0)]  # fmt: skip


def test_stations_of_five_letters_shift_the_columns() -> None:
    shifted = CARDS.replace("MCB ", "MCB  ", 1).replace("   63", "  63").replace("MDC ", "B9160")
    (event,), _ = read_as(NAME, shifted)
    assert [p.station for p in event.picks] == ["MCB", "MCB", "B9160"]
    assert iso(event.picks[1].time)[11:22] == "17:03:03.10"


def test_events_end_at_a_blank_line_too() -> None:
    text = (
        CARDS.replace("                 10\n", "\n") + CARDS + "                  1  5.00\n" + CARDS
    )
    events, _ = read_as(NAME, text)
    assert [event.source_line for event in events] == [1, 4, 8]


def test_years_of_two_digits() -> None:
    lines = [f"MCB EPU0 {year:02d}0704170259.00\n\n" for year in (60, 99, 0, 59, 7)]
    lines.append("MCB EPU0  7 7 417 259.00\n")
    events, _ = read_as(NAME, "".join(lines))
    years = [iso(event.picks[0].time)[:4] for event in events]
    assert years == ["1960", "1999", "2000", "2059", "2007", "2007"]
    assert iso(events[-1].picks[0].time) == "2007-07-04T17:02:59.000000Z"


def test_hours_minutes_and_seconds_beyond_the_clock() -> None:
    (event,), _ = read_as(NAME, "MCB EPU0 191231236075.50\nMDC EP 0 1912312400 1.00\n")
    assert [iso(p.time)[:22] for p in event.picks] == [
        "2020-01-01T00:01:15.50", "2020-01-01T00:00:01.00"]  # fmt: skip


def test_weights_and_seconds_without_a_point() -> None:
    text = "MCB EPU4 1907041702 5900        6310ES 4\nMDC  P-9 190704170300.20\n"
    text += "CLC  P   19070417020000\n"
    (event,), _ = read_as(NAME, text)
    assert [p.weight for p in event.picks] == [4, 4, 9, 0]
    assert [iso(p.time)[17:22] for p in event.picks] == ["59.00", "03.10", "00.20", "00.00"]
    assert event.picks[2].polarity == "D"


def test_an_s_alone_and_a_p_alone() -> None:
    text = "MCB    4 1907041702            63.10ES 1\nMDC ISU1 190704170301.20\n"
    text += "CLC      190704170259.50\n"
    (event,), said = read_as(NAME, text)
    assert [(p.station, p.phase) for p in event.picks] == [("MCB", "S"), ("MDC", "S"), ("CLC", "P")]
    assert (3, "reading without the letter P in its remark: P, not used") in said


def test_what_hypoinverse_adds_to_a_card() -> None:
    card = "MCB EPU0 190704170259.00       63.10ES 1              1234    BLS 0.25"
    text = f"{card:<77}9HHZNC00\n{CARDS}{CARDS[:-1]}{38443095:>53}\n"
    first, second = read_as(NAME, text)[0]
    assert [(p.station, p.network, p.channel, p.location) for p in first.picks[:2]] == [
        ("MCB9", "NC", "HHZ", "00")] * 2  # fmt: skip
    assert (first.kind, first.event_id, second.event_id) == ("blast", "1234", "38443095")
    assert iso(first.picks[0].time)[11:22] == "17:02:59.00"
    assert any("clock correction" in message for _, message in read_as(NAME, text)[1])


def test_an_s_of_the_next_minute() -> None:
    text = CARDS.replace("259.00       63.10", "259.00        3.10")
    (event,), said = read_as(NAME, text)
    assert iso(event.picks[1].time)[11:22] == "17:03:03.10"
    assert (1, "second of an S less than that of its P: of the next minute") in said


def test_what_is_not_understood_is_left_out_with_its_line() -> None:
    text = CARDS + "what is this?\n" + "MCB EPU0 1907041702*****       **.**ES 1\n" + CARDS
    events, said = read_as(NAME, text)
    assert [len(event.picks) for event in events] == [3, 3]
    assert [line for line, message in said if "left out" in message] == [4, 5, 5]


def test_other_texts_are_none() -> None:
    for text in ("", "\n\n", "station,phase,time\nMCB,P,2019-07-04T17:02:59\n", "MCB EPU0\n"):
        assert not is_hypo71_phases(text)
    assert not is_hypo71_phases(CARDS.replace("1907041702", "1913041702"))
