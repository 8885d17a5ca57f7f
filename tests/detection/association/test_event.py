"""What an event tells of its arrivals."""

from dataclasses import replace

from deepquake.detection.association.event import DetectedEvent
from deepquake.detection.stations import NO_REGION
from tests.detection.test_events import detection


def test_a_located_event_is_of_the_region_of_its_place() -> None:
    p = detection("A", 0, regions=(0.2, 0.8))
    event = DetectedEvent((p, replace(p, phase="S", time_s=8.0)))
    assert event.network_region == event.cluster_id == 1
    assert replace(event, place_region=0).cluster_id == 0
    assert event.place_region == NO_REGION
    assert event.detections == (p,)
