"""How arrivals fit a source, and how much likelier it makes them than chance does."""

from collections.abc import Callable
from dataclasses import dataclass
from math import comb, log

import numpy as np
from numpy.typing import NDArray

from deepquake.detection.association.ballot import BEST_SCORE, Pile
from deepquake.earth.geo import Floats
from deepquake.earth.location.locating import ArrivalTimes, LocatedSource, deviations
from deepquake.earth.location.origins import CERTAIN, Leeway

# What is open whether an arrival is an event's, besides what its reading and the model leave open
# of its time: pickers take later phases too, and no model knows what is below a station.
OPEN_S = 0.3
TOLERANCE = 3.0  # an arrival is a source's within so many deviations
RATE_WITHIN_S = 300.0  # around an event, in which arrivals by chance are counted


@dataclass(frozen=True)
class Least:
    """What an event must have: stations, arrivals, and stations with both P and S."""

    stations: int
    arrivals: int
    pairs: int = 0

    def has_enough(self, arrivals: ArrivalTimes) -> bool:
        """Return whether arrivals, one of each station and phase, are enough for an event."""
        of_station = np.bincount(arrivals.station)
        stations, pairs = (int(np.sum(of_station >= many)) for many in (1, 2))
        return len(arrivals) >= self.arrivals and stations >= self.stations and pairs >= self.pairs


LeastAt = Callable[[float], Least]  # by origin time (s)


@dataclass(frozen=True)
class FoundSource:
    """A source, and which arrivals are its own."""

    source: LocatedSource
    members: NDArray[np.intp]
    gain: float  # how much better the source explains them than chance
    leeway: Leeway = CERTAIN  # what other places leave open


def misfits_of(
    pile: Pile, which: NDArray[np.intp], source: LocatedSource, phase: NDArray[np.intp]
) -> tuple[Floats, Floats]:
    """Return the residuals of some arrivals in deviations, and these.

    Parameters
    ----------
    pile : Pile
        All arrivals.
    which : numpy.ndarray of int
        Some of them.
    source : LocatedSource
        Where they may be from.
    phase : numpy.ndarray of int
        What they are taken for.

    Returns
    -------
    tuple of numpy.ndarray
        Residuals without sign, and the deviations (s).
    """
    arrivals = pile.arrivals[which]
    travel_s = pile.times(arrivals.station, phase, source.xyz_km[None])[0]
    residuals_s = np.abs(arrivals.time_s - source.time_s - travel_s)
    deviation_s = np.hypot(deviations(pile.times, arrivals, travel_s), OPEN_S)
    return residuals_s / deviation_s, deviation_s


def one_of_each(pile: Pile, arrivals: NDArray[np.intp], cost: Floats) -> NDArray[np.intp]:
    """Return the arrival of least cost of each station and phase, in order of time.

    Parameters
    ----------
    pile : Pile
        All arrivals.
    arrivals : numpy.ndarray of int
        Some of them.
    cost : numpy.ndarray of float
        Theirs.
    """
    order = np.argsort(cost, kind="stable")
    which = 2 * pile.arrivals.station[arrivals] + pile.arrivals.phase[arrivals]
    _, first = np.unique(which[order], return_index=True)
    return np.sort(arrivals[order][first])


def gain_of(pile: Pile, source: LocatedSource, members: NDArray[np.intp]) -> float:
    """Return how much likelier a source makes its arrivals than chance does (log).

    By chance, arrivals come to a station at the rate of those around. Far from a network a source
    leaves much open, and explains arrivals that would be near by chance too.

    Parameters
    ----------
    pile : Pile
        All arrivals.
    source : LocatedSource
        The source.
    members : numpy.ndarray of int
        Its arrivals.
    """
    arrivals = pile.arrivals[members]
    off, deviation_s = misfits_of(pile, members, source, arrivals.phase)
    first, end = np.searchsorted(
        pile.arrivals.time_s, [source.time_s - RATE_WITHIN_S, source.time_s + RATE_WITHIN_S]
    )
    around = pile.arrivals.station[first:end] * 2 + pile.arrivals.phase[first:end]
    many = np.bincount(around, minlength=2 * len(pile.times.x_km))
    rate_hz = (many[2 * arrivals.station + arrivals.phase] + 1) / (2 * RATE_WITHIN_S)
    chance = rate_hz * deviation_s * np.sqrt(2 * np.pi)
    gain = np.sum(-0.5 * off**2 - np.log(chance) + BEST_SCORE * pile.scores[members])
    return float(gain)


def chances(pile: Pile, source: LocatedSource, members: NDArray[np.intp]) -> float:
    """Return how many sets of so many arrivals chance can make at the stations so near (log).

    Parameters
    ----------
    pile : Pile
        All arrivals.
    source : LocatedSource
        The source.
    members : numpy.ndarray of int
        Its arrivals.
    """
    far_km = np.hypot(pile.times.x_km - source.xyz_km[0], pile.times.y_km - source.xyz_km[1])
    possible = 2 * int(np.sum(far_km <= far_km[pile.arrivals.station[members]].max()))
    return log(comb(possible, len(members)))
