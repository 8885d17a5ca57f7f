"""Fixtures shared by the tests."""

import os
import signal
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def pytest_configure() -> None:
    """Let the steps that tests start hear Ctrl-C: what a shell starts with & is deaf to it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of real seismograms and s-files; skip the test where it is absent."""
    folder = Path(os.environ.get("DEEPQUAKE_SHARED_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"needs the real records in {folder}, which are not part of the project")
    return folder
