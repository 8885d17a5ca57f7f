"""Intervals: the union, runs of True, and what touches what."""

import numpy as np
import pytest

from deepquake.core.intervals import runs_of_true, touches, union


@pytest.mark.parametrize(
    ("spans", "gap", "expected"),
    [
        ([], 0, []),
        ([(1, 2)], 0, [(1, 2)]),
        ([(5, 6), (1, 2), (2, 3)], 0, [(1, 3), (5, 6)]),
        ([(0, 10), (1, 2), (9, 11), (20, 21)], 0, [(0, 11), (20, 21)]),
        ([(1, 2), (4, 5), (8, 9)], 2, [(1, 5), (8, 9)]),
        ([(0.5, 1.5), (1.0, 1.25)], 0, [(0.5, 1.5)]),
    ],
)
def test_the_union_is_sorted_and_apart(spans: list, gap: float, expected: list) -> None:
    assert list(map(tuple, union(spans, gap).tolist())) == expected


def test_whole_numbers_stay_whole() -> None:
    assert union(np.array([(3, 4), (1, 3)])).dtype == np.int64


@pytest.mark.parametrize("seed", range(5))
def test_runs_are_those_of_a_walk_along_the_mask(seed: int) -> None:
    mask = np.random.default_rng(seed).random(50) < 0.6
    again = np.zeros(50, bool)
    runs = runs_of_true(mask).tolist()
    for begin, end in runs:
        again[begin:end] = True
    assert np.array_equal(mask, again)
    assert all(end < begin for (_, end), (begin, _) in zip(runs[:-1], runs[1:], strict=True))
    assert runs_of_true(np.zeros(9, bool)).shape == (0, 2)


def test_intervals_that_only_meet_do_not_touch() -> None:
    spans = union([(10, 20), (30, 40)])
    begins, ends = np.array([0, 0, 15, 20, 25, 40]), np.array([10, 11, 16, 30, 31, 50])
    expected = [False, True, True, False, True, False]
    assert touches(spans, begins, ends).tolist() == expected
    assert not touches(union([]), begins, ends).any()
