"""Conversions of made events, and reading back what was written."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from deepquake.catalog.events import Event, arrange
from deepquake.catalog.reader import read_files
from deepquake.core.files import files_below
from deepquake.core.report import Report
from deepquake.earth.stations import Station
from deepquake.tools.bridges.arrivals import Conversion
from tests.made_data import network_events

CODES = "TURV", "BENV", "TACV", "BAUV", "MAN", "CRUV"
STATIONS = [
    Station(code=code, latitude=10.0 + k / 8, longitude=-68.0, elevation_m=100.0 * k, network="XX")
    for k, code in enumerate(CODES)
]


def made_events(count: int = 4) -> list[Event]:
    """Return events of network XX, the last pick of each out of use."""
    events = network_events(count)
    for event in events:
        event.picks = [replace(pick, network="XX") for pick in event.picks]
        event.picks[-1].weight = 4
    return arrange(events)


def conversion(
    path: Path, events: Sequence[Event], stations: Sequence[Station] = STATIONS
) -> Conversion:
    """Return what is to be written, from a source called 'source'."""
    return Conversion(events, stations, source=Path("source"), path=path, report=Report())


def read_back(path: Path) -> list[Event]:
    """Return the events of a file or folder, as step 0 reads it, without the files of stations."""
    files = [file for file in files_below(path) if "stations" not in file.name]
    return arrange(read_files(files, Report()).events)


def onsets(events: Sequence[Event]) -> list[tuple[str, str, float]]:
    """Return station, phase and time (ms) of all picks of all events, in order."""
    picks = [pick for event in events for pick in event.picks]
    return sorted((p.station, p.phase, round(p.time, 3)) for p in picks)


def check_origins(events: Sequence[Event], wanted: Sequence[Event]) -> None:
    """Check that events have the origins and magnitudes of others, one by one."""
    assert len(events) == len(wanted)
    for event, other in zip(events, wanted, strict=True):
        assert event.origin_time == pytest.approx(other.origin_time, abs=1e-3)
        assert event.latitude == pytest.approx(other.latitude, abs=1e-3)
        assert event.longitude == pytest.approx(other.longitude, abs=1e-3)
        assert event.depth_km == pytest.approx(other.depth_km, abs=0.06)  # Nordic: tenths
        assert [m.value for m in event.magnitudes[:1]] == pytest.approx(
            [m.value for m in other.magnitudes[:1]], abs=0.051
        )
