"""Training windows made more varied: noise, polarity, amplitude, dead components, stretching.

Arrays are float32 (k, n_traces, samples), filtered and not yet normalised. Everything drawn comes
from the generator that is given, so that the same generator gives the same windows.
"""

import numpy as np

from deepquake.core.errors import DeepQuakeError
from deepquake.core.settings import AugmentationSettings

TINY = np.float32(1e-20)


def check_augmentation(settings: AugmentationSettings) -> None:
    """Raise DeepQuakeError where the ratios of recorded noise make no range."""
    low, high = settings.augment_snr_min, settings.augment_snr_max
    if settings.augment_mix_noise and not 0 < low <= high:
        rule = f"must be above 0 and not above augment_snr_max = {high}"
        raise DeepQuakeError(f"augment_snr_min = {low} {rule}")


def varies(settings: AugmentationSettings) -> bool:
    """Tell whether anything is to be varied."""
    ranges = ("augment_snr_min", "augment_snr_max")
    return any(value for name, value in vars(settings).items() if name not in ranges)


def augment(
    windows: np.ndarray,
    noise: np.ndarray | None,
    p_samples: np.ndarray,
    *,
    settings: AugmentationSettings,
    rng: np.random.Generator,
) -> np.ndarray:
    """Return varied copies of windows.

    Parameters
    ----------
    windows : array (k, n_traces, samples)
        The windows.
    noise : array (k, n_traces, samples) or None
        A recorded noise window for each (only needed with ``augment_mix_noise``).
    p_samples : array (k,)
        Where the P is, in samples; NaN where it is not known or there is none.
    settings : AugmentationSettings
        How they are varied.
    rng : numpy.random.Generator
        Decides everything that is drawn.

    Returns
    -------
    array of float32 (k, n_traces, samples)
        The copies, without their mean.
    """
    windows = windows - windows.mean(axis=2, keepdims=True)
    if settings.augment_stretch:
        windows = stretch(windows, p_samples, longest=settings.augment_stretch, rng=rng)
    if settings.augment_mix_noise:
        assert noise is not None
        low, high = np.log(settings.augment_snr_min), np.log(settings.augment_snr_max)
        ratio = np.exp(rng.uniform(low, high, len(windows)))
        chosen = rng.random(len(windows)) < settings.augment_mix_noise
        windows = mix_noise(windows, noise, ratio=ratio, chosen=chosen)
    if settings.augment_noise_std:
        windows = add_gaussian(windows, settings.augment_noise_std, rng)
    if settings.augment_polarity:
        turned = rng.random(len(windows)) < settings.augment_polarity
        sign = np.where(turned, np.float32(-1), np.float32(1))
        np.multiply(windows, sign[:, None, None], out=windows)
    if settings.augment_amplitude:
        drawn = rng.standard_normal(windows.shape[:2], np.float32)
        windows = windows * np.exp(settings.augment_amplitude * drawn)[:, :, None]
    if settings.augment_dead_component:
        windows = kill_component(windows, settings.augment_dead_component, rng)
    return windows.astype(np.float32, copy=False)


def add_gaussian(windows: np.ndarray, std_factor: float, rng: np.random.Generator) -> np.ndarray:
    """Add white noise (Perol et al. 2018).

    Parameters
    ----------
    windows : array (k, n_traces, samples)
        The windows.
    std_factor : float
        Its standard deviation over that of each trace.
    rng : numpy.random.Generator
        Decides the noise.

    Returns
    -------
    array (k, n_traces, samples)
        The noisy windows.
    """
    deviation = np.float32(std_factor) * windows.std(axis=2, keepdims=True)
    return windows + deviation * rng.standard_normal(windows.shape, np.float32)


def mix_noise(
    windows: np.ndarray, noise: np.ndarray, *, ratio: np.ndarray, chosen: np.ndarray
) -> np.ndarray:
    """Add recorded noise to some windows.

    Parameters
    ----------
    windows, noise : array (k, n_traces, samples)
        The windows, and the noise for each.
    ratio : array (k,)
        Signal over noise: the standard deviation, over all traces, of the window over that of the
        noise added.
    chosen : array of bool (k,)
        Which windows get theirs.

    Returns
    -------
    array (k, n_traces, samples)
        The windows.
    """
    noise = noise - noise.mean(axis=2, keepdims=True)
    deviation = noise.std(axis=(1, 2)) + TINY
    scale = np.where(chosen, windows.std(axis=(1, 2)) / (deviation * ratio), 0)
    return windows + noise * scale.astype(np.float32)[:, None, None]


def kill_component(windows: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """Set a component of some windows to zero; where there is only one, none.

    Parameters
    ----------
    windows : array (k, n_traces, samples)
        The windows.
    share : float
        How many of the windows, 0 to 1.
    rng : numpy.random.Generator
        Decides which.

    Returns
    -------
    array (k, n_traces, samples)
        The windows.
    """
    k, n_traces, _ = windows.shape
    if n_traces == 1:
        return windows
    dead = np.where(rng.random(k) < share, rng.integers(n_traces, size=k), -1)
    return np.where((np.arange(n_traces) == dead[:, None])[:, :, None], 0, windows)


def stretch(
    windows: np.ndarray, p_samples: np.ndarray, *, longest: float, rng: np.random.Generator
) -> np.ndarray:
    """Stretch each window in time, its P staying in place.

    What no longer fits into the window is lost at both ends. Windows without a known P (NaN) are
    stretched about their middle, in which an unknown P near an end could be lost: leave
    stretching off for data that do not say where the P is.

    Parameters
    ----------
    windows : array (k, n_traces, samples)
        The windows.
    p_samples : array (k,)
        Where the P is, in samples.
    longest : float
        Factors are drawn from 1 to 1 + this.
    rng : numpy.random.Generator
        Decides the factors.

    Returns
    -------
    array (k, n_traces, samples)
        The windows.
    """
    k, n_traces, samples = windows.shape
    fixed = np.where(np.isnan(p_samples), samples / 2, p_samples)
    factors = 1 + longest * rng.random((k,))
    time = np.arange(samples)
    out = np.empty_like(windows)
    for i in range(k):
        source = fixed[i] + (time - fixed[i]) / factors[i]
        for trace in range(n_traces):
            out[i, trace] = np.interp(source, time, windows[i, trace])
    return out
