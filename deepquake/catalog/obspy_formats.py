"""Between ObsPy's catalogues (QuakeML and every format ObsPy reads) and ours."""

import io
import re
import warnings
from pathlib import Path
from typing import Any

from deepquake.catalog.events import (
    DO_NOT_USE,
    Event,
    Magnitude,
    Pick,
    is_usable,
    keep_possible,
    latest_s,
)
from deepquake.core.errors import DeepQuakeError
from deepquake.core.report import Report

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
POLARITY = {"positive": "C", "negative": "D"}
ONSET = {"impulsive": "I", "emergent": "E"}
# Magnitude types of the SEISAN manual and their usual names.
MAGNITUDES = {"L": "ML", "C": "Mc", "B": "mB", "b": "mb", "S": "MS", "s": "Ms", "W": "Mw"}
# Types of events: as SEISAN writes them, and in QuakeML with its certainty.
KINDS = {
    "Q": ("earthquake", "known"),
    "E": ("explosion", "known"),
    "P": ("explosion", "suspected"),
    "I": ("induced or triggered event", None),
}
WEIGHT = re.compile(r"weight (\d)")  # in a comment on a pick: QuakeML has no place for it


def read_with_obspy(path: Path | str, content: bytes, report: Report) -> list[Event]:
    """Return the events of a file in any format ObsPy tells by its content.

    Raises DeepQuakeError where ObsPy finds no catalogue in it.
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
            f"{path}: is not a catalogue: not Nordic, no known table, and ObsPy {says}"
        ) from None
    events = []
    for number, given in enumerate(catalog, 1):
        if given.event_type == "not existing":
            report.skip(path, f"event {number} is marked as not existing: left out")
            continue
        event = _event(given, str(path), number, report)
        if event.origin_time is not None or event.picks:
            events.append(event)
    if not events:
        raise DeepQuakeError(f"{path}: is not a catalogue: it holds no event with a time")
    return events


def _event(given: Any, name: str, number: int, report: Report) -> Event:
    event = Event(_stable_id(given), source_file=name, kind=_kind(given))
    origin = given.preferred_origin() or (given.origins[0] if given.origins else None)
    if origin is not None:
        event.origin_time = None if origin.time is None else origin.time.timestamp
        event.latitude, event.longitude = origin.latitude, origin.longitude
        event.depth_km = None if origin.depth is None else origin.depth / 1000
        event.time_fixed = bool(origin.time_fixed)
        event.depth_fixed = origin.depth_type == "operator assigned"
        if origin.creation_info is not None:
            event.agency = origin.creation_info.agency_id or ""
    for magnitude in given.magnitudes:
        if magnitude.mag is not None:
            info = magnitude.creation_info
            agency = (info.agency_id or "") if info is not None else ""
            event.magnitudes.append(
                Magnitude(magnitude.mag, magnitude.magnitude_type or "", agency)
            )
    for message in keep_possible(event):
        report.note(name, f"event {number}: {message}")
    phases = {a.pick_id: a.phase for o in given.origins for a in o.arrivals if a.pick_id}
    for given_pick in given.picks:
        pick = _pick(given_pick, phases.get(given_pick.resource_id))
        if pick is None:
            report.skip(name, f"event {number}: pick without station or time: left out")
        elif event.origin_time is not None and not (
            event.origin_time <= pick.time <= event.origin_time + latest_s(pick.phase)
        ):
            report.skip(
                name, f"event {number}: pick before its origin or later than its phase can be"
            )
        else:
            event.picks.append(pick)
    return event


def _pick(given: Any, phase: str | None) -> Pick | None:
    codes = given.waveform_id
    if given.time is None or codes is None or not codes.station_code:
        return None
    return Pick(
        station=codes.station_code,
        phase=given.phase_hint or phase or "",
        time=given.time.timestamp,
        network=codes.network_code or "",
        location=codes.location_code or "",
        channel=codes.channel_code or "",
        onset=ONSET.get(given.onset, ""),
        polarity=POLARITY.get(given.polarity, ""),
        weight=_weight(given),
        automatic=given.evaluation_mode == "automatic",
    )


def _weight(given: Any) -> int:
    if given.evaluation_status == "rejected":
        return DO_NOT_USE
    said = (WEIGHT.fullmatch(comment.text or "") for comment in given.comments)
    return next((int(found[1]) for found in said if found), 0)


def _kind(given: Any) -> str:
    told = given.event_type, given.event_type_certainty
    exact = (kind for kind, named in KINDS.items() if named == told)
    alike = (kind for kind, (name, _) in KINDS.items() if name == told[0])
    return next(exact, next(alike, ""))


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
    from obspy import UTCDateTime
    from obspy.core import event as oe

    def identifier(*parts: object) -> oe.ResourceIdentifier:
        return oe.ResourceIdentifier("smi:local/" + "/".join(map(str, parts)))

    catalog = oe.Catalog(resource_id=identifier("deepquake"))
    for event in events:
        kind, certainty = KINDS.get(event.kind, (None, None))
        given = oe.Event(
            resource_id=identifier("event", event.event_id),
            event_type=kind,
            event_type_certainty=certainty,
        )
        if event.origin_time is not None:
            given.origins.append(
                oe.Origin(
                    resource_id=identifier("origin", event.event_id),
                    time=UTCDateTime(event.origin_time),
                    latitude=event.latitude,
                    longitude=event.longitude,
                    depth=None if event.depth_km is None else event.depth_km * 1000,
                    time_fixed=event.time_fixed,
                    depth_type="operator assigned" if event.depth_fixed else None,
                    creation_info=oe.CreationInfo(agency_id=event.agency or None),
                )
            )
            given.preferred_origin_id = given.origins[0].resource_id
        for number, magnitude in enumerate(event.magnitudes):
            given.magnitudes.append(
                oe.Magnitude(
                    resource_id=identifier("magnitude", event.event_id, number),
                    mag=magnitude.value,
                    magnitude_type=MAGNITUDES.get(magnitude.kind, magnitude.kind) or None,
                    creation_info=oe.CreationInfo(agency_id=magnitude.agency or None),
                )
            )
        for number, pick in enumerate(event.picks):
            given.picks.append(
                oe.Pick(
                    resource_id=identifier("pick", event.event_id, number),
                    time=UTCDateTime(pick.time),
                    waveform_id=oe.WaveformStreamID(
                        pick.network, pick.station, pick.location or None, pick.channel or None
                    ),
                    phase_hint=pick.phase or None,
                    onset={"I": "impulsive", "E": "emergent"}.get(pick.onset),
                    polarity={"C": "positive", "D": "negative"}.get(pick.polarity),
                    evaluation_mode="automatic" if pick.automatic else "manual",
                    evaluation_status=None if is_usable(pick) else "rejected",
                    comments=[
                        oe.Comment(
                            resource_id=identifier("comment", event.event_id, number),
                            text=f"weight {pick.weight}",
                        )
                    ]
                    if pick.weight
                    else [],
                )
            )
            if given.origins and pick.phase:
                given.origins[0].arrivals.append(
                    oe.Arrival(
                        resource_id=identifier("arrival", event.event_id, number),
                        pick_id=given.picks[-1].resource_id,
                        phase=pick.phase,
                    )
                )
        catalog.append(given)
    return catalog
