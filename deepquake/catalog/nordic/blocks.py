"""Cutting a Nordic file into events: which type a line is of, and where an event ends.

Analysts leave out the blank line between events and the letter in column 80, and put blank lines
and comments anywhere; what is assumed of such lines is reported once per file.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

from deepquake.catalog.nordic.lines import KNOWN_TYPES, Origin, is_dated, is_pick, parse_origin
from deepquake.core.report import Departures

SAME_ORIGIN_S = 10.0  # two agencies on one event differ by less
# No header line of any type, nor a blank one: what _typed_line takes for a pick, too.
PICK_AMONG_PICKS = re.compile(r" (?!\d{4}|STAT|ACTI|GAP=)")
HEADERS_BEGIN = frozenset("0123456789SAG")  # what is none of these begins no header: faster
AZIMUTH_ENDS = frozenset("123567")  # digits that are types as well
MOST_ORIGINS = 20  # that the header of an event has
OTHER_EVENT_S = 600.0  # origins further apart than this are of different events, whoever's


@dataclass(slots=True)
class EventBlock:
    """The lines of an event, each with its number in the file, by type; and their origins."""

    first: int
    lines: dict[str, list[tuple[int, str]]] = field(default_factory=dict)  # " " of picks
    origins: list[Origin] = field(default_factory=list)
    blank: int = 0  # number of the blank line seen after the lines so far
    broken: bool = False  # its line of type 1 could not be read

    @property
    def last(self) -> int:
        """The number of the last line."""
        return max(lines[-1][0] for lines in self.lines.values())


def event_blocks(lines: list[str], departures: Departures) -> Iterator[EventBlock]:
    """Yield the blocks of lines that belong to one event each.

    Parameters
    ----------
    lines : list of str
        All lines of a file.
    departures : Departures
        Is told what had to be assumed.
    """
    block: EventBlock | None = None
    picks: list[tuple[int, str]] | None = None  # of the block, while nothing is between them
    text = "".join(lines)
    untabbed = "\t" not in text and "\0" not in text
    for number, line in enumerate(lines, 1):
        line = line.rstrip()
        if (
            picks is not None
            and 1 < len(line) < 80
            and untabbed
            and line[0] == " "
            and (line[1] not in HEADERS_BEGIN or PICK_AMONG_PICKS.match(line))
        ):
            picks.append((number, line))  # most lines: the short way
            continue
        picks = None
        note = partial(departures.note, number)
        in_picks = block is not None and (" " in block.lines or "7" in block.lines)
        line, kind = _typed_line(line, in_picks, note)
        if not kind:
            if block is not None:
                block.blank = block.blank or number
            continue
        origin = parse_origin(line, number) if kind == "1" else None
        header = (
            block is not None and kind == "1" and _goes_on(lines[number : number + MOST_ORIGINS])
        )
        if block is None or _begins_event(kind, origin, block, in_header=header, note=note):
            if block is not None:
                yield block
            block = EventBlock(number)
        elif block.blank and kind != "1":
            departures.note(block.blank, "blank line within an event: read on")
        if kind == "1":
            if origin is not None:
                block.origins.append(origin)
            elif not block.origins:
                block.broken = True
            else:
                note("further line of type 1 without a date: passed over")
        block.lines.setdefault(kind, []).append((number, line))
        block.blank = 0
        picks = block.lines.get(" ")
    if block is not None:
        if not block.blank:
            departures.note(block.last, "no blank line after the last event: taken as complete")
        yield block


def kind_by_content(line: str) -> str:
    """Return the type of a line without a letter in column 80; "3", a comment, is the rest."""
    text = line.strip()
    if text.startswith(("STAT SP", "STAT COM")):
        return "7"
    if "ID:" in text and text[:7].upper() in ("ACTION:", "OLDACT:"):
        return "I" if text[0] in "Aa" else "3"
    if text.startswith("GAP="):
        return "E"
    if line[1:5].isdecimal() and line[5:6] == " ":
        if is_dated(line):
            return "H" if line[21:22].isdecimal() else "1"
        return "3"
    if text[:4].isdecimal() and text[4:5] == "-" and " " not in text:
        return "6"
    return "3"


def _typed_line(line: str, in_picks: bool, note: Callable[[str], None]) -> tuple[str, str]:
    """Return a line, mended, and its type: "" blank, " " pick, or the letter."""
    if not line or line == "\x1a":  # Ctrl-Z ended files under DOS
        return line, ""
    if "\t" in line:
        line = _without_tabs(line, note)
    if "\0" in line and "\0" not in line[1:6]:  # no guess at the code of a station
        note("null character: read as a blank")
        line = line.replace("\0", " ").rstrip()
    tag = line[79:80]
    if len(line) > 80:
        tag = line[-1] if line[-1] in KNOWN_TYPES else tag
        note("line of more than 80 columns: the rest is passed over")
    if tag in KNOWN_TYPES and tag != "4":
        if in_picks and tag in AZIMUTH_ENDS and _is_shifted_pick(line, tag):
            note(f"pick with a {tag} in column 80: its columns are shifted")
            return line, " "
        return line, tag
    if tag not in ("", " ", "4"):
        note(f"line of unknown type '{tag}': passed over")
        return line, "3"
    if tag == "4":
        return line, " "
    header = line[:1] != " " or line[1:5].isdecimal() or line[1:5] in ("STAT", "ACTI", "GAP=")
    kind = kind_by_content(line) if header or not in_picks else "3"
    if kind == "3" and (in_picks or is_pick(line)):
        return line, " "
    read_as = "a comment" if kind == "3" else f"a line of type {kind}"
    note(f"no type letter in column 80: read as {read_as}")
    return line, kind


def _without_tabs(line: str, note: Callable[[str], None]) -> str:
    """Return a line with blanks for its tabs: as many as make it a line we know."""
    expanded, single = line.expandtabs(8), line.replace("\t", " ")
    known = [text for text in (expanded, single) if is_pick(text) or kind_by_content(text) != "3"]
    if known == [single] and single != expanded:
        note("tab: read as one blank")
        return single
    note("tab: read as blanks up to the next eighth column")
    return expanded


def _is_shifted_pick(line: str, tag: str) -> bool:
    """Return whether a line is a pick whose azimuth came to end in column 80, where types stand.

    A blank too many before the time pushes it there.
    """
    if (tag == "1" and is_dated(line)) or (tag == "7" and line.lstrip().startswith("STAT ")):
        return False
    if tag != "3" and is_pick(line):
        return True
    blanks = (i for i, letter in enumerate(line[:27]) if letter == " ")
    return any(is_pick(line[:i] + line[i + 1 :]) for i in blanks)


def _goes_on(lines: list[str]) -> bool:
    """Return whether lines of other types follow those of type 1, as in the header of an event."""
    for line in lines:
        if not line.strip():
            return False
        if (line[79:80].strip() or kind_by_content(line)) != "1":
            return True
    return False


def _begins_event(
    kind: str,
    origin: Origin | None,
    block: EventBlock,
    in_header: bool,
    note: Callable[[str], None],
) -> bool:
    """Return whether a line of this type belongs to a new event and not to ``block``.

    ``in_header`` says that lines of other types follow it.
    """
    has_picks = " " in block.lines
    if kind == "1":
        if block.blank:
            return bool(block.origins or block.broken or has_picks)
        begins = has_picks
        if block.origins and not begins:
            begins = "7" in block.lines or (
                origin is not None and _is_other_event(origin, block, in_header)
            )
        if begins and block.lines.keys() != {"1"}:
            note("no blank line between events: a new one begins here")
        return begins
    if kind == " ":
        return False
    if block.blank:
        return kind != "7" or has_picks or "7" in block.lines
    # Comments may stand anywhere; other header lines after picks are of an event that lost its
    # line of type 1.
    return has_picks and kind not in "3F"


def _is_other_event(origin: Origin, block: EventBlock, in_header: bool) -> bool:
    """Return whether a further line of type 1 is another event.

    A header may hold the origins of several agencies, and lines with more magnitudes; a compact
    catalogue has nothing but one line of type 1 an event.
    """
    main = block.origins[0]
    if origin.time is None or main.time is None:
        return False
    apart = abs(origin.time - main.time)
    located, same_agency = origin.latitude is not None, origin.agency == main.agency
    if block.lines.keys() == {"1"}:
        if in_header and apart <= (SAME_ORIGIN_S if same_agency else OTHER_EVENT_S):
            return False
        if apart <= SAME_ORIGIN_S:
            return located and same_agency and apart > 0
        return located or main.latitude is None or origin.latest == origin.time
    far = apart > (SAME_ORIGIN_S if same_agency else OTHER_EVENT_S)
    return (far and located) or (apart > OTHER_EVENT_S and "I" in block.lines)
