"""The search for sources among arrivals."""

import numpy as np
import pytest

from deepquake.detection.association import search
from deepquake.detection.association.search import Least, find_sources
from tests.earth.location.made_network import TrueSource, arrivals_of, made_times


def test_a_source_has_all_its_arrivals() -> None:
    times = made_times()
    true = TrueSource(np.array([5.0, 5.0, 7.0]), 10.0)
    readings = arrivals_of(times, true, np.random.default_rng(1), error_s=0.02)
    readings = readings[np.argsort(readings.time_s)]
    (found,), free = find_sources(
        times, readings, np.ones(len(readings)), lambda time_s: Least(3, 4)
    )
    assert not free.any()
    assert len(found.members) == len(readings)
    assert np.linalg.norm(found.source.xyz_km - true.xyz_km) < 0.5


@pytest.mark.timeout(60)
def test_arrivals_that_are_as_likely_by_chance_are_no_event(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The search ends: in dense sequences cells are left that gain nothing."""
    monkeypatch.setattr(search, "gain_of", lambda *_: 0.0)
    times = made_times()
    true = TrueSource(np.array([5.0, 5.0, 7.0]), 10.0)
    readings = arrivals_of(times, true, np.random.default_rng(1), error_s=0.02)
    readings = readings[np.argsort(readings.time_s)]
    scores = np.ones(len(readings))
    found, free = find_sources(times, readings, scores, lambda time_s: Least(3, 4))
    assert found == []
    assert free.all()
