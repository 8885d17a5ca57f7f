"""Arrivals at stations whose places nobody knows: of which located event they are, by time."""

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from deepquake.detection.association.event import DetectedEvent
from deepquake.detection.association.fits import RATE_WITHIN_S
from deepquake.detection.stations import Detection
from deepquake.earth.location.hypocentre import NO_FIT

COINCIDENT_S = 2.0  # by which P may come later than across the network: errors of both times
CHANCE_SHARE = 0.1  # of events, at the most, in whose time an arrival comes by chance


@dataclass(frozen=True)
class LocatedEvent:
    """An event with an origin, and how long its P and S take to the farthest station."""

    event: DetectedEvent
    longest_s: dict[str, float]  # by phase
    networks: frozenset[str]  # codes that its stations may have; all if there are none


def with_unplaced(
    located: Sequence[LocatedEvent], arrivals: Sequence[Detection], vp_vs_ratio: float
) -> list[DetectedEvent]:
    """Return events with the arrivals at stations of unknown place that can only be theirs.

    P and S of a station tell the origin time: the event is the one that was then. One of them alone
    comes while P or S of an event goes through the network, and of no other.

    Parameters
    ----------
    located : sequence of LocatedEvent
        The events, in order of time.
    arrivals : sequence of Detection
        The arrivals at such stations, in order of time.
    vp_vs_ratio : float
        Vp over Vs.
    """
    by_station: dict[tuple[str, str], dict[str, list[Detection]]] = defaultdict(
        lambda: {"P": [], "S": []}
    )
    for arrival in arrivals:
        by_station[arrival.network, arrival.station][arrival.phase].append(arrival)
    joining: dict[int, list[Detection]] = defaultdict(list)
    for (network, _), readings in by_station.items():
        allowed = [
            (number, of)
            for number, of in enumerate(located)
            if not of.networks or network in of.networks
        ]
        within = {
            number: {phase: _in_time(of, readings[phase], phase) for phase in "PS"}
            for number, of in allowed
        }
        times_in = Counter(id(a) for of in within.values() for phase in "PS" for a in of[phase])
        claims: dict[int, list[Detection]] = {}
        for number, of in allowed:
            p, s = within[number]["P"], within[number]["S"]
            pairs = [(a, b) for a in p for b in s if _agrees(a, b, of.event.time_s, vp_vs_ratio)]
            if len(pairs) == 1:
                claims[number] = list(pairs[0])
            elif not pairs and len(p) + len(s) == 1:
                (alone,) = *p, *s
                if times_in[id(alone)] == 1 and _is_rare(alone, readings, of):
                    claims[number] = [alone]
        claimed = Counter(id(a) for own in claims.values() for a in own)
        for number, own in claims.items():
            if all(claimed[id(a)] == 1 for a in own):
                joining[number] += own
    return [_with_more(of.event, joining[number]) for number, of in enumerate(located)]


def _in_time(of: LocatedEvent, readings: Sequence[Detection], phase: str) -> Sequence[Detection]:
    """Return the readings of a phase that come while it goes through the network."""
    begin_s = of.event.time_s
    first = bisect_left(readings, begin_s, key=lambda a: a.time_s)
    end_s = begin_s + of.longest_s[phase] + COINCIDENT_S
    return readings[first : bisect_right(readings, end_s, key=lambda a: a.time_s)]


def _agrees(p: Detection, s: Detection, time_s: float, vp_vs_ratio: float) -> bool:
    """Return whether P and S of a station tell of an origin time."""
    after_s = s.time_s - p.time_s
    return after_s > 0 and abs(p.time_s - after_s / (vp_vs_ratio - 1) - time_s) < COINCIDENT_S


def _is_rare(alone: Detection, readings: dict[str, list[Detection]], of: LocatedEvent) -> bool:
    """Return whether arrivals come so seldom that one is hardly there by chance."""
    own = readings[alone.phase]
    first = bisect_left(own, alone.time_s - RATE_WITHIN_S, key=lambda a: a.time_s)
    end = bisect_right(own, alone.time_s + RATE_WITHIN_S, key=lambda a: a.time_s)
    window_s = of.longest_s[alone.phase] + COINCIDENT_S
    return (end - first - 1) * window_s / (2 * RATE_WITHIN_S) < CHANCE_SHARE


def _with_more(event: DetectedEvent, joining: Iterable[Detection]) -> DetectedEvent:
    """Return an event with arrivals more, in order of time."""
    fitted = [*zip(event.arrivals, event.fits, strict=True), *((a, NO_FIT) for a in joining)]
    fitted.sort(key=lambda of: (of[0].time_s, of[0].network, of[0].station, of[0].phase))
    return replace(event, arrivals=tuple(a for a, _ in fitted), fits=tuple(f for _, f in fitted))
