"""Maps: true to scale, whole, and the same bytes each time."""

from pathlib import Path

import numpy as np
import pytest

from deepquake.earth import geo
from deepquake.earth.regions import Region, Regions
from deepquake.earth.stations import Station
from deepquake.plots import map_drawing, maps

LAT = np.array([10.0, 10.2, 10.5, 10.7])
LON = np.array([-68.4, -68.2, -67.6, -67.5])
STATIONS = [Station("VE", "BENV", 9.96, -67.6, 666.0), Station("VE", "TURV", 10.45, -67.84, 58.0)]
SQUARE = ((9.5, -69.0), (9.5, -68.0), (10.3, -68.0), (10.3, -69.0))
HOLE = ((9.8, -68.6), (9.8, -68.4), (10.0, -68.4), (10.0, -68.6))
KINDS = {
    "kmeans": [
        Region(0, "west", centroid=(10.1, -68.3, 5.0)),
        Region(1, "east", centroid=(10.6, -67.5, 15.0)),
    ],
    "nearest": [
        Region(0, "west", line=(9.9, -68.4, 10.3, -68.2)),
        Region(1, "east", line=(10.4, -67.7, 10.8, -67.4)),
    ],
    "sides": [Region(0, "west", line=(9.0, -68.0, 11.0, -68.0)), Region(1, "rest")],
    "polygons": [
        Region(0, "square", parts=((SQUARE, HOLE),)),
        Region(1, "far", parts=((SQUARE,),)),
    ],
}


def is_png(path: Path) -> bool:
    return path.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_region_is_drawn_the_same_again(tmp_path: Path, kind: str) -> None:
    regions = Regions(kind, tuple(KINDS[kind]))
    assigned = [regions.assign(a, b, 5.0) for a, b in zip(LAT, LON, strict=True)]
    for name in ("a.png", "b.png"):
        maps.plot_regions(
            tmp_path / name,
            kind,
            LAT,
            LON,
            assigned=assigned,
            regions=regions,
            stations=STATIONS,
            depth_km=5.0,
        )
    assert is_png(tmp_path / "a.png")
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    found = [0, None, 1, 0]
    maps.plot_region_confusion(
        tmp_path / "c.png", "c", LAT, LON, true=assigned, found=found, regions=regions
    )
    maps.plot_found(
        tmp_path / "f.png", "f", [3, 0], regions=regions, stations=STATIONS, lat=LAT, lon=LON
    )
    assert is_png(tmp_path / "c.png") and is_png(tmp_path / "f.png")


def test_maps_of_nothing_but_regions_or_stations(tmp_path: Path) -> None:
    regions = Regions("kmeans", tuple(KINDS["kmeans"]))
    maps.plot_found(tmp_path / "a.png", "none found", [0, 0], regions=regions)
    map_drawing.draw_map(tmp_path / "b.png", "stations", [], stations=STATIONS)
    one = map_drawing.Places("one event", LAT[:1], LON[:1])
    map_drawing.draw_map(tmp_path / "c.png", "one event", [one])
    assert all(is_png(tmp_path / f"{name}.png") for name in "abc")


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


def test_no_disc_of_detections_hides_an_event(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[str] = []
    monkeypatch.setattr(
        maps, "draw_map", lambda path, title, groups, **_: drawn.extend(g.label for g in groups)
    )
    regions = Regions("kmeans", (Region(0, "west", centroid=(10.1, -68.3, 5.0)),))
    maps.plot_found(Path("map.png"), "found", [3], regions=regions, lat=[10.1], lon=[-68.3])
    assert drawn == ["west: 3 detections", "catalogue: 1 event"]  # the last is on top
