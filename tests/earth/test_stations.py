"""Station lists: both forms of stations.csv, inventories, and what cannot be a station."""

from pathlib import Path

import pytest
from obspy.core.inventory import Inventory, Network
from obspy.core.inventory import Station as ObsPyStation

from deepquake.core.errors import DeepQuakeError
from deepquake.core.report import Report
from deepquake.earth.stations import Station, find_stations_file, read_stations, station_of

OURS = "code,latitude,longitude,elevation_m\nabc, 10.5, -66.9, 860\n\nDEF,11,-67,-5\n"
OLD = "code,latitude,longitude,elevation\nABC,10.5,-66.9,0.860\n"


def written(tmp_path: Path, text: str, name: str = "stations.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(text.encode())
    return path


def test_our_form_is_in_metres(tmp_path: Path) -> None:
    first, second = read_stations(written(tmp_path, OURS))
    assert first == Station("", "ABC", 10.5, -66.9, 860.0)
    assert second.elevation_m == -5


@pytest.mark.parametrize(("sense", "metres"), [("up", 860.0), ("down", -860.0)])
def test_the_old_form_is_in_km_of_either_sense(tmp_path: Path, sense: str, metres: float) -> None:
    (station,) = read_stations(written(tmp_path, OLD), sense)
    assert station.elevation_m == pytest.approx(metres)


def test_our_form_does_not_mind_the_sense(tmp_path: Path) -> None:
    assert read_stations(written(tmp_path, OURS), "down")[0].elevation_m == 860


@pytest.mark.parametrize(
    "change", [("\n", "\r\n"), (",", ";"), (",", "\t"), ("code", "\ufeffcode")]
)
def test_what_spreadsheets_write(tmp_path: Path, change: tuple[str, str]) -> None:
    assert len(read_stations(written(tmp_path, OURS.replace(*change)))) == 2


def test_a_network_may_be_named(tmp_path: Path) -> None:
    text = "network,station,lat,lon,elevation_m\nXX,ABC,1,2,3\nYY,ABC,5,6,7\n,DEF,8,9,10\n"
    stations = read_stations(written(tmp_path, text))
    assert station_of(stations, "YY", "ABC").latitude == 5
    assert station_of(stations, "", "ABC").latitude == 1
    assert station_of(stations, "ZZ", "ABC") is None
    assert station_of(stations, "ZZ", "def").latitude == 8
    assert station_of(stations, "XX", "XYZ") is None


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("code,latitude,longitude,elevation\nABC,1,2,3\nDEF,10,20,800\n", 3, "800 km above sea"),
        ("code,latitude,longitude,elevation_m\nABC,1,2,80000\n", 2, "80 km above sea"),
        ("code,latitude,longitude,elevation\nABC,1,2,-13\n", 2, "13 km below sea"),
        ("code,latitude,longitude,elevation_m\nABC,95,2,8\n", 2, "not a place on earth"),
        ("code,latitude,longitude,elevation_m\nABC,9,x,8\n", 2, "is not a station"),
        ("code,latitude,longitude,elevation_m\nABC,9\n", 2, "is not a station"),
        ("code,latitude,longitude,elevation_m\nABC,9,nan,8\n", 2, "is not a station"),
        ("code,latitude,longitude,elevation_m\n,9,9,8\n", 2, "no code"),
        ("code,latitude,longitude,elevation_m\nA,9,9,8\nA,9,10,8\n", 3, "second time"),
        ("code,latitude,elevation_m\nA,9,8\n", 1, "no column longitude"),
        ("code,latitude,longitude\nA,9,8\n", 1, "no column elevation_m"),
    ],
)
def test_what_cannot_be_is_an_error_with_its_line(
    tmp_path: Path, text: str, line: int, words: str
) -> None:
    path = written(tmp_path, text)
    with pytest.raises(DeepQuakeError, match=f"line {line}.*{words}") as error:
        read_stations(path)
    assert str(path) in str(error.value)


@pytest.mark.parametrize("text", ["", "code,latitude,longitude,elevation_m\n", "\x00\x01"])
def test_nothing_usable_is_an_error(tmp_path: Path, text: str) -> None:
    with pytest.raises(DeepQuakeError):
        read_stations(written(tmp_path, text))


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DeepQuakeError, match="no.csv"):
        read_stations(tmp_path / "no.csv")


def test_the_wrong_sense_is_noted(shared_data: Path) -> None:
    for sense, notes in (("down", 0), ("up", 1)):
        report = Report()
        stations = read_stations(shared_data / "carabobo" / "stations.csv", sense, report)
        assert len(report.problems) == notes
        assert len(stations) > 3


def test_station_xml(tmp_path: Path) -> None:
    stations = [ObsPyStation("ABC", 10.5, -66.9, 860.0), ObsPyStation("DEF", 11.0, -67.0, 5.0)]
    path = tmp_path / "stations.xml"
    Inventory([Network("XX", stations)], source="test").write(str(path), format="STATIONXML")
    first, _ = read_stations(path)
    assert first == Station("XX", "ABC", 10.5, -66.9, 860.0)
    path.write_text(path.read_text().replace(">860.0<", ">800000.0<"))
    with pytest.raises(DeepQuakeError, match=r"XX\.ABC.*800 km above"):
        read_stations(path)
    path.write_text("<html><body>not an inventory</body></html>")
    with pytest.raises(DeepQuakeError, match="inventory"):
        read_stations(path)


def test_epochs_at_several_places_are_noted(tmp_path: Path) -> None:
    path = tmp_path / "stations.xml"
    epochs = [ObsPyStation("ABC", 10.0 + d, -66.9, 860.0) for d in (0.0, 0.3, 0.1)]
    epochs += [ObsPyStation("DEF", 11.0 + d, -67.0, 5.0) for d in (0.0, 0.001)]
    Inventory([Network("XX", epochs)], source="test").write(str(path), format="STATIONXML")
    report = Report()
    assert [s.latitude for s in read_stations(path, report=report)] == [10.0, 11.0]
    (problem,) = report.of_kind("note")
    assert "XX.ABC has epochs at places up to 33.4 km apart; the first one's" in problem.message


def test_the_file_is_found_beside_the_waveforms(tmp_path: Path) -> None:
    folder = tmp_path / "mseed"
    folder.mkdir()
    assert find_stations_file(folder) is None
    path = written(tmp_path, OURS)
    assert find_stations_file(folder) == path
    assert find_stations_file(folder / "day.mseed") == path
