"""One event told twice, in two files or formats or in one: finding and merging."""

import os
from collections import Counter
from math import cos, hypot, radians
from pathlib import Path
from statistics import median

from deepquake.catalog.events import (
    LATEST_P_S,
    Event,
    Pick,
    event_time,
    first_pick_time,
    id_of,
    is_located,
    is_usable,
    wave_of,
)
from deepquake.core.report import Report
from deepquake.core.text import number_of

SAME_TIME_S = 2.0  # origins of one event in two catalogues differ by less ...
SHARED_TIME_S = 10.0  # ... or by less than this where the picks are the same
SAME_PLACE_DEG = 0.27  # 30 km
# One agency tells an event again in one file with figures that differ by less. What is further
# apart, such as aftershocks, are two events.
RETOLD_TIME_S = 1.0
RETOLD_PLACE_DEG = 0.09  # 10 km
SAME_MOMENT_S = 0.01  # so near are rows of a list without picks that tell one event
SAME_PICK_S = 0.05  # one reading, rounded in two ways
OTHER_PICK_S = 0.5  # two readings of one onset differ by less ...
OTHER_MODE_S = 1.0  # ... or by less than this, where one of them is automatic
OFF_BY_S = 86400.0  # picks and the origin of their event may be, by a slip or a time zone
FIRST_PICK_S = 120.0  # first pick and origin of a local event lie closer than this

FirstArrivals = dict[tuple[str, str], tuple[float, bool]]  # time and whether automatic


def merge_duplicates(
    events: list[Event], report: Report, only_file: Path | str | None = None
) -> list[Event]:
    """Return the events without those that are another one told again, in the order given.

    Two events of different files or agencies are one where their origins are within 2 s and 30 km;
    with a location or an origin missing, where they share a pick; and where they share two picks
    and their origins are within 10 s. Picks of one station and phase that differ by more than half
    a second speak against it (a second, where one is automatic), unless more of them agree: an
    analyst may read one of many anew. Two events of one file and agency are one where their origins
    are within 1 s and 10 km (0.01 s where neither has picks), or within 10 s under one id. An event
    of a table and the picks of a list that bear its id are one.

    The event that has picks of an analyst stays, else that with more picks, else that of the first
    file and there the last; what it does not know it takes from the other, and all its readings:
    where something was read there is no noise.

    Parameters
    ----------
    events : list of Event
        Of all files; those that stay are completed in place.
    report : Report
        Is told of each event that is merged into another.
    only_file : Path or str, optional
        The file that holds all of them, wherever they came from before.
    """
    if only_file is None:
        events = _join_by_id(events, report)
    times = enumerate(map(event_time, events))
    timed = sorted((time, index) for index, time in times if time is not None)
    all_have_origins = all(event.origin_time is not None for event in events)
    reach = SHARED_TIME_S if all_have_origins else FIRST_PICK_S
    alike: dict[tuple[int, int], float] = {}
    begin = 0
    for position, (time, index) in enumerate(timed):
        while timed[begin][0] < time - reach:
            begin += 1
        for _, other in timed[begin:position]:
            pair = min(other, index), max(other, index)
            same_file = (
                only_file is not None or events[other].source_file == events[index].source_file
            )
            apart = _unlikeness(events[pair[0]], events[pair[1]], same_file)
            if apart is not None:
                alike[pair] = apart
    if not alike:
        return events
    first_of: dict[str, int] = {}
    for index, event in enumerate(events):
        first_of.setdefault(event.source_file, index)
    gone: set[int] = set()
    for group in _groups_alike(
        alike, [event.source_file if only_file is None else "" for event in events]
    ):
        kept, *others = sorted(
            group, key=lambda i: (_poverty(events[i]), first_of[events[i].source_file], -i)
        )
        for other in others:
            _merge(events[kept], events[other], report, path=only_file)
            gone.add(other)
    return [event for index, event in enumerate(events) if index not in gone]


def _groups_alike(alike: dict[tuple[int, int], float], files: list[str]) -> list[set[int]]:
    """Return which events are one, from how unlike any two of them are, the most alike first.

    Two events of one file stay two, whatever they are like in other files, unless they themselves
    are alike.
    """
    group_of: dict[int, set[int]] = {}
    for first, second in sorted(alike, key=lambda pair: (alike[pair], pair)):
        left, right = group_of.get(first, {first}), group_of.get(second, {second})
        if left is not right and all(
            files[i] != files[j] or (min(i, j), max(i, j)) in alike for i in left for j in right
        ):
            joined = left | right
            group_of |= dict.fromkeys(joined, joined)
    return list({id(group): group for group in group_of.values()}.values())


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
    originals: dict[str, dict[str, Event]] = {}
    for event in events:
        if id(event) not in numbers:
            of_file = originals.setdefault(_place_of(event.source_file), {})
            of_file.setdefault(id_of(event), event)
    gone: set[int] = set()
    for copy, path in copies:
        of_file = originals.get(_place_of(copy.source_file), {})
        if not of_file:
            continue
        report.note(path, f"event is also in {copy.source_file}, whence it came: that one is taken")
        original = of_file.get(id_of(copy))
        if original is not None and original.cluster_id is None:
            original.cluster_id = copy.cluster_id
        gone.add(id(copy))
    return [event for event in events if id(event) not in gone]


def _place_of(source_file: str) -> str:
    """Return where a file lies, links followed; what a catalogue says may be no file's name."""
    try:
        return os.path.realpath(source_file)
    except (OSError, ValueError):
        return source_file


def without_no_events(events: list[Event], no_events: set[str], report: Report) -> list[Event]:
    """Return the events without the picks of a list whose event another file calls deleted.

    Parameters
    ----------
    events : list of Event
        Of all files.
    no_events : set of str
        The ids of what files call deleted, rejected, not existing or the like.
    report : Report
        Is told how many picks are left out.
    """
    gone = no_events - {event.event_id for event in events if event.origin_time is not None}
    left_out = [e for e in events if e.origin_time is None and e.event_id in gone]
    n_picks: Counter[str] = Counter()
    for event in left_out:
        n_picks[event.source_file] += len(event.picks)
    for path, count in n_picks.items():
        said = f"{number_of(count, 'pick')} of events that another file calls no events"
        report.skip(path, f"{said} (deleted, rejected or the like): left out")
    without = {id(event) for event in left_out}
    return [event for event in events if id(event) not in without]


def _join_by_id(events: list[Event], report: Report) -> list[Event]:
    """Give events without picks the picks that other files hold under their id.

    Ids that count from 0 every day are told apart by the time. Under an id that is there but once
    picks are the event's up to a day off: a slip or a time zone is not for this to judge.
    """
    bare: dict[str, list[tuple[float, Event]]] = {}
    for event in events:
        if event.event_id and event.origin_time is not None and not event.picks:
            bare.setdefault(event.event_id, []).append((event.origin_time, event))
    n_lists = Counter(event.event_id for event in events if event.origin_time is None)
    kept = []
    for event in events:
        begin = first_pick_time(event)
        named = [
            (origin_time, other)
            for origin_time, other in bare.get(event.event_id, ())
            if event.origin_time is None
            and begin is not None
            and other.source_file != event.source_file
            and abs(begin - origin_time) <= OFF_BY_S
        ]
        fitting = [pair for pair in named if pair[0] <= (begin or 0) <= pair[0] + LATEST_P_S]
        if not fitting and n_lists[event.event_id] == len(bare.get(event.event_id, ())) == 1:
            fitting = named
        if fitting:  # of several days, each with ids from 0, the latest before the picks
            _, latest = max(fitting, key=lambda item: item[0])
            _merge(latest, event, report)
        else:
            kept.append(event)
    return kept


def _poverty(event: Event) -> tuple[bool, int, bool]:
    """Return a rank: the event with the lowest is believed."""
    reviewed = any(not pick.automatic for pick in event.picks)
    return not reviewed, -len(event.picks), not is_located(event)


def _unlikeness(first: Event, second: Event, same_file: bool) -> float | None:
    """Return by how many seconds two tellings of one event differ, None where they are two."""
    apart_s = None
    if first.origin_time is not None and second.origin_time is not None:
        apart_s = abs(first.origin_time - second.origin_time)
        if apart_s > SHARED_TIME_S:
            return None
    if same_file:
        if _is_copy(first, second):
            return 0.0
        if apart_s is None:
            return None
    differences, shared, against = _compare_picks(first, second)
    if against >= max(shared, 1):
        return None
    unlike = median(differences) if differences else apart_s or 0.0
    same_id = bool(first.event_id) and first.event_id == second.event_id
    if shared >= 2 or (same_file and same_id):
        return unlike
    retold = same_file and first.agency == second.agency
    most_s, most_deg = SAME_TIME_S, SAME_PLACE_DEG
    if retold:
        most_s, most_deg = RETOLD_TIME_S, RETOLD_PLACE_DEG
        if not (first.picks or second.picks):
            most_s = SAME_MOMENT_S
    apart_deg = _epicentres_apart(first, second)
    if (apart_s or 0) > most_s or (apart_deg or 0) > most_deg:
        return None
    if apart_s is not None and (apart_deg is not None or same_id):
        return unlike
    return unlike if shared and not same_file else None


def _compare_picks(first: Event, second: Event) -> tuple[list[float], int, int]:
    """Return how far the first arrivals of two events are apart, how many agree and do not."""
    times, others = _first_arrivals(first), _first_arrivals(second)
    differences, shared, against = [], 0, 0
    for key in times.keys() & others.keys():
        (time, automatic), (other, other_automatic) = times[key], others[key]
        apart = abs(time - other)
        differences.append(apart)
        modes_differ = automatic != other_automatic
        shared += apart <= (OTHER_MODE_S if modes_differ else SAME_PICK_S)
        against += apart > (OTHER_MODE_S if modes_differ else OTHER_PICK_S)
    return differences, shared, against


def _is_copy(first: Event, second: Event) -> bool:
    """Return whether two events of one file are the same in all that tells events apart."""
    return (
        (first.origin_time, first.latitude, first.longitude, first.depth_km)
        == (second.origin_time, second.latitude, second.longitude, second.depth_km)
        and first.picks == second.picks
        and (bool(first.picks) or (first.origin_time is not None and is_located(first)))
    )


def _first_arrivals(event: Event) -> FirstArrivals:
    """Return the first P and S of each station: manual and in use, where there are such.

    A station is its code in upper case.
    """
    first: dict[tuple[str, str], tuple[bool, bool, float]] = {}
    for pick in event.picks:
        if wave := wave_of(pick.phase):
            key, rank = (
                (pick.station.upper(), wave),
                (not is_usable(pick), pick.automatic, pick.time),
            )
            first[key] = min(rank, first.get(key, rank))
    return {key: (time, automatic) for key, (_, automatic, time) in first.items()}


def _merge(kept: Event, other: Event, report: Report, path: Path | str | None = None) -> None:
    """Add to ``kept`` all that ``other`` knows beside it; ``path`` is the file of both."""
    kinds = (
        f", told as {other.kind} there" if other.kind not in ("", kept.kind) and kept.kind else ""
    )
    if path is not None:
        said = f"event {id_of(other)} is {id_of(kept)} told twice: merged{kinds}"
    elif other.source_file == kept.source_file:
        said = f"event is told twice in the file: merged{kinds}"
    else:
        said = f"event is also in {kept.source_file}: merged{kinds}"
    report.note(path or other.source_file, said, None if path else other.source_line)
    _add_readings(kept, other)
    if is_located(other) and not is_located(kept):
        names = "origin_time", "latitude", "longitude", "depth_km", "agency", "distance"
        for name in (*names, "time_fixed", "depth_fixed"):
            setattr(kept, name, getattr(other, name))
    for name in ("origin_time", "depth_km", "agency", "distance", "kind", "event_id", "cluster_id"):
        if getattr(kept, name) in (None, ""):
            setattr(kept, name, getattr(other, name))
    values = {(m.value, m.agency) for m in kept.magnitudes}
    kept.magnitudes += [m for m in other.magnitudes if (m.value, m.agency) not in values]
    kept.waveforms += [name for name in other.waveforms if name not in kept.waveforms]


def _add_readings(kept: Event, other: Event) -> None:
    """Give ``kept`` the readings of ``other``; of two that are one the manual one stays."""
    known: dict[tuple[str, str], list[int]] = {}
    for index, pick in enumerate(kept.picks):
        known.setdefault(_reading_of(pick), []).append(index)
    for pick in other.picks:
        same = (
            index
            for index in known.get(_reading_of(pick), ())
            if abs(kept.picks[index].time - pick.time) <= SAME_PICK_S
        )
        found = next(same, None)
        if found is None:
            kept.picks.append(pick)
        elif kept.picks[found].automatic and not pick.automatic:
            kept.picks[found] = pick


def _reading_of(pick: Pick) -> tuple[str, str]:
    return pick.station.upper(), wave_of(pick.phase) or pick.phase


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
