"""A stream that grows: the same is found as in the whole of it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from deepquake.core import configuration
from deepquake.core.report import Report
from deepquake.detection.detector import Detector, load_detector
from deepquake.detection.following.streams import (
    FollowedStream,
    before_of,
    context_s,
    is_of_same_grid,
    renewed,
    scored_stream,
    without_past,
)
from deepquake.learning.spec import checkpoint_folder
from deepquake.waveforms.recording import Recording, between
from deepquake.waveforms.scan import find_recordings
from tests.detection.following.played import START_S, made_packets, write_all

NOTHING = np.empty((0, 2))


@pytest.fixture(scope="module")
def detector() -> Detector:
    """The network that comes along."""
    return load_detector(checkpoint_folder(Path("pretrained")), configuration.load({}))


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory, detector: Detector) -> Recording:
    """A station's record."""
    folder = tmp_path_factory.mktemp("records")
    write_all(folder, made_packets())
    settings = detector.settings.records
    return find_recordings(folder, settings, Report(), station="AAA")[0]


def grown(
    recordings: list[Recording], detector: Detector, since_s: float = -np.inf
) -> FollowedStream:
    """Return what is found in the last of some recordings, each of which the one before became."""
    stream = None
    for recording in recordings:
        before = None if stream is None else before_of(recording, [stream])
        stream = renewed(
            before, recording, NOTHING, scorer=detector.scorer(), since_s=since_s, report=Report()
        )
    assert stream is not None
    return stream


def test_a_stream_that_grows_gives_what_the_whole_gives(
    recording: Recording, detector: Detector
) -> None:
    whole = grown([recording], detector)
    parts = [between([recording], -np.inf, START_S + s)[0] for s in (30.0, 45.0, 93.0, 94.0, 120.0)]
    in_turns = grown([*parts, recording], detector)
    assert len(whole.arrivals) >= 4
    for one, other in zip(whole.arrivals, in_turns.arrivals, strict=True):
        assert one.phase == other.phase
        assert one.time_s == pytest.approx(other.time_s, abs=1e-3)
        assert one.probability == pytest.approx(other.probability, abs=1e-3)
    assert in_turns.heard_s == pytest.approx(whole.heard_s)


def test_a_hole_that_is_filled_is_looked_at(recording: Recording, detector: Detector) -> None:
    (stretch,) = recording.stretches
    begin, rest = between([recording], -np.inf, START_S + 60)[0], START_S + 100
    end = between([recording], rest, np.inf)[0]
    pieces = {c: tuple(p for p in of if p.start_s < 0) for c, of in recording.pieces.items()}
    assert pieces and stretch.n_samples
    holed = replace(recording, stretches=(*begin.stretches, *end.stretches))
    whole, filled = grown([recording], detector), grown([holed, recording], detector)
    assert [a.phase for a in filled.arrivals] == [a.phase for a in whole.arrivals]
    assert filled.heard_s == pytest.approx(whole.heard_s)


def test_nothing_new_leaves_all_as_it_was(recording: Recording, detector: Detector) -> None:
    stream = grown([recording], detector)
    again = renewed(
        stream, recording, NOTHING, scorer=detector.scorer(), since_s=-np.inf, report=Report()
    )
    assert again.arrivals is stream.arrivals
    fresh = np.array([[START_S + 60.0, START_S + 61.0]])
    again = renewed(
        stream, recording, fresh, scorer=detector.scorer(), since_s=-np.inf, report=Report()
    )
    assert again.arrivals is stream.arrivals, "found again, but for rounding"


def test_what_is_near_the_end_is_held_back(recording: Recording, detector: Detector) -> None:
    end_s = recording.span()[1]
    arrival = grown([recording], detector).arrivals[0]
    arrivals = [
        replace(arrival, time_s=end_s - before_s, probability=score)
        for before_s in (20.0, 10.0, 2.0)
        for score in (0.6, 0.95)
    ]
    stream = replace(grown([recording], detector), arrivals=arrivals)
    held = scored_stream(stream, is_whole=False)
    assert held.detections == [arrivals[0], arrivals[1], arrivals[3]]
    assert held.heard_s[0][-1, 1] == pytest.approx(end_s - 5.0, abs=0.02)
    assert scored_stream(stream).detections == arrivals


def test_the_past_is_forgotten_and_not_looked_for(recording: Recording, detector: Detector) -> None:
    stream = grown([recording], detector)
    late = without_past(stream, START_S + 60.0)
    assert 0 < len(late.arrivals) < len(stream.arrivals)
    assert late.heard_s[0, 0] == START_S + 60.0
    assert grown([recording], detector, START_S + 60.0).arrivals == late.arrivals


def test_another_grid_begins_anew(recording: Recording, detector: Detector) -> None:
    shifted = replace(recording, start_s=recording.start_s + 0.004)
    assert not is_of_same_grid(shifted, recording)
    assert before_of(shifted, [grown([recording], detector)]) is None


def test_the_network_looks_a_minute_to_either_side(detector: Detector) -> None:
    left_s, right_s = context_s(detector.scorer())
    assert 56 < left_s < right_s < 70
