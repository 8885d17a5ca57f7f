"""Events with all that is known of them: QuakeML, SeisComP's XML, Nordic files, catalog.json."""

import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from deepquake.catalog.catalog_json import write_catalog_json
from deepquake.catalog.events import Event, Pick, is_located, wave_of
from deepquake.catalog.nordic.review import AUTOMATIC_OPERATOR, is_touched
from deepquake.catalog.nordic.writer import event_lines
from deepquake.catalog.obspy_formats import to_obspy
from deepquake.core.errors import DeepQuakeError, short
from deepquake.core.files import whole_file, write_text
from deepquake.core.progress import progress
from deepquake.core.text import counted, listing, number_of
from deepquake.tools.bridges.arrivals import Conversion, weight_of_location

ROOM_FOR_STATION, ROOM_FOR_PHASE = 5, 8  # that a Nordic file has room for
EVENTS_OF_PIECE = 200  # that are XML at a time
EVENT_PARAMETERS = re.compile(rb"</?(\w+:)?eventParameters[^>]*>\n?", re.IGNORECASE)
SCML_VERSION = "0.12"  # of SeisComP 5; later ones read it too


def write_quakeml_of(given: Conversion) -> str:
    """Write QuakeML 1.2, where an origin has a place: the time of one without it is left out."""
    events = [e if is_located(e) else replace(e, origin_time=None) for e in given.events]
    if left := sum(e.origin_time is not None and not is_located(e) for e in given.events):
        said = f"origin times left out: {left} of events without a place, which QuakeML can't hold"
        given.report.skip(given.source, said)
    _write_in_pieces(given.path, events, format="QUAKEML")
    return _count_of(given.events)


def write_seiscomp(given: Conversion) -> str:
    """Write SCML, which scdb and scdispatch of SeisComP take: the events that have an origin.

    SCML tells by an origin which picks are of an event, so all of them are made arrivals of it.

    Raises DeepQuakeError where no event has an origin.
    """
    events, without_phase = [], 0
    for event in given.events:
        if event.origin_time is not None and is_located(event):
            picks = [replace(pick, in_origin=False) for pick in event.picks if pick.phase]
            without_phase += len(event.picks) - len(picks)
            events.append(replace(event, picks=picks))
    if left := len(given.events) - len(events):
        given.report.skip(given.source, f"events left out: {left} without an origin")
    if without_phase:
        given.report.skip(given.source, f"picks left out: {without_phase} without a phase")
    if not events:
        raise DeepQuakeError(
            f"{given.source}: SeisComP needs events with an origin, and none has one; "
            "python -m deepquake.tools.associate locates them"
        )
    _write_in_pieces(given.path, events, format="SCML", version=SCML_VERSION)
    return _count_of(events)


def _write_in_pieces(path: Path, events: Sequence[Event], **how: str) -> None:
    """Write XML of ObsPy, some events at a time: all at once would fill the memory."""
    pieces = [events[k : k + EVENTS_OF_PIECE] for k in range(0, len(events), EVENTS_OF_PIECE)]
    with whole_file(path) as temporary, temporary.open("wb") as file:
        end = b""
        for number, piece in enumerate(progress(pieces, len(pieces), "pieces")):
            buffer = io.BytesIO()
            to_obspy(list(piece)).write(buffer, **how)
            text = buffer.getvalue()
            names = list(EVENT_PARAMETERS.finditer(text))
            inside = slice(names[0].end(), names[-1].start())
            file.write(text[inside] if number else text[: inside.stop])
            end = text[inside.stop :]
        file.write(end)


def write_json_catalog(given: Conversion) -> str:
    """Write the catalog.json that step 0 writes."""
    write_catalog_json(given.path, given.events)
    return _count_of(given.events)


def write_nordic_file(given: Conversion) -> str:
    """Write all events to one Nordic file, as SEISAN reads them.

    The weight of a pick that has a score is that of its score. A code of more than 5 letters is
    cut; a pick for which there is no room otherwise is left out.

    Raises DeepQuakeError where no event can be written.
    """
    left_out: Counter[str] = Counter()
    cut, texts = set[str](), list[str]()
    kept: list[Event] = []
    for event in progress(given.events, len(given.events), "events"):
        cut |= {pick.station for pick in event.picks if len(pick.station) > ROOM_FOR_STATION}
        picks = [pick for pick in map(_for_nordic, event.picks) if _has_room(pick)]
        n_without = len(event.picks) - len(picks)
        left_out[f"whose phase has more than {ROOM_FOR_PHASE} letters"] += n_without
        fitting = replace(event, picks=picks)
        try:
            texts += [f"{line}\n" for line in event_lines(fitting, made_by=_signature(event))]
        except DeepQuakeError as error:
            given.report.skip(given.source, f"event {event.event_id} left out: {short(error)}")
        else:
            kept.append(fitting)
    left_out += Counter()
    if left_out:
        given.report.skip(given.source, f"picks left out: {counted(left_out, len(left_out))}")
    if cut:
        codes = listing(sorted(cut), 6)
        said = f"station codes of more than {ROOM_FOR_STATION} letters are cut: {codes}"
        given.report.note(given.source, said)
    if not kept:
        raise DeepQuakeError(f"{given.source}: no event that a Nordic file has room for")
    write_text(given.path, "".join(texts))
    return _count_of(kept)


def _signature(event: Event) -> tuple[str, str]:
    """Return action and operator; what no person has touched must not look as if one had."""
    return "NEW", event.operator[:4] or ("DQ" if is_touched(event) else AUTOMATIC_OPERATOR)


def _for_nordic(pick: Pick) -> Pick:
    weight = pick.weight or (weight_of_location(pick) if wave_of(pick.phase) else 0)
    return replace(pick, station=pick.station[:ROOM_FOR_STATION], weight=weight)


def _has_room(pick: Pick) -> bool:
    return len(pick.phase) <= ROOM_FOR_PHASE


def _count_of(events: Sequence[Event]) -> str:
    n_picks = sum(len(event.picks) for event in events)
    return f"{number_of(len(events), 'event')}, {number_of(n_picks, 'pick')}"
