"""How counts, times, spans and tables are put in words."""

import re
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from deepquake.core.times import iso


def number_of(count: int, what: str, ending: str = "s") -> str:
    """Return '1 file', '2 files'."""
    return f"{count} {what}{ending * (count != 1)}"


def listing(names: Iterable[str], most: int) -> str:
    """Return the first names between commas, and how many more there are."""
    names = list(names)
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def counted(numbers: Mapping[str, int], most: int) -> str:
    """Return 'A (3), B (1)', the greatest number first."""
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


def durations(seconds: ArrayLike) -> str:
    """Return least, greatest and median of time spans, or one where they are all alike."""
    low, middle, high = np.min(seconds), np.median(seconds), np.max(seconds)
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


def table(header: Sequence[str], rows: Sequence[Sequence[str]], most: int | None) -> list[str]:
    """Return the lines of a table, numbers to the right; at most ``most`` rows (None: all)."""
    shown = rows if most is None else rows[:most]
    cells = [header, *shown]
    widths = [max(len(row[k]) for row in cells) for k in range(len(header))]
    numeric = [all(re.fullmatch(r"[-\d.]*", row[k]) for row in shown) for k in range(len(header))]
    lines = [
        "  ".join(
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(row, widths, numeric, strict=True)
        ).rstrip()
        for row in cells
    ]
    if len(shown) < len(rows):
        lines.append(f"... and {len(rows) - len(shown)} more in report.txt")
    return lines
