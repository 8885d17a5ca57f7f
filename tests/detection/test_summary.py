"""What the user is told at the end of step 6."""

from pathlib import Path
from typing import Any

import pytest

from deepquake.detection.summary import DetectionSummary

RESULTS = "events.csv, events.xml, seisan, detect.json"
VALUES: dict[str, Any] = {
    "model": "UNet",
    "components": "ZNE",
    "sampling_rate": 100.0,
    "step": 7,
    "streams": 4,
    "stations": 4,
    "recordedHours": 2.0,
    "thresholds": {"P": 0.5, "S": 0.4},
    "arrivalsFound": {"P": 9, "S": 7},
    "min_stations": 3,
    "detectedEvents": 3,
    "detectedEventsLocated": 2,
    "notLocated": {"too few stations": 1},
    "detectedEventsByRegion": {"event": 3},
}


def lines(**changes: Any) -> list[str]:
    return DetectionSummary(Path("out"), VALUES | changes).text().splitlines()


def test_events_are_told_with_how_many_stations_they_take() -> None:
    told = lines()
    assert told[0] == "network: UNet, ZNE, 100 Hz, step 7"
    assert told[3:5] == [
        "events: 3, 2 of them located (arrivals at 3 stations or more, or at all that record then)",
        "  not located: 1 (too few stations)",
    ]
    assert told[-2:] == [
        f"results: {Path('out') / 'picks.csv'}, {RESULTS}",
        f"all that was found, on one page: {Path('out') / 'report.html'}",
    ]


@pytest.mark.parametrize(("n_stations", "n"), [(2, "2 stations"), (9, "3 stations")])
def test_no_more_stations_are_asked_for_than_there_are(n_stations: int, n: str) -> None:
    assert f"arrivals at {n} or more" in lines(stations=n_stations)[3]


def test_at_one_station_each_p_is_an_event() -> None:
    assert lines(stations=1)[3] == "events: 3 (at one station each P is an event)"


def test_regions_are_counted_and_those_of_none_too() -> None:
    told = lines(detectedEventsByRegion={"north": 1, "south": 0})
    assert told[5:8] == ["  north: 1", "  south: 0", "  of no known region: 2"]
