"""Holding waveforms and catalogue against each other: who recorded what, and what is missing."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from deepquake.catalog.events import Event, Pick, arrange, event_time, p_picks
from deepquake.core.config import Config
from deepquake.core.progress import progress
from deepquake.core.report import Report
from deepquake.core.settings import COMPONENTS
from deepquake.earth.arrivals import Arrivals
from deepquake.earth.stations import Station, station_of
from deepquake.tools.check.dataset import DataSet
from deepquake.waveforms.quality import FLAT_S, clipped, flat_runs
from deepquake.waveforms.reading import read
from deepquake.waveforms.recording import Recording
from deepquake.windows.labels import EventTimes, Surroundings, label_recording

LOOK_S = 60.0  # of samples that are looked at in one place
LOOK_PLACES = 4  # of a recording, evenly spread
EVENT_S = 60.0  # an event is recorded where there are data from its origin to so much later

Floats = NDArray[np.float64]


@dataclass
class Coverage:
    """When a station recorded: gap-free stretches by start, seconds since 1970 UTC."""

    start_s: Floats
    end_s: Floats
    reach_s: Floats  # the latest end of this stretch and all before it

    @classmethod
    def of(cls, recordings: Iterable[Recording]) -> "Coverage":
        """Return when any of the recordings, which may overlap, holds data."""
        spans = sorted(
            (s.start_s, s.start_s + (s.n_samples - 1) / r.sampling_rate_hz)
            for r in recordings
            for s in r.stretches
        )
        start_s, end_s = np.array(spans, float).reshape(-1, 2).T
        return cls(start_s, end_s, np.maximum.accumulate(end_s))

    def touches(self, begin_s: Floats, end_s: Floats) -> NDArray[np.bool_]:
        """Return for each span whether any data lie in it."""
        number = np.searchsorted(self.start_s, end_s, side="right") - 1
        return (number >= 0) & (self.reach_s[np.maximum(number, 0)] >= begin_s)


@dataclass
class StationCheck:
    """One station: what it recorded, and what the catalogue knows of it."""

    network: str
    code: str
    recordings: list[Recording]
    place: Station | None
    coverage: Coverage
    picked_s: Floats = field(default_factory=lambda: np.empty(0))  # P picks in the records
    lost_s: Floats = field(default_factory=lambda: np.empty(0))  # P picks outside them
    estimated_s: Floats = field(default_factory=lambda: np.empty(0))
    looked: int = 0
    marks: Counter[str] = field(default_factory=Counter)  # 'ZN flat' -> recordings
    flat_s: float = 0.0  # seconds that a component is flat, of those looked at

    @property
    def name(self) -> str:
        """Network and code, or the code alone."""
        return f"{self.network}.{self.code}" if self.network else self.code


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
    stations: list[StationCheck] = field(default_factory=list)
    events: list[EventCheck] = field(default_factory=list)
    unrecorded: dict[str, list[Pick]] = field(default_factory=dict)
    """P picks of stations that no waveform is of, by network and code."""
    lead_s: Floats = field(default_factory=lambda: np.empty(0))  # from a record's start to its P
    kinds: Counter[str] = field(default_factory=Counter)  # recordings: picked, estimated, ...
    windows: Counter[int] = field(default_factory=Counter)  # as step 1 would find them, by reason
    looked: int = 0


def check(data: DataSet, config: Config, look_at: int) -> Check:
    """Compare waveforms, catalogue and stations; look into the samples of ``look_at`` records."""
    result = Check(data)
    events = arrange(data.catalogues.events)
    result.events = [EventCheck(event) for event in events]
    own: dict[tuple[str, str], list[Recording]] = defaultdict(list)
    for recording in data.recordings:
        own[recording.network, recording.station].append(recording)
    for (network, code), recordings in sorted(own.items()):
        place = station_of(data.stations, network, code)
        coverage = Coverage.of(recordings)
        result.stations.append(StationCheck(network, code, recordings, place, coverage))
    _match_picks(result)
    _count_recording(result)
    _count_windows(result, config)
    _look(result, config, look_at)
    return result


def _match_picks(result: Check) -> None:
    """Find out which P picks lie within a record of their station."""
    picks: dict[tuple[str, str], list[tuple[float, int, Pick]]] = defaultdict(list)
    for number, own in enumerate(result.events):
        for pick in p_picks(own.event):
            picks[pick.network, pick.station].append((pick.time, number, pick))
            own.n_p += 1
    by_code: dict[str, list[StationCheck]] = defaultdict(list)
    for station in result.stations:
        by_code[station.code.upper()].append(station)
    for (network, code), found in sorted(picks.items()):
        fit = [
            s for s in by_code[code.upper()] if not network or not s.network or s.network == network
        ]
        if not fit:
            name = f"{network}.{code}" if network else code
            result.unrecorded[name] = [pick for _, _, pick in found]
            continue
        times = np.array([time for time, _, _ in found])
        numbers = np.array([number for _, number, _ in found])
        inside = np.array([s.coverage.touches(times, times) for s in fit])
        recorded = inside.any(axis=0)
        for station, here in zip(fit, inside, strict=True):
            station.picked_s = np.sort(np.append(station.picked_s, times[here]))
        fit[0].lost_s = np.sort(np.append(fit[0].lost_s, times[~recorded]))
        for number in numbers[recorded].tolist():
            result.events[number].n_recorded += 1


def _count_recording(result: Check) -> None:
    """Count the stations that recorded when each event happened."""
    times = np.array(
        [np.nan if (t := event_time(own.event)) is None else t for own in result.events], float
    )
    counts = np.zeros(len(times), int)
    for station in result.stations:
        counts += station.coverage.touches(times, times + EVENT_S)
    for own, count in zip(result.events, counts.tolist(), strict=True):
        own.n_stations = count


def _count_windows(result: Check, config: Config) -> None:
    """Find the arrivals in each record and the windows that step 1 would find, from headers."""
    times = EventTimes([found.event for found in result.events])
    lead_s: list[float] = []
    for station in progress(result.stations, len(result.stations), "stations"):
        estimated = []
        for recording in station.recordings:
            rules = config.windows, config.arrivals
            around = Surroundings(station.place, [times.near(recording, *rules)])
            found = label_recording(recording, around, *rules)
            begin, end = recording.span()
            within = found.known[0].between(begin, end)
            result.kinds[_kind(within)] += 1
            lead_s += (within.picked_s - begin).tolist()
            estimated.append(within.estimated_s)
            result.windows.update(found.labels.reason.tolist())
        station.estimated_s = np.unique(np.concatenate(estimated))
    result.lead_s = np.array(lead_s)


def _kind(within: Arrivals) -> str:
    if len(within.picked_s):
        return "picked"
    if len(within.estimated_s):
        return "estimated"
    return "unknown" if within.unknown else "none"


def _look(result: Check, config: Config, look_at: int) -> None:
    """Read some samples of every station's records, and mark what is dead, flat or clipped."""
    total = sum(len(station.recordings) for station in result.stations)
    chosen = []
    for station in result.stations:
        n = len(station.recordings)
        most = n if look_at >= total else min(n, max(1, look_at * n // max(total, 1)))
        picked = np.linspace(0, n - 1, most).round().astype(int) if look_at else []
        chosen += [(station, station.recordings[k]) for k in picked]
    for station, recording in progress(chosen, len(chosen), "records looked at"):
        station.looked += 1
        found, flat_s = marks(recording, config, result.data.waveform_report)
        station.marks.update(found)
        station.flat_s += flat_s
    result.looked = len(chosen)


def marks(recording: Recording, config: Config, report: Report) -> tuple[list[str], float]:
    """Return what is odd in some minutes of a recording ('Z dead', 'NE flat'), and how long flat.

    Dead: no sample differs from the others; flat: a second or more of equal samples (the seconds
    are those of the component that is flat for longest).
    """
    begin, end = recording.span()
    starts = [begin]
    if end - begin > LOOK_S * LOOK_PLACES:
        starts = _spread(recording, end - LOOK_S)
    span = end - begin if len(starts) == 1 else LOOK_S
    parts = [read(recording, t, t + span, report=report) for t in starts]
    least = round(FLAT_S * config.sampling_rate)
    dead, flat, flat_s = "", "", 0.0
    for component in (c for c in COMPONENTS if c in recording.channels):
        rows = [part.data[COMPONENTS.index(component)] for part in parts]
        samples = np.concatenate([row[np.isfinite(row)] for row in rows])
        if len(samples) and samples.min() == samples.max():
            dead += component
        elif n_flat := sum(_flat_samples(row, least) for row in rows):
            flat += component
            flat_s = max(flat_s, n_flat / config.sampling_rate)
    clip = {component for part in parts for component in clipped(part.data)}
    clip = "".join(c for c in COMPONENTS if c in clip and c not in dead)
    kinds = (("dead", dead), ("flat", flat), ("clipped", clip))
    return [f"{components} {kind}" for kind, components in kinds if components], flat_s


def _flat_samples(row: NDArray[np.float32], least: int) -> int:
    starts, ends = flat_runs(row, least)
    return int((ends - starts).sum())


def _spread(recording: Recording, last: float) -> list[float]:
    """Return times at which there are data, spread over a recording."""
    starts = np.linspace(recording.start_s, last, LOOK_PLACES)
    heads = np.array([stretch.start_s for stretch in recording.stretches])
    ends = np.array(
        [s.start_s + s.n_samples / recording.sampling_rate_hz for s in recording.stretches]
    )
    number = np.minimum(np.searchsorted(ends, starts, side="right"), len(heads) - 1)
    return np.unique(np.maximum(starts, heads[number])).tolist()


def magnitudes(events: Sequence[Event]) -> Floats:
    """Return the first magnitude of each event, NaN where it has none."""
    return np.array([e.magnitudes[0].value if e.magnitudes else np.nan for e in events], float)


def near_names(unrecorded: Mapping[str, object], stations: Sequence[StationCheck]) -> list[str]:
    """Return hints at codes that differ by the network, or by letters cut off to fit Nordic."""
    hints = []
    for name in unrecorded:
        code = name.rpartition(".")[2].upper()
        for station in stations:
            other = station.code.upper()
            if other == code or (len(code) == 4 and other.startswith(code)):
                hints.append(f"picks of {name} and waveforms of {station.name}: one station?")
    return hints


def recorded_s(recording: Recording) -> float:
    """Return how many seconds a recording holds, without its gaps."""
    return sum(s.n_samples for s in recording.stretches) / recording.sampling_rate_hz
