"""Records: noise and earthquakes together, gaps, counts, miniSEED."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.random import default_rng
from obspy import Stream, Trace, UTCDateTime

from deepquake.core.files import whole_file
from deepquake.core.settings import COMPONENTS
from deepquake.tools.demo.network import NETWORK, RATE_HZ, SITES, Site, Source, to_samples
from deepquake.tools.demo.noise import add_overlap, noise
from deepquake.tools.demo.seismogram import Signal, synthesize

WAVES = 22  # keeps the random numbers of waves apart from others
FULL_SCALE = 2**23 - 1  # counts of a 24-bit digitizer

Gap = tuple[int, int]  # numbers of the first sample that is lost and of the first after it


@dataclass(frozen=True)
class Seismograph:
    """A station at work, by its index into SITES; waves and noise follow from the seed."""

    station: int
    seed: int

    @property
    def site(self) -> Site:
        """The station."""
        return SITES[self.station]

    def wave(self, source: Source) -> Signal:
        """Return what arrives of an earthquake, without noise."""
        rng = default_rng([self.seed, WAVES, source.number, self.station])
        return synthesize(source, self.site, rng)

    def record(self, signals: Iterable[Signal], first: int, n_samples: int) -> np.ndarray:
        """Return what is recorded: noise, and every signal that reaches the stretch.

        Parameters
        ----------
        signals : iterable of Signal
            Earthquakes.
        first : int
            Number of the first sample, counted from 1970.
        n_samples : int
            How many samples.

        Returns
        -------
        ndarray of int32 (3, n)
            Counts, rows Z N E.
        """
        data = noise(self.site, self.seed, first=first, n_samples=n_samples)
        for signal in signals:
            add_overlap(data, signal.data, to_samples(signal.start_s) - first)
        return np.clip(np.rint(data), -FULL_SCALE, FULL_SCALE).astype(np.int32)

    def traces(self, data: np.ndarray, first: int, gaps: Sequence[Gap] = ()) -> list[Trace]:
        """Return a record as ObsPy's traces.

        Parameters
        ----------
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
        begins = np.maximum.accumulate([first, *(end for _, end in sorted(gaps))]).tolist()
        ends = [*(min(begin, last) for begin, _ in sorted(gaps)), last]
        pieces = [(b, e) for b, e in zip(begins, ends, strict=True) if b < e]
        header = {"network": NETWORK, "station": self.site.code, "sampling_rate": RATE_HZ}
        found = []
        for row, component in zip(data, COMPONENTS, strict=True):
            for begin, end in pieces:
                start = UTCDateTime(ns=begin * round(1e9 / RATE_HZ))
                channel = {"channel": self.site.band + component, "starttime": start}
                samples = np.ascontiguousarray(row[begin - first : end - first])
                found.append(Trace(samples, header | channel))
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
        with whole_file(file, lasting=False) as temporary, temporary.open("wb") as opened:
            write_traces(opened, found, record_bytes)
    else:
        Stream(found).write(file, format="MSEED", encoding="STEIM2", reclen=record_bytes)
