"""The pick lines of Nordic files: which columns are believed, and which lines hold no pick."""

import pytest

from deepquake.catalog.events import Event
from deepquake.catalog.nordic.lines import NEW_HEADER, OLD_HEADER
from deepquake.catalog.nordic.reader import parse_nordic
from deepquake.core.report import Report
from deepquake.core.times import iso

ORIGIN = f"{' 2014  824 2350  5.0 L  64.000 -17.000  5.0  TES        1.2LTES':<79}1"
OLD_P = f"{' ABCD SZ IP       2350  7.12':<80}"
NEW_P = f"{' ABCD HHZ PB00 IP         2350  7.123':<80}"


def read(*lines: str) -> tuple[Event, list[str]]:
    """Return the one event of a file of these lines, and what was reported."""
    report = Report()
    (event,) = parse_nordic("\n".join([*lines, "", ""]), "file", report)
    return event, [problem.message for problem in report.problems]


def test_the_new_format_is_known_without_its_header() -> None:
    """In the old columns its hour and minute are blank, and blank is no time."""
    event, _ = read(ORIGIN, NEW_P, NEW_P.replace("ABCD", "EFGH"))
    assert [(p.station, p.network, p.channel) for p in event.picks] == [
        ("ABCD", "PB", "HHZ"),
        ("EFGH", "PB", "HHZ"),
    ]
    assert iso(event.picks[0].time)[11:23] == "23:50:07.123"


def test_a_pick_without_hour_and_minute_is_left_out() -> None:
    midnight = ORIGIN.replace(" 2350 ", "  0 0 ")
    event, told = read(midnight, OLD_HEADER, OLD_P.replace("2350", "    "))
    assert event.picks == []
    assert told == ["time of the pick can't be read: left out"]


def test_a_weight_in_column_9_counts_for_short_phases_too() -> None:
    event, told = read(ORIGIN, OLD_HEADER, OLD_P.replace("SZ IP", "SZ4IP"))
    assert [(p.phase, p.weight) for p in event.picks] == [("P", 4)]
    assert told == ["weight in column 9 of a phase of 4 letters or less: taken as its weight"]


@pytest.mark.parametrize(("second", "kept"), [("     7", 1), ("  7.12", 1), (" 7", 0), ("  7.", 0)])
def test_whole_seconds_are_believed_where_they_fill_their_columns(second: str, kept: int) -> None:
    event, _ = read(ORIGIN, OLD_HEADER, f" ABCD SZ IP       2350{second}")
    assert len(event.picks) == kept


def test_a_location_code_of_two_dashes_is_empty() -> None:
    event, _ = read(ORIGIN, NEW_HEADER, NEW_P.replace("PB00", "PB--"))
    assert [(p.network, p.location) for p in event.picks] == [("PB", "")]
