"""REAL, an associator: its events (catalog_sel.txt) and these with their picks (phase_sel.txt).

Columns are those that REAL (M. Zhang, W. L. Ellsworth and G. C. Beroza, Seismological Research
Letters 90, 2276-2284, 2019) writes in its versions 1.0 and 1.1. What it writes as hypophase.dat is
a phase file of HypoDD.
"""

import re

from deepquake.catalog.events import Event, Magnitude, Pick
from deepquake.catalog.locators.fixed import (
    close_event,
    fortran_number,
    lines_of,
    number_if_any,
    take_pick,
)
from deepquake.core.report import Departures, Report
from deepquake.core.times import DAY_S, day_start

# number, date, time of day, seconds of the day, residual, latitude, longitude, depth, and in a
# list of events and since version 1.1 magnitude and more
ORIGIN = re.compile(
    r"\s*(\d+)\s+(\d{4})\s+(\d{1,2})\s+(\d{1,2})\s+(-?\d+):(-?\d+):(-?\d+\.\d+)\s+(-?\d+\.\d+)"
    r"\s+\S+\s+(\S+)\s+(\S+)\s+(\S+)(?:\s+(\S+))?.*"
)
PICK = re.compile(
    r"\s*(\S+)\s+(\S+)\s+([PS]\w*)\s+(-?\d+\.?\d*)\s+\S+\s+(\S+)\s+(\S+)(?:\s+(\S+))?.*"
)
LEAST_MAGNITUDE = -90.0  # -100 stands for none
SAME_CLOCK_S = 0.01


def is_real(text: str) -> bool:
    """Return whether a text begins with an event as REAL writes it."""
    lines = lines_of(text)
    return bool(lines) and ORIGIN.fullmatch(lines[0]) is not None


def read_real(text: str, name: str, report: Report) -> list[Event]:
    """Return the events of a text that ``is_real``.

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
    midnight = 0.0  # from which the times of picks count
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        if found := ORIGIN.fullmatch(line.rstrip()):
            close_event(event, events, departures)
            try:
                event, midnight = _event_of_real(found, number, departures)
            except ValueError as error:
                departures.skip(number, f"event not understood ({error}): left out")
                event = None
        elif event is None:
            departures.skip(number, "line without an event of REAL above it: left out")
        elif found := PICK.fullmatch(line.rstrip()):
            pick = _pick_of_real(found, midnight)
            take_pick(event, pick, number, departures=departures)
        else:
            departures.skip(number, "line not understood as a pick of REAL: left out")
    close_event(event, events, departures)
    return events


def _event_of_real(
    found: re.Match[str], number: int, departures: Departures
) -> tuple[Event, float]:
    """Return the event of a line, and the midnight from which the seconds in it count."""
    identity, year, month, day, hour, minute, second, of_day = found.groups()[:8]
    first_of_month = day_start(int(year), int(month), 1)  # days may go on after the last of a month
    date = first_of_month + (int(day) - 1) * DAY_S
    event = Event(identity, source_file=departures.name, source_line=number)
    event.origin_time = date + 3600 * int(hour) + 60 * int(minute) + float(second)
    midnight = round((event.origin_time - float(of_day)) / DAY_S) * DAY_S
    if abs(midnight + float(of_day) - event.origin_time) > SAME_CLOCK_S:
        departures.note(number, "time of day and seconds of the day differ: the former is used")
    try:
        event.latitude, event.longitude, event.depth_km = map(
            fortran_number, found.group(9, 10, 11)
        )
    except ValueError as error:
        departures.note(number, f"location not understood ({error}): unknown")
    magnitude = number_if_any(found[12] or "")  # nan and inf where no amplitude was read
    if magnitude is not None and magnitude > LEAST_MAGNITUDE:
        event.magnitudes = [Magnitude(magnitude)]
    return event, midnight


def _pick_of_real(found: re.Match[str], midnight: float) -> Pick:
    network, station, phase, second, _, residual, score = found.groups()
    pick = Pick(station, phase, midnight + float(second), network=network, automatic=True)
    pick.residual_s, pick.in_origin = number_if_any(residual), True
    weight = number_if_any(score or "")
    # a probability where the picker gave one, else a ratio of amplitudes
    pick.score = weight if weight is not None and 0 < weight <= 1 else None
    return pick
