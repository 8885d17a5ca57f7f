"""Reading Nordic (SEISAN) files as analysts leave them.

A file is first cut into blocks, one an event (``nordic_blocks``); each block then becomes an event
(``event_of``). What departs from the format is reported once per file and kind, with the number
of the first such line and what was assumed; what is left out is reported each time.
"""

from pathlib import Path

from deepquake.catalog.events import Event, Pick, is_located
from deepquake.catalog.nordic.blocks import SAME_ORIGIN_S, Block, blocks, kind_by_content
from deepquake.catalog.nordic.lines import (
    KNOWN_TYPES,
    Origin,
    arrival,
    is_dated,
    new_reading,
    old_reading,
    parse_high_accuracy,
    parse_id,
)
from deepquake.core.errors import DeepQuakeError
from deepquake.core.files import decode_text, read_bytes
from deepquake.core.report import Departures, Report
from deepquake.core.times import DAY_S

ROUNDING_S = 0.1  # last digit of the origin time of a line of type 1
# The time of an event that was never located is that of a trigger or a first look: its picks
# may come before it.
NOMINAL_S = 300.0


def read_nordic(path: Path | str, report: Report) -> list[Event]:
    """Return the events of a Nordic file in the order of the file; departures go to ``report``.

    Raises DeepQuakeError where the file can't be read, is empty or is no Nordic file.
    """
    return parse_nordic(text_of(read_bytes(path), path, report), str(path), report)


def text_of(content: bytes, path: Path | str, report: Report) -> str:
    """Return the text of a file; line ends that are none go to ``report``."""
    if b"\r\r\n" in content:
        report.note(path, "two CR before each LF: read as one line end")
    return decode_text(content)


def is_nordic(text: str) -> bool:
    """Return whether the first 200 lines hold a line that only a Nordic file has."""
    for line in text[:20000].split("\n")[:200]:
        line = line.rstrip().expandtabs()
        tag = line[79:80]
        kind = tag if tag in KNOWN_TYPES and tag else kind_by_content(line)
        if kind == "1" and is_dated(line):
            return True
        header = kind == "7" and line.lstrip().startswith("STAT ")
        if header or (kind == "I" and parse_id(line)[0]):
            return True
    return False


def parse_nordic(text: str, name: str, report: Report) -> list[Event]:
    """Return the events of the text of a Nordic file called ``name`` in messages.

    Raises DeepQuakeError where the text is empty or is no Nordic file.
    """
    if not text.strip():
        raise DeepQuakeError(f"{name}: is empty")
    if not is_nordic(text):
        raise DeepQuakeError(f"{name}: is no Nordic file: no line of type 1, 7 or I at its begin")
    return events_of(text, name, report)


def events_of(text: str, name: str, report: Report) -> list[Event]:
    """Return the events of a text that ``is_nordic``; it is called ``name`` in messages."""
    departures = Departures(name, report)
    lines = text.removesuffix("\n").split("\n")
    events = []
    for block in blocks(lines, departures):
        event = event_of(block, departures)
        if event is not None:
            event.source_file = name
            events.append(event)
    return events


def event_of(block: Block, departures: Departures) -> Event | None:
    """Return the event of a block, None (and a report) where it can't be dated."""
    event = Event("", source_line=block.first)
    id_time = _read_header(block, event)
    origin = block.origins[0] if block.origins else None
    for further in block.origins:
        event.magnitudes.extend(m for m in further.magnitudes if m not in event.magnitudes)
        for message in further.odd if further is origin else ():
            departures.note(further.line, message)
    if origin is not None:
        event.source_line = origin.line
        if block.broken:
            departures.note(
                block.first, "first line of type 1 without a date: a further one is used"
            )
    highs = [parse_high_accuracy(line, number) for kind, number, line in block.lines if kind == "H"]
    high = next((found for found in highs if found and _of_one_agency(found, origin)), None)
    if origin is None and high is not None:
        departures.note(block.first, "no readable line of type 1: origin taken from that of type H")
        origin = high
    elif origin is not None and high is not None:
        _refine(origin, high, departures)
    if origin is None and id_time is not None:
        departures.note(block.first, "no readable line of type 1: picks dated by the event ID")
        day = id_time // DAY_S * DAY_S
        origin = Origin(block.first, day, None, id_time, id_time)
    if origin is None:
        lost = f"event left out, lines of it: {len(block.lines)}"
        if block.broken:
            departures.skip(block.first, f"line of type 1 without a readable date: {lost}")
        elif block.types - {"3"}:
            departures.skip(block.first, f"no line of type 1: {lost}")
        return None
    _settle(origin, block, event, departures)
    _read_picks(block, origin, event, departures)
    return event


def _read_header(block: Block, event: Event) -> float | None:
    """Fill in ID and waveform names; return the time the ID tells."""
    id_time = None
    for kind, _, line in block.lines:
        if kind == "I" and not event.event_id:
            event.event_id, id_time = parse_id(line)
        elif kind == "6":
            name = line[:79].strip()
            if name:
                event.waveforms.append(name)
    return id_time


def _of_one_agency(high: Origin, origin: Origin | None) -> bool:
    agency = "" if origin is None else origin.agency
    return not high.agency or not agency or high.agency == agency


def _refine(origin: Origin, high: Origin, departures: Departures) -> None:
    """Put the finer figures of a line of type H in the place of those of its line of type 1."""
    if high.time is None:
        return
    if not origin.earliest - ROUNDING_S <= high.time <= origin.latest + ROUNDING_S:
        # another solution, whose location belongs to its own time
        departures.note(high.line, "time of the line of type H is not that of type 1: not used")
        return
    origin.time = origin.earliest = origin.latest = high.time
    if high.latitude is not None:
        origin.latitude, origin.longitude = high.latitude, high.longitude
    if high.depth_km is not None:
        origin.depth_km = high.depth_km


def _settle(origin: Origin, block: Block, event: Event, departures: Departures) -> None:
    """Copy the origin into the event; a location may come from another agency's line."""
    event.origin_time = origin.time
    event.agency, event.distance, event.kind = origin.agency, origin.distance, origin.kind
    event.time_fixed, event.depth_fixed = origin.time_fixed, origin.depth_fixed
    place = origin
    if origin.latitude is None:
        for further in block.origins[1:]:
            near = None not in (origin.time, further.time) and (
                abs(further.time - origin.time) <= SAME_ORIGIN_S
            )
            if near and further.latitude is not None:
                departures.note(
                    further.line, "first origin without location: that of a further one is taken"
                )
                place = further
                break
    event.latitude, event.longitude = place.latitude, place.longitude
    event.depth_km = place.depth_km


def _read_picks(block: Block, origin: Origin, event: Event, departures: Departures) -> None:
    readings = [(number, line) for kind, number, line in block.lines if kind == " "]
    if not readings:
        return
    layout = _layout(block, readings, departures)
    slack = ROUNDING_S if is_located(event) else NOMINAL_S
    earliest, latest, day = origin.earliest - slack, origin.latest, origin.day
    origin_time = origin.time
    for number, line in readings:
        found = arrival(line, layout)
        if found is None:
            departures.skip(number, _why_no_pick(line, layout))
            continue
        reading, offset, odd = found
        station, channel, network, location, onset, phase, weight, *rest = reading
        polarity, automatic, odd_reading, latest_s = rest
        if not latest_s:
            continue
        time = day + offset
        limit = latest + latest_s
        if time < earliest and offset < DAY_S and time + DAY_S <= limit:
            departures.note(number, "pick of an hour before that of its origin: of the next day")
            time += DAY_S
        if time < earliest:
            departures.skip(number, "pick before the origin of its event: left out")
            continue
        if time > limit:
            departures.skip(number, "pick later than its phase can be: left out")
            continue
        if origin_time is not None and time < origin_time - ROUNDING_S:
            departures.note(number, "pick before the time of an event without location: kept")
        if odd_reading or odd:
            departures.note(number, odd_reading or odd)
        event.picks.append(
            Pick(
                station, phase, time, network, location, channel, onset, polarity, weight, automatic
            )
        )


def _layout(block: Block, readings: list[tuple[int, str]], departures: Departures) -> str:
    """Return the format of the picks, "old" or "new": what the line of type 7 says, if it fits."""
    first = readings[0][0]

    def fits(layout: str, line: str) -> bool:
        return arrival(line, layout) is not None

    header = next((line for kind, _, line in block.lines if kind == "7"), None)
    if header is None:
        departures.note(first, "no line of type 7 above the picks: columns told by their content")
        old = sum(fits("old", line) for _, line in readings)
        if old == len(readings):
            return "old"
        return "new" if sum(fits("new", line) for _, line in readings) > old else "old"
    layout, other = ("new", "old") if header.lstrip().startswith("STAT COM") else ("old", "new")
    if any(fits(layout, line) for _, line in readings):
        return layout
    if any(fits(other, line) for _, line in readings):
        departures.note(first, "picks are not in the columns the line of type 7 tells")
        return other
    return layout


def _why_no_pick(line: str, layout: str) -> str:
    if layout == "old":
        reading = old_reading(line[:18])
        time = line[18:29]
    else:
        reading = new_reading(line[:26], line[43:44] or " ")
        time = line[26:37]
    if type(reading) is str:
        return f"line not understood as a pick ({reading}): left out"
    if not time.strip():
        return "reading without a time: left out"
    return "time of the pick can't be read: left out"
