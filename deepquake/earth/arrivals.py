"""Which P arrives when at which station: picked, estimated, or known only to exist."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deepquake.catalog.events import Event, Pick, is_at, is_p, is_usable
from deepquake.core.settings import ArrivalSettings
from deepquake.earth.geo import Floats, distance_km
from deepquake.earth.stations import Station
from deepquake.earth.travel_times import MeanVelocity, choose_travel_time

FAR_KM = 500.0  # beyond, neither one velocity nor a flat model tells the time of P
FAR_FASTEST_KM_S, FAR_SLOWEST_KM_S = 15.0, 5.5  # of a P over a far distance, at the surface
MANTLE_P = MeanVelocity(8.5 * 3600)  # no P over less than 500 km comes earlier
MOST_EARLY_S = 6.0  # up to here a velocity chosen for the region and the usual guard suffice


@dataclass(frozen=True)
class Arrivals:
    """The P arrivals at one station. Times are seconds since 1970 UTC, sorted."""

    picked_s: Floats
    picked_events: NDArray[np.intp]  # index into the events given
    estimated_s: Floats
    estimated_events: NDArray[np.intp]
    unknown: list[tuple[float, float]]
    """Intervals in which the P of a known event may lie, though nobody can tell where."""

    def between(self, start_s: float, end_s: float) -> "Arrivals":
        """Return the arrivals of a span, and the unknown ones that touch it.

        Parameters
        ----------
        start_s, end_s : float
            The span (seconds since 1970 UTC).

        Returns
        -------
        Arrivals
            A part of these.
        """
        picked = slice(*np.searchsorted(self.picked_s, (start_s, end_s)))
        estimated = slice(*np.searchsorted(self.estimated_s, (start_s, end_s)))
        return Arrivals(
            picked_s=self.picked_s[picked],
            picked_events=self.picked_events[picked],
            estimated_s=self.estimated_s[estimated],
            estimated_events=self.estimated_events[estimated],
            unknown=[(a, b) for a, b in self.unknown if a <= end_s and b >= start_s],
        )


def station_arrivals(
    events: Sequence[Event],
    station: Station | None,
    network: str,
    code: str,
    settings: ArrivalSettings,
) -> Arrivals:
    """Return every P that events send to the station ``network``.``code``.

    Picked: the earliest usable P pick (weight 4 is none) of each event at this station. Estimated:
    origin time plus travel time, for an event with origin time, epicentre and depth but no such
    pick, where ``station`` says where the instrument stands. Any other event makes an unknown
    interval: from its origin time to ``window_avoid_unpicked`` later, or, without an origin time,
    as long before and after its first pick anywhere. So does an event more than 500 km away, from
    the earliest to the latest time that its P could come. One mean velocity, right near by, makes
    the P late that has come through the mantle: an unknown interval then precedes its estimate.

    Parameters
    ----------
    events : sequence of Event
        The catalogue.
    station : Station or None
        Where the station stands, None where nobody knows.
    network, code : str
        Its codes, as in the waveforms.
    settings : ArrivalSettings
        How long P takes, and how long that of an event that cannot be placed may come.

    Returns
    -------
    Arrivals
        They name events by their number in ``events``.
    """
    travel_time, guard_s = choose_travel_time(settings), settings.window_avoid_unpicked
    picked: list[tuple[float, int]] = []
    located: list[int] = []
    unknown: list[tuple[float, float]] = []
    for number, event in enumerate(events):
        here = [pick.time for pick in event.picks if _is_p_of(pick, network, code)]
        if here:
            picked.append((min(here), number))
        elif station is not None and _has_hypocentre(event):
            located.append(number)
        elif event.origin_time is not None:
            # without a location the origin time is a guess, and picks may come before it
            begin = min([event.origin_time, *(pick.time for pick in event.picks)])
            unknown.append((begin, event.origin_time + guard_s))
        elif event.picks:
            first = min(pick.time for pick in event.picks)
            unknown.append((first - guard_s, first + guard_s))
    picked.sort()
    estimated_s, estimated_events = np.empty(0), np.empty(0, np.intp)
    if station is not None and located:
        numbers = np.array(located, np.intp)
        origin_s, away_km, depth_km = _geometry([events[n] for n in located], station)
        near = away_km <= FAR_KM
        for origin, away in zip(origin_s[~near].tolist(), away_km[~near].tolist(), strict=True):
            unknown.append((origin + away / FAR_FASTEST_KM_S, origin + away / FAR_SLOWEST_KM_S))
        times = origin_s[near] + travel_time(away_km[near], depth_km[near], station.elevation_m)
        if isinstance(travel_time, MeanVelocity):
            earliest = origin_s[near] + MANTLE_P(away_km[near], depth_km[near], station.elevation_m)
            early = times - earliest > MOST_EARLY_S
            unknown += zip(earliest[early].tolist(), times[early].tolist(), strict=True)
        order = np.argsort(times, kind="stable")
        estimated_s, estimated_events = times[order], numbers[near][order]
    return Arrivals(
        picked_s=np.array([time for time, _ in picked], float),
        picked_events=np.array([number for _, number in picked], np.intp),
        estimated_s=estimated_s,
        estimated_events=estimated_events,
        unknown=sorted(unknown),
    )


def _is_p_of(pick: Pick, network: str, code: str) -> bool:
    return is_at(pick, network, code) and is_usable(pick) and is_p(pick.phase)


def _has_hypocentre(event: Event) -> bool:
    return None not in (event.origin_time, event.latitude, event.longitude, event.depth_km)


def _geometry(events: Sequence[Event], station: Station) -> tuple[Floats, Floats, Floats]:
    """Return origin times (s), epicentral distances to the station and depths (km) of events."""
    hypocentres = [(e.origin_time, e.latitude, e.longitude, e.depth_km) for e in events]
    origin_s, latitude, longitude, depth_km = np.array(hypocentres, float).T
    away_km = distance_km(
        lat1=latitude, lon1=longitude, lat2=station.latitude, lon2=station.longitude
    )
    return origin_s, away_km, depth_km
