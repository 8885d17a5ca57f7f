"""Events of arrivals that come one by one."""

from dataclasses import replace

import numpy as np

from deepquake.core.settings import Settings
from deepquake.detection.association.associating import find_events
from deepquake.detection.following.events import events_renewed, identity, longest_s
from deepquake.detection.stations import Detection
from tests.detection.association.test_associating import made_arrivals
from tests.earth.location.made_network import TrueSource, made_stations

FIRST = TrueSource(np.array([3.0, -5.0, 8.0]), 1000.0)
SECOND = TrueSource(np.array([-6.0, 8.0, 6.0]), 1300.0)


def known(arrivals: list[Detection]) -> dict:
    """Return arrivals by what they are known by."""
    return {identity(arrival): arrival for arrival in arrivals}


def renewed(events: list, before: dict, now: dict, within_s: float = 60.0) -> list:
    """Return the events that become of some."""
    return events_renewed(
        events,
        before,
        now,
        within_s=within_s,
        stations=made_stations(),
        network=made_stations(),
        settings=Settings(),
        recorded_s={(s.network, s.code): np.array([[0.0, 5000.0]]) for s in made_stations()},
    )


def test_events_come_with_their_arrivals_and_old_ones_stay() -> None:
    all_of = made_arrivals([FIRST, SECOND])
    early = known([a for a in all_of if a.time_s < 1200])
    events = renewed([], {}, early)
    assert len(events) == 1
    both = renewed(events, early, known(all_of))
    assert len(both) == 2 and both[0] is not None
    assert both[0].origin is events[0].origin, "not located anew"
    at_once = find_events(all_of, made_stations(), Settings())
    assert [event.event_id for event in both] == [event.event_id for event in at_once]


def test_an_arrival_that_is_withdrawn_leaves_its_event() -> None:
    arrivals = made_arrivals([FIRST])
    events = renewed([], {}, known(arrivals))
    fewer = renewed(events, known(arrivals), known(arrivals[1:]))
    assert len(fewer[0].arrivals) == len(events[0].arrivals) - 1


def test_an_alarm_that_becomes_longer_changes_no_event() -> None:
    arrivals = made_arrivals([FIRST])
    events = renewed([], {}, known(arrivals))
    longer = [replace(a, end_s=a.end_s + 1.0) for a in arrivals]
    (event,) = renewed(events, known(arrivals), known(longer))
    assert event.origin is events[0].origin
    assert event.arrivals[0].end_s == events[0].arrivals[0].end_s + 1.0


def test_arrivals_of_an_event_come_within_the_time_across_the_network() -> None:
    assert longest_s([], Settings()) == 90.0
    assert longest_s(made_stations(), Settings()) >= 90.0
