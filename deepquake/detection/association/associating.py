"""From arrivals to events: located where stations' places are known, else near in time."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import floor, isfinite

import numpy as np
from numpy.typing import NDArray

from deepquake.core.intervals import inside
from deepquake.core.settings import EventSettings, Settings
from deepquake.core.times import compact
from deepquake.detection.association.coincidence import coincident_events
from deepquake.detection.association.event import DetectedEvent
from deepquake.detection.association.search import FoundSource, Least, find_sources
from deepquake.detection.stations import Detection
from deepquake.earth.geo import distance_km
from deepquake.earth.location.locating import ArrivalTimes
from deepquake.earth.location.network_times import NetworkTimes, network_times
from deepquake.earth.location.networks import LEAST_PLACES, n_places, networks_of
from deepquake.earth.location.origins import fits_of, hypocentre_of
from deepquake.earth.stations import Station, station_of
from deepquake.earth.travel_times import choose_travel_time

COINCIDENT_S = 2.0  # by which P may come later than across the network: errors of both times
READ_WITHIN_S = {"P": 0.1, "S": 0.2}  # deviations of times read, where nobody tells
Recorded = Mapping[tuple[str, str], NDArray]


def find_events(
    arrivals: Sequence[Detection],
    stations: Sequence[Station],
    settings: Settings,
    recorded_s: Recorded | None = None,
) -> list[DetectedEvent]:
    """Return the events that arrivals of P and S amount to.

    Parameters
    ----------
    arrivals : sequence of Detection
        What was found at all stations.
    stations : sequence of Station
        Those whose places are known.
    settings : Settings
        Least stations and arrivals, velocities.
    recorded_s : mapping, optional
        By network and station code, the stretches (k, 2) in which an arrival could be found; where
        fewer stations record than ``min_stations``, they are enough. Without it all record always.

    Returns
    -------
    list of DetectedEvent
        In order of time, with ids.
    """
    arrivals = sorted(arrivals, key=lambda a: (a.time_s, a.network, a.station, a.phase))
    placed = _standing_then(arrivals, stations)
    known = sorted({station for station in placed if station is not None}, key=_by_code)
    events: list[DetectedEvent] = []
    limits = Limits(settings.events, arrivals, recorded_s)
    networks = networks_of(known)
    for network in networks:
        times = network_times(network, settings)
        events += _located(arrivals, placed, network, times=times, limits=limits)
    if not networks:
        why = f"the places of {n_places(known)} stations are known, and it takes {LEAST_PLACES}"
        near = coincident_events(arrivals, _moveout_s(placed, known, settings))
        events = [
            replace(event, why_not_located=why)
            for event in near
            if len(event.stations) >= limits(event.time_s).stations
        ]
    return with_ids(sorted(events, key=lambda event: event.time_s))


class Limits:
    """The least stations and arrivals of an event, by its time (s)."""

    def __init__(
        self,
        settings: EventSettings,
        arrivals: Sequence[Detection],
        recorded_s: Recorded | None = None,
    ) -> None:
        codes = {(a.network, a.station) for a in arrivals}
        always = dict.fromkeys(codes, np.array([[-np.inf, np.inf]]))
        self.recorded_s = always if recorded_s is None else recorded_s
        self.settings = settings

    def __call__(self, time_s: float) -> Least:
        """Return what an event must have at an origin time."""
        recording = sum(
            bool(inside(spans, [time_s])[0]) for spans in self.recorded_s.values() if len(spans)
        )
        return Least(
            max(min(self.settings.min_stations, recording), 1),
            self.settings.min_picks,
            self.settings.min_pairs,
        )


def with_ids(events: Sequence[DetectedEvent]) -> list[DetectedEvent]:
    """Return events with the ids that SEISAN gives: time to the second, later where it is taken."""
    taken: set[str] = set()
    named = []
    for event in events:
        second = floor(event.time_s)
        while (event_id := compact(second)) in taken:
            second += 1
        taken.add(event_id)
        named.append(replace(event, event_id=event_id))
    return named


def _moveout_s(
    placed: Sequence[Station | None], known: Sequence[Station], settings: Settings
) -> float:
    """Return how long after the first station P may come to the last one.

    It is the time that P takes across the network; a window where its size is not known.
    """
    if None in placed or not known:
        return settings.windows.window_size
    latitudes, longitudes = np.array([(s.latitude, s.longitude) for s in known]).T
    apart_km = distance_km(latitudes[:, None], longitudes[:, None], lat2=latitudes, lon2=longitudes)
    across_s = choose_travel_time(settings.arrivals)(float(apart_km.max()), 0.0, 0.0)
    return float(across_s) + COINCIDENT_S


def _by_code(station: Station) -> tuple[str, str, float]:
    return station.network, station.code, station.start_s


def _standing_then(
    arrivals: Sequence[Detection], stations: Sequence[Station]
) -> list[Station | None]:
    """Return the station of each arrival, as it stood then."""
    places: dict[tuple[str, str], list[Station | None]] = {}
    placed: list[Station | None] = []
    for arrival in arrivals:
        key = arrival.network, arrival.station
        found = places.setdefault(key, [])
        held = next(
            (s for s in found if s is not None and s.start_s <= arrival.time_s < s.end_s), None
        )
        if held is None and None not in found:
            held = station_of(stations, *key, time_s=arrival.time_s)
            found.append(held)
        placed.append(held)
    return placed


def _located(
    arrivals: Sequence[Detection],
    placed: Sequence[Station | None],
    known: Sequence[Station],
    *,
    times: NetworkTimes,
    limits: Limits,
) -> list[DetectedEvent]:
    number = {station: index for index, station in enumerate(known)}
    pairs = [(a, number[s]) for a, s in zip(arrivals, placed, strict=True) if s in number]
    numbers = ArrivalTimes(
        np.array([station for _, station in pairs], np.intp),
        np.array([a.phase == "S" for a, _ in pairs], np.intp),
        np.array([a.time_s for a, _ in pairs]),
        np.array([_read_within_s(a) for a, _ in pairs]),
    )
    scores = np.array([a.probability for a, _ in pairs])
    found = find_sources(times, numbers, scores, limits)
    return [_event(of, [pairs[i][0] for i in of.members], times, numbers=numbers) for of in found]


def _read_within_s(arrival: Detection) -> float:
    known = arrival.uncertainty_s
    return known if isfinite(known) and known > 0 else READ_WITHIN_S[arrival.phase]


def _event(
    found: FoundSource, arrivals: Sequence[Detection], times: NetworkTimes, numbers: ArrivalTimes
) -> DetectedEvent:
    own = numbers[found.members]
    origin = hypocentre_of(times, found.source, own)
    return DetectedEvent(tuple(arrivals), origin=origin, fits=fits_of(times, found.source, own))
