"""A whole data set: events, stations and records, and the account of what is missing."""

from pathlib import Path
from typing import Any

from obspy.clients.fdsn.mass_downloader.utils import ERRORS
from obspy.core.inventory import Inventory

from deepquake.core.errors import DeepQuakeError
from deepquake.core.files import read_json, write_json
from deepquake.core.report import Report
from deepquake.tools.fetch.absent import load_absent
from deepquake.tools.fetch.events import event_time_s, events_of, fetch_events
from deepquake.tools.fetch.plan import (
    ALL_RECORDS,
    AROUND_EVENTS,
    NO_RECORDS,
    FetchRequest,
    days_between,
    spans_around,
)
from deepquake.tools.fetch.records import FetchedRecords, fetch_records
from deepquake.tools.fetch.servers import Patience, PoliteClient, open_server, why
from deepquake.tools.fetch.stations import (
    fetch_channels,
    fetch_station_xml,
    station_names,
    write_station_files,
)

SUMMARY_FILE = "fetch.json"
WORK_FOLDER = ".fetch"  # hidden: what a run knows for the next one


def fetch_dataset(
    request: FetchRequest,
    patience: Patience,
    report: Report,
    *,
    again: bool = False,
    connections: int = 2,
    debug: bool = False,
) -> dict[str, Any]:
    """Fetch events, stations and records, and write fetch.json.

    Parameters
    ----------
    request : FetchRequest
        What is asked for.
    patience : Patience
        How servers are treated.
    report : Report
        Is told what could not be got.
    again : bool
        Whether to ask once more for what the servers did not have.
    connections : int
        Requests to a server at a time.
    debug : bool
        Whether to print what ObsPy's mass downloader says.

    Returns
    -------
    dict
        The content of fetch.json; empty where all of it has been fetched before.

    Raises
    ------
    DeepQuakeError
        Where no server answers, or there are no stations, or no events to fetch records of.
    """
    work_dir = request.dataset_dir / WORK_FOLDER
    if not again and _is_complete(request):
        return {}
    absent = load_absent(work_dir / "absent.csv", forget=again)
    servers = _open_servers(request, patience, report)
    n_failed = len(request.servers) - len(servers)

    event_files = [request.catalog_path] if request.catalog_path else []
    n_requests = 0
    if request.event_server:
        asked = _event_server(request, servers, patience)
        if "event" in asked.services or request.records == AROUND_EVENTS:
            event_files, n_months = fetch_events(asked, request, absent, report)
            n_failed += n_months
        else:
            report.note(asked.server, "has no events, so none are fetched (--event_server)")
        n_requests = 0 if asked in servers else asked.n_requests
    spans, n_events = _spans_of(request, event_files, report)
    n_failed += _list_channels(servers, request, report)
    names = station_names(servers)
    if not n_failed:
        _check_any(request, names, spans)
    print(f"events: {n_events}; stations: {len(names)}", flush=True)
    station_xml, n_stations = fetch_station_xml(
        servers, names, request, work_dir / "stationxml", absent, report
    )
    n_failed += n_stations
    write_station_files(request.dataset_dir, servers, work_dir / "stationxml", report)
    found = FetchedRecords()
    if spans and names:
        found = fetch_records(
            servers,
            spans,
            request,
            absent,
            work_dir=work_dir,
            connections=connections,
            debug=debug,
        )
    n_failed += found.counts()["failed"] + found.n_not_asked
    values = {
        "request": request.told(),
        "complete": n_failed == 0,
        "events": n_events,
        "stations": len(names),
        "stationXml": len(station_xml),
        "requests": n_requests + sum(server.n_requests for server in servers),
        **_told_of(found),
    }
    write_json(request.dataset_dir / SUMMARY_FILE, values)
    return values


def _is_complete(request: FetchRequest) -> bool:
    """Return whether the last run was asked for the same, and got all that there was.

    A catalogue of the user's own may have other events by now.
    """
    path = request.dataset_dir / SUMMARY_FILE
    if request.catalog_path is not None or not path.is_file():
        return False
    earlier = read_json(path)
    is_same = isinstance(earlier, dict) and earlier.get("request") == request.told()
    return is_same and earlier.get("complete") is True


def _open_servers(request: FetchRequest, patience: Patience, report: Report) -> list[PoliteClient]:
    """Return the servers that answer and have records and stations."""
    servers = []
    for name in request.servers:
        try:
            server = open_server(name, patience)
        except DeepQuakeError as error:
            report.skip(name, str(error).removeprefix(f"{name}: "))
            continue
        missing = {"dataselect", "station"} - server.services.keys()
        if missing:
            report.skip(name, f"tells of no service '{sorted(missing)[0]}'")
        else:
            servers.append(server)
    if not servers:
        reasons = "; ".join(f"{p.path}: {p.message}" for p in report.of_kind("skipped"))
        raise DeepQuakeError(f"no server can be asked: {reasons}")
    return servers


def _event_server(
    request: FetchRequest, servers: list[PoliteClient], patience: Patience
) -> PoliteClient:
    same = [server for server in servers if server.server == request.event_server]
    return same[0] if same else open_server(request.event_server, patience)


def _list_channels(servers: list[PoliteClient], request: FetchRequest, report: Report) -> int:
    """Let each server know which channels it has; return how many could not tell."""
    n_failed = 0
    for server in servers:
        try:
            server.channels = fetch_channels(server, request, report)
        except ERRORS as error:
            report.skip(server.server, f"did not tell its stations: {why(error)}")
            server.channels = Inventory()
            n_failed += 1
    return n_failed


def _spans_of(
    request: FetchRequest, event_files: list[Path], report: Report
) -> tuple[list[tuple[float, float]], int]:
    """Return the spans of records to fetch, and how many events there are."""
    events = events_of(event_files, request, report) if event_files else []
    if request.records == NO_RECORDS:
        return [], len(events)
    if request.records == ALL_RECORDS:
        return list(days_between(request.start_s, request.end_s)), len(events)
    times = [at for event in events if (at := event_time_s(event)) is not None]
    return spans_around(times, request.before_s, request.after_s), len(events)


def _check_any(
    request: FetchRequest, names: list[tuple[str, str]], spans: list[tuple[float, float]]
) -> None:
    """Check that there is anything to fetch; an error tells what is not there."""
    if not names:
        raise DeepQuakeError(
            f"{', '.join(request.servers)}: no station in this region and time that has any of the "
            f"sensors {', '.join(request.sensors)} (sensor_order)"
        )
    if request.records == AROUND_EVENTS and not spans:
        source = request.catalog_path or request.event_server
        raise DeepQuakeError(f"{source}: no event in this region and time")


def _told_of(found: FetchedRecords) -> dict[str, Any]:
    return {
        "records": found.counts(),
        "bytes": found.n_bytes,
        "piecesNotAskedFor": found.n_not_asked,
        "missing": {
            name: {"files": missing, "of": wanted}
            for name, (missing, wanted) in found.missing_by_station().items()
        },
        "failures": dict(found.reasons.most_common()),
    }
