"""Scores by arrival of test excerpts."""

import numpy as np
import pytest

from deepquake.learning.picking.arrivals import Acceptance
from deepquake.learning.picking.evaluation import evaluate_arrivals
from deepquake.learning.picking.held_out import StationCandidates


def test_arrivals_are_counted_one_to_one() -> None:
    station = StationCandidates(
        times_s=np.array([10.1, 10.4, 30.0, 50.0, 70.0, 90.0]),
        heights=np.array([0.9, 0.8, 0.3, 0.9, 0.7, 0.6]),
        in_noise=np.array([False, False, False, False, True, False]),
        references_s=np.array([10.0, 30.0, 50.05]),
        undecided_s=np.array([[89.0, 91.0]]),
        recorded_s=8640.0,
        noise_s=864.0,
    )
    found = evaluate_arrivals({"P": [station]}, {"P": Acceptance(0.5)}, 0.5)["P"]
    values = found.values()
    assert (values["references"], values["found"], values["detections"]) == (3, 2, 4)
    assert (values["falseAlarms"], values["undecided"]) == (2, 1)
    assert values["residualMean_s"] == pytest.approx(0.025)
    assert values["falseAlarmsPerStationDay"] == pytest.approx(20.0)
    assert (values["noiseFalseAlarms"], values["threshold"]) == (1, 0.5)
    assert values["noiseFalseAlarmsPerStationDay"] == pytest.approx(100.0)
    assert sum(found.reliability[-1]) == 5
