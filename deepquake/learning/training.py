"""Step 4: the training step and the loop around it."""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from deepquake.core.config import Config
from deepquake.core.errors import DeepQuakeError
from deepquake.learning import checkpoints
from deepquake.learning import devices as distribution
from deepquake.learning.batches import hold_out, make_batches
from deepquake.learning.checkpoints import INFERENCE, OPTIMIZER, TRAINING
from deepquake.learning.history import TRAINING as TRAINING_CURVE
from deepquake.learning.history import VALIDATION, Point, Recorder, read_history
from deepquake.learning.networks import ModelSpec, build, count_parameters, predict, signature_of
from deepquake.learning.store import Store
from deepquake.learning.tensorflow import tf

VALIDATION_MOST = 8192  # windows looked at for each point of the validation curve
SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Stopped(Exception):
    """The run was asked to stop and wrote a checkpoint of its last step."""

    def __init__(self, signal_number: int, step: int) -> None:
        super().__init__(
            f"stopped by {signal.Signals(signal_number).name} after step {step}; "
            f"a checkpoint is written, --resume 1 goes on from there"
        )
        self.signal_number = signal_number


@dataclass(frozen=True)
class Network:
    """What training changes: the network, Adam's moments, the running average of the weights."""

    model: Any  # keras.Model
    optimizer: Any  # keras.optimizers.Adam
    average: Any  # keras.Model: the weights that are used afterwards

    def arrays(self) -> checkpoints.Groups:
        """Return all that a checkpoint holds."""
        variables = {
            INFERENCE: self.average.weights,
            TRAINING: self.model.weights,
            OPTIMIZER: self.optimizer.variables,
        }
        return {group: [v.numpy() for v in those] for group, those in variables.items()}

    def is_finite(self) -> bool:
        """Tell whether the weights that are used afterwards are numbers: no infinity, no NaN."""
        return all(bool(np.isfinite(weight.numpy()).all()) for weight in self.average.weights)


def train(
    store: Store,
    spec: ModelSpec,
    config: Config,
    folder: Path,
    say: Callable[[str], None] = print,
    strategy: Any = None,
) -> Network:
    """Train a network on ``store`` up to step ``config.max_checkpoint_step`` and return it.

    Checkpoints, history, TensorBoard logs and the picture of the curves go to ``folder``. With
    ``config.resume`` the run goes on from its newest checkpoint, if there is one. Without, it
    starts over; what the folder holds is replaced when the first checkpoint is written. With a
    ``strategy`` (see distribution.py) several copies share each batch, and the chief says and
    writes all. Raises DeepQuakeError where the windows are not what ``spec`` asks for, noise or
    events are missing, the checkpoint is of another network, or the training diverges; Stopped on
    SIGTERM or Ctrl-C.
    """
    check_fits(store, spec)
    strategy = strategy or tf.distribute.get_strategy()
    chief = distribution.is_chief(strategy)
    if not chief:
        say = str  # to nobody
    training, validation = hold_out(store, config.validation_fraction, config.random_seed)
    batches, missing = make_batches(store, training, config)
    for region in missing:
        say(f"note: no window of region {region} to train on")
    events = sum(map(len, batches.regions))
    say(f"training on {events} event and {len(batches.noise)} noise windows")
    say(f"validation on {len(validation)} windows of events that are not trained on")
    validation = validation[:: -(-len(validation) // VALIDATION_MOST) or 1]

    tf.config.experimental.enable_op_determinism()
    with strategy.scope():
        network = create(spec, config)
    say(f"{spec.model}: {count_parameters(network.model)} trainable parameters")
    step, points = 0, []
    resumes = config.resume and checkpoints.can_resume(folder)
    if config.resume and not resumes:
        say(f"note: no checkpoint of this run in {folder} yet: starting at the first step")
    if resumes:
        step = restore(network, spec, folder)
        points = read_history(folder, step)
        say(f"going on from step {step}")
    if chief:
        folder.mkdir(parents=True, exist_ok=True)  # where it cannot be made, say so before the work
    recorder = Recorder(
        folder=folder, points=points, plot=config.plot, title=spec.model, logged=len(points)
    )
    run_step = compiled_step(network, config, strategy)
    if chief and not resumes:
        checkpoints.start_over(folder)
    last, first = config.max_checkpoint_step, step + 1
    begin, sums, count = time.monotonic(), np.zeros(2), 0
    with _asked_to_stop() as asked:
        for windows, labels in batches.run(first, last):
            step += 1
            # asked once a step, and heard by all processes: what stops is always saved
            loss, accuracy, stops = run_step(windows, labels, rate_at(step, config), bool(asked))
            sums += loss, accuracy
            count += 1
            saves = stops or step == last or step % config.checkpoint_step == 0
            if saves or step % config.display_step == 0:
                loss, accuracy = sums / count
                if not (np.isfinite(loss) and network.is_finite()):
                    raise DeepQuakeError(
                        f"the training diverged by step {step}: loss or weights are no numbers any "
                        "more, and no checkpoint is written of them; lower learning_rate, or look "
                        "for windows that hold what is no number"
                    )
                points.append(Point(step, TRAINING_CURVE, loss, accuracy))
                speed = (step - first + 1) / (time.monotonic() - begin)
                say(
                    f"step {step} of {last}: loss {loss:.4f}, accuracy {accuracy:.4f}, "
                    f"{speed:.0f} steps/s, {(last - step) / speed:.0f} s left"
                )
                sums, count = np.zeros(2), 0
            if saves and chief:
                if validation.size:
                    loss, accuracy = validate(network, store, validation, batches.classes)
                    points.append(Point(step, VALIDATION, loss, accuracy))
                    say(f"  validation: loss {loss:.4f}, accuracy {accuracy:.4f}")
                checkpoints.save_checkpoint(folder, spec, step, network.arrays())
                recorder.write()
            if stops and step < last:
                raise Stopped(asked[0] if asked else signal.SIGTERM, step)
    return network


def create(spec: ModelSpec, config: Config) -> Network:
    """Return a network with its first weights, which the seed decides."""
    model = build(spec)
    average = build(spec)
    average.set_weights(model.get_weights())
    optimizer = tf.keras.optimizers.Adam(config.learning_rate)
    optimizer.build(model.trainable_weights)
    return Network(model, optimizer, average)


def restore(network: Network, spec: ModelSpec, folder: Path) -> int:
    """Set a network to the newest checkpoint of ``folder`` and return the step it was written at.

    Raises DeepQuakeError where there is none, or it is of another network.
    """
    saved, step, groups = checkpoints.read_checkpoint(folder)
    checkpoints.check_same(folder, saved, spec)
    for group, variables in (
        (INFERENCE, network.average.weights),
        (TRAINING, network.model.weights),
        (OPTIMIZER, network.optimizer.variables),
    ):
        checkpoints.set_weights(variables, groups.get(group, []), folder)
    return step


def rate_at(step: int, config: Config) -> float:
    """Return the step size of Adam at a step: half a cosine down to 0, or constant."""
    if config.learning_rate_decay == "none":
        return config.learning_rate
    return config.learning_rate * (1 + np.cos(np.pi * step / config.max_checkpoint_step)) / 2


def compiled_step(
    network: Network, config: Config, strategy: Any
) -> Callable[..., tuple[float, float, bool]]:
    """Return the compiled training step.

    It takes the windows and classes of the whole batch, the step size, and whether this process
    is to stop, and returns loss, accuracy, and whether any process is to stop. The loss minimised
    is the cross-entropy plus ``weight_decay`` times half the sum of squares of all kernels (as in
    ConvNetQuake); the one returned is the cross-entropy alone.
    """
    model, optimizer = network.model, network.optimizer
    kernels = [weight for weight in model.trainable_weights if len(weight.shape) > 1]
    shape = tf.TensorSpec((None, *model.input_shape[1:]), tf.float32)
    labels_shape, scalar = tf.TensorSpec((None,), tf.int64), tf.TensorSpec((), tf.float32)
    copies = strategy.num_replicas_in_sync
    if config.batch_size < copies:
        raise DeepQuakeError(f"batch_size = {config.batch_size} is too small for {copies} devices")

    def run_copy(windows: Any, labels: Any, rate: Any, asked: Any) -> Any:
        # a mean over the batch is the sum of those over the shares, each times its share
        share = tf.cast(tf.shape(labels)[0], tf.float32) / config.batch_size
        with tf.GradientTape() as tape:
            logits = model(windows, training=True)
            errors = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)
            loss = tf.reduce_mean(errors) * share
            penalty = config.weight_decay * tf.add_n([tf.nn.l2_loss(k.value) for k in kernels])
            total = loss + penalty / copies
        optimizer.learning_rate.assign(rate)
        gradients = tape.gradient(total, [weight.value for weight in model.trainable_weights])
        optimizer.apply(gradients, model.trainable_weights)  # the sum of those of all copies
        # the average follows closely at first, or it would long remember the random start
        done = tf.cast(optimizer.iterations.value, tf.float32)
        decay = tf.minimum(config.weight_average, done / (10 + done))
        for average, weight in zip(network.average.weights, model.weights, strict=True):
            average.assign(decay * average.value + (1 - decay) * weight.value)
        right = tf.equal(tf.argmax(logits, 1), labels)
        accuracy = tf.reduce_mean(tf.cast(right, tf.float32)) * share
        result = tf.stack([loss, accuracy, asked])
        return tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.SUM, result)

    @tf.function(
        input_signature=[shape, labels_shape, scalar, scalar] if copies == 1 else None,
        autograph=False,
    )
    def run_copies(*arguments: Any) -> Any:
        return strategy.experimental_local_results(strategy.run(run_copy, arguments))[0]

    def run(
        windows: np.ndarray, labels: np.ndarray, rate: float, asked: bool
    ) -> tuple[float, float, bool]:
        parts = [distribution.share_out(strategy, whole) for whole in (windows, labels)]
        with distribution.together():
            result = run_copies(*parts, tf.constant(rate, tf.float32), tf.constant(float(asked)))
            loss, accuracy, stops = result.numpy().tolist()
        return loss, accuracy, stops > 0

    return run


def validate(
    network: Network, store: Store, indices: np.ndarray, classes: np.ndarray
) -> tuple[float, float]:
    """Return loss and accuracy of the averaged network, noise and events weighing the same."""
    probabilities = predict(network.average, store.gather(indices))
    truth = classes[indices]
    weights = np.where(truth == 0, 1 / max(1, (truth == 0).sum()), 1 / max(1, (truth > 0).sum()))
    of_truth = probabilities[np.arange(len(truth)), truth]
    losses = -np.log(np.maximum(of_truth, 1e-7))
    right = probabilities.argmax(axis=1) == truth
    return float(np.average(losses, weights=weights)), float(np.average(right, weights=weights))


def check_fits(store: Store, spec: ModelSpec) -> None:
    """Raise DeepQuakeError where the windows are not what the configuration asks for.

    What the files do not say (ConvNetQuake's say the shape only) is taken to be right.
    """
    wanted = signature_of(spec)
    for name, ours in vars(wanted).items():
        theirs = getattr(store.signature, name)
        if theirs is not None and theirs != ours:
            unit = " samples" if name == "window_size" else ""
            raise DeepQuakeError(
                f"{store.paths[0]}: its windows have {name} = {theirs}{unit}, but "
                f"{ours}{unit} is asked for; give step 4 the settings of steps 2 and 3"
            )


@contextmanager
def _asked_to_stop() -> Iterator[list[int]]:
    """Yield a list that is empty until SIGTERM or Ctrl-C puts the signal's number into it."""
    asked: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield asked  # only the main thread may handle signals
        return
    before = {number: signal.signal(number, lambda n, _: asked.append(n)) for number in SIGNALS}
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
