"""Which windows train the network, which watch the training, and the batch of each step.

A batch is decided by the seed and the number of its step alone, so that a run that is stopped and
resumed sees what it would have seen.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice

import numpy as np

from deepquake.core.config import Config
from deepquake.core.errors import DeepQuakeError
from deepquake.learning.augmentation import Recipe, augment, recipe_of
from deepquake.learning.store import Store, classes
from deepquake.windows import selection as split
from deepquake.windows.tfrecords import NOISE

AHEAD = 2  # batches made while the network works on the last one


@dataclass(frozen=True)
class Batches:
    """What the batches of a run are drawn from: indices into ``store`` of noise and each region."""

    store: Store
    classes: np.ndarray  # of every window of the store
    noise: np.ndarray
    regions: list[np.ndarray]  # of those regions that have windows
    recipe: Recipe
    size: int
    seed: int

    def batch(self, step: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the windows (size, n_traces, samples) and classes (size,) of a step.

        Half of the windows are noise; the regions take turns in the other half.
        """
        rng = np.random.default_rng((self.seed, step))
        events = self.size // 2
        turns = (np.arange(events) + step * events) % len(self.regions)
        pools = [self.regions[turn] for turn in turns] + [self.noise] * (self.size - events)
        drawn = rng.integers([pool.size for pool in pools])
        indices = np.array([pool[n] for pool, n in zip(pools, drawn.tolist(), strict=True)])
        windows = self.store.gather(indices)
        if self.recipe:
            noise = None
            if self.recipe.mix_noise:
                noise = self.store.gather(rng.choice(self.noise, self.size))
            p_samples = p_samples_of(self.store, indices)
            windows = augment(windows, noise, p_samples, self.recipe, rng)
        return windows, self.classes[indices]

    def run(self, first: int, last: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield the batches of the steps ``first`` to ``last``, made a little ahead in a thread."""
        with ThreadPoolExecutor(1) as pool:
            steps = iter(range(first, last + 1))
            waiting = [pool.submit(self.batch, step) for step in islice(steps, AHEAD)]
            while waiting:
                made = waiting.pop(0).result()
                waiting.extend(pool.submit(self.batch, step) for step in islice(steps, 1))
                yield made


def make_batches(store: Store, training: np.ndarray, config: Config) -> tuple[Batches, list[int]]:
    """Return the batches of the windows ``training`` and the regions that have no window.

    Raises DeepQuakeError where there is no noise or no event at all.
    """
    all_classes = classes(store, config.n_clusters)
    pools = [training[all_classes[training] == c] for c in range(config.n_clusters)]
    for name, step, found in (("noise", 3, pools[0].size), ("event", 2, sum(map(len, pools[1:])))):
        if not found:
            folder = store.paths[0].parent.parent
            if np.any((all_classes == 0) == (name == "noise")):
                raise DeepQuakeError(
                    f"{folder}: validation_fraction = {config.validation_fraction} leaves no "
                    f"{name} window to train on; give less"
                )
            raise DeepQuakeError(
                f"{folder}: no {name} window to train on (step {step} writes them)"
            )
    regions = [pool for pool in pools[1:] if pool.size]
    missing = [i for i, pool in enumerate(pools[1:]) if not pool.size]
    return Batches(
        store,
        all_classes,
        pools[0],
        regions,
        recipe_of(config),
        config.batch_size,
        config.random_seed,
    ), missing


def hold_out(store: Store, fraction: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the windows that train and those that watch the training, as indices.

    The latter are all windows of a ``fraction`` of the events. Windows of no known event (those
    of ConvNetQuake's files, and noise far from any event) stay together by the hour.
    """
    groups = np.array(
        [
            split.group_of(str(event), float(start))
            for event, start in zip(store.event_ids, store.start_times, strict=True)
        ]
    )
    with_event = set(groups[store.labels > NOISE].tolist())
    held = split.chosen(with_event, fraction, seed)
    held |= split.chosen(set(groups.tolist()) - with_event, fraction, seed)
    watches = np.isin(groups, sorted(held))
    return np.flatnonzero(~watches), np.flatnonzero(watches)


def p_samples_of(store: Store, indices: np.ndarray) -> np.ndarray:
    """Return where the P of each window is, in samples, NaN where there is none or none known."""
    offsets_s = store.p_offsets_s[indices]
    rate = store.signature.sampling_rate or np.nan
    return np.where(offsets_s < 0, np.nan, offsets_s * rate)
