"""Times and magnitudes of earthquakes."""

import numpy as np
import pytest

from deepquake.tools.demo.seismicity import draw_magnitudes, draw_times


def test_magnitudes_follow_gutenberg_and_richter_and_times_keep_apart() -> None:
    rng = np.random.default_rng(0)
    magnitudes = draw_magnitudes(2000, (0.5, 3.8), b_value=1.0, rng=rng)
    assert magnitudes.min() >= 0.5 and magnitudes.max() <= 3.8
    assert np.sum(magnitudes >= 1.5) == pytest.approx(200, rel=0.05)
    times = draw_times(50, (0.0, 10_000.0), apart_s=60.0, rng=rng)
    assert np.diff(times).min() >= 60 and times[0] >= 0 and times[-1] <= 10_000
