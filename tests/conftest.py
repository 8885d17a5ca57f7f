"""Fixtures shared by the tests."""

import csv
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.demonstration import Demonstration

ROOT = Path(__file__).resolve().parent.parent


def pytest_configure() -> None:
    """Make the tests see nothing of how they are started, nor of the machine's proxy."""
    # the steps that tests start hear Ctrl-C: what a shell starts with & is deaf to it
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.umask(0o022)  # tests that become another user may read what is not closed to him
    # the servers that tests start are asked directly, whatever proxy the machine has
    os.environ["no_proxy"] = f"{os.environ.get('no_proxy', '')},localhost,127.0.0.1"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of real seismograms and s-files; skip the test where it is absent."""
    folder = Path(os.environ.get("DEEPQUAKE_SHARED_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"needs the real records in {folder}, which are not part of the project")
    return folder


@pytest.fixture(scope="session")
def shared_cases(shared_data: Path) -> Path:
    """Return the folder of small inputs that went wrong; skip the test where it is absent."""
    folder = shared_data.parent / "cases"
    if not folder.is_dir():
        pytest.skip(f"needs the inputs in {folder}, which are not part of the project")
    return folder


@pytest.fixture(scope="session")
def loudness_detector(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint whose network calls an event what holds more than 20 samples of 100 counts."""
    from tests.steps.loudness import write_detector

    folder = tmp_path_factory.mktemp("checkpoint")
    write_detector(folder)
    return folder


@pytest.fixture(scope="session")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> "Demonstration":
    """Return the records of the demonstration set, its catalogue and the P that truly arrive."""
    from tests.demonstration import make_demonstration

    return make_demonstration(tmp_path_factory.mktemp("demonstration") / "demo")


@pytest.fixture(scope="session")
def iceland(shared_data: Path) -> tuple[list, list, dict[tuple[str, float], float]]:
    """Return events and stations of Iceland, and the modelled P by station and event time."""
    from deepquake.catalog.reader import read_file
    from deepquake.core.report import Report
    from deepquake.core.times import parse_iso
    from deepquake.earth.stations import read_stations

    folder = shared_data / "iceland"
    events = [
        event
        for path in sorted((folder / "sfiles_nordicformat").iterdir())
        for event in read_file(path, Report())[0]
    ]
    with (folder / "modelled_arrivals.csv").open() as file:
        modelled = {
            (row["station"], parse_iso(row["event_time"])): parse_iso(row["modelled_time"])
            for row in csv.DictReader(file)
            if row["phase"] == "P"
        }
    return events, read_stations(folder / "stations.csv"), modelled
