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
from deepquake.earth.location.locating import (
    ArrivalTimes,
    LocatedSource,
    deviations,
    fit_source,
    locate_source,
)
from deepquake.earth.location.network_times import NetworkTimes, P, S

LEAST_SPACING_KM = 0.5
INNER_NODES, OUTER_NODES, DEPTH_ROWS = 17, 4, 10  # of an axis: inside the network, beyond it, down
READ_ERROR_S = 0.8  # what a time bin leaves for errors of arrivals and of the model
# What is open whether an arrival is an event's, besides what its reading and the model leave open
# of its time: pickers take later phases too, and no model knows what is below a station.
OPEN_S = 0.3
MOST_CELLS = 16_000_000
TOLERANCE = 3.0  # an arrival is a source's within so many deviations
BEST_SCORE = 0.1  # what the best score adds to a vote
RIVALS, RIVAL_SHARE = 8, 0.7  # of events that may share arrivals, how many are compared
START_ARRIVALS = 12
ROUNDS = 5  # of location and of looking for the arrivals that fit


@dataclass(frozen=True)
class Least:
    """What an event must have: stations, arrivals, and stations with both P and S."""

    stations: int
    arrivals: int
    pairs: int = 0


LeastAt = Callable[[float], Least]  # by origin time (s)


@dataclass(frozen=True)
class FoundSource:
    """A source, and which arrivals are its own."""

    source: LocatedSource
    members: NDArray[np.intp]
    gain: float  # how much better the source explains them than chance


@dataclass(frozen=True, eq=False)
class Nodes:
    """The nodes of a search (k, 3), in order of x, y, z, how many along each, and their spacing.

    There are more of them where sources are more likely: inside the network, and not deep.
    """

    places_km: Floats
    spacing_km: Floats  # inside the network
    shape: tuple[int, ...]


@dataclass(eq=False)
class Pile:
    """The arrivals of a network, and what has become of each.

    ``free`` are those that no event has; of them ``votes`` are those that no event explains.
    """

    times: NetworkTimes
    arrivals: ArrivalTimes
    scores: Floats
    free: NDArray[np.bool_]
    votes: NDArray[np.bool_]
    longest_s: float  # that an arrival can come after its origin

    def near(self, begin_s: float, end_s: float) -> NDArray[np.intp]:
        """Return the free arrivals of a stretch of time."""
        first, end = np.searchsorted(self.arrivals.time_s, [begin_s, end_s])
        return first + np.flatnonzero(self.free[first:end])


@dataclass(eq=False)
class Ballot:
    """The votes of arrivals: ``table`` (bins of time, nodes); ``best`` of each bin."""

    start_s: float
    bin_s: float
    travel_s: NDArray[np.float32]  # (2 phases, stations, nodes)
    table: NDArray[np.float32]
    best: NDArray[np.float32] = field(init=False)

    def cast(self, pile: Pile, voters: NDArray[np.intp], sign: int = 1) -> None:
        """Count the votes of some arrivals, or take them away with ``sign`` -1."""
        n_bins, n_nodes = self.table.shape
        nodes, arrivals = np.arange(n_nodes), pile.arrivals
        for voter in voters:
            travel_s = self.travel_s[arrivals.phase[voter], arrivals.station[voter]]
            rows = ((arrivals.time_s[voter] - self.start_s - travel_s) / self.bin_s).astype(int)
            vote = sign * (1 + BEST_SCORE * pile.scores[voter])
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
    times: NetworkTimes, arrivals: ArrivalTimes, scores: Floats, limits: LeastAt
) -> list[FoundSource]:
    """Return the events among arrivals.

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
    list of FoundSource
        In order of time.
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
    return sorted(
        (_finished(pile, event, nodes) for event in found), key=lambda event: event.source.time_s
    )


def _finished(pile: Pile, event: FoundSource, nodes: Nodes) -> FoundSource:
    """Return an event where its absolute residuals are least."""
    source = locate_source(
        pile.times, pile.arrivals[event.members], event.source.xyz_km, nodes.spacing_km / 2
    )
    return FoundSource(source, event.members, event.gain)


def search_nodes(times: NetworkTimes) -> Nodes:
    """Return the nodes of the search: even inside the network, ever farther apart beyond it."""
    axes, spacing = [], []
    for lower, upper, at in zip(
        times.lower_km, times.upper_km, (times.x_km, times.y_km), strict=False
    ):
        step = max((at.max() - at.min()) / (INNER_NODES - 1), LEAST_SPACING_KM)
        half = INNER_NODES // 2
        inner = np.arange(-half, half + 1) * step + (at.min() + at.max()) / 2
        share = (np.arange(1, OUTER_NODES + 1) / OUTER_NODES) ** 1.5
        below = inner[0] - share[::-1] * (inner[0] - lower)
        above = inner[-1] + share * (upper - inner[-1])
        axes.append(np.concatenate([below, inner, above]))
        spacing.append(step)
    share = (np.arange(DEPTH_ROWS) + 0.5) / DEPTH_ROWS
    depths = times.lower_km[2] + share**1.7 * (times.upper_km[2] - times.lower_km[2])
    axes.append(depths)
    spacing.append(float(np.median(np.diff(depths))))
    places = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    return Nodes(places.reshape(-1, 3), np.array(spacing), places.shape[:3])


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
    longest_s = float(ballot.travel_s.max())
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
            if rival is not None and not pile.free[rival.members].all():
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
    near = pile.near(begin_s, begin_s + float(ballot.travel_s.max()) + 2 * ballot.bin_s)
    arrivals = pile.arrivals[near]
    origins_s = arrivals.time_s - ballot.travel_s[arrivals.phase, arrivals.station, node]
    inside = near[(origins_s >= begin_s) & (origins_s < begin_s + 2 * ballot.bin_s)]
    return _one_of_each(pile, inside, -pile.scores[inside])


def _enough(pile: Pile, members: NDArray[np.intp], least: Least) -> bool:
    own = members[pile.votes[members]]
    of_station = np.bincount(pile.arrivals.station[own])
    stations, pairs = (int(np.sum(of_station >= many)) for many in (1, 2))
    return len(own) >= least.arrivals and stations >= least.stations and pairs >= least.pairs


def _one_of_each(pile: Pile, arrivals: NDArray[np.intp], cost: Floats) -> NDArray[np.intp]:
    """Return the arrival of least cost of each station and phase, in order of time."""
    order = np.argsort(cost, kind="stable")
    which = 2 * pile.arrivals.station[arrivals] + pile.arrivals.phase[arrivals]
    _, first = np.unique(which[order], return_index=True)
    return np.sort(arrivals[order][first])


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
        members = _one_of_each(pile, near, misfits)
        if not _enough(pile, members, limits(source.time_s)):
            return None
        if members.tobytes() in seen:
            break
    chosen, misfits = _arrivals_fitting(pile, source)
    costs = dict(zip(chosen.tolist(), misfits.tolist(), strict=True))
    gain = sum(
        1 - (costs[m] / TOLERANCE) ** 2 + BEST_SCORE * float(pile.scores[m])
        for m in members.tolist()
    )
    return FoundSource(source, members, gain)


def _start(pile: Pile, ballot: Ballot, members: NDArray[np.intp], *, nodes: Nodes) -> Floats:
    """Return the node around which arrivals fit best, with its neighbours taken together."""
    some = members[np.argsort(-pile.scores[members], kind="stable")[:START_ARRIVALS]]
    arrivals = pile.arrivals[some]
    travel_s = ballot.travel_s[arrivals.phase, arrivals.station].T.astype(float)
    # nodes are far apart: what lies between them is open too
    open_s = (
        0.5
        * nodes.spacing_km[:2].max()
        * np.median(pile.times.slowness[arrivals.phase, 0], axis=(1, 2))
    )
    weights = 1 / np.hypot(deviations(pile.times, arrivals, travel_s), OPEN_S + open_s)
    origins_s = arrivals.time_s - travel_s
    misfits = (np.abs(origins_s - np.median(origins_s, axis=1)[:, None]) * weights).sum(axis=1)
    likely = np.exp(misfits.min() - misfits).reshape(nodes.shape)
    for axis in range(3):
        likely = sum_of_three(likely, axis)
    return nodes.places_km[int(np.argmax(likely))]


def sum_of_three(values: Floats, axis: int) -> Floats:
    """Return the sum of each value and its two neighbours along an axis.

    Parameters
    ----------
    values : numpy.ndarray of float
        The values; beyond them is 0.
    axis : int
        Along which.
    """
    along = np.moveaxis(values, axis, 0)
    total = along.copy()
    total[1:] += along[:-1]
    total[:-1] += along[1:]
    return np.moveaxis(total, 0, axis)


def _arrivals_fitting(pile: Pile, source: LocatedSource) -> tuple[NDArray[np.intp], Floats]:
    """Return the free arrivals that fit a source, and their residuals in deviations."""
    near = pile.near(source.time_s, source.time_s + pile.longest_s)
    misfits = _misfits(pile, near, source, pile.arrivals.phase[near])
    fits = misfits < TOLERANCE
    return near[fits], misfits[fits]


def _explained_by(pile: Pile, source: LocatedSource) -> NDArray[np.intp]:
    """Return the free arrivals where P or S of a source comes, whatever they are called."""
    near = pile.near(source.time_s, source.time_s + pile.longest_s)
    explained = np.zeros(len(near), bool)
    for phase in (P, S):
        explained |= _misfits(pile, near, source, np.full(len(near), phase)) < TOLERANCE
    return near[explained]


def _misfits(
    pile: Pile, which: NDArray[np.intp], source: LocatedSource, phase: NDArray[np.intp]
) -> Floats:
    """Return the residuals of some arrivals, in deviations, if they are of these phases."""
    arrivals = pile.arrivals[which]
    travel_s = pile.times(arrivals.station, phase, source.xyz_km[None])[0]
    residuals = np.abs(arrivals.time_s - source.time_s - travel_s)
    return residuals / np.hypot(deviations(pile.times, arrivals, travel_s), OPEN_S)
