"""What a network is trained for: which windows it sees, what it is to say of them, how wrong it is.

A window network tells whether there is an event; a UNet when P and S arrive. Training is the same.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from deepquake.core.settings import UNET, Settings
from deepquake.learning.batches import is_hard, make_batches
from deepquake.learning.networks import predict
from deepquake.learning.picking.crops import make_crops
from deepquake.learning.picking.unet import arrival_loss, constant_logits, total_stride
from deepquake.learning.spec import spec_of
from deepquake.learning.store import Store
from deepquake.learning.tensorflow import tf

VALIDATION_MOST = 8192  # windows looked at for each point of the validation curve
CROPS_MOST, CROPS_OF_EACH = 512, 4  # of a UNet
VALIDATION_BATCH = 64


@dataclass(frozen=True)
class Objective:
    """What a network is trained for.

    ``batch`` returns windows and truth of a step. ``errors`` returns the loss of each window and
    whether it is right, from what the network says and the truth; ``truth_shape`` is that of one
    window's truth, and its type. ``validate`` returns loss and share of right answers over the
    windows held out, of which there are ``n_watched``; ``notes`` is what the user is told.
    ``unlearnt`` returns the loss over that of saying the same of every window, or sample: 1 where
    a network has learnt nothing. Where nothing is held out, this is of windows it is trained on.
    """

    batch: Callable[[int], tuple[np.ndarray, np.ndarray]]
    errors: Callable[[Any, Any], tuple[Any, Any]]
    truth_shape: tuple[tuple[int | None, ...], Any]
    validate: Callable[[Any], tuple[float, float]]
    n_watched: int
    notes: list[str]
    unlearnt: Callable[[Any], float]


def objective_of(
    store: Store, trained: np.ndarray, watching: np.ndarray, settings: Settings
) -> Objective:
    """Return what the network that the settings ask for is trained for.

    Parameters
    ----------
    store : Store
        The windows, or excerpts.
    trained, watching : array of int
        Those to train on, and those held out.
    settings : Settings
        The network, how windows are varied, and the seed.

    Returns
    -------
    Objective
        For ``training.train``.

    Raises
    ------
    DeepQuakeError
        Where there is nothing to train on.
    """
    if settings.network.model == UNET:
        return _arrival_objective(store, trained, watching, settings=settings)
    return _window_objective(store, trained, watching, settings=settings)


def _window_objective(
    store: Store, trained: np.ndarray, watching: np.ndarray, settings: Settings
) -> Objective:
    batches = make_batches(store, trained, settings)
    regions = range(settings.network.n_clusters - 1)
    missing = sorted(set(regions) - batches.regions.keys())
    events = sum(map(len, batches.regions.values()))
    notes = [f"note: no window of region {region} to train on" for region in missing]
    notes.append(f"training on {events} event and {_count(batches.noise)} noise windows")
    notes += _note_of_hard(store, batches.noise)
    notes.append(f"validation on {len(watching)} windows of events that are not trained on")
    watching = watching[:: -(-len(watching) // VALIDATION_MOST) or 1]
    looked_at = watching if len(watching) else trained[:: -(-len(trained) // VALIDATION_MOST) or 1]

    def _errors(logits: Any, truth: Any) -> tuple[Any, Any]:
        errors = tf.nn.sparse_softmax_cross_entropy_with_logits(truth, logits)
        return errors, tf.cast(tf.equal(tf.argmax(logits, 1), truth), tf.float32)

    def _validate(model: Any) -> tuple[float, float]:
        return validate_windows(model, store.gather(looked_at), batches.classes[looked_at])

    return Objective(
        batches.batch,
        _errors,
        truth_shape=((None,), tf.int64),
        validate=_validate,
        n_watched=len(watching),
        notes=notes,
        unlearnt=lambda model: _validate(model)[0] / loss_of_shares(batches.classes[looked_at]),
    )


def _arrival_objective(
    store: Store, trained: np.ndarray, watching: np.ndarray, settings: Settings
) -> Objective:
    crops = make_crops(store, trained, settings, multiple=total_stride(spec_of(settings)))
    notes = [
        f"training on {len(crops.events)} arrivals of P and {_count(crops.noise)} "
        "stretches of noise",
        *_note_of_hard(store, crops.noise),
        f"validation on {len(watching)} arrivals and stretches that are not trained on",
    ]
    looked_at = watching if len(watching) else trained
    looked_at = looked_at[:: -(-len(looked_at) * CROPS_OF_EACH // CROPS_MOST) or 1]
    windows, truth = crops.watched(looked_at, CROPS_OF_EACH)

    def _validate(model: Any) -> tuple[float, float]:
        return _arrival_results(lambda some: model(windows[some], training=False), truth)

    def _unlearnt(model: Any) -> float:
        alike = constant_logits(truth)
        at_first, _ = _arrival_results(
            lambda some: np.broadcast_to(alike, (len(truth[some]), crops.samples, len(alike))),
            truth,
        )
        return _validate(model)[0] / at_first

    return Objective(
        crops.batch,
        arrival_loss,
        truth_shape=((None, crops.samples, crops.n_phases + 2), tf.float32),
        validate=_validate,
        n_watched=len(windows) if len(watching) else 0,
        notes=notes,
        unlearnt=_unlearnt,
    )


def _count(pool: np.ndarray) -> int:
    """Return how many there are, some of which are drawn more often."""
    return len(np.unique(pool))


def _note_of_hard(store: Store, noise: np.ndarray) -> list[str]:
    hard = is_hard(store, noise)
    share = f"{hard.mean():.0%} of the noise that is drawn" if hard.any() else ""
    return [f"false alarms of a search: {_count(noise[hard])} of these, {share}"] if share else []


def _arrival_results(logits: Callable[[slice], Any], truth: np.ndarray) -> tuple[float, float]:
    """Return the mean loss, and share of right samples at arrivals, of crops."""
    parts = [slice(i, i + VALIDATION_BATCH) for i in range(0, len(truth), VALIDATION_BATCH)]
    results = [[some.numpy() for some in arrival_loss(logits(part), truth[part])] for part in parts]
    loss, right = (np.concatenate(some).mean() for some in zip(*results, strict=True))
    return float(loss), float(right)


def loss_of_shares(truth: np.ndarray) -> float:
    """Return the cross-entropy of saying the share of each class, noise and events weighing alike.

    Parameters
    ----------
    truth : array of int (k,)
        The classes of windows.

    Returns
    -------
    float
        ln 2 where there is one class of events.
    """
    counts = np.bincount(truth).astype(float)
    shares = np.concatenate([counts[:1], counts[1:] * (counts[0] / max(counts[1:].sum(), 1))])
    shares = shares[shares > 0] / shares.sum()
    return float(-(shares * np.log(shares)).sum())


def validate_windows(model: Any, windows: np.ndarray, truth: np.ndarray) -> tuple[float, float]:
    """Return loss and share of right classes of a network, noise and events weighing the same.

    Parameters
    ----------
    model : keras.Model
        The network.
    windows : array (k, n_traces, samples)
        Windows it is not trained on.
    truth : array of int (k,)
        Their classes.

    Returns
    -------
    tuple of float
        Cross-entropy and share of right classes.
    """
    probabilities = predict(model, windows)
    weights = np.where(truth == 0, 1 / max(1, (truth == 0).sum()), 1 / max(1, (truth > 0).sum()))
    of_truth = probabilities[np.arange(len(truth)), truth]
    losses = -np.log(np.maximum(of_truth, 1e-7))
    right = probabilities.argmax(axis=1) == truth
    return float(np.average(losses, weights=weights)), float(np.average(right, weights=weights))
