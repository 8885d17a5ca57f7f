"""Intervals of time or of samples: which belong together, their union, and runs in an array."""

import numpy as np
from numpy.typing import ArrayLike, NDArray


def groups(starts: ArrayLike, ends: ArrayLike, gap: float = 0) -> NDArray[np.intp]:
    """Return which intervals belong together because they overlap, touch or nearly touch.

    Parameters
    ----------
    starts, ends : array_like (n)
        The intervals, sorted by their starts.
    gap : float, optional
        Intervals this far from each other, or less, still belong together.

    Returns
    -------
    ndarray of int (k, 2)
        For each group the index of its first interval, and that past its last one.
    """
    starts, reach = np.asarray(starts), np.maximum.accumulate(np.asarray(ends))
    if not len(starts):
        return np.empty((0, 2), np.intp)
    breaks = np.flatnonzero(starts[1:] > reach[:-1] + gap) + 1
    return np.column_stack([np.append(0, breaks), np.append(breaks, len(starts))])


def union(starts: ArrayLike, ends: ArrayLike, gap: float = 0) -> NDArray:
    """Return the union of intervals.

    Parameters
    ----------
    starts, ends : array_like (n)
        The intervals, in any order.
    gap : float, optional
        Holes between intervals that are no longer than this are filled.

    Returns
    -------
    ndarray (k, 2)
        Start and end of each interval of the union, in order.
    """
    starts, ends = np.asarray(starts), np.asarray(ends)
    if len(starts) == 1:  # most often so
        return np.column_stack([starts, ends])
    order = np.argsort(starts, kind="stable")
    starts, ends = starts[order], ends[order]
    first, end = groups(starts, ends, gap).T
    return np.column_stack([starts[first], np.maximum.accumulate(ends)[end - 1]])


def in_common(spans: NDArray, others: NDArray) -> NDArray:
    """Return the parts that two sets of intervals have in common.

    Parameters
    ----------
    spans, others : ndarray (n, 2)
        The sets, each sorted and apart, as ``union`` returns them.

    Returns
    -------
    ndarray (k, 2)
        Start and end of each part, in order.
    """
    edges = np.concatenate([spans.ravel(), others.ravel()])
    steps = np.tile([1, -1], len(edges) // 2)
    order = np.lexsort((steps, edges))  # of an end and a start at one place the end is first
    begin = np.flatnonzero(np.cumsum(steps[order]) == 2)
    edges = edges[order]
    return np.column_stack([edges[begin], edges[begin + 1]])


def minus(spans: NDArray, others: NDArray) -> NDArray:
    """Return the parts of intervals that are in none of a set of others.

    Parameters
    ----------
    spans, others : ndarray (n, 2)
        The sets, each sorted and apart, as ``union`` returns them.

    Returns
    -------
    ndarray (k, 2)
        Start and end of each part, in order.
    """
    edges = np.concatenate([[-np.inf], others.ravel(), [np.inf]])
    return in_common(spans, edges.reshape(-1, 2))


def inside(spans: ArrayLike, times: ArrayLike) -> NDArray[np.bool_]:
    """Return which times are in any of a set of intervals.

    Parameters
    ----------
    spans : array_like (n, 2)
        The set, sorted and apart. The starts belong to it, the ends do not.
    times : array_like (k)
        The times, in any order.

    Returns
    -------
    ndarray of bool (k)
        Whether each of them is.
    """
    edges = np.asarray(spans, float).ravel()
    return np.searchsorted(edges, np.asarray(times, float), side="right") % 2 == 1


def runs_of_true(mask: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Return the runs of True (k, 2): the first index of each, and that past its last."""
    if not mask.any():  # quickly told
        return np.empty((0, 2), np.intp)
    return np.flatnonzero(np.diff(mask, prepend=False, append=False)).reshape(-1, 2)


def runs_of_equal(values: NDArray) -> NDArray[np.intp]:
    """Return the runs of equal values or rows (k, 2): first index, and that past the last."""
    changed = values[1:] != values[:-1]
    breaks = np.flatnonzero(changed.any(axis=tuple(range(1, values.ndim)))) + 1
    edges = np.concatenate([[0], breaks, [len(values)]])
    return np.column_stack([edges[:-1], edges[1:]])[: len(values)]


def touches(spans: NDArray, starts: NDArray, ends: NDArray) -> NDArray[np.bool_]:
    """Return which intervals have a part in common with any of a set of others.

    Parameters
    ----------
    spans : ndarray (n, 2)
        The set, sorted and apart, as ``union`` and ``runs_of_true`` return it.
    starts, ends : ndarray (k)
        The intervals. Those that only meet one of the set have no part in common with it.

    Returns
    -------
    ndarray of bool (k)
        Whether each of them has.
    """
    if not len(spans):
        return np.zeros(len(starts), bool)
    number = np.searchsorted(spans[:, 1], starts, side="right")
    following = np.minimum(number, len(spans) - 1)
    return (number < len(spans)) & (spans[following, 0] < ends)
