"""Tables as people make them, in every dialect."""

import pytest

from deepquake.core.times import iso
from tests.catalog.made_tables import read_text


def test_a_value_too_long_for_a_table_leaves_its_row_out() -> None:
    events, told = read_text(
        f"time,lat,lon,depth,x\n2014-08-24,64,-17,5,{'a' * 200_000}\n2014-08-24,64,-17,5,a\n"
    )
    assert len(events) == 1 and [line for line, _ in told] == [2]


@pytest.mark.parametrize(
    "text",
    [
        "time;lat;lon;depth\n2014-08-24T00:01:05,5;64,5;-17,5;5,2\n",
        "date,time,lat,lon,depth\n2014-08-24,00:01:05.5,64.5,-17.5,5.2\n",
        "fecha hora time lat lon depth\n2014/8/24 x 0:1:5.5 64.5 -17.5 5.2\n",
        "time,lat,lon,depth\n2014-8-24 0:1:5.5,64.5,-17.5,5.2\n",
        "time,lat,lon,depth\n2014-08-24 00:01:05.5 UTC,64.5,-17.5,5.2\n",
        "# of our network\n# 2014\ntime,lat,lon,depth\n# a\n2014-08-24T00:01:05.5,64.5,-17.5,5.2\n",
        "#time,lat,lon,depth\n2014-08-24T00:01:05.5,64.5,-17.5,5.2\n",
        "#EventID|Time | Latitude |Longitude| Depth/km\n1|2014-08-24T00:01:05.5|64.5|-17.5|5.2\n",
    ],
)
def test_dialects(text: str) -> None:
    (event,), told = read_text(text)
    assert iso(event.origin_time) == "2014-08-24T00:01:05.500000Z"
    assert (event.latitude, event.longitude, event.depth_km) == (64.5, -17.5, 5.2)
    assert told == [(2, "decimal comma: read as a decimal point")] * ("64,5" in text)
