"""What all stations amount to: the counts of a run, and its scores by a catalogue."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepquake.catalog.events import Event, is_located
from deepquake.core import intervals
from deepquake.core.times import DAY_S
from deepquake.detection.association.event import DetectedEvent
from deepquake.detection.stations import (
    FALSE_ALARM,
    FOUND,
    NO_REGION,
    UNDECIDED,
    StationResult,
)
from deepquake.earth.geo import distance_km
from deepquake.earth.regions import Regions
from deepquake.learning import metrics
from deepquake.learning.picking.matching import ArrivalScores, arrival_scores, references_held

HOURS_PER_DAY = 24
NEAR_ORIGIN_S, NEAR_ORIGIN_KM = 2.0, 10.0  # origins of one event told twice are no further apart


def with_places_regions(detected: Sequence[DetectedEvent], regions: Regions) -> list[DetectedEvent]:
    """Return events with the region of the place of each that is located.

    Parameters
    ----------
    detected : sequence of DetectedEvent
        What was found.
    regions : Regions
        Those of the region file.

    Returns
    -------
    list of DetectedEvent
        In the same order.
    """
    origins = [event.origin for event in detected]
    places = [(o.latitude, o.longitude, o.depth_km) if o else (np.nan,) * 3 for o in origins]
    numbers = regions.assign_all(*np.array(places, float).reshape(-1, 3).T).tolist()
    return [
        replace(event, place_region=NO_REGION if number < 0 else number)
        for event, number in zip(detected, numbers, strict=True)
    ]


def with_events_there(
    detected: Sequence[DetectedEvent], events: Sequence[Event]
) -> list[DetectedEvent]:
    """Return events with those of the catalogue that happened where and when they did.

    An event that holds a pick of the catalogue is known by that. Of the others, the nearest in time
    are of one event where their origins are no more than 2 s and 10 km apart, one to one.

    Parameters
    ----------
    detected : sequence of DetectedEvent
        What was found, held against the catalogue's picks.
    events : sequence of Event
        The catalogue.

    Returns
    -------
    list of DetectedEvent
        In the same order.
    """
    known = {number for event in detected for number in event.events}
    told = [
        number
        for number, event in enumerate(events)
        if number not in known and is_located(event) and event.origin_time is not None
    ]
    values = [(events[n].origin_time, events[n].latitude, events[n].longitude) for n in told]
    times_s, latitudes, longitudes = np.array(values, float).reshape(-1, 3).T
    pairs: list[tuple[float, int, int]] = []
    for place, event in enumerate(detected):
        origin = event.origin
        if origin is None or event.events:
            continue
        apart_s = np.abs(times_s - origin.time_s)
        near = np.flatnonzero(apart_s <= NEAR_ORIGIN_S)
        apart_km = distance_km(
            lat1=origin.latitude,
            lon1=origin.longitude,
            lat2=latitudes[near],
            lon2=longitudes[near],
        )
        pairs += [(apart_s[k], place, told[k]) for k in near[apart_km <= NEAR_ORIGIN_KM].tolist()]
    found: dict[int, int] = {}
    for _, place, number in sorted(pairs):
        if place not in found and number not in found.values():
            found[place] = number
    return [
        replace(event, by_origin=(found[place],)) if place in found else event
        for place, event in enumerate(detected)
    ]


def detection_counts(
    results: Sequence[StationResult], detected: Sequence[DetectedEvent], class_names: Sequence[str]
) -> dict[str, Any]:
    """Return the counts of a run: streams, windows, arrivals and events, by station and region.

    Parameters
    ----------
    results : sequence of StationResult
        What was found at each station.
    detected : sequence of DetectedEvent
        What that amounts to.
    class_names : sequence of str
        The network's classes, noise first.

    Returns
    -------
    dict
        The counts under their names in detect.json.
    """
    scored = [recording for result in results for recording in result.scored]
    detections = [detection for result in results for detection in result.detections]
    by_station = {f"{r.network}.{r.station}": len(r.detections) for r in results}
    return {
        "streams": len(scored),
        "stations": len(results),
        "recordedHours": listened_s(results) / DAY_S * HOURS_PER_DAY,
        "windows": sum(len(recording.starts_s) for recording in scored),
        "unusableWindows": sum(recording.n_unusable for recording in scored),
        "eventWindows": sum(int(np.sum(recording.verdicts)) for recording in scored),
        "arrivalsFound": dict(
            sorted(Counter(a.phase for r in results for a in r.arrivals).items())
        ),
        "detections": len(detections),
        "detectionsByStation": by_station,
        "detectionsByRegion": _by_region(detections, class_names),
        "detectionsWithoutRegion": sum(d.cluster_id == NO_REGION for d in detections),
        "detectedEvents": len(detected),
        "detectedEventsLocated": sum(event.origin is not None for event in detected),
        "detectedEventsByRegion": _by_region(detected, class_names),
        "notLocated": dict(
            sorted(Counter(e.why_not_located for e in detected if e.why_not_located).items())
        ),
        "regionsOfPlaceAndNetwork": region_agreement(detected),
        "arrivalsOfEvents": sum(len(event.arrivals) for event in detected),
    }


def catalogue_scores(
    results: Sequence[StationResult],
    detected: Sequence[DetectedEvent],
    events: Sequence[Event],
    *,
    event_regions: Sequence[int | None],
    min_stations: int,
) -> dict[str, Any]:
    """Return what a catalogue says of detections and events; what cannot be told is None.

    Of P, one to one: recall: the share of the picks found, of those that could be. precision: the
    share of detections that are a pick's, undecided ones left out. f1: their harmonic mean.
    byPhase: the same and more of each phase (``ArrivalScores``). events: those of the catalogue
    with a P that could be found, at whichever station; eventsAtFewStations have it at fewer than
    make an event. An event is found where a detected event is it, toldTwice where several are.
    locationAccuracy: of the picks found whose event has a region, the share with a detection of
    that region; those of no known region are left out. eventPrecision: the share of detected events
    that are of the catalogue, undecided ones left out. eventLocationAccuracy: of the catalogue's
    events found that have a region, the share found as an event of that region.

    Parameters
    ----------
    results : sequence of StationResult
        What was found at each station, held against the catalogue.
    detected : sequence of DetectedEvent
        What that amounts to.
    events : sequence of Event
        The catalogue.
    event_regions : sequence of int or None
        The region of each event of the catalogue; None where there are none to tell apart.
    min_stations : int
        The least stations of an event, or all that record then.

    Returns
    -------
    dict
        The scores under their names in detect.json.
    """
    judged = [r.judgements["P"] for r in results if r.judgements]
    detections = [d for r in results for d in r.detections]
    outcomes = Counter(d.outcome for d in detections)
    picks, found = sum(len(j.picks_s) for j in judged), sum(int(np.sum(j.found)) for j in judged)
    to_find = events_to_find(results)
    found_as = Counter(n for event in detected for n in event.events if n in to_find)
    regions = [(d.cluster_id, event_regions[number]) for d in detections for number in d.events]
    located = [said == true for said, true in regions if true is not None and said != NO_REGION]
    recall = metrics.quotient(found, picks)
    precision = metrics.quotient(outcomes[FOUND], outcomes[FOUND] + outcomes[FALSE_ALARM])
    return {
        "picks": picks,
        "picksFound": found,
        "picksMissed": picks - found,
        "trueDetections": outcomes[FOUND],
        "falseDetections": outcomes[FALSE_ALARM],
        "falseDetectionsInCoda": sum(j.n_in_coda for j in judged),
        "undecidedDetections": outcomes[UNDECIDED],
        "precision": precision,
        "recall": recall,
        "f1": metrics.harmonic_mean(precision, recall),
        "events": len(to_find),
        "eventsAtFewStations": _n_at_few_stations(results, min_stations),
        "eventsFound": len(found_as),
        "eventsToldTwice": sum(times > 1 for times in found_as.values()),
        "eventRecall": metrics.quotient(len(found_as), len(to_find)),
        "located": len(located),
        "locatedRight": sum(located),
        "locationAccuracy": metrics.quotient(sum(located), len(located)),
        "byPhase": {phase: of.values() for phase, of in scores_by_phase(results).items()},
        **_window_level(results),
        **_event_scores(detected, event_regions),
        "originsApart": _origins_apart(detected, events),
    }


def events_to_find(results: Sequence[StationResult]) -> set[int]:
    """Return the events of the catalogue (indices) with a P that could be found, at whichever
    station."""
    judged = (result.judgements["P"] for result in results if result.judgements)
    return {number for judgement in judged for number in judgement.events.tolist()}


def scores_by_phase(results: Sequence[StationResult]) -> dict[str, ArrivalScores]:
    """Return the scores by arrival of each phase over all stations."""
    phases = sorted({phase for result in results for phase in result.judgements})
    scores = {}
    for phase in phases:
        alarm_s, held = 0.0, []
        for result in results:
            found = result.of_phase(phase)
            starts, ends = [d.start_s for d in found], [d.end_s for d in found]
            in_alarm = intervals.in_common(intervals.union(starts, ends), result.recorded_s)
            alarm_s += float(np.sum(np.diff(in_alarm)))
            held.append(references_held(result.judgements[phase].picks_s, starts, ends))
        counts = np.concatenate(held)
        n_holding = int(np.sum(counts > 0))
        scores[phase] = arrival_scores(
            [result.judgements[phase].matches for result in results],
            recorded_s=listened_s(results),
            alarm_s=alarm_s if phase == "P" else None,
            references_per_detection=(
                metrics.quotient(float(counts.sum()), n_holding) if phase == "P" else None
            ),
        )
    return scores


def listened_s(results: Sequence[StationResult]) -> float:
    """Return the seconds in which an arrival could be found, of all stations."""
    return float(sum(np.sum(np.maximum(np.diff(r.recorded_s), 0.0)) for r in results))


def stations_recording(results: Sequence[StationResult], times_s: NDArray) -> NDArray[np.intp]:
    """Return how many stations record at each of some times (seconds since 1970 UTC)."""
    recording = [intervals.inside(result.recorded_s, times_s) for result in results]
    return np.sum(recording, axis=0, dtype=np.intp)


def _n_at_few_stations(results: Sequence[StationResult], min_stations: int) -> int:
    """Return how many events of the catalogue have too few P to be found as an event."""
    first_s: dict[int, float] = {}
    n_stations: Counter[int] = Counter()
    for judgement in (r.judgements["P"] for r in results if r.judgements):
        n_stations.update({*judgement.events.tolist()})
        for number, time_s in zip(
            judgement.events.tolist(), judgement.picks_s.tolist(), strict=True
        ):
            first_s[number] = min(first_s.get(number, np.inf), time_s)
    if not first_s:
        return 0
    recording = stations_recording(results, np.array([*first_s.values()]))
    least = np.minimum(recording, min_stations)
    return int(np.sum(np.array([n_stations[number] for number in first_s]) < least))


def _origins_apart(detected: Sequence[DetectedEvent], events: Sequence[Event]) -> dict[str, Any]:
    """Return how far events found are from where and when the catalogue has them: medians."""
    pairs = [
        (event.origin, events[number])
        for event in detected
        if event.origin is not None
        for number in event.events
        if is_located(events[number]) and events[number].origin_time is not None
    ]
    if not pairs:
        return {"events": 0, "median_s": None, "median_km": None, "medianDepth_km": None}
    ours = np.array([(o.time_s, o.latitude, o.longitude, o.depth_km) for o, _ in pairs], float)
    theirs = np.array(
        [(e.origin_time, e.latitude, e.longitude, e.depth_km) for _, e in pairs], float
    )
    apart_km = distance_km(lat1=ours[:, 1], lon1=ours[:, 2], lat2=theirs[:, 1], lon2=theirs[:, 2])
    deeper_km = np.abs(ours[:, 3] - theirs[:, 3])
    deeper_km = deeper_km[np.isfinite(deeper_km)]
    return {
        "events": len(pairs),
        "median_s": float(np.median(np.abs(ours[:, 0] - theirs[:, 0]))),
        "median_km": float(np.median(apart_km)),
        "medianDepth_km": float(np.median(deeper_km)) if len(deeper_km) else None,
    }


def region_agreement(detected: Sequence[DetectedEvent]) -> dict[str, Any]:
    """Return how often the place of an event and the network say the same region."""
    both = [
        event.place_region == event.network_region
        for event in detected
        if NO_REGION not in (event.place_region, event.network_region)
    ]
    return {"both": len(both), "same": sum(both), "share": metrics.quotient(sum(both), len(both))}


def _window_level(results: Sequence[StationResult]) -> dict[str, Any]:
    """Return the scores of windows; nothing where the network looks at none."""
    counts = [r.window_counts for r in results if r.window_counts is not None]
    if not counts:
        return {}
    by_window = metrics.Counts(
        **{f.name: sum(getattr(c, f.name) for c in counts) for f in fields(metrics.Counts)}
    )
    return {"windowLevel": {**metrics.named(by_window), **metrics.scores(by_window)}}


def _by_region(found: Sequence[Any], class_names: Sequence[str]) -> dict[str, int]:
    regions = Counter(item.cluster_id for item in found)
    return {name: regions[number] for number, name in enumerate(class_names[1:])}


def _event_scores(
    detected: Sequence[DetectedEvent], event_regions: Sequence[int | None]
) -> dict[str, Any]:
    outcomes = Counter(event.outcome for event in detected)
    said = {n: event.cluster_id for event in reversed(detected) for n in event.events}  # the first
    decided = outcomes[FOUND] + outcomes[FALSE_ALARM]
    located = [n for n in said if event_regions[n] is not None and said[n] != NO_REGION]
    right = [said[n] == event_regions[n] for n in located]
    return {
        "trueDetectedEvents": outcomes[FOUND],
        "falseDetectedEvents": outcomes[FALSE_ALARM],
        "undecidedDetectedEvents": outcomes[UNDECIDED],
        "eventPrecision": metrics.quotient(outcomes[FOUND], decided),
        "eventsLocated": len(right),
        "eventsLocatedRight": sum(right),
        "eventLocationAccuracy": metrics.quotient(sum(right), len(right)),
    }
