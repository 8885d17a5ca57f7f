"""What trained networks say, in NumPy: the same that TensorFlow says, but for rounding.

The normalisation of a convolution is part of its kernel.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from deepquake.core.settings import UNET
from deepquake.learning.portable.convolving import (
    Array,
    Convolution,
    averaged,
    convolution,
    convolved,
    pooled,
    up_sampling_convolution,
)
from deepquake.learning.portable.layers import as_built, power_blocks, total_stride
from deepquake.learning.spec import ModelSpec

EPSILON = 1e-3  # what Keras adds to a variance before it divides by its root


@dataclass(frozen=True)
class PortableNetwork:
    """A trained network that needs no TensorFlow: its convolutions in order, and its dense layers.

    Those, of a network of windows, are pairs of weights (from, to) and offsets.
    """

    spec: ModelSpec
    convolutions: tuple[Convolution, ...]
    dense: tuple[tuple[Array, Array], ...] = ()

    def probabilities(self, records: Array) -> Array:
        """Return the probability of each class, noise first.

        Parameters
        ----------
        records : array of float32 (k, n_traces, samples)
            Filtered windows or, for a UNet, records of any length.

        Returns
        -------
        array of float32 (k, classes), or of a UNet (k, classes, samples)
            Of each window, or of each sample.
        """
        if self.spec.model == UNET:
            return _softmax(_unet_logits(self, records))
        return _softmax(_windows_logits(self, records))


def portable_network(spec: ModelSpec, weights: Sequence[NDArray]) -> PortableNetwork:
    """Return a network of its weights.

    Parameters
    ----------
    spec : ModelSpec
        What it is.
    weights : sequence of array
        In the order of a checkpoint, of shapes that fit.

    Returns
    -------
    PortableNetwork
        The network.
    """
    arrays = iter([np.asarray(array, np.float32) for array in weights])
    if spec.model == UNET:
        return PortableNetwork(spec, tuple(_unet_convolutions(spec, arrays)))
    spec = as_built(spec)
    convolutions = []
    for _ in range(spec.num_conv_layers):
        kernel, offset = islice(arrays, 2)
        if spec.batch_norm:
            mean, variance = islice(arrays, 2)
            scale = 1 / np.sqrt(variance + np.float32(EPSILON))
            kernel, offset = kernel * scale, (offset - mean) * scale
        convolutions.append(convolution(kernel, offset, spec.conv_stride))
    rest = list(arrays)
    return PortableNetwork(
        spec, tuple(convolutions), tuple(zip(rest[::2], rest[1::2], strict=True))
    )


def _unet_convolutions(spec: ModelSpec, arrays: Iterator[Array]) -> Iterator[Convolution]:
    """Yield the convolutions in the order in which records go through them."""

    def _next() -> tuple[Array, Array]:
        kernel, gamma, beta, mean, variance = islice(arrays, 5)
        scale = gamma / np.sqrt(variance + np.float32(EPSILON))
        return kernel * scale, beta - mean * scale

    yield convolution(*_next(), spec.unet_stem_stride)
    for _ in range(spec.unet_levels - 1):
        yield convolution(*_next())
        yield convolution(*_next(), spec.unet_stride)
    yield convolution(*_next())
    for _ in range(spec.unet_levels - 1):
        yield up_sampling_convolution(*_next(), spec.unet_stride)
        yield convolution(*_next())
    kernel, offset = arrays
    yield convolution(kernel, offset)  # not normalised


def _unet_logits(network: PortableNetwork, records: Array) -> Array:
    """Return logits (k, classes, samples)."""
    spec, layers = network.spec, iter(network.convolutions)
    x, beside = convolved([_scaled_records(spec, records)], next(layers)), []
    for _ in range(spec.unet_levels - 1):
        beside.append(convolved([x], next(layers)))
        x = convolved([beside[-1]], next(layers))
    x = convolved([x], next(layers))
    for finer in reversed(beside):
        x = convolved([x], next(layers)).reshape(len(x), -1, finer.shape[2])
        x = convolved([x, finer], next(layers))
    logits = convolved([x], next(layers), relu=False)
    logits = logits.reshape(len(x), -1, len(spec.class_names))[:, : records.shape[2]]
    return np.ascontiguousarray(logits.transpose(0, 2, 1))


def _windows_logits(network: PortableNetwork, windows: Array) -> Array:
    """Return logits (k, classes)."""
    spec, x = network.spec, _scaled_windows(windows, network.spec.normalization)
    for layer in network.convolutions:
        x = convolved([x], layer)
        if spec.pooling:
            x = pooled(x, spec.pooling_window, spec.pooling_stride)
    x = x.reshape(len(x), x.shape[1] * x.shape[2])
    *hidden, (weights, offset) = network.dense
    for of_layer, added in hidden:
        x = np.maximum(x @ of_layer + added, 0)
    return x @ weights + offset


def _scaled_records(spec: ModelSpec, records: Array) -> Array:
    """Return records (k, samples, n_traces), each component divided by its deviation nearby.

    As ``prepare_records`` of the network that is trained; zeros behind.
    """
    block, over = power_blocks(spec)
    behind = -records.shape[2] % total_stride(spec)
    x = np.pad(records.transpose(0, 2, 1), ((0, 0), (0, behind), (0, 0)))
    x = _divided(x, np.abs(x).max(axis=(1, 2), keepdims=True))
    blocks = x.reshape(len(x), -1, block, x.shape[2])
    power = np.square(blocks).mean(axis=2)
    for _ in range(2):
        power = averaged(power, over)
    return _divided(blocks, np.sqrt(power)[:, :, None]).reshape(x.shape)


def _scaled_windows(windows: Array, normalization: str) -> Array:
    """Return windows (k, samples, n_traces), demeaned and scaled, as ``prepare_windows`` does."""
    x = windows - windows.mean(axis=2, keepdims=True)
    if normalization == "max":
        x = _divided(x, np.abs(x).max(axis=(1, 2), keepdims=True))
    elif normalization == "std":
        x = _divided(x, np.sqrt(np.square(x).mean(axis=(1, 2), keepdims=True)))
    return x.transpose(0, 2, 1)


def _divided(x: Array, by: Array) -> Array:
    """Return a quotient; what is divided by nothing is nothing."""
    quotient: Array = np.divide(x, np.where(by > 0, by, np.inf), dtype=np.float32)
    return quotient


def _softmax(logits: Array) -> Array:
    """Return the probabilities of the classes, which are on the second axis."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)
