"""What is marked in the pictures of a recording, and which pages it has."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from deepquake.core import configuration
from deepquake.detection.association.event import DetectedEvent
from deepquake.detection.pictures import PAGE_S, draw_found_map, marks_of, pages_with_events
from deepquake.detection.scoring import Scorer
from deepquake.detection.stations import ScoredRecording
from deepquake.earth.regions import Region, Regions
from deepquake.earth.stations import Station
from deepquake.learning.picking.arrivals import Acceptance
from deepquake.learning.spec import spec_of
from deepquake.plots import style
from deepquake.plots.detections import FoundArrival, Marks
from tests.detection.outputs.made_located import located_event
from tests.detection.test_events import detection, result
from tests.made_data import made_recording, make_arrivals


def test_marks_are_those_within_the_recording() -> None:
    picks = make_arrivals([55.0, 80.0, 505.0])
    station = replace(
        result("A", detection("A", 50), detection("A", 500), picks_s=tuple(picks.picked_s)),
        estimated_s=[20.0, 600.0],
    )
    scored = ScoredRecording(
        recording=made_recording("A"),
        length_s=10.0,
        starts_s=np.array([50.0]),
        probabilities=np.array([[0.25, 0.75]], np.float32),
    )
    settings = configuration.load({})
    scorer = Scorer(Path(), spec_of(settings), settings, accepted={"P": Acceptance(0.7)})
    marks = marks_of(station, scored, scorer)
    assert [(a.phase, a.time_s, a.outcome) for a in marks.arrivals] == [("P", 55.0, "found")]
    assert marks.curve_times_s is not None
    assert (list(marks.curve_times_s), list(marks.curves["P"])) == ([55.0], [0.75])
    assert marks.thresholds == {"P": 0.7}
    assert (marks.found_s, marks.missed_s, marks.estimated_s) == ([55.0], [80.0], [20.0])


def test_pages_are_ten_minutes_of_the_day_that_hold_an_arrival() -> None:
    found = [FoundArrival("P", PAGE_S - 5, 0.9, "found"), FoundArrival("S", 5 * PAGE_S, 0.9, "")]
    marks = Marks(arrivals=found, found_s=[10.0], missed_s=[8.5 * PAGE_S])
    pages = pages_with_events(marks, np.array([[0.0, 10 * PAGE_S]]))
    assert pages == {n: (n * PAGE_S, (n + 1) * PAGE_S) for n in (0, 5, 8)}


def test_no_page_shows_a_second_of_data() -> None:
    """What a record has beyond full pages is on the page beside; gaps at the ends are cut off."""
    times_s = [PAGE_S - 0.5, 1.5 * PAGE_S, 3 * PAGE_S + 0.5, 7.5 * PAGE_S, 9 * PAGE_S]
    recorded_s = [
        *[(PAGE_S - 1, 3 * PAGE_S + 1), (7.5 * PAGE_S - 30, 7.5 * PAGE_S + 60)],
        (9 * PAGE_S - 30, 9 * PAGE_S + 10),
    ]
    pages = pages_with_events(Marks(found_s=times_s), np.array(recorded_s))
    assert pages == {
        1: (PAGE_S - 1, 2 * PAGE_S),
        2: (2 * PAGE_S, 3 * PAGE_S + 1),
        7: (7.5 * PAGE_S - 30, 7.5 * PAGE_S + 60),
        8: (9 * PAGE_S - 30, 9 * PAGE_S + 10),
    }
    assert pages_with_events(Marks(), np.array(recorded_s)) == {}


def test_the_map_has_events_where_they_are_or_counts_where_none_is_located(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[Figure] = []
    monkeypatch.setattr(style, "save", lambda figure, path: drawn.append(figure))
    centroids = (64.0, -21.3, 5.0), (64.2, -21.3, 5.0)
    of = tuple(Region(k, f"region {k}", centroid=at) for k, at in enumerate(centroids))
    regions, located = Regions("kmeans", of), replace(located_event(), place_region=1)
    elsewhere = DetectedEvent((detection("A", 50),))
    for detected in ([located, elsewhere], [elsewhere]):
        draw_found_map(
            tmp_path / "map.png",
            [],
            detected,
            events=[],
            regions=regions,
            stations=[Station("2C", "LSKA", 64.05, -21.3, 300.0)],
        )
    places, counts = drawn
    words = [text.get_text() for text in places.legends[0].get_texts()]
    assert words[0] == "region 1: 1 event" and "station" in words
    assert places.texts[0].get_text() == "events located: 1 of 2"
    assert not counts.legends and len(counts.axes) == 1
