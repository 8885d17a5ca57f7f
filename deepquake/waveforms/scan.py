"""Finding the waveforms in a folder, whatever their format, names and depth, from headers only.

What a channel is, is told by the channel map of the user's, else by its codes, as
``waveforms.channels`` tells. A channel without a code is told by the name of its file (the last
word, between points, blanks, hyphens and underscores, that is a code: ``ABC.Z``, ``xyz_HHE.sac``).
Where that says nothing either, one such trace of a station in a file is its vertical, and three are
Z, N and E in the order of the file.

The numbers of channels that a recorder gives are no codes. RT130 has vertical, north and east in
this order. Of other recorders 1, 2, 3 are N, E, Z as in SEED, where a station has no others; else
nobody knows, and the channels are left out.

A record without a station code has the one that the name of its file tells, or that of its folder:
``NET.STA.LOC.CHA`` anywhere in the name, else the word in front of the channel (``2020.STA5.HHZ``),
else the only word that is no number, date or channel. Where several words could be it, nobody
knows, and the record is left out.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise
from math import inf
from pathlib import Path

from deepquake.core.errors import DeepQuakeError
from deepquake.core.files import files_below
from deepquake.core.progress import progress
from deepquake.core.report import Report
from deepquake.core.settings import COMPONENTS, RecordSettings
from deepquake.core.text import listing
from deepquake.waveforms.channels import (
    UNUSED_CHANNEL,
    ChannelMap,
    MappedChannel,
    component_of,
    component_of_name,
    find_channel_map,
    is_of_step1,
)
from deepquake.waveforms.joining import Key, Run, join
from deepquake.waveforms.pieces import find_pieces
from deepquake.waveforms.recording import Codes, Piece, Recording, between, stem
from deepquake.waveforms.records import tell_distant

LOWEST_RATE_HZ = 50.0  # below it, a record at 100 samples per second would be mostly invented
HIGHEST_RATE_HZ = 5000.0  # above it, a header is damaged or the record not a seismogram
SEED_NAME = re.compile(
    r"(?:^|[._\-])(?=\d?[A-Z])([A-Z0-9]{1,2})[._]([A-Z0-9]{1,5})[._]([A-Z0-9]{0,2})[._]"
    r"[A-Z][A-Z][ZNE123XYUVW](?=[._\-]|$)"
)
STATION_WORD = re.compile(r"(?=.*[A-Z])[A-Z0-9]{2,8}")
DATE_OR_RATE = re.compile(r"\d{4,}T?\d*Z?|\d+(HZ|SPS|S|M|H|MIN|SEC)")
OTHER_WORD = re.compile(  # in names of files and folders
    r"JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC|UTC|GMT|EVT?\d*|EVENTS?\d*|"
    r"SAC|MSEED|MINISEED|SEED|GSE\d?|SEGY|WAV|RAW|DATA|INPUT|OUTPUT|PREP|TEST|VEL|ACC|DISP|"
    r"WAVEFORMS?|RECORDS?|SEISMOGRAMS?|TRACES?|STREAMS?|ARCHIVE|CONTINUOUS|STATIONS?"
)
MOST_CHANNELS = 6  # of a station that are named where they are left out
RT130 = "REFTEK130"  # ObsPy's name of the format
SEED_NUMBERS = {"1", "2", "3"}
MAP_NEEDED = "a channel map can say what it is (channel_map)"
NUMBER_ALONE = f"a number tells no component; {MAP_NEEDED}"
WITHOUT_STATION = (
    "no station code, and the name of its file tells none for sure; write it there, as in "
    f"STA.HHZ.sac, or {MAP_NEEDED}"
)


def find_recordings(
    path: Path,
    settings: RecordSettings,
    report: Report,
    pattern: str = "*",
    station: str = "",
    starttime_s: float = -inf,
    endtime_s: float = inf,
    debug: bool | None = None,
    in_use: Collection[Path] = (),
    pieces: Mapping[Path, Sequence[Piece]] | None = None,
) -> list[Recording]:
    """Return the station streams in a file or folder, or raise an error where there are none.

    Parameters
    ----------
    path, settings, report, pattern, station, in_use, pieces
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
    channel_map = find_channel_map(path, settings.channel_map)
    if channel_map.rows and is_of_step1(path):
        report.note(
            channel_map.path, f"is not used for {path}: step 1 has used it for these streams"
        )
        channel_map = ChannelMap()
    recordings = scan(
        path,
        settings,
        report,
        pattern,
        station=station,
        channel_map=channel_map,
        in_use=in_use,
        pieces=pieces,
    )
    if not recordings:
        if debug is not None:
            report.print_summary(debug)
        asked = f" --pattern {pattern}" * (pattern != "*") + f" --station {station}" * bool(station)
        asked = f" ({asked.strip()})" if asked else ""
        reasons = {p.message.partition(": ")[2] or p.message for p in report.of_kind("skipped")}
        why = f": {min(reasons)}" if len(reasons) == 1 else ""
        raise DeepQuakeError(f"{path}: no usable waveform{asked}{why}")
    return between(recordings, starttime_s, endtime_s)


def scan(
    path: Path,
    settings: RecordSettings,
    report: Report,
    pattern: str = "*",
    station: str = "",
    channel_map: ChannelMap | None = None,
    in_use: Collection[Path] = (),
    pieces: Mapping[Path, Sequence[Piece]] | None = None,
) -> list[Recording]:
    """Return the station streams in a file or folder (any depth), by station and time.

    Component files that overlap in time are joined, and files of a channel that follow upon each
    other; how is told in ``waveforms.joining``. What is not a waveform file, has no component Z, N
    or E (see above), or too low a rate is reported.

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
    channel_map : ChannelMap, optional
        What the user says of channels.
    in_use : collection of Path
        Lists that are read as such, of which nothing is told where they lie among the records.
    pieces : mapping of Path to sequence of Piece, optional
        What is known to be in the files: no others are looked for.

    Raises
    ------
    DeepQuakeError
        Where nothing is at ``path``.
    """
    wanted = {code.strip().upper() for code in station.split(",") if code.strip()}
    channel_map = channel_map or ChannelMap()
    found: list[Run] = []
    left_out: dict[tuple[str, str], list[Run]] = defaultdict(list)  # by station and reason
    numbers: dict[Key, set[str]] = defaultdict(set)  # that a station's channels have for codes
    lists = {each.resolve() for each in in_use}
    names = {each.name for each in lists}
    files = [
        file
        for file in (files_below(path, pattern, report) if pieces is None else pieces)
        if not channel_map.is_in(file) and (file.name not in names or file.resolve() not in lists)
    ]
    for file in progress(files, len(files), "files"):
        of_file = (
            find_pieces(file, settings.sampling_rate, report) if pieces is None else pieces[file]
        )
        for run, why in _named(file, of_file, channel_map, root=path, report=report):
            if wanted and run.key[1].upper() not in wanted:
                continue
            if run.code.isdigit():
                numbers[run.key].add(run.code)
            reason = why or _unfit(run, settings)
            if reason:
                left_out[_station_of(run), reason].append(run)
            else:
                found.append(run)
    unsure = {key for key, codes in numbers.items() if not codes <= SEED_NUMBERS}
    for run in found:
        if run.code.isdigit() and run.key in unsure:
            left_out[_station_of(run), NUMBER_ALONE].append(run)
        elif numbers.pop(run.key, None):
            name = ".".join(run.key).rstrip(".")
            what = "channels 1, 2, 3 are taken for N, E, Z"
            report.note(run.piece.path, f"{name}: {what}; {MAP_NEEDED}")
    found = [run for run in found if not (run.code.isdigit() and run.key in unsure)]
    for (name, reason), runs in left_out.items():
        channels = sorted({run.piece.codes.channel for run in runs})
        first, *others = dict.fromkeys(run.piece.path for run in runs)
        in_files = f" ({len(others) + 1} files)" if others else ""
        codes = f"{name}.{listing(channels, MOST_CHANNELS)}".lstrip(".") or "without a code"
        what = f"channel{'s' * (len(channels) > 1)} {codes}{in_files}"
        report.skip(first, f"{what}: {reason}", others=others)
    channel_map.tell(report)
    recordings = join(found, settings, report)
    tell_distant(recordings, report)
    return recordings


def _station_of(run: Run) -> str:
    codes = run.piece.codes
    return f"{codes.network}.{codes.station}.{codes.location}"


def _named(
    path: Path, pieces: Sequence[Piece], channel_map: ChannelMap, root: Path, report: Report
) -> list[tuple[Run, str]]:
    """Return the pieces of a file with the components they hold, and why one cannot be used."""
    mapped = {codes: channel_map.find(path, codes) for codes in {p.codes: None for p in pieces}}
    unnamed: dict[Codes, list[int]] = {}  # the traces of each station whose channels have no code
    for piece in pieces:
        if not piece.codes.channel and not mapped[piece.codes]:
            traces = unnamed.setdefault(piece.codes, [])
            if piece.trace not in traces:
                traces.append(piece.trace)
    told, told_sensor = component_of_name(stem(path))
    numbers = _rt130_numbers(path, pieces, report)
    network, station = _missing_station(path, mapped, root=root, report=report)
    for codes, traces in unnamed.items():
        if (codes.station or station) and len(traces) in (1, 3):  # else they are left out
            what = "three channels without a code are taken for Z, N, E in their order"
            if len(traces) == 1:
                by = ", as the name of the file tells" * bool(told)
                what = f"a channel without a code is taken for {told or COMPONENTS[0]}{by}"
            report.note(path, ": ".join(filter(None, (str(codes).strip("."), what))))
    runs = []
    for piece in pieces:
        codes, row = piece.codes, mapped[piece.codes]
        code, why = codes.channel, ""
        component, sensor = component_of(code)
        if row is not None:
            component, sensor = component_of(row.component)
            code = component if row.component.isdigit() else row.component
            why = "left out by the channel map" if row.component == UNUSED_CHANNEL else ""
        elif piece.format == "WIN":
            why = f"WIN tells stations and components by numbers alone; {MAP_NEEDED}"
        elif codes in numbers:
            component, sensor = numbers[codes]
            code = ""
        elif not code and told and len(unnamed[codes]) == 1:
            component, sensor = told, told_sensor
        elif not code and len(unnamed[codes]) in (1, 3):
            component, sensor = COMPONENTS[unnamed[codes].index(piece.trace)], ""
        names = codes.network or network * (not codes.station), codes.station or station
        if row is not None:
            names = row.network or names[0], row.station or names[1]
        why = why or (WITHOUT_STATION if not names[1] else "")
        runs.append((Run((*names, codes.location, sensor), component, piece, code), why))
    return runs


def _rt130_numbers(
    path: Path, pieces: Sequence[Piece], report: Report
) -> dict[Codes, tuple[str, str]]:
    """Return component and sensor of the channels that an RT130 numbers: 0, 1, 2 are Z, N, E.

    Its channels are wired to Z, N and E of a first and a second sensor. ObsPy names them by stream
    and number, from 0 on: EH0, EH1, EH2.
    """
    codes = {piece.codes: None for piece in pieces if piece.format == RT130}
    matches = {each: re.fullmatch(r"(.*?)(\d+)", each.channel) for each in codes}
    told = {}
    for each, match in matches.items():
        if match and not any(other.channel == f"{match[1]}Z" for other in codes):
            number = int(match[2])
            sensor = match[1] + (str(number // 3 + 1) if number >= 3 else "")
            told[each] = COMPONENTS[number % 3], sensor
    if told:
        names = ", ".join(f"{codes.channel} is {told[codes][0]}" for codes in told)
        report.note(path, f"RT130 numbers its channels; taken in their order: {names}")
    return told


def _missing_station(
    path: Path, mapped: Mapping[Codes, MappedChannel | None], root: Path, report: Report
) -> tuple[str, str]:
    """Return network and station for channels without them, told by the name of the file."""
    if all(codes.station or (row is not None and row.station) for codes, row in mapped.items()):
        return "", ""
    network, station, place = station_of_name(path, root)
    if station:
        report.note(path, f"no station code: {station} is taken from {place}")
    return network, station


def station_of_name(path: Path, root: Path) -> tuple[str, str, str]:
    """Return network and station that a file's name, or that of its folder, tells, and which did.

    Parameters
    ----------
    path : Path
        The file.
    root : Path
        The folder that is scanned.

    Returns
    -------
    tuple[str, str, str]
        Empty where they tell nothing for sure, but where the file is all that is scanned.
    """
    folders = [folder for folder in path.parents if root in folder.parents]
    for place in (path, *folders):
        name = (stem(place) if place == path else place.name).upper()
        where = "the name of the file" if place == path else f"the folder {place.name}"
        if seed := SEED_NAME.search(name):
            return seed[1], seed[2], where
        words = [word for word in re.split(r"[.\s_\-]+", name) if word]
        channels = {word for word in words if component_of_name(word)[0]}
        spoken = [word for word in words if word not in channels]
        fit = [w for w in spoken if STATION_WORD.fullmatch(w) and not DATE_OR_RATE.fullmatch(w)]
        without_location = [word for word in words if not re.fullmatch(r"\d\d", word)]
        before = [w for w, after in pairwise(without_location) if w in fit and after in channels]
        fit = before[-1:] or [word for word in fit if not OTHER_WORD.fullmatch(word)]
        if not fit and len(spoken) == 1 and re.fullmatch("[A-Z]", spoken[0]):
            fit = spoken
        if len(fit) == 1:
            return "", fit[0], where
        if fit:
            break
    if path == root:  # there is no other file to be taken for the same station
        return "", re.sub("[^A-Za-z0-9]", "", stem(path)) or "UNNAMED", "the name of the file"
    return "", "", ""


def _unfit(run: Run, settings: RecordSettings) -> str:
    """Return why a run of samples cannot be used, or an empty string."""
    if not run.component:
        return NUMBER_ALONE if run.code.isdigit() else "tells no component Z, N or E"
    rate_hz, wanted_hz = run.piece.rate_hz, settings.sampling_rate
    if rate_hz < min(LOWEST_RATE_HZ, wanted_hz) and not settings.allow_upsampling:
        return (
            f"at {rate_hz:g} Hz nothing is recorded above {rate_hz / 2:g} Hz, and it would have to "
            f"be upsampled to {wanted_hz:g} Hz; allow it with allow_upsampling = true"
        )
    if rate_hz > HIGHEST_RATE_HZ:
        return f"{rate_hz:g} samples per second are not a seismometer's"
    return ""
