"""Receiving records from a SeedLink server into an archive, for as long as is wanted."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread

from obspy.clients.seedlink.seedlinkexception import SeedLinkException
from obspy.clients.seedlink.slpacket import SLPacket

from deepquake.core.errors import DeepQuakeError, short
from deepquake.core.files import put_on_disk
from deepquake.core.locks import hold
from deepquake.core.text import counted, duration, listing, number_of
from deepquake.waveforms.seedlink.archive import Archive, NotKept, parse_record
from deepquake.waveforms.seedlink.connection import (
    ONLY_STATION,
    WHY_REFUSED,
    LinkLost,
    LinkPatience,
    ServerConnection,
    connect,
    negotiate,
    packets,
    stations_of,
)
from deepquake.waveforms.seedlink.request import StationRequest, resolve
from deepquake.waveforms.seedlink.state import SEQUENCES, Received, load_received

LOCK = "seedlink"
SAVE_S = 2.0  # between two times that the packet numbers are written
BACKLOG_S = 3600.0  # in which every station that is heard at all has sent something
FIRST_TOLD_S = 60.0  # after which is told for the first time what came
TOLD_S = 600.0  # between two times that this is told
SHOWN_OF_EACH = 6
MOST_IN_VAIN = 4  # connections, one after another, that bring nothing new of a span
NOTHING_NEW = f"nothing new came {MOST_IN_VAIN} times: taken for all that it has of this time"
START_S = 15.0  # that a beginning is waited for
STOP_S = 5.0  # that an end is waited for


@dataclass(frozen=True)
class SeedlinkRequest:
    """What is received from where, and into which archive (SDS)."""

    address: tuple[str, int]
    stations: tuple[StationRequest, ...]
    folder: Path
    sensors: tuple[str, ...] = ()  # of stations without selectors: other channels are left out
    begin_s: float | None = None
    end_s: float | None = None

    @property
    def server(self) -> str:
        """Its name."""
        return "{}:{}".format(*self.address)

    @property
    def state_path(self) -> Path:
        """Where is kept up to where its packets have come."""
        return self.folder / ".seedlink-{}-{}.json".format(*self.address)


@dataclass
class Receipt:
    """How many packets came of each channel, how many twice, and how many are left out and why."""

    records: Counter[str] = field(default_factory=Counter)
    doubled: int = 0
    unused: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        channels = number_of(len(self.records), "channel")
        why = f": {counted(self.unused, SHOWN_OF_EACH)}" if self.unused else ""
        return (
            f"{number_of(self.records.total(), 'record')} of {channels} written, "
            f"{self.doubled} came twice, {self.unused.total()} left out{why}"
        )


@dataclass
class _Receiver:
    """One run: what is wanted, who is told, and what has come so far."""

    request: SeedlinkRequest
    tell: Callable[[str], None]
    patience: LinkPatience
    stop: Event
    begun: Event
    received: Received
    archive: Archive
    receipt: Receipt = field(default_factory=Receipt)
    heard: set[str] = field(default_factory=set)  # stations, since it was told what came
    told_s: float = 0.0  # when that was, or when the server has agreed for the first time
    tell_after_s: float = field(default_factory=lambda: FIRST_TOLD_S)
    n_agreed: int = 0  # connections
    is_resumed: bool = False  # an earlier run has received something
    began_s: float = field(default_factory=time.monotonic)

    def connect(self) -> None:
        """Receive by one connection, until it ends as it should."""
        request, connection = (
            self.request,
            connect(*self.request.address, self.patience),
        )
        try:
            is_open = any(station.is_pattern for station in request.stations)
            has = stations_of(connection, self.patience) if is_open else []
            stations = resolve(request.stations, has, request.server)
            refused = negotiate(
                connection,
                stations,
                self.last_of(stations),
                begin_s=request.begin_s,
                end_s=request.end_s,
            )
            asked = _listed_names(station.name for station in stations or (ONLY_STATION,))
            self.tell(f"{request.server}: connected, asked for {asked}")
            if refused:
                self.tell(f"{request.server}: refuses {_listed_names(refused)}: {WHY_REFUSED}")
            self.begun.set()
            self.n_agreed += 1
            self.told_s = self.told_s or time.monotonic()
            self.follow(connection, {s.name: s for s in stations or (ONLY_STATION,)})
        finally:
            connection.disconnect()
        if request.end_s is None and not self.stop.is_set():
            raise LinkLost("the server has ended the transfer")

    def last_of(self, stations: Sequence[StationRequest]) -> dict[str, int]:
        """Return the number of the last packet of each station; none where all are to begin anew.

        Where a connection is lost before every station has sent something of the time that is
        asked for, this is asked for once more.
        """
        last, begin_s = self.received.last, self.request.begin_s
        new = [station.name for station in stations if station.name not in last]
        if begin_s is None or not new or not last:
            return last
        if not self.is_resumed and time.monotonic() - self.began_s < BACKLOG_S:
            return {}
        what = f"nothing came of {_listed_names(new)}: begins with the newest"
        self.tell(f"{self.request.server}: {what}")
        return last

    def follow(self, connection: ServerConnection, stations: dict[str, StationRequest]) -> None:
        """Take the packets of a connection, and keep account of them.

        Parameters
        ----------
        connection : ServerConnection
            One that packets have been asked of.
        stations : dict of str to StationRequest
            Which, by name.
        """
        saved_s = time.monotonic()
        for packet in packets(connection, self.patience):
            if packet is not None:
                self.take(packet, stations)
            now_s = time.monotonic()
            if now_s - saved_s >= SAVE_S and self.request.end_s is None:
                saved_s = now_s
                self.received.save(now_s)
            if (since_s := now_s - self.told_s) >= self.tell_after_s:
                silent = sorted(stations.keys() - self.heard)
                what = (
                    f"; nothing for {duration(since_s)} from {_listed_names(silent)}"
                    if silent
                    else ""
                )
                self.tell(f"{self.request.server}: {self.receipt}{what}")
                self.told_s, self.tell_after_s, self.heard = now_s, TOLD_S, set()
            if self.stop.is_set():
                return

    def take(self, packet: SLPacket, stations: dict[str, StationRequest]) -> None:
        """Put a packet into the archive.

        Parameters
        ----------
        packet : SLPacket
            What has come.
        stations : dict of str to StationRequest
            What was asked for, by name.
        """
        content = bytes(packet.msrecord)
        try:
            record = parse_record(content)
        except NotKept as why:
            self.receipt.unused[str(why)] += 1
            return
        only = ONLY_STATION.name
        name = only if only in stations else f"{record.codes.network}_{record.codes.station}"
        asked = stations.get(name, ONLY_STATION)
        if (
            not asked.selectors
            and self.request.sensors
            and record.codes.channel[:2] not in self.request.sensors
        ):
            self.receipt.unused[f"{record.codes.channel[:2]}?, not in sensor_order"] += 1
        elif self.archive.add(content, record):
            self.receipt.records[str(record.codes)] += 1
        else:
            self.receipt.doubled += 1
        self.received.last[name] = packet.get_sequence_number() % SEQUENCES
        self.heard.add(name)

    def why(self, error: Exception) -> str:
        """Return why a connection has ended."""
        if isinstance(error, SeedLinkException):  # str() puts quotes around it
            return str(error.value)
        path = getattr(error, "filename", None)
        is_mute = self.n_agreed and not (self.request.stations or self.received.last)
        hint = " (it may want its stations named)" if is_mute else ""
        return f"{f'{path}: ' if path else ''}{short(error)}{hint}"


def receive(
    request: SeedlinkRequest,
    tell: Callable[[str], None],
    patience: LinkPatience | None = None,
    stop: Event | None = None,
    begun: Event | None = None,
) -> Receipt:
    """Receive records until the end of the span that is asked for, or until it is stopped.

    A connection that is lost is made again; what came until then is not written twice, also where
    an earlier run was killed.

    Parameters
    ----------
    request : SeedlinkRequest
        What, and from where.
    tell : callable
        Is called with a line for the user.
    patience : LinkPatience, optional
        How long the server is waited for.
    stop : Event, optional
        Set it to end.
    begun : Event, optional
        Is set when the server has agreed for the first time.

    Returns
    -------
    Receipt
        What came.

    Raises
    ------
    DeepQuakeError
        Where waiting does not help: there is no such server, or it refuses all at the start.
    """
    patience, stop, begun = patience or LinkPatience(), stop or Event(), begun or Event()
    with hold(request.folder, LOCK):
        is_span = request.end_s is not None  # which tells nothing of what comes behind it
        received = Received(request.state_path) if is_span else load_received(request.state_path)
        archive = Archive(request.folder)
        run = _Receiver(request, tell, patience, stop, begun, received, archive)
        run.is_resumed = bool(received.last)
        wait_s, n_in_vain = patience.first_wait_s, 0
        try:
            while not stop.is_set():
                n_before, n_agreed = run.receipt.records.total(), run.n_agreed
                try:
                    run.connect()
                    break
                except (DeepQuakeError, LinkLost, SeedLinkException, OSError) as error:
                    if isinstance(error, DeepQuakeError) and not begun.is_set():
                        raise
                    lost, why = error, run.why(error)
                is_more = run.receipt.records.total() > n_before
                if is_more and not getattr(lost, "filename", None):  # which is of a full disk
                    wait_s = patience.first_wait_s
                # some servers do not say when they have sent all of a span
                is_vain = is_span and not is_more and run.n_agreed > n_agreed
                n_in_vain = n_in_vain + 1 if is_vain and isinstance(lost, LinkLost) else 0
                if n_in_vain == MOST_IN_VAIN:
                    tell(f"{request.server}: {why}; {NOTHING_NEW}")
                    break
                tell(f"{request.server}: {why}; trying again in {duration(wait_s)}")
                stop.wait(wait_s)
                wait_s = min(2 * wait_s, patience.longest_wait_s)
        finally:
            put_on_disk(archive.files())
            if received.last and not is_span:
                received.save()
            if begun.is_set():
                tell(f"{request.server}: {run.receipt}")
    return run.receipt


@contextmanager
def receiving(
    request: SeedlinkRequest, tell: Callable[[str], None], patience: LinkPatience | None = None
) -> Iterator[Callable[[], bool]]:
    """Receive records beside the work of a block, which reads them from the archive.

    Parameters
    ----------
    request, tell, patience
        As of ``receive``; the lines come from a thread of their own.

    Yields
    ------
    callable
        Returns whether there is more to come; raises what has ended the receiving, if that failed.

    Raises
    ------
    DeepQuakeError
        As ``receive``; here where it fails at the start.
    """
    stop, begun, ended = Event(), Event(), Event()
    failed: list[BaseException] = []

    def work() -> None:
        try:
            receive(request, tell, patience, stop=stop, begun=begun)
        except BaseException as error:
            failed.append(error)
        finally:
            ended.set()
            begun.set()

    def goes_on() -> bool:
        if failed:
            raise failed[0]
        return not ended.is_set()

    thread = Thread(target=work, name="seedlink", daemon=True)
    thread.start()
    try:
        begun.wait(START_S)
        goes_on()
        yield goes_on
    finally:
        stop.set()
        thread.join(STOP_S)  # one that waits for a server ends with the process


def _listed_names(stations: Iterable[str]) -> str:
    names = ("its only station" if name == ONLY_STATION.name else name for name in stations)
    return listing(names, SHOWN_OF_EACH)
