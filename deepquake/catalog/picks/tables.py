"""Lists of picks in tables, and the events they are of where the table tells them."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache, partial
from math import isfinite
from pathlib import Path

from deepquake.catalog.cells import PARTS_OF_SECOND, Note, cell_number, time_in
from deepquake.catalog.columns import Cells, Header, rows_of_table
from deepquake.catalog.event_tables import YES, event_of_row
from deepquake.catalog.events import DO_NOT_USE, Event, Pick, can_be_of, is_located
from deepquake.catalog.kinds import is_no_event
from deepquake.catalog.picks.columns import OF_EVENT, OF_PICKERS, OF_STEAD, phases_of
from deepquake.catalog.picks.verdicts import FALSE, verdict_of
from deepquake.catalog.picks.weights import settle_qualities, settle_weights
from deepquake.core.errors import DeepQuakeError, at
from deepquake.core.report import Departures
from deepquake.core.text import listing
from deepquake.core.times import DAY_S, parse_iso

OF_PICK = {"time", "date", "year", "month", "day", "hour", "minute", "second", *PARTS_OF_SECOND}
NOT_PLAIN = {"utc_offset", "zone", *PARTS_OF_SECOND}
NO_EVENT_IDS = ("-1", "-1.0")  # what associators write for a pick they could not use
NO_PICK = ("-1", "-1.0")  # what QuakeMigrate writes where it found none
STEAD_RATE_HZ = 100.0
LONGEST_RECORD_S = 2 * DAY_S  # of those whose picks are told by sample
PLAIN_TIME = re.compile(r"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:)([0-5]\d(?:\.\d*)?)(?:Z|\+00:00)?")
CLOCK_ALONE = re.compile(r"\d{1,2}:\d{1,2}(:.*)?")
MANUAL = re.compile(r"manual|review|confirm|final|m$", re.IGNORECASE)
NO = {"0", "0.0", "false", "f", "no", "n"}
WRITTEN_POLARITIES = {"U": "C", "C": "C", "+": "C", "D": "D", "-": "D"}
USED = {  # of the columns of lists of picks
    *OF_EVENT, "station", "network", "location", "channel", "phase", "reported_phase", "time",
    "start", "rate", "sample", "weight", "score", "polarity", "status", "evaluation", "residual",
    "uncertainty", "in_origin", "used", "quality", "deleted", "verdict", "outcome",
    "region_probabilities", "modelled_time", "event_id", "row_id", "origin_time", "origin_date",
    "kind",
}  # fmt: skip
# latitude, longitude and depth as a row writes them, and the station of the row
Place = tuple[str | None, ...]


@dataclass(slots=True)
class PickRow:
    """One row of the table: its picks, the weights they are written with, and their event."""

    line: int
    cells: Cells
    picks: list[Pick]
    weights: list[str]
    key: str  # of the event, "" where the row tells none


def events_of_picks(text: str, header: Header, departures: Departures) -> list[Event]:
    """Return the events of a list of picks.

    Picks without an event come in one that is ``loose``.

    Parameters
    ----------
    text : str
        Of the file.
    header : Header
        Of its table.
    departures : Departures
        Is told of rows left out, and of what was assumed.

    Raises
    ------
    DeepQuakeError
        Where the times are times of day without a date.
    """
    named = zip(header.names, header.columns, strict=True)
    unused = [name.strip() for name, column in named if column.partition(":")[0] not in USED]
    if any(unused):
        departures.note(header.line, f"columns not used: {', '.join(filter(None, unused))}")
    rows = list(_pick_rows(text, header, departures))
    _settle_row_ids(rows)
    settle_weights(
        [
            (pick, weight, row.line)
            for row in rows
            for pick, weight in zip(row.picks, row.weights, strict=True)
        ],
        one_is_full=any(column.startswith("weight:") for column in header.columns),
        departures=departures,
    )
    if "quality" in header.columns and "weight" not in header.columns:
        told = [
            (pick, row.cells.get("quality", ""), row.line) for row in rows for pick in row.picks
        ]
        column = header.names[header.columns.index("quality")].strip()
        settle_qualities(told, column, departures)
    _settle_scores(rows, departures)
    _note_numbered_phases(rows, departures)
    by_event: dict[str, Event] = {}
    places: dict[str, set[Place]] = defaultdict(set)
    loose: list[Pick] = []
    for row in rows:
        if not row.key:
            loose.extend(row.picks)
            continue
        event = by_event.get(row.key)
        if event is None:
            note = partial(departures.note, row.line)
            event = by_event[row.key] = _event_in(row.cells, note)
            event.source_file, event.source_line = departures.name, row.line
        place = tuple(row.cells.get(name) for name in ("latitude", "longitude", "depth"))
        places[row.key].add((row.picks[0].station, *place))
        for pick in row.picks:
            if not can_be_of(pick, event):
                what = "pick before its origin or later than its phase can be"
                departures.note(row.line, f"{what}: kept, but not used (weight 4)")
                pick.weight = DO_NOT_USE
        event.picks.extend(row.picks)
    for key, event in by_event.items():
        _keep_epicentre_only(event, places[key], departures)
    events = list(by_event.values())
    if loose:
        events.append(Event("", picks=loose, source_file=departures.name, loose=True))
    return events


def _pick_rows(text: str, header: Header, departures: Departures) -> Iterator[PickRow]:
    """Yield the rows that hold a pick."""
    phases = phases_of(header.columns)
    columns = {*header.columns}
    names = {name.strip().lower() for name in header.names}
    by_picker = any(c.startswith("score") for c in columns) or bool(names & OF_PICKERS)
    of_file = Path(departures.name).stem if "modelled_time" in columns else ""
    stead = names >= OF_STEAD
    counts: Counter[str] = Counter()
    first = True
    for line, cells in rows_of_table(text, header, departures):
        if stead:
            cells.setdefault("rate", f"{STEAD_RATE_HZ}")
        each = [_cells_of_phase(cells, phase) for phase in phases] if phases else [cells]
        row = PickRow(line, cells, picks=[], weights=[], key="")
        skipped = False
        for told in each:
            if told is None or told.get("time") in NO_PICK or told.get("outcome") == "missed":
                continue
            if verdict_of(told.get("verdict", told.get("outcome", ""))) == FALSE:
                counts["false"] += 1
                skipped = True
                continue
            if first and CLOCK_ALONE.fullmatch(told.get("time", "")):
                _refuse_clock_alone(told, columns, at(departures.name, line))
            first = False
            try:
                pick = _pick_in(told, partial(departures.note, line))
            except ValueError as error:
                departures.skip(line, f"pick not understood ({error}): left out")
                skipped = True
                continue
            if pick is None:
                departures.skip(line, "row without station or time: left out")
                skipped = True
                continue
            _settle_status(pick, told, by_picker=by_picker, counts=counts)
            row.picks.append(pick)
            row.weights.append(told.get("weight", ""))
        if row.picks:
            row.key = _key_of(cells, counts)
            if of_file and not row.key:
                row.key = cells["event_id"] = of_file
            yield row
        elif not skipped:
            counts["empty"] += 1
    said = {
        "rejected": "picks that the table calls rejected, deleted or not in use are not used: {}",
        "of none": "picks of event -1, that is of none, are taken as picks without an event: {}",
        "false": "picks whose verdict or outcome is false are left out: {}",
        "empty": "rows without a pick: {}",
    }
    for name, message in said.items():
        if counts[name]:
            departures.note(header.line, message.format(counts[name]))


def _cells_of_phase(cells: Cells, phase: str) -> Cells | None:
    """Return the cells of a row that holds several phases as those of one, None without a time."""
    suffix = f":{phase}"
    told = {
        k.removesuffix(suffix): v for k, v in cells.items() if ":" not in k or k.endswith(suffix)
    }
    if "time" not in told and "sample" not in told:
        return None
    told["phase"] = phase
    return told


def _refuse_clock_alone(cells: Cells, columns: set[str], place: str) -> None:
    """Refuse a table whose picks have a time of day, and no date that is theirs for sure."""
    if "date" in cells and ("origin_time" not in columns or "origin_date" in columns):
        return
    may_be = "; the column of dates may be that of the origin" if "date" in cells else ""
    raise DeepQuakeError(
        f"{place}: '{cells['time']}' is a time of day without a date, and no pick{may_be}. "
        "Write date and time of each pick, such as 2014-08-24T00:01:05.5"
    )


def _pick_in(cells: Cells, note: Note) -> Pick | None:
    time = _pick_time(cells)
    if time is None or "station" not in cells:
        return None
    network, station, location, channel = _split_codes(cells["station"], cells.get("network", ""))
    phase = cells.get("phase") or cells.get("reported_phase", "")
    if len(cells.get("location", "")) in (1, 2):  # a longer one is the name of a place
        location = cells["location"]
    pick = Pick(
        station,
        phase.upper() if phase in ("p", "s") else phase,
        time,
        network=network,
        location=location,
        channel=cells.get("channel", channel),
        polarity=WRITTEN_POLARITIES.get(cells.get("polarity", "")[:1].upper(), ""),
        in_origin=cells.get("in_origin") == "T",
    )
    if "score" in cells:
        score = _number_in(cells, "score", note)
        if score is not None and 0 <= score <= 100:
            pick.score = score
        else:
            note("score not from 0 to 1: taken as unknown")
    if "residual" in cells:
        pick.residual_s = _number_in(cells, "residual", note)
    if "uncertainty" in cells:
        uncertainty_s = _number_in(cells, "uncertainty", note)
        pick.uncertainty_s = uncertainty_s if uncertainty_s and uncertainty_s > 0 else None
    if "region_probabilities" in cells:
        pick.region_probabilities = _shares_in(cells["region_probabilities"], note)
    return pick


def _shares_in(text: str, note: Note) -> tuple[float, ...]:
    """Return the numbers of "[0.25, 0.75]"."""
    try:
        shares = tuple(float(part) for part in text.strip("[] ").split(","))
    except ValueError:
        shares = (-1.0,)
    if all(0 <= share <= 1 for share in shares):
        return shares
    note("region_probabilities are no numbers from 0 to 1: taken as unknown")
    return ()


def _settle_scores(rows: list[PickRow], departures: Departures) -> None:
    """Bring the scores of a table to 0 to 1 where most are above: they are percent."""
    scored = [(pick, row.line) for row in rows for pick in row.picks if pick.score is not None]
    above = [(pick, line) for pick, line in scored if (pick.score or 0.0) > 1]
    percent = len(above) > len(scored) / 2
    if percent:
        departures.note(above[0][1], f"scores such as {above[0][0].score:g}: read as percent")
    for pick, line in scored if percent else above:
        if not percent:
            departures.note(line, "score not from 0 to 1: taken as unknown")
        pick.score = (pick.score or 0.0) / 100 if percent else None


def _note_numbered_phases(rows: list[PickRow], departures: Departures) -> None:
    """Say that phases written as numbers are neither P nor S: nothing tells which is which."""
    numbered = [row for row in rows if any(pick.phase.isdigit() for pick in row.picks)]
    if numbered:
        names = {pick.phase for row in numbered for pick in row.picks if pick.phase.isdigit()}
        departures.note(
            numbered[0].line,
            f"phases are written as numbers ({listing(sorted(names), 5)}): they only forbid noise; "
            "write P and S instead, to learn from them",
        )


def _number_in(cells: Cells, column: str, note: Note) -> float | None:
    """Return a number that the pick can do without, None where the cell holds something else."""
    try:
        value = cell_number(cells[column])
        if value is not None and not isfinite(value):
            raise ValueError(f"'{cells[column]}' is too large")
        return value
    except ValueError as error:
        note(f"{column} not understood ({error}): taken as unknown")
        return None


@lru_cache(maxsize=4096)  # a list of a network names each station many times
def _split_codes(text: str, network: str) -> tuple[str, str, str, str]:
    """Return network, station, location and channel of STA, NET.STA or NET.STA.LOC.CHA.

    Parameters
    ----------
    text : str
        Of the column of the station.
    network : str
        Of a column of its own, "" where there is none.
    """
    codes = [code.strip() for code in text.split(".")]
    if len(codes) > 1 and network in ("", codes[0]):
        network, *codes = codes
    station, location, channel, *_ = *codes, "", ""
    return network, station, location, channel


def _pick_time(cells: Cells) -> float | None:
    plain = PLAIN_TIME.fullmatch(cells.get("time", ""))
    if plain and NOT_PLAIN.isdisjoint(cells):
        return _minute_start(plain[1]) + float(plain[2])
    if "time" not in cells and "sample" in cells and "start" in cells and "rate" in cells:
        start = time_in({"time": cells["start"]}, ("time",))
        sample, rate_hz = cell_number(cells["sample"]), cell_number(cells["rate"])
        if start is None or sample is None or not rate_hz or rate_hz <= 0:
            raise ValueError("no sample number or sampling rate")
        if not 0 <= sample / rate_hz <= LONGEST_RECORD_S:
            raise ValueError(f"sample {cells['sample']} is in no record")
        return start + sample / rate_hz
    return time_in(cells, ("time",))


@lru_cache(maxsize=4096)  # faster than to parse the time of each pick
def _minute_start(text: str) -> float:
    return parse_iso(f"{text}00")


def _settle_status(pick: Pick, cells: Cells, by_picker: bool, counts: Counter[str]) -> None:
    """Set who read the pick, and whether it is to be used."""
    told = [cells[name] for name in ("status", "evaluation") if name in cells]
    manual = any(MANUAL.match(text) for text in told)
    automatic = any(text.lower().startswith("auto") for text in told)
    pick.automatic = automatic or (by_picker and not manual)
    dropped = cells.get("used", "").lower() in NO or cells.get("deleted", "").lower() in YES
    if dropped or any(is_no_event(text) for text in (*told, cells.get("kind", ""))):
        pick.weight = DO_NOT_USE
        counts["rejected"] += 1


def _key_of(cells: Cells, counts: Counter[str]) -> str:
    """Return what is the same in all rows of an event, "" where the row tells none."""
    event_id = cells.get("event_id", "")
    if event_id in NO_EVENT_IDS:
        counts["of none"] += 1
        return ""
    return event_id or cells.get("origin_time") or cells.get("utc_timestamp", "")


def _settle_row_ids(rows: list[PickRow]) -> None:
    """Take a column ``id`` as that of the event where it is not another number in each row."""
    ids = [row.cells["row_id"] for row in rows if "row_id" in row.cells]
    if len({*ids}) < len(ids):
        for row in rows:
            row.key = row.key or row.cells.get("row_id", "")
            row.cells.setdefault("event_id", row.cells.get("row_id", ""))


def _event_in(cells: Cells, note: Note) -> Event:
    """Return the event that a row tells beside its pick."""
    told = {name: text for name, text in cells.items() if name not in OF_PICK}
    if "origin_date" in told:
        told["date"] = told["origin_date"]
    try:
        return event_of_row(told, note)
    except ValueError as error:
        note(f"origin not understood ({error}): its event is known by its picks alone")
        return Event(cells.get("event_id", ""))


def _keep_epicentre_only(event: Event, places: set[Place], departures: Departures) -> None:
    """Take away the location of an event where it may be that of a station.

    ``places`` holds station, latitude, longitude and depth of each row. What is the same at
    several stations is the event's; told by one station alone, it needs an origin time beside it.
    """
    several = len({station for station, *_ in places}) > 1
    alike = len({place[1:] for place in places}) == 1
    if alike and (several or event.origin_time is not None):
        return
    if is_located(event):
        departures.note(
            event.source_line or 1,
            "latitude and longitude in a list of picks may be those of the station: "
            "location unknown",
        )
    event.latitude = event.longitude = event.depth_km = None
