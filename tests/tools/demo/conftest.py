"""Earthquakes that the tests of the demonstration data share."""

import numpy as np
import pytest

from deepquake.tools.demo.archive import ARCHIVE_START
from deepquake.tools.demo.network import FAULTS, Source
from deepquake.tools.demo.seismicity import draw_sources


@pytest.fixture(scope="session")
def sources() -> list[Source]:
    """Twelve earthquakes of magnitude 2, two of each region."""
    times = ARCHIVE_START + 1000.0 * np.arange(12)
    return draw_sources(times, np.full(12, 2.0), faults=FAULTS, number=0, seed=5)
