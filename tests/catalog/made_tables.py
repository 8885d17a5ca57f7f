"""Reading a small table in a test."""

from deepquake.catalog.events import Event
from deepquake.catalog.tables import is_table, read_table
from deepquake.core.report import Report


def read_text(text: str) -> tuple[list[Event], list[tuple[int | None, str]]]:
    """Return the events of a table, and line and message of what was reported."""
    assert is_table(text)
    report = Report()
    events = read_table(text, "file", report)
    return events, [(problem.line, problem.message) for problem in report.problems]
