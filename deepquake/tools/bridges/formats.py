"""The formats that catalogues and picks are written in, by name."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from deepquake.tools.bridges.arrivals import Conversion
from deepquake.tools.bridges.bulletins import (
    write_json_catalog,
    write_nordic_file,
    write_quakeml_of,
    write_seiscomp,
)
from deepquake.tools.bridges.hypodd import write_hypodd
from deepquake.tools.bridges.nonlinloc import write_nonlinloc
from deepquake.tools.bridges.tables import (
    write_gamma,
    write_phasenet,
    write_pyocto,
    write_quakeflow,
)


class WrittenFormat(NamedTuple):
    """A format: the endings of names that tell it, none where it is a folder, and its writer."""

    endings: tuple[str, ...]
    write: Callable[[Conversion], str]


WRITTEN_FORMATS = {
    "quakeml": WrittenFormat((".xml", ".qml", ".quakeml"), write_quakeml_of),
    "seiscomp": WrittenFormat((".scml",), write_seiscomp),
    "nordic": WrittenFormat((".out", ".nordic"), write_nordic_file),
    "json": WrittenFormat((".json",), write_json_catalog),
    "nonlinloc": WrittenFormat((".obs",), write_nonlinloc),
    "hypodd": WrittenFormat((".pha",), write_hypodd),
    "phasenet": WrittenFormat((".csv",), write_phasenet),
    "quakeflow": WrittenFormat((), write_quakeflow),
    "gamma": WrittenFormat((), write_gamma),
    "pyocto": WrittenFormat((), write_pyocto),
}


def format_of_name(path: Path) -> str:
    """Return the name of the format that the ending of a path tells, "" where it tells none."""
    ending = path.suffix.lower()
    return next((name for name, of in WRITTEN_FORMATS.items() if ending in of.endings), "")
