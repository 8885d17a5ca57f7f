"""The channels that arrivals are read on."""

from collections.abc import Mapping

import pytest

from deepquake.detection.outputs.channels import channel_read_on, channels_by_sensor, first_code
from deepquake.waveforms.recording import Recording
from tests.detection.outputs.made_located import arrival


def recording(station: str, channels: Mapping[str, str]) -> Recording:
    """Return a record without samples of the sensor HH at location 00."""
    return Recording(
        *(station, "2C", station, "00", "HH"),
        channels=channels,
        pieces={},
        sampling_rate_hz=100.0,
        start_s=0.0,
        stretches=(),
    )


def test_p_is_read_on_the_vertical_and_s_on_the_first_horizontal() -> None:
    channels = channels_by_sensor(
        [recording("MEDO", {"Z": "HHZ", "E": "HH2"}), recording("SVIN", {"Z": "HHZ"})]
    )
    assert channel_read_on(arrival("MEDO", "P", 1.0), channels) == "HHZ"
    assert channel_read_on(arrival("MEDO", "S", 1.0), channels) == "HH2"
    assert channel_read_on(arrival("SVIN", "S", 1.0), channels) == "HHZ"
    nothing_told = arrival("MEDO", "S", 1.0, location="", channel="")
    assert channel_read_on(nothing_told, channels) == "HH2"


@pytest.mark.parametrize(
    ("told", "phase", "read_on"),
    [("HH", "P", "HHZ"), ("HH", "S", "HHN"), ("HH1", "S", "HH1"), ("", "P", "")],
)
def test_without_records_it_is_what_the_pick_tells(told: str, phase: str, read_on: str) -> None:
    assert channel_read_on(arrival("LSKA", phase, 1.0, channel=told), {}) == read_on


def test_no_channel_at_all() -> None:
    assert first_code({}, "P") == ""
