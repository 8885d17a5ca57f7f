"""Counts of a run and its scores by a catalogue."""

import numpy as np
import pytest

from deepquake.detection.events import associate
from deepquake.detection.scores import catalogue_scores, detection_counts
from deepquake.detection.scoring import ScoredRecording
from deepquake.detection.stations import StationResult
from tests.detection.test_events import detection, result
from tests.made_data import made_recording

NORTH, SOUTH = (0.9, 0.1), (0.2, 0.8)


def stations() -> list[StationResult]:
    """Return two stations: of two events one is found at both, of three detections one is false."""
    return [
        result("A", detection("A", 0, NORTH), detection("A", 100, SOUTH), picks_s=(5.0, 500.0)),
        result("B", detection("B", 2, SOUTH), picks_s=(6.0,)),
    ]


def test_scores_are_of_picks_detections_and_events() -> None:
    results = stations()
    scores = catalogue_scores(results, associate(results), event_regions=[0, 1], n_classes=3)
    assert (scores["picks"], scores["picksFound"], scores["recall"]) == (3, 2, pytest.approx(2 / 3))
    assert (scores["trueDetections"], scores["falseDetections"]) == (2, 1)
    assert scores["precision"] == scores["f1"] == pytest.approx(2 / 3)
    assert (scores["events"], scores["eventsFound"], scores["eventRecall"]) == (2, 1, 0.5)
    assert (scores["located"], scores["locatedRight"], scores["locationAccuracy"]) == (2, 1, 0.5)
    assert (scores["trueDetectedEvents"], scores["eventPrecision"]) == (1, 0.5)
    assert (scores["eventsLocated"], scores["eventsLocatedRight"]) == (1, 1)
    several = scores["severalStations"]
    assert (several["detectedEvents"], several["eventsFound"]) == (1, 1)


def test_of_two_classes_there_are_no_regions_and_what_is_not_known_is_none() -> None:
    results = stations()
    scores = catalogue_scores(results, associate(results), event_regions=[0, 0], n_classes=2)
    assert (scores["located"], scores["locationAccuracy"]) == (0, None)
    scores = catalogue_scores([], [], event_regions=[], n_classes=3)
    assert {scores[name] for name in ("precision", "recall", "f1", "eventPrecision")} == {None}


def test_counts_are_by_station_and_region() -> None:
    results = stations()
    results[0].scored.append(
        ScoredRecording(
            recording=made_recording("A"),
            length_s=10.0,
            starts_s=np.arange(3.0),
            probabilities=np.array([[0.6, 0.4, 0], [0.4, 0.6, 0], [0.1, 0.1, 0.8]], np.float32),
            n_unusable=4,
        )
    )
    names = ("noise", "north", "south")
    counts = detection_counts(results, associate(results), class_names=names, threshold=0.5)
    assert (counts["streams"], counts["stations"]) == (1, 2)
    assert (counts["windows"], counts["eventWindows"], counts["unusableWindows"]) == (3, 2, 4)
    assert counts["detectionsByStation"] == {"XX.A": 2, "XX.B": 1}
    assert counts["detectionsByRegion"] == {"north": 1, "south": 2}
    assert counts["detectedEventsByRegion"] == {"north": 1, "south": 1}
