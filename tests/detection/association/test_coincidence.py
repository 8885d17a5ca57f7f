"""Arrivals that are near in time are an event, where nobody can locate it."""

from dataclasses import replace

from deepquake.detection.association.coincidence import coincident_events
from deepquake.detection.stations import Detection
from tests.detection.test_events import detection


def arrival_at(station: str, time_s: float, phase: str = "P") -> Detection:
    return replace(detection(station, 0.0), time_s=time_s, phase=phase)


def told(arrivals: list[Detection], within_s: float = 10.0) -> list[list[str]]:
    """Return station, phase and time of the arrivals of each event."""
    return [
        [f"{a.station} {a.phase} {a.time_s:g}" for a in event.arrivals]
        for event in coincident_events(arrivals, within_s)
    ]


def test_arrivals_near_in_time_are_an_event() -> None:
    found = coincident_events([detection("A", 0), detection("B", 8), detection("A", 60)], 10.0)
    assert [event.stations for event in found] == [["A", "B"], ["A"]]


def test_each_p_of_a_station_is_an_event_of_its_own_with_its_s() -> None:
    times = [("P", 0), ("P", 4), ("S", 6), ("S", 7), ("P", 20), ("S", 90)]
    arrivals = [arrival_at("A", time, phase) for phase, time in times]
    assert told(arrivals) == [["A P 0", "A S 7"], ["A P 4", "A S 6"], ["A P 20"]]


def test_events_are_no_chains() -> None:
    arrivals = [arrival_at(code, time) for code, time in [("A", 0), ("B", 6), ("C", 12), ("D", 18)]]
    assert told(arrivals) == [["A P 0", "B P 6"], ["C P 12", "D P 18"]]


def test_two_events_within_the_time_across_a_network_are_two() -> None:
    arrivals = [arrival_at(code, time) for time in (0.0, 3.0) for code in "AB"]
    arrivals = [replace(a, time_s=a.time_s + 4 * (a.station == "B")) for a in arrivals]
    assert told(arrivals) == [["A P 0", "B P 4"], ["A P 3", "B P 7"]]
