"""Finding files, reading them, and writing them so that they appear whole or not at all."""

import csv
import errno
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from fnmatch import fnmatch
from operator import attrgetter
from pathlib import Path
from typing import Any
from zlib import crc32

from deepquake.core.errors import WRITING_ERRORS, DeepQuakeError
from deepquake.core.report import Report
from deepquake.core.text import ESCAPED, ESCAPED_JSON, size_of

TEMPORARY_PREFIX = ".part-"
LARGEST_BYTES = 1 << 31  # of a file that is read at once, such as a list of stations
NAME_BYTES = 255  # bytes of a file's name, on most disks
ON_WINDOWS = os.name == "nt"
LONGEST_SUFFIX = 10
SYNCED_AT_ONCE = 16  # files
MOST_DIGITS = 18  # of a whole number; Python refuses thousands of them


@contextmanager
def whole_file(path: Path | str, *, lasting: bool = True) -> Iterator[Path]:
    """Yield a temporary path beside ``path`` that becomes ``path`` when the block ends well.

    The temporary name keeps the suffix, for libraries that choose a format by it. On an error
    or Ctrl-C nothing is left behind; what a killed run leaves starts with ``.part-`` and is
    overwritten by the next one.

    Parameters
    ----------
    path : Path or str
        The file to write; its folder is made where it is missing.
    lasting : bool, optional
        Whether the file is on the disk, and not only in memory, before it takes the place of an
        older one: a machine that loses power then has one of the two. Takes some 10 ms: thousands
        of files are better put on the disk together (``put_on_disk``).

    Yields
    ------
    Path
        Where to write.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(name_within(NAME_BYTES, TEMPORARY_PREFIX + path.name))
    try:
        with naming(path):
            yield temporary
            if lasting:
                _sync_file(temporary)
            os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def put_unless_taken(temporary: Path, path: Path) -> bool:
    """Put a whole file at a path where nothing is; return whether it is there now.

    Of several programs that want one path at the same time, one gets it.

    Parameters
    ----------
    temporary : Path
        The file, on the same disk; it may still be there afterwards.
    path : Path
        Where it is to be.
    """
    try:
        os.link(temporary, path)
    except FileExistsError:
        return False
    except OSError:  # a disk without hard links, or it may not be written
        try:
            path.touch(exist_ok=False)
        except FileExistsError:
            return False
        os.replace(temporary, path)
    return True


def put_on_disk(paths: Iterable[Path]) -> None:
    """Wait until files are on the disk and not only in memory; some disks cannot tell."""
    from concurrent.futures import ThreadPoolExecutor  # which most that is done here does without

    with ThreadPoolExecutor(SYNCED_AT_ONCE) as pool:  # one by one takes thirty times as long
        for _ in pool.map(_sync_file, paths):
            pass


def _sync_file(path: Path) -> None:
    # Windows waits only for files that may be written
    descriptor = os.open(path, os.O_RDWR if ON_WINDOWS else os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise OSError(error.errno, error.strerror, str(path)) from None
    finally:
        os.close(descriptor)


def edition_of(status: os.stat_result) -> tuple[int, ...]:
    """Return what tells a file from one that takes its place later."""
    return status.st_ino, status.st_size, status.st_mtime_ns


@contextmanager
def naming(path: Path | str) -> Iterator[None]:
    """Give the name of the file to those errors of writing it that come without one.

    A full disk is told by ``write``, which knows no name.
    """
    try:
        yield
    except OSError as error:
        if error.filename is None and error.errno in WRITING_ERRORS:
            error.filename = str(path)
        raise


def check_free(path: Path, n_bytes: float) -> None:
    """Check that the disk of a folder, which need not be there yet, has room for new files.

    Parameters
    ----------
    path : Path
        The folder, or a link to one.
    n_bytes : float
        What they need at least.

    Raises
    ------
    DeepQuakeError
        Where it has less.
    """
    there = Path(os.path.realpath(path))
    while not there.exists() and there != there.parent:
        there = there.parent
    free = shutil.disk_usage(there).free
    if n_bytes > free:
        needed, has = (f"{number / 1e6:,.1f} MB" for number in (n_bytes, free))
        raise DeepQuakeError(
            f"{path}: at least {needed} are to be written, but its disk has {has} free; "
            "make room, or write to another disk"
        )


def name_within(n_bytes: int, name: str) -> str:
    """Return a file's name cut to a length; what is cut off is told from others by a check sum.

    Parameters
    ----------
    n_bytes : int
        The most that it may have.
    name : str
        The name, which keeps its suffix.
    """
    whole = os.fsencode(name)
    if len(whole) <= n_bytes:
        return name
    suffix = os.fsencode(Path(name).suffix)
    ending = b"-%08x" % crc32(whole) + (suffix if len(suffix) <= LONGEST_SUFFIX else b"")
    return whole[: n_bytes - len(ending)].decode(errors="ignore") + ending.decode(errors="ignore")


def files_below(
    path: Path, pattern: str = "*", report: Report | None = None, follow_links: bool = True
) -> list[Path]:
    """Return the files at any depth below a folder, sorted, or the file ``path`` itself.

    What begins with a point is left out: hidden files, and what a killed run left behind. So are
    pipes, sockets and devices. A link to nothing is kept: reading it tells what is wrong.

    Parameters
    ----------
    path : Path
        Folder or file.
    pattern : str
        Only files of a folder whose name matches it, such as ``*.mseed``.
    report : Report, optional
        Is told which folders cannot be read.
    follow_links : bool
        Whether to enter folders that are links; each folder is entered once.

    Returns
    -------
    list of Path
        Empty where no file is there.

    Raises
    ------
    DeepQuakeError
        Where ``path`` does not exist.
    """
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise DeepQuakeError(f"{path}: no such file or folder")

    found: list[Path] = []
    waiting, entered = [str(path)], {os.path.realpath(path)}
    while waiting:
        folder = waiting.pop()
        try:
            with os.scandir(folder) as entries:
                listed = sorted(entries, key=attrgetter("name"))
        except OSError as error:
            if report is not None:
                report.skip(folder, f"folder cannot be read: {error.strerror}")
            continue
        subfolders = []
        for entry in listed:
            if entry.name[0] == ".":
                continue
            kind = _entry_kind(entry)
            if kind == "file":
                if pattern == "*" or fnmatch(entry.name, pattern):
                    found.append(Path(entry.path))
            elif kind == "folder" and (follow_links or not entry.is_symlink()):
                real = os.path.realpath(entry.path)
                if real not in entered:
                    entered.add(real)
                    subfolders.append(entry.path)
        waiting += reversed(subfolders)
    return sorted(found, key=attrgetter("parts"))


def _entry_kind(entry: os.DirEntry[str]) -> str:
    """Return 'folder', 'file' (also what cannot be told: reading it tells what is wrong) or ''."""
    try:
        if entry.is_file():  # known without asking the disk, for most
            return "file"
        if entry.is_dir():
            return "folder"
        is_nothing = entry.is_symlink() and not os.path.exists(entry.path)
    except OSError:
        return "file"
    return "file" if is_nothing else ""


def read_bytes(path: Path | str) -> bytes:
    """Return the content of a file; DeepQuakeError where it cannot be read."""
    try:
        with open(path, "rb", buffering=0) as file:  # read at once
            if (size := os.fstat(file.fileno()).st_size) > LARGEST_BYTES:
                raise DeepQuakeError(f"{path}: is too large to be what is wanted ({size_of(size)})")
            return file.read()
    except OSError as error:
        raise DeepQuakeError(f"{path}: cannot be read: {error.strerror}") from None


def is_utf16(content: bytes) -> bool:
    """Return whether a file is a text in UTF-16, as spreadsheets write it: by its first bytes."""
    return content[:2] in (b"\xff\xfe", b"\xfe\xff")


def decode_text(content: bytes) -> str:
    """Return the text of a file, in UTF-8, UTF-16 or else Latin-1, with Unix line ends."""
    try:
        text = content.decode().removeprefix("\ufeff")  # faster than utf-8-sig
    except UnicodeDecodeError:
        text = content.decode("utf-16" if is_utf16(content) else "latin-1", errors="replace")
    if "\r" in text:
        # a DOS file that went through a text-mode copy has two CR, which are no blank line
        text = text.replace("\r\r\n", "\n").replace("\r\n", "\n").replace("\r", "\n")
    return text


def table_rows(text: str) -> tuple[list[str], Iterator[tuple[int, list[str]]]]:
    """Return the columns of a small table, in small letters, and line number and cells of its rows.

    Separators are commas, semicolons or tabs; empty lines and those that begin with # are left out.
    """
    lines = text.splitlines()
    separator = next((mark for mark in ";\t" if lines and mark in lines[0]), ",")
    reader = csv.reader(lines, delimiter=separator, skipinitialspace=True)
    names = [name.strip().lower() for name in next(reader, [])]
    rows = ((reader.line_num, row) for row in reader if "".join(row).strip())
    return names, ((line, row) for line, row in rows if not row[0].startswith("#"))


def write_text(path: Path | str, text: str, errors: str = ESCAPED) -> None:
    """Write a text as UTF-8, whole or not at all.

    Parameters
    ----------
    path : Path or str
        The file to write.
    text : str
        Its content.
    errors : str, optional
        How what is no letter is written.
    """
    with whole_file(path) as temporary:
        temporary.write_text(text, encoding="utf-8", errors=errors)


def write_json(path: Path | str, value: Any) -> None:
    """Write a value as indented JSON, whole or not at all.

    Parameters
    ----------
    path : Path or str
        The file to write.
    value : object
        What ``json`` can write: dicts, lists, texts, numbers, None.
    """
    text = json.dumps(value, indent=2, ensure_ascii=False) + "\n"
    write_text(path, text, errors=ESCAPED_JSON)


def read_json(path: Path | str) -> Any:
    """Return the content of a JSON file, as ``parse_json``; an error where it is missing, too."""
    try:
        return parse_json(path, Path(path).read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise DeepQuakeError(f"{path}: no such file") from None
    except OSError as error:
        raise DeepQuakeError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise DeepQuakeError(f"{path}: is not a JSON file (not UTF-8 text)") from None


def parse_json(path: Path | str, text: str) -> Any:
    """Return what a JSON text says; numbers may be infinite or NaN, which some programs write.

    Parameters
    ----------
    path : Path or str
        The file it is from, for messages.
    text : str
        Its content.

    Raises
    ------
    DeepQuakeError
        Naming the line, where it is not JSON.
    """
    try:
        return json.loads(text, parse_int=_whole_number)
    except RecursionError:
        raise DeepQuakeError(f"{path}: is not JSON of ours: nested too deep") from None
    except json.JSONDecodeError as error:
        raise DeepQuakeError(f"{path}, line {error.lineno}: is not JSON: {error.msg}") from None


def _whole_number(text: str) -> int | float:
    return int(text) if len(text) < MOST_DIGITS else float(text)  # infinite, of hundreds of them


def write_csv(
    path: Path | str,
    header: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    lasting: bool = True,
) -> None:
    """Write a table as CSV, whole or not at all.

    Parameters
    ----------
    path : Path or str
        The file to write.
    header : sequence of str
        The names of the columns.
    rows : iterable of sequences
        The values.
    lasting : bool, optional
        As of ``whole_file``.
    """
    with (
        whole_file(path, lasting=lasting) as temporary,
        temporary.open("w", newline="", encoding="utf-8", errors=ESCAPED) as file,
    ):
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
