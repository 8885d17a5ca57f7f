"""Catalogues and pick lists in tables with a header: CSV, |, tabs or blanks between columns.

Columns are told by their names, numbers and times by their form.
"""

from collections import Counter
from collections.abc import Collection
from functools import partial

from deepquake.catalog.around_tables import IN_UTC, with_lines_around
from deepquake.catalog.cells import is_number, is_time, settle_dates, tells_utc
from deepquake.catalog.columns import (
    Header,
    header_of,
    kind_of_table,
    rows_of_table,
)
from deepquake.catalog.depths import settle_depths
from deepquake.catalog.event_tables import (
    USED_COLUMNS,
    event_of_row,
    is_reviewed,
    no_event,
    settle_distances,
    without_repeats,
)
from deepquake.catalog.events import Event, keep_possible
from deepquake.catalog.picks.tables import events_of_picks
from deepquake.core.errors import DeepQuakeError, at
from deepquake.core.report import Departures, Report

RENAMED_TO = {
    "time": "time (2014-08-24T00:01:05.5, in UTC)",
    "latitude": "latitude (degrees)",
    "longitude": "longitude (degrees)",
}
EXAMPLE = "time,latitude,longitude,depth,magnitude"


def is_table(text: str) -> bool:
    """Return whether a text begins with the header of a catalogue or of a list of picks."""
    return kind_of_table(header_of(text)) != ""


def why_no_table(text: str) -> str:
    """Return why a text that looks like a table can't be read and what to do, "" for another."""
    header = header_of(text)
    known = [
        f"{name.strip()} ({column})" if name.strip() != column else column
        for name, column in zip(header.names, header.columns, strict=True)
        if column
    ]
    if len(known) < 2:
        return _why_without_header(header)
    columns = {*header.columns}
    if not columns & {*USED_COLUMNS, "phase"} - {"latitude", "longitude", "event_id", "kind"}:
        return ""  # of stations, perhaps
    missing = [name for name in ("latitude", "longitude") if name not in columns]
    if not columns & {"time", "origin_time", "utc_timestamp", "date", "year", "decimal_year"}:
        missing.insert(0, "time")
    if "station" in columns:  # of picks
        missing = [name for name in ("time", "phase") if name not in columns]
    unknown = [n.strip() for n, c in zip(header.names, header.columns, strict=True) if not c]
    not_known = f"; not known: {', '.join(unknown)}" if any(unknown) else ""
    needed = ", ".join(RENAMED_TO.get(name, name) for name in missing)
    if "time" in missing and any(IN_UTC.search(name) for name in header.names):
        needed += ". A date beside a time of day in UTC must say UTC too, as in 'Date UTC'"
    return (
        "is not a catalogue: its columns are not all known. "
        f"Recognised: {', '.join(known)}{not_known}. Missing: {', '.join(missing)}. "
        f"Rename the columns that hold these, in line {header.line}, to {needed}"
    )


def _why_without_header(header: Header) -> str:
    """Return what to do with rows of times and numbers that have no header above them."""
    values = [value.strip() for value in header.names]
    first = next((n for n, value in enumerate(values) if is_time(value)), None)
    numbers = [n for n, value in enumerate(values) if is_number(value)]
    if first is None or len(numbers) < 2 or numbers[0] < first:
        return ""  # of stations, perhaps, with the times from which on they were there
    left, right = numbers[:2]
    return (
        "is not a catalogue: a table without a header, whose columns "
        f"{left + 1} and {right + 1} ({values[left]} and {values[right]}) may be latitude and "
        "longitude, or longitude and latitude. Write the names of the columns above the first row, "
        f"such as {EXAMPLE}"
    )


def read_table(
    text: str, name: str, report: Report, no_events: set[str] | None = None
) -> list[Event]:
    """Return the events of a text that ``is_table``.

    Depth is in km (column depth_m: metres, and so where the depths of all rows tell), times are
    UTC, ISO 8601 or seconds since 1970, unless a column says how far from UTC they are.

    Parameters
    ----------
    text : str
        Content of the file.
    name : str
        What the file is called in messages and in the events.
    report : Report
        Is told of rows left out and values not understood.
    no_events : set of str, optional
        Is given the ids of the rows that are no events by their type or status.

    Raises
    ------
    DeepQuakeError
        Where the times are local, and nothing says how far from UTC.
    """
    header = with_lines_around(header_of(text), text)
    if header.refusal and not _rows_tell_utc(text, header):
        raise DeepQuakeError(f"{at(name, header.line)}: {header.refusal}")
    departures = Departures(name, report)
    if kind_of_table(header) == "picks":
        events = events_of_picks(text, header, departures)
    else:
        note_unused(header, used=USED_COLUMNS, departures=departures)
        if "utc_offset" in header.columns:
            zone = header.names[header.columns.index("utc_offset")].strip()
            departures.note(header.line, f"times are brought to UTC by column '{zone}'")
        events = _events_of_rows(text, header, departures, no_events=no_events)
    if told := settle_depths(events):
        departures.note(header.line or 1, told)
    for event in events:
        for message in keep_possible(event):
            departures.note(event.source_line or 1, message)
    return events


def note_unused(header: Header, used: Collection[str], departures: Departures) -> None:
    """Tell, in one note, which columns of the location are missing and which are not used.

    Parameters
    ----------
    header : Header
        Of the table.
    used : collection of str
        The columns that a table of its kind needs, as we call them.
    departures : Departures
        Is told.
    """
    columns = {*header.columns} | ({"depth"} if "depth_m" in header.columns else set())
    missing = [name for name in ("latitude", "longitude", "depth") if name not in columns]
    named = zip(header.names, header.columns, strict=True)
    unused = [name.strip() for name, column in named if column not in used and name.strip()]
    said = [f"no column of {' or '.join(missing)} found"] if missing else []
    said += [f"columns not used: {', '.join(unused)}"] if unused else []
    if unused:
        departures.note(header.line or 1, "; ".join(said))


def _rows_tell_utc(text: str, header: Header) -> bool:
    rows = rows_of_table(text, header, Departures("", Report()))
    return all(tells_utc(cells) for _, cells in rows)


def _events_of_rows(
    text: str, header: Header, departures: Departures, no_events: set[str] | None
) -> list[Event]:
    rows = list(rows_of_table(text, header, departures))
    settle_dates(rows, departures.note)
    settle_distances(rows, departures.note)
    events, reviewed = [], []
    without: Counter[str] = Counter()  # rows that are no events
    first = 0
    for line, cells in rows:
        if word := no_event(cells):
            without[word] += 1
            first = first or line
            if no_events is not None and "event_id" in cells:
                no_events.add(cells["event_id"])
            continue
        try:
            event = event_of_row(cells, partial(departures.note, line))
        except ValueError as error:
            departures.skip(line, f"row not understood ({error}): left out")
            continue
        if event.origin_time is None:
            departures.skip(line, "row without a time: left out")
            continue
        event.source_file, event.source_line = departures.name, line
        events.append(event)
        reviewed.append(is_reviewed(cells))
    if without:
        words = ", ".join(f"{count} {word}" for word, count in without.items())
        departures.skip(first, f"rows that are no events, by their type or status: {words}")
    return without_repeats(events, reviewed, departures.note)
