"""Events and their picks, and the catalogue file (catalog.json) the steps share."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from deepquake.core.errors import DeepQuakeError
from deepquake.core.files import read_json, whole_file
from deepquake.core.report import Report
from deepquake.core.times import compact, iso, parse_iso

_encode = json.JSONEncoder(ensure_ascii=False).encode
DO_NOT_USE = 4  # the weight by which an analyst takes a pick out of use

# The slowest first P (PKIKP, right through the Earth) takes 1212 s in the IASP91 tables, the
# slowest first S (SKIKS) some 1900 s. Surface waves go round the Earth in three hours.
LATEST_P_S = 1300.0
LATEST_S_S = 2000.0
LATEST_OTHER_S = 3 * 3600.0

DEPTHS_KM = -10.0, 800.0  # from above the highest volcano to below the deepest earthquake
MAGNITUDES = -5.0, 11.0

# First arrivals only: PP, PcP, pP and the like are neither P nor S here. I and E are the onset,
# which many write into the phase name. PKP and SKS are the first arrivals of far earthquakes.
P_NAME = re.compile(
    r"[IE]?P(?:G|N|B|\*|1|GAC|DIFF?|KP(?:DF|BC|AB|PRE)?|(?-i:KIKP))?", re.IGNORECASE
)
S_NAME = re.compile(r"[IE]?S(?:G|N|B|\*|1|GAC|DIFF?|KS(?:DF|AC)?|KIKS)?", re.IGNORECASE)


@dataclass(slots=True)
class Pick:
    """One arrival an analyst (or a picker) read at a station. Times are seconds since 1970 UTC."""

    station: str
    phase: str  # as written: P, Pg, Pn, S ...
    time: float
    network: str = ""
    location: str = ""
    channel: str = ""
    onset: str = ""  # I impulsive, E emergent
    polarity: str = ""  # C or + up, D or - down
    weight: int = 0  # 0 full ... 4 do not use, 9 station clock not trusted
    automatic: bool = False


@dataclass(slots=True)
class Magnitude:
    """One magnitude of an event: value, type as written (L, W, b, ...) and agency."""

    value: float
    kind: str = ""
    agency: str = ""


@dataclass(slots=True)
class Event:
    """One earthquake. What is unknown is None, never 0."""

    event_id: str
    origin_time: float | None = None  # seconds since 1970 UTC
    latitude: float | None = None  # degrees
    longitude: float | None = None
    depth_km: float | None = None
    magnitudes: list[Magnitude] = field(default_factory=list)
    picks: list[Pick] = field(default_factory=list)
    source_file: str = ""
    source_line: int | None = None
    agency: str = ""  # of the origin
    distance: str = ""  # L local, R regional, D distant
    kind: str = ""  # as written: Q earthquake, E explosion, P probable explosion ...
    time_fixed: bool = False
    depth_fixed: bool = False
    waveforms: list[str] = field(default_factory=list)  # names of the waveform files
    cluster_id: int | None = None  # source region, where the catalogue gives one


@lru_cache(maxsize=4096)
def is_p(phase: str) -> bool:
    """Return whether ``phase`` is the first P of an event: P, Pg, Pn, Pb, P*, Pdiff, IP, EP ..."""
    return P_NAME.fullmatch(phase.strip()) is not None


@lru_cache(maxsize=4096)
def is_s(phase: str) -> bool:
    """Return whether ``phase`` is the first S of an event: S, Sg, Sn, Sb, S*, IS, ES ..."""
    return S_NAME.fullmatch(phase.strip()) is not None


@lru_cache(maxsize=1024)
def latest_s(phase: str) -> float:
    """Return how many seconds after its origin a phase can arrive at most, anywhere on Earth."""
    if is_p(phase):
        return LATEST_P_S
    return LATEST_S_S if is_s(phase) else LATEST_OTHER_S


def is_usable(pick: Pick) -> bool:
    """Return whether a pick may be used: its weight is not 4.

    Weight 9 stays in use: the analyst does not trust the clock of the station, but the pick is
    right on the record it was read from, whose times come from that same clock.
    """
    return pick.weight != DO_NOT_USE


def p_picks(event: Event) -> list[Pick]:
    """Return the P picks in use, the earliest of each station, in order of time."""
    first: dict[tuple[str, str], Pick] = {}
    for pick in event.picks:
        if is_p(pick.phase) and pick.weight != DO_NOT_USE:
            key = pick.network, pick.station
            if key not in first or pick.time < first[key].time:
                first[key] = pick
    return sorted(first.values(), key=lambda pick: (pick.time, pick.station))


def is_at(pick: Pick, network: str, code: str) -> bool:
    """Return whether a pick is of this station; neither case nor an untold network matters."""
    own_network = not network or not pick.network or pick.network == network
    return own_network and pick.station.upper() == code.upper()


def is_located(event: Event) -> bool:
    """Return whether the epicentre of an event is known."""
    return event.latitude is not None and event.longitude is not None


def first_pick_time(event: Event) -> float | None:
    """Return the time of the earliest pick of an event, None where it has none."""
    return min((pick.time for pick in event.picks), default=None)


def event_time(event: Event) -> float | None:
    """Return the origin time of an event or, where it has none, the time of its first pick."""
    return first_pick_time(event) if event.origin_time is None else event.origin_time


def keep_possible(event: Event) -> list[str]:
    """Make unknown what can't be true of an event, and say what; longitude to -180 ... 180."""
    said = []
    latitude, longitude = event.latitude, event.longitude
    if not (latitude is None and longitude is None):
        # a comparison with NaN is never true
        if None in (latitude, longitude) or not (abs(latitude) <= 90 and abs(longitude) <= 360):
            said.append("latitude or longitude missing or out of range: location unknown")
            event.latitude = event.longitude = None
        elif abs(longitude) > 180:
            event.longitude = longitude - 360 if longitude > 180 else longitude + 360
    low, high = DEPTHS_KM
    if event.depth_km is not None and not low <= event.depth_km <= high:
        said.append(f"depth not between {low:g} and {high:g} km: depth unknown")
        event.depth_km = None
    low, high = MAGNITUDES
    possible = [m for m in event.magnitudes if low <= m.value <= high]
    if len(possible) < len(event.magnitudes):
        said.append(f"magnitude not between {low:g} and {high:g}: left out")
        event.magnitudes = possible
    return said


def arrange(events: Iterable[Event]) -> list[Event]:
    """Return the events in order of time, each with an id of its own.

    Events without origin time come last, in order of their first pick. An event without an id
    gets that of its origin time, YYYYMMDDhhmmss; equal ids get -2, -3 ... in that order.
    """
    ordered = sorted(events, key=_order)
    taken: set[str] = set()
    counts: dict[str, int] = {}
    for event in ordered:
        wanted = event.event_id or _id_from_time(event)
        unique, count = wanted, counts.get(wanted, 1)
        while unique in taken:
            count += 1
            unique = f"{wanted}-{count}"
        counts[wanted] = count
        taken.add(unique)
        event.event_id = unique
    return ordered


def write_catalog(path: Path | str, events: Iterable[Event]) -> None:
    """Write a catalog.json, whole or not at all: one event a line, arranged as by ``arrange``."""
    ordered = arrange(events)
    with whole_file(path) as temporary, temporary.open("w", encoding="utf-8") as file:
        file.write('{"events": [')
        for number, event in enumerate(ordered):
            file.write(",\n" if number else "\n")
            file.write(_as_json(event))
        file.write("\n]}\n")


def read_catalog(path: Path | str, report: Report | None = None) -> list[Event]:
    """Return the events of a catalog.json, ours or of the old project, as by ``arrange``.

    Values that can't be are unknown, and told to ``report`` or on stderr. Raises DeepQuakeError,
    naming the line or the event, where the file is missing, is not JSON or is no catalogue; and
    where an event is malformed, which with a ``report`` is only left out.
    """
    content = read_json(path)
    if not isinstance(content, dict) or not isinstance(content.get("events"), list):
        raise DeepQuakeError(f'{path}: is no catalogue: it has no list "events"')
    told = Report() if report is None else report
    events = []
    for number, value in enumerate(content["events"], 1):
        try:
            event = _from_json(value)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            reason = f"{error} is missing" if isinstance(error, KeyError) else error
            if report is None:
                raise DeepQuakeError(f"{path}: event {number} is malformed: {reason}") from None
            report.skip(path, f"event {number} is malformed: {reason}: left out")
            continue
        for message in keep_possible(event):
            told.note(path, f"event {number}: {message}")
        events.append(event)
    if report is None:
        told.print_summary()
    return arrange(events)


def _order(event: Event) -> tuple[bool, float, str, int]:
    time = event_time(event) or 0.0
    return event.origin_time is None, time, event.source_file, event.source_line or 0


def _id_from_time(event: Event) -> str:
    time = event_time(event)
    return "event" if time is None else compact(time)


def _as_json(event: Event) -> str:
    """Return an event in the shape of the old project's catalogue, our fields beside its own.

    Most of a catalogue are its picks, and many are alike but for their times: the rest of each
    kind is encoded once.
    """
    value: dict[str, Any] = {
        "event_id": event.event_id,
        "eventOriginTime": None if event.origin_time is None else iso(event.origin_time),
        "lat": event.latitude,
        "lon": event.longitude,
        "depth": event.depth_km,
        "magnitudes": [
            {"value": m.value, "kind": m.kind, "agency": m.agency} for m in event.magnitudes
        ],
        "detections": [],
        "picks": [],
        "source_file": event.source_file,
        "source_line": event.source_line,
    }
    for name in ("agency", "distance", "kind", "time_fixed", "depth_fixed", "waveforms"):
        if known := getattr(event, name):
            value[name] = known
    if event.cluster_id is not None:
        value["cluster_id"] = event.cluster_id
    text = _encode(value)
    if not event.picks:
        return text
    times = {pick.time: iso(pick.time) for pick in event.picks}
    detections = [
        f'{_station_part(p.station)}, "ptime": "{times[p.time]}"}}' for p in p_picks(event)
    ]
    picks = []
    for p in event.picks:
        before, after = _pick_parts(
            p.station, p.phase, p.weight, p.network, p.location, p.channel, p.onset, p.polarity,
            p.automatic,
        )  # fmt: skip
        picks.append(f"{before}{times[p.time]}{after}")
    # no text of the user's looks like this: its quotes would have backslashes
    return text.replace(
        '"detections": [], "picks": []',
        f'"detections": [{", ".join(detections)}], "picks": [{", ".join(picks)}]',
        1,
    )


@lru_cache(maxsize=65536)
def _pick_parts(
    station: str, phase: str, weight: int, network: str, location: str, channel: str, onset: str,
    polarity: str, automatic: bool,
) -> tuple[str, str]:  # fmt: skip
    """Return what stands before and after the time of a pick; what is not known is left out."""
    further = {
        "network": network,
        "location": location,
        "channel": channel,
        "onset": onset,
        "polarity": polarity,
        "automatic": automatic,
    }
    rest = {"weight": weight} | {name: known for name, known in further.items() if known}
    before = _encode({"station": station, "phase": phase})[:-1]
    return f'{before}, "time": "', f'", {_encode(rest)[1:]}'


@lru_cache(maxsize=4096)
def _station_part(station: str) -> str:
    return _encode({"station": station})[:-1]


def _from_json(value: dict[str, Any]) -> Event:
    origin = value.get("eventOriginTime")
    if "picks" in value:
        picks = [_pick_from_json(pick) for pick in value["picks"]]
    else:
        picks = [
            Pick(str(detection["station"]), "P", parse_iso(detection["ptime"]))
            for detection in value.get("detections") or []
        ]
    return Event(
        event_id=str(value.get("event_id") or ""),
        origin_time=None if origin is None else parse_iso(origin),
        latitude=_number(value, "lat"),
        longitude=_number(value, "lon"),
        depth_km=_number(value, "depth"),
        magnitudes=[
            Magnitude(float(m["value"]), m.get("kind") or "", m.get("agency") or "")
            for m in value.get("magnitudes") or []
        ],
        picks=picks,
        source_file=str(value.get("source_file") or ""),
        source_line=value.get("source_line"),
        agency=value.get("agency") or "",
        distance=value.get("distance") or "",
        kind=value.get("kind") or "",
        time_fixed=bool(value.get("time_fixed", False)),
        depth_fixed=bool(value.get("depth_fixed", False)),
        waveforms=[str(name) for name in value.get("waveforms") or []],
        cluster_id=value.get("cluster_id"),
    )


def _pick_from_json(value: dict[str, Any]) -> Pick:
    return Pick(
        station=str(value["station"]),
        phase=str(value["phase"]),
        time=parse_iso(value["time"]),
        network=value.get("network") or "",
        location=value.get("location") or "",
        channel=value.get("channel") or "",
        onset=value.get("onset") or "",
        polarity=value.get("polarity") or "",
        weight=int(value.get("weight") or 0),
        automatic=bool(value.get("automatic", False)),
    )


def _number(value: dict[str, Any], key: str) -> float | None:
    number = value.get(key)
    return None if number is None else float(number)
