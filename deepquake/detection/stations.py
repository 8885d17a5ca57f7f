"""What was found at each station and, where there is a catalogue, what of it is right.

Knows neither files nor networks. Times are seconds since 1970 UTC.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields, replace
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepquake.catalog.events import Event
from deepquake.core import intervals
from deepquake.core.report import Report
from deepquake.core.settings import Settings
from deepquake.earth.arrivals import Arrivals, station_arrivals
from deepquake.earth.stations import Station, places_of
from deepquake.learning import metrics
from deepquake.waveforms.recording import Recording
from deepquake.windows.grid import TIME_TOLERANCE_S
from deepquake.windows.labels import POSITIVE, SKIPPED, Times, label_windows

FOUND, FALSE_ALARM, UNDECIDED = "found", "false", "undecided"


@dataclass
class ScoredRecording:
    """What the network said of the windows of one recording.

    ``starts_s`` (k) are the windows it was shown, ``length_s`` is from the first sample of each to
    the last, ``probabilities`` are float32 (k, classes). ``n_unusable`` more windows had a gap or
    a flat component.
    """

    recording: Recording
    length_s: float
    starts_s: Times
    probabilities: NDArray[np.float32]
    n_unusable: int = 0
    report: Report = field(default_factory=Report)

    def events(self, threshold: float) -> tuple[Times, NDArray[np.float32]]:
        """Return starts and probabilities of the windows that hold an event at a threshold."""
        event = metrics.event_probability(self.probabilities) >= threshold
        return self.starts_s[event], self.probabilities[event]


@dataclass(frozen=True)
class Detection:
    """One detection at one station, from the start of its first window to the end of its last.

    ``probability`` is the greatest of its windows' probabilities of an event; ``cluster_id``
    (0 is the first region) is the region most probable in the mean over its windows, and
    ``region_probabilities`` are those means, noise left out, brought to a sum of 1. With a
    catalogue ``outcome`` is FOUND, FALSE_ALARM or UNDECIDED, and ``events`` (indices into the
    catalogue) are those whose picks it holds.
    """

    network: str
    station: str
    start_s: float
    end_s: float
    probability: float
    cluster_id: int
    n_windows: int
    region_probabilities: tuple[float, ...]
    outcome: str = ""
    events: tuple[int, ...] = ()


@dataclass(frozen=True)
class Judgement:
    """What became of the arrivals of one station that could be found.

    ``picks_s`` are the arrivals, ``events`` the event of each, ``detection`` the number of the
    detection that holds it, or -1. ``n_in_coda`` false detections begin in the coda of an arrival.
    """

    picks_s: Times
    events: NDArray[np.intp]
    detection: NDArray[np.intp]
    n_in_coda: int

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
        The minimum probability of an event for a window to hold one.

    Returns
    -------
    list of StationResult
        One for each station, in order of network and station.
    """
    members: dict[tuple[str, str], list[ScoredRecording]] = defaultdict(list)
    for recording in scored:
        members[recording.recording.network, recording.recording.station].append(recording)
    return [
        StationResult(network, station, scored=of, detections=group_windows(of, threshold))
        for (network, station), of in sorted(members.items())
    ]


def all_detections(results: Iterable[StationResult]) -> list[Detection]:
    """Return the detections of all stations, in order of time."""
    every = [detection for result in results for detection in result.detections]
    return sorted(every, key=lambda d: (d.start_s, d.network, d.station))


def group_windows(scored: Sequence[ScoredRecording], threshold: float) -> list[Detection]:
    """Return the detections of a station from its windows that hold an event.

    Windows that overlap, or share a sample, belong to one detection, and so do those of records
    that overlap in time. A detection reaches from the start of its first window to the end of its
    last: a network calls a window an event because of what lies somewhere inside it, so that the
    P is within this span, and may not be within a shorter one (what is common to all the windows,
    say, when some of them see the S alone). Detections of a station never overlap.

    Parameters
    ----------
    scored : sequence of ScoredRecording
        What the network said of the recordings of one station.
    threshold : float
        The minimum probability of an event for a window to hold one.

    Returns
    -------
    list of Detection
        The detections, in order of time.
    """
    recording, length_s = scored[0].recording, scored[0].length_s
    starts, probabilities = map(
        np.concatenate, zip(*(member.events(threshold) for member in scored), strict=True)
    )
    order = np.argsort(starts, kind="stable")
    starts, probabilities = starts[order], probabilities[order].astype(float)
    highest = metrics.event_probability(probabilities)
    detections = []
    for first, end in intervals.groups(starts, starts + length_s, TIME_TOLERANCE_S).tolist():
        mean = probabilities[first:end].mean(axis=0, keepdims=True)
        shares = mean[0, 1:] / max(mean[0, 1:].sum(), 1e-300)
        detections.append(
            Detection(
                network=recording.network,
                station=recording.station,
                start_s=float(starts[first]),
                end_s=float(starts[end - 1] + length_s),
                probability=float(highest[first:end].max()),
                cluster_id=int(metrics.most_probable_region(mean)[0]),
                n_windows=end - first,
                region_probabilities=tuple(shares.tolist()),
            )
        )
    return detections


def compare_with_catalogue(
    result: StationResult, events: Sequence[Event], stations: Sequence[Station], settings: Settings
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
    network, code = result.network, result.station
    windows, estimates = settings.windows, settings.arrivals
    names: dict[str, Any] = {"network": network, "code": code, "settings": estimates}
    arrivals = _one_after_the_other(
        [
            station_arrivals(events, place, **names).between(place.start_s, place.end_s)
            for place in places_of(stations, network, code)
        ]
        or [station_arrivals(events, None, **names)]
    )
    starts = np.concatenate([member.starts_s for member in result.scored])
    probabilities = np.concatenate([member.probabilities for member in result.scored])
    length_s, step_s = result.scored[0].length_s, settings.detection.window_step_predict
    read = stretches_read(starts, length_s, step_s=step_s, margin_s=windows.pwave_window / 2)
    expected = _as_picked(arrivals) if estimates.use_estimated_p else arrivals
    coda_s, rate_hz = windows.window_avoid_negatives_after, settings.records.sampling_rate
    kind = label_windows(starts, [arrivals], rate_hz, windows=windows, estimates=estimates).kind
    known = kind != SKIPPED
    verdict = metrics.event_probability(probabilities) >= settings.detection.detection_threshold
    detections, judgement = judge(result.detections, expected, read=read, coda_s=coda_s)
    return replace(
        result,
        detections=detections,
        arrivals=arrivals,
        judgement=judgement,
        window_counts=metrics.count(kind[known] == POSITIVE, verdict[known]),
    )


def _one_after_the_other(parts: Sequence[Arrivals]) -> Arrivals:
    """Return the arrivals of a station that moved: those of each of its places, in their order."""
    if len(parts) == 1:
        return parts[0]
    together: dict[str, Any] = {}
    for field_name in (member.name for member in fields(Arrivals)):
        some = [getattr(part, field_name) for part in parts]
        is_list = isinstance(some[0], list)
        together[field_name] = list(chain(*some)) if is_list else np.concatenate(some)
    return Arrivals(**together)


def _as_picked(arrivals: Arrivals) -> Arrivals:
    """Return the arrivals with the sure ones of those that nobody picked among the picks."""
    rough = arrivals.rough
    names = "estimated_s", "estimated_events", "earliest_s", "latest_s", "rough"
    rest = replace(arrivals, **{name: getattr(arrivals, name)[rough] for name in names})
    times = np.concatenate([arrivals.picked_s, arrivals.estimated_s[~rough]])
    events = np.concatenate([arrivals.picked_events, arrivals.estimated_events[~rough]])
    order = np.argsort(times, kind="stable")
    return replace(rest, picked_s=times[order], picked_events=events[order])


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


def judge(
    detections: Sequence[Detection], arrivals: Arrivals, read: NDArray, coda_s: float
) -> tuple[list[Detection], Judgement]:
    """Compare the detections of one station with its arrivals.

    A pick counts where it lies in a stretch that was read; it is found where it lies within a
    detection. A detection is found where it holds a pick; undecided where it holds no pick but a
    reading of P that is not used, or touches a time at which an arrival that nobody picked may
    come, or a stretch in which nobody can tell; false otherwise.

    Parameters
    ----------
    detections : sequence of Detection
        Those of the station, in order of time.
    arrivals : Arrivals
        Picks, readings, estimates, and stretches in which an event came at an unknown time.
    read : array (k, 2)
        Stretches in which a P could be found, sorted and apart.
    coda_s : float
        A false detection that begins so long after an arrival (s), or less, is in its coda.

    Returns
    -------
    tuple of list of Detection and Judgement
        The detections with their outcomes, and what became of the picks that count.
    """
    picks_s = arrivals.picked_s
    starts = np.array([d.start_s for d in detections])
    ends = np.array([d.end_s for d in detections])
    unused_s = [time for time, _ in arrivals.unused]
    unknown = np.array(arrivals.unknown, float).reshape(-1, 2)
    first_s = np.concatenate([unused_s, arrivals.earliest_s, unknown[:, 0]])
    last_s = np.concatenate([unused_s, arrivals.latest_s, unknown[:, 1]])
    undecided = intervals.touches(
        intervals.union(first_s, last_s), starts - TIME_TOLERANCE_S, ends + TIME_TOLERANCE_S
    )
    outcomes = np.where(undecided, UNDECIDED, FALSE_ALARM)
    outcomes = np.where(_hold_a_time(starts, ends, picks_s), FOUND, outcomes)
    every = np.sort(np.concatenate([picks_s, arrivals.read_s, arrivals.estimated_s]))
    in_coda = _hold_a_time(starts - coda_s, starts, every) & (outcomes == FALSE_ALARM)
    counts = _number_of(picks_s, *read.T) >= 0
    judgement = Judgement(
        picks_s=picks_s[counts],
        events=arrivals.picked_events[counts],
        detection=_number_of(picks_s, starts, ends)[counts],
        n_in_coda=int(in_coda.sum()),
    )
    held: list[list[int]] = [[] for _ in [*detections, None]]  # the last of what none holds
    for event, number in zip(judgement.events, judgement.detection, strict=True):
        held[number].append(int(event))
    return [
        replace(detection, outcome=str(outcome), events=tuple(sorted(set(events))))
        for detection, outcome, events in zip(detections, outcomes, held[:-1], strict=True)
    ], judgement


def _number_of(times_s: Times, starts: Times, ends: Times) -> NDArray[np.intp]:
    """Return the span each time lies in, or -1; spans are sorted and do not overlap."""
    number = np.searchsorted(starts, times_s + TIME_TOLERANCE_S, side="right") - 1
    last_end = np.append(ends, -np.inf)[number]  # before the first span: index -1, the -inf
    return np.where(times_s <= last_end + TIME_TOLERANCE_S, number, -1)


def _hold_a_time(starts: Times, ends: Times, times_s: Times) -> NDArray[np.bool_]:
    """Return whether each span holds one of the sorted times."""
    low = np.searchsorted(times_s, starts - TIME_TOLERANCE_S)
    return np.searchsorted(times_s, ends + TIME_TOLERANCE_S, side="right") > low
