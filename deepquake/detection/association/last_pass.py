"""The last pass over the events of a network: where each was, and which arrivals are its own.

Earthquakes come where others came, so all events are settled together; what is not likelier than
chance then is no event. An arrival is that of the event that explains it best, and arrivals that
are left join the event they fit.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from deepquake.detection.association.ballot import Nodes, Pile
from deepquake.detection.association.fits import (
    OPEN_S,
    TOLERANCE,
    FoundSource,
    LeastAt,
    chances,
    gain_of,
    misfits_of,
)
from deepquake.detection.association.rival_places import rival_places_of, settled
from deepquake.earth.geo import Floats
from deepquake.earth.location.locating import locate_source
from deepquake.earth.location.network_times import LEAST_WIDTH_KM

LEAST_LIKELIER = 6.0  # log of how much likelier a source must make its arrivals than chance does
SHARING_ROUNDS = 3  # arrivals change their event, events their place


def finished(
    found: Sequence[FoundSource], pile: Pile, nodes: Nodes, limits: LeastAt
) -> list[FoundSource]:
    """Return the events of a search at their places, with the arrivals that fit each best.

    Parameters
    ----------
    found : sequence of FoundSource
        The events; those that are not likelier than chance are left out.
    pile : Pile
        All arrivals; those of events left out are free again.
    nodes : Nodes
        Where events were sought.
    limits : callable
        What an event must have, by its origin time (s).
    """
    if not found:
        return []
    events = _settled([_located_near(event, pile, nodes) for event in found], pile, nodes)
    for _ in range(SHARING_ROUNDS if events else 0):
        own = _arrivals_by_fit(events, pile, limits)
        moved = [
            not np.array_equal(members, event.members)
            for members, event in zip(own, events, strict=True)
        ]
        if not any(moved):
            break
        events = [
            _located_near(replace(event, members=members), pile, nodes) if changed else event
            for event, members, changed in zip(events, own, moved, strict=True)
        ]
    return events


def _located_near(event: FoundSource, pile: Pile, nodes: Nodes) -> FoundSource:
    """Return an event where its absolute residuals are least, near where it was."""
    arrivals, reach_km = pile.arrivals[event.members], nodes.spacing_km / 2
    source = locate_source(pile.times, arrivals, event.source.xyz_km, reach_km, OPEN_S)
    return replace(event, source=source)


def _settled(found: list[FoundSource], pile: Pile, nodes: Nodes) -> list[FoundSource]:
    """Return events at the places that are likeliest by their arrivals and by each other."""
    times = pile.times
    places = [
        rival_places_of(
            times,
            pile.arrivals[event.members],
            event.source,
            grid_km=nodes.places_km,
            shape=nodes.shape,
            reach_km=nodes.spacing_km,
            open_s=OPEN_S,
        )
        for event in found
    ]
    box_km = times.upper_km - times.lower_km
    told = settled(places, max(times.across_km, LEAST_WIDTH_KM), box_km)
    kept = []
    for event, place in zip(found, told, strict=True):
        gain = gain_of(pile, place.source, event.members) + place.likelier
        if gain > LEAST_LIKELIER + chances(pile, place.source, event.members):
            kept.append(FoundSource(place.source, event.members, gain, place.leeway))
        else:
            pile.free[event.members] = pile.votes[event.members] = True
    return kept


def _arrivals_by_fit(
    events: Sequence[FoundSource], pile: Pile, limits: LeastAt
) -> list[NDArray[np.intp]]:
    """Return the arrivals of each event: each is that of the event that makes it likeliest.

    An event that would have too few then keeps what it has.
    """
    fitting = [_that_fit(event, pile) for event in events]
    keeps = np.zeros(len(events), bool)
    while True:
        own = _one_event_each([
            (which, np.full(len(which), -np.inf)) if keep else (candidates, costs)
            for (candidates, costs), keep, which in zip(
                fitting, keeps, (event.members for event in events), strict=True
            )
        ], pile)  # fmt: skip
        short = [
            not keep and not limits(event.source.time_s).has_enough(pile.arrivals[members])
            for event, keep, members in zip(events, keeps, own, strict=True)
        ]
        if not any(short):
            return own
        keeps |= short


def _that_fit(event: FoundSource, pile: Pile) -> tuple[NDArray[np.intp], Floats]:
    """Return the arrivals that are or may be an event's, and how unlikely it makes each (log)."""
    begin_s = event.source.time_s
    first, end = np.searchsorted(pile.arrivals.time_s, [begin_s, begin_s + pile.longest_s])
    near = np.union1d(np.arange(first, end), event.members)
    misfits, deviation_s = misfits_of(pile, near, event.source, pile.arrivals.phase[near])
    fit = (misfits < TOLERANCE) | np.isin(near, event.members)
    return near[fit], (0.5 * misfits**2 + np.log(deviation_s))[fit]


def _one_event_each(
    fitting: Sequence[tuple[NDArray[np.intp], Floats]], pile: Pile
) -> list[NDArray]:
    """Return the arrivals of each event, the likeliest pair of both first.

    An arrival is of one event, and an event has one arrival of each station and phase.
    """
    event = np.repeat(np.arange(len(fitting)), [len(which) for which, _ in fitting])
    arrival = np.concatenate([which for which, _ in fitting])
    arrivals = pile.arrivals[arrival]
    reading = (event * len(pile.times.x_km) + arrivals.station) * 2 + arrivals.phase
    order = np.argsort(np.concatenate([costs for _, costs in fitting]), kind="stable")
    taken: set[int] = set()
    has: set[int] = set()
    own: list[list[int]] = [[] for _ in fitting]
    for one, of, slot in zip(
        arrival[order].tolist(), event[order].tolist(), reading[order].tolist(), strict=True
    ):
        if one not in taken and slot not in has:
            taken.add(one)
            has.add(slot)
            own[of].append(one)
    return [np.sort(np.array(members, np.intp)) for members in own]
