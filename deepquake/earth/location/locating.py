"""The place and time that fit a set of arrivals best: least absolute residuals, in a shrinking box.

All nodes of a box are tried at once; the next box is smaller, around the best of them.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deepquake.earth.geo import Floats
from deepquake.earth.location.network_times import NetworkTimes

NODES = 5  # of a box, along each axis
SHRINK, SMALLEST_BOX_KM, MOST_BOXES = 0.6, 0.02, 40
SLOPE_KM, FIT_KM, FIT_STEPS, FIRST_DAMPING = 0.2, 0.02, 12, 0.01


@dataclass(frozen=True)
class LocatedSource:
    """A place on the plane of a network, and the origin time there."""

    xyz_km: Floats
    time_s: float
    misfit: float  # mean absolute residual in its deviations
    residuals_s: Floats  # observed less computed, of each arrival


@dataclass(frozen=True, eq=False)
class ArrivalTimes:
    """Arrivals in numbers: station and phase (0 P, 1 S), time and how well it is known."""

    station: NDArray[np.intp]
    phase: NDArray[np.intp]
    time_s: Floats
    deviation_s: Floats  # of the time read

    def __getitem__(self, which: NDArray) -> "ArrivalTimes":
        """Return some of them."""
        return ArrivalTimes(
            self.station[which], self.phase[which], self.time_s[which], self.deviation_s[which]
        )

    def __len__(self) -> int:
        return len(self.time_s)


def deviations(times: NetworkTimes, arrivals: ArrivalTimes, travel_s: Floats) -> Floats:
    """Return the deviations of residuals: of the time read and of the travel time together.

    Parameters
    ----------
    times : NetworkTimes
        The travel times, which leave a share of themselves open.
    arrivals : ArrivalTimes
        The arrivals.
    travel_s : numpy.ndarray of float
        Their travel times (s).
    """
    return np.hypot(arrivals.deviation_s, times.share_open * travel_s)


def locate_source(
    times: NetworkTimes,
    arrivals: ArrivalTimes,
    start_km: Floats,
    reach_km: Floats,
    open_s: float = 0.0,
) -> LocatedSource:
    """Return the source of least absolute residuals, each in its own deviations.

    Parameters
    ----------
    times : NetworkTimes
        The travel times.
    arrivals : ArrivalTimes
        The arrivals.
    start_km : numpy.ndarray of float, shape (3,)
        Where the first box is (x, y, z in km).
    reach_km : numpy.ndarray of float, shape (3,)
        How far it reaches to either side (km).
    open_s : float, optional
        What is open of each time besides its own deviation (s).
    """
    centre, reach = np.array(start_km, float), np.array(reach_km, float)
    steps = np.linspace(-1, 1, NODES)
    offsets = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).reshape(-1, 3)
    # The arrivals' weights are those at the start: a weight that changes with place would draw the
    # source away, to where travel times are long and leave much open.
    deviation_s = deviations(times, arrivals, _travel_s(times, arrivals, centre))
    weights = 1 / np.hypot(deviation_s, open_s)
    for _ in range(MOST_BOXES):
        places = np.clip(centre + offsets * reach, times.lower_km, times.upper_km)
        travel_s = times(arrivals.station, arrivals.phase, places)
        origins_s = weighted_median(arrivals.time_s - travel_s, weights)
        misfits = np.abs(arrivals.time_s - travel_s - origins_s[:, None]) @ weights
        best = int(np.argmin(misfits))
        at_edge = (np.abs(offsets[best]) == 1) & (places[best] != centre)
        centre = places[best]
        # along an axis whose edge is best the box moves before it shrinks
        reach = np.where(at_edge, reach, reach * SHRINK)
        if reach.max() < SMALLEST_BOX_KM:
            break
    residuals = arrivals.time_s - travel_s[best] - origins_s[best]
    misfit = float(misfits[best] / len(weights))
    return LocatedSource(centre, float(origins_s[best]), misfit, residuals)


def fit_source(
    times: NetworkTimes,
    arrivals: ArrivalTimes,
    start_km: Floats,
    reach_km: Floats,
    open_s: float,
) -> LocatedSource:
    """Return the source of least squares near a place: quick, for arrivals that may be one's.

    Parameters
    ----------
    times : NetworkTimes
        The travel times.
    arrivals : ArrivalTimes
        The arrivals.
    start_km : numpy.ndarray of float, shape (3,)
        Where to begin (x, y, z in km).
    reach_km : numpy.ndarray of float, shape (3,)
        The longest step (km).
    open_s : float
        What is open of each time besides its own deviation (s).
    """
    place, damping = np.array(start_km, float), FIRST_DAMPING
    deviation_s = deviations(times, arrivals, _travel_s(times, arrivals, place))
    weights = 1 / (deviation_s**2 + open_s**2)
    weights /= weights.sum()
    residuals, slopes, time_s = _linear(times, arrivals, place, weights)
    for _ in range(FIT_STEPS):
        weighted = slopes * weights[:, None]
        normal = weighted.T @ slopes
        step = np.linalg.solve(
            normal + damping * np.diag(np.diag(normal) + 1e-6), weighted.T @ residuals
        )
        nearest = np.maximum(times.lower_km, place - reach_km)
        tried = np.clip(place + step, nearest, np.minimum(times.upper_km, place + reach_km))
        new_residuals, new_slopes, new_time_s = _linear(times, arrivals, tried, weights)
        if weights @ new_residuals**2 < weights @ residuals**2:
            moved = float(np.abs(tried - place).max())
            place, residuals, slopes, time_s = tried, new_residuals, new_slopes, new_time_s
            damping *= 0.2
            if moved < FIT_KM:
                break
        else:
            damping *= 8
    misfit = float(np.mean(np.abs(residuals) / deviation_s))
    return LocatedSource(place, time_s, misfit, residuals)


def _linear(
    times: NetworkTimes, arrivals: ArrivalTimes, xyz_km: Floats, weights: Floats
) -> tuple[Floats, Floats, float]:
    """Return residuals and slopes (m, 3), both without their weighted mean, and the origin time."""
    steps = np.concatenate([np.zeros((1, 3)), SLOPE_KM * np.eye(3), -SLOPE_KM * np.eye(3)])
    travel_s = times(arrivals.station, arrivals.phase, xyz_km + steps)
    slopes = (travel_s[1:4] - travel_s[4:]).T / (2 * SLOPE_KM)
    origins_s = arrivals.time_s - travel_s[0]
    time_s = float(weights @ origins_s)
    return origins_s - time_s, slopes - weights @ slopes, time_s


def weighted_median(values: Floats, weights: Floats) -> Floats:
    """Return the weighted median of each row.

    Parameters
    ----------
    values : numpy.ndarray of float, shape (k, m)
        The rows.
    weights : numpy.ndarray of float, shape (m,)
        Weights of the columns.

    Returns
    -------
    numpy.ndarray of float, shape (k,)
        The middle between two values where the weights on both sides are alike.
    """
    order = np.argsort(values, axis=1)
    ranked = np.take_along_axis(values, order, axis=1)
    share = np.cumsum(weights[order], axis=1)
    half = share[:, -1:] / 2
    upper = np.argmax(share > half * (1 + 1e-12), axis=1)
    lower = np.argmax(share >= half * (1 - 1e-12), axis=1)
    rows = np.arange(len(values))
    return (ranked[rows, lower] + ranked[rows, upper]) / 2


def _travel_s(times: NetworkTimes, arrivals: ArrivalTimes, xyz_km: Floats) -> Floats:
    return times(arrivals.station, arrivals.phase, xyz_km[None])[0]
