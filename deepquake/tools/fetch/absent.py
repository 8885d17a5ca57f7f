"""What servers said they do not have, remembered, so that it is asked for once."""

import csv
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

COLUMNS_OF_ABSENT = "name", "reason"


@dataclass
class Absent:
    """A table (CSV) of the names of files that no server has, with the reason of each.

    Rows are added at its end; one that a kill cut off is not read, and asked for again.
    """

    path: Path
    reasons: dict[str, str] = field(default_factory=dict)

    def __contains__(self, name: str) -> bool:
        return name in self.reasons

    def add(self, rows: Iterable[tuple[str, str]]) -> None:
        """Remember names with their reasons."""
        new = {name: reason for name, reason in rows if name not in self.reasons}
        if not new:
            return
        self.reasons |= new
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerows(new.items())
            file.flush()
            os.fsync(file.fileno())


def load_absent(path: Path, forget: bool = False) -> Absent:
    """Return what an earlier run has remembered, if there was one.

    Parameters
    ----------
    path : Path
        The table.
    forget : bool
        Whether to begin anew.
    """
    if forget:
        path.unlink(missing_ok=True)
    if not path.is_file():
        return Absent(path)
    content = path.read_text(encoding="utf-8", errors="replace")
    whole = content[: content.rfind("\n") + 1]
    if whole != content:  # or the next row would go on behind what a kill has left
        path.write_text(whole, encoding="utf-8")
    rows = [row for row in csv.reader(whole.splitlines()) if len(row) == len(COLUMNS_OF_ABSENT)]
    return Absent(path, {row[0]: row[1] for row in rows})
