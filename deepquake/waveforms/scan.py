"""Finding the waveforms in a folder, whatever their format, names and depth, from headers only."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from pathlib import Path

from deepquake.core.errors import DeepQuakeError
from deepquake.core.files import files_below
from deepquake.core.progress import progress
from deepquake.core.report import Report
from deepquake.core.settings import RecordSettings
from deepquake.waveforms.components import UNNAMED_ORDER, component_of, component_of_name
from deepquake.waveforms.formats import format_of, trace_pieces
from deepquake.waveforms.joining import ChannelFile, join
from deepquake.waveforms.mseed import looks_like_mseed
from deepquake.waveforms.pieces import mseed_pieces
from deepquake.waveforms.recording import Piece, Recording, between, stem
from deepquake.waveforms.resampling import HIGHEST_RATE_HZ, LOWEST_RATE_HZ

LONGEST_STATION = 5  # letters that miniSEED has for a station
COMPRESSED = (b"\x1f\x8b", b"BZh", b"PK\x03\x04", b"\xfd7zXZ")  # gzip, bzip2, zip, xz
NOT_A_WAVEFORM = ("is empty", "is not a waveform file")  # what the report says of other files


@dataclass(frozen=True)
class _Run:
    """A piece and what it holds; the component is '' where nobody can tell."""

    piece: Piece
    component: str
    sensor: str

    @property
    def station(self) -> str:
        """The code of the station; the file's name to the first point where there is none."""
        return self.piece.codes.station or self.piece.path.name.split(".")[0][:LONGEST_STATION]


def find_recordings(
    path: Path,
    settings: RecordSettings,
    report: Report,
    pattern: str = "*",
    station: str = "",
    starttime_s: float = -inf,
    endtime_s: float = inf,
    debug: bool | None = None,
) -> list[Recording]:
    """Return the station streams in a file or folder, or raise an error where there are none.

    Parameters
    ----------
    path, settings, report, pattern, station
        As of ``scan``.
    starttime_s, endtime_s : float
        The records are cut to this span, seconds since 1970 UTC.
    debug : bool, optional
        Where there are none, the report is printed: all of it (true) or its beginning (false).

    Returns
    -------
    list[Recording]
        By station and time.

    Raises
    ------
    DeepQuakeError
        Where nothing is at ``path``, nothing there is a waveform that can be used, or no record
        lies within the span.
    """
    recordings = scan(path, settings, report, pattern, station)
    if not recordings:
        if debug is not None:
            report.print_summary(debug)
        options = [f"--pattern {pattern}"] * (pattern != "*") + [f"--station {station}"] * bool(
            station
        )
        asked = f" ({' '.join(options)})" if options else ""
        raise DeepQuakeError(f"{path}: no usable waveform{asked}")
    return between(recordings, starttime_s, endtime_s)


def scan(
    path: Path, settings: RecordSettings, report: Report, pattern: str = "*", station: str = ""
) -> list[Recording]:
    """Return the station streams in a file or folder (any depth), by station and time.

    Component files that overlap in time are joined, and files of a channel that follow upon each
    other; how is told in ``waveforms.joining``. What is not a waveform file, has no component Z, N
    or E (see ``waveforms.components``), or too low a rate is reported.

    Parameters
    ----------
    path : Path
        File or folder.
    settings : RecordSettings
        The rate that is wanted, and which sensors.
    report : Report
        Is told what is left out, and why.
    pattern : str
        Only files of a folder whose name matches it.
    station : str
        Only these stations: codes between commas; empty is all.

    Raises
    ------
    DeepQuakeError
        Where nothing is at ``path``.
    """
    wanted = {code.strip().upper() for code in station.split(",") if code.strip()}
    found: list[ChannelFile] = []
    left_out: Counter[tuple[str, str]] = Counter()
    first_of: dict[tuple[str, str], Path] = {}
    files = files_below(path, pattern, report)
    for file in progress(files, len(files), "files"):
        for run in _named(file, _pieces(file, settings.sampling_rate, report), report):
            if wanted and run.station.upper() not in wanted:
                continue
            reason = _unfit(run, settings)
            if reason:
                key = (str(run.piece.codes), reason)
                left_out[key] += 1
                first_of.setdefault(key, file)
            else:
                found.append(ChannelFile.of(run.piece, run.component, run.sensor, run.station))
    for (name, reason), count in left_out.items():
        times = f" ({count} runs)" if count > 1 else ""
        report.skip(first_of[name, reason], f"channel {name}{times}: {reason}")
    return join(found, settings, report)


def _pieces(path: Path, sampling_rate_hz: float, report: Report) -> list[Piece]:
    """Return the pieces of a file; none, with a word in the report, where it is not a waveform."""
    try:
        with path.open("rb") as file:
            head = file.read(512)
        if not head:
            report.skip(path, NOT_A_WAVEFORM[0])
            return []
        if head.startswith(COMPRESSED):
            report.skip(path, "is compressed; unpack it first")
            return []
        format_name = "MSEED" if looks_like_mseed(head) else format_of(path)
        if format_name == "MSEED":
            pieces = mseed_pieces(path, sampling_rate_hz, report)
        elif format_name:
            pieces = trace_pieces(path, format_name, sampling_rate_hz)
        else:
            report.skip(path, f"{NOT_A_WAVEFORM[1]} (nothing that ObsPy or libmseed reads)")
            return []
        if not pieces:
            report.skip(path, "holds no samples")
        return pieces
    except Exception as error:  # the readers of thirty formats raise anything on a damaged file
        message = " ".join(str(error).split())[:120] or type(error).__name__
        report.skip(path, f"cannot be read as a waveform file: {message}")
    return []


def _named(path: Path, pieces: Sequence[Piece], report: Report) -> list[_Run]:
    """Return the pieces of a file with the components they hold ('' where unknown)."""
    unnamed: dict[str, list[int]] = {}  # the traces of each station whose channels have no code
    for piece in pieces:
        if not piece.codes.channel:
            traces = unnamed.setdefault(str(piece.codes), [])
            if piece.trace not in traces:
                traces.append(piece.trace)
    told, told_sensor = component_of_name(stem(path))
    for name, traces in unnamed.items():
        by = "the name of the file" if told else "their order"
        report.note(
            path, f"{name.rstrip('.')}: channels without a code ({len(traces)}), told by {by}"
        )
    runs = []
    for piece in pieces:
        traces = unnamed.get(str(piece.codes), [])
        if piece.codes.channel:
            component, sensor = component_of(piece.codes.channel)
        elif told and len(traces) == 1:
            component, sensor = told, told_sensor
        elif len(traces) in (1, 3):
            component, sensor = UNNAMED_ORDER[traces.index(piece.trace)], ""
        else:
            component, sensor = "", ""
        runs.append(_Run(piece, component, sensor))
    return runs


def _unfit(run: _Run, settings: RecordSettings) -> str:
    """Return why a run of samples cannot be used, or an empty string."""
    if not run.component:
        return "tells no component Z, N or E"
    rate_hz, wanted_hz = run.piece.rate_hz, settings.sampling_rate
    if rate_hz < min(LOWEST_RATE_HZ, wanted_hz) and not settings.allow_upsampling:
        return (
            f"{rate_hz:g} samples per second would have to be upsampled to {wanted_hz:g}; "
            "allow it with allow_upsampling = true"
        )
    if rate_hz > HIGHEST_RATE_HZ:
        return f"{rate_hz:g} samples per second are not a seismometer's"
    return ""
