"""Recordings in groups, windows in batches made ahead, the network loaded once."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from deepquake.core import configuration
from deepquake.core.errors import DeepQuakeError
from deepquake.core.report import Report
from deepquake.detection.detector import (
    GROUP_WINDOWS,
    LEAST,
    Detector,
    groups_of,
    in_batches,
    load_network,
)
from deepquake.detection.stations import ScoredRecording
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


def test_what_the_network_cannot_be_run_over_is_told(
    tmp_path: Path, loudness_detector: Path
) -> None:
    detector, report = Detector.load(loudness_detector), Report()
    long, short = made_recording("A"), made_recording("B", n_samples=200, name="short")
    assert detector.usable([long, short], tmp_path, report) == [long]
    assert [str(p) for p in report.problems] == ["short: is shorter than a window of 10 s"]
    with pytest.raises(DeepQuakeError, match="no usable waveform with the components"):
        detector.usable([short], tmp_path, report)


def test_files_that_have_gone_are_reported_and_the_others_read(loudness_detector: Path) -> None:
    report = Report()
    (scored,) = Detector.load(loudness_detector).score([made_recording("A")], report)
    assert len(scored.starts_s) == len(scored.probabilities) == 0
    assert scored.probabilities.shape == (0, 2)
    assert "day.mseed" in str(report.problems[0])


def test_the_network_is_loaded_once(loudness_detector: Path) -> None:
    assert load_network(loudness_detector) is load_network(loudness_detector)


def test_windows_that_hold_an_event_are_those_at_the_threshold_or_above() -> None:
    scored = ScoredRecording(
        recording=made_recording("A"),
        length_s=10.0,
        starts_s=np.arange(3.0),
        probabilities=np.array([[0.5, 0.5], [0.75, 0.25], [0.25, 0.75]], np.float32),
    )
    starts, probabilities = scored.events(0.5)
    assert starts.tolist() == [0, 2]
    assert probabilities[:, 1].tolist() == [0.5, 0.75]
