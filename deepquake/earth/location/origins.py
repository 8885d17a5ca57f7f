"""What is told of a source that was located: its errors, its gap, and how its arrivals fit."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from deepquake.earth.geo import Floats
from deepquake.earth.location.hypocentre import ArrivalFit, Hypocentre
from deepquake.earth.location.locating import ArrivalTimes, LocatedSource, deviations
from deepquake.earth.location.network_times import NetworkTimes

STEP_KM = 0.1  # for slopes of travel times
# residuals tell how far deviations are wrong; those assumed count as so many residuals more
ASSUMED_RESIDUALS = 2.0
LEAST_ABSOLUTE = np.pi / 2  # variance of a median, of normal residuals, over that of a mean
CIRCLE_68 = 1.515  # radius that holds 68 % of a round normal distribution, in deviations
N_UNKNOWN, SHARES_TRIED = 4, 9  # place and time; shares of travel times that may be open
LOOSE_KM = 1.0e3  # deviation of a place of which nothing is known


@dataclass(frozen=True)
class Leeway:
    """How far from a source other places lie that together with it hold 68 % of what is likely."""

    horizontal_km: float
    depth_km: float
    time_s: float


CERTAIN = Leeway(0.0, 0.0, 0.0)


def hypocentre_of(
    times: NetworkTimes, source: LocatedSource, arrivals: ArrivalTimes, leeway: Leeway = CERTAIN
) -> Hypocentre:
    """Return a source with its errors.

    Parameters
    ----------
    times : NetworkTimes
        The travel times.
    source : LocatedSource
        Where it is.
    arrivals : ArrivalTimes
        The arrivals it was located by.
    leeway : Leeway, optional
        What other places that fit as well leave open.
    """
    latitude, longitude = times.geographic(source.xyz_km[0], source.xyz_km[1])
    horizontal_km, depth_km, time_s = _errors(times, source, arrivals)
    stations = np.unique(arrivals.station)
    x, y = times.x_km[stations], times.y_km[stations]
    azimuths = np.degrees(np.arctan2(x - source.xyz_km[0], y - source.xyz_km[1]))
    return Hypocentre(
        source.time_s,
        latitude,
        longitude,
        float(source.xyz_km[2]),
        time_error_s=max(time_s, leeway.time_s),
        horizontal_error_km=max(horizontal_km, leeway.horizontal_km),
        depth_error_km=max(depth_km, leeway.depth_km),
        rms_s=float(np.sqrt(np.mean(source.residuals_s**2))),
        gap_deg=largest_gap_deg(azimuths),
        n_picks=len(arrivals),
        n_stations=len(stations),
    )


def fits_of(
    times: NetworkTimes, source: LocatedSource, arrivals: ArrivalTimes
) -> tuple[ArrivalFit, ...]:
    """Return how each arrival fits a source.

    Parameters
    ----------
    times : NetworkTimes
        The travel times.
    source : LocatedSource
        Where it is.
    arrivals : ArrivalTimes
        The arrivals.
    """
    east, north = times.x_km[arrivals.station], times.y_km[arrivals.station]
    east, north = east - source.xyz_km[0], north - source.xyz_km[1]
    slopes = _slopes(times, source, arrivals)
    outward = np.hypot(slopes[:, 0], slopes[:, 1])
    takeoff = np.degrees(np.arctan2(outward, -slopes[:, 2]))
    azimuth = np.degrees(np.arctan2(east, north)) % 360
    travel_s = times(arrivals.station, arrivals.phase, source.xyz_km[None])[0]
    residuals = arrivals.time_s - source.time_s - travel_s
    far = np.abs(residuals) / deviations(times, arrivals, travel_s)
    weights = 1 / np.maximum(far, 1.0)  # of least absolute residuals
    return tuple(
        ArrivalFit(float(r), float(d), float(a), float(t), float(w))
        for r, d, a, t, w in zip(
            residuals, np.hypot(east, north), azimuth, takeoff, weights, strict=True
        )
    )


def largest_gap_deg(azimuths_deg: ArrayLike) -> float:
    """Return the largest angle without a station, by the azimuths of the stations (degrees)."""
    azimuths = np.sort(np.asarray(azimuths_deg, float) % 360)
    return float(np.max(np.diff(azimuths, append=azimuths[0] + 360)))


def _slopes(times: NetworkTimes, source: LocatedSource, arrivals: ArrivalTimes) -> Floats:
    """Return the slopes of travel times (m, 3) along x, y and z (s/km)."""
    steps = STEP_KM * np.concatenate([np.eye(3), -np.eye(3)])
    places = np.clip(source.xyz_km + steps, times.lower_km, times.upper_km)
    travel_s = times(arrivals.station, arrivals.phase, places)
    lengths = np.abs(places[:3] - places[3:]).sum(axis=1)
    return ((travel_s[:3] - travel_s[3:]) / lengths[:, None]).T


def _errors(
    times: NetworkTimes, source: LocatedSource, arrivals: ArrivalTimes
) -> tuple[float, float, float]:
    """Return the errors of epicentre and depth (km) and of origin time (s)."""
    slopes = np.column_stack([_slopes(times, source, arrivals), np.ones(len(arrivals))])
    deviation_s = _deviations_seen(times, source, arrivals)
    weighted = slopes / deviation_s[:, None]
    known = np.diag([LOOSE_KM**-2] * 3 + [1e-12])
    covariance = LEAST_ABSOLUTE * np.linalg.inv(weighted.T @ weighted + known)
    across = np.linalg.eigvalsh(covariance[:2, :2])
    # between a circle (1.515 deviations) and a line (1)
    ratio = np.sqrt(max(across[0], 0.0) / across[1])
    radius = np.sqrt(across[1]) * (1 + (CIRCLE_68 - 1) * ratio)
    return float(radius), float(np.sqrt(covariance[2, 2])), float(np.sqrt(covariance[3, 3]))


def _deviations_seen(times: NetworkTimes, source: LocatedSource, arrivals: ArrivalTimes) -> Floats:
    """Return the deviations of times (s) that residuals and what was assumed together tell.

    The share of travel times that is open is the likeliest by the residuals; what they are still
    smaller or larger than that is the arrivals'.
    """
    travel_s = times(arrivals.station, arrivals.phase, source.xyz_km[None])[0]
    n_spare = max(len(arrivals) - N_UNKNOWN, 0)
    # what was fitted has made residuals smaller
    squares = source.residuals_s**2 * len(arrivals) / max(n_spare, 1)
    shares = np.linspace(0, 2, SHARES_TRIED)[:, None] * times.share_open
    variances = arrivals.deviation_s**2 + (shares * travel_s) ** 2
    likelihood = -0.5 * (np.log(variances) + squares / variances).sum(axis=1) * (n_spare > 0)
    prior = -0.5 * (shares[:, 0] / times.share_open - 1) ** 2
    variance = variances[int(np.argmax(likelihood + prior))]
    seen = float(np.sum(source.residuals_s**2 / variance)) if n_spare else 0.0
    return np.sqrt(variance * (ASSUMED_RESIDUALS + seen) / (ASSUMED_RESIDUALS + n_spare))
