"""Which lines of a Nordic file belong to one event, and of which type each is."""

import pytest

from deepquake.catalog.nordic.blocks import event_blocks
from deepquake.catalog.nordic.lines import OLD_HEADER
from deepquake.core.report import Departures, Report
from deepquake.core.times import iso
from tests.catalog.nordic.sfile_lines import (
    BENV_S,
    BLANK,
    CLEAN,
    ID_LINE,
    SECOND,
    SECOND_P,
    TURV_P,
    TYPE_1,
    TYPE_7,
    TYPE_H,
    WAVEFORM,
    messages,
    read_event,
    read_lines,
)


def test_events_with_and_without_blank_lines_between() -> None:
    first, second = [TYPE_1, TYPE_7, TURV_P], [SECOND, TYPE_7, SECOND_P]
    apart, report = read_lines(*first, BLANK, BLANK, *second, BLANK)
    assert report.problems == []
    joined, report = read_lines(*first, *second, BLANK)
    assert "no blank line between events" in messages(report)[0]
    assert [len(e.picks) for e in apart] == [len(e.picks) for e in joined] == [1, 1]
    assert [e.origin_time for e in apart] == [e.origin_time for e in joined]
    bare, _ = read_lines(TYPE_1, ID_LINE, SECOND, ID_LINE)
    assert [e.origin_time for e in bare] == [e.origin_time for e in apart]


def test_a_swarm_with_error_lines_and_no_blank_lines() -> None:
    errors = f"{' GAP=130        0.36       1.1     1.8  2.5':<79}E"
    swarm = [TYPE_1.replace("50.4", f"{second}.4") for second in (10, 25, 40, 55)]
    events, report = read_lines(*[line for type_1 in swarm for line in (type_1, errors)])
    assert len(events) == 4
    assert "no blank line between events" in messages(report)[0]


def test_compact_catalogue_is_one_event_a_line() -> None:
    events, report = read_lines(TYPE_1, SECOND, SECOND.replace("52.2", "57.2"))
    assert len(events) == 3
    assert all("blank line after" in message for message in messages(report))


def test_lines_of_further_agencies_and_magnitudes_belong_to_their_event() -> None:
    other = TYPE_1.replace("FUN", "CAR").replace("50.4", "51.3").replace("4.6W", "4.4L")
    more = f"{TYPE_1[:23]:<55} 4.5bFUN                1"
    event = read_event(TYPE_1, more, other, *CLEAN[1:])
    assert [m.value for m in event.magnitudes] == [4.6, 4.5, 4.4]
    assert event.agency == "FUN" and iso(event.origin_time)[17:21] == "50.4"


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ([TYPE_1, ID_LINE, WAVEFORM, TURV_P, BENV_S, BLANK], "no line of type 7"),
        ([TYPE_1[:79], *CLEAN[1:]], "read as a line of type 1"),
        ([*CLEAN[:2], WAVEFORM[:79], *CLEAN[3:]], "read as a line of type 6"),
        ([*CLEAN[:3], TYPE_7[:79], *CLEAN[4:]], "read as a line of type 7"),
        ([TYPE_1, ID_LINE[:79], *CLEAN[2:]], "read as a line of type I"),
        ([*CLEAN[:-1]], "no blank line after the last event"),
        ([*CLEAN[:4], BLANK, *CLEAN[4:]], "blank line within an event"),
        ([*CLEAN[:5], BLANK, *CLEAN[5:]], "blank line within an event"),
        ([TYPE_1, " a comment of the analyst", *CLEAN[1:]], "read as a comment"),
        ([TYPE_1, f"{' odd':<79}#", *CLEAN[1:]], "unknown type '#'"),
        ([*CLEAN[:4], TURV_P.replace(" TURV ", " TURV\t"), *CLEAN[5:]], "tab: read as one blank"),
        ([*CLEAN[:4], TURV_P[:11] + "\t" + TURV_P[16:], *CLEAN[5:]], "tab"),
        ([*CLEAN[:4], TURV_P.replace("   -0.46", "\0  -0.46"), *CLEAN[5:]], "null character"),
        ([TYPE_1, TYPE_H + "  x", *CLEAN[1:]], "more than 80 columns"),
    ],
)  # fmt: skip
def test_departures_are_read_and_reported_with_their_line(lines: list[str], told: str) -> None:
    events, report = read_lines(*lines)
    assert len(events) == 1
    assert len(events[0].picks) == 2
    assert all(problem.line for problem in report.problems)
    assert any(told in message for message in [*messages(report), "" if not told else "-"])
    assert messages(report, "skipped") == []


def test_a_departure_is_reported_once_in_a_file() -> None:
    without_7 = [TYPE_1, TURV_P, BLANK, SECOND, SECOND_P, BLANK]
    _, report = read_lines(*without_7, *without_7)
    assert len(messages(report)) == 1


def test_picks_of_an_event_without_a_date_never_go_to_the_one_before() -> None:
    broken = SECOND.replace("2018  428", "20x8  4z8")
    for gap in ([BLANK], []):
        events, report = read_lines(*CLEAN[:6], *gap, broken, TYPE_7, SECOND_P, BLANK)
        assert [len(event.picks) for event in events] == [2]
        assert "event left out" in messages(report, "skipped")[0]


def test_blocks_hold_their_lines() -> None:
    lines = [*CLEAN, SECOND, TYPE_7, SECOND_P, BLANK]
    first, second = event_blocks(lines, Departures("file", Report()))
    assert (first.first, first.last, second.first, second.last) == (1, 6, 8, 10)


PICK = f"{' ABCD SZ IP       2350 25.00':<70}{' 5.12 123':<10}"
ORIGIN = f"{' 2014  824 2350 15.0 L  64.000 -17.500 12.0  TES        1.2LTES':<79}1"


@pytest.mark.parametrize("azimuth", range(121, 128))
@pytest.mark.parametrize("at", [0, 5, 9, 14])
def test_a_shifted_pick_begins_no_event(azimuth: int, at: int) -> None:
    """Its azimuth ends in column 80, where 1 would be an origin and 7 a header."""
    line = PICK.replace("123 ", f"{azimuth} ")
    shifted = f"{line[:at]} {line[at:79]}"
    (event,), report = read_lines(ORIGIN, OLD_HEADER, PICK, shifted, PICK.replace("ABCD", "EFGH"))
    assert {pick.station for pick in event.picks} >= {"ABCD", "EFGH"}
    assert len(messages(report)) >= 1


def test_what_is_left_out_is_told_with_its_number_of_lines() -> None:
    _, report = read_lines(ORIGIN, OLD_HEADER, PICK, "", OLD_HEADER, PICK, PICK)
    assert "no line of type 1: event left out, lines of it: 3" in messages(report)
