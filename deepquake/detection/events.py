"""What all stations amount to: events, the counts of a run, and its scores by a catalogue."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import numpy as np

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
from deepquake.learning import metrics
from deepquake.learning.picking.matching import ArrivalScores, arrival_scores, references_held

HOURS_PER_DAY = 24


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
        "detectedEventsByRegion": _by_region(detected, class_names),
    }


def catalogue_scores(
    results: Sequence[StationResult],
    detected: Sequence[DetectedEvent],
    event_regions: Sequence[int | None],
    n_classes: int,
) -> dict[str, Any]:
    """Return what a catalogue says of detections and events; what cannot be told is None.

    Of P, one to one: recall: the share of the picks found, of those that could be. precision: the
    share of detections that are a pick's, undecided ones left out. f1: their harmonic mean.
    byPhase: the same and more of each phase (``ArrivalScores``). An event is found where any of its
    picks of P is, at whichever station. locationAccuracy: of the picks found whose event has a
    region, the share with a detection of that region; those of no known region are left out.
    eventPrecision: the share of detected events that hold a pick at some station, undecided ones
    left out. eventLocationAccuracy: of the catalogue's events found that have a region, the share
    found as an event of that region. severalStations: the same of the events that were detected at
    two stations or more.

    Parameters
    ----------
    results : sequence of StationResult
        What was found at each station, held against the catalogue.
    detected : sequence of DetectedEvent
        What that amounts to.
    event_regions : sequence of int or None
        The region of each event of the catalogue.
    n_classes : int
        The network's classes, noise counted; of two there are no regions to tell apart.

    Returns
    -------
    dict
        The scores under their names in detect.json.
    """
    if n_classes == 2:
        event_regions = [None] * len(event_regions)
    judged = [r.judgements["P"] for r in results if r.judgements]
    detections = [d for r in results for d in r.detections]
    outcomes = Counter(d.outcome for d in detections)
    picks, found = sum(len(j.picks_s) for j in judged), sum(int(np.sum(j.found)) for j in judged)
    n_events = len({int(number) for j in judged for number in j.events})
    n_found = len({number for d in detections for number in d.events})
    regions = [(d.cluster_id, event_regions[number]) for d in detections for number in d.events]
    located = [said == true for said, true in regions if true is not None and said != NO_REGION]
    recall = metrics.quotient(found, picks)
    precision = metrics.quotient(outcomes[FOUND], outcomes[FOUND] + outcomes[FALSE_ALARM])
    several = [event for event in detected if len(event.stations) > 1]
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
        "events": n_events,
        "eventsFound": n_found,
        "eventRecall": metrics.quotient(n_found, n_events),
        "located": len(located),
        "locatedRight": sum(located),
        "locationAccuracy": metrics.quotient(sum(located), len(located)),
        "byPhase": {phase: of.values() for phase, of in scores_by_phase(results).items()},
        **_window_level(results),
        **_event_scores(detected, event_regions),
        "severalStations": {
            "detectedEvents": len(several),
            "eventsFound": len({number for event in several for number in event.events}),
            **_event_scores(several, event_regions),
        },
    }


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
