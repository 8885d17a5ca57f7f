"""The columns of tables: what each is called in every format met so far, and their rows."""

import csv
import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from deepquake.catalog.picks.columns import columns_of_picks, phases_of
from deepquake.core.report import Departures

Cells = dict[str, str]  # of a row: what is known, by its column

# The name of a column as ``plain_header`` makes it: without accents, capitals, brackets and the
# words for UTC or local time; what is between words is "_".
NAMES_OF_COLUMNS = {
    # times
    "origin_time": "origintime origin_time eventorigintime event_time origin otime origin_date "
    "event_origin_time datetime_origin orig_time eventtime hora_origen tiempo_origen",
    "utc_timestamp": "utc_timestamp timestamp epoch unixtime unix_time",
    "time": "time datetime date_time date_and_time dt phase_time arrival_time arrivaltime ptime "
    "fecha_hora fecha_y_hora fechahora hh_mm_ss hh_mm_ss_ss hhmmss time_of_day tiempo saat",
    "date": "date fecha data dia_mes_ano yyyy_mm_dd yyy_mm_dd yyyymmdd ymd event_date tarih",
    "year": "year yr yyyy ano anio",
    "month": "month mon mo mes mm",
    "day": "day dd dy da dia",
    "hour": "hour hr hh hora",
    "hour_minute": "hrmn hhmm hr_mn hh_mm",
    "minute": "minute min mn mi minuto minutes",
    "second": "second seconds sec seg segundo segundos ss",
    "centisecond": "centesimas centesima centiseconds csec hundredths",
    "millisecond": "millisecond milliseconds msec msecs milisegundo milisegundos",
    "microsecond": "microsecond microseconds usec microsegundo microsegundos",
    "decimal_year": "decimal_year decyear dec_year",
    "utc_offset": "utc_offset utcoffset gmt_offset timezone time_zone tz zona_horaria "
    "zonahoraria huso huso_horario offset_utc tzone",
    "zone": "zona zone",  # of the time, or of the earth
    # places
    "latitude": "latitude lat latitud latit evla event_lat event_latitude origin_latitude enlem "
    "lat_deg latitude_degrees 緯度 纬度",
    "longitude": "longitude lon long lng longitud evlo event_lon event_longitude lon_deg "
    "origin_longitude boylam long_deg longitude_degrees 経度 经度",
    "latitude_minutes": "latmin lat_min lat_minutes latitude_minutes minlat",
    "longitude_minutes": "lonmin lon_min longmin lon_minutes longitude_minutes minlon",
    "north_south": "ns n_s lat_hem lathem lat_ns hemlat latitude_hemisphere",
    "east_west": "ew e_w lon_hem lonhem lon_ew hemlon longitude_hemisphere",
    "depth": "depth depth_km depthkm dep prof prof_km profundidad profundidad_km evdp event_depth "
    "z_km origin_depth derinlik 深さ 深度",
    "depth_m": "depth_m dep_m prof_m profundidad_m z_m",
    "depth_fixed": "depfix depth_fixed fixed_depth",
    "place": "place location region localizacion ubicacion lugar referencia comment comments "
    "referencia_de_localizacion event_location_name eventlocationname epicenter epicentro sitio "
    "flinn_engdahl_region zona_epicentral comentario yer title municipio",
    "distance": "loc gt",
    # magnitudes
    "magnitude": "mag magnitude magnitud mag_value valor_magnitud buyukluk prefmag preferred_mag "
    "xm",
    "magnitude_kind": "magtype magt mag_type magnitude_type magnitudetype tipmag tipo_mag "
    "tipo_magnitud tipo_de_magnitud magnitudtipo mtype",
    "magnitude_ML": "ml magnitud_ml magnitude_ml mag_ml ml_mag local_magnitude magnitud_local",
    "magnitude_Mw": "mw magnitud_mw magnitude_mw mag_mw",
    "magnitude_MD": "md mc magnitud_md magnitude_md mag_md",
    "magnitude_Mb": "mb magnitud_mb magnitude_mb mag_mb",
    "magnitude_Ms": "ms magnitud_ms magnitude_ms mag_ms",
    # events
    "agency": "agency agen agencia author contributor",
    "event_id": "event_id eventid evid id event_index event_idx publicid public_id evento cuspid "
    "idx id_evento codigo ev_id",
    "cluster_id": "cluster_id",
    "kind": "type eventtype event_type etype et tipo tipo_evento tipo_de_evento clase ev_type "
    "evtype",
    "status": "status evaluationstatus evaluation_status estatus estado event_status review_status",
    "deleted": "deleted is_deleted eliminado borrado",
    "evaluation": "evaluationmode evaluation_mode mode modo evaluation evaluacion",
    # picks
    "station": "station sta station_code station_id",
    "network": "network net network_code",
    "location": "location_code",
    "channel": "channel cha channel_code",
    "phase": "phase phase_type phase_hint phasehint",
    "weight": "weight",
    "polarity": "polarity",
}
COLUMN_OF = {name: column for column, names in NAMES_OF_COLUMNS.items() for name in names.split()}
# of the grid of a scanning program, which says what x, y and z are
QUAKEMIGRATE = {"x": "longitude", "y": "latitude", "z": "depth"}
REPEATED_BY_ISC = ["author", "type", "mag"]  # each row has as many of these as it needs
ZMAP = [
    *("longitude", "latitude", "decimal_year", "month", "day", "magnitude", "depth"),
    *("hour", "minute", "second"),
]

UNKNOWN = frozenset(
    (
        *("", "nan", "inf", "-inf", "infinity", "nat", "none", "null", "na", "n/a"),
        *("-", "--", "---", "-.-"),
    )
)
DECIMAL_COMMA = re.compile(r"[-+]?\d*,\d+", re.ASCII)
EVENT_ID = re.compile(r"\bevent\s+id\b", re.IGNORECASE)  # one column in a table of blanks
HEMISPHERES = {"latitude": "NS", "longitude": "EWO"}  # O: oeste
OF_SIDE = re.compile(r"(.+)_(?:([nsewo])|(north|south|east|west|norte|sur|este|oeste))")
SIDE_OF = {"latitude": "north_south", "longitude": "east_west"}
RULES = " \t\r-=+|_"  # of lines drawn between header and rows
BRACKETS = re.compile(r"[(\[{]([^)\]}]*)[)\]}]")
ZONE = re.compile(r"\b(?:utc|gmt)\s*[-+]\s*\d")  # another than UTC
# in brackets behind a time: how it is written, not where its clock is
FORMAT = re.compile(r"[ymdhstzfmil:./_\s-]*|s|sec|seconds|iso.*|epoch.*|unix.*", re.IGNORECASE)
UTC_WORDS = {"utc", "gmt", "ut", "tu", "universal", "z"}
LOCAL_WORDS = (
    {"local", "legal", "lt", "hl", "hlv", "jst", "ist", "est", "edt", "cst", "cdt", "mst", "mdt"}
    | {"pst", "pdt", "cet", "cest", "trt", "nzst", "nzdt", "clt", "cot", "pet", "art", "brt"}
)  # fmt: skip
ONE_TIME = {"time", "origin_time", "utc_timestamp"}
PARTS_OF_TIME = {"year", "month", "day", "hour", "hour_minute", "minute", "second"}
OF_TIME = ONE_TIME | PARTS_OF_TIME | {"date", "decimal_year"}
TIMES = ONE_TIME | {"year", "date"}
HEADER_WITHIN = 40  # lines: above it may be a title and explanations


@dataclass(frozen=True)
class Header:
    """The line with the names of the columns."""

    line: int  # 0: there is none
    names: list[str]
    columns: list[str]  # as we call them, "" for those we don't know
    separator: str | None  # None: blanks
    refusal: str = ""  # why its rows can't be read
    sides: Cells = field(default_factory=dict)  # hemispheres that names tell, as "Long (W)"


def header_of(text: str) -> Header:
    """Return the header of a table: the first line that names what a table needs.

    Without such a line it is the first that is not a comment. A comment begins with #, as may the
    header itself, if it names a time.
    """
    first = None
    lines = [line.strip() for line in text[:20000].split("\n")[:HEADER_WITHIN]]
    for line, content in enumerate(lines, 1):
        if not content:
            continue
        header = _cut_header(content.removeprefix("#").strip(), line)
        if kind_of_table(header):
            return header
        if first is None and (content[0] != "#" or TIMES.intersection(header.columns)):
            first = header
            if _is_zmap(lines[line - 1 :], header.separator):
                names = [*ZMAP, *header.names[len(ZMAP) :]]
                columns = [name if name in ZMAP else "" for name in names]
                return Header(line=0, names=names, columns=columns, separator=header.separator)
    return first or Header(line=1, names=[], columns=[], separator=None)


def _cut_header(text: str, line: int) -> Header:
    most = max(",;|\t", key=text.count)
    separator = most if most in text else None
    if separator is None:
        text = EVENT_ID.sub("EventID", text)
    return as_header(cut_row(text, separator) or [], line=line, separator=separator)


def as_header(names: list[str], line: int, separator: str | None) -> Header:
    """Return the header that these names are.

    Parameters
    ----------
    names : list of str
        Of its columns, as written.
    line : int
        Where they stand.
    separator : str or None
        Between them; None: blanks.
    """
    columns, zones, sides = [], [], {}
    for name in names:
        column, zone = _column_and_zone(name)
        words, letter = plain_header(name)
        if not column and (found := OF_SIDE.fullmatch(words)):  # "LONGITUD W"
            column, letter = COLUMN_OF.get(found[1], ""), (found[2] or found[3])[0]
            column = column if letter.upper() in HEMISPHERES.get(column, "") else ""
        columns.append(column)
        zones.append(zone)
        if letter and letter.upper() in HEMISPHERES.get(column, ""):
            sides[SIDE_OF[column]] = letter.upper()
    plain = [plain_header(name)[0] for name in names]
    _settle_by_neighbours(columns, plain)
    columns = columns_of_picks(plain, columns) or columns
    refusal = _settle_zones(columns, zones, names)
    return Header(
        line=line, names=names, columns=columns, separator=separator, refusal=refusal, sides=sides
    )


def plain_header(name: str) -> tuple[str, str]:
    """Return a name as the table of names has it, and what stands in brackets: a unit, a zone."""
    letters = unicodedata.normalize("NFKD", name.strip().strip('"').lower())
    plain = "".join(c for c in letters if not unicodedata.combining(c))
    brackets = BRACKETS.search(plain)
    unit = brackets[1].strip() if brackets else ""
    if brackets:
        plain = plain[: brackets.start()] + " " + plain[brackets.end() :]
    elif plain.endswith("/km"):
        plain, unit = plain[:-3], "km"
    return "_".join(re.findall(r"[^\W_]+", plain)), unit


def _column_and_zone(name: str) -> tuple[str, str]:
    """Return the column a name is of, "" for none, and "utc" or "local" where it says so."""
    plain, unit = plain_header(name)
    column = COLUMN_OF.get(f"{plain}_{unit}") or COLUMN_OF.get(plain, "")
    if column == "depth" and unit not in ("", "km", "kms", "kilometers", "kilometres"):
        return "", ""
    words = plain.split("_")
    said = {*unit.split()} if column else {*words, *unit.split()}  # utc_timestamp is one word
    local = bool(said & LOCAL_WORDS) or ZONE.search(name.lower()) is not None
    # another zone, in words: "Time (Philippine Time)"
    local = local or (not said & UTC_WORDS and FORMAT.fullmatch(unit) is None)
    zone = "local" if local else "utc" if said & UTC_WORDS else ""
    if not column and zone:
        # "Fecha UTC", "event_time_local"
        left = "_".join(w for w in words if w not in UTC_WORDS | LOCAL_WORDS and w.isalpha())
        column = COLUMN_OF.get(left, "") if left else "time" if plain == "utc" else ""
        column = column if column in OF_TIME else ""
    return column, zone if column in OF_TIME else ""


def _settle_by_neighbours(columns: list[str], plain: list[str]) -> None:
    """Name the columns whose names mean this or that by the columns beside them."""
    for index, name in enumerate(plain):
        if name == "m":
            columns[index] = "magnitude_kind" if "magnitude" in columns else "magnitude"
        elif name == "mm" and "hour" in columns[:index]:
            columns[index] = "minute"
        elif name == "type" and "type" in plain[:index]:
            columns[index] = "magnitude_kind"
        elif name == "location" and "station" in columns:
            columns[index] = "location"
        elif name in QUAKEMIGRATE and {"dt", "coa"} <= {*plain}:
            columns[index] = QUAKEMIGRATE[name]
        elif name == "z" and "depth" not in columns and "depth_m" not in columns:
            columns[index] = "depth"


def _settle_zones(columns: list[str], zones: list[str], names: list[str]) -> str:
    """Keep the columns of the time in UTC; return why there are none, "" where there are."""
    local = _in_zone(columns, zones, "local")
    utc, untold = _in_zone(columns, zones, "utc"), _in_zone(columns, zones, "")
    if utc:
        if local or utc & untold:  # told in both: the unmarked date may be the local one
            of_pick = {"time", "date"} if "station" in columns and "time" not in utc else set()
            _forget(columns, zones, ("local", ""), of=OF_TIME - of_pick)
        _forget(columns, zones, ("",), of={"utc_offset", "zone"})
    elif local and local <= untold:
        _forget(columns, zones, ("local",))
    elif local and "utc_offset" not in columns:
        name = next(name for name, zone in zip(names, zones, strict=True) if zone == "local")
        return (
            f"column '{name.strip()}' is in local time: add a column utc_offset "
            "(such as -04:00 or America/Caracas), or one of the time in UTC, named time_utc"
        )
    return ""


def _in_zone(columns: list[str], zones: list[str], zone: str) -> set[str]:
    told = zip(columns, zones, strict=True)
    found = {column for column, its in told if its == zone and column in OF_TIME}
    if "station" in columns:  # a pick and its origin have times of their own
        return found
    return {"time" if column in ONE_TIME else column for column in found}


def _forget(
    columns: list[str], zones: list[str], which: tuple[str, ...], of: Collection[str] = OF_TIME
) -> None:
    for index, zone in enumerate(zones):
        if zone in which and columns[index] in of:
            columns[index] = ""


def _is_zmap(lines: list[str], separator: str | None) -> bool:
    """Return whether rows without a header are ZMAP: the decimal year is that of the month."""
    rows = [values for line in lines if line and (values := cut_row(line, separator))]
    for values in rows:
        try:
            numbers = [float(value) for value in values[: len(ZMAP)]]
        except ValueError:
            return False
        if len(numbers) < len(ZMAP):
            return False
        longitude, latitude, year, month, day, _, _, hour, minute, second = numbers
        month_told = year % 1 == 0 or abs(year % 1 * 12 - month + 0.5) < 1
        place = abs(longitude) <= 360 and abs(latitude) <= 90
        clock = 0 <= hour <= 24 and 0 <= minute < 60 and 0 <= second < 61
        date = 1900 <= year < 2200 and 1 <= month <= 12 and 1 <= day <= 31
        if not (month_told and place and clock and date):
            return False
    return bool(rows)


def kind_of_table(header: Header) -> str:
    """Return "picks" or "events", "" where too little is known of the columns for either."""
    columns = set(header.columns)
    year = bool(columns & {"year", "decimal_year"})
    dated = (year and {"month", "day"} <= columns) or "date" in columns
    timed = bool(columns & ONE_TIME) or dated
    if "station" in columns:
        of_one_phase = "phase" in columns and ("time" in columns or dated)
        return "picks" if of_one_phase or phases_of(header.columns) else ""
    place = {"latitude", "longitude"} <= columns
    only_time = bool(columns & {"origin_time", "utc_timestamp"}) and len(header.names) > 1
    return "events" if only_time or (place and timed) else ""


def cut_row(line: str, separator: str | None) -> list[str] | None:
    """Return the values of a row, None where it can't be cut into any.

    Parameters
    ----------
    line : str
        The row.
    separator : str or None
        Between its values; None: blanks.
    """
    if separator is None:
        return line.split()
    if '"' not in line:
        return line.split(separator)
    try:
        return next(csv.reader([line], delimiter=separator, skipinitialspace=True))
    except csv.Error:
        return None


def _fitted(values: list[str], header: Header) -> list[str] | None:
    """Return as many values as there are columns, None where it is open which is which.

    The name of a place may hold the separator, and may be missing at the end.
    """
    columns, more = header.columns, len(values) - len(header.columns)
    if more == 0:
        return values
    if more < 0:
        return [*values, ""] if more == -1 and columns[-1] == "place" else None
    if "place" in columns:
        begin = columns.index("place")
        name = (header.separator or " ").join(values[begin : begin + more + 1])
        return [*values[:begin], name, *values[begin + more + 1 :]]
    repeated = [plain_header(name)[0] for name in header.names[-3:]] == REPEATED_BY_ISC
    if (
        (repeated and more % 3 == 0)
        or header.line == 0
        or values[len(columns)].strip()[:1].isalpha()
    ):
        return values[: len(columns)]
    return None


def rows_of_table(text: str, header: Header, departures: Departures) -> Iterator[tuple[int, Cells]]:
    """Yield line number and the known columns of each row; a row of another length is skipped.

    Parameters
    ----------
    text : str
        Content of the file.
    header : Header
        Its header.
    departures : Departures
        Is told of rows left out and of decimal commas.
    """
    known = [(index, column) for index, column in enumerate(header.columns) if column]
    for line, content in enumerate(text.split("\n"), 1):
        if line <= header.line or not content.strip(RULES) or content.lstrip()[0] == "#":
            continue
        values = cut_row(content, header.separator)
        values = None if values is None else _fitted(values, header)
        if values is None:
            departures.skip(line, "row with more or fewer values than the header: left out")
            continue
        cells: Cells = dict(header.sides)
        for index, column in known:
            value = values[index].strip()
            if column in cells:
                continue
            if value.lower() in UNKNOWN and column != "utc_offset":  # without it a time is unknown
                continue
            if not value.isascii():
                value = value.replace("\N{MINUS SIGN}", "-")
            if "," in value and DECIMAL_COMMA.fullmatch(value):  # elsewhere than in CSV
                departures.note(line, "decimal comma: read as a decimal point")
                value = value.replace(",", ".")
            cells[column] = value
        yield line, cells
