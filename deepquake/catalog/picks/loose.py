"""Picks that no catalogue says are of one event: made into events, or given to those there are."""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence

from deepquake.catalog.events import Event, Pick, can_be_of
from deepquake.catalog.picks.groups import (
    SAME_ONSET_S,
    UNKNOWN_SIZE_S,
    StationPlaces,
    group_picks,
    phase_class,
    place_of_station,
)
from deepquake.core.report import Report

READINGS_OF_EVENT = 2  # of a group, by which it is an event that a catalogue has too

Onset = tuple[str, str]  # station and phase


def group_loose(
    events: Sequence[Event], report: Report, places_of: Callable[[], StationPlaces] = dict
) -> list[Event]:
    """Return the events, those marked ``loose`` in place of which stand those of their picks.

    A pick that is there twice counts once. Picks of one earthquake that read an event's onsets anew
    (two of them, or all) are that event's.

    Parameters
    ----------
    events : sequence of Event
        Of one file or many; the loose ones hold the picks of a file that tells no events.
    report : Report
        Is told how many picks were put together, and by what.
    places_of : callable, optional
        Returns the coordinates of stations; called only where there are loose picks.

    Returns
    -------
    list of Event
        Those that are not loose, then those made here.
    """
    loose = [event for event in events if event.loose]
    if not loose:
        return list(events)
    told = [event for event in events if not event.loose]
    picks, sources = _single(loose, told, report)
    groups = group_picks(picks, places := places_of())
    if told:
        groups = _join_told(groups, told, report=report, path=loose[0].source_file)
    made = [
        Event("", picks=group, source_file=sources[_reading(group[0])], loose=True)
        for group in groups
    ]
    if made:
        stations = {(pick.network, pick.station) for group in groups for pick in group}
        placed = sum(place_of_station(*station, places=places) is not None for station in stations)
        within = (
            f"what the distances of {placed} of {len(stations)} stations explain"
            if placed > 1
            else f"{UNKNOWN_SIZE_S:.0f} s (the stations' coordinates are not known)"
        )
        are_one = f"those within {within} are taken as one event, {len(made)} in all"
        count = sum(map(len, groups))
        report.note(loose[0].source_file, f"{count} picks without an event: {are_one}")
    return told + made


def _reading(pick: Pick, near: int = 0) -> tuple[str, str, int]:
    """Return station, phase and hundredth of a second of a pick, or of one ``near`` it."""
    return *_onset(pick), round(pick.time * 100) + near


def _onset(pick: Pick) -> Onset:
    return pick.station.upper(), phase_class(pick)


def _single(
    loose: Sequence[Event], told: Sequence[Event], report: Report
) -> tuple[list[Pick], dict[tuple[str, str, int], str]]:
    """Return the picks that are in no event yet, each once, and the file that each reading is of.

    A pick that is in an event lends it its score.
    """
    known = {_reading(pick, near): pick for e in told for pick in e.picks for near in (-1, 0, 1)}
    sources: dict[tuple[str, str, int], str] = {}
    picks = []
    for event in loose:
        for pick in event.picks:
            reading = _reading(pick)
            if (other := known.get(reading)) is not None:
                if other.score is None and pick.score is not None:
                    other.score, other.automatic = pick.score, pick.automatic
            elif reading not in sources:
                sources[reading] = event.source_file
                picks.append(pick)
    left = sum(len(event.picks) for event in loose) - len(picks)
    if left:
        message = f"{left} picks are there twice, or in an event: taken once"
        report.note(loose[0].source_file, message)
    return picks, sources


def _join_told(
    groups: Sequence[list[Pick]], told: Sequence[Event], report: Report, path: str
) -> list[list[Pick]]:
    """Give events the picks of groups that read them anew, and return what is left of the groups.

    Another P or S of a station that the event has already, at another time, stays in its group.
    """
    onsets: dict[tuple[str, str, int], list[tuple[float, int]]] = defaultdict(list)
    for number, event in enumerate(told):
        for pick in event.picks:
            for second in (-1, 0, 1):
                key = (*_onset(pick), int(pick.time) + second)
                onsets[key].append((pick.time, number))
    left, joined = [], 0
    for group in groups:
        read = Counter(
            number
            for pick in group
            for number in {
                number
                for time, number in onsets.get((*_onset(pick), int(pick.time)), ())
                if abs(time - pick.time) <= SAME_ONSET_S
            }
        )
        number, count = read.most_common(1)[0] if read else (0, 0)
        if count < min(READINGS_OF_EVENT, len(group)):
            left.append(group)
            continue
        event = told[number]
        times = {_onset(pick): pick.time for pick in event.picks}
        of_event = [
            pick
            for pick in group
            if can_be_of(pick, event)
            and abs(times.get(_onset(pick), pick.time) - pick.time) <= SAME_ONSET_S
        ]
        event.picks += of_event
        joined += len(of_event)
        taken = set(map(id, of_event))
        if rest := [pick for pick in group if id(pick) not in taken]:
            left.append(rest)
    if joined:
        report.note(path, f"{joined} picks without an event are of events that are there already")
    return left
