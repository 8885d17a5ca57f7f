"""Sets of arrivals that one source explains, among all arrivals of a network.

Each arrival tells for each node of a grid around the network when the source would have been. In a
table of time and nodes these votes are counted; the cell with the most may hold an event. It is
located, and the arrivals that fit it are taken out, and their votes with them; and so on.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from deepquake.core import intervals
from deepquake.earth.geo import Floats
from deepquake.earth.location.locating import ArrivalTimes, LocatedSource, deviations, locate_source
from deepquake.earth.location.network_times import NetworkTimes, S

INNER_NODES, OUTER_NODES, DEPTH_ROWS = 17, 4, 10  # of an axis: inside the network, beyond it, down
READ_ERROR_S = 0.3  # what a time bin leaves for errors of readings and of the model
MOST_CELLS = 16_000_000
TOLERANCE, LEAST_TOLERANCE_S = 3.0, 0.3  # an arrival is a source's within so many deviations
BEST_SCORE = 0.1  # what the best score adds to a vote
ROUNDS = 5  # of location and of looking for the arrivals that fit

# The least number of stations and of arrivals of an event, by its origin time.
Least = Callable[[float], tuple[int, int]]


@dataclass(frozen=True)
class FoundSource:
    """A source, and which arrivals are its own."""

    source: LocatedSource
    members: NDArray[np.intp]


@dataclass(eq=False)
class Pile:
    """The arrivals of a network, and what has become of each.

    ``free`` are those that no event has; of them ``votes`` are those that no event explains.
    """

    times: NetworkTimes
    readings: ArrivalTimes
    scores: Floats
    free: NDArray[np.bool_]
    votes: NDArray[np.bool_]

    def near(self, begin_s: float, end_s: float) -> NDArray[np.intp]:
        """Return the free arrivals of a stretch of time."""
        first, end = np.searchsorted(self.readings.time_s, [begin_s, end_s])
        return first + np.flatnonzero(self.free[first:end])


@dataclass(eq=False)
class Ballot:
    """The votes of arrivals: ``table`` (bins of time, nodes); ``best`` of each bin."""

    start_s: float
    bin_s: float
    travel_s: NDArray[np.float32]  # (2 phases, stations, nodes)
    table: NDArray[np.float32]
    best: NDArray[np.float32] = field(init=False)

    def cast(self, pile: Pile, arrivals: NDArray[np.intp], sign: int = 1) -> None:
        """Count the votes of some arrivals, or take them away with ``sign`` -1."""
        n_bins, n_nodes = self.table.shape
        nodes, readings = np.arange(n_nodes), pile.readings
        for arrival in arrivals:
            travel_s = self.travel_s[readings.phase[arrival], readings.station[arrival]]
            rows = ((readings.time_s[arrival] - self.start_s - travel_s) / self.bin_s).astype(int)
            vote = sign * (1 + BEST_SCORE * pile.scores[arrival])
            # a window is two bins long, so that it holds votes on both sides of an edge
            for shift in (0, -1):
                inside = (rows + shift >= 0) & (rows + shift < n_bins)
                self.table[(rows + shift)[inside], nodes[inside]] += vote

    def refresh(self, begin_s: float = -np.inf, end_s: float = np.inf) -> None:
        """Look up the best of each bin in a stretch of time again."""
        edges = (np.array([begin_s, end_s]) - self.start_s) / self.bin_s
        first, last = np.clip(edges, 0, len(self.table)).astype(int)
        self.best[first : last + 1] = self.table[first : last + 1].max(axis=1)

    def close(self, row: int, node: int) -> None:
        """Leave a cell out of the count."""
        self.table[row, node] = -np.inf
        self.best[row] = self.table[row].max()


def find_sources(
    times: NetworkTimes, readings: ArrivalTimes, scores: Floats, limits: Least
) -> list[FoundSource]:
    """Return the events among arrivals.

    Parameters
    ----------
    times : NetworkTimes
        The travel times.
    readings : ArrivalTimes
        The arrivals, in order of time.
    scores : numpy.ndarray of float
        From 0 to 1, of each.
    limits : callable
        The least number of stations and of arrivals, by origin time (s).

    Returns
    -------
    list of FoundSource
        In order of time.
    """
    nodes, spacing_km = search_nodes(times)
    stations = np.arange(len(times.x_km))
    travel_s = np.array([times(stations, np.full_like(stations, p), nodes).T for p in (0, 1)])
    travel_s = travel_s.astype(np.float32)
    longest_s = float(travel_s.max())
    bin_s = READ_ERROR_S + 0.5 * float(np.median(times.slowness[S])) * float(spacing_km[:2].max())
    everything = np.ones(len(readings), bool)
    pile = Pile(times, readings, scores, free=everything, votes=everything.copy())
    most_s = bin_s * MOST_CELLS / len(nodes)
    found: list[FoundSource] = []
    for first, end in intervals.groups(readings.time_s, readings.time_s, longest_s):
        begin_s, end_s = readings.time_s[first] - longest_s, readings.time_s[end - 1]
        while begin_s < end_s:
            until_s = min(begin_s + most_s, end_s)
            n_bins = int((until_s + 2 * longest_s - begin_s) / bin_s) + 1
            table = np.zeros((n_bins, len(nodes)), np.float32)
            ballot = Ballot(begin_s, bin_s, travel_s, table)
            found += _found_before(
                until_s, pile, ballot, nodes=nodes, reach_km=2 * spacing_km, limits=limits
            )
            begin_s = until_s
    return sorted(found, key=lambda event: event.source.time_s)


def search_nodes(times: NetworkTimes) -> tuple[Floats, Floats]:
    """Return the nodes (k, 3) of the search, and how far they are apart inside the network (km)."""
    axes, spacing = [], []
    for lower, upper, at in zip(
        times.lower_km, times.upper_km, (times.x_km, times.y_km), strict=False
    ):
        inner = np.linspace(at.min(), at.max(), INNER_NODES)
        step = max(inner[1] - inner[0], 0.5)
        inner = (
            np.arange(-(INNER_NODES // 2), INNER_NODES // 2 + 1) * step + (at.min() + at.max()) / 2
        )
        share = (np.arange(1, OUTER_NODES + 1) / OUTER_NODES) ** 1.5
        below = inner[0] - share[::-1] * (inner[0] - lower)
        above = inner[-1] + share * (upper - inner[-1])
        axes.append(np.concatenate([below, inner, above]))
        spacing.append(step)
    share = (np.arange(DEPTH_ROWS) + 0.5) / DEPTH_ROWS
    depths = times.lower_km[2] + share**1.7 * (times.upper_km[2] - times.lower_km[2])
    axes.append(depths)
    spacing.append(float(np.median(np.diff(depths))))
    return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3), np.array(spacing)


def _found_before(
    until_s: float,
    pile: Pile,
    ballot: Ballot,
    *,
    nodes: Floats,
    reach_km: Floats,
    limits: Least,
) -> list[FoundSource]:
    """Return the events of a ballot, best first.

    Those at its end, that a later ballot sees better, are found too, lest what they leave be taken
    for events; then they are let go.
    """
    longest_s = float(ballot.travel_s.max())
    end_s = ballot.start_s + len(ballot.table) * ballot.bin_s
    voters = pile.near(ballot.start_s, end_s)
    ballot.cast(pile, voters[pile.votes[voters]])
    ballot.best = ballot.table.max(axis=1)
    found: list[FoundSource] = []
    let_go: list[FoundSource] = []
    failed: set[bytes] = set()
    least = limits(ballot.start_s)[1]
    while True:
        row = int(np.argmax(ballot.best))
        if ballot.best[row] < least:
            break
        node = int(np.argmax(ballot.table[row]))
        begin_s = ballot.start_s + row * ballot.bin_s
        near = pile.near(begin_s, begin_s + longest_s + 2 * ballot.bin_s)
        readings = pile.readings[near]
        origins_s = readings.time_s - ballot.travel_s[readings.phase, readings.station, node]
        inside = near[(origins_s >= begin_s) & (origins_s < begin_s + 2 * ballot.bin_s)]
        members = _one_of_each(pile, inside, -pile.scores[inside])
        key = members.tobytes()
        event = None
        if key not in failed and _enough(pile, members, limits(begin_s)):
            event = _event_around(pile, members, nodes[node], reach_km=reach_km, limits=limits)
            failed.add(key)
        if event is None:
            ballot.close(row, node)
            continue
        source = event.source
        pile.free[event.members] = False
        explained = _explained_by(pile, source, longest_s)
        gone = np.concatenate([event.members, explained])
        ballot.cast(pile, gone[pile.votes[gone]], sign=-1)
        pile.votes[gone] = False
        times_s = pile.readings.time_s[gone]
        ballot.refresh(times_s.min() - longest_s - 2 * ballot.bin_s, times_s.max() + ballot.bin_s)
        (found if source.time_s < until_s else let_go).append(event)
    for event in let_go:
        pile.free[event.members] = True
        pile.votes[event.members] = True
    return found


def _enough(pile: Pile, members: NDArray[np.intp], least: tuple[int, int]) -> bool:
    own = members[pile.votes[members]]
    return len(own) >= least[1] and len(np.unique(pile.readings.station[own])) >= least[0]


def _one_of_each(pile: Pile, arrivals: NDArray[np.intp], cost: Floats) -> NDArray[np.intp]:
    """Return the arrival of least cost of each station and phase, in order of time."""
    order = np.argsort(cost, kind="stable")
    which = 2 * pile.readings.station[arrivals] + pile.readings.phase[arrivals]
    _, first = np.unique(which[order], return_index=True)
    return np.sort(arrivals[order][first])


def _event_around(
    pile: Pile, members: NDArray[np.intp], start_km: Floats, *, reach_km: Floats, limits: Least
) -> FoundSource | None:
    """Return the event near a place, with all arrivals that fit; None where they are not enough."""
    times, seen = pile.times, set()
    for _ in range(ROUNDS):
        source = locate_source(times, pile.readings[members], start_km, reach_km)
        seen.add(members.tobytes())
        start_km, reach_km = source.xyz_km, reach_km / 2
        near, misfits = _arrivals_fitting(pile, source)
        members = _one_of_each(pile, near, misfits)
        if not _enough(pile, members, limits(source.time_s)):
            return None
        if members.tobytes() in seen:
            break
    return FoundSource(locate_source(times, pile.readings[members], start_km, reach_km), members)


def _arrivals_fitting(pile: Pile, source: LocatedSource) -> tuple[NDArray[np.intp], Floats]:
    """Return the free arrivals that fit a source, and their residuals in deviations."""
    near = pile.near(source.time_s, source.time_s + 1000)
    readings = pile.readings[near]
    travel_s = pile.times(readings.station, readings.phase, source.xyz_km[None])[0]
    deviation_s = deviations(pile.times, readings, travel_s)
    residuals = np.abs(readings.time_s - source.time_s - travel_s)
    fits = residuals < np.maximum(TOLERANCE * deviation_s, LEAST_TOLERANCE_S)
    return near[fits], residuals[fits] / deviation_s[fits]


def _explained_by(pile: Pile, source: LocatedSource, longest_s: float) -> NDArray[np.intp]:
    """Return the free arrivals where P or S of a source comes, whatever they are called."""
    near = pile.near(source.time_s, source.time_s + longest_s)
    readings = pile.readings[near]
    explained = np.zeros(len(near), bool)
    for phase in (0, 1):
        travel_s = pile.times(readings.station, np.full(len(near), phase), source.xyz_km[None])[0]
        deviation_s = deviations(pile.times, readings, travel_s)
        explained |= np.abs(readings.time_s - source.time_s - travel_s) < np.maximum(
            TOLERANCE * deviation_s, LEAST_TOLERANCE_S
        )
    return near[explained]
