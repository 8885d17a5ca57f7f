"""The split: exact shares, the same for steps 2 and 3, whatever is prepared together."""

import pytest

from deepquake.windows import selection as split

EVENTS = [f"event{number}" for number in range(103)]


@pytest.mark.parametrize(("share", "number"), [(0, 0), (0.2, 21), (0.5, 52), (1, 103)])
def test_the_share_is_hit(share, number):
    assert len(split.chosen(EVENTS, share, seed=1)) == number


def test_a_larger_share_holds_the_smaller_and_seeds_differ():
    assert split.chosen(EVENTS, 0.1, 1) < split.chosen(EVENTS, 0.3, 1)
    assert split.chosen(EVENTS, 0.3, 1) != split.chosen(EVENTS, 0.3, 2)
    assert split.chosen(reversed(EVENTS), 0.3, 1) == split.chosen(EVENTS, 0.3, 1)


def test_sides_do_not_depend_on_which_windows_are_asked_for():
    groups = [event for event in EVENTS for _ in range(3)] + ["hour 2014-08-24T01"]
    whole = dict(zip(groups, split.tested(groups, EVENTS, 0.2, 7), strict=True))
    some = groups[30:60]
    assert split.tested(some, EVENTS, 0.2, 7) == [whole[group] for group in some]
    assert sum(whole[event] for event in EVENTS) == 21


def test_shares_of_none_and_all_hold_for_hours_too():
    groups = ["event1", "hour 2014-08-24T01"]
    assert split.tested(groups, EVENTS, 0.0, 1) == [False, False]
    assert split.tested(groups, EVENTS, 1.0, 1) == [True, True]


def test_far_noise_goes_by_whole_hours():
    assert split.group_of("", 3600.0) == split.group_of("", 7199.9)
    assert split.group_of("", 3600.0) != split.group_of("", 7200.0)
    assert split.group_of("event1", 3600.0) == "event1"
