"""Step 5 by arrival: what a UNet finds of the readings in test excerpts, one to one.

And by window, to be compared with networks of windows: one is an event where its greatest P is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepquake.core.times import DAY_S
from deepquake.earth.geo import Floats
from deepquake.learning.metrics import quotient
from deepquake.learning.picking.arrivals import Acceptance, Picks
from deepquake.learning.picking.calibration import reliability
from deepquake.learning.picking.held_out import StationCandidates, candidates_of
from deepquake.learning.picking.matching import ArrivalScores, arrival_scores, match_arrivals
from deepquake.learning.store import Store

# The windows that are scored: they start everywhere, as those of a search do.
SCORED_WINDOW_S, SCORED_STEP_S = 10.0, 1.0
P_INSIDE_S, NOISE_BEFORE_P_S = 1.0, 2.0
SAME_P_S = 0.01


@dataclass(frozen=True)
class ScoredWindows:
    """Windows in excerpts: the number of the excerpt, the first sample in it, and what is there.

    ``heights`` are those of the highest P that was found in each; 0 where there is none.
    """

    excerpts: NDArray[np.intp]
    firsts: NDArray[np.intp]
    is_event: NDArray[np.bool_]
    heights: Floats


@dataclass(frozen=True)
class PhaseEvaluation:
    """What was found of one phase: scores, false alarms in noise, shares right by score."""

    threshold: float
    scores: ArrivalScores
    noise_false: int
    noise_days: float
    reliability: tuple[Floats, ...]

    def values(self) -> dict[str, Any]:
        """Return all of it but the reliability as it stands in eval.json."""
        return {
            "threshold": self.threshold,
            **self.scores.values(),
            "noiseStationDays": self.noise_days,
            "noiseFalseAlarms": self.noise_false,
            "noiseFalseAlarmsPerStationDay": quotient(self.noise_false, self.noise_days),
        }


def evaluate_arrivals(
    found: Mapping[str, Sequence[StationCandidates]],
    accepted: Mapping[str, Acceptance],
    tolerance_s: float,
) -> dict[str, PhaseEvaluation]:
    """Return what was found of the readings, by phase.

    Parameters
    ----------
    found : mapping of str to sequence of StationCandidates
        Of each phase, as ``excerpt_candidates`` returns them.
    accepted : mapping of str to Acceptance
        From which score on candidates are arrivals.
    tolerance_s : float
        How far a detection may be from the reading it finds (s).

    Returns
    -------
    dict of str to PhaseEvaluation
        By phase.
    """
    return {
        phase: _phase_evaluation(stations, accepted[phase], tolerance_s)
        for phase, stations in found.items()
    }


def scored_windows(store: Store, found: Sequence[Mapping[str, Picks]]) -> ScoredWindows:
    """Return windows of 10 s every second in all excerpts, and what was found in them.

    A window is an event where the P of its excerpt is at least 1 s inside, and noise where it ends
    2 s or more before any arrival in the excerpt; others are left out.

    Parameters
    ----------
    store : Store
        The excerpts.
    found : sequence of mapping of str to Picks
        What was found in each of them.

    Returns
    -------
    ScoredWindows
        In the order of the excerpts.
    """
    rate_hz = store.signature.sampling_rate or np.nan
    length, step, inside, before = (
        round(span_s * rate_hz)
        for span_s in (SCORED_WINDOW_S, SCORED_STEP_S, P_INSIDE_S, NOISE_BEFORE_P_S)
    )
    rows = [np.empty((4, 0))]
    for index, picks in enumerate(found):
        begin, end = int(store.recorded_first[index]), int(store.recorded_end[index])
        firsts = np.arange(begin + step // 2, end - length, step)
        own, earliest = _own_p(store, index) * rate_hz, _earliest_s(store, index) * rate_hz
        is_event = (own >= firsts + inside) & (own <= firsts + length - inside)
        is_noise = firsts + length + before <= earliest
        at = picks["P"].at - round(float(store.start_times[index]) * rate_hz)
        within = (at >= firsts[:, None]) & (at <= firsts[:, None] + length)
        heights = np.max(within * picks["P"].heights, axis=1, initial=0.0)
        row = np.stack([np.full(len(firsts), index), firsts, is_event, heights])
        rows.append(row[:, is_event | is_noise])
    excerpts, firsts, is_event, heights = np.concatenate(rows, axis=1)
    return ScoredWindows(excerpts.astype(int), firsts.astype(int), is_event > 0, heights)


def _own_p(store: Store, index: int) -> float:
    """Return the P that an excerpt was cut around (s from its start), NaN where it is not one."""
    own_s, inside = float(store.p_offsets_s[index]), store.arrivals[index]
    if inside is None or own_s < 0:
        return np.nan
    is_p = np.array(list(inside.phases), str) == "P"
    same = np.abs(inside.offsets_s - own_s) <= SAME_P_S
    return own_s if np.any(is_p & same & (inside.weights > 0)) else np.nan


def _earliest_s(store: Store, index: int) -> float:
    """Return when the first arrival may come in an excerpt (s from its start)."""
    inside = store.arrivals[index]
    return np.inf if inside is None else float(np.min(inside.earliest_s, initial=np.inf))


def _phase_evaluation(
    stations: Sequence[StationCandidates], accepted: Acceptance, tolerance_s: float
) -> PhaseEvaluation:
    matches, noise_false = [], 0
    for station in stations:
        detected = accepted.scores(station.heights) >= accepted.threshold
        match = match_arrivals(
            station.references_s,
            station.times_s[detected],
            tolerance_s=tolerance_s,
            undecided_s=station.undecided_s,
        )
        unread = station.unread[detected] & (match.reference_of < 0)
        matches.append(replace(match, undecided=match.undecided | unread))
        noise_false += int(np.sum(match.false & station.in_noise[detected]))
    candidates = candidates_of(stations, tolerance_s)
    recorded_s = sum(station.recorded_s for station in stations)
    return PhaseEvaluation(
        threshold=accepted.threshold,
        scores=arrival_scores(matches, recorded_s=recorded_s),
        noise_false=noise_false,
        noise_days=sum(station.noise_s for station in stations) / DAY_S,
        reliability=reliability(
            accepted.scores(candidates.heights[~candidates.unread]),
            candidates.is_right[~candidates.unread],
        ),
    )
