"""What a network finds in the excerpts or windows of a data set, beside the readings in them.

Of the windows of window networks only those are there that hold a P, or nothing: their arrivals
have heights, but their times say nothing of what detecting in whole records would give.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepquake.core import intervals
from deepquake.core.progress import progress
from deepquake.core.settings import UNET, Settings
from deepquake.core.times import DAY_S
from deepquake.earth.geo import Floats
from deepquake.learning import metrics
from deepquake.learning.picking.arrivals import (
    LOWEST_HEIGHT,
    Picks,
    RecordPart,
    picked_phases,
    unet_picks,
    window_rises,
)
from deepquake.learning.picking.calibration import Candidates
from deepquake.learning.picking.matching import match_arrivals
from deepquake.learning.picking.peaks import apart
from deepquake.learning.spec import ModelSpec
from deepquake.learning.store import Store
from deepquake.windows.tfrecords import NOISE, ArrivalsInside

# An S so soon after a P, both more probable than not and far from what was read: an event that the
# catalogue does not list. Eleven that were drawn in the records of 103 listed events all are one.
LONGEST_S_MINUS_P_S, SURE_HEIGHT, UNREAD_S = 15.0, 0.5, 1.0
READING_EDGE_S = 1.0  # a reading nearer to the end of an excerpt is not one to be found
SAME_READING_S = 1e-3  # that excerpts of two events hold
JITTER = 4 / 3  # of a step between windows: they may start a little off it
GATHERED = 8192  # windows in memory at a time


@dataclass(frozen=True)
class StationCandidates:
    """The candidates of one phase at one station, and what was read there (s since 1970 UTC).

    For each candidate ``times_s``, ``heights``, and whether it is ``in_noise``, an excerpt of
    nothing else, and whether it is ``unread``: one of a P and an S that nobody read. In
    ``undecided_s`` (n, 2) may come what nobody read. ``recorded_s`` is how long all excerpts last,
    ``noise_s`` those of noise.
    """

    times_s: Floats
    heights: Floats
    in_noise: NDArray[np.bool_]
    unread: NDArray[np.bool_]
    references_s: Floats
    undecided_s: Floats
    recorded_s: float
    noise_s: float


def excerpt_picks(
    model: Any, spec: ModelSpec, store: Store, indices: NDArray[np.intp]
) -> list[dict[str, Picks]]:
    """Return the candidate arrivals of a UNet in excerpts.

    Parameters
    ----------
    model : keras.Model
        The network.
    spec : ModelSpec
        What it is.
    store : Store
        The excerpts.
    indices : array of int
        Those to look at.

    Returns
    -------
    list of dict of str to Picks
        By phase, of each of them; on the grid of absolute time (samples since 1970 UTC).
    """
    looked = progress(indices.tolist(), len(indices), "excerpts")
    return [unet_picks(model, spec, [_as_part(store, index)]) for index in looked]


def excerpt_candidates(
    store: Store,
    indices: NDArray[np.intp],
    found: Sequence[dict[str, Picks]],
    phases: Sequence[str],
) -> dict[str, list[StationCandidates]]:
    """Return what was found in excerpts, by phase and station.

    What excerpts that overlap find twice counts once.

    Parameters
    ----------
    store : Store
        The excerpts.
    indices : array of int
        Those that were looked at.
    found : sequence of dict of str to Picks
        What was found in each.
    phases : sequence of str
        Those that the network finds.

    Returns
    -------
    dict of str to list of StationCandidates
        By phase; the stations in order of their codes.
    """
    places: dict[tuple[str, str], list[int]] = defaultdict(list)  # numbers of ``found``
    for number, index in enumerate(indices.tolist()):
        places[str(store.networks[index]), str(store.stations[index])].append(number)
    by_phase = {
        phase: [
            _at_station(store, indices[here], [found[one][phase] for one in here], phase=phase)
            for _, here in sorted(places.items())
        ]
        for phase in phases
    }
    for number, both in enumerate(zip(*by_phase.values(), strict=True)):
        for phase, station in zip(by_phase, _with_unread(both), strict=True):
            by_phase[phase][number] = station
    return by_phase


def candidates_of(stations: Sequence[StationCandidates], tolerance_s: float) -> Candidates:
    """Return the candidates of all stations, each right or wrong.

    Parameters
    ----------
    stations : sequence of StationCandidates
        Those of one phase.
    tolerance_s : float
        How far a candidate may be from the reading it finds (s).

    Returns
    -------
    Candidates
        Without those that are undecided.
    """
    rows = [np.empty((5, 0))]
    for station in stations:
        match = match_arrivals(
            station.references_s,
            station.times_s,
            tolerance_s=tolerance_s,
            undecided_s=station.undecided_s,
            heights=station.heights,
        )
        right = match.reference_of >= 0
        residuals_s = np.full(len(right), np.nan)
        residuals_s[right] = match.residuals_s[match.reference_of[right]]
        unread = station.unread & ~right
        row = np.stack([station.heights, right, residuals_s, station.in_noise, unread])
        rows.append(row[:, ~match.undecided])
    heights, is_right, residuals_s, in_noise, unread = np.concatenate(rows, axis=1)
    return Candidates(
        heights=heights,
        is_right=is_right > 0,
        residuals_s=residuals_s,
        in_noise=in_noise > 0,
        unread=unread > 0,
        references=sum(len(station.references_s) for station in stations),
        noise_days=sum(station.noise_s for station in stations) / DAY_S,
        lowest=LOWEST_HEIGHT,
    )


def held_out_candidates(
    model: Any, spec: ModelSpec, store: Store, indices: NDArray[np.intp], settings: Settings
) -> dict[str, Candidates]:
    """Return what a network finds in excerpts or windows that it was not trained on.

    Parameters
    ----------
    model : keras.Model
        The network.
    spec : ModelSpec
        What it is.
    store : Store
        The excerpts or windows.
    indices : array of int
        Those to look at.
    settings : Settings
        How windows were cut, and the tolerance of a pick.

    Returns
    -------
    dict of str to Candidates
        By phase. Those of windows have no residuals.
    """
    if spec.model != UNET:
        return {"P": _window_candidates(model, spec, store, indices, settings=settings)}
    found = excerpt_picks(model, spec, store, indices)
    every = excerpt_candidates(store, indices, found, phases=picked_phases(spec))
    tolerance_s = settings.detection.pick_tolerance
    return {phase: candidates_of(stations, tolerance_s) for phase, stations in every.items()}


def class_probabilities(model: Any, store: Store, indices: NDArray[np.intp]) -> NDArray[np.float32]:
    """Return what a network says of windows, read in blocks.

    Parameters
    ----------
    model : keras.Model
        A network of windows.
    store : Store
        The windows.
    indices : array of int
        Those to look at.

    Returns
    -------
    array of float32 (len(indices), classes)
        The probability of each class.
    """
    from deepquake.learning.networks import predict

    firsts = range(0, len(indices), GATHERED)
    parts = [
        predict(model, store.gather(indices[first : first + GATHERED]))
        for first in progress(firsts, len(firsts), f"blocks of {GATHERED} windows")
    ]
    return np.concatenate(parts) if parts else np.empty((0, model.output_shape[-1]), np.float32)


def _as_part(store: Store, index: int) -> RecordPart:
    """Return an excerpt as a record: what was recorded of it."""
    first, end = int(store.recorded_first[index]), int(store.recorded_end[index])
    data = store.gather([index])[0][:, first:end]
    rate_hz = store.signature.sampling_rate or np.nan
    number = round(float(store.start_times[index]) * rate_hz) + first
    return RecordPart(data, number, begin=0, end=end - first)


def _at_station(
    store: Store, members: NDArray[np.intp], picks: Sequence[Picks], phase: str
) -> StationCandidates:
    rate_hz = store.signature.sampling_rate or np.nan
    times, references, undecided, spans = [np.empty((3, 0))], [np.empty(0)], [np.empty((0, 2))], []
    for index, found in zip(members.tolist(), picks, strict=True):
        start_s, is_noise = float(store.start_times[index]), store.labels[index] == NOISE
        grid = round(start_s * rate_hz)
        at_s = start_s + (found.at - grid) / rate_hz
        times.append(np.stack([at_s, found.heights, np.full(len(at_s), is_noise)]))
        span_s = np.array([store.recorded_first[index], store.recorded_end[index]]) / rate_hz
        read, unsure = _read_inside(store.arrivals[index] or ArrivalsInside(), span_s, phase)
        references.append(start_s + read)
        undecided.append(start_s + unsure)
        spans.append((*(start_s + span_s), is_noise))
    at_s, heights, in_noise = _each_once(np.concatenate(times, axis=1), rate_hz)
    read_s = np.sort(np.concatenate(references))
    begin_s, end_s, of_noise = np.array(spans, float).T
    return StationCandidates(
        times_s=at_s,
        heights=heights,
        in_noise=in_noise > 0,
        unread=np.zeros(len(at_s), bool),
        references_s=read_s[np.diff(read_s, prepend=-np.inf) > SAME_READING_S],
        undecided_s=np.concatenate(undecided),
        recorded_s=_length_s(begin_s, end_s),
        noise_s=_length_s(begin_s[of_noise > 0], end_s[of_noise > 0]),
    )


def _with_unread(phases: Sequence[StationCandidates]) -> list[StationCandidates]:
    """Return what was found at a station, of P alone or of P and S, with what is ``unread``."""
    if len(phases) == 1:
        return list(phases)
    sure = [
        (of.heights >= SURE_HEIGHT) & ~_has_near(of.times_s, of.references_s, UNREAD_S)
        for of in phases
    ]
    p_s, s_s = (of.times_s[which] for of, which in zip(phases, sure, strict=True))
    has_s = np.searchsorted(s_s, p_s) < np.searchsorted(s_s, p_s + LONGEST_S_MINUS_P_S)
    has_p = np.searchsorted(p_s, s_s - LONGEST_S_MINUS_P_S) < np.searchsorted(p_s, s_s)
    for which, pairs in zip(sure, (has_s, has_p), strict=True):
        which[which] = pairs
    return [replace(of, unread=which) for of, which in zip(phases, sure, strict=True)]


def _has_near(times_s: Floats, others_s: Floats, reach_s: float) -> NDArray[np.bool_]:
    """Return which times are so near to any of others, which are in order."""
    first, end = (np.searchsorted(others_s, times_s + side) for side in (-reach_s, reach_s))
    return first < end


def _read_inside(inside: ArrivalsInside, span_s: Floats, phase: str) -> tuple[Floats, Floats]:
    """Return the readings of a phase to be found in an excerpt, and where others may come (s)."""
    phases = np.array(list(inside.phases), str)
    offsets_s = inside.offsets_s.astype(float)
    well_inside = (offsets_s >= span_s[0] + READING_EDGE_S) & (
        offsets_s <= span_s[1] - READING_EDGE_S
    )
    counts = (phases == phase) & (inside.weights > 0) & well_inside
    others = ((phases == phase) | (phases == "?")) & ~counts
    spans = np.stack([inside.earliest_s, inside.latest_s], axis=1).astype(float)
    return offsets_s[counts], spans[others]


def _each_once(columns: Floats, rate_hz: float) -> Floats:
    """Return candidates of overlapping excerpts by time, the lower of two near ones left out."""
    first_s = columns[0].min() if columns.size else 0.0
    return columns[:, apart((columns[0] - first_s) * rate_hz, columns[1], rate_hz)]


def _length_s(starts_s: Floats, ends_s: Floats) -> float:
    """Return how long spans last that may overlap."""
    return float(np.diff(intervals.union(starts_s, ends_s)).sum())


def _window_candidates(
    model: Any, spec: ModelSpec, store: Store, indices: NDArray[np.intp], settings: Settings
) -> Candidates:
    """Return an arrival for the windows of each event, and those that windows of noise tell of."""
    said = metrics.event_probability(class_probabilities(model, store, indices))
    order = np.lexsort(
        (store.start_times[indices], store.stations[indices], store.networks[indices])
    )
    indices, said = indices[order], said[order]
    is_event = store.labels[indices] > NOISE
    groups = _stretches(store, indices[is_event], spec.window_size)
    of_events = np.bincount(groups, said[is_event]) / np.maximum(np.bincount(groups), 1)
    windows = settings.windows
    step_s = JITTER * (windows.window_stride_negatives or windows.window_stride)
    alarms, noise_s = [np.empty(0)], 0.0
    timed = ~is_event & (store.start_times[indices] > 0)
    quiet, says = indices[timed], said[timed]
    place = np.char.add(np.char.add(store.networks[quiet], "."), store.stations[quiet])
    for one in np.unique(place):
        here = quiet[place == one]
        starts_s, first = np.unique(store.start_times[here].astype(float), return_index=True)
        found = window_rises(
            spec,
            starts_s * spec.sampling_rate,
            says[place == one][first],
            step_s=step_s,
            margin_s=windows.pwave_window / 2,
        )
        alarms.append(found.scores)
        noise_s += _length_s(starts_s, starts_s + spec.window_size)
    false = np.concatenate(alarms)
    right = of_events[of_events >= LOWEST_HEIGHT]
    n_right, n_all = len(right), len(right) + len(false)
    return Candidates(
        heights=np.concatenate([right, false]),
        is_right=np.arange(n_all) < n_right,
        residuals_s=np.full(n_all, np.nan),
        in_noise=np.arange(n_all) >= n_right,
        unread=np.zeros(n_all, bool),
        references=len(of_events),
        noise_days=noise_s / DAY_S,
        lowest=LOWEST_HEIGHT,
    )


def _stretches(store: Store, indices: NDArray[np.intp], length_s: float) -> NDArray[np.intp]:
    """Return to which arrival each window of an event belongs, of windows in order of time."""
    starts_s = store.start_times[indices].astype(float)
    others = np.array([
        store.networks[indices], store.stations[indices], store.event_ids[indices]
    ])  # fmt: skip
    differs = (others[:, 1:] != others[:, :-1]).any(axis=0)
    apart = (np.diff(starts_s) > length_s) | (starts_s[1:] <= 0)  # 0: the file does not say when
    return np.cumsum(np.append(0, differs | apart))[: len(indices)]
