"""Maps: true to scale, whole, and the same bytes each time."""

from pathlib import Path

import numpy as np
import pytest

from deepquake.earth.regions import Region, Regions
from deepquake.earth.stations import Station
from deepquake.plots import maps
from tests.plots.png import is_png

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


def test_a_map_of_nothing_found(tmp_path: Path) -> None:
    regions = Regions("kmeans", tuple(KINDS["kmeans"]))
    maps.plot_found(tmp_path / "a.png", "none found", [0, 0], regions=regions)
    assert is_png(tmp_path / "a.png")


def test_no_disc_of_detections_hides_an_event(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[str] = []
    monkeypatch.setattr(
        maps, "draw_map", lambda path, title, groups, **_: drawn.extend(g.label for g in groups)
    )
    regions = Regions("kmeans", (Region(0, "west", centroid=(10.1, -68.3, 5.0)),))
    maps.plot_found(Path("map.png"), "found", [3], regions=regions, lat=[10.1], lon=[-68.3])
    assert drawn == ["west: 3 detections", "catalogue: 1 event"]  # the last is on top
