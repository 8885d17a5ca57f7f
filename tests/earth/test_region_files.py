"""Region files: every form read and written, and one line for what is not one."""

from pathlib import Path

import pytest

from deepquake.core.errors import DeepQuakeError
from deepquake.earth.region_files import load_regions, save_regions
from tests.earth.made_regions import (
    centroid,
    clusters,
    feature,
    line,
    load,
    polygon,
    square,
)


def test_the_oldest_files_say_list(tmp_path: Path) -> None:
    entries = [centroid(0, 10.3, -68.0), centroid(1, 8.2, -72.2)]
    for content in ({"clusters_type": "kmeans", "list": entries}, {"list": entries}):
        regions = load(tmp_path, content)
        assert (regions.kind, len(regions)) == ("kmeans", 2)


def test_geojson_puts_longitude_first_and_knows_holes(tmp_path: Path) -> None:
    outer = [[-69, 10], [-67, 10], [-67, 12], [-69, 12], [-69, 10]]
    hole = [[-68.5, 10.5], [-67.5, 10.5], [-67.5, 11.5], [-68.5, 11.5], [-68.5, 10.5]]
    far = [[-60, 5], [-59, 5], [-59, 6], [-60, 5]]
    content = {
        "type": "FeatureCollection",
        "features": [feature(3, outer, hole, name="coast"), feature(None, far, id=7, label="far")],
    }
    regions = load(tmp_path, content)
    assert regions.labels == ["coast", "far"]
    assert regions.assign(10.2, -68.0) == 0
    assert regions.assign(11.0, -68.0) is None  # in the hole
    assert regions.assign(5.2, -59.2) == 1


def test_geojson_of_several_parts(tmp_path: Path) -> None:
    west, east = [[[0, 0], [1, 0], [1, 1], [0, 0]]], [[[5, 0], [6, 0], [6, 1], [5, 0]]]
    geometry = {"type": "MultiPolygon", "coordinates": [west, east]}
    regions = load(tmp_path, {"type": "Feature", "properties": None, "geometry": geometry})
    assert [regions.assign(0.2, lon) for lon in (0.8, 3.0, 5.8)] == [0, None, 0]


def test_parts_of_a_multipolygon_may_overlap_and_have_holes(tmp_path: Path) -> None:
    def ring(west: float, east: float, south: float = 10, north: float = 11) -> list:
        return [[west, south], [east, south], [east, north], [west, north]]

    parts = [[ring(0, 2), ring(0.2, 0.4, 10.2, 10.4)], [ring(1, 3)]]
    regions = load(tmp_path, {"type": "MultiPolygon", "coordinates": parts})
    found = [regions.assign(10.3, lon) for lon in (0.1, 0.3, 1.5, 2.5, 3.5)]
    assert found == [0, None, 0, 0, None]


def test_two_regions_of_one_id_are_an_error_that_names_both(tmp_path: Path) -> None:
    content = clusters("polygons", square(0, 0, 0), square(1, 3, 0), square(1, 6, 0))
    with pytest.raises(DeepQuakeError, match=r"2 \('p1'\) and number 3 \('p1'\) .* same id 1"):
        load(tmp_path, content)


def test_n_clusters_must_match_the_file(tmp_path: Path) -> None:
    load(tmp_path, clusters("kmeans", centroid(0, 0, 0), centroid(1, 1, 1)))
    path = tmp_path / "clusters.json"
    assert len(load_regions(path, 3)) == 2
    with pytest.raises(DeepQuakeError, match=r"has 2 regions.*n_clusters = 6 .* 5 regions"):
        load_regions(path, 6)


def test_saved_regions_load_the_same(tmp_path: Path) -> None:
    rest = {"id": 4, "label": "rest"}
    contents = [
        clusters("kmeans", centroid(3, 1.25, 2.5, None), centroid(1, 3.0, 4.0, 7.5)),
        clusters("lines", line(0, 0, 20, 1, 20), line(1, 0, 30, 1, 30)),
        clusters("lines", line(0, 0, 20, 1, 20), rest, rule="sides"),
        clusters("polygons", square(0, 0, 0), polygon(1, (0, 1), (1, 1), (1, 2), (0.5, 3), (0, 2))),
    ]
    for content in contents:
        regions = load(tmp_path, content)
        save_regions(tmp_path / "saved.json", regions)
        saved = load_regions(tmp_path / "saved.json")
        assert (saved.kind, saved.regions) == (regions.kind, regions.regions)


BAD = {
    "lacks 'lon'": clusters("kmeans", {"lat": 1, "id": 0, "label": "a"}),
    "is not a latitude": clusters("kmeans", centroid(0, 100, 0)),
    "is not a longitude": clusters("lines", line(0, 0, 0, 0, 400)),
    "is not a number": clusters("kmeans", {"lat": "x", "lon": 0}),
    "give no line": clusters("lines", line(0, 5, 5, 5, 5)),
    "three corners or more": clusters("polygons", polygon(0, (0, 0), (1, 1))),
    "lacks 'y2'": clusters("polygons", {"x1": 0, "y1": 0, "x2": 1, "x3": 2, "y3": 3}),
    "clusters_type is kmeans, lines or polygons, not 'voronoi'": clusters("voronoi"),
    "rule is nearest or sides": clusters("lines", line(0, 0, 0, 1, 1), rule="left"),
    "lacks 'lat1'": clusters("lines", {"id": 0, "label": "a"}),
    "lacks the list of clusters": {"clusters_type": "kmeans"},
    "holds no region": clusters("kmeans"),
    "not a whole number": clusters("kmeans", {**centroid(0, 0, 0), "id": "west"}),
    "is a Point": {"type": "Feature", "geometry": {"type": "Point", "coordinates": [1, 2]}},
    "feature 1: its properties": feature(0, [[0, 0], [1, 0], [1, 1]]) | {"properties": [1]},
    "or its geometry is not a JSON object": {"type": "Feature", "geometry": "abc"},
    "number 1 ('region 1') and number 2 ('region 1') have the same id 1": clusters(
        "kmeans", {"lat": 1, "lon": 2, "id": 1}, {"lat": 3, "lon": 4}
    ),
    "coordinates are not rings": {"type": "Polygon", "coordinates": [[{"lon": 1, "lat": 2}] * 3]},
    "not rings": {"type": "Polygon", "coordinates": [[1, 2], [3, 4]]},
    "longitude comes first": {"type": "Polygon", "coordinates": [[[10, -91], [1, 1], [2, 2]]]},
}


@pytest.mark.parametrize("message", BAD)
def test_a_bad_file_is_one_line_that_names_it(tmp_path: Path, message: str) -> None:
    with pytest.raises(DeepQuakeError) as error:
        load(tmp_path, BAD[message])
    assert message in str(error.value)
    assert "clusters.json" in str(error.value) and "\n" not in str(error.value)
