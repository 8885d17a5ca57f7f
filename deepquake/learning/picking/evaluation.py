"""Step 5 by arrival: what a UNet finds of the readings in test excerpts, one to one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from deepquake.core.times import DAY_S
from deepquake.earth.geo import Floats
from deepquake.learning.metrics import quotient
from deepquake.learning.picking.arrivals import Acceptance
from deepquake.learning.picking.calibration import reliability
from deepquake.learning.picking.held_out import StationCandidates, candidates_of
from deepquake.learning.picking.matching import ArrivalScores, arrival_scores, match_arrivals


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
        matches.append(match)
        noise_false += int(np.sum(match.false & station.in_noise[detected]))
    candidates = candidates_of(stations, tolerance_s)
    recorded_s = sum(station.recorded_s for station in stations)
    return PhaseEvaluation(
        threshold=accepted.threshold,
        scores=arrival_scores(matches, recorded_s=recorded_s),
        noise_false=noise_false,
        noise_days=sum(station.noise_s for station in stations) / DAY_S,
        reliability=reliability(accepted.scores(candidates.heights), candidates.is_right),
    )
