"""Maps: alone, with stations far around, and the looks of regions."""

from pathlib import Path

import numpy as np

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
