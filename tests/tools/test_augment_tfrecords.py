"""Varied copies of TFRecords: beside the originals, the same for the same seed."""

from pathlib import Path

import numpy as np
import pytest

from deepquake.core.errors import DeepQuakeError
from deepquake.core.settings import AugmentationSettings
from deepquake.learning.store import open_part
from deepquake.tools.augment_tfrecords import augment_files
from deepquake.windows.tfrecords import Example, write_examples
from tests.learning.picking.made_excerpts import make_excerpts


def write_set(folder: Path, noise: bool = True) -> None:
    data = np.random.default_rng(0).standard_normal((6, 1, 101), np.float32)
    for name, some, label in (("positive/a", data[:3], 0), ("negative/b", data[3:], -1)):
        if noise or label == 0:
            made = [Example(d, label, 1e9 + i, f"e{i}", "N", "S") for i, d in enumerate(some)]
            write_examples(folder / "train" / f"{name}.tfrecords", made)


def augment(
    source: Path, target: Path, settings: AugmentationSettings, copies: int = 1
) -> tuple[int, int]:
    return augment_files(source, target, copies=copies, settings=settings, seed=1)


def test_the_tool_writes_originals_and_copies(tmp_path: Path) -> None:
    write_set(tmp_path / "in")
    settings = AugmentationSettings(augment_noise_std=0.3, augment_mix_noise=0.5)
    for name in ("out", "again"):
        assert augment(tmp_path / "in", tmp_path / name, settings, copies=2) == (6, 12)
    before = open_part(tmp_path / "in", "train")
    after = open_part(tmp_path / "out", "train")
    assert after.signature == before.signature
    assert after.labels.tolist() == [0] * 9 + [-1] * 9
    assert after.event_ids.tolist() == ["e0", "e1", "e2"] * 6
    np.testing.assert_array_equal(after.gather([0, 1, 2]), before.gather([0, 1, 2]))
    assert not np.array_equal(after.gather([3]), after.gather([6]))
    for path in after.paths:
        twin = tmp_path / "again" / path.relative_to(tmp_path / "out")
        assert twin.read_bytes() == path.read_bytes()


def test_the_tool_refuses_what_makes_no_sense(tmp_path: Path) -> None:
    write_set(tmp_path / "in", noise=False)
    nothing = AugmentationSettings(augment_polarity=0.0)
    with pytest.raises(DeepQuakeError, match="nothing to vary"):
        augment(tmp_path / "in", tmp_path / "out", nothing)
    noise = AugmentationSettings(augment_mix_noise=0.5)
    with pytest.raises(DeepQuakeError, match="is where the windows come from"):
        augment(tmp_path / "in", tmp_path / "in", noise)
    with pytest.raises(DeepQuakeError, match="holds no noise window"):
        augment(tmp_path / "in", tmp_path / "out", noise)
    component = AugmentationSettings(augment_polarity=0.0, augment_dead_component=0.5)
    with pytest.raises(DeepQuakeError, match="needs windows of two components or more"):
        augment(tmp_path / "in", tmp_path / "out", component)
    assert not (tmp_path / "out").exists()


def test_copies_of_another_set_take_nothing_away(tmp_path: Path) -> None:
    write_set(tmp_path / "in")
    settings = AugmentationSettings(augment_noise_std=0.3)
    for _ in range(2):  # the same again is fine
        augment(tmp_path / "in", tmp_path / "out", settings)
    path = tmp_path / "out" / "train" / "positive" / "a.tfrecords"
    whole = path.read_bytes()
    data = np.random.default_rng(1).standard_normal((2, 1, 101), np.float32)
    examples = [Example(d, 0, 1e9 + i, f"e{i}", "N", "S") for i, d in enumerate(data)]
    write_examples(tmp_path / "other" / "positive" / "a.tfrecords", examples)
    with pytest.raises(DeepQuakeError, match="a.tfrecords: was made from records that .*--output"):
        augment(tmp_path / "other", tmp_path / "out", settings)
    assert path.read_bytes() == whole


def test_excerpts_of_a_unet_are_left_to_step_4(tmp_path: Path) -> None:
    make_excerpts(tmp_path / "set", n_events=2, n_noise=2)
    settings = AugmentationSettings(augment_noise_std=0.3)
    with pytest.raises(DeepQuakeError, match="holds excerpts for a UNet"):
        augment(tmp_path / "set", tmp_path / "out", settings)
