"""The folder that step 6 writes: what appears in it at once, and what an earlier run left there."""

import re
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from deepquake.catalog.nordic.reader import read_nordic
from deepquake.catalog.nordic.review import is_touched
from deepquake.core.errors import DeepQuakeError
from deepquake.core.files import put_on_disk, read_json
from deepquake.core.report import Report
from deepquake.detection.annotations import CURVES_ENDING
from deepquake.detection.outputs.quakeml import QUAKEML_NAME
from deepquake.detection.outputs.seisan import DATABASE, REA_DIR
from deepquake.detection.stations import ScoredRecording
from deepquake.detection.tables import RUN_TABLES, table_name
from deepquake.windows.exchange import NEW, Output, new_result

SUMMARY_NAME = "detect.json"
MAP_NAME, RESIDUALS_NAME = "map.png", "residuals.png"
REPORT_NAME = "report.html"
PICTURES_DIR, CURVES_DIR, SEISAN_DIR = "png", "probabilities", "seisan"
OF_RUN = (*RUN_TABLES, QUAKEML_NAME, REPORT_NAME, MAP_NAME, RESIDUALS_NAME)
PAGE_ENDING = re.compile(r"_\d{8}T\d{4}$")  # of a page's name, behind that of the recording


@dataclass(frozen=True)
class NewFolders:
    """Where the new files of a run are written: those of the folder itself, and of its folders."""

    folder: Path
    pictures: Path
    curves: Path
    seisan: Path


@contextmanager
def new_files(output_dir: Path) -> Iterator[NewFolders]:
    """Yield folders for new files, which take the place of those of an earlier run at the end.

    Parameters
    ----------
    output_dir : Path
        The folder that is written.

    Yields
    ------
    NewFolders
        The folders to write to.

    Raises
    ------
    DeepQuakeError
        Where the folder has a detect.json that was not written by step 6, or an s-file that
        somebody has changed since or added.
    """
    _check_unchanged(output_dir, _written_earlier(output_dir))
    with new_result(_detection_output(output_dir)):
        seisan = output_dir / SEISAN_DIR / NEW
        yield NewFolders(
            folder=output_dir / NEW,
            pictures=output_dir / PICTURES_DIR / NEW,
            curves=output_dir / CURVES_DIR / NEW,
            seisan=seisan,
        )
        put_on_disk([*(output_dir / NEW).glob("*.*"), *_files_below(seisan)])


def names_written(
    scored: Iterable[ScoredRecording], new: NewFolders
) -> dict[str, list[str] | dict[str, str]]:
    """Return the lists in detect.json by which a later run knows the files of this one.

    They are of the tables of recordings, of the recordings that pictures are called after, and of
    the files of SEISAN, s-files each with the checksum of its content.

    Parameters
    ----------
    scored : iterable of ScoredRecording
        What the network said of each recording.
    new : NewFolders
        Where the files are.
    """
    scored = list(scored)
    return {
        "tables": sorted({table_name(member) for member in scored if member.length_s}),
        "recordings": [recording.recording.name for recording in scored],
        "seisan": {
            str(PurePosixPath(path.relative_to(new.seisan))): checksum_of(path)
            if path.is_relative_to(new.seisan / REA_DIR)
            else ""
            for path in _files_below(new.seisan)
        },
    }


def _files_below(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def checksum_of(path: Path) -> str:
    """Return what tells the content of a file from another one."""
    return f"{zlib.crc32(path.read_bytes()):08x}"


def _detection_output(output_dir: Path) -> Output:
    return Output(
        output_dir,
        subfolders=(PICTURES_DIR, CURVES_DIR, SEISAN_DIR),
        last=SUMMARY_NAME,
        remove_earlier=_remove_earlier_files,
    )


def _written_earlier(output_dir: Path) -> dict[str, Any] | None:
    """Return detect.json of an earlier run, which lists what it wrote.

    It comes last: a run that was stopped while its files moved in has it in a hidden folder.
    """
    folders = output_dir, _detection_output(output_dir).moving
    path = next((f / SUMMARY_NAME for f in folders if (f / SUMMARY_NAME).is_file()), None)
    if path is None:
        return None
    written = read_json(path)
    if not isinstance(written, dict) or not isinstance(written.get("tables"), list):
        raise DeepQuakeError(
            f"{path}: was not written by step 6; remove it, or give another --output_dir"
        )
    return written


def _seisan_files(output_dir: Path, written: dict[str, Any]) -> dict[Path, str]:
    """Return the files of SEISAN that an earlier run wrote, and the checksums of s-files."""
    listed = written.get("seisan")
    named = listed.items() if isinstance(listed, dict) else ()
    folder = output_dir / SEISAN_DIR
    paths = ((PurePosixPath(str(name)), str(checksum)) for name, checksum in named)
    return {folder / p: c for p, c in paths if not p.is_absolute() and ".." not in p.parts}


def _check_unchanged(output_dir: Path, written: dict[str, Any] | None) -> None:
    """Check that no s-file was corrected or added by a person: the work of an analyst stays."""
    listed = _seisan_files(output_dir, written or {})
    for path in _files_below(output_dir / SEISAN_DIR / REA_DIR / DATABASE):
        if path not in listed:
            told = "was not written by step 6" if is_of_a_person(path) else ""
        else:
            told = "was changed after step 6 wrote it" if checksum_of(path) != listed[path] else ""
        if told:
            raise DeepQuakeError(
                f"{path}: {told}; move {output_dir / SEISAN_DIR} elsewhere to keep what was "
                "corrected, or give another --output_dir"
            )


def is_of_a_person(path: Path) -> bool:
    """Return whether an s-file on no list, such as a run that was killed leaves, isn't ours."""
    try:
        events = read_nordic(path.read_text(encoding="utf-8", errors="replace"), "", Report())
    except DeepQuakeError:
        return True
    return not events or any(map(is_touched, events))


def _remove_earlier_files(output_dir: Path) -> None:
    """Remove what an earlier run wrote, as its list tells, so that nothing stale stays.

    The list goes last. Whatever is not on it belongs to the user.
    """
    written = _written_earlier(output_dir)
    if written is None:
        return
    files = [Path(str(name)).name for name in written["tables"]]
    for name in [*files, *OF_RUN]:
        (output_dir / name).unlink(missing_ok=True)
    names = set(map(str, written.get("recordings", [])))
    for picture in (output_dir / PICTURES_DIR).glob("*.png"):
        if picture.stem in names or PAGE_ENDING.sub("", picture.stem) in names:
            picture.unlink()
    for name in names:
        (output_dir / CURVES_DIR / f"{Path(name).name}{CURVES_ENDING}").unlink(missing_ok=True)
    seisan = _seisan_files(output_dir, written)
    for path in seisan:
        path.unlink(missing_ok=True)
    folders = {parent for path in seisan for parent in path.parents if output_dir in parent.parents}
    for folder in sorted(folders, key=lambda folder: len(folder.parts), reverse=True):
        if folder.is_dir() and not folder.is_symlink() and not any(folder.iterdir()):
            folder.rmdir()
    (output_dir / SUMMARY_NAME).unlink()
