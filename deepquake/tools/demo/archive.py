"""A small analyst's archive: event files with their s-files, and some continuous hours."""

import math
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from numpy.random import default_rng
from obspy import Trace

from deepquake.catalog.events import Pick
from deepquake.core.progress import progress
from deepquake.core.times import as_datetime
from deepquake.tools.demo import analyst
from deepquake.tools.demo.continuous import write_station
from deepquake.tools.demo.network import FAULTS, NETWORK, SITES, Fault, Source, to_samples
from deepquake.tools.demo.records import Seismograph, write_traces
from deepquake.tools.demo.seismicity import Seismicity, draw_earthquakes

ARCHIVE_START = datetime(2023, 3, 6, tzinfo=UTC).timestamp()
LEAST_DAYS, MOST_DAYS, FILES_PER_DAY = 6, 13, 40  # it ends before the continuous records
CONTINUOUS_START = datetime(2023, 3, 20, 10, tzinfo=UTC).timestamp()
# b below the 1 of nature: analysts keep more of the large events
ARCHIVED = Seismicity(magnitudes=(0.5, 3.5), b_value=0.5, apart_s=200.0, faults=FAULTS[:3])
NEEDED_P, LARGER = 3, 0.1  # an event that could not be located is taken so much larger
EVENTS_PER_HOUR = 8
GAP_CHANCE = 0.02
SOURCES, GAPS = 10, 12  # keep the random numbers of different things apart
FIRST_CONTINUOUS = 1_000_000  # number of the first event of the continuous records


def draw_archive(
    n_events: int, seed: int, faults: tuple[Fault, ...] = ARCHIVED.faults
) -> list[Source]:
    """Return the earthquakes of an archive, some of which are made larger as they are recorded.

    Parameters
    ----------
    n_events : int
        How many events.
    seed : int
        Seed of every random choice.
    faults : tuple of Fault, optional
        Where the earthquakes come from.

    Returns
    -------
    list of Source
        Sorted by time.
    """
    rng = default_rng([seed, SOURCES])
    days = min(MOST_DAYS, max(LEAST_DAYS, math.ceil(n_events / FILES_PER_DAY)))
    span_s = ARCHIVE_START + 600, ARCHIVE_START + days * 86400
    seismicity = replace(ARCHIVED, faults=faults)
    return draw_earthquakes(seismicity, n_events, span_s, number=0, seed=seed, rng=rng)


def write_archive(
    folder: Path,
    n_events: int,
    seed: int,
    *,
    length_s: float,
    faults: tuple[Fault, ...] = ARCHIVED.faults,
) -> list[list[Pick]]:
    """Write ``mseed`` and ``sfiles_nordicformat``: a file each per event, all stations in it.

    Parameters
    ----------
    folder : Path
        The data set.
    n_events : int
        How many events.
    seed : int
        Seed of every random choice.
    length_s : float
        Length of an event file; up to 180 s files never overlap in time.
    faults : tuple of Fault, optional
        Where the earthquakes come from.

    Returns
    -------
    list of list of Pick
        What the analyst picked of each event.
    """
    sources = draw_archive(n_events, seed, faults)
    picked = []
    for source in progress(sources, n_events, "event files"):
        found, picks, start_s = _record_event(source, seed, length_s)
        while _p_picks(picks) < NEEDED_P and source.magnitude < ARCHIVED.magnitudes[1]:
            source = replace(source, magnitude=source.magnitude + LARGER)
            found, picks, start_s = _record_event(source, seed, length_s)
        path = folder / "mseed" / f"{_stamp(start_s)}.{NETWORK:_<5}_{3 * len(SITES):03d}.mseed"
        write_traces(path, found)
        _write_sfile(folder / "sfiles_nordicformat", source, picks, path=path, seed=seed)
        picked.append(picks)
    return picked


def _p_picks(picks: list[Pick]) -> int:
    return sum(pick.phase == "P" for pick in picks)


def _record_event(
    source: Source, seed: int, length_s: float
) -> tuple[list[Trace], list[Pick], float]:
    """Return the traces of an event file, what the analyst reads on them, and their start."""
    rng = default_rng([seed, GAPS, source.number])
    start_s = math.floor(source.origin_s - rng.uniform(25, 40))
    first, n = to_samples(start_s), to_samples(length_s)
    found: list[Trace] = []
    picks: list[Pick] = []
    for station in range(len(SITES)):
        seismograph, gaps = Seismograph(station, seed), []
        signal = seismograph.wave(source)
        counts = seismograph.record([signal], first, n)
        if rng.random() < GAP_CHANCE:
            begin = first + int(rng.integers(n))
            gaps = [(begin, begin + int(rng.integers(300, 2500)))]
        found += seismograph.traces(counts, first, gaps)
        excerpt = analyst.Excerpt(signal, counts, first)
        picks += analyst.read_station(seismograph, source, excerpt, gaps=gaps)
    return found, picks, start_s


def write_continuous(
    folder: Path, hours: float, seed: int, faults: tuple[Fault, ...] = ARCHIVED.faults
) -> list[list[Pick]]:
    """Write ``continuous/mseed``, a record of each station, and beside it the events' s-files.

    Parameters
    ----------
    folder : Path
        The data set.
    hours : float
        Length of the records.
    seed : int
        Seed of every random choice.
    faults : tuple of Fault, optional
        Where the earthquakes come from.

    Returns
    -------
    list of list of Pick
        What the analyst picked of each event.
    """
    n = to_samples(hours * 3600)
    rng = default_rng([seed, SOURCES, FIRST_CONTINUOUS])
    edge = min(60.0, hours * 600)
    span_s = CONTINUOUS_START + edge, CONTINUOUS_START + hours * 3600 - edge
    dense, n_events = (
        replace(ARCHIVED, apart_s=90.0, faults=faults),
        max(1, round(hours * EVENTS_PER_HOUR)),
    )
    sources = draw_earthquakes(dense, n_events, span_s, number=FIRST_CONTINUOUS, seed=seed, rng=rng)
    first = to_samples(CONTINUOUS_START)
    picked: dict[Source, list[Pick]] = {source: [] for source in sources}
    stem = folder / "continuous" / "mseed" / f"{_stamp(CONTINUOUS_START)}.{NETWORK:_<5}_003_"
    paths = [stem.with_name(f"{stem.name}{site.code}.mseed") for site in SITES]
    with_gap = rng.permutation(len(SITES))[:2]
    for station, path in enumerate(progress(paths, len(paths), "continuous records")):
        seismograph, gaps = Seismograph(station, seed), []
        if station in with_gap:
            begin = first + int(rng.integers(n))
            gaps = [(begin, begin + min(n // 20, int(rng.integers(2000, 9000))))]
        found = write_station(path, sources, seismograph, first=first, n_samples=n, gaps=gaps)
        for source, excerpt in found:
            picked[source] += analyst.read_station(seismograph, source, excerpt, gaps=gaps)
    sfiles = folder / "continuous" / "sfiles_nordicformat"
    for source, picks in picked.items():
        if picks:
            _write_sfile(sfiles, source, picks, path=paths[0], seed=seed)
    return list(picked.values())


def _write_sfile(folder: Path, source: Source, picks: list[Pick], *, path: Path, seed: int) -> None:
    rng = default_rng([seed, analyst.READINGS, source.number])
    located = analyst.locate(source, len(picks), rng)
    analyst.write_sfile(folder, located, picks, waveform_file=path.name)


def _stamp(time_s: float) -> str:
    return f"{as_datetime(time_s):%Y-%m-%d-%H%M-%S}S"
