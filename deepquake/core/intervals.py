"""Intervals as arrays (n, 2) of begins and ends: their union, and the runs of True of a mask."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray


def union(spans: ArrayLike, gap: float = 0) -> NDArray[Any]:
    """Return the union of intervals, sorted and apart.

    Parameters
    ----------
    spans : array of shape (n, 2)
        Begin and end of each, in any order.
    gap : float
        Two that are no farther apart than this are one.

    Returns
    -------
    array of shape (m, 2)
        Of the same type.
    """
    spans = np.asarray(spans).reshape(-1, 2)
    spans = spans[np.argsort(spans[:, 0], kind="stable")]
    reach = np.maximum.accumulate(spans[:, 1])
    is_first = np.append(np.ones(len(spans[:1]), bool), spans[1:, 0] > reach[:-1] + gap)
    is_last = np.append(is_first[1:], is_first[:1])
    return np.column_stack([spans[is_first, 0], reach[is_last]])


def runs_of_true(mask: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the runs of True (n, 2): the index of the first, and one past the last."""
    if not mask.any():
        return np.empty((0, 2), np.int64)
    return np.flatnonzero(np.diff(mask, prepend=False, append=False)).reshape(-1, 2)


def touches(spans: NDArray[Any], begins: NDArray[Any], ends: NDArray[Any]) -> NDArray[np.bool_]:
    """Return which intervals have a part in common with a set of others.

    Parameters
    ----------
    spans : array of shape (n, 2)
        The set, sorted and apart, as ``union`` returns it. No end counts.
    begins, ends : array of shape (k,)
        The intervals. No end counts.

    Returns
    -------
    array of bool, shape (k,)
        Whether each of them has.
    """
    if not len(spans):
        return np.zeros(len(begins), bool)
    number = np.searchsorted(spans[:, 1], begins, side="right")
    following = np.minimum(number, len(spans) - 1)
    return (number < len(spans)) & (spans[following, 0] < ends)
