"""Recordings in groups, windows in batches made ahead, the network loaded once."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from deepquake.core import configuration
from deepquake.detection.scoring import GROUP_WINDOWS, LEAST, groups_of, in_batches, load_network
from tests.made_data import made_recording
from tests.steps.loudness import SETTINGS


def blocks(*sizes: int) -> Iterator[np.ndarray]:
    """Yield arrays of this many rows, numbered throughout."""
    ends = np.cumsum(sizes)
    yield from np.split(np.arange(ends[-1]), ends[:-1])


def test_small_blocks_are_joined_in_their_order() -> None:
    sizes = (LEAST - 2, 0, 2, LEAST, 2, 1, 0)
    batches = list(in_batches(blocks(*sizes)))
    assert [len(batch) for batch in batches] == [LEAST, LEAST, 3]
    assert np.concatenate(batches).tolist() == list(range(sum(sizes)))
    assert list(in_batches(iter([]))) == list(in_batches(blocks(0))) == []


def test_recordings_are_handed_out_in_groups_of_about_so_many_windows() -> None:
    settings = configuration.load(SETTINGS)
    half = round(GROUP_WINDOWS * SETTINGS["sampling_rate"] / 2) + 1
    recordings = [made_recording("A", n_samples=n) for n in (half, half, 2 * half, 10, 10)]
    groups = list(groups_of(recordings, settings))
    assert [len(group) for group in groups] == [2, 1, 2]
    assert [recording for group in groups for recording in group] == recordings


def test_the_network_is_loaded_once(loudness_detector: Path) -> None:
    assert load_network(loudness_detector) is load_network(loudness_detector)
