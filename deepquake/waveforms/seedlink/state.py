"""Up to where a server's packets have been received: one small file in the archive."""

from collections import deque
from dataclasses import dataclass, field
from pathlib import Path

from deepquake.core.errors import DeepQuakeError
from deepquake.core.files import read_json, write_json

SEQUENCES = 1 << 24  # they are counted from 0 again
SETTLED_S = 60.0  # what was written to a file so long ago is on the disk


@dataclass
class Received:
    """The number of the last packet of each station, now and over the last minute.

    What is kept on disk is a minute old: a machine that loses its power loses what was written
    in the last seconds, which is then asked for again. What was there is not written twice.
    """

    path: Path
    last: dict[str, int] = field(default_factory=dict)
    _marks: deque[tuple[float, dict[str, int]]] = field(default_factory=deque)

    def save(self, now_s: float | None = None) -> None:
        """Write the numbers to the file.

        Parameters
        ----------
        now_s : float, optional
            Seconds of a clock; None: all that was received is on the disk.
        """
        told = self.last
        if now_s is not None:
            self._marks.append((now_s, dict(self.last)))
            while len(self._marks) > 1 and self._marks[1][0] <= now_s - SETTLED_S:
                self._marks.popleft()
            told = {}
            for _, mark in self._marks:  # of a station that is new, what was the first
                told = mark | told
        write_json(self.path, {"stations": {k: f"{told[k]:06X}" for k in sorted(told)}})


def load_received(path: Path) -> Received:
    """Return what an earlier run has written; an error where that cannot be read."""
    if not path.is_file():
        return Received(path)
    try:
        told = {str(k): int(v, 16) for k, v in read_json(path)["stations"].items()}
    except (KeyError, TypeError, ValueError, AttributeError):
        raise DeepQuakeError(
            f"{path}: does not tell how far records were received; remove it to begin anew with "
            "the newest"
        ) from None
    return Received(path, {name: number % SEQUENCES for name, number in told.items()})
