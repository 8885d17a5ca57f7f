"""What a UNet is trained on: parts of excerpts, cut anew for each step, and varied.

The P may be anywhere in a crop, or in front of it. Two events may come at once. A batch is decided
by the seed and the number of its step alone.
"""

from dataclasses import dataclass

import numpy as np

from deepquake.core.errors import DeepQuakeError
from deepquake.core.settings import AugmentationSettings, Settings, window_samples
from deepquake.learning.augmentation import check_augmentation
from deepquake.learning.batches import is_hard, noise_pool
from deepquake.learning.picking.targets import LEAST_AMPLITUDE, Crop, cut_crop, noise_crop
from deepquake.learning.store import Store
from deepquake.windows.tfrecords import NOISE

NOISE_SHARE = 0.15  # of the crops
CODA_SHARE = 0.3  # of the crops of events, which may begin behind the P
LEAST_RECORDED = 0.5  # of such a crop
AS_RECORDED = 0.3  # share of the crops that are not stretched, where any are
AMPLITUDE_RATIO = 10.0  # of two events that come at once, at most


@dataclass(frozen=True)
class Crops:
    """What the crops of a run are cut from: indices into ``store`` of events and of noise."""

    store: Store
    events: np.ndarray
    noise: np.ndarray
    settings: Settings
    samples: int  # of a crop

    @property
    def n_phases(self) -> int:
        """1: P, 2: P and S."""
        return len(self.settings.network.phases.split(","))

    def batch(self, step: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the crops (size, n_traces, samples) and targets (size, samples, ...) of a step."""
        rng = np.random.default_rng((self.settings.run.random_seed, step))
        crops = [self._crop(rng) for _ in range(self.settings.training.batch_size)]
        return self._stacked(crops)

    def watched(self, indices: np.ndarray, per_excerpt: int) -> tuple[np.ndarray, np.ndarray]:
        """Return crops as they were recorded, to watch the training: always the same.

        Parameters
        ----------
        indices : array of int
            The excerpts.
        per_excerpt : int
            Crops of each.

        Returns
        -------
        tuple of array
            As ``batch``.
        """
        rng = np.random.default_rng(self.settings.run.random_seed)
        crops = []
        for index in indices:
            is_event = self.store.labels[index] > NOISE
            for _ in range(per_excerpt):
                cut = self._event if is_event else self._quiet
                crops.append(cut(int(index), 1.0, rng))
        return self._stacked(crops)

    def _stacked(self, crops: list[Crop]) -> tuple[np.ndarray, np.ndarray]:
        shape = (0, self.store.signature.n_traces, self.samples)
        if not crops:
            return np.empty(shape, np.float32), np.empty((0, self.samples, 1), np.float32)
        return np.stack([c.data for c in crops]), np.stack([c.target for c in crops])

    def _crop(self, rng: np.random.Generator) -> Crop:
        """Return one crop, varied as the settings say."""
        varied = self.settings.augmentation
        if rng.random() < NOISE_SHARE and len(self.noise):
            crop = self._quiet(int(rng.choice(self.noise)), self._factor(rng), rng)
        else:
            crop = self._event(int(rng.choice(self.events)), self._factor(rng), rng)
            if rng.random() < varied.augment_superpose:
                other = self._event(int(rng.choice(self.events)), self._factor(rng), rng)
                crop = crop.with_event(other, np.exp(rng.uniform(-1, 1) * np.log(AMPLITUDE_RATIO)))
        if rng.random() < varied.augment_mix_noise and len(self.noise):
            quiet = self._quiet(int(rng.choice(self.noise)), self._factor(rng), rng)
            low, high = np.log(varied.augment_snr_min), np.log(varied.augment_snr_max)
            crop = crop.with_noise(quiet, np.exp(rng.uniform(low, high)))
        return vary(crop, varied, rng)

    def _factor(self, rng: np.random.Generator) -> float:
        """Return by how much a crop is stretched in time."""
        varied = self.settings.augmentation
        if rng.random() < AS_RECORDED:
            return 1.0
        low, high = np.log1p(-varied.augment_squeeze), np.log1p(varied.augment_stretch)
        return float(np.exp(rng.uniform(low, high)))

    def _event(self, index: int, factor: float, rng: np.random.Generator) -> Crop:
        """Return a crop of an event: its P is anywhere inside, or in front."""
        p = self.store.p_samples(np.array([index]))[0]
        behind = (self.store.recorded_end[index] - p) * factor - LEAST_RECORDED * self.samples
        in_front = max(behind, 0.0) if rng.random() < CODA_SHARE else 0.0
        first = p - rng.uniform(-in_front, self.samples) / factor
        return cut_crop(
            self.store,
            index,
            self.samples,
            n_phases=self.n_phases,
            first=first,
            factor=factor,
        )

    def _quiet(self, index: int, factor: float, rng: np.random.Generator) -> Crop:
        """Return a crop of noise, to and fro where its record is short.

        Of a hard negative it ends within the record, if it can: the false alarm is amid that, and
        half of the crops that may turn back at its end would miss it.
        """
        share = rng.random()
        if is_hard(self.store, np.array([index]))[0]:
            recorded = self.store.recorded_end[index] - self.store.recorded_first[index]
            room = 1 - self.samples / factor / recorded
            share *= room if room > 0 else 1
        return noise_crop(
            self.store,
            index,
            self.samples,
            n_phases=self.n_phases,
            factor=factor,
            share=share,
        )


def make_crops(store: Store, indices: np.ndarray, settings: Settings, multiple: int = 1) -> Crops:
    """Return what the crops of a run are cut from.

    Parameters
    ----------
    store : Store
        The excerpts.
    indices : array of int
        Those to train on.
    settings : Settings
        Length of a crop, size of a batch, how crops are varied, and the seed.
    multiple : int, optional
        The length is rounded up to a multiple of so many samples.

    Returns
    -------
    Crops
        The crops.

    Raises
    ------
    DeepQuakeError
        Where there is no event, the TFRecords are not of excerpts, or settings contradict each
        other.
    """
    check_augmentation(settings.augmentation)
    _check_lengths(settings, multiple)
    if any(store.arrivals[index] is None for index in indices):
        raise DeepQuakeError(
            f"{store.paths[0]}: its windows do not tell the arrivals inside, which a UNet learns "
            "from; write them with steps 2 and 3 and --model UNet"
        )
    is_event, p_samples = store.labels[indices] > NOISE, store.p_samples(indices)
    has_p = is_event & (p_samples >= 0)  # NaN where it is not known, or not inside
    if not has_p.any():
        folder = store.paths[0].parent.parent
        raise DeepQuakeError(f"{folder}: no event to train on (step 2 writes them)")
    samples = window_samples(settings.windows.window_size, settings.records.sampling_rate)
    samples += -samples % multiple
    noise = noise_pool(store, indices[~is_event])
    return Crops(store, indices[has_p], noise, settings, samples=samples)


def _check_lengths(settings: Settings, multiple: int) -> None:
    """Raise DeepQuakeError where a crop is longer than the excerpts it is cut from."""
    length_s, kept_s = settings.windows.window_size, settings.dataset.training_window
    if length_s > kept_s:
        why = f"training_window = {kept_s} s, of which windows are cut"
        raise DeepQuakeError(f"window_size = {length_s} s is longer than {why}")
    coarsest_s = multiple / settings.records.sampling_rate
    if coarsest_s > kept_s:
        raise DeepQuakeError(
            f"unet_levels, unet_stride and unet_stem_stride make one sample of {coarsest_s:.3g} s, "
            f"more than training_window = {kept_s} s; take lower ones"
        )


def vary(crop: Crop, settings: AugmentationSettings, rng: np.random.Generator) -> Crop:
    """Return a crop with polarity, amplitudes, components, bursts and gaps varied.

    Parameters
    ----------
    crop : Crop
        The crop.
    settings : AugmentationSettings
        How it is varied.
    rng : numpy.random.Generator
        Decides everything that is drawn.

    Returns
    -------
    Crop
        A copy.
    """
    data, target = crop.data.copy(), crop.target.copy()
    n_traces, samples = data.shape
    deviation = data.std() + LEAST_AMPLITUDE
    if rng.random() < settings.augment_burst:
        length = int(rng.uniform(0.005, 0.15) * samples)
        first = int(rng.integers(samples - length))
        traces = slice(None) if rng.random() < 0.5 else int(rng.integers(n_traces))
        shape = np.sqrt(np.hanning(length)) * deviation * np.exp(rng.uniform(0, 3))
        data[traces, first : first + length] += rng.standard_normal(length) * shape
    if rng.random() < settings.augment_spike:
        for _ in range(rng.integers(1, 4)):
            height = deviation * rng.choice([-1, 1]) * np.exp(rng.uniform(1, 4))
            data[rng.integers(n_traces), rng.integers(samples)] += height
    if rng.random() < settings.augment_gap:
        length = int(rng.uniform(0.025, 0.4) * samples)
        first = int(rng.integers(samples - length))
        data[:, first : first + length], target[first : first + length, -2] = 0, 0
    if settings.augment_amplitude:
        data *= np.exp(settings.augment_amplitude * rng.standard_normal((n_traces, 1)))
    if rng.random() < settings.augment_polarity:
        data = -data
    if n_traces == 3 and rng.random() < settings.augment_swap_horizontals:
        data = data[[0, 2, 1]]
    if n_traces > 1:
        draw = rng.random()
        if draw < settings.augment_one_component:
            data[1:] = 0
        elif draw < settings.augment_one_component + settings.augment_dead_component:
            data[rng.integers(n_traces)] = 0
    data *= (crop.data != 0).any(axis=1, keepdims=True)  # what is not recorded stays so
    return Crop(np.ascontiguousarray(data, np.float32), target)
