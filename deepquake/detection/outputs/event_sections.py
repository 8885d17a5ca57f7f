"""What the record section of an event shows: stations by distance, records, arrivals found, read
and computed. Each section is made by itself, on any of several processes."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import inf, isfinite, nan
from operator import attrgetter

import numpy as np

from deepquake.catalog.events import Event, is_usable, wave_of
from deepquake.core.report import Report
from deepquake.detection.association.event import DetectedEvent
from deepquake.detection.stations import Detection, StationName
from deepquake.earth.geo import distance_km
from deepquake.earth.stations import Station, station_of
from deepquake.plots.sections import SectionRow, draw_section
from deepquake.plots.style import small_png
from deepquake.waveforms.envelope import stream_envelope
from deepquake.waveforms.filtering import settling_time
from deepquake.waveforms.recording import Recording, Stretch

MOST_ROWS_SHOWN = 36  # of a section: more are too many for a page
LEAST_LEAD_S, LEAST_TRAIL_S = 2.0, 4.0  # shown before the first arrival and after the last one
LONGEST_S = 600.0  # of a section
ALONE_S = 8.0  # shown after a P when nothing else is known
RESAMPLING_S = 10.0  # of samples beside a span that reading it may need
Predict = Callable[[float, float, float], Mapping[str, float]]
"""Travel times of P and S (s) over epicentral distance, depth (km) and elevation (m)."""


@dataclass(frozen=True)
class SectionSource:
    """What an event shows in a section: one that was found, or one of a catalogue.

    ``found`` are its arrivals, ``read`` an analyst's by station and phase. Without an origin
    ``time_s``, ``latitude``, ``longitude`` and ``depth_km`` are NaN.
    """

    title: str
    found: tuple[Detection, ...] = ()
    read: Mapping[StationName, Mapping[str, Sequence[float]]] = field(default_factory=dict)
    time_s: float = nan
    latitude: float = nan
    longitude: float = nan
    depth_km: float = nan


@dataclass(frozen=True)
class SectionTask:
    """A section to be drawn: its rows, and the records that each of them may be in.

    ``anchor`` is the name by which the page links to it.
    """

    anchor: str
    title: str
    rows: tuple[SectionRow, ...]
    records: tuple[tuple[Recording, ...], ...]
    span_s: tuple[float, float]
    scaled_in_s: tuple[float, float]
    origin_s: float
    corners_hz: tuple[float, float]


@dataclass(frozen=True)
class SectionSources:
    """What all sections of a run are made of: records, places, arrivals in order of time."""

    recordings: Mapping[StationName, Sequence[Recording]]
    stations: Sequence[Station]
    arrivals: Sequence[Detection]
    predict: Predict
    corners_hz: tuple[float, float]


def of_detected(event: DetectedEvent, title: str, catalogue: Sequence[Event]) -> SectionSource:
    """Return what an event shows in a section.

    Parameters
    ----------
    event : DetectedEvent
        The event.
    title : str
        Which it is.
    catalogue : sequence of Event
        Those that the arrivals are held against; the readings of its own are shown too.
    """
    read = readings_of(catalogue[number] for number in event.events)
    source = SectionSource(title, found=event.arrivals, read=read)
    if event.origin is None:
        return source
    origin = event.origin
    return replace(
        source,
        time_s=origin.time_s,
        latitude=origin.latitude,
        longitude=origin.longitude,
        depth_km=origin.depth_km,
    )


def of_catalogue(event: Event, title: str) -> SectionSource:
    """Return what an event of a catalogue shows in a section: where nothing of it was found.

    Parameters
    ----------
    event : Event
        The event.
    title : str
        Which it is.
    """

    def known(value: float | None) -> float:
        return nan if value is None else value

    return SectionSource(
        title,
        read=readings_of([event]),
        time_s=known(event.origin_time),
        latitude=known(event.latitude),
        longitude=known(event.longitude),
        depth_km=known(event.depth_km),
    )


def readings_of(events: Iterable[Event]) -> dict[StationName, dict[str, list[float]]]:
    """Return the readings of P and S in use of some events, by station and phase."""
    read: dict[StationName, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for pick in (pick for event in events for pick in event.picks):
        if (phase := wave_of(pick.phase)) and is_usable(pick):
            read[pick.network, pick.station][phase].append(pick.time)
    return {name: dict(by_phase) for name, by_phase in read.items()}


def section_task(source: SectionSource, sources: SectionSources, anchor: str) -> SectionTask:
    """Return the section of an event, to be drawn.

    The stations are those with an arrival or a reading and, as far as there is room, those that
    recorded as near or, of an event without a place, all others.

    Parameters
    ----------
    source : SectionSource
        The event.
    sources : SectionSources
        What else there is.
    anchor : str
        The name by which the page links to it.
    """
    with_arrivals = {(a.network, a.station) for a in source.found}
    names = with_arrivals | {_as_recorded(name, sources) for name in source.read}
    read: dict[StationName, Mapping[str, Sequence[float]]] = {
        _as_recorded(name, sources): by_phase for name, by_phase in source.read.items()
    }
    first_s, last_s = _extent_s(source, read)
    away = {name: _distance_km(name, source, sources) for name in names}
    farthest = max((km for km in away.values() if isfinite(km)), default=inf)
    silent = {name: _distance_km(name, source, sources) for name in sources.recordings}
    silent = {
        name: km
        for name, km in silent.items()
        if name not in names
        and (km <= farthest or not isfinite(farthest))
        and _covering(sources.recordings[name], first_s, last_s)
    }
    firsts = _first_arrivals_s(source.found, read)
    order = sorted(away, key=lambda name: (away[name], firsts.get(name, inf), name))
    order = order[:MOST_ROWS_SHOWN]
    room = MOST_ROWS_SHOWN - len(order)
    nearest = sorted(silent, key=lambda name: (silent[name], name))[:room]
    away |= silent
    order = sorted([*order, *nearest], key=lambda name: (away[name], firsts.get(name, inf), name))
    computed = {name: _computed_s(name, away[name], source, sources) for name in order}
    times_s = [t for name in order for by in computed[name].values() for t in by]
    arrive_s = [first_s, *times_s], [last_s, *times_s]
    begin_s, end_s = min(arrive_s[0]), min(max(arrive_s[1]), first_s + LONGEST_S)
    margin_s = 0.15 * (end_s - begin_s)
    span_s = begin_s - max(LEAST_LEAD_S, margin_s), end_s + max(LEAST_TRAIL_S, 2 * margin_s)
    if begin_s - LEAST_LEAD_S < source.time_s < begin_s:
        span_s = min(span_s[0], source.time_s - 0.5), span_s[1]
    others = _not_its_own(source, sources, span_s)
    rows = tuple(
        SectionRow(
            label=_row_label(name, away[name]),
            found=_times_by_phase(a for a in source.found if (a.network, a.station) == name),
            others=_times_by_phase(others.get(name, ())),
            computed=computed[name],
            read=read.get(name, {}),
        )
        for name in order
    )
    n_all = len(with_arrivals | set(read)) + len(silent)
    told = f"   (the nearest {len(rows)} of {n_all} stations)" if n_all > len(rows) else ""
    lead_s = settling_time(sources.corners_hz[0]) + RESAMPLING_S
    records = tuple(
        tuple(
            _cut(record, span_s[0] - lead_s, span_s[1] + RESAMPLING_S)
            for record in _covering(sources.recordings.get(name, ()), *span_s)
        )
        for name in order
    )
    return SectionTask(
        anchor=anchor,
        title=source.title + told,
        rows=rows,
        records=records,
        span_s=span_s,
        scaled_in_s=(begin_s - 0.2, end_s + max(1.0, margin_s)),
        origin_s=source.time_s,
        corners_hz=sources.corners_hz,
    )


def section_picture(task: SectionTask) -> tuple[str, bytes]:
    """Return the anchor of a section and its PNG.

    Records that cannot be read, which were reported when they were searched, are left out.
    """
    rows = [_with_record(row, task, of) for row, of in zip(task.rows, task.records, strict=True)]
    figure = draw_section(
        task.title, rows, task.span_s, scaled_in_s=task.scaled_in_s, origin_s=task.origin_s
    )
    return task.anchor, small_png(figure)


def _with_record(row: SectionRow, task: SectionTask, records: Sequence[Recording]) -> SectionRow:
    """Return a row with the record that has most of the span: files may overlap in time."""
    for record in sorted(records, key=lambda record: -_covered_s(record, task.span_s)):
        components, outline = stream_envelope(
            record, task.corners_hz, report=Report(), span_s=task.span_s
        )
        if np.isfinite(outline.low).any():
            return replace(row, outline=outline, components=components)
    return row


def _covered_s(recording: Recording, span_s: tuple[float, float]) -> float:
    """Return how much of a span a recording has, to a tenth of a second."""
    rate_hz = recording.sampling_rate_hz
    spans_s = np.array(
        [(s.start_s, s.start_s + s.n_samples / rate_hz) for s in recording.stretches]
    )
    return round(float(np.diff(np.clip(spans_s, *span_s)).sum()), 1)


def _as_recorded(name: StationName, sources: SectionSources) -> StationName:
    """Return the name of a reading's station, whose network may not be told, as of its record."""
    if name in sources.recordings or name[0]:
        return name
    alike = (other for other in sources.recordings if other[1] == name[1])
    return min(alike, default=name)


def _place(name: StationName, source: SectionSource, sources: SectionSources) -> Station | None:
    time_s = source.time_s if isfinite(source.time_s) else None
    return station_of(sources.stations, *name, time_s=time_s)


def _distance_km(name: StationName, source: SectionSource, sources: SectionSources) -> float:
    """Return the epicentral distance of a station; infinite where it is not known."""
    place = _place(name, source, sources)
    if place is None or not (isfinite(source.latitude) and isfinite(source.longitude)):
        return inf
    here = source.latitude, source.longitude
    return float(distance_km(*here, lat2=place.latitude, lon2=place.longitude))


def _computed_s(
    name: StationName, km: float, source: SectionSource, sources: SectionSources
) -> dict[str, list[float]]:
    """Return when each phase comes to a station, by the origin of the event."""
    place = _place(name, source, sources)
    if place is None or not isfinite(km) or not isfinite(source.time_s):
        return {}
    depth_km = source.depth_km if isfinite(source.depth_km) else 0.0
    times_s = sources.predict(km, depth_km, place.elevation_m)
    return {phase: [source.time_s + time_s] for phase, time_s in times_s.items()}


def _extent_s(
    source: SectionSource, read: Mapping[StationName, Mapping[str, Sequence[float]]]
) -> tuple[float, float]:
    """Return the first and the last time that anything of an event comes."""
    times_s = [a.time_s for a in source.found]
    times_s += [time for by_phase in read.values() for of in by_phase.values() for time in of]
    if not times_s:
        times_s = [source.time_s]
    first_s, last_s = min(times_s), max(times_s)
    return first_s, last_s if last_s > first_s else first_s + ALONE_S


def _first_arrivals_s(
    found: Iterable[Detection], read: Mapping[StationName, Mapping[str, Sequence[float]]]
) -> dict[StationName, float]:
    firsts: dict[StationName, float] = {}
    for name, by_phase in read.items():
        firsts[name] = min(time for of in by_phase.values() for time in of)
    for arrival in found:
        name = arrival.network, arrival.station
        firsts[name] = min(arrival.time_s, firsts.get(name, inf))
    return firsts


def _not_its_own(
    source: SectionSource, sources: SectionSources, span_s: tuple[float, float]
) -> dict[StationName, list[Detection]]:
    """Return the arrivals within a span that are not of the event, by station."""
    first = bisect_left(sources.arrivals, span_s[0], key=attrgetter("time_s"))
    last = bisect_right(sources.arrivals, span_s[1], key=attrgetter("time_s"))
    own = {(a.network, a.station, a.phase, a.time_s) for a in source.found}
    others: dict[StationName, list[Detection]] = defaultdict(list)
    for a in sources.arrivals[first:last]:
        if (a.network, a.station, a.phase, a.time_s) not in own:
            others[a.network, a.station].append(a)
    return others


def _times_by_phase(arrivals: Iterable[Detection]) -> dict[str, list[float]]:
    times: dict[str, list[float]] = defaultdict(list)
    for arrival in arrivals:
        times[arrival.phase].append(arrival.time_s)
    return dict(times)


def _row_label(name: StationName, km: float) -> str:
    return f"{name[1]}  {km:.3g} km" if isfinite(km) else ".".join(filter(None, name))


def _covering(recordings: Iterable[Recording], begin_s: float, end_s: float) -> list[Recording]:
    """Return the recordings that have samples between two times."""
    return [recording for recording in recordings if _near(recording, begin_s, end_s)]


def _near(recording: Recording, begin_s: float, end_s: float) -> tuple[Stretch, ...]:
    """Return the stretches of a recording between two times; there may be very many others."""
    stretches, rate_hz = recording.stretches, recording.sampling_rate_hz
    first = bisect_right(stretches, begin_s, key=lambda s: s.start_s + s.n_samples / rate_hz)
    return stretches[first : bisect_right(stretches, end_s, key=attrgetter("start_s"))]


def _cut(recording: Recording, begin_s: float, end_s: float) -> Recording:
    """Return a recording with nothing but what is near a span: it is sent to a process."""
    near = {
        component: tuple(p for p in pieces if p.start_s <= end_s and p.end_s >= begin_s)
        for component, pieces in recording.pieces.items()
    }
    return replace(
        recording,
        pieces={c: pieces for c, pieces in near.items() if pieces},
        stretches=_near(recording, begin_s, end_s),
    )
