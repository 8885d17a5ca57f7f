"""What is marked in the pictures of a recording, and which pages it has."""

from dataclasses import replace

import numpy as np

from deepquake.core import configuration
from deepquake.detection.pictures import PAGE_S, marks_of, pages_with_events
from deepquake.detection.stations import ScoredRecording
from deepquake.plots.streams import Marks
from tests.detection.test_events import detection, result
from tests.made_data import made_recording, make_arrivals


def test_marks_are_those_within_the_recording() -> None:
    arrivals = make_arrivals([55.0, 80.0, 505.0], [20.0, 600.0])
    station = replace(
        result("A", detection("A", 50), detection("A", 500), picks_s=tuple(arrivals.picked_s)),
        arrivals=arrivals,
    )
    scored = ScoredRecording(
        recording=made_recording("A"),
        length_s=10.0,
        starts_s=np.array([50.0]),
        probabilities=np.array([[0.25, 0.75]], np.float32),
    )
    marks = marks_of(station, scored, configuration.load({"detection_threshold": 0.7}))
    assert marks.detections == {"found": [(50, 60)]}
    assert (list(marks.window_times_s), list(marks.probabilities)) == ([55.0], [0.75])
    assert marks.threshold == 0.7
    assert (marks.found_s, marks.missed_s, marks.estimated_s) == ([55.0], [80.0], [20.0])


def test_pages_are_ten_minutes_of_the_day_that_hold_something() -> None:
    spans = {"found": [(PAGE_S - 5, PAGE_S + 5)], "false": [(5 * PAGE_S, 5 * PAGE_S + 1)]}
    marks = Marks(detections=spans, found_s=[10.0], missed_s=[8.5 * PAGE_S, 20 * PAGE_S])
    assert pages_with_events(marks, 0.0, 10 * PAGE_S) == [0, 1, 5, 8]
