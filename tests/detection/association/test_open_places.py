"""An event whose arrivals leave its place open is told as not located."""

from dataclasses import replace

import pytest

from deepquake.detection.association.event import DetectedEvent
from deepquake.detection.association.open_places import with_open_places_told
from deepquake.earth.stations import Station
from tests.detection.outputs.made_located import located_event

RECORDED = [("2C", name) for name in ("LSKA", "MEDO", "SVIN")]


def told(error_km: float, wide_km: float) -> DetectedEvent:
    """Return what is told of an event whose place is known so well, in so wide a network."""
    made = located_event()
    assert made.origin is not None
    event = replace(made, origin=replace(made.origin, horizontal_error_km=error_km))
    degrees = wide_km / 111.19
    places = [
        Station("2C", "LSKA", 64.0, -21.3, 300.0),
        Station("2C", "MEDO", 64.0 + degrees, -21.3, 300.0),
        Station("2C", "SVIN", 64.0 + degrees / 2, -21.3, 300.0),
        Station("2C", "FAR", 60.0, 5.0, 0.0),  # that never recorded does not widen the network
    ]
    (only,) = with_open_places_told([event], places, RECORDED)
    return only


@pytest.mark.parametrize(
    ("error_km", "wide_km", "located"),
    [(19.0, 40.0, True), (21.0, 40.0, False), (4.0, 2.0, True), (6.0, 2.0, False)],
)
def test_a_place_is_open_where_its_circle_is_wider_than_the_network(
    error_km: float, wide_km: float, located: bool
) -> None:
    event = told(error_km, wide_km)
    assert (event.origin is not None) is bool(event.fits) is located
    assert len(event.arrivals) == 6


def test_an_event_of_an_open_place_says_why_and_has_the_time_of_its_first_arrival() -> None:
    event = told(21.0, 40.0)
    assert event.why_not_located == "its arrivals leave the place open: 40 km and more"
    assert event.time_s == event.arrivals[0].time_s
    assert event.event_id == "20181230030111"  # of that time
