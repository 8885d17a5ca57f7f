"""The folder of step 1 as a whole: whether it may be written to, and how it is filled anew."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from deepquake.core.errors import DeepQuakeError
from deepquake.core.files import edition_of, write_text
from deepquake.core.locks import hold
from deepquake.core.settings import Settings
from deepquake.windows import exchange
from deepquake.windows.index import (
    EVENT_LIST_NAME,
    INDEX_NAME,
    MARKER_NAME,
    RECORDS_NAME,
    STREAM_DIR,
    SUBFOLDERS,
    WINDOW_KEYS,
)
from deepquake.windows.phases import ARRIVALS_NAME

LOCKED_AS = "windows"  # what a run of step 1 holds in its folder


def output_of_step1(prep_dir: Path) -> exchange.Output:
    """Return what step 1 writes to a folder."""
    return exchange.Output(
        prep_dir, subfolders=SUBFOLDERS, last=INDEX_NAME, remove_earlier=_remove_earlier
    )


def finish_interrupted(prep_dir: Path) -> None:
    """Put a result of step 1 in its place where only that was interrupted.

    Raises ``Held`` where step 1 is about to do so.
    """
    output = output_of_step1(prep_dir)
    if output.is_whole():
        with hold(prep_dir, LOCKED_AS):
            exchange.finish(output)


def edition(prep_dir: Path) -> tuple[int, ...]:
    """Return what tells the result of step 1 in a folder from those before and after it."""
    finish_interrupted(prep_dir)
    try:
        return edition_of((prep_dir / INDEX_NAME).stat())
    except FileNotFoundError:
        return ()  # a folder of other software


@contextmanager
def of_one_edition(prep_dir: Path, began_with: tuple[int, ...]) -> Iterator[None]:
    """See to it that what a block reads of a folder of step 1 is of one result.

    Parameters
    ----------
    prep_dir : Path
        The folder.
    began_with : tuple of int
        Its ``edition`` before the first file was read.

    Raises
    ------
    DeepQuakeError
        At the end of the block, or in place of its error, where step 1 has put a new result there.
    """

    def _check() -> None:
        # the index is what step 1 puts in place last
        if output_of_step1(prep_dir).is_whole() or edition(prep_dir) != began_with:
            raise DeepQuakeError(
                f"{prep_dir}: step 1 has put a new result here in the meantime, and nothing is "
                "written that would be of both; run this step again"
            )

    try:
        yield
    except (DeepQuakeError, OSError):
        _check()
        raise
    _check()


def check_room(prep_dir: Path, raw_data: Path) -> None:
    """Check that step 1 may write to a folder, and empty its subfolders in the end.

    Parameters
    ----------
    prep_dir : Path
        The folder to write to.
    raw_data : Path
        Where the waveforms lie.

    Raises
    ------
    DeepQuakeError
        Where the folder holds files that step 1 did not make, or the waveforms themselves.
    """
    raw, prep = raw_data.resolve(), prep_dir.resolve()
    if raw == prep or prep in raw.parents or (raw / STREAM_DIR).resolve() == prep:
        raise DeepQuakeError(
            f"{prep_dir}: the waveforms in {raw_data} lie in this folder; "
            "name a folder of its own to write to, such as output/NAME/prep"
        )
    for folder in (prep_dir / name for name in SUBFOLDERS):
        if folder.resolve() in (raw, *raw.parents):
            raise DeepQuakeError(
                f"{folder}: leads to the waveforms in {raw_data}; "
                "remove this link, or name another folder to write to"
            )
        is_filled = folder.is_dir() and any(map(exchange.is_left_behind, os.listdir(folder)))
        if is_filled and not (prep_dir / MARKER_NAME).exists():
            raise DeepQuakeError(
                f"{folder}: holds files that step 1 did not make; "
                "name another folder to write to, or remove them"
            )


def write_marker(prep_dir: Path, settings: Settings) -> None:
    """Note in the new result that step 1 made it.

    Parameters
    ----------
    prep_dir : Path
        The folder of step 1.
    settings : Settings
        Length and sampling rate of its windows.
    """
    length_and_rate = [f"{key} = {settings.value(key)}\n" for key in WINDOW_KEYS]
    write_text(exchange.staged(prep_dir, MARKER_NAME), "".join(length_and_rate))


def _remove_earlier(prep_dir: Path) -> None:
    """Remove the index and what goes with it, what is in the subfolders, and those not filled anew.

    The index goes first: it never stands beside what it does not tell of.
    """
    for name in (INDEX_NAME, RECORDS_NAME, EVENT_LIST_NAME, ARRIVALS_NAME):
        (prep_dir / name).unlink(missing_ok=True)
    for folder in (prep_dir / name for name in SUBFOLDERS):
        for name in filter(exchange.is_left_behind, os.listdir(folder) if folder.is_dir() else ()):
            path = folder / name
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
        with suppress(OSError):  # a link, or filled
            folder.rmdir()
