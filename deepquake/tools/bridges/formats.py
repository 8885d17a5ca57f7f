"""The formats that catalogues and picks are written in, by name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from deepquake.tools.bridges.arrivals import Conversion

WRITTEN_FORMATS: dict[str, tuple[str, ...]] = {  # endings of names that tell it; none: a folder
    "quakeml": (".xml", ".qml", ".quakeml"),
    "seiscomp": (".scml",),
    "nordic": (".out", ".nordic"),
    "json": (".json",),
    "nonlinloc": (".obs",),
    "hypodd": (".pha",),
    "phasenet": (".csv",),
    "quakeflow": (),
    "gamma": (),
    "pyocto": (),
}


def format_of_name(path: Path) -> str:
    """Return the name of the format that the ending of a path tells, "" where it tells none."""
    ending = path.suffix.lower()
    return next((name for name, endings in WRITTEN_FORMATS.items() if ending in endings), "")


def writer_of(name: str) -> Callable[[Conversion], str]:
    """Return what writes a format, and returns what it has written in words."""
    from deepquake.tools.bridges import bulletins, hypodd, nonlinloc, tables  # not for the help

    return {
        "quakeml": bulletins.write_quakeml_of,
        "seiscomp": bulletins.write_seiscomp,
        "nordic": bulletins.write_nordic_file,
        "json": bulletins.write_json_catalog,
        "nonlinloc": nonlinloc.write_nonlinloc,
        "hypodd": hypodd.write_hypodd,
        "phasenet": tables.write_phasenet,
        "quakeflow": tables.write_quakeflow,
        "gamma": tables.write_gamma,
        "pyocto": tables.write_pyocto,
    }[name]
