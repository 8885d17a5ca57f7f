"""What lies where in the folder of a data set, laid out as advised or not, told by content."""

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path

from deepquake.catalog.reader import Catalog, read_files
from deepquake.core.errors import DeepQuakeError
from deepquake.core.files import files_below
from deepquake.core.report import Problem, Report
from deepquake.core.settings import ArrivalSettings, RecordSettings
from deepquake.core.text import number_of
from deepquake.earth.codes import match_codes, stations_as_recorded
from deepquake.earth.places import find_places
from deepquake.earth.responses import response_files
from deepquake.earth.stations import Station, find_stations_file
from deepquake.earth.travel_times import read_model
from deepquake.waveforms.channels import find_channel_map
from deepquake.waveforms.formats import NOT_A_WAVEFORM
from deepquake.waveforms.recording import Recording, spans_by_station
from deepquake.waveforms.scan import scan

WAVEFORMS, CATALOGUE = "mseed", "sfiles_nordicformat"
NOT_LOOKED_AT = "lies outside of the folders of the waveforms and of the catalogue"
NO_CATALOGUE, NEITHER = "is not a catalogue", "is neither a waveform file nor a catalogue"
LARGEST_MODEL = 1_000_000  # bytes; a velocity model is a short table


@dataclass
class DataSet:
    """What a data set holds and where; paths are None where there is none of the kind."""

    root: Path
    pattern: str = "*"  # of the names of waveform files
    waveforms: Path | None = None
    catalogue: Path | None = None
    stations_path: Path | None = None
    channel_map: Path | None = None
    velocity_model: Path | None = None
    responses: list[Path] = field(default_factory=list)  # of instruments
    recordings: list[Recording] = field(default_factory=list)
    catalogues: Catalog = field(default_factory=Catalog)
    read: set[Path] = field(default_factory=set)  # files that are catalogues
    stations: list[Station] = field(default_factory=list)
    others: list[str] = field(default_factory=list)  # what is not used
    waveform_report: Report = field(default_factory=Report)
    catalogue_report: Report = field(default_factory=Report)
    unused_report: Report = field(default_factory=Report)  # files that are neither, and why

    @property
    def is_of_use(self) -> bool:
        """Whether there is any waveform or event."""
        return bool(self.recordings or self.catalogues.events)

    @property
    def name(self) -> str:
        """The name of the folder."""
        return self.root.resolve().name

    @property
    def output_name(self) -> str:
        """The name of what is made of it: no other data set has it.

        It is that of the folder in ``input``; folders elsewhere may be of one name.
        """
        if self.root.absolute().parent == Path("input").absolute():
            return self.root.name
        return f"{self.name}-{sha256(os.fsencode(self.root.resolve())).hexdigest()[:6]}"


def open_dataset(
    root: Path,
    records: RecordSettings,
    arrivals: ArrivalSettings,
    *,
    waveforms: Path | None = None,
    catalogue: Path | None = None,
    pattern: str = "*",
) -> DataSet:
    """Return what is in a folder: headers of waveforms, events, stations, the rest.

    Parameters
    ----------
    root : Path
        The folder.
    records, arrivals : RecordSettings, ArrivalSettings
        How records are read, and which stations and velocity model to take if not those found.
    waveforms : Path, optional
        Where the waveforms lie (default: ``root``/mseed, else at any depth of ``root``).
    catalogue : Path, optional
        Where the catalogue lies (default: ``root``/sfiles_nordicformat where both folders are
        there, else every file that is one).
    pattern : str, optional
        Only waveform files whose name matches it.

    Returns
    -------
    DataSet
        What is there.

    Raises
    ------
    DeepQuakeError
        Where a path does not exist.
    """
    for path in (root, waveforms, catalogue):
        if path is not None and not path.exists():
            raise DeepQuakeError(f"{path}: no such file or folder")
    if not root.is_dir():
        raise DeepQuakeError(f"{root}: is a file; give the folder of the data set")
    data = DataSet(root, pattern)
    report = data.catalogue_report
    place = waveforms or (root / WAVEFORMS if (root / WAVEFORMS).is_dir() else root)
    channel_map = find_channel_map(place, records.channel_map)
    if channel_map.rows:
        data.channel_map = _as_told(root, channel_map.path)
    data.recordings = scan(
        place, records, data.waveform_report, pattern=pattern, channel_map=channel_map
    )
    used = [path for recording in data.recordings for path in recording.paths()]
    if used:
        data.waveforms = place if place != root else _common_folder(used)
    data.stations_path = _stations_path(root, place, arrivals.stations_path)
    arrivals = replace(arrivals, stations_path=str(data.stations_path or ""))
    data.velocity_model = _velocity_model(root, arrivals, report)
    found = response_files(place, str(data.stations_path or ""))
    data.responses = [_as_told(root, path) for path in found]
    known = {data.stations_path, data.velocity_model, data.channel_map, *data.responses}
    candidates = [p for p in _candidates(data, place, catalogue) if p not in known]
    is_named = catalogue is not None or candidates == _files_in(root / CATALOGUE)
    _read_catalogues(data, candidates, arrivals, everything=is_named)
    if data.catalogues.events:
        folder = root / CATALOGUE if is_named else _common_folder(sorted(data.read))
        data.catalogue = catalogue or folder
    data.others = _others(data, place, candidates)
    if not data.is_of_use:
        return data
    named = {data.catalogue or root: data.catalogues.events}
    spans = spans_by_station(data.recordings)
    if data.stations_path:
        data.stations = stations_as_recorded(place, arrivals, named, recorded=spans, report=report)
    else:
        match_codes(data.catalogues.events, spans, report, path=data.catalogue or root)
    return data


def _common_folder(files: Sequence[Path]) -> Path:
    """Return the file, if it is only one, or the deepest folder that holds all the files."""
    if len(set(files)) == 1:
        return files[0]
    return Path(os.path.commonpath([file.parent for file in files]))


def _stations_path(root: Path, waveforms: Path, given: str) -> Path | None:
    if given:
        return Path(given)
    found = find_stations_file(root / WAVEFORMS) or find_stations_file(waveforms)
    return None if found is None else _as_told(root, found)


def _as_told(root: Path, found: Path) -> Path:
    """Return a path as a person knows it, by its place in the data set; a finder tells it whole."""
    inside = found.is_relative_to(root.resolve())
    return root / found.relative_to(root.resolve()) if inside else found


def _velocity_model(root: Path, arrivals: ArrivalSettings, report: Report) -> Path | None:
    """Return the velocity model of the settings, or a table in ``root`` that is one."""
    if arrivals.velocity_model_path:
        return Path(arrivals.velocity_model_path)
    for path in sorted(root.glob("*.csv")):
        if path.stat().st_size > LARGEST_MODEL:
            continue
        try:
            read_model(path)
        except DeepQuakeError as error:
            if "velocity" in path.name.lower():
                report.note(path, str(error).removeprefix(f"{path}").lstrip(":, "))
        else:
            return path
    return None


def _candidates(data: DataSet, waveforms: Path, catalogue: Path | None) -> list[Path]:
    """Return the files that may be catalogues."""
    if catalogue is not None:
        return files_below(catalogue)
    if waveforms == data.root:
        return sorted({Path(p.path) for p in data.waveform_report.problems if _is_foreign(p)})
    if inside := _files_in(data.root / CATALOGUE):
        return inside
    return _files_outside(data.root, [waveforms, *_datasets_within(data.root)])


def _is_foreign(problem: Problem) -> bool:
    return problem.kind == "skipped" and problem.message.startswith(NOT_A_WAVEFORM)


def _files_in(folder: Path) -> list[Path]:
    return files_below(folder) if folder.is_dir() else []


def _files_outside(root: Path, folders: Sequence[Path]) -> list[Path]:
    """Return the files below ``root`` that lie in none of the folders."""
    return [p for p in files_below(root) if not any(p.is_relative_to(f) for f in folders)]


def _read_catalogues(
    data: DataSet, files: Sequence[Path], arrivals: ArrivalSettings, everything: bool
) -> None:
    """Read the files as catalogues; what is none is told only where it was meant to be one."""
    report = Report()
    data.catalogues = read_files(
        files, report, places_of=lambda: find_places(data.root, arrivals, Report())
    )
    # a file whose events are all in another one too is known by the notes that say so
    read = {event.source_file for event in data.catalogues.events}
    read |= {problem.path for problem in report.problems if problem.kind == "note"}
    data.read = {path for path in files if str(path) in read}
    problems = data.waveform_report.problems
    foreign = {problem.path for problem in problems if _is_foreign(problem)}
    for problem in report.problems:
        is_told = everything or problem.path in read
        if problem.path in foreign and problem.message.startswith(NO_CATALOGUE):
            told = problem.message.removeprefix(NO_CATALOGUE)
            problem = replace(problem, message=f"{NEITHER}{told}")
        (data.catalogue_report if is_told else data.unused_report).problems.append(problem)
    # what is not a waveform is not odd where it is of another use
    named = data.stations_path, data.velocity_model, data.channel_map, *data.responses
    of_use = {str(path) for path in (*files, *named) if path}
    problems[:] = [p for p in problems if not (_is_foreign(p) and p.path in of_use)]


def _datasets_within(root: Path) -> list[Path]:
    """Return the folders in ``root`` that are laid out as data sets of their own."""
    return [
        folder
        for folder in sorted(root.iterdir())
        if folder.is_dir() and any((folder / name).is_dir() for name in (WAVEFORMS, CATALOGUE))
    ]


def _others(data: DataSet, waveforms: Path, candidates: Sequence[Path]) -> list[str]:
    """Return the names of what is in the data set but of no use here."""
    within: list[Path] = []
    files = candidates
    if waveforms != data.root:
        within = _datasets_within(data.root)
        files = _files_outside(data.root, [waveforms, data.root / CATALOGUE, *within])
    named = data.stations_path, data.velocity_model, data.channel_map, *data.responses
    used = {*data.read, *named}
    unused = [path for path in files if path not in used and path.is_relative_to(data.root)]
    reports = data.waveform_report, data.catalogue_report, data.unused_report
    told = {problem.path for report in reports for problem in report.problems}
    for path in unused:
        if str(path) not in told:
            data.unused_report.skip(path, NOT_LOOKED_AT)
    inside = [path.relative_to(data.root).parts for path in unused]
    folders = Counter(parts[0] for parts in inside if len(parts) > 1)
    return [
        *(f"{folder.name}/ (a data set of its own)" for folder in within),
        *(f"{name}/ ({number_of(count, 'file')})" for name, count in sorted(folders.items())),
        *(parts[0] for parts in inside if len(parts) == 1),
    ]
