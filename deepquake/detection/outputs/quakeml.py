"""Events as QuakeML 1.2 (BED), for every program that reads it.

The ids are made of what a thing is, so that the same events have the same bytes. What QuakeML has
no place for stands in comments, which step 0 reads: the score of a pick, the region of an event.
"""

import re
from collections.abc import Iterator, Sequence
from math import isfinite, nan
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import deepquake
from deepquake.core.files import whole_file
from deepquake.core.text import printable
from deepquake.core.times import iso
from deepquake.detection.association.event import DetectedEvent, LocalMagnitude, StationMagnitude
from deepquake.detection.outputs.channels import SensorChannels, channel_read_on
from deepquake.detection.stations import NO_REGION, Detection
from deepquake.earth.geo import KM_PER_DEGREE, map_aspect
from deepquake.earth.location.hypocentre import ArrivalFit, Hypocentre

QUAKEML_NAME = "events.xml"
QUAKEML_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<q:quakeml xmlns="http://quakeml.org/xmlns/bed/1.2" xmlns:q="http://quakeml.org/xmlns/quakeml/1.2">
"""
QUAKEML_TAIL = "</q:quakeml>\n"
ID_ROOT = "smi:local/deepquake"
NOT_OF_AN_ID = re.compile(r"[^A-Za-z0-9.\-_]")
AUTOMATIC_MODE = "<evaluationMode>automatic</evaluationMode>"
MANUAL_MODE = AUTOMATIC_MODE.replace("automatic", "manual")
PRELIMINARY = "<evaluationStatus>preliminary</evaluationStatus>"
CONFIDENCE_PERCENT = 68.0  # of the errors of a Hypocentre
MAGNITUDE_TYPE, AMPLITUDE_TYPE = "ML", "AML"


def write_quakeml(
    path: Path,
    events: Sequence[DetectedEvent],
    *,
    created_s: float,
    agency: str = "",
    picker: str = "",
    velocity_model: str = "",
    channels: SensorChannels | None = None,
    class_names: Sequence[str] = (),
) -> None:
    """Write events with all that is known of them, whole or not at all.

    Parameters
    ----------
    path : Path
        The file.
    events : sequence of DetectedEvent
        In order of time, each with an id.
    created_s : float
        The time at which they are said to be made, seconds since 1970 UTC: not that of the clock,
        or the same run would not give the same bytes.
    agency : str
        Who made them; may be empty.
    picker : str
        What found the arrivals: the name of the network's model.
    velocity_model : str
        The name of the model they were located with; may be empty.
    channels : mapping, optional
        The codes of the records, by ``channels_by_sensor``.
    class_names : sequence of str
        Noise and the regions by name; none where nobody named them.
    """
    made = _creation_info(created_s, agency)
    first, last = (events[0].event_id, events[-1].event_id) if events else ("none", "none")
    with whole_file(path) as temporary, temporary.open("w", encoding="utf-8") as file:
        file.write(QUAKEML_HEAD)
        file.write(
            f'<eventParameters publicID="{_public_id("events", f"{first}-{last}")}">\n{made}\n'
        )
        for event in events:
            for line in _event_lines(
                event,
                made=made,
                picker=picker,
                velocity_model=velocity_model,
                channels=channels or {},
                class_names=class_names,
            ):
                file.write(line + "\n")
        file.write("</eventParameters>\n" + QUAKEML_TAIL)


def _event_lines(
    event: DetectedEvent,
    made: str,
    picker: str,
    velocity_model: str,
    channels: SensorChannels,
    class_names: Sequence[str],
) -> Iterator[str]:
    origin, magnitude = event.origin, event.magnitude
    origin_id, magnitude_id = (
        _public_id("origin", event.event_id),
        _public_id("magnitude", event.event_id),
    )
    yield f'<event publicID="{_public_id("event", event.event_id)}">'
    if origin is not None:
        yield _xml("preferredOriginID", origin_id)
    if magnitude is not None:
        yield _xml("preferredMagnitudeID", magnitude_id)
    yield from _region_lines(event.cluster_id, class_names)
    if event.why_not_located:
        yield _comment_element(f"not located: {event.why_not_located}")
    yield made
    for arrival in event.arrivals:
        yield _pick_element(arrival, picker, channels)
    if origin is not None:
        yield f'<origin publicID="{origin_id}">'
        yield from _origin_lines(origin, event.fits, velocity_model)
        yield made
        for arrival, fit in zip(event.arrivals, event.fits, strict=True):
            if fit.is_known:
                yield _arrival_element(arrival, fit)
        yield "</origin>"
    if magnitude is not None:
        for station in magnitude.stations:
            yield from _station_magnitude_lines(event.event_id, station, origin_id)
        yield _magnitude_element(event.event_id, magnitude, origin_id=origin_id, made=made)
    yield "</event>"


def _region_lines(region: int, class_names: Sequence[str]) -> Iterator[str]:
    if region != NO_REGION:
        if len(class_names) > 2 and region + 1 < len(class_names):  # of one there is no name
            kind = _xml("type", "region name")
            yield _xml("description", _xml("text", escape(class_names[region + 1])), kind)
        yield _comment_element(f"region {region}")


def _pick_element(arrival: Detection, picker: str, channels: SensorChannels) -> str:
    method = _xml("methodID", _public_id("picker", picker)) if picker else ""
    codes = arrival.network, arrival.station, arrival.location
    return _xml(
        "pick",
        _quantity_element("time", iso(arrival.time_s), arrival.uncertainty_s),
        _waveform_id(*codes, channel_read_on(arrival, channels)),
        method,
        _xml("phaseHint", escape(printable(arrival.phase))),
        AUTOMATIC_MODE if arrival.automatic else MANUAL_MODE,
        _comment_element(f"score {arrival.probability:.6f}"),
        publicID=_pick_id(arrival),
    )


def _origin_lines(
    origin: Hypocentre, fits: Sequence[ArrivalFit], velocity_model: str
) -> Iterator[str]:
    yield _quantity_element("time", iso(origin.time_s), origin.time_error_s)
    error_deg = origin.horizontal_error_km / KM_PER_DEGREE
    yield _quantity_element("latitude", f"{origin.latitude:.5f}", error_deg)
    yield _quantity_element(
        "longitude", f"{origin.longitude:.5f}", error_deg * map_aspect(origin.latitude)
    )
    yield _quantity_element("depth", f"{origin.depth_km * 1000:.0f}", origin.depth_error_km * 1000)
    yield _xml("depthType", "from location")
    if isfinite(origin.horizontal_error_km):
        yield _xml(
            "originUncertainty",
            _number_element("horizontalUncertainty", origin.horizontal_error_km * 1000, 0),
            _xml("preferredDescription", "horizontal uncertainty"),
            _number_element("confidenceLevel", CONFIDENCE_PERCENT, 0),
        )
    distances = [fit.distance_km / KM_PER_DEGREE for fit in fits if fit.is_known]
    yield _xml(
        "quality",
        _xml("associatedPhaseCount", str(origin.n_picks)),
        _xml("usedPhaseCount", str(sum(fit.weight > 0 for fit in fits))),
        _xml("associatedStationCount", str(origin.n_stations)),
        _number_element("standardError", origin.rms_s, 4),
        _number_element("azimuthalGap", origin.gap_deg, 1),
        _number_element("minimumDistance", min(distances), 5) if distances else "",
        _number_element("maximumDistance", max(distances), 5) if distances else "",
    )
    yield _xml("methodID", _public_id("location", "L1"))
    if velocity_model:
        yield _xml("earthModelID", _public_id("velocity_model", velocity_model))
    yield AUTOMATIC_MODE + PRELIMINARY


def _arrival_element(arrival: Detection, fit: ArrivalFit) -> str:
    pick_id = _pick_id(arrival)
    return _xml(
        "arrival",
        _xml("pickID", pick_id),
        _xml("phase", escape(printable(arrival.phase))),
        _number_element("azimuth", fit.azimuth_deg % 360, 1),
        _number_element("distance", fit.distance_km / KM_PER_DEGREE, 5),
        _quantity_element("takeoffAngle", f"{fit.takeoff_deg:.1f}")
        if isfinite(fit.takeoff_deg)
        else "",
        _number_element("timeResidual", fit.residual_s, 4),
        _number_element("timeWeight", fit.weight, 3),
        publicID=pick_id.replace("/pick/", "/arrival/", 1),
    )


def _station_magnitude_lines(
    event_id: str, station: StationMagnitude, origin_id: str
) -> Iterator[str]:
    codes = station.network, station.station, station.location, station.channel
    name = f"{event_id}/{_of_an_id('.'.join(codes))}"
    waveform_id = _waveform_id(*codes)
    yield _xml(
        "amplitude",
        _quantity_element("genericAmplitude", f"{station.amplitude_nm * 1e-9:.6e}"),
        _xml("type", AMPLITUDE_TYPE),
        _xml("unit", "m"),
        _quantity_element("period", f"{station.period_s:.3f}")
        if isfinite(station.period_s)
        else "",
        _xml(
            "timeWindow",
            _xml("begin", "0"),
            _xml("end", "0"),
            _xml("reference", iso(station.time_s)),
        ),
        waveform_id,
        AUTOMATIC_MODE,
        publicID=_public_id("amplitude", name),
    )
    yield _xml(
        "stationMagnitude",
        _xml("originID", origin_id),
        _quantity_element("mag", f"{station.value:.3f}"),
        _xml("type", MAGNITUDE_TYPE),
        _xml("amplitudeID", _public_id("amplitude", name)),
        waveform_id,
        publicID=_public_id("station_magnitude", name),
    )


def _magnitude_element(event_id: str, magnitude: LocalMagnitude, origin_id: str, made: str) -> str:
    return _xml(
        "magnitude",
        _quantity_element("mag", f"{magnitude.value:.3f}", magnitude.spread),
        _xml("type", MAGNITUDE_TYPE),
        _xml("stationCount", str(len(magnitude.stations))),
        _xml("originID", origin_id),
        _xml("methodID", _public_id("magnitude", "median_of_stations")),
        AUTOMATIC_MODE,
        made,
        publicID=_public_id("magnitude", event_id),
    )


def _creation_info(created_s: float, agency: str) -> str:
    return _xml(
        "creationInfo",
        _xml("agencyID", escape(printable(agency))) if agency else "",
        _xml("author", "DeepQuake"),
        _xml("creationTime", iso(created_s)),
        _xml("version", deepquake.__version__),
    )


def _pick_id(arrival: Detection) -> str:
    codes = arrival.network, arrival.station, arrival.location, arrival.channel
    name = f"{'.'.join(codes)}.{arrival.phase}"
    return _public_id("pick", f"{iso(arrival.time_s).replace(':', '')}/{_of_an_id(name)}")


def _public_id(what: str, name: str) -> str:
    return f"{ID_ROOT}/{what}/{'/'.join(map(_of_an_id, name.split('/')))}"


def _of_an_id(name: str) -> str:
    return NOT_OF_AN_ID.sub("_", name)


def _waveform_id(network: str, station: str, location: str, channel: str) -> str:
    told = {"networkCode": network, "stationCode": station}
    told |= {"locationCode": location} if location else {}
    told |= {"channelCode": channel} if channel else {}
    return _xml("waveformID", **told)


def _comment_element(text: str) -> str:
    return _xml("comment", _xml("text", escape(printable(text))))


def _quantity_element(name: str, value: str, uncertainty: float = nan) -> str:
    known = _xml("uncertainty", f"{uncertainty:.5g}") if isfinite(uncertainty) else ""
    return _xml(name, _xml("value", value), known)


def _number_element(name: str, value: float, digits: int) -> str:
    return _xml(name, f"{value:.{digits}f}") if isfinite(value) else ""


def _xml(name: str, *content: str, **attributes: str) -> str:
    told = "".join(f" {key}={quoteattr(printable(text))}" for key, text in attributes.items())
    inside = "".join(content)
    return f"<{name}{told}>{inside}</{name}>" if inside else f"<{name}{told}/>"
