"""HypoDD: phase files (.pha) and relocated events (.reloc, .loc), columns between blanks.

Columns are those of F. Waldhauser, "hypoDD, a program to compute double-difference hypocenter
locations", USGS Open-File Report 01-113.
"""

import re

from deepquake.catalog.events import DO_NOT_USE, Event, Magnitude, Pick
from deepquake.catalog.locators.fixed import close_event, fortran_number, lines_of, take_pick
from deepquake.core.report import Departures, Report
from deepquake.core.times import day_start

# "#", year, month, day, hour, minute, second, latitude, longitude, depth, magnitude, errors, id
HEADER_VALUES = 10, 14  # after "#": at least, and with an id
RELOCATED_VALUES = 18, 24  # of a line of .loc, of .reloc
TIME_OF_RELOCATED = slice(10, 16)
# A priori weights of a phase by HYPOINVERSE's codes 0 to 3, as ncsn2pha writes them: 1, .5, .2, .1
LEAST_WEIGHTS = (0, 0.75), (1, 0.35), (2, 0.15)
NO_MAGNITUDE = 0.0  # what the manual says to write where it is not known
PHASE_LINE = re.compile(r"\s*\S+\s+[-+\d.eE*]+\s+[-+\d.]+\s+[A-Za-z]\w*\s*")


def is_hypodd_phases(text: str) -> bool:
    """Return whether a text begins with the header of an event in a phase file of HypoDD."""
    lines = lines_of(text)
    return bool(lines) and lines[0][0] == "#" and _is_origin(lines[0][1:].split())


def is_hypodd_relocated(text: str) -> bool:
    """Return whether a text begins with a line of a .reloc or .loc file."""
    lines = lines_of(text)
    values = lines[0].split() if lines else []
    if len(values) not in RELOCATED_VALUES or not values[0].isdigit():
        return False
    return _is_origin([*values[TIME_OF_RELOCATED], *values[1:4], values[16]])


def read_hypodd_phases(text: str, name: str, report: Report) -> list[Event]:
    """Return the events of a text that ``is_hypodd_phases``.

    Parameters
    ----------
    text : str
        Content of the file.
    name : str
        What the file is called in messages and in the events.
    report : Report
        Is told of lines left out.
    """
    departures, events = Departures(name, report), list[Event]()
    event: Event | None = None
    for number, line in enumerate(text.split("\n"), 1):
        line = line.strip()
        if not line:
            continue
        if line[0] == "#":
            close_event(event, events, departures)
            event = _event_of_values(line[1:].split(), number, departures)
        elif event is None:
            departures.skip(number, "phase without an event above it: left out")
        else:
            _take_phase(event, line.split(), number, departures=departures)
    close_event(event, events, departures)
    return events


def read_hypodd_relocated(text: str, name: str, report: Report) -> list[Event]:
    """Return the events of a text that ``is_hypodd_relocated``.

    Parameters
    ----------
    text : str
        Content of the file.
    name : str
        What the file is called in messages and in the events.
    report : Report
        Is told of lines left out.
    """
    departures, events = Departures(name, report), list[Event]()
    for number, line in enumerate(text.split("\n"), 1):
        values = line.split()
        if len(values) in RELOCATED_VALUES:
            origin = [*values[TIME_OF_RELOCATED], *values[1:4], values[16]]
            event = _event_of_values([*origin, "", "", "", values[0]], number, departures)
            close_event(event, events, departures)
        elif values:
            departures.skip(number, "line without the 24 or 18 values of HypoDD: left out")
    return events


def _is_origin(values: list[str]) -> bool:
    """Return whether values are year, month, day, hour, minute, second and a hypocentre."""
    try:
        numbers = [fortran_number(value) or 0.0 for value in values[:9]]
        return len(values) >= HEADER_VALUES[0] and values[0].isdigit() and _time_of(numbers) > 0
    except ValueError:
        return False


def _time_of(numbers: list[float]) -> float:
    """Return the time of year, month, day, hour, minute and second."""
    year, month, day, hour, minute = map(int, numbers[:5])
    if not 1900 <= year <= 2200:
        raise ValueError(f"{year} is not a year")
    return day_start(year, month, day) + 3600 * hour + 60 * minute + numbers[5]


def _event_of_values(values: list[str], number: int, departures: Departures) -> Event | None:
    if len(values) < HEADER_VALUES[0]:
        departures.skip(number, "header of an event with too few values: event left out")
        return None
    event = Event("", source_file=departures.name, source_line=number)
    try:
        event.origin_time = _time_of([fortran_number(value) or 0.0 for value in values[:6]])
    except ValueError as error:
        departures.skip(number, f"origin time not understood ({error}): event left out")
        return None
    try:
        place = [None if _is_nan(value) else fortran_number(value) for value in values[6:9]]
        event.latitude, event.longitude, event.depth_km = place
    except ValueError as error:
        departures.note(number, f"location not understood ({error}): unknown")
    try:
        magnitude = None if _is_nan(values[9]) else fortran_number(values[9])
        if magnitude is not None and magnitude != NO_MAGNITUDE:
            event.magnitudes = [Magnitude(magnitude)]
    except ValueError as error:
        departures.note(number, f"magnitude not understood ({error}): left out")
    if len(values) >= HEADER_VALUES[1]:
        event.event_id = values[13]
    return event


def _is_nan(text: str) -> bool:
    return text.lower() == "nan"


def _take_phase(event: Event, values: list[str], number: int, departures: Departures) -> None:
    """Give an event the phase of a line: station, travel time, weight, P or S."""
    try:
        code, travel_s, weight, phase = values[:4]
        travel, given = fortran_number(travel_s), fortran_number(weight)
        if travel is None or given is None or event.origin_time is None:
            raise ValueError("no travel time")
    except ValueError as error:
        departures.skip(number, f"phase not understood ({error}): left out")
        return
    network, _, station = code.rpartition(".")
    pick = Pick(station, phase, event.origin_time + travel, network=network)
    pick.weight = _code_of_weight(abs(given))  # ph2dt never passes over one with a negative weight
    if abs(given) > 1:
        departures.note(number, "weight over 1, which is full: taken as 1")
    take_pick(event, pick, number, departures=departures)


def _code_of_weight(weight: float) -> int:
    """Return the code of a weight from 1 (full) to 0 (not used)."""
    if not weight:
        return DO_NOT_USE
    return next((code for code, least in LEAST_WEIGHTS if weight >= least), 3)
