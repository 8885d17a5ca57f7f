"""Scores by arrival of test excerpts."""

from pathlib import Path

import numpy as np
import pytest

from deepquake.learning.picking.arrivals import Acceptance, Picks
from deepquake.learning.picking.evaluation import evaluate_arrivals, scored_windows
from deepquake.learning.picking.held_out import StationCandidates
from tests.learning.picking.made_excerpts import RATE, make_excerpts


def test_arrivals_are_counted_one_to_one() -> None:
    station = StationCandidates(
        times_s=np.array([10.1, 10.4, 30.0, 50.0, 70.0, 90.0]),
        heights=np.array([0.9, 0.8, 0.3, 0.9, 0.7, 0.6]),
        in_noise=np.array([False, False, False, False, True, False]),
        unread=np.zeros(6, bool),
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


def test_what_looks_like_an_event_that_nobody_read_is_undecided() -> None:
    station = StationCandidates(
        times_s=np.array([10.1, 30.0, 50.0]),
        heights=np.array([0.9, 0.8, 0.7]),
        in_noise=np.array([False, True, False]),
        unread=np.array([True, True, False]),
        references_s=np.array([10.0]),
        undecided_s=np.empty((0, 2)),
        recorded_s=8640.0,
        noise_s=864.0,
    )
    values = evaluate_arrivals({"P": [station]}, {"P": Acceptance(0.5)}, 0.5)["P"].values()
    assert (values["found"], values["falseAlarms"], values["undecided"]) == (1, 1, 1)
    assert values["noiseFalseAlarms"] == 1


def test_windows_anywhere_in_excerpts(tmp_path: Path) -> None:
    store = make_excerpts(tmp_path, n_events=1, n_noise=1)  # P at 8 s of 20, 8 s of noise
    grid = np.round(store.start_times * RATE)
    quiet, event = np.argsort(store.labels)
    store.recorded_end[quiet] = 12.5 * RATE

    def picks(index: int, *rows: tuple[float, float]) -> dict[str, Picks]:
        at, heights = np.array(rows, float).reshape(-1, 2).T
        nothing = np.full(len(at), np.nan)
        return {"P": Picks(at * RATE + grid[index], heights, nothing, np.zeros((len(at), 2), int))}

    found = [{}, {}]
    found[event] = picks(event, (8.0, 0.9), (14.2, 0.95))
    found[quiet] = picks(quiet, (1.0, 0.3))
    windows = scored_windows(store, found)
    of_event = windows.excerpts == event
    # from 0.5 s on every second; the P is 1 s inside until the window of 6.5 s
    assert (windows.firsts[of_event] / RATE).tolist() == [0.5, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5]
    assert windows.is_event.tolist() == of_event.tolist()
    assert windows.heights[of_event].tolist() == [0.9] * 4 + [0.95] * 3
    assert (windows.firsts[~of_event] / RATE).tolist() == [0.5, 1.5]
    assert windows.heights[~of_event].tolist() == [0.3, 0.0]
    # an arrival that may come early leaves no noise, one that is not learnt from no event
    inside = store.arrivals[event]
    assert inside is not None
    inside.weights[:] = 0
    assert not np.any(scored_windows(store, found).excerpts == event)
    store.arrivals[quiet] = inside
    assert len(scored_windows(store, found).firsts) == 0
