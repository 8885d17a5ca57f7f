"""Readings held against what they should be, and what is found out about them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from deepquake.catalog.events import SECOND_P_S, Event
from deepquake.earth.checks.findings import Finding
from deepquake.earth.checks.readings import (
    Coordinates,
    Curve,
    Indices,
    Mask,
    Misfits,
    Readings,
    event_places,
    fit_curves,
    hold_against,
    station_places,
)
from deepquake.earth.geo import Floats
from deepquake.earth.stations import Station


@dataclass
class Comparison:
    """Readings held against what they should be, and who is to blame for those that do not fit."""

    events: Sequence[Event]
    stations: Sequence[Station]
    readings: Readings
    curves: tuple[Curve, Curve]
    misfits: Misfits
    blamed: set[int] = field(default_factory=set)  # numbers of stations whose picks do not fit
    placed: set[int] = field(default_factory=set)  # of those, where coordinates are believed
    doubted: dict[tuple[str, str], str] = field(default_factory=dict)
    """Why none of the picks of a network and station is used."""
    findings: list[Finding] = field(default_factory=list)

    def is_blamed(self) -> Mask:
        """Return which readings are of stations that are to blame."""
        return np.isin(self.readings.station, list(self.blamed))

    @cached_property
    def _all_places(self) -> tuple[Coordinates, Coordinates]:
        return event_places(self.events), station_places(self.stations)

    def places(self, numbers: Indices) -> tuple[Coordinates, Coordinates]:
        """Return where the event and the station of each of those readings are."""
        events, stations = self._all_places
        event, station = self.readings.event[numbers], self.readings.station[numbers]
        return events.some(event), stations.some(station)

    def fit_again(self) -> None:
        """Fit the curves to the readings of stations that are not to blame."""
        self.curves = fit_curves(self.readings, ~self.is_blamed())
        self.misfits = hold_against(self.readings, self.curves)


def station_name(station: Station) -> str:
    """Return network and code, or the code alone."""
    return ".".join(filter(None, (station.network, station.code)))


def after_one_that_fits(readings: Readings, misfits: Misfits) -> Mask:
    """Return which readings are 10 s or more after one of their phase and station that fits.

    They are arrivals of something else, of which nothing is known: unless the one that fits is an
    automatic reading beside that of an analyst, who may have read it wrong.

    Parameters
    ----------
    readings : Readings
        The readings.
    misfits : Misfits
        How each of them fits.
    """
    n_stations = int(readings.station.max()) + 1
    key = (readings.event * n_stations + readings.station) * 2 + readings.phase
    later, off = np.zeros(len(readings), bool), np.flatnonzero(misfits.off)
    names, back = np.unique(key[off], return_inverse=True)
    fits = np.flatnonzero(~misfits.off & ~readings.beside_manual & np.isin(key, names))
    first_s: Floats = np.full(len(names), np.inf)
    np.minimum.at(first_s, np.searchsorted(names, key[fits]), readings.travel_s[fits])
    later[off] = readings.travel_s[off] >= first_s[back] + SECOND_P_S
    return later
