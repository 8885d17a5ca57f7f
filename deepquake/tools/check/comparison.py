"""Holding waveforms and catalogue against each other: who recorded what, and what is missing."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from deepquake.catalog.events import Event, Pick, arrange, event_time, p_picks
from deepquake.core.intervals import touches, union
from deepquake.core.progress import progress
from deepquake.core.settings import Settings
from deepquake.earth.arrivals import Arrivals
from deepquake.earth.checks.hours import HourFit
from deepquake.earth.checks.slips import SlipFit
from deepquake.earth.geo import Floats
from deepquake.earth.geometry import Geometry, check_geometry
from deepquake.earth.stations import Station, station_of
from deepquake.tools.check.dataset import DataSet
from deepquake.tools.check.samples import choose, marks, stretch_spans
from deepquake.waveforms.recording import Recording
from deepquake.windows.labels import EventTimes, Surroundings, label_recording

EVENT_S = 60.0  # an event is recorded where there are data from its origin to so much later


@dataclass
class StationCheck:
    """One station: what it recorded, and what the catalogue knows of it."""

    network: str
    code: str
    recordings: list[Recording]
    place: Station | None
    picked_s: Floats = field(default_factory=lambda: np.empty(0))  # P picks in the records
    lost_s: Floats = field(default_factory=lambda: np.empty(0))  # P picks outside them
    estimated_s: Floats = field(default_factory=lambda: np.empty(0))
    looked: int = 0
    marks: Counter[str] = field(default_factory=Counter)  # 'ZN flat' -> recordings
    flat_s: float = 0.0  # seconds that a component is flat, of those looked at

    @property
    def name(self) -> str:
        """Network and code, or the code alone."""
        return _station_name(self.network, self.code)

    @cached_property
    def recorded(self) -> NDArray:
        """When the station recorded (n, 2), seconds since 1970 UTC."""
        starts_s, ends_s = np.concatenate([stretch_spans(r) for r in self.recordings]).T
        return union(starts_s, ends_s)

    def has_data(self, begin_s: Floats, end_s: Floats) -> NDArray[np.bool_]:
        """Return for each span of time, or moment, whether any data lie in it.

        Parameters
        ----------
        begin_s, end_s : ndarray (n)
            The spans, seconds since 1970 UTC.
        """
        return touches(self.recorded, begin_s, np.nextafter(end_s, np.inf))


@dataclass
class EventCheck:
    """One event: how many of its P picks and how many stations have records of it."""

    event: Event
    n_p: int = 0
    n_recorded: int = 0
    n_stations: int = 0  # that recorded when it happened, picked or not


@dataclass
class Check:
    """All that was found out about a data set."""

    data: DataSet
    settings: Settings
    stations: list[StationCheck]
    events: list[EventCheck]
    unrecorded: dict[str, list[Pick]] = field(default_factory=dict)
    """P picks of stations that no waveform is of, by network and code."""
    lead_s: Floats = field(default_factory=lambda: np.empty(0))  # from a record's start to its P
    kinds: Counter[str] = field(default_factory=Counter)  # recordings: picked, estimated, ...
    windows: Counter[int] = field(default_factory=Counter)  # as step 1 would find them, by reason
    geometry: Geometry = field(default_factory=lambda: Geometry([]))
    hours: HourFit = field(default_factory=HourFit)
    slip: SlipFit = field(default_factory=SlipFit)
    looked: int = 0


def compare(data: DataSet, settings: Settings, look_at: int) -> Check:
    """Compare waveforms, catalogue and stations, and look into some samples.

    Parameters
    ----------
    data : DataSet
        What there is.
    settings : Settings
        Those that step 1 would get.
    look_at : int
        How many recordings' samples to look at.

    Returns
    -------
    Check
        What was found out.
    """
    by_station: dict[tuple[str, str], list[Recording]] = defaultdict(list)
    for recording in data.recordings:
        by_station[recording.network, recording.station].append(recording)
    stations = [
        StationCheck(*name, recordings=recordings, place=station_of(data.stations, *name))
        for name, recordings in sorted(by_station.items())
    ]
    events = [EventCheck(event) for event in arrange(data.catalogues.events)]
    result = Check(data, settings, stations=stations, events=events)
    spans_s = np.array([recording.span() for recording in data.recordings]).reshape(-1, 2)
    catalogue = [event.event for event in events]
    result.geometry = check_geometry(catalogue, data.stations, union(*spans_s.T))
    _match_picks(result)
    _count_recording(result)
    _label_windows(result)
    _look(result, look_at)
    return result


def _match_picks(result: Check) -> None:
    """Find out which P picks lie within a record of their station."""
    picks: dict[tuple[str, str], list[tuple[Pick, EventCheck]]] = defaultdict(list)
    min_score = result.settings.arrivals.min_pick_score
    for event in result.events:
        for pick in p_picks(event.event, min_score):
            picks[pick.network, pick.station].append((pick, event))
            event.n_p += 1
    by_code: dict[str, list[StationCheck]] = defaultdict(list)
    for station in result.stations:
        by_code[station.code.upper()].append(station)
    for (network, code), found in sorted(picks.items()):
        fit = [s for s in by_code[code.upper()] if not network or s.network in ("", network)]
        if not fit:
            result.unrecorded[_station_name(network, code)] = [pick for pick, _ in found]
            continue
        times = np.array([pick.time for pick, _ in found])
        inside = np.array([station.has_data(times, times) for station in fit])
        recorded = np.any(inside, axis=0)
        for station, here in zip(fit, inside, strict=True):
            station.picked_s = np.sort(np.append(station.picked_s, times[here]))
        fit[0].lost_s = np.sort(np.append(fit[0].lost_s, times[~recorded]))
        for (_, event), is_recorded in zip(found, recorded.tolist(), strict=True):
            event.n_recorded += is_recorded


def _count_recording(result: Check) -> None:
    """Count the stations that recorded when each event happened."""
    times = np.array([event_time(event.event) for event in result.events], float)  # None is NaN
    for station in result.stations:
        recorded = station.has_data(times, times + EVENT_S).tolist()
        for event, is_recorded in zip(result.events, recorded, strict=True):
            event.n_stations += is_recorded


def _label_windows(result: Check) -> None:
    """Find the arrivals in each record and the windows that step 1 would find, from headers."""
    settings, model = result.settings, str(result.data.velocity_model or "")
    rules = settings.windows, replace(settings.arrivals, velocity_model_path=model)
    catalogue = [event.event for event in result.events]
    times = EventTimes([*catalogue, *result.geometry.shifted])
    lead_s: list[float] = []
    believed = result.geometry.stations
    for station in progress(result.stations, len(result.stations), "stations"):
        estimated = []
        for recording in station.recordings:
            begin, end = recording.span()
            place = station_of(believed, station.network, station.code, time_s=begin)
            around = Surroundings(place, [times.near(recording, *rules)])
            found = label_recording(recording, around, *rules)
            within = found.known[0].between(begin, end).outside(recording.elsewhere)
            result.kinds[_holding(within)] += 1
            lead_s += (within.picked_s - begin).tolist()
            estimated.append(within.estimated_s)
            result.windows.update(found.labels.reason.tolist())
        station.estimated_s = np.unique(np.concatenate(estimated))
    result.lead_s = np.array(lead_s)


def _holding(within: Arrivals) -> str:
    if len(within.picked_s):
        return "picked"
    if len(within.estimated_s):
        return "estimated"
    return "unknown" if within.unknown else "none"


def _look(result: Check, look_at: int) -> None:
    """Read some samples of every station's records, and mark what is dead, flat or clipped."""
    numbers = choose([len(station.recordings) for station in result.stations], look_at)
    pairs = zip(result.stations, numbers, strict=True)
    chosen = [(station, station.recordings[k]) for station, some in pairs for k in some]
    for station, recording in progress(chosen, len(chosen), "records looked at"):
        station.looked += 1
        found, flat_s = marks(recording, result.data.waveform_report)
        station.marks.update(found)
        station.flat_s += flat_s
    result.looked = len(chosen)


def magnitudes(events: Sequence[EventCheck]) -> Floats:
    """Return the first magnitude of each event, NaN where it has none."""
    known = (event.event.magnitudes for event in events)
    return np.array([found[0].value if found else np.nan for found in known], float)


def recorded_s(recording: Recording) -> float:
    """Return how many seconds a recording holds, without its gaps."""
    return sum(s.n_samples for s in recording.stretches) / recording.sampling_rate_hz


def _station_name(network: str, code: str) -> str:
    return ".".join(filter(None, (network, code)))
