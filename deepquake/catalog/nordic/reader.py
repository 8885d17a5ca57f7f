"""Reading Nordic (SEISAN) files as analysts leave them.

A file is first cut into blocks, one an event (``event_blocks``); each block then becomes an event
(``event_of``). What departs from the format is reported once per file and kind, with the number
of the first such line and what was assumed; what is left out is reported each time.
"""

from collections.abc import Iterator

from deepquake.catalog.events import DO_NOT_USE, LATEST_OTHER_S, Event, Pick, is_located
from deepquake.catalog.nordic.blocks import SAME_ORIGIN_S, EventBlock, event_blocks, kind_by_content
from deepquake.catalog.nordic.lines import (
    KNOWN_TYPES,
    Layout,
    Origin,
    is_dated,
    operator_of,
    parse_high_accuracy,
    parse_id,
    read_pick,
    residual_of,
)
from deepquake.core.report import Departures, Report
from deepquake.core.times import DAY_S

ROUNDING_S = 0.1  # last digit of the origin time of a line of type 1
# The time of an event that was never located is that of a trigger or a first look: its picks
# may come before it.
NOMINAL_S = 300.0
BEFORE_RESIDUAL = 63  # columns of a pick line
OF_NEXT_DAY = "pick of an hour before that of its origin: of the next day"
OF_PREVIOUS_DAY = "pick a day later than its origin: of the day before"
# It was read all the same: there is no noise.
BEFORE_ORIGIN = "pick before the origin of its event: not used (weight 4)"
TOO_LATE = "pick later than its phase can be: not used (weight 4)"


def is_nordic(text: str) -> bool:
    """Return whether the first 200 lines hold a line that only a Nordic file has."""
    for line in text[:20000].split("\n")[:200]:
        line = line.rstrip().expandtabs()
        tag = line[79:80]
        kind = tag if tag in KNOWN_TYPES else kind_by_content(line)
        dated = kind == "1" and is_dated(line)
        header = kind == "7" and line.lstrip().startswith("STAT ")
        if dated or header or (kind == "I" and parse_id(line)[0]):
            return True
    return False


def read_nordic(text: str, name: str, report: Report) -> list[Event]:
    """Return the events of a text that ``is_nordic``, in its order.

    Parameters
    ----------
    text : str
        Content of the file.
    name : str
        What the file is called in messages and in the events.
    report : Report
        Is told of departures from the format and of what was left out.
    """
    departures = Departures(name, report)
    blocks = event_blocks(text.removesuffix("\n").split("\n"), departures)
    return [event for block in blocks if (event := event_of(block, departures)) is not None]


def event_of(block: EventBlock, departures: Departures) -> Event | None:
    """Return the event of a block, None (and a report) where it can't be dated.

    Parameters
    ----------
    block : EventBlock
        The lines of the event.
    departures : Departures
        Is told what is odd about them.
    """
    begin = block.origins[0].line if block.origins else block.first
    event, id_time = Event("", source_file=departures.name, source_line=begin), None
    for _, line in block.lines.get("I", ()):
        if not event.event_id:
            event.event_id, id_time = parse_id(line)
        event.operator = operator_of(line) or event.operator
    names = (line[:79].strip() for _, line in block.lines.get("6", ()))
    event.waveforms = [name for name in names if name]
    for origin in block.origins:
        event.magnitudes.extend(m for m in origin.magnitudes if m not in event.magnitudes)
    chosen = _origin_of(block, id_time, departures)
    if chosen is None:
        return None
    _set_origin(event, chosen, block.origins[1:], departures=departures)
    _read_picks(event, chosen, block, departures=departures)
    return event


def _origin_of(block: EventBlock, id_time: float | None, departures: Departures) -> Origin | None:
    """Return what the lines of type 1 and H say, or a day for the picks from the event ID."""
    agency = block.origins[0].agency if block.origins else ""
    highs = (parse_high_accuracy(line, number) for number, line in block.lines.get("H", ()))
    fitting = (h for h in highs if h and (not h.agency or not agency or h.agency == agency))
    high = next(fitting, None)
    if block.origins:
        origin = block.origins[0]
        for message in origin.odd:
            departures.note(origin.line, message)
        if block.broken:
            message = "first line of type 1 without a date: a further one is used"
            departures.note(block.first, message)
        for other in block.origins[1:]:
            if origin.time and other.time and abs(other.time - origin.time) > SAME_ORIGIN_S:
                departures.note(other.line, "origins far apart in one header: the first is taken")
        if high is not None:
            _refine(origin, high, departures)
        return origin
    if high is not None:
        departures.note(block.first, "no readable line of type 1: origin taken from that of type H")
        return high
    if id_time is not None:
        departures.note(block.first, "no readable line of type 1: picks dated by the event ID")
        day = id_time // DAY_S * DAY_S
        return Origin(block.first, day, earliest=id_time, latest=id_time)
    lost = f"event left out, lines of it: {sum(map(len, block.lines.values()))}"
    if block.broken:
        departures.skip(block.first, f"line of type 1 without a readable date: {lost}")
    elif block.lines.keys() - {"3"}:
        departures.skip(block.first, f"no line of type 1: {lost}")
    return None


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


def _set_origin(event: Event, origin: Origin, others: list[Origin], departures: Departures) -> None:
    """Copy the origin into the event; a location may come from another agency's line."""
    event.origin_time = origin.time
    event.agency, event.distance, event.kind = origin.agency, origin.distance, origin.kind
    event.time_fixed, event.depth_fixed = origin.time_fixed, origin.depth_fixed
    place = origin
    if origin.latitude is None and origin.time is not None:
        timed = ((o, o.time) for o in others if o.latitude is not None and o.time is not None)
        near = (o for o, time in timed if abs(time - origin.time) <= SAME_ORIGIN_S)
        place = next(near, origin)
    if place is not origin:
        message = "first origin without location: that of a further one is taken"
        departures.note(place.line, message)
    event.latitude, event.longitude = place.latitude, place.longitude
    event.depth_km = place.depth_km


def _read_picks(event: Event, origin: Origin, block: EventBlock, departures: Departures) -> None:
    readings = block.lines.get(" ")
    if not readings:
        return
    layout = _layout(readings, block.lines.get("7"), departures)
    slack = ROUNDING_S if is_located(event) else NOMINAL_S
    earliest, latest, day = origin.earliest - slack, origin.latest, origin.day
    origin_time = origin.time
    for number, line in readings:
        found = read_pick(line, layout)
        if isinstance(found, str):
            departures.skip(number, found)
            continue
        (station, phase, further, odd, latest_s), offset, odd_clock = found
        if not latest_s:
            continue
        time, limit = day + offset, latest + latest_s
        fits = earliest <= time <= limit
        if not fits:  # a day begins between the pick and what its hour is counted from
            side = time - DAY_S if time > limit else time + DAY_S
            fits = earliest <= side <= limit
            if fits:
                departures.note(number, OF_PREVIOUS_DAY if side < time else OF_NEXT_DAY)
                time = side
        if origin_time is not None and fits and time < origin_time - ROUNDING_S:
            departures.note(number, "pick before the time of an event without location: kept")
        if odd or odd_clock:
            departures.note(number, odd or odd_clock)
        pick = Pick(station, phase, time, *further)
        if len(line) > BEFORE_RESIDUAL and latest_s < LATEST_OTHER_S:  # else of an amplitude
            pick.residual_s = residual_of(line)
        if not fits:
            pick.weight = DO_NOT_USE
            why = BEFORE_ORIGIN if time < earliest else TOO_LATE
            departures.report.note(departures.name, why, number)
        event.picks.append(pick)


def _layout(
    readings: list[tuple[int, str]], headers: list[tuple[int, str]] | None, departures: Departures
) -> Layout:
    """Return the format of the picks: what the line of type 7 says, if it fits."""
    first = readings[0][0]

    def fitting(layout: Layout) -> Iterator[bool]:
        return (not isinstance(read_pick(line, layout), str) for _, line in readings)

    if not headers:
        departures.note(first, "no line of type 7 above the picks: columns told by their content")
        return "new" if sum(fitting("new")) > sum(fitting("old")) else "old"
    told: Layout = "new" if headers[0][1].lstrip().startswith("STAT COM") else "old"
    other: Layout = "old" if told == "new" else "new"
    if not any(fitting(told)) and any(fitting(other)):
        departures.note(first, "picks are not in the columns the line of type 7 tells")
        return other
    return told
