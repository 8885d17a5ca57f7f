"""Records: noise and earthquakes together, gaps, counts, miniSEED."""

import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np
from obspy import Stream, Trace, UTCDateTime

from deepquake.core.files import whole_file, write_csv
from deepquake.core.settings import COMPONENTS
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

Gap = tuple[int, int]  # numbers of the first sample that is lost and of the first after it


def sample_number(time_s: float) -> int:
    """Return the number, counted from 1970, of the sample at or after a time in s."""
    return math.ceil(round(time_s * SAMPLING_RATE_HZ, 6))


def record(
    site: Site, signals: Iterable[Signal], *, seed: int, first: int, n_samples: int
) -> np.ndarray:
    """Return what a station records: noise, and every signal that reaches the stretch.

    Parameters
    ----------
    site : Site
        The station.
    signals : iterable of Signal
        Its earthquakes.
    seed : int
        Seed of the noise.
    first : int
        Number of the first sample, counted from 1970.
    n_samples : int
        How many samples.

    Returns
    -------
    ndarray of int32 (3, n)
        Counts, rows Z N E.
    """
    data = noise(site, seed, first=first, n_samples=n_samples)
    for signal in signals:
        at = round(signal.start_s * SAMPLING_RATE_HZ) - first
        begin, end = max(0, at), min(n_samples, at + N_SAMPLES)
        if begin < end:
            data[:, begin:end] += signal.data[:, begin - at : end - at]
    return np.clip(np.rint(data), -FULL_SCALE, FULL_SCALE).astype(np.int32)


def traces(site: Site, data: np.ndarray, first: int, gaps: Sequence[Gap] = ()) -> list[Trace]:
    """Return a record as ObsPy's traces.

    Parameters
    ----------
    site : Site
        The station.
    data : ndarray of int32 (3, n)
        Counts, rows Z N E.
    first : int
        Number of the first sample, counted from 1970.
    gaps : sequence of Gap, optional
        What is lost.

    Returns
    -------
    list of Trace
        Z, N and E, a trace for each piece between the gaps.
    """
    last = first + data.shape[1]
    begins = [first, *(end for _, end in sorted(gaps))]
    ends = [*(min(begin, last) for begin, _ in sorted(gaps)), last]
    begins = np.maximum.accumulate(begins).tolist()
    found = []
    for row, component in enumerate(COMPONENTS):
        for begin, end in zip(begins, ends, strict=True):
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
    """Write traces as Steim-2 miniSEED.

    Parameters
    ----------
    file : Path or open file
        Where to; what has a path appears whole or not at all.
    found : list of Trace
        The traces.
    record_bytes : int, optional
        Length of the miniSEED records.
    """
    if isinstance(file, Path):
        with whole_file(file) as temporary, temporary.open("wb") as opened:
            write_traces(opened, found, record_bytes)
    else:
        Stream(found).write(file, format="MSEED", encoding="STEIM2", reclen=record_bytes)


def write_network(folder: Path, sites: Iterable[Site]) -> None:
    """Write stations.csv and velocity_model.csv (tops of layers in km below sea level, km/s).

    Parameters
    ----------
    folder : Path
        The data set.
    sites : iterable of Site
        Its stations.
    """
    places = [
        (
            site.code,
            f"{latitude(site.north_km):.5f}",
            f"{longitude(site.east_km, site.north_km):.5f}",
            f"{site.elevation_m:.0f}",
        )
        for site in sites
    ]
    write_csv(folder / "stations.csv", ("code", "latitude", "longitude", "elevation_m"), places)
    layers = [(f"{x.top_km:.3f}", f"{x.vp:.3f}", f"{x.vs:.3f}") for x in LAYERS]
    write_csv(folder / "velocity_model.csv", ("top", "vp", "vs"), layers)
