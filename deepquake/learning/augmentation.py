"""Training windows made more varied: noise, polarity, amplitude, dead components, stretching.

Arrays are float32 (k, n_traces, samples), filtered and not yet normalised. Everything drawn comes
from the generator that is given, so that the same generator gives the same windows.
"""

from dataclasses import dataclass, fields

import numpy as np

from deepquake.core.config import Config
from deepquake.core.errors import DeepQuakeError

TINY = np.float32(1e-20)


@dataclass(frozen=True)
class Recipe:
    """How windows are varied. 0 switches a kind off; see config_default.ini, ``augment_...``."""

    noise_std: float  # deviation of Gaussian noise over that of the trace
    mix_noise: float  # share of windows that get recorded noise added
    snr_min: float  # deviation of the window over that of the noise added
    snr_max: float
    polarity: float  # share of windows turned upside down
    amplitude: float  # deviation of the logarithm of each component's factor
    dead_component: float  # share of windows that lose a component
    stretch: float  # longest stretching in time, as a share of the window

    def __bool__(self) -> bool:
        kinds = ("noise_std", "mix_noise", "polarity", "amplitude", "dead_component", "stretch")
        return any(getattr(self, kind) for kind in kinds)


def recipe_of(config: Config) -> Recipe:
    """Return the recipe of a configuration; DeepQuakeError where the ratios make no range."""
    recipe = Recipe(**{f.name: getattr(config, f"augment_{f.name}") for f in fields(Recipe)})
    if recipe.mix_noise and not 0 < recipe.snr_min <= recipe.snr_max:
        raise DeepQuakeError(
            f"augment_snr_min = {recipe.snr_min} must be above 0 and not above "
            f"augment_snr_max = {recipe.snr_max}"
        )
    return recipe


def augment(
    windows: np.ndarray,
    noise: np.ndarray | None,
    p_samples: np.ndarray,
    recipe: Recipe,
    rng: np.random.Generator,
) -> np.ndarray:
    """Return varied copies of ``windows``.

    ``noise`` holds one recorded noise window for each (only needed with ``mix_noise``).
    ``p_samples`` (k,) says where the P is, in samples; NaN where it is not known or there is
    none: of these, what could lose its P is left unstretched (see ``stretch``).
    """
    windows = windows - windows.mean(axis=2, keepdims=True)
    if recipe.stretch:
        windows = stretch(windows, p_samples, recipe.stretch, rng)
    if recipe.mix_noise:
        assert noise is not None
        ratio = np.exp(rng.uniform(np.log(recipe.snr_min), np.log(recipe.snr_max), len(windows)))
        windows = mix_noise(windows, noise, ratio, rng.random(len(windows)) < recipe.mix_noise)
    if recipe.noise_std:
        windows = add_gaussian(windows, recipe.noise_std, rng)
    if recipe.polarity:
        sign = np.where(rng.random(len(windows)) < recipe.polarity, np.float32(-1), np.float32(1))
        np.multiply(windows, sign[:, None, None], out=windows)
    if recipe.amplitude:
        factors = np.exp(recipe.amplitude * rng.standard_normal(windows.shape[:2], np.float32))
        windows = windows * factors[:, :, None]
    if recipe.dead_component:
        windows = kill_component(windows, recipe.dead_component, rng)
    return windows.astype(np.float32, copy=False)


def add_gaussian(windows: np.ndarray, std_factor: float, rng: np.random.Generator) -> np.ndarray:
    """Add white noise of ``std_factor`` times each trace's deviation (Perol et al. 2018)."""
    deviation = np.float32(std_factor) * windows.std(axis=2, keepdims=True)
    return windows + deviation * rng.standard_normal(windows.shape, np.float32)


def mix_noise(
    windows: np.ndarray, noise: np.ndarray, ratio: np.ndarray, chosen: np.ndarray
) -> np.ndarray:
    """Add recorded noise to the ``chosen`` windows (k,) at a signal-to-noise ``ratio`` (k,).

    The ratio is that of the deviations, over all traces, of the window and of the noise added.
    """
    noise = noise - noise.mean(axis=2, keepdims=True)
    deviation = noise.std(axis=(1, 2)) + TINY
    scale = np.where(chosen, windows.std(axis=(1, 2)) / (deviation * ratio), 0)
    return windows + noise * scale.astype(np.float32)[:, None, None]


def kill_component(windows: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """Set one component of a ``share`` of the windows to zero; with one component, none."""
    k, n_traces, _ = windows.shape
    if n_traces == 1:
        return windows
    dead = np.where(rng.random(k) < share, rng.integers(n_traces, size=k), -1)
    return np.where((np.arange(n_traces) == dead[:, None])[:, :, None], 0, windows)


def stretch(
    windows: np.ndarray, p_samples: np.ndarray, longest: float, rng: np.random.Generator
) -> np.ndarray:
    """Stretch each window in time by a factor of 1 to 1 + ``longest``, its P staying in place.

    What no longer fits into the window is lost at both ends. Windows without a known P (NaN) are
    stretched about their middle, in which an unknown P near an end could be lost: leave
    stretching off for data that do not say where the P is.
    """
    k, n_traces, samples = windows.shape
    fixed = np.where(np.isnan(p_samples), samples / 2, p_samples)
    factors = 1 + longest * rng.random(k)
    time = np.arange(samples)
    out = np.empty_like(windows)
    for i in range(k):
        source = fixed[i] + (time - fixed[i]) / factors[i]
        for trace in range(n_traces):
            out[i, trace] = np.interp(source, time, windows[i, trace])
    return out
