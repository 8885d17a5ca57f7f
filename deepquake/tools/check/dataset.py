"""What lies where in the folder of a data set, laid out as advised or not, told by content."""

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from deepquake.catalog.reader import Catalog, read_files
from deepquake.core.config import Config
from deepquake.core.errors import DeepQuakeError
from deepquake.core.files import files_below
from deepquake.core.report import Report
from deepquake.core.text import number_of
from deepquake.earth.stations import Station, find_stations_file, read_stations
from deepquake.earth.travel_times import read_model
from deepquake.waveforms.recording import Recording
from deepquake.waveforms.scan import NOT_A_WAVEFORM, scan

WAVEFORMS, CATALOGUE = "mseed", "sfiles_nordicformat"
LARGEST_MODEL = 1_000_000  # bytes; a velocity model is a short table


@dataclass
class DataSet:
    """What a data set holds and where; paths are None where there is none of the kind."""

    root: Path
    pattern: str = "*"  # of the names of waveform files
    waveforms: Path | None = None
    catalogue: Path | None = None
    stations_path: Path | None = None
    velocity_model: Path | None = None
    recordings: list[Recording] = field(default_factory=list)
    catalogues: Catalog = field(default_factory=Catalog)
    read: set[Path] = field(default_factory=set)  # files that are catalogues
    stations: list[Station] = field(default_factory=list)
    others: list[str] = field(default_factory=list)  # what was not looked at
    waveform_report: Report = field(default_factory=Report)
    catalogue_report: Report = field(default_factory=Report)

    @property
    def name(self) -> str:
        """The name of the folder."""
        return self.root.resolve().name

    def with_model(self, config: Config) -> Config:
        """Return the configuration with the velocity model of the data set, if it has one."""
        return config.changed(velocity_model_path=str(self.velocity_model or ""))


def open_dataset(
    root: Path,
    config: Config,
    waveforms: Path | None = None,
    catalogue: Path | None = None,
    pattern: str = "*",
) -> DataSet:
    """Return what is in the folder ``root``: headers of waveforms, events, stations, the rest.

    Waveforms are those of ``root``/mseed, else all at any depth. Catalogues are those of
    ``root``/sfiles_nordicformat where both folders are there, else every file that is one. Either
    can be named instead. ``pattern`` chooses waveform files by name. Raises DeepQuakeError where
    a path does not exist, or there is neither a waveform nor an event.
    """
    for path in (root, waveforms, catalogue):
        if path is not None and not path.exists():
            raise DeepQuakeError(f"{path}: no such file or folder")
    if not root.is_dir():
        raise DeepQuakeError(f"{root}: is a file; give the folder of the data set")
    data = DataSet(root, pattern)
    place = waveforms or (root / WAVEFORMS if (root / WAVEFORMS).is_dir() else root)
    data.recordings = scan(place, config.records, data.waveform_report, pattern)
    used = [path for recording in data.recordings for path in recording.paths()]
    if used:
        data.waveforms = place if place != root else common_folder(used)
    data.stations_path = _stations_path(root, place, config)
    if data.stations_path:
        data.stations = read_stations(
            data.stations_path, config.elevation_positive, data.catalogue_report
        )
    data.velocity_model = _velocity_model(root, config, data.catalogue_report)
    known = {data.stations_path, data.velocity_model}
    candidates = [p for p in _candidates(data, place, catalogue) if p not in known]
    named = catalogue is not None or candidates == _below(root / CATALOGUE)
    _read_catalogues(data, candidates, everything=named)
    if data.catalogues.events:
        own = root / CATALOGUE if named else common_folder(sorted(data.read))
        data.catalogue = catalogue or own
    if not data.recordings and not data.catalogues.events:
        raise DeepQuakeError(
            f"{root}: neither a usable waveform nor an event in it; --waveforms and --catalog "
            "name folders elsewhere"
        )
    data.others = _others(data, place, candidates)
    return data


def common_folder(files: Sequence[Path]) -> Path:
    """Return the one file, or the deepest folder that holds all the files."""
    if len(set(files)) == 1:
        return files[0]
    return Path(os.path.commonpath([file.parent for file in files]))


def _stations_path(root: Path, waveforms: Path, config: Config) -> Path | None:
    if config.stations_path:
        return Path(config.stations_path)
    found = find_stations_file(root / WAVEFORMS) or find_stations_file(waveforms)
    if found is None:
        return None
    # the finder tells whole paths; a person knows the file by its place in the data set
    inside = found.is_relative_to(root.resolve())
    return root / found.relative_to(root.resolve()) if inside else found


def _velocity_model(root: Path, config: Config, report: Report) -> Path | None:
    """Return the velocity model of the configuration, or a table in ``root`` that is one."""
    if config.velocity_model_path:
        return Path(config.velocity_model_path)
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
    own = data.root / CATALOGUE
    if waveforms == data.root:
        return sorted({Path(p.path) for p in data.waveform_report.problems if _is_foreign(p)})
    if own.is_dir() and (below := _below(own)):
        return below
    apart = [waveforms, *_datasets_within(data.root)]
    return [p for p in _below(data.root) if not any(p.is_relative_to(a) for a in apart)]


def _is_foreign(problem) -> bool:
    return problem.kind == "skipped" and problem.message.startswith(NOT_A_WAVEFORM)


def _below(folder: Path) -> list[Path]:
    return files_below(folder) if folder.is_dir() else []


def _read_catalogues(data: DataSet, files: Sequence[Path], everything: bool) -> None:
    """Read the files as catalogues; what is none is told only where it was meant to be one."""
    report = Report()
    data.catalogues = read_files(files, report)
    # a file whose events are all in another one too is known by the notes that say so
    read = {event.source_file for event in data.catalogues.events}
    read |= {problem.path for problem in report.problems if problem.kind == "note"}
    data.read = {path for path in files if str(path) in read}
    for problem in report.problems:
        if everything or problem.path in read:
            data.catalogue_report.problems.append(problem)
    # what is no waveform is not odd where it is of another use
    told = {str(path) for path in (*files, data.stations_path, data.velocity_model) if path}
    kept = [p for p in data.waveform_report.problems if not (_is_foreign(p) and p.path in told)]
    data.waveform_report.problems[:] = kept


def _datasets_within(root: Path) -> list[Path]:
    """Return the folders in ``root`` that are laid out as data sets of their own."""
    return [
        folder
        for folder in sorted(root.iterdir())
        if folder.is_dir() and any((folder / name).is_dir() for name in (WAVEFORMS, CATALOGUE))
    ]


def _others(data: DataSet, waveforms: Path, candidates: Iterable[Path]) -> list[str]:
    """Return the names of what is in the data set but of no use here."""
    within = set(_datasets_within(data.root)) if waveforms != data.root else set()
    used = {*data.read, data.stations_path, data.velocity_model}
    lines = [f"{folder.name}/ (a data set of its own)" for folder in sorted(within)]
    places = [waveforms if waveforms != data.root else None, data.root / CATALOGUE]
    if waveforms == data.root:
        files = [path for path in candidates if path not in used]
    else:
        files = [
            path
            for path in _below(data.root)
            if path not in used
            and not any(p is not None and path.is_relative_to(p) for p in (*places, *within))
        ]
    inside = [path.relative_to(data.root) for path in files if path.is_relative_to(data.root)]
    folders = Counter(path.parts[0] for path in inside if len(path.parts) > 1)
    lines += [f"{name}/ ({number_of(count, 'file')})" for name, count in sorted(folders.items())]
    return lines + [path.name for path in inside if len(path.parts) == 1]
