"""The list of stations: read again when it changes or stations come, and what is odd is told."""

import shutil
from pathlib import Path

from deepquake.core.report import Report
from deepquake.core.settings import Settings
from deepquake.detection.following.places import IS_GONE, STAY, KnownPlaces

HEAD = "network,code,latitude,longitude,elevation_m\n"
A, B = "XX,AAA,64.0,-21.0,100\n", "XX,BBB,64.1,-21.2,100\n"
FIRST, SECOND = ("XX", "AAA"), ("XX", "BBB")


def write(folder: Path, text: str) -> Path:
    """Write the list in a folder of records."""
    path = folder / "sds" / "stations.csv"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return path


def messages(report: Report) -> list[str]:
    """Return what was told since this was asked last."""
    told = [str(problem) for problem in report.problems]
    report.problems.clear()
    return told


def test_a_list_is_read_when_it_comes_or_changes_or_a_station_comes(tmp_path: Path) -> None:
    places, report = KnownPlaces(tmp_path / "sds", Settings().arrivals), Report()
    assert not places.renew({FIRST: None}, report)
    assert "no stations.csv beside it" in messages(report)[0]
    assert not places.renew({FIRST: None}, report) and not report.problems
    write(tmp_path, HEAD + A)
    assert places.renew({FIRST: None}, report)
    assert not places.renew({FIRST: None}, report)
    write(tmp_path, HEAD + A + B)
    assert places.renew({FIRST: None}, report)
    assert [station.code for station in places.network(0.0)] == ["AAA"]
    assert not places.renew({SECOND: None}, report), "its place was known"
    assert [station.code for station in places.network(0.0)] == ["AAA", "BBB"]


def test_a_list_that_is_broken_or_gone_takes_nothing_back(tmp_path: Path) -> None:
    places, report = KnownPlaces(tmp_path / "sds", Settings().arrivals), Report()
    path = write(tmp_path, HEAD + A)
    assert places.renew({FIRST: None}, report)
    messages(report)
    write(tmp_path, "half a")
    assert not places.renew({FIRST: None}, report)
    (told,) = messages(report)
    assert told.startswith(f"{path}: is no list of stations") and told.endswith(f"({STAY})")
    path.unlink()
    assert not places.renew({FIRST: None}, report)
    assert messages(report)[-1] == f"{tmp_path / 'sds'}: {IS_GONE}"
    assert [station.code for station in places.stations] == ["AAA"]
    shutil.rmtree(tmp_path / "sds")
    assert not places.renew({SECOND: None}, report)
    write(tmp_path, HEAD + B)
    assert places.renew({SECOND: None}, report)
    assert [station.code for station in places.network(0.0)] == ["BBB"]
