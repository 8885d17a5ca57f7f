"""Records: noise and earthquakes together, gaps, counts, miniSEED."""

import math
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

import numpy as np
from obspy import Stream, Trace, UTCDateTime

from deepquake.core.files import whole_file, write_csv
from deepquake.tools.demo.network import (
    LAYERS,
    NETWORK,
    SAMPLING_RATE_HZ,
    Site,
    latitude,
    longitude,
)
from deepquake.tools.demo.noise import noise
from deepquake.tools.demo.seismogram import N_SAMPLES, Signal

FULL_SCALE = 2**23 - 1  # counts of a 24-bit digitizer
COMPONENTS = "ZNE"


def sample_number(time_s: float) -> int:
    """Return the number, counted from 1970, of the sample at or after a time in s."""
    return math.ceil(round(time_s * SAMPLING_RATE_HZ, 6))


def record(
    site: Site, signals: Iterable[Signal], seed: int, first: int, n_samples: int
) -> np.ndarray:
    """Return (3, n) int32 counts, rows Z N E: the noise and every signal that reaches the stretch.

    ``first`` is the number of the first sample, counted from 1970.
    """
    data = noise(site, seed, first, n_samples)
    for signal in signals:
        at = round(signal.start_s * SAMPLING_RATE_HZ) - first
        begin, end = max(0, at), min(n_samples, at + N_SAMPLES)
        if begin < end:
            data[:, begin:end] += signal.data[:, begin - at : end - at]
    return np.clip(np.rint(data), -FULL_SCALE, FULL_SCALE).astype(np.int32)


def traces(
    site: Site, data: np.ndarray, first: int, gaps: Iterable[tuple[int, int]] = ()
) -> list[Trace]:
    """Return the miniSEED traces of a record; gaps are (first sample, end), counted from 1970."""
    pieces, begin = [], first
    last = first + data.shape[1]
    for gap_begin, gap_end in sorted(gaps):
        pieces.append((begin, min(gap_begin, last)))
        begin = max(begin, gap_end)
    pieces.append((begin, last))
    found = []
    for row, component in enumerate(COMPONENTS):
        for begin, end in pieces:
            if begin >= end:
                continue
            header = {
                "network": NETWORK,
                "station": site.code,
                "channel": site.band + component,
                "sampling_rate": SAMPLING_RATE_HZ,
                "starttime": UTCDateTime(ns=begin * round(1e9 / SAMPLING_RATE_HZ)),
            }
            samples = np.ascontiguousarray(data[row, begin - first : end - first])
            found.append(Trace(samples, header))
    return found


def write_traces(file: BinaryIO | Path, found: list[Trace], record_bytes: int = 512) -> None:
    """Write traces as Steim-2 miniSEED to an open file, or to a path (whole or not at all)."""
    stream = Stream(found)
    if isinstance(file, Path):
        with whole_file(file) as temporary:
            stream.write(str(temporary), format="MSEED", encoding="STEIM2", reclen=record_bytes)
    else:
        stream.write(file, format="MSEED", encoding="STEIM2", reclen=record_bytes)


def write_network(folder: Path, sites: Iterable[Site]) -> None:
    """Write stations.csv and velocity_model.csv (tops of layers in km below sea level, km/s)."""
    write_csv(
        folder / "stations.csv",
        ("code", "latitude", "longitude", "elevation_m"),
        [
            (
                site.code,
                f"{latitude(site.north_km):.5f}",
                f"{longitude(site.east_km, site.north_km):.5f}",
                f"{site.elevation_m:.0f}",
            )
            for site in sites
        ],
    )
    write_csv(
        folder / "velocity_model.csv",
        ("top", "vp", "vs"),
        [(f"{x.top_km:.3f}", f"{x.vp:.3f}", f"{x.vs:.3f}") for x in LAYERS],
    )
