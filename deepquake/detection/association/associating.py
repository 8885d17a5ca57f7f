"""From arrivals to events: located where stations' places are known, else near in time."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import compress
from math import floor, isfinite

import numpy as np
from numpy.typing import NDArray

from deepquake.core.report import Report
from deepquake.core.settings import EventSettings, Settings
from deepquake.core.times import compact
from deepquake.detection.association.coincidence import coincident_events
from deepquake.detection.association.event import DetectedEvent
from deepquake.detection.association.fits import FoundSource, Least
from deepquake.detection.association.misplaced import Misplaced, most_misplaced, tell_misplaced
from deepquake.detection.association.search import find_sources
from deepquake.detection.association.unplaced import COINCIDENT_S, LocatedEvent, with_unplaced
from deepquake.detection.stations import Detection
from deepquake.earth.geo import distance_km
from deepquake.earth.location.locating import ArrivalTimes
from deepquake.earth.location.network_times import NetworkTimes, network_times
from deepquake.earth.location.networks import LEAST_PLACES, n_places, networks_of
from deepquake.earth.location.origins import fits_of, hypocentre_of
from deepquake.earth.stations import Station, station_of
from deepquake.earth.travel_times import choose_travel_time

READ_WITHIN_S = {"P": 0.1, "S": 0.2}  # deviations of times read, where nobody tells
StationCodes = tuple[str, str]  # of network and station
Located = list[tuple[DetectedEvent, dict[str, float]]]
Recorded = Mapping[StationCodes, NDArray]


def find_events(
    arrivals: Sequence[Detection],
    stations: Sequence[Station],
    settings: Settings,
    recorded_s: Recorded | None = None,
    network: Collection[Station] = (),
    report: Report | None = None,
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
    network : collection of Station, optional
        Those that events are located by, besides those with an arrival.
    report : Report, optional
        Is told of stations whose place is wrong, which are left out of locating.

    Returns
    -------
    list of DetectedEvent
        In order of time, with ids.
    """
    arrivals = sorted(arrivals, key=lambda a: (a.time_s, a.network, a.station, a.phase))
    placed = _standing_then(arrivals, stations)
    known = sorted({s for s in placed if s is not None} | {*network}, key=_by_code)
    located: list[LocatedEvent] = []
    located_at: set[Station] = set()
    wrong: set[Station] = set()
    left = set(range(len(arrivals)))
    limits = Limits(settings.events, _always(arrivals) if recorded_s is None else recorded_s)
    networks = networks_of(known)
    for group in networks:
        of_group = _at_right_places(arrivals, placed, group, settings=settings, limits=limits)
        group, found, explained, misplaced = of_group
        if report is not None:
            tell_misplaced(misplaced, report, settings.arrivals.stations_path or "stations")
        wrong.update(station for station, _ in misplaced)
        codes = frozenset(s.network for s in group) if len(networks) > 1 else frozenset()
        located += [LocatedEvent(event, longest_s, codes) for event, longest_s in found]
        left -= explained
        located_at.update(group)
    unplaced = [arrivals[i] for i in sorted(left) if placed[i] is None or placed[i] in wrong]
    events = with_unplaced(located, unplaced, settings.events.vp_vs_ratio)
    joined = {id(arrival) for event in events for arrival in event.arrivals}
    left = {i for i in left if id(arrivals[i]) not in joined}
    count = n_places(known)
    of = "the place of 1 station is" if count == 1 else f"the places of {count} stations are"
    why = f"{of} known, and it takes {LEAST_PLACES}"
    if events or located_at:
        why = "its stations are too few for a location"
    names = {
        (a.network, a.station) for a, s in zip(arrivals, placed, strict=True) if s in located_at
    }
    rest = [arrivals[i] for i in sorted(left)]
    others = list(compress(rest, limits.none_located([a.time_s for a in rest], names)))
    events += [
        replace(event, why_not_located=why)
        for event in coincident_events(others, _moveout_s(placed, known, settings))
        if len(event.stations) >= limits.stations(event.time_s)
    ]
    return with_ids(sorted(events, key=lambda event: event.time_s))


@lru_cache(maxsize=4)  # they take seconds to make, and events are looked for again and again
def times_of_network(network: tuple[Station, ...], settings: Settings) -> NetworkTimes:
    """Return ``network_times`` of a network."""
    return network_times([*network], settings)


@dataclass(frozen=True, eq=False)
class RecordingStations:
    """How many stations record at a time: the begins and ends of all their stretches, sorted."""

    begins_s: NDArray[np.float64]
    ends_s: NDArray[np.float64]

    @classmethod
    def of(cls, stretches_s: Iterable[NDArray]) -> "RecordingStations":
        """Return it by the stretches (k, 2) of each station, which do not overlap."""
        begins_s, ends_s = np.concatenate([np.empty((0, 2)), *stretches_s]).T
        return cls(np.sort(begins_s), np.sort(ends_s))

    def at(self, time_s: float) -> int:
        """Return the number of stations that record at a time (seconds since 1970 UTC)."""
        begun, ended = (
            np.searchsorted(of, time_s, side="right") for of in (self.begins_s, self.ends_s)
        )
        return int(begun - ended)


@dataclass(frozen=True, eq=False)
class Limits:
    """The least stations and arrivals of an event, by its time (s)."""

    settings: EventSettings
    recorded_s: Recorded

    def __call__(self, time_s: float) -> Least:
        """Return what a located event must have at an origin time."""
        stations = max(self.stations(time_s), LEAST_PLACES)
        return Least(stations, self.settings.min_picks, self.settings.min_pairs)

    def stations(self, time_s: float) -> int:
        """Return the least stations: those asked for, or all that record then if they are fewer."""
        return max(min(self.settings.min_stations, self._recording.at(time_s)), 1)

    def none_located(
        self, times_s: Sequence[float], placed: Collection[StationCodes]
    ) -> list[bool]:
        """Return whether events need fewer stations than a location, or can have none.

        Parameters
        ----------
        times_s : sequence of float
            When, seconds since 1970 UTC.
        placed : collection of tuple of str
            The stations by which events are located.
        """
        recording = RecordingStations.of(
            of for codes, of in self.recorded_s.items() if codes in placed
        )
        return [
            self.stations(time_s) < LEAST_PLACES or recording.at(time_s) < LEAST_PLACES
            for time_s in times_s
        ]

    @cached_property
    def _recording(self) -> RecordingStations:
        return RecordingStations.of(self.recorded_s.values())


def _always(arrivals: Iterable[Detection]) -> Recorded:
    """Return the stretches of stations that always record."""
    codes = {(a.network, a.station) for a in arrivals}
    return dict.fromkeys(codes, np.array([[-np.inf, np.inf]]))


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


def _at_right_places(
    arrivals: Sequence[Detection],
    placed: Sequence[Station | None],
    known: list[Station],
    *,
    settings: Settings,
    limits: Limits,
) -> tuple[list[Station], Located, set[int], list[tuple[Station, Misplaced]]]:
    """Return the stations of a network whose place is right, what ``_located`` tells with these,
    and the stations whose place is wrong."""
    misplaced: list[tuple[Station, Misplaced]] = []
    while True:
        times = times_of_network(tuple(known), settings)
        events, explained, wrong = _located(arrivals, placed, known, times=times, limits=limits)
        if wrong is None:
            return known, events, explained, misplaced
        misplaced.append((known[wrong.station], wrong))
        known = [station for k, station in enumerate(known) if k != wrong.station]


def _located(
    arrivals: Sequence[Detection],
    placed: Sequence[Station | None],
    known: Sequence[Station],
    *,
    times: NetworkTimes,
    limits: Limits,
) -> tuple[Located, set[int], Misplaced | None]:
    """Return the events that a network locates, each with the longest travel times of its P and S,
    which arrivals they explain, and a station whose place is wrong."""
    number = {station: index for index, station in enumerate(known)}
    own = [k for k, station in enumerate(placed) if station in number]
    numbers = ArrivalTimes(
        np.array([number[station] for station in placed if station in number], np.intp),
        np.array([arrivals[k].phase == "S" for k in own], np.intp),
        np.array([arrivals[k].time_s for k in own]),
        np.array([_read_within_s(arrivals[k]) for k in own]),
    )
    scores = np.array([arrivals[k].probability for k in own])
    found, unexplained = find_sources(times, numbers, scores, limits)
    events = [_event(of, [arrivals[own[i]] for i in of.members], times, numbers) for of in found]
    everywhere = np.arange(len(known))
    longest_s = [
        {
            phase: float(
                times(everywhere, np.full_like(everywhere, row), of.source.xyz_km[None]).max()
            )
            for row, phase in enumerate("PS")
        }
        for of in found
    ]
    explained = {k for k, free in zip(own, unexplained.tolist(), strict=True) if not free}
    wrong = most_misplaced(found, times, numbers)
    return list(zip(events, longest_s, strict=True)), explained, wrong


def _read_within_s(arrival: Detection) -> float:
    known = arrival.uncertainty_s
    return known if isfinite(known) and known > 0 else READ_WITHIN_S[arrival.phase]


def _event(
    found: FoundSource, arrivals: Sequence[Detection], times: NetworkTimes, numbers: ArrivalTimes
) -> DetectedEvent:
    own = numbers[found.members]
    origin = hypocentre_of(times, found.source, own)
    return DetectedEvent(tuple(arrivals), origin=origin, fits=fits_of(times, found.source, own))
