"""What channels are: told by their codes, by names of files, or by a channel map of the user's.

Which component of the ground motion a channel holds is told by its code:

| channel code                       | Z          | N          | E          |
|------------------------------------|------------|------------|------------|
| last letter, SEED (HHZ, HH1, BHX)  | Z, 3       | N, 1, Y    | E, 2, X    |
| one letter alone                   | Z, 3, V, U | N, 1, Y    | E, 2, X    |
| names of strong-motion networks    | UD, UP     | NS, SN     | EW, WE     |

Case does not matter, nor do blanks, hyphens and underscores; a digit behind UD, NS, EW or behind
Z, N, E alone (UD1, EW2, Z1) tells the sensor. Horizontals need not point north and east exactly:
1 and 2, X and Y are taken in this order, as a network trained for them does not mind the azimuth.

A channel map is a CSV file with a row for each channel, or for those that fit a pattern:

| column         | what it is                                                                   |
|----------------|------------------------------------------------------------------------------|
| `file`         | pattern of the names of files, as ``*.evt``; empty is any                    |
| `file_station` | pattern of the station code in the file; empty is any                        |
| `file_channel` | pattern of the channel code in the file; empty is any                        |
| `network`      | its network; empty: as in the file                                           |
| `station`      | its station code; empty: as in the file                                      |
| `component`    | Z, N or E, or a code that tells component and sensor (HHZ); - leaves it out  |

The first row that fits holds; upper and lower case are the same. A channel table of WIN (``.ch`` of
Hi-net) is one too: number of the channel, two columns of no use here, station, component.
"""

import csv
import os
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cache, cached_property
from pathlib import Path

from deepquake.core.errors import DeepQuakeError
from deepquake.core.files import decode_text, read_bytes, table_rows
from deepquake.core.report import Report
from deepquake.core.settings import COMPONENTS
from deepquake.core.text import listing, number_of
from deepquake.waveforms.recording import Codes

CHANNEL_MAP_NAME = "channel_map.csv"
MARKER_NAME = ".made_by_step1"  # of a folder that step 1 has made, so that it may empty it
MAP_COLUMNS = "file", "file_station", "file_channel", "network", "station", "component"
EXAMPLE_MAP = f"its first line would be {','.join(MAP_COLUMNS)}, a row *.evt,MOLA,0,,,Z"
UNUSED_CHANNEL = "-"
MOST_LETTERS = 40  # of a cell that are shown
LARGEST_MAP = 1 << 22  # bytes
DIRECTIONS = {"UD": "Z", "DU": "Z", "UP": "Z", "NS": "N", "SN": "N", "EW": "E", "WE": "E"}
LETTERS = {"Z": "Z", "3": "Z", "N": "N", "1": "N", "Y": "N", "E": "E", "2": "E", "X": "E"}
LONE_LETTERS = LETTERS | {"V": "Z", "U": "Z"}
SEED_BANDS = "FGDCESHBMLVURPTQAO"
SEED_INSTRUMENTS = "HLGMNP"  # high and low gain, gravimeter, mass position, accelerometer, geophone
WIN_ROW = re.compile(r"\s*([0-9A-Fa-f]{4})\s+\S+\s+\S+\s+(\S+)\s+(\S+)(?:\s|$)")


@dataclass(frozen=True)
class MappedChannel:
    """A row of a channel map: the patterns, and what channels that fit are."""

    line: int
    file: str = ""
    file_station: str = ""
    file_channel: str = ""
    network: str = ""
    station: str = ""
    component: str = ""

    def fits(self, file_name: str, codes: Codes) -> bool:
        """Tell whether a channel fits.

        Parameters
        ----------
        file_name : str
            The name of its file.
        codes : Codes
            What the file says of it.
        """
        names = file_name, codes.station, codes.channel
        patterns = self.file, self.file_station, self.file_channel
        pairs = zip(names, patterns, strict=True)
        return all(fnmatchcase(name.upper(), p.upper()) for name, p in pairs if p)


@dataclass
class ChannelMap:
    """The rows of a channel map; none where there is no map."""

    path: Path = Path()
    rows: list[MappedChannel] = field(default_factory=list)
    met: Counter[int] = field(default_factory=Counter)  # channels that a row told, by its line

    @cached_property
    def _by_channel(self) -> dict[str, list[MappedChannel]]:
        """The rows that may fit a channel code; those with a pattern under the empty code."""
        found: dict[str, list[MappedChannel]] = {}
        plain = {row.file_channel.upper() for row in self.rows if _is_plain(row.file_channel)}
        for code in ("", *plain):
            found[code] = [
                row
                for row in self.rows
                if not _is_plain(row.file_channel) or row.file_channel.upper() == code
            ]
        return found

    def is_in(self, path: Path) -> bool:
        """Return whether a file is this map."""
        return path.name == self.path.name and path.resolve() == self.path.resolve()

    def find(self, path: Path, codes: Codes) -> MappedChannel | None:
        """Return the first row that fits a channel.

        Parameters
        ----------
        path : Path
            The file.
        codes : Codes
            What the file says of the channel.
        """
        if not self.rows:
            return None
        rows = self._by_channel.get(codes.channel.upper(), self._by_channel[""])
        row = next((row for row in rows if row.fits(path.name, codes)), None)
        if row is not None:
            self.met[row.line] += 1
        return row

    def tell(self, report: Report) -> None:
        """Note how many channels the map told, and which of its rows fit none."""
        if not self.rows:
            return
        channels = number_of(self.met.total(), "channel")
        report.note(self.path, f"tells what {channels} are, counted file by file")
        unmet = [str(row.line) for row in self.rows if row.line not in self.met]
        if unmet and len(unmet) < len(self.rows):
            what = f"{number_of(len(unmet), 'row')} fit no channel (line {listing(unmet, 5)})"
            report.note(self.path, what)


def find_channel_map(waveforms: Path, given: str) -> ChannelMap:
    """Return the channel map that is given, or that is in, beside or above the waveforms, or none.

    Parameters
    ----------
    waveforms : Path
        File or folder of waveforms.
    given : str
        The path of the map, empty where none is given.

    Raises
    ------
    DeepQuakeError
        Where it cannot be read or, naming the line, is no channel map.
    """
    path = Path(given) if given else channel_map_beside(waveforms)
    return ChannelMap() if path is None else read_channel_map(path)


def is_of_step1(waveforms: Path) -> bool:
    """Tell whether a file or folder holds station streams of step 1, whose codes are final."""
    start = Path(os.path.abspath(waveforms))  # not where links lead: streams may be elsewhere
    places = (start, start.parent, start.parent.parent)
    return any((place / MARKER_NAME).exists() for place in places)


def channel_map_beside(waveforms: Path) -> Path | None:
    """Return the channel map that is beside, in or above the waveforms, or None."""
    start = waveforms.resolve()
    places = (parent / CHANNEL_MAP_NAME for parent in (start.parent, start, start.parent.parent))
    return next((path for path in places if path.is_file()), None)


def read_channel_map(path: Path) -> ChannelMap:
    """Return a channel map; DeepQuakeError, naming the line, where the file is none."""
    try:
        size = path.stat().st_size
    except OSError as error:
        raise DeepQuakeError(f"{path}: cannot be read: {error.strerror}") from None
    if size > LARGEST_MAP:
        raise DeepQuakeError(f"{path}: is too large for a channel map")
    text = decode_text(read_bytes(path))
    rows = [*_of_win(text)] or [*_of_table(path, text)]
    if not rows:
        raise DeepQuakeError(f"{path}: holds no channel; {EXAMPLE_MAP}")
    return ChannelMap(path, rows)


def _of_win(text: str) -> Iterator[MappedChannel]:
    """Yield the channels of a channel table of WIN; none where a line is no row of one."""
    lines = enumerate(text.splitlines(), 1)
    rows = [(n, WIN_ROW.match(line)) for n, line in lines if line.strip() and line[0] != "#"]
    for number, match in rows if all(match for _, match in rows) else ():
        assert match is not None
        channel, name, component = match.groups()
        network, _, station = name.upper().rpartition(".")
        yield MappedChannel(
            line=number,
            file_channel=channel,
            network=network,
            station=station,
            component=component,
        )


def _of_table(path: Path, text: str) -> Iterator[MappedChannel]:
    try:
        names, rows = table_rows(text)
        unknown = [name for name in names if name not in MAP_COLUMNS]
        if "component" not in names or unknown:
            wrong = "lacks the column 'component'"
            if unknown:
                wrong = f"has the unknown column '{unknown[0][:MOST_LETTERS]}'"
            raise DeepQuakeError(f"{path}, line 1: {wrong}; {EXAMPLE_MAP}")
        for line, cells in rows:
            if len(cells) > len(names):
                raise DeepQuakeError(f"{path}, line {line}: has more cells than the header")
            row = MappedChannel(line, **{n: c.strip() for n, c in zip(names, cells, strict=False)})
            if row.component != UNUSED_CHANNEL and not component_of(row.component)[0]:
                code = row.component[:MOST_LETTERS]
                raise DeepQuakeError(
                    f"{path}, line {line}: '{code}' tells no component; write Z, N or E, "
                    f"a code such as HHZ, or {UNUSED_CHANNEL} to leave the channel out"
                )
            yield row
    except csv.Error as error:
        raise DeepQuakeError(f"{path}: is not a table: {error}") from None


def _is_plain(pattern: str) -> bool:
    return bool(pattern) and not set(pattern) & set("*?[")


@cache
def component_of(channel: str) -> tuple[str, str]:
    """Return the component ('Z', 'N', 'E', or '' where unknown) and the sensor code of a channel.

    The sensor code is the band and instrument part, which the components of one sensor share:
    'HH' of HHZ, '1' of UD1, '' of Z.
    """
    code = re.sub(r"[\s\-_]", "", channel).upper()
    direction = re.fullmatch(r"([A-Z]{2})(\d*)", code)
    if direction and direction[1] in DIRECTIONS:
        return DIRECTIONS[direction[1]], direction[2]
    numbered = re.fullmatch(r"([ZNE])(\d+)", code)
    if numbered:
        return numbered[1], numbered[2]
    if len(code) == 1:
        return LONE_LETTERS.get(code, ""), ""
    return LETTERS.get(code[-1:], ""), code[:-1]


def component_of_name(file_name: str) -> tuple[str, str]:
    """Return component and sensor code that the name of a file tells, or two empty strings."""
    for word in reversed(re.split(r"[.\s\-_]+", file_name.upper())):
        seed = len(word) == 3 and word[0] in SEED_BANDS and word[1] in SEED_INSTRUMENTS
        if seed or word in COMPONENTS or re.fullmatch(r"(UD|NS|EW)\d?", word):
            component, sensor = component_of(word)
            if component:
                return component, sensor
    return "", ""
