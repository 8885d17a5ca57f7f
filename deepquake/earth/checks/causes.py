"""What is likely to be wrong where picks, events and stations do not fit: its name and figure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from deepquake.earth.checks.readings import (
    CURVE_KM,
    Coordinates,
    Curve,
    Indices,
    Mask,
    Readings,
    distances,
    hold_against,
    station_places,
)
from deepquake.earth.geo import KM_PER_DEGREE, Floats
from deepquake.earth.stations import Station

HALF_HOUR_S, MINUTE_S = 1800.0, 60.0
MOST_HOURS = 14.5  # by which clocks differ from UTC, anywhere on Earth
NEAR_FIGURE_S = 3.0  # how near a shift must be to a round figure to be called one
MOST_FIT = 0.8  # share of readings that a cause must explain
PLACES_A_SIDE = 9  # places a side, of the search for an epicentre
SEARCH_KM, FINEST_KM = 400.0, 2.0
SEARCH_DEPTHS_KM = 1.0, 8.0, 20.0, 40.0
LEAST_EVENTS = 5  # and records, that a shift of all times must bring together
MOST_INSIDE, FEW_INSIDE = 0.6, 0.25  # share of the events that it brings there, and of them before
RECORD_LEAD_S = 30.0  # by which a record may begin after the origin of its event
ENOUGH_TO_LOCATE = 6, 4  # readings and stations that a place must explain to be believed

Change = Callable[[Coordinates], Coordinates]
# Slips that put places on the wrong side of the Earth.
PLACE_SLIPS: Mapping[str, Change] = {
    "the sign of longitudes": lambda places: replace(places, longitude=-places.longitude),
    "the sign of latitudes": lambda places: replace(places, latitude=-places.latitude),
    "the signs of latitudes and longitudes": lambda places: replace(
        places, latitude=-places.latitude, longitude=-places.longitude
    ),
    "latitudes and longitudes exchanged": lambda places: replace(
        places, latitude=places.longitude, longitude=places.latitude
    ),
}
DEPTH_SLIPS: Mapping[str, Change] = {
    "depths in metres, read as kilometres": lambda places: replace(
        places, height_km=places.height_km / 1000
    ),
}


def shift_name(shift_s: float) -> str:
    """Return the likely cause of times that are off by some seconds."""
    size = abs(shift_s)
    half_hours, minutes = round(size / HALF_HOUR_S), round(size / MINUTE_S)
    if half_hours and abs(size - half_hours * HALF_HOUR_S) <= NEAR_FIGURE_S:
        if half_hours <= 2 * MOST_HOURS:
            return f"{half_hours / 2:g} h: local time taken as UTC, or the other way round?"
        if abs(size % 86400) <= NEAR_FIGURE_S or 86400 - size % 86400 <= NEAR_FIGURE_S:
            return "whole days: a slip of the date?"
    if minutes and abs(size - minutes * MINUTE_S) <= NEAR_FIGURE_S:
        if minutes == 1:
            return "a slip of the minute?"
        return f"{minutes} minutes: a slip of a digit?"
    if abs(size - 10) <= NEAR_FIGURE_S / 2:
        return "a slip of ten seconds?"
    return ""


def in_brackets(cause: str) -> str:
    """Return a cause as it stands behind a figure; nothing where there is none."""
    return f" ({cause})" if cause else ""


def place_slips(
    readings: Readings,
    curves: tuple[Curve, Curve],
    places: tuple[Coordinates, Coordinates],
    *,
    starts: ArrayLike = (0,),
    of_events: bool,
) -> list[str]:
    """Return the slip of places that makes most readings of each group fit.

    Parameters
    ----------
    readings : Readings
        Those to explain, one group after another.
    curves : tuple of Curve
        What they should fit.
    places : tuple of Coordinates
        Those of event and station of each reading, as they were given.
    starts : array_like of int
        The first reading of each group.
    of_events : bool
        Whether the slip is one of the events, else of the stations.

    Returns
    -------
    list of str
        The name of each; empty where there is none.
    """
    sources, receivers = places
    starts = np.asarray(starts, np.intp)
    counts = np.diff(starts, append=len(readings))
    best, best_share = [""] * len(starts), np.full(len(starts), MOST_FIT)
    for name, change in {**PLACE_SLIPS, **(DEPTH_SLIPS if of_events else {})}.items():
        moved = (change(sources), receivers) if of_events else (sources, change(receivers))
        share = np.add.reduceat(_fits_at(readings, curves, moved).astype(int), starts) / counts
        better = np.flatnonzero(share > best_share)
        best_share[better] = share[better]
        for k in better.tolist():
            best[k] = name
    return best


def _fits_at(
    readings: Readings, curves: tuple[Curve, Curve], places: tuple[Coordinates, Coordinates]
) -> Mask:
    """Return which readings would fit at other places; none at what is not on Earth or far off."""
    surface_km, straight_km = distances(*places)
    moved = replace(readings, surface_km=surface_km, straight_km=straight_km)
    with np.errstate(invalid="ignore"):
        return ~hold_against(moved, curves).off & (straight_km <= CURVE_KM)


def after_slip(stations: Sequence[Station], slip: str) -> list[Station]:
    """Return the stations where they stand once a slip of their coordinates is undone.

    Parameters
    ----------
    stations : sequence of Station
        As they were given.
    slip : str
        Its name, as ``place_slip`` returns it.

    Returns
    -------
    list of Station
        In the same order.
    """
    places = PLACE_SLIPS[slip](station_places(stations))
    return [
        replace(station, latitude=float(latitude), longitude=float(longitude))
        for station, latitude, longitude in zip(
            stations, places.latitude, places.longitude, strict=True
        )
    ]


def fitting_place(
    readings: Readings, curves: tuple[Curve, Curve], here: Coordinates
) -> tuple[float, float] | None:
    """Return an epicentre from which the readings of an event would fit, with its time left free.

    A grid around the stations that gets finer; the best place has the least median misfit from
    the median.

    Parameters
    ----------
    readings : Readings
        Those of the event.
    curves : tuple of Curve
        What they should fit.
    here : Coordinates
        Where the station of each stands.

    Returns
    -------
    tuple of float or None
        Latitude and longitude (degrees); None where readings are too few, or fit nowhere.
    """
    phase, travel_s = readings.phase, readings.travel_s
    n_readings, n_stations = ENOUGH_TO_LOCATE
    if len(readings) < n_readings or len(np.unique(readings.station)) < n_stations:
        return None
    centre = np.array([np.median(here.latitude), np.median(here.longitude)])
    half_km = SEARCH_KM
    allowed_s = np.array([curve.allowed_s for curve in curves])[phase]
    misfit_s = np.full(len(readings), np.inf)
    while half_km > FINEST_KM:
        steps = np.linspace(-half_km, half_km, PLACES_A_SIDE) / KM_PER_DEGREE
        wide = steps / max(np.cos(np.radians(centre[0])), 0.05)
        lat, lon = (axis.ravel() for axis in np.meshgrid(centre[0] + steps, centre[1] + wide))
        left_s = _left_over(travel_s, phase, curves, lat=lat, lon=lon, at=here)
        cost = np.mean(np.abs(left_s), axis=2)
        depth, k = np.unravel_index(int(np.argmin(cost)), cost.shape)
        misfit_s, centre = left_s[depth, k], np.array([lat[k], lon[k]])
        half_km /= 2.5
    fits = np.abs(misfit_s) <= allowed_s
    return (float(centre[0]), float(centre[1])) if fits.all() else None


def _left_over(
    travel_s: Floats,
    phase: Indices,
    curves: tuple[Curve, Curve],
    *,
    lat: Floats,
    lon: Floats,
    at: Coordinates,
) -> Floats:
    """Return what is left of times (depths, places, readings) when their median is taken off."""
    depths_km = np.array(SEARCH_DEPTHS_KM)[:, np.newaxis, np.newaxis]
    sources = Coordinates(lat[:, np.newaxis], lon[:, np.newaxis], depths_km)
    _, x_km = distances(sources, at)
    expected_s = np.empty_like(x_km)
    for number, curve in enumerate(curves):
        expected_s[..., phase == number] = curve.times_s(x_km[..., phase == number])
    left_s = travel_s - expected_s
    return left_s - np.median(left_s, axis=2, keepdims=True)


def hour_shift(times_s: Sequence[float] | Floats, spans_s: Floats) -> tuple[float, int, int] | None:
    """Return the shift by half hours after which events fall into the records, if now none do.

    Parameters
    ----------
    times_s : array_like of float
        Origin times, or those of picks (seconds since 1970 UTC).
    spans_s : numpy.ndarray of float, shape (n, 2)
        Start and end of the records, in order and apart (seconds since 1970 UTC).

    Returns
    -------
    tuple or None
        The shift (s), and how many times lie in records after it and now; None where the times
        are right as they are, or no shift helps.
    """
    times = np.asarray(times_s, float)
    times = times[np.isfinite(times)]
    if len(times) < LEAST_EVENTS or not len(spans_s):
        return None
    now, _ = _inside(times, spans_s)
    if now > FEW_INSIDE * len(times):  # as it is as a rule
        return None
    steps = np.arange(1, round(2 * MOST_HOURS) + 1)
    shifts = sorted((sign * HALF_HOUR_S * k for k in steps for sign in (-1, 1)), key=abs)
    counts = [_inside(times + shift, spans_s) for shift in shifts]
    best = max(range(len(shifts)), key=lambda k: (counts[k][0], -k))
    n_inside, n_spans = counts[best]
    # that all events fall into one long record by chance is easy, into many short ones it is not
    if n_spans < LEAST_EVENTS or n_inside < MOST_INSIDE * len(times):
        return None
    return (float(shifts[best]), n_inside, now) if now <= FEW_INSIDE * n_inside else None


def _inside(times_s: Floats, spans_s: Floats) -> tuple[int, int]:
    """Return how many times lie in the spans, or shortly before one, and in how many of them."""
    number = np.searchsorted(spans_s[:, 1], times_s)
    starts = np.append(spans_s[:, 0], np.inf)[number]
    inside = times_s >= starts - RECORD_LEAD_S
    return int(inside.sum()), len(np.unique(number[inside]))
