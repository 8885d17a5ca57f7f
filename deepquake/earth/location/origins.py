"""What is told of a source that was located: its errors, its gap, and how its arrivals fit."""

import numpy as np
from numpy.typing import ArrayLike

from deepquake.earth.geo import Floats
from deepquake.earth.location.hypocentre import ArrivalFit, Hypocentre
from deepquake.earth.location.locating import ArrivalTimes, LocatedSource, deviations
from deepquake.earth.location.network_times import NetworkTimes

STEP_KM = 0.1  # for slopes of travel times
# residuals tell how far deviations are wrong; those assumed count as so many residuals more
ASSUMED_RESIDUALS = 4.0
LEAST_ABSOLUTE = np.pi / 2  # variance of a median, of normal residuals, over that of a mean
CIRCLE_68 = 1.515  # radius that holds 68 % of a round normal distribution, in deviations
LOOSE_KM = 1.0e3  # deviation of a place of which nothing is known


def hypocentre_of(times: NetworkTimes, source: LocatedSource, readings: ArrivalTimes) -> Hypocentre:
    """Return a source with its errors.

    Parameters
    ----------
    times : NetworkTimes
        The travel times.
    source : LocatedSource
        Where it is.
    readings : ArrivalTimes
        The arrivals it was located by.
    """
    latitude, longitude = times.geographic(source.xyz_km[0], source.xyz_km[1])
    horizontal_km, depth_km, time_s = _errors(times, source, readings)
    stations = np.unique(readings.station)
    x, y = times.x_km[stations], times.y_km[stations]
    azimuths = np.degrees(np.arctan2(x - source.xyz_km[0], y - source.xyz_km[1]))
    return Hypocentre(
        source.time_s,
        latitude,
        longitude,
        float(source.xyz_km[2]),
        time_error_s=time_s,
        horizontal_error_km=horizontal_km,
        depth_error_km=depth_km,
        rms_s=float(np.sqrt(np.mean(source.residuals_s**2))),
        gap_deg=largest_gap_deg(azimuths),
        n_picks=len(readings),
        n_stations=len(stations),
    )


def fits_of(
    times: NetworkTimes, source: LocatedSource, readings: ArrivalTimes
) -> tuple[ArrivalFit, ...]:
    """Return how each arrival fits a source.

    Parameters
    ----------
    times : NetworkTimes
        The travel times.
    source : LocatedSource
        Where it is.
    readings : ArrivalTimes
        The arrivals.
    """
    east, north = times.x_km[readings.station], times.y_km[readings.station]
    east, north = east - source.xyz_km[0], north - source.xyz_km[1]
    slopes = _slopes(times, source, readings)
    outward = np.hypot(slopes[:, 0], slopes[:, 1])
    takeoff = np.degrees(np.arctan2(outward, -slopes[:, 2]))
    azimuth = np.degrees(np.arctan2(east, north)) % 360
    travel_s = times(readings.station, readings.phase, source.xyz_km[None])[0]
    residuals = readings.time_s - source.time_s - travel_s
    far = np.abs(residuals) / deviations(times, readings, travel_s)
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


def _slopes(times: NetworkTimes, source: LocatedSource, readings: ArrivalTimes) -> Floats:
    """Return the slopes of travel times (m, 3) along x, y and z (s/km)."""
    steps = STEP_KM * np.concatenate([np.eye(3), -np.eye(3)])
    places = np.clip(source.xyz_km + steps, times.lower_km, times.upper_km)
    travel_s = times(readings.station, readings.phase, places)
    lengths = np.abs(places[:3] - places[3:]).sum(axis=1)
    return ((travel_s[:3] - travel_s[3:]) / lengths[:, None]).T


def _errors(
    times: NetworkTimes, source: LocatedSource, readings: ArrivalTimes
) -> tuple[float, float, float]:
    """Return the errors of epicentre and depth (km) and of origin time (s)."""
    travel_s = times(readings.station, readings.phase, source.xyz_km[None])[0]
    deviation_s = deviations(times, readings, travel_s)
    slopes = np.column_stack([_slopes(times, source, readings), np.ones(len(readings))])
    weighted = slopes / deviation_s[:, None]
    known = np.diag([LOOSE_KM**-2] * 3 + [1e-12])
    covariance = LEAST_ABSOLUTE * np.linalg.inv(weighted.T @ weighted + known)
    # the median residual is 0.674 deviations of normal ones; four are fitted away
    spare = max(len(readings) - 4, 0)
    scaled = source.residuals_s / deviation_s
    robust = np.minimum(np.abs(scaled), 3.0)
    seen = float(np.sum(robust**2)) * spare / max(len(readings), 1)
    variance = (ASSUMED_RESIDUALS + seen) / (ASSUMED_RESIDUALS + spare)
    covariance *= variance
    across = np.linalg.eigvalsh(covariance[:2, :2])
    # between a circle (1.515 deviations) and a line (1)
    ratio = np.sqrt(max(across[0], 0.0) / across[1])
    radius = np.sqrt(across[1]) * (1 + (CIRCLE_68 - 1) * ratio)
    return float(radius), float(np.sqrt(covariance[2, 2])), float(np.sqrt(covariance[3, 3]))
