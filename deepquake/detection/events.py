"""The network of stations: detections at one time, taken together as one event."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from deepquake.detection.grouping import Detection
from deepquake.detection.stations import FALSE_ALARM, FOUND, UNDECIDED, StationResult
from deepquake.windows.grid import TIME_TOLERANCE_S


@dataclass(frozen=True)
class DetectedEvent:
    """The detections of all stations that overlap in time, one with the next.

    With a catalogue, ``outcome`` is FOUND where any of them holds a pick, else UNDECIDED where any
    is, else FALSE_ALARM; ``events`` (indices into the catalogue) are those whose picks they hold.
    """

    detections: tuple[Detection, ...]
    outcome: str = ""
    events: tuple[int, ...] = ()

    @property
    def start_s(self) -> float:
        """The start of the first detection, seconds since 1970 UTC."""
        return min(d.start_s for d in self.detections)

    @property
    def end_s(self) -> float:
        """The end of the last detection, seconds since 1970 UTC."""
        return max(d.end_s for d in self.detections)

    @property
    def probability(self) -> float:
        """The greatest probability of the detections."""
        return max(d.probability for d in self.detections)

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
        if member[0].start_s > end_s + TIME_TOLERANCE_S:
            groups.append([])
        groups[-1].append(member)
        end_s = max(end_s, member[0].end_s)
    return [_detected_event(group) for group in groups]


def _detected_event(group: Sequence[tuple[Detection, str, set[int]]]) -> DetectedEvent:
    outcomes = {outcome for _, outcome, _ in group}
    return DetectedEvent(
        detections=tuple(detection for detection, _, _ in group),
        outcome=next(o for o in (FOUND, UNDECIDED, FALSE_ALARM, "") if o in outcomes),
        events=tuple(sorted(set().union(*(held for _, _, held in group)))),
    )
