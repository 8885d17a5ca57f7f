"""Files of stations, told apart by their content: tables, JSON, inventories, fixed columns."""

import glob
import re
import warnings
from collections.abc import Sequence
from dataclasses import replace
from math import inf
from pathlib import Path

from deepquake.core.errors import DeepQuakeError, short
from deepquake.core.files import decode_text, parse_json, read_bytes
from deepquake.core.report import Report
from deepquake.earth.station_tables import (
    NEEDED,
    WITH_SIGN,
    ListedStation,
    StationList,
    angle_of,
    elevation_of,
    read_station_table,
    rows_under,
    split_code,
    station_columns,
    what_is_missing,
)

# Degrees and minutes in fixed columns: STATION0.HYP of SEISAN and the lists of HYPO71 (minutes
# F5.2, or F5.3 without a point), those of HypoInverse (F7.4, network and channel before them).
MINUTES = r"([ \d]\d\.\d[\d ]|[ \d]\d{4}| [ \d]\d\.\d{4})"
FIXED = re.compile(
    r"(?P<head>.{2,15}?)([ \d]{2})" + MINUTES + r"([NS])([ \d]{2}\d)" + MINUTES + r"([EW])"
    r"(?P<elevation>[ \d-]{0,5})",
    re.ASCII,
)
DATALESS_SEED = re.compile(rb"\d{6}V ")
REAL_COLUMNS = "longitude", "latitude", "network", "code", "channel", "elevation"
CODE_FIRST = "code", "latitude", "longitude", "elevation"
NETWORK_FIRST = "network", *CODE_FIRST
NLLOC_SOURCE = "GTSRCE"
GRID_KINDS = {"LATLON": 1, "LATLONDM": 3, "LATLONDS": 4}  # words of a latitude in a GTSRCE line


def read_station_file(path: Path, report: Report) -> StationList:
    """Return the stations of a file of any format known, or of all StationXML files of a folder.

    Parameters
    ----------
    path : Path
        The file.
    report : Report
        Is told what is left out.

    Returns
    -------
    StationList
        In the order of the file.

    Raises
    ------
    DeepQuakeError
        Where it is no list of stations.
    """
    if path.is_dir():
        files = [file for file in sorted(path.glob("*.xml")) if is_station_xml(file)]
        if not files:
            raise DeepQuakeError(f"{path}: holds no StationXML file (.xml)")
        return StationList([row for file in files for row in _of_inventory(file)], unit="m")
    content = read_bytes(path)
    start = content[:200].lstrip(b"\xef\xbb\xbf \r\n\t")
    if start[:1] == b"<" or DATALESS_SEED.match(start):
        return StationList(_of_inventory(path), unit="m")
    if start[:1] in (b"{", b"["):
        return _of_json(path, content, report)
    text = decode_text(content)
    found = read_station_table(path, text, report)
    if found is None:
        lines = text.splitlines()
        found = _of_nonlinloc(path, lines, report) or _of_fixed(lines)
        found = found or _without_header(path, lines, report)
    if found is None:
        raise DeepQuakeError(what_is_missing(path, text))
    return found


def is_station_xml(path: Path) -> bool:
    """Return whether a file begins as StationXML does."""
    try:
        with path.open("rb") as file:
            return b"<FDSNStationXML" in file.read(2000)
    except OSError:
        return False


def _of_inventory(path: Path) -> list[ListedStation]:
    """Return each epoch of each station of an inventory, as ObsPy reads it."""
    from obspy import read_inventory

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of elements that are nothing to us
            inventory = read_inventory(glob.escape(str(path)))
    except Exception as error:  # ObsPy's readers raise whatever their XML library raises
        raise DeepQuakeError(f"{path}: cannot be read as an inventory: {short(error)}") from None
    return [
        ListedStation(
            code=split_code(epoch.code)[1],
            latitude=float(epoch.latitude),
            longitude=float(epoch.longitude),
            elevation=float(epoch.elevation),
            network=network.code.strip().upper(),
            start_s=-inf if epoch.start_date is None else epoch.start_date.timestamp,
            end_s=inf if epoch.end_date is None else epoch.end_date.timestamp,
        )
        for network in inventory
        for epoch in network
    ]


def _of_json(path: Path, content: bytes, report: Report) -> StationList:
    """Return the stations of a JSON file: a dictionary by their names, or a list of them.

    EQTransformer's station_list.json has ``network`` and ``coords`` (latitude, longitude, m) of
    each; what GaMMA, PhaseNet and QuakeFlow read has ``latitude``, ``longitude``, ``elevation_m``.
    """
    value = parse_json(path, decode_text(content))
    items = value.items() if isinstance(value, dict) else [("", item) for item in value]
    cells: list[dict[str, str]] = []
    for name, item in items:
        item = dict(item) if isinstance(item, dict) else {}
        if isinstance(coords := item.pop("coords", None), list):
            item |= dict(zip(("latitude", "longitude", "elevation_m"), coords, strict=False))
        coded = item if "code" in station_columns([*item]) else {"code": name, **item}
        cells.append({key: "" if v is None else str(v) for key, v in coded.items()})
    names = list(dict.fromkeys(key for item in cells for key in item))
    if not station_columns(names).keys() >= {*NEEDED}:
        header = "{code: {latitude, longitude, elevation_m}}"
        raise DeepQuakeError(f"{path}: holds no stations; each would be {header}")
    rows = ((None, [item.get(name, "") for name in names]) for item in cells)
    return rows_under(path, names, rows, report=report)


def _of_nonlinloc(path: Path, lines: Sequence[str], report: Report) -> StationList | None:
    """Return the stations of NonLinLoc's GTSRCE lines; depth and elevation are in km."""
    found = StationList(unit="km")
    for number, line in enumerate(lines, 1):
        words = line.split()
        if words[:1] != [NLLOC_SOURCE]:
            continue
        n_words = GRID_KINDS.get(words[2] if len(words) > 2 else "", 0)
        try:
            if not n_words:
                raise ValueError("only LATLON, LATLONDM and LATLONDS are places on Earth")
            of_latitude, of_longitude = words[3 : 3 + n_words], words[3 + n_words : 3 + 2 * n_words]
            depth_km, elevation_km = map(float, words[3 + 2 * n_words : 5 + 2 * n_words])
            network, code = split_code(words[1])
            found.rows.append(
                ListedStation(
                    code=code,
                    latitude=angle_of(" ".join(of_latitude), "NS"),
                    longitude=angle_of(" ".join(of_longitude), "EW"),
                    elevation=elevation_km - depth_km,
                    network=network,
                    line=number,
                )
            )
        except ValueError as error:
            report.skip(path, f"{short(error)}: no station: {line.strip()}", number)
    return found if any(line.startswith(NLLOC_SOURCE) for line in lines) else None


def _of_fixed(lines: Sequence[str]) -> StationList | None:
    """Return the stations whose degrees and minutes stand in fixed columns, None without any."""
    found = StationList(unit="m")
    for number, line in enumerate(lines, 1):
        match = FIXED.match(line)
        words = match["head"].split() if match else []
        if match and words:
            angles = match.groups()[1:7]
            latitude, longitude = (_of_minutes(*angles[k : k + 3]) for k in (0, 3))
            found.rows.append(
                ListedStation(
                    code=words[0].upper(),
                    latitude=latitude,
                    longitude=longitude,
                    elevation=elevation_of(match["elevation"][:4]),
                    network=words[1].upper() if len(words) > 1 else "",
                    line=number,
                )
            )
    return found if found.rows else None


def _of_minutes(degrees: str, minutes: str, letter: str) -> float:
    """Return degrees from degrees and minutes; minutes without a point are in thousandths."""
    value = float(minutes) if "." in minutes else float(minutes) / 1000
    return (float(degrees.strip() or 0) + value / 60) * (-1 if letter in "SW" else 1)


def _without_header(path: Path, lines: Sequence[str], report: Report) -> StationList | None:
    """Return the stations of REAL's list, or of rows of code, latitude, longitude, elevation.

    REAL: longitude, latitude, network, station, channel, elevation in km. The other order is that
    of HypoDD and GrowClust; a network may stand before it.
    """
    rows = [
        (number, line.replace(",", " ").split())
        for number, line in enumerate(lines, 1)
        if line.strip() and not line.lstrip().startswith("#")
    ]
    for names, unit in (REAL_COLUMNS, "km"), (CODE_FIRST, ""), (NETWORK_FIRST, ""):
        fits = [words for _, words in rows if _fits(words, names)]
        if fits and 2 * len(fits) > len(rows):
            if names != REAL_COLUMNS:
                report.note(path, f"no header: read as {', '.join(names)}")
            return replace(rows_under(path, names, rows, report=report), unit=unit)
    return None


def _fits(words: Sequence[str], names: Sequence[str]) -> bool:
    """Return whether words can stand in columns of such names."""
    needed = len(names) - (names[-1] == "elevation")
    if len(words) < needed:
        return False
    pairs = zip(names, words, strict=False)
    code = words[names.index("code")]
    if "." in code and WITH_SIGN.fullmatch(code):  # a number of degrees
        return False
    return all(
        bool(WITH_SIGN.match(word)) == (name in ("latitude", "longitude", "elevation"))
        for name, word in pairs
        if name not in ("network", "code")
    )
