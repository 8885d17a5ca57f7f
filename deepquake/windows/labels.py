"""What each window is, and why: an event, noise, neither of the two, or not to be used.

Nothing else decides this: steps 1 and 6 and ``check_dataset`` all ask here.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deepquake.catalog.events import Event, event_time
from deepquake.core.intervals import union
from deepquake.core.settings import ArrivalSettings, WindowSettings
from deepquake.earth.arrivals import Arrivals, station_arrivals
from deepquake.earth.stations import Station
from deepquake.waveforms.recording import Recording
from deepquake.windows.grid import TIME_TOLERANCE_S, recording_starts, window_length_s

Times = NDArray[np.float64]  # seconds since 1970 UTC

SKIPPED, POSITIVE, NEGATIVE, DISCARDED = range(4)
KINDS = ("skipped", "positive", "negative", "discarded")

# Waves of a local or regional earthquake have passed a station after so long; a noise window
# farther from every event belongs to none of them.
NEAR_EVENT_S = 3600.0


@dataclass(frozen=True)
class Reason:
    """Why a window is of its kind."""

    kind: int
    text: str


PICKED, ESTIMATED, QUIET, NEAR_P, NEAR_UNKNOWN, NO_EVENT, TOO_MANY, GAP, FLAT = range(9)
REASONS = (
    Reason(POSITIVE, "a picked P inside"),
    Reason(POSITIVE, "an estimated P inside"),
    Reason(NEGATIVE, "far from every arrival"),
    Reason(SKIPPED, "near an arrival"),
    Reason(SKIPPED, "near an event whose arrival nobody can tell"),
    Reason(SKIPPED, "no event known in the record"),
    Reason(SKIPPED, "more noise than was asked for"),
    Reason(DISCARDED, "gap or not-a-number"),
    Reason(DISCARDED, "flat component"),
)
KIND_OF = np.array([reason.kind for reason in REASONS], np.int8)


def count_kind(reasons: Mapping[int, int], kind: int) -> int:
    """Return how many windows are of a kind.

    Parameters
    ----------
    reasons : mapping of int to int
        Windows by their reason's number in ``REASONS``.
    kind : int
        SKIPPED, POSITIVE, NEGATIVE or DISCARDED.

    Returns
    -------
    int
        Windows.
    """
    return sum(count for reason, count in reasons.items() if REASONS[reason].kind == kind)


def reasons_text(reasons: Mapping[int, int], kind: int) -> list[str]:
    """Return why windows are of a kind, the greatest number first.

    Parameters
    ----------
    reasons : mapping of int to int
        Windows by their reason's number in ``REASONS``.
    kind : int
        SKIPPED, POSITIVE, NEGATIVE or DISCARDED.

    Returns
    -------
    list of str
        '12 near an arrival' and so on.
    """
    ordered = sorted(reasons.items(), key=lambda item: -item[1])
    return [f"{n} {REASONS[reason].text}" for reason, n in ordered if REASONS[reason].kind == kind]


@dataclass(frozen=True)
class Labels:
    """Why each window is what it is (``reason``, a number in ``REASONS``), and its P.

    ``p_s`` (seconds since 1970 UTC, NaN where there is none) and ``event`` (index into the events,
    -1 where there is none) are those of the first P at least half a P window inside.
    """

    reason: NDArray[np.int8]
    p_s: Times
    event: NDArray[np.intp]

    @property
    def kind(self) -> NDArray[np.int8]:
        """SKIPPED, POSITIVE, NEGATIVE or DISCARDED."""
        return KIND_OF[self.reason]

    def some(self, chosen: NDArray) -> "Labels":
        """Return the labels of the windows with those numbers, or where a mask is true."""
        return Labels(self.reason[chosen], self.p_s[chosen], self.event[chosen])

    def with_samples(self, alive: NDArray[np.bool_], complete: NDArray[np.bool_]) -> "Labels":
        """Return the labels once the samples are known: what has no live component is discarded.

        Parameters
        ----------
        alive, complete : numpy.ndarray of bool, shape (windows, components)
            Which of the components recorded have every sample, and are not flat either.

        Returns
        -------
        Labels
            Of the same windows.
        """
        why = np.where(complete.all(axis=1), FLAT, GAP)
        reason = np.where(alive.any(axis=1), self.reason, why).astype(np.int8)
        return Labels(reason, self.p_s, self.event)


@dataclass(frozen=True)
class LabelledRecording:
    """The windows of a recording, and the arrivals at its station that decide on them.

    ``complete`` are the arrivals of a further, complete catalogue, where there is one.
    """

    starts_s: Times
    labels: Labels
    arrivals: Arrivals
    complete: Arrivals | None


class EventTimes:
    """The events of a catalogue, to be found by their time."""

    def __init__(self, events: Sequence[Event]) -> None:
        self.events = events
        timed = sorted((t, n) for n, e in enumerate(events) if (t := event_time(e)) is not None)
        self.times = [time for time, _ in timed]
        self.numbers = [number for _, number in timed]

    def near(
        self, recording: Recording, windows: WindowSettings, estimates: ArrivalSettings
    ) -> list[Event]:
        """Return the events that windows of a recording may have to do with.

        Parameters
        ----------
        recording : Recording
            The recording.
        windows, estimates : WindowSettings, ArrivalSettings
            How long an event forbids noise.

        Returns
        -------
        list of Event
            In the order of the catalogue.
        """
        begin_s, end_s = recording.span()
        # an event forbids noise for so long after its P, which comes within an hour
        after_s = max(windows.window_avoid_negatives_after, estimates.window_avoid_unpicked)
        first = bisect_left(self.times, begin_s - (NEAR_EVENT_S + after_s))
        end = bisect_left(self.times, end_s + NEAR_EVENT_S + windows.window_avoid_negatives_before)
        return [self.events[number] for number in sorted(self.numbers[first:end])]


def label_recording(
    recording: Recording,
    station: Station | None,
    events: Sequence[Event],
    complete_events: Sequence[Event] | None,
    windows: WindowSettings,
    estimates: ArrivalSettings,
) -> LabelledRecording:
    """Return the windows of a recording, each with what it is and why.

    Noise has a grid to itself where ``window_stride_negatives`` is set. Beyond ``max_windows``
    noise windows, evenly spread ones are kept and the others skipped.

    Parameters
    ----------
    recording : Recording
        The recording; of its samples nothing is known yet.
    station : Station or None
        Where the station stands, None where nobody knows.
    events : sequence of Event
        The catalogue, or those of its events that are near (``EventTimes.near``).
    complete_events : sequence of Event or None
        Those of a further, complete catalogue, from which noise keeps away too.
    windows, estimates : WindowSettings, ArrivalSettings
        Which windows there are, and when P arrives that nobody picked.

    Returns
    -------
    LabelledRecording
        The windows in order of time.
    """
    begin_s, end_s = recording.span()
    early_s = begin_s - windows.window_avoid_negatives_after
    late_s = end_s + windows.window_avoid_negatives_before

    def arrivals_of(some: Sequence[Event]) -> Arrivals:
        network, code = recording.network, recording.station
        every = station_arrivals(some, station, network=network, code=code, settings=estimates)
        return every.between(early_s, late_s)

    arrivals = arrivals_of(events)
    complete = None if complete_events is None else arrivals_of(complete_events)
    rate = recording.sampling_rate_hz

    def on_grid(stride_s: float) -> tuple[Times, Labels]:
        starts_s = recording_starts(recording, windows.window_size, stride_s)
        labels = label_windows(
            starts_s,
            arrivals=arrivals,
            sampling_rate_hz=rate,
            windows=windows,
            estimates=estimates,
            complete=complete,
        )
        return starts_s, labels

    starts_s, labels = on_grid(windows.window_stride)
    if windows.window_stride_negatives:
        noise_s, noise = on_grid(windows.window_stride_negatives)
        no_noise, is_noise = labels.kind != NEGATIVE, noise.kind == NEGATIVE
        starts_s, labels = _joined(
            [(starts_s[no_noise], labels.some(no_noise)), (noise_s[is_noise], noise.some(is_noise))]
        )
    numbers = np.flatnonzero(labels.kind == NEGATIVE)
    if windows.max_windows and len(numbers) > windows.max_windows:
        kept = np.linspace(0, len(numbers) - 1, windows.max_windows).round().astype(int)
        labels.reason[np.delete(numbers, kept)] = TOO_MANY
    return LabelledRecording(starts_s, labels, arrivals=arrivals, complete=complete)


def label_windows(
    starts_s: Times,
    arrivals: Arrivals,
    sampling_rate_hz: float,
    windows: WindowSettings,
    estimates: ArrivalSettings,
    complete: Arrivals | None = None,
) -> Labels:
    """Tell positives from noise from what must be neither.

    Positive: a picked P lies at least ``pwave_window / 2`` from either end, or, with
    ``use_estimated_p``, an estimated one with its uncertainty inside. Negative: no arrival,
    picked or estimated, from ``window_avoid_negatives_after`` before the start to
    ``window_avoid_negatives_before`` after the end, and no event near whose arrival is unknown.
    Skipped: neither.

    Parameters
    ----------
    starts_s : numpy.ndarray of float
        When the windows start (seconds since 1970 UTC).
    arrivals : Arrivals
        Those at the station.
    sampling_rate_hz : float
        The sampling rate (Hz).
    windows, estimates : WindowSettings, ArrivalSettings
        How far noise keeps away, and what an estimated P counts for.
    complete : Arrivals, optional
        Those of a further, complete catalogue: no noise is near them either, and whatever is far
        from them is noise, event or not in the first one.

    Returns
    -------
    Labels
        Of each window.
    """
    ends_s = starts_s + window_length_s(windows.window_size, sampling_rate_hz)
    margin_s = windows.pwave_window / 2
    p_s, event = _first_inside(
        starts_s,
        ends_s,
        times_s=arrivals.picked_s,
        events=arrivals.picked_events,
        margin_s=margin_s,
    )
    reason = np.where(event >= 0, PICKED, QUIET).astype(np.int8)
    if estimates.use_estimated_p:
        # A window shorter than the uncertainty has at least the estimate in its middle.
        margin_s = max(margin_s, estimates.estimated_p_uncertainty)
        estimated_s, estimated_event = _first_inside(
            starts_s,
            ends_s,
            times_s=arrivals.estimated_s,
            events=arrivals.estimated_events,
            margin_s=min(margin_s, (windows.window_size - windows.window_stride) / 2),
        )
        taken = (event < 0) & (estimated_event >= 0)
        p_s, event = np.where(taken, estimated_s, p_s), np.where(taken, estimated_event, event)
        reason[taken] = ESTIMATED
    noise = reason == QUIET
    known = [arrivals] if complete is None else [arrivals, complete]
    for some in known:
        near_p, near_unknown = _near(starts_s, ends_s, some, windows=windows)
        reason[noise & near_unknown & (reason == QUIET)] = NEAR_UNKNOWN
        reason[noise & near_p] = NEAR_P
    if complete is None and not estimates.noise_without_event and not _any(arrivals):
        reason[noise] = NO_EVENT
    return Labels(reason, p_s, event)


def avoided_stretches(
    known: Iterable[Arrivals], windows: WindowSettings
) -> list[tuple[float, float]]:
    """Return the stretches that no noise window may touch.

    Parameters
    ----------
    known : iterable of Arrivals
        Those of one catalogue or two.
    windows : WindowSettings
        How far noise keeps away.

    Returns
    -------
    list of (float, float)
        Start and end (seconds since 1970 UTC), in order and apart.
    """
    before_s = windows.window_avoid_negatives_before
    after_s = windows.window_avoid_negatives_after
    spans = []
    for arrivals in known:
        every_p = np.concatenate([arrivals.picked_s, arrivals.estimated_s])
        spans += [(p - before_s, p + after_s) for p in every_p.tolist()]
        spans += [(start - before_s, end) for start, end in arrivals.unknown]
    starts, ends = np.array(spans, float).reshape(-1, 2).T
    return [(start, end) for start, end in union(starts, ends).tolist()]


def _joined(parts: Sequence[tuple[Times, Labels]]) -> tuple[Times, Labels]:
    """Return windows of several grids in order of time."""
    starts_s = np.concatenate([starts for starts, _ in parts])
    order = np.argsort(starts_s, kind="stable")
    reason, p_s, event = (
        np.concatenate([getattr(labels, name) for _, labels in parts])[order]
        for name in ("reason", "p_s", "event")
    )
    return starts_s[order], Labels(reason, p_s, event)


def _any(arrivals: Arrivals) -> bool:
    return bool(len(arrivals.picked_s) or len(arrivals.estimated_s) or arrivals.unknown)


def _first_inside(
    starts_s: Times, ends_s: Times, times_s: Times, events: NDArray[np.intp], margin_s: float
) -> tuple[Times, NDArray[np.intp]]:
    """Return the first of ``times_s`` at least a margin inside each window, and its event."""
    margin_s -= TIME_TOLERANCE_S
    first = np.searchsorted(times_s, starts_s + margin_s)
    candidate = np.append(times_s, np.inf)[first]
    inside = candidate <= ends_s - margin_s
    return (
        np.where(inside, candidate, np.nan),
        np.where(inside, np.append(events, -1)[first], -1),
    )


def _near(
    starts_s: Times, ends_s: Times, arrivals: Arrivals, windows: WindowSettings
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which windows are too near a P to be noise, and which too near an unknown one."""
    every_p = np.sort(np.concatenate([arrivals.picked_s, arrivals.estimated_s]))
    after_s = windows.window_avoid_negatives_after + TIME_TOLERANCE_S
    before_s = windows.window_avoid_negatives_before + TIME_TOLERANCE_S
    first = np.searchsorted(every_p, starts_s - after_s)
    near_p = np.searchsorted(every_p, ends_s + before_s, side="right") > first
    near_unknown = np.zeros(len(starts_s), bool)
    for unknown_start, unknown_end in arrivals.unknown:
        near_unknown |= (ends_s + before_s >= unknown_start) & (starts_s <= unknown_end)
    return near_p, near_unknown
