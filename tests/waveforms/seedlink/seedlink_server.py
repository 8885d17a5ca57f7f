"""A small SeedLink server on 127.0.0.1 that fails on request.

It speaks protocol 3 as SeisComP's manual has it: commands end with a carriage return, what changes
the connection is answered by OK or ERROR, packets are eight bytes (SL and a number of six
hexadecimal digits) and 512 bytes of miniSEED. In multi-station mode each station has numbers of its
own, and packets flow after END; in uni-station mode they flow after DATA, which is not answered.
"""

import select
import socket
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from io import BytesIO

import numpy as np
from obspy import Stream, Trace, UTCDateTime

from deepquake.waveforms.seedlink.archive import NotKept, ReceivedRecord, parse_record

START = UTCDateTime(2024, 3, 1, 12)
WRAP = 1 << 24
HELLO = b"SeedLink v3.1 (2020.075) :: SLPROTO:3.1 CAP EXTREPLY\r\nA made network\r\n"


def made_records(
    station: str = "AAA",
    channel: str = "HHZ",
    start: UTCDateTime = START,
    seconds: float = 60.0,
    rate_hz: float = 100.0,
    network: str = "XX",
    record_bytes: int = 512,
) -> list[bytes]:
    """Return records of miniSEED that hold noise, the same for the same arguments."""
    seed = sum(map(ord, station + channel)) + abs(int(start.timestamp))
    samples = np.random.default_rng(seed).normal(0, 500, round(seconds * rate_hz)).astype(np.int32)
    header = {"network": network, "station": station, "channel": channel}
    trace = Trace(samples, header | {"starttime": start, "sampling_rate": rate_hz})
    content = BytesIO()
    Stream([trace]).write(content, format="MSEED", reclen=record_bytes, encoding="STEIM2")
    whole = content.getvalue()
    return [whole[at : at + record_bytes] for at in range(0, len(whole), record_bytes)]


def packet(number: int, record: bytes) -> bytes:
    """Return a record as it is sent."""
    return b"SL%06X" % (number % WRAP) + record


def info_packets(text: str) -> bytes:
    """Return XML as the log records of an INFO answer; all but the last are marked by a star."""
    content = text.encode()
    parts = [content[at : at + 456] for at in range(0, max(len(content), 1), 456)]
    sent = b""
    for number, part in enumerate(parts):
        record = bytearray(512)
        record[:20] = b"%06dD INFO   INFXX" % (number + 1)
        moment = (2024).to_bytes(2) + (61).to_bytes(2) + bytes([12, 0, 0, 0, 0, 0])
        record[18:30] = b"SL" + moment
        record[30:32] = len(part).to_bytes(2)
        record[39], record[44:46], record[46:48] = 1, (56).to_bytes(2), (48).to_bytes(2)
        record[48:56] = (1000).to_bytes(2) + (0).to_bytes(2) + bytes([0, 1, 9, 0])
        record[56 : 56 + len(part)] = part
        last = number == len(parts) - 1
        sent += (b"SLINFO  " if last else b"SLINFO *") + bytes(record)
    return sent


@dataclass
class Buffer:
    """The packets of a station, with the number of the first."""

    records: list[bytes] = field(default_factory=list)
    first: int = 1


@dataclass
class SeedlinkServer:
    """What the server has, what it does wrong, and what it was told."""

    stations: dict[str, Buffer] = field(default_factory=lambda: defaultdict(Buffer))  # NET_STA
    refused: set[str] = field(default_factory=set)  # stations, or selectors, or INFO
    hello: bytes = HELLO
    dies_after: list[int] = field(default_factory=list)  # packets of the next connections
    cut: bytes = b""  # what is sent of a packet before it dies
    noise: bytes = b""  # sent in place of packets
    ends: bool = False  # whether END follows the last packet
    mute: bool = False  # whether it says nothing once packets are asked for
    is_uni_station: bool = False
    one_after_the_other: bool = False  # whether it first sends all of one station
    told: list[str] = field(default_factory=list)
    n_connections: int = 0
    port: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    closed: threading.Event = field(default_factory=threading.Event)

    @property
    def address(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self.port}"

    def add(self, records: list[bytes], station: str = "XX_AAA") -> None:
        """Give the server more packets of a station, which it sends at once."""
        with self.lock:
            self.stations[station].records.extend(records)

    def said(self, verb: str) -> list[str]:
        """Return the commands of one kind that came."""
        return [line for line in self.told if line.split()[0] == verb]


@contextmanager
def serving(server: SeedlinkServer) -> Iterator[SeedlinkServer]:
    """Let a server answer while the block is at work."""
    listener = socket.create_server(("127.0.0.1", 0))
    server.port = listener.getsockname()[1]
    listener.settimeout(0.02)

    def accept() -> None:
        while not server.closed.is_set():
            with suppress(TimeoutError):
                client, _ = listener.accept()
                server.n_connections += 1
                threading.Thread(target=_serve, args=(server, client), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.closed.set()
        thread.join()
        listener.close()


@dataclass
class _Wish:
    """What one connection asked for of a station."""

    station: str
    selectors: list[str] = field(default_factory=list)
    next: int = 0  # index of the next packet
    begin_s: float = -np.inf
    end_s: float = np.inf

    def wants(self, record: ReceivedRecord | None) -> bool:
        """Tell whether a record is asked for."""
        if record is None:
            return True
        in_time = record.end_ns / 1e9 > self.begin_s and record.start_ns / 1e9 < self.end_s
        name = record.codes.location.ljust(2) + record.codes.channel
        wanted = [word.partition(".")[0] for word in self.selectors]
        return in_time and any(fnmatchcase(name[-len(w) :], w) for w in wanted if w)


def _header_of(record: bytes) -> ReceivedRecord | None:
    with suppress(NotKept):
        return parse_record(record)
    return None


def _serve(server: SeedlinkServer, client: socket.socket) -> None:
    with client, suppress(OSError):
        wishes: list[_Wish] = []
        lines = _lines(server, client)
        for line in lines:
            server.told.append(line)
            if not _answer(server, client, line, wishes):
                break
        else:
            return
        _stream(server, client, wishes, lines)


def _lines(server: SeedlinkServer, client: socket.socket) -> Iterator[str]:
    """Yield the commands of a client, and empty ones while none comes."""
    held = b""
    while not server.closed.is_set():
        if not select.select([client], [], [], 0.01)[0]:
            continue
        if not (content := client.recv(1024)):
            return
        held += content.replace(b"\n", b"")
        *whole, held = held.split(b"\r")
        yield from (line.decode().strip() for line in whole if line.strip())


def _answer(server: SeedlinkServer, client: socket.socket, line: str, wishes: list[_Wish]) -> bool:
    """Answer a command; return whether more of them may come before packets."""
    verb, *given = line.split()
    if verb == "HELLO":
        client.sendall(server.hello)
    elif verb == "BYE":
        client.close()
    elif verb == "INFO":
        client.sendall(_info(server, given[0]))
    elif verb == "END":
        return False
    elif verb == "STATION":
        name = f"{given[1]}_{given[0]}"
        known = name in server.stations and name not in server.refused and not server.is_uni_station
        if known:
            wishes.append(_Wish(name))
        client.sendall(b"OK\r\n" if known else b"ERROR\r\n")
    elif verb == "SELECT":
        if not wishes:
            wishes.append(_Wish(next(iter(server.stations))))
        good = given[0] not in server.refused
        wishes[-1].selectors += given if good else []
        client.sendall(b"OK\r\n" if good else b"ERROR\r\n")
    elif verb in ("DATA", "FETCH", "TIME"):
        _start(server, wishes[-1], verb, given)
        if server.is_uni_station:
            return False
        client.sendall(b"OK\r\n")
    else:
        client.sendall(b"ERROR\r\n")
    return True


def _start(server: SeedlinkServer, wish: _Wish, verb: str, given: list[str]) -> None:
    """Set where a station's packets begin: at a number, if it is there, at a time, or with new."""
    buffer = server.stations[wish.station]
    wish.next = len(buffer.records)
    if verb == "TIME":
        wish.next = 0
        times = [datetime(*map(int, text.split(",")), tzinfo=UTC).timestamp() for text in given]
        wish.begin_s, wish.end_s = (*times, np.inf)[:2]
    elif given:
        index = (int(given[0], 16) - buffer.first) % WRAP
        if index < len(buffer.records):
            wish.next = index


def _info(server: SeedlinkServer, level: str) -> bytes:
    if "INFO" in server.refused:
        return b"ERROR\r\n"
    stations = "".join(
        f'<station name="{name.split("_")[1]}" network="{name.split("_")[0]}" description="x"/>'
        for name in server.stations
    )
    inner = stations if level == "STATIONS" else ""
    return info_packets(f'<?xml version="1.0"?><seedlink software="made">{inner}</seedlink>')


def _stream(
    server: SeedlinkServer, client: socket.socket, wishes: list[_Wish], lines: Iterator[str]
) -> None:
    """Send what is asked for, as it comes, until the client goes or the server is to die."""
    left = server.dies_after.pop(0) if server.dies_after else -1
    if server.noise:
        client.sendall(server.noise)
    threading.Thread(target=_hear, args=(server, client, lines), daemon=True).start()
    while not server.closed.is_set() and not server.mute:
        sent = False
        for wish in wishes:
            with server.lock:
                buffer = server.stations[wish.station]
                if wish.next >= len(buffer.records):
                    continue
                number, record = buffer.first + wish.next, buffer.records[wish.next]
            wish.next += 1
            sent = True
            if wish.wants(_header_of(record)):
                if left == 0:
                    client.sendall(server.cut)
                    client.shutdown(socket.SHUT_RDWR)
                    return
                left -= 1
                client.sendall(packet(number, record))
            if server.one_after_the_other:
                break
        if not sent:
            if server.ends or all(np.isfinite(wish.end_s) for wish in wishes):
                client.sendall(b"END")
                server.closed.wait(0.5)
                return
            time.sleep(0.005)
    server.closed.wait()


def _hear(server: SeedlinkServer, client: socket.socket, lines: Iterator[str]) -> None:
    """Answer INFO, which may come at any time."""
    with suppress(OSError, ValueError):  # the other thread has closed it
        for line in lines:
            server.told.append(line)
            if line.startswith("INFO") and not server.mute:
                client.sendall(_info(server, line.split()[1]))
