"""The events of a table: an event a row."""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache

from deepquake.catalog.cells import Note, cell_angle, cell_number, time_in
from deepquake.catalog.columns import Cells
from deepquake.catalog.events import Event, Magnitude, is_located
from deepquake.catalog.kinds import EARTHQUAKE, TELESEISM, is_no_event, kind_from
from deepquake.catalog.merge import SAME_MOMENT_S

TIME_COLUMNS = ("origin_time", "utc_timestamp", "time")
TYPED_MAGNITUDES = {
    column: column.rpartition("_")[2]
    for column in ("magnitude_ML", "magnitude_Mw", "magnitude_MD", "magnitude_Mb", "magnitude_Ms")
}
# What a table of events is read for; "place" is not, but tells which commas are of a name.
USED_COLUMNS = {
    *TIME_COLUMNS, "date", "year", "month", "day", "hour", "hour_minute", "minute", "second",
    "centisecond", "millisecond", "microsecond", "decimal_year", "utc_offset", "zone", "latitude",
    "longitude", "latitude_minutes", "longitude_minutes", "north_south", "east_west", "depth",
    "depth_m", "depth_fixed", "distance", "magnitude", "magnitude_kind", *TYPED_MAGNITUDES,
    "agency", "event_id", "cluster_id", "kind", "status", "evaluation", "deleted",
}  # fmt: skip
# Letters for how the depth was found: fixed by the program (F, f), at 33 km (N), by the
# geophysicist (G), assumed (A); S is where the search began, D from depth phases, * not reliable.
DEPTH = re.compile(r"([-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)\s*(km|m)?\s*([FNGASD*]?)", re.I)
FIXED_FLAGS = "FNGA"
MAGNITUDE = re.compile(r"([-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)\s*(M[A-Za-z]*)?")
KIND_BEFORE = re.compile(r"(M[A-Za-z]*)\s*=?\s*([-+]?\d+\.?\d*)")
MAGNITUDE_KIND = re.compile(r"m[a-z]{0,4}", re.IGNORECASE)
YES = {"1", "1.0", "true", "t", "yes", "y", "si", "x"}
NO_KIND = "other"  # what is told of an event, but not known to us, is no earthquake for sure
FAR = re.compile(r"tele-?(?:seism|sism)", re.IGNORECASE)
REVIEWED = re.compile(r"\b(review|manual|confirm|final|revis|verific|published|a$|m$)", re.I)
SAME_ID_S = 120.0  # origins of one event told again, under one id, differ by less

_says_reviewed = lru_cache(maxsize=1024)(REVIEWED.search)
_says_no_event = lru_cache(maxsize=1024)(is_no_event)
_word_of = lru_cache(maxsize=1024)(kind_from)


def no_event(cells: Cells) -> str:
    """Return the type or status by which a row says that it is no event, "" where it is one."""
    for column in ("kind", "status", "evaluation"):
        if column in cells and _says_no_event(cells[column]):
            return cells[column]
    return "deleted" if cells.get("deleted", "").lower() in YES else ""


def settle_distances(rows: Sequence[tuple[int, Cells]], note: Callable[[int, str], None]) -> None:
    """Take a type of L, R and D alone as the distance: local, regional, distant.

    Parameters
    ----------
    rows : sequence of (int, Cells)
        Line and cells of each; changed in place.
    note : callable
        Is told, by line and message, where it is so.
    """
    letters = {cells["kind"].upper() for _, cells in rows if "kind" in cells}
    if not letters or not letters <= {*"LRD"} or any("distance" in cells for _, cells in rows):
        return
    for _, cells in rows:
        if "kind" in cells:
            cells["distance"] = cells.pop("kind")
    note(rows[0][0], "types L, R and D alone: read as local, regional and distant")


def is_reviewed(cells: Cells) -> bool:
    """Return whether a row says that an analyst has looked at its event."""
    told = (cells[column] for column in ("status", "evaluation") if column in cells)
    return any(_says_reviewed(text) for text in told)


def event_of_row(cells: Cells, note: Note) -> Event:
    """Return the event of a row; ValueError where its time is none or could be two.

    What else can't be read is noted, and unknown. What can't be true is for ``keep_possible``,
    once the depths of all rows are known to be km.

    Parameters
    ----------
    cells : Cells
        What its columns hold; a type that is one of magnitudes is put with these.
    note : Note
        Is told what could not be read.
    """
    event = Event(cells.get("event_id", ""), time_in(cells, TIME_COLUMNS))
    if "latitude" in cells and "longitude" in cells:
        _locate(event, cells, note)
    if "depth" in cells or "depth_m" in cells:
        _set_depth(event, cells, note)
    event.agency = cells.get("agency", "")
    if "distance" in cells:
        event.distance = {"L": "L", "R": "R", "D": "D", "T": "D"}.get(cells["distance"].upper(), "")
    if "kind" in cells:
        _set_kind(event, cells, note)
    _set_magnitudes(event, cells, note)
    cluster = _read(cell_number, cells.get("cluster_id"), "cluster_id", note=note)
    event.cluster_id = None if cluster is None else int(cluster)
    return event


def without_repeats(
    events: list[Event], reviewed: list[bool], note: Callable[[int, str], None]
) -> list[Event]:
    """Return the events of a table without those that are told again, in the order given.

    Rows of one id are of one event, unless other rows have the id at quite another time, and so
    are those of the same place and time. The last that was reviewed stays, else the last; what it
    does not know it takes from the others.

    Parameters
    ----------
    events : list of Event
        In the order of the rows, with origin times; completed in place.
    reviewed : list of bool
        Whether each was reviewed.
    note : callable
        Is told, by line and message, that there were some.
    """
    unique = _ids_of_one_time(events)
    stays = list(range(len(events)))  # for each the number of the row that tells its event
    first: dict[tuple[str | float | None, ...], int] = {}
    for number, event in enumerate(events):
        time = event.origin_time or 0.0
        keys: list[tuple[str | float | None, ...]]
        keys = [(round(time / SAME_MOMENT_S), event.latitude, event.longitude)]
        if event.event_id in unique:
            keys.append((event.event_id,))
        for key in keys:
            earlier = first.setdefault(key, number)
            while stays[earlier] != earlier:
                earlier = stays[earlier]
            if earlier != number == stays[number]:
                kept, gone = number, earlier
                if reviewed[earlier] and not reviewed[number]:
                    kept, gone = earlier, number
                stays[gone] = kept
                _complete(events[kept], events[gone])
    kept_events = [event for number, event in enumerate(events) if stays[number] == number]
    if repeats := len(events) - len(kept_events):
        note(
            events[0].source_line or 1,
            f"{repeats} {'row tells' if repeats == 1 else 'rows tell'} an event again (same id, or "
            "same place and time): the last is taken, or the last that was reviewed",
        )
    return kept_events


def _ids_of_one_time(events: list[Event]) -> set[str]:
    """Return the ids whose rows are all of nearly one time: others are those of a day, a place."""
    spans: dict[str, tuple[float, float]] = {}
    for event in events:
        if event.event_id:
            time = event.origin_time or 0.0
            low, high = spans.get(event.event_id, (time, time))
            spans[event.event_id] = min(low, time), max(high, time)
    return {key for key, (low, high) in spans.items() if high - low <= SAME_ID_S}


def _complete(event: Event, other: Event) -> None:
    """Give an event what only an earlier or later telling of it knows."""
    if not is_located(event):
        event.latitude, event.longitude = other.latitude, other.longitude
    if event.depth_km is None:
        event.depth_km, event.depth_fixed = other.depth_km, other.depth_fixed
    for name in ("agency", "distance", "kind", "event_id"):
        if not getattr(event, name):
            setattr(event, name, getattr(other, name))
    told = {(m.kind, m.agency) for m in event.magnitudes}
    event.magnitudes += [m for m in other.magnitudes if (m.kind, m.agency) not in told]


def _locate(event: Event, cells: Cells, note: Note) -> None:
    try:
        event.latitude = cell_angle(
            cells["latitude"],
            letters="NS",
            minutes=cells.get("latitude_minutes"),
            side=cells.get("north_south"),
        )
        event.longitude = cell_angle(
            cells["longitude"],
            letters="EWO",
            minutes=cells.get("longitude_minutes"),
            side=cells.get("east_west"),
        )
    except ValueError as error:
        note(f"latitude or longitude not understood ({error}): location unknown")
        event.latitude = event.longitude = None


def _set_depth(event: Event, cells: Cells, note: Note) -> None:
    """Set the depth, and whether it was fixed: "10", "10 km", "33N", "5.0F"."""
    text = cells.get("depth") or cells["depth_m"]
    found = DEPTH.fullmatch(text)
    if found is None:
        note(f"depth not understood ('{text}'): depth unknown")
        return
    metres = found[2].lower() == "m" if found[2] else "depth" not in cells
    event.depth_km = float(found[1]) / (1000 if metres else 1)
    flag = cells.get("depth_fixed", "").lower() in ("true", "1", "y", "yes", "f", "fixed")
    event.depth_fixed = flag or (bool(found[3]) and found[3].upper() in FIXED_FLAGS)


def _set_kind(event: Event, cells: Cells, note: Note) -> None:
    """Set the kind of an event; where the column holds that of the magnitude, move it there."""
    text = cells["kind"]
    kind = _word_of(text)
    if FAR.search(text):
        event.distance, event.kind = TELESEISM, EARTHQUAKE
        return
    if kind is None and MAGNITUDE_KIND.fullmatch(text):
        cells.setdefault("magnitude_kind", text)
        return
    if kind is None:
        note(f"type '{text}' is not known: no earthquake, as far as is known")
        kind = NO_KIND
    event.kind = kind


def _set_magnitudes(event: Event, cells: Cells, note: Note) -> None:
    if "magnitude" in cells:
        text, kind = cells["magnitude"], cells.get("magnitude_kind", "")
        if event.agency and kind.endswith(event.agency) and kind != event.agency:
            kind = kind[: -len(event.agency)]  # SEISAN's table: WFUN is type W of agency FUN
        if found := MAGNITUDE.fullmatch(text):
            event.magnitudes.append(
                Magnitude(float(found[1]), kind or found[2] or "", event.agency)
            )
        elif found := KIND_BEFORE.fullmatch(text):
            event.magnitudes.append(Magnitude(float(found[2]), kind or found[1], event.agency))
        else:
            note(f"magnitude not understood ('{text}'): left out")
    typed = [column for column in TYPED_MAGNITUDES if column in cells]
    alone = len(typed) == 1 and "magnitude" not in cells
    for column in typed:
        kind = TYPED_MAGNITUDES[column]
        value = _read(cell_number, cells[column], "magnitude", note=note)
        if value is None or (value == 0 and not alone):  # 0 stands for none of this type
            continue
        same = [m for m in event.magnitudes if m.value == value and not m.kind]
        if same:  # the largest is told twice
            same[0].kind = kind
        else:
            event.magnitudes.append(Magnitude(value, kind, event.agency))


def _read(
    reader: Callable[[str | None], float | None], text: str | None, what: str, note: Note
) -> float | None:
    try:
        return reader(text)
    except ValueError as error:
        note(f"{what} not understood ({error}): left out")
        return None
