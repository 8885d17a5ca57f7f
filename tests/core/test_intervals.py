"""Intervals: groups, unions and runs."""

import numpy as np
import pytest

from deepquake.core.intervals import (
    groups,
    in_common,
    inside,
    minus,
    runs_of_equal,
    runs_of_true,
    touches,
    union,
)


@pytest.mark.parametrize(
    ("intervals", "gap", "expected"),
    [
        ([], 0, []),
        ([(1, 2)], 0, [(1, 2)]),
        ([(5, 6), (1, 2), (2, 3)], 0, [(1, 3), (5, 6)]),
        ([(1, 9), (2, 3), (8, 10), (11, 12)], 0, [(1, 10), (11, 12)]),
        ([(1, 9), (2, 3), (8, 10), (11, 12)], 1, [(1, 12)]),
        ([(0.5, 1.0), (1.25, 2.0)], 0.2, [(0.5, 1.0), (1.25, 2.0)]),
    ],
)
def test_a_union_has_no_overlaps(
    intervals: list[tuple[float, float]], gap: float, expected: list[tuple[float, float]]
) -> None:
    starts, ends = np.array(intervals, float).reshape(-1, 2).T
    assert [tuple(row) for row in union(starts, ends, gap)] == expected


def test_parts_in_common_and_the_rest_make_up_the_whole() -> None:
    spans, others = np.array([[0.0, 5], [6, 9], [9, 10]]), np.array([[-1.0, 1], [4, 7], [10, 12]])
    assert in_common(spans, others).tolist() == [[0, 1], [4, 5], [6, 7]]
    assert minus(spans, others).tolist() == [[1, 4], [7, 9], [9, 10]]
    nothing = np.empty((0, 2))
    assert minus(spans, nothing).tolist() == spans.tolist()
    assert not len(minus(nothing, spans)) and not len(in_common(spans, nothing))


def test_inside_tells_times_in_spans() -> None:
    spans = [(0.0, 1.0), (2.0, 3.0)]
    assert inside(spans, [-1, 0, 0.5, 1, 2.5, 3]).tolist() == [0, 1, 1, 0, 1, 0]
    assert not inside([], [0.0, 1.0]).any() and not inside((), 1.0)


def test_samples_stay_whole_numbers() -> None:
    assert union(np.array([3, 0]), np.array([5, 1]), gap=2).tolist() == [[0, 5]]
    assert union(np.array([3, 0]), np.array([5, 1])).dtype == np.int64


def test_groups_are_ranges_of_the_sorted_intervals() -> None:
    assert groups([0, 1, 5, 6, 20], [9, 2, 6, 7, 21]).tolist() == [[0, 4], [4, 5]]
    assert groups([1, 2, 3, 7, 8], [1, 2, 3, 7, 8], gap=1).tolist() == [[0, 3], [3, 5]]
    assert groups([], []).shape == (0, 2)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("", []), ("0", []), ("1", [[0, 1]]), ("0110", [[1, 3]]), ("10111", [[0, 1], [2, 5]])],
)
def test_runs_of_true(text: str, expected: list[list[int]]) -> None:
    assert runs_of_true(np.array([c == "1" for c in text], bool)).tolist() == expected


def test_runs_of_equal_values_and_rows() -> None:
    assert runs_of_equal(np.array([7, 7, 1, 7])).tolist() == [[0, 2], [2, 3], [3, 4]]
    assert runs_of_equal(np.array([[1, 2], [1, 2], [1, 3]])).tolist() == [[0, 2], [2, 3]]
    assert runs_of_equal(np.array([1.0, np.nan, np.nan])).tolist() == [[0, 1], [1, 2], [2, 3]]
    assert runs_of_equal(np.empty(0)).shape == runs_of_equal(np.empty((0, 3))).shape == (0, 2)


def test_intervals_that_only_meet_do_not_touch():
    spans = union([10, 30], [20, 40])
    starts, ends = np.array([0, 0, 15, 20, 25, 40]), np.array([10, 11, 16, 30, 31, 50])
    assert touches(spans, starts, ends).tolist() == [False, True, True, False, True, False]
    assert not touches(spans[:0], starts, ends).any()
