"""One event in two files or formats: finding and merging."""

from math import cos, hypot, radians
from pathlib import Path

from deepquake.catalog.events import (
    LATEST_P_S,
    Event,
    Pick,
    event_time,
    first_pick_time,
    is_located,
    is_p,
    is_s,
    is_usable,
)
from deepquake.core.report import Report
from deepquake.core.times import compact

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
    second speak against it, unless more of them agree: an analyst may read one of many anew.
    An event of a table and the picks of a list that bear its id are one. Within a file only exact
    copies are merged. The event with more picks stays; what it does not know it takes from the
    other.
    """
    events = _join_by_id(events, report)
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
                _merge(events[kept], events[dropped], report)
                gone.add(dropped)
                if dropped == index:
                    break
    return [event for index, event in enumerate(events) if index not in gone]


def without_copies(
    events: list[Event], copies: list[tuple[Event, Path]], report: Report
) -> list[Event]:
    """Return the events without the copies made from a file that is itself among the sources.

    ``copies`` are those of the events that stand in a catalog.json, and its path. The file may
    have been edited since, so it is believed; the copy lends no more than its source region.
    """
    if not copies:
        return events
    numbers = {id(event) for event, _ in copies}
    originals: dict[Path, dict[str, Event]] = {}
    for event in events:
        if id(event) not in numbers:
            of_file = originals.setdefault(Path(event.source_file).resolve(), {})
            of_file.setdefault(_id(event), event)
    gone: set[int] = set()
    for copy, path in copies:
        of_file = originals.get(Path(copy.source_file).resolve(), {})
        if not of_file:
            continue
        report.note(path, f"event is also in {copy.source_file}, whence it came: that one is taken")
        original = of_file.get(_id(copy))
        if original is not None and original.cluster_id is None:
            original.cluster_id = copy.cluster_id
        gone.add(id(copy))
    return [event for event in events if id(event) not in gone]


def _id(event: Event) -> str:
    time = event_time(event)
    return event.event_id or ("" if time is None else compact(time))


def _join_by_id(events: list[Event], report: Report) -> list[Event]:
    """Give events without picks the picks that other files hold under their id."""
    bare: dict[str, list[Event]] = {}
    for event in events:
        if event.event_id and event.origin_time is not None and not event.picks:
            bare.setdefault(event.event_id, []).append(event)
    kept = []
    for event in events:
        begin = first_pick_time(event)
        fitting = [
            other
            for other in bare.get(event.event_id, ())
            if event.origin_time is None
            and begin is not None
            and other.source_file != event.source_file
            and other.origin_time <= begin <= other.origin_time + LATEST_P_S
        ]
        if fitting:  # of several days, each with ids from 0, the latest before the picks
            _merge(max(fitting, key=lambda other: other.origin_time), event, report)
        else:
            kept.append(event)
    return kept


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
    shared = sum(difference <= SAME_PICK_S for difference in differences)
    if sum(difference > OTHER_PICK_S for difference in differences) >= max(shared, 1):
        return False
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
    """Return the earliest P and S of each station: of the picks in use, where there are any.

    A station is its code in upper case.
    """
    first: dict[tuple[str, str], tuple[bool, float]] = {}
    for pick in event.picks:
        phase = _first_letter(pick)
        if phase:
            key, rank = (pick.station.upper(), phase), (not is_usable(pick), pick.time)
            first[key] = min(rank, first.get(key, rank))
    return {key: time for key, (_, time) in first.items()}


def _first_letter(pick: Pick) -> str:
    return "P" if is_p(pick.phase) else "S" if is_s(pick.phase) else ""


def _merge(kept: Event, other: Event, report: Report) -> None:
    """Add to ``kept`` what only ``other`` knows, such as a P in use where its own is not."""
    report.note(
        other.source_file, f"event is also in {kept.source_file}: merged", other.source_line
    )
    known = {(p.station.upper(), _first_letter(p)) for p in kept.picks}
    in_use = {(p.station.upper(), _first_letter(p)) for p in kept.picks if is_usable(p)}
    for pick in other.picks:
        phase = _first_letter(pick)
        if phase and (pick.station.upper(), phase) not in (in_use if is_usable(pick) else known):
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
