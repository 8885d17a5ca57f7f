"""Numbers, times and degrees in fixed columns."""

import pytest

from deepquake.catalog.events import Event, Pick
from deepquake.catalog.locators.fixed import (
    are_date_and_clock,
    close_event,
    columns,
    degrees_and_minutes,
    first_motion,
    fortran_number,
    lines_of,
    number_if_any,
    onset_of,
    take_pick,
    time_in_columns,
    weight_of,
    whole_of,
)
from deepquake.core.report import Departures, Report
from deepquake.core.times import iso


def test_numbers_as_fortran_writes_them() -> None:
    assert fortran_number("5534", 2) == 55.34 and fortran_number("55.34", 2) == 55.34
    assert fortran_number(" -60", 2) == -0.6 and fortran_number(" -.5 ", 2) == -0.5
    assert fortran_number("", 2) is None and fortran_number("    ") is None
    for text in ("*****", "1_0", "nan", "5 3", "٣"):
        with pytest.raises(ValueError, match="is not a number"):
            fortran_number(text)
    assert fortran_number("-2.5e-01", 2) == -0.25 and fortran_number("2e1", 2) == 20.0
    assert number_if_any("**") is None and number_if_any("5", 1) == 0.5
    assert whole_of(" 7") == 7 and whole_of("  ") == 0
    with pytest.raises(ValueError, match="whole"):
        whole_of("**")


def test_columns_are_counted_from_1() -> None:
    assert columns("ABCDE", 2, 3) == "BC" and columns("AB", 5, 9) == ""


def test_moments() -> None:
    assert iso(time_in_columns("20190704", "1702", 55.34)) == "2019-07-04T17:02:55.340000Z"
    assert iso(time_in_columns(" 0 1 3", " 0 2", 5)) == "2000-01-03T00:02:05.000000Z"
    assert iso(time_in_columns("991231", "2459", 61)) == "2000-01-01T01:00:01.000000Z"
    assert are_date_and_clock("991231", "2459") and not are_date_and_clock("991331", "2459")
    assert not are_date_and_clock("991231", "ab59") and not are_date_and_clock("18991231", "0000")


def test_degrees() -> None:
    assert degrees_and_minutes("35", 42.48, negative=False) == pytest.approx(35.708)
    assert degrees_and_minutes("-35", 42.48, negative=False) == pytest.approx(-35.708)
    assert degrees_and_minutes(" 0", 30.0, negative=True) == -0.5
    assert degrees_and_minutes("  ", 42.48, negative=False) is None
    assert degrees_and_minutes("35", None, negative=False) is None
    with pytest.raises(ValueError, match="minute of arc"):
        degrees_and_minutes("35", 60.01, negative=False)


def test_letters_and_weights() -> None:
    assert [first_motion(letter) for letter in "CcUu+Dd-?NZ "] == list("CCCCC") + list("DDD") + [
        ""
    ] * 4
    assert [onset_of(letter) for letter in "IiEe? "] == ["I", "I", "E", "E", "", ""]


def test_weights() -> None:
    departures = Departures("file", Report())
    weights = [weight_of(code, 3, departures) for code in " 0123456789"]
    assert weights == [0, 0, 1, 2, 3, 4, 4, 4, 4, 4, 4] and departures.report.problems == []
    assert weight_of("x", 3, departures) == 4
    assert [problem.line for problem in departures.report.problems] == [3]


def test_the_first_lines_that_are_not_blank() -> None:
    assert lines_of("\n\n a \n\nb\n") == [" a", "b"] and lines_of("") == []
    assert len(lines_of("a\n" * 300)) == 20


def test_a_pick_that_cannot_be_of_its_event_is_kept_and_not_used() -> None:
    departures, event = Departures("file", Report()), Event("", 100.0)
    for time in (99.95, 101.0, 40.0, 5000.0):
        take_pick(event, Pick("AAA", "P", time), line=3, departures=departures)
    assert [pick.weight for pick in event.picks] == [0, 0, 4, 4]
    assert len(departures.report.problems) == 1


def test_picks_of_several_events_in_a_block_are_loose() -> None:
    departures, events = Departures("file", Report()), list[Event]()
    for times in ((1.0, 9.0), (1.0, 12.0), (1.0,)):
        picks = [Pick("AAA", "P", time) for time in times]
        close_event(Event("", picks=[*picks, Pick("BBB", "S", 40.0)]), events, departures)
    close_event(
        Event("", picks=[Pick("AAA", "P", 1.0), Pick("BBB", "P", 2100.0)]), events, departures
    )
    assert [event.loose for event in events] == [False, True, False, True]
    assert len(departures.report.problems) == 1


def test_events_without_time_and_picks_are_left_out() -> None:
    departures, events = Departures("file", Report()), list[Event]()
    for event in (None, Event("", source_line=7), Event("", 100.0, latitude=91.0, longitude=0.0)):
        close_event(event, events, departures)
    assert len(events) == 1 and events[0].latitude is None
    assert [problem.kind for problem in departures.report.problems] == ["skipped", "note"]
