"""The networks: building one, loading a trained one, running it over windows."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from deepquake.core.configuration import value_text
from deepquake.core.errors import DeepQuakeError
from deepquake.core.settings import UNET, Settings
from deepquake.learning.picking.unet import build_unet
from deepquake.learning.portable.layers import CHANNELS, as_built, check_weights, weight_shapes
from deepquake.learning.spec import (
    INFERENCE,
    LEARNING,
    OPTIMIZER,
    SIGNATURE_KEYS,
    ModelSpec,
    attempt_of,
    check_given,
    check_layers,
    check_same,
    read_checkpoint,
)
from deepquake.learning.tensorflow import tf

keras, layers = tf.keras, tf.keras.layers

PREDICT_BATCH = 2048


@dataclass(frozen=True)
class Network:
    """What training changes: the network, Adam's moments, the running average of the weights."""

    model: Any  # keras.Model
    optimizer: Any  # keras.optimizers.Adam
    average: Any  # keras.Model: the weights that are used afterwards

    def variables(self) -> dict[str, Any]:
        """Return all that a checkpoint holds, by its group there."""
        return {
            INFERENCE: self.average.weights,
            LEARNING: self.model.weights,
            OPTIMIZER: self.optimizer.variables,
        }


def prepare_windows(windows: tf.Tensor, normalization: str) -> tf.Tensor:
    """Return windows demeaned and scaled.

    The mean is each trace's. The scale is one for all traces of a window, so that their
    amplitudes keep their proportions. A window of zeros stays one.

    Parameters
    ----------
    windows : tensor (k, n_traces, samples)
        Filtered windows, in any unit.
    normalization : str
        The scale: ``max`` the largest absolute value, ``std`` the standard deviation, ``none`` 1.

    Returns
    -------
    tensor (k, samples, n_traces)
        As the convolutions take them.
    """
    windows -= tf.reduce_mean(windows, axis=2, keepdims=True)
    if normalization == "max":
        largest = tf.reduce_max(tf.abs(windows), axis=(1, 2), keepdims=True)
        windows = tf.math.divide_no_nan(windows, largest)
    elif normalization == "std":
        power = tf.reduce_mean(tf.square(windows), axis=(1, 2), keepdims=True)
        windows = tf.math.divide_no_nan(windows, tf.sqrt(power))
    return tf.transpose(windows, (0, 2, 1))


def build(spec: ModelSpec) -> tf.keras.Model:
    """Return the network: float32 windows (k, n_traces, samples) to logits (k, n_clusters).

    A UNet takes records of any length, and gives logits for each of their samples.

    Its first weights are decided by the seed of ``spec``.
    """
    first = keras.initializers.GlorotUniform(keras.random.SeedGenerator(spec.random_seed))
    if spec.model == UNET:
        return build_unet(spec)
    spec = as_built(spec)
    inputs = keras.Input((len(spec.components), spec.win_size), dtype="float32")
    prepare = layers.Lambda(prepare_windows, arguments={"normalization": spec.normalization})
    x = prepare(inputs)
    for number in range(1, spec.num_conv_layers + 1):
        x = _convolution(x, spec, first, number=number)
    x = layers.Flatten(name="flat")(x)
    for number in range(1, spec.num_fc_layers):
        dense = layers.Dense(spec.fc_size, "relu", kernel_initializer=first, name=f"fc{number}")
        x = dense(x)
    logits = layers.Dense(spec.n_clusters, kernel_initializer=first, name="logits")
    return keras.Model(inputs, logits(x), name=spec.model)


def load_checkpoint(
    folder: Path, settings: Settings | None = None
) -> tuple[tf.keras.Model, ModelSpec, int]:
    """Return the trained network of a checkpoint folder.

    Parameters
    ----------
    folder : Path
        The folder.
    settings : Settings, optional
        Those of the run, to be checked against the network.

    Returns
    -------
    tuple of keras.Model, ModelSpec and int
        The network, its specification and the step reached.

    Raises
    ------
    DeepQuakeError
        Where there is none, it is damaged, or a value given on the command line or in a
        configuration file contradicts it.
    """
    spec, step, groups = read_checkpoint(folder)
    if settings is not None:
        check_given(spec, settings, folder)
    arrays = groups.get(INFERENCE, [])
    # seen before the network is built: one of a size that cannot be would take all memory
    check_weights(weight_shapes(spec), arrays, folder)
    model = build(spec)
    set_weights(model.weights, arrays, folder)
    return model, spec, step


def set_weights(variables: Sequence[Any], arrays: Sequence[np.ndarray], folder: Path) -> None:
    """Set the weights of a network.

    Parameters
    ----------
    variables : sequence of keras.Variable
        The weights.
    arrays : sequence of array
        Their values.
    folder : Path
        Where these are from.

    Raises
    ------
    DeepQuakeError
        Where the shapes are not the same.
    """
    check_weights((tuple(v.shape) for v in variables), arrays, folder)
    for variable, array in zip(variables, arrays, strict=True):
        variable.assign(array)


def create(spec: ModelSpec, learning_rate: float) -> Network:
    """Return a network with its first weights, which the seed decides.

    Parameters
    ----------
    spec : ModelSpec
        The network.
    learning_rate : float
        The first step size of Adam.

    Returns
    -------
    Network
        Before the first step.
    """
    model = build(spec)
    average = build(spec)
    average.set_weights(model.get_weights())
    optimizer = tf.keras.optimizers.Adam(learning_rate)
    optimizer.build(model.trainable_weights)
    return Network(model, optimizer, average)


def restore(network: Network, spec: ModelSpec, folder: Path) -> tuple[int, int]:
    """Set a network to the newest checkpoint of a folder.

    Parameters
    ----------
    network : Network
        What is set.
    spec : ModelSpec
        What it is.
    folder : Path
        Where the checkpoint is.

    Returns
    -------
    tuple of int
        The step it was written at, and how often the run was started again before.

    Raises
    ------
    DeepQuakeError
        Where there is none, or it is of another network.
    """
    saved, step, groups = read_checkpoint(folder)
    check_same(saved, spec, folder)
    if OPTIMIZER not in groups:
        raise DeepQuakeError(
            f"{folder}: holds the weights of a finished network only, no training to go on with; "
            f"start another one from them: --initial_checkpoint_dir {folder}"
        )
    for group, variables in network.variables().items():
        set_weights(variables, groups.get(group, []), folder)
    return step, attempt_of(folder)


def start_from(network: Network, spec: ModelSpec, initial: Path) -> list[str]:
    """Set a new network to the weights of another one.

    Parameters
    ----------
    network : Network
        What is set.
    spec : ModelSpec
        What it is.
    initial : Path
        The checkpoint folder of the other.

    Returns
    -------
    list of str
        In what the other saw other records.

    Raises
    ------
    DeepQuakeError
        Where there is none, or its layers are not the same.
    """
    other, _, arrays = read_checkpoint(initial)
    check_layers(other, spec, initial)
    for model in (network.model, network.average):
        set_weights(model.weights, arrays.get(INFERENCE, []), initial)
    return [
        f"note: {initial} was trained with {key} = {value_text(theirs)}, now it is "
        f"{value_text(getattr(spec, key))}"
        for key, theirs in asdict(other).items()
        if key in SIGNATURE_KEYS and theirs != getattr(spec, key)
    ]


def count_parameters(model: tf.keras.Model) -> int:
    """Return the number of trainable weights."""
    return sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)


def predict(model: tf.keras.Model, windows: np.ndarray, batch: int = PREDICT_BATCH) -> np.ndarray:
    """Return the probability of each class.

    Parameters
    ----------
    model : keras.Model
        The network.
    windows : array (k, n_traces, samples)
        Windows as they come from a filtered record: the network demeans and scales them.
    batch : int
        Windows through the network at a time.

    Returns
    -------
    array of float32 (k, n_clusters)
        The probabilities.
    """
    run = predictor(model)
    parts = [run(windows[i : i + batch]).numpy() for i in range(0, len(windows), batch)]
    return np.concatenate(parts) if parts else np.empty((0, model.output_shape[-1]), np.float32)


def predictor(model: tf.keras.Model) -> Any:
    """Return the compiled function from windows to probabilities; it is compiled once a model."""
    if not hasattr(model, "deepquake_predictor"):
        shape = tf.TensorSpec((None, *model.input_shape[1:]), tf.float32)

        @tf.function(input_signature=[shape], autograph=False)
        def run(windows: tf.Tensor) -> tf.Tensor:
            return tf.nn.softmax(model(windows, training=False))

        model.deepquake_predictor = run
    return model.deepquake_predictor


def _convolution(x: Any, spec: ModelSpec, first: Any, number: int) -> Any:
    """Return the output of a convolution, normalised and pooled as the network has it."""
    name, stride = f"conv{number}", spec.conv_stride
    x = layers.Conv1D(CHANNELS, spec.ksize, stride, "same", kernel_initializer=first, name=name)(x)
    if spec.batch_norm:
        # the statistics are those of the whole batch, also where several devices share it
        shared = tf.distribute.get_strategy().num_replicas_in_sync > 1
        # no scale or offset: the next layer's weights can do both, and the published number of
        # parameters stays what it was
        x = layers.BatchNormalization(
            momentum=0.95, center=False, scale=False, name=f"norm{number}", synchronized=shared
        )(x)
    x = layers.ReLU(name=f"relu{number}")(x)
    if spec.pooling:
        size, stride = spec.pooling_window, spec.pooling_stride
        x = layers.MaxPooling1D(size, stride, "same", name=f"pool{number}")(x)
    return x
