"""Tables of stations with a header: CSV, FDSN text, and what other programs write."""

import csv
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from math import inf

from deepquake.catalog.cells import cell_angle
from deepquake.core.report import Report
from deepquake.core.text import listing
from deepquake.core.times import day_start, parse_iso

# The name of a column in small letters, words joined by _: what stands first is preferred.
STATION_COLUMNS = {
    "code": "code station sta station_code sta_code stacode stnm stname estacion codigo cod name "
    "id station_id nombre station_name",
    "network": "network net network_code net_code netcode red knetwk",
    "latitude": "latitude lat latitud stla station_latitude station_lat latitude_deg lat_deg",
    "longitude": "longitude lon long lng longitud stlo station_longitude station_lon "
    "longitude_deg lon_deg",
    "latitude_minutes": "lat_min latmin lat_minutes latitude_min latitude_minutes latitud_min",
    "latitude_seconds": "lat_sec latsec lat_seconds latitude_sec latitude_seconds",
    "longitude_minutes": "lon_min lonmin lon_minutes longitude_min longitude_minutes longitud_min",
    "longitude_seconds": "lon_sec lonsec lon_seconds longitude_sec longitude_seconds",
    "north_south": "ns n_s lat_hem lat_ns latitude_hemisphere",
    "east_west": "ew e_w lon_hem lon_ew longitude_hemisphere",
    "start": "start starttime start_time start_date startdate begin begin_time ondate on_date from "
    "inicio",
    "end": "end endtime end_time end_date enddate offdate off_date to until fin",
}
ELEVATIONS = {"elevation", "elev", "elevacion", "altitude", "altitud", "alt", "altura", "height"}
ELEVATIONS |= {"elv", "ele", "stel"}
METRES = {"m", "meters", "metres", "metros", "masl", "msnm"}
KILOMETRES = {"km", "kilometers", "kilometres", "kilometros"}
FEET = {"ft", "feet", "foot", "pies", "ftasl"}
UNITS = {"m": METRES, "km": KILOMETRES, "ft": FEET}  # what is best to be had first
FOOT_M = 0.3048
# Columns of lists met so far that say nothing of the place.
OF_NO_USE = {
    *("site", "site_name", "sitename", "description", "channel", "channels", "location", "unit"),
    *("component", "components", "response", "depth", "azimuth", "dip", "sensor_description"),
    *("scale", "scale_freq", "scale_units", "sample_rate", "type", "sensitivity", "provider"),
}
# what may stand behind a name of an axis: "Longitude (W)", "Latitud norte", "Lat. (grados)"
SIDE = re.compile(r"_(?:([nsewo])|(north|south|east|west|norte|sur|este|oeste))$")
DEGREES = re.compile(r"_(?:(?:decimal_)?degrees|grados(?:_decimales)?|decimal|dd|wgs84)$")
AXES = {"latitude": ("north_south", "NS"), "longitude": ("east_west", "EWO")}  # O: oeste
NEEDED = "code", "latitude", "longitude"
HEADER_LINES = 40  # a header stands within so many lines, below comments
GOOD_HEADER = "code,latitude,longitude,elevation_m"
WITH_SIGN = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)", re.ASCII)
DECIMAL_WITH_COMMA = re.compile(r"[-+]?\d+,\d+", re.ASCII)
ORDINAL_DAY = re.compile(r"(\d{4})[-,.](\d{3})\b(.*)", re.ASCII)


@dataclass(frozen=True)
class ListedStation:
    """A station as a file tells it, for a time: degrees, and the elevation in the file's unit."""

    code: str
    latitude: float
    longitude: float
    elevation: float | None = None  # None where the file does not tell it
    network: str = ""
    start_s: float = -inf  # seconds since 1970 UTC
    end_s: float = inf
    line: int | None = None


@dataclass
class StationList:
    """The rows of a file, and the unit of their elevations: m, km, or empty where untold."""

    rows: list[ListedStation] = field(default_factory=list)
    unit: str = ""


def split_code(code: str, network: str = "") -> tuple[str, str]:
    """Return network and station code, both trimmed and in capitals; ``NC.MDC..HHZ`` holds both.

    Parameters
    ----------
    code : str
        A station code, or network and station with a point between, maybe location and channel.
    network : str
        The network as told elsewhere.
    """
    parts = code.strip().upper().split(".")
    if len(parts) > 1 and parts[1].strip():
        network, code = parts[0], parts[1]
    else:
        code = parts[0]
    return network.strip().upper(), code.strip().upper()


def angle_of(text: str, letters: str) -> float:
    """Return degrees written as a number, or as degrees, minutes and seconds, with N, S, E or W.

    Parameters
    ----------
    text : str
        ``-66.9``, ``66.9W``, ``42-38.16N``, ``10 30 15 S`` and the like.
    letters : str
        The hemispheres that it can have: NS or EWO.

    Returns
    -------
    float
        Degrees.

    Raises
    ------
    ValueError
        Where it is no such thing, or the letter is of the other axis.
    """
    text = text.strip()
    if text[:1].upper() in (*"NSEWO",):
        text = text[1:] + text[0]
    degrees = cell_angle(text, letters)
    if degrees is None:
        raise ValueError(f"'{text}' is not an angle")
    return degrees


def epoch_time(text: str, default: float) -> float:
    """Return the time of an epoch's start or end: a year, a day, a day of the year, or ISO 8601.

    Parameters
    ----------
    text : str
        As written.
    default : float
        What an empty text stands for.

    Returns
    -------
    float
        Seconds since 1970 UTC.

    Raises
    ------
    ValueError
        Where it is not a time.
    """
    text = text.strip().replace("/", "-")
    if not text or text.lower() in ("nan", "none", "null", "-", "--"):
        return default
    if re.fullmatch(r"\d{4}", text, re.ASCII):
        return day_start(int(text), 1, 1)
    if ordinal := ORDINAL_DAY.fullmatch(text):
        year, day, rest = ordinal.groups()
        midnight = day_start(int(year), 1, 1) + (int(day) - 1) * 86400.0
        return midnight + parse_iso("1970-01-01T" + rest[1:]) if rest else midnight
    return parse_iso(text)


def station_columns(names: Sequence[str]) -> dict[str, int]:
    """Return the number of each column that is known by its name."""
    plain = [SIDE.sub("", name) if _side_of(name) else name for name in map(_column_name, names)]
    columns = {
        meaning: plain.index(known[0])
        for meaning, spellings in STATION_COLUMNS.items()
        if (known := [name for name in spellings.split() if name in plain])
    }
    elevations = [n for n, name in enumerate(plain) if _is_elevation(name)]
    # of two columns the one that tells its unit
    elevations.sort(key=lambda n: [*UNITS, ""].index(_unit_of(plain[n])))
    return columns | ({"elevation": elevations[0]} if elevations else {})


def read_station_table(path: object, text: str, report: Report) -> StationList | None:
    """Return the stations of a table with a header, None where no line names what is needed.

    Parameters
    ----------
    path : object
        The file, for messages.
    text : str
        Its content.
    report : Report
        Is told which rows are left out.

    Returns
    -------
    StationList or None
        In the order of the file.
    """
    lines = text.splitlines()
    first, names, separator = _best_header(lines)
    if not station_columns(names).keys() >= {*NEEDED}:
        return None
    rows = (
        (number, _cells_of(line, separator))
        for number, line in enumerate(lines[first + 1 :], first + 2)
        if not line.lstrip().startswith("#")
    )
    found = rows_under(path, names, rows, report=report)
    # what has | between is FDSN text, whose elevations are in metres
    return replace(found, unit="m") if separator == "|" else found


def rows_under(
    path: object, names: Sequence[str], rows: Iterable[tuple[int | None, list[str]]], report: Report
) -> StationList:
    """Return the stations of rows of cells.

    Parameters
    ----------
    path : object
        The file, for messages.
    names : sequence of str
        The columns, as the file writes them.
    rows : iterable of tuple of int or None and list of str
        Line and cells of each row.
    report : Report
        Is told which rows are left out.

    Returns
    -------
    StationList
        In the same order.
    """
    columns, rows = station_columns(names), list(rows)
    sides = _settle_sides(columns, names, [values for _, values in rows])
    unit = _unit_of(_column_name(names[columns["elevation"]])) if "elevation" in columns else ""
    found = StationList(unit="m" if unit == "ft" else unit)
    others = [name for n, name in enumerate(names) if name and n not in columns.values()]
    if unused := [name for name in others if _column_name(name) not in OF_NO_USE]:
        report.note(str(path), f"columns not used: {listing(unused, 9)}")
    for line, values in rows:
        if any(values):
            try:
                found.rows.append(_row_of(columns, values, line=line, sides=sides))
            except ValueError as error:
                report.skip(str(path), f"{error}: no station: {' '.join(values)}", line)
    if unit == "ft":
        report.note(str(path), "elevations are in feet: converted to metres")
        found.rows = [replace(row, elevation=_of_feet(row.elevation)) for row in found.rows]
    return found


def elevation_of(text: str) -> float | None:
    """Return the number in a cell, None where there is none."""
    text = text.strip().replace(",", ".")
    return float(text) if WITH_SIGN.fullmatch(text) else None


def _side_of(plain: str) -> str:
    """Return the hemisphere that the name of an axis tells, as "longitude_w", "" for none."""
    found = SIDE.search(plain)
    if found is None:
        return ""
    letter, name = (found[1] or found[2])[0].upper(), plain[: found.start()]
    axes = (axis for axis in AXES if name in STATION_COLUMNS[axis].split())
    return letter if any(letter in AXES[axis][1] for axis in axes) else ""


def _settle_sides(
    columns: dict[str, int], names: Sequence[str], rows: Sequence[list[str]]
) -> dict[str, str]:
    """Return the hemispheres that names of axes tell; find columns of letters that none names."""
    sides = {}
    for axis, (column, letters) in AXES.items():
        if axis not in columns or column in columns:
            continue
        index = columns[axis] + 1
        if side := _side_of(_column_name(names[index - 1])):
            sides[column] = side
        elif index < len(names) and index not in columns.values():
            said = {row[index].upper() for row in rows if len(row) > index and row[index]}
            if said and said <= {*letters}:
                columns[column] = index
    return sides


def _row_of(
    columns: dict[str, int], values: list[str], line: int | None, sides: dict[str, str]
) -> ListedStation:
    told = {meaning: values[column] for meaning, column in columns.items() if column < len(values)}
    cells = sides | told
    if absent := [name for name in NEEDED if not cells.get(name)]:
        raise ValueError(f"no {absent[0]}")
    network, code = split_code(cells["code"], cells.get("network", ""))
    if not code:
        raise ValueError("no code")
    return ListedStation(
        code=code,
        latitude=_angle_in(cells, "latitude", "NS"),
        longitude=_angle_in(cells, "longitude", "EWO"),
        elevation=elevation_of(cells.get("elevation", "")),
        network=network,
        start_s=epoch_time(cells.get("start", ""), -inf),
        end_s=epoch_time(cells.get("end", ""), inf),
        line=line,
    )


def _angle_in(cells: dict[str, str], name: str, letters: str) -> float:
    """Return degrees from the columns of degrees, minutes, seconds and hemisphere."""
    hemisphere = "north_south" if letters == "NS" else "east_west"
    columns = name, f"{name}_minutes", f"{name}_seconds", hemisphere
    parts = [cells.get(column, "") for column in columns]
    if parts[1]:
        parts[0] = parts[0].removesuffix(".0")
    return angle_of(" ".join(part for part in parts if part), letters)


def _column_name(name: str) -> str:
    """Return the name of a column in small letters without accents, words joined by _."""
    letters = unicodedata.normalize("NFKD", name.lower())
    plain = "".join(c for c in letters if not unicodedata.combining(c))
    return DEGREES.sub("", re.sub(r"[^a-z0-9]+", "_", plain).strip("_"))


def _is_elevation(name: str) -> bool:
    word, _, unit = name.partition("_")
    return word in ELEVATIONS and (not unit or _unit_of(name) != "")


def _unit_of(name: str) -> str:
    """Return the unit that a column of elevations tells: m, km or ft; "" where it does not."""
    unit = name.partition("_")[2]
    return next((short for short, names in UNITS.items() if unit in names), "")


def _of_feet(elevation: float | None) -> float | None:
    return None if elevation is None else elevation * FOOT_M


def _best_header(lines: Sequence[str]) -> tuple[int, list[str], str | None]:
    """Return number, names and separator of the line that names most of what is needed."""
    headers = []
    for number, line in enumerate(lines[:HEADER_LINES]):
        line = line.strip().lstrip("#\ufeff")
        separator = next((mark for mark in "|;\t," if mark in line), None)
        headers.append((number, _cells_of(line, separator), separator))
    return max(
        headers, key=lambda h: len(station_columns(h[1]).keys() & {*NEEDED}), default=(0, [], None)
    )


def what_is_missing(path: object, text: str) -> str:
    """Return why a text is no table of stations: which columns it has, and which it lacks.

    Parameters
    ----------
    path : object
        The file.
    text : str
        Its content.

    Returns
    -------
    str
        A message.
    """
    first, names, _ = _best_header(text.splitlines())
    columns = station_columns(names)
    if not columns.keys() & {*NEEDED}:
        return f"{path}: is no list of stations of a form known; best is one headed {GOOD_HEADER}"
    known = [f"{names[number]} ({meaning})" for meaning, number in columns.items()]
    others = [name for n, name in enumerate(names) if n not in columns.values() and name]
    missing = [name for name in NEEDED if name not in columns]
    text = f"{path}, line {first + 1}: has no column {' and no column '.join(missing)}"
    text += f"; recognised: {listing(known, 9)}"
    if others:
        text += f"; not recognised: {listing(others, 9)}, to be renamed if it is among them"
    return text


def _cells_of(line: str, separator: str | None) -> list[str]:
    if separator is None:
        return line.split()
    if separator == "|":
        return [cell.strip() for cell in line.split("|")]
    row = next(csv.reader([line], delimiter=separator, skipinitialspace=True), [])
    row = [cell.strip() for cell in row]
    if separator == ",":
        return row
    return [c.replace(",", ".") if DECIMAL_WITH_COMMA.fullmatch(c) else c for c in row]
