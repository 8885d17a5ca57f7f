"""Convolutions of many records by few kernels, in NumPy: as products of matrices.

Of several samples that follow upon each other the sums are made together: a row of the first
matrix is all that they take from the record, a column of the second has the kernel where one of
them takes it. That is more to multiply, of zeros, and far less to copy.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import as_strided, sliding_window_view
from numpy.typing import NDArray

from deepquake.learning.portable.layers import taps

PRODUCT_ROWS, PRODUCT_COLUMNS = 512, 48  # of a product, at most: what is fast

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Convolution:
    """A kernel over records: ``weights`` (samples taken x channels, samples made x channels).

    ``size`` and ``stride`` are those of the kernel, ``together`` are the samples made together of
    ``n_channels`` each, and ``offset`` is added to what is made.
    """

    weights: Array
    offset: Array
    size: int
    stride: int
    together: int
    n_channels: int


def convolution(kernel: NDArray, offset: NDArray, stride: int = 1) -> Convolution:
    """Return a convolution ready for use.

    Parameters
    ----------
    kernel : array (samples, channels from, channels to)
        As Keras has it.
    offset : array (channels to,)
        Added to the sums.
    stride : int
        Samples from one place of the kernel to the next.

    Returns
    -------
    Convolution
        For ``convolved``.
    """
    size, n_from, n_channels = kernel.shape
    together = 1
    while 2 * together * n_channels <= PRODUCT_COLUMNS:
        together *= 2
    taken = size + (together - 1) * stride
    weights = np.zeros((taken, n_from, together, n_channels), np.float32)
    for made in range(together):
        weights[made * stride : made * stride + size, :, made] = kernel
    return Convolution(
        weights.reshape(taken * n_from, together * n_channels),
        np.tile(offset, together).astype(np.float32),
        size=size,
        stride=stride,
        together=together,
        n_channels=n_channels,
    )


def up_sampling_convolution(kernel: NDArray, offset: NDArray, times: int) -> Convolution:
    """Return the convolution of records of which each sample is there so many times.

    It goes over the records themselves, and what it makes of a sample stands side by side as
    channels.

    Parameters
    ----------
    kernel : array (samples, channels from, channels to)
        That over the up-sampled records.
    offset : array (channels to,)
        Added to the sums.
    times : int
        Samples there for one.

    Returns
    -------
    Convolution
        For ``convolved``.
    """
    taken = taps(len(kernel), times)
    of_each = np.einsum("ntk,kio->nito", taken, kernel)
    return convolution(of_each.reshape(len(taken), kernel.shape[1], -1), np.tile(offset, times))


def convolved(records: Sequence[Array], by: Convolution, relu: bool = True) -> Array:
    """Return convolved records; padding is Keras's ``same``.

    Parameters
    ----------
    records : sequence of array of float32 (k, samples, channels)
        The channels of all of them are one after the other.
    by : Convolution
        The kernel.
    relu : bool
        Whether what is below zero becomes zero.

    Returns
    -------
    array of float32 (k, samples, channels)
        Of each record.
    """
    n_records, n_samples, _ = records[0].shape
    n_made, before, _ = _same(n_samples, by.size, by.stride)
    n_rows, step = -(-n_made // by.together), by.together * by.stride
    n_from = sum(some.shape[2] for some in records)
    taken = len(by.weights) // n_from
    padded = np.zeros((n_records, (n_rows - 1) * step + taken, n_from), np.float32)
    there, first = min(n_samples, padded.shape[1] - before), 0
    for some in records:
        end = first + some.shape[2]
        padded[:, before : before + there, first:end] = some[:, :there]
        first = end
    shape, (of_record, of_sample, of_value) = (n_records, n_rows, taken * n_from), padded.strides
    rows = as_strided(padded, shape, (of_record, step * of_sample, of_value), writeable=False)
    made = np.empty((n_records, n_rows, by.weights.shape[1]), np.float32)
    at_once = max(1, PRODUCT_ROWS // n_rows)  # records; a long one goes in several products
    copied = np.empty((at_once, min(n_rows, PRODUCT_ROWS), rows.shape[2]), np.float32)
    for record in range(0, n_records, at_once):
        for row in range(0, n_rows, PRODUCT_ROWS):
            here = slice(record, record + at_once), slice(row, row + PRODUCT_ROWS)
            some, into = rows[here], made[here]
            taken_now = copied[: len(some), : some.shape[1]]
            np.copyto(taken_now, some)
            # whole records, or rows of a single one: without gaps in memory
            into = into.reshape(-1, made.shape[2])
            np.matmul(taken_now.reshape(len(into), -1), by.weights, out=into)
            into += by.offset
            if relu:
                np.maximum(into, 0, out=into)
    made = made.reshape(n_records, n_rows * by.together, by.n_channels)
    return made[:, :n_made]


def pooled(records: Array, size: int, stride: int) -> Array:
    """Return the largest of so many samples each; padding is Keras's ``same``.

    Parameters
    ----------
    records : array of float32 (k, samples, channels)
        The records.
    size, stride : int
        How many samples, and from one place to the next.

    Returns
    -------
    array of float32 (k, samples, channels)
        Of each record.
    """
    _, before, behind = _same(records.shape[1], size, stride)
    padded = np.pad(records, ((0, 0), (before, behind), (0, 0)), constant_values=-np.inf)
    return sliding_window_view(padded, size, axis=1)[:, ::stride].max(axis=3)


def averaged(records: Array, size: int) -> Array:
    """Return the means of so many samples around each; of fewer at the ends.

    Parameters
    ----------
    records : array of float32 (k, samples, channels)
        The records.
    size : int
        How many samples.

    Returns
    -------
    array of float32 (k, samples, channels)
        As many.
    """
    _, before, behind = _same(records.shape[1], size, 1)
    around = (before, behind), (0, 0)
    sums = sliding_window_view(np.pad(records, ((0, 0), *around)), size, axis=1).sum(axis=3)
    there = np.pad(np.ones((records.shape[1], 1), np.float32), around)
    return sums / sliding_window_view(there, size, axis=0).sum(axis=2)


def _same(n_samples: int, size: int, stride: int) -> tuple[int, int, int]:
    """Return how many samples there are after a kernel, and the zeros before and behind."""
    n_made = -(-n_samples // stride)
    beside = max((n_made - 1) * stride + size - n_samples, 0)
    return n_made, beside // 2, beside - beside // 2
