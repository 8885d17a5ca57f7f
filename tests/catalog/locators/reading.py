"""Reading text in a test, and comparing the events with those it was made from."""

from collections.abc import Callable

import pytest

from deepquake.catalog.events import Event, Pick
from deepquake.catalog.locators.formats import locator_format_of
from deepquake.core.report import Report

Said = list[tuple[int | None, str]]


def read_as(name: str, text: str) -> tuple[list[Event], Said]:
    """Return the events of a text of a format, and line and message of what was reported."""
    form = locator_format_of(text)
    assert form is not None and form.name == name
    report = Report()
    events = form.read(text, "file", report)
    return events, [(problem.line, problem.message) for problem in report.problems]


def check_origins(found: list[Event], made: list[Event], places: int = 2) -> None:
    """Check time, place and magnitude of each event; ``places``: decimals of its minutes of arc."""
    degrees = 10.0**-places / 60
    assert len(found) == len(made)
    for event, true in zip(found, made, strict=True):
        assert event.origin_time == pytest.approx(true.origin_time, abs=0.006)
        assert event.latitude == pytest.approx(true.latitude, abs=degrees)
        assert event.longitude == pytest.approx(true.longitude, abs=degrees)
        assert event.depth_km == pytest.approx(true.depth_km, abs=0.006)
        assert [m.value for m in event.magnitudes] == [
            pytest.approx(m.value, abs=0.006) for m in true.magnitudes
        ]


def check_picks(
    found: list[Event], made: list[Event], also: Callable[[Pick], object] = lambda pick: None
) -> None:
    """Check station, phase and time of each pick, and what ``also`` tells of it."""
    assert len(found) == len(made)
    for event, true in zip(found, made, strict=True):
        assert len(event.picks) == len(true.picks)
        for pick, expected in zip(event.picks, true.picks, strict=True):
            assert (pick.station, pick.phase) == (expected.station, expected.phase)
            assert pick.time == pytest.approx(expected.time, abs=0.006)
            assert also(pick) == also(expected)
