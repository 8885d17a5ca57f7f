"""DeepQuake: train a neural network on a seismic archive and find earthquakes with it.

From Python (nothing heavy is imported before it is asked for):

>>> from deepquake import Detector, read_catalog
>>> detector = Detector.load("output/demo/checkpoints", detection_threshold=0.8)
>>> findings = detector.detect("input/demo/mseed")  # or an ObsPy Stream
>>> probabilities = detector.annotate(stream)  # an ObsPy Stream
>>> events = read_catalog("output/demo/catalog.json")
"""

import sys
from typing import TYPE_CHECKING, Any

__version__ = "1.0.0"
__all__ = ["Detector", "read_catalog"]

if sys.version_info < (3, 11):  # noqa: UP036
    sys.exit(
        f"error: DeepQuake needs Python 3.11 or newer, not {sys.version.split()[0]}: 'source "
        ".venv/bin/activate' first ('bash tests/run.sh' or 'bash experiments/quickstart.sh' makes "
        ".venv)"
    )

if TYPE_CHECKING:
    from deepquake.catalog.reader import read_catalog
    from deepquake.detection.detector import Detector


def __getattr__(name: str) -> Any:
    if name == "Detector":
        from deepquake.detection.detector import Detector

        return Detector
    if name == "read_catalog":
        from deepquake.catalog.reader import read_catalog

        return read_catalog
    raise AttributeError(f"module 'deepquake' has no attribute '{name}'")
