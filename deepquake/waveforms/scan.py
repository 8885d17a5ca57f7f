"""Finding the waveforms in a folder, whatever their format, names and depth, from headers only.

Which component of the ground motion a channel holds is told by its code:

| channel code                       | Z          | N          | E          |
|------------------------------------|------------|------------|------------|
| last letter, SEED (HHZ, HH1, BHX)  | Z, 3       | N, 1, Y    | E, 2, X    |
| one letter alone                   | Z, 3, V, U | N, 1, Y    | E, 2, X    |
| names of strong-motion networks    | UD, UP     | NS, SN     | EW, WE     |

Case does not matter, nor do blanks, hyphens and underscores; a digit behind UD, NS, EW or behind
Z, N, E alone (UD1, EW2, Z1) tells the sensor. Horizontals need not point north and east exactly:
1 and 2, X and Y are taken in this order, as a network trained for them does not mind the azimuth.

A channel without a code is told by the name of its file (the last word, between points, blanks,
hyphens and underscores, that is a code of the table: ``ABC.Z``, ``xyz_HHE.sac``). Where that says
nothing either, one such trace of a station in a file is its vertical, and three are Z, N and E in
the order of the file.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from functools import cache
from math import inf
from pathlib import Path

from deepquake.core.errors import DeepQuakeError
from deepquake.core.files import files_below
from deepquake.core.progress import progress
from deepquake.core.report import Report
from deepquake.core.settings import COMPONENTS, RecordSettings
from deepquake.waveforms.joining import Run, join
from deepquake.waveforms.pieces import find_pieces
from deepquake.waveforms.recording import Codes, Piece, Recording, between, stem

LONGEST_STATION = 5  # letters that miniSEED has for a station
LOWEST_RATE_HZ = 50.0  # below it, a record at 100 samples per second would be mostly invented
HIGHEST_RATE_HZ = 5000.0  # above it, a header is damaged or the record not a seismogram
DIRECTIONS = {"UD": "Z", "DU": "Z", "UP": "Z", "NS": "N", "SN": "N", "EW": "E", "WE": "E"}
LETTERS = {"Z": "Z", "3": "Z", "N": "N", "1": "N", "Y": "N", "E": "E", "2": "E", "X": "E"}
LONE_LETTERS = LETTERS | {"V": "Z", "U": "Z"}
SEED_BANDS = "FGDCESHBMLVURPTQAO"
SEED_INSTRUMENTS = "HLGMNP"  # high and low gain, gravimeter, mass position, accelerometer, geophone


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
    recordings = scan(path, settings, report, pattern=pattern, station=station)
    if not recordings:
        if debug is not None:
            report.print_summary(debug)
        asked = f" --pattern {pattern}" * (pattern != "*") + f" --station {station}" * bool(station)
        asked = f" ({asked.strip()})" if asked else ""
        raise DeepQuakeError(f"{path}: no usable waveform{asked}")
    return between(recordings, starttime_s, endtime_s)


def scan(
    path: Path, settings: RecordSettings, report: Report, pattern: str = "*", station: str = ""
) -> list[Recording]:
    """Return the station streams in a file or folder (any depth), by station and time.

    Component files that overlap in time are joined, and files of a channel that follow upon each
    other; how is told in ``waveforms.joining``. What is not a waveform file, has no component Z, N
    or E (see the table above), or too low a rate is reported.

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
    found: list[Run] = []
    left_out: dict[tuple[Codes, str], list[Path]] = defaultdict(list)
    files = files_below(path, pattern, report)
    for file in progress(files, len(files), "files"):
        for run in _named(file, find_pieces(file, settings.sampling_rate, report), report):
            if wanted and run.key[1].upper() not in wanted:
                continue
            reason = _unfit(run, settings)
            if reason:
                left_out[run.piece.codes, reason].append(file)
            else:
                found.append(run)
    for (codes, reason), paths in left_out.items():
        times = f" ({len(paths)} runs)" if len(paths) > 1 else ""
        report.skip(paths[0], f"channel {codes}{times}: {reason}")
    return join(found, settings, report)


def _named(path: Path, pieces: Sequence[Piece], report: Report) -> list[Run]:
    """Return the pieces of a file with the components they hold ('' where unknown)."""
    unnamed: dict[Codes, list[int]] = {}  # the traces of each station whose channels have no code
    for piece in pieces:
        if not piece.codes.channel:
            traces = unnamed.setdefault(piece.codes, [])
            if piece.trace not in traces:
                traces.append(piece.trace)
    told, told_sensor = component_of_name(stem(path))
    for codes, traces in unnamed.items():
        what = f"{str(codes).rstrip('.')}: channels without a code ({len(traces)})"
        report.note(path, f"{what}, told by {'the name of the file' if told else 'their order'}")
    runs = []
    for piece in pieces:
        codes = piece.codes
        traces = [] if codes.channel else unnamed[codes]
        component, sensor = component_of(codes.channel)
        if told and len(traces) == 1:
            component, sensor = told, told_sensor
        elif len(traces) in (1, 3):
            component, sensor = COMPONENTS[traces.index(piece.trace)], ""
        # without a code it is the file's name to the first point
        station = codes.station or path.name.split(".")[0][:LONGEST_STATION]
        runs.append(
            Run((codes.network, station, codes.location, sensor), component, piece, codes.channel)
        )
    return runs


def _unfit(run: Run, settings: RecordSettings) -> str:
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


@cache
def component_of(channel: str) -> tuple[str, str]:
    """Return the component ('Z', 'N', 'E', or '' where unknown) and the sensor code of a channel.

    The sensor code is the band and instrument part, which the components of one sensor share:
    'HH' of HHZ, '1' of UD1, '' of Z.
    """
    code = re.sub(r"[\s\-_]", "", channel).upper()
    direction = re.fullmatch(r"([A-Z]{2})(\d*)", code)
    if direction and direction[1] in DIRECTIONS:
        return DIRECTIONS[direction[1]], direction[2]
    numbered = re.fullmatch(r"([ZNE])(\d+)", code)
    if numbered:
        return numbered[1], numbered[2]
    if len(code) == 1:
        return LONE_LETTERS.get(code, ""), ""
    return LETTERS.get(code[-1:], ""), code[:-1]


def component_of_name(file_name: str) -> tuple[str, str]:
    """Return component and sensor code that the name of a file tells, or two empty strings."""
    for word in reversed(re.split(r"[.\s\-_]+", file_name.upper())):
        seed = len(word) == 3 and word[0] in SEED_BANDS and word[1] in SEED_INSTRUMENTS
        if seed or word in COMPONENTS or re.fullmatch(r"(UD|NS|EW)\d?", word):
            component, sensor = component_of(word)
            if component:
                return component, sensor
    return "", ""
