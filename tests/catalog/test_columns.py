"""The names of columns, their units and zones, and what stands between the separators."""

import pytest

from deepquake.catalog.columns import COLUMN_OF, NAMES_OF_COLUMNS, header_of, kind_of_table
from tests.catalog.made_tables import read_text

TIME = "2014-08-24T00:01:05"
ROW = "2014/08/24", "10:20:44.07", "38.2155", "-122.3117", "11.25", "72282711"


def columns_of(header: str) -> list[str]:
    return header_of(f"{header}\n").columns


def test_no_name_is_of_two_columns() -> None:
    names = [name for names in NAMES_OF_COLUMNS.values() for name in names.split()]
    assert sorted(names) == sorted(COLUMN_OF)


@pytest.mark.parametrize(
    ("name", "text", "depth"),
    [
        ("Depth (km)", "5.2", 5.2), ("depth(m)", "5200", 5.2), ("Depth [km]", "5.2", 5.2),
        ("Depth/km", "5.2", 5.2), ("PROFUNDIDAD (Km)", "5.2", 5.2), ("Prof. (m)", "5200", 5.2),
        ("z(km)", "5.2", 5.2), ("depth_km", "5.2", 5.2), ("Derinlik(km)", "5.2", 5.2),
    ],
)  # fmt: skip
def test_units_in_the_header(name: str, text: str, depth: float) -> None:
    (event,), told = read_text(f"Time (UTC),Latitude (deg),Lon,{name}\n{TIME},64,-17,{text}\n")
    assert (event.latitude, event.depth_km) == (64.0, depth)
    assert told == []


def test_a_unit_nobody_knows_makes_no_depth() -> None:
    (event,), told = read_text(f"time,lat,lon,depth (ft)\n{TIME},64,-17,5200\n")
    assert event.depth_km is None and "depth (ft)" in told[0][1]


def test_columns_not_used_are_named_once() -> None:
    (event,), told = read_text(f"time,lat,lon,tiefe,gap\n{TIME},64,-17,5,120\n")
    assert event.depth_km is None
    assert told == [(1, "no column of depth found; columns not used: tiefe, gap")]
    _, told = read_text(f"time,lat,lon,depth,gap\n{TIME},64,-17,5,120\n")
    assert told == [(1, "columns not used: gap")]


@pytest.mark.parametrize(
    ("header", "columns"),
    [
        ("time,time_utc,lat,lon", ["", "time", "latitude", "longitude"]),
        ("Fecha Local,Fecha UTC,lat,lon", ["", "date", "latitude", "longitude"]),
        ("Fecha,Hora,Fecha UTC,Hora UTC,lat,lon",
         ["", "", "date", "hour", "latitude", "longitude"]),
        ("Date,Time (UTC),lat,lon", ["date", "time", "latitude", "longitude"]),
        ("date,time,local time,lat,lon", ["date", "time", "", "latitude", "longitude"]),
        ("time_utc,timezone,lat,lon", ["time", "", "latitude", "longitude"]),
        ("FECHA - HORA UTC,lat,lon", ["time", "latitude", "longitude"]),
        ("time,lat,lon,depth,M", ["time", "latitude", "longitude", "depth", "magnitude"]),
        ("time,lat,lon,MAG,M", ["time", "latitude", "longitude", "magnitude", "magnitude_kind"]),
        ("utc_timestamp,time,station,phase", ["utc_timestamp", "time", "station", "phase"]),
        ("origin_time_utc,time,station,phase", ["origin_time", "time", "station", "phase"]),
        ("time,time_utc,station,phase", ["", "time", "station", "phase"]),
        ("DT,X,Y,Z,COA", ["time", "longitude", "latitude", "depth", ""]),
        ("time,x,y,z,lat,lon,depth", ["time", "", "", "", "latitude", "longitude", "depth"]),
        ("time,lat,lon,magnitud local", ["time", "latitude", "longitude", "magnitude_ML"]),
    ],
)  # fmt: skip
def test_columns_are_told_by_those_beside_them(header: str, columns: list[str]) -> None:
    assert columns_of(header) == columns


@pytest.mark.parametrize(
    "name",
    ["time_local", "Time (UTC+9)", "Local Time", "Hora local", "Fecha y Hora Local", "time [HLV]",
     "event_time_local", "Time (JST)", "Date-Time (Philippine Time)", "otime (GMT-4)"],
)  # fmt: skip
def test_local_times_are_refused_by_the_name_of_their_column(name: str) -> None:
    header = header_of(f"{name},date,lat,lon\n" if "Hora l" in name else f"{name},lat,lon\n")
    assert kind_of_table(header) == "events"
    assert f"column '{name}' is in local time: add a column utc_offset" in header.refusal


@pytest.mark.parametrize("name", ["Time (hh:mm:ss.s)", "Time (ISO 8601)", "time [UTC]", "time (s)"])
def test_how_a_time_is_written_is_no_zone(name: str) -> None:
    header = header_of(f"{name},lat,lon\n")
    assert (header.columns[0], header.refusal) == ("time", "")


@pytest.mark.parametrize(
    ("header", "place"),
    [
        ("Time Lat(N) Long(W) Depth", (64.0, -17.0)),
        ("Time Latit(S) Long(E) Depth", (-64.0, 17.0)),
        ("Time Lat(deg) Long(deg) Depth", (64.0, 17.0)),
    ],
)
def test_hemispheres_in_the_header(header: str, place: tuple[float, float]) -> None:
    (event,), _ = read_text(f"{header}\n{TIME} 64 17 5\n")
    assert (event.latitude, event.longitude) == place


def test_a_line_drawn_below_the_header_is_no_row() -> None:
    (event,), told = read_text(f"Date Time Lat Lon Depth Event ID\n----- ---\n{' '.join(ROW)}\n")
    assert (event.event_id, event.depth_km, told) == ("72282711", 11.25, [])


@pytest.mark.parametrize("above", ["", "# of our network\n# 2014\n", "Earthquakes of 2014\n\n"])
def test_the_header_may_have_lines_above_it(above: str) -> None:
    header = header_of(f"{above}#time,lat,lon,depth\n{TIME},64,-17,5\n")
    assert header.columns == ["time", "latitude", "longitude", "depth"]
    assert header.line == above.count("\n") + 1


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("time,lat,lon,depth,place", f"{TIME},64,-17,5,12 km SW of Hella, Iceland"),
        ("time,place,lat,lon,depth", f"{TIME},12 km SW of Hella, Iceland,64,-17,5"),
        ("time,lat,lon,depth,place", f'{TIME},64,-17,5,"Hella, Iceland"'),
        ("time,lat,lon,depth,place", f"{TIME},64,-17,5"),
        ("time lat lon depth", f"{TIME} 64 -17 5 near Hella"),
        ("time place lat lon depth", f"{TIME} near Hella 64 -17 5"),
        ("eventid,author,date,time,lat,lon,depth,depfix,author,type,mag",
         "1,ISC,2014-08-24,00:01:05,64,-17,5,,ISC,mb,4,NEIC,Mw,4.1"),
    ],
)  # fmt: skip
def test_names_of_places_may_hold_the_separator(header: str, row: str) -> None:
    (event,), _ = read_text(f"{header}\n{row}\n")
    assert (event.latitude, event.longitude, event.depth_km) == (64.0, -17.0, 5.0)


@pytest.mark.parametrize("row", [f"{TIME},64,-17,5,7", f"{TIME},64,-17", f"{TIME},64,5,-17,5"])
def test_rows_whose_columns_are_open_are_left_out(row: str) -> None:
    events, told = read_text(f"time,lat,lon,depth\n{row}\n")
    assert events == []
    assert told == [(2, "row with more or fewer values than the header: left out")]


def test_zmap_has_no_header() -> None:
    row = "-117.504\t35.708\t2019.5061\t7\t4\t3.98\t10.6\t17\t2\t55.34"
    header = header_of(f"{row}\n{row}\t0.1\n")
    assert (header.line, kind_of_table(header)) == (0, "events")
    assert header_of(row.replace("2019.5061", "2019.9")).columns == [""] * 10  # not of July
    assert header_of(row.replace("\t17\t", "\t27\t")).columns == [""] * 10
