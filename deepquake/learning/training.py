"""Step 4: a network, the training step, and the loop around it."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from deepquake.core.errors import DeepQuakeError
from deepquake.core.progress import progress
from deepquake.core.settings import Settings, TrainingSettings
from deepquake.core.workers import ahead
from deepquake.learning import checkpoints, devices, history
from deepquake.learning.batches import hold_out
from deepquake.learning.history import Point
from deepquake.learning.networks import (
    Network,
    build,
    count_parameters,
    create,
    restore,
    start_from,
)
from deepquake.learning.objective import Objective, objective_of
from deepquake.learning.picking.calibrating import calibrate_checkpoint
from deepquake.learning.spec import ModelSpec, check_signature, spec_of
from deepquake.learning.store import Store
from deepquake.learning.tensorflow import tf

# After so many steps a network that learns is far below this share of the loss of one that says the
# same of every sample; one UNet in twenty is not.
STUCK, STUCK_AT, MOST_ATTEMPTS = 0.7, 500, 3
SEED_STEP = 1_000_003  # from one attempt to the next
BATCHES_AHEAD = 2  # made while the network works on the last one
SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Stopped(Exception):
    """The run was asked to stop and wrote a checkpoint of its last step."""

    def __init__(self, signal_number: int, step: int) -> None:
        stopped = f"stopped by {signal.Signals(signal_number).name} after step {step}"
        super().__init__(f"{stopped}; a checkpoint is written, --resume 1 goes on from there")
        self.signal_number = signal_number


@dataclass(frozen=True)
class TrainingRun:
    """All that the steps of a run need."""

    network: Network
    spec: ModelSpec
    training: TrainingSettings
    objective: Objective
    recorder: history.Recorder
    chief: bool
    say: Callable[[str], object]
    run_step: Callable[..., tuple[float, float, bool]]
    attempts: int  # from different weights, at most


def train(
    store: Store,
    settings: Settings,
    folder: Path,
    *,
    say: Callable[[str], object] = tqdm.write,  # print, but above the bar of progress
    strategy: Any = None,
    initial: Path | None = None,
) -> Network:
    """Train a network up to step ``max_checkpoint_step``.

    With ``resume`` the run goes on from the newest checkpoint of the folder, if there is one.
    Without, it starts over; what the folder holds is replaced when the first checkpoint is written.

    Parameters
    ----------
    store : Store
        The windows to train on.
    settings : Settings
        What network, and how it is trained.
    folder : Path
        Where checkpoints, history, TensorBoard logs and the picture of the curves go.
    say : callable
        Takes each line for the user.
    strategy : tf.distribute.Strategy, optional
        Where several copies share each batch (see ``devices``); the chief says and writes all.
    initial : Path, optional
        A checkpoint folder, from whose weights a run begins that does not go on with its own.

    Returns
    -------
    Network
        The network after the last step.

    Raises
    ------
    DeepQuakeError
        Where the windows are not what the network takes, noise or events are missing, the
        checkpoint is of another network, or the training diverges.
    Stopped
        On SIGTERM or Ctrl-C, in whichever process.
    """
    spec, training = spec_of(settings), settings.training
    check_signature(spec, store.signature, store.paths[0])
    strategy = strategy or tf.distribute.get_strategy()
    chief = devices.is_chief()
    if not chief:
        say = str  # to nobody
    trained, watching = hold_out(store, training.validation_fraction, spec.random_seed)
    objective = objective_of(store, trained, watching, settings=settings)
    for note in objective.notes:
        say(note)
    resumes = training.resume and checkpoints.can_resume(folder)
    if training.resume and not resumes:
        say(f"note: no checkpoint of this run in {folder} yet: starting at the first step")
    if chief and not resumes:
        checkpoints.start_over(folder)  # before the network is built, which takes a while
    tf.config.experimental.enable_op_determinism()
    with strategy.scope():
        network = create(spec, training.learning_rate)
    say(f"{spec.model}: {count_parameters(network.model)} trainable parameters")
    step, attempt, points = 0, 0, []
    if resumes:
        step, attempt = restore(network, spec, folder)
        points = history.read_history(folder, step)
        say(f"going on from step {step}")
    elif initial is not None:
        for note in start_from(network, spec, initial):
            say(note)
        say(f"starting from the network of {initial}")
    if chief:
        folder.mkdir(parents=True, exist_ok=True)  # where it cannot be made, say so before the work
    recorder = history.Recorder(
        folder=folder, points=points, plot=settings.run.plot, title=spec.model, logged=len(points)
    )
    run = TrainingRun(
        network, spec, training, objective, recorder, chief=chief, say=say,
        run_step=compiled_step(network, training, objective, strategy=strategy),
        attempts=1 if initial is not None else MOST_ATTEMPTS,
    )  # fmt: skip
    while (reached := _train_from(run, step, attempt)) < training.max_checkpoint_step:
        step, attempt = reached, attempt + 1
    if chief:
        calibrate_checkpoint(
            folder, network.average, spec, store, watching, settings=settings, say=say
        )
    return network


def _train_from(run: TrainingRun, step: int, attempt: int) -> int:
    """Train up to the last step, or until the run is stuck and started again; return the step."""
    training, chief, say, points = run.training, run.chief, run.say, run.recorder.points
    steps = range(step + 1, training.max_checkpoint_step + 1)
    made: Iterator[Any] = ahead(map(run.objective.batch, steps), BATCHES_AHEAD)
    if chief:
        made = progress(made, len(steps), "training steps")
    begin, sums, count = time.monotonic(), np.zeros(2), 0
    with _asked_to_stop() as asked:
        for step, (windows, truth) in zip(steps, made, strict=True):
            # asked once a step, and heard by all processes: what stops is always saved
            rate = rate_at(step, training)
            loss, accuracy, stops = run.run_step(windows, truth, rate=rate, asked=bool(asked))
            sums += loss, accuracy
            count += 1
            saves = stops or step == steps[-1] or step % training.checkpoint_step == 0
            if saves or step % training.display_step == 0:
                loss, accuracy = sums / count
                used_afterwards = (weight.numpy() for weight in run.network.average.weights)
                if not all(np.isfinite(values).all() for values in (loss, *used_afterwards)):
                    raise DeepQuakeError(
                        f"the training diverged by step {step}: loss or weights are no longer "
                        "finite, and no checkpoint is written of them; lower learning_rate, or "
                        "look for windows that hold infinity or NaN"
                    )
                points.append(Point(step, history.TRAINING, loss=loss, accuracy=accuracy))
                speed = (step - steps[0] + 1) / (time.monotonic() - begin)
                pace = f"{speed:.0f} steps/s, {(steps[-1] - step) / speed:.0f} s left"
                reached = f"loss {loss:.4f}, accuracy {accuracy:.4f}"
                say(f"step {step} of {steps[-1]}: {reached}, {pace}")
                sums, count = np.zeros(2), 0
            if step == stuck_step(training) and _is_stuck(run, attempt):
                step, saves = 0, True
            if saves and chief:
                if run.objective.n_watched and step:
                    loss, accuracy = run.objective.validate(run.network.average)
                    points.append(Point(step, history.VALIDATION, loss=loss, accuracy=accuracy))
                    say(f"  validation: loss {loss:.4f}, accuracy {accuracy:.4f}")
                _save(run, step, attempt if step else attempt + 1)
            if stops and step < steps[-1]:
                raise Stopped(asked[0] if asked else signal.SIGTERM, step)
            if not step:
                break
    return step


def _save(run: TrainingRun, step: int, attempt: int) -> None:
    folder, groups = run.recorder.folder, run.network.variables()
    checkpoints.save_checkpoint(folder, run.spec, step=step, attempt=attempt, groups=groups)
    run.recorder.write()
    checkpoints.end_starting_over(folder)


def _is_stuck(run: TrainingRun, attempt: int) -> bool:
    """Tell whether a run has learnt next to nothing; if so, and it may, give it other weights."""
    share = run.objective.unlearnt(run.network.average)
    if share <= STUCK:
        return False
    what = f"the loss is still {share:.2f} of that of a network that has learnt nothing"
    if attempt + 1 >= run.attempts:
        run.say(f"note: {what}; look at the records and their picks, or give another learning_rate")
        return False
    run.say(f"{what}: the training is stuck, and starts again from other weights")
    first = build(replace(run.spec, random_seed=run.spec.random_seed + SEED_STEP * (attempt + 1)))
    for model in (run.network.model, run.network.average):
        model.set_weights(first.get_weights())
    for variable in run.network.optimizer.variables:
        variable.assign(np.zeros(variable.shape, variable.dtype))
    run.recorder.forget()
    return True


def stuck_step(training: TrainingSettings) -> int:
    """Return after which step a run is looked at for being stuck; 0: it is too short for that."""
    step = min(STUCK_AT, training.max_checkpoint_step // 2)
    return step if step >= STUCK_AT // 2 else 0


def rate_at(step: int, training: TrainingSettings) -> float:
    """Return the step size of Adam: half a cosine down to 0, or constant, after it has risen.

    Parameters
    ----------
    step : int
        The training step, 1 is the first.
    training : TrainingSettings
        Where it starts, and when it ends.

    Returns
    -------
    float
        The step size.
    """
    rate = training.learning_rate * min(1.0, step / max(training.learning_rate_warmup, 1))
    if training.learning_rate_decay == "none":
        return rate
    return rate * (1 + np.cos(np.pi * step / training.max_checkpoint_step)) / 2


def compiled_step(
    network: Network, training: TrainingSettings, objective: Objective, strategy: Any
) -> Callable[..., tuple[float, float, bool]]:
    """Return the compiled training step.

    The loss minimised is the objective's plus ``weight_decay`` times half the sum of squares of
    all kernels (as in ConvNetQuake); the one returned is the objective's alone.

    Parameters
    ----------
    network : Network
        What is trained.
    training : TrainingSettings
        How it is trained.
    objective : Objective
        What it is trained for.
    strategy : tf.distribute.Strategy
        Which copies share a batch.

    Returns
    -------
    callable
        It takes the windows and the truth of the whole batch, the step size ``rate``, and whether
        this process is ``asked`` to stop, and returns loss, accuracy, and whether any process is.
    """
    model, optimizer = network.model, network.optimizer
    kernels = [weight for weight in model.trainable_weights if len(weight.shape) > 1]
    shape = tf.TensorSpec((None, *model.input_shape[1:]), tf.float32)
    truth_shape, scalar = tf.TensorSpec(*objective.truth_shape), tf.TensorSpec((), tf.float32)
    copies, batch_size = strategy.num_replicas_in_sync, training.batch_size
    if batch_size < copies:
        raise DeepQuakeError(f"batch_size = {batch_size} is too small for {copies} devices")

    def _run_copy(windows: Any, truth: Any, rate: Any, asked: Any) -> Any:
        # a mean over the batch is the sum of those over the shares, each times its share
        share = tf.cast(tf.shape(truth)[0], tf.float32) / batch_size
        with tf.GradientTape() as tape:
            logits = model(windows, training=True)
            errors, right = objective.errors(logits, truth)
            loss = tf.reduce_mean(errors) * share
            penalty = training.weight_decay * tf.add_n([tf.nn.l2_loss(k.value) for k in kernels])
            total = loss + penalty / copies
        optimizer.learning_rate.assign(rate)
        gradients = tape.gradient(total, [weight.value for weight in model.trainable_weights])
        optimizer.apply(gradients, model.trainable_weights)  # the sum of those of all copies
        # the average follows closely at first, or it would long remember the random start
        done = tf.cast(optimizer.iterations.value, tf.float32)
        decay = tf.minimum(training.weight_average, done / (10 + done))
        for average, weight in zip(network.average.weights, model.weights, strict=True):
            average.assign(decay * average.value + (1 - decay) * weight.value)
        accuracy = tf.reduce_mean(right) * share
        result = tf.stack([loss, accuracy, asked])
        return tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.SUM, result)

    signature = [shape, truth_shape, scalar, scalar] if copies == 1 else None

    @tf.function(input_signature=signature, autograph=False)
    def run_copies(*arguments: Any) -> Any:
        return strategy.experimental_local_results(strategy.run(_run_copy, arguments))[0]

    def _run(
        windows: np.ndarray, truth: np.ndarray, *, rate: float, asked: bool
    ) -> tuple[float, float, bool]:
        parts = [devices.share_out(strategy, whole) for whole in (windows, truth)]
        try:
            result = run_copies(*parts, tf.constant(rate, tf.float32), tf.constant(float(asked)))
            loss, accuracy, stops = result.numpy().tolist()
        except (tf.errors.UnavailableError, tf.errors.AbortedError, tf.errors.CancelledError):
            raise DeepQuakeError(
                "another process of this training has ended (what it wrote last says why); start "
                "all of them again, with --resume 1"
            ) from None
        return loss, accuracy, stops > 0

    return _run


@contextmanager
def _asked_to_stop() -> Iterator[list[int]]:
    """Yield a list that is empty until SIGTERM or Ctrl-C puts the signal's number into it."""
    asked: list[int] = []
    before = {number: signal.signal(number, lambda n, _: asked.append(n)) for number in SIGNALS}
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
