"""DeepQuake: train a neural network on a seismic archive and find earthquakes with it."""

import sys

__version__ = "1.0.0"

if sys.version_info < (3, 11):  # noqa: UP036
    sys.exit(
        f"error: DeepQuake needs Python 3.11 or newer, not {sys.version.split()[0]}: 'source "
        ".venv/bin/activate' first ('bash tests/run.sh' or 'bash experiments/quickstart.sh' makes "
        ".venv)"
    )
