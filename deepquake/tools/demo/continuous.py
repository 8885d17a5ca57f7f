"""Continuous records of any length, an hour at a time."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from deepquake.core.files import whole_file
from deepquake.tools.demo.analyst import Excerpt
from deepquake.tools.demo.network import RATE_HZ, Source, to_samples
from deepquake.tools.demo.records import Gap, Seismograph, write_traces
from deepquake.tools.demo.seismogram import LEAD_S, N_SAMPLES, Signal

HOUR = to_samples(3600)
BEFORE, AFTER = to_samples(14), to_samples(2)
RECORD_BYTES = 4096


def write_station(
    path: Path,
    sources: Sequence[Source],
    seismograph: Seismograph,
    *,
    first: int,
    n_samples: int,
    gaps: Sequence[Gap],
) -> Iterator[tuple[Source, Excerpt]]:
    """Write what a station records of earthquakes, an hour in memory at a time.

    Parameters
    ----------
    path : Path
        The miniSEED file, which is there once the last earthquake has been taken.
    sources : sequence of Source
        The earthquakes, sorted by time.
    seismograph : Seismograph
        The station.
    first, n_samples : int
        Number of the first sample, counted from 1970, and how many there are.
    gaps : sequence of Gap
        What is lost.

    Yields
    ------
    tuple of Source and Excerpt
        Each earthquake, and the record from 14 s before its P to 2 s after its S.
    """
    last = first + n_samples
    coming = iter(sources)
    source = next(coming, None)
    reaching: list[Signal] = []
    with whole_file(path, lasting=False) as temporary, temporary.open("wb") as file:
        for begin in range(first, last, HOUR):
            end = min(begin + HOUR, last)
            while source and (source.origin_s - LEAD_S) * RATE_HZ < end:
                signal = seismograph.wave(source)
                reaching.append(signal)
                at = max(first, to_samples(signal.arrival_s["P"]) - BEFORE)
                n = max(0, min(last, to_samples(signal.arrival_s["S"]) + AFTER) - at)
                around = seismograph.record(reaching, at, n)
                yield source, Excerpt(signal, around, at)
                source = next(coming, None)
            data = seismograph.record(reaching, begin, end - begin)
            write_traces(file, seismograph.traces(data, begin, gaps), RECORD_BYTES)
            reaching = [s for s in reaching if to_samples(s.start_s) + N_SAMPLES > end]
