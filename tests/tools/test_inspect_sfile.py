"""An s-file printed for a person."""

from pathlib import Path

from deepquake.catalog.events import Event, Magnitude, Pick
from deepquake.catalog.nordic.writer import write_nordic
from deepquake.tools.inspect_sfile import describe_event
from tests.made_data import network_events, run_step

PROGRAM = "-m deepquake.tools.inspect_sfile"


def test_events_are_printed(tmp_path: Path) -> None:
    sfile = tmp_path / "many.out"
    sfile.write_text(write_nordic(network_events(3)))
    done = run_step(PROGRAM, "--stream_path", sfile)
    assert f"event {network_events(1)[0].event_id} (line 1)" in done.stdout
    assert "12 at 6 stations: 6 P, 6 S, 0 other" in done.stdout
    assert done.stdout.count("impulsive") == 18


def test_what_is_known_is_said_and_what_is_not_too() -> None:
    pick = Pick("AAA", "P", 1000.25, network="XX", onset="E", polarity="D", weight=4)
    event = Event("a", 998.0, -10.5, 20.25, magnitudes=[Magnitude(2.0, "L", "DQS")], picks=[pick])
    lines = describe_event(event).splitlines()
    assert "  hypocentre  10.5000 S  20.2500 E  depth unknown" in lines
    assert "  magnitudes  2.0 L DQS" in lines
    assert "  picks       1 at 1 station: 1 P, 0 S, 0 other" in lines
    assert lines[-1].split() == [
        *("XX.AAA", "P", "1970-01-01", "00:16:40.250", "2.25"),
        *("emergent,", "down,", "weight", "4,", "not", "used"),
    ]
    assert describe_event(Event("b", None)).splitlines()[1:4] == [
        "  origin      unknown",
        "  hypocentre  unknown",
        "  magnitudes  none",
    ]


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    done = run_step(PROGRAM, "--stream_path", tmp_path / "none", status=1)
    assert done.stderr.count("\n") == 1 and done.stderr.startswith("error: ")
