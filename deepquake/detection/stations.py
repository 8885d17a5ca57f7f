"""What was found at each station and, where there is a catalogue, what of it is right.

Times are seconds since 1970 UTC.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from deepquake.catalog.events import Event
from deepquake.core.settings import Settings
from deepquake.detection.grouping import Detection, Times, group_windows
from deepquake.detection.scoring import ScoredRecording
from deepquake.earth.arrivals import Arrivals, station_arrivals
from deepquake.earth.stations import Station, station_of
from deepquake.learning import metrics
from deepquake.windows.grid import TIME_TOLERANCE_S
from deepquake.windows.labels import POSITIVE, SKIPPED, label_windows

FOUND, FALSE_ALARM, UNDECIDED = "found", "false", "undecided"


@dataclass(frozen=True)
class Judgement:
    """How the detections of one station compare with its arrivals.

    ``outcomes``: FOUND, FALSE_ALARM or UNDECIDED for each detection; ``in_coda``: whether a false
    one begins within the coda of an arrival. ``picks_s`` are the arrivals that could be found,
    ``events`` the event of each, ``detection`` the number of the detection that holds it, or -1.
    """

    outcomes: list[str]
    in_coda: NDArray[np.bool_]
    picks_s: Times
    events: NDArray[np.intp]
    detection: NDArray[np.intp]

    @property
    def found(self) -> NDArray[np.bool_]:
        """Whether each pick was found."""
        return self.detection >= 0


@dataclass(frozen=True)
class StationResult:
    """The detections of one station over all its recordings and, with a catalogue, their worth.

    ``window_counts``: windows by label of the catalogue and verdict, skipped windows left out.
    """

    network: str
    station: str
    scored: list[ScoredRecording]
    detections: list[Detection]
    arrivals: Arrivals | None = None
    judgement: Judgement | None = None
    window_counts: metrics.Counts | None = None


def by_station(scored: Iterable[ScoredRecording], threshold: float) -> list[StationResult]:
    """Return the detections of each station over all its recordings.

    Parameters
    ----------
    scored : iterable of ScoredRecording
        What the network said.
    threshold : float
        The least probability of an event for a window to hold one.

    Returns
    -------
    list of StationResult
        One for each station, in order of network and station.
    """
    groups: dict[tuple[str, str], list[ScoredRecording]] = defaultdict(list)
    for member in scored:
        groups[member.recording.network, member.recording.station].append(member)
    results = []
    for (network, station), members in sorted(groups.items()):
        starts, probabilities = zip(*(m.events(threshold) for m in members), strict=True)
        detections = group_windows(
            network=network,
            station=station,
            starts_s=np.concatenate(starts),
            length_s=members[0].length_s,
            probabilities=np.concatenate(probabilities),
        )
        results.append(
            StationResult(network=network, station=station, scored=members, detections=detections)
        )
    return results


def compare_with_catalogue(
    result: StationResult,
    events: Sequence[Event],
    stations: Sequence[Station],
    settings: Settings,
) -> StationResult:
    """Return a station's result held against a catalogue (see ``judge``).

    With ``use_estimated_p`` an estimated arrival that nobody picked counts like a pick.

    Parameters
    ----------
    result : StationResult
        What was found.
    events : sequence of Event
        The catalogue.
    stations : sequence of Station
        Where stations are.
    settings : Settings
        How windows are labelled, and what an arrival forbids.

    Returns
    -------
    StationResult
        The same with arrivals, judgement and counts of windows.
    """
    arrivals = station_arrivals(
        events=events,
        station=station_of(stations, result.network, result.station),
        network=result.network,
        code=result.station,
        settings=settings.arrivals,
    )
    picks, pick_events, others = arrivals.picked_s, arrivals.picked_events, arrivals.estimated_s
    if settings.arrivals.use_estimated_p:
        every = np.concatenate([picks, others])
        order = np.argsort(every, kind="stable")
        pick_events = np.concatenate([pick_events, arrivals.estimated_events])[order]
        picks, others = every[order], np.empty(0)
    starts = np.concatenate([member.starts_s for member in result.scored])
    probabilities = np.concatenate([member.probabilities for member in result.scored])
    judgement = judge(
        result.detections,
        picks_s=picks,
        events=pick_events,
        others_s=others,
        unknown=arrivals.unknown,
        read=stretches_read(
            starts,
            length_s=result.scored[0].length_s,
            step_s=settings.detection.window_step_predict,
            margin_s=settings.windows.pwave_window / 2,
        ),
        coda_s=settings.windows.window_avoid_negatives_after,
    )
    kind = label_windows(
        starts,
        arrivals=arrivals,
        sampling_rate_hz=settings.records.sampling_rate,
        windows=settings.windows,
        estimates=settings.arrivals,
    ).kind
    known = kind != SKIPPED
    verdict = metrics.event_probability(probabilities) >= settings.detection.detection_threshold
    counts = metrics.count(kind[known] == POSITIVE, verdict[known])
    return replace(result, arrivals=arrivals, judgement=judgement, window_counts=counts)


def stretches_read(
    starts_s: Times, length_s: float, step_s: float, margin_s: float
) -> list[tuple[float, float]]:
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
    list of (float, float)
        Begin and end of each stretch, in order of time.
    """
    starts_s = np.sort(starts_s)
    if not len(starts_s):
        return []
    apart = max(step_s, length_s) + TIME_TOLERANCE_S
    new = np.flatnonzero(np.diff(starts_s) > apart) + 1
    first, last = starts_s[np.r_[0, new]], starts_s[np.r_[new - 1, len(starts_s) - 1]]
    return [
        (float(a) + margin_s, float(b) + length_s - margin_s)
        for a, b in zip(first, last, strict=True)
    ]


def judge(
    detections: Sequence[Detection],
    *,
    picks_s: Times,
    events: NDArray[np.intp],
    others_s: Times,
    unknown: Sequence[tuple[float, float]],
    read: Sequence[tuple[float, float]],
    coda_s: float,
) -> Judgement:
    """Compare the detections of one station with its arrivals.

    A pick counts where it lies in a stretch that was read; it is found where it lies within a
    detection. A detection is found where it holds a pick; undecided where it holds no pick but an
    arrival that nobody picked, or touches a stretch in which nobody can tell; false otherwise.

    Parameters
    ----------
    detections : sequence of Detection
        Those of the station, in order of time.
    picks_s, events : array
        The picks, sorted, and the number of the event of each.
    others_s : array of float
        Estimated arrivals that nobody picked.
    unknown : sequence of (float, float)
        Stretches in which an event came at a time that nobody can tell.
    read : sequence of (float, float)
        Stretches in which a P could be found, sorted and apart.
    coda_s : float
        A false detection that begins so long after an arrival (s), or less, is in its coda.

    Returns
    -------
    Judgement
        The outcome of each detection and of each pick that counts.
    """
    starts = np.array([d.start_s for d in detections])
    ends = np.array([d.end_s for d in detections])
    counts = _number_of(picks_s, *np.array(read, float).reshape(-1, 2).T) >= 0
    holds_pick = _hold_a_time(starts, ends, np.sort(picks_s))
    holds_other = _hold_a_time(starts, ends, np.sort(others_s))
    for low, high in unknown:
        holds_other |= (starts <= high) & (ends >= low)
    outcomes = np.where(holds_pick, FOUND, np.where(holds_other, UNDECIDED, FALSE_ALARM))
    every = np.sort(np.concatenate([picks_s, others_s]))
    after = _hold_a_time(starts - coda_s, starts, every)
    return Judgement(
        outcomes=[str(o) for o in outcomes],
        in_coda=after & (outcomes == FALSE_ALARM),
        picks_s=picks_s[counts],
        events=events[counts],
        detection=_number_of(picks_s, starts, ends)[counts],
    )


def _number_of(times_s: Times, starts: Times, ends: Times) -> NDArray[np.intp]:
    """Return the span each time lies in, or -1; spans are sorted and do not overlap."""
    number = np.searchsorted(starts, times_s + TIME_TOLERANCE_S, side="right") - 1
    last_end = np.append(ends, -np.inf)[number]  # before the first span: index -1, the -inf
    return np.where(times_s <= last_end + TIME_TOLERANCE_S, number, -1)


def _hold_a_time(starts: Times, ends: Times, times_s: Times) -> NDArray[np.bool_]:
    """Return whether each span holds one of the sorted times."""
    low = np.searchsorted(times_s, starts - TIME_TOLERANCE_S)
    return np.searchsorted(times_s, ends + TIME_TOLERANCE_S, side="right") > low
