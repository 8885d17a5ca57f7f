"""A whole data set: fetched at once, in two runs, from servers that fail."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from deepquake.core.errors import DeepQuakeError
from deepquake.core.files import read_json
from deepquake.core.report import Report
from deepquake.tools.fetch.plan import ALL_RECORDS, NO_RECORDS
from tests.tools.fetch.fdsn_server import EVENTS, Fault, FdsnServer, running
from tests.tools.fetch.made_requests import BEGIN_S, DAY, contents, fetched, request_of


@pytest.fixture
def server() -> Iterator[FdsnServer]:
    with running(FdsnServer(rate_hz=0.1)) as made:
        yield made


def test_events_stations_and_records_around_the_events(server: FdsnServer, tmp_path: Path) -> None:
    request = request_of(tmp_path, server)
    values = fetched(request)
    assert values["complete"] and values["events"] == len(EVENTS) and values["stations"] == 3
    assert values["records"]["fetched"] == len(EVENTS) * 9
    assert values == read_json(tmp_path / "fetch.json")
    tops = {path.name for path in tmp_path.iterdir() if not path.name.startswith(".")}
    assert tops == {"mseed", "sfiles_nordicformat", "stations.csv", "stations.xml", "fetch.json"}


def test_the_same_again_asks_for_nothing(server: FdsnServer, tmp_path: Path) -> None:
    server.absent = lambda code, _: code == "AAA"
    request = request_of(tmp_path, server)
    assert fetched(request)["records"]["absent"] == 6
    before, n_asked = contents(tmp_path), len(server.asked)
    assert fetched(request) == {}
    assert len(server.asked) == n_asked and contents(tmp_path) == before
    server.absent = lambda *_: False  # it has come since
    assert fetched(request, again=True)["records"] == {
        "fetched": 6,
        "here": 12,
        "absent": 0,
        "failed": 0,
    }


def test_a_run_that_failed_goes_on_and_ends_as_if_it_had_not(
    server: FdsnServer, tmp_path: Path
) -> None:
    fetched(request_of(tmp_path / "whole", server))
    server.faults += [
        Fault(lambda path, _: "event" in path and "query" in path, 503, times=2),
        Fault(lambda _, query: "level=response" in query and "BBB" in query, "die", times=2),
        Fault(lambda path, query: "dataselect" in path and "BBB" in query, "vanish", times=2),
    ]
    request = request_of(tmp_path / "parts", server)
    runs = [fetched(request) for _ in range(3)]
    assert [run["complete"] for run in runs] == [False, False, True]
    assert runs[0]["records"]["fetched"] == 0 and runs[1]["records"]["failed"] == 9
    assert runs[1]["failures"] and runs[1]["missing"]["XX.AAA"] == {"files": 3, "of": 6}
    assert contents(tmp_path / "parts") == contents(tmp_path / "whole")


def test_a_wider_request_fetches_the_rest(server: FdsnServer, tmp_path: Path) -> None:
    request = request_of(tmp_path, server, records=ALL_RECORDS, end_s=BEGIN_S + DAY)
    assert fetched(request)["records"]["fetched"] == 9
    wider = replace(request, end_s=BEGIN_S + 3 * DAY)
    assert fetched(wider)["records"] == {"fetched": 18, "here": 9, "absent": 0, "failed": 0}
    assert fetched(replace(wider, records=NO_RECORDS))["records"]["fetched"] == 0


def test_servers_that_cannot_be_asked(server: FdsnServer, tmp_path: Path) -> None:
    with running(FdsnServer(services=("station",))) as half:
        report = Report()
        request = request_of(tmp_path / "a", half, server, event_server=server.url)
        values = fetched(request, report)
        assert values["records"]["fetched"] == 18 and not values["complete"]
        assert [p.message for p in report.problems] == ["tells of no service 'dataselect'"]
        with pytest.raises(DeepQuakeError, match="no server can be asked: http.*dataselect"):
            fetched(request_of(tmp_path / "b", half))


def test_without_events_all_records_are_fetched(tmp_path: Path) -> None:
    with running(FdsnServer(rate_hz=0.1, services=("station", "dataselect"))) as server:
        report = Report()
        request = request_of(tmp_path, server, records=ALL_RECORDS, end_s=BEGIN_S + DAY)
        assert fetched(request, report)["records"]["fetched"] == 9
        assert "has no events, so none are fetched" in report.problems[0].message
        other = request_of(tmp_path / "b", server, event_server="", records=ALL_RECORDS)
        assert fetched(other, quiet := Report())["complete"] and not quiet.problems


def test_a_server_that_does_not_tell_its_stations(server: FdsnServer, tmp_path: Path) -> None:
    server.faults.append(Fault(lambda path, _: "station" in path and "query" in path, 500))
    report = Report()
    values = fetched(request_of(tmp_path, server), report)
    assert not values["complete"] and values["stations"] == 0
    assert "did not tell its stations: Internal server error" in report.problems[0].message


def test_records_around_new_events_of_ones_own_catalogue(
    server: FdsnServer, tmp_path: Path
) -> None:
    rows = ["time,latitude,longitude,depth", "2024-03-01T01:00:00,38.8,-122.8,5"]
    table = tmp_path / "mine.csv"
    request = request_of(tmp_path / "a", server, event_server="", catalog_path=table)
    for row, n_here in (("", 0), ("2024-03-01T05:00:00,38.8,-122.8,5", 9)):
        rows += [row] if row else []
        table.write_text("\n".join([*rows, ""]))
        counts = fetched(request)["records"]
        assert (counts["fetched"], counts["here"]) == (9, n_here)
    assert server.n_asked("event") == 0
    assert not (tmp_path / "a/sfiles_nordicformat").exists()


def test_a_region_or_a_time_without_anything_is_an_error(
    server: FdsnServer, tmp_path: Path
) -> None:
    early = request_of(tmp_path, server, end_s=BEGIN_S + 60)
    with pytest.raises(DeepQuakeError, match="no event in this region and time"):
        fetched(early)
    assert fetched(replace(early, records=ALL_RECORDS))["records"]["fetched"] == 9
    with pytest.raises(DeepQuakeError, match="no station .* sensors BH, SH"):
        fetched(request_of(tmp_path, server, sensors=("BH", "SH")))
