"""Batches are decided by seed and step alone; what watches the training is not trained on."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from deepquake.learning.batches import (
    HARD_SHARE,
    Batches,
    hold_out,
    is_hard,
    make_batches,
    noise_pool,
)
from deepquake.learning.store import Store
from deepquake.windows.tfrecords import Example, write_examples
from tests.learning.made_windows import SAMPLES, make_set, open_set, small_settings


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return open_set(make_set(tmp_path_factory.mktemp("set"), {-1: 40, 0: 32}))


def batches_of(store: Store, **given: Any) -> Batches:
    return make_batches(store, np.arange(len(store)), small_settings(**given))


def test_half_of_a_batch_is_noise_and_regions_take_turns(tmp_path: Path) -> None:
    store = open_set(make_set(tmp_path, {-1: 24, 0: 40, 1: 4, 2: 8}))
    made = batches_of(store, n_clusters=5, batch_size=14)
    assert list(made.regions) == [0, 1, 2]  # of region 3 there is nothing
    counts = sum(np.bincount(made.batch(step)[1], minlength=4) for step in range(3))
    assert counts.tolist() == [21, 7, 7, 7]


def test_a_batch_depends_on_seed_and_step_only(store: Store) -> None:
    def batch(step: int, **given) -> np.ndarray:
        varied = {"augment_mix_noise": 0.5, "augment_stretch": 0.1}
        return batches_of(store, **varied, **given).batch(step)[0]

    np.testing.assert_array_equal(batch(7), batch(7))
    assert not np.array_equal(batch(7), batch(8))
    assert not np.array_equal(batch(7), batch(7, random_seed=2))


def test_a_quarter_of_the_noise_is_what_a_network_took_for_events(tmp_path: Path) -> None:
    store = open_set(make_set(tmp_path, {-1: 60, 0: 8}))
    everything = np.arange(len(store))
    noise = everything[store.labels < 0]
    assert noise_pool(store, noise).tolist() == noise.tolist()
    negative = tmp_path / "train" / "negative"
    data = np.ones((1, SAMPLES), np.float32)
    taken_for_events = [Example(data, -1, 2e9 + i, "", "XX", "AAA") for i in range(4)]
    write_examples(negative / "week_detect_hard.tfrecords", taken_for_events)
    store = open_set(tmp_path)
    noise = np.arange(len(store))[store.labels < 0]
    hard = noise[is_hard(store, noise)]
    assert store.start_times[hard].tolist() == [2e9, 2e9 + 1, 2e9 + 2, 2e9 + 3]
    pool = noise_pool(store, noise)
    assert set(pool) == set(noise)
    assert np.bincount(pool)[hard].tolist() == [5] * 4
    assert np.mean(is_hard(store, pool)) == HARD_SHARE
    assert noise_pool(store, hard).tolist() == hard.tolist()
    assert set(noise_pool(store, noise[:56:8])) <= set(noise)


@pytest.mark.parametrize("named", [True, False])
def test_validation_holds_out_whole_events(tmp_path: Path, named: bool) -> None:
    store = open_set(make_set(tmp_path, {-1: 40, 0: 32}, named))
    trained, watched = hold_out(store, 0.25, seed=1)
    assert sorted([*trained, *watched]) == list(range(72))
    groups = np.arange(72) // 4  # of 4 windows each, 8 of events and 10 of noise
    assert not set(groups[trained]) & set(groups[watched])
    assert (store.labels[watched] == 0).sum() == 8
    assert (store.labels[watched] == -1).sum() == 8
    assert hold_out(store, 0.0, seed=1)[1].size == 0
