"""Step 6, the network of stations: detections at one time, taken together as one event."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from deepquake.catalog.events import Event
from deepquake.core.files import write_csv
from deepquake.core.times import iso
from deepquake.detection.detections import FALSE, FOUND, TOLERANCE_S, UNDECIDED, Detection
from deepquake.detection.tables import StationResult
from deepquake.learning import metrics
from deepquake.learning.networks import ModelSpec

HEADER = (
    *("start_time", "end_time", "n_stations", "stations", "probability", "cluster_id"),
    *("outcome", "event_ids"),
)


@dataclass(frozen=True)
class DetectedEvent:
    """The detections of all stations that overlap in time, one with the next.

    ``cluster_id`` is the region most probable in the mean over the detections. With a catalogue,
    ``outcome`` is FOUND where any of them holds a pick, else UNDECIDED where any is, else FALSE;
    ``events`` (indices into the catalogue) are those whose picks they hold.
    """

    detections: tuple[Detection, ...]
    outcome: str = ""
    events: tuple[int, ...] = ()

    @property
    def cluster_id(self) -> int:
        """The region most probable in the mean over the detections."""
        return int(np.argmax(np.sum([d.region_probabilities for d in self.detections], axis=0)))

    @property
    def stations(self) -> list[str]:
        """The codes of the stations that detected it, sorted."""
        return sorted({d.station for d in self.detections})


def associate(results: Sequence[StationResult]) -> list[DetectedEvent]:
    """Return the events that the stations' detections amount to, in order of time."""
    members: list[tuple[Detection, str, set[int]]] = []
    for result in results:
        judgement = result.judgement
        outcomes = judgement.outcomes if judgement else [""] * len(result.detections)
        held: list[set[int]] = [set() for _ in result.detections]
        if judgement:
            for event, number in zip(judgement.events, judgement.detection, strict=True):
                if number >= 0:
                    held[number].add(int(event))
        members += zip(result.detections, outcomes, held, strict=True)
    members.sort(key=lambda member: (member[0].start_s, member[0].network, member[0].station))
    groups: list[list[tuple[Detection, str, set[int]]]] = []
    end_s = -np.inf
    for member in members:
        if member[0].start_s > end_s + TOLERANCE_S:
            groups.append([])
        groups[-1].append(member)
        end_s = max(end_s, member[0].end_s)
    return [_detected_event(group) for group in groups]


def _detected_event(group: Sequence[tuple[Detection, str, set[int]]]) -> DetectedEvent:
    outcomes = {outcome for _, outcome, _ in group}
    return DetectedEvent(
        tuple(detection for detection, _, _ in group),
        next(o for o in (FOUND, UNDECIDED, FALSE, "") if o in outcomes),
        tuple(sorted(set().union(*(held for _, _, held in group)))),
    )


def write_events(found: Sequence[DetectedEvent], events: Sequence[Event], path: Path) -> None:
    """Write a row for each detected event; outcome and event_ids are empty without a catalogue."""
    rows = []
    for one in found:
        rows.append(
            (
                iso(min(d.start_s for d in one.detections)),
                iso(max(d.end_s for d in one.detections)),
                len(one.stations),
                " ".join(one.stations),
                f"{max(d.probability for d in one.detections):.6f}",
                one.cluster_id,
                one.outcome,
                " ".join(events[event].event_id for event in one.events),
            )
        )
    write_csv(path, HEADER, rows)


def counts_of(found: Sequence[DetectedEvent], spec: ModelSpec) -> dict[str, Any]:
    """Return how many events were detected, in all and by region."""
    regions = Counter(one.cluster_id for one in found)
    return {
        "detectedEvents": len(found),
        "detectedEventsByRegion": {n: regions[k] for k, n in enumerate(spec.class_names[1:])},
    }


def scores_of(
    found: Sequence[DetectedEvent], event_regions: Sequence[int | None], spec: ModelSpec
) -> dict[str, Any]:
    """Return what a catalogue says of the detected events; what cannot be told is None.

    eventPrecision: the share that hold a pick at some station, undecided ones left out.
    eventLocationAccuracy: of the catalogue's events found that have a region
    (``event_regions``), the share found as an event of that region. severalStations: the same of
    the events that were detected at two stations or more.
    """
    several = [one for one in found if len(one.stations) > 1]
    return _scores(found, event_regions, spec) | {
        "severalStations": {
            "detectedEvents": len(several),
            "eventsFound": len({event for one in several for event in one.events}),
            **_scores(several, event_regions, spec),
        }
    }


def _scores(
    found: Sequence[DetectedEvent], event_regions: Sequence[int | None], spec: ModelSpec
) -> dict[str, Any]:
    outcomes = Counter(one.outcome for one in found)
    said: dict[int, int] = {}
    for one in found:
        for event in one.events:
            said.setdefault(event, one.cluster_id)
    located = [event for event in said if event_regions[event] is not None]
    if spec.n_clusters == 2:
        located = []
    right = sum(said[event] == event_regions[event] for event in located)
    return {
        "trueDetectedEvents": outcomes[FOUND],
        "falseDetectedEvents": outcomes[FALSE],
        "undecidedDetectedEvents": outcomes[UNDECIDED],
        "eventPrecision": metrics.quotient(outcomes[FOUND], outcomes[FOUND] + outcomes[FALSE]),
        "eventsLocated": len(located),
        "eventsLocatedRight": right,
        "eventLocationAccuracy": metrics.quotient(right, len(located)),
    }
