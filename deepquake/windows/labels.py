"""What each window is, and why: an event, noise, neither of the two, or not to be used.

Nothing else decides this: steps 1 and 6 and ``check_dataset`` all ask here.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from deepquake.catalog.events import Event, event_time
from deepquake.core.intervals import touches, union
from deepquake.core.settings import ArrivalSettings, WindowSettings
from deepquake.earth.arrivals import Arrivals, station_arrivals
from deepquake.earth.stations import Station
from deepquake.waveforms.recording import Recording
from deepquake.windows.grid import TIME_TOLERANCE_S, Times, recording_starts, window_length_s

SKIPPED, POSITIVE, NEGATIVE, DISCARDED = range(4)
KIND_NAMES = ("skipped", "positive", "negative", "discarded")

# Waves of a local or regional earthquake have passed a station after so long; a noise window
# farther from every event belongs to none of them.
NEAR_EVENT_S = 3600.0


# Why a window is of its kind: numbers of the texts and the kinds below.
HOLDS_PICK, HOLDS_ESTIMATE, QUIET, NEAR_P, NEAR_UNKNOWN, NO_EVENT, TOO_MANY, GAP, FLAT = range(9)
REASONS = (
    *("a picked P inside", "an estimated P inside", "far from every arrival"),
    *("near an arrival", "near an event whose arrival nobody can tell"),
    *("no event known in the record", "more noise than was asked for"),
    *("gap or not-a-number", "flat component"),
)
KIND_OF = np.array([*[POSITIVE] * 2, NEGATIVE, *[SKIPPED] * 4, *[DISCARDED] * 2], np.int8)


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
    return sum(count for reason, count in reasons.items() if KIND_OF[reason] == kind)


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
    return [f"{count} {REASONS[reason]}" for reason, count in ordered if KIND_OF[reason] == kind]


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

    def some(self, chosen: NDArray | slice) -> "Labels":
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
class Surroundings:
    """What is known around a recording: where its station stands, and the events near it.

    ``catalogues`` holds the events of the catalogue and, where there is one, those of a further,
    complete catalogue, from which noise keeps away too.
    """

    station: Station | None
    catalogues: Sequence[Sequence[Event]]


@dataclass(frozen=True)
class LabelledRecording:
    """The windows of a recording in order of time, and the arrivals of each catalogue."""

    starts_s: Times
    labels: Labels
    known: Sequence[Arrivals]


class EventTimes:
    """The events of a catalogue, to be found by their time."""

    def __init__(self, events: Sequence[Event]) -> None:
        self.events = events
        self.timed = sorted(
            (time, n) for n, event in enumerate(events) if (time := event_time(event)) is not None
        )

    @cached_property
    def astray(self) -> list[tuple[float, int]]:
        """Readings so far from their event that a slip of date or time zone explains most."""
        return sorted(
            (pick.time, n)
            for time, n in self.timed
            for pick in self.events[n].picks
            if not time - NEAR_EVENT_S <= pick.time <= time + NEAR_EVENT_S
        )

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
        begin_s -= NEAR_EVENT_S + after_s
        end_s += NEAR_EVENT_S + windows.window_avoid_negatives_before
        near = {
            number
            for times in (self.timed, self.astray)
            for _, number in times[bisect_left(times, (begin_s,)) : bisect_left(times, (end_s,))]
        }
        return [self.events[number] for number in sorted(near)]


def label_recording(
    recording: Recording,
    around: Surroundings,
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
    around : Surroundings
        Its station, and the events that are near.
    windows, estimates : WindowSettings, ArrivalSettings
        Which windows there are, and when P arrives that nobody picked.

    Returns
    -------
    LabelledRecording
        The windows.
    """
    begin_s, end_s = recording.span()
    begin_s -= windows.window_avoid_negatives_after
    end_s += windows.window_avoid_negatives_before
    network, code = recording.network, recording.station
    known = [
        station_arrivals(
            events, around.station, network=network, code=code, settings=estimates
        ).between(begin_s, end_s, with_ranges=True)
        for events in around.catalogues
    ]
    starts_s = recording_starts(recording, windows.window_size, windows.window_stride)
    for_noise = np.zeros(len(starts_s), bool)
    if windows.window_stride_negatives:
        noise_s = recording_starts(recording, windows.window_size, windows.window_stride_negatives)
        order = np.argsort(np.append(starts_s, noise_s), kind="stable")
        for_noise = order >= len(starts_s)
        starts_s = np.append(starts_s, noise_s)[order]
    labels = label_windows(
        starts_s, known, recording.sampling_rate_hz, windows=windows, estimates=estimates
    )
    if windows.window_stride_negatives:
        kept = (labels.kind == NEGATIVE) == for_noise
        starts_s, labels = starts_s[kept], labels.some(kept)
    noise = np.flatnonzero(labels.kind == NEGATIVE)
    if windows.max_windows and len(noise) > windows.max_windows:
        kept = np.linspace(0, len(noise) - 1, windows.max_windows).round().astype(int)
        labels.reason[np.delete(noise, kept)] = TOO_MANY
    return LabelledRecording(starts_s, labels, known)


def label_windows(
    starts_s: Times,
    known: Sequence[Arrivals],
    sampling_rate_hz: float,
    windows: WindowSettings,
    estimates: ArrivalSettings,
) -> Labels:
    """Tell positives from noise from what must be neither.

    Positive: a picked P lies at least ``pwave_window / 2`` from either end, or, with
    ``use_estimated_p``, an estimated one ``estimated_p_uncertainty`` inside. Negative: nothing
    that was read, of any phase and used or not, and no time at which an estimated P may come, from
    ``window_avoid_negatives_after`` before the start to ``window_avoid_negatives_before`` after
    the end, and no event near whose arrival is unknown. Skipped: neither.

    Parameters
    ----------
    starts_s : numpy.ndarray of float
        When the windows start (seconds since 1970 UTC).
    known : sequence of Arrivals
        Those at the station, and, where there is one, those of a further, complete catalogue: no
        noise is near them either, and whatever is far from them is noise, event or not in the
        first one.
    sampling_rate_hz : float
        The sampling rate (Hz).
    windows, estimates : WindowSettings, ArrivalSettings
        How far noise keeps away, and what an estimated P counts for.

    Returns
    -------
    Labels
        Of each window.
    """
    ends_s = starts_s + window_length_s(windows.window_size, sampling_rate_hz)
    arrivals, margin_s = known[0], windows.pwave_window / 2
    picked = arrivals.picked_s, arrivals.picked_events
    inner_s = margin_s - TIME_TOLERANCE_S
    p_s, event = _first_inside(starts_s + inner_s, ends_s - inner_s, picked)
    reason = np.where(event >= 0, HOLDS_PICK, QUIET).astype(np.int8)
    if estimates.use_estimated_p:
        margin_s = max(margin_s, estimates.estimated_p_uncertainty)
        # A window shorter than the uncertainty has at least the estimate in its middle.
        margin_s = min(margin_s, (windows.window_size - windows.window_stride) / 2)
        inner_s = margin_s - TIME_TOLERANCE_S
        sure = ~arrivals.rough
        estimated = arrivals.estimated_s[sure], arrivals.estimated_events[sure]
        estimated_s, of_event = _first_inside(starts_s + inner_s, ends_s - inner_s, estimated)
        taken = (event < 0) & (of_event >= 0)
        p_s, event = np.where(taken, estimated_s, p_s), np.where(taken, of_event, event)
        reason[taken] = HOLDS_ESTIMATE
    quiet = reason == QUIET
    window_starts_s, window_ends_s = starts_s - TIME_TOLERANCE_S, ends_s + TIME_TOLERANCE_S
    for stretches, why in zip(_avoided(known, windows), (NEAR_UNKNOWN, NEAR_P), strict=True):
        reason[quiet & touches(stretches, window_starts_s, window_ends_s)] = why
    times = (arrivals.picked_s, arrivals.read_s, arrivals.estimated_s)
    nothing = not any(map(len, times)) and not arrivals.unknown
    if nothing and len(known) == 1 and not estimates.noise_without_event:
        reason[:] = NO_EVENT
    return Labels(reason, p_s, event)


def avoided_stretches(known: Iterable[Arrivals], windows: WindowSettings) -> NDArray[np.float64]:
    """Return the stretches that no noise window may touch.

    Parameters
    ----------
    known : iterable of Arrivals
        Those of one catalogue or two.
    windows : WindowSettings
        How far noise keeps away.

    Returns
    -------
    numpy.ndarray of float, shape (n, 2)
        Start and end (seconds since 1970 UTC), in order and apart.
    """
    return union(*np.concatenate(_avoided(known, windows)).T)


def _avoided(known: Iterable[Arrivals], windows: WindowSettings) -> tuple[Times, Times]:
    """Return the stretches avoided for what nobody can tell, and for what was read or estimated."""
    before_s = windows.window_avoid_negatives_before
    after_s = windows.window_avoid_negatives_after
    unknown, heard = [np.empty((0, 2))], [np.empty((0, 2))]
    for some in known:
        unknown.append(np.array(some.unknown, float).reshape(-1, 2) - [before_s, 0])
        times_s = np.concatenate([some.picked_s, some.read_s])
        first_s, last_s = np.append(times_s, some.earliest_s), np.append(times_s, some.latest_s)
        heard.append(np.column_stack([first_s - before_s, last_s + after_s]))
    return union(*np.concatenate(unknown).T), union(*np.concatenate(heard).T)


def _first_inside(
    low_s: Times, high_s: Times, times_and_events: tuple[Times, NDArray[np.intp]]
) -> tuple[Times, NDArray[np.intp]]:
    """Return the first of some times from ``low_s`` to ``high_s`` of each window, and its event."""
    times_s, events = times_and_events
    first = np.searchsorted(times_s, low_s)
    candidate = np.append(times_s, np.inf)[first]
    inside = candidate <= high_s
    return np.where(inside, candidate, np.nan), np.where(inside, np.append(events, -1)[first], -1)
