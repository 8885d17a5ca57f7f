"""The lines of a Nordic (SEISAN) file: which columns hold what.

Columns are those of the SEISAN manual, appendix "The Nordic format" (Nordic, and Nordic2 of
2020 with three-letter components, network and location codes and phase names of 8 letters).
In the slices below column 1 of the manual is index 0.
"""

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from deepquake.catalog.events import (
    DO_NOT_USE,
    POSSIBLE_DEPTHS_KM,
    POSSIBLE_MAGNITUDES,
    Magnitude,
    latest_s,
    place_on_earth,
)
from deepquake.catalog.kinds import kind_from
from deepquake.core.settings import COMPONENTS
from deepquake.core.times import DAY_S, day_start

OLD_HEADER = " STAT SP IPHASW D HRMM SECON CODA AMPLIT PERI AZIMU VELO AIN AR TRES W  DIS CAZ7"
KNOWN_TYPES = frozenset("1234567EFHIMPS")
WEIGHTS = {" ": 0, "_": 0, "0": 0, "1": 1, "2": 2, "3": 3, "4": 4, "9": 9}
POLARITIES = {" ": "", "C": "C", "D": "D", "U": "C", "+": "C", "-": "D"}
MAGNITUDE_COLUMNS = ((55, 59, 63), (63, 67, 71), (71, 75, 79))
DECIMAL = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)", re.ASCII)  # no exponent, underscore, nan or inf
STATION = re.compile(r"[\w-]*[^\W_][\w-]*", re.ASCII)
CODE = re.compile(r"([\w-]*\w[\w-]*)?", re.ASCII)  # of a network or a location, or none
NO_ARRIVALS = ("END", "BAZ")  # coda ends and azimuths of Nordic2: no time of an arrival

Layout = Literal["old", "new"]  # the columns of pick lines: of Nordic, and of Nordic2


class PickLabel(NamedTuple):
    """What stands before the time on a pick line."""

    station: str
    phase: str
    further: tuple[Any, ...]  # the values of the Pick from its network to ``automatic``
    odd: str  # what was not understood
    latest_s: float  # after the origin, at most; 0 where it is not the time of an arrival


@dataclass(slots=True)
class Origin:
    """What a line of type 1 (or H) says. ``time`` lies between ``earliest`` and ``latest``."""

    line: int
    day: float  # midnight of the date on the line
    time: float | None = None
    earliest: float = 0.0
    latest: float = 0.0
    latitude: float | None = None
    longitude: float | None = None
    depth_km: float | None = None
    distance: str = ""
    kind: str = ""
    agency: str = ""
    time_fixed: bool = False
    depth_fixed: bool = False
    magnitudes: list[Magnitude] = field(default_factory=list)
    odd: list[str] = field(default_factory=list)


def read_pick(line: str, layout: Layout) -> tuple[PickLabel, float, str] | str:
    """Return what a pick line says.

    Parameters
    ----------
    line : str
        The line without its end.
    layout : "old" or "new"
        Which columns it has.

    Returns
    -------
    tuple or str
        Label, seconds after midnight, and what is odd about these; or why it is not a pick.
    """
    if layout == "old":
        label, clock = _old_label(line[:18]), _clock(line[18:22])
        second = _second(line[22:29]) if len(line) > 27 else _cut_second(line[22:29])
    else:
        label, clock = _new_label(line[:26], line[43:44] or " "), _clock(line[26:30])
        second = _second(line[30:37]) if len(line) > 36 else _cut_second(line[30:37])
    if isinstance(label, str):
        return f"line not understood as a pick ({label}): left out"
    if clock is None or second is None:
        if (line[18:29] if layout == "old" else line[26:37]).strip():
            return "time of the pick can't be read: left out"
        return "reading without a time: left out"
    return label, clock[0] + second, clock[1]


def residual_of(line: str) -> float | None:
    """Return the travel time residual of a pick line, in seconds, as either format has it."""
    return _decimal(line[63:68])


def is_pick(line: str) -> bool:
    """Return whether a line is a pick, in either layout."""
    return not (isinstance(read_pick(line, "old"), str) and isinstance(read_pick(line, "new"), str))


@lru_cache(maxsize=65536)
def _old_label(text: str) -> PickLabel | str:
    """Read columns 1-18 of a pick line of the old format; a str says why it is none."""
    text = text.ljust(18)
    station = text[1:6].rstrip()
    if text[0] != " " or not STATION.fullmatch(station):
        return "no station code in columns 2-6"
    if text[17].isdigit():
        return "time does not begin in column 19"
    weight, automatic, polarity = text[14], text[15] == "A", text[16]
    phase, channel = text[10:14].rstrip(), text[6:8]
    odd = ""
    long_name = text[10:18].rstrip()
    if len(long_name) > 4 and " " not in long_name and weight not in "0123456789 ":
        phase, weight, automatic, polarity = long_name, text[8], False, " "
    elif text[8] in COMPONENTS and text[9] in "IE ":
        channel += text[8]
        odd = "channel of three letters in columns 7-9: read as it stands"
    elif not (text[8] == " " or text[8].isdigit()):
        return "column 9 holds no weight"
    elif text[8].isdigit() and weight == " ":
        weight = text[8]
        odd = "weight in column 9 of a phase of 4 letters or less: taken as its weight"
    elif text[15] not in " A" or text[17] != " ":
        odd = "characters in column 16 or 18 not understood: passed over"
    codes, signs = ("", "", channel), (text[9], weight, polarity)
    return _pick_label(station, phase, codes, signs=signs, automatic=automatic, odd=odd)


@lru_cache(maxsize=65536)
def _new_label(text: str, polarity: str) -> PickLabel | str:
    """Read columns 1-26 (and 44, the polarity) of a pick line of the format of 2020."""
    text = text.ljust(26)
    station = text[1:6].rstrip()
    if text[0] != " " or not STATION.fullmatch(station):
        return "no station code in columns 2-6"
    network = text[10:12].strip()
    location = text[12:14].strip().replace("--", "")  # how SEED writes an empty one
    if text[9] + text[14] != "  " or not (CODE.fullmatch(network) and CODE.fullmatch(location)):
        return "columns 10-15 hold no network and location code"
    if text[25].isdigit():
        return "time does not begin in column 27"
    phase = text[16:24].strip()
    if not phase.upper().startswith(("P", "S")):
        polarity = " "  # column 44 belongs to an amplitude, a duration or an azimuth
    codes, signs = (network, location, text[6:9]), (text[15], text[24], polarity)
    automatic = text[25] == "A"
    return _pick_label(station, phase, codes, signs=signs, automatic=automatic, odd="")


def _pick_label(
    station: str,
    phase: str,
    codes: tuple[str, str, str],
    signs: tuple[str, str, str],
    automatic: bool,
    odd: str,
) -> PickLabel | str:
    """Return a label.

    ``codes`` are network, location and channel, ``signs`` the letters of onset, weight and
    polarity.
    """
    onset, weight, polarity = signs
    if " " in phase.strip() or not phase.isprintable():
        return "no phase name where it should be"
    phase, onset, polarity = phase.strip(), onset.upper(), polarity.upper()
    if not phase and onset == " ":
        return "neither phase nor onset"
    if onset in "PS":
        return "the phase begins a column too early"
    if onset not in "IE ":
        odd = "onset is neither I nor E: passed over"
        onset = ""
    if polarity not in POLARITIES:
        odd = "polarity not understood: passed over"
    if weight not in WEIGHTS:
        odd = "weight not understood: the pick is not used (weight 4)"
    network, location, channel = codes
    place = network, location, channel.replace(" ", "")
    read = onset.strip(), POLARITIES.get(polarity, ""), WEIGHTS.get(weight, DO_NOT_USE), automatic
    latest = 0.0 if phase.startswith(NO_ARRIVALS) else latest_s(phase)
    return PickLabel(station, phase, further=place + read, odd=odd, latest_s=latest)


@lru_cache(maxsize=65536)
def _clock(text: str) -> tuple[int, str] | None:
    """Return the seconds of hour (up to 48) and minute in 2 + 2 columns, and what is odd.

    None where they can't be read.
    """
    if not text.strip():
        return None
    text = text.ljust(4)
    hour, minute = text[:2], text[2:]
    if not all(part.isascii() and (part.strip() or "0").isdecimal() for part in (hour, minute)):
        return None
    hours, minutes = int(hour.strip() or 0), int(minute.strip() or 0)
    odd = ""
    if hours > 48:
        return None
    if minutes >= 60:
        odd = "minute of 60 or more: carried over to the hour"
    elif (hour[1] == " " and hour[0] != " ") or (minute[1] == " " and minute[0] != " "):
        odd = "hour or minute is not at the right of its columns: read as it stands"
    return 3600 * hours + 60 * minutes, odd


@lru_cache(maxsize=65536)
def _second(columns: str) -> float | None:
    """Return the seconds of a pick, None where they are missing or unreadable."""
    text = columns.strip()
    return None if columns[:1] == "." or text[:1] in ("-", "+") else _decimal(text)


def _cut_second(columns: str) -> float | None:
    """Return the seconds of a pick whose line ends before the last column of their decimals.

    Without a decimal ``2`` might be the rest of ``23.10``.
    """
    text = columns.strip()
    return None if "." not in text or text[-1] == "." else _second(columns)


def is_dated(line: str) -> bool:
    """Return whether a line is one that ``parse_origin`` can read."""
    return _day_of(line[1:10]) is not None


def parse_origin(line: str, line_number: int) -> Origin | None:
    """Return what a line of type 1 says, None where its date can't be read.

    Parameters
    ----------
    line : str
        The line without its end.
    line_number : int
        Its number in the file, from 1.
    """
    origin = _origin_time(line, line_number, _field(line, 16, 20))
    if origin is None:
        return None
    origin.distance = line[21:22].strip()
    told = kind_from(line[22:23])
    if told is None:
        told = "other" if line[22].isalpha() else ""
        origin.odd.append(f"kind of event in column 23 not known: read as {told or 'not told'}")
    origin.kind = told
    origin.agency = line[45:48].strip()
    origin.depth_fixed = line[43:44] == "F"
    _set_place(origin, line, (23, 30, 38, 43))
    low, high = POSSIBLE_MAGNITUDES
    for start, kind, end in MAGNITUDE_COLUMNS:
        text = _field(line, start, kind)
        if text and not text.isspace():
            value = _decimal(text)
            if value is None or not low <= value <= high:
                origin.odd.append("magnitude not understood: left out")
            else:
                name, agency = line[kind : kind + 1].strip(), line[kind + 1 : end].strip()
                origin.magnitudes.append(Magnitude(value, name, agency))
    return origin


def parse_high_accuracy(line: str, line_number: int) -> Origin | None:
    """Return what a line of type H says, None where its date can't be read.

    Parameters
    ----------
    line : str
        The line without its end.
    line_number : int
        Its number in the file, from 1.
    """
    origin = _origin_time(line, line_number, _field(line, 16, 23))
    if origin is not None:
        origin.agency = line[60:63].strip()
        _set_place(origin, line, (23, 32, 43, 52))
    return origin


def parse_id(line: str) -> tuple[str, float | None]:
    """Return the event ID of a line of type I (14 digits, or "") and the time it tells."""
    _, found, rest = line.partition("ID:")
    text = rest[:14]
    if not found or len(text) != 14 or not (text.isascii() and text.isdecimal()):
        return "", None
    day = _day_of(f"{text[:4]} {text[4:8]}")
    hour, minute, second = int(text[8:10]), int(text[10:12]), int(text[12:14])
    if day is None or hour > 23 or minute > 59 or second > 60:
        return text, None
    return text, day + 3600 * hour + 60 * minute + second


def operator_of(line: str) -> str:
    """Return the code of the operator that a line of type I tells, of four letters at most."""
    _, found, rest = line.partition("OP:")
    return rest[:4].strip() if found else ""


def _field(line: str, start: int, end: int) -> str:
    """Return columns of a line, "?" where it ends within them: ``-1`` may be left of -17.500."""
    return "?" if start < len(line) < end else line[start:end]


def _decimal(text: str) -> float | None:
    """Return a decimal number such as `` 12.80`` or ``-.5``, None where the text is none."""
    return float(text) if DECIMAL.fullmatch(text.strip()) else None


def _origin_time(line: str, line_number: int, second_text: str) -> Origin | None:
    day = _day_of(line[1:10])
    if day is None:
        return None
    origin = Origin(line_number, day)
    clock = _clock(_field(line, 11, 15))
    if clock is None:
        origin.earliest, origin.latest = day, day + DAY_S
        origin.odd.append("hour and minute of the origin can't be read: origin time unknown")
        return origin
    origin.time_fixed = line[10:11] == "F"
    minute = day + clock[0]
    second = _decimal(second_text) if second_text.strip() else 0.0
    if second is None or second < 0:
        origin.earliest, origin.latest = minute, minute + 60
        origin.odd.append("second of the origin can't be read: origin time unknown")
        return origin
    origin.time = origin.earliest = origin.latest = minute + second
    if not second_text.strip():
        origin.latest += 60
        origin.odd.append("no second in the origin time: taken as 0")
    elif second >= 60:
        origin.odd.append("origin second of 60 or more: carried over to the minute")
    if clock[1]:
        origin.odd.append(clock[1])
    return origin


def _set_place(origin: Origin, line: str, columns: tuple[int, int, int, int]) -> None:
    """Read the hypocentre; ``columns``: where latitude, longitude and depth begin, and the end."""
    lat, lon, dep, end = columns
    latitude, longitude = _field(line, lat, lon), _field(line, lon, dep)
    depth = _field(line, dep, end)
    origin.latitude, origin.longitude = place_on_earth(_decimal(latitude), _decimal(longitude))
    if origin.latitude is None and (latitude + longitude).strip():
        origin.odd.append("latitude or longitude not understood: location unknown")
    origin.depth_km = _decimal(depth)
    low, high = POSSIBLE_DEPTHS_KM
    if origin.depth_km is not None and not low <= origin.depth_km <= high:
        origin.depth_km = None
    if origin.depth_km is None and depth.strip():
        origin.odd.append("depth not understood: depth unknown")
    if origin.latitude == origin.longitude == 0 and not origin.depth_km:
        origin.latitude = origin.longitude = origin.depth_km = None
        origin.odd.append("latitude, longitude and depth are all 0: location unknown")


@lru_cache(maxsize=8192)
def _day_of(text: str) -> float | None:
    """Return midnight of ``YYYY MMDD`` (columns 2-10), None where that is not a date."""
    year, month, day = text[0:4], text[5:7], text[7:9]
    if len(text) < 9 or text[4] != " " or not (text.isascii() and year.isdecimal()):
        return None
    if not (month.strip().isdecimal() and day.strip().isdecimal()):
        return None
    try:
        return day_start(int(year), int(month), int(day))
    except ValueError:
        return None
