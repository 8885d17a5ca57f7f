"""Places of the invented network: kilometres, degrees and directions."""

from pathlib import Path

import pytest

from deepquake.earth.geo import distance_km
from deepquake.tools.demo.network import (
    DISTINCT_FAULTS,
    FAULTS,
    LAYERS,
    ORIGIN_LATITUDE,
    ORIGIN_LONGITUDE,
    SITES,
    degrees_of,
    distance_azimuth,
    write_network,
)


def test_degrees_are_as_far_from_each_other_as_the_kilometres_say() -> None:
    for site in SITES:
        away = distance_km(ORIGIN_LATITUDE, ORIGIN_LONGITUDE, *degrees_of(site))
        assert away == pytest.approx((site.east_km**2 + site.north_km**2) ** 0.5, rel=0.01)


def test_distance_and_azimuth_are_those_of_the_plane() -> None:
    south_west, north_east = SITES[4], SITES[3]
    assert distance_azimuth(south_west, north_east)[0] == pytest.approx((60**2 + 50**2) ** 0.5)
    assert distance_azimuth(south_west, north_east)[1] == pytest.approx(50.19, abs=0.01)
    assert distance_azimuth(north_east, south_west)[1] == pytest.approx(230.19, abs=0.01)


def test_layers_get_faster_with_depth_and_faults_lie_below_the_stations() -> None:
    for above, below in zip(LAYERS, LAYERS[1:], strict=False):
        assert above.top_km < below.top_km and above.vp < below.vp and above.vs < below.vs
        assert above.density < below.density
    assert all(fault.depth_km > 1.6 for fault in (*FAULTS, *DISTINCT_FAULTS))
    assert all(-1000 * LAYERS[0].top_km > site.elevation_m for site in SITES)


def test_stations_and_layers_are_those_of_the_network(tmp_path: Path) -> None:
    write_network(tmp_path, SITES[:2])
    lines = (tmp_path / "stations.csv").read_text().splitlines()
    assert lines[0] == "code,latitude,longitude,elevation_m"
    assert [line.split(",")[0] for line in lines[1:]] == ["ORSO", "LUPO"]
    assert len((tmp_path / "velocity_model.csv").read_text().splitlines()) == len(LAYERS) + 1
