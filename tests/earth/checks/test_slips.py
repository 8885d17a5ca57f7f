"""Whether onsets tell by how many seconds a catalogue is off, and tell nothing else."""

import numpy as np
import pytest

from deepquake.earth.checks.slips import EventOnset, SlipFit, judge_slip


def onset(
    number: int, late_s: float, *, width_s: float = 0.5, in_place: bool = False
) -> EventOnset:
    """Return an onset so much later than the middle of the range in which P may come."""
    return EventOnset(
        number,
        least_s=late_s - width_s,
        most_s=late_s + width_s,
        in_place=in_place,
        searched_s=120.0,
    )


def spread(n_events: int, seed: int, to_s: float = 60.0) -> list[float]:
    return np.random.default_rng(seed).uniform(-to_s, to_s, n_events).tolist()


@pytest.mark.parametrize(
    ("slip_s", "said"),
    [
        (60.0, "about 60 s before the onsets in the records (10 of 10 events looked at; 0 at"),
        (-60.0, "about 60 s after the onsets"),
        (-10.0, "time): a slip of ten seconds?"),
        (5.0, "at their time): a slip, or a clock?"),
    ],
)
def test_a_slip_of_all_times_is_told(slip_s: float, said: str) -> None:
    rng = np.random.default_rng(1)
    found = judge_slip([onset(k, slip_s + rng.uniform(-0.5, 0.5)) for k in range(10)])
    assert found.finding is not None and found.finding.kind == "catalogue"
    assert said in found.finding.message and "another time fits better" in found.text()


def test_most_events_are_enough() -> None:
    slipped = [onset(k, 30.0) for k in range(14)]
    others = [onset(14 + k, late_s) for k, late_s in enumerate(spread(6, seed=1))]
    finding = judge_slip([*slipped, *others]).finding
    assert finding is not None and "(14 of 20 events" in finding.message
    soon = [onset(k, 8.0) for k in range(14)]
    rest = [onset(14 + k, late_s) for k, late_s in enumerate(spread(14, seed=1))]
    assert judge_slip([*slipped, *rest]).finding is not None
    assert judge_slip([*soon, *others]).finding is not None
    assert judge_slip([*soon, *rest]).finding is None  # half of them: may be S


def test_what_fits_or_has_nothing_in_common_is_not_told() -> None:
    fits = judge_slip([onset(k, 0.0, in_place=True) for k in range(10)])
    assert fits.finding is None and fits.text().endswith("record: 10 where P should be")
    for seed in range(50):
        nowhere = judge_slip([onset(k, late_s) for k, late_s in enumerate(spread(8, seed))])
        assert nowhere.finding is None and "so nothing is told" in nowhere.text()
        # S of events at different distances
        of_s = [onset(k, abs(late_s) / 3) for k, late_s in enumerate(spread(20, seed))]
        assert judge_slip(of_s).finding is None


def test_a_clearer_s_is_no_slip() -> None:
    """All at one distance, S comes by one figure after P; but P is there."""
    assert judge_slip([onset(k, 6.0, in_place=k % 3 > 0) for k in range(12)]).finding is None


def test_no_slip_is_told_within_the_range_of_estimates() -> None:
    assert judge_slip([onset(k, 6.0, width_s=8.0, in_place=True) for k in range(9)]).finding is None
    # somewhere in ranges that are wide there always is an onset
    wide = [onset(k, 30.0, width_s=25.0) for k in range(7)]
    assert judge_slip(wide).finding is None
    assert judge_slip([onset(k, 60.0, width_s=8.0) for k in range(9)]).finding is not None


def test_stations_of_an_event_count_as_one() -> None:
    pairs = [onset(k // 2, 60.0 if k % 2 else 20.0) for k in range(20)]
    assert judge_slip(pairs).finding is None
    assert judge_slip([onset(k // 4, 60.0) for k in range(20)]) == SlipFit()
    assert SlipFit().text() == ""
