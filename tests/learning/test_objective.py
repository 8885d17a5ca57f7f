"""What networks are trained for: a UNet learns to tell P and S, and goes on where it stopped."""

from pathlib import Path

import numpy as np
import pytest

from deepquake.core.errors import DeepQuakeError
from deepquake.learning import training
from deepquake.learning.networks import load_checkpoint
from deepquake.learning.objective import objective_of
from deepquake.learning.picking.folded import curves
from deepquake.learning.store import Store
from tests.learning.made_windows import make_set, open_set, same_checkpoint, small_settings
from tests.learning.picking.made_excerpts import P_AT_S, RATE, make_excerpts, unet_settings


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return make_excerpts(tmp_path_factory.mktemp("excerpts"))


def train(store: Store, folder: Path, said: list[str] | None = None, **given: object) -> None:
    say = str if said is None else said.append
    training.train(store, unet_settings(**given), folder, say=say)


def test_a_unet_learns_where_p_and_s_are(store: Store, tmp_path: Path) -> None:
    said: list[str] = []
    recipe = {"unet_levels": 4, "max_checkpoint_step": 200, "batch_size": 16}
    train(store, tmp_path, said, weight_average=0.9, **recipe)
    assert "training on 9 arrivals of P and 6 stretches of noise" in said
    assert "validation on 5 arrivals and stretches that are not trained on" in said
    model, spec, step = load_checkpoint(tmp_path)
    assert (spec.class_names, step) == (("noise", "P", "S"), 200)
    (number,) = np.flatnonzero(store.event_ids == "event 8")  # its P is at P_AT_S
    _, p, s = curves(model, spec, store.gather([number]))[0]
    assert abs(p.argmax() - P_AT_S * RATE) < 15
    assert abs(s.argmax() - (P_AT_S + 2) * RATE) < 15


def test_a_unet_that_goes_on_ends_as_one_that_was_not_stopped(store: Store, tmp_path: Path) -> None:
    whole, halves = tmp_path / "whole", tmp_path / "halves"
    varied = {"augment_superpose": 0.5, "augment_mix_noise": 0.5, "augment_stretch": 0.5}
    varied["learning_rate_decay"] = "none"
    train(store, whole, **varied)
    train(store, halves, max_checkpoint_step=3, **varied)
    train(store, halves, resume=True, **varied)
    assert same_checkpoint(whole, halves)


def test_windows_of_another_network_are_refused(store: Store, tmp_path: Path) -> None:
    with pytest.raises(DeepQuakeError, match="window_size = 1001 samples, but 201"):
        training.train(store, small_settings(), tmp_path, say=str)
    with pytest.raises(DeepQuakeError, match="a UNet tells no regions apart"):
        train(store, tmp_path, n_clusters=3)


def test_a_window_network_is_watched_with_noise_and_events_alike(tmp_path: Path) -> None:
    windows = open_set(make_set(tmp_path, {-1: 24, 0: 8}))
    every = np.arange(len(windows))
    objective = objective_of(windows, every[4:], every[:4], settings=small_settings())
    assert objective.n_watched == 4
    assert objective.notes[-1] == "validation on 4 windows of events that are not trained on"
