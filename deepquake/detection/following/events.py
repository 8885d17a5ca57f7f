"""The events of arrivals that come one by one: what is far before the first new one stays."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from deepquake.core.settings import Settings
from deepquake.detection.association.associating import (
    Recorded,
    find_events,
    times_of_network,
    with_ids,
)
from deepquake.detection.association.event import DetectedEvent
from deepquake.detection.association.open_places import with_open_places_told
from deepquake.detection.stations import Detection
from deepquake.earth.location.networks import networks_of
from deepquake.earth.stations import Station

UNPLACED_S = 60.0  # within which arrivals of an event come where no place is known
ADDED_S = 30.0
Identity = tuple[str, ...]


def identity(arrival: Detection) -> Identity:
    """Return what an arrival is known by: to 10 ms, as an event is not located anew for less."""
    a = arrival
    return a.network, a.station, a.location, a.channel, a.phase, f"{a.time_s:.2f}"


def longest_s(network: Sequence[Station], settings: Settings) -> float:
    """Return how long after its origin an arrival of an event comes at the latest.

    Parameters
    ----------
    network : sequence of Station
        Stations of known place.
    settings : Settings
        Velocities.
    """
    longest = UNPLACED_S
    for group in networks_of(network):
        times = times_of_network(tuple(group), settings)
        across_km = float(np.linalg.norm(times.upper_km - times.lower_km))
        longest = max(longest, across_km * float(times.usual_slowness.max()))
    return longest + ADDED_S


def events_renewed(
    events: Sequence[DetectedEvent],
    before: Mapping[Identity, Detection],
    now: Mapping[Identity, Detection],
    *,
    within_s: float,
    stations: Sequence[Station],
    network: Sequence[Station],
    settings: Settings,
    recorded_s: Recorded,
) -> list[DetectedEvent]:
    """Return the events after arrivals have come or gone.

    Parameters
    ----------
    events : sequence of DetectedEvent
        Those of the arrivals before.
    before, now : mapping of Identity to Detection
        The arrivals, by ``identity``.
    within_s : float
        Arrivals that are farther apart are not of one event.
    stations, network, settings, recorded_s
        As of ``find_events``.

    Returns
    -------
    list of DetectedEvent
        In order of time, with ids.
    """
    changed = before.keys() ^ now.keys()
    if not changed:
        return [_with_arrivals(event, now) for event in events]
    first_s = min((before.get(key) or now[key]).time_s for key in changed) - within_s
    kept = [event for event in events if event.arrivals[-1].time_s < first_s]
    told = {identity(arrival) for event in kept for arrival in event.arrivals}
    again = {identity(a) for e in events for a in e.arrivals} - told
    free = [
        arrival
        for key, arrival in now.items()
        if key in again or (arrival.time_s >= first_s and key not in told)
    ]
    kept = [_with_arrivals(event, now) for event in kept]
    found = find_events(free, stations, settings, recorded_s, network=network)
    found = with_open_places_told(found, stations, recorded_s)
    return with_ids(sorted([*kept, *found], key=lambda event: event.time_s))


def _with_arrivals(event: DetectedEvent, now: Mapping[Identity, Detection]) -> DetectedEvent:
    """Return an event with its arrivals as they are now: how long an alarm is may have changed."""
    arrivals = tuple(now[identity(arrival)] for arrival in event.arrivals)
    return event if arrivals == event.arrivals else replace(event, arrivals=arrivals)
