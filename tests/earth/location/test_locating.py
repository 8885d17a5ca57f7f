"""Sources are where they were put."""

import numpy as np
import pytest

from deepquake.earth.location.locating import locate_source, weighted_median
from tests.earth.location.made_network import TrueSource, arrivals_of, made_times


def test_a_source_is_found_and_a_wrong_arrival_does_not_draw_it() -> None:
    times = made_times()
    true = TrueSource(np.array([4.0, -7.0, 9.0]), 100.0)
    arrivals = arrivals_of(times, true, np.random.default_rng(1))
    arrivals.time_s[3] += 2.0
    source = locate_source(times, arrivals, np.array([0.0, 0.0, 5.0]), np.array([20.0, 20.0, 10.0]))
    assert source.xyz_km == pytest.approx(true.xyz_km, abs=0.1)
    assert source.time_s == pytest.approx(100.0, abs=0.02)
    assert source.residuals_s[3] == pytest.approx(2.0, abs=0.05)


def test_the_weighted_median_has_half_the_weight_on_either_side() -> None:
    rows = np.array([[1.0, 5.0, 2.0], [9.0, 7.0, 8.0]])
    assert weighted_median(rows, np.ones(3)).tolist() == [2.0, 8.0]
    assert weighted_median(rows, np.array([1.0, 4.0, 1.0])).tolist() == [5.0, 7.0]
    assert weighted_median(np.array([[1.0, 2.0]]), np.ones(2)).tolist() == [1.5]
