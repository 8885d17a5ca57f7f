"""What a map shows, and how it writes coordinates."""

import pytest

from deepquake.earth import geo
from deepquake.plots import extents


@pytest.mark.parametrize("lat", [0.0, 45.0, -65.0])
def test_a_map_shows_all_and_no_narrow_strip(lat: float) -> None:
    extent = extents.extent_of([lat, lat + 0.01], [20.0, 22.0])
    assert extent.south < lat < lat + 0.01 < extent.north
    assert extent.west < 20.0 < 22.0 < extent.east
    wide = geo.distance_km(lat, extent.west, lat, extent.east)
    high = geo.distance_km(extent.south, 20.0, extent.north, 20.0)
    assert 0.6 * wide < high < wide


def test_a_map_across_the_antimeridian_is_not_the_whole_world() -> None:
    extent = extents.extent_of([-18.0, -17.0], [179.5, -179.5])
    assert extent.east - extent.west < 3.0
    west, east = geo.wrap_longitude([179.5, -179.5], extent.middle[1])
    assert extent.west < west < east < extent.east


def test_coordinates_are_written_as_on_a_map() -> None:
    assert extents.degrees(10.5, "NS") == "10.5°N"
    assert extents.degrees(-0.25, "NS") == "0.25°S"
    assert extents.degrees(181.0, "EW") == "179°W"
    assert [extents.degrees(x, "EW") for x in (0, 180, -180)] == ["0°", "180°", "180°"]
