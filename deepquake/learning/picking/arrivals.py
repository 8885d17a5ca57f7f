"""The arrivals that a network finds in a record: the same for training, testing and detecting.

A record comes in parts: those of a day one after the other, with what the network and the onsets
look at to either side; an excerpt as a single one.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepquake.core import intervals
from deepquake.core.settings import UNET, DetectionSettings
from deepquake.learning.picking.calibration import Calibration, PhaseCalibration
from deepquake.learning.picking.curves import record_curves
from deepquake.learning.picking.onset import (
    ONSET_WEIGHT,
    PEAK_DEVIATION_S,
    PEAK_SEARCH_S,
    SHOWN_GAIN,
    WINDOW_SEARCH_S,
    aic_onset,
    is_shown,
    traces_of,
)
from deepquake.learning.picking.peaks import ONE_ONSET_S, ROUGH_S, Rises, apart, local_peaks, rises
from deepquake.learning.spec import ModelSpec

LOWEST_HEIGHT = 0.02  # of what is a candidate at all
UNCALIBRATED = 0.5  # the threshold of a network that is not calibrated
# A UNet takes the begin of a record, silence and then noise, for an arrival. So it does, more and
# more often, behind gaps of 0.3 s and longer.
NOTHING_BEFORE_S, SILENCE_S = 1.0, 0.2
REFINED = "P"  # the peak of S is as good as its onset


@dataclass(frozen=True)
class RecordPart:
    """A part of a record.

    ``data`` is float32 (n_traces, samples), filtered; NaN where a component is missing, or flat.
    ``first`` is the number of its first sample on the grid of absolute time (samples since 1970
    UTC). The arrivals from sample ``begin`` to ``end`` of ``data`` are looked for: what is in front
    of them and behind (``curves.reach``, unless the record ends) only decides what is said of them.
    Where ``begin`` is 0, so does the record.
    """

    data: NDArray[np.float32]
    first: int
    begin: int
    end: int


@dataclass(frozen=True)
class Picks:
    """Candidate arrivals of one phase, in order of time.

    ``at`` are positions on the grid of the parts (samples, with fractions), ``heights`` what the
    network says of each, from 0 to 1, ``deviations_s`` how far the record leaves its onset unsure
    (s; NaN: not known). ``windows`` (n, 2) are the first window of those that hold it and one past
    the last; 0 where there are no windows.
    """

    at: NDArray[np.float64]
    heights: NDArray[np.float64]
    deviations_s: NDArray[np.float64]
    windows: NDArray[np.intp]

    def chosen(self, which: NDArray) -> "Picks":
        """Return some of them, by a mask or by their numbers."""
        columns = self.at, self.heights, self.deviations_s, self.windows
        return Picks(*(column[which] for column in columns))


@dataclass(frozen=True)
class Acceptance:
    """From which score on candidates of one phase are arrivals; what a calibration tells of them.

    Without a ``calibration`` heights are the scores.
    """

    threshold: float
    calibration: PhaseCalibration | None = None

    @property
    def least_height(self) -> float:
        """The height that gets the threshold as its score."""
        if self.calibration is None:
            return self.threshold
        return float(self.calibration.scaling.heights(self.threshold))

    def scores(self, heights: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return the scores of candidates by their heights."""
        if self.calibration is None:
            return np.asarray(heights, np.float64)
        return self.calibration.scaling.scores(heights)

    def accepted(self, picks: Picks) -> Picks:
        """Return the candidates that are arrivals."""
        return picks.chosen(self.scores(picks.heights) >= self.threshold)

    def uncertainties_s(self, picks: Picks) -> NDArray[np.float64]:
        """Return how uncertain arrivals are (s), by their score or else by their onset."""
        if self.calibration is None or not len(self.calibration.uncertainty_s):
            return picks.deviations_s
        return self.calibration.uncertainty_of(self.scores(picks.heights))


def acceptances(
    spec: ModelSpec, calibration: Calibration, settings: DetectionSettings
) -> tuple[dict[str, Acceptance], list[str]]:
    """Return from which score on candidates are arrivals, and what is to be said of it.

    Parameters
    ----------
    spec : ModelSpec
        The network.
    calibration : dict of str to PhaseCalibration
        That of the network; empty where it has none.
    settings : DetectionSettings
        The threshold that is asked for, or the false alarms that are put up with.

    Returns
    -------
    tuple of dict of str to Acceptance and list of str
        By phase; and sentences.
    """
    accepted, notes = {}, []
    for phase in picked_phases(spec):
        of_phase = calibration.get(phase)
        threshold = settings.detection_threshold
        if not threshold:
            threshold, why = _own_threshold(of_phase, settings.alarms_per_day)
            notes += [f"{phase}: {why}"] if why else []
        accepted[phase] = Acceptance(threshold, of_phase)
    return accepted, notes


def _own_threshold(of_phase: PhaseCalibration | None, alarms_per_day: float) -> tuple[float, str]:
    if of_phase is None and alarms_per_day:
        return UNCALIBRATED, (
            "the network is not calibrated, so that no threshold is known for "
            f"{alarms_per_day:g} false alarms per station-day: {UNCALIBRATED:g} is used"
        )
    if of_phase is None:
        return UNCALIBRATED, ""
    return (
        of_phase.threshold_for(alarms_per_day) if alarms_per_day else (of_phase.best_threshold, "")
    )


def picked_phases(spec: ModelSpec) -> tuple[str, ...]:
    """Return the phases whose arrivals a network finds; a network of windows finds P."""
    return tuple(spec.phases.split(",")) if spec.model == UNET else ("P",)


def unet_picks(
    model: Any,
    spec: ModelSpec,
    parts: Iterable[RecordPart],
    lowest: Mapping[str, float] | None = None,
    seen: Callable[[int, NDArray[np.float32]], object] | None = None,
    n_threads: int = 1,
) -> dict[str, Picks]:
    """Return the candidate arrivals of a UNet in a record.

    Parameters
    ----------
    model, spec, parts, lowest, seen, n_threads
        As of ``unet_peaks``.

    Returns
    -------
    dict of str to Picks
        By phase.
    """
    found = unet_peaks(model, spec, parts, lowest, seen=seen, n_threads=n_threads)
    return {phase: peak_picks(peaks, spec.sampling_rate) for phase, peaks in found.items()}


def unet_peaks(
    model: Any,
    spec: ModelSpec,
    parts: Iterable[RecordPart],
    lowest: Mapping[str, float] | None = None,
    seen: Callable[[int, NDArray[np.float32]], object] | None = None,
    n_threads: int = 1,
) -> dict[str, NDArray[np.float64]]:
    """Return the peaks of a UNet's curves in a record, for ``peak_picks``.

    Parameters
    ----------
    model : keras.Model or PortableNetwork
        The network.
    spec : ModelSpec
        What it is.
    parts : iterable of RecordPart
        The record, in order of time.
    lowest : mapping of str to float, optional
        The least height by phase; by default that of any candidate.
    seen : callable, optional
        Takes the number of the first sample, and the probability of each class at each sample
        (classes, samples; noise first), of each part in turn; noise where nothing is heard.
    n_threads : int, optional
        As of ``record_curves``.

    Returns
    -------
    dict of str to array (4, n)
        By phase: peaks and, in the third row, arrivals on the grid of the parts, heights in the
        second, deviations (s) in the fourth.
    """
    columns: dict[str, list[NDArray]] = {phase: [np.empty((4, 0))] for phase in picked_phases(spec)}
    for part in parts:
        said = record_curves(model, spec, part.data, part.first, n_threads)
        heard = heard_spans(part, spec.sampling_rate)
        if seen is not None:
            seen(part.first + part.begin, _heard_alone(said, heard)[:, part.begin : part.end])
        for number, phase in enumerate(columns, start=1):
            least = LOWEST_HEIGHT if lowest is None else lowest[phase]
            found = local_peaks(said[number], least)
            inside = intervals.inside(heard, np.rint(found.at))
            peaks, heights = found.at[inside], found.heights[inside]
            if phase == REFINED:
                shown = is_shown(part.data, peaks, spec.sampling_rate)
                peaks, heights = peaks[shown], heights[shown]
            onsets, deviations_s = _peak_onsets(part.data, peaks, phase, spec=spec)
            rows = part.first + peaks, heights, part.first + onsets, deviations_s
            columns[phase].append(np.stack(rows))
    return {phase: np.concatenate(found, axis=1) for phase, found in columns.items()}


def heard_spans(part: RecordPart, rate_hz: float) -> NDArray[np.intp]:
    """Return where a UNet finds arrivals: not in silence, nor in the first second behind it.

    Parameters
    ----------
    part : RecordPart
        A part of a record.
    rate_hz : float
        The sampling rate (Hz).

    Returns
    -------
    array of int (k, 2)
        Begin and end of each span, of those samples of ``data`` that are looked at.
    """
    recorded = intervals.runs_of_true(np.asarray(np.isfinite(part.data).any(axis=0)))
    silence, nothing = (round(span_s * rate_hz) for span_s in (SILENCE_S, NOTHING_BEFORE_S))
    begins, ends = intervals.union(recorded[:, 0], recorded[:, 1], silence - 1).T
    runs = np.column_stack([np.minimum(begins + nothing, ends), ends])
    if part.begin:  # what begins with the data goes on from the part in front
        runs[begins == 0, 0] = 0
    spans = np.clip(intervals.in_common(runs, recorded), part.begin, part.end)
    return spans[spans[:, 1] > spans[:, 0]]


def _heard_alone(said: NDArray[np.float32], heard: NDArray[np.intp]) -> NDArray[np.float32]:
    """Return what a UNet says (classes, samples), where it hears nothing that there is noise."""
    told = np.zeros_like(said)
    told[0] = 1.0
    for begin, end in heard.tolist():
        told[:, begin:end] = said[:, begin:end]
    return told


def window_rises(
    spec: ModelSpec,
    starts: NDArray[np.floating],
    probabilities: NDArray[np.floating],
    *,
    step_s: float,
    margin_s: float,
    lowest: float = LOWEST_HEIGHT,
) -> Rises:
    """Return the rough arrivals that the windows of a record tell of; times in seconds.

    Parameters
    ----------
    spec : ModelSpec
        The network.
    starts : array of float (k)
        Where windows start (samples on the grid of the record's parts), increasing.
    probabilities : array of float (k)
        Of an event of any region in each.
    step_s : float
        From one window to the next (s).
    margin_s : float
        How far inside a window of an event the P is, at least (s): half of ``pwave_window``.
    lowest : float
        The least height.

    Returns
    -------
    Rises
        For ``rise_picks``.
    """
    return rises(
        np.asarray(starts, float) / spec.sampling_rate,
        probabilities,
        length_s=(spec.win_size - 1) / spec.sampling_rate,
        step_s=step_s,
        margin_s=margin_s,
        threshold=lowest,
    )


def rise_picks(rough: Rises, parts: Iterable[RecordPart], spec: ModelSpec) -> Picks:
    """Return the candidate arrivals of a network of windows, moved to the onsets near them.

    Those at which the record shows no onset are left out. One of which not even the rough time is
    known stays.

    Parameters
    ----------
    rough : Rises
        What the windows tell.
    parts : iterable of RecordPart
        The record, or those parts of it that hold an arrival.
    spec : ModelSpec
        The network.

    Returns
    -------
    Picks
        Those of P.
    """
    rate_hz = spec.sampling_rate
    rough_at, (before_s, after_s) = rough.times_s * rate_hz, WINDOW_SEARCH_S
    at, deviations_s = rough_at.copy(), rough.deviations_s.copy()
    shown = np.ones(len(at), bool)
    for part in parts:
        here = np.flatnonzero(_from_to(rough_at - part.first, part))
        if len(here):
            found = aic_onset(
                _telling(part.data, "P", spec),
                rough_at[here] - part.first,
                rate_hz,
                before_s=before_s,
                after_s=after_s,
                deviation_s=rough.deviations_s[here],
            )
            at[here], deviations_s[here] = found.at + part.first, found.deviation_s
            guessed = rough.deviations_s[here] > ROUGH_S  # the record begins and ends in an event
            shown[here] = guessed | (found.gain >= SHOWN_GAIN)
    picks = Picks(at, rough.scores, deviations_s, windows=rough.windows)
    kept = np.flatnonzero(shown)
    return picks.chosen(kept[apart(at[kept], rough.scores[kept], rate_hz, ONE_ONSET_S)])


def _from_to(at: NDArray[np.float64], part: RecordPart) -> NDArray[np.bool_]:
    """Return which positions in a part's data are, to the sample, among those looked for."""
    at = np.rint(at)
    return (at >= part.begin) & (at < part.end)


def _telling(data: NDArray[np.float32], phase: str, spec: ModelSpec) -> NDArray[np.float32]:
    """Return the traces that tell of the onset of a phase; all where these are dead."""
    wanted = data[traces_of(phase, spec.components)]
    return wanted if np.nan_to_num(wanted, nan=0.0).any() else data


def _peak_onsets(
    data: NDArray[np.float32], peaks: NDArray[np.float64], phase: str, spec: ModelSpec
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the arrivals near peaks, and how unsure they are (s); for S the peaks."""
    if phase != REFINED:
        return peaks, np.full(len(peaks), np.nan)
    before_s, after_s = PEAK_SEARCH_S
    onsets = aic_onset(
        _telling(data, phase, spec),
        peaks,
        spec.sampling_rate,
        before_s=before_s,
        after_s=after_s,
        deviation_s=PEAK_DEVIATION_S,
    )
    return peaks + ONSET_WEIGHT * (onsets.at - peaks), onsets.deviation_s


def peak_picks(found: NDArray[np.float64], rate_hz: float) -> Picks:
    """Return the picks of the peaks of a record, those too near to a higher one left out.

    Parameters
    ----------
    found : array (4, n)
        Those of a phase, as ``unet_peaks`` tells them, in order of time.
    rate_hz : float
        The sampling rate (Hz).
    """
    peaks, heights, at, deviations_s = found
    kept = apart(peaks, heights, rate_hz)
    kept = kept[apart(at[kept], heights[kept], rate_hz, ONE_ONSET_S)]
    no_windows = np.zeros((len(kept), 2), np.intp)
    return Picks(at[kept], heights[kept], deviations_s[kept], windows=no_windows)
