"""The folder that step 6 writes: what the files are called, and what an earlier run left there."""

import re
from collections.abc import Iterable
from pathlib import Path

from deepquake.core.errors import DeepQuakeError
from deepquake.core.files import TEMPORARY_PREFIX, read_json, write_json
from deepquake.detection.scoring import ScoredRecording
from deepquake.detection.tables import RUN_TABLES, table_name

SUMMARY_NAME = "detect.json"
UNFINISHED_NAME = ".unfinished_detect.json"  # what a run that was killed may have written
MAP_NAME = "map.png"
PICTURES_DIR = "png"
PAGE_ENDING = re.compile(r"_\d{8}T\d{4}$")  # of a page's name, behind that of the recording


def begin_writing(output_dir: Path, scored: Iterable[ScoredRecording]) -> dict[str, list[str]]:
    """Note in the folder what this run is going to write, so that the next one can remove it.

    Parameters
    ----------
    output_dir : Path
        The folder.
    scored : iterable of ScoredRecording
        The recordings that there will be tables and pictures of.

    Returns
    -------
    dict
        The lists of tables and recordings, which detect.json is to hold too.
    """
    scored = list(scored)
    written = {
        "tables": sorted({table_name(recording) for recording in scored}),
        "recordings": [recording.recording.name for recording in scored],
    }
    write_json(output_dir / UNFINISHED_NAME, written)
    return written


def end_writing(output_dir: Path, values: dict) -> None:
    """Write detect.json, the last file of a run.

    Parameters
    ----------
    output_dir : Path
        The folder.
    values : dict
        What detect.json holds, with the lists of ``begin_writing``.
    """
    write_json(output_dir / SUMMARY_NAME, values)
    (output_dir / UNFINISHED_NAME).unlink()


def remove_earlier_run(output_dir: Path) -> None:
    """Remove what earlier runs wrote, as their lists tell, so that nothing stale stays.

    The list goes last: a run killed in here is taken up by the next one. Whatever is on no list
    belongs to the user. Raises DeepQuakeError where a list was not written by step 6.
    """
    for path in (output_dir / UNFINISHED_NAME, output_dir / SUMMARY_NAME):
        if not path.is_file():
            continue
        written = read_json(path)
        if not isinstance(written, dict) or not isinstance(written.get("tables"), list):
            raise DeepQuakeError(
                f"{path}: was not written by step 6; remove it, or give another --output_dir"
            )
        unfinished = path.replace(output_dir / UNFINISHED_NAME)
        tables = [Path(str(name)).name for name in written["tables"]]
        for name in (*tables, *RUN_TABLES, MAP_NAME):
            for half in ("", TEMPORARY_PREFIX):
                (output_dir / f"{half}{name}").unlink(missing_ok=True)
        names = set(map(str, written.get("recordings", [])))
        for picture in (output_dir / PICTURES_DIR).glob("*.png"):
            whole = picture.stem.removeprefix(TEMPORARY_PREFIX)
            if whole in names or PAGE_ENDING.sub("", whole) in names:
                picture.unlink()
        unfinished.unlink()
