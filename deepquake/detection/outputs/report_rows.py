"""What a report says in words and numbers: the cells of its tables, by event and by station."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepquake.catalog.events import Event, wave_of
from deepquake.core.settings import Settings
from deepquake.core.text import duration, number_of, printable, utc
from deepquake.core.times import iso
from deepquake.detection.association.event import DetectedEvent
from deepquake.detection.stations import (
    FALSE_ALARM,
    FOUND,
    NO_REGION,
    UNDECIDED,
    Detection,
    StationName,
)
from deepquake.earth.regions import Regions
from deepquake.earth.stations import Station, station_of
from deepquake.waveforms.recording import Recording

OUTCOME_WORDS = {FOUND: "in the catalogue", FALSE_ALARM: "false", UNDECIDED: "undecided", "": ""}


@dataclass(frozen=True)
class ReportContent:
    """What a report is of; all but the events and arrivals may be unknown.

    ``arrivals`` are all that were found, in order of time, those of no event too. ``told`` are
    lines on what was searched and with what network: name and value. ``recorded_s`` is when
    each station could be heard, stretches (k, 2). Of a ``catalogue``, ``expected`` are the events
    (index) that could be found; None where there is no catalogue.
    """

    title: str
    events: Sequence[DetectedEvent]
    arrivals: Sequence[Detection]
    stations: Sequence[Station] = ()
    told: Sequence[tuple[str, str]] = ()
    recordings: Sequence[Recording] = ()
    recorded_s: Mapping[StationName, NDArray] = field(default_factory=dict)
    region_names: Sequence[str] = ()
    regions: Regions | None = None
    catalogue: Sequence[Event] = ()
    expected: Collection[int] | None = None

    @property
    def station_names(self) -> list[StationName]:
        """The stations that recorded or have an arrival, sorted."""
        names = {(a.network, a.station) for a in self.arrivals} | set(self.recorded_s)
        return sorted(names | {(r.network, r.station) for r in self.recordings})

    @property
    def stations_used(self) -> list[Station]:
        """Those of them whose place is known."""
        places = [station_of(self.stations, *name) for name in self.station_names]
        return [place for place in places if place is not None]

    @cached_property
    def has_places(self) -> bool:
        """Whether any event is located."""
        return any(event.origin is not None for event in self.events)

    @cached_property
    def has_magnitudes(self) -> bool:
        """Whether any event has a magnitude."""
        return any(event.magnitude is not None for event in self.events)

    @property
    def missed(self) -> list[int]:
        """The events of the catalogue that could be found and were not."""
        found = {number for event in self.events for number in event.events}
        return sorted(set(self.expected or ()) - found)


def what_was_searched(content: ReportContent, settings: Settings) -> list[tuple[str, str]]:
    """Return what the page says of what was searched, and how events were made of arrivals.

    Parameters
    ----------
    content : ReportContent
        What the page is of.
    settings : Settings
        What an event has, and when waves arrive.
    """
    spans = [r.span() for r in content.recordings]
    stretches = [tuple(s) for of in content.recorded_s.values() for s in of.tolist()]
    told = []
    if spans or stretches:
        begin_s = min(begin for begin, _ in spans or stretches)
        end_s = max(end for _, end in spans or stretches)
        told.append(("time", f"{utc(begin_s)} to {utc(end_s)} UTC ({duration(end_s - begin_s)})"))
        names = {(r.network, r.station) for r in content.recordings} or set(content.recorded_s)
        hours = sum(end - begin for begin, end in stretches or spans) / 3600
        told.append(("records", f"{number_of(len(names), 'station')}, {hours:,.1f} station-hours"))
    elif content.arrivals:
        first_s, last_s = content.arrivals[0].time_s, content.arrivals[-1].time_s
        told.append(("arrivals", f"{utc(first_s)} to {utc(last_s)} UTC; no records were read"))
    events, arrivals = settings.events, settings.arrivals
    model = (
        f"model {Path(arrivals.velocity_model_path).name}"
        if arrivals.velocity_model_path
        else f"{arrivals.mean_velocity / 3600:.3g} km/s (mean velocity of P)"
    )
    told.append(("travel times", f"{model}; Vp/Vs {events.vp_vs_ratio:g} where it has no S"))
    least = f"{events.min_stations} stations (or all that record then), {events.min_picks} arrivals"
    if events.min_pairs:
        least += f", {number_of(events.min_pairs, 'station')} with both P and S"
    told.append(("an event has", f"{least} where it is located"))
    return told


def headline_counts(content: ReportContent) -> list[tuple[str, str]]:
    """Return the numbers that the page begins with: each with its word."""
    located = sum(event.origin is not None for event in content.events)
    by_phase = Counter(a.phase for a in content.arrivals)
    used = sum(len(event.arrivals) for event in content.events)
    counts = [
        (str(len(content.events)), "events"),
        (str(located), "located"),
        (f"{by_phase['P']} P, {by_phase['S']} S", "arrivals found"),
        (str(used), "arrivals of events"),
    ]
    if content.expected is not None:
        n_found = len(content.expected) - len(content.missed)
        n_false = sum(event.outcome == FALSE_ALARM for event in content.events)
        counts += [
            (f"{n_found} of {len(content.expected)}", "of the catalogue found"),
            (str(len(content.missed)), "missed"),
            (str(n_false), "false"),
        ]
    return counts


def anchor_of(number: int, event: DetectedEvent) -> str:
    """Return the name by which the page links to an event.

    Parameters
    ----------
    number : int
        Its number among all events.
    event : DetectedEvent
        The event.
    """
    return f"e{event.event_id or number}"


def event_title(event: DetectedEvent) -> str:
    """Return id, time, place and magnitude of an event in one line."""
    place = f"{_instant(event.time_s)} UTC"
    if event.origin is not None:
        place += f"   {event.origin.latitude:.4f}, {event.origin.longitude:.4f}"
        place += f", {event.origin.depth_km:.1f} km deep"
    magnitude = f"   ML {event.magnitude.value:.1f}" if event.magnitude else ""
    return f"{event.event_id}   {place}{magnitude}"


def catalogue_title(event: Event) -> str:
    """Return id, time and magnitude of an event of a catalogue in one line."""
    when = f"{_instant(event.origin_time)} UTC" if event.origin_time else ""
    size = "  ".join(f"M{m.kind} {m.value:.1f}" for m in event.magnitudes[:1])
    return "   ".join(filter(None, (event.event_id, when, size)))


def event_columns(content: ReportContent) -> list[tuple[str, str, bool]]:
    """Return the table's columns: name, unit, whether numbers."""
    columns = [("event", "", False), ("time", "UTC", False)]
    if content.has_places:
        columns += [
            ("latitude", "°", True),
            ("longitude", "°", True),
            ("depth", "km", True),
            ("± place", "km", True),
            ("± depth", "km", True),
            ("rms", "s", True),
            ("gap", "°", True),
        ]
    columns += [("arrivals", "", True), ("stations", "", True)]
    if content.has_magnitudes:
        columns.append(("magnitude", "ML", True))
    if content.region_names:
        columns.append(("region", "", False))
    if content.expected is not None:
        columns.append(("catalogue", "", False))
    return columns


def event_row(
    number: int, event: DetectedEvent, content: ReportContent, *, linked: bool
) -> dict[str, Any]:
    """Return the cells of an event in the table, as ``event_columns`` has them.

    Parameters
    ----------
    number : int
        Its number among all events.
    event : DetectedEvent
        The event.
    content : ReportContent
        What the page is of.
    linked : bool
        Whether it has a record section.
    """
    origin = event.origin
    place: tuple[str, ...] = ("",) * (7 * content.has_places)
    if origin is not None:
        errors = origin.horizontal_error_km, origin.depth_error_km
        place = (
            f"{origin.latitude:.4f}",
            f"{origin.longitude:.4f}",
            _rounded(origin.depth_km, 1),
            *(_rounded(error, 1) for error in errors),
            _rounded(origin.rms_s, 2),
            _rounded(origin.gap_deg, 0),
        )
    cells = [
        _instant(event.time_s),
        *place,
        str(len(event.arrivals)),
        str(len(event.stations)),
    ]
    if content.has_magnitudes:
        cells.append(_rounded(event.magnitude.value, 1) if event.magnitude else "")
    if content.region_names:
        cells.append(_region_name(event.cluster_id, content))
    if content.expected is not None:
        cells.append(_in_catalogue(event, content))
    anchor = anchor_of(number, event)
    return {"id": event.event_id or str(number), "anchor": anchor if linked else "", "cells": cells}


def _instant(time_s: float) -> str:
    """Return a time to the hundredth of a second."""
    return iso(time_s)[:22].replace("T", " ")


def _rounded(value: float, digits: int) -> str:
    return f"{value:.{digits}f}" if isfinite(value) else ""


def _region_name(number: int, content: ReportContent) -> str:
    known = number != NO_REGION and number < len(content.region_names)
    return printable(content.region_names[number]) if known else ""


def _in_catalogue(event: DetectedEvent, content: ReportContent) -> str:
    names = [content.catalogue[number].event_id for number in event.events]
    return printable(", ".join(names)) or OUTCOME_WORDS[event.outcome]


def event_details(
    number: int, event: DetectedEvent, content: ReportContent, pictures: Mapping[str, str]
) -> dict[str, Any]:
    """Return what stands around the record section of an event.

    Parameters
    ----------
    number : int
        Its number among all events.
    event : DetectedEvent
        The event.
    content : ReportContent
        What the page is of.
    pictures : mapping of str to str
        The record sections, by the names that the page links to.
    """
    anchor, origin = anchor_of(number, event), event.origin
    facts = []
    if origin is None:
        facts.append(": ".join(filter(None, ("not located", event.why_not_located))))
    else:
        facts += [
            f"{origin.latitude:.4f}°, {origin.longitude:.4f}°"
            f" ± {origin.horizontal_error_km:.1f} km",
            f"depth {origin.depth_km:.1f} ± {origin.depth_error_km:.1f} km",
            f"origin time ± {origin.time_error_s:.2f} s",
            f"rms {origin.rms_s:.2f} s",
            f"gap {origin.gap_deg:.0f}°",
        ]
    facts.append(f"{len(event.arrivals)} arrivals at {number_of(len(event.stations), 'station')}")
    if event.magnitude is not None:
        size = f"ML {event.magnitude.value:.2f}"
        spread = event.magnitude.spread
        facts.append(f"{size} ± {spread:.2f}" if isfinite(spread) else f"{size} of one station")
    if content.region_names:
        by = (("place", event.place_region), ("network", event.network_region))
        names = [f"{_region_name(k, content)} by its {who}" for who, k in by if k != NO_REGION]
        facts += [f"region {', '.join(names)}"] * bool(names)
    if content.expected is not None:
        names = [catalogue_title(content.catalogue[k]) for k in event.events]
        told = ", ".join(names) if names else OUTCOME_WORDS[event.outcome]
        facts += [f"catalogue: {told}"] * bool(told)
    return {
        "anchor": anchor,
        "id": event.event_id or str(number),
        "title": f"{_instant(event.time_s)} UTC",
        "facts": [printable(fact) for fact in facts],
        "picture": pictures.get(anchor, ""),
        "arrivals": _arrival_rows(event),
    }


def _arrival_rows(event: DetectedEvent) -> list[tuple[str, ...]]:
    """Return an event's arrivals: station, phase, time, score, uncertainty, residual, distance,
    azimuth."""
    fits: Sequence[Any] = event.fits or [None] * len(event.arrivals)
    rows: list[tuple[str, ...]] = []
    for arrival, fit in zip(event.arrivals, fits, strict=True):
        channel = ".".join((arrival.network, arrival.station, arrival.location, arrival.channel))
        rows.append(
            (
                printable(channel),
                arrival.phase,
                iso(arrival.time_s)[11:23],
                _rounded(arrival.probability, 2),
                _rounded(arrival.uncertainty_s, 2),
                _rounded(fit.residual_s, 2) if fit else "",
                _rounded(fit.distance_km, 1) if fit else "",
                _rounded(fit.azimuth_deg, 0) if fit else "",
            )
        )
    return rows


def missed_row(number: int, content: ReportContent, *, linked: bool) -> dict[str, Any]:
    """Return the line of an event of the catalogue that was missed.

    Parameters
    ----------
    number : int
        Its number in the catalogue.
    content : ReportContent
        What the page is of.
    linked : bool
        Whether it has a record section.
    """
    event = content.catalogue[number]
    n_picks = sum(bool(wave_of(pick.phase)) for pick in event.picks)
    return {
        "anchor": f"c{number}" if linked else "",
        "title": printable(catalogue_title(event)),
        "picks": number_of(n_picks, "reading"),
    }


def missed_details(
    number: int, content: ReportContent, pictures: Mapping[str, str]
) -> dict[str, Any]:
    """Return what stands around the record section of a missed event.

    Parameters
    ----------
    number : int
        Its number in the catalogue.
    content : ReportContent
        What the page is of.
    pictures : mapping of str to str
        As of ``event_details``.
    """
    row = missed_row(number, content, linked=True)
    return row | {"picture": pictures.get(f"c{number}", "")}


def station_rows(content: ReportContent) -> list[tuple[str, ...]]:
    """Return a row for each station: codes, place, hours, P, S, of events; and by the catalogue."""
    counts = Counter((a.network, a.station, a.phase) for a in content.arrivals)
    used = Counter((a.network, a.station) for event in content.events for a in event.arrivals)
    outcomes = Counter((a.network, a.station, a.outcome) for a in content.arrivals)
    rows = []
    for name in content.station_names:
        place = station_of(content.stations, *name)
        where = ("", "", "")
        if place is not None:
            where = f"{place.latitude:.4f}", f"{place.longitude:.4f}", f"{place.elevation_m:.0f}"
        heard_s = content.recorded_s.get(name)
        hours = "" if heard_s is None else f"{np.sum(np.diff(heard_s)) / 3600:.2f}"
        row = [printable(".".join(filter(None, name))), *where, hours]
        row += [str(counts[*name, phase]) for phase in "PS"] + [str(used[name])]
        if content.expected is not None:
            row += [str(outcomes[*name, outcome]) for outcome in (FOUND, FALSE_ALARM, UNDECIDED)]
        rows.append(tuple(row))
    return rows
