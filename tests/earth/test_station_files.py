"""Files of stations other than tables: JSON, inventories, fixed columns, lists without a header."""

import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from obspy import UTCDateTime
from obspy.core.inventory import Inventory, Network
from obspy.core.inventory import Station as ObsPyStation

from deepquake.core.errors import DeepQuakeError
from deepquake.core.report import Report
from deepquake.earth.station_files import is_station_xml, read_station_file
from deepquake.earth.stations import Station, read_stations

ABC = Station("XX", "ABC", 10.5, -66.9, 860.0)


def read(tmp_path: Path, text: str, report: Report | None = None) -> list[Station]:
    path = tmp_path / "list"
    path.write_text(text)
    return read_stations(path, report=report)


@pytest.mark.parametrize(
    "value",
    [
        {"ABC": {"network": "XX", "channels": ["HHZ"], "coords": [10.5, -66.9, 860]}},
        {"XX.ABC..HH": {"longitude": -66.9, "latitude": 10.5, "elevation_m": 860, "unit": "m/s"}},
        {"XX.ABC..HH": {"longitude": -66.9, "latitude": 10.5, "elevation(m)": 860}},
        [{"network": "XX", "station": "ABC", "lat": 10.5, "lon": -66.9, "elevation_m": 860}],
        {
            "0": {
                "station": "ABC",
                "network": "XX",
                "latitude": 10.5,
                "longitude": -66.9,
                "elev": 860,
            }
        },
    ],
)
def test_json(tmp_path: Path, value: object) -> None:
    assert read(tmp_path, json.dumps(value)) == [ABC]


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"a": 1}', '[{"events": []}]', "[[1]]"])
def test_json_of_something_else_is_an_error(tmp_path: Path, text: str) -> None:
    with pytest.raises(DeepQuakeError, match="JSON|no stations"):
        read(tmp_path, text)


def test_one_bad_station_of_json_is_left_out(tmp_path: Path) -> None:
    good = {"network": "XX", "coords": [10.5, -66.9, 860]}
    report = Report()
    value = {"ABC": good, "DEF": {"network": "XX", "coords": [None, None, None]}, "GHI": 5}
    assert read(tmp_path, json.dumps(value), report) == [ABC]
    assert len(report.of_kind("skipped")) == 2


@pytest.mark.parametrize(
    ("line", "code", "latitude", "longitude", "elevation_m"),
    [
        ("  ABC 1030.00N 6654.00W 860", "ABC", 10.5, -66.9, 860),
        ("  ABCD 030.60S  054.00E-860", "ABCD", -0.51, 0.9, -860),
        (" ABCDE1030.00N 6654.00W 860", "ABCDE", 10.5, -66.9, 860),
        ("  ABC 10305.1N 6654.00W 860", None, 0, 0, 0),
        ("  ABC11030600N16654000E1860", "ABC1", 10.51, 166.9, 1860),  # minutes of three decimals
        ("  ABC 1030.6 N 6654.0 W", "ABC", 10.51, -66.9, 0),
        ("ABC   XX  VEHZ 10 30.6000N 66 54.0000W 860 0.0  P", "ABC", 10.51, -66.9, 860),
    ],
)
def test_degrees_and_minutes_in_fixed_columns(
    tmp_path: Path, line: str, code: str, latitude: float, longitude: float, elevation_m: float
) -> None:
    text = f"RESET TEST(02)=500.0\n\n  ZZZ 1030.00N 6654.00W 860\n{line}\n\n  6.2  0.0\n"
    stations = {station.code: station for station in read(tmp_path, text)}
    if code is None:
        assert stations.keys() == {"ZZZ"}
        return
    found = stations[code]
    assert found.latitude == pytest.approx(latitude)
    assert found.longitude == pytest.approx(longitude)
    assert found.elevation_m == elevation_m


def test_stations_of_nonlinloc(tmp_path: Path) -> None:
    report = Report()
    text = (
        "CONTROL 1 54321\n"
        "GTSRCE XX.ABC LATLON 10.5 -66.9 0.0 0.86\n"
        "GTSRCE DEF LATLONDM 10 30.6 S 66 54.0 W 0.2 0.5\n"
        "GTSRCE GHI LATLONDS 10 30 36 N 66 54 0 W 0.0 0.5\n"
        "GTSRCE JKL XYZ 1 2 3 4\n"
    )
    first, second, third = read(tmp_path, text, report)
    assert first == ABC
    assert (second.latitude, second.elevation_m) == pytest.approx((-10.51, 300))
    assert third.latitude == pytest.approx(10.51)
    assert report.of_kind("skipped")[0].line == 5


def test_lists_without_a_header(tmp_path: Path) -> None:
    assert read(tmp_path, "-66.9 10.5 XX ABC HHZ 0.86\n-66.8 10.4 2C 1234 EHZ 1\n")[0] == ABC
    for text in (
        "ABC 10.5 -66.9 860\n",
        "ABC,10.5,-66.9,860\n",
        "# by hand\nABC\t10.5\t-66.9\t860\n",
    ):
        assert read(tmp_path, text) == [Station("", "ABC", 10.5, -66.9, 860.0)]
    assert read(tmp_path, "XX\tABC\t10.5\t-66.9\t860\n") == [ABC]
    report = Report()
    assert read(tmp_path, "ABC 10.5N 66.9W 860 0.1 0.2\n", report)[0].longitude == -66.9
    assert "no header: read as code, latitude, longitude" in report.problems[0].message
    with pytest.raises(DeepQuakeError, match="no list of stations"):
        read(tmp_path, "10.5 -66.9 120 ABC\n")
    assert read(tmp_path, "ABC 10.5 -66.9\n") == [Station("", "ABC", 10.5, -66.9, 0.0)]


def test_station_xml(tmp_path: Path) -> None:
    stations = [ObsPyStation("ABC", 10.5, -66.9, 860.0), ObsPyStation("DEF", 11.0, -67.0, 5.0)]
    path = tmp_path / "XX.xml"
    Inventory([Network("XX", stations)], source="test").write(str(path), format="STATIONXML")
    assert is_station_xml(path)
    assert read_stations(path)[0] == ABC
    assert read_stations(tmp_path) == read_stations(path)
    path.write_text("<html><body>not an inventory</body></html>")
    assert not is_station_xml(path)
    for place in (path, tmp_path):
        with pytest.raises(DeepQuakeError, match="inventory|StationXML"):
            read_stations(place)


def test_an_inventory_of_any_name_is_read_without_a_warning(
    tmp_path: Path, recwarn: pytest.WarningsRecorder
) -> None:
    path = tmp_path / "XX[1]*.xml"
    stations = [ObsPyStation("ABC", 10.5, -66.9, 860.0)]
    Inventory([Network("XX", stations)], source="test").write(str(path), format="STATIONXML")
    newer = path.read_text().replace('schemaVersion="1.', 'schemaVersion="9.')
    path.write_text(newer)  # ObsPy warns of that
    assert read_stations(path) == [ABC]
    assert not [warning for warning in recwarn if "schema" in str(warning.message)]


def test_epochs_of_station_xml(tmp_path: Path) -> None:
    since = [UTCDateTime(year, 1, 1) for year in (2000, 2010)]
    epochs = [
        ObsPyStation("ABC", 10.5, -66.9, 860.0, start_date=since[0], end_date=since[1]),
        ObsPyStation("ABC", 10.8, -66.9, 860.0, start_date=since[1]),
    ]
    path = tmp_path / "XX.xml"
    Inventory([Network("XX", epochs)], source="test").write(str(path), format="STATIONXML")
    rows = read_station_file(path, Report()).rows
    assert [row.start_s for row in rows] == [time.timestamp for time in since]
    assert [station.latitude for station in read_stations(path)] == [10.5, 10.8]


def minutes_of(degrees: float, letters: str) -> tuple[int, float, str]:
    """Return whole degrees, minutes and the letter of the hemisphere."""
    whole, rest = divmod(round(abs(degrees) * 60, 2), 60)
    return int(whole), rest, letters[degrees < 0]


def as_csv(s: Station) -> str:
    (a, b, ns), (c, d, ew) = minutes_of(s.latitude, "NS"), minutes_of(s.longitude, "EW")
    return f"{s.network}.{s.code};{a}-{b:05.2f}{ns};{c} {d:.2f} {ew};{s.elevation_m:g}\n"


def as_fdsn(s: Station) -> str:
    place = f"{s.latitude:.6f} | {s.longitude:.6f} | {s.elevation_m:.1f}"
    return f"{s.network} | {s.code} | {place} | A place, far off | 2001-01-01T00:00:00 | \n"


def as_fixed(s: Station) -> str:
    (a, b, ns), (c, d, ew) = minutes_of(s.latitude, "NS"), minutes_of(s.longitude, "EW")
    return f"  {s.code:4}{a:2}{b:5.2f}{ns}{c:3}{d:5.2f}{ew}{s.elevation_m:4.0f}\n"


def as_hypoinverse(s: Station) -> str:
    (a, b, ns), (c, d, ew) = minutes_of(s.latitude, "NS"), minutes_of(s.longitude, "EW")
    height = f"{s.elevation_m:4.0f}"
    return f"{s.code:<5} {s.network}  HHZ  {a:2} {b:7.4f}{ns}{c:3} {d:7.4f}{ew}{height}0.2\n"


def as_real(s: Station) -> str:
    place = f"{s.longitude:.5f} {s.latitude:.5f}"
    return f"{place} {s.network} {s.code} HHZ {s.elevation_m / 1000:.3f}\n"


def as_nonlinloc(s: Station) -> str:
    place = f"{s.latitude:.6f} {s.longitude:.6f} 0.0 {s.elevation_m / 1000:.3f}"
    return f"GTSRCE {s.code} LATLON {place}\n"


@pytest.mark.parametrize(
    ("header", "row_of"),
    [
        ("station;lat;lon;elevation (m)\n", as_csv),
        (
            "#Network | Station | Latitude | Longitude | Elevation | SiteName | Start | End\n",
            as_fdsn,
        ),
        *(("", row_of) for row_of in (as_fixed, as_hypoinverse, as_real, as_nonlinloc)),
    ],
)
def test_a_network_anywhere_on_earth_is_read_as_it_was_written(
    tmp_path: Path, header: str, row_of: Callable[[Station], str]
) -> None:
    draw = random.Random(7)
    for _ in range(20):
        south, west = draw.uniform(-88, 86), draw.uniform(-179, 177)
        stations = [
            Station(
                draw.choice(("XX", "2C")),
                f"{draw.choice('AZ9')}{number:0{draw.choice((2, 3))}d}",
                south + draw.uniform(0, 2),
                west + draw.uniform(0, 2),
                float(draw.randint(-400, 4000)),
            )
            for number in range(12)
        ]
        report = Report()
        found = read(tmp_path, header + "".join(map(row_of, stations)), report)
        assert not report.problems
        for written, station in zip(stations, found, strict=True):
            assert station.code == written.code
            assert station.network in ("", written.network)
            assert station.latitude == pytest.approx(written.latitude, abs=1e-4)
            assert station.longitude == pytest.approx(written.longitude, abs=1e-4)
            assert station.elevation_m == pytest.approx(written.elevation_m, abs=0.5)
