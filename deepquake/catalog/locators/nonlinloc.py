"""NonLinLoc: phase files (.obs) and located events with their phases (.hyp).

Values stand between blanks, in the order of A. Lomax's "NonLinLoc, format of the NLLoc
hypocenter-phase file", the one line of a phase in both.
"""

from deepquake.catalog.events import DO_NOT_USE, Event, Magnitude, Pick
from deepquake.catalog.locators.fixed import (
    are_date_and_clock,
    close_event,
    first_motion,
    fortran_number,
    lines_of,
    number_if_any,
    onset_of,
    take_pick,
    time_in_columns,
)
from deepquake.core.report import Departures, Report

LOCATED = "LOCATED"  # other states: ABORTED, IGNORED, REJECTED
NOT_TOLD = "?"
NO_MAGNITUDE_BELOW = -9.0  # -9.90 stands for none
# LOCQUAL2ERR gives the phases that are not to be used an error of 99999.9 s, some write 9999.99
ERROR_OF_UNUSED_S = 999.0
FIRST_ERROR, PRIOR_WEIGHT = 9, 14  # where the kind of the error and the a priori weight stand
REMARK = "#"


def is_nonlinloc_phases(text: str) -> bool:
    """Return whether a text begins with a phase as NLLoc reads it."""
    lines = [line for line in lines_of(text) if not _is_remark(line)]
    return bool(lines) and _is_phase(lines[0].split())


def is_nonlinloc_located(text: str) -> bool:
    """Return whether a text begins with an event as NLLoc writes it."""
    return text.lstrip().startswith("NLLOC ")


def read_nonlinloc_phases(text: str, name: str, report: Report) -> list[Event]:
    """Return the events of a text that ``is_nonlinloc_phases``: picks, without an origin.

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
    identity = ""
    for number, line in enumerate(text.split("\n"), 1):
        values = line.split()
        if not values:  # the end of an event
            close_event(event, events, departures)
            event, identity = None, ""
        elif values[0] == "PUBLIC_ID":
            identity = _identity_of(values)
        elif not _is_remark(line):
            if event is None:
                event = Event(identity, source_file=name, source_line=number)
            _take_nll_phase(event, values, number, departures=departures)
    close_event(event, events, departures)
    return events


def read_nonlinloc_located(text: str, name: str, report: Report) -> list[Event]:
    """Return the events of a text that ``is_nonlinloc_located``.

    A location that was rejected, ignored or aborted is none: its event has picks alone.

    Parameters
    ----------
    text : str
        Content of the file.
    name : str
        What the file is called in messages and in the events.
    report : Report
        Is told of what could not be read.
    """
    departures, events = Departures(name, report), list[Event]()
    event: Event | None = None
    located, in_phases = False, False
    for number, line in enumerate(text.split("\n"), 1):
        values = line.split()
        key = values[0] if values else ""
        if key == "NLLOC":
            close_event(event, events, departures)
            event = Event("", source_file=name, source_line=number)
            state = next((value.strip('"') for value in values[2:3]), "")
            located, in_phases = state == LOCATED, False
            if not located:
                what = f"location that NonLinLoc calls {state or 'nothing'}"
                departures.note(number, f"{what}: not used, origin unknown")
        elif key == "END_NLLOC":
            close_event(event, events, departures)
            event = None
        elif not key:
            continue
        elif event is None:
            departures.skip(number, "line outside of an event of NonLinLoc: left out")
        elif key == "END_PHASE":
            in_phases = False
        elif in_phases or _is_phase(values):
            _take_nll_phase(event, values, number, departures=departures, used=located)
        elif key == "PHASE":
            in_phases = True
        elif key == "PUBLIC_ID":
            event.event_id = _identity_of(values)
        elif key == "GEOGRAPHIC" and located:
            _set_nll_origin(event, values, number, departures=departures)
        elif key == "QUALITY":
            event.magnitudes = _nll_magnitudes(values)
    close_event(event, events, departures)
    return events


def _is_remark(line: str) -> bool:
    return line.lstrip().startswith((REMARK, "PUBLIC_ID"))


def _identity_of(values: list[str]) -> str:
    """Return the last part of an event's public id, nothing where there is none."""
    identity = values[1] if len(values) > 1 else "None"
    return "" if identity == "None" else identity.rpartition("/")[2]


def _is_phase(values: list[str]) -> bool:
    if len(values) <= FIRST_ERROR + 1 or not values[FIRST_ERROR].isalpha():
        return False
    date, clock = values[6], values[7].zfill(4)
    return len(date) == 8 and len(clock) == 4 and are_date_and_clock(date, clock)


def _set_nll_origin(event: Event, values: list[str], number: int, departures: Departures) -> None:
    """Read the line GEOGRAPHIC OT year month day hour minute second Lat .. Long .. Depth .."""
    try:
        year, month, day, hour, minute = (value.zfill(2) for value in values[2:7])
        second = fortran_number(values[7]) or 0.0
        event.origin_time = time_in_columns(year + month + day, hour + minute, second)
        event.latitude, event.longitude, event.depth_km = map(fortran_number, values[9:14:2])
    except (ValueError, IndexError) as error:
        departures.note(number, f"location not understood ({error}): unknown")


def _nll_magnitudes(values: list[str]) -> list[Magnitude]:
    """Return what stands behind Mamp (local) and Mdur (duration) in the line QUALITY."""
    magnitudes = []
    for name, kind in (("Mamp", "ML"), ("Mdur", "Md")):
        try:
            value = fortran_number(values[values.index(name) + 1])
        except (ValueError, IndexError):
            continue
        if value is not None and value > NO_MAGNITUDE_BELOW:
            magnitudes.append(Magnitude(value, kind))
    return magnitudes


def _take_nll_phase(
    event: Event, values: list[str], number: int, departures: Departures, used: bool = False
) -> None:
    """Give an event the phase of a line; ``used`` says whether its location is believed."""
    before, _, after = " ".join(values).partition(" > ")
    values, computed = before.split(), after.split()
    try:
        if not _is_phase(values):
            raise ValueError("station, ... date, hour and minute, second, error expected")
        second, error_s = fortran_number(values[8]) or 0.0, number_if_any(values[FIRST_ERROR + 1])
        time = time_in_columns(values[6], values[7].zfill(4), second)
    except ValueError as error:
        departures.skip(number, f"line not understood as a phase of NonLinLoc ({error}): left out")
        return
    station, _, channel, onset, phase, motion = values[:6]
    network = ""
    if "." in station:  # NET.STA, as some write who have stations of one name in two networks
        network, station = station.split(".")[:2]
    pick = Pick(station, phase.strip(NOT_TOLD), time, network=network)
    pick.channel = channel.strip(NOT_TOLD)
    pick.onset, pick.polarity = onset_of(onset), first_motion(motion)
    no_weight = number_if_any(" ".join(values[PRIOR_WEIGHT:])) == 0
    if (error_s or 0.0) >= ERROR_OF_UNUSED_S or no_weight:
        pick.weight = DO_NOT_USE
    elif error_s and error_s > 0:
        pick.uncertainty_s = error_s
    if used and len(computed) > 2:
        pick.in_origin = bool(number_if_any(computed[2]))
        pick.residual_s = number_if_any(computed[1]) if pick.in_origin else None
    take_pick(event, pick, number, departures=departures)
