"""Requests to the small server, and patience that takes no time."""

from pathlib import Path
from typing import Any

from deepquake.core.report import Report
from deepquake.tools.fetch.plan import FetchRegion, FetchRequest
from deepquake.tools.fetch.run import fetch_dataset
from deepquake.tools.fetch.servers import Patience, PoliteClient, open_server
from tests.tools.fetch.fdsn_server import BEGIN, FdsnServer

QUICK = Patience(pause_s=0.0, timeout_s=20.0, attempts=2, wait_s=0.0)
BEGIN_S = BEGIN.timestamp
DAY = 86400.0


def request_of(folder: Path, *servers: FdsnServer, **changes: Any) -> FetchRequest:
    """Return a request for two days of all that servers have, into a folder."""
    urls = tuple(server.url for server in servers)
    given = {
        "dataset_dir": folder,
        "region": FetchRegion(38.0, 39.5, -123.0, -122.0),
        "start_s": BEGIN_S,
        "end_s": BEGIN_S + 2 * DAY,
        "servers": urls,
        "event_server": urls[0],
        "sensors": ("HH", "EH"),
    }
    return FetchRequest(**(given | changes))


def client_of(server: FdsnServer) -> PoliteClient:
    """Return a client of a server that is running."""
    return open_server(server.url, QUICK)


def fetched(request: FetchRequest, report: Report | None = None, **options: Any) -> dict[str, Any]:
    """Fetch what is asked for, and return what fetch.json says."""
    return fetch_dataset(request, QUICK, report or Report(), **options)


def contents(folder: Path) -> dict[str, bytes]:
    """Return the content of the files below a folder, but for fetch.json, by name."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in files
        if path.name != "fetch.json"
    }
