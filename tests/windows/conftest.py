"""Fixtures of the room windows."""

from pathlib import Path

import pytest

from tests.windows.made_windows import make_prep


@pytest.fixture
def prep(tmp_path: Path) -> Path:
    """Return the folder of step 1 of eight events at two stations."""
    return make_prep(tmp_path)
