"""Station coordinates: stations.csv, in two forms, and StationXML or any inventory ObsPy reads."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from deepquake.core.errors import DeepQuakeError, at
from deepquake.core.files import decode_text, read_bytes, table_rows
from deepquake.core.report import Report
from deepquake.core.settings import ArrivalSettings
from deepquake.earth.geo import distance_km

LOWEST_M, HIGHEST_M = -11_500.0, 9_000.0  # the deepest ocean bottom and the highest summit
FILE_NAMES = ("stations.csv", "stations.xml", "inventory.xml", "stationxml.xml")
SAME_STATION_KM = 1.0
SPELLINGS = {
    "code": ("code", "station", "sta", "name", "station_code"),
    "network": ("network", "net", "network_code"),
    "latitude": ("latitude", "lat"),
    "longitude": ("longitude", "lon", "long", "lng"),
    "elevation_m": ("elevation_m", "elev_m", "altitude_m"),
    "elevation_km": ("elevation", "elev", "elevation_km", "altitude"),
}


@dataclass(frozen=True)
class Station:
    """Where a station stands: degrees, and metres above sea level. The network may be empty."""

    network: str
    code: str
    latitude: float
    longitude: float
    elevation_m: float


def load_stations(waveforms: Path, settings: ArrivalSettings, report: Report) -> list[Station]:
    """Return the stations of ``stations_path``, or of the file beside the waveforms, or none.

    Parameters
    ----------
    waveforms : Path
        Folder or file of waveforms.
    settings : ArrivalSettings
        Where the list is.
    report : Report
        Gets a note where there is no list, and what is odd in it.

    Returns
    -------
    list of Station
        In the order of the file.
    """
    given = settings.stations_path
    path = Path(given) if given else find_stations_file(waveforms)
    if path is None:
        lacking = "no stations.csv beside it: arrivals nobody picked are not estimated"
        report.note(waveforms, lacking)
        return []
    return read_stations(path, settings.elevation_positive, report)


def read_stations(
    path: Path | str, elevation_positive: str = "up", report: Report | None = None
) -> list[Station]:
    """Return the stations of a CSV file or of an inventory (StationXML), in the order of the file.

    A CSV file has the header ``code,latitude,longitude,elevation_m`` (degrees, metres above sea
    level), or the older one that ends in ``elevation``: in km, above sea level where
    ``elevation_positive`` is 'up' and below it where it is 'down'. A column ``network`` may be
    added; separators are comma, semicolon or tab. Of an inventory's epochs at several places the
    first is taken, with a note.

    Parameters
    ----------
    path : Path or str
        The file.
    elevation_positive : str
        Sense of a column ``elevation``: 'up' or 'down'.
    report : Report, optional
        Gets notes of what is odd.

    Returns
    -------
    list of Station
        In the order of the file.

    Raises
    ------
    DeepQuakeError
        For what cannot be a station: not a number, not a place on earth, 800 km above ground, one
        code at two places.
    """
    path, report = Path(path), report or Report()
    content = read_bytes(path)
    if content.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] == b"<":
        return _read_inventory(path, report)
    return _read_csv(path, decode_text(content), elevation_positive, report=report)


def find_stations_file(waveform_path: Path | str) -> Path | None:
    """Return stations.csv (or an inventory .xml) beside or in the waveform folder, or None."""
    start = Path(waveform_path).resolve()
    folders = start.parent, start, start.parent.parent
    paths = (folder / name for folder in folders for name in FILE_NAMES)
    return next(filter(Path.is_file, paths), None)


def station_of(stations: Sequence[Station], network: str, code: str) -> Station | None:
    """Return the station of a code, and of a network where both sides name one.

    Parameters
    ----------
    stations : sequence of Station
        Those whose place is known.
    network, code : str
        The codes sought; the network may be empty.

    Returns
    -------
    Station or None
        The first that fits.
    """
    networks = {network, ""} if network else {s.network for s in stations}
    fitting = [s for s in stations if s.code == code.strip().upper() and s.network in networks]
    return min(fitting, key=lambda station: station.network != network, default=None)


def _read_csv(path: Path, text: str, elevation_positive: str, report: Report) -> list[Station]:
    names, rows = table_rows(text)
    columns = {
        meaning: names.index(known[0])
        for meaning, spellings in SPELLINGS.items()
        if (known := [name for name in spellings if name in names])
    }
    missing = [name for name in ("code", "latitude", "longitude") if name not in columns]
    if missing or not columns.keys() & {"elevation_m", "elevation_km"}:
        header = "the header is code,latitude,longitude,elevation_m"
        column = (missing or ["elevation_m"])[0]
        raise DeepQuakeError(f"{path}, line 1: has no column {column}; {header}")
    in_km = "elevation_m" not in columns
    measures = "latitude", "longitude", "elevation_km" if in_km else "elevation_m"
    unit = "km, as the column 'elevation' is in km" if in_km else "m"
    metres = 1 if not in_km else -1000 if elevation_positive == "down" else 1000
    found: dict[tuple[str, str], Station] = {}
    for line, row in rows:
        place = at(path, line)
        try:
            cells = {meaning: row[column].strip() for meaning, column in columns.items()}
            code, network = cells["code"].upper(), cells.get("network", "").upper()
            latitude, longitude, elevation = numbers = [float(cells[name]) for name in measures]
            if not all(map(math.isfinite, numbers)):
                raise ValueError
        except (ValueError, IndexError):
            what = "a station (code, latitude, longitude, elevation)"
            raise DeepQuakeError(f"{place}: is not {what}: {','.join(row)}") from None
        if not code:
            raise DeepQuakeError(f"{place}: the station has no code")
        where = latitude, longitude, elevation * metres
        station = _checked(place, Station(network, code, *where), unit)
        if _apart_km(found.setdefault((network, code), station), station) > SAME_STATION_KM:
            what = f"station {code} stands a second time, at another place"
            raise DeepQuakeError(f"{place}: {what}; keep one line per station")
    if not found:
        raise DeepQuakeError(f"{path}: holds no stations below its header")
    below = sum(station.elevation_m < 0 for station in found.values())
    if in_km and below > len(found) / 2:
        report.note(
            path,
            f"{below} of {len(found)} stations lie below sea level with elevation_positive = "
            f"{elevation_positive}; on land that should be the other way round",
        )
    return list(found.values())


def _read_inventory(path: Path, report: Report) -> list[Station]:
    from obspy import read_inventory

    try:
        inventory = read_inventory(str(path))
    except Exception as error:  # ObsPy's readers raise whatever their XML library raises
        message = " ".join(str(error).split())[:200]
        raise DeepQuakeError(f"{path}: cannot be read as an inventory: {message}") from None
    found: dict[str, Station] = {}
    moved_km: dict[str, float] = {}
    for network in inventory:
        for epoch in network:
            name = f"{network.code}.{epoch.code}"
            place = epoch.latitude, epoch.longitude, epoch.elevation
            station = Station(network.code, epoch.code, *place)
            first = found.setdefault(name, _checked(f"{path}: station {name}", station, "m"))
            apart_km = _apart_km(first, station)
            if apart_km > max(SAME_STATION_KM, moved_km.get(name, 0.0)):
                moved_km[name] = apart_km
    if not found:
        raise DeepQuakeError(f"{path}: holds no stations")
    for name, apart_km in moved_km.items():
        report.note(
            path,
            f"station {name} has epochs at places up to {apart_km:.1f} km apart; the first one's "
            "is used for all times",
        )
    return list(found.values())


def _checked(place: str, station: Station, unit: str) -> Station:
    if not -90 <= station.latitude <= 90 or not -180 <= station.longitude <= 360:
        where = f"latitude {station.latitude}, longitude {station.longitude}"
        raise DeepQuakeError(f"{place}: {station.code} at {where} is not a place on earth")
    if not LOWEST_M <= station.elevation_m <= HIGHEST_M:
        side = "above" if station.elevation_m > 0 else "below"
        stands = f"would stand {abs(station.elevation_m) / 1000:g} km {side} sea level"
        raise DeepQuakeError(f"{place}: {station.code} {stands}; the unit read is {unit}")
    return station


def _apart_km(a: Station, b: Station) -> float:
    return float(distance_km(lat1=a.latitude, lon1=a.longitude, lat2=b.latitude, lon2=b.longitude))
