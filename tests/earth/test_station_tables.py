"""Tables of stations: names of columns, ways to write degrees and times, and what is refused."""

from math import inf
from pathlib import Path

import pytest

from deepquake.core.errors import DeepQuakeError
from deepquake.core.report import Report
from deepquake.core.times import parse_iso
from deepquake.earth.station_tables import (
    angle_of,
    epoch_time,
    read_station_table,
    split_code,
    what_is_missing,
)
from deepquake.earth.stations import read_stations


@pytest.mark.parametrize(
    ("text", "degrees"),
    [
        *(("13.5", 13.5), ("-13.5", -13.5), ("+13", 13), ("13.5W", -13.5), ("W13.5", -13.5)),
        *(("13-30W", -13.5), ("13-30.0E", 13.5), ("-13-30", -13.5), ("13 30 36 E", 13.51)),
        *(("13°30'36\"W", -13.51), ("13:30:36", 13.51), ("  13° 30.6′ e", 13.51), ("0-30W", -0.5)),
    ],
)
def test_ways_to_write_degrees(text: str, degrees: float) -> None:
    assert angle_of(text, "EW") == pytest.approx(degrees)


@pytest.mark.parametrize(
    "text", ["", "x", "13.5N", "-13.5E", "13-60W", "13.5-30W", "nan", "W13E", "13,5"]
)
def test_what_is_no_longitude(text: str) -> None:
    with pytest.raises(ValueError, match="is not an angle|hemisphere"):
        angle_of(text, "EW")


@pytest.mark.parametrize(
    ("text", "time"),
    [
        *(("2010", "2010-01-01"), ("2010-03-01", "2010-03-01"), ("2010/03/01", "2010-03-01")),
        *(("2010-060", "2010-03-01"), ("2010,060,12:30:00", "2010-03-01T12:30:00")),
        *(("2010-03-01T12:30:00Z", "2010-03-01T12:30:00"), ("3000-01-01", "3000-01-01")),
    ],
)
def test_ways_to_write_when(text: str, time: str) -> None:
    assert epoch_time(text, inf) == parse_iso(time)
    assert epoch_time("", -inf) == -inf


def test_codes_are_split_trimmed_and_in_capitals() -> None:
    assert split_code(" nc.mdc ") == ("NC", "MDC")
    assert split_code("CI.LRL.2C.HN") == ("CI", "LRL")
    assert split_code("CI.CCC..BH", "") == ("CI", "CCC")
    assert split_code("abc", "xx") == ("XX", "ABC")
    assert split_code(".ABC", "") == ("", "ABC")


@pytest.mark.parametrize(
    "text",
    [
        "sta;lat;lon;elev\nABC;10,5;-66,9;860\n",
        "station lat lon elevation\nABC 10.5 -66.9 860\n",
        "Estación,Latitud,Longitud,Altitud (msnm)\nABC,10.5,-66.9,860\n",
        "# by hand\n#code,latitude,longitude,elevation_m\nABC,10.5,-66.9,860\n",
        "Network,Station,Latitude (deg),Longitude (deg),Elevation [m]\n,ABC,10.5,-66.9,860\n",
        "lon,lat,code,elevation,elevation_m\n-66.9,10.5,ABC,0.86,860\n",
        "code,lat_deg,lat_min,lon_deg,lon_min,elevation_m\nABC,10,30,-66,54,860\n",
        "code,lat,lat_min,lat_sec,ns,lon,lon_min,ew,elev_m\nABC,10.0,29,59.9999,N,66,54,W,860\n",
        "code,latitude,ns,longitude,ew,elevation_m\nABC,10.5,N,66.9,W,860\n",
        '"code","latitude","longitude","elevation_m","site"\n"ABC","10.5","-66.9","860","a, b"\n',
        "#Station|Latitude|Longitude|Elevation|SiteName\nABC|10.5|-66.9|860|a, b; c\n",
        "id\tx_km\tlatitude\tlongitude\televation(m)\n.ABC..HH\t1\t10.5\t-66.9\t860\n",
    ],
)
def test_headers_of_neighbours(tmp_path: Path, text: str) -> None:
    path = tmp_path / "list"
    path.write_text(text, encoding="utf-8")
    (station,) = read_stations(path)
    place = station.latitude, station.longitude, station.elevation_m
    assert station.code == "ABC"
    assert place == pytest.approx((10.5, -66.9, 860))


def test_fdsn_text_by_channel_has_epochs() -> None:
    header = "Network|Station|Location|Channel|Latitude|Longitude|Elevation|Depth|StartTime|EndTime"
    row = "XX|ABC|00|HHZ|10.5|-66.9|5.0|2.0|2000-01-01T00:00:00|2010-01-01T00:00:00"
    found = read_station_table("list", f"#{header}\n{row}\n", Report())
    assert found.unit == "m"
    assert (found.rows[0].elevation, found.rows[0].end_s) == (5.0, parse_iso("2010-01-01"))


def test_columns_not_used_are_named_once() -> None:
    report = Report()
    text = "code,lat,lon,elevation_m,site,datum,easting\nA,1,2,3,here,ED50,9\n"
    assert read_station_table("list", text, report).rows
    (note,) = report.problems
    assert note.message == "columns not used: datum, easting"


def test_rows_are_left_out_with_their_line() -> None:
    text, report = "code,lat,lon\nA,1,2\nB,1\nC,1N,2N\n# D,1,2\n\n", Report()
    found = read_station_table("list", text, report)
    assert [row.code for row in found.rows] == ["A"]
    assert [problem.line for problem in report.problems] == [3, 4]
    assert "no longitude: no station: B 1" in report.problems[0].message


def test_what_is_refused_says_what_it_has_and_lacks(tmp_path: Path) -> None:
    text = "site name,lat,Länge,elevation_m\nABC,1,2,3\n"
    assert read_station_table("list", text, Report()) is None
    message = what_is_missing("list", text)
    assert message.startswith(
        "list, line 1: has no column code and no column longitude; recognised:"
    )
    assert "lat (latitude), elevation_m (elevation)" in message
    assert "not recognised: site name, Länge" in message
    path = tmp_path / "list"
    path.write_text("nothing of the kind\n")
    with pytest.raises(DeepQuakeError, match="code,latitude,longitude,elevation_m"):
        read_stations(path)


@pytest.mark.parametrize(
    "text",
    [
        "Estacion;Latitud S;Longitud W;Altura (m)\nABC;10,5;66,5;500\n",
        "code,Latitude (S),Longitude (W),elevation_m\nABC,10.5,-66.5,500\n",
        "code lat_south lon_o elevation_m\nABC 10.5 66.5 500\n",
        "code,lat,,lon,,elevation_m\nABC,10.5,S,66.5,W,500\n",
        "code,Latitude (decimal degrees),Longitude (degrees),elevation_m\nABC,-10.5,66.5 O,500\n",
    ],
)
def test_hemispheres_that_names_or_letters_tell(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.csv").write_text(text)
    (station,) = read_stations(tmp_path / "a.csv", report=Report())
    assert (station.latitude, station.longitude, station.elevation_m) == (-10.5, -66.5, 500.0)


@pytest.mark.parametrize("name", ["elevation_ft", "Elevation (ft)", "elev_feet", "altura (pies)"])
def test_elevations_in_feet_are_converted_and_said(tmp_path: Path, name: str) -> None:
    path, report = tmp_path / "stations.csv", Report()
    path.write_text(f"code,lat,lon,{name}\nA,1,2,5000\nB,1,3,7\n")
    assert [s.elevation_m for s in read_stations(path, report=report)] == [
        pytest.approx(feet * 0.3048) for feet in (5000, 7)
    ]
    assert "feet" in report.problems[0].message
    both = f"code,lat,lon,{name},elevation_m\nA,1,2,5000,1524\n"
    path.write_text(both)
    assert read_stations(path, elevation_positive="down")[0].elevation_m == 1524
