"""Picks without events: which of them are of one earthquake, told by time and place of stations."""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from math import asin, cos, radians, sin, sqrt

from deepquake.catalog.events import Pick, is_p, is_s

MEAN_RADIUS_KM = 6371.0  # of the earth
# No wave along the ground between two stations is slower, but for soft layers at the very top.
SLOW_P_KM_S = 4.0
SLOW_S_KM_S = 2.3
PICK_ERROR_S = 1.0  # by which the difference of two picks may be off
UNKNOWN_SIZE_S = 60.0  # what the size of a network without coordinates explains
S_AFTER_P_S = 60.0  # S of one earthquake at one station, at most
SAME_ONSET_S = 0.5  # two readings of one onset, as of two sensors, lie no further apart

# latitude and longitude by NET.STA, or by STA alone
StationPlaces = Mapping[str, tuple[float, float]]


@dataclass(slots=True)
class PickGroup:
    """Picks of one earthquake, and when each station has the first P and S of them."""

    begin_s: float
    picks: list[Pick] = field(default_factory=list)
    p_times: dict[str, float] = field(default_factory=dict)
    s_times: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Spread:
    """By how much the picks of one earthquake can differ within a network, in seconds."""

    p_s: float  # P after the first pick
    s_s: float  # S after it
    between: Callable[[str, str], float]  # the same phase at two stations, in seconds of P


def group_picks(picks: Iterable[Pick], places: StationPlaces) -> list[list[Pick]]:
    """Return the picks of each earthquake, in order of time.

    A new earthquake begins where a station has a second P, or where a P comes later after the
    first pick than ``size_km / SLOW_P_KM_S + PICK_ERROR_S``; size is the largest distance of two
    stations of the list. (For S: SLOW_S_KM_S.) Nor may two stations of one earthquake differ by
    more than their own distance over that speed. An S goes with the P before it at its station;
    without one, with an earthquake that has other S, or with the newest.

    Parameters
    ----------
    picks : iterable of Pick
        In any order.
    places : mapping
        Coordinates of the stations in degrees; with those of fewer than two of them, 60 s stand in
        for the size.

    Returns
    -------
    list of list of Pick
        Each pick is in one of them.
    """
    ordered = sorted(picks, key=lambda pick: (pick.time, pick.network, pick.station, pick.phase))
    spread = _spread_of(ordered, places)
    longest_s = max(spread.p_s, spread.s_s, S_AFTER_P_S)
    groups: list[PickGroup] = []
    running: deque[PickGroup] = deque()  # those that a pick may still be of, the newest first
    latest: dict[tuple[str, str], tuple[float, PickGroup]] = {}
    for pick in ordered:
        while running and pick.time - running[-1].begin_s > longest_s:
            running.pop()
        station = f"{pick.network}.{pick.station}"
        phase = phase_class(pick)
        time, group = latest.get((station, phase), (-1e99, None))
        if group is None or pick.time - time > SAME_ONSET_S:
            group = _group_for(pick.time, station, phase, running=running, spread=spread)
        if group is None:
            group = PickGroup(pick.time)
            groups.append(group)
            running.appendleft(group)
        group.picks.append(pick)
        latest[station, phase] = pick.time, group
        if phase in ("P", "S"):
            times = group.p_times if phase == "P" else group.s_times
            times.setdefault(station, pick.time)
    return [group.picks for group in groups]


def phase_class(pick: Pick) -> str:
    """Return P or S, or another phase as it is written."""
    return "P" if is_p(pick.phase) else "S" if is_s(pick.phase) else pick.phase


def _group_for(
    time: float, station: str, phase: str, running: Iterable[PickGroup], spread: Spread
) -> PickGroup | None:
    """Return which of the running groups a pick is of, the newest first, or None."""
    if phase == "P":
        fitting = (g for g in running if _takes_p(g, time, station, spread=spread))
        return next(fitting, None)
    if phase == "S":
        able = [g for g in running if _takes_s(g, time, station, spread=spread)]
        with_s = (g for g in able if g.s_times)
        return next(
            (g for g in able if station in g.p_times), next(with_s, able[0] if able else None)
        )
    near = [g for g in running if time - g.begin_s <= spread.s_s]
    return next((g for g in near if station in g.p_times), near[0] if near else None)


def _takes_p(group: PickGroup, time: float, station: str, spread: Spread) -> bool:
    if time - group.begin_s > spread.p_s or station in group.p_times or station in group.s_times:
        return False
    between = spread.between
    for times in (group.p_times, group.s_times):  # a P after an S is the later after its P
        for other, earlier in times.items():
            if time - earlier > between(station, other) + PICK_ERROR_S:
                return False
    return True


def _takes_s(group: PickGroup, time: float, station: str, spread: Spread) -> bool:
    if station in group.s_times:
        return False
    p_time = group.p_times.get(station)
    late_s = time - group.begin_s if p_time is None else time - p_time
    if late_s > (spread.s_s if p_time is None else S_AFTER_P_S):
        return False
    between, slower = spread.between, SLOW_P_KM_S / SLOW_S_KM_S
    for other, earlier in group.s_times.items():
        if time - earlier > between(station, other) * slower + PICK_ERROR_S:
            return False
    return True


def _spread_of(picks: Iterable[Pick], places: StationPlaces) -> Spread:
    known: dict[str, tuple[float, float]] = {}
    for network, station in {(pick.network, pick.station) for pick in picks}:
        place = place_of_station(network, station, places=places)
        if place is not None:
            known[f"{network}.{station}"] = place
    spots = list(set(known.values()))
    if len(spots) < 2:
        return Spread(UNKNOWN_SIZE_S, UNKNOWN_SIZE_S, lambda station, other: UNKNOWN_SIZE_S)
    size_km = max(_distance_apart_km(a, b) for i, a in enumerate(spots) for b in spots[:i])

    @cache
    def between(station: str, other: str) -> float:
        if station in known and other in known:
            return _distance_apart_km(known[station], known[other]) / SLOW_P_KM_S
        return size_km / SLOW_P_KM_S

    p_s, s_s = size_km / SLOW_P_KM_S + PICK_ERROR_S, size_km / SLOW_S_KM_S + PICK_ERROR_S
    return Spread(p_s, s_s, between)


def place_of_station(
    network: str, station: str, places: StationPlaces
) -> tuple[float, float] | None:
    """Return latitude and longitude of a station, None where they are not known.

    Parameters
    ----------
    network, station : str
        Codes of the station; the network may be empty.
    places : mapping
        Of the stations.
    """
    name = f"{network}.{station}".upper()
    return places.get(name, places.get(station.upper()))


def _distance_apart_km(place: tuple[float, float], other: tuple[float, float]) -> float:
    """Return the distance of two places along a great circle (haversine formula)."""
    lat, lon, other_lat, other_lon = map(radians, (*place, *other))
    north, east = sin((lat - other_lat) / 2), sin((lon - other_lon) / 2)
    return 2 * MEAN_RADIUS_KM * asin(min(1.0, sqrt(north**2 + cos(lat) * cos(other_lat) * east**2)))
