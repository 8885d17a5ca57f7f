"""Which P arrives when at which station: picked, estimated, or known only to exist."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deepquake.catalog.events import Event, Pick, is_at, is_p, is_usable
from deepquake.earth.geo import distance_km
from deepquake.earth.stations import Station

FAR_KM = 500.0  # beyond, neither one velocity nor a flat model tells the time of P
FASTEST_KM_S, SLOWEST_KM_S = 15.0, 5.5  # of a P over a far distance, along the surface

TravelTime = Callable[[ArrayLike, ArrayLike, float], NDArray[np.float64]]
"""Seconds of P over (epicentral distance in km, depth in km, station elevation in m)."""


@dataclass(frozen=True)
class MeanVelocity:
    """The travel time along a straight ray at one velocity, in km/h."""

    km_per_h: float

    def __call__(
        self, distance_km: ArrayLike, depth_km: ArrayLike, elevation_m: float
    ) -> NDArray[np.float64]:
        """Return seconds over epicentral distance (km), depth (km) and station elevation (m)."""
        height_km = np.asarray(depth_km, float) + elevation_m / 1000
        return np.hypot(distance_km, height_km) / (self.km_per_h / 3600)


MANTLE_P = MeanVelocity(8.5 * 3600)  # no P over less than 500 km comes earlier
MOST_EARLY_S = 6.0  # up to here a velocity chosen for the region and the usual guard suffice


@dataclass(frozen=True)
class Arrivals:
    """The P arrivals at one station. Times are seconds since 1970 UTC, sorted."""

    picked_s: NDArray[np.float64]
    picked_events: NDArray[np.intp]  # index into the events given
    estimated_s: NDArray[np.float64]
    estimated_events: NDArray[np.intp]
    unknown: list[tuple[float, float]]
    """Intervals in which the P of a known event may lie, though nobody can tell where."""

    def between(self, start_s: float, end_s: float) -> "Arrivals":
        """Return the arrivals from ``start_s`` to ``end_s`` and the unknown ones that touch it."""
        picked = slice(*np.searchsorted(self.picked_s, (start_s, end_s)))
        estimated = slice(*np.searchsorted(self.estimated_s, (start_s, end_s)))
        return Arrivals(
            self.picked_s[picked],
            self.picked_events[picked],
            self.estimated_s[estimated],
            self.estimated_events[estimated],
            [(a, b) for a, b in self.unknown if a <= end_s and b >= start_s],
        )


def station_arrivals(
    events: Sequence[Event],
    station: Station | None,
    network: str,
    code: str,
    travel_time: TravelTime,
    unpicked_guard_s: float,
) -> Arrivals:
    """Return every P that events send to the station ``network``.``code``.

    Picked: the earliest usable P pick (weight 4 is none) of each event at this station. Estimated:
    origin time plus travel time, for an event with origin time, epicentre and depth but no such
    pick, where ``station`` says where the instrument stands. Any other event makes an unknown
    interval: from its origin time to ``unpicked_guard_s`` later, or, without an origin time, as
    long before and after its first pick anywhere. So does an event more than 500 km away, from the
    earliest to the latest time that its P could come. One mean velocity, right near by, makes the P
    late that has come through the mantle: its estimate is then preceded by an unknown interval.
    """
    picked: list[tuple[float, int]] = []
    located: list[int] = []
    unknown: list[tuple[float, float]] = []
    for number, event in enumerate(events):
        here = [pick.time for pick in event.picks if _is_p_of(pick, network, code)]
        if here:
            picked.append((min(here), number))
        elif station is not None and _is_located(event):
            located.append(number)
        elif event.origin_time is not None:
            # without a location the origin time is a guess, and picks may come before it
            begin = min([event.origin_time, *(pick.time for pick in event.picks)])
            unknown.append((begin, event.origin_time + unpicked_guard_s))
        elif event.picks:
            first = min(pick.time for pick in event.picks)
            unknown.append((first - unpicked_guard_s, first + unpicked_guard_s))
    picked.sort()
    estimated_s, estimated_events = np.empty(0), np.empty(0, np.intp)
    if station is not None and located:
        numbers = np.array(located, np.intp)
        origin_s, away_km, depth_km = _geometry([events[n] for n in located], station)
        near = away_km <= FAR_KM
        for origin, away in zip(origin_s[~near].tolist(), away_km[~near].tolist(), strict=True):
            unknown.append((origin + away / FASTEST_KM_S, origin + away / SLOWEST_KM_S))
        times = origin_s[near] + travel_time(away_km[near], depth_km[near], station.elevation_m)
        if isinstance(travel_time, MeanVelocity):
            earliest = origin_s[near] + MANTLE_P(away_km[near], depth_km[near], station.elevation_m)
            early = times - earliest > MOST_EARLY_S
            unknown += zip(earliest[early].tolist(), times[early].tolist(), strict=True)
        order = np.argsort(times, kind="stable")
        estimated_s, estimated_events = times[order], numbers[near][order]
    return Arrivals(
        np.array([time for time, _ in picked], float),
        np.array([number for _, number in picked], np.intp),
        estimated_s,
        estimated_events,
        sorted(unknown),
    )


def _is_p_of(pick: Pick, network: str, code: str) -> bool:
    return is_at(pick, network, code) and is_usable(pick) and is_p(pick.phase)


def _is_located(event: Event) -> bool:
    return None not in (event.origin_time, event.latitude, event.longitude, event.depth_km)


def _geometry(
    events: Sequence[Event], station: Station
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return origin times (s), epicentral distances to the station and depths (km) of events."""
    origin_s, latitude, longitude, depth_km = np.array(
        [(e.origin_time, e.latitude, e.longitude, e.depth_km) for e in events], float
    ).T
    away_km = distance_km(latitude, longitude, station.latitude, station.longitude)
    return origin_s, away_km, depth_km
