"""The places of stations by code."""

from pathlib import Path

import pytest

from deepquake.core.errors import DeepQuakeError
from deepquake.core.report import Report
from deepquake.core.settings import ArrivalSettings
from deepquake.earth.places import find_places, places_by_code
from deepquake.earth.stations import Station

HEADER = "network,code,latitude,longitude,elevation_m\n"


def test_each_station_is_there_with_its_network_and_without() -> None:
    stations = [Station("XX", "A", 1, 2, 0), Station("YY", "A", 3, 4, 0), Station("", "B", 5, 6, 0)]
    places = places_by_code(stations)
    assert places == {"XX.A": (1, 2), "A": (1, 2), "YY.A": (3, 4), ".B": (5, 6), "B": (5, 6)}


def test_the_list_beside_the_picks_is_found_or_the_one_that_is_named(tmp_path: Path) -> None:
    picks = tmp_path / "picks.csv"
    assert find_places(picks, ArrivalSettings(), Report()) == {}
    (tmp_path / "stations.csv").write_text(f"{HEADER}XX,A,1,2,0\n")
    assert find_places(picks, ArrivalSettings(), Report())["A"] == (1, 2)
    assert find_places(tmp_path, ArrivalSettings(), Report())["A"] == (1, 2)
    (tmp_path / "other.csv").write_text(f"{HEADER}XX,A,3,4,0\n")
    given = ArrivalSettings(stations_path=str(tmp_path / "other.csv"))
    assert find_places(picks, given, Report())["A"] == (3, 4)


def test_a_list_that_cannot_be_read_is_an_error_only_where_it_is_named(tmp_path: Path) -> None:
    bad = tmp_path / "stations.csv"
    bad.write_text("no list\n")
    report = Report()
    assert find_places(tmp_path, ArrivalSettings(), report) == {}
    assert "is not used to tell picks apart" in report.problems[0].message
    with pytest.raises(DeepQuakeError):
        find_places(tmp_path, ArrivalSettings(stations_path=str(bad)), Report())
