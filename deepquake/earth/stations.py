"""Where stations stand, and when: their lists, found, read and brought to metres."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from math import inf, isfinite
from pathlib import Path

from deepquake.core.errors import DeepQuakeError
from deepquake.core.report import Report
from deepquake.core.settings import ArrivalSettings
from deepquake.core.text import listing, number_of
from deepquake.earth.geo import distance_km
from deepquake.earth.station_files import is_station_xml, read_station_file
from deepquake.earth.station_tables import ListedStation

LOWEST_M, HIGHEST_M = -11_500.0, 9_000.0  # the deepest ocean bottom and the highest summit
MOST_KM = 10.0  # no elevation has so many
MANY = 500  # a longer list is of a country or the world: only what is needed of it is of interest
FILE_NAMES = (
    *("stations.csv", "stations.xml", "inventory.xml", "stationxml.xml"),
    *("station_list.json", "stations.json", "station.json", "station0.hyp"),
    *("stations.txt", "station.csv", "station.txt", "stations.dat", "station.dat", "stations.tsv"),
)
SEISAN_STATIONS = "DAT"  # the folder of STATION0.HYP, beside WAV and REA
SAME_STATION_KM = 1.0


@dataclass(frozen=True)
class Station:
    """Where a station stands: degrees, and metres above sea level. The network may be empty.

    A station that moved is several of these, one after the other: each holds from ``start_s`` on
    and before ``end_s`` (seconds since 1970 UTC).
    """

    network: str
    code: str
    latitude: float
    longitude: float
    elevation_m: float
    start_s: float = -inf
    end_s: float = inf


def load_stations(
    waveforms: Path, settings: ArrivalSettings, report: Report, needed: Collection[str] = ()
) -> list[Station]:
    """Return the stations of ``stations_path``, or of the file beside the waveforms, or none.

    Parameters
    ----------
    waveforms : Path
        Folder or file of waveforms.
    settings : ArrivalSettings
        Where the list is, and how to read elevations.
    report : Report
        Gets a note where there is no list, and what is odd in it.
    needed : collection of str
        The codes that matter: all that is returned and told of a list of more than 500 rows.

    Returns
    -------
    list of Station
        In the order of the file.
    """
    given = settings.stations_path
    path = Path(given) if given else find_stations_file(waveforms)
    if path is None:
        lacking = "no stations.csv beside it: no arrival is estimated and no event is located"
        report.note(waveforms, lacking)
        return []
    return read_stations(
        path,
        settings.elevation_positive,
        report,
        elevation_unit=settings.elevation_unit,
        needed=needed,
    )


def read_stations(
    path: Path | str,
    elevation_positive: str = "up",
    report: Report | None = None,
    *,
    elevation_unit: str = "auto",
    needed: Collection[str] = (),
) -> list[Station]:
    """Return the stations of a list of any form known, in the order of the file.

    Tables have a header such as ``code,latitude,longitude,elevation_m`` (degrees, metres above
    sea level), FDSN text among them; further forms are StationXML and other inventories, the JSON
    files of EQTransformer and GaMMA, STATION0.HYP of SEISAN, and the lists of HYPO71, HypoInverse,
    NonLinLoc, HypoDD and REAL.

    Parameters
    ----------
    path : Path or str
        The file, or a folder of StationXML files.
    elevation_positive : str
        Sense of elevations whose unit is not told: 'up' or 'down'.
    report : Report, optional
        Gets what is left out and what is odd.
    elevation_unit : str
        Unit of elevations whose unit is not told: 'm', 'km', or 'auto' for what all of them
        together can only be.
    needed : collection of str
        The codes that matter: all that is returned and told of a list of more than 500 rows.

    Returns
    -------
    list of Station
        In the order of the file.

    Raises
    ------
    DeepQuakeError
        Where nothing in it is a station, or its elevations may be metres or km.
    """
    path, report = Path(path), report or Report()
    left_out = Report()
    found = read_station_file(path, left_out)
    rows, is_long = found.rows, len(found.rows) > MANY and bool(needed)
    if is_long:  # of a list of the world only what is needed is told
        codes = {code.strip().upper() for code in needed}
        rows = [row for row in rows if row.code in codes]
    else:
        report.merge(left_out)
    if not found.rows:
        first = left_out.problems[0].message if left_out.problems else "it is empty"
        raise DeepQuakeError(f"{path}: holds no stations: {first}")
    places = [row for row in rows if _is_place(path, row, report)]
    if any(row.latitude or row.longitude for row in rows) and not places:
        first = report.problems[-1].message
        raise DeepQuakeError(f"{path}: no row is a station on earth; the last: {first}")
    rows = places
    in_km = _is_in_km(path, rows, found.unit, wanted=elevation_unit, report=report)
    # a file that tells the unit tells elevations, never depths
    sense = -1 if elevation_positive == "down" and not found.unit else 1
    scale = sense * (1000 if in_km else 1)
    stations = _epochs(path, rows, scale, report=report)
    told = elevation_positive if not found.unit else ""
    _note_below_sea(path, stations, told, report=report)
    return stations


def find_stations_file(waveform_path: Path | str) -> Path | None:
    """Return the list of stations beside or in the waveform folder or one above, or None.

    It is known by its name (stations.csv, stations.json, STATION0.HYP ...), else by being the
    StationXML there. SEISAN's lies in DAT, beside WAV.
    """
    start = Path(waveform_path).resolve()
    folders = start.parent, start, start.parent.parent
    for folder in (f for parent in folders for f in (parent, parent / SEISAN_STATIONS)):
        try:
            names = {path.name.lower(): path for path in folder.iterdir()}
        except OSError:
            continue
        for name in FILE_NAMES:
            if name in names and names[name].is_file():
                return names[name]
    for folder in (start.parent, start):
        if folder.is_dir() and (
            files := [path for path in sorted(folder.glob("*.xml")) if is_station_xml(path)]
        ):
            return files[0] if len(files) == 1 else folder
    return None


def lists_in_use(waveforms: Path, settings: ArrivalSettings) -> list[Path]:
    """Return the list of stations and the velocity model of a run, which may lie by the records.

    Parameters
    ----------
    waveforms : Path
        Folder or file of waveforms.
    settings : ArrivalSettings
        Where the lists are.
    """
    stations = settings.stations_path or find_stations_file(waveforms) or ""
    return [Path(path) for path in (stations, settings.velocity_model_path) if str(path)]


def station_of(
    stations: Sequence[Station], network: str, code: str, time_s: float | None = None
) -> Station | None:
    """Return the station of a code, and of a network where both sides name one.

    Parameters
    ----------
    stations : sequence of Station
        Those whose place is known.
    network, code : str
        The codes sought; the network may be empty.
    time_s : float, optional
        When (seconds since 1970 UTC); without it a station that moved has its last place.

    Returns
    -------
    Station or None
        The first that fits.
    """
    networks = {network, ""} if network else {s.network for s in stations}
    fitting = [
        s
        for s in stations
        if s.code == code.strip().upper()
        and s.network in networks
        and (s.end_s == inf if time_s is None else s.start_s <= time_s < s.end_s)
    ]
    return min(fitting, key=lambda station: station.network != network, default=None)


def places_of(stations: Sequence[Station], network: str, code: str) -> list[Station]:
    """Return all places of the station that ``station_of`` names, in order of time.

    Parameters
    ----------
    stations : sequence of Station
        Those whose place is known.
    network, code : str
        The codes sought; the network may be empty.
    """
    last = station_of(stations, network, code)
    return [s for s in stations if last and (s.network, s.code) == (last.network, last.code)]


def _is_place(path: Path, row: ListedStation, report: Report) -> bool:
    """Return whether a row can be a place on Earth; report it where it cannot."""
    latitude, longitude = row.latitude, row.longitude
    why = ""
    if not (abs(latitude) <= 90 and -180 <= longitude <= 360):  # NaN is never within
        why = f"latitude {latitude:g}, longitude {longitude:g} is not a place on earth"
        if abs(longitude) <= 90 < abs(latitude) <= 180:
            why += " (are they exchanged?)"
    elif latitude == longitude == 0:
        why = "latitude 0 and longitude 0 stand for a place that nobody wrote down"
    if why:
        report.skip(path, f"station {row.code}: {why}: it has no coordinates", row.line)
    return not why


def _is_in_km(
    path: Path, rows: Sequence[ListedStation], told: str, wanted: str, report: Report
) -> bool:
    """Return whether elevations are in km, as told or as all of them together can only be."""
    known = [abs(row.elevation) for row in rows if row.elevation is not None]
    heights = [height for height in known if isfinite(height) and height > 0]
    if not heights or told == "m" or (not told and wanted == "m"):
        return False
    span = f"elevations of {min(heights):g} to {max(heights):g}"
    high = [height for height in heights if height >= MOST_KM]
    if not told and wanted == "km":
        return True
    if told == "km":
        if 2 * len(high) > len(heights):
            report.note(
                path, f"{span} km by the file: read as metres, for they can be nothing else"
            )
        return 2 * len(high) <= len(heights)
    low_in_km = [height for height in heights if height < MOST_KM and height != round(height, 1)]
    whole = all(height == round(height) for height in heights)
    if (not high and whole) or (high and 2 * len(low_in_km) > len(heights)):
        raise DeepQuakeError(
            f"{path}: {span} may be metres or km, and the file does not say which: set "
            "elevation_unit to m or to km, or call the column elevation_m"
        )
    unit = "metres" if high else "km"
    report.note(path, f"{span}: read as {unit}, by the values of all (elevation_unit decides)")
    return not high


def _epochs(
    path: Path, rows: Iterable[ListedStation], scale: float, report: Report
) -> list[Station]:
    """Return the stations of rows: each at one place or, by time, at several."""
    by_name: dict[tuple[str, str], list[ListedStation]] = {}
    for row in rows:
        by_name.setdefault((row.network, row.code), []).append(row)
    stations: list[Station] = []
    without, moved = [], []
    for (network, code), alike in by_name.items():
        places = _moves(alike)
        starts = [row.start_s for row in places]
        if len(set(starts)) < len(starts):
            lines = listing([str(row.line) for row in alike if row.line], 5)
            report.skip(
                path,
                f"station {code} stands at places {_widest_km(places):.1f} km apart at one time"
                f"{' (lines ' + lines + ')' if lines else ''}: it has no coordinates; keep one",
                places[-1].line,
            )
            continue
        for row, start_s, end_s in zip(
            places, [-inf, *starts[1:]], [*starts[1:], inf], strict=True
        ):
            elevation_m = (row.elevation or 0.0) * scale
            if row.elevation is None or not LOWEST_M <= elevation_m <= HIGHEST_M:
                without.append(code)
                elevation_m = 0.0
            where = row.latitude, row.longitude, elevation_m
            stations.append(Station(network, code, *where, start_s=start_s, end_s=end_s))
        if len(places) > 1:
            moved.append(f"{code} by {_widest_km(places):.1f} km")
    if moved:
        what = "stations have moved, their place is that of the time of the record"
        report.note(path, f"{what}: {listing(moved, 8)}")
    if without:
        what = f"{number_of(len(without), 'station')} without an elevation that can be"
        report.note(path, f"{what}: taken as 0 m: {listing(without, 8)}")
    return stations


def _moves(rows: Sequence[ListedStation]) -> list[ListedStation]:
    """Return the first row at each new place, in order of time."""
    places: list[ListedStation] = []
    for row in sorted(rows, key=lambda row: row.start_s):
        if not places or _apart_km(places[-1], row) > SAME_STATION_KM:
            places.append(row)
    return places


def _note_below_sea(path: Path, stations: Sequence[Station], sense: str, report: Report) -> None:
    below = sum(station.elevation_m < 0 for station in stations)
    if sense and 2 * below > len(stations):
        report.note(
            path,
            f"{below} of {len(stations)} stations lie below sea level with elevation_positive = "
            f"{sense}; on land that should be the other way round",
        )


def _widest_km(rows: Sequence[ListedStation]) -> float:
    return max(_apart_km(rows[0], row) for row in rows)


def _apart_km(a: ListedStation, b: ListedStation) -> float:
    return float(distance_km(lat1=a.latitude, lon1=a.longitude, lat2=b.latitude, lon2=b.longitude))
