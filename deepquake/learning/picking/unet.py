"""The UNet: a network that tells for every sample how probable noise, P and S are.

A convolution, then coarser and coarser resolutions, and back up with what was seen on the way down
beside it (Ronneberger, Fischer, Brox, MICCAI 2015; for arrivals: PhaseNet, Zhu and Beroza, Geophys.
J. Int. 216, 261-273, 2019). It takes records of any length.
"""

from typing import Any

import numpy as np

from deepquake.learning.portable.layers import GROWTH, power_blocks, total_stride
from deepquake.learning.spec import ModelSpec
from deepquake.learning.tensorflow import tf

MOMENTUM = 0.95  # of the statistics that are normalised by
ARRIVAL_WEIGHT = 5.0  # of a sample at an arrival, over one of noise
# the last two channels of a target, behind those of the phases
SAMPLE_WEIGHT, S_UNKNOWN = -2, -1


def build_unet(spec: ModelSpec) -> tf.keras.Model:
    """Return the network: float32 records (k, n_traces, samples) to logits (k, samples, classes).

    Its first weights are decided by the seed of ``spec``.
    """
    layers = tf.keras.layers
    first = tf.keras.initializers.GlorotUniform(tf.keras.random.SeedGenerator(spec.random_seed))
    channels = [round(spec.unet_channels * GROWTH**level) for level in range(spec.unet_levels)]
    shared = tf.distribute.get_strategy().num_replicas_in_sync > 1

    def _convolution(x: Any, n_channels: int, stride: int = 1) -> Any:
        x = layers.Conv1D(
            n_channels, spec.unet_ksize, stride, "same", use_bias=False, kernel_initializer=first
        )(x)
        return layers.ReLU()(layers.BatchNormalization(momentum=MOMENTUM, synchronized=shared)(x))

    inputs = tf.keras.Input((len(spec.components), None), dtype="float32")
    block, over = power_blocks(spec)
    prepare = layers.Lambda(
        prepare_records,
        arguments={"multiple": total_stride(spec), "block": block, "over": over},
        output_shape=(None, len(spec.components)),
    )
    x = _convolution(prepare(inputs), channels[0], spec.unet_stem_stride)
    passed_on = []
    for n_channels, coarser in zip(channels, channels[1:], strict=False):
        passed_on.append(_convolution(x, n_channels))
        x = _convolution(passed_on[-1], coarser, spec.unet_stride)
    x = _convolution(x, channels[-1])
    for n_channels, beside in zip(channels[-2::-1], passed_on[::-1], strict=True):
        x = _convolution(layers.UpSampling1D(spec.unet_stride)(x), n_channels)
        x = _convolution(layers.Concatenate()([x, beside]), n_channels)
    n_classes, stem = len(spec.class_names), spec.unet_stem_stride
    x = layers.Conv1D(n_classes * stem, spec.unet_ksize, padding="same", kernel_initializer=first)(
        x
    )
    logits = layers.Lambda(
        _as_samples, arguments={"n_classes": n_classes}, output_shape=(None, n_classes)
    )([x, inputs])
    return tf.keras.Model(inputs, logits, name=spec.model)


def prepare_records(records: tf.Tensor, multiple: int, block: int, over: int) -> tf.Tensor:
    """Return records, each component divided by its deviation near each sample.

    Parameters
    ----------
    records : tensor (k, n_traces, samples)
        Filtered records, in any unit.
    multiple : int
        Zeros are added behind until the number of samples is a multiple of this.
    block : int
        Samples over which the power is averaged first.
    over : int
        Blocks over which it is averaged then, twice.

    Returns
    -------
    tensor (k, samples, n_traces)
        As the convolutions take them; what is 0 stays so.
    """
    samples = tf.shape(records)[2]
    records = tf.pad(records, [[0, 0], [0, 0], [0, -samples % multiple]])
    records = tf.transpose(records, (0, 2, 1))
    # the largest is 1, or the squares of counts and of metres may leave the range of float32
    largest = tf.reduce_max(tf.abs(records), axis=(1, 2), keepdims=True)
    records = tf.math.divide_no_nan(records, largest)
    power = tf.nn.avg_pool1d(tf.square(records), block, block, "SAME")
    for _ in range(2):
        power = tf.nn.avg_pool1d(power, over, 1, "SAME")
    power = tf.repeat(power, block, axis=1)[:, : tf.shape(records)[1]]
    return tf.math.divide_no_nan(records, tf.sqrt(power))


def arrival_loss(logits: tf.Tensor, targets: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Return the cross-entropy of samples, and which share of those at arrivals is right.

    Where nobody knows whether there is an S, noise and S count as one class.

    Parameters
    ----------
    logits : tensor (k, samples, classes)
        What the network says.
    targets : tensor (k, samples, phases + 2)
        Probability of each phase, weight of the sample, and 1 where S is unknown.

    Returns
    -------
    tuple of tensor (k,)
        The loss of each record, its samples weighed, and the share.
    """
    truth, any_arrival, weight = _truth_of(targets)
    errors = tf.nn.softmax_cross_entropy_with_logits(truth, logits)
    p = logits[:, :, 1] - tf.reduce_logsumexp(
        tf.concat([logits[:, :, :1], logits[:, :, 2:]], axis=2), axis=2
    )
    of_p_alone = tf.nn.sigmoid_cross_entropy_with_logits(truth[:, :, 1], p)
    errors = tf.where(targets[:, :, S_UNKNOWN] > 0, of_p_alone, errors)
    loss = tf.math.divide_no_nan(
        tf.reduce_sum(errors * weight, axis=1), tf.reduce_sum(weight, axis=1)
    )
    at_arrival = tf.cast((any_arrival > 0.5) & (targets[:, :, SAMPLE_WEIGHT] > 0), tf.float32)
    right = tf.cast(tf.argmax(logits, axis=2) == tf.argmax(truth, axis=2), tf.float32)
    n_right, n_all = (tf.reduce_sum(some) for some in (right * at_arrival, at_arrival))
    return loss, tf.math.divide_no_nan(n_right, n_all) * tf.ones_like(loss)


def constant_logits(targets: np.ndarray) -> np.ndarray:
    """Return what to say of every sample alike, for the least loss.

    Parameters
    ----------
    targets : array of float32 (k, samples, phases + 2)
        As ``arrival_loss`` takes them.

    Returns
    -------
    array of float32 (classes,)
        The logits: the shares of the classes, samples weighed as in the loss.
    """
    truth, _, weight = (part.numpy() for part in _truth_of(tf.constant(targets)))
    share = weight / np.maximum(weight.sum(axis=1, keepdims=True), 1e-9)
    shares = np.einsum("ks,ksc->c", share, truth) / max(share.sum(), 1e-9)
    return np.log(np.maximum(shares, 1e-9)).astype(np.float32)


def _truth_of(targets: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Return the probability of each class, that of any arrival, and the weight of each sample."""
    arrivals = targets[:, :, :SAMPLE_WEIGHT]
    any_arrival = tf.reduce_sum(arrivals, axis=2, keepdims=True)
    truth = tf.concat([tf.maximum(1 - any_arrival, 0), arrivals], axis=2)
    truth /= tf.reduce_sum(truth, axis=2, keepdims=True)
    any_arrival = any_arrival[:, :, 0]
    weight = targets[:, :, SAMPLE_WEIGHT] * (1 + (ARRIVAL_WEIGHT - 1) * any_arrival)
    return truth, any_arrival, weight


def _as_samples(both: list[tf.Tensor], n_classes: int) -> tf.Tensor:
    """Return logits with as many samples as the record has: the stem's stride undone."""
    logits, records = both
    shape = tf.shape(logits)[0], -1, n_classes
    return tf.reshape(logits, shape)[:, : tf.shape(records)[2]]
