"""report.html: what was searched and found, as one page that needs no network."""

from collections import Counter
from functools import lru_cache
from pathlib import Path

import jinja2

from deepquake.core.files import write_text
from deepquake.core.report import Report
from deepquake.core.settings import Settings
from deepquake.core.text import printable
from deepquake.detection.outputs.report_rows import (
    ReportContent,
    event_columns,
    event_details,
    event_row,
    headline_counts,
    missed_details,
    missed_row,
    station_rows,
    what_was_searched,
)
from deepquake.detection.stations import FALSE_ALARM

MOST_SECTIONS, MOST_MISSED = 150, 50  # more pictures make a page that no browser likes


def write_report(path: Path, content: ReportContent, settings: Settings, report: Report) -> None:
    """Write the page, whole or not at all; where ``plot`` is off, without its pictures.

    Parameters
    ----------
    path : Path
        The page.
    content : ReportContent
        What it is of.
    settings : Settings
        How records are filtered, when waves arrive, and the workers.
    report : Report
        Is told of pictures that were not drawn.
    """
    drawn, missed = chosen_events(content), []
    pictures: dict[str, str] = {}
    if settings.run.plot:
        from deepquake.detection.outputs.report_pictures import page_pictures  # Matplotlib

        missed = content.missed[:MOST_MISSED]
        pictures = page_pictures(content, drawn, missed, settings=settings, report=report)
    page = _page().render(
        title=printable(content.title),
        searched=what_was_searched(content, settings),
        told=content.told,
        counts=headline_counts(content),
        not_located=Counter(e.why_not_located for e in content.events if e.origin is None).items(),
        has_pictures=settings.run.plot,
        map=pictures.get("where", ""),
        timeline=pictures.get("when", ""),
        columns=event_columns(content),
        rows=[
            event_row(number, event, content, linked=number in drawn)
            for number, event in enumerate(content.events)
        ],
        stations=station_rows(content),
        has_catalogue=content.expected is not None,
        sections=[event_details(k, content.events[k], content, pictures) for k in drawn],
        left_out=len(content.events) - len(drawn),
        missed=[missed_row(k, content, linked=k in missed) for k in content.missed],
        missed_sections=[missed_details(k, content, pictures) for k in missed],
    )
    write_text(path, page)


def chosen_events(content: ReportContent) -> list[int]:
    """Return which events have a record section: all or, of very many, those that a catalogue calls
    false (a third at most), and those with most arrivals."""
    events = content.events
    false = [k for k, event in enumerate(events) if event.outcome == FALSE_ALARM]
    false.sort(key=lambda k: (-len(events[k].arrivals), k))
    first = set(false[: MOST_SECTIONS // 3])
    best = sorted(range(len(events)), key=lambda k: (k not in first, -len(events[k].arrivals), k))
    return sorted(best[:MOST_SECTIONS])


@lru_cache(maxsize=1)
def _page() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html.j2")
