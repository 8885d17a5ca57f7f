"""What was found at each station and, where there is a catalogue, what of it is right.

Knows neither files nor networks. Times are seconds since 1970 UTC.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import inf, nan

import numpy as np
from numpy.typing import NDArray

from deepquake.core import intervals
from deepquake.core.report import Report
from deepquake.learning import metrics
from deepquake.learning.picking.matching import ArrivalMatches
from deepquake.learning.picking.peaks import MIN_DISTANCE_S
from deepquake.waveforms.recording import Recording
from deepquake.windows.grid import TIME_TOLERANCE_S, Times

UNDECIDED, FALSE_ALARM, FOUND = "undecided", "false", "found"
NO_REGION = -1  # nobody can tell which
AFTER_P_S = 2.0  # a detection without an S is from its P to so long after it, or to the next P
S_WITHIN_S = 60.0  # after its P
StationName = tuple[str, str]  # network and station


@dataclass(frozen=True)
class Detection:
    """An arrival found at one station: ``phase``, P or S, at ``time_s``.

    ``channel`` is the band and instrument code of the sensor. ``probability`` is its score, that it
    is an arrival; ``uncertainty_s`` is NaN where nobody knows. From ``start_s`` to ``end_s`` the
    station is in alarm: from P to S, or, of a window network, from the start of the first window
    that tells of it to the end of the last of ``n_windows``. ``cluster_id`` (0 is the first region)
    is the region most probable in the mean over its windows, and ``region_probabilities`` are those
    means, noise left out, brought to a sum of 1; NO_REGION and nothing where none is known.
    ``automatic`` is whether no person read it. With a
    catalogue ``outcome`` is FOUND, FALSE_ALARM or UNDECIDED, and ``events`` (index into the
    catalogue) is that whose arrival it is.
    """

    network: str
    station: str
    start_s: float
    end_s: float
    probability: float
    cluster_id: int
    n_windows: int
    region_probabilities: tuple[float, ...]
    time_s: float
    phase: str = "P"
    uncertainty_s: float = nan
    location: str = ""
    channel: str = ""
    automatic: bool = True
    outcome: str = ""
    events: tuple[int, ...] = ()


@dataclass
class ScoredRecording:
    """What the network said of one recording.

    ``detections`` are the arrivals, in order of time. Of a window network: ``starts_s`` (k) are the
    windows it was shown, ``length_s`` is from the first sample of each to the last,
    ``probabilities`` are float32 (k, classes). ``n_unusable`` more windows had a gap or a flat
    component; a window whose probability of an event is ``threshold`` or more holds one.
    ``heard_s`` are the stretches (k, 2) in which a UNet finds arrivals, part by part.
    """

    recording: Recording
    length_s: float
    starts_s: Times
    probabilities: NDArray[np.float32]
    threshold: float = 0.5
    n_unusable: int = 0
    report: Report = field(default_factory=Report)
    detections: list[Detection] = field(default_factory=list)
    heard_s: list[NDArray] = field(default_factory=list)

    @property
    def verdicts(self) -> NDArray[np.bool_]:
        """Whether each window holds an event."""
        return metrics.event_probability(self.probabilities) >= self.threshold


@dataclass(frozen=True)
class Judgement:
    """What became of the arrivals of one phase at one station that could be found.

    ``picks_s`` are the arrivals, ``events`` the event of each; ``matches`` says which detections
    found them. ``n_in_coda`` false detections come in the coda of an arrival.
    """

    picks_s: Times
    events: NDArray[np.intp]
    matches: ArrivalMatches
    n_in_coda: int = 0

    @property
    def found(self) -> NDArray[np.bool_]:
        """Whether each pick was found."""
        return self.matches.detection_of >= 0


@dataclass(frozen=True)
class StationResult:
    """The arrivals found at one station over all its recordings and, with a catalogue, their worth.

    ``recorded_s`` are the stretches (k, 2) in which an arrival could be found. With a catalogue
    there is a judgement by phase; ``estimated_s`` are P that nobody picked; ``window_counts``:
    windows by label of the catalogue and verdict, skipped windows left out.
    """

    network: str
    station: str
    scored: list[ScoredRecording]
    arrivals: list[Detection]
    recorded_s: NDArray = field(default_factory=lambda: np.empty((0, 2)))
    judgements: Mapping[str, Judgement] = field(default_factory=dict)
    estimated_s: Sequence[float] = ()
    window_counts: metrics.Counts | None = None

    def of_phase(self, phase: str) -> list[Detection]:
        """Return the arrivals of a phase, in order of time."""
        return [arrival for arrival in self.arrivals if arrival.phase == phase]

    @property
    def detections(self) -> list[Detection]:
        """The arrivals of P."""
        return self.of_phase("P")


def by_station(
    scored: Iterable[ScoredRecording], step_s: float, margin_s: float
) -> list[StationResult]:
    """Return what was found at each station over all its recordings.

    Parameters
    ----------
    scored : iterable of ScoredRecording
        What the network said.
    step_s, margin_s : float
        As of ``stretches_read``, where it was shown windows.

    Returns
    -------
    list of StationResult
        One for each station, in order of network and station.
    """
    members: dict[tuple[str, str], list[ScoredRecording]] = defaultdict(list)
    for recording in scored:
        members[recording.recording.network, recording.recording.station].append(recording)
    return [
        StationResult(
            network,
            station,
            scored=of,
            arrivals=_as_detections(_of_all_records(of)),
            recorded_s=_stretches_recorded(of, step_s, margin_s),
        )
        for (network, station), of in sorted(members.items())
    ]


def without_regions(results: Iterable[StationResult]) -> list[StationResult]:
    """Return results whose arrivals are of no known region."""
    return [
        replace(
            result,
            arrivals=[
                replace(a, cluster_id=NO_REGION, region_probabilities=()) for a in result.arrivals
            ],
        )
        for result in results
    ]


def all_detections(results: Iterable[StationResult]) -> list[Detection]:
    """Return the P found at all stations, in order of time."""
    return _by_start(detection for result in results for detection in result.detections)


def all_arrivals(results: Iterable[StationResult]) -> list[Detection]:
    """Return the arrivals found at all stations, in order of time."""
    return sorted(
        (arrival for result in results for arrival in result.arrivals),
        key=lambda a: (a.time_s, a.network, a.station, a.phase),
    )


def _by_start(detections: Iterable[Detection]) -> list[Detection]:
    return sorted(detections, key=lambda d: (d.start_s, d.time_s, d.network, d.station))


def _of_all_records(scored: Sequence[ScoredRecording]) -> list[Detection]:
    """Return the arrivals of all recordings of a station; records may hold the same time twice.

    Of two arrivals of a phase that are nearer than two of one record can be, the better one stays.
    """
    if len(scored) == 1:
        return scored[0].detections
    kept: list[Detection] = []
    last: dict[str, int] = {}
    every = (arrival for member in scored for arrival in member.detections)
    for arrival in sorted(every, key=lambda a: (a.time_s, -a.probability, a.location, a.channel)):
        number = last.get(arrival.phase)
        if number is not None and arrival.time_s - kept[number].time_s < MIN_DISTANCE_S:
            if arrival.probability > kept[number].probability:
                kept[number] = arrival
            continue
        last[arrival.phase] = len(kept)
        kept.append(arrival)
    return sorted(kept, key=lambda a: (a.time_s, a.phase))


def _as_detections(arrivals: Sequence[Detection]) -> list[Detection]:
    """Return arrivals with the spans of those found without windows: from P to its S.

    An S has the region of the P in front of it.
    """
    p_s = [a.time_s for a in arrivals if a.phase == "P"]
    s_s = np.array([a.time_s for a in arrivals if a.phase == "S"])
    next_p = dict(zip(p_s, [*p_s[1:], inf], strict=False))
    spanned, last_p = [], None
    for arrival in arrivals:
        if arrival.phase == "P":
            last_p = arrival
        elif last_p is not None and arrival.time_s - last_p.time_s < S_WITHIN_S:
            region = last_p.cluster_id, last_p.region_probabilities
            arrival = replace(arrival, cluster_id=region[0], region_probabilities=region[1])
        if arrival.phase == "P" and not arrival.n_windows:
            before = min(next_p[arrival.time_s], arrival.time_s + S_WITHIN_S)
            first = np.searchsorted(s_s, arrival.time_s, side="right")
            has_s = first < len(s_s) and s_s[first] < before
            end_s = float(s_s[first]) if has_s else min(arrival.time_s + AFTER_P_S, before)
            arrival = replace(arrival, start_s=arrival.time_s, end_s=end_s)
        spanned.append(arrival)
    return spanned


def _stretches_recorded(
    scored: Sequence[ScoredRecording], step_s: float, margin_s: float
) -> NDArray:
    """Return the stretches in which an arrival could be found, over all recordings."""
    if any(member.length_s for member in scored):
        starts = np.concatenate([member.starts_s for member in scored])
        return stretches_read(starts, scored[0].length_s, step_s=step_s, margin_s=margin_s)
    spans = [np.empty((0, 2)), *(spans for member in scored for spans in member.heard_s)]
    begins_s, ends_s = np.concatenate(spans).T
    return intervals.union(begins_s, ends_s, TIME_TOLERANCE_S)


def stretches_read(starts_s: Times, length_s: float, step_s: float, margin_s: float) -> NDArray:
    """Return the stretches in which a P could have been found, from the windows read.

    Windows follow each other without a hole where they overlap or are a step apart. A P between
    two windows that do not touch counts as one that could be found.

    Parameters
    ----------
    starts_s : array of float
        The starts of the windows, in any order.
    length_s : float
        Seconds from a window's first sample to its last.
    step_s : float
        Seconds from one window to the next.
    margin_s : float
        What is taken off either end of a row of windows (s): no window of an event has its P
        nearer to the edge.

    Returns
    -------
    array (k, 2)
        Begin and end of each stretch, in order of time.
    """
    gap_s = max(step_s - length_s, 0.0) + TIME_TOLERANCE_S
    return intervals.union(starts_s, starts_s + length_s, gap_s) + [margin_s, -margin_s]
