"""Which of several places an event was at, where its arrivals leave that open.

Stations in a line, or few of them, do not tell one side from the other: an event's misfit then has
several minima, here called places. Earthquakes come where others came: the place is chosen that is
likeliest by the arrivals and by where the other events of the run are, all settled together.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deepquake.earth.geo import Floats
from deepquake.earth.location.locating import (
    ArrivalTimes,
    LocatedSource,
    deviations,
    locate_source,
    weighted_median,
)
from deepquake.earth.location.network_times import NetworkTimes
from deepquake.earth.location.origins import ASSUMED_RESIDUALS, N_UNKNOWN, Leeway

FEW_STATIONS = 10  # more leave one place
MOST_PLACES = 5  # of an event
NODE_MARGIN, PLACE_MARGIN = 4.0, 5.0  # log likelihoods below the best that a place may have
# how far events of one source area lie apart, as a share of the network's width and of the depth
# of the box, and how many events are anywhere
AREA_SHARE, ANYWHERE = 0.1, 2.0
SETTLING_ROUNDS = 20
MOST_TELLING = 2000  # events that tell where others are
MOST_SHARE = 0.68  # of what is likely, as errors tell it


@dataclass(frozen=True, eq=False)
class RivalPlaces:
    """The places where an event may have been, best first, and their log likelihoods."""

    sources: tuple[LocatedSource, ...]
    likelihoods: Floats

    @property
    def shares(self) -> Floats:
        """How likely each is by the arrivals alone; together 1."""
        likely = np.exp(self.likelihoods - self.likelihoods.max())
        return likely / likely.sum()


@dataclass(frozen=True)
class SettledPlace:
    """The likeliest place of an event.

    ``likelier`` is how much likelier events are there than anywhere (log).
    """

    source: LocatedSource
    likelier: float
    leeway: Leeway


def rival_places_of(
    times: NetworkTimes,
    arrivals: ArrivalTimes,
    best: LocatedSource,
    *,
    grid_km: Floats,
    shape: tuple[int, ...],
    reach_km: Floats,
    open_s: float,
) -> RivalPlaces:
    """Return the places where an event may have been.

    Parameters
    ----------
    times : NetworkTimes
        The travel times.
    arrivals : ArrivalTimes
        Those of the event.
    best : LocatedSource
        Where it was located.
    grid_km : numpy.ndarray of float, shape (k, 3)
        Nodes around the network, in order of x, y, z.
    shape : tuple of int
        How many along each axis.
    reach_km : numpy.ndarray of float, shape (3,)
        How far nodes are apart.
    open_s : float
        What is open of each time besides its own deviation (s).
    """
    if len(np.unique(arrivals.station)) > FEW_STATIONS:
        return RivalPlaces((best,), np.zeros(1))
    travel_s = times(arrivals.station, arrivals.phase, grid_km)
    at_best_s = times(arrivals.station, arrivals.phase, best.xyz_km[None])[0]
    deviation_s = np.hypot(deviations(times, arrivals, at_best_s), open_s)
    between_s = np.median(times.slowness[arrivals.phase, 0], axis=(1, 2)) * reach_km[:2].max() / 2
    weights = 1 / np.hypot(deviation_s, between_s)
    origins_s = arrivals.time_s - travel_s
    off_s = np.abs(origins_s - weighted_median(origins_s, weights)[:, None])
    misfits = (off_s @ weights).reshape(shape)
    low = _minima(misfits) & (misfits < misfits.min() + NODE_MARGIN)
    order = np.flatnonzero(low)[np.argsort(misfits[low], kind="stable")]
    sources = [best]
    for node in order[:MOST_PLACES].tolist():
        there = locate_source(times, arrivals, grid_km[node], reach_km, open_s)
        away_km = [np.hypot(*(there.xyz_km - s.xyz_km)[:2]) for s in sources]
        if min(away_km) > reach_km[:2].max():
            sources.append(there)
    likelihoods = np.array([-np.sum(np.abs(s.residuals_s) / deviation_s) for s in sources])
    # how far deviations are wrong is told by the residuals themselves
    seen = (ASSUMED_RESIDUALS - likelihoods.max()) / (ASSUMED_RESIDUALS + len(arrivals) - N_UNKNOWN)
    likelihoods /= seen
    kept = np.flatnonzero(likelihoods > likelihoods.max() - PLACE_MARGIN)
    kept = kept[np.argsort(-likelihoods[kept], kind="stable")]
    return RivalPlaces(tuple(sources[k] for k in kept.tolist()), likelihoods[kept])


def settled(events: Sequence[RivalPlaces], width_km: float, box_km: Floats) -> list[SettledPlace]:
    """Return the likeliest place of each event by its arrivals and the other events.

    Parameters
    ----------
    events : sequence of RivalPlaces
        Those of a run; of very many some tell where the others are.
    width_km : float
        The network's.
    box_km : numpy.ndarray of float, shape (3,)
        How wide, long and deep the box is in which sources are sought.
    """
    n_places = [len(places.sources) for places in events]
    event = np.repeat(np.arange(len(events)), n_places)
    xyz = np.array([source.xyz_km for places in events for source in places.sources])
    likely = np.concatenate([places.shares for places in events])
    telling = np.flatnonzero(event % -(-len(events) // MOST_TELLING) == 0)
    n_telling = len(np.unique(event[telling]))
    reach_km = AREA_SHARE * np.array([width_km, width_km, box_km[2]])
    most = np.prod(box_km / np.sqrt(2 * np.pi) / reach_km)

    def likelier(which: NDArray[np.intp]) -> Callable[[Floats], Floats]:
        """Return what makes priors of places by the shares of those that tell."""
        apart = (xyz[which, None, axis] - xyz[telling, axis] for axis in range(3))
        squares = sum((km / reach) ** 2 for km, reach in zip(apart, reach_km, strict=True))
        near = most * np.exp(-0.5 * squares)
        near[event[which, None] == event[telling]] = 0.0
        return lambda share: (near @ share + ANYWHERE) / (n_telling - 1 + ANYWHERE)

    by_shares, share = likelier(telling), likely[telling]
    for _ in range(SETTLING_ROUNDS):
        share = likely[telling] * by_shares(share)
        share /= np.bincount(event[telling], share)[event[telling]]
    blocks = np.array_split(np.arange(len(xyz)), -(-len(xyz) // MOST_TELLING))
    prior = np.concatenate([likelier(block)(share) for block in blocks])
    told = []
    for places, end in zip(events, np.cumsum(n_places).tolist(), strict=True):
        own = prior[end - len(places.sources) : end]
        best = int(np.argmax(places.shares * own))
        likelier_by = float(np.log(own[best]))
        told.append(SettledPlace(places.sources[best], likelier_by, _leeway(places, best)))
    return told


def _leeway(places: RivalPlaces, best: int) -> Leeway:
    """Return how far from the best place those are that hold 68 % together, by the arrivals."""
    xyz = np.array([source.xyz_km for source in places.sources])
    times_s = np.array([source.time_s for source in places.sources])

    def within(off: Floats) -> float:
        order = np.argsort(off, kind="stable")
        return float(off[order][np.argmax(np.cumsum(places.shares[order]) >= MOST_SHARE)])

    return Leeway(
        within(np.hypot(*(xyz - xyz[best])[:, :2].T)),
        within(np.abs(xyz[:, 2] - xyz[best, 2])),
        within(np.abs(times_s - times_s[best])),
    )


def _minima(values: Floats) -> np.ndarray:
    """Return which of a grid are below all their neighbours along x, y and both."""
    lowest = values
    for axis in range(2):
        before, after = lowest.copy(), lowest.copy()
        ahead, behind = [slice(None)] * values.ndim, [slice(None)] * values.ndim
        ahead[axis], behind[axis] = slice(1, None), slice(None, -1)
        before[tuple(ahead)] = lowest[tuple(behind)]
        after[tuple(behind)] = lowest[tuple(ahead)]
        lowest = np.minimum(lowest, np.minimum(before, after))
    return values <= lowest
