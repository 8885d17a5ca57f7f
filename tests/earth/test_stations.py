"""Stations: units, epochs, what cannot be a station, and where their list is found."""

from pathlib import Path

import pytest

from deepquake.core.errors import DeepQuakeError
from deepquake.core.report import Report
from deepquake.core.settings import ArrivalSettings
from deepquake.core.times import parse_iso
from deepquake.earth.stations import (
    Station,
    find_stations_file,
    lists_in_use,
    places_of,
    read_stations,
    station_of,
)

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
    ("row", "words"),
    [
        ("BAD,95,2,8", "not a place on earth"),
        ("BAD,9,x,8", "'x' is not an angle"),
        ("BAD,9", "no longitude"),
        ("BAD,9,nan,8", "not an angle"),
        (",9,9,8", "no code"),
        ("BAD,0,0,0", "latitude 0 and longitude 0"),
        ("BAD,0.0,0.0,120", "latitude 0 and longitude 0"),
        ("ABC,10,11,8", "at one time"),
    ],
)
def test_a_bad_row_is_left_out_and_reported(tmp_path: Path, row: str, words: str) -> None:
    path, report = written(tmp_path, f"{OURS}{row}\n"), Report()
    codes = {station.code for station in read_stations(path, report=report)}
    assert codes == ({"DEF"} if row[:3] == "ABC" else {"ABC", "DEF"})
    (problem,) = report.problems
    assert (problem.kind, problem.line) == ("skipped", 5)
    assert words in problem.message


@pytest.mark.parametrize("elevation", ["", "n/a", "80000", "-20000"])
def test_a_place_without_elevation_is_kept(tmp_path: Path, elevation: str) -> None:
    path, report = written(tmp_path, f"{OURS}GHI,9,9,{elevation}\n"), Report()
    assert read_stations(path, report=report)[2] == Station("", "GHI", 9.0, 9.0, 0.0)
    (note,) = report.of_kind("note")
    assert "1 station without an elevation that can be: taken as 0 m: GHI" in note.message


@pytest.mark.parametrize(
    ("elevations", "metres"),
    [
        ((0.86, 1.2), (860, 1200)),  # as the old project wrote them
        ((-0.106, 0), (-106, 0)),
        ((860, 1200.5), (860, 1200.5)),
        ((3, 800), (3, 800)),  # by the sea and on a hill
        ((8.5, 2, 12), (8.5, 2, 12)),
        ((-2410, -13), (-2410, -13)),  # on the bottom of the sea
        ((0, 0), (0, 0)),  # whatever the unit
    ],
)
def test_the_unit_is_told_by_the_values_of_all(
    tmp_path: Path, elevations: tuple[float, ...], metres: tuple[float, ...]
) -> None:
    rows = "".join(f"S{n},1,{n},{height}\n" for n, height in enumerate(elevations))
    path, report = written(tmp_path, "code,lat,lon,elevation\n" + rows), Report()
    found = [station.elevation_m for station in read_stations(path, report=report)]
    assert found == pytest.approx(list(metres))
    notes = [note for note in report.of_kind("note") if "read as" in note.message]
    assert len(notes) == any(elevations)


@pytest.mark.parametrize("rows", ["A,1,2,3\nB,1,3,9\n", "A,1,2,0.86\nB,1,3,1.23\nC,1,4,860\n"])
def test_a_unit_nobody_can_tell_is_an_error_that_names_the_setting(
    tmp_path: Path, rows: str
) -> None:
    path = written(tmp_path, "code,lat,lon,elevation\n" + rows)
    with pytest.raises(DeepQuakeError, match="may be metres or km.*elevation_unit"):
        read_stations(path)
    first = rows.partition("\n")[0].split(",")[3]
    assert read_stations(path, elevation_unit="m")[0].elevation_m == float(first)
    assert read_stations(path, elevation_unit="km")[0].elevation_m == 1000 * float(first)


def test_a_column_that_tells_its_unit_is_believed_where_it_can_be(tmp_path: Path) -> None:
    rows, report = "\nA,1,2,3\nB,1,3,4\n", Report()
    in_km = written(tmp_path, "code,lat,lon,Elevation (km)" + rows)
    assert read_stations(in_km, report=report)[0].elevation_m == 3000
    in_m = written(tmp_path, "code,lat,lon,elev_m" + rows)
    assert read_stations(in_m, elevation_unit="km", report=report)[0].elevation_m == 3
    assert not report.problems
    wrong = written(tmp_path, "code,lat,lon,elevation_km\nA,1,2,1480\nB,1,3,1130\n")
    assert read_stations(wrong, report=report)[0].elevation_m == 1480
    assert "read as metres" in report.problems[0].message


def test_a_station_that_moved_has_the_place_of_the_time(tmp_path: Path) -> None:
    text = (
        "code,latitude,longitude,elevation_m,start,end\n"
        "ABC,12,20,5,2015-03-01T12:00:00,\nABC,10,20,5,2000,2010-06-01\n"
        "ABC,10.001,20,6,2010-06-01,2012\nABC,11,20,5,2012,2015\nDEF,1,2,3,2001,2002\n"
    )
    path, report = written(tmp_path, text), Report()
    stations = read_stations(path, report=report)

    def latitude(time: str) -> float:
        return station_of(stations, "XX", "ABC", parse_iso(time)).latitude

    assert [latitude(f"{year}-01-01") for year in (1990, 2005, 2011)] == [10, 10, 10]
    assert [latitude(time) for time in ("2012-01-01", "2015-03-01T11:59", "2015-03-02")] == [
        *(11, 11, 12)
    ]
    assert station_of(stations, "XX", "ABC").latitude == 12
    assert [place.latitude for place in places_of(stations, "XX", "ABC")] == [10, 11, 12]
    assert places_of(stations, "XX", "GHI") == []
    assert station_of(stations, "", "DEF", parse_iso("2020-01-01")) == stations[-1]
    (note,) = report.problems
    assert "ABC by 222.4 km" in note.message


def test_one_code_at_two_places_at_one_time_is_at_none(tmp_path: Path) -> None:
    text = "code,latitude,longitude,elevation_m\nA,9,9,8\nB,8,8,8\nA,9,10,8\n"
    report = Report()
    assert [s.code for s in read_stations(written(tmp_path, text), report=report)] == ["B"]
    assert "lines 2, 4" in report.problems[0].message


def test_only_what_is_needed_of_a_long_list_is_told(tmp_path: Path) -> None:
    rows = "".join(f"S{n},{n % 80},{n % 170},5\nS{n},{n % 80 + 5},0,5\n" for n in range(600))
    path, report = written(tmp_path, "code,latitude,longitude,elevation_m\n" + rows), Report()
    text = path.read_text() + "A,1,2,3\nB,95,0,0\nC,x,y,z\n"
    path.write_text(text)
    assert [s.code for s in read_stations(path, report=report, needed=["a", "B"])] == ["A"]
    (problem,) = report.problems
    assert "station B" in problem.message


def test_a_list_of_no_place_is_refused(tmp_path: Path) -> None:
    text = "code,latitude,longitude,elevation_m\nA,-117.1,35.5,8\nB,-118.1,35.5,8\nC,0,0,0\n"
    with pytest.raises(DeepQuakeError, match="no row is a station"):
        read_stations(written(tmp_path, text))
    report = Report()
    assert len(read_stations(written(tmp_path, text + "D,35,-117,9\n"), report=report)) == 1
    assert "are they exchanged?" in report.problems[0].message


@pytest.mark.parametrize("text", ["", "code,latitude,longitude,elevation_m\n", "\x00\x01"])
def test_nothing_usable_is_an_error(tmp_path: Path, text: str) -> None:
    with pytest.raises(DeepQuakeError):
        read_stations(written(tmp_path, text))


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DeepQuakeError, match="no.csv"):
        read_stations(tmp_path / "no.csv")


def test_the_wrong_sense_is_noted(shared_data: Path) -> None:
    for sense, notes in (("down", 1), ("up", 2)):
        report = Report()
        stations = read_stations(shared_data / "carabobo" / "stations.csv", sense, report)
        assert len(report.problems) == notes
        assert "read as km" in report.problems[0].message
        assert len(stations) > 3


def test_lists_of_several_neighbours(shared_data: Path) -> None:
    heights = {}
    for name in ("hengill", "iceland", "bradys", "ridgecrest"):
        stations = read_stations(shared_data / name / "stations.csv")
        heights[name] = [station.elevation_m for station in stations]
    assert min(heights["hengill"]) == 111
    assert all(
        600 < height < 1900 for name in heights if name != "hengill" for height in heights[name]
    )


CASES = (
    *("st_dms.csv", "st_elev_m.csv", "st_elevation_unit_m.csv", "st_fdsn.txt", "st_fdsn2.txt"),
    *("st_gamma.csv", "st_hemi.csv"),
)


@pytest.mark.parametrize("name", CASES)
def test_lists_once_refused(shared_cases: Path, name: str) -> None:
    stations = read_stations(shared_cases / "catalogues" / "refused" / name)
    assert [s.code for s in stations] == ["ORSO", "LUPO", "FALC", "CERV", "TASS", "GRIF"]
    assert [s.elevation_m for s in stations[:2]] == [1480, 1130]
    assert stations[0].latitude == pytest.approx(42.636, abs=1e-4)
    assert stations[0].longitude == pytest.approx(13.1633, abs=1e-4)


def test_a_list_of_components_is_a_list_of_stations(shared_cases: Path) -> None:
    stations = read_stations(shared_cases / "catalogues" / "refused" / "st_gamma_real.csv")
    assert station_of(stations, "CI", "LRL") == Station("CI", "LRL", 35.48, -117.682, 1340.0)
    assert len({(s.network, s.code) for s in stations}) == len(stations)


def test_the_list_of_real(shared_cases: Path) -> None:
    stations = read_stations(shared_cases / "catalogues" / "refused" / "st_real_real.dat")
    assert stations[0] == Station("XO", "AM05", 42.9773, 13.3528, 464.0)
    assert len(stations) == 60


@pytest.mark.parametrize("name", ["st_netdot.csv", "e2e/st_netdot.csv"])
def test_network_and_station_in_one_word(shared_cases: Path, name: str) -> None:
    stations = read_stations(shared_cases / "catalogues" / name)
    assert station_of(stations, "XX", "ORSO").latitude == 42.63597


@pytest.mark.parametrize("name", ["st_zero.csv", "st_zero.xml", "e2e/st_zero.csv"])
def test_nowhere_is_no_place(shared_cases: Path, name: str) -> None:
    report = Report()
    assert read_stations(shared_cases / "catalogues" / name, report=report) == []
    assert report.of_kind("skipped")


@pytest.mark.parametrize("name", ["st_epochs_moved.xml", "refused/st_epochs.csv"])
def test_epochs(shared_cases: Path, name: str) -> None:
    stations = read_stations(shared_cases / "catalogues" / name)
    before, after = (
        station_of(stations, "XX", "ORSO", parse_iso(time)) for time in ("2005-01-01", "2023-03-06")
    )
    assert station_of(stations, "XX", "ORSO") == after
    assert abs(before.latitude - after.latitude) > 0.19


def test_a_list_of_the_world(shared_data: Path) -> None:
    report = Report()
    path = find_stations_file(shared_data / "seisan" / "WAV")
    assert path == (shared_data / "seisan" / "DAT" / "STATION0.HYP").resolve()
    stations = read_stations(path, report=report, needed={"ATHU", "BER", "ZWE1"})
    by_code = {station.code: station for station in stations}
    assert by_code["BER"].latitude == pytest.approx(60.387, abs=0.01)
    assert by_code["ATHU"].elevation_m == 308
    assert not report.problems
    assert read_stations(path)[0] == Station("", "034A", *by_minutes(27, 3.88, -98, -41.0), 155.0)


def by_minutes(lat: float, lat_min: float, lon: float, lon_min: float) -> tuple[float, float]:
    return lat + lat_min / 60, lon + lon_min / 60


def test_the_file_is_found_beside_the_waveforms(tmp_path: Path) -> None:
    folder = tmp_path / "mseed"
    folder.mkdir()
    assert find_stations_file(folder) is None
    path = written(tmp_path, OURS)
    assert find_stations_file(folder) == path
    assert find_stations_file(folder / "day.mseed") == path


@pytest.mark.parametrize(
    ("name", "waveforms"),
    [
        ("station_list.json", "mseed"),
        ("stations.json", "mseed/2020"),
        ("DAT/STATION0.HYP", "WAV"),
        ("DAT/STATION0.HYP", "WAV/NSN__"),
        ("DAT/STATION0.HYP", ""),
        ("Stations.csv", ""),
        ("WAV/station.dat", "WAV"),
    ],
)
def test_a_list_is_found_by_its_name(tmp_path: Path, name: str, waveforms: str) -> None:
    (tmp_path / "set" / waveforms).mkdir(parents=True)
    path = tmp_path / "set" / name
    path.parent.mkdir(exist_ok=True)
    path.touch()
    assert find_stations_file(tmp_path / "set" / waveforms) == path


def test_station_xml_is_found_by_its_content(tmp_path: Path) -> None:
    folder = tmp_path / "mseed"
    folder.mkdir()
    (folder / "events.xml").write_text("<q:quakeml/>")
    assert find_stations_file(folder) is None
    (tmp_path / "XX.ABC.xml").write_text("<FDSNStationXML/>")
    assert find_stations_file(folder) == tmp_path / "XX.ABC.xml"
    (tmp_path / "XX.DEF.xml").write_text("<FDSNStationXML/>")
    assert find_stations_file(folder) == tmp_path


def test_the_lists_of_a_run_are_those_given_or_found(tmp_path: Path) -> None:
    assert lists_in_use(tmp_path / "mseed", ArrivalSettings()) == []
    path = written(tmp_path, OURS)
    found = lists_in_use(tmp_path / "mseed", ArrivalSettings(velocity_model_path="model.csv"))
    assert found == [path, Path("model.csv")]
    given = ArrivalSettings(stations_path="elsewhere.csv")
    assert lists_in_use(tmp_path / "mseed", given) == [Path("elsewhere.csv")]
