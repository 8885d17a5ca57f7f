"""Continuous records of any length, an hour at a time."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from deepquake.core.files import whole_file
from deepquake.tools.demo import records
from deepquake.tools.demo.network import SAMPLING_RATE_HZ, SITES, Source
from deepquake.tools.demo.seismicity import wave
from deepquake.tools.demo.seismogram import LEAD_S, N_SAMPLES, Signal

CHUNK = round(3600 * SAMPLING_RATE_HZ)
BEFORE, AFTER = round(14 * SAMPLING_RATE_HZ), round(2 * SAMPLING_RATE_HZ)
RECORD_BYTES = 4096

Arrival = tuple[Source, Signal, np.ndarray, int]


def write_station(
    path: Path,
    sources: list[Source],
    station: int,
    seed: int,
    first: int,
    n_samples: int,
    gaps: list[tuple[int, int]],
) -> Iterator[Arrival]:
    """Write what a station records of sources (sorted by time), yielding arrivals on the way.

    station: index into SITES; first: number of the first sample, counted from 1970; gaps: see
    records.traces. An arrival is the source, its signal, and the (3, n) counts from 14 s before
    its P to 2 s after its S, with the number of their first sample. An hour of the record is in
    memory at a time; the file is there once the last arrival has been taken.
    """
    site, last = SITES[station], first + n_samples
    coming = iter(sources)
    source = next(coming, None)
    reaching: list[Signal] = []
    with whole_file(path) as temporary, temporary.open("wb") as file:
        for begin in range(first, last, CHUNK):
            end = min(begin + CHUNK, last)
            while source and (source.origin_s - LEAD_S) * SAMPLING_RATE_HZ < end:
                signal = wave(source, station, seed)
                reaching.append(signal)
                data, at = _around(signal, reaching, station, seed, first, last)
                yield source, signal, data, at
                source = next(coming, None)
            data = records.record(site, reaching, seed, begin, end - begin)
            records.write_traces(file, records.traces(site, data, begin, gaps), RECORD_BYTES)
            reaching = [
                s for s in reaching if round(s.start_s * SAMPLING_RATE_HZ) + N_SAMPLES > end
            ]


def _around(
    signal: Signal, reaching: list[Signal], station: int, seed: int, first: int, last: int
) -> tuple[np.ndarray, int]:
    begin = max(first, round(signal.p_s * SAMPLING_RATE_HZ) - BEFORE)
    end = max(begin, min(last, round(signal.s_s * SAMPLING_RATE_HZ) + AFTER))
    return records.record(SITES[station], reaching, seed, begin, end - begin), begin
