"""Made windows as TFRecords, settings of a small network, and training it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from deepquake.core import configuration
from deepquake.core.settings import Settings
from deepquake.learning import training
from deepquake.learning.networks import Network
from deepquake.learning.spec import read_checkpoint
from deepquake.learning.store import Store, open_part
from deepquake.windows.tfrecords import Example, write_examples

SAMPLES = 201
SMALL = {"window_size": 2.0, "batch_size": 16, "max_checkpoint_step": 6}
SMALL |= {"checkpoint_step": 3, "display_step": 2, "plot": False, "validation_fraction": 0.25}
SMALL |= {"model": "ConvNetQuake2", "num_conv_layers": 2, "ksize": 5, "learning_rate": 0.01}


def small_settings(**given: Any) -> Settings:
    return configuration.load(SMALL | given)


def make_set(folder: Path, per_label: dict[int, int], named: bool = True) -> Path:
    """Write windows of noise (label -1) and of onsets (0 and above), 4 to an event or hour."""
    rng = np.random.default_rng(0)
    for label, count in per_label.items():
        made = []
        for i in range(count):
            data = rng.standard_normal((1, SAMPLES), np.float32)
            if label >= 0:
                data[0, 80:] *= 8
            event = f"{label} {i // 4}" if named else ""
            start_s = 1e9 + label * 1e6 + (i // 4) * 3600
            made.append(Example(data, label, start_s, event, "XX", "AAA"))
        half = "negative" if label < 0 else "positive"
        write_examples(folder / "train" / half / f"{label}.tfrecords", made)
    return folder


def open_set(folder: Path) -> Store:
    return open_part(folder, "train")


def train_small(
    store: Store, folder: Path, say: Callable[[str], Any] = str, **given: Any
) -> Network:
    return training.train(store, small_settings(**given), folder, say=say)


def same_checkpoint(first: Path, second: Path) -> bool:
    """Check that two folders hold the same network, step, weights and moments."""
    *head, arrays = read_checkpoint(first)
    *other_head, others = read_checkpoint(second)
    assert head == other_head
    return all(
        np.array_equal(array, other)
        for group in arrays
        for array, other in zip(arrays[group], others[group], strict=True)
    )
