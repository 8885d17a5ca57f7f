"""Source regions: which region an event is given to."""

from pathlib import Path

import numpy as np
import pytest

from deepquake.catalog.events import Event
from deepquake.core.report import Report
from deepquake.earth.regions import assign_events, count_events
from tests.earth.made_regions import centroid, clusters, line, load, polygon, square

# --- centroids


def test_the_nearest_centroid_is_the_region(tmp_path: Path) -> None:
    regions = load(tmp_path, clusters("kmeans", centroid(0, 10.3, -68.0), centroid(1, 8.2, -72.2)))
    assert regions.labels == ["c0", "c1"]
    assert regions.assign(10.0, -68.5, 5.0) == 0
    assert regions.assign(8.5, -72.0, 5.0) == 1


def test_distance_is_on_the_sphere_not_in_degrees(tmp_path: Path) -> None:
    # at 65 N, 1.5 degrees of longitude are 70 km and 1 degree of latitude is 111 km
    regions = load(tmp_path, clusters("kmeans", centroid(0, 66.0, -17.0), centroid(1, 65.0, -15.5)))
    assert regions.assign(65.0, -17.0, 0.0) == 1


def test_centroids_on_both_sides_of_the_antimeridian(tmp_path: Path) -> None:
    regions = load(tmp_path, clusters("kmeans", centroid(0, -18, 179.5), centroid(1, -18, 170)))
    assert regions.assign(-18, -179.5) == 0
    assert regions.assign(-18, 180.5) == 0


def test_depth_counts_only_where_event_and_all_centroids_have_one(tmp_path: Path) -> None:
    deep = clusters("kmeans", centroid(0, 10.0, -68.0, 100.0), centroid(1, 10.0, -67.5, 5.0))
    regions = load(tmp_path, deep)
    assert regions.uses_depth
    assert regions.assign(10.0, -68.0, 5.0) == 1  # 55 km away at its depth; 95 km above the other
    assert regions.assign(10.0, -68.0, 90.0) == 0
    assert regions.assign(10.0, -68.0, None) == 0  # by epicentre
    half = clusters("kmeans", centroid(0, 10.0, -68.0, 100.0), centroid(1, 10.0, -67.5, None))
    regions = load(tmp_path, half)
    assert not regions.uses_depth
    assert regions.assign(10.0, -68.0, 5.0) == 0


def test_old_centroids_of_depth_zero_compare_epicentres(tmp_path: Path) -> None:
    regions = load(tmp_path, clusters("kmeans", centroid(0, 10.0, -68.0), centroid(1, 10.0, -67.0)))
    for depth in (0.0, 30.0, 600.0):
        assert regions.assign(10.0, -67.51, depth) == 0
        assert regions.assign(10.0, -67.49, depth) == 1


def test_between_two_equally_near_centroids_it_is_the_first_in_the_file(tmp_path: Path) -> None:
    regions = load(tmp_path, clusters("kmeans", centroid(1, 0, 11), centroid(0, 0, 9)))
    assert regions.assign(0, 10) == 1


# --- lines


def test_each_line_of_an_old_file_is_a_fault_with_the_events_near_it(tmp_path: Path) -> None:
    faults = clusters(
        "lines",
        line(0, 10.555322, -68.060303, 10.395975, -68.639832),
        line(1, 10.347344, -68.082275, 10.222763, -68.337708),
        line(2, 10.144635, -67.854309, 10.009425, -68.148193),
    )
    regions = load(tmp_path, faults)
    assert len(regions) == 3
    # on either side of each fault
    assert [regions.assign(10.60, -68.3), regions.assign(10.44, -68.35)] == [0, 0]
    assert [regions.assign(10.32, -68.2), regions.assign(10.25, -68.2)] == [1, 1]
    assert [regions.assign(10.11, -68.0), regions.assign(10.02, -68.0)] == [2, 2]
    assert regions.assign(10.555322, -68.060303) == 0  # exactly on one


def test_a_fault_ends_at_its_ends(tmp_path: Path) -> None:
    # the endless continuation of the first passes through the event, 200 km beyond its end
    regions = load(tmp_path, clusters("lines", line(0, 0, 0, 0, 1), line(1, 1, 3, 1, 4)))
    assert regions.assign(0.0, 3.0) == 1


def test_dividing_lines_cut_the_map_from_left_to_right(tmp_path: Path) -> None:
    # two lines that run north: west of 20 E, 20 to 30 E, and the rest
    rest = {"id": 2, "label": "east"}
    content = clusters("lines", line(0, 0, 20, 1, 20), line(1, 0, 30, 1, 30), rest, rule="sides")
    regions = load(tmp_path, content)
    assert [regions.assign(0.5, lon) for lon in (10, 25, 40)] == [0, 1, 2]
    assert regions.assign(5.0, 25) == 1  # lines go on beyond their points
    assert regions.labels == ["l0", "l1", "east"]


def test_an_event_on_a_dividing_line_is_to_its_left(tmp_path: Path) -> None:
    rest = {"id": 1, "label": "right"}
    there = load(tmp_path, clusters("lines", line(0, 0, 20, 10, 20), rest, rule="sides"))
    back = load(tmp_path, clusters("lines", line(0, 10, 20, 0, 20), rest, rule="sides"))
    for lat in (0.0, 5.0, 10.0, 60.0):
        assert there.assign(lat, 20.0) == back.assign(lat, 20.0) == 0
        assert there.assign(lat, 20.00001) == 1 and back.assign(lat, 20.00001) == 0


def test_right_of_all_dividing_lines_is_no_region_without_a_rest(tmp_path: Path) -> None:
    regions = load(tmp_path, clusters("lines", line(0, 0, 20, 1, 20), rule="sides"))
    assert regions.assign(0.5, 21) is None


def test_dividing_lines_that_cross(tmp_path: Path) -> None:
    # north of the equator; of what is south, west of 0; the rest
    rest = {"id": 2, "label": "south-east"}
    content = clusters("lines", line(0, 0, 0, 0, 10), line(1, -10, 0, 10, 0), rest, rule="sides")
    regions = load(tmp_path, content)
    assert [regions.assign(5, -5), regions.assign(5, 5)] == [0, 0]
    assert [regions.assign(-5, -5), regions.assign(-5, 5)] == [1, 2]


# --- polygons


def test_an_event_in_no_polygon_has_no_region(tmp_path: Path) -> None:
    regions = load(tmp_path, clusters("polygons", square(0, 10, -68), square(1, 12, -68)))
    assert [regions.assign(10, -68), regions.assign(12, -68)] == [0, 1]
    assert regions.assign(11, -68) is None
    assert regions.assign(-68, 10) is None


def test_x_is_latitude_and_a_polygon_has_any_number_of_corners(tmp_path: Path) -> None:
    triangle = polygon(0, (10, -68), (11, -68), (10, -67))
    star = polygon(1, (0, 0), (2, 1), (0, 2), (2, 3), (0, 4), (4, 2))
    regions = load(tmp_path, clusters("polygons", triangle, star))
    assert regions.assign(10.2, -67.8) == 0
    assert regions.assign(0.5, 1.0) is None  # in the notch of the second
    assert regions.assign(2.5, 2.0) == 1


def test_of_overlapping_polygons_the_first_in_the_file_wins(tmp_path: Path) -> None:
    regions = load(tmp_path, clusters("polygons", square(1, 10.0, 20.4), square(0, 10.0, 20.0)))
    assert regions.assign(10.0, 20.2) == 1
    assert regions.assign(10.0, 19.6) == 0


@pytest.mark.parametrize("place", [(10, 20), (11, 20), (10.5, 20), (10, 20.7), (11, 21)])
def test_an_edge_belongs_to_the_polygon(tmp_path: Path, place: tuple[float, float]) -> None:
    regions = load(tmp_path, clusters("polygons", square(0, 10.5, 20.5)))
    assert regions.assign(*place) == 0


def test_a_polygon_across_the_antimeridian(tmp_path: Path) -> None:
    regions = load(
        tmp_path,
        clusters("polygons", polygon(0, (-20, 178), (-16, 178), (-16, -178), (-20, -178))),
    )
    assert [regions.assign(-18, lon) for lon in (179, 180, -180, -179, 181)] == [0] * 5
    assert regions.assign(-18, 0) is None
    assert regions.assign(-18, 177.9) is None


# --- ids, classes, events


def test_classes_are_the_ranks_of_the_ids(tmp_path: Path) -> None:
    content = clusters("kmeans", centroid(20, 0, 20), centroid(5, 0, 5), centroid(10, 0, 10))
    regions = load(tmp_path, content)
    assert [regions.assign(0, lon) for lon in (5, 10, 20)] == [0, 1, 2]
    assert regions.labels == ["c5", "c10", "c20"]


def test_a_region_without_events_stays_a_class_and_is_noted(tmp_path: Path) -> None:
    regions = load(
        tmp_path, clusters("polygons", square(0, 0, 0), square(1, 5, 5), square(2, 9, 9))
    )
    events = [
        Event("a", latitude=0, longitude=0),
        Event("b", latitude=9, longitude=9, depth_km=3.0),
    ]
    events += [Event("c"), Event("d", latitude=50, longitude=0)]
    assigned = assign_events(regions, events)
    assert assigned == [0, 2, None, None]
    report = Report()
    assert count_events(regions, assigned, report) == [1, 0, 1]
    assert [p.message for p in report.problems] == ["no event in region 1 'p1'"]


def test_an_event_without_location_has_no_region(tmp_path: Path) -> None:
    regions = load(tmp_path, clusters("kmeans", centroid(0, 0, 0)))
    assert regions.assign(None, 10.0) is None
    assert regions.assign(10.0, None) is None
    assert assign_events(regions, [Event("a", depth_km=5.0)]) == [None]


def test_many_events_are_assigned_as_each_alone(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    lat, lon, depth = rng.uniform(8, 12, 200), rng.uniform(-70, -66, 200), rng.uniform(0, 40, 200)
    depth[::7] = np.nan
    contents = [
        clusters("kmeans", *(centroid(k, 9 + k / 2, -69 + k, 10.0 * k) for k in range(4))),
        clusters("lines", line(0, 9, -69, 11, -69), line(1, 9, -67, 11, -68)),
        clusters("lines", line(0, 9, -69, 11, -69), line(1, 9, -67, 11, -68), rule="sides"),
        clusters("polygons", square(0, 10, -68), square(1, 10.5, -67.5, 1.0)),
    ]
    for content in contents:
        regions = load(tmp_path, content)
        together = regions.assign_all(lat, lon, depth).tolist()
        alone = [
            regions.assign(a, b, None if np.isnan(c) else c)
            for a, b, c in zip(lat, lon, depth, strict=True)
        ]
        assert together == [-1 if k is None else k for k in alone]
        assert len(set(together)) > 1


def test_a_place_that_is_not_finite_has_no_region(tmp_path: Path) -> None:
    for content in (
        clusters("kmeans", centroid(0, 0, 0), centroid(1, 5, 5)),
        clusters("lines", line(0, 0, 20, 1, 20)),
        clusters("lines", line(0, 0, 20, 1, 20), {"id": 1}, rule="sides"),
        clusters("polygons", square(0, 0, 0)),
    ):
        regions = load(tmp_path, content)
        nowhere = [(np.nan, 0.0), (0.0, np.nan), (np.inf, 0.0), (0.0, -np.inf)]
        assert regions.assign_all(*np.transpose(nowhere), np.zeros(4)).tolist() == [-1] * 4
        assert regions.assign(np.nan, 0.0) is None
        assert regions.assign(0.1, 0.1, np.inf) == 0  # a depth may be unknown
