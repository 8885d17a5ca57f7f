"""Augmentation does what its keys say, the same way each time, and never touches what is off."""

from dataclasses import replace

import numpy as np
import pytest

from deepquake.core.errors import DeepQuakeError
from deepquake.core.settings import AugmentationSettings
from deepquake.learning import augmentation

OFF = AugmentationSettings(augment_polarity=0.0)


def windows(k: int = 8, traces: int = 3, samples: int = 2001, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return 5 * rng.standard_normal((k, traces, samples), np.float32)


def vary(data: np.ndarray, noise: np.ndarray | None = None, seed: int = 1, **on) -> np.ndarray:
    settings = replace(OFF, **{f"augment_{name}": value for name, value in on.items()})
    nowhere = np.full(len(data), np.nan)
    rng = np.random.default_rng(seed)
    return augmentation.augment(data, noise, nowhere, settings=settings, rng=rng)


def test_with_everything_off_only_the_mean_goes() -> None:
    data = windows() + 70
    assert not augmentation.varies(OFF)
    assert augmentation.varies(AugmentationSettings(augment_stretch=0.1))
    np.testing.assert_allclose(vary(data), data - data.mean(axis=2, keepdims=True), atol=1e-4)


def test_the_same_generator_gives_the_same_windows() -> None:
    on = {"noise_std": 0.2, "mix_noise": 0.5, "snr_min": 1.0, "snr_max": 9.0, "polarity": 0.5}
    on |= {"amplitude": 0.3, "dead_component": 0.3, "stretch": 0.2}
    data, noise = windows(), windows(seed=3)
    first, again, other = (vary(data, noise, seed, **on) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
    assert first.dtype == np.float32 and np.isfinite(first).all()


def test_gaussian_noise_is_a_share_of_each_trace() -> None:
    data = windows()
    data[:, 1] *= 100
    added = vary(data, noise_std=0.5) - vary(data)
    np.testing.assert_allclose(added.std(axis=2) / data.std(axis=2), 0.5, rtol=0.1)


def test_recorded_noise_is_added_at_the_ratio_drawn() -> None:
    data, noise = windows(), 1000 * windows(seed=3)
    added = vary(data, noise, mix_noise=1.0, snr_min=4.0, snr_max=4.0) - vary(data)
    np.testing.assert_allclose(data.std(axis=(1, 2)) / added.std(axis=(1, 2)), 4, rtol=1e-3)
    for i in range(len(data)):
        assert np.corrcoef(added[i].ravel(), noise[i].ravel())[0, 1] > 0.999
    mixed = (vary(data, noise, mix_noise=0.5, snr_min=1.0, snr_max=1.0) != vary(data)).any((1, 2))
    assert 0 < mixed.sum() < len(data)


def test_dead_noise_adds_nothing() -> None:
    data = windows()
    varied = vary(data, np.zeros_like(data), mix_noise=1.0, snr_min=1.0, snr_max=2.0)
    np.testing.assert_array_equal(varied, vary(data))


def test_polarity_turns_whole_windows() -> None:
    data = vary(windows(k=40))
    varied = vary(data, polarity=0.5)
    turned = np.array([np.allclose(v, -d, atol=1e-5) for v, d in zip(varied, data, strict=True)])
    same = np.array([np.allclose(v, d, atol=1e-5) for v, d in zip(varied, data, strict=True)])
    assert (turned ^ same).all() and 8 < turned.sum() < 32


def test_components_are_scaled_and_killed_one_by_one() -> None:
    data = vary(windows(k=60))
    ratio = vary(data, amplitude=0.5).std(axis=2) / data.std(axis=2)
    assert 0.3 < np.log(ratio).std() < 0.7
    dead = (vary(data, dead_component=0.5) == 0).all(axis=2).sum(axis=1)
    assert set(dead.tolist()) == {0, 1} and 15 < dead.sum() < 45
    single = data[:, :1]
    np.testing.assert_allclose(vary(single, dead_component=1.0), single, atol=1e-5)


def test_stretching_keeps_the_p_where_it_is() -> None:
    time = np.arange(1001)
    data = np.where(time > 300, np.sin((time - 300) / 20), 0)[None, None].astype(np.float32)
    data = np.repeat(data, 20, axis=0)
    varied = augmentation.stretch(
        data, np.full(20, 300.0), longest=0.5, rng=np.random.default_rng(0)
    )
    onsets = (np.abs(varied[:, 0]) > 1e-3).argmax(axis=1)
    assert np.all(np.abs(onsets - 300) <= 2)
    first_top = varied[:, 0, 300:400].argmax(axis=1)
    assert first_top.max() > 40 and first_top.min() >= 30  # 31 samples in the original


def test_a_range_that_is_none_is_an_error() -> None:
    given = {"augment_mix_noise": 0.5, "augment_snr_min": 5.0, "augment_snr_max": 2.0}
    with pytest.raises(DeepQuakeError, match="augment_snr_min = 5.0 .*augment_snr_max = 2.0"):
        augmentation.check_augmentation(AugmentationSettings(**given))
