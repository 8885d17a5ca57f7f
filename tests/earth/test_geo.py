"""Geometry on a sphere."""

import numpy as np
import pytest

from deepquake.earth import geo


def test_great_circle_distances() -> None:
    # Berlin to Tokyo, 8918 km on a sphere of that radius
    assert geo.distance_km(52.517, 13.4, 35.7, 139.767) == pytest.approx(8918, abs=2)
    assert geo.distance_km(0, 179.5, 0, -179.5) == pytest.approx(111.195, abs=0.01)
    assert geo.distance_km(90, 0, -90, 77) == pytest.approx(np.pi * geo.EARTH_RADIUS_KM)


def test_positions_in_the_earth_come_back() -> None:
    lat, lon, depth = (
        np.array([0.0, 64.7, -89.0]),
        np.array([-179.0, -17.0, 170.0]),
        [0.0, 6.5, 600],
    )
    back = geo.geographic(geo.cartesian_km(lat, lon, depth))
    np.testing.assert_allclose(back, [lat, lon, depth], atol=1e-9)


def test_the_middle_of_points_across_the_antimeridian() -> None:
    lat, lon = geo.middle([-18, -18], [179, -177])
    assert (lat, lon) == (pytest.approx(-18, abs=0.05), pytest.approx(-179, abs=1e-6))


def test_a_degree_is_as_long_as_said() -> None:
    assert geo.distance_km(0, 0, 1, 0) == pytest.approx(geo.KM_PER_DEGREE, abs=1e-3)


def test_left_of_a_line_is_positive_and_on_it_is_zero() -> None:
    line = (0.0, 10.0, 0.0, 20.0)  # along the equator, eastward
    away = geo.left_of_line_km([1.0, 0.0, -1.0], [15.0, 170.0, 15.0], line)
    assert away == pytest.approx([geo.KM_PER_DEGREE, 0.0, -geo.KM_PER_DEGREE], abs=1e-3)


def test_the_distance_from_a_segment_is_that_to_its_end_beyond_it() -> None:
    away = geo.segment_distance_km([1.0, 0.0], [15.0, 22.0], (0.0, 10.0, 0.0, 20.0))
    assert away == pytest.approx([geo.KM_PER_DEGREE, 2 * geo.KM_PER_DEGREE], abs=1e-3)


def test_a_hole_and_the_antimeridian_do_not_mislead_a_polygon() -> None:
    outer = np.array([(-1.0, 178.0), (1.0, 178.0), (1.0, -178.0), (-1.0, -178.0)])
    hole = np.array([(-0.5, 179.5), (0.5, 179.5), (0.5, -179.5), (-0.5, -179.5)])
    inside = geo.in_polygon([0.0, 0.0, 0.0, 0.0], [180.0, 179.0, -179.0, 0.0], [outer, hole])
    assert inside.tolist() == [False, True, True, False]


def test_longitudes_are_wrapped() -> None:
    assert geo.wrap_longitude([-179.0, 10.0], 180.0).tolist() == [181.0, 10.0]


def test_a_map_at_60_degrees_is_twice_as_high_as_wide_per_degree() -> None:
    assert geo.map_aspect(60.0) == pytest.approx(2.0)
