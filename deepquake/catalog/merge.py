"""One event in two files or formats: finding and merging."""

from math import cos, hypot, radians
from pathlib import Path

from deepquake.catalog.events import (
    LATEST_P_S,
    Event,
    Pick,
    event_time,
    first_pick_time,
    id_of,
    is_located,
    is_p,
    is_s,
    is_usable,
)
from deepquake.core.report import Report

SAME_TIME_S = 2.0  # origins of one event in two catalogues differ by less ...
SHARED_TIME_S = 10.0  # ... or by less than this where the picks are the same
SAME_PLACE_DEG = 0.27  # 30 km
SAME_PICK_S = 0.05  # one reading, rounded in two ways
OTHER_PICK_S = 0.5  # two readings of one onset differ by less
FIRST_PICK_S = 120.0  # first pick and origin of a local event lie closer than this


def merge_duplicates(events: list[Event], report: Report) -> list[Event]:
    """Return the events without those that are another one told again, in the order given.

    Two events of different files are one where their origins are within 2 s and 30 km; with a
    location or an origin missing, where they share a pick; and where they share two picks and
    their origins are within 10 s. Picks of one station and phase that differ by more than half a
    second speak against it, unless more of them agree: an analyst may read one of many anew.
    An event of a table and the picks of a list that bear its id are one. Within a file only exact
    copies are merged. The event with more picks stays; what it does not know it takes from the
    other.

    Parameters
    ----------
    events : list of Event
        Of all files; those that stay are completed in place.
    report : Report
        Is told of each event that is merged into another.
    """
    events = _join_by_id(events, report)
    times = enumerate(map(event_time, events))
    timed = sorted((time, index) for index, time in times if time is not None)
    all_have_origins = all(event.origin_time is not None for event in events)
    reach = SHARED_TIME_S if all_have_origins else FIRST_PICK_S
    gone: set[int] = set()
    begin = 0
    for position, (time, index) in enumerate(timed):
        while timed[begin][0] < time - reach:
            begin += 1
        for _, other in timed[begin:position]:
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

    The file may have been edited since, so it is believed; the copy lends no more than its source
    region.

    Parameters
    ----------
    events : list of Event
        Of all files.
    copies : list of (Event, Path)
        Those of the events that stand in a catalog.json, and its path.
    report : Report
        Is told of each copy.
    """
    numbers = {id(event) for event, _ in copies}
    originals: dict[Path, dict[str, Event]] = {}
    for event in events:
        if id(event) not in numbers:
            of_file = originals.setdefault(Path(event.source_file).resolve(), {})
            of_file.setdefault(id_of(event), event)
    gone: set[int] = set()
    for copy, path in copies:
        of_file = originals.get(Path(copy.source_file).resolve(), {})
        if not of_file:
            continue
        report.note(path, f"event is also in {copy.source_file}, whence it came: that one is taken")
        original = of_file.get(id_of(copy))
        if original is not None and original.cluster_id is None:
            original.cluster_id = copy.cluster_id
        gone.add(id(copy))
    return [event for event in events if id(event) not in gone]


def _join_by_id(events: list[Event], report: Report) -> list[Event]:
    """Give events without picks the picks that other files hold under their id."""
    bare: dict[str, list[tuple[float, Event]]] = {}
    for event in events:
        if event.event_id and event.origin_time is not None and not event.picks:
            bare.setdefault(event.event_id, []).append((event.origin_time, event))
    kept = []
    for event in events:
        begin = first_pick_time(event)
        fitting = [
            (origin_time, other)
            for origin_time, other in bare.get(event.event_id, ())
            if event.origin_time is None
            and begin is not None
            and other.source_file != event.source_file
            and origin_time <= begin <= origin_time + LATEST_P_S
        ]
        if fitting:  # of several days, each with ids from 0, the latest before the picks
            _, latest = max(fitting, key=lambda item: item[0])
            _merge(latest, event, report)
        else:
            kept.append(event)
    return kept


def _poverty(event: Event) -> tuple[int, bool]:
    return -len(event.picks), not is_located(event)


def _is_same(first: Event, second: Event) -> bool:
    apart_s = None
    if first.origin_time is not None and second.origin_time is not None:
        apart_s = abs(first.origin_time - second.origin_time)
        if apart_s > SHARED_TIME_S:
            return False
    if first.source_file == second.source_file:
        return _is_copy(first, second)
    times, other_times = _first_arrivals(first), _first_arrivals(second)
    differences = [abs(times[key] - other_times[key]) for key in times.keys() & other_times.keys()]
    shared = sum(difference <= SAME_PICK_S for difference in differences)
    if sum(difference > OTHER_PICK_S for difference in differences) >= max(shared, 1):
        return False
    if shared >= 2:
        return True
    apart_deg = _epicentres_apart(first, second)
    if (apart_s or 0) > SAME_TIME_S or (apart_deg or 0) > SAME_PLACE_DEG:
        return False
    if shared or (apart_s is not None and apart_deg is not None):
        return True
    return apart_s is not None and bool(first.event_id) and first.event_id == second.event_id


def _is_copy(first: Event, second: Event) -> bool:
    """Return whether two events of one file are the same in all that tells events apart."""
    return (
        (first.origin_time, first.latitude, first.longitude, first.depth_km)
        == (second.origin_time, second.latitude, second.longitude, second.depth_km)
        and first.picks == second.picks
        and (bool(first.picks) or (first.origin_time is not None and is_located(first)))
    )


def _first_arrivals(event: Event) -> dict[tuple[str, str], float]:
    """Return the earliest P and S of each station: of the picks in use, where there are any.

    A station is its code in upper case.
    """
    first: dict[tuple[str, str], tuple[bool, float]] = {}
    for pick in event.picks:
        key, rank = _station_and_phase(pick), (not is_usable(pick), pick.time)
        if key[1]:
            first[key] = min(rank, first.get(key, rank))
    return {key: time for key, (_, time) in first.items()}


def _station_and_phase(pick: Pick) -> tuple[str, str]:
    phase = "P" if is_p(pick.phase) else "S" if is_s(pick.phase) else ""
    return pick.station.upper(), phase


def _merge(kept: Event, other: Event, report: Report) -> None:
    """Add to ``kept`` what only ``other`` knows, such as a P in use where its own is not."""
    report.note(
        other.source_file, f"event is also in {kept.source_file}: merged", other.source_line
    )
    known = {_station_and_phase(pick) for pick in kept.picks}
    in_use = {_station_and_phase(pick) for pick in kept.picks if is_usable(pick)}
    for pick in other.picks:
        key = _station_and_phase(pick)
        if key[1] and key not in (in_use if is_usable(pick) else known):
            kept.picks.append(pick)
    for name in ("origin_time", "depth_km", "agency", "distance", "kind", "event_id", "cluster_id"):
        if getattr(kept, name) in (None, ""):
            setattr(kept, name, getattr(other, name))
    if not is_located(kept):
        kept.latitude, kept.longitude = other.latitude, other.longitude
    values = {(m.value, m.agency) for m in kept.magnitudes}
    kept.magnitudes += [m for m in other.magnitudes if (m.value, m.agency) not in values]
    kept.waveforms += [name for name in other.waveforms if name not in kept.waveforms]


def _epicentres_apart(first: Event, second: Event) -> float | None:
    """Return the distance of two epicentres in degrees of arc, None where either is unknown.

    Flat, which is right to a few km in the few hundred that matter.
    """
    lat, lon = first.latitude, first.longitude
    other_lat, other_lon = second.latitude, second.longitude
    if lat is None or lon is None or other_lat is None or other_lon is None:
        return None
    east = (lon - other_lon + 180) % 360 - 180
    return hypot(lat - other_lat, east * cos(radians((lat + other_lat) / 2)))
