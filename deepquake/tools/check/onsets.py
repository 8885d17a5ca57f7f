"""A look at whether the records hold the events when the catalogue says so, or hours off.

A catalogue in local time falls into continuous records all the same: only the samples tell.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import numpy as np

from deepquake.catalog.events import Event, event_time, is_located
from deepquake.core.intervals import touches, union
from deepquake.core.progress import progress
from deepquake.core.report import Report
from deepquake.core.settings import COMPONENTS
from deepquake.earth.arrivals import station_arrivals
from deepquake.earth.checks.hours import (
    LEAST_LOOKED,
    LEAST_SHIFTS,
    SHIFTS_S,
    judge_hours,
    ranked_together,
)
from deepquake.earth.checks.readings import Mask
from deepquake.earth.geo import Floats
from deepquake.earth.stations import station_of
from deepquake.tools.check.comparison import Check, StationCheck
from deepquake.waveforms.reading import read_filtered
from deepquake.waveforms.recording import Recording

MOST_EVENTS = 40
MOST_STATIONS = 2  # of an event: those where P comes first
PLACES_A_STREAM = 16  # that are looked at, for each station stream of --look_at
PLACE_SAMPLES = 1_500_000  # more of a file that must be read for a place are as many places
CANDIDATES = 5  # events of a part of the catalogue: those without a range are passed over
APART_S = 300.0  # between events, lest two of them tell of the same samples
LONGEST_RANGE_S = 30.0  # in which P may come: somewhere in a longer one there always is an onset
READING_ERROR_S = 1.0
HIGHPASS_HZ = 2.0
BEFORE_S, AFTER_S = 8.0, 2.0  # of which the rms is compared, on either side of an onset


@dataclass(frozen=True)
class OnsetRange:
    """When the P of an event may come at a station (seconds since 1970 UTC)."""

    event: int
    station: StationCheck
    earliest_s: float
    latest_s: float


def look_at_onsets(check: Check, look_at: int) -> None:
    """Compare the onsets where P should be with those at other hours, and say what fits.

    Up to 40 events at the two stations where P comes first, in records of six hours or more.

    Parameters
    ----------
    check : Check
        What was found out so far; takes the result (``hours``), and a finding where another hour
        than that of the catalogue fits.
    look_at : int
        How many station streams are looked at in all: more are more events; 0 is none.
    """
    if not look_at or not check.stations or check.geometry.shifted:
        return
    places = _choose_places(check, look_at * PLACES_A_STREAM)
    if len({place.event for place in places}) < LEAST_LOOKED:
        return
    clearness: dict[int, list[Floats]] = {}
    for place in progress(places, len(places), "onsets looked at"):
        found = _clearness(place, check.data.waveform_report)
        clearness.setdefault(place.event, []).append(found)
    shares = np.array([ranked_together(of_event) for of_event in clearness.values()])
    check.hours = judge_hours(shares, len({place.station.name for place in places}))
    if check.hours.finding is not None:
        check.geometry.findings.insert(0, check.hours.finding)


def _choose_places(check: Check, most: int) -> list[OnsetRange]:
    """Choose where to look: of events spread over time the largest, where P comes first."""
    n_pairs = most // (_cost(check.data.recordings) * len(SHIFTS_S))
    n_stations = min(MOST_STATIONS, max(1, n_pairs // MOST_EVENTS))
    wanted = min(MOST_EVENTS, n_pairs // n_stations)
    if wanted < LEAST_LOOKED:
        return []
    parts = np.array_split(np.array(_usable(check), object), wanted)
    candidates = [sorted(part, key=_magnitude, reverse=True)[:CANDIDATES] for part in parts]
    events = [event for part in candidates for event in part]
    by_event: list[list[OnsetRange]] = [[] for _ in events]
    for station in check.stations:
        for place in _places_at(check, station, events):
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


def _usable(check: Check) -> list[Event]:
    """Return the events whose P can be told and that lie in long records, in order of time."""
    told = [
        (time_s, number)
        for number, found in enumerate(check.events)
        if (time_s := event_time(found.event)) is not None
        and (found.n_p or (is_located(found.event) and not found.event.doubt))
    ]
    told.sort()
    spans_s = union(*np.concatenate([station.recorded for station in check.stations]).T)
    recorded = _is_recorded(spans_s, np.array([time_s for time_s, _ in told], float))
    return [check.events[n].event for (_, n), is_in in zip(told, recorded, strict=True) if is_in]


def _is_recorded(spans_s: Floats, times_s: Floats) -> Mask:
    """Return whether records lie at enough of the hours around some times."""
    moments_s = (times_s[:, None] + SHIFTS_S).ravel()
    n_shifts = touches(spans_s, moments_s, np.nextafter(moments_s, np.inf))
    return np.asarray(n_shifts.reshape(-1, len(SHIFTS_S)).sum(axis=1) >= LEAST_SHIFTS)


def _magnitude(event: Event) -> float:
    return event.magnitudes[0].value if event.magnitudes else -np.inf


def _places_at(
    check: Check, station: StationCheck, events: Sequence[Event]
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
    usable = _is_recorded(station.recorded, begins_s) & (ends_s - begins_s <= LONGEST_RANGE_S)
    for k in np.flatnonzero(usable).tolist():
        yield OnsetRange(int(numbers[k]), station, float(begins_s[k]), float(ends_s[k]))


def _clearness(place: OnsetRange, report: Report) -> Floats:
    """Return how clear the onset is after each shift, NaN where nothing was recorded."""
    found = np.full(len(SHIFTS_S), np.nan)
    begins_s = place.earliest_s + SHIFTS_S - BEFORE_S
    ends_s = place.latest_s + SHIFTS_S + AFTER_S
    for recording in place.station.recordings:
        first_s, last_s = recording.span()
        within = np.flatnonzero((begins_s >= first_s) & (ends_s <= last_s))
        if not len(within):
            continue
        component = next(c for c in COMPONENTS if c in recording.pieces)
        vertical = replace(recording, pieces={component: recording.pieces[component]})
        row = COMPONENTS.index(component)
        for k in within.tolist():
            span = float(begins_s[k]), float(ends_s[k])
            segment = read_filtered(vertical, *span, corners_hz=(HIGHPASS_HZ, 0.0), report=report)
            value = onset_clearness(segment.data[row], recording.sampling_rate_hz)
            found[k] = np.fmax(found[k], value)
    return found


def onset_clearness(samples: np.ndarray, rate_hz: float) -> float:
    """Return how clear the clearest onset is: by how much the rms after it is above that before.

    Parameters
    ----------
    samples : numpy.ndarray of float
        Of a component, from 8 s before the first moment of an onset to 2 s after the last.
    rate_hz : float
        Samples per second.

    Returns
    -------
    float
        The natural logarithm of the ratio; NaN where there are gaps or nothing but zeros.
    """
    n_before, n_after = round(BEFORE_S * rate_hz), round(AFTER_S * rate_hz)
    if len(samples) < n_before + n_after or not np.isfinite(samples).all():
        return np.nan
    energy = np.append(0.0, np.cumsum(samples.astype(float) ** 2))
    moments = np.arange(n_before, len(samples) - n_after + 1)
    before = (energy[moments] - energy[moments - n_before]) / n_before
    after = (energy[moments + n_after] - energy[moments]) / n_after
    if before.min() <= 0:
        return np.nan
    return 0.5 * float(np.log(np.maximum(after / before, np.finfo(float).tiny)).max())
