"""The P and S of a catalogue as arrays, and the travel times that they tell by themselves.

Slowness over straight distance is a running median over the readings of a phase, so that no model
of the region is needed, and a few wrong readings, events or stations do not bend it. From below the
crust, as from a slab, rays are faster than from as far within it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deepquake.catalog.events import Event, is_located
from deepquake.earth.geo import Floats, distance_km
from deepquake.earth.stations import Station

Mask = NDArray[np.bool_]
Indices = NDArray[np.intp]

CURVE_KM = 500.0  # beyond, straight distance does not tell travel times
UNKNOWN_DEPTH_KM, DEEPEST_CRUST_KM = 10.0, 60.0
MANTLE_KM = 30.0  # a ray from below may come through the mantle
# Fastest and slowest P and S over CURVE_KM at most (from the upper mantle's Pn and Sn to the
# sediments of a basin), and over the whole Earth along the surface (km/s).
NEAR_KM_S = ((8.6, 3.0), (5.0, 1.6))
FAR_KM_S = ((15.0, 5.5), (8.5, 2.9))
# What a P and an S may differ from their curve: so many seconds, so many times the spread of all
# readings, or so large a share of the travel time, whichever is most.
LEAST_MISFIT_S = 1.5, 2.0
SPREADS = 5.0, 6.0
SHARE_OF_TIME = 0.05
BEYOND_S_KM = 0.08, 0.15  # more for each km past either end of a curve, far and near
FEW, ENOUGH = 5, 20  # readings for one velocity, and for a curve
BIN_READINGS, MOST_BINS = 20, 30
SHALLOW_SHARE = 0.25  # of the readings, from which on those of the crust alone tell the curve
MOST_FITTED = 10_000  # readings that tell a curve; more tell it no better
MOST_LEFT_OUT = 40  # stations left out in turn: of more, none bends a curve
TO_SIGMA = 1.4826  # times the median absolute deviation: the standard deviation of a normal law


@dataclass(frozen=True)
class Readings:
    """Every first P and S in use of located events at stations whose place is known.

    ``event`` and ``station`` are numbers in the sequences given; ``travel_s`` is counted from the
    origin time, ``surface_km`` and ``straight_km`` from the epicentre and the hypocentre.
    """

    picks: NDArray[np.object_]  # of Pick
    event: Indices
    station: Indices
    phase: Indices  # 0 is P, 1 is S
    travel_s: Floats
    surface_km: Floats
    straight_km: Floats
    depth_unknown: Mask
    beside_manual: Mask  # automatic, where there is a manual one of that phase too

    def __len__(self) -> int:
        return len(self.picks)

    @property
    def from_mantle(self) -> Mask:
        """Which are of events so deep that rays may come through the mantle."""
        depth_km = np.sqrt(np.maximum(self.straight_km**2 - self.surface_km**2, 0.0))
        return (depth_km > MANTLE_KM) & ~self.depth_unknown

    def some(self, numbers: Indices) -> "Readings":
        """Return the readings of those numbers."""
        return Readings(**{name: values[numbers] for name, values in vars(self).items()})


@dataclass(frozen=True)
class Coordinates:
    """Latitudes, longitudes (degrees), and depths or heights (km) of events and stations."""

    latitude: Floats
    longitude: Floats
    height_km: Floats  # of a station, above sea level; of an event its depth, NaN where unknown

    def some(self, numbers: Indices) -> "Coordinates":
        """Return the places of those numbers, in that order."""
        return Coordinates(*(values[numbers] for values in vars(self).values()))


def event_places(events: Sequence[Event]) -> Coordinates:
    """Return where the events were; NaN where nobody knows."""
    rows = [(e.latitude, e.longitude, e.depth_km) if is_located(e) else (None,) * 3 for e in events]
    return Coordinates(*np.array(rows, float).reshape(-1, 3).T)


def station_places(stations: Sequence[Station]) -> Coordinates:
    """Return where the stations stand."""
    rows = [(s.latitude, s.longitude, s.elevation_m / 1000) for s in stations]
    return Coordinates(*np.array(rows, float).reshape(-1, 3).T)


def distances(sources: Coordinates, receivers: Coordinates) -> tuple[Floats, Floats]:
    """Return how far stations are from events.

    Parameters
    ----------
    sources, receivers : Coordinates
        Those of the events and of the stations, in pairs; shapes are broadcast.

    Returns
    -------
    tuple of numpy.ndarray of float
        Along the surface and straight (km); an unknown depth is taken as 10 km.
    """
    surface_km = distance_km(
        lat1=sources.latitude,
        lon1=sources.longitude,
        lat2=receivers.latitude,
        lon2=receivers.longitude,
    )
    depth_km = np.nan_to_num(sources.height_km, nan=UNKNOWN_DEPTH_KM)
    return surface_km, np.hypot(surface_km, depth_km + receivers.height_km)


@dataclass(frozen=True)
class Curve:
    """Travel time of a phase over straight distance: its slowness at some distances, and spread.

    ``allowed_s`` is what a reading may differ by at least, ``allowed_share`` of the travel time.
    """

    at_km: Floats
    slowness_s_km: Floats
    spread_s: float
    allowed_s: float
    allowed_share: float

    def times_s(self, straight_km: ArrayLike) -> Floats:
        """Return the travel times over some distances (km)."""
        straight_km = np.asarray(straight_km, float)
        return straight_km * np.interp(straight_km, self.at_km, self.slowness_s_km)

    def margins_s(self, straight_km: ArrayLike) -> Floats:
        """Return how far readings at some distances (km) may be from the curve."""
        straight_km = np.asarray(straight_km, float)
        far, near = BEYOND_S_KM
        beyond_s = far * np.maximum(straight_km - self.at_km[-1], 0)
        beyond_s += near * np.maximum(self.at_km[0] - straight_km, 0)
        share_s = self.allowed_share * self.times_s(straight_km)
        return np.maximum(self.allowed_s, share_s) + beyond_s


def fit_curve(phase: int, straight_km: Floats, travel_s: Floats) -> Curve:
    """Return the running median of slowness over distance.

    With less than 20 readings it is one velocity, with less than 5 a usual one of the crust, and
    both have wide margins.

    Parameters
    ----------
    phase : int
        0 is P, 1 is S.
    straight_km, travel_s : numpy.ndarray of float
        Distances (km) and travel times (s) of the readings that are physically possible.

    Returns
    -------
    Curve
        What most readings say.
    """
    n = len(straight_km)
    if n < FEW:
        fast, slow = NEAR_KM_S[phase]
        slowness = np.array([(1 / fast + 1 / slow) / 2])
        share = (slow**-1 - fast**-1) / 2 / slowness[0]
        return Curve(np.array([0.0]), slowness, spread_s=np.nan, allowed_s=2.0, allowed_share=share)
    order = np.argsort(straight_km, kind="stable")
    n_bins = min(max(n // BIN_READINGS, 1), MOST_BINS) if n >= ENOUGH else 1
    bins = np.array_split(order, n_bins)
    slowness_s_km = travel_s / np.maximum(straight_km, 0.1)
    at_km = np.array([np.median(straight_km[part]) for part in bins])
    slowness = np.array([np.median(slowness_s_km[part]) for part in bins])
    curve = Curve(at_km, slowness, spread_s=0.0, allowed_s=0.0, allowed_share=0.0)
    misfit_s = travel_s - curve.times_s(straight_km)
    spread_s = TO_SIGMA * float(np.median(np.abs(misfit_s)))
    few = n < ENOUGH
    allowed_s = max(2.0 if few else LEAST_MISFIT_S[phase], SPREADS[phase] * spread_s)
    share = 0.2 if few else SHARE_OF_TIME
    return Curve(at_km, slowness, spread_s, allowed_s=allowed_s, allowed_share=share)


def is_possible(readings: Readings) -> Mask:
    """Return which readings any Earth could have: neither too early nor too late by 2 s."""
    earliest_s, latest_s = possible_s(readings)
    return (readings.travel_s >= earliest_s - 2) & (readings.travel_s <= latest_s + 2)


def possible_s(readings: Readings) -> tuple[Floats, Floats]:
    """Return the earliest and the latest travel time that any Earth allows (s)."""
    near, far = (np.array(pairs).T[:, readings.phase] for pairs in (NEAR_KM_S, FAR_KM_S))
    is_near = readings.straight_km <= CURVE_KM
    straight_km, surface_km = readings.straight_km, readings.surface_km
    deep_km = np.where(readings.depth_unknown, np.hypot(surface_km, DEEPEST_CRUST_KM), straight_km)
    earliest_s = np.where(is_near, straight_km / near[0], surface_km / far[0])
    latest_s = np.where(is_near, deep_km / near[1], surface_km / far[1])
    return earliest_s, latest_s


@dataclass(frozen=True)
class Misfits:
    """What the readings differ by from what is expected (s), and what they may differ by."""

    seconds: Floats
    allowed_s: Floats

    @property
    def off(self) -> Mask:
        """Which readings do not fit."""
        return np.abs(self.seconds) > self.allowed_s

    def some(self, numbers: Indices) -> "Misfits":
        """Return the misfits of the readings of those numbers."""
        return Misfits(self.seconds[numbers], self.allowed_s[numbers])


def fit_curves(readings: Readings, trusted: Mask) -> tuple[Curve, Curve]:
    """Return the curves of P and of S.

    Parameters
    ----------
    readings : Readings
        All of them.
    trusted : numpy.ndarray of bool
        Which of them to use, if they are possible.

    Returns
    -------
    tuple of Curve
        P, S.
    """
    usable = trusted & is_possible(readings) & (readings.straight_km <= CURVE_KM)
    usable &= ~(readings.depth_unknown | readings.beside_manual)
    of_phase = [
        _thinned(_of_crust(usable & (readings.phase == phase), readings)) for phase in (0, 1)
    ]
    p, s = (
        fit_curve(phase, readings.straight_km[some], readings.travel_s[some])
        for phase, some in enumerate(of_phase)
    )
    return p, s


def _of_crust(usable: Mask, readings: Readings) -> Mask:
    """Return the readings of the crust among those usable, or all where those are few."""
    of_crust = usable & ~readings.from_mantle
    n_least = max(FEW, SHALLOW_SHARE * np.count_nonzero(usable))
    return of_crust if np.count_nonzero(of_crust) >= n_least else usable


def _thinned(mask: Mask) -> Indices:
    """Return numbers of true values, evenly spread: as many as a curve needs."""
    numbers = np.flatnonzero(mask)
    return numbers[:: max(1, len(numbers) // MOST_FITTED)]


def hold_against(readings: Readings, curves: tuple[Curve, Curve]) -> Misfits:
    """Return how well the readings fit the curves, and farther off what any Earth allows.

    Parameters
    ----------
    readings : Readings
        All of them.
    curves : tuple of Curve
        Those of P and of S.

    Returns
    -------
    Misfits
        Of each reading.
    """
    x_km, is_s_phase = readings.straight_km, readings.phase == 1
    expected_s = _by_phase(is_s_phase, [curve.times_s(x_km) for curve in curves])
    allowed_s = _by_phase(is_s_phase, [curve.margins_s(x_km) for curve in curves])
    # an unknown depth may be any of the crust: a late P may come from below
    deep_km = np.hypot(readings.surface_km, DEEPEST_CRUST_KM)
    shallow_s, deep_s = (
        _by_phase(is_s_phase, [curve.times_s(at_km) for curve in curves])
        for at_km in (readings.surface_km, deep_km)
    )
    any_depth_s = np.clip(readings.travel_s, shallow_s, np.maximum(shallow_s, deep_s))
    expected_s = np.where(readings.depth_unknown, any_depth_s, expected_s)
    earliest_s, latest_s = possible_s(readings)
    early_s = np.clip(readings.travel_s, np.minimum(earliest_s, expected_s), expected_s)
    expected_s = np.where(readings.from_mantle, early_s, expected_s)
    far = x_km > CURVE_KM
    expected_s = np.where(far, np.clip(readings.travel_s, earliest_s, latest_s), expected_s)
    allowed_s = np.where(far, 5.0, allowed_s)
    return Misfits(readings.travel_s - expected_s, allowed_s)


def hold_against_others(readings: Readings, trusted: Mask) -> Misfits:
    """Return how well the readings of each station fit the curves of all the others.

    Parameters
    ----------
    readings : Readings
        All of them.
    trusted : numpy.ndarray of bool
        Which of them the curves are fitted to.

    Returns
    -------
    Misfits
        Of each reading.
    """
    order = np.argsort(readings.station, kind="stable")
    numbers, starts = np.unique(readings.station[order], return_index=True)
    if not 1 < len(numbers) <= MOST_LEFT_OUT:
        return hold_against(readings, fit_curves(readings, trusted))
    usable = np.flatnonzero(trusted & is_possible(readings))
    sample = readings.some(usable[:: max(1, len(usable) // (4 * MOST_FITTED))])
    seconds, allowed_s = np.empty(len(readings)), np.empty(len(readings))
    for number, part in zip(numbers.tolist(), np.split(order, starts[1:]), strict=True):
        curves = fit_curves(sample, sample.station != number)
        found = hold_against(readings.some(part), curves)
        seconds[part], allowed_s[part] = found.seconds, found.allowed_s
    return Misfits(seconds, allowed_s)


def other_phase_s(readings: Readings, curves: tuple[Curve, Curve]) -> Floats:
    """Return by how much readings would be off if each P were an S and each S a P (s).

    Parameters
    ----------
    readings : Readings
        All of them.
    curves : tuple of Curve
        Those of P and of S.

    Returns
    -------
    numpy.ndarray of float
        Of each reading; without meaning far off.
    """
    times_s = [curve.times_s(readings.straight_km) for curve in curves]
    return readings.travel_s - _by_phase(readings.phase == 0, times_s)


def _by_phase(is_s_phase: Mask, values: Sequence[Floats]) -> Floats:
    return np.where(is_s_phase, values[1], values[0])
