"""Continuous records of weeks, with a catalogue of the larger events and one of all of them.

The form is that of ConvNetQuake's Oklahoma data: one file per station and month, a catalogue of
origins without picks to train with, and a complete catalogue of detections to keep noise clean
and to score against.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from deepquake.core.files import write_csv
from deepquake.core.progress import progress
from deepquake.core.times import iso
from deepquake.tools.demo import analyst, continuous, records
from deepquake.tools.demo.network import (
    NETWORK,
    REGIONS,
    SAMPLING_RATE_HZ,
    SITES,
    Source,
    latitude,
    longitude,
)
from deepquake.tools.demo.seismicity import draw_magnitudes, draw_sources, draw_times

START = datetime(2023, 4, 1, tzinfo=UTC).timestamp()
EVENTS_PER_DAY = 24.0
MAGNITUDES = (0.5, 3.8)
B_VALUE = 1.0
CATALOGUED = 1.0  # magnitude from which the origin catalogue has the events
SEPARATION_S = 30.0
EDGE_S = 120.0
DAYS_PER_GAP = 6.0
N_READINGS = 12  # of a wider network, for the errors of the locations
FIRST_NUMBER = 2_000_000
MONTH, GAPS, LOCATIONS = range(30, 33)  # keep the random numbers of different things apart

CATALOG_HEADER = ("id", "origintime", "latitude", "longitude", "depth", "mag")
DETECTION_HEADER = (
    *CATALOG_HEADER,
    *("network", "station", "phase", "time", "weight", "snr", "utc_timestamp"),
)
NEEDED_SNR = {"P": analyst.SEEN_P, "S": analyst.SEEN_S}
DROWNED = 4  # the weight that says: do not use


@dataclass(frozen=True)
class Summary:
    """What was written: events in all, those in the origin catalogue, arrivals that stand out."""

    events: int
    catalogued: int
    seen: dict[str, int]


def write_month(folder: Path, days: float, n_stations: int, seed: int) -> Summary:
    """Write ``mseed/`` of the first n_stations stations, catalog.csv, catalog_complete.csv and
    detections_complete.csv, ``days`` days from START on.

    Detections list the true P and S of every event at every station with the signal-to-noise
    ratio (peak over the rms of what comes before, 2 to 15 Hz); those that drown have weight 4.
    """
    sources = _sources(days, seed)
    catalog = [_catalog_row(source, seed) for source in sources]
    large = [row for row in catalog if float(row[-1]) >= CATALOGUED]
    write_csv(folder / "catalog_complete.csv", CATALOG_HEADER, catalog)
    write_csv(folder / "catalog.csv", CATALOG_HEADER, large)
    rows: list[tuple[str, ...]] = []
    seen = {}
    for station, site in enumerate(SITES[:n_stations]):
        found = list(_write_station(folder, sources, catalog, station, days, seed))
        seen[site.code] = sum(row[-5] == "P" and row[-3] == "0" for row in found)
        rows += found
    rows.sort(key=lambda row: (row[0], row[-4]))
    write_csv(folder / "detections_complete.csv", DETECTION_HEADER, rows)
    return Summary(len(catalog), len(large), seen)


def _sources(days: float, seed: int) -> list[Source]:
    rng = np.random.default_rng([seed, MONTH])
    n = max(len(REGIONS), round(days * EVENTS_PER_DAY))
    edge = min(EDGE_S, days * 86400 / 10)
    end = START + days * 86400 - edge
    times = draw_times(n, START + edge, end, SEPARATION_S, rng)
    magnitudes = draw_magnitudes(n, *MAGNITUDES, B_VALUE, rng)
    return draw_sources(FIRST_NUMBER, times, magnitudes, len(REGIONS), seed)


def _event_id(source: Source) -> str:
    return f"dq{source.number - FIRST_NUMBER + 1:05d}"


def _catalog_row(source: Source, seed: int) -> tuple[str, ...]:
    rng = np.random.default_rng([seed, LOCATIONS, source.number])
    located = analyst.locate(source, N_READINGS, rng)
    return (
        _event_id(source),
        iso(located.origin_s),
        f"{latitude(located.north_km):.4f}",
        f"{longitude(located.east_km, located.north_km):.4f}",
        f"{located.depth_km:.2f}",
        f"{located.magnitude:.1f}",
    )


def _write_station(
    folder: Path,
    sources: list[Source],
    catalog: list[tuple[str, ...]],
    station: int,
    days: float,
    seed: int,
) -> Iterator[tuple[str, ...]]:
    """Write the record of one station and yield its rows of the detection catalogue."""
    site = SITES[station]
    first, n = records.sample_number(START), round(days * 86400 * SAMPLING_RATE_HZ)
    begin = datetime.fromtimestamp(START, UTC)
    path = folder / "mseed" / f"{NETWORK}{site.code}_{begin.month}-{begin.year}.mseed"
    arrivals = continuous.write_station(
        path, sources, station, seed, first, n, _gaps(station, days, first, n, seed)
    )
    shown = progress(arrivals, len(sources), f"{site.code} events")
    for origin, (_, signal, data, at) in zip(catalog, shown, strict=True):
        for phase, time in (("P", signal.p_s), ("S", signal.s_s)):
            snr = analyst.signal_to_noise(signal, data, at, phase)
            weight = 0 if snr >= NEEDED_SNR[phase] else DROWNED
            shown_snr = "" if math.isnan(snr) else f"{snr:.2f}"
            arrival = (phase, iso(time), f"{weight}", shown_snr, f"{time:.3f}")
            yield (*origin, NETWORK, site.code, *arrival)


def _gaps(station: int, days: float, first: int, n: int, seed: int) -> list[tuple[int, int]]:
    """Return the stretches a station lost: from half a minute to half an hour, every few days."""
    rng = np.random.default_rng([seed, GAPS, station])
    gaps = []
    for _ in range(rng.poisson(days / DAYS_PER_GAP)):
        begin = first + int(rng.integers(n))
        length_s = 10 ** rng.uniform(1.5, 3.2)
        gaps.append((begin, begin + round(length_s * SAMPLING_RATE_HZ)))
    return sorted(gaps)
