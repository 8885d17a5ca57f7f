"""The catalogue file that the steps share, catalog.json: events written and read."""

import json
from collections.abc import Callable, Iterable
from functools import lru_cache
from math import isfinite
from operator import attrgetter
from pathlib import Path
from typing import Any, TypeVar

from deepquake.catalog.depths import settle_depths
from deepquake.catalog.events import Event, Magnitude, Pick, arrange, keep_possible, p_picks
from deepquake.catalog.kinds import kind_from
from deepquake.catalog.merge import merge_duplicates
from deepquake.core.errors import DeepQuakeError
from deepquake.core.files import read_json, whole_file
from deepquake.core.magic import HEAD_BYTES
from deepquake.core.progress import nothing_collected
from deepquake.core.report import Report
from deepquake.core.text import ESCAPED_JSON
from deepquake.core.times import iso, parse_iso

Number = TypeVar("Number", int, float)
_encode = json.JSONEncoder(ensure_ascii=False).encode
# what a pick is written as, but for its time
PICK_FIELDS = (
    *("station", "phase", "weight", "network", "location", "channel", "onset", "polarity"),
    *("automatic", "in_origin"),
)
NUMBERS_OF_PICK = "score", "residual_s", "uncertainty_s"  # of each pick its own, like its time
FURTHER_OF_PICK = {*PICK_FIELDS[3:], *NUMBERS_OF_PICK}  # written only where they are known
# what an event is written with only where it is known
EVENT_FIELDS = ("agency", "distance", "kind", "time_fixed", "depth_fixed", "waveforms")
FLAGS = "time_fixed", "depth_fixed", "automatic", "in_origin"
FURTHER_TYPES: dict[str, Callable[[Any], Any]] = dict.fromkeys(FLAGS, bool)  # others are texts
FURTHER_TYPES["waveforms"] = lambda names: [str(name) for name in names]
_all_but_time = attrgetter(*PICK_FIELDS)


def write_catalog_json(path: Path | str, events: Iterable[Event]) -> None:
    """Write a catalog.json, whole or not at all: one event a line, arranged as by ``arrange``.

    Parameters
    ----------
    path : Path or str
        The file.
    events : iterable of Event
        In any order; those without an id, or with that of another, are given one.
    """
    ordered = arrange(events)
    with (
        whole_file(path) as temporary,
        temporary.open("w", encoding="utf-8", errors=ESCAPED_JSON) as file,
    ):
        file.write('{"events": [')
        for number, event in enumerate(ordered):
            file.write(",\n" if number else "\n")
            file.write(_as_json(event))
        file.write("\n]}\n")


def check_replaceable(path: Path) -> None:
    """Check that a file, if it is there, is a catalog.json, which a new one may replace."""
    if path.is_file():
        with path.open("rb") as file:
            begin = file.read(HEAD_BYTES)
        if begin.strip() and b'"events"' not in begin:
            raise DeepQuakeError(
                f"{path}: is there, and no catalog.json; give --output_path another name, or "
                "remove the file"
            )


@nothing_collected()
def read_catalog_json(path: Path | str, report: Report | None = None) -> list[Event]:
    """Return the events of a catalog.json, ours or of the old project, as by ``arrange``.

    Values that can't be are unknown; an event that is told twice is one.

    Parameters
    ----------
    path : Path or str
        The file.
    report : Report, optional
        Is told what was odd, and of each malformed event, which is left out. Without it what was
        odd is told on stderr, and a malformed event is an error.

    Returns
    -------
    list of Event
        In order of time, each with an id of its own.

    Raises
    ------
    DeepQuakeError
        Where the file is missing, is not JSON, is not a catalogue, or an event is malformed.
    """
    content = read_json(path)
    if not isinstance(content, dict) or not isinstance(content.get("events"), list):
        why = 'it has no list "events" (if its source offers CSV or QuakeML, use that)'
        raise DeepQuakeError(f"{path}: is not a catalogue: {why}")
    told = Report() if report is None else report
    events, numbers = [], []
    for number, value in enumerate(content["events"], 1):
        try:
            event = _event_from(value)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            reason = _why_malformed(error)
            if report is None:
                raise DeepQuakeError(f"{path}: event {number} is malformed: {reason}") from None
            report.skip(path, f"event {number} is malformed: {reason}: left out")
            continue
        events.append(event)
        numbers.append(number)
    if message := settle_depths(events):
        told.note(path, message)
    for number, event in zip(numbers, events, strict=True):
        for message in keep_possible(event):
            told.note(path, f"event {number}: {message}")
    events = merge_duplicates(events, told, only_file=path)
    if report is None:
        told.print_summary()
    return arrange(events)


def _as_json(event: Event) -> str:
    """Return an event in the shape of the old project's catalogue, with further fields beside.

    Most of a catalogue are its picks, and many are alike but for their times: the rest of each
    kind is encoded once.
    """
    magnitudes = [{"value": m.value, "kind": m.kind, "agency": m.agency} for m in event.magnitudes]
    value: dict[str, Any] = {
        "event_id": event.event_id,
        "eventOriginTime": None if event.origin_time is None else iso(event.origin_time),
        "lat": event.latitude,
        "lon": event.longitude,
        "depth": event.depth_km,
        "magnitudes": magnitudes,
        "detections": [],
        "picks": [],
        "source_file": event.source_file,
        "source_line": event.source_line,
    }
    for name in EVENT_FIELDS:
        if known := getattr(event, name):
            value[name] = known
    if event.cluster_id is not None:
        value["cluster_id"] = event.cluster_id
    times = {pick.time: iso(pick.time) for pick in event.picks}
    detections = [f'{_station_part(p.station)}"{times[p.time]}"}}' for p in p_picks(event)]
    picks = [
        times[pick.time].join(_pick_parts(_all_but_time(pick)))
        if pick.score is pick.residual_s is pick.uncertainty_s is None
        else _with_numbers(pick, times[pick.time])
        for pick in event.picks
    ]
    # no text of the user's looks like this: its quotes would have backslashes
    none = '"detections": [], "picks": []'
    both = f'"detections": [{", ".join(detections)}], "picks": [{", ".join(picks)}]'
    return _encode(value).replace(none, both, 1)


@lru_cache(maxsize=65536)
def _pick_parts(values: tuple[Any, ...]) -> tuple[str, str]:
    """Return what stands before and after the time of a pick; what is not known is left out."""
    station, phase, weight, *further = values
    rest = {"weight": weight}
    rest |= {name: known for name, known in zip(PICK_FIELDS[3:], further, strict=True) if known}
    before = _encode({"station": station, "phase": phase})[:-1]
    return f'{before}, "time": "', f'", {_encode(rest)[1:]}'


def _with_numbers(pick: Pick, time: str) -> str:
    before, after = _pick_parts(_all_but_time(pick))
    numbers = {name: getattr(pick, name) for name in NUMBERS_OF_PICK}
    known = {name: value for name, value in numbers.items() if value is not None}
    return f"{before}{time}{after[:-1]}, {_encode(known)[1:]}"


@lru_cache(maxsize=4096)
def _station_part(station: str) -> str:
    return f'{{"station": {_encode(station)}, "ptime": '


def _event_from(value: dict[str, Any]) -> Event:
    if "picks" in value:
        picks = [_pick_from(pick) for pick in value["picks"]]
    else:
        picks = [
            Pick(str(detection["station"]), "P", parse_iso(detection["ptime"]))
            for detection in value.get("detections") or []
        ]
    event = Event(
        event_id=str(value.get("event_id") or ""),
        origin_time=_known(value, "eventOriginTime", parse_iso),
        latitude=_known(value, "lat", float),
        longitude=_known(value, "lon", float),
        depth_km=_known(value, "depth", float),
        magnitudes=[
            Magnitude(float(m["value"]), str(m.get("kind") or ""), str(m.get("agency") or ""))
            for m in value.get("magnitudes") or []
        ],
        picks=picks,
        source_file=str(value.get("source_file") or ""),
        source_line=_known(value, "source_line", int),
        cluster_id=_known(value, "cluster_id", int),
    )
    _take(value, event, EVENT_FIELDS)
    kind = kind_from(event.kind)  # an old catalogue has SEISAN's letters
    event.kind = "other" if kind is None else kind
    return event


def _pick_from(value: dict[str, Any]) -> Pick:
    pick = Pick(str(value["station"]), str(value["phase"]), parse_iso(value["time"]))
    pick.weight = int(value.get("weight") or 0)
    further = FURTHER_OF_PICK & value.keys()  # few are written
    _take(value, pick, further.difference(NUMBERS_OF_PICK))
    for name in further.intersection(NUMBERS_OF_PICK):
        number = _known(value, name, float)
        setattr(pick, name, number if number is not None and isfinite(number) else None)
    return pick


def _take(value: dict[str, Any], taker: Event | Pick, names: Iterable[str]) -> None:
    """Give an event or a pick what is known of these names."""
    for name in names:
        if known := value.get(name):
            setattr(taker, name, FURTHER_TYPES.get(name, str)(known))


def _known(value: dict[str, Any], key: str, read: Callable[[Any], Number]) -> Number | None:
    return None if value.get(key) is None else read(value[key])


def _why_malformed(error: Exception) -> str:
    if isinstance(error, KeyError):
        return f"{error} is missing"
    if isinstance(error, OverflowError):
        return "a number is too large"
    return str(error) if isinstance(error, ValueError) else "a value is of another type"
