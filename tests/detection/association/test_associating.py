"""From arrivals to events."""

from dataclasses import replace

import numpy as np

from deepquake.core.settings import Settings
from deepquake.detection.association.associating import find_events, with_ids
from deepquake.detection.association.event import DetectedEvent
from deepquake.detection.stations import Detection
from tests.detection.test_events import detection
from tests.earth.location.made_network import TrueSource, arrivals_of, made_stations, made_times


def made_arrivals(sources: list[TrueSource], error_s: float = 0.05) -> list[Detection]:
    """Return P and S of sources at the stations of the made network."""
    times, draw = made_times(), np.random.default_rng(3)
    arrivals = []
    for source in sources:
        readings = arrivals_of(times, source, draw, error_s)
        for station, phase, time_s in zip(
            readings.station, readings.phase, readings.time_s, strict=True
        ):
            made = detection(f"S{station:02d}", float(time_s))
            arrivals.append(replace(made, time_s=float(time_s), phase="PS"[phase]))
    return arrivals


def test_two_events_within_seconds_are_two() -> None:
    sources = [
        TrueSource(np.array([3.0, -5.0, 8.0]), 1000.0),
        TrueSource(np.array([-6.0, 8.0, 6.0]), 1004.0),
    ]
    events = find_events(made_arrivals(sources), made_stations(), Settings())
    assert len(events) == 2
    for event, source in zip(events, sources, strict=True):
        assert event.origin is not None
        assert abs(event.time_s - source.time_s) < 0.2
        assert len(event.arrivals) == len(event.fits) == event.origin.n_picks == 24


def test_without_places_arrivals_near_in_time_are_an_event() -> None:
    arrivals = [detection(code, time) for code, time in [("A", 0), ("B", 2), ("C", 3), ("A", 60)]]
    events = find_events(arrivals, [], Settings())
    assert [event.stations for event in events] == [["A", "B", "C"]]
    assert "places of 0 stations are known" in events[0].why_not_located


def test_ids_are_times_and_no_two_are_alike() -> None:
    events = [DetectedEvent((detection("A", t),)) for t in (0.2, 0.9, 1.5)]
    ids = [event.event_id for event in with_ids(events)]
    assert ids == ["19700101000005", "19700101000006", "19700101000007"]
