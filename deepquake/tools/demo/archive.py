"""A small analyst's archive: event files with their s-files, and some continuous hours."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from obspy import Trace

from deepquake.core.files import write_text
from deepquake.core.progress import progress
from deepquake.tools.demo import analyst, continuous, records, sfile
from deepquake.tools.demo.network import NETWORK, SAMPLING_RATE_HZ, SITES, Source
from deepquake.tools.demo.seismicity import draw_magnitudes, draw_sources, draw_times, wave
from deepquake.tools.demo.seismogram import Signal

ARCHIVE_START = datetime(2023, 3, 6, tzinfo=UTC).timestamp()
ARCHIVE_DAYS, MOST_DAYS, EVENTS_PER_DAY = 6, 13, 40  # it ends before the continuous records
CONTINUOUS_START = datetime(2023, 3, 20, 10, tzinfo=UTC).timestamp()
N_REGIONS = 3
MAGNITUDES = (0.5, 3.5)
B_VALUE = 0.5  # below the 1 of nature: analysts keep more of the large events
NEEDED_P, LARGER = 3, 0.1  # an event that could not be located is taken so much larger
EVENTS_PER_HOUR = 8
SEPARATION_S = {"archive": 200.0, "continuous": 90.0}
GAP_SHARE = 0.02
SOURCES, READINGS, GAPS = range(10, 13)  # keep the random numbers of different things apart


@dataclass(frozen=True)
class Reach:
    """How many events were written and what the analyst picked of them."""

    events: int
    p_picks: int
    s_picks: int


def write_events(folder: Path, n_events: int, seed: int, length_s: float = 120.0) -> Reach:
    """Write ``mseed`` and ``sfiles_nordicformat``: one file each per event, all stations in it.

    A file is ``length_s`` long (s); up to 180 s files never overlap in time.
    """
    rng = np.random.default_rng([seed, SOURCES])
    days = min(MOST_DAYS, max(ARCHIVE_DAYS, math.ceil(n_events / EVENTS_PER_DAY)))
    end = ARCHIVE_START + days * 86400
    times = draw_times(n_events, ARCHIVE_START + 600, end, SEPARATION_S["archive"], rng)
    magnitudes = draw_magnitudes(n_events, *MAGNITUDES, B_VALUE, rng)
    sources = draw_sources(0, times, magnitudes, N_REGIONS, seed)
    shown = progress(sources, n_events, "event files")
    return _reach([_write_event(folder, source, seed, length_s) for source in shown])


def _write_event(folder: Path, source: Source, seed: int, length_s: float) -> list[analyst.Reading]:
    found, readings, start_s = _record_event(source, seed, length_s)
    while _p_picks(readings) < NEEDED_P and source.magnitude < MAGNITUDES[1]:
        source = replace(source, magnitude=source.magnitude + LARGER)
        found, readings, start_s = _record_event(source, seed, length_s)
    name = f"{_stamp(start_s)}.{NETWORK:_<5}_{3 * len(SITES):03d}.mseed"
    records.write_traces(folder / "mseed" / name, found)
    _write_sfile(folder / "sfiles_nordicformat", source, readings, name, seed)
    return readings


def _p_picks(readings: list[analyst.Reading]) -> int:
    return sum(reading.phase == "P" for reading in readings)


def _record_event(
    source: Source, seed: int, length_s: float
) -> tuple[list[Trace], list[analyst.Reading], float]:
    """Return the traces of an event file, what the analyst reads on them, and their start."""
    rng = np.random.default_rng([seed, GAPS, source.number])
    start_s = math.floor(source.origin_s - rng.uniform(25, 40))
    first, n = records.sample_number(start_s), round(length_s * SAMPLING_RATE_HZ)
    found: list[Trace] = []
    readings: list[analyst.Reading] = []
    for station, site in enumerate(SITES):
        signal = wave(source, station, seed)
        data = records.record(site, [signal], seed, first, n)
        gaps = []
        if rng.random() < GAP_SHARE:
            begin = first + int(rng.integers(n))
            gaps = [(begin, begin + int(rng.integers(300, 2500)))]
        found += records.traces(site, data, first, gaps)
        readings += _readings(source, station, signal, data, first, gaps, seed)
    return found, readings, start_s


def write_continuous(folder: Path, hours: float, seed: int) -> Reach:
    """Write ``continuous/mseed``, a record of each station, and beside it the events' s-files."""
    n = round(hours * 3600 * SAMPLING_RATE_HZ)
    n_events = max(1, round(hours * EVENTS_PER_HOUR))
    rng = np.random.default_rng([seed, SOURCES, 1_000_000])
    start_s, end_s = CONTINUOUS_START, CONTINUOUS_START + hours * 3600
    edge = min(60.0, hours * 600)
    times = draw_times(n_events, start_s + edge, end_s - edge, SEPARATION_S["continuous"], rng)
    magnitudes = draw_magnitudes(n_events, *MAGNITUDES, B_VALUE, rng)
    sources = draw_sources(1_000_000, times, magnitudes, N_REGIONS, seed)
    first = records.sample_number(start_s)
    readings: dict[int, list[analyst.Reading]] = {source.number: [] for source in sources}
    names = []
    with_gap = rng.permutation(len(SITES))[:2]
    for station, site in enumerate(progress(SITES, len(SITES), "continuous records")):
        gaps = []
        if station in with_gap:
            begin = first + int(rng.integers(n))
            gaps = [(begin, begin + min(n // 20, int(rng.integers(2000, 9000))))]
        names.append(f"{_stamp(start_s)}.{NETWORK:_<5}_003_{site.code}.mseed")
        path = folder / "continuous" / "mseed" / names[-1]
        for source, signal, data, begin in continuous.write_station(
            path, sources, station, seed, first, n, gaps
        ):
            readings[source.number] += _readings(source, station, signal, data, begin, gaps, seed)
    for source in sources:
        if readings[source.number]:
            sfiles = folder / "continuous" / "sfiles_nordicformat"
            _write_sfile(sfiles, source, readings[source.number], names[0], seed)
    return _reach(readings.values())


def _readings(
    source: Source,
    station: int,
    signal: Signal,
    data: np.ndarray,
    first: int,
    gaps: list[tuple[int, int]],
    seed: int,
) -> list[analyst.Reading]:
    rng = np.random.default_rng([seed, READINGS, source.number, station])
    return analyst.read_station(SITES[station], signal, data, first, gaps, rng)


def _write_sfile(
    folder: Path, source: Source, readings: list[analyst.Reading], waveform_file: str, seed: int
) -> None:
    rng = np.random.default_rng([seed, READINGS, source.number])
    located = analyst.locate(source, len(readings), rng)
    text = sfile.text(located, readings, waveform_file)
    write_text(folder / sfile.file_name(located), text)


def _stamp(time_s: float) -> str:
    return f"{datetime.fromtimestamp(time_s, UTC):%Y-%m-%d-%H%M-%S}S"


def _reach(events: Iterable[list[analyst.Reading]]) -> Reach:
    events = list(events)
    phases = [reading.phase for readings in events for reading in readings]
    return Reach(len(events), phases.count("P"), phases.count("S"))
