"""Catalogues and pick lists in tables with a header: CSV, |, tabs or blanks between columns.

Columns are told by their names, numbers and times by their form.
"""

from functools import partial

from deepquake.catalog.columns import header_of, kind_of_table, note_missing, rows_of_table
from deepquake.catalog.event_tables import event_of_row
from deepquake.catalog.events import Event
from deepquake.catalog.pick_tables import events_of_picks
from deepquake.core.report import Departures, Report


def is_table(text: str) -> bool:
    """Return whether a text begins with the header of a catalogue or of a list of picks."""
    return kind_of_table(header_of(text)) != ""


def read_table(text: str, name: str, report: Report) -> list[Event]:
    """Return the events of a text that ``is_table``.

    Depth is in km (column depth_m: metres), times are UTC, ISO 8601 or seconds since 1970.

    Parameters
    ----------
    text : str
        Content of the file.
    name : str
        What the file is called in messages and in the events.
    report : Report
        Is told of rows left out and values not understood.
    """
    header = header_of(text)
    departures = Departures(name, report)
    if kind_of_table(header) == "picks":
        return events_of_picks(text, header, departures)
    note_missing(header, departures)
    events = []
    for line, cells in rows_of_table(text, header, departures):
        try:
            event = event_of_row(cells, partial(departures.note, line))
        except ValueError as error:
            departures.skip(line, f"row not understood ({error}): left out")
            continue
        if event.origin_time is None:
            departures.skip(line, "row without a time: left out")
            continue
        event.source_file, event.source_line = name, line
        events.append(event)
    return events
