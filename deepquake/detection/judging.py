"""The arrivals found at a station held against a catalogue, one to one and phase by phase.

Knows neither files nor networks. Times are seconds since 1970 UTC.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepquake.catalog.events import Event
from deepquake.core import intervals
from deepquake.core.settings import Settings
from deepquake.detection.stations import (
    FALSE_ALARM,
    FOUND,
    UNDECIDED,
    Detection,
    Judgement,
    StationResult,
)
from deepquake.earth.arrivals import Arrivals, station_arrivals
from deepquake.earth.stations import Station, places_of
from deepquake.learning import metrics
from deepquake.learning.picking.matching import match_arrivals
from deepquake.windows.grid import Times
from deepquake.windows.labels import POSITIVE, SKIPPED, label_windows
from deepquake.windows.phases import PhaseRow, phase_rows


@dataclass(frozen=True)
class References:
    """The arrivals of one phase at one station: those to be found, and when others may come.

    ``times_s`` (k) are readings in use, ``events`` (k) the event of each (index into the
    catalogue), ``undecided_s`` (n, 2) spans in which an arrival may come that nobody read, and
    ``every_s`` all times at which any phase was read or is estimated, sorted.
    """

    times_s: Times
    events: NDArray[np.intp]
    undecided_s: NDArray
    every_s: Times


def compare_with_catalogue(
    result: StationResult,
    events: Sequence[Event],
    stations: Sequence[Station],
    settings: Settings,
    phases: Sequence[str] = ("P",),
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
    phases : sequence of str
        Those the network tells of.

    Returns
    -------
    StationResult
        The same with outcomes, judgements and counts of windows.
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
    arrivals_told, judgements = list(result.arrivals), {}
    for phase in phases:
        if phase == "P":
            expected = _as_picked(arrivals) if estimates.use_estimated_p else arrivals
            references = _references_of_p(expected)
        else:
            span_s = (-np.inf, np.inf)
            rows = phase_rows([events], [arrivals], network, code, estimates, span_s)
            references = _references_of(phase, rows, events, arrivals)
        told, judgements[phase] = judge(
            result.of_phase(phase),
            references,
            recorded_s=result.recorded_s,
            tolerance_s=settings.detection.pick_tolerance,
            coda_s=windows.window_avoid_negatives_after,
        )
        arrivals_told = [a for a in arrivals_told if a.phase != phase] + told
    return replace(
        result,
        arrivals=sorted(arrivals_told, key=lambda a: (a.time_s, a.phase)),
        judgements=judgements,
        estimated_s=[] if estimates.use_estimated_p else arrivals.estimated_s.tolist(),
        window_counts=_window_counts(result, arrivals, settings),
    )


def judge(
    found: Sequence[Detection],
    references: References,
    recorded_s: NDArray,
    tolerance_s: float,
    coda_s: float,
) -> tuple[list[Detection], Judgement]:
    """Compare the arrivals of one phase that were found at a station with those there are.

    A reading counts where it lies in a stretch in which it could be found. An arrival is found
    where it is the nearest to a reading, within the tolerance; each finds one reading alone. One
    that finds none is undecided within the tolerance of a reading that is not used, or of when an
    arrival that nobody read may come; false otherwise.

    Parameters
    ----------
    found : sequence of Detection
        Those of the phase, in order of time.
    references : References
        The arrivals there are.
    recorded_s : array (k, 2)
        Stretches in which an arrival could be found, sorted and apart.
    tolerance_s : float
        The greatest difference of an arrival and the reading it finds (s).
    coda_s : float
        A false one that comes so long after an arrival (s), or less, is in its coda.

    Returns
    -------
    tuple of list of Detection and Judgement
        Those found with their outcomes, and what became of the readings that count.
    """
    counts = intervals.inside(recorded_s, references.times_s)
    times_s, events = references.times_s[counts], references.events[counts]
    elsewhere = references.times_s[~counts]  # such as where a record begins
    undecided = np.concatenate(
        [references.undecided_s, np.column_stack([elsewhere, elsewhere])], axis=0
    )
    at_s = np.array([arrival.time_s for arrival in found], float)
    matches = match_arrivals(times_s, at_s, tolerance_s=tolerance_s, undecided_s=undecided)
    before = np.searchsorted(references.every_s, at_s)
    since_s = at_s - np.append(references.every_s, -np.inf)[before - 1]
    outcomes = np.where(matches.undecided, UNDECIDED, FALSE_ALARM)
    outcomes = np.where(matches.reference_of >= 0, FOUND, outcomes)
    told = [
        replace(
            arrival,
            outcome=str(outcome),
            events=(int(events[number]),) if number >= 0 else (),
        )
        for arrival, outcome, number in zip(found, outcomes, matches.reference_of, strict=True)
    ]
    n_in_coda = int(np.sum(matches.false & (since_s <= coda_s)))
    return told, Judgement(times_s, events, matches, n_in_coda)


def _references_of_p(arrivals: Arrivals) -> References:
    unused_s = np.array([time for time, _ in arrivals.unused], float)
    unknown = np.array(arrivals.unknown, float).reshape(-1, 2)
    undecided = np.concatenate(
        [
            np.column_stack([unused_s, unused_s]),
            np.column_stack([arrivals.earliest_s, arrivals.latest_s]),
            unknown,
        ]
    )
    return References(arrivals.picked_s, arrivals.picked_events, undecided, _every(arrivals))


def _references_of(
    phase: str, rows: Sequence[PhaseRow], events: Sequence[Event], arrivals: Arrivals
) -> References:
    """Return the arrivals of a phase other than P."""
    number_of = {event.event_id: number for number, event in enumerate(events)}
    read = [row for row in rows if row.phase == phase and row.weight > 0]
    others = [row for row in rows if row.phase in (phase, "") and not row.weight > 0]
    return References(
        times_s=np.array([row.time for row in read], float),
        events=np.array([number_of[row.event_id] for row in read], np.intp),
        undecided_s=np.array([(r.earliest, r.latest) for r in others], float).reshape(-1, 2),
        every_s=_every(arrivals),
    )


def _every(arrivals: Arrivals) -> Times:
    return np.sort(np.concatenate([arrivals.picked_s, arrivals.read_s, arrivals.estimated_s]))


def _window_counts(
    result: StationResult, arrivals: Arrivals, settings: Settings
) -> metrics.Counts | None:
    """Return windows by label of the catalogue and verdict; None where there are no windows."""
    shown = [member for member in result.scored if member.length_s]
    if not shown:
        return None
    starts = np.concatenate([member.starts_s for member in shown])
    verdict = np.concatenate([member.verdicts for member in shown])
    rate_hz, windows = settings.records.sampling_rate, settings.windows
    estimates = settings.arrivals
    kind = label_windows(starts, [arrivals], rate_hz, windows=windows, estimates=estimates).kind
    known = kind != SKIPPED
    return metrics.count(kind[known] == POSITIVE, verdict[known])


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
