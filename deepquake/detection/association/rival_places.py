"""Which of several places an event was at, where its arrivals leave that open.

Stations in a line, or few of them, do not tell one side from the other: an event's misfit then has
several minima, here called places. Earthquakes come where others came: the place is chosen that is
likeliest by the arrivals and by where the other events of the run are, all settled together.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from deepquake.earth.geo import Floats
from deepquake.earth.location.locating import (
    ArrivalTimes,
    LocatedSource,
    deviations,
    locate_source,
    weighted_median,
)
from deepquake.earth.location.network_times import NetworkTimes
from deepquake.earth.location.origins import ASSUMED_RESIDUALS, N_UNKNOWN

FEW_STATIONS = 10  # more leave one place
MOST_PLACES = 5  # of an event
NODE_MARGIN, PLACE_MARGIN = 4.0, 5.0  # log likelihoods below the best that a place may have
# how far events of one source area lie apart, as a share of the network's width, and how many
# events are anywhere
AREA_SHARE, ANYWHERE = 0.1, 2.0
SETTLING_ROUNDS = 20


@dataclass(frozen=True, eq=False)
class RivalPlaces:
    """The places where an event may have been, best first, and their log likelihoods."""

    sources: tuple[LocatedSource, ...]
    likelihoods: Floats


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


def settled(
    events: Sequence[RivalPlaces], width_km: float, area_km2: float
) -> list[tuple[LocatedSource, float]]:
    """Return the likeliest place of each event by its arrivals and the other events.

    Parameters
    ----------
    events : sequence of RivalPlaces
        Those of a run.
    width_km : float
        The network's.
    area_km2 : float
        Over which sources are sought.

    Returns
    -------
    list of tuple
        Of each event its place, and how much likelier events are there than anywhere (log).
    """
    n_places = [len(places.sources) for places in events]
    event = np.repeat(np.arange(len(events)), n_places)
    sources = [source for places in events for source in places.sources]
    xy = np.array([source.xyz_km[:2] for source in sources])
    likely = np.exp(np.concatenate([e.likelihoods - e.likelihoods.max() for e in events]))
    distances = np.hypot(*(xy[:, None] - xy).transpose(2, 0, 1))
    reach_km = AREA_SHARE * width_km
    near = np.exp(-0.5 * (distances / reach_km) ** 2) * area_km2 / (2 * np.pi * reach_km**2)
    near[event[:, None] == event] = 0.0
    prior, share = np.ones(len(xy)), likely
    for _ in range(SETTLING_ROUNDS):
        share = likely * prior
        share /= np.bincount(event, share)[event]
        prior = (near @ share + ANYWHERE) / (len(events) - 1 + ANYWHERE)
    firsts = np.cumsum(n_places) - n_places
    best = [f + int(np.argmax(share[f : f + n])) for f, n in zip(firsts, n_places, strict=True)]
    return [(sources[k], float(np.log(prior[k]))) for k in best]


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
