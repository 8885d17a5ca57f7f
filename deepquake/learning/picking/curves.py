"""A UNet over a record of any length: the probability of each phase at each sample.

The record goes through the network in pieces that overlap by more than the network looks to either
side, and that begin on a grid of absolute time: what it says does not depend on where a piece, or a
file, begins.
"""

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
from numpy.typing import NDArray

from deepquake.learning.portable.forward import PortableNetwork
from deepquake.learning.portable.layers import AVERAGED_S, total_stride
from deepquake.learning.spec import ModelSpec

PIECE = 1 << 18  # samples of a piece that count


def reach(spec: ModelSpec) -> int:
    """Return how many samples to either side decide what the network says of a sample.

    A whole number of samples at the coarsest resolution.
    """
    half, n_levels = spec.unet_ksize // 2, spec.unet_levels
    strides = [spec.unet_stem_stride * spec.unet_stride**level for level in range(n_levels)]
    # on each level a convolution down and two up (at the last: one), and the one to the next level
    samples = half + 2 * half * strides[0] + half * strides[-1]
    samples += sum(half * (3 * stride) + half * stride + stride for stride in strides[:-1])
    samples += round(AVERAGED_S * spec.sampling_rate) + strides[-1]
    return -(-samples // strides[-1]) * strides[-1]


def record_curves(
    model: object, spec: ModelSpec, record: NDArray[np.float32], first: int, n_threads: int = 1
) -> NDArray[np.float32]:
    """Return the probability of each class at the samples of a record.

    Parameters
    ----------
    model : keras.Model or PortableNetwork
        The network.
    spec : ModelSpec
        What it is.
    record : array of float32 (n_traces, samples)
        Filtered; NaN where a component is missing, which is 0 for the network.
    first : int
        The number of its first sample on the grid of absolute time (samples since 1970 UTC).
    n_threads : int, optional
        Pieces that go through the network at the same time.

    Returns
    -------
    array of float32 (classes, samples)
        Noise first.
    """
    if isinstance(model, PortableNetwork):
        probabilities = model.probabilities
    else:
        from deepquake.learning.picking.folded import curves

        probabilities = partial(curves, model, spec)
    multiple, margin, n_samples = total_stride(spec), reach(spec), record.shape[1]
    said = np.empty((len(spec.class_names), n_samples), np.float32)

    def _fill(begin: int) -> None:
        low, high = begin - margin, min(begin + PIECE + margin, n_samples + margin)
        high = low + -(-(high - low) // multiple) * multiple
        piece = np.zeros((1, len(record), high - low), np.float32)
        there = slice(max(low, 0), min(high, n_samples))
        recorded = record[:, there]
        into = piece[0, :, there.start - low : there.stop - low]
        np.copyto(into, recorded, where=np.isfinite(recorded))
        counts = slice(max(begin, 0), min(begin + PIECE, n_samples))
        of_piece = probabilities(piece)[0]
        said[:, counts] = of_piece[:, counts.start - low : counts.stop - low]

    with ThreadPoolExecutor(n_threads) as threads:
        list(threads.map(_fill, range(-(first % multiple), n_samples, PIECE)))
    return said
