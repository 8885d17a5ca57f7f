"""Arrivals found at a station held against those there are, one to one."""

from typing import Any

import numpy as np
import pytest

from deepquake.catalog.events import Event, Pick
from deepquake.core import configuration
from deepquake.detection.judging import _references_of_p, compare_with_catalogue, judge
from deepquake.detection.stations import Detection, Judgement, by_station
from tests.detection.test_stations import arrival, heard
from tests.made_data import make_arrivals


def judged(
    found_s: tuple[float, ...],
    picks_s: tuple[float, ...],
    recorded: tuple[float, float] = (0, 1000),
    coda_s: float = 60,
    **changes: Any,
) -> tuple[list[str], list[Detection], Judgement]:
    """Return the outcomes of P found where the picks are of as many events."""
    references = _references_of_p(make_arrivals(picks_s, **changes))
    found, judgement = judge(
        [arrival(time_s) for time_s in found_s],
        references,
        recorded_s=np.array([recorded]),
        tolerance_s=0.5,
        coda_s=coda_s,
    )
    assert [d.time_s for d in found] == list(found_s)
    return [d.outcome for d in found], found, judgement


def test_a_pick_is_found_by_the_nearest_and_each_finds_one() -> None:
    outcomes, found, judgement = judged((5.2, 5.4, 104, 500), (5.0, 60, 104.3, 104.5))
    assert outcomes == ["found", "false", "found", "false"]
    assert judgement.found.tolist() == [True, False, True, False]
    assert judgement.matches.residuals_s[0] == pytest.approx(0.2)
    assert [d.events for d in found] == [(0,), (), (2,), ()]


def test_a_pick_where_nothing_was_recorded_is_neither_found_nor_missed() -> None:
    outcomes, _, judgement = judged((5.0, 60.1), (5.0, 60), recorded=(1, 30))
    assert judgement.picks_s.tolist() == [5.0]
    assert outcomes == ["found", "undecided"]


@pytest.mark.parametrize(
    "changes",
    [
        {"estimated": [3.0]},
        {"unknown": [(2.9, 57)]},
        {"unused": [(3.0, "weight 4")]},
        {"estimated": [25.0], "earliest_s": np.array([3.2])},
    ],
)
def test_what_may_be_an_arrival_that_nobody_read_is_undecided(changes: dict[str, Any]) -> None:
    outcomes, _, _ = judged((3.0, 200), (), coda_s=1, **changes)
    assert outcomes == ["undecided", "false"]


def test_a_false_one_behind_an_arrival_is_said_to_be_in_its_coda() -> None:
    outcomes, _, judgement = judged((20, 200), (5.0,))
    assert outcomes == ["false", "false"]
    assert judgement.n_in_coda == 1


def test_judging_without_detections_or_arrivals() -> None:
    outcomes, _, judgement = judged((), (5.0,))
    assert (outcomes, judgement.found.tolist()) == ([], [False])
    assert judged((3.0,), ())[0] == ["false"]


def test_each_phase_is_held_against_its_own_readings() -> None:
    picks = [Pick("A", "P", 10.0), Pick("A", "S", 14.0)]
    events = [Event("e0", origin_time=5.0, picks=picks)]
    (result,) = by_station(
        [heard(arrival(10.1), arrival(13.9), arrival(14.2, "S"), arrival(80, "S"))],
        step_s=1.0,
        margin_s=1.0,
    )
    told = compare_with_catalogue(
        result, events, [], settings=configuration.load({}), phases=("P", "S")
    )
    assert [(a.phase, a.outcome) for a in told.arrivals] == [
        *(("P", "found"), ("P", "false"), ("S", "found"), ("S", "false")),
    ]
    assert told.judgements["S"].matches.residuals_s == pytest.approx([0.2])
    assert told.window_counts is None
