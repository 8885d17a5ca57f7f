"""How counts, times, spans, tables and names from outside are put in words."""

import codecs
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from statistics import median

from deepquake.core.times import iso

# What a terminal or a browser takes for a command, what breaks a line, what does not show: control
# characters, the soft hyphen, separators of lines, marks that turn the direction of writing,
# letters that only tag others; and the bytes of a file's name that are no UTF-8, which Python
# holds as surrogates.
_UNPRINTABLE = re.compile(
    r"[\x00-\x1f\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    r"\ufeff\ufff0-\uffff\ud800-\udfff\U000e0000-\U000e0fff]"
)
_LONG_WORD = re.compile(r"([^\s']{40})[^\s']{20,}")
ESCAPED = "deepquake-escaped"  # for the ``errors`` of open(): what the encoding lacks, escaped
ESCAPED_JSON = "deepquake-escaped-json"  # the same within the quotes of JSON


def printable(text: object) -> str:
    r"""Return a name or text from outside as it can be shown and written: on one line, harmless.

    The letters of all scripts stay. What is not a letter is escaped as in Python: ``\n``,
    ``\x1b``, ``\u202e``; so is a byte of a file's name that is not UTF-8: ``\xf3``. What has
    been escaped once stays as it is.
    """
    return _UNPRINTABLE.sub(_escape, str(text))


def with_short_words(text: str) -> str:
    """Return a message without the ends of words that no one reads, as those of a damaged cell."""
    return _LONG_WORD.sub(r"\1...", text)


def _escape(match: re.Match[str]) -> str:
    return _escaped(match[0])


def _escaped(letters: str) -> str:
    return "".join(
        f"\\x{ord(letter) - 0xDC00:02x}"
        if "\udc80" <= letter <= "\udcff"
        else letter.encode("unicode_escape").decode()
        for letter in letters
    )


def _escape_unwritable(error: UnicodeError) -> tuple[str, int]:
    """Handle what an encoding lacks, as ``codecs`` asks for it."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return _escaped(error.object[error.start : error.end]), error.end


def _escape_in_json(error: UnicodeError) -> tuple[str, int]:
    escaped, end = _escape_unwritable(error)
    return escaped.replace("\\", "\\\\"), end  # a single one means something else there


codecs.register_error(ESCAPED, _escape_unwritable)
codecs.register_error(ESCAPED_JSON, _escape_in_json)


def number_of(count: int, what: str, ending: str = "s") -> str:
    """Return '1 file', '2 files'.

    Parameters
    ----------
    count : int
        How many there are.
    what : str
        What they are, in the singular.
    ending : str, optional
        What makes it a plural.
    """
    return f"{count} {what}{ending if count != 1 else ''}"


def listing(names: Iterable[str], most: int) -> str:
    """Return names between commas: 'AAA, BBB and 3 more'.

    Parameters
    ----------
    names : iterable of str
        The names.
    most : int
        How many of them to write at most; the others are counted.
    """
    names = [printable(name) for name in names]
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def counted(numbers: Mapping[str, int], most: int) -> str:
    """Return counts by name: 'A (3), B (1)', the greatest number first.

    Parameters
    ----------
    numbers : mapping of str to int
        The counts.
    most : int
        How many of them to write at most; the other names are counted.
    """
    ordered = sorted(numbers.items(), key=lambda item: (-item[1], item[0]))
    return listing([f"{name} ({count})" for name, count in ordered], most)


def utc(time: float) -> str:
    """Return seconds since 1970 as '2014-08-24 00:01:00'."""
    return iso(time)[:19].replace("T", " ")


def duration(seconds: float) -> str:
    """Return a time span in the unit that suits it: '90.0 s', '2.0 h'."""
    for unit, size in (("d", 86400.0), ("h", 3600.0), ("min", 60.0)):
        if seconds >= 1.8 * size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.2f} s" if seconds < 10 else f"{seconds:.1f} s"


def durations(seconds: Iterable[float]) -> str:
    """Return minimum, maximum and median of time spans, or only the median if they are alike."""
    spans = sorted(seconds)
    low, middle, high = spans[0], median(spans), spans[-1]
    if high - low < 0.02 * high:
        return duration(middle)
    return f"{duration(low)} to {duration(high)} (median {duration(middle)})"


def size_of(n_bytes: float) -> str:
    """Return a number of bytes as '2.61 MB'."""
    units = iter(("bytes", "kB", "MB", "GB", "TB"))
    unit = next(units)
    while n_bytes >= 1000 and unit != "TB":
        n_bytes, unit = n_bytes / 1000, next(units)
    return f"{n_bytes:.3g} {unit}"


def table(
    header: Sequence[str],
    rows: Sequence[Sequence[object]],
    *,
    left: Collection[int] | None = None,
    most: int | None = None,
    elsewhere: str = "",
) -> list[str]:
    """Return the lines of a table.

    Parameters
    ----------
    header : sequence of str
        The titles of the columns.
    rows : sequence of sequences
        The cells, written as ``str`` does.
    left : collection of int, optional
        Numbers of the columns that begin together, the others end together (default: those
        that hold anything but numbers).
    most : int, optional
        How many rows to write at most; the others are counted.
    elsewhere : str, optional
        The file that holds all of them.
    """
    shown = rows[:most]
    cells = [[*header], *([printable(cell) for cell in row] for row in shown)]
    columns = list(zip(*cells, strict=True))
    widths = [max(map(len, column)) for column in columns]
    if left is None:
        left = {k for k, column in enumerate(columns) if not all(map(_is_number, column[1:]))}
    forms = [f"{{:{'<' if k in left else '>'}{width}}}" for k, width in enumerate(widths)]
    lines = ["  ".join(forms).format(*row).rstrip() for row in cells]
    if len(shown) < len(rows):
        place = f" in {elsewhere}" if elsewhere else ""
        lines.append(f"... and {len(rows) - len(shown)} more{place}")
    return lines


def _is_number(cell: str) -> bool:
    return re.fullmatch(r"[-\d.]*", cell) is not None
