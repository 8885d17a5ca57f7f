"""A step's result is written beside the earlier one and takes its place when it is whole.

New files lie in a hidden folder, such as ``.new``, of the folder that they are for: a folder that
is a link to another disk stays one, and its files go to that disk. Once all are written, the hidden
folder of the output folder is renamed, and from that moment the new result is the one that counts:
an exchange that is killed is finished by the next run. What is killed before leaves the earlier
result as it was.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePath

from deepquake.core.errors import DeepQuakeError
from deepquake.core.files import NAME_BYTES, TEMPORARY_PREFIX, name_within

NEW = ".new"  # holds what is being written
# What the hidden folder of the output folder is called in turn: what an earlier run left is
# removed; nothing of it is left, and what is new moves to its place.
READY_SUFFIX, MOVING_SUFFIX = "_is_ready", "_moves_in"
OWNER = ".belongs_to"  # in a folder that a link leads to: where the link is


@dataclass(frozen=True)
class Output:
    """What a step writes: a folder, which may hold other things too.

    ``subfolders`` are those of its subfolders that get files, ``last`` is the file by which a
    result is known to be whole. ``remove_earlier`` removes from the folder what an earlier run
    wrote there, and no hidden folder; it may be called again after it was killed. Steps that write
    to the same folder have hidden folders of different names: ``new``.
    """

    folder: Path
    subfolders: tuple[str, ...]
    last: str
    remove_earlier: Callable[[Path], None]
    new: str = NEW

    @property
    def ready(self) -> Path:
        """The hidden folder from when the new result is whole."""
        return self.folder / (self.new + READY_SUFFIX)

    @property
    def moving(self) -> Path:
        """The hidden folder from when nothing of an earlier run is left."""
        return self.folder / (self.new + MOVING_SUFFIX)

    def is_whole(self) -> bool:
        """Tell whether there is a whole new result that is not in its place yet."""
        return self.ready.is_dir() or self.moving.is_dir()

    def places(self) -> list[Path]:
        """Return the subfolders and, last, the folder."""
        return [*(self.folder / name for name in self.subfolders), self.folder]


def staged(folder: Path, name: str) -> Path:
    """Return where a file of the new result is written.

    Parameters
    ----------
    folder : Path
        The output folder.
    name : str
        The file, relative to it: ``windows.csv`` or ``mseed/a.mseed``.

    Returns
    -------
    Path
        ``.new/windows.csv`` or ``mseed/.new/a.mseed`` of the folder.
    """
    first, *rest = PurePath(name).parts
    return folder.joinpath(first, NEW, *rest) if rest else folder / NEW / first


def place_of(staged_path: Path) -> Path:
    """Return where a file or folder of the new result will be: what a user is told of it."""
    return Path(*(part for part in staged_path.parts if part != NEW))


@contextmanager
def new_result(output: Output) -> Iterator[None]:
    """Let a block write a new result to where ``staged`` says, and put it in place at the end.

    An exchange that was interrupted is finished first. On an error or Ctrl-C what the block has
    written is removed, and the earlier result stays.
    """
    for place in output.places():
        _check_place(place)
        if place.is_symlink() and place != output.folder:
            _claim_folder(place)
    finish(output)
    _discard(output)
    try:
        output.folder.mkdir(parents=True, exist_ok=True)
        (output.folder / output.new).mkdir()
        yield
        for place in output.places():
            _sync(place / output.new)
        os.rename(output.folder / output.new, output.ready)
        _sync(output.folder)
    except BaseException:
        with suppress(OSError):
            _discard(output)
        raise
    finish(output)


def is_begun(folder: Path) -> bool:
    """Tell whether a new result is being written to a folder, or was by a run that was killed."""
    return (folder / NEW).is_dir()


def hidden_name(what: str) -> str:
    """Return the name of the hidden folder of one of several results in an output folder."""
    longest = NAME_BYTES - max(map(len, (READY_SUFFIX, MOVING_SUFFIX)))
    return name_within(longest, f"{NEW}-{what}")


def check_exchanged(folder: Path) -> None:
    """Check that none of several results in a folder waits to be put in its place.

    Raises DeepQuakeError where a run was killed in between: what is there may be of two results.
    """
    for suffix in (READY_SUFFIX, MOVING_SUFFIX):
        for path in sorted(folder.glob(f"{hidden_name('*')}{suffix}")):
            what = path.name.removeprefix(hidden_name("")).removesuffix(suffix)
            raise DeepQuakeError(
                f"{folder}: a run was stopped while it put new files of {what} in the place of "
                "older ones; run it again"
            )


def finish(output: Output) -> None:
    """Put a new result that is whole in the place of the earlier one, if there is one.

    Wherever this is interrupted, calling it again does the rest.
    """
    if output.ready.is_dir():
        output.remove_earlier(output.folder)
        os.rename(output.ready, output.moving)
    if output.moving.is_dir():
        *subfolders, folder = output.places()
        for place in subfolders:
            _move_in(place / output.new, place)
        _move_in(output.moving, folder, last=output.last)


def is_left_behind(name: str) -> bool:
    """Tell whether a file in a folder of a step is one of an earlier run, by its name.

    Other hidden files are not ours: those of a file system or of a file manager.
    """
    return not name.startswith(".") or name.startswith(TEMPORARY_PREFIX)


def _move_in(source: Path, target: Path, last: str = "") -> None:
    """Move what is in a folder to another one of the same disk, and remove the first.

    Of folders that are in both, what the second alone has stays.
    """
    if source.is_dir():
        for name in sorted(os.listdir(source), key=lambda name: (name == last, name)):
            if (source / name).is_dir() and (target / name).is_dir():
                _move_in(source / name, target / name)
            else:
                os.replace(source / name, target / name)
        source.rmdir()


def _discard(output: Output) -> None:
    """Remove what a run has written that did not end, but never a result that is whole."""
    if output.is_whole():
        return
    for place in output.places():
        if (place / output.new).is_dir():
            shutil.rmtree(place / output.new)
            with suppress(OSError):  # a folder made for nothing; any other is not empty
                place.rmdir()


def _check_place(place: Path) -> None:
    """Check that a folder can be one: no file, no link to nowhere.

    Where a link lacks but the last folder of where it leads to, that is made: scratch disks are
    swept.
    """
    if place.exists() and not place.is_dir():
        raise DeepQuakeError(f"{place}: is a file, where a folder is to be")
    if place.is_symlink() and not place.exists():
        target = Path(os.path.realpath(place))
        try:
            target.mkdir()
        except OSError as error:
            raise DeepQuakeError(
                f"{place}: is a link to {target}, which cannot be made: {error.strerror}; "
                "remove the link, or set it to a folder that is there"
            ) from None


def _claim_folder(place: Path) -> None:
    """Note in a folder that a link leads to whose files it gets: two results never share one."""
    note, mine = place / OWNER, os.fsencode(place.parent.resolve() / place.name)
    try:
        with note.open("xb") as file:
            file.write(mine)
    except FileExistsError:
        other = note.read_bytes()
        leads_here = os.path.realpath(other) == os.path.realpath(os.fsencode(place))
        if leads_here and other not in (mine, b""):
            raise DeepQuakeError(
                f"{place}: leads to {os.path.realpath(place)}, where the files of "
                f"{os.fsdecode(other)} are; give each a folder of its own"
            ) from None
        note.write_bytes(mine)  # the other one was moved, or leads elsewhere now


def _sync(folder: Path) -> None:
    """See to it that the names of a folder are on the disk; some file systems cannot."""
    with suppress(OSError):
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)
