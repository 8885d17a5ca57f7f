"""Continuous records of weeks, with a catalogue of the larger events and one of all of them.

The form is that of ConvNetQuake's Oklahoma data: one file per station and month, a catalogue of
origins without picks to train with, and a complete catalogue of detections to keep noise clean
and to score against.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from numpy.random import Generator, default_rng

from deepquake.core.files import write_csv
from deepquake.core.progress import progress
from deepquake.core.times import as_datetime, iso
from deepquake.tools.demo import analyst
from deepquake.tools.demo.continuous import write_station
from deepquake.tools.demo.network import FAULTS, NETWORK, SITES, Source, degrees_of, to_samples
from deepquake.tools.demo.records import Gap, Seismograph
from deepquake.tools.demo.seismicity import Seismicity, draw_earthquakes

MONTH_START = datetime(2023, 4, 1, tzinfo=UTC).timestamp()
NATURAL = Seismicity((0.5, 3.8), b_value=1.0, apart_s=30.0, faults=FAULTS)
EVENTS_PER_DAY = 24.0
CATALOGUED = 1.0  # magnitude from which the origin catalogue has the events
EDGE_S = 120.0
DAYS_PER_GAP = 6.0
N_READINGS = 12  # of a wider network, for the errors of the locations
FIRST_NUMBER = 2_000_000
EARTHQUAKES, DROPOUTS, LOCATIONS = 30, 31, 32  # keep the random numbers of things apart

CATALOG_HEADER = ("id", "origintime", "latitude", "longitude", "depth", "mag")
ARRIVAL_HEADER = ("network", "station", "phase", "time", "weight", "snr", "utc_timestamp")
NEEDED_SNR = {"P": analyst.SEEN_P, "S": analyst.SEEN_S}
DROWNED = 4  # the weight that says: do not use


@dataclass(frozen=True)
class Month:
    """What was written: events in all, those in the origin catalogue, arrivals that stand out."""

    events: int
    catalogued: int
    seen: dict[str, int]


def write_month(folder: Path, days: float, n_stations: int, seed: int) -> Month:
    """Write records of some stations from MONTH_START on, and three catalogues.

    The records go to ``mseed/``; catalog.csv holds the larger events, catalog_complete.csv all,
    and detections_complete.csv the true P and S of every event at every station with the
    signal-to-noise ratio (peak over the rms of what comes before, 2 to 15 Hz); those that drown
    have weight 4.

    Parameters
    ----------
    folder : Path
        The data set.
    days : float
        Length of the records.
    n_stations : int
        How many of the network's stations.
    seed : int
        Seed of every random choice.

    Returns
    -------
    Month
        What was written.
    """
    sources = month_sources(days, seed)
    catalog = [_catalog_row(source, seed) for source in sources]
    large = [row for row in catalog if float(row[-1]) >= CATALOGUED]
    write_csv(folder / "catalog_complete.csv", CATALOG_HEADER, catalog)
    write_csv(folder / "catalog.csv", CATALOG_HEADER, large)
    origins = dict(zip(sources, catalog, strict=True))
    rows: list[tuple[str, ...]] = []
    seen = {}
    for station, site in enumerate(SITES[:n_stations]):
        found = list(_write_station(folder, origins, station, days=days, seed=seed))
        seen[site.code] = sum(row[-5] == "P" and row[-3] == "0" for row in found)
        rows += found
    rows.sort(key=lambda row: (row[0], row[-4]))
    write_csv(folder / "detections_complete.csv", CATALOG_HEADER + ARRIVAL_HEADER, rows)
    return Month(len(catalog), len(large), seen)


def month_sources(days: float, seed: int) -> list[Source]:
    """Return the earthquakes of the records.

    Parameters
    ----------
    days : float
        Length of the records.
    seed : int
        Seed of the random choices.
    """
    rng = default_rng([seed, EARTHQUAKES])
    edge = min(EDGE_S, days * 86400 / 10)
    span_s = MONTH_START + edge, MONTH_START + days * 86400 - edge
    n = max(len(NATURAL.faults), round(days * EVENTS_PER_DAY))
    return draw_earthquakes(NATURAL, n, span_s, number=FIRST_NUMBER, seed=seed, rng=rng)


def _catalog_row(source: Source, seed: int) -> tuple[str, ...]:
    rng = default_rng([seed, LOCATIONS, source.number])
    located = analyst.locate(source, N_READINGS, rng)
    return (
        f"dq{source.number - FIRST_NUMBER + 1:05d}",
        iso(located.origin_s),
        *(f"{degrees:.4f}" for degrees in degrees_of(located)),
        f"{located.depth_km:.2f}",
        f"{located.magnitude:.1f}",
    )


def _write_station(
    folder: Path, origins: Mapping[Source, tuple[str, ...]], station: int, *, days: float, seed: int
) -> Iterator[tuple[str, ...]]:
    """Write the record of a station and yield its rows of the detection catalogue."""
    code, seismograph = SITES[station].code, Seismograph(station, seed)
    begin = as_datetime(MONTH_START)
    path = folder / "mseed" / f"{NETWORK}{code}_{begin.month}-{begin.year}.mseed"
    first, n = to_samples(MONTH_START), to_samples(days * 86400)
    gaps = _draw_gaps(default_rng([seed, DROPOUTS, station]), days, first)
    found = write_station(path, list(origins), seismograph, first=first, n_samples=n, gaps=gaps)
    for source, excerpt in progress(found, len(origins), f"{code} events"):
        for phase in "PS":
            time = excerpt.signal.onset_s[phase]
            snr = analyst.signal_to_noise(excerpt, phase)
            weight = 0 if snr >= NEEDED_SNR[phase] else DROWNED
            shown_snr = "" if math.isnan(snr) else f"{snr:.2f}"
            arrival = (phase, iso(time), f"{weight}", shown_snr, f"{time:.3f}")
            yield (*origins[source], NETWORK, code, *arrival)


def _draw_gaps(rng: Generator, days: float, first: int) -> list[Gap]:
    """Return the stretches a station lost: from half a minute to half an hour, every few days."""
    n, gaps = to_samples(days * 86400), []
    for _ in range(rng.poisson(days / DAYS_PER_GAP)):
        begin = first + int(rng.integers(n))
        length_s = 10 ** rng.uniform(1.5, 3.2)
        gaps.append((begin, begin + to_samples(length_s)))
    return sorted(gaps)
