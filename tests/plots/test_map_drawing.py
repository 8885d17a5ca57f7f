"""What a map shows, and how it writes coordinates."""

from pathlib import Path

import numpy as np
import pytest

from deepquake.earth import geo
from deepquake.earth.stations import Station
from deepquake.plots import map_drawing
from tests.plots.png import is_png

STATIONS = [Station("VE", "BENV", 9.96, -67.6, 666.0), Station("VE", "TURV", 10.45, -67.84, 58.0)]


def test_a_map_of_stations_alone_and_of_a_single_event(tmp_path: Path) -> None:
    map_drawing.draw_map(tmp_path / "b.png", "stations", [], stations=STATIONS)
    event = map_drawing.Places("one event", np.array([10.0]), np.array([-68.4]))
    map_drawing.draw_map(tmp_path / "c.png", "one event", [event])
    assert is_png(tmp_path / "b.png") and is_png(tmp_path / "c.png")


def test_stations_far_around_get_a_map_of_their_own(tmp_path: Path) -> None:
    """It is wider than one of the events alone."""
    far = [Station("VE", "FAR", 14.0, -60.0, 0.0), *STATIONS]
    events = map_drawing.Places("events", np.array([10.0, 10.1]), np.array([-68.4, -68.3]))
    map_drawing.draw_map(tmp_path / "near.png", "near", [events])
    map_drawing.draw_map(tmp_path / "far.png", "far", [events], stations=far)
    widths = [int.from_bytes((tmp_path / n).read_bytes()[16:20]) for n in ("near.png", "far.png")]
    assert widths[1] > widths[0]


def test_colour_and_marker_together_tell_64_regions_apart() -> None:
    looks = {(map_drawing.region_colour(i), map_drawing.region_marker(i)) for i in range(64)}
    assert len(looks) == 64


@pytest.mark.parametrize("lat", [0.0, 45.0, -65.0])
def test_a_map_shows_all_and_no_narrow_strip(lat: float) -> None:
    extent = map_drawing.extent_of([lat, lat + 0.01], [20.0, 22.0])
    assert extent.south < lat < lat + 0.01 < extent.north
    assert extent.west < 20.0 < 22.0 < extent.east
    wide = geo.distance_km(lat, extent.west, lat, extent.east)
    high = geo.distance_km(extent.south, 20.0, extent.north, 20.0)
    assert 0.6 * wide < high < wide


def test_a_map_across_the_antimeridian_is_not_the_whole_world() -> None:
    extent = map_drawing.extent_of([-18.0, -17.0], [179.5, -179.5])
    assert extent.east - extent.west < 3.0
    west, east = geo.wrap_longitude([179.5, -179.5], extent.middle[1])
    assert extent.west < west < east < extent.east


def test_coordinates_are_written_as_on_a_map() -> None:
    assert map_drawing.degrees(10.5, "NS") == "10.5°N"
    assert map_drawing.degrees(-0.25, "NS") == "0.25°S"
    assert map_drawing.degrees(181.0, "EW") == "179°W"
    assert [map_drawing.degrees(x, "EW") for x in (0, 180, -180)] == ["0°", "180°", "180°"]
