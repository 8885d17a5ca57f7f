"""One event in two files or formats: finding and merging."""

from math import cos, hypot, radians

from deepquake.catalog import Event, Pick, event_time, is_located, is_p, is_s
from deepquake.report import Report

SAME_TIME_S = 2.0  # origins of one event in two catalogues differ by less ...
SHARED_TIME_S = 10.0  # ... or by less than this where the picks are the same
SAME_PLACE_KM = 30.0
SAME_PICK_S = 0.05  # one reading, rounded in two ways
OTHER_PICK_S = 0.5  # two readings of one onset differ by less
REFERENCE_S = 120.0  # first pick and origin of a local event lie closer than this
KM_PER_DEGREE = 111.19  # of a sphere with the Earth's mean radius, 6371 km


def merge_duplicates(events: list[Event], report: Report) -> list[Event]:
    """Return the events without those that are another one told again, in the order given.

    Two events of different files are one where their origins are within 2 s and 30 km; with a
    location or an origin missing, where they share a pick; and where they share two picks and
    their origins are within 10 s. Picks of one station and phase that differ by more than half a
    second speak against it. Within a file only exact copies are merged. The event with more
    picks stays; what it does not know it takes from the other.
    """
    order = sorted(
        (index for index, event in enumerate(events) if event_time(event) is not None),
        key=lambda index: (event_time(events[index]), index),
    )
    timed = all(event.origin_time is not None for event in events)
    reach = SHARED_TIME_S if timed else REFERENCE_S
    gone: set[int] = set()
    begin = 0
    for position, index in enumerate(order):
        while event_time(events[order[begin]]) < event_time(events[index]) - reach:
            begin += 1
        for other in order[begin:position]:
            if other not in gone and _is_same(events[other], events[index]):
                kept, dropped = sorted((other, index), key=lambda i: (_poverty(events[i]), i))
                report.note(
                    events[dropped].source_file,
                    f"event is also in {events[kept].source_file}: merged",
                    events[dropped].source_line,
                )
                _merge(events[kept], events[dropped])
                gone.add(dropped)
                if dropped == index:
                    break
    return [event for index, event in enumerate(events) if index not in gone]


def _poverty(event: Event) -> tuple[int, bool]:
    return -len(event.picks), not is_located(event)


def _is_same(one: Event, two: Event) -> bool:
    both_timed = one.origin_time is not None and two.origin_time is not None
    apart = abs(one.origin_time - two.origin_time) if both_timed else 0.0
    if apart > SHARED_TIME_S:
        return False
    if one.source_file == two.source_file:
        return (
            (one.origin_time, one.latitude, one.longitude, one.depth_km)
            == (two.origin_time, two.latitude, two.longitude, two.depth_km)
            and one.picks == two.picks
            and (both_timed or bool(one.picks))
            and (is_located(one) or bool(one.picks))
        )
    differences = _pick_differences(one, two)
    if any(difference > OTHER_PICK_S for difference in differences):
        return False
    shared = sum(difference <= SAME_PICK_S for difference in differences)
    if shared >= 2:
        return True
    both_located = is_located(one) and is_located(two)
    if apart > SAME_TIME_S or (both_located and _distance_km(one, two) > SAME_PLACE_KM):
        return False
    if shared or (both_timed and both_located):
        return True
    return both_timed and bool(one.event_id) and one.event_id == two.event_id


def _pick_differences(one: Event, two: Event) -> list[float]:
    times = _arrivals(two)
    return [abs(time - times[key]) for key, time in _arrivals(one).items() if key in times]


def _arrivals(event: Event) -> dict[tuple[str, str], float]:
    """Return the earliest P and S of each station, by its code in upper case."""
    times: dict[tuple[str, str], float] = {}
    for pick in event.picks:
        phase = _first_letter(pick)
        if phase:
            key = pick.station.upper(), phase
            times[key] = min(pick.time, times.get(key, pick.time))
    return times


def _first_letter(pick: Pick) -> str:
    return "P" if is_p(pick.phase) else "S" if is_s(pick.phase) else ""


def _merge(kept: Event, other: Event) -> None:
    """Add to ``kept`` what only ``other`` knows."""
    known = _arrivals(kept)
    for pick in other.picks:
        phase = _first_letter(pick)
        if phase and (pick.station.upper(), phase) not in known:
            kept.picks.append(pick)
    for name in ("origin_time", "depth_km", "agency", "distance", "kind", "event_id", "cluster_id"):
        if getattr(kept, name) in (None, ""):
            setattr(kept, name, getattr(other, name))
    if not is_located(kept):
        kept.latitude, kept.longitude = other.latitude, other.longitude
    values = {(m.value, m.agency) for m in kept.magnitudes}
    kept.magnitudes += [m for m in other.magnitudes if (m.value, m.agency) not in values]
    kept.waveforms += [name for name in other.waveforms if name not in kept.waveforms]


def _distance_km(one: Event, two: Event) -> float:
    north = one.latitude - two.latitude
    east = (one.longitude - two.longitude + 180) % 360 - 180
    return KM_PER_DEGREE * hypot(north, east * cos(radians((one.latitude + two.latitude) / 2)))
