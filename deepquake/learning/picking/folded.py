"""What a trained UNet says of records, in half the time that its layers take one by one.

The network is that of ``unet.build_unet``, and what it says is the same but for rounding: the
normalisation of a convolution is part of its kernel, a convolution of an up-sampled record is one
of the record itself, with a kernel for each of the samples that are made of one, and the
probabilities of a phase lie side by side.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from deepquake.learning.picking.unet import prepare_records
from deepquake.learning.portable.layers import power_blocks, taps, total_stride
from deepquake.learning.spec import ModelSpec
from deepquake.learning.tensorflow import tf

Kernel = tuple[tf.Tensor, tf.Tensor]  # (samples, channels from, channels to), and the offset


def curves(model: tf.keras.Model, spec: ModelSpec, records: NDArray[np.float32]) -> NDArray:
    """Return the probability of each class at each sample.

    Parameters
    ----------
    model : keras.Model
        The network.
    spec : ModelSpec
        What it is.
    records : array of float32 (k, n_traces, samples)
        Filtered records.

    Returns
    -------
    array of float32 (k, classes, samples)
        Noise first, then the phases.
    """
    if not hasattr(model, "deepquake_curves"):
        shape = tf.TensorSpec((None, *model.input_shape[1:]), tf.float32)

        @tf.function(input_signature=[shape], autograph=False)
        def run(some: tf.Tensor) -> tf.Tensor:
            return _probabilities(_logits(model, spec, some))

        model.deepquake_curves = run
    return model.deepquake_curves(records).numpy()


def _logits(model: tf.keras.Model, spec: ModelSpec, records: tf.Tensor) -> tf.Tensor:
    """Return logits (k, samples, classes) as the model does; its weights may change in between."""
    block, over = power_blocks(spec)
    prepared = prepare_records(records, multiple=total_stride(spec), block=block, over=over)
    kernels, beside = _kernels(model), []
    # what TensorFlow runs fast are convolutions of pictures: these are of one line
    x = tf.nn.relu(_convolved(prepared[:, None], next(kernels), spec.unet_stem_stride))
    for _ in range(spec.unet_levels - 1):
        beside.append(tf.nn.relu(_convolved(x, next(kernels))))
        x = tf.nn.relu(_convolved(beside[-1], next(kernels), spec.unet_stride))
    x = tf.nn.relu(_convolved(x, next(kernels)))
    for finer in reversed(beside):
        x = tf.nn.relu(_up_sampled(x, next(kernels), spec.unet_stride))
        x = tf.nn.relu(_convolved(tf.concat([x, finer], axis=3), next(kernels)))
    x = _convolved(x, next(kernels))
    samples = tf.reshape(x, (tf.shape(x)[0], -1, len(spec.class_names)))
    return samples[:, : tf.shape(records)[2]]


def _kernels(model: tf.keras.Model) -> Iterator[Kernel]:
    """Yield the convolutions of a model in order, each normalised as what it gives would be."""
    layers = tf.keras.layers
    convolutions = [layer for layer in model.layers if isinstance(layer, layers.Conv1D)]
    norms = [layer for layer in model.layers if isinstance(layer, layers.BatchNormalization)]
    *normalised, last = convolutions
    for convolution, norm in zip(normalised, norms, strict=True):
        scale = norm.gamma / tf.sqrt(norm.moving_variance + norm.epsilon)
        yield convolution.kernel * scale, norm.beta - norm.moving_mean * scale
    yield tf.convert_to_tensor(last.kernel), tf.convert_to_tensor(last.bias)


def _convolved(x: tf.Tensor, kernel: Kernel, stride: int = 1) -> tf.Tensor:
    weights, offset = kernel
    return tf.nn.bias_add(tf.nn.conv2d(x, weights[None], (1, stride), "SAME"), offset)


def _up_sampled(x: tf.Tensor, kernel: Kernel, times: int) -> tf.Tensor:
    """Return the convolution of what has each sample of ``x`` so many times."""
    weights, offset = kernel
    n_channels = weights.shape[2]
    taken = taps(weights.shape[0], times)
    of_each = tf.einsum("ntk,kio->nito", taken, weights)
    of_each = tf.reshape(of_each, (len(taken), weights.shape[1], times * n_channels))
    x = _convolved(x, (of_each, tf.tile(offset, [times])))
    return tf.reshape(x, (tf.shape(x)[0], 1, -1, n_channels))


def _probabilities(logits: tf.Tensor) -> tf.Tensor:
    """Return the softmax of logits (k, samples, classes), as (k, classes, samples)."""
    rows = tf.transpose(logits, (0, 2, 1))
    powers = tf.exp(rows - tf.reduce_max(rows, axis=1, keepdims=True))
    return powers / tf.reduce_sum(powers, axis=1, keepdims=True)
