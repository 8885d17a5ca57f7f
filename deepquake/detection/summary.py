"""What step 6 did, and what the user is told of it at the end."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deepquake.core.report import Report
from deepquake.core.settings import UNET
from deepquake.core.text import number_of
from deepquake.detection import tables
from deepquake.detection.outputs import folder
from deepquake.learning.metrics import chance_text, score_text

SCORE_LINES = (
    "picks: {picksFound} of {picks} found (recall {recall})",
    "detections: {trueDetections} are a pick's, {falseDetections} are false "
    "({falseDetectionsInCoda} of them in the coda of an arrival), "
    "{undecidedDetections} undecided (precision {precision})",
    "f1: {f1}",
    "events: {eventsFound} of {events} found (eventRecall {eventRecall}); of those detected "
    "{trueDetectedEvents} are in the catalogue, {falseDetectedEvents} are false, "
    "{undecidedDetectedEvents} undecided (eventPrecision {eventPrecision})",
)
BY_PHASE_LINE = (
    "{phase}: {found} of {references} found within {tolerance:g} s, {foundWithin0_1s} of them "
    "within 0.1 s; mean {residualMean_s:+.3f} s, deviation {residualDeviation_s:.3f} s"
)
ALARMS_LINE = (
    "alarms: {falseAlarmsPerStationDay:.3g} false P per station-day, in alarm for "
    "{alarmShare:.2%} of the time"
)
FEW_STATIONS_LINE = (
    "  of the catalogue's, {eventsAtFewStations} can be found at fewer stations than make an event"
)
TWICE_LINE = "  found as two events or more: {eventsToldTwice}"
APART_LINE = (
    "  origins against the catalogue's, median of {events}: {median_s:.2f} s, {median_km:.1f} km"
)
REGION_LINE = (
    "region: {locatedRight} of {located} found picks in theirs (locationAccuracy "
    "{locationAccuracy}, chance {chance}), {eventsLocatedRight} of {eventsLocated} found events "
    "(eventLocationAccuracy {eventLocationAccuracy})"
)


@dataclass
class DetectionSummary:
    """What step 6 did: the content of detect.json, the files written and the problems met."""

    output_dir: Path
    values: dict[str, Any] = field(default_factory=dict)
    n_pictures: int = 0
    why_no_pick: str = ""
    report: Report = field(default_factory=Report)

    def network_lines(self) -> list[tuple[str, str]]:
        """Return what is told of the network: name and value."""
        v = self.values
        lines = [("network", network_text(v))]
        if "regionNetwork" in v:
            lines.append(("regions", network_text(v["regionNetwork"])))
        return lines

    def text(self) -> str:
        """Return what the user is told at the end."""
        v = self.values
        thresholds = ", ".join(f"{t:.3g} ({phase})" for phase, t in v["thresholds"].items())
        found = ", ".join(f"{n} {phase}" for phase, n in v["arrivalsFound"].items()) or "0"
        lines = [
            *(f"{name}: {text}" for name, text in self.network_lines()),
            f"station streams: {v['streams']} of {v['stations']} stations, "
            f"{v['recordedHours']:.3g} hours",
        ]
        if v["model"] != UNET:
            lines.append(
                f"windows: {v['windows']}, of which {v['eventWindows']} hold an event "
                f"({v['unusableWindows']} more not read: gap or flat component)"
            )
        lines += [
            f"arrivals: {found}; least score {thresholds}",
            _events_text(v),
        ]
        lines += [f"  not located: {n} ({why})" for why, n in v["notLocated"].items()]
        if len(v["detectedEventsByRegion"]) > 1:
            by_region = v["detectedEventsByRegion"]
            unknown = v["detectedEvents"] - sum(by_region.values())
            lines += [f"  {name}: {n}" for name, n in by_region.items()]
            lines += [f"  of no known region: {unknown}"] * bool(unknown)
        if "picks" in v:
            lines += [self.why_no_pick] * bool(self.why_no_pick) + _score_lines(v)
        out = self.output_dir
        lines.append(
            f"results: {out / tables.PICK_TABLE}, {tables.EVENT_TABLE}, {folder.QUAKEML_NAME}, "
            f"{folder.SEISAN_DIR}, {folder.SUMMARY_NAME}"
        )
        if self.n_pictures:
            lines.append(f"pictures: {self.n_pictures} in {out / folder.PICTURES_DIR}")
        lines.append(f"all that was found, on one page: {out / folder.REPORT_NAME}")
        return "\n".join(lines)


def network_text(values: dict[str, Any]) -> str:
    """Return what the user is told of a network, by its values in detect.json."""
    text = "{model}, windows of {window_size:g} s, {components}, {sampling_rate:g} Hz, "
    text += "{n_clusters} classes, step {step}"
    if values["model"] == UNET:
        text = "{model}, {components}, {sampling_rate:g} Hz, step {step}"
    return text.format_map(values)


def _events_text(values: dict[str, Any]) -> str:
    """Return what the user is told of the events that were found."""
    n_stations, n_events = values["stations"], values["detectedEvents"]
    if n_stations == 1:
        return f"events: {n_events} (at one station each P is an event)"
    least = min(values["min_stations"], n_stations)
    return (
        f"events: {n_events}, {values['detectedEventsLocated']} of them located (arrivals at "
        f"{number_of(least, 'station')} or more, or at all that record then)"
    )


def _score_lines(values: dict[str, Any]) -> list[str]:
    """Return what the user is told of the scores in detect.json."""
    lines = [line.format_map(_texts(values)) for line in SCORE_LINES]
    if values["eventsAtFewStations"]:
        lines.append(FEW_STATIONS_LINE.format_map(values))
    if values["eventsToldTwice"]:
        lines.append(TWICE_LINE.format_map(values))
    if values["originsApart"]["events"]:
        lines.append(APART_LINE.format_map(values["originsApart"]))
    for phase, of in values["byPhase"].items():
        if of["found"]:
            tolerance, close = values["pick_tolerance"], of["foundWithin0.1s"]
            named = {"phase": phase, "tolerance": tolerance, "foundWithin0_1s": close}
            lines.append(BY_PHASE_LINE.format(**of, **named))
    if values["byPhase"]["P"]["stationDays"]:
        lines.append(ALARMS_LINE.format_map(values["byPhase"]["P"]))
    if values["located"]:
        chance = chance_text(values["n_clusters"])
        lines.append(REGION_LINE.format(**_texts(values), chance=chance))
    return lines


def _texts(values: dict[str, Any]) -> dict[str, Any]:
    shares = (float, type(None))
    return {k: score_text(v) if isinstance(v, shares) else v for k, v in values.items()}
