"""A look at samples: what is dead, flat or clipped, and which recordings are looked at."""

from pathlib import Path

import numpy as np
import pytest

from deepquake.core.report import Report
from deepquake.tools.check.samples import N_PLACES, PLACE_S, choose, marks, stretch_spans
from tests.waveforms.waveform_files import START, noise, scanned, trace, write


def test_dead_flat_and_clipped_components_are_named(tmp_path: Path) -> None:
    flat = noise(9000)
    flat[2000:2500] = 7
    clip = np.clip(noise(9000, 3) * 10, -1000, 1000)
    write(tmp_path / "f", trace(flat, "HHZ"), trace(clip, "HHN"), trace(flat * 0, "HHE"))
    [recording], _ = scanned(tmp_path)
    found, flat_s = marks(recording, Report())
    assert set(found) == {"Z flat", "N clipped", "E dead"}
    assert flat_s == pytest.approx(5.0)


def test_of_a_long_recording_some_places_are_looked_at(tmp_path: Path) -> None:
    data = noise(100_000)
    data[20_000:25_000] = 7  # between the first place and the second
    data[-3000:] = 8  # in the last place
    write(tmp_path / "f", trace(data))
    [recording], _ = scanned(tmp_path)
    assert N_PLACES * PLACE_S < 1000
    assert marks(recording, Report()) == (["Z flat"], pytest.approx(30.0))


def test_recordings_to_look_at_are_spread_over_the_stations() -> None:
    assert choose([3, 1], look_at=100) == [[0, 1, 2], [0]]
    assert choose([100, 1], look_at=3) == [[0, 99], [0]]
    assert choose([3, 1], look_at=0) == [[], []]
    assert choose([], look_at=3) == []


def test_stretches_end_after_their_last_sample(tmp_path: Path) -> None:
    write(tmp_path / "f", trace(noise(1000)), trace(noise(500), start=START + 20))
    [recording], _ = scanned(tmp_path)
    spans = stretch_spans(recording) - START.timestamp
    assert spans == pytest.approx(np.array([[0.0, 10.0], [20.0, 25.0]]))
