"""Between ObsPy's catalogues (QuakeML and every format ObsPy reads) and ours."""

import io
import re
import warnings
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from deepquake.catalog.cells import Note
from deepquake.catalog.events import (
    DO_NOT_USE,
    Event,
    Magnitude,
    Pick,
    can_be_of,
    is_p,
    is_s,
    is_usable,
    keep_possible,
)
from deepquake.catalog.kinds import is_no_event, kind_from
from deepquake.core.errors import DeepQuakeError, short
from deepquake.core.report import Report
from deepquake.core.times import with_date

if TYPE_CHECKING:
    from obspy.core import event as obspy_event

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
POLARITIES_OF = {"positive": "C", "negative": "D"}
ONSETS_OF = {"impulsive": "I", "emergent": "E"}
# Magnitude types of the SEISAN manual and their usual names.
MAGNITUDE_TYPES = {"L": "ML", "C": "Mc", "B": "mB", "b": "mb", "S": "MS", "s": "Ms", "W": "Mw"}
# Kinds of events in QuakeML, with their certainty.
EVENT_TYPES = {
    "earthquake": ("earthquake", "known"),
    "induced": ("induced or triggered event", None),
    "volcanic": ("volcanic eruption", None),
    "explosion": ("explosion", "known"),
    "probable explosion": ("explosion", "suspected"),
    "blast": ("quarry blast", None),
    "ice": ("ice quake", None),
    "thunder": ("thunder", None),
    "landslide": ("landslide", None),
    "rockburst": ("rock burst", None),
    "other": ("other event", None),
}
# Origins of a moment tensor that say so in their name alone.
CENTROID_NAME = re.compile(r"(?<![a-z])(cmt|[rw]mt|gcmt|centroid|moment.?tensor)", re.IGNORECASE)
MODES = "manual", None, "automatic"  # the better first
WRITE_AS = "write it as QuakeML, or as a table headed time,latitude,longitude,depth"
NO_TIME_OF_ITS_PHASE = "is before its origin or later than its phase can be"
# Of ids: letters that QuakeML doesn't allow, and those that set off the parts of one.
FORBIDDEN_IN_IDS = re.compile(r"[^A-Za-z0-9.\-_~*()+?',;&]")
# In comments on picks and events: QuakeML has no place for them.
WEIGHT = re.compile(r"weight (\d)")
SCORE = re.compile(r"score ([01]\.?\d*)")
REGION = re.compile(r"region (\d+)")


def read_with_obspy(path: Path | str, content: bytes, report: Report) -> list[Event]:
    """Return the events of a file in any format ObsPy tells by its content.

    Parameters
    ----------
    path : Path or str
        What the file is called in messages and in the events.
    content : bytes
        Its content.
    report : Report
        Is told of what was odd or left out.

    Raises
    ------
    DeepQuakeError
        Where ObsPy finds no catalogue in it.
    """
    import obspy

    types = _types_of_events(content)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            catalog = obspy.read_events(io.BytesIO(_with_known_types(content, types)))
    except Exception as error:  # ObsPy's plugins raise anything on a file that is not theirs
        if damage := _damage_of(content):
            raise DeepQuakeError(f"{path}: {damage}") from None
        lines = str(error).strip().splitlines() or [type(error).__name__]
        says = f"says '{lines[0]}'"
        if "Unknown format" in lines[0]:
            says = f"does not know it ({WRITE_AS})"
        raise DeepQuakeError(
            f"{path}: is not a catalogue: not Nordic, not a known table, and ObsPy {says}"
        ) from None
    if len(types) != len(catalog):
        types = [given.event_type or "" for given in catalog]
    events, left_out = [], 0
    for number, (given, told) in enumerate(zip(catalog, types, strict=True), 1):
        if is_no_event(told):
            report.skip(path, f"event {number} is marked as {told}: left out")
            left_out += 1
            continue
        event = _from_obspy(given, told, number, path=path, report=report)
        if event.origin_time is not None or event.picks:
            events.append(event)
    if not events and not left_out:
        raise DeepQuakeError(f"{path}: is not a catalogue: it holds no event with a time")
    return events


def _types_of_events(content: bytes) -> list[str]:
    """Return the types of the events of an XML file, as written; none of any other file."""
    if not content.lstrip().startswith(b"<"):
        return []
    try:
        tree = ElementTree.fromstring(content)
    except (ElementTree.ParseError, LookupError, ValueError):
        return []
    events = (element for element in tree.iter() if element.tag.rpartition("}")[2] == "event")
    return [event.findtext("{*}type", "").strip() for event in events]


def _damage_of(content: bytes) -> str:
    """Return what is wrong with a file that begins as XML and is none; empty for any other."""
    if content.lstrip().startswith(b"<"):
        try:
            ElementTree.fromstring(content)
        except ElementTree.ParseError as error:
            line = error.position[0]
            return f"line {line}: is XML that is cut short or damaged there: get the file again"
        except (LookupError, ValueError) as error:
            return f"is XML that cannot be read: {short(error)}"
    return ""


def _with_known_types(content: bytes, types: list[str]) -> bytes:
    """Return XML without types of events that ObsPy does not know: it would drop the events."""
    from obspy.core.event.header import EventType

    known = set(EventType)
    for unknown in {told for told in types if told and told.lower() not in known}:
        element = re.compile(rb"(<(?:\w+:)?type>\s*)" + re.escape(unknown.encode()) + rb"(\s*</)")
        content = element.sub(rb"\1other event\2", content)
    return content


def _from_obspy(given: Any, told: str, number: int, path: Path | str, report: Report) -> Event:
    def note(message: str) -> None:
        report.note(path, f"event {number}: {message}")

    event = Event(_stable_id(given), source_file=str(path), kind=_kind_of(given, told, note))
    region = _commented(given, REGION)
    event.cluster_id = None if region is None else int(region)
    origin = _chosen_origin(given, note)
    if origin is not None:
        event.origin_time = None if origin.time is None else origin.time.timestamp
        event.latitude, event.longitude = origin.latitude, origin.longitude
        event.depth_km = None if origin.depth is None else origin.depth / 1000
        event.time_fixed = bool(origin.time_fixed)
        event.depth_fixed = origin.depth_type == "operator assigned"
        event.agency = _agency_of(origin)
    event.magnitudes = [
        Magnitude(magnitude.mag, magnitude.magnitude_type or "", _agency_of(magnitude))
        for magnitude in given.magnitudes
        if magnitude.mag is not None
    ]
    for message in keep_possible(event):
        note(message)
    arrivals: dict[str, Any] = {}
    for arrival in [] if origin is None else origin.arrivals:
        arrivals.setdefault(str(arrival.pick_id), arrival)
    weights = _weights_of(arrivals, note)
    elsewhere = {str(a.pick_id): a.phase for o in given.origins for a in o.arrivals}
    for given_pick in given.picks:
        key = str(given_pick.resource_id)
        pick = _pick_from_obspy(given_pick, arrivals.get(key), elsewhere.get(key))
        if pick is None:
            report.skip(path, f"event {number}: pick without station or time: left out")
            continue
        hint = given_pick.phase_hint or pick.phase
        if (is_p(hint), is_s(hint)) != (is_p(pick.phase), is_s(pick.phase)):
            note(f"{hint} at {pick.station} is {pick.phase} by the arrival of the origin: so read")
        pick.weight = pick.weight or weights.get(key, 0)
        pick.in_origin = key in arrivals and is_usable(pick)
        if not can_be_of(pick, event):
            pick.weight = DO_NOT_USE
            note(f"{pick.phase} at {pick.station} {NO_TIME_OF_ITS_PHASE}: not used (weight 4)")
        event.picks.append(pick)
    return event


def _chosen_origin(given: Any, note: Note) -> Any:
    """Return the origin that an event has, None where it has none or they were all rejected.

    The preferred one; without it a manual one before an automatic one, then that with the most
    arrivals, then the newest. Never one that was rejected, and what is no hypocentre (a centroid,
    or an origin after its picks) only where there is no other.
    """
    usable = [origin for origin in given.origins if origin.evaluation_status != "rejected"]
    if given.origins and not usable:
        note("its origin was rejected: without a location")
    tensors = (mechanism.moment_tensor for mechanism in given.focal_mechanisms)
    derived = {str(tensor.derived_origin_id) for tensor in tensors if tensor is not None}
    picked = sorted(pick.time for pick in given.picks if pick.time is not None)
    preferred = str(given.preferred_origin_id)

    def rank(origin: Any) -> tuple[Any, ...]:
        name, made = str(origin.resource_id), origin.creation_info
        centroid = origin.origin_type not in (None, "hypocenter") or name in derived
        late = bool(picked and origin.time and origin.time > picked[len(picked) // 2])
        arrivals = max(len(origin.arrivals), getattr(origin.quality, "used_phase_count", 0) or 0)
        age = -made.creation_time.timestamp if made and made.creation_time else 0.0
        return (
            origin.time is None,
            centroid or late or CENTROID_NAME.search(name) is not None,
            name != preferred,
            MODES.index(origin.evaluation_mode),
            -arrivals,
            age,
        )

    chosen = min(usable, key=rank, default=None)
    if chosen is not None and len(given.origins) > 1 and str(chosen.resource_id) != preferred:
        told = f"{chosen.evaluation_mode or ''} {_agency_of(chosen)}".strip() or "unnamed"
        named = any(str(origin.resource_id) == preferred for origin in given.origins)
        why = "the preferred one is no hypocentre or rejected" if named else "none is preferred"
        note(f"of {len(given.origins)} origins {why}: that of {chosen.time} ({told}) is taken")
    return chosen


def _weights_of(arrivals: dict[str, Any], note: Note) -> dict[str, int]:
    """Return the weights of picks from those of their arrivals, where 0 means not used.

    Programs have written classes there, of which 0 is full; then there are whole numbers above 1.
    Where all are 0 the origin can't have been computed from them.
    """
    told = {key: a.time_weight for key, a in arrivals.items() if a.time_weight is not None}
    if told and not any(told.values()):
        note("every arrival has weight 0: taken as weights that are not told")
        return {}
    if max(told.values(), default=0) > 1 and set(told.values()) <= {0, 1, 2, 3, 4}:
        note("weights of arrivals are whole numbers from 0 to 4: taken as 0 full ... 4 not used")
        return {key: int(weight) for key, weight in told.items()}
    return {key: 0 if weight else DO_NOT_USE for key, weight in told.items()}


def _agency_of(given: Any) -> str:
    return "" if given.creation_info is None else given.creation_info.agency_id or ""


def _pick_from_obspy(given: Any, arrival: Any, elsewhere: str | None) -> Pick | None:
    """Return a pick, None where it has no station or time.

    ``arrival`` is that of the chosen origin, ``elsewhere`` the phase that another has.
    """
    codes = given.waveform_id
    if given.time is None or codes is None or not (codes.station_code or "").strip():
        return None
    weight, score = int(_commented(given, WEIGHT) or 0), _commented(given, SCORE)
    uncertainty_s = getattr(given.time_errors, "uncertainty", None) or 0.0  # bulletins: none at all
    phase = getattr(arrival, "phase", None) or given.phase_hint or elsewhere or ""
    return Pick(
        station=_code(codes.station_code),
        phase=phase.strip(),
        time=given.time.timestamp,
        network=_code(codes.network_code),
        location=_code(codes.location_code).replace("--", ""),
        channel=_code(codes.channel_code),
        onset=ONSETS_OF.get(given.onset, ""),
        polarity=POLARITIES_OF.get(given.polarity, ""),
        weight=DO_NOT_USE if given.evaluation_status == "rejected" else weight,
        automatic=given.evaluation_mode == "automatic",
        score=None if score is None else float(score),
        residual_s=getattr(arrival, "time_residual", None),
        uncertainty_s=uncertainty_s if 0 < uncertainty_s < inf else None,
    )


def _commented(given: Any, pattern: re.Pattern[str]) -> str | None:
    """Return what a comment that is of a pattern tells, None where there is no such comment."""
    matches = (pattern.fullmatch(comment.text or "") for comment in given.comments)
    return next((match[1] for match in matches if match), None)


def _code(text: str | None) -> str:
    return (text or "").strip().upper()


def _kind_of(given: Any, told: str, note: Note) -> str:
    kind = kind_from(told)
    if kind == "explosion" and given.event_type_certainty == "suspected":
        return "probable explosion"
    if kind is None:
        note(f"kind of event '{told}' is not known: read as other")
    return "other" if kind is None else kind


def _stable_id(given: Any) -> str:
    """Return the last part of the event's id, "" where ObsPy drew one at random."""
    text = str(given.resource_id or "")
    if UUID.search(text):
        return ""
    return re.split(r"[/=:#]", text)[-1]


def to_obspy(events: list[Event]) -> Any:
    """Return ``obspy.core.event.Catalog`` of our events, to be written in any of its formats.

    A pick of weight 4 becomes one that was rejected; all weights but 0, scores and regions stand in
    comments.
    """
    from obspy.core.event import Catalog, ResourceIdentifier

    given = [_to_obspy(event) for event in events]
    return Catalog(given, resource_id=ResourceIdentifier("smi:local/deepquake"))


def _to_obspy(event: Event) -> "obspy_event.Event":
    from obspy import UTCDateTime
    from obspy.core import event as oe

    def identifier(what: str, *number: int | str) -> oe.ResourceIdentifier:
        name = FORBIDDEN_IN_IDS.sub("_", event.event_id)
        parts = ["smi:local", what, name, *map(str, number)]
        return oe.ResourceIdentifier("/".join(parts))

    kind, certainty = EVENT_TYPES.get(event.kind, (None, None))
    given = oe.Event(
        resource_id=identifier("event"), event_type=kind, event_type_certainty=certainty
    )
    if event.origin_time is not None:
        origin = oe.Origin(
            resource_id=identifier("origin"),
            time=UTCDateTime(with_date(event.origin_time)),
            latitude=event.latitude,
            longitude=event.longitude,
            depth=None if event.depth_km is None else event.depth_km * 1000,
            time_fixed=event.time_fixed,
            depth_type="operator assigned" if event.depth_fixed else None,
            creation_info=oe.CreationInfo(agency_id=event.agency or None),
        )
        given.origins = [origin]
        given.preferred_origin_id = origin.resource_id
    given.magnitudes = [
        oe.Magnitude(
            resource_id=identifier("magnitude", number),
            mag=magnitude.value,
            origin_id=given.preferred_origin_id,  # SCML keeps no magnitude without
            magnitude_type=MAGNITUDE_TYPES.get(magnitude.kind, magnitude.kind) or None,
            creation_info=oe.CreationInfo(agency_id=magnitude.agency or None),
        )
        for number, magnitude in enumerate(event.magnitudes)
    ]
    if event.cluster_id is not None:
        region = f"region {event.cluster_id}"
        given.comments = [oe.Comment(resource_id=identifier("comment", "event"), text=region)]
    located_with_some = any(pick.in_origin for pick in event.picks)
    for number, pick in enumerate(event.picks):
        pick_id, weight = identifier("pick", number), f"weight {pick.weight}"
        if given.origins and pick.phase and (pick.in_origin or not located_with_some):
            arrival = oe.Arrival(
                resource_id=identifier("arrival", number),
                pick_id=pick_id,
                phase=pick.phase,
                time_residual=pick.residual_s,
                time_weight=None if is_usable(pick) else 0.0,
            )
            given.origins[0].arrivals.append(arrival)
        location, channel = pick.location or None, pick.channel or None
        codes = oe.WaveformStreamID(pick.network, pick.station, location, channel)
        told = [weight] * bool(pick.weight)
        told += [] if pick.score is None else [f"score {pick.score:.6f}"]
        given.picks.append(
            oe.Pick(
                resource_id=pick_id,
                time=UTCDateTime(with_date(pick.time)),
                waveform_id=codes,
                time_errors=oe.QuantityError(uncertainty=pick.uncertainty_s),
                phase_hint=pick.phase or None,
                onset={"I": "impulsive", "E": "emergent"}.get(pick.onset),
                polarity={"C": "positive", "D": "negative"}.get(pick.polarity),
                evaluation_mode="automatic" if pick.automatic else "manual",
                evaluation_status="rejected" if pick.weight == DO_NOT_USE else None,
                comments=[
                    oe.Comment(resource_id=identifier("comment", number, k), text=text)
                    for k, text in enumerate(told)
                ],
            )
        )
    return given
