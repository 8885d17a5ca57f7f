"""Which location program or associator a file is of, and how to read it."""

from collections.abc import Callable
from typing import NamedTuple

from deepquake.catalog.events import Event
from deepquake.catalog.locators.hypo71_lists import is_hypo71_list, read_hypo71_list
from deepquake.catalog.locators.hypo71_phases import is_hypo71_phases, read_hypo71_phases
from deepquake.catalog.locators.hypodd import (
    is_hypodd_phases,
    is_hypodd_relocated,
    read_hypodd_phases,
    read_hypodd_relocated,
)
from deepquake.catalog.locators.hypoinverse import is_hypoinverse, read_hypoinverse
from deepquake.catalog.locators.hypoinverse_lists import (
    is_hypoinverse_print,
    is_hypoinverse_table,
    read_hypoinverse_print,
    read_hypoinverse_table,
)
from deepquake.catalog.locators.nonlinloc import (
    is_nonlinloc_located,
    is_nonlinloc_phases,
    read_nonlinloc_located,
    read_nonlinloc_phases,
)
from deepquake.catalog.locators.real import is_real, read_real
from deepquake.core.report import Report


class LocatorFormat(NamedTuple):
    """A format: what it is called, how it is told by content, and what reads it."""

    name: str
    fits: Callable[[str], bool]
    read: Callable[[str, str, Report], list[Event]]


LOCATOR_FORMATS = (
    LocatorFormat("NonLinLoc", is_nonlinloc_located, read_nonlinloc_located),
    LocatorFormat("NonLinLoc phases", is_nonlinloc_phases, read_nonlinloc_phases),
    LocatorFormat("HYPOINVERSE", is_hypoinverse, read_hypoinverse),
    LocatorFormat("HYPOINVERSE list", is_hypoinverse_print, read_hypoinverse_print),
    LocatorFormat("HYPOINVERSE table", is_hypoinverse_table, read_hypoinverse_table),
    LocatorFormat("HYPO71 phases", is_hypo71_phases, read_hypo71_phases),
    LocatorFormat("HYPO71 list", is_hypo71_list, read_hypo71_list),
    LocatorFormat("HypoDD phases", is_hypodd_phases, read_hypodd_phases),
    LocatorFormat("HypoDD", is_hypodd_relocated, read_hypodd_relocated),
    LocatorFormat("REAL", is_real, read_real),
)


def locator_format_of(text: str) -> LocatorFormat | None:
    """Return the format of a location program or associator a text is in, None if of none."""
    return next((known for known in LOCATOR_FORMATS if known.fits(text)), None)
