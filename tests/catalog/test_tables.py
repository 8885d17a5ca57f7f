"""Tables as people and programs make them, in every dialect."""

from pathlib import Path

import pytest

from deepquake.catalog.events import Event
from deepquake.catalog.reader import read_file
from deepquake.catalog.tables import why_no_table
from deepquake.core.errors import DeepQuakeError
from deepquake.core.report import Report
from deepquake.core.times import iso
from tests.catalog.made_tables import read_text

TIME = "2014-08-24T00:01:05"


@pytest.mark.parametrize("quote", ["", '"'])
def test_a_long_value_beside_the_known_ones(quote: str) -> None:
    lines = [f"{TIME},64,-17,5,{quote}{'a' * 200_000}{quote}", "2014-08-24T00:01:06,64,-17,5,a"]
    events, told = read_text("\n".join(["time,lat,lon,depth,x", *lines]))
    assert len(events) == (1 if quote else 2)  # Python's reader of quotes has a limit
    assert [line for line, _ in told] == ([1, 2] if quote else [1])


@pytest.mark.parametrize(
    "text",
    [
        "time;lat;lon;depth\n2014-08-24T00:01:05,5;64,5;-17,5;5,2\n",
        "date,time,lat,lon,depth\n2014-08-24,00:01:05.5,64.5,-17.5,5.2\n",
        "fecha hora lat lon depth\n2014/8/24 0:1:5.5 64.5 -17.5 5.2\n",
        "time,lat,lon,depth\n2014-8-24 0:1:5.5,64.5,-17.5,5.2\n",
        "time,lat,lon,depth\n2014-08-24 00:01:05.5 UTC,64.5,-17.5,5.2\n",
        "# of our network\n# 2014\ntime,lat,lon,depth\n# a\n2014-08-24T00:01:05.5,64.5,-17.5,5.2\n",
        "#time,lat,lon,depth\n2014-08-24T00:01:05.5,64.5,-17.5,5.2\n",
        "#EventID|Time | Latitude |Longitude| Depth/km\n1|2014-08-24T00:01:05.5|64.5|-17.5|5.2\n",
        "date,time,lat,ns,lon,ew,depth\n2014-08-24,000105.5,64.5,N,17.5,W,5.2\n",
        "date,time,lat,latmin,lon,lonmin,depth\n2014-08-24,000105.5,64,30,-17,30,5.2\n",
    ],
)
def test_dialects(text: str) -> None:
    (event,), told = read_text(text)
    assert iso(event.origin_time) == "2014-08-24T00:01:05.500000Z"
    assert (event.latitude, event.longitude, event.depth_km) == (64.5, -17.5, 5.2)
    assert told == [(2, "decimal comma: read as a decimal point")] * ("64,5" in text)


def test_depths_of_a_table_are_metres_together() -> None:
    rows = [f"2014-08-24T00:0{n}:05,35.7,-117.5,{depth}" for n, depth in enumerate((450, 900, 7e3))]
    events, told = read_text("\n".join(["time,lat,lon,depth", *rows]))
    assert [event.depth_km for event in events] == [0.45, 0.9, 7.0]
    assert len(told) == 1 and "all are read as metres" in told[0][1]


def refused(tmp_path: Path, text: str) -> str:
    path = tmp_path / "table.csv"
    path.write_text(text)
    with pytest.raises(DeepQuakeError) as error:
        read_file(path, Report())
    return str(error.value).removeprefix(str(path))


def test_a_table_with_columns_unknown_is_told_how_to_name_them(tmp_path: Path) -> None:
    told = refused(tmp_path, f"wann,lat,laenge,depth\n{TIME},64,-17,5\n")
    assert told == (
        ": is not a catalogue: its columns are not all known. Recognised: lat (latitude), depth; "
        "not known: wann, laenge. Missing: time, longitude. Rename the columns that hold these, in "
        "line 1, to time (2014-08-24T00:01:05.5, in UTC), longitude (degrees)"
    )


def test_a_table_without_a_header_is_told_to_write_it(tmp_path: Path) -> None:
    told = refused(tmp_path, f"{TIME} 13.22 42.82 10.8 1.4\n{TIME} 13.23 42.89 8.9 1.4\n")
    assert "columns 2 and 3 (13.22 and 42.82) may be latitude and longitude, or longitude" in told
    assert "such as time,latitude,longitude,depth,magnitude" in told


def test_a_table_in_local_time_is_refused_with_its_line(tmp_path: Path) -> None:
    told = refused(tmp_path, f"# ours\ntime_local,lat,lon\n{TIME},64,-17\n")
    assert told.startswith(
        ", line 2: column 'time_local' is in local time: add a column utc_offset"
    )


def test_local_times_that_tell_their_offset_are_read() -> None:
    (event,), told = read_text("local_time,lat,lon,depth\n2014-08-23T20:01:05.5-04:00,64,-17,5\n")
    assert iso(event.origin_time) == "2014-08-24T00:01:05.500000Z" and told == []


@pytest.mark.parametrize(
    "text",
    [
        "code,latitude,longitude,elevation\nA,1,2,3",
        "#Net|Sta\nXX|A|42.6|13.1|2014-08-24T00:00:00|\n",
        "Some notes.\nNo more.\n",
        "a b c\n1 2 3\n",
        "5 6 7\n",
        "",
    ],
)
def test_what_is_no_table_is_told_nothing(text: str) -> None:
    assert why_no_table(text) == ""


def case(folder: Path, name: str) -> tuple[list[Event], list[str]]:
    """Return the events of an input that went wrong, and what was said of it."""
    report = Report()
    events, _ = read_file(folder / "catalogues" / name, report)
    return events, [problem.message for problem in report.problems]


DAY = "2019-07-04T"
READ = {  # file: time of each event, latitude, longitude and depth of the first
    "b03_local_and_utc.csv": (["17:02:55.34"], 35.708, -117.504, 10.6),
    "b05_zona.csv": (["17:02:55"], 10.2, -67.9, 5.0),
    "b06_depth_m_as_depth.csv": (
        ["17:02:55.34", "17:12:55.34", "17:22:55.34"], 35.708, -117.504, 0.45),
    "b11_hemicol.csv": (["17:02:55.34"], -35.708, -117.504, 10.0),
    "b13_zeros.csv": (["17:02:55.34", "17:12:55.34", "17:22:55.34"], None, None, None),
    "b17_dup_revised.csv": (["17:02:56.14"], 35.718, -117.504, 10.0),
    "b21_degmin.csv": (["17:02:55.34"], 35.708, -117.504, 10.0),
    "b24_date_only.csv": ([], None, None, None),
    "f08_zmap_ok.txt": (["17:02:55.34"], 35.708, -117.504, 10.6),
    "f09_zmap_latlon.txt": (["17:02:55.34"], -67.9, 10.2, 10.6),
    "usgs_comcat.csv": (["17:02:55.34", "18:02:55.34"], 35.708, -117.504, 10.6),
    "gamma_pair/catalog.csv": (["17:02:54.523", "17:03:14.523"], 35.71, -117.523, 16.411347),
    "refused/b10_hemis.csv": (["17:02:55.34", "17:12:55.34"], 35.708, -117.504, 10.0),
    "refused/b22_nolon.csv": (["17:02:55.34"], 35.7, -117.5, 10.0),
    "refused/b23_hhmmss.csv": (["17:02:55", "17:02:55.3"], 35.7, -117.5, 10.0),
    "refused/f31_nodate_hour.csv": (["17:02:58.1"], 10.2, -67.9, 5.0),
    "refused/f32_ymd_hms.csv": (["17:02:58.1"], 10.2, -67.9, 5.0),
    "refused/f34_ymd_hhmm.csv": (["17:02:58"], 10.2, -67.9, 5.0),
    "refused/f35_sgc.csv": (["17:02:58"], 10.2, -67.9, 5.0),
    "refused/f36_csn.csv": (["17:02:58"], -30.2, -71.9, 5.0),
    "refused/f38_hour_pm.csv": (["17:02:58"], 10.2, -67.9, 5.0),
    "refused/g01_badmag.csv": (
        [*(f"17:{minute}2:55.3" for minute in "012345"), "18:02:55.3", "18:12:55.3"],
        *(35.7, -117.5, 10.0),
    ),
    "refused/g02_extra_comma.csv": (["17:02:55.3", "17:12:55.3"], 35.7, -117.5, 10.0),
    "refused/g04_blank_sep_place.txt": (["17:02:55.3", "17:12:55.3"], 35.7, -117.5, 10.0),
    "refused/scedc_cat.txt": (["17:02:55.34", "17:09:20.09"], 35.708, -117.504, 10.6),
}  # fmt: skip


@pytest.mark.parametrize("name", READ)
def test_tables_that_went_wrong(shared_cases: Path, name: str) -> None:
    times, latitude, longitude, depth = READ[name]
    events, _ = case(shared_cases, name)
    expected = [f"{DAY}{time}{'' if '.' in time else '.'}" for time in times]
    assert [iso(e.origin_time)[: len(t)] for e, t in zip(events, expected, strict=True)] == expected
    if events:
        first = events[0]
        assert (first.latitude, first.longitude) == pytest.approx((latitude, longitude))
        assert first.depth_km == pytest.approx(depth)


@pytest.mark.parametrize(
    ("name", "time", "place", "kinds"),
    [
        ("geonet.csv", "2016-11-13T11:02:56.346", (-42.6902, 173.0224, 15.1),
         ["earthquake", "other"]),
        ("pyocto_pair/events.csv", "2024-04-12T18:44:37.16", (23.3689, 120.1918, 13.6719),
         ["", ""]),
        ("refused/b15_yy_parts.txt", "2019-07-05T00:02:55.34", (35.7, -117.5, 10), ["", ""]),
        ("refused/koeri.txt", "2023-02-06T01:17:32.32", (37.1757, 37.085, 8.6),
         ["earthquake", "blast"]),
        ("refused/ign_es_iso.csv", "2021-09-19T14:12:52", (28.613, -17.874, 12), [""]),
        ("refused/qm.event", "2014-08-24T00:01:08.92", (64.754563, -16.946445, 6), [""]),
        ("refused/scedc_cat.txt", "2019-07-04T17:02:55.34", (35.708, -117.504, 10.6),
         ["earthquake", "blast"]),
    ],
)  # fmt: skip
def test_tables_of_agencies_and_programs(shared_cases: Path, name, time, place, kinds) -> None:
    events, _ = case(shared_cases, name)
    first = events[0]
    assert iso(first.origin_time).startswith(time)
    assert (first.latitude, first.longitude, first.depth_km) == pytest.approx(place)
    assert [event.kind for event in events] == kinds


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("b05_zona.csv", "time zone 'HLV' is not known"),
        ("b06_depth_m_as_depth.csv", "all are read as metres"),
        ("b13_zeros.csv", "latitude, longitude and depth are all 0: location unknown"),
        ("b17_dup_revised.csv", "2 rows tell an event again"),
        ("b24_date_only.csv", "a date alone is no origin time"),
        ("geonet.csv", "by their type or status: 1 not existing"),
        ("usgs_comcat.csv", "by their type or status: 1 deleted"),
        ("refused/b14_yy.csv", "'19-07-04' may be 2019-07-04 or 2004-07-19"),
        ("refused/b15_yy_parts.txt", "may be 1994 or 2094"),
        ("refused/b18_dmy.csv", "'04-07-2019' may be 2019-07-04 or 2019-04-07"),
        ("refused/f34_ymd_hhmm.csv", "'1702': no seconds, and may be"),
        ("refused/afad.csv", "'06/02/2023' may be 2023-02-06 or 2023-06-02"),
        ("n14_zero.sfile", "latitude, longitude and depth are all 0: location unknown"),
        ("e2e/s4_zero.json", "latitude, longitude and depth are all 0: location unknown"),
        ("e2e/s5_depth.json", "all are read as metres"),
    ],
)
def test_what_is_said_of_them(shared_cases: Path, name: str, said: str) -> None:
    _, told = case(shared_cases, name)
    assert any(said in message for message in told)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("b02_local_header.csv", "column 'Time (UTC+9)' is in local time"),
        ("f37_ovsicori.csv", "column 'Fecha y Hora Local' is in local time"),
        ("f39_local_plain.csv", "column 'event_time_local' is in local time"),
        ("f40_time_local_bracket.csv", "column 'time (local)' is in local time"),
        ("real_catalog_use.txt", "may be latitude and longitude, or longitude and latitude"),
    ],
)
def test_tables_that_stay_refused(shared_cases: Path, name: str, said: str) -> None:
    with pytest.raises(DeepQuakeError) as error:
        case(shared_cases, f"refused/{name}")
    assert said in str(error.value)


@pytest.mark.parametrize(
    "text",
    [
        "year,month,day,hour,minute,second,msec,lat,lon\n2014,8,24,0,1,5,700,64,-17\n",
        "fecha,hora,minuto,segundo,centesimas,lat,lon\n2014-08-24,0,1,5,70,64,-17\n",
        "date,time,microseconds,lat,lon\n2014-08-24,00:01:05,700000,64,-17\n",
        "time,milliseconds,lat,lon\n2014-08-24T00:01:05.7,700,64,-17\n",
    ],
)
def test_parts_of_a_second_in_a_column_of_their_own(text: str) -> None:
    events, _ = read_text(text)
    assert [iso(event.origin_time) for event in events] == [f"{TIME}.700000Z"]


def test_types_that_are_distances() -> None:
    rows = "time,lat,lon,type\n2014-08-24T00:01:05,64,-17,L\n2014-08-25T00:01:05,64,-17,{}\n"
    events, told = read_text(rows.format("D"))
    assert [(event.distance, event.kind) for event in events] == [("L", ""), ("D", "")]
    assert "types L, R and D alone: read as local, regional and distant" in told[-1][1]
    events, _ = read_text(rows.format("E"))
    assert [event.kind for event in events] == ["landslide", "explosion"]
    events, _ = read_text(rows.format("telesismo"))
    assert [event.distance for event in events] == ["", "D"]


def test_a_column_that_tells_deleted_events() -> None:
    events, told = read_text(
        "time,lat,lon,deleted\n2014-08-24T00:01:05,64,-17,1\n2014-08-25T00:01:05,64,-17,0\n"
    )
    assert len(events) == 1
    assert "1 deleted" in told[-1][1]


def test_a_date_beside_a_time_in_utc_must_say_so_too() -> None:
    text = "Fecha,Hora local,Hora UTC,Latitud,Longitud\n2014-08-24,22:20:44,02:20:44,10.1,-66.1\n"
    assert "must say UTC too, as in 'Date UTC'" in why_no_table(text)
