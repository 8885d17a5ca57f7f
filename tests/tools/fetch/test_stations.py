"""Lists of channels, and the StationXML of all stations."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from obspy import read_inventory
from obspy.clients.fdsn.header import FDSNException

from deepquake.core.report import Report
from deepquake.core.settings import ArrivalSettings
from deepquake.earth.responses import load_responses
from deepquake.earth.stations import find_stations_file, read_stations
from deepquake.tools.fetch.absent import load_absent
from deepquake.tools.fetch.plan import FetchRegion, FetchRequest
from deepquake.tools.fetch.servers import PoliteClient
from deepquake.tools.fetch.stations import (
    fetch_channels,
    fetch_station_xml,
    station_names,
    write_station_files,
)
from tests.tools.fetch.fdsn_server import PLACES, Fault, FdsnServer, running
from tests.tools.fetch.made_requests import client_of, request_of

EVERY = [("XX", code) for code in PLACES]


@pytest.fixture
def server() -> Iterator[FdsnServer]:
    with running(FdsnServer()) as made:
        yield made


def with_channels(server: FdsnServer, request: FetchRequest) -> PoliteClient:
    client = client_of(server)
    client.channels = fetch_channels(client, request, Report())
    return client


def fetch(client: PoliteClient, request: FetchRequest, report: Report) -> tuple[list[Path], int]:
    folder = request.dataset_dir / ".fetch"
    names = station_names([client])
    absent = load_absent(folder / "absent.csv")
    return fetch_station_xml([client], names, request, folder / "xml", absent, report)


@pytest.mark.parametrize("text", [True, False])
def test_channels_are_told_as_text_or_xml(text: bool, server: FdsnServer, tmp_path: Path) -> None:
    server.text = text
    client = with_channels(server, request_of(tmp_path, server))
    assert station_names([client]) == EVERY
    assert ("format=text" in server.asked[-1][1]) == text
    assert len(client.channels[0][0].channels) == 3


def test_regions_and_codes_choose_the_stations(server: FdsnServer, tmp_path: Path) -> None:
    request = request_of(tmp_path, server, region=FetchRegion(38, 38.95, -123, -122))
    assert station_names([with_channels(server, request)]) == EVERY[:2]
    request = request_of(tmp_path, server, stations="A*,C?C")
    assert station_names([with_channels(server, request)]) == EVERY[::2]
    request = request_of(tmp_path, server, sensors=("BH",))
    assert station_names([with_channels(server, request)]) == []


def test_a_list_that_cannot_be_read_is_an_error(server: FdsnServer, tmp_path: Path) -> None:
    server.faults.append(Fault(lambda path, _: "station" in path and "query" in path, "nonsense"))
    with pytest.raises(FDSNException, match="list of channels can't be read"):
        with_channels(server, request_of(tmp_path, server))


def test_codes_that_would_lead_elsewhere_are_left_out(
    server: FdsnServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(PLACES, "../A", PLACES["AAA"])
    server.codes = "AAA", "../A"
    report = Report()
    channels = fetch_channels(client_of(server), request_of(tmp_path, server), report)
    assert [s.code for network in channels for s in network] == ["AAA"]
    assert [p.message for p in report.problems] == ["1 station with codes that cannot be"]


def test_steps_find_places_and_responses(server: FdsnServer, tmp_path: Path) -> None:
    server.rate_hz = 100.0
    request = request_of(tmp_path, server)
    client = with_channels(server, request)
    files, n_failed = fetch(client, request, Report())
    assert len(files) == 3 and n_failed == 0
    write_station_files(tmp_path, [client], tmp_path / ".fetch" / "xml", Report())
    for folder in ("mseed", "continuous/mseed"):
        (tmp_path / folder).mkdir(parents=True)
        assert find_stations_file(tmp_path / "mseed") == tmp_path / "stations.csv"
        waveforms = tmp_path / folder
        responses = load_responses(waveforms, ArrivalSettings(), Report(), wanted=EVERY)
        assert len(responses) == 9
    places = {
        s.code: (s.latitude, s.longitude, s.elevation_m)
        for s in read_stations(tmp_path / "stations.csv")
    }
    assert places == PLACES
    assert len(read_inventory(str(tmp_path / "stations.xml")).get_contents()["channels"]) == 9
    n_asked = len(server.asked)
    assert fetch(client, request, Report())[0] == files and len(server.asked) == n_asked


def test_stations_of_earlier_requests_stay(server: FdsnServer, tmp_path: Path) -> None:
    for code in ("BBB", "AAA"):
        request = request_of(tmp_path, server, stations=code)
        client = with_channels(server, request)
        fetch(client, request, Report())
        write_station_files(tmp_path, [client], tmp_path / ".fetch" / "xml", Report())
    assert [s.code for s in read_stations(tmp_path / "stations.csv")] == ["AAA", "BBB"]
    inventory = read_inventory(str(tmp_path / "stations.xml"))
    assert [s.code for network in inventory for s in network] == ["AAA", "BBB"]


def test_files_of_the_users_own_are_left_alone(server: FdsnServer, tmp_path: Path) -> None:
    own = {"stations.csv": "code,latitude,longitude\nAAA,1,2\n", "stations.xml": "<mine/>"}
    for name, text in own.items():
        (tmp_path / name).write_text(text)
    report = Report()
    client = with_channels(server, request_of(tmp_path, server))
    write_station_files(tmp_path, [client], tmp_path / ".fetch" / "xml", report)
    assert {name: (tmp_path / name).read_text() for name in own} == own
    assert [p.message for p in report.problems] == ["is not of this program: left as it is"] * 2


def test_stations_without_station_xml(server: FdsnServer, tmp_path: Path) -> None:
    server.faults.append(Fault(lambda _, query: "level=response" in query, 204))
    request = request_of(tmp_path, server)
    client = with_channels(server, request)
    assert fetch(client, request, Report()) == ([], 0)
    n_asked = len(server.asked)
    assert fetch(client, request, Report()) == ([], 0) and len(server.asked) == n_asked
    write_station_files(tmp_path, [client], tmp_path / ".fetch" / "xml", Report())
    assert not (tmp_path / "stations.xml").exists() and (tmp_path / "stations.csv").exists()


@pytest.mark.parametrize("do", [503, "die"])
def test_station_xml_that_could_not_be_got(
    do: str | int, server: FdsnServer, tmp_path: Path
) -> None:
    server.faults.append(Fault(lambda _, query: "station=BBB" in query, do))
    request, report = request_of(tmp_path, server), Report()
    client = with_channels(server, request)
    files, n_failed = fetch(client, request, report)
    assert len(files) == 2 and n_failed == 1
    assert "StationXML not got: http://127.0.0.1" in report.problems[0].message
    server.faults.clear()
    assert len(fetch(client, request, Report())[0]) == 3
