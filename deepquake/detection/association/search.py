"""Sets of arrivals that one source explains, among all arrivals of a network.

Each arrival tells for each node of a grid around the network when the source would have been. In a
table of time and nodes these votes are counted; the cell with the most may hold an event. It is
located, and the arrivals that fit it are taken out, and their votes with them; and so on.
"""

import numpy as np
from numpy.typing import NDArray

from deepquake.core import intervals
from deepquake.detection.association.ballot import (
    Ballot,
    Nodes,
    Pile,
    search_nodes,
    sum_of_three,
)
from deepquake.detection.association.fits import (
    OPEN_S,
    TOLERANCE,
    FoundSource,
    Least,
    LeastAt,
    gain_of,
    misfits_of,
    one_of_each,
)
from deepquake.detection.association.last_pass import finished
from deepquake.earth.geo import Floats
from deepquake.earth.location.locating import (
    ArrivalTimes,
    LocatedSource,
    deviations,
    fit_source,
)
from deepquake.earth.location.network_times import LEAST_WIDTH_KM, NetworkTimes, P, S

READ_ERROR_S = 0.8  # what a time bin leaves for errors of arrivals and of the model
MOST_CELLS = 16_000_000
RIVALS, RIVAL_SHARE = 8, 0.7  # of events that may share arrivals, how many are compared
START_ARRIVALS = 12
# of the stations nearer than half of those with an arrival, how many must have one
SEEN_SHARE, RECORDS_WITHIN_S = 0.25, 3600.0
ROUNDS = 5  # of location and of looking for the arrivals that fit


def find_sources(
    times: NetworkTimes, arrivals: ArrivalTimes, scores: Floats, limits: LeastAt
) -> tuple[list[FoundSource], NDArray[np.bool_]]:
    """Return the events among arrivals, and which arrivals none of them explains.

    Parameters
    ----------
    times : NetworkTimes
        The travel times.
    arrivals : ArrivalTimes
        The arrivals, in order of time.
    scores : numpy.ndarray of float
        From 0 to 1, of each.
    limits : callable
        What an event must have, by its origin time (s).

    Returns
    -------
    tuple
        The events in order of time; of each arrival whether it is no event's and comes where P or S
        of none should.
    """
    nodes = search_nodes(times)
    stations = np.arange(len(times.x_km))
    travel_s = np.array(
        [times(stations, np.full_like(stations, p), nodes.places_km).T for p in (0, 1)]
    )
    travel_s = travel_s.astype(np.float32)
    longest_s = float(travel_s.max())
    bin_s = READ_ERROR_S + 0.5 * float(np.median(times.slowness[S])) * float(
        nodes.spacing_km[:2].max()
    )
    everything = np.ones(len(arrivals), bool)
    pile = Pile(
        times, arrivals, scores, free=everything, votes=everything.copy(), longest_s=longest_s + 5
    )
    most_s = bin_s * MOST_CELLS / len(nodes.places_km)
    found: list[FoundSource] = []
    for first, end in intervals.groups(arrivals.time_s, arrivals.time_s, longest_s):
        begin_s, end_s = arrivals.time_s[first] - longest_s, arrivals.time_s[end - 1]
        while begin_s < end_s:
            until_s = min(begin_s + most_s, end_s)
            n_bins = int((until_s + 2 * longest_s - begin_s) / bin_s) + 1
            table = np.zeros((n_bins, len(nodes.places_km)), np.float32)
            ballot = Ballot(begin_s, bin_s, travel_s, table)
            found += _found_before(until_s, pile, ballot, nodes=nodes, limits=limits)
            begin_s = until_s
    found = finished(found, pile, nodes, limits)
    unexplained = pile.votes.copy()
    for event in found:
        unexplained[event.members] = False
    return sorted(found, key=lambda event: event.source.time_s), unexplained


def _found_before(
    until_s: float,
    pile: Pile,
    ballot: Ballot,
    *,
    nodes: Nodes,
    limits: LeastAt,
) -> list[FoundSource]:
    """Return the events of a ballot, best first.

    Those at its end, that a later ballot sees better, are found too, lest what they leave be taken
    for events; then they are let go.
    """
    longest_s = ballot.longest_s
    end_s = ballot.start_s + len(ballot.table) * ballot.bin_s
    voters = pile.near(ballot.start_s, end_s)
    ballot.cast(pile, voters[pile.votes[voters]])
    ballot.best = ballot.table.max(axis=1)
    found: list[FoundSource] = []
    let_go: list[tuple[FoundSource, NDArray[np.intp]]] = []
    tried: dict[bytes, FoundSource | None] = {}
    least = min(limits(time_s).arrivals for time_s in (ballot.start_s, end_s))
    across = int(longest_s / 2 / ballot.bin_s) + 1
    while True:
        top = int(np.argmax(ballot.best))
        most = ballot.best[top]
        if most < least:
            break
        first = max(top - across, 0)
        rows = first + np.flatnonzero(
            ballot.best[first : top + across + 1] >= max(least, RIVAL_SHARE * most)
        )
        rows = rows[np.argsort(-ballot.best[rows], kind="stable")]
        event: FoundSource | None = None
        best_gain, compared = 0.0, 0
        for row in rows.tolist():
            node = int(np.argmax(ballot.table[row]))
            members = _voters(pile, ballot, row, node)
            key = members.tobytes()
            if key not in tried:
                tried[key] = None
                if _enough(pile, members, limits(ballot.start_s + row * ballot.bin_s)):
                    tried[key] = _event_around(pile, ballot, members, nodes=nodes, limits=limits)
            rival = tried[key]
            # chance explains what gains nothing
            if rival is not None and (rival.gain <= 0 or not pile.free[rival.members].all()):
                rival = None
            if rival is None:
                ballot.close(row, node)
                continue
            compared += 1
            if rival.gain > best_gain:
                event, best_gain = rival, rival.gain
            if compared >= RIVALS:
                break
        if event is None:
            continue
        source = event.source
        pile.free[event.members] = False
        explained = _explained_by(pile, source)
        gone = np.concatenate([event.members, explained])
        gone = gone[pile.votes[gone]]
        ballot.cast(pile, gone, sign=-1)
        pile.votes[gone] = False
        times_s = pile.arrivals.time_s[event.members]
        ballot.refresh(
            times_s.min() - longest_s - 3 * ballot.bin_s,
            max(times_s.max(), source.time_s + longest_s) + 2 * ballot.bin_s,
        )
        if source.time_s < until_s:
            found.append(event)
        else:
            let_go.append((event, gone))
    for event, gone in let_go:
        pile.free[event.members] = True
        pile.votes[gone] = True
    return found


def _voters(pile: Pile, ballot: Ballot, row: int, node: int) -> NDArray[np.intp]:
    """Return the arrivals whose votes are in a cell, one of each station and phase."""
    begin_s = ballot.start_s + row * ballot.bin_s
    near = pile.near(begin_s, begin_s + ballot.longest_s + 2 * ballot.bin_s)
    arrivals = pile.arrivals[near]
    origins_s = arrivals.time_s - ballot.travel_s[arrivals.phase, arrivals.station, node]
    inside = near[(origins_s >= begin_s) & (origins_s < begin_s + 2 * ballot.bin_s)]
    return one_of_each(pile, inside, -pile.scores[inside])


def _enough(pile: Pile, members: NDArray[np.intp], least: Least) -> bool:
    return least.has_enough(pile.arrivals[members[pile.votes[members]]])


def _seen_nearby(pile: Pile, members: NDArray[np.intp], source: LocatedSource) -> bool:
    """Return whether enough of the stations nearest to a source have an arrival of it.

    Arrivals here and there among many stations that have none are nobody's. Stations with no
    arrival at all for hours do not record.
    """
    first, end = np.searchsorted(
        pile.arrivals.time_s, [source.time_s - RECORDS_WITHIN_S, source.time_s + RECORDS_WITHIN_S]
    )
    stations = np.unique(pile.arrivals.station[first:end])
    far_km = np.hypot(
        pile.times.x_km[stations] - source.xyz_km[0], pile.times.y_km[stations] - source.xyz_km[1]
    )
    own = np.isin(stations, pile.arrivals.station[members])
    nearer = far_km <= np.median(far_km[own])
    return bool(np.mean(own[nearer]) >= SEEN_SHARE)


def _event_around(
    pile: Pile,
    ballot: Ballot,
    members: NDArray[np.intp],
    *,
    nodes: Nodes,
    limits: LeastAt,
) -> FoundSource | None:
    """Return the event that some arrivals tell of, with all that fit; None without enough."""
    times, seen = pile.times, set()
    start_km = _start(pile, ballot, members, nodes=nodes)
    for _ in range(ROUNDS):
        source = fit_source(
            times,
            pile.arrivals[members],
            start_km=start_km,
            reach_km=2 * nodes.spacing_km,
            open_s=OPEN_S,
        )
        seen.add(members.tobytes())
        start_km = source.xyz_km
        near, misfits = _arrivals_fitting(pile, source)
        members = one_of_each(pile, near, misfits)
        if not _enough(pile, members, limits(source.time_s)):
            return None
        if not _seen_nearby(pile, members, source):
            return None
        if members.tobytes() in seen:
            break
    return FoundSource(source, members, gain_of(pile, source, members) - _far(times, source))


def _far(times: NetworkTimes, source: LocatedSource) -> float:
    """Return how much less likely a source is so far from the middle of a network (log)."""
    x, y = times.lower_km[:2] / 2 + times.upper_km[:2] / 2 - source.xyz_km[:2]
    return float(1.5 * np.log1p((x**2 + y**2) / max(times.across_km, LEAST_WIDTH_KM) ** 2))


def _start(pile: Pile, ballot: Ballot, members: NDArray[np.intp], *, nodes: Nodes) -> Floats:
    """Return the node around which arrivals fit best, with its neighbours taken together."""
    some = members[np.argsort(-pile.scores[members], kind="stable")[:START_ARRIVALS]]
    arrivals = pile.arrivals[some]
    travel_s = ballot.travel_s[arrivals.phase, arrivals.station].T.astype(float)
    # nodes are far apart: what lies between them is open too
    open_s = 0.5 * nodes.spacing_km[:2].max() * pile.times.usual_slowness[arrivals.phase]
    weights = 1 / np.hypot(deviations(pile.times, arrivals, travel_s), OPEN_S + open_s)
    origins_s = arrivals.time_s - travel_s
    misfits = (np.abs(origins_s - np.median(origins_s, axis=1)[:, None]) * weights).sum(axis=1)
    likely = np.exp(misfits.min() - misfits).reshape(nodes.shape)
    for axis in range(3):
        likely = sum_of_three(likely, axis)
    return nodes.places_km[int(np.argmax(likely))]


def _arrivals_fitting(pile: Pile, source: LocatedSource) -> tuple[NDArray[np.intp], Floats]:
    """Return the free arrivals that fit a source, and their residuals in deviations."""
    near = pile.near(source.time_s, source.time_s + pile.longest_s)
    misfits, _ = misfits_of(pile, near, source, pile.arrivals.phase[near])
    fits = misfits < TOLERANCE
    return near[fits], misfits[fits]


def _explained_by(pile: Pile, source: LocatedSource) -> NDArray[np.intp]:
    """Return the free arrivals where P or S of a source comes, whatever they are called."""
    near = pile.near(source.time_s, source.time_s + pile.longest_s)
    explained = np.zeros(len(near), bool)
    for phase in (P, S):
        misfits, _ = misfits_of(pile, near, source, np.full(len(near), phase))
        explained |= misfits < TOLERANCE
    return near[explained]
