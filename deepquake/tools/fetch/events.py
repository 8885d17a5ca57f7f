"""The events of a region and time, as a server's QuakeML, month by month."""

from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from zlib import crc32

from obspy import UTCDateTime
from obspy.clients.fdsn.header import (
    FDSNBadRequestException,
    FDSNException,
    FDSNNoDataException,
    FDSNRequestTooLargeException,
)
from obspy.clients.fdsn.mass_downloader.utils import ERRORS

from deepquake.catalog.events import Event
from deepquake.catalog.reader import read_files
from deepquake.core.errors import DeepQuakeError
from deepquake.core.files import files_below, whole_file
from deepquake.core.progress import progress
from deepquake.core.report import Report
from deepquake.core.times import DAY_S, as_datetime, compact
from deepquake.tools.fetch.absent import Absent
from deepquake.tools.fetch.plan import FetchRequest
from deepquake.tools.fetch.servers import PoliteClient, why

CATALOG_FOLDER = "sfiles_nordicformat"  # of a data set; catalogues of any format lie there
SHORTEST_SPAN_S = 60.0  # of events, where a server has too many


def fetch_events(
    server: PoliteClient, request: FetchRequest, absent: Absent, report: Report
) -> tuple[list[Path], int]:
    """Fetch the events of a request, those that are not there yet.

    Parameters
    ----------
    server : PoliteClient
        Who has them.
    request : FetchRequest
        Which.
    absent : Absent
        Knows the months without any event, and is told.
    report : Report
        Is told what could not be got.

    Returns
    -------
    list of Path
        The files that are there now.
    int
        Months that could not be got.

    Raises
    ------
    DeepQuakeError
        Where the server has no events.
    """
    if "event" not in server.services:
        raise DeepQuakeError(
            f"{server.server}: has no events; name one that has (--event_server USGS, EMSC, ISC "
            "...), a catalogue (--catalog_path), or --event_server none"
        )
    folder, query = request.dataset_dir / CATALOG_FOLDER, _query_of(server, request)
    months = list(_months(request.start_s, request.end_s))
    found, n_failed = [], 0
    for start_s, end_s in progress(months, len(months), "months of events"):
        name = _month_name(server, query, start_s, end_s)
        path = folder / name
        if not path.is_file() and name not in absent:
            try:
                parts = list(_answers(server, query, start_s, end_s))
            except ERRORS as error:
                report.skip(name, f"events not got: {why(error)}")
                n_failed += 1
                continue
            for number, content in enumerate(parts):
                part = path if number == 0 else path.with_name(f"{path.stem}_{number}.xml")
                with whole_file(part) as temporary:
                    temporary.write_bytes(content)
            if not parts:
                absent.add([(name, "no event")])
        found += [path, *sorted(folder.glob(f"{path.stem}_*.xml"))] if path.is_file() else []
    return found, n_failed


def events_of(files: list[Path], request: FetchRequest, report: Report) -> list[Event]:
    """Return the events of files that are in the time and, where located, in the region.

    Parameters
    ----------
    files : list of Path
        Files, or folders of them, in any format that step 0 reads.
    request : FetchRequest
        Of which time and region.
    report : Report
        Is told what was odd.
    """
    every = [path for file in files for path in files_below(file, report=report)]
    found = []
    for event in read_files(every, report).events:
        time_s = event_time_s(event)
        if time_s is None or not request.start_s <= time_s <= request.end_s:
            continue
        latitude, longitude = event.latitude, event.longitude
        if latitude is None or longitude is None or request.region.holds(latitude, longitude):
            found.append(event)
    return found


def event_time_s(event: Event) -> float | None:
    """Return when an event happened, or, where that is not known, when its first wave came."""
    if event.origin_time is not None:
        return event.origin_time
    return min((pick.time for pick in event.picks if pick.time is not None), default=None)


def _query_of(server: PoliteClient, request: FetchRequest) -> dict[str, object]:
    query: dict[str, object] = dict(request.region.query())
    if request.min_magnitude is not None:
        query["minmagnitude"] = request.min_magnitude
    if "includearrivals" in server.services["event"]:
        query["includearrivals"] = True  # the picks
    return query


def _month_name(
    server: PoliteClient, query: dict[str, object], start_s: float, end_s: float
) -> str:
    """Return the name of a file of events: other queries have other names."""
    who = "".join(c if c.isalnum() else "-" for c in server.server.partition("://")[2])
    who = who or server.server.upper()
    mark = crc32(repr(sorted(query.items())).encode())
    return f"events_{who}_{compact(start_s)}_{compact(end_s)}_{mark:08x}.xml"


def _answers(
    server: PoliteClient, query: dict[str, object], start_s: float, end_s: float
) -> Iterator[bytes]:
    """Yield what a server says of a time: in parts, where it is too much at once."""
    answer = BytesIO()
    times = {"starttime": UTCDateTime(start_s), "endtime": UTCDateTime(end_s)}
    try:
        server.get_events(**times, **query, filename=answer)
    except FDSNNoDataException:
        return
    except (FDSNRequestTooLargeException, FDSNBadRequestException) as error:
        if not _is_too_many(error) or end_s - start_s <= SHORTEST_SPAN_S:
            raise
        middle_s = (start_s + end_s) // 2
        yield from _answers(server, query, start_s, middle_s)
        yield from _answers(server, query, middle_s, end_s)
    else:
        yield answer.getvalue()


def _is_too_many(error: FDSNException) -> bool:
    """Return whether there are too many events: the service of the USGS says 400, not 413."""
    text = str(error).lower()
    return isinstance(error, FDSNRequestTooLargeException) or "exceed" in text or "limit" in text


def _months(start_s: float, end_s: float) -> Iterator[tuple[float, float]]:
    while start_s < end_s:
        day = as_datetime(start_s)
        first = datetime(day.year, day.month, 1, tzinfo=UTC).timestamp()
        later = as_datetime(first + 32 * DAY_S)
        next_s = min(datetime(later.year, later.month, 1, tzinfo=UTC).timestamp(), end_s)
        yield start_s, next_s
        start_s = next_s
