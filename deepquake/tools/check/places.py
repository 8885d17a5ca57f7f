"""Where to look for the onsets of P: at events spread over time, where it comes first."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import numpy as np

from deepquake.catalog.events import Event, event_time, is_located
from deepquake.core.intervals import union
from deepquake.core.settings import COMPONENTS
from deepquake.earth.arrivals import station_arrivals
from deepquake.earth.checks.hours import LEAST_LOOKED
from deepquake.earth.checks.readings import Mask
from deepquake.earth.geo import Floats
from deepquake.earth.stations import station_of
from deepquake.tools.check.comparison import Check, StationCheck
from deepquake.waveforms.recording import Recording

MOST_EVENTS = 40
MOST_STATIONS = 2  # of an event: those where P comes first
PLACE_SAMPLES = 1_500_000  # more of a file that must be read for a place are as many places
CANDIDATES = 5  # events of a part of the catalogue: those without a range are passed over
APART_S = 300.0  # between events, lest two of them tell of the same samples
LONGEST_RANGE_S = 30.0  # in which P may come: somewhere in a longer one there always is an onset
READING_ERROR_S = 1.0
HIGHPASS_HZ = 2.0

IsRecorded = Callable[[Floats, Floats], Mask]


@dataclass(frozen=True)
class OnsetRange:
    """When the P of an event may come at a station (seconds since 1970 UTC)."""

    event: int
    station: StationCheck
    earliest_s: float
    latest_s: float


def choose_places(check: Check, most: int, is_recorded: IsRecorded) -> list[OnsetRange]:
    """Choose where to look: of events spread over time the largest, where P comes first.

    Parameters
    ----------
    check : Check
        What was found out so far.
    most : int
        How many places, if no file must be read whole.
    is_recorded : callable
        Tells from spans recorded which of some times lie in records that are of use.

    Returns
    -------
    list of OnsetRange
        At most two of each event, by time; none where there are too few.
    """
    n_pairs = most // _cost(check.data.recordings)
    n_stations = min(MOST_STATIONS, max(1, n_pairs // MOST_EVENTS))
    wanted = min(MOST_EVENTS, n_pairs // n_stations)
    if wanted < LEAST_LOOKED:
        return []
    parts = np.array_split(np.array(_usable(check, is_recorded), object), wanted)
    candidates = [sorted(part, key=_magnitude, reverse=True)[:CANDIDATES] for part in parts]
    events = [event for part in candidates for event in part]
    by_event: list[list[OnsetRange]] = [[] for _ in events]
    for station in check.stations:
        for place in _places_at(check, station, events, is_recorded):
            by_event[place.event].append(place)
    with_ranges = zip(events, by_event, strict=True)
    chosen: list[OnsetRange] = []
    last_s = -np.inf
    for part in candidates:
        for event, some in list(islice(with_ranges, len(part))):
            time_s = event_time(event) or 0.0
            if some and time_s >= last_s + APART_S:
                some.sort(key=lambda place: (place.latest_s, place.station.name))
                chosen += some[:n_stations]
                last_s = time_s
                break
    return chosen


def _cost(recordings: Sequence[Recording]) -> int:
    """Return as how many places one counts: of what is not miniSEED all of a file is read."""
    n_samples: Counter[Path] = Counter()
    for piece in (p for r in recordings for some in r.pieces.values() for p in some):
        n_samples[piece.path] += 0 if piece.n_bytes else piece.n_samples
    return 1 + max(n_samples.values(), default=0) // PLACE_SAMPLES


def _usable(check: Check, is_recorded: IsRecorded) -> list[Event]:
    """Return the events whose P can be told and that lie in records of use, in order of time."""
    told = [
        (time_s, number)
        for number, found in enumerate(check.events)
        if (time_s := event_time(found.event)) is not None
        and (found.n_p or (is_located(found.event) and not found.event.doubt))
    ]
    told.sort()
    spans_s = union(*np.concatenate([station.recorded for station in check.stations]).T)
    recorded = is_recorded(spans_s, np.array([time_s for time_s, _ in told], float))
    return [check.events[n].event for (_, n), is_in in zip(told, recorded, strict=True) if is_in]


def _magnitude(event: Event) -> float:
    return event.magnitudes[0].value if event.magnitudes else -np.inf


def _places_at(
    check: Check, station: StationCheck, events: Sequence[Event], is_recorded: IsRecorded
) -> Iterator[OnsetRange]:
    """Yield where the P of events comes at a station that recorded then: as picked or estimated."""
    model = str(check.data.velocity_model or "")
    settings = replace(check.settings.arrivals, velocity_model_path=model)
    names = station.network, station.code
    believed = station_of(check.geometry.stations, *names)
    found = station_arrivals(events, believed, *names, settings=settings)
    numbers = np.concatenate([found.picked_events, found.estimated_events])
    begins_s = np.concatenate([found.picked_s - READING_ERROR_S, found.earliest_s])
    ends_s = np.concatenate([found.picked_s + READING_ERROR_S, found.latest_s])
    usable = is_recorded(station.recorded, begins_s) & (ends_s - begins_s <= LONGEST_RANGE_S)
    for k in np.flatnonzero(usable).tolist():
        yield OnsetRange(int(numbers[k]), station, float(begins_s[k]), float(ends_s[k]))


def vertical_of(recording: Recording) -> tuple[Recording, int]:
    """Return a recording with its vertical alone, or what it has, and the row of its samples."""
    component = next(c for c in COMPONENTS if c in recording.pieces)
    pieces = {component: recording.pieces[component]}
    return replace(recording, pieces=pieces), COMPONENTS.index(component)
