"""The one kind of error that is meant for the person at the shell."""

import errno

WRITING_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS)  # only writing has these


class DeepQuakeError(Exception):
    """Something the user can put right: says what is wrong, in which file and line, what to do.

    The step scripts and tools print it as one line on stderr and end with exit status 1
    (see ``deepquake.core.cli.run``). Any other exception is a defect of DeepQuake.
    """


def short(error: Exception) -> str:
    """Return what an error of another library says, in a few words on one line."""
    said = isinstance(error, OSError) and error.strerror  # which leaves out the file's name
    return " ".join(str(said or error).split())[:120] or type(error).__name__


def at(path: object, line: int | None = None) -> str:
    """Return ``path`` or ``path, line N``, the way every message names a place in a file.

    Parameters
    ----------
    path : object
        The file.
    line : int, optional
        Its line, counted from 1.
    """
    return f"{path}" if line is None else f"{path}, line {line}"
