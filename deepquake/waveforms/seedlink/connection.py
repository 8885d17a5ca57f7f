"""A connection to a SeedLink server: protocol 3, by ObsPy's client.

ObsPy's own loop (``collect``) waits for minutes where a server has closed the connection, only logs
which stations are refused, forgets the packet numbers of stations that were asked for by patterns,
and waits for an answer that servers of one station do not give. So its parts are used one by one.

Source: SeisComP's manual of SeedLink, and FDSN's (https://docs.fdsn.org/projects/seedlink), for
protocol 3.
"""

import re
import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.etree import ElementTree

from obspy.clients.seedlink.client.seedlinkconnection import SeedLinkConnection
from obspy.clients.seedlink.client.slstate import SLState
from obspy.clients.seedlink.seedlinkexception import SeedLinkException
from obspy.clients.seedlink.slpacket import SLPacket

from deepquake.core.errors import DeepQuakeError, short
from deepquake.core.text import duration, listing, printable
from deepquake.waveforms.seedlink.request import EVERY_CHANNEL, StationRequest
from deepquake.waveforms.seedlink.state import SEQUENCES

TICK_S = 0.5  # how long a packet is waited for before there is a look at anything else
LINE_BYTES = 1024  # more than any answer in words
WITH_INFO = 2.92  # version of the protocol
ONLY_STATION = StationRequest("", "")  # of a server whose stations are not asked for by name
VERSION = re.compile(r" v(\d+(?:\.\d+)?)")  # of the protocol, in the answer to HELLO
PROTOCOL = re.compile(r"SLPROTO:(\d+)")  # each that the server speaks
LONGEST_ANSWER = 60  # letters that are shown of it
SHOWN_REFUSALS = 5  # stations that a message names
WHY_REFUSED = "it has no such station or channel, or does not give it to this machine"


class LinkLost(Exception):
    """A connection that cannot go on; another one may."""


class ServerRefuses(LinkLost):
    """A server that answers by an error."""


@dataclass(frozen=True)
class LinkPatience:
    """How long a server is waited for (s)."""

    answer_s: float = 30.0  # for an answer to a command
    idle_s: float = 30.0  # without any packet: then it is asked whether it is there
    silent_s: float = 120.0  # without a sign of life: then the connection is made anew
    first_wait_s: float = 1.0  # before that; twice as long each further time
    longest_wait_s: float = 60.0


class ServerConnection(SeedLinkConnection):
    """ObsPy's connection, which takes one that is closed for one where nothing comes."""

    def receive_data(self, maxbytes: int, code: str) -> bytes:
        """Return what the server sends next.

        Parameters
        ----------
        maxbytes : int
            The most bytes that are taken.
        code : str
            The server, for ObsPy.
        """
        content: bytes = super().receive_data(maxbytes, code)
        if not content:
            raise LinkLost("the server has closed the connection")
        return content

    def say_hello(self) -> None:
        """Ask the server what it is; ObsPy's takes one form of the answer only, in one piece."""
        self.send_data(b"HELLO\r", self.sladdr, 0)
        told = b""
        while b"\n" not in told and len(told) < LINE_BYTES:
            told += self.receive_data(LINE_BYTES, self.sladdr)
        line = told.partition(b"\n")[0].decode("latin-1").strip()
        if not line.lower().startswith("seedlink"):
            says = f": it says '{printable(line[:LONGEST_ANSWER])}'" if line else ""
            raise DeepQuakeError(f"{self.sladdr}: is no SeedLink server{says}")
        spoken = PROTOCOL.findall(line)
        if spoken and "3" not in spoken:
            what = f"speaks SeedLink {', '.join(spoken)}; records are received by SeedLink 3 alone"
            raise DeepQuakeError(f"{self.sladdr}: {what}")
        version = VERSION.search(line)
        self.server_version = float(version[1]) if version else 0.0


def connect(host: str, port: int, patience: LinkPatience) -> ServerConnection:
    """Return a connection to a server that has said what it is.

    Parameters
    ----------
    host, port
        The server.
    patience : LinkPatience
        How long it is waited for.

    Raises
    ------
    DeepQuakeError
        Where there is no such server, or it does not speak SeedLink.
    LinkLost
        Where it may answer another time.
    """
    connection = ServerConnection(timeout=patience.answer_s)
    connection.set_sl_address(f"{host}:{port}")
    connection.netto = patience.answer_s
    try:
        connection.connect()
    except (DeepQuakeError, LinkLost):
        connection.disconnect()
        raise
    except (SeedLinkException, OSError) as error:
        cause = error.__context__ if isinstance(error, SeedLinkException) else error
        if isinstance(cause, socket.gaierror) and cause.errno == socket.EAI_NONAME:
            raise DeepQuakeError(f"{host}:{port}: there is no host of this name") from None
        raise LinkLost(f"cannot be reached: {short(cause or error)}") from None
    return connection


def stations_of(connection: ServerConnection, patience: LinkPatience) -> list[tuple[str, str]]:
    """Return network and station codes of all stations of a server.

    Parameters
    ----------
    connection : ServerConnection
        A new connection.
    patience : LinkPatience
        How long the answer is waited for.

    Raises
    ------
    DeepQuakeError
        Where the server does not tell.
    """
    told = b""
    try:
        connection.send_info_request("STATIONS", 0)
        for packet in packets(connection, patience, with_info=True):
            if packet is None:
                continue
            told += packet.get_string_payload()
            if packet.get_type() == SLPacket.TYPE_SLINFT:
                break
        connection.socket.settimeout(patience.answer_s)
        stations = ElementTree.fromstring(told.rstrip(b"\0")).iter("station")
        return [(found.get("network", ""), found.get("name", "")) for found in stations]
    except (ServerRefuses, SeedLinkException, ElementTree.ParseError):
        raise DeepQuakeError(
            f"{connection.sladdr}: gives no list of its stations; name each, without * and ?"
        ) from None


def negotiate(
    connection: ServerConnection,
    stations: Sequence[StationRequest],
    last: Mapping[str, int],
    begin_s: float | None = None,
    end_s: float | None = None,
) -> list[str]:
    """Ask for stations; their packets follow.

    Parameters
    ----------
    connection : ServerConnection
        A new connection.
    stations : sequence of StationRequest
        Which, without patterns; none is the only station of the server.
    last : mapping of str to int
        The number of the last packet that was received of each station, by name.
    begin_s : float, optional
        Where nothing was received yet: from when on records are asked for, seconds since 1970 UTC.
        None: from the next one on.
    end_s : float, optional
        Until when: records of this span are asked for, whatever was received.

    Returns
    -------
    list of str
        What the server refuses: stations, and channels of stations.

    Raises
    ------
    DeepQuakeError
        Where the server refuses all of it.
    """
    fresh = "DATA"
    if end_s is not None or not any(s.name in last for s in stations or (ONLY_STATION,)):
        # of all stations or of none: servers take no mixture
        fresh, last = " ".join(["TIME", *map(_seedlink_time, (begin_s, end_s))]).strip(), {}
        fresh = "DATA" if begin_s is None else fresh

    def start(name: str) -> str:
        return f"DATA {(last[name] + 1) % SEQUENCES:06X}" if name in last else fresh

    if not stations:
        _ask(connection, f"SELECT {EVERY_CHANNEL}")
        _send(connection, start(ONLY_STATION.name))  # is answered by packets
        return []
    refused, n_accepted = [], 0
    for station in stations:
        if not _ask(connection, f"STATION {station.station} {station.network}"):
            refused.append(station.name)
            continue
        selectors = station.selectors or (EVERY_CHANNEL,)
        wrong = [word for word in selectors if not _ask(connection, f"SELECT {word}")]
        if wrong:
            refused.append(f"{station.name}:{' '.join(wrong)}")
        if len(wrong) < len(selectors):
            command = start(station.name)
            if _ask(connection, command):
                n_accepted += 1
            else:
                refused.append(f"{station.name} ({command})")
    if not n_accepted:
        what = f"refuses {listing(refused, SHOWN_REFUSALS)}: {WHY_REFUSED}"
        raise DeepQuakeError(f"{connection.sladdr}: {what}")
    _send(connection, "END")
    return refused


def packets(
    connection: ServerConnection, patience: LinkPatience, with_info: bool = False
) -> Iterator[SLPacket | None]:
    """Yield what a server sends, and None where nothing came for a moment; until it says END.

    Parameters
    ----------
    connection : ServerConnection
        One that packets have been asked of.
    patience : LinkPatience
        When a server that sends nothing is asked whether it is there, and when it is not.
    with_info : bool
        Whether packets of information are yielded, too.

    Raises
    ------
    LinkLost, SeedLinkException
        Where the connection cannot go on.
    """
    assert connection.socket is not None
    connection.socket.settimeout(TICK_S)
    connection.state = buffer = SLState()
    can_ask, has_asked = connection.check_version(WITH_INFO) > 0, False
    heard_s = asked_s = time.monotonic()
    while True:
        while buffer.packet_available():
            packet = buffer.get_packet()
            if packet.slhead[:2].upper() != SLPacket.SIGNATURE:
                raise LinkLost("the server sends what is no packet of SeedLink 3")
            is_info = buffer.packet_is_info()
            buffer.increment_send_pointer()
            if with_info or not is_info:
                yield packet
        buffer.pack_data_buffer()
        rest = bytes(buffer.databuf[: buffer.recptr])
        if rest.startswith(SLPacket.ENDSIGNATURE):
            return
        if rest.startswith(b"ERROR") and b"\n" in rest:  # some say more behind it
            said = rest.partition(b"\n")[0] + b"\n"
            if with_info or not has_asked:
                what = printable(said.decode("latin-1").strip()[:LONGEST_ANSWER])
                raise ServerRefuses(f"the server answers '{what}'")
            buffer.sendptr += len(said)  # it is there, but gives no information
            can_ask = False
            continue
        try:
            content = connection.receive_data(buffer.bytes_remaining(), connection.sladdr)
        except TimeoutError:
            yield None
            since_s = time.monotonic() - heard_s
            if since_s > patience.silent_s:
                raise LinkLost(f"the server has been silent for {duration(since_s)}") from None
            if can_ask and since_s > patience.idle_s and asked_s <= heard_s:
                asked_s, has_asked = time.monotonic(), True
                connection.send_info_request("ID", 0)
            continue
        buffer.append_bytes(content)
        heard_s = time.monotonic()


def _seedlink_time(time_s: float | None) -> str:
    return "" if time_s is None else f"{datetime.fromtimestamp(time_s, UTC):%Y,%m,%d,%H,%M,%S}"


def _send(connection: ServerConnection, command: str) -> None:
    connection.send_data(f"{command}\r".encode(), connection.sladdr, 0)


def _ask(connection: ServerConnection, command: str) -> bool:
    """Send a command; return whether it is accepted."""
    _send(connection, command)
    told = b""
    while True:
        told += connection.receive_data(LINE_BYTES, connection.sladdr)
        for line in told.upper().split(b"\r\n")[:-1]:
            if line.startswith((b"OK", b"ERROR")):  # what else there is, is left from HELLO
                return line.startswith(b"OK")
