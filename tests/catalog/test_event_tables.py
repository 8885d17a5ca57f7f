"""Events of tables: what their rows say."""

from tests.catalog.made_tables import read_text


def test_impossible_values_are_unknown_and_reported() -> None:
    (event,), told = read_text("time,lat,lon,depth,mag\n2014-08-24,91,-17,5200,-99\n")
    assert (event.latitude, event.depth_km, event.magnitudes) == (None, None, [])
    assert [message for _, message in told] == [
        "latitude or longitude missing or out of range: location unknown",
        "depth not between -10 and 800 km: depth unknown",
        "magnitude not between -5 and 11: left out",
    ]
