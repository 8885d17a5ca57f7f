"""Between ObsPy's catalogues (QuakeML and every format ObsPy reads) and ours."""

import io
import re
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deepquake.catalog.events import DO_NOT_USE, Event, Magnitude, Pick, can_be_of, keep_possible
from deepquake.catalog.kinds import is_no_event, kind_from
from deepquake.core.errors import DeepQuakeError
from deepquake.core.report import Report

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
WEIGHT = re.compile(r"weight (\d)")  # in a comment on a pick: QuakeML has no place for it


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

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            catalog = obspy.read_events(io.BytesIO(content))
    except Exception as error:  # ObsPy's plugins raise anything on a file that is not theirs
        lines = str(error).strip().splitlines() or [type(error).__name__]
        says = "does not know it" if "Unknown format" in lines[0] else f"says '{lines[0]}'"
        raise DeepQuakeError(
            f"{path}: is not a catalogue: not Nordic, not a known table, and ObsPy {says}"
        ) from None
    events = []
    for number, given in enumerate(catalog, 1):
        if is_no_event(given.event_type or ""):
            report.skip(path, f"event {number} is marked as {given.event_type}: left out")
            continue
        event = _from_obspy(given, number, path, report=report)
        if event.origin_time is not None or event.picks:
            events.append(event)
    if not events:
        raise DeepQuakeError(f"{path}: is not a catalogue: it holds no event with a time")
    return events


def _from_obspy(given: Any, number: int, path: Path | str, report: Report) -> Event:
    event = Event(_stable_id(given), source_file=str(path), kind=_kind_of(given))
    origin = given.preferred_origin() or (given.origins[0] if given.origins else None)
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
        report.note(path, f"event {number}: {message}")
    phases = {a.pick_id: a.phase for o in given.origins for a in o.arrivals if a.pick_id}
    for given_pick in given.picks:
        pick = _pick_from_obspy(given_pick, phases.get(given_pick.resource_id))
        if pick is None:
            report.skip(path, f"event {number}: pick without station or time: left out")
        elif not can_be_of(pick, event):
            reason = "pick before its origin or later than its phase can be"
            report.skip(path, f"event {number}: {reason}")
        else:
            event.picks.append(pick)
    return event


def _agency_of(given: Any) -> str:
    return "" if given.creation_info is None else given.creation_info.agency_id or ""


def _pick_from_obspy(given: Any, phase: str | None) -> Pick | None:
    codes = given.waveform_id
    if given.time is None or codes is None or not codes.station_code:
        return None
    told = (WEIGHT.fullmatch(comment.text or "") for comment in given.comments)
    weight = next((int(match[1]) for match in told if match), 0)
    return Pick(
        station=codes.station_code,
        phase=given.phase_hint or phase or "",
        time=given.time.timestamp,
        network=codes.network_code or "",
        location=codes.location_code or "",
        channel=codes.channel_code or "",
        onset=ONSETS_OF.get(given.onset, ""),
        polarity=POLARITIES_OF.get(given.polarity, ""),
        weight=DO_NOT_USE if given.evaluation_status == "rejected" else weight,
        automatic=given.evaluation_mode == "automatic",
    )


def _kind_of(given: Any) -> str:
    kind = kind_from(given.event_type or "")
    if kind == "explosion" and given.event_type_certainty == "suspected":
        return "probable explosion"
    return "other" if kind is None else kind


def _stable_id(given: Any) -> str:
    """Return the last part of the event's id, "" where ObsPy drew one at random."""
    text = str(given.resource_id or "")
    if UUID.search(text):
        return ""
    return re.split(r"[/=:#]", text)[-1]


def to_obspy(events: list[Event]) -> Any:
    """Return ``obspy.core.event.Catalog`` of our events, to be written in any of its formats.

    A pick of weight 4 becomes one that was rejected; all weights but 0 stand in comments.
    """
    from obspy.core.event import Catalog, ResourceIdentifier

    given = [_to_obspy(event) for event in events]
    return Catalog(given, resource_id=ResourceIdentifier("smi:local/deepquake"))


def _to_obspy(event: Event) -> "obspy_event.Event":
    from obspy import UTCDateTime
    from obspy.core import event as oe

    def identifier(what: str, *number: int) -> oe.ResourceIdentifier:
        parts = ["smi:local", what, event.event_id, *map(str, number)]
        return oe.ResourceIdentifier("/".join(parts))

    kind, certainty = EVENT_TYPES.get(event.kind, (None, None))
    given = oe.Event(
        resource_id=identifier("event"), event_type=kind, event_type_certainty=certainty
    )
    if event.origin_time is not None:
        origin = oe.Origin(
            resource_id=identifier("origin"),
            time=UTCDateTime(event.origin_time),
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
            magnitude_type=MAGNITUDE_TYPES.get(magnitude.kind, magnitude.kind) or None,
            creation_info=oe.CreationInfo(agency_id=magnitude.agency or None),
        )
        for number, magnitude in enumerate(event.magnitudes)
    ]
    for number, pick in enumerate(event.picks):
        pick_id, weight = identifier("pick", number), f"weight {pick.weight}"
        if given.origins and pick.phase:
            arrival_id = identifier("arrival", number)
            arrival = oe.Arrival(resource_id=arrival_id, pick_id=pick_id, phase=pick.phase)
            given.origins[0].arrivals.append(arrival)
        location, channel = pick.location or None, pick.channel or None
        codes = oe.WaveformStreamID(pick.network, pick.station, location, channel)
        comment = oe.Comment(resource_id=identifier("comment", number), text=weight)
        given.picks.append(
            oe.Pick(
                resource_id=pick_id,
                time=UTCDateTime(pick.time),
                waveform_id=codes,
                phase_hint=pick.phase or None,
                onset={"I": "impulsive", "E": "emergent"}.get(pick.onset),
                polarity={"C": "positive", "D": "negative"}.get(pick.polarity),
                evaluation_mode="automatic" if pick.automatic else "manual",
                evaluation_status="rejected" if pick.weight == DO_NOT_USE else None,
                comments=[comment] if pick.weight else [],
            )
        )
    return given
