"""Records by ObsPy's mass downloader, piece by piece: what a kill finds done stays done."""

import logging
import os
import shutil
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from obspy import UTCDateTime
from obspy.clients.fdsn.mass_downloader import GlobalDomain, MassDownloader, Restrictions

from deepquake.core.errors import DeepQuakeError, short
from deepquake.core.files import put_on_disk
from deepquake.core.progress import progress
from deepquake.core.times import as_datetime
from deepquake.tools.fetch.absent import Absent
from deepquake.tools.fetch.plan import FetchRequest, stations_at_once
from deepquake.tools.fetch.servers import Answers, PoliteClient
from deepquake.tools.fetch.stations import station_names

STAGED = "staged"  # folder of what is not known to be whole yet
CHUNK_MB = 75.0  # of a request, as if it were of 250 Hz: a day of a station at 100 Hz has 25
OF_COMPONENTS = "[ZNE123]"
USUAL_LOCATIONS = "", "00", "10", "01", "20", "02"  # the best first; others after them
NOT_THERE = "the server has nothing"
GOT, HERE, ABSENT, FAILED = "fetched", "here", "absent", "failed"
SPAN_NAME = "%Y%m%dT%H%M%SZ"
MASS_DOWNLOADER_LOG = "obspy.clients.fdsn.mass_downloader"


@dataclass
class FetchedRecords:
    """What became of each file that was wanted: of each channel and span."""

    outcomes: dict[str, str] = field(default_factory=dict)  # of each file's name
    reasons: Counter[str] = field(default_factory=Counter)  # of those that failed
    n_bytes: int = 0
    n_not_asked: int = 0  # pieces, after all servers have been given up on

    def counts(self) -> dict[str, int]:
        """Return how many files there are of each outcome."""
        found = Counter(self.outcomes.values())
        return {outcome: found[outcome] for outcome in (GOT, HERE, ABSENT, FAILED)}

    def missing_by_station(self) -> dict[str, tuple[int, int]]:
        """Return of each station that lacks any: how many files it lacks, and of how many."""
        wanted, missing = Counter[str](), Counter[str]()
        for name, outcome in self.outcomes.items():
            station = ".".join(name.split(".")[:2])
            wanted[station] += 1
            missing[station] += outcome in (ABSENT, FAILED)
        return {name: (count, wanted[name]) for name, count in missing.most_common() if count}


def fetch_records(
    servers: Sequence[PoliteClient],
    spans: Sequence[tuple[float, float]],
    request: FetchRequest,
    absent: Absent,
    *,
    work_dir: Path,
    connections: int = 2,
    debug: bool = False,
) -> FetchedRecords:
    """Fetch the records of some times, those that are not there yet.

    Parameters
    ----------
    servers : sequence of PoliteClient
        Who is asked, one after the other; each knows which channels it has.
    spans : sequence of (float, float)
        Begin and end of each file (seconds since 1970).
    request : FetchRequest
        Which sensors, and where the records go.
    absent : Absent
        Knows what no server has, and is told.
    work_dir : Path
        A folder on the same disk, for what is under way.
    connections : int
        Requests to a server at a time.
    debug : bool
        Whether to print what the mass downloader says.

    Raises
    ------
    DeepQuakeError
        Where the disk is full.
    """
    _set_up_log(debug)
    downloader = MassDownloader(providers=list(servers), configure_logging=False)
    names = station_names(servers)
    pieces = [
        (span, names[first : first + n_stations])
        for span in spans
        for n_stations in [stations_at_once(span[1] - span[0])]
        for first in range(0, len(names), n_stations)
    ]
    locations = _locations_of(servers)
    for server in servers:
        server.folder = work_dir
    result = FetchedRecords()
    for number, (span, stations) in enumerate(progress(pieces, len(pieces), "pieces of records")):
        if all(server.is_given_up for server in servers):
            result.n_not_asked = len(pieces) - number
            break
        piece = _Piece(request.records_dir, work_dir / STAGED, absent)
        restrictions = Restrictions(
            starttime=UTCDateTime(span[0]),
            endtime=UTCDateTime(span[1]),
            reject_channels_with_gaps=False,
            minimum_length=0.0,
            sanitize=False,
            minimum_interstation_distance_in_m=0.0,
            channel_priorities=[f"{sensor}{OF_COMPONENTS}" for sensor in request.sensors],
            location_priorities=locations,
        )
        restrictions.limit_stations_to_inventory = set(stations)
        try:
            downloader.download(
                GlobalDomain(),  # the lists of channels are of the region
                restrictions,
                mseed_storage=piece.place,
                stationxml_storage=_no_station_xml,
                download_chunk_size_in_mb=CHUNK_MB,
                threads_per_client=connections,
                print_report=False,
            )
        except (OSError, DeepQuakeError):  # of the disk; those of the network are in the answers
            raise
        except Exception as error:  # of ObsPy, at records of some strange kind
            piece.trouble = f"ObsPy: {short(error)}"
        piece.keep(servers, result)
    shutil.rmtree(work_dir / STAGED, ignore_errors=True)
    return result


class _Piece:
    """The files of one span and some stations: where they are written, and where they go."""

    def __init__(self, folder: Path, staged: Path, absent: Absent) -> None:
        self.folder, self.staged, self.absent = folder, staged, absent
        self.known: dict[str, str] = {}  # outcomes told already
        self.wanted: dict[str, tuple[tuple[str, ...], Path]] = {}  # codes and place by name
        self.trouble = ""  # what the mass downloader stumbled over
        shutil.rmtree(staged, ignore_errors=True)

    def place(
        self,
        network: str,
        station: str,
        location: str,
        channel: str,
        starttime: UTCDateTime,
        endtime: UTCDateTime,
    ) -> str | bool:
        """Tell the mass downloader where a file is to be written; True: it is not wanted."""
        codes = network, station, location, channel
        times = f"{starttime.strftime(SPAN_NAME)}__{endtime.strftime(SPAN_NAME)}"
        name = f"{'.'.join(codes)}__{times}.mseed"
        if name in self.absent:
            self.known[name] = ABSENT
            return True
        day = as_datetime(starttime.timestamp)
        path = self.folder / f"{day:%Y}" / f"{day:%Y.%j}" / name
        if path.is_file():
            self.known[name] = HERE
            return str(path)
        self.wanted[name] = codes, path
        return str(self.staged / name)

    def keep(self, servers: Sequence[PoliteClient], result: FetchedRecords) -> None:
        """Put what has come in its place, and tell what has not."""
        come, not_there = [], []
        result.outcomes |= self.known
        for name, (codes, path) in self.wanted.items():
            staged = self.staged / name
            reason = self.trouble or _why_failed(servers, codes, has_come=staged.is_file())
            if reason:  # a part of it may have come
                result.outcomes[name] = FAILED
                result.reasons[reason] += 1
            elif staged.is_file():
                result.outcomes[name] = GOT
                result.n_bytes += staged.stat().st_size
                come.append((staged, path))
            else:
                refusals = [r for s in servers if (r := s.answers.refused.get(codes))]
                result.outcomes[name] = ABSENT
                not_there.append((name, refusals[0] if refusals else NOT_THERE))
        for server in servers:
            server.answers = Answers()
        put_on_disk([staged for staged, _ in come])
        for staged, path in come:
            path.parent.mkdir(parents=True, exist_ok=True)
            os.replace(staged, path)
        self.absent.add(not_there)


def _why_failed(servers: Sequence[PoliteClient], codes: tuple[str, ...], *, has_come: bool) -> str:
    """Return why a channel has not come as a whole; empty where it has, or no server has it."""
    reason = ""
    for server in servers:
        if codes in server.answers.failed:
            reason = server.answers.failed[codes]
        elif codes in server.answers.asked and has_come:
            reason = ""  # the next server had it
    return reason


def _no_station_xml(
    network: str,
    station: str,
    channels: list[tuple[str, str]],
    starttime: UTCDateTime,
    endtime: UTCDateTime,
) -> dict[str, object]:
    """Tell the mass downloader that StationXML is there: it is fetched once for all times."""
    return {"available_channels": channels, "missing_channels": [], "filename": ""}


def _locations_of(servers: Sequence[PoliteClient]) -> list[str]:
    """Return all location codes, the usual ones first: the mass downloader knows but some."""
    found = {
        channel.location_code
        for server in servers
        for network in server.channels or ()
        for station in network
        for channel in station
    }
    usual = [code for code in USUAL_LOCATIONS if code in found]
    return [*usual, *sorted(found.difference(usual))]


def _set_up_log(debug: bool) -> None:
    """Let the mass downloader say what it does where that is wanted, and nothing else."""
    log = logging.getLogger(MASS_DOWNLOADER_LOG)
    log.handlers = [logging.StreamHandler(sys.stdout) if debug else logging.NullHandler()]
    log.propagate = False
    log.setLevel(logging.INFO if debug else logging.CRITICAL)
