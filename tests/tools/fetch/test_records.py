"""Records, piece by piece: what has come, what is nowhere, what failed."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from obspy import read

from deepquake.core.errors import DeepQuakeError
from deepquake.core.report import Report
from deepquake.tools.fetch import records
from deepquake.tools.fetch.absent import load_absent
from deepquake.tools.fetch.plan import ALL_RECORDS, days_between
from deepquake.tools.fetch.records import FetchedRecords, fetch_records
from deepquake.tools.fetch.stations import fetch_channels
from tests.tools.fetch.fdsn_server import Fault, FdsnServer, running
from tests.tools.fetch.made_requests import BEGIN_S, DAY, client_of, contents, request_of


@pytest.fixture
def server() -> Iterator[FdsnServer]:
    with running(FdsnServer(rate_hz=0.1)) as made:
        yield made


def fetch(folder: Path, *servers: FdsnServer, days: float = 2) -> FetchedRecords:
    """Fetch days of records of all stations."""
    request = request_of(folder, *servers, records=ALL_RECORDS, end_s=BEGIN_S + days * DAY)
    clients = [client_of(server) for server in servers]
    for client in clients:
        client.channels = fetch_channels(client, request, Report())
    spans = list(days_between(request.start_s, request.end_s))
    absent = load_absent(folder / ".fetch" / "absent.csv")
    return fetch_records(clients, spans, request, absent, work_dir=folder / ".fetch")


def of_records(path: str, _: str) -> bool:
    return "dataselect" in path and path.endswith("query")


def test_a_file_of_each_channel_and_day(server: FdsnServer, tmp_path: Path) -> None:
    found = fetch(tmp_path, server)
    assert found.counts() == {"fetched": 18, "here": 0, "absent": 0, "failed": 0}
    files = sorted((tmp_path / "continuous/mseed").rglob("*.mseed"))
    assert len(files) == 18 and found.n_bytes == sum(path.stat().st_size for path in files)
    name = "2024/2024.061/XX.AAA..HHZ__20240301T000000Z__20240302T000000Z.mseed"
    trace = read(str(tmp_path / "continuous/mseed" / name))[0]
    assert trace.id == "XX.AAA..HHZ" and trace.stats.npts == DAY / 10
    assert not (tmp_path / ".fetch" / "staged").exists()


def test_what_is_there_is_not_asked_for(server: FdsnServer, tmp_path: Path) -> None:
    fetch(tmp_path, server)
    before, n_asked = contents(tmp_path), server.n_asked("dataselect")
    assert fetch(tmp_path, server).counts()["here"] == 18
    assert server.n_asked("dataselect") == n_asked and contents(tmp_path) == before
    gone = next((tmp_path / "continuous").rglob("*BBB*HHN*.mseed"))
    gone.unlink()
    assert fetch(tmp_path, server).counts()["fetched"] == 1
    assert contents(tmp_path) == before


def test_what_no_server_has_is_asked_for_once(server: FdsnServer, tmp_path: Path) -> None:
    server.absent = lambda code, time_s: code == "BBB" and time_s >= BEGIN_S + DAY
    found = fetch(tmp_path, server)
    assert found.counts() == {"fetched": 15, "here": 0, "absent": 3, "failed": 0}
    assert found.missing_by_station() == {"XX.BBB": (3, 6)}
    n_asked = server.n_asked("dataselect")
    assert fetch(tmp_path, server).counts()["absent"] == 3
    assert server.n_asked("dataselect") == n_asked


def test_what_failed_is_asked_for_again_the_next_time(server: FdsnServer, tmp_path: Path) -> None:
    server.faults.append(Fault(lambda _, query: "XX CCC -- HHE 2024-03-02" in query, 500))
    found = fetch(tmp_path, server)
    assert found.counts() == {"fetched": 17, "here": 0, "absent": 0, "failed": 1}
    assert list(found.reasons) == [f"{server.url}: Internal server error"]
    server.faults.clear()
    assert fetch(tmp_path, server).counts() == {"fetched": 1, "here": 17, "absent": 0, "failed": 0}


def test_what_is_not_for_us_is_at_no_server(server: FdsnServer, tmp_path: Path) -> None:
    server.faults.append(Fault(lambda _, query: "XX CCC" in query, 403))
    assert fetch(tmp_path, server, days=1).counts()["absent"] == 3
    reasons = load_absent(tmp_path / ".fetch" / "absent.csv").reasons
    assert {reason.partition(": ")[2] for reason in reasons.values()} == {"Authentication failed."}


def test_a_server_that_dies_is_given_up_and_the_run_goes_on_later(
    server: FdsnServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "stations_at_once", lambda _: 1)
    fault = Fault(lambda path, query: of_records(path, query) and "BBB" in query, "die")
    server.faults.append(fault)
    found = fetch(tmp_path, server, days=8)
    assert found.counts()["failed"] == 24 and found.n_not_asked == 0
    fault.of = of_records
    found = fetch(tmp_path / "other", server, days=8)
    assert found.counts()["failed"] == 15 and found.n_not_asked == 24 - 5
    assert not list((tmp_path / "other").rglob("*.mseed"))
    server.faults.clear()
    for folder, n_here in ((tmp_path, 48), (tmp_path / "other", 0)):
        counts = fetch(folder, server, days=8).counts()
        assert counts == {"fetched": 72 - n_here, "here": n_here, "absent": 0, "failed": 0}
    assert contents(tmp_path / "other/continuous") == contents(tmp_path / "continuous")


def test_another_server_has_what_the_first_has_not(server: FdsnServer, tmp_path: Path) -> None:
    server.absent = lambda code, _: code == "AAA"
    with running(FdsnServer(rate_hz=0.1)) as second:
        assert fetch(tmp_path / "a", server, second, days=1).counts()["fetched"] == 9
        assert "AAA" in second.asked[-1][1] and "BBB" not in second.asked[-1][1]
        server.faults.append(Fault(of_records, 503))
        found = fetch(tmp_path / "b", server, second, days=1)
        assert found.counts()["fetched"] == 9
        second.absent = lambda code, _: True  # what failed may be at the first server
        found = fetch(tmp_path / "c", server, second, days=1)
        assert found.counts() == {"fetched": 0, "here": 0, "absent": 0, "failed": 9}


def test_unusual_locations_are_fetched_too(tmp_path: Path) -> None:
    with running(FdsnServer(location="P7", codes=("AAA",))) as server:
        assert fetch(tmp_path, server, days=1).counts()["fetched"] == 3
    assert next(tmp_path.rglob("XX.AAA.P7.HHZ__*.mseed"))


def test_trouble_of_obspy_costs_one_piece(
    server: FdsnServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from obspy.clients.fdsn.mass_downloader import utils

    inside, calls = utils.get_record_information, []

    def stumbles(file: object) -> object:
        calls.append(file)
        if len(calls) == 3:
            raise ValueError("no such record")
        return inside(file)

    monkeypatch.setattr(utils, "get_record_information", stumbles)
    found = fetch(tmp_path, server)
    assert found.counts() == {"fetched": 9, "here": 0, "absent": 0, "failed": 9}
    assert list(found.reasons) == ["ObsPy: no such record"]
    assert fetch(tmp_path, server).counts()["fetched"] == 9


def test_a_disk_without_room_is_an_error(
    server: FdsnServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from deepquake.core import files

    with monkeypatch.context() as full:
        full.setattr(files.shutil, "disk_usage", lambda _: SimpleNamespace(free=1000))
        with pytest.raises(DeepQuakeError, match="its disk has 0.0 MB free; make room"):
            fetch(tmp_path, server)
    assert not list(tmp_path.rglob("2024*/*.mseed"))
    assert fetch(tmp_path, server).counts()["fetched"] == 18
