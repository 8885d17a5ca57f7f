"""What a title, a row of units and a column of letters say of the table they stand with."""

import pytest

from deepquake.catalog.around_tables import with_lines_around
from deepquake.catalog.columns import header_of
from deepquake.catalog.reader import read_file
from deepquake.core.errors import DeepQuakeError
from deepquake.core.report import Report
from deepquake.core.times import iso
from tests.catalog.made_tables import read_text

HEADER = "time,latitude,longitude,depth"
ROW = "2014-08-24T00:01:05.5,10.5,66.5,5200"


@pytest.mark.parametrize(
    "title",
    [
        "# Times are local time",
        "# All times in JST",
        "Catalogo sismico. Hora legal de Venezuela (HLV)",
        "Catalogo (UTC-6)",
        "Eastern Standard Time",
    ],
)
def test_a_title_that_tells_local_time_refuses_the_table(title: str) -> None:
    with pytest.raises(DeepQuakeError, match="above the table says that its times are local"):
        read_text(f"{title}\n{HEADER}\n{ROW}\n")
    events, _ = read_text(f"{title}\n{HEADER},utc_offset\n{ROW},-4\n")
    assert iso(events[0].origin_time) == "2014-08-24T04:01:05.500000Z"


@pytest.mark.parametrize(
    "title",
    ["# UTC (local time is UTC-4)", "# local earthquakes, local magnitude", "# network of 2014-08"],
)
def test_other_titles_do_not(title: str) -> None:
    assert len(read_text(f"{title}\n{HEADER}\n{ROW}\n")[0]) == 1


@pytest.mark.parametrize("separator", [",", ";", "\t", " "])
def test_a_row_of_units_is_of_the_header(separator: str) -> None:
    lines = [HEADER, "UTC,(deg),(deg),m", ROW]
    events, told = read_text("\n".join(line.replace(",", separator) for line in lines))
    assert [event.depth_km for event in events] == [5.2]
    assert told == []


def test_a_row_of_units_tells_local_time() -> None:
    with pytest.raises(DeepQuakeError, match="local time"):
        read_text(f"{HEADER}\nlocal,deg,deg,m\n{ROW}\n")


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("time,lat,,lon,,depth", "2014-08-24T00:01:05.5,10.5, S ,66.5,W,5"),
        ("time lat h lon h depth", "2014-08-24T00:01:05.5 10.5 S 66.5 W 5"),
        ("time,LATITUD S,LONGITUD W,depth", "2014-08-24T00:01:05.5,10.5,66.5,5"),
        ("time,Latitude South,Longitude (O),depth", "2014-08-24T00:01:05.5,10.5,66.5,5"),
        ("time,Latitude degrees,,Longitude degrees,,x", "2014-08-24T00:01:05.5,10.5,S,66.5,O,5"),
    ],
)
def test_hemispheres_that_names_or_letters_tell(header: str, row: str) -> None:
    events, _ = read_text(f"{header}\n{row}\n")
    assert [(event.latitude, event.longitude) for event in events] == [(-10.5, -66.5)]


def test_a_column_of_other_letters_is_none_of_hemispheres() -> None:
    text = "time,lat,q,lon,depth\n2014-08-24T00:01:05.5,10.5,A,66.5,5\n"
    header = header_of(text)
    assert with_lines_around(header, text) == header


def test_tables_of_spreadsheets_in_utf_16(tmp_path) -> None:
    (tmp_path / "a.txt").write_bytes(f"{HEADER}\n{ROW}\n".replace(",", "\t").encode("utf-16"))
    events, _ = read_file(tmp_path / "a.txt", Report())
    assert [event.latitude for event in events] == [10.5]


PARTS = "year,month,day,hour,minute,second,{}lat,lon,depth,mag{}\n"


@pytest.mark.parametrize(
    ("values", "seconds"), [(("500", "7"), [5.5, 6.007]), (("0", "0"), [5.0, 6.0])]
)
def test_whole_numbers_behind_the_seconds_are_milliseconds(values, seconds) -> None:
    rows = [f"2014,8,24,0,1,{5 + n},{ms},10.5,66.5,5,2.1\n" for n, ms in enumerate(values)]
    events, _ = read_text(PARTS.format("ms,", "") + "".join(rows))
    assert [event.origin_time % 60 for event in events] == pytest.approx(seconds)
    assert [m.kind for event in events for m in event.magnitudes] == ["", ""]


@pytest.mark.parametrize("second, value", [("5", "5.5"), ("5.0", "6"), ("5.25", "5")])
def test_magnitudes_ms_stay_such(second: str, value: str) -> None:
    row = f"2014,8,24,0,1,{second},10.5,66.5,5,2.1,{value}\n"
    (event,), _ = read_text(PARTS.format("", ",ms") + row)
    assert event.origin_time % 60 == float(second)
    assert ("Ms", float(value)) in [(m.kind, m.value) for m in event.magnitudes]


def test_ms_that_can_be_either_is_refused() -> None:
    with pytest.raises(DeepQuakeError, match="'ms' may be milliseconds or magnitudes Ms"):
        read_text(PARTS.format("ms,", "") + "2014,8,24,0,1,5,6,10.5,66.5,5,2.1\n")


def test_ms_of_picks_beside_a_time_are_milliseconds() -> None:
    (event,), _ = read_text("station,phase,time,ms\nA,P,2014-08-24T00:01:07,250\n")
    assert event.picks[0].time % 60 == 7.25
