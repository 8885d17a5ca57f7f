"""Stations whose place is wrong."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from deepquake.core.report import Report
from deepquake.core.settings import Settings
from deepquake.detection.association.associating import find_events
from deepquake.detection.association.fits import FoundSource
from deepquake.detection.association.misplaced import most_misplaced, tell_misplaced
from deepquake.earth.location.locating import ArrivalTimes, LocatedSource
from deepquake.earth.location.network_times import NetworkTimes, network_times
from tests.detection.association.test_associating import made_arrivals
from tests.earth.location.made_network import TrueSource, made_stations, made_times

SOURCES = [
    TrueSource(np.array([4.0 * k - 8, 5.0 - 3 * k, 6.0 + k]), 1000.0 + 100 * k) for k in range(5)
]
STATIONS = made_stations()
MOVED = [*STATIONS]
MOVED[3] = replace(STATIONS[3], latitude=STATIONS[3].latitude + 1.5)


def told_of(times: NetworkTimes, n_events: int) -> str:
    """Return what is said of the network's places by arrivals of the first events."""
    true = made_times()
    station, phase = np.tile(np.arange(12), 2), np.repeat([0, 1], 12)
    time_s = [s.time_s + true(station, phase, s.xyz_km[None])[0] for s in SOURCES[:n_events]]
    at_s = np.concatenate(time_s)
    order = np.argsort(at_s)
    many = [np.tile(of, n_events)[order] for of in (station, phase)]
    arrivals = ArrivalTimes(*many, at_s[order], np.full(len(at_s), 0.1))
    found = [
        FoundSource(LocatedSource(s.xyz_km, s.time_s, 0.0, np.zeros(0)), np.zeros(0, int), 1.0)
        for s in SOURCES[:n_events]
    ]
    wrong, report = most_misplaced(found, times, arrivals), Report()
    if wrong is not None:
        tell_misplaced([(STATIONS[wrong.station], wrong)], report, Path("stations.csv"))
    return "".join(problem.message for problem in report.problems)


@pytest.mark.parametrize(("n_events", "named"), [(5, True), (3, False)])
def test_s_less_p_tells_of_a_place_far_away(n_events: int, named: bool) -> None:
    # the plane is that of the right places, but for the one station
    times, moved = made_times(), network_times(MOVED, Settings())
    far = replace(times, y_km=np.where(np.arange(12) == 3, times.y_km + 160, times.y_km))
    far = replace(far, slowness=moved.slowness, distance_step_km=moved.distance_step_km,
                  depth_step_km=moved.depth_step_km, lower_km=moved.lower_km)  # fmt: skip
    told = told_of(far, n_events)
    assert told.startswith("XX.S03 is at a wrong place" if named else "")
    assert bool(told) is named
    assert ("medians of 5 events" in told) is named


def test_right_places_are_not_blamed() -> None:
    assert told_of(made_times(), 5) == ""


def test_no_event_is_located_by_it_but_its_arrivals_are_told_with_them() -> None:
    report = Report()
    events = find_events(made_arrivals(SOURCES), MOVED, Settings(), report=report)
    assert [problem.path for problem in report.problems] == ["stations"]
    assert "XX.S03 is at a wrong place" in report.problems[0].message
    assert [round(event.time_s) for event in events] == [round(s.time_s) for s in SOURCES]
    for event in events:
        assert event.origin is not None
        assert (event.origin.n_picks, len(event.arrivals)) == (22, 24)
        for arrival, fit in zip(event.arrivals, event.fits, strict=True):
            assert fit.is_known is (arrival.station != "S03")
