"""Events of stations too few to locate any, or whose places nobody knows: P near in time."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable

from deepquake.detection.association.event import DetectedEvent
from deepquake.detection.stations import Detection

LONGEST_S_AFTER_P_S = 30.0  # of a source some 250 km away
ByStation = dict[tuple[str, str, str], Detection]  # network, station, phase


def coincident_events(arrivals: Iterable[Detection], within_s: float) -> list[DetectedEvent]:
    """Return the events that arrivals amount to, with one P and one S of a station at the most.

    An S is of the last P of its station before it that has no other; without one it is of no event.

    Parameters
    ----------
    arrivals : iterable of Detection
        Of P and S.
    within_s : float
        A P that comes no later after the first of an event may be of that event.

    Returns
    -------
    list of DetectedEvent
        In order of time.
    """
    arrivals = sorted(arrivals, key=lambda a: (a.time_s, a.network, a.station))
    events: list[ByStation] = []
    firsts_s: list[float] = []
    own: dict[tuple[str, str], list[tuple[float, ByStation]]] = defaultdict(list)
    for p in (a for a in arrivals if a.phase == "P"):
        name = p.network, p.station
        in_reach = events[bisect_left(firsts_s, p.time_s - within_s) :]
        event = next((event for event in in_reach if (*name, "P") not in event), None)
        if event is None:
            event = {}
            events.append(event)
            firsts_s.append(p.time_s)
        event[*name, "P"] = p
        own[name].append((p.time_s, event))
    for s in (a for a in arrivals if a.phase == "S"):
        name = s.network, s.station
        number = bisect_left(own[name], s.time_s, key=lambda of: of[0])
        while number and s.time_s - own[name][number - 1][0] <= LONGEST_S_AFTER_P_S:
            number -= 1
            if own[name][number][1].setdefault((*name, "S"), s) is s:
                break
    return [DetectedEvent(tuple(sorted(e.values(), key=lambda a: a.time_s))) for e in events]
