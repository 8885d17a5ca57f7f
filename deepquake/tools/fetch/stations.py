"""Which channels servers have, and their StationXML, in one list of a data set."""

import csv
import re
import warnings
from collections.abc import Iterable, Sequence
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

from obspy import UTCDateTime, read_inventory
from obspy.clients.fdsn.header import FDSNNoDataException
from obspy.clients.fdsn.mass_downloader.utils import ERRORS
from obspy.core.inventory import Inventory, Station

from deepquake.core.errors import short
from deepquake.core.files import whole_file, write_csv
from deepquake.core.progress import progress
from deepquake.core.report import Report
from deepquake.core.text import number_of
from deepquake.core.times import iso
from deepquake.tools.fetch.absent import Absent
from deepquake.tools.fetch.plan import FetchRequest
from deepquake.tools.fetch.servers import BrokenAnswer, PoliteClient, why

STATIONS_FILE, RESPONSES_FILE = "stations.csv", "stations.xml"
PLACE_COLUMNS = "network", "code", "latitude", "longitude", "elevation_m", "start", "end"
SOURCE = "DeepQuake fetch_records"
NAMESPACE = "http://www.fdsn.org/xml/station/1"
CREATED = "1970-01-01T00:00:00"  # the same bytes each time
ALWAYS = UTCDateTime(2599, 12, 31)  # the end of what goes on


def fetch_channels(server: PoliteClient, request: FetchRequest, report: Report) -> Inventory:
    """Return the channels that a server says it has in the region and time.

    Parameters
    ----------
    server : PoliteClient
        Who is asked.
    request : FetchRequest
        Region, time, networks, stations and sensors.
    report : Report
        Is told of stations with codes that cannot be.

    Raises
    ------
    FDSNException
        Where it does not tell.
    """
    given = {
        "level": "channel",
        "network": request.networks,
        "station": request.stations,
        "channel": ",".join(f"{sensor}?" for sensor in request.sensors),
        "starttime": UTCDateTime(request.start_s),
        "endtime": UTCDateTime(request.end_s),
        **request.region.query(),
    }
    if "format" in server.services["station"]:
        given["format"] = "text"  # a tenth of the bytes
    answer = BytesIO()
    try:
        server.get_stations(**given, filename=answer)
    except FDSNNoDataException:
        return Inventory()
    answer.seek(0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            listed = read_inventory(
                answer, format="STATIONTXT" if "format" in given else "STATIONXML"
            )
    except Exception as error:  # of ObsPy, of any kind
        raise BrokenAnswer(f"the list of channels can't be read: {short(error)}") from None
    for network in listed:
        sound = [station for station in network if _has_plain_codes(network.code, station)]
        if len(sound) < len(network):
            others = len(network) - len(sound)
            report.skip(server.server, f"{number_of(others, 'station')} with codes that cannot be")
        network.stations = sound
    return listed


def _has_plain_codes(network: str, station: Station) -> bool:
    """Return whether codes are letters and digits: files are named after them."""
    codes = [code for c in station for code in (c.code, c.location_code.strip())]
    return all(re.fullmatch(r"[\w-]*", code) for code in (network, station.code, *codes))


def station_names(servers: Iterable[PoliteClient]) -> list[tuple[str, str]]:
    """Return network and code of the stations that any of the servers lists, in order."""
    listed = (server.channels or Inventory() for server in servers)
    return sorted({(n.code, s.code) for inventory in listed for n in inventory for s in n})


def fetch_station_xml(
    servers: Sequence[PoliteClient],
    names: Iterable[tuple[str, str]],
    request: FetchRequest,
    folder: Path,
    absent: Absent,
    report: Report,
) -> tuple[list[Path], int]:
    """Fetch the StationXML, with responses, of stations of which there is none yet.

    Parameters
    ----------
    servers : sequence of PoliteClient
        Who is asked, one after the other.
    names : iterable of (str, str)
        Network and code of each station.
    request : FetchRequest
        Of which time, and of which sensors.
    folder : Path
        Where a file of each station is kept.
    absent : Absent
        Knows the stations of which no server has any, and is told.
    report : Report
        Is told what could not be got.

    Returns
    -------
    list of Path
        The files of all stations that have one.
    int
        Stations of which it could not be got.
    """
    names = list(names)
    found, n_failed = [], 0
    for network, code in progress(names, len(names), "StationXML"):
        # of another time the station may have other instruments
        name = f"{network}.{code}__{iso(request.start_s)[:10]}__{iso(request.end_s)[:10]}.xml"
        path = folder / name
        if not path.is_file() and name not in absent:
            reasons = _fetch_one(servers, (network, code), request, path)
            if reasons:
                report.skip(name, f"StationXML not got: {'; '.join(reasons)}")
                n_failed += 1
            elif not path.is_file():
                absent.add([(name, "no StationXML")])
        found += [path] if path.is_file() else []
    return found, n_failed


def _fetch_one(
    servers: Sequence[PoliteClient], name: tuple[str, str], request: FetchRequest, path: Path
) -> list[str]:
    """Fetch the StationXML of a station from the first server that has it; return what failed."""
    reasons = []
    for server in servers:
        if server.is_given_up or name not in station_names([server]):
            continue
        given = {
            "level": "response",
            "network": name[0],
            "station": name[1],
            "channel": ",".join(f"{sensor}?" for sensor in request.sensors),
            "starttime": UTCDateTime(request.start_s),
            "endtime": UTCDateTime(request.end_s),
        }
        try:
            with whole_file(path, lasting=False) as temporary:
                server.get_stations(**given, filename=str(temporary))
        except FDSNNoDataException:
            continue
        except ERRORS as error:
            server.n_failures += 1
            reasons.append(f"{server.server}: {why(error)}")
            continue
        server.n_failures = 0
        return []
    return reasons


def write_station_files(
    dataset_dir: Path, servers: Iterable[PoliteClient], folder: Path, report: Report
) -> None:
    """Write the list of stations (CSV) and the StationXML of all, beside the records.

    Stations of earlier requests stay in both; files that are not of this program are left alone.

    Parameters
    ----------
    dataset_dir : Path
        The folder of the data set.
    servers : iterable of PoliteClient
        Those whose channels have been asked for.
    folder : Path
        Where the StationXML of each station is.
    report : Report
        Is told what is left alone.
    """
    path = dataset_dir / STATIONS_FILE
    known = _rows_of(path)
    if known and known[0] != PLACE_COLUMNS:
        report.note(path, "is not of this program: left as it is")
    else:
        rows = {row[:5]: row for row in known[1:]}
        for server in servers:
            for row in _places_in(server.channels or Inventory()):
                rows.setdefault(row[:5], row)
        write_csv(path, PLACE_COLUMNS, sorted(rows.values()))
    path = dataset_dir / RESPONSES_FILE
    if path.is_file() and SOURCE.encode() not in path.read_bytes()[:1000]:
        report.note(path, "is not of this program: left as it is")
        return
    ElementTree.register_namespace("", NAMESPACE)
    root = ElementTree.Element(f"{{{NAMESPACE}}}FDSNStationXML", schemaVersion="1.2")
    ElementTree.SubElement(root, f"{{{NAMESPACE}}}Source").text = SOURCE
    ElementTree.SubElement(root, f"{{{NAMESPACE}}}Created").text = CREATED
    for file in sorted(folder.glob("*.xml")):
        root.extend(ElementTree.parse(file).getroot().findall(f"{{{NAMESPACE}}}Network"))
    if root.find(f"{{{NAMESPACE}}}Network") is not None:
        with whole_file(path) as temporary:
            ElementTree.ElementTree(root).write(temporary, encoding="UTF-8", xml_declaration=True)


def _rows_of(path: Path) -> list[tuple[str, ...]]:
    if not path.is_file():
        return []
    with path.open(newline="", encoding="utf-8", errors="replace") as file:
        return [tuple(row) for row in csv.reader(file)]


def _places_in(channels: Inventory) -> list[tuple[str, ...]]:
    """Return a row of each place that stations had, with the time for which they had it."""
    epochs: dict[tuple[str, ...], list[tuple[UTCDateTime, UTCDateTime]]] = {}
    for network in channels:
        for station in network:
            for channel in station:
                place = (
                    *(network.code, station.code),
                    *(f"{channel.latitude:.6f}", f"{channel.longitude:.6f}"),
                    f"{channel.elevation:.1f}",
                )
                times = channel.start_date or UTCDateTime(0), channel.end_date or ALWAYS
                epochs.setdefault(place, []).append(times)
    return [
        (*place, f"{min(start for start, _ in times)}"[:19], f"{max(end for _, end in times)}"[:19])
        for place, times in epochs.items()
    ]
