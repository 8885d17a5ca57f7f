"""The votes of arrivals: when each says that a source at each node around the network would be."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from deepquake.earth.geo import Floats
from deepquake.earth.location.locating import ArrivalTimes
from deepquake.earth.location.network_times import NetworkTimes

LEAST_SPACING_KM = 0.5
INNER_NODES, OUTER_NODES, DEPTH_ROWS = 17, 4, 10  # of an axis: inside the network, beyond it, down
BEST_SCORE = 0.1  # what the best score adds to a vote


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

    @cached_property
    def longest_s(self) -> float:
        """The longest travel time."""
        return float(self.travel_s.max())

    def cast(self, pile: Pile, voters: NDArray[np.intp], sign: int = 1) -> None:
        """Count the votes of some arrivals, or take them away with ``sign`` -1."""
        n_bins, n_nodes = self.table.shape
        nodes, arrivals, flat = np.arange(n_nodes), pile.arrivals, self.table.reshape(-1)
        for voter in voters:
            travel_s = self.travel_s[arrivals.phase[voter], arrivals.station[voter]]
            rows = ((arrivals.time_s[voter] - self.start_s - travel_s) / self.bin_s).astype(int)
            vote = sign * (1 + BEST_SCORE * pile.scores[voter])
            inside: slice | NDArray[np.bool_] = slice(None)
            if rows.min() < 1 or rows.max() >= n_bins:  # at an end of the table
                inside = (rows >= 1) & (rows < n_bins)
            cells = (rows * n_nodes + nodes)[inside]
            # a window is two bins long, so that it holds votes on both sides of an edge
            flat[cells] += vote
            flat[cells - n_nodes] += vote

    def refresh(self, begin_s: float = -np.inf, end_s: float = np.inf) -> None:
        """Look up the best of each bin in a stretch of time again."""
        edges = (np.array([begin_s, end_s]) - self.start_s) / self.bin_s
        first, last = np.clip(edges, 0, len(self.table)).astype(int)
        self.best[first : last + 1] = self.table[first : last + 1].max(axis=1)

    def close(self, row: int, node: int) -> None:
        """Leave a cell out of the count."""
        self.table[row, node] = -np.inf
        self.best[row] = self.table[row].max()


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
