"""What is kept of how far packets were received."""

import json
from pathlib import Path

import pytest

from deepquake.core.errors import DeepQuakeError
from deepquake.waveforms.seedlink.state import Received, load_received


def on_disk(received: Received) -> dict[str, int]:
    """Return what the next run would find."""
    return load_received(received.path).last


def test_what_is_kept_is_a_minute_old_but_for_a_new_station(tmp_path: Path) -> None:
    received = Received(tmp_path / "state.json")
    received.last["XX_A"] = 1
    received.save(0.0)
    received.last |= {"XX_A": 20, "XX_B": 7}
    received.save(30.0)
    assert on_disk(received) == {"XX_A": 1, "XX_B": 7}
    received.last |= {"XX_A": 40, "XX_B": 9}
    received.save(60.0)
    assert on_disk(received) == {"XX_A": 1, "XX_B": 7}
    received.save(90.0)
    assert on_disk(received) == {"XX_A": 20, "XX_B": 7}
    received.save(1000.0)
    assert on_disk(received) == {"XX_A": 40, "XX_B": 9}
    received.last["XX_A"] = 41
    received.save()  # at the end all is on the disk
    assert on_disk(received) == {"XX_A": 41, "XX_B": 9}


def test_numbers_stand_as_servers_write_them(tmp_path: Path) -> None:
    received = Received(tmp_path / "state.json", {"XX_A": 0xAB, "XX_B": 0xFFFFFF})
    received.save()
    assert json.loads(received.path.read_text()) == {
        "stations": {"XX_A": "0000AB", "XX_B": "FFFFFF"}
    }


def test_without_an_earlier_run_nothing_was_received(tmp_path: Path) -> None:
    assert load_received(tmp_path / "state.json").last == {}


@pytest.mark.parametrize("content", ["{}", '{"stations": {"A": "x"}}', "[]", '{"stations": 1}'])
def test_a_file_that_tells_nothing_is_named(tmp_path: Path, content: str) -> None:
    path = tmp_path / "state.json"
    path.write_text(content)
    with pytest.raises(DeepQuakeError, match=r"state\.json: does not tell how far .* remove it"):
        load_received(path)
