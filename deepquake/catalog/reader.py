"""Catalogues of any format, told apart by their content, one file or a whole folder of them."""

from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from deepquake.catalog.catalog_json import read_catalog_json
from deepquake.catalog.events import (
    Event,
    event_time,
    is_located,
    is_p,
    is_s,
    is_usable,
)
from deepquake.catalog.merge import merge_duplicates, without_copies
from deepquake.catalog.nordic.reader import events_of, is_nordic, text_of
from deepquake.catalog.tables import is_table, parse_table
from deepquake.core import workers as parallel
from deepquake.core.config import Config
from deepquake.core.errors import DeepQuakeError
from deepquake.core.files import read_bytes
from deepquake.core.progress import progress
from deepquake.core.report import Report
from deepquake.core.times import iso

CATALOG_JSON = "catalog.json"  # the name of our own format
HEAD = 4096
FILES_PER_TASK = 200  # so many s-files take longer to read than to hand to a process
BINARY_SHARE = 0.01  # of null bytes: more than a text file ever holds


@dataclass
class Content:
    """What one file holds: its events and problems, or why it is not a catalogue."""

    path: Path
    events: list[Event] = field(default_factory=list)
    format_name: str = ""
    report: Report = field(default_factory=Report)
    error: str = ""


@dataclass
class Found:
    """What was read from a file or a folder."""

    events: list[Event] = field(default_factory=list)
    files: int = 0  # of them read
    passed_over: int = 0  # files that are no catalogue
    merged: int = 0  # events that were in two files
    formats: dict[str, int] = field(default_factory=dict)


def read_catalogues(
    files: Sequence[Path], report: Report, strict: bool = False, config: Config | None = None
) -> Found:
    """Return the events of all files, those that are in two of them merged.

    A file that is not a catalogue is reported and passed over. With ``strict`` the first departure
    from the Nordic format is a DeepQuakeError. With ``config`` several processes may share the
    work, as it says.
    """
    found = Found()
    copies: list[tuple[Event, Path]] = []
    with closing(_contents(files, report, config)) as contents:
        for content in progress(contents, len(files), "files"):
            if content.error:
                report.skip(content.path, content.error)
                found.passed_over += 1
                continue
            problems = content.report.problems
            if strict and content.format_name == "Nordic" and problems:
                first, *rest = problems
                more = f" (and {len(rest)} more like this in the file)" if rest else ""
                raise DeepQuakeError(f"{first}{more}; --strict 0 reads it all the same")
            report.merge(content.report)
            found.events.extend(content.events)
            if content.format_name == CATALOG_JSON:
                copies.extend((event, content.path) for event in content.events)
            found.files += 1
            found.formats[content.format_name] = found.formats.get(content.format_name, 0) + 1
    total = len(found.events)
    found.events = without_copies(found.events, copies, report)
    found.events = merge_duplicates(found.events, report)
    found.merged = total - len(found.events)
    return found


def _contents(
    files: Sequence[Path], report: Report, config: Config | None
) -> Generator[Content, None, None]:
    """Yield what each file holds, in order, read by the processes that ``config`` asks for."""
    if config is None:
        yield from map(_read_file, files)
        return
    shares = [files[i : i + FILES_PER_TASK] for i in range(0, len(files), FILES_PER_TASK)]
    done = parallel.run_tasks(
        function=_read_files,
        tasks=shares,
        run=config.run,
        report=report,
        name=lambda some: f"{some[0]} ...",
    )
    with closing(done):
        for contents in done:
            yield from contents


def _read_files(files: Sequence[Path]) -> list[Content]:
    return [_read_file(path) for path in files]


def _read_file(path: Path) -> Content:
    problems = Report()
    try:
        events, format_name = read_any(path, problems)
    except DeepQuakeError as error:
        message = str(error).removeprefix(f"{path}: ").removeprefix(f"{path}, ")
        return Content(path, error=message)
    return Content(path, events, format_name, problems)


def read_any(path: Path | str, report: Report) -> tuple[list[Event], str]:
    """Return the events of one file and the name of its format.

    Raises DeepQuakeError where it can't be read or is not a catalogue. ObsPy is imported only for
    a file that is neither Nordic nor JSON nor a table.
    """
    content = read_bytes(path)
    head = content[:HEAD]
    if not content.strip():
        raise DeepQuakeError(f"{path}: is empty")
    if head.count(0) > BINARY_SHARE * len(head):
        raise DeepQuakeError(f"{path}: is not a catalogue: not a text file")
    text = text_of(content, path, report)
    begin = text.lstrip()[:1]
    if begin in "{[":
        return _from(read_catalog_json(path, report), path), CATALOG_JSON
    if begin == "<":
        if "FDSNStationXML" in text[:HEAD]:
            raise DeepQuakeError(f"{path}: is not a catalogue: a StationXML inventory")
    elif is_nordic(text):
        return events_of(text, str(path), report), "Nordic"
    elif is_table(text):
        return parse_table(text, str(path), report), "table"
    from deepquake.catalog.obspy_formats import read_with_obspy

    return read_with_obspy(path, content, report), "read by ObsPy"


def describe(found: Found) -> str:
    """Return, in a few lines, what was found: files, events, picks, what is missing, time span."""
    events = found.events
    p_count = sum(is_p(pick.phase) for event in events for pick in event.picks)
    s_count = sum(is_s(pick.phase) for event in events for pick in event.picks)
    unused = sum(not is_usable(pick) for event in events for pick in event.picks)
    times = [t for t in (event_time(event) for event in events) if t is not None]
    formats = ", ".join(f"{count} {name}" for name, count in sorted(found.formats.items()))
    lines = [
        f"files read:              {found.files} ({formats})",
        f"files passed over:       {found.passed_over}",
        f"events:                  {len(events)}",
        f"P picks:                 {p_count}",
        f"S picks:                 {s_count}",
        f"picks of weight 4:       {unused} (not used)",
        f"events without location: {sum(not is_located(event) for event in events)}",
        f"events without picks:    {sum(not event.picks for event in events)}",
        f"merged duplicates:       {found.merged}",
        f"stations with a pick:    {len({p.station for e in events for p in e.picks})}",
    ]
    if times:
        lines.append(f"time span:               {iso(min(times))} to {iso(max(times))}")
    return "\n".join(lines)


def _from(events: list[Event], path: Path | str) -> list[Event]:
    """Give events of an old catalogue, which do not say so themselves, their source."""
    for event in events:
        if not event.source_file:
            event.source_file = str(path)
    return events
