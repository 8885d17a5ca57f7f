"""Depths of a file that can only be metres."""

from pathlib import Path

import pytest

from deepquake.catalog.depths import settle_depths
from deepquake.catalog.events import Event, Pick
from deepquake.catalog.nordic.writer import write_nordic
from deepquake.catalog.reader import read_file
from deepquake.core.report import Report
from tests.made_data import network_events

NAPLES, FIJI, CALIFORNIA = (40.8, 14.1), (-18.0, -178.5), (35.7, -117.5)


def events_at(place: tuple[float, float], *depths: float | None) -> list[Event]:
    return [
        Event("", 1e9 + number, latitude=place[0], longitude=place[1], depth_km=depth)
        for number, depth in enumerate(depths)
    ]


@pytest.mark.parametrize(
    ("place", "depths", "metres"),
    [
        (CALIFORNIA, (450, 620, 790), True),  # no earthquake of California is so deep
        (CALIFORNIA, (450, 620, 790, 8, 120), True),  # shallow ones among them
        (CALIFORNIA, (450, 8, 12, 5), False),  # a slip
        (CALIFORNIA, (450, 620), False),  # too few to tell
        (CALIFORNIA, (5, 10, 33, 0, 12), False),
        (FIJI, (560.1, 620, 410, 33), False),  # where earthquakes are deep
        (FIJI, (5600, 6200, 14100, 330), True),
        (FIJI, (-999, -999, -999, 560), False),  # unknown
        (NAPLES, (-1200, 300, -900, 5000, 8000), True),  # above and below sea level
        (CALIFORNIA, (None, None, 0, 0), False),
    ],
)
def test_metres_are_told_by_all_events_together(place, depths, metres: bool) -> None:
    events = events_at(place, *depths)
    told = settle_depths(events)
    assert bool(told) == metres
    expected = [d / 1000 if metres and d is not None else d for d in depths]
    assert [event.depth_km for event in events] == expected


def test_metres_of_a_nordic_file_are_told_too(tmp_path: Path) -> None:
    made = network_events(4)
    for event, depth in zip(made, (450, 620, 380, 510), strict=True):
        event.depth_km = depth
    (tmp_path / "events.out").write_text(write_nordic(made))
    report = Report()
    events, _ = read_file(tmp_path / "events.out", report)
    assert [event.depth_km for event in events] == [0.45, 0.62, 0.38, 0.51]
    assert [p.message for p in report.problems if "metres" in p.message]


def test_unknown_depths_of_a_table_in_metres_stay_unknown() -> None:
    events = events_at(CALIFORNIA, 4500, 6200, 7900, -999, 0)
    assert "for 3 of 3 events" in settle_depths(events)
    assert [event.depth_km for event in events] == [4.5, 6.2, 7.9, None, 0]


@pytest.mark.parametrize(
    ("depths", "heights"),
    [
        ((-12, -15.5, -20, -3), True),
        ((-12, -15.5, -20, 3), False),  # of a table with depths
        ((-1.2, -0.5, -2), False),  # above sea level
    ],
)
def test_heights_are_told_by_all_events_together(depths, heights: bool) -> None:
    events = events_at(CALIFORNIA, *depths)
    assert bool(settle_depths(events)) == heights
    assert [event.depth_km for event in events] == [-d if heights else d for d in depths]


@pytest.mark.parametrize(("travel_s", "metres"), [(4.0, True), (70.0, False)])
def test_a_p_that_came_too_soon_tells_metres(travel_s: float, metres: bool) -> None:
    events = events_at(FIJI, 500, 520, 540)
    for event in events:
        event.picks = [Pick("A", "P", event.origin_time + travel_s), Pick("A", "S", 1e9 + 1)]
    told = settle_depths(events)
    said = "depths from 500 to 540, which can't be km for 3 of 3 events: all are read as metres"
    assert told == (said if metres else "")
