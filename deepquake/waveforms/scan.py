"""Finding the waveforms in a folder, whatever their format, names and depth, from headers only."""

import glob
import os
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from deepquake.core.config import Config
from deepquake.core.report import Report
from deepquake.waveforms.components import UNNAMED_ORDER, component_of, component_of_name
from deepquake.waveforms.joining import ChannelFile, join
from deepquake.waveforms.mseed_index import Records, index_file, looks_like_mseed
from deepquake.waveforms.mseed_read import layers
from deepquake.waveforms.names import stem
from deepquake.waveforms.recording import Piece, Recording
from deepquake.waveforms.resampling import HIGHEST_RATE_HZ, LOWEST_RATE_HZ, ratio

# A piece is placed by the time of its first sample; it ends before it has drifted so far.
MOST_DRIFT = 0.25  # samples
RECORDS_PER_PIECE = 2048
LONGEST_STATION = 5  # letters that miniSEED has for a station
BREAK = 0.5  # samples between two records that make a gap or an overlap, as in libmseed
COMPRESSED = (b"\x1f\x8b", b"BZh", b"PK\x03\x04", b"\xfd7zXZ")  # gzip, bzip2, zip, xz
HEADERS_DIFFER = ("REFTEK130",)  # ObsPy finds other traces there by headers alone
UNSAFE_FORMATS = ("PICKLE",)  # reading it runs code that the file holds


@dataclass(frozen=True)
class _Run:
    """A piece and what it holds; the component is '' where nobody can tell."""

    piece: Piece
    component: str
    sensor: str

    @property
    def station(self) -> str:
        """The code of the station; the file's name to the first point where there is none."""
        return self.piece.station or self.piece.path.name.split(".")[0][:LONGEST_STATION]


def scan(
    path: Path | str, config: Config, report: Report, pattern: str = "*", station: str = ""
) -> list[Recording]:
    """Return the station streams in a file or folder (any depth), by station and time.

    ``pattern`` is matched against file names, ``station`` (codes between commas, or empty for
    all) against stations. Component files that overlap in time are joined, and files of a channel
    that follow upon each other; how is told in ``deepquake.waveforms.joining``. What is no
    waveform, has no component Z, N or E (see ``deepquake.waveforms.components``), or too low a
    rate is reported.
    """
    wanted = {code.strip().upper() for code in station.split(",") if code.strip()}
    found: list[ChannelFile] = []
    left_out: Counter[tuple[str, str]] = Counter()
    first_of: dict[tuple[str, str], Path] = {}
    for file in waveform_files(Path(path), pattern):
        for run in _named(file, _pieces(file, config, report), report):
            if wanted and run.station.upper() not in wanted:
                continue
            reason = _unfit(run, config)
            if reason:
                key = (_id(run.piece), reason)
                left_out[key] += 1
                first_of.setdefault(key, file)
            else:
                found.append(ChannelFile.of(run.piece, run.component, run.sensor, run.station))
    for (name, reason), count in left_out.items():
        times = f" ({count} runs)" if count > 1 else ""
        report.skip(first_of[name, reason], f"channel {name}{times}: {reason}")
    return join(found, config, report)


def waveform_files(path: Path, pattern: str = "*", follow_links: bool = True) -> Iterator[Path]:
    """Yield the files below a folder (or the file itself) that fit ``pattern``, sorted.

    Hidden files, and what a stopped run left behind, begin with a point and are passed over, and
    so are pipes, sockets and devices. Links to folders are followed, each folder being entered
    once, unless ``follow_links`` is false.
    """
    if path.is_file():
        yield path
        return
    entered = {os.path.realpath(path)}
    for folder, folders, names in os.walk(path, followlinks=follow_links):
        own = {n: os.path.realpath(Path(folder, n)) for n in sorted(folders) if n[0] != "."}
        folders[:] = []
        for name, real in own.items():
            if real not in entered:
                entered.add(real)
                folders.append(name)
        for name in sorted(names):
            if name[0] != "." and fnmatch(name, pattern) and _may_be_read(Path(folder, name)):
                yield Path(folder, name)


def _may_be_read(path: Path) -> bool:
    """Tell a file, or a link to none (which is reported), from a pipe, socket or device."""
    return path.is_file() or not path.exists()


def _pieces(path: Path, config: Config, report: Report) -> list[Piece]:
    """Return the pieces of one file; none, with a word in the report, where it is no waveform."""
    try:
        with path.open("rb") as file:
            head = file.read(512)
        if not head:
            report.skip(path, "the file is empty")
            return []
        if head.startswith(COMPRESSED):
            report.skip(path, "is compressed; unpack it first")
            return []
        kind = "MSEED" if looks_like_mseed(head) else _format_of(path)
        records = index_file(path) if kind == "MSEED" else None
        if records is not None:
            pieces = _mseed_pieces(path, records, config, report)
        elif kind:
            pieces = _obspy_pieces(path, kind, config)
        else:
            report.skip(path, "is no waveform file (no format that ObsPy reads)")
            return []
        if not pieces:
            report.skip(path, "holds no samples")
        return pieces
    except Exception as error:  # the readers of thirty formats raise anything on a damaged file
        message = " ".join(str(error).split())[:120] or type(error).__name__
        report.skip(path, f"cannot be read as a waveform file: {message}")
    return []


def _format_of(path: Path) -> str:
    """Return the name of the format in which ObsPy would read a file, or an empty string."""
    for name, is_format in _formats():
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                if is_format(str(path)):
                    return name
        except Exception:  # a test for a format may fail on a file of another
            continue
    return ""


@cache
def _formats() -> list[tuple[str, Callable[[str], bool]]]:
    """Return ObsPy's waveform formats, each with its test of a file."""
    from obspy.core.util.base import ENTRY_POINTS
    from obspy.core.util.misc import buffered_load_entry_point

    return [
        (
            name,
            buffered_load_entry_point(entry.dist.name, f"obspy.plugin.waveform.{name}", "isFormat"),
        )
        for name, entry in ENTRY_POINTS["waveform"].items()
        if name not in UNSAFE_FORMATS
    ]


def _obspy_pieces(path: Path, kind: str, config: Config) -> list[Piece]:
    from obspy import read

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        stream = read(glob.escape(str(path)), format=kind, headonly=kind not in HEADERS_DIFFER)
    pieces = []
    for number, trace in enumerate(stream):
        stats = trace.stats
        if stats.npts < 1:
            continue
        header_rate = _header_rate(stats)
        rate = _round_rate(header_rate, config)
        drift = abs(header_rate / rate - 1)
        most = max(1, int(MOST_DRIFT / drift)) if drift * stats.npts > MOST_DRIFT else stats.npts
        for first in range(0, stats.npts, most):
            pieces.append(
                Piece(
                    path,
                    kind,
                    stats.network.strip(),
                    stats.station.strip(),
                    stats.location.strip(),
                    stats.channel.strip(),
                    stats.starttime.timestamp + first / header_rate,
                    min(most, stats.npts - first),
                    rate,
                    trace=number,
                    first_sample=first,
                )
            )
    return pieces


def _header_rate(stats: Mapping[str, Any]) -> float:
    """Return the sampling rate of a trace; of SAC before ObsPy rounds the step to microseconds."""
    if "sac" in stats:
        return 1 / float(str(np.float32(stats["sac"]["delta"])))
    return float(stats["sampling_rate"])


def _mseed_pieces(path: Path, records: Records, config: Config, report: Report) -> list[Piece]:
    if records.n_left:
        report.note(path, f"is cut off: its last {records.n_left} bytes are no whole record")
    if records.n_damaged:
        report.note(path, f"{records.n_damaged} of its records are damaged and left out")
    pieces = []
    for number, (network, station, location, channel) in enumerate(records.ids):
        own = np.flatnonzero(records.source == number)
        for rate in np.unique(records.rate_hz[own]):
            round_rate = _round_rate(float(rate), config)
            runs = [
                (chosen[first], chosen[last], n_samples)
                for chosen in layers(path, records, own[records.rate_hz[own] == rate])
                for first, last, n_samples in _runs(records, chosen, round_rate)
            ]
            for first, last, n_samples in runs:
                begin = int(records.offset[first])
                end = int(records.offset[last]) + records.record_length
                pieces.append(
                    Piece(
                        path, "MSEED", network, station, location, channel,
                        float(records.start_s[first]), n_samples, round_rate,
                        begin, end - begin,
                    )
                )  # fmt: skip
    return pieces


def _round_rate(rate_hz: float, config: Config) -> float:
    """Return the rate that a header's rate is a hair off, or that of a damaged header as it is."""
    up, down = ratio(rate_hz, config.sampling_rate)
    return config.sampling_rate * down / up if up else rate_hz


def _runs(records: Records, chosen: np.ndarray, rate_hz: float) -> Iterator[tuple[int, int, int]]:
    """Yield (first, last, number of samples) of the gap-free runs of records sorted by time."""
    start_s, n_samples = records.start_s[chosen], records.n_samples[chosen]
    # Times since the first record keep their microseconds in the differences.
    step = np.diff(start_s - start_s[0]) * rate_hz - n_samples[:-1]
    own = np.diff(start_s - start_s[0]) * records.rate_hz[chosen[:-1]] - n_samples[:-1]
    is_break = (np.abs(own) >= BREAK) | (np.diff(records.offset[chosen]) < 0)
    heads = np.concatenate([[0], np.flatnonzero(is_break) + 1, [len(chosen)]])
    drift = np.concatenate([[0.0], np.cumsum(np.where(is_break, 0.0, step))])
    samples = np.concatenate([[0], np.cumsum(n_samples)])
    spread = np.maximum.reduceat(drift, heads[:-1]) - np.minimum.reduceat(drift, heads[:-1])
    simple = (spread <= MOST_DRIFT) & (np.diff(heads) <= RECORDS_PER_PIECE)
    for first, following, is_simple in zip(
        heads[:-1].tolist(), heads[1:].tolist(), simple.tolist(), strict=True
    ):
        if is_simple:
            yield first, following - 1, int(samples[following] - samples[first])
        else:
            yield from _split_run(first, following, drift, samples)


def _split_run(
    first: int, following: int, drift: np.ndarray, samples: np.ndarray
) -> Iterator[tuple[int, int, int]]:
    while first < following:
        end = min(following, first + RECORDS_PER_PIECE)
        away = np.flatnonzero(np.abs(drift[first:end] - drift[first]) > MOST_DRIFT)
        end = first + int(away[0]) if len(away) else end
        yield first, end - 1, int(samples[end] - samples[first])
        first = end


def _named(path: Path, pieces: Sequence[Piece], report: Report) -> list[_Run]:
    """Return the pieces of one file with the components they hold ('' where unknown)."""
    unnamed: dict[tuple[str, str, str], list[int]] = {}
    for piece in pieces:
        if not piece.channel:
            traces = unnamed.setdefault((piece.network, piece.station, piece.location), [])
            if piece.trace not in traces:
                traces.append(piece.trace)
    runs = []
    for piece in pieces:
        if piece.channel:
            runs.append(_Run(piece, *component_of(piece.channel)))
            continue
        traces = unnamed.get((piece.network, piece.station, piece.location), [piece.trace])
        runs.append(_Run(piece, *_component_of_unnamed(path, traces, piece.trace)))
    for key, traces in unnamed.items():
        told = "the name of the file" if component_of_name(stem(path))[0] else "their order"
        report.note(
            path, f"{'.'.join(key)}: channels without a code ({len(traces)}), told by {told}"
        )
    return runs


def _component_of_unnamed(path: Path, traces: list[int], trace: int) -> tuple[str, str]:
    component, sensor = component_of_name(stem(path))
    if component and len(traces) == 1:
        return component, sensor
    if len(traces) in (1, 3):
        return UNNAMED_ORDER[traces.index(trace)], ""
    return "", ""


def _unfit(run: _Run, config: Config) -> str:
    """Return why a run of samples cannot be used, or an empty string."""
    if not run.component:
        return "tells no component Z, N or E"
    rate = run.piece.rate_hz
    if rate < min(LOWEST_RATE_HZ, config.sampling_rate) and not config.allow_upsampling:
        return (
            f"{rate:g} samples per second would have to be upsampled to {config.sampling_rate:g}; "
            "allow it with allow_upsampling = true"
        )
    if rate > HIGHEST_RATE_HZ:
        return f"{rate:g} samples per second are no seismometer's"
    return ""


def _id(piece: Piece) -> str:
    return f"{piece.network}.{piece.station}.{piece.location}.{piece.channel}"
