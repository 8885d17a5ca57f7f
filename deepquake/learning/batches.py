"""Which windows train the network, which watch the training, and the batch of each step.

A batch is decided by the seed and the number of its step alone, so that a run that is stopped and
resumed sees what it would have seen.
"""

from dataclasses import dataclass

import numpy as np

from deepquake.core.errors import DeepQuakeError
from deepquake.core.settings import Settings
from deepquake.learning.augmentation import augment, check_augmentation, varies
from deepquake.learning.store import Store, classes
from deepquake.windows import selection
from deepquake.windows.tfrecords import HARD_ENDING, NOISE

HARD_SHARE = 0.25  # of the noise that a network trains on, where there are hard negatives


@dataclass(frozen=True)
class Batches:
    """What the batches of a run are drawn from: indices into ``store`` of noise and each region."""

    store: Store
    classes: np.ndarray  # of every window of the store
    noise: np.ndarray
    regions: dict[int, np.ndarray]  # those that have windows
    settings: Settings

    def batch(self, step: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the windows (size, n_traces, samples) and classes (size,) of a step.

        Half of the windows are noise; the regions take turns in the other half.
        """
        augmentation, size = self.settings.augmentation, self.settings.training.batch_size
        rng = np.random.default_rng((self.settings.run.random_seed, step))
        regions, events = list(self.regions.values()), size // 2
        turns = (np.arange(events) + step * events) % len(regions)
        pools = [regions[turn] for turn in turns] + [self.noise] * (size - events)
        drawn = rng.integers([pool.size for pool in pools])
        indices = np.array([pool[n] for pool, n in zip(pools, drawn.tolist(), strict=True)])
        windows = self.store.gather(indices)
        if varies(augmentation):
            noise = None
            if augmentation.augment_mix_noise:
                noise = self.store.gather(rng.choice(self.noise, size))
            p_samples = self.store.p_samples(indices)
            windows = augment(windows, noise, p_samples, settings=augmentation, rng=rng)
        return windows, self.classes[indices]


def make_batches(store: Store, indices: np.ndarray, settings: Settings) -> Batches:
    """Return what the batches of a run are drawn from.

    Parameters
    ----------
    store : Store
        The windows.
    indices : array of int
        Those to train on.
    settings : Settings
        The classes, the size of a batch, how windows are varied, and the seed.

    Returns
    -------
    Batches
        The batches.

    Raises
    ------
    DeepQuakeError
        Where there is no noise or no event at all.
    """
    check_augmentation(settings.augmentation)
    n_classes = settings.network.n_clusters
    all_classes = classes(store, n_classes)
    pools = [indices[all_classes[indices] == c] for c in range(n_classes)]
    for name, step, found in (("noise", 3, pools[0].size), ("event", 2, sum(map(len, pools[1:])))):
        if not found:
            folder = store.paths[0].parent.parent
            if np.any((all_classes == 0) == (name == "noise")):
                fraction = settings.training.validation_fraction
                raise DeepQuakeError(
                    f"{folder}: validation_fraction = {fraction} leaves no {name} window to train "
                    "on; give less"
                )
            advice = f"(step {step} writes them)"
            raise DeepQuakeError(f"{folder}: no {name} window to train on {advice}")
    regions = {region: pool for region, pool in enumerate(pools[1:]) if pool.size}
    noise = noise_pool(store, pools[0])
    return Batches(store, all_classes, noise=noise, regions=regions, settings=settings)


def is_hard(store: Store, indices: np.ndarray) -> np.ndarray:
    """Return which windows or excerpts are hard negatives.

    Parameters
    ----------
    store : Store
        The windows.
    indices : array of int
        Those to tell of.

    Returns
    -------
    array of bool
        Whether each comes from a file that step 3 wrote of false alarms.
    """
    of_file = np.array([path.stem.endswith(HARD_ENDING) for path in store.paths], bool)
    return of_file[store.files[indices]]


def noise_pool(store: Store, noise: np.ndarray) -> np.ndarray:
    """Return what noise is drawn from: hard negatives so often that they are a share of it.

    A few hundred false alarms among the noise of weeks would not be met otherwise.

    Parameters
    ----------
    store : Store
        The windows.
    noise : array of int
        Those of noise.

    Returns
    -------
    array of int
        The same, with hard negatives repeated until they are ``HARD_SHARE``, or more already.
    """
    hard = noise[is_hard(store, noise)]
    wanted = round(HARD_SHARE / (1 - HARD_SHARE) * (len(noise) - len(hard)))
    repeated = np.resize(hard, max(wanted - len(hard), 0)) if len(hard) else hard
    return np.concatenate([noise, repeated])


def hold_out(store: Store, fraction: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the windows that train and those that watch the training, as indices.

    The latter are all windows of some events. Windows of no known event (those of ConvNetQuake's
    files, and noise far from any event) stay together by the hour.

    Parameters
    ----------
    store : Store
        The windows.
    fraction : float
        Share of the events that watch.
    seed : int
        Decides which.

    Returns
    -------
    tuple of array of int
        The two parts.
    """
    starts_s = store.start_times.astype(float).tolist()
    groups = np.array(list(map(selection.group_of, store.event_ids.tolist(), starts_s)))
    with_event = set(groups[store.labels > NOISE].tolist())
    held = selection.chosen(with_event, fraction, seed)
    held |= selection.chosen(set(groups.tolist()) - with_event, fraction, seed)
    watches = np.isin(groups, sorted(held))
    return np.flatnonzero(~watches), np.flatnonzero(watches)
