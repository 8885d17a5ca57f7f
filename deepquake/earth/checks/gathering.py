"""The P and S of a catalogue gathered into arrays: each with its event, station and travel time."""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any

import numpy as np

from deepquake.catalog.events import DO_NOT_USE, Event, Pick, is_located, wave_of
from deepquake.earth.checks.readings import (
    Indices,
    Readings,
    distances,
    event_places,
    station_places,
)
from deepquake.earth.stations import Station, station_of

USUAL_KM_S = (5.8, 3.3)  # of the upper crust
# Weights of readings whose time is not held against anything: SEISAN's 9 is of a clock not trusted.
NOT_TIMED = DO_NOT_USE, 9


def gather(events: Sequence[Event], stations: Sequence[Station]) -> Readings:
    """Return the readings that can be held against places.

    Left out are readings of weight 4 and 9, and those of events without epicentre or of stations
    without coordinates. An event without an origin time gets the median of what its readings say.

    Parameters
    ----------
    events : sequence of Event
        The catalogue.
    stations : sequence of Station
        Those whose place is known.

    Returns
    -------
    Readings
        In the order of the events.
    """
    located = [number for number, event in enumerate(events) if is_located(event)]
    every = [pick for number in located for pick in events[number].picks]
    counts = [len(events[number].picks) for number in located]
    phase = _of_each(every, attrgetter("phase", "weight"), _phase_in_use)
    station = _stations_of(every, stations)
    chosen = np.flatnonzero((phase >= 0) & (station >= 0))
    event = np.repeat(np.array(located, np.intp), counts)[chosen]
    picks = np.fromiter(every, object, len(every))[chosen]
    phase, station = phase[chosen], station[chosen]
    sources = event_places(events).some(event)
    surface_km, straight_km = distances(sources, station_places(stations).some(station))
    times = np.fromiter(map(attrgetter("time"), picks), float, len(picks))
    origins = np.array([event.origin_time for event in events], float)
    guessed = times - straight_km / np.array(USUAL_KM_S)[phase]
    unknown = np.unique(event[np.isnan(origins[event])])
    for number, begin, end in zip(
        unknown.tolist(), *np.searchsorted(event, [unknown, unknown + 1]).tolist(), strict=True
    ):
        origins[number] = np.median(guessed[begin:end])
    automatic = np.fromiter(map(attrgetter("automatic"), picks), bool, len(picks))
    key = (event * max(len(stations), 1) + station) * 2 + phase
    return Readings(
        picks=picks,
        event=event,
        station=station,
        phase=phase,
        travel_s=times - origins[event],
        surface_km=surface_km,
        straight_km=straight_km,
        depth_unknown=np.isnan(sources.height_km),
        beside_manual=automatic & np.isin(key, key[~automatic]) if automatic.any() else automatic,
    )


def _of_each(
    picks: Sequence[Pick], values_of: Callable[[Pick], Any], number_of: Callable[[Any], int]
) -> Indices:
    """Return a number for each pick, which is that of what is the same of many picks."""
    values = list(map(values_of, picks))
    numbers = {value: number_of(value) for value in set(values)}
    return np.fromiter(map(numbers.__getitem__, values), np.intp, len(values))


def _phase_in_use(phase_and_weight: tuple[str, int]) -> int:
    """Return 0 for P, 1 for S, -1 for what is neither, or is not used."""
    phase, weight = phase_and_weight
    return -1 if weight in NOT_TIMED else "PS".find(wave_of(phase) or "-")


def _stations_of(picks: Sequence[Pick], stations: Sequence[Station]) -> Indices:
    """Return the number of the station of each pick; -1 where its place is not known."""
    numbers = {id(station): number for number, station in enumerate(stations)}

    def number_of(name: tuple[str, str], time_s: float | None = None) -> int:
        found = station_of(stations, *name, time_s)
        return -1 if found is None else numbers[id(found)]

    of_picks = _of_each(picks, attrgetter("network", "station"), number_of)
    moves: dict[str, list[float]] = {}
    for station in stations:
        if station.start_s > -np.inf or station.end_s < np.inf:
            moves[station.code] = sorted(
                {*moves.get(station.code, ()), station.start_s, station.end_s}
            )
    of_epoch: dict[tuple[str, str, int], int] = {}
    for k, pick in enumerate(picks) if moves else ():
        if times_s := moves.get(pick.station.upper()):
            epoch = pick.network, pick.station, bisect_right(times_s, pick.time)
            if epoch not in of_epoch:
                of_epoch[epoch] = number_of(epoch[:2], pick.time)
            of_picks[k] = of_epoch[epoch]
    return of_picks
