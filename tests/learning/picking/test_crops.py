"""Batches of crops: where the P is, and how they are varied."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from deepquake.core.errors import DeepQuakeError
from deepquake.core.settings import AugmentationSettings
from deepquake.learning.picking.crops import Crops, make_crops, vary
from deepquake.learning.picking.targets import Crop
from deepquake.learning.store import Store, open_part
from deepquake.windows.tfrecords import NOISE, write_examples
from tests.learning.made_windows import make_set, open_set
from tests.learning.picking.made_excerpts import (
    event_example,
    make_excerpts,
    noise_example,
    unet_settings,
)

EVERYTHING = {
    **{"augment_superpose": 0.4, "augment_mix_noise": 0.4, "augment_stretch": 0.6},
    **{"augment_squeeze": 0.5, "augment_amplitude": 0.3, "augment_one_component": 0.3},
    **{"augment_dead_component": 0.1, "augment_swap_horizontals": 0.5, "augment_burst": 0.1},
    **{"augment_spike": 0.1, "augment_gap": 0.1},
}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return make_excerpts(tmp_path_factory.mktemp("excerpts"))


def crops_of(store: Store, **given: object) -> Crops:
    return make_crops(store, np.arange(len(store)), unet_settings(**given))


def test_a_batch_depends_on_seed_and_step_only(store: Store) -> None:
    crops = crops_of(store, **EVERYTHING)
    windows, targets = crops.batch(3)
    assert windows.shape == (8, 3, 251) and targets.shape == (8, 251, 4)
    assert windows.dtype == targets.dtype == np.float32
    again = crops_of(store, **EVERYTHING).batch(3)
    assert np.array_equal(windows, again[0]) and np.array_equal(targets, again[1])
    assert not np.array_equal(windows, crops.batch(4)[0])
    assert not np.array_equal(windows, crops_of(store, **EVERYTHING, random_seed=2).batch(3)[0])
    assert np.isfinite(windows).all()


def test_the_p_may_be_anywhere_in_a_crop_and_some_crops_are_noise(store: Store) -> None:
    _, targets = crops_of(store, batch_size=400).batch(1)
    has_p = targets[:, :, 0].max(axis=1) > 0.9
    assert 0.6 < has_p.mean() < 0.95
    places = targets[has_p, :, 0].argmax(axis=1)
    assert np.histogram(places, bins=5, range=(0, 251))[0].min() > 25


def test_superposed_crops_hold_two_p(store: Store) -> None:
    _, targets = crops_of(store, batch_size=200, augment_superpose=1.0).batch(1)
    bells = (np.diff((targets[:, :, 0] > 0.9).astype(int), axis=1) == 1).sum(axis=1)
    assert (bells == 2).mean() > 0.3


def test_crops_to_watch_are_always_the_same(store: Store) -> None:
    crops = crops_of(store, **EVERYTHING)
    first, again = (crops.watched(np.arange(4), per_excerpt=2) for _ in range(2))
    assert first[0].shape == (8, 3, 251)
    assert np.array_equal(first[0], again[0]) and np.array_equal(first[1], again[1])
    assert len(crops.watched(np.arange(0), per_excerpt=2)[0]) == 0


def test_a_crop_of_a_false_alarm_holds_it(tmp_path: Path) -> None:
    make_excerpts(tmp_path, n_noise=0)
    alarm = noise_example(np.random.default_rng(1), 200)
    alarm.data[:, 200] = 100  # of 400 samples; a crop has 251
    write_examples(tmp_path / "train" / "negative" / "week_hard.tfrecords", [alarm])
    store = open_part(tmp_path, "train")
    crops = crops_of(store)
    hard = np.flatnonzero(store.labels == NOISE).repeat(30)
    windows, targets = crops.watched(hard, per_excerpt=1)
    assert (windows.max(axis=2) > 50).all() and not targets[:, :, :2].any()
    places = windows[:, 0].argmax(axis=1)
    assert np.ptp(places) > 100


def varied(**on: float) -> Crop:
    rng = np.random.default_rng(1)
    data = rng.standard_normal((3, 1000)).astype(np.float32)
    target = np.ones((1000, 4), np.float32)
    off = replace(AugmentationSettings(), augment_polarity=0.0)
    return vary(Crop(data, target), replace(off, **on), np.random.default_rng(2))


def test_each_way_of_varying_does_what_it_says() -> None:
    plain = varied()
    assert np.array_equal(varied(augment_polarity=1.0).data, -plain.data)
    assert np.array_equal(varied(augment_swap_horizontals=1.0).data, plain.data[[0, 2, 1]])
    assert varied(augment_one_component=1.0).data.any(axis=1).tolist() == [True, False, False]
    assert varied(augment_dead_component=1.0).data.any(axis=1).sum() == 2
    gap = varied(augment_gap=1.0)
    lost = ~gap.data.any(axis=0)
    assert 25 <= lost.sum() <= 400 and np.array_equal(lost, gap.target[:, 2] == 0)
    ratio = varied(augment_amplitude=0.5).data / plain.data
    assert np.allclose(ratio, ratio[:, :1]) and len(set(ratio[:, 0].tolist())) == 3
    for key, most in (("augment_burst", 150), ("augment_spike", 3)):
        changed = (varied(**{key: 1.0}).data != plain.data).any(axis=0).sum()
        assert 1 <= changed <= most


def test_a_component_that_is_not_recorded_stays_away() -> None:
    data = np.zeros((3, 1000), np.float32)
    data[0] = 1 + np.arange(1000)
    settings = replace(AugmentationSettings(), augment_burst=1.0, augment_spike=1.0)
    for seed in range(20):
        crop = Crop(data, np.ones((1000, 4), np.float32))
        made = vary(crop, settings, np.random.default_rng(seed))
        assert not made.data[1:].any()


def test_windows_that_do_not_tell_their_arrivals_are_refused(tmp_path: Path) -> None:
    store = open_set(make_set(tmp_path, {-1: 8, 0: 8}))
    with pytest.raises(DeepQuakeError, match="do not tell the arrivals inside"):
        crops_of(store)
    noise = make_excerpts(tmp_path / "noise", n_events=1)
    with pytest.raises(DeepQuakeError, match="no event to train on"):
        make_crops(noise, np.flatnonzero(noise.labels < 0), unet_settings())


def test_an_event_whose_p_is_not_known_is_no_event_to_train_on(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    examples = [event_example(rng, 0), replace(event_example(rng, 1), p_offset_s=-1.0)]
    folder = tmp_path / "train" / "positive"
    folder.mkdir(parents=True)
    write_examples(folder / "some.tfrecords", examples)
    some = open_part(tmp_path, "train")
    assert len(make_crops(some, np.arange(2), unet_settings()).events) == 1


@pytest.mark.parametrize(
    ("given", "multiple", "said"),
    [
        ({"augment_mix_noise": 0.5, "augment_snr_min": 99.0}, 1, "augment_snr_min = 99.0 must be"),
        ({"augment_mix_noise": 0.5, "augment_snr_min": 0.0}, 1, "must be above 0"),
        ({"window_size": 1e6}, 1, "window_size = 1000000.0 s is longer than training_window"),
        ({}, 10**6, "unet_levels, unet_stride and unet_stem_stride make one sample of"),
    ],
)
def test_settings_that_contradict_each_other_are_an_error(
    store: Store, given: dict[str, float], multiple: int, said: str
) -> None:
    with pytest.raises(DeepQuakeError, match=said):
        make_crops(store, np.arange(len(store)), unet_settings(**given), multiple)
