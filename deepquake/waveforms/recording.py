"""What belongs together of one station: pieces, stretches and the recording they make up."""

import re
from bisect import bisect, bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import ceil, inf
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from deepquake.core.errors import DeepQuakeError
from deepquake.core.files import name_within
from deepquake.core.times import as_datetime, iso

SUFFIXES = {
    *(".mseed", ".miniseed", ".ms", ".mini", ".seed", ".msd", ".sac", ".gse", ".gse2", ".wav"),
    *(".segy", ".sgy", ".su", ".seg2", ".ah", ".gcf", ".evt", ".dmx", ".slist", ".ascii", ".txt"),
}
LONGEST_CODE = 3  # letters that miniSEED has for a channel
LONGEST_RECORDING = 150  # letters of a name; those of its windows and pictures have more


class Codes(NamedTuple):  # created and compared faster than a dataclass
    """What names a channel."""

    network: str
    station: str
    location: str
    channel: str

    def __str__(self) -> str:
        return f"{self.network}.{self.station}.{self.location}.{self.channel}"


class Piece(NamedTuple):
    """A gap-free run of samples of one channel within one file, known from headers only.

    ``rate_hz`` is the rate it is read at: the header's, or the round rate that it is a hair off.
    A piece that can be read by itself tells where (``first_byte``, ``n_bytes``); of others
    ``n_bytes`` is 0. What is not miniSEED also tells the number of its trace in the file, and its
    ``first_sample`` therein. ``edition`` is not 0 where the file is known to grow: its records are
    looked for in the bytes of the piece alone, and the number is another one once they change.
    """

    path: Path
    format: str  # the name ObsPy gives it
    codes: Codes
    start_s: float  # first sample, seconds since 1970 UTC
    n_samples: int
    rate_hz: float
    first_byte: int = 0
    n_bytes: int = 0
    trace: int = 0
    first_sample: int = 0
    edition: int = 0

    @property
    def end_s(self) -> float:
        """The time at which the sample after the last one is due, seconds since 1970 UTC."""
        return self.start_s + self.n_samples / self.rate_hz


@dataclass(frozen=True, slots=True)
class Stretch:
    """A gap-free run of samples, at the sampling rate of the configuration."""

    start_s: float  # first sample, seconds since 1970 UTC
    n_samples: int

    def cut(self, rate_hz: float, start_s: float, end_s: float) -> "Stretch":
        """Return the part within a span, which may hold no samples.

        Parameters
        ----------
        rate_hz : float
            Samples per second.
        start_s, end_s : float
            The first time, and that before which it ends; seconds since 1970 UTC.
        """
        # a microsecond keeps the rounding of float seconds from deciding about a sample
        first = max(0, ceil((max(start_s, self.start_s) - self.start_s - 1e-6) * rate_hz))
        end_s = min(end_s, self.start_s + self.n_samples / rate_hz)
        n_samples = ceil((end_s - self.start_s - 1e-6) * rate_hz) - first
        return Stretch(self.start_s + first / rate_hz, n_samples)


@dataclass(frozen=True)
class Table:
    """The pieces of one component and rate: the number of each one's first sample, and its end.

    Samples are numbered on a grid of the pieces' rate; the end is one past the last sample.
    """

    rate_hz: float
    pieces: tuple[Piece, ...]
    first: NDArray[np.int64]
    end: NDArray[np.int64]


def tables_of(pieces: Sequence[Piece], start_s: float) -> list[Table]:
    """Return the tables of a component's pieces, by rate.

    A piece goes to the nearest sample: an instrument's clock need not tick with the grid.

    Parameters
    ----------
    pieces : Sequence[Piece]
        The pieces, by time.
    start_s : float
        Where the grids begin, seconds since 1970 UTC.
    """
    tables = []
    for rate_hz in sorted({piece.rate_hz for piece in pieces}):
        alike = tuple(piece for piece in pieces if piece.rate_hz == rate_hz)
        since_s = np.array([piece.start_s for piece in alike]) - start_s
        # a microsecond keeps the rounding of float seconds from deciding where a piece goes
        first = np.floor((since_s + 1e-6) * rate_hz + 0.5).astype(np.int64)
        end = first + np.array([piece.n_samples for piece in alike])
        tables.append(Table(rate_hz=rate_hz, pieces=alike, first=first, end=end))
    return tables


@dataclass(frozen=True)
class Recording:
    """One station stream: the components of one sensor that overlap, over any number of files.

    All components share one grid of sample times: ``start_s`` plus multiples of
    ``1 / sampling_rate_hz``. ``stretches`` are the gap-free runs of the union of the components.
    """

    name: str  # safe as a file name and unique in a run
    network: str
    station: str
    location: str
    sensor: str  # band and instrument code, 'HH' of HHZ
    channels: Mapping[str, str]  # component -> channel code
    pieces: Mapping[str, tuple[Piece, ...]]  # component -> pieces by start time
    sampling_rate_hz: float
    start_s: float
    stretches: tuple[Stretch, ...]
    elsewhere: tuple[tuple[float, float], ...] = ()
    """Spans (first, one past the last; seconds since 1970) for which another sensor is taken."""

    @cached_property
    def tables(self) -> Mapping[str, list[Table]]:
        """Where the pieces of each component lie on the grid."""
        return {c: tables_of(pieces, self.start_s) for c, pieces in self.pieces.items()}

    def codes(self, component: str) -> Codes:
        """Return the codes of a component."""
        channel = self.channels[component]
        return Codes(self.network, self.station, location=self.location, channel=channel)

    @property
    def n_samples(self) -> int:
        """Samples on the grid from the first to the last one, gaps included."""
        last = self.stretches[-1]
        return round((last.start_s - self.start_s) * self.sampling_rate_hz) + last.n_samples

    def span(self) -> tuple[float, float]:
        """Return the times of the first and the last sample, seconds since 1970 UTC."""
        last_s = self.start_s + (self.n_samples - 1) / self.sampling_rate_hz
        return self.stretches[0].start_s, last_s

    def paths(self) -> list[Path]:
        """Return the files it is read from, sorted."""
        return sorted({piece.path for pieces in self.pieces.values() for piece in pieces})


@dataclass(frozen=True)
class Segment:
    """A span of a station stream: ``data`` is float32 (3, n), rows Z N E, NaN where missing.

    ``start_s`` is the time of the first sample in seconds since 1970 UTC.
    """

    start_s: float
    data: NDArray[np.float32]


def between(
    recordings: Iterable[Recording], start_s: float = -inf, end_s: float = inf
) -> list[Recording]:
    """Return the recordings cut to a span; those with no samples in it are left out.

    The grid of sample times stays, and samples before the span can still be read: a filter settles
    on them.

    Parameters
    ----------
    recordings : Iterable[Recording]
        The recordings.
    start_s, end_s : float
        The first time, and that before which they end; seconds since 1970 UTC.

    Raises
    ------
    DeepQuakeError
        Where none is left.
    """
    recordings = list(recordings)
    kept = []
    for recording in recordings:
        parts = (s.cut(recording.sampling_rate_hz, start_s, end_s) for s in recording.stretches)
        stretches = tuple(part for part in parts if part.n_samples > 0)
        if stretches:
            kept.append(replace(recording, stretches=stretches))
    if recordings and not kept:
        begin, end = min(r.span()[0] for r in recordings), max(r.span()[1] for r in recordings)
        raise DeepQuakeError(
            f"no record lies between --starttime and --endtime: they go from {iso(begin)} to "
            f"{iso(end)}"
        )
    return kept


def spans_by_station(
    recordings: Iterable[Recording],
) -> dict[tuple[str, str], list[tuple[float, float]]]:
    """Return first and last time of each recording (seconds since 1970 UTC), by its codes."""
    spans: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for recording in recordings:
        name = recording.network, recording.station
        spans.setdefault(name, []).append(recording.span())
    return spans


def outside(
    stretches: Iterable[Stretch], spans: Sequence[tuple[float, float]], rate_hz: float
) -> Iterator[Stretch]:
    """Yield the parts of stretches outside of some spans.

    Parameters
    ----------
    stretches : Iterable[Stretch]
        The stretches.
    spans : sequence of (float, float)
        Sorted and apart; seconds since 1970 UTC.
    rate_hz : float
        Samples per second.
    """
    begins, ends = [begin for begin, _ in spans], [end for _, end in spans]
    for stretch in stretches:
        begin, end = stretch.start_s, stretch.start_s + stretch.n_samples / rate_hz
        near = spans[bisect(ends, begin) : bisect_left(begins, end)]
        firsts, lasts = [begin, *(b for _, b in near)], [*(a for a, _ in near), end]
        parts = (stretch.cut(rate_hz, a, b) for a, b in zip(firsts, lasts, strict=True))
        yield from (part for part in parts if part.n_samples > 0) if near else (stretch,)


def stem(path: Path) -> str:
    """Return the name of a file without its extension, where that is one of waveform files."""
    return path.stem if path.suffix.lower() in SUFFIXES else path.name


def channel_code(channel: str, sensor: str, component: str) -> str:
    """Return a channel code that miniSEED can hold and that names the component.

    Parameters
    ----------
    channel : str
        The code it has; taken where it is of one to three letters.
    sensor : str
        Band and instrument code.
    component : str
        Z, N or E.
    """
    return channel if 0 < len(channel) <= LONGEST_CODE else sensor[: LONGEST_CODE - 1] + component


def recording_name(
    key: tuple[str, str, str, str],
    paths: Collection[Path],
    start_s: float,
    is_shared: bool,
    taken: set[str],
) -> str:
    """Return a name of a recording that is safe as a file name, and unique.

    It is the stem of its one file, with the station where the file is shared; or codes and time.

    Parameters
    ----------
    key : tuple of str
        Network, station, location and sensor.
    paths : Collection[Path]
        The files it is in.
    start_s : float
        Its first sample, seconds since 1970 UTC.
    is_shared : bool
        Whether other stations are in its file too.
    taken : set of str
        The names there are, in lower case; the new one is added.

    Returns
    -------
    str
        Of letters, digits, points, hyphens and underscores.
    """
    codes = ".".join(key)
    if len(paths) == 1:
        (path,) = paths
        name = f"{stem(path)}_{key[1]}" if is_shared else stem(path)
    else:
        name = f"{codes}_{as_datetime(start_s):%Y%m%dT%H%M%S}"
    name, longer = (
        name_within(LONGEST_RECORDING, re.sub(r"[^A-Za-z0-9._\-]", "_", n))
        for n in (name, f"{name}_{codes}")
    )
    unique, number = name, 1
    while unique.lower() in taken:
        unique = longer if number == 1 else f"{longer}_{number}"
        number += 1
    taken.add(unique.lower())
    return unique
