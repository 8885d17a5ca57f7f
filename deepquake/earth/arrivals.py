"""Which P arrives when at which station: picked, estimated, or known only to exist."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepquake.catalog.events import (
    LATEST_P_S,
    LATEST_S_S,
    Event,
    Pick,
    first_pick_time,
    is_at,
    is_located,
    is_p,
    p_readings,
)
from deepquake.core.intervals import inside
from deepquake.core.settings import ArrivalSettings
from deepquake.earth.geo import Floats, distance_km
from deepquake.earth.stations import Station
from deepquake.earth.travel_times import choose_travel_time

FAR_KM = 500.0  # beyond, neither one velocity nor a flat model tells the time of P
FAR_FASTEST_KM_S, FAR_SLOWEST_KM_S = 15.0, 5.5  # of a P over a far distance, at the surface
# Origin times and places of a local catalogue put P wrong by up to so much, whatever the velocity.
LEAST_UNCERTAINTY_S = 2.0
# A depth that nobody knows is one of these; the estimate is for the second.
ANY_DEPTH_KM = np.array([0.0, 10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0])


def _no_times() -> Floats:
    return np.empty(0)


@dataclass(frozen=True)
class Arrivals:
    """What arrives at one station. Times are seconds since 1970 UTC.

    Noise keeps away from every reading and estimate; the P to learn from are ``picked_s``.
    """

    picked_s: Floats  # sorted, as the estimates and the readings are
    picked_events: NDArray[np.intp]  # index into the events given
    estimated_s: Floats  # P that nobody picked
    estimated_events: NDArray[np.intp]
    earliest_s: Floats  # each estimated P comes from here
    latest_s: Floats  # to here
    rough: NDArray[np.bool_]  # estimates that are none to learn from: the depth is unknown
    read_s: Floats = field(default_factory=_no_times)
    """Every reading, whatever its phase, weight, score or event, those of P picked included."""
    unused: list[tuple[float, str]] = field(default_factory=list)
    """Readings of P that are not among those picked, and why, sorted."""
    unknown: list[tuple[float, float]] = field(default_factory=list)
    """Intervals in which the P of a known event may lie, though nobody can tell where."""

    def between(self, start_s: float, end_s: float, with_ranges: bool = False) -> "Arrivals":
        """Return the arrivals of a span, and the unknown ones that touch it.

        Parameters
        ----------
        start_s, end_s : float
            The span (seconds since 1970 UTC).
        with_ranges : bool
            With every estimated P that may come within the span, though it probably does not.

        Returns
        -------
        Arrivals
            A part of these.
        """
        low, high = (self.earliest_s, self.latest_s) if with_ranges else (self.estimated_s,) * 2
        estimated = (low <= end_s) & (high >= start_s)
        picked = slice(*np.searchsorted(self.picked_s, (start_s, end_s)))
        read = slice(*np.searchsorted(self.read_s, (start_s, end_s)))
        unused = [(time, why) for time, why in self.unused if start_s <= time < end_s]
        unknown = [(a, b) for a, b in self.unknown if a <= end_s and b >= start_s]
        return replace(self._some(picked, estimated, read), unused=unused, unknown=unknown)

    def outside(self, spans: Sequence[tuple[float, float]]) -> "Arrivals":
        """Return the arrivals in none of some spans.

        Parameters
        ----------
        spans : sequence of (float, float)
            Sorted and apart (seconds since 1970 UTC).

        Returns
        -------
        Arrivals
            A part of these; what is unknown stays.
        """
        if not spans:
            return self
        picked, estimated, read = (
            ~inside(spans, times) for times in (self.picked_s, self.estimated_s, self.read_s)
        )
        unused = [(time, why) for time, why in self.unused if not inside(spans, time)]
        return replace(self._some(picked, estimated, read), unused=unused)

    def _some(self, picked: Any, estimated: Any, read: Any) -> "Arrivals":
        """Return some picked and estimated P and some readings, by slice or mask."""
        return replace(
            self,
            picked_s=self.picked_s[picked],
            picked_events=self.picked_events[picked],
            estimated_s=self.estimated_s[estimated],
            estimated_events=self.estimated_events[estimated],
            earliest_s=self.earliest_s[estimated],
            latest_s=self.latest_s[estimated],
            rough=self.rough[estimated],
            read_s=self.read_s[read],
        )


def station_arrivals(
    events: Sequence[Event],
    station: Station | None,
    network: str,
    code: str,
    settings: ArrivalSettings,
) -> Arrivals:
    """Return everything that events send to the station ``network``.``code``.

    Picked: the P of each event at this station that ``p_readings`` finds good enough to learn
    from. Estimated: origin time plus travel time, for a located event with no such P, where
    ``station`` says where the instrument stands. How early and how late it may be follows from how
    the time was computed (``bounds`` of the travel time) and is at least 2 s and
    ``estimated_p_uncertainty``; a depth that is unknown or was fixed may be any from 0 to 70 km.
    Where only other phases are in use, P may come at any time from the origin to the first of them.
    Any other event makes an unknown interval: from its origin time, or the first pick anywhere, to
    ``window_avoid_unpicked`` later, or, without an origin time, as long before and after its first
    pick. So does an event that is in doubt, and one more than 500 km away, from the earliest to the
    latest time that its P could come.

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
    guard_s, upper_code = settings.window_avoid_unpicked, code.upper()
    picked: list[tuple[float, int]] = []
    read: list[float] = []
    unused: list[tuple[float, str]] = []
    located: list[int] = []
    unknown: list[tuple[float, float]] = []
    for number, event in enumerate(events):
        here = [
            pick
            for pick in event.picks
            if pick.station.upper() == upper_code and is_at(pick, network, code)
        ]
        if here:
            read += [pick.time for pick in here]
            of_p = [pick for pick in here if is_p(pick.phase)]
            used, others = p_readings(of_p, settings.min_pick_score)
            unused += [(pick.time, why) for pick, why in others]
            picked += [(pick.time, number) for pick in used]
            if used:
                continue
            unknown += _ahead_of(here, event)
        if station is not None and _can_be_placed(event):
            located.append(number)
        else:
            unknown += _unknown_of(event, guard_s)
    picked.sort()
    estimates = np.empty((0, 5))
    if station is not None and located:
        estimates, far = _estimates(events, located, station, settings=settings)
        unknown += far
    times_s, numbers, earliest_s, latest_s, rough = estimates.T
    return Arrivals(
        picked_s=np.array([time for time, _ in picked], float),
        picked_events=np.array([number for _, number in picked], np.intp),
        estimated_s=times_s,
        estimated_events=numbers.astype(np.intp),
        earliest_s=earliest_s,
        latest_s=latest_s,
        rough=rough.astype(bool),
        read_s=np.array(sorted(read), float),
        unused=sorted(unused),
        unknown=sorted(unknown),
    )


def _can_be_placed(event: Event) -> bool:
    return event.origin_time is not None and is_located(event) and not event.doubt


def _ahead_of(readings: Iterable[Pick], event: Event) -> list[tuple[float, float]]:
    """Return when P came where only later phases are in use: before the first of them."""
    origin = event.origin_time
    if origin is None:
        return []
    later = [pick.time for pick in readings if 0 < pick.time - origin <= LATEST_S_S]
    return [(origin, min(later))] if later else []


def _unknown_of(event: Event, guard_s: float) -> list[tuple[float, float]]:
    """Return when an event that cannot be placed may be heard."""
    origin, first = event.origin_time, first_pick_time(event)
    if origin is None:
        return [] if first is None else [(first - guard_s, first + guard_s)]
    if first is None:
        return [(origin, origin + guard_s)]
    if abs(first - origin) > LATEST_P_S:  # one of them is wrong
        return [(origin, origin + guard_s), (first - guard_s, first + guard_s)]
    # the origin time is a guess, and P comes about when it was picked elsewhere
    return [(min(origin, first), max(origin, first) + guard_s)]


def _estimates(
    events: Sequence[Event], located: Sequence[int], station: Station, settings: ArrivalSettings
) -> tuple[Floats, list[tuple[float, float]]]:
    """Return the estimated P of located events, and the intervals of those too far away.

    Of each estimate, in order of time: its time, the number of its event, the earliest and the
    latest time, and 1 where the depth is unknown.
    """
    travel_time, numbers = choose_travel_time(settings), np.array(located, float)
    hypocentres = [
        (e.origin_time, e.latitude, e.longitude, e.depth_km, e.depth_fixed)
        for e in (events[number] for number in located)
    ]
    origin_s, latitude, longitude, depth_km, fixed = np.array(hypocentres, float).T
    away_km = distance_km(
        lat1=latitude, lon1=longitude, lat2=station.latitude, lon2=station.longitude
    )
    near = away_km <= FAR_KM
    far = [
        (origin + away / FAR_FASTEST_KM_S, origin + away / FAR_SLOWEST_KM_S)
        for origin, away in zip(origin_s[~near].tolist(), away_km[~near].tolist(), strict=True)
    ]
    origin_s, away_km, depth_km, numbers = (
        values[near] for values in (origin_s, away_km, depth_km, numbers)
    )
    rough = np.isnan(depth_km)
    any_depth = rough | (fixed[near] > 0)
    depth_km = np.where(rough, ANY_DEPTH_KM[1], depth_km)
    times = travel_time(away_km, depth_km, station.elevation_m)
    shortest, longest = travel_time.bounds(away_km, depth_km, station.elevation_m)
    if any_depth.any():
        of_depths = travel_time.bounds(
            away_km[any_depth], ANY_DEPTH_KM[:, None], station.elevation_m
        )
        shortest[any_depth] = np.minimum(shortest[any_depth], of_depths[0].min(axis=0))
        longest[any_depth] = np.maximum(longest[any_depth], of_depths[1].max(axis=0))
    least_s = max(LEAST_UNCERTAINTY_S, settings.estimated_p_uncertainty)
    earliest_s = origin_s + np.minimum(shortest, times - least_s)
    latest_s = origin_s + np.maximum(longest, times + least_s)
    found = np.column_stack([origin_s + times, numbers, earliest_s, latest_s, rough])
    return found[np.argsort(found[:, 0], kind="stable")], far
