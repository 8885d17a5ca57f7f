"""Which stations are silent: each is named once, and once more when it comes back."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import inf

from deepquake.core.text import duration, listing
from deepquake.core.times import iso
from deepquake.detection.following.streams import FollowedStream

EACH_ITS_LINE, SHOWN_TOGETHER = 5, 10


@dataclass
class Silence:
    """The last sample of each station, when it came by this machine's clock, and who is silent."""

    last_s: dict[str, float] = field(default_factory=dict)
    came_s: dict[str, float] = field(default_factory=dict)
    silent: set[str] = field(default_factory=set)

    def turned(self, streams: Iterable[FollowedStream], now_s: float, most_s: float) -> list[str]:
        """Return what there is to say of stations that have gone silent or come back.

        Parameters
        ----------
        streams : iterable of FollowedStream
            As they are now.
        now_s : float
            The last sample of any station, seconds since 1970 UTC.
        most_s : float
            After so many seconds a station is silent.
        """
        clock_s = time.monotonic()
        last_s: dict[str, float] = {}
        for stream in streams:
            name = f"{stream.recording.network}.{stream.recording.station}".lstrip(".")
            last_s[name] = max(last_s.get(name, -inf), stream.recording.span()[1])
        gone, back = {}, {}
        for name in sorted({*last_s, *self.last_s}):
            before_s, at_s = self.last_s.get(name, -inf), last_s.get(name, -inf)
            if at_s > before_s:
                self.came_s[name] = clock_s
            else:
                at_s = before_s
            behind_s = max(now_s - at_s, clock_s - self.came_s[name])
            if behind_s > most_s and name not in self.silent:
                self.silent.add(name)
                gone[name] = f"silent: {name}, its last sample is of {iso(at_s)}"
            elif behind_s <= most_s and name in self.silent:
                self.silent.remove(name)
                back[name] = f"back: {name}, after {duration(at_s - before_s)}"
            self.last_s[name] = at_s
        return [*_few_lines("silent", gone), *_few_lines("back", back)]


def _few_lines(what: str, lines: Mapping[str, str]) -> list[str]:
    """Return the lines of some stations, one for all where a whole network comes or goes.

    Parameters
    ----------
    what : str
        What they are.
    lines : mapping of str to str
        The line of each, by its name.
    """
    if len(lines) <= EACH_ITS_LINE:
        return [*lines.values()]
    return [f"{what}: {len(lines)} stations: {listing(lines, SHOWN_TOGETHER)}"]
