"""A small FDSN server (dataselect, station, event) on 127.0.0.1 that fails on request."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatch
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from threading import Thread
from urllib.parse import parse_qsl, urlsplit
from zlib import crc32

import numpy as np
from obspy import Catalog, Stream, Trace, UTCDateTime
from obspy.clients.fdsn.header import DEFAULT_SERVICES
from obspy.core.event import Event, Magnitude, Origin, Pick, WaveformStreamID
from obspy.core.inventory import Channel, Inventory, Network, Response, Station
from obspy.core.inventory.response import InstrumentSensitivity, PolesZerosResponseStage

BEGIN = UTCDateTime(2024, 3, 1)
# latitude, longitude and elevation (m) of the stations
PLACES = {"AAA": (38.8, -122.8, 900.0), "BBB": (38.9, -122.7, 700.0), "CCC": (39.0, -122.9, 50.0)}
COMPONENTS = "ZNE"
LARGEST = 50_000_000  # bytes
# (origin time, latitude, longitude, magnitude)
EVENTS = [(BEGIN + 3600, 38.82, -122.81, 2.0), (BEGIN + 40000, 38.85, -122.75, 1.1)]


@dataclass
class Fault:
    """What goes wrong with requests that ``of`` picks, so many times (-1: always)."""

    of: Callable[[str, str], bool]  # of the path and what follows it, or was posted
    do: str | int  # a status, or a word of FdsnHandler.fail
    times: int = -1


@dataclass
class FdsnServer:
    """What the server has, what it does wrong, and what it was asked for."""

    rate_hz: float = 1.0
    sensor: str = "HH"
    codes: tuple[str, ...] = tuple(PLACES)
    location: str = ""
    services: tuple[str, ...] = ("dataselect", "station", "event")
    arrivals: bool = True  # whether it can give picks
    text: bool = True  # whether it can give lists as text
    absent: Callable[[str, float], bool] = lambda station, time_s: False  # of records
    longest_s: float = 1e9  # of a channel in one request
    most_events: int = 20000
    most_events_status: int = 413
    faults: list[Fault] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)  # path, query
    url: str = ""

    def n_asked(self, service: str) -> int:
        """Return how many queries of a service there were."""
        return sum(f"/{service}/1/query" in path for path, _ in self.asked)


class QuietServer(ThreadingHTTPServer):
    """Says nothing of clients that leave before their answer."""

    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def running(server: FdsnServer) -> Iterator[FdsnServer]:
    """Let a server answer while the block is at work."""
    http = QuietServer(("127.0.0.1", 0), FdsnHandler)
    http.fdsn = server  # type: ignore[attr-defined]
    server.url = f"http://127.0.0.1:{http.server_port}"
    thread = Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        http.shutdown()
        http.server_close()
        thread.join()


class FdsnHandler(BaseHTTPRequestHandler):
    """Answers as FDSN web services do (FDSN-WS-Specifications 1.2)."""

    def do_GET(self) -> None:
        """Answer a query in an address."""
        url = urlsplit(self.path)
        self.answer(url.path, url.query)

    def do_POST(self) -> None:
        """Answer a query in the body."""
        length = int(self.headers["Content-Length"])
        self.answer(urlsplit(self.path).path, self.rfile.read(length).decode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def answer(self, path: str, query: str) -> None:
        """Send what is asked for, or fail."""
        server: FdsnServer = self.server.fdsn  # type: ignore[attr-defined]
        server.asked.append((path, query))
        service = path.split("/")[2]
        if service not in server.services or path.endswith(("catalogs", "contributors")):
            self.send(404, b"")
            return
        for fault in server.faults:
            if fault.times and fault.of(path, query):
                fault.times -= 1
                if fault.do != "die" or path.endswith("wadl"):
                    self.fail(fault.do)
                    return
                status, content = getattr(self, f"of_{service}")(server, path, query)
                self.die(content)
                return
        if path.endswith("application.wadl"):
            self.send(200, wadl(server, service))
            return
        self.send(*getattr(self, f"of_{service}")(server, path, query))

    def fail(self, do: str | int) -> None:
        """Fail in one of the ways that servers have."""
        if isinstance(do, int):
            self.send(do, b"" if do == 204 else b"Error: no\nmore of it")
        elif do == "empty":
            self.send(200, b"")
        elif do == "page":
            self.send(200, b"<html><p>Down for maintenance</html>")
        elif do == "nonsense":
            self.send(200, b"one|two")
        elif do == "slow":
            time.sleep(0.6)
            self.send(204, b"")
        elif do == "vanish":
            self.connection.close()

    def die(self, content: bytes) -> None:
        """Send a part, without telling how long the whole is."""
        self.send_response(200)
        self.end_headers()
        self.wfile.write(content[: len(content) * 2 // 3 + 7])

    def send(self, status: int, content: bytes) -> None:
        """Send an answer."""
        self.send_response(status)
        if status != 204:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def of_dataselect(self, server: FdsnServer, path: str, query: str) -> tuple[int, bytes]:
        """Return the records that are asked for."""
        rows = [line.split() for line in query.splitlines() if "=" not in line and line]
        traces = []
        for network, code, location, channel, start, end in rows:
            begin, finish = UTCDateTime(start), UTCDateTime(end)
            if finish - begin > server.longest_s:
                return 413, b"too much"
            has_it = network == "XX" and code in server.codes and channel[:2] == server.sensor
            if not has_it or server.absent(code, begin.timestamp):
                continue
            location = location.replace("--", "")
            traces.append(trace_of((network, code, location, channel), begin, finish, server))
        return (200, mseed_of(traces)) if traces else (204, b"")

    def of_station(self, server: FdsnServer, path: str, query: str) -> tuple[int, bytes]:
        """Return the list of channels, or StationXML."""
        given = dict(parse_qsl(query))
        codes = [c for c in server.codes if matches(c, given.get("station", "*"))]
        sensors = {part[:2] for part in given.get("channel", "HH?").split(",")}
        south, north = float(given.get("minlatitude", -90)), float(given.get("maxlatitude", 90))
        codes = [code for code in codes if south <= PLACES[code][0] <= north]
        if not codes or server.sensor not in sensors:
            return 204, b""
        if given.get("format") == "text":
            return 200, channel_list(codes, server).encode()
        return 200, station_xml(tuple(codes), server.sensor, server.location, server.rate_hz)

    def of_event(self, server: FdsnServer, path: str, query: str) -> tuple[int, bytes]:
        """Return events as QuakeML."""
        given = dict(parse_qsl(query))
        begin, end = UTCDateTime(given["starttime"]), UTCDateTime(given["endtime"])
        least = float(given.get("minmagnitude", -9))
        found = [n for n, e in enumerate(EVENTS) if begin <= e[0] < end and e[3] >= least]
        if len(found) > server.most_events:
            return server.most_events_status, b"matching events exceeds search limit"
        if not found:
            return 204, b""
        return 200, quakeml_of(tuple(found))


def matches(code: str, patterns: str) -> bool:
    """Return whether a code is among patterns between commas."""
    return any(fnmatch(code, pattern) for pattern in patterns.split(","))


def wadl(server: FdsnServer, service: str) -> bytes:
    """Return what a service says that it can do."""
    names = set(DEFAULT_SERVICES[service])
    if not server.text:
        names.discard("format")
    if service == "event" and not server.arrivals:
        names.remove("includearrivals")
    rows = "".join(f'<param name="{name}" style="query"/>' for name in sorted(names))
    return (
        '<application xmlns="http://wadl.dev.java.net/2009/02">'
        f'<resources base="{server.url}/fdsnws/{service}/1/"><resource path="query">'
        f'<method name="GET" id="query"><request>{rows}</request></method>'
        "</resource></resources></application>"
    ).encode()


def trace_of(
    codes: tuple[str, str, str, str], begin: UTCDateTime, end: UTCDateTime, server: FdsnServer
) -> Trace:
    """Return a channel's samples of a time: noise, the same each time it is asked for."""
    seed = crc32(f"{codes}{begin}".encode())
    n_samples = max(1, int((end - begin) * server.rate_hz))
    data = np.random.default_rng(seed).normal(0, 500, n_samples).astype(np.int32)
    header = dict(zip(("network", "station", "location", "channel"), codes, strict=True))
    return Trace(data, header | {"starttime": begin, "sampling_rate": server.rate_hz})


def mseed_of(traces: list[Trace]) -> bytes:
    """Return traces as records of 512 bytes."""
    content = BytesIO()
    Stream(traces).write(content, format="MSEED", reclen=512)
    return content.getvalue()


def channel_list(codes: list[str], server: FdsnServer) -> str:
    """Return the channels of stations as FDSN text."""
    names = "Network|Station|Location|Channel|Latitude|Longitude|Elevation|Depth|Azimuth|Dip"
    header = f"#{names}|SensorDescription|Scale|ScaleFreq|ScaleUnits|SampleRate|StartTime|EndTime"
    rows = [
        f"XX|{code}|{server.location}|{server.sensor}{component}|"
        f"{'|'.join(map(str, PLACES[code]))}|0|0|0|made|1|1|M/S|{server.rate_hz}|"
        "2010-01-01T00:00:00|"
        for code in codes
        for component in COMPONENTS
    ]
    return "\n".join([header, *rows, ""])


@cache  # the same bytes each time, as ObsPy notes when it wrote them
def station_xml(codes: tuple[str, ...], sensor: str, location: str, rate_hz: float) -> bytes:
    """Return stations with the responses of their channels."""
    stage = PolesZerosResponseStage(
        *(1, 1e9, 1.0, "M/S", "COUNTS"),
        *("LAPLACE (RADIANS/SECOND)", 1.0, [0j, 0j], [-4.4 + 4.4j, -4.4 - 4.4j]),
    )
    sensitivity = InstrumentSensitivity(1e9, 1.0, "M/S", "COUNTS")
    response = Response(instrument_sensitivity=sensitivity, response_stages=[stage])
    since, stations = UTCDateTime(2010, 1, 1), []
    for code in codes:
        given = {"depth": 0.0, "sample_rate": rate_hz, "start_date": since, "response": response}
        names = [f"{sensor}{component}" for component in COMPONENTS]
        channels = [Channel(name, location, *PLACES[code], **given) for name in names]
        stations.append(Station(code, *PLACES[code], channels=channels, start_date=since))
    content = BytesIO()
    inventory = Inventory([Network("XX", stations)], source="a small server")
    inventory.write(content, format="STATIONXML")
    return content.getvalue()


@cache  # the same bytes each time, as ObsPy gives each event an identifier by chance
def quakeml_of(numbers: tuple[int, ...]) -> bytes:
    """Return events, each with a P at each station, as QuakeML."""
    content = BytesIO()
    Catalog([event_of(*event) for event in (EVENTS[number] for number in numbers)]).write(
        content, format="QUAKEML"
    )
    return content.getvalue()


def event_of(time: UTCDateTime, latitude: float, longitude: float, magnitude: float) -> Event:
    """Return an event with a P at each station."""
    origin = Origin(time=time, latitude=latitude, longitude=longitude, depth=5000.0)
    picks = [
        Pick(
            time=time + 2 + number,
            phase_hint="P",
            waveform_id=WaveformStreamID("XX", code, channel_code="HHZ"),
        )
        for number, code in enumerate(PLACES)
    ]
    size = Magnitude(mag=magnitude, magnitude_type="ML")
    return Event(event_type="earthquake", origins=[origin], magnitudes=[size], picks=picks)
