"""A client that takes its time, with servers that fail in every way."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from obspy import UTCDateTime, read
from obspy.clients.fdsn.header import FDSNException, FDSNNoDataException

from deepquake.core.errors import DeepQuakeError
from deepquake.tools.fetch import servers
from deepquake.tools.fetch.servers import MOST_FAILURES, PoliteClient, open_server, why
from tests.tools.fetch.fdsn_server import BEGIN, Fault, FdsnServer, running
from tests.tools.fetch.made_requests import QUICK, client_of

HOUR = 3600.0


@pytest.fixture
def server() -> Iterator[FdsnServer]:
    with running(FdsnServer()) as made:
        yield made


def of_records(path: str, _: str) -> bool:
    return "dataselect" in path and path.endswith("query")


def asked_for(client: PoliteClient, path: Path, hours: float = 1.0) -> set[str]:
    """Ask for some channels and return those that came."""
    span = BEGIN, BEGIN + hours * HOUR
    names = [(code, f"HH{part}") for code in ("AAA", "BBB") for part in "ZN"]
    rows = [["XX", code, "", channel, *span] for code, channel in names]
    client.get_waveforms_bulk(rows, filename=str(path))
    return {trace.id for trace in read(str(path))} if path.stat().st_size else set()


EVERY = {"XX.AAA..HHZ", "XX.AAA..HHN", "XX.BBB..HHZ", "XX.BBB..HHN"}


def test_all_comes_where_nothing_fails(server: FdsnServer, tmp_path: Path) -> None:
    client = client_of(server)
    assert asked_for(client, tmp_path / "a") == EVERY
    assert not client.answers.failed and len(client.answers.asked) == 4
    assert server.n_asked("dataselect") == client.n_requests == 1


@pytest.mark.parametrize("do", [503, 502, 504, 429, "die", "page", "vanish"])
def test_what_fails_is_asked_for_again(do: str | int, server: FdsnServer, tmp_path: Path) -> None:
    client = client_of(server)
    server.faults.append(Fault(of_records, do, times=1))
    assert asked_for(client, tmp_path / "a") == EVERY
    assert server.n_asked("dataselect") == 2 and not client.answers.failed


@pytest.mark.parametrize(
    ("do", "told"),
    [
        (503, "Service temporarily unavailable"),
        (400, "Bad request"),
        (501, "Not implemented"),
        ("die", "in the middle of a record"),
        ("page", "is no miniSEED"),
        ("slow", "Timed Out"),
        ("vanish", "Remote"),
    ],
)
def test_what_keeps_failing_is_told(
    do: str | int, told: str, server: FdsnServer, tmp_path: Path
) -> None:
    client = client_of(server)
    server.faults.append(Fault(of_records, do))
    client.timeout = 0.3 if do == "slow" else client.timeout
    assert asked_for(client, tmp_path / "a") == set()
    assert len(client.answers.failed) == 4
    reason = client.answers.failed["XX", "AAA", "", "HHZ"]
    assert told in reason and server.url in reason
    assert server.n_asked("dataselect") == (1 if do in (400, 501) else QUICK.attempts)


@pytest.mark.parametrize("do", [204, 404, "empty"])
def test_nothing_is_an_answer(do: str | int, server: FdsnServer, tmp_path: Path) -> None:
    client = client_of(server)
    server.faults.append(Fault(of_records, do))
    assert asked_for(client, tmp_path / "a") == set()
    assert not client.answers.failed and not client.answers.refused
    assert server.n_asked("dataselect") == 1


@pytest.mark.parametrize("do", [500, 403])
def test_one_bad_channel_costs_no_other(do: int, server: FdsnServer, tmp_path: Path) -> None:
    client = client_of(server)
    server.faults.append(Fault(lambda path, query: "BBB -- HHZ" in query, do))
    assert asked_for(client, tmp_path / "a") == EVERY - {"XX.BBB..HHZ"}
    answers = client.answers
    reasons, others = (answers.failed, answers.refused)[:: 1 if do == 500 else -1]
    assert list(reasons) == [("XX", "BBB", "", "HHZ")] and not others


def test_what_is_too_long_is_asked_for_in_parts(server: FdsnServer, tmp_path: Path) -> None:
    server.longest_s = 0.6 * HOUR
    client = client_of(server)
    assert asked_for(client, tmp_path / "a", hours=2) == EVERY
    stream = read(str(tmp_path / "a")).merge()
    assert all(trace.stats.npts == 2 * HOUR for trace in stream)
    server.longest_s = 100.0  # less than is worth asking for
    assert asked_for(client, tmp_path / "b") == set()
    assert len(client.answers.failed) == 4


def test_a_server_that_fails_again_and_again_is_asked_no_more(
    server: FdsnServer, tmp_path: Path
) -> None:
    client = client_of(server)
    server.faults.append(Fault(of_records, 503, times=QUICK.attempts * MOST_FAILURES))
    for _ in range(MOST_FAILURES):
        assert not client.is_given_up
        asked_for(client, tmp_path / "a")
    assert client.is_given_up
    n_asked = len(server.asked)
    assert asked_for(client, tmp_path / "a") == set() and len(server.asked) == n_asked


def test_an_answer_begins_the_count_anew(server: FdsnServer, tmp_path: Path) -> None:
    client = client_of(server)
    server.faults.append(Fault(of_records, 503, times=QUICK.attempts))
    asked_for(client, tmp_path / "a")
    assert client.n_failures == 1
    asked_for(client, tmp_path / "a")
    assert client.n_failures == 0


def test_requests_keep_their_distance(
    server: FdsnServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_of(server)
    client.patience = replace(QUICK, pause_s=100.0)
    waits: list[float] = []
    monkeypatch.setattr(servers.time, "sleep", waits.append)
    monkeypatch.setattr(servers.time, "monotonic", lambda: 5000.0)
    askers = [threading.Thread(target=client._wait_for_turn) for _ in range(3)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    assert sorted(waits) == [0.0, 100.0, 200.0]


def test_the_wait_before_each_attempt_is_twice_the_last(
    server: FdsnServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_of(server)
    client.patience = replace(QUICK, attempts=4, wait_s=7.0)
    server.faults.append(Fault(of_records, 503))
    waits: list[float] = []
    monkeypatch.setattr(servers.time, "sleep", waits.append)
    asked_for(client, tmp_path / "a")
    assert [wait for wait in waits if wait] == [7.0, 14.0, 28.0]


def test_a_list_of_stations_that_breaks_off_is_an_error(server: FdsnServer, tmp_path: Path) -> None:
    client = client_of(server)
    server.faults.append(Fault(lambda path, _: "station" in path, "die"))
    with pytest.raises(FDSNException, match="no whole XML"):
        client.get_stations(level="response", channel="HH?", filename=str(tmp_path / "a"))
    server.faults[0].do = 404
    with pytest.raises(FDSNNoDataException):
        client.get_stations(level="response", channel="HH?", starttime=UTCDateTime(0))


def test_names_and_addresses_that_are_none(server: FdsnServer) -> None:
    with pytest.raises(DeepQuakeError, match="NOWHERE: is no server that ObsPy knows; .* NCEDC, "):
        open_server("NOWHERE", QUICK)
    with pytest.raises(DeepQuakeError, match="not a valid URL"):
        open_server("ftp://x y", QUICK)
    server.services = ()
    with pytest.raises(DeepQuakeError, match=r"No FDSN services could be discovered at .*'\.$"):
        client_of(server)


def test_errors_are_told_in_a_line() -> None:
    assert why(FDSNException("Service responds: Bad gateway ", "a\nb")) == "Bad gateway"
    assert "ValueError" in why(ValueError())
