"""Talking to a SeedLink server: what it is asked, what it answers, and what goes wrong."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import pytest
from obspy.clients.seedlink.seedlinkexception import SeedLinkException

from deepquake.core.errors import DeepQuakeError
from deepquake.waveforms.seedlink import connection as connections
from deepquake.waveforms.seedlink.connection import (
    ONLY_STATION,
    LinkLost,
    LinkPatience,
    ServerConnection,
    connect,
    negotiate,
    packets,
    stations_of,
)
from deepquake.waveforms.seedlink.request import parse_stations
from tests.waveforms.seedlink.seedlink_server import (
    START,
    SeedlinkServer,
    info_packets,
    made_records,
    serving,
)

QUICK = LinkPatience(answer_s=2.0, idle_s=0.1, silent_s=0.8)
N_RECORDS = len(made_records())
STATIONS = parse_stations("XX_AAA,XX_BBB:HHZ HHN")


@contextmanager
def connected(server: SeedlinkServer) -> Iterator[ServerConnection]:
    """Yield a connection to a server that runs."""
    with serving(server):
        connection = connect("127.0.0.1", server.port, QUICK)
        try:
            yield connection
        finally:
            connection.disconnect()


def with_two_stations(**options) -> SeedlinkServer:
    """Return a server of two stations that ends where there is no more."""
    server = SeedlinkServer(**{"ends": True, **options})
    for station in ("AAA", "BBB"):
        server.add(made_records(station), f"XX_{station}")
    return server


def numbers(connection: ServerConnection) -> list[int]:
    """Return the numbers of the packets that come."""
    found = packets(connection, QUICK)
    return [packet.get_sequence_number() for packet in found if packet is not None]


def test_stations_are_asked_for_and_their_packets_come() -> None:
    with connected(with_two_stations()) as connection:
        assert negotiate(connection, STATIONS, {"XX_AAA": 9, "XX_BBB": 12}) == []
        assert sorted(numbers(connection)) == sorted(
            [*range(10, N_RECORDS + 1), *range(13, N_RECORDS + 1)]
        )


def test_what_is_said_to_the_server() -> None:
    server = with_two_stations()
    with connected(server) as connection:
        negotiate(connection, STATIONS, {"XX_AAA": 0xAB, "XX_BBB": 0xFFFFFF, "XX_CCC": 1})
        numbers(connection)
    assert server.told == [
        *("HELLO", "STATION AAA XX", "SELECT ???.D", "DATA 0000AC"),
        *("STATION BBB XX", "SELECT HHZ", "SELECT HHN", "DATA 000000", "END"),  # from 0 again
    ]


def test_a_time_is_asked_for_where_nothing_was_received() -> None:
    begin_s = START.timestamp
    for last, end_s, said in (
        ({}, None, ["TIME 2024,03,01,12,00,00"] * 2),
        ({"XX_AAA": 3}, None, ["DATA 000004", "DATA"]),
        ({"XX_AAA": 3}, begin_s + 5, ["TIME 2024,03,01,12,00,00 2024,03,01,12,00,05"] * 2),
    ):
        server = with_two_stations()
        with connected(server) as connection:
            negotiate(connection, STATIONS, last, begin_s=begin_s, end_s=end_s)
            numbers(connection)
        assert [line for line in server.told if line.startswith(("DATA", "TIME"))] == said


def test_the_only_station_of_a_server_is_not_asked_for_by_name() -> None:
    server = with_two_stations(is_uni_station=True)
    with connected(server) as connection:
        assert negotiate(connection, (), {ONLY_STATION.name: N_RECORDS - 2}) == []
        assert numbers(connection) == [N_RECORDS - 1, N_RECORDS]
    assert server.told == ["HELLO", "SELECT ???.D", f"DATA {N_RECORDS - 1:06X}"]
    server = with_two_stations(is_uni_station=True)
    with connected(server) as connection, pytest.raises(DeepQuakeError, match="refuses XX_AAA"):
        negotiate(connection, STATIONS[:1], {})


def test_what_is_refused_is_told_and_the_rest_comes() -> None:
    server = with_two_stations(refused={"XX_AAA", "HHN"})
    with connected(server) as connection:
        assert negotiate(connection, STATIONS, {"XX_BBB": N_RECORDS - 1}) == [
            "XX_AAA",
            "XX_BBB:HHN",
        ]
        assert numbers(connection) == [N_RECORDS]
    server = with_two_stations(refused={"XX_AAA", "XX_BBB"})
    with (
        connected(server) as connection,
        pytest.raises(DeepQuakeError, match="XX_AAA, XX_BBB: it has no"),
    ):
        negotiate(connection, STATIONS, {})


def test_a_server_tells_its_stations_in_as_many_packets_as_it_takes() -> None:
    server = SeedlinkServer()
    names = [("XX", f"S{number:03d}") for number in range(60)]
    for network, station in names:
        server.add([], f"{network}_{station}")
    with connected(server) as connection:
        assert len(info_packets("x" * 3000)) > 5 * 520
        assert stations_of(connection, QUICK) == names
        server.add(made_records("S003")[:1], "XX_S003")
        server.ends = True
        negotiate(connection, parse_stations("XX_S003"), {"XX_S003": 0})
        assert numbers(connection) == [1]


def test_without_a_list_of_stations_each_must_be_named() -> None:
    no_list = pytest.raises(DeepQuakeError, match=r"gives no list of its stations; name each")
    with connected(with_two_stations(refused={"INFO"})) as connection, no_list:
        stations_of(connection, QUICK)


def test_a_silent_server_is_asked_whether_it_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "TICK_S", 0.02)
    server = with_two_stations(ends=False)
    with connected(server) as connection:
        negotiate(connection, STATIONS, {})
        found = packets(connection, QUICK)
        while len(server.said("INFO")) < 2:
            assert next(found) is None
        assert server.said("INFO")[:2] == ["INFO ID"] * 2
        server.mute = True
        with pytest.raises(LinkLost, match=r"silent for \d\.\d+ s"):
            list(found)


def test_a_server_may_not_want_to_be_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "TICK_S", 0.02)
    server = with_two_stations(ends=False, refused={"INFO"})
    with connected(server) as connection:
        negotiate(connection, STATIONS, {})
        found = packets(connection, QUICK)
        while not server.said("INFO"):
            assert next(found) is None
        server.add(made_records()[:1])
        assert next(packet for packet in found if packet is not None)
        assert len(server.said("INFO")) == 1


@pytest.mark.parametrize(
    ("noise", "message"),
    [
        (b"HTTP/1.1 400" * 60, "no packet of SeedLink 3"),
        (b"ERROR no, thanks\r\n", "answers 'ERROR no, thanks'"),
    ],
)
def test_what_is_no_packet_ends_a_connection(noise: bytes, message: str) -> None:
    with connected(with_two_stations(noise=noise, mute=True)) as connection:
        negotiate(connection, STATIONS, {})
        with pytest.raises((LinkLost, SeedLinkException), match=message):
            numbers(connection)


def test_a_server_of_another_protocol_is_told() -> None:
    hello = b"SeedLink v4.0 (made) :: SLPROTO:4.0\r\nOrg\r\n"
    other = pytest.raises(DeepQuakeError, match=r"speaks SeedLink 4; records are received by .* 3")
    with serving(SeedlinkServer(hello=hello)) as server, other:
        connect("127.0.0.1", server.port, QUICK)


def test_a_server_that_dies_in_the_middle_of_a_packet() -> None:
    with connected(with_two_stations(dies_after=[3], cut=b"SL0000")) as connection:
        negotiate(connection, STATIONS, {"XX_AAA": 0})
        found = packets(connection, QUICK)
        assert [next(found).get_sequence_number() for _ in range(3)] == [1, 2, 3]
        with pytest.raises(LinkLost, match="has closed the connection"):
            list(found)


def test_answers_may_come_in_pieces() -> None:
    listener = socket.create_server(("127.0.0.1", 0))

    def answer() -> None:
        client, _ = listener.accept()
        with client:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for pieces in (
                (b"SeedL", b"ink v3.1\r\n"),
                (b"Its name\r", b"\nO", b"K\r\n"),
                (b"OK\r\n",),
            ):
                client.recv(100)
                for piece in pieces:
                    client.sendall(piece)
            client.recv(100)
            client.sendall(b"OK\r\n")
            client.recv(100)
            client.sendall(b"END")
            client.recv(100)

    Thread(target=answer, daemon=True).start()
    connection = connect("127.0.0.1", listener.getsockname()[1], QUICK)
    assert negotiate(connection, STATIONS[:1], {}) == []
    assert numbers(connection) == []
    connection.disconnect()
    listener.close()


def test_what_cannot_be_reached_and_what_is_another_server() -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    with pytest.raises(LinkLost, match="cannot be reached: timed out"):
        connect("127.0.0.1", port, LinkPatience(answer_s=0.1))  # does not say HELLO
    listener.close()
    with pytest.raises(LinkLost, match="cannot be reached: Connection refused"):
        connect("127.0.0.1", port, QUICK)
    with pytest.raises(DeepQuakeError, match="no such host:1: there is no host"):
        connect("no such host", 1, QUICK)  # no name: known without the net
    for hello in (b"SSH-2.0-x\r\n", b"\xff\r\n", b"x" * 2000):
        said = hello.decode("latin-1").strip()[:60]
        is_other = pytest.raises(DeepQuakeError, match=f"is no SeedLink server: it says '{said}'")
        with serving(SeedlinkServer(hello=hello)) as server, is_other:
            connect("127.0.0.1", server.port, QUICK)


@pytest.mark.parametrize(
    ("hello", "version"),
    [
        (b"SeedLink v3.1 (2020.075) :: SLPROTO:3.1 CAP\r\nOrg\r\n", 3.1),
        (b"SeedLink v4.0 (x) :: SLPROTO:4.0 SLPROTO:3.1\r\nOrg\r\n", 4.0),
        (b"SeedLink v2.92\r\nMy own network\r\n", 2.92),
        (b"seedlink v4 x\r\n\r\n", 4.0),
        (b"SeedLink\r\nOrg\r\n", 0.0),
    ],
)
def test_a_server_says_its_version_in_several_forms(hello: bytes, version: float) -> None:
    with connected(SeedlinkServer(hello=hello)) as connection:
        assert connection.server_version == version
