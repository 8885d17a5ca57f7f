"""The two networks, what has to be known to build and use one, and running one over windows."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from deepquake.core.config import Config
from deepquake.learning.store import Signature
from deepquake.learning.tensorflow import tf

keras = tf.keras

CONVNETQUAKE_LAYERS, CONVNETQUAKE_CHANNELS, CONVNETQUAKE_KERNEL = 8, 32, 3
CONVNETQUAKE2_CHANNELS = 32
PREDICT_BATCH = 2048


@dataclass(frozen=True)
class ModelSpec:
    """All that a trained network's user must know. Each key means what config_default.ini says."""

    model: str
    n_clusters: int
    class_names: tuple[str, ...]
    window_size: float  # s
    sampling_rate: float  # Hz
    components: str  # rows of a window, some of 'ZNE'
    filter_highpass: float  # Hz, 0 none
    filter_lowpass: float
    normalization: str
    num_conv_layers: int
    ksize: int
    conv_stride: int
    pooling: bool
    pooling_window: int
    pooling_stride: int
    num_fc_layers: int
    fc_size: int
    batch_norm: bool
    random_seed: int

    @property
    def win_size(self) -> int:
        """Samples in a window."""
        return round(self.window_size * self.sampling_rate) + 1


SPEC_KEYS = tuple(f.name for f in fields(ModelSpec) if f.name not in ("class_names", "components"))
CONVNETQUAKE2_KEYS = (
    *("num_conv_layers", "ksize", "conv_stride", "pooling", "pooling_window", "pooling_stride"),
    *("num_fc_layers", "fc_size"),
)


def spec_of(config: Config, class_names: Sequence[str] | None = None) -> ModelSpec:
    """Return the specification of the network that a configuration asks for.

    ``class_names`` are noise and the regions; without them regions are called by number.
    """
    if class_names is None:
        regions = [f"region {i}" for i in range(config.n_clusters - 1)]
        class_names = ["noise", *(regions if config.n_clusters > 2 else ["event"])]
    values = {key: getattr(config, key) for key in SPEC_KEYS}
    return ModelSpec(components=config.components, class_names=tuple(class_names), **values)


def with_spec(config: Config, spec: ModelSpec) -> Config:
    """Return the configuration with everything that the network decides taken from ``spec``."""
    values = {key: getattr(spec, key) for key in SPEC_KEYS if key != "random_seed"}
    values |= {f"component_{c}": c in spec.components for c in "ZNE"}
    return config.changed(**values)


def signature_of(spec: ModelSpec) -> Signature:
    """Return what windows must be like to be fed to the network."""
    return Signature(
        spec.win_size,
        len(spec.components),
        spec.components,
        spec.sampling_rate,
        spec.filter_highpass,
        spec.filter_lowpass,
    )


@keras.utils.register_keras_serializable("deepquake")
class PrepareWindows(keras.layers.Layer):
    """The network's first step: ``prepare_windows`` with the normalisation it was trained with."""

    def __init__(self, normalization: str) -> None:
        super().__init__(name="prepare_windows")
        self.normalization = normalization

    def call(self, windows: tf.Tensor) -> tf.Tensor:
        return prepare_windows(windows, self.normalization)


def prepare_windows(windows: tf.Tensor, normalization: str) -> tf.Tensor:
    """Return windows (k, n_traces, samples) demeaned, scaled and as (k, samples, n_traces).

    The mean is each trace's own. The scale is one for all traces of a window, so that their
    amplitudes keep their proportions: ``max`` the largest absolute value, ``std`` the standard
    deviation, ``none`` 1. A window of zeros stays one.
    """
    windows -= tf.reduce_mean(windows, axis=2, keepdims=True)
    if normalization == "max":
        windows = tf.math.divide_no_nan(
            windows, tf.reduce_max(tf.abs(windows), axis=(1, 2), keepdims=True)
        )
    elif normalization == "std":
        power = tf.reduce_mean(tf.square(windows), axis=(1, 2), keepdims=True)
        windows = tf.math.divide_no_nan(windows, tf.sqrt(power))
    return tf.transpose(windows, (0, 2, 1))


def build(spec: ModelSpec, seed: int | None = None) -> keras.Model:
    """Return the network: float32 windows (k, n_traces, samples) to logits (k, n_clusters).

    ``seed`` decides the first weights (default: the random_seed of ``spec``).
    """
    draw = keras.random.SeedGenerator(spec.random_seed if seed is None else seed)
    inputs = keras.Input((len(spec.components), spec.win_size), dtype="float32")
    x = PrepareWindows(spec.normalization)(inputs)
    x = (_convnetquake if spec.model == "ConvNetQuake" else _convnetquake2)(x, spec, draw)
    last = keras.layers.Dense(spec.n_clusters, kernel_initializer=_glorot(draw), name="logits")
    return keras.Model(inputs, last(x), name=spec.model)


def count_parameters(model: keras.Model) -> int:
    """Return the number of trainable weights."""
    return sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)


def predict(model: keras.Model, windows: np.ndarray, batch: int = PREDICT_BATCH) -> np.ndarray:
    """Return the probability of each class, float32 (k, n_clusters), of windows (k, n_traces, n).

    The windows are as they come from a filtered record: the network demeans and scales them.
    """
    run = predictor(model)
    parts = [run(windows[i : i + batch]).numpy() for i in range(0, len(windows), batch)]
    return np.concatenate(parts) if parts else np.empty((0, model.output_shape[-1]), np.float32)


def predictor(model: keras.Model) -> Any:
    """Return the compiled function from windows to probabilities; it is compiled once a model."""
    if not hasattr(model, "deepquake_predictor"):
        shape = tf.TensorSpec((None, *model.input_shape[1:]), tf.float32)

        @tf.function(input_signature=[shape], autograph=False)
        def run(windows: tf.Tensor) -> tf.Tensor:
            return tf.nn.softmax(model(windows, training=False))

        model.deepquake_predictor = run
    return model.deepquake_predictor


def _convnetquake(x: Any, spec: ModelSpec, draw: Any) -> Any:
    """ConvNetQuake (Perol, Gharbi, Denolle, Science Advances 4, e1700578, 2018)."""
    for number in range(1, CONVNETQUAKE_LAYERS + 1):
        x = _convolution(
            x, number, CONVNETQUAKE_CHANNELS, CONVNETQUAKE_KERNEL, 2, spec.batch_norm, draw
        )
    return keras.layers.Flatten(name="flat")(x)


def _convnetquake2(x: Any, spec: ModelSpec, draw: Any) -> Any:
    """The adjustable network; as in config_upc_ucv.ini it is UPC-UCV.

    UPC-UCV: Tous, Alvarado, Otero, Cruz, Rojas, BSSA 110, 2519-2529, 2020.
    """
    for number in range(1, spec.num_conv_layers + 1):
        x = _convolution(
            x,
            number,
            CONVNETQUAKE2_CHANNELS,
            spec.ksize,
            spec.conv_stride,
            spec.batch_norm,
            draw,
        )
        if spec.pooling:
            pool = keras.layers.MaxPooling1D(
                spec.pooling_window, spec.pooling_stride, "same", name=f"pool{number}"
            )
            x = pool(x)
    x = keras.layers.Flatten(name="flat")(x)
    for number in range(1, spec.num_fc_layers):
        x = keras.layers.Dense(
            spec.fc_size, "relu", kernel_initializer=_glorot(draw), name=f"fc{number}"
        )(x)
    return x


def _convolution(
    x: Any, number: int, channels: int, kernel: int, stride: int, batch_norm: bool, draw: Any
) -> Any:
    x = keras.layers.Conv1D(
        channels, kernel, stride, "same", kernel_initializer=_glorot(draw), name=f"conv{number}"
    )(x)
    if batch_norm:
        # the statistics are those of the whole batch, also where several devices share it
        shared = tf.distribute.get_strategy().num_replicas_in_sync > 1
        # no scale or offset: the next layer's weights can do both, and the published number of
        # parameters stays what it was
        norm = keras.layers.BatchNormalization(
            momentum=0.95, center=False, scale=False, name=f"norm{number}", synchronized=shared
        )
        x = norm(x)
    return keras.layers.ReLU(name=f"relu{number}")(x)


def _glorot(draw: Any) -> Any:
    return keras.initializers.GlorotUniform(seed=draw)
