"""What the lines around the header of a table say: its title, its units, letters of hemispheres."""

import re
from dataclasses import replace

from deepquake.catalog.columns import (
    HEMISPHERES,
    SIDE_OF,
    UNKNOWN,
    ZONE,
    Header,
    as_header,
    cut_row,
    plain_header,
)
from deepquake.catalog.events import POSSIBLE_MAGNITUDES

LOCAL_TIME = re.compile(
    r"\b(?:local\s+(?:standard\s+|daylight\s+)?time|(?:standard|daylight)\s+time"
    r"|(?:hora|tiempo)s?\s+(?:local|legal|oficial)(?:es)?|hlv|jst)\b",
    re.IGNORECASE,
)
IN_UTC = re.compile(r"\b(?:utc|gmt|tu|universal)\b(?!\s*[-+]\s*\d)", re.IGNORECASE)
UNIT = re.compile(
    r"\(?(?:deg|degrees?|grados|°|º|m|km|kms|meters|metres|metros|kilomet(?:er|re)s|utc|gmt|local"
    r"|s|sec|seconds)\)?",
    re.IGNORECASE,
)
WITH_SECONDS = {"second", "time", "origin_time"}
MILLISECONDS = re.compile(r"\d{1,3}", re.ASCII)
TRIED_ROWS = 20  # for letters of the hemisphere in a column that no name tells


def with_lines_around(header: Header, text: str) -> Header:
    """Return a header with what the lines above and below it say of its columns.

    Parameters
    ----------
    header : Header
        Of the table.
    text : str
        Of the file.

    Returns
    -------
    Header
        With the units of a row of units; refused where a title says that times are local.
    """
    lines = [line.strip() for line in text[:20000].split("\n")]
    if header.line:
        header = _with_units(header, lines)
    header = _with_letters(header, lines[header.line :])
    header = _with_milliseconds(header, text.split("\n")[header.line :])
    above = [line for line in lines[: header.line] if line][:-1]
    if header.line == 0:
        above = [line for line in lines if line.startswith("#")]
    if header.refusal or "utc_offset" in header.columns or "zone" in header.columns:
        return header
    if any(IN_UTC.search(line.replace("_", " ")) for line in (*above, *header.names)):
        return header
    told = next(
        (line for line in above if LOCAL_TIME.search(line) or ZONE.search(line.lower())), ""
    )
    if told:
        refusal = (
            f"'{told[:60]}' above the table says that its times are local: add a column utc_offset "
            "(such as -04:00 or America/Caracas), or write them in UTC and say so there"
        )
        return replace(header, refusal=refusal)
    return header


def _with_units(header: Header, lines: list[str]) -> Header:
    """Return a header with the units below it put behind its names, and its line that of these."""
    number = next((n for n, line in enumerate(lines[header.line :], header.line + 1) if line), 0)
    values = cut_row(lines[number - 1].lstrip("# "), header.separator) if number else None
    if values is None or len(values) != len(header.names):
        return header
    units = [value.strip().strip('"') for value in values]
    if any(c.isdigit() for unit in units for c in unit) or not any(map(UNIT.fullmatch, units)):
        return header
    pairs = zip(header.names, units, strict=True)
    names = [
        f"{name} ({unit.strip('()')})" if UNIT.fullmatch(unit) else name for name, unit in pairs
    ]
    return as_header(names, line=number, separator=header.separator)


def _with_letters(header: Header, lines: list[str]) -> Header:
    """Return a header in which a column behind an angle that holds its letters alone is known."""
    rows = [cut_row(line, header.separator) for line in lines if line and line[0] != "#"]
    values = [row for row in rows[:TRIED_ROWS] if row and len(row) == len(header.columns)]
    columns = list(header.columns)
    for angle, letters in HEMISPHERES.items():
        if angle not in columns or SIDE_OF[angle] in columns:
            continue
        index = columns.index(angle) + 1
        said = {row[index].strip().upper() for row in values} if index < len(columns) else set()
        if said and said <= {*letters} and columns[index] == "":
            columns[index] = SIDE_OF[angle]
    return header if columns == header.columns else replace(header, columns=columns)


def _with_milliseconds(header: Header, lines: list[str]) -> Header:
    """Return a header in which ``ms`` beside whole seconds is the milliseconds, if it can be so.

    Milliseconds are whole, and up to 999; no magnitude is above 11. Where all are whole and none
    above, right behind the seconds, the column can be either, and the table is refused.
    """
    names = [plain_header(name)[0] for name in header.names]
    clocks = [n for n, column in enumerate(header.columns) if column in WITH_SECONDS]
    if not clocks or "ms" not in names:
        return header
    index = names.index("ms")
    rows = [cut_row(line, header.separator) for line in lines if line.strip() and line[0] != "#"]
    values = [row for row in rows if row and len(row) == len(header.columns)]
    written = {row[index].strip() for row in values if row[index].strip().lower() not in UNKNOWN}
    whole = all(MILLISECONDS.fullmatch(text) for text in written)
    if not written or not whole or any("." in row[n] for row in values for n in clocks):
        return header
    most = max(map(int, written))
    if most <= POSSIBLE_MAGNITUDES[1] and index - 1 not in clocks:
        return header
    if 0 < most <= POSSIBLE_MAGNITUDES[1]:
        refusal = (
            f"column '{header.names[index].strip()}' may be milliseconds or magnitudes Ms: call it "
            "millisecond or magnitude_ms"
        )
        return replace(header, refusal=refusal)
    columns = ["millisecond" if n == index else its for n, its in enumerate(header.columns)]
    return replace(header, columns=columns)
