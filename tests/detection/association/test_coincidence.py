"""Arrivals that are near in time are an event, where nobody knows where stations are."""

from deepquake.detection.association.coincidence import coincident_events
from tests.detection.test_events import detection


def test_arrivals_near_in_time_are_an_event() -> None:
    found = coincident_events([detection("A", 0), detection("B", 8), detection("A", 60)], 10.0)
    assert [event.stations for event in found] == [["A", "B"], ["A"]]
