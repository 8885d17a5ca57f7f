"""Servers and stations as users of SeedLink write them."""

import pytest

from deepquake.core.errors import DeepQuakeError
from deepquake.waveforms.seedlink.request import (
    StationRequest,
    parse_server,
    parse_stations,
    resolve,
)


def test_a_server_is_a_host_with_a_port_or_the_usual_one() -> None:
    assert parse_server("geofon.gfz.de") == ("geofon.gfz.de", 18000)
    assert parse_server(" seedlink://10.0.0.1:18001/ ") == ("10.0.0.1", 18001)
    for wrong in ("", "a b", "host:", "host:0", "host:65536", "host:x", "http://host"):
        with pytest.raises(ValueError, match="takes HOST:PORT"):
            parse_server(wrong)


def test_stations_are_written_as_for_slinktool_or_with_a_point() -> None:
    stations = parse_stations("IU_KONO:BHE BHN, ge.wlf,MN_AQ*:HH?.D 00BHZ,")
    assert stations == (
        StationRequest("IU", "KONO", ("BHE", "BHN")),
        StationRequest("GE", "WLF"),
        StationRequest("MN", "AQ*", ("HH?.D", "00BHZ")),
    )
    assert [station.is_pattern for station in stations] == [False, False, True]
    assert parse_stations(" ") == ()


def test_a_station_that_stands_twice_has_the_channels_of_both() -> None:
    assert parse_stations("XX_A:HHZ,XX_A:HHN HHZ") == (StationRequest("XX", "A", ("HHZ", "HHN")),)
    assert parse_stations("XX_A:HHZ,XX_A") == (StationRequest("XX", "A"),)


@pytest.mark.parametrize("wrong", ["KONO", "IU_KO NO", "IU_", "_A", "IU_A_B", "IU_/.."])
def test_what_is_no_station_is_told(wrong: str) -> None:
    with pytest.raises(ValueError, match="takes stations such as"):
        parse_stations(f"XX_A,{wrong}")


@pytest.mark.parametrize("wrong", ["HH*", "HHZ.X", "000BHZ", "H/Z"])
def test_what_is_no_selector_is_told(wrong: str) -> None:
    with pytest.raises(ValueError, match="takes selectors such as"):
        parse_stations(f"XX_A:HHZ {wrong}")


def test_patterns_become_the_stations_that_a_server_has() -> None:
    has = [("CH", "DAVOX"), ("CH", "SULZ"), ("GE", "WLF"), ("CH", "SULZ")]
    found = resolve(parse_stations("CH_*:HH?,CH_SULZ:BHZ,GE_UNKNOWN"), has, "host:1")
    assert found == [
        StationRequest("CH", "SULZ", ("BHZ",)),
        StationRequest("GE", "UNKNOWN"),  # the server itself says that it has none
        StationRequest("CH", "DAVOX", ("HH?",)),
    ]
    with pytest.raises(DeepQuakeError, match=r"host:1: has no station NL_\*; it has CH_DAVOX"):
        resolve(parse_stations("NL_*"), has, "host:1")
    with pytest.raises(DeepQuakeError, match="it has none at all"):
        resolve(parse_stations("NL_*"), [], "host:1")
