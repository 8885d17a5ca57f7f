"""Catalogues of any format, told apart by their content: one file, many, or a whole folder."""

import os
import re
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from deepquake.catalog.catalog_json import read_catalog_json
from deepquake.catalog.depths import settle_depths
from deepquake.catalog.events import (
    Event,
    Pick,
    arrange,
    event_time,
    id_of,
    is_located,
    is_usable,
    s_before_p,
    wave_of,
)
from deepquake.catalog.locators.formats import locator_format_of
from deepquake.catalog.merge import merge_duplicates, without_copies, without_no_events
from deepquake.catalog.nordic.reader import is_nordic, read_nordic
from deepquake.catalog.nordic.review import use_reviewed
from deepquake.catalog.phases import phases_not_known
from deepquake.catalog.picks.groups import StationPlaces
from deepquake.catalog.picks.loose import group_loose
from deepquake.catalog.tables import is_table, read_table, why_no_table
from deepquake.core.errors import DeepQuakeError, short
from deepquake.core.files import decode_text, files_below, is_utf16
from deepquake.core.magic import HEAD_BYTES, other_kind
from deepquake.core.progress import progress
from deepquake.core.report import Report
from deepquake.core.settings import RunSettings
from deepquake.core.text import number_of, printable, size_of
from deepquake.core.times import iso
from deepquake.core.workers import run_tasks

CATALOG_JSON = "catalog.json"  # the name of the format that the steps share
START_BYTES = 1 << 16  # bytes: most files are read by one call
LARGE_CATALOG, LARGEST_CATALOG = 1 << 26, 1 << 31  # bytes: a large one must begin as a catalogue
FILES_PER_TASK = 200  # this many s-files take longer to read than to hand to a process
ALONE = RunSettings(workers=1)
# messages of the GSE and the IMS (ISF), which ObsPy reads
BULLETIN = re.compile(r"^(BEGIN\s+(GSE|IMS)|DATA_TYPE\s+(BULLETIN|EVENT))", re.I | re.M)
DELETED_NAME = "DELET"
DELETED_EVENTS = {DELETED_NAME, f"{DELETED_NAME}_"}  # folders of SEISAN below REA
# shares of null bytes, and of other control characters, that are more than a text ever holds
BINARY_SHARE, CONTROL_SHARE = 0.01, 0.05
CONTROLS = bytes({*range(1, 32)} - {*b"\t\n\v\f\r"})


@dataclass
class Content:
    """What one file holds: its events and problems, or why it is not a catalogue."""

    path: Path
    events: list[Event] = field(default_factory=list)
    format_name: str = ""
    report: Report = field(default_factory=Report)
    error: str = ""
    no_events: set[str] = field(default_factory=set)  # ids that its rows call deleted or the like


@dataclass
class Catalog:
    """The events of one file or many, and what these files were."""

    events: list[Event] = field(default_factory=list)
    files: int = 0  # of them read
    passed_over: int = 0  # files that are not catalogues
    merged: int = 0  # events that were in two files
    untouched: int | None = None  # events that no person has touched, where that was asked
    formats: Counter[str] = field(default_factory=Counter)


def read_catalog(path: Path | str, report: Report | None = None) -> list[Event]:
    """Return the events of a catalogue of any format: a file, or every file of a folder.

    Nordic (SEISAN) files, tables of events or picks, files of location programs, catalog.json
    files, QuakeML and every other format ObsPy reads; events that are in two files are merged. (To
    read a catalog.json that step 0 has written ``catalog_json.read_catalog_json`` is enough, and
    refuses anything else.)

    Parameters
    ----------
    path : Path or str
        The file, or a folder; hidden files are left out.
    report : Report, optional
        Is told what was odd and what was left out; without it that is printed on stderr.

    Returns
    -------
    list of Event
        In order of time, each with an id of its own.

    Raises
    ------
    DeepQuakeError
        Where ``path`` does not exist, or no event is in it.
    """
    told = Report() if report is None else report
    files = files_below(Path(path), report=told)
    if len(files) == 1:
        events = merge_duplicates(read_file(files[0], told)[0], told)
    else:
        events = read_files(files, told).events
    if report is None:
        told.print_summary()
    if not events:
        raise DeepQuakeError(f"{path}: no event in {number_of(len(files), 'file')}")
    return arrange(events)


def read_files(
    files: Sequence[Path],
    report: Report,
    strict: bool = False,
    only_reviewed: bool = False,
    run: RunSettings = ALONE,
    places_of: Callable[[], StationPlaces] = dict,
) -> Catalog:
    """Return the events of all files, those that are in two of them merged.

    Parameters
    ----------
    files : sequence of Path
        A file that is not a catalogue is reported and passed over.
    report : Report
        Is told what was odd and what was left out.
    strict : bool
        Makes the first departure from the Nordic format an error.
    only_reviewed : bool
        Uses only what a person has touched, as ``use_reviewed`` tells.
    run : RunSettings
        Who shares the work.
    places_of : callable, optional
        Returns latitude and longitude of stations by code, by which picks without events are told
        apart; called only where there are such picks.

    Returns
    -------
    Catalog
        Events in the order of the files.

    Raises
    ------
    DeepQuakeError
        With ``strict``.
    """
    files = _without_deleted(files, report)
    catalog = Catalog()
    copies: list[tuple[Event, Path]] = []
    no_events: set[str] = set()
    with closing(_contents(files, report, run)) as contents:
        for content in progress(contents, len(files), "files"):
            if content.error:
                report.skip(content.path, content.error)
                catalog.passed_over += 1
                continue
            problems = content.report.problems
            if strict and content.format_name == "Nordic" and problems:
                first, *rest = problems
                more = f" (and {len(rest)} more like this in the file)" if rest else ""
                raise DeepQuakeError(f"{first}{more}; --strict 0 reads it all the same")
            report.merge(content.report)
            catalog.events.extend(content.events)
            no_events |= content.no_events
            if content.format_name == CATALOG_JSON:
                copies.extend((event, content.path) for event in content.events)
            catalog.files += 1
            catalog.formats[content.format_name] += 1
    if only_reviewed:
        catalog.untouched = use_reviewed(catalog.events)
    events = without_no_events(catalog.events, no_events, report)
    n_events = len(events)
    if copies:
        events = without_copies(events, copies, report)
    catalog.merged = n_events - len(events)
    events = group_loose(events, report, places_of)
    catalog.events = merge_duplicates(events, report) if len(events) > 1 else events
    catalog.merged += len(events) - len(catalog.events)
    return catalog


def read_picks(files: Sequence[Path], report: Report, run: RunSettings = ALONE) -> list[Pick]:
    """Return all picks of all files, whatever event each is of there.

    Parameters
    ----------
    files : sequence of Path
        A file that is not a catalogue, nor a list of picks, is reported and passed over.
    report : Report
        Is told what was odd and what was left out.
    run : RunSettings
        Who shares the work.

    Returns
    -------
    list of Pick
        In the order of the files; what is in two of them is there twice.
    """
    events, no_events = list[Event](), set[str]()
    files = _without_deleted(files, report)
    with closing(_contents(files, report, run)) as contents:
        for content in progress(contents, len(files), "files"):
            if content.error:
                report.skip(content.path, content.error)
                continue
            report.merge(content.report)
            events.extend(content.events)
            no_events |= content.no_events
    return [p for event in without_no_events(events, no_events, report) for p in event.picks]


def _without_deleted(files: Sequence[Path], report: Report) -> list[Path]:
    """Leave out what SEISAN keeps of deleted events: the data base DELET beside the others."""
    named = [path for path in files if DELETED_NAME in str(path)]  # much faster than the parts
    deleted = [path for path in named if DELETED_EVENTS & {*path.parts}]
    if deleted and len(deleted) < len(files):
        report.skip(deleted[0].parent, f"{len(deleted)} s-files of deleted events: left out")
        gone = set(deleted)
        return [path for path in files if path not in gone]
    return list(files)


def read_file(path: Path | str, report: Report) -> tuple[list[Event], str]:
    """Return the events of one file, and the name of its format.

    An S that does not come after the P of its station and event is told: one of them is wrong.

    ObsPy is imported only for a file that is neither Nordic nor JSON nor a table.

    Parameters
    ----------
    path : Path or str
        The file.
    report : Report
        Is told what was odd and what was left out.

    Raises
    ------
    DeepQuakeError
        Where the file can't be read or is not a catalogue.
    """
    events, format_name = _read_as_it_is(path, report, set())
    return group_loose(events, report), format_name


def _read_as_it_is(
    path: Path | str, report: Report, no_events: set[str]
) -> tuple[list[Event], str]:
    """Return what ``read_file`` does, picks without events in one event that is loose.

    ``no_events`` is given the ids of what the file calls no events.
    """
    events, format_name = _events_of(path, report, no_events)
    if (name := printable(path)) != str(path):
        for event in events:  # the name as a catalog.json will have it
            if event.source_file == str(path):
                event.source_file = name
    if told := settle_depths(events):
        report.note(path, told)
    for event in events:
        for station in s_before_p(event) if event.origin_time is not None else ():
            said = f"S of {station} is not after its P, in the event {id_of(event)}"
            report.note(path, said, event.source_line)
    return events, format_name


def _content_of(path: Path | str) -> bytes:
    """Return the content of a file; of one that cannot be a catalogue, only the start is read."""
    try:
        with open(path, "rb", buffering=0) as file:
            start = file.read(START_BYTES)
            size = len(start) if len(start) < START_BYTES else os.fstat(file.fileno()).st_size
            if why := _why_no_catalogue(start, size):
                raise DeepQuakeError(f"{path}: {why}")
            return start if size == len(start) else start + file.read()
    except OSError as error:
        raise DeepQuakeError(f"{path}: cannot be read: {error.strerror}") from None


def _why_no_catalogue(start: bytes, size: int) -> str:
    """Return why a file that begins with ``start`` is no catalogue; empty where it may be one."""
    head = start[:HEAD_BYTES]
    if kind := other_kind(head):
        return f"is not a catalogue, but {kind}"
    if not start.strip():
        return "is empty"
    n_controls = len(head) - len(head.translate(None, CONTROLS))
    is_binary = head.count(0) > BINARY_SHARE * len(head) or n_controls > CONTROL_SHARE * len(head)
    if is_binary and not is_utf16(start):
        return "is not a catalogue: not a text file"
    if size > LARGEST_CATALOG:
        return f"is too large for a catalogue ({size_of(size)}): split it"
    if size > LARGE_CATALOG and not _begins_as_catalogue(text := decode_text(start)):
        return why_no_table(text) or "is not a catalogue: not Nordic, and not a known table"
    return ""


def _begins_as_catalogue(text: str) -> bool:
    return (
        text.lstrip()[:1] in {*"{[<"}
        or is_nordic(text)
        or BULLETIN.search(text[:HEAD_BYTES]) is not None
        or locator_format_of(text) is not None
        or is_table(text)
    )


def _events_of(path: Path | str, report: Report, no_events: set[str]) -> tuple[list[Event], str]:
    content = _content_of(path)
    if b"\r" in content and b"\r\r\n" in content:  # the first looks faster
        report.note(path, "two CR before each LF: read as one line end")
    text = decode_text(content)
    begin = text.lstrip()[:1]
    if begin in "{[":
        events = read_catalog_json(path, report)
        for event in events:  # those of an old catalogue do not say where they are from
            event.source_file = event.source_file or str(path)
        return events, CATALOG_JSON
    if begin == "<":
        if "FDSNStationXML" in text[:HEAD_BYTES]:
            raise DeepQuakeError(f"{path}: is not a catalogue: a StationXML inventory")
        if re.match(r"\s*<(!doctype\s+)?html\b", text, re.I):
            raise DeepQuakeError(f"{path}: is not a catalogue: a web page (HTML)")
    elif is_nordic(text):
        return read_nordic(text, str(path), report), "Nordic"
    elif BULLETIN.search(text[:HEAD_BYTES]):
        pass  # its lines look like those of tables
    elif (locator := locator_format_of(text)) is not None:
        return locator.read(text, str(path), report), locator.name
    elif is_table(text):
        return read_table(text, str(path), report, no_events=no_events), "table"
    elif reason := why_no_table(text):
        raise DeepQuakeError(f"{path}: {reason}")
    from deepquake.catalog.obspy_formats import read_with_obspy

    return read_with_obspy(path, content, report), "read by ObsPy"


def describe_catalog(catalog: Catalog) -> str:
    """Return, in a few lines, what was found: files, events, picks, what is missing, time span."""
    events = catalog.events
    picks = [pick for event in events for pick in event.picks]
    waves: Counter[str] = Counter()
    for phase, count in Counter(pick.phase for pick in picks).items():
        waves[wave_of(phase)] += count
    times = [time for event in events if (time := event_time(event)) is not None]
    formats = ", ".join(f"{count} {name}" for name, count in sorted(catalog.formats.items()))
    lines = [
        f"files read:              {catalog.files} ({formats})",
        f"files passed over:       {catalog.passed_over}",
        f"events:                  {len(events)}",
        f"P picks:                 {waves['P']}",
        f"S picks:                 {waves['S']}",
        f"picks of weight 4:       {sum(not is_usable(pick) for pick in picks)} (not used)",
        f"events without location: {sum(not is_located(event) for event in events)}",
        f"events without picks:    {sum(not event.picks for event in events)}",
        f"merged duplicates:       {catalog.merged}",
        f"stations with a pick:    {len({pick.station for pick in picks})}",
    ]
    if catalog.untouched is not None:
        lines.insert(3, f"events not reviewed:     {catalog.untouched} (they only forbid noise)")
    if odd := phases_not_known(events):
        lines.append(f"phases not known:        {odd} (they only forbid noise)")
    if times:
        lines.append(f"time span:               {iso(min(times))} to {iso(max(times))}")
    return "\n".join(lines)


def _contents(
    files: Sequence[Path], report: Report, run: RunSettings
) -> Generator[Content, None, None]:
    """Yield what each file holds, in order, read by the processes that ``run`` asks for."""
    shares = [files[i : i + FILES_PER_TASK] for i in range(0, len(files), FILES_PER_TASK)]
    done = run_tasks(_contents_of, shares, run, report=report, name=lambda share: f"{share[0]} ...")
    with closing(done):
        for contents in done:
            yield from contents


def _contents_of(files: Sequence[Path]) -> list[Content]:
    contents = [Content(path) for path in files]
    for content in contents:
        try:
            content.events, content.format_name = _read_as_it_is(
                content.path, content.report, content.no_events
            )
        except DeepQuakeError as error:
            said, place = str(error), str(content.path)
            content.error = said.removeprefix(f"{place}: ").removeprefix(f"{place}, ")
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            # what no reader has thought of yet costs one file, not a run over thousands
            content.error = f"cannot be read: {type(error).__name__}: {short(error)}"
    return contents
