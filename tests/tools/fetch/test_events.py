"""Events of a server, by months, in parts where they are too many."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from deepquake.catalog.events import Event, Pick
from deepquake.catalog.reader import read_catalog
from deepquake.core.errors import DeepQuakeError
from deepquake.core.report import Report
from deepquake.tools.fetch.absent import load_absent
from deepquake.tools.fetch.events import event_time_s, events_of, fetch_events
from deepquake.tools.fetch.plan import FetchRegion, FetchRequest
from tests.tools.fetch.fdsn_server import EVENTS, PLACES, Fault, FdsnServer, running
from tests.tools.fetch.made_requests import BEGIN_S, DAY, client_of, request_of


@pytest.fixture
def server() -> Iterator[FdsnServer]:
    with running(FdsnServer()) as made:
        yield made


def fetch(server: FdsnServer, request: FetchRequest) -> tuple[list[Path], int, Report]:
    report = Report()
    absent = load_absent(request.dataset_dir / ".fetch" / "absent.csv")
    return *fetch_events(client_of(server), request, absent, report), report


def test_events_come_with_their_picks(server: FdsnServer, tmp_path: Path) -> None:
    request = request_of(tmp_path, server)
    files, n_failed, _ = fetch(server, request)
    assert n_failed == 0 and len(files) == 1
    events = read_catalog(files[0])
    assert [event.origin_time for event in events] == [e[0].timestamp for e in EVENTS]
    assert [len(event.picks) for event in events] == [len(PLACES)] * 2
    assert "includearrivals=true" in server.asked[-1][1]
    n_asked = len(server.asked)
    assert fetch(server, request)[0] == files  # what is there isn't asked for
    assert not [path for path, _ in server.asked[n_asked:] if path.endswith("query")]
    request = request_of(tmp_path, server, min_magnitude=1.5)  # this is another question
    files, _, _ = fetch(server, request)
    assert len(read_catalog(files[0])) == 1


def test_a_month_without_events_is_asked_for_once(server: FdsnServer, tmp_path: Path) -> None:
    request = request_of(tmp_path, server, start_s=BEGIN_S - 40 * DAY)
    files, n_failed, _ = fetch(server, request)
    assert len(files) == 1 and n_failed == 0 and server.n_asked("event") == 3
    fetch(server, request)
    assert server.n_asked("event") == 3


@pytest.mark.parametrize("status", [413, 400])
def test_too_many_events_are_asked_for_in_parts(
    status: int, server: FdsnServer, tmp_path: Path
) -> None:
    server.most_events, server.most_events_status = 1, status
    request = request_of(tmp_path, server)
    files, n_failed, _ = fetch(server, request)
    assert len(files) == 2 and n_failed == 0
    assert len(events_of(files, request, Report())) == 2
    assert fetch(server, request)[0] == files


def test_a_server_that_fails_is_told(server: FdsnServer, tmp_path: Path) -> None:
    server.faults.append(Fault(lambda path, _: "event" in path and "query" in path, 503))
    files, n_failed, report = fetch(server, request_of(tmp_path, server))
    assert (files, n_failed) == ([], 1)
    assert "events not got: Service temporarily unavailable" in report.problems[0].message
    assert not list(tmp_path.rglob("*.xml"))


def test_a_server_without_picks(server: FdsnServer, tmp_path: Path) -> None:
    server.arrivals = False
    assert len(fetch(server, request_of(tmp_path, server))[0]) == 1
    assert "includearrivals" not in server.asked[-1][1]


def test_a_server_without_events_is_an_error(tmp_path: Path) -> None:
    told = "has no events; name one that has"
    with running(FdsnServer(services=("dataselect", "station"))) as server:
        request = request_of(tmp_path, server)
        with pytest.raises(DeepQuakeError, match=told):
            fetch(server, request)


def test_a_catalogue_of_ones_own(server: FdsnServer, tmp_path: Path) -> None:
    table = tmp_path / "mine.csv"
    rows = ["2024-03-01T01:00:00,38.8,-122.8,5", "2024-03-01T02:00:00,10,20,5"]
    rows += ["2024-04-01T02:00:00,38.8,-122.8,5"]  # another place, another time
    table.write_text("\n".join(["time,latitude,longitude,depth", *rows, ""]))
    events = events_of([table], request_of(tmp_path, server, region=FetchRegion(38, 39)), Report())
    assert [event.origin_time for event in events] == [BEGIN_S + 3600]


def test_an_event_without_a_time_happened_before_its_first_wave() -> None:
    picks = [Pick("A", "S", 20.0), Pick("A", "P", 10.0)]
    assert event_time_s(Event("", picks=picks)) == 10.0
    assert event_time_s(Event("")) is None
