"""The names of columns and their units."""

import pytest

from tests.catalog.made_tables import read_text


@pytest.mark.parametrize(
    ("name", "text", "depth"),
    [("Depth (km)", "5.2", 5.2), ("depth(m)", "5200", 5.2), ("Depth [km]", "5.2", 5.2)],
)
def test_units_in_the_header(name: str, text: str, depth: float) -> None:
    (event,), told = read_text(f"Time (UTC),Latitude (deg),Lon,{name}\n2014-08-24,64,-17,{text}\n")
    assert (event.latitude, event.depth_km) == (64.0, depth)
    assert told == []


def test_unknown_columns_are_named_where_one_is_missed() -> None:
    (event,), told = read_text("time,lat,lon,tiefe,gap\n2014-08-24,64,-17,5,120\n")
    assert event.depth_km is None
    assert told == [(1, "no column of depth found; columns not known: tiefe, gap")]
