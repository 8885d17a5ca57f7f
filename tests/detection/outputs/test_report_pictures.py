"""The pictures that a report begins with."""

from dataclasses import replace
from pathlib import Path

from deepquake.detection.outputs.report_pictures import events_map, events_timeline
from tests.detection.outputs.made_report import made_report


def test_without_an_event_that_is_located_there_is_no_map(tmp_path: Path) -> None:
    content = made_report(tmp_path)
    assert events_map(content.events[1:], content.stations, None) is None
    figure = events_map(content.events, content.stations, None, missed=content.catalogue[:1])
    assert figure is not None
    words = [text.get_text() for text in figure.legends[0].get_texts()]
    assert words == ["1 event", "1 of the catalogue, missed", "station"]


def test_an_event_of_a_poor_place_does_not_stretch_the_map(tmp_path: Path) -> None:
    content = made_report(tmp_path)
    good = content.events[0]
    assert good.origin is not None
    far = replace(good.origin, latitude=14.0, horizontal_error_km=200.0)
    alone = events_map([good], content.stations, None)
    both = events_map([good, replace(good, origin=far)], content.stations, None)
    assert alone is not None and both is not None
    assert alone.axes[0].get_ylim() == both.axes[0].get_ylim()
    words = [text.get_text() for text in both.legends[0].get_texts()]
    assert words == [
        "1 event, error above 6.2 km",
        "1 event",
        "station",
        "1 event outside the map",
    ]


def test_a_timeline_has_a_row_for_each_station(tmp_path: Path) -> None:
    content = made_report(tmp_path)
    figure = events_timeline(content.events, content.arrivals, content.recorded_s)
    assert figure is not None
    names = [label.get_text() for label in figure.axes[1].get_yticklabels()]
    assert names == ["XX.AAA", "XX.BBB", "XX.CCC"]
    assert events_timeline([], [], {}) is None
