"""Step 6 from the request to the files: find events, tell what a catalogue says of them."""

from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from typing import Any

import numpy as np

from deepquake.catalog.catalog_json import read_catalog_json
from deepquake.core.errors import DeepQuakeError
from deepquake.core.files import write_json
from deepquake.core.intervals import union
from deepquake.core.report import Report
from deepquake.core.settings import UNET, Settings
from deepquake.detection import tables
from deepquake.detection.association.coincidence import coincident_events
from deepquake.detection.detector import Detector, load_detector
from deepquake.detection.events import catalogue_scores, detection_counts
from deepquake.detection.judging import compare_with_catalogue
from deepquake.detection.regions import RegionNetwork
from deepquake.detection.stations import all_arrivals, all_detections
from deepquake.earth.codes import stations_as_recorded, why_no_pick
from deepquake.earth.geometry import check_geometry
from deepquake.earth.region_files import load_regions
from deepquake.earth.regions import assign_events
from deepquake.earth.travel_times import choose_travel_time
from deepquake.learning.metrics import chance_text, score_text
from deepquake.waveforms.recording import Recording, spans_by_station
from deepquake.waveforms.scan import find_recordings

SCORE_LINES = (
    "picks: {picksFound} of {picks} found (recall {recall})",
    "detections: {trueDetections} are a pick's, {falseDetections} are false "
    "({falseDetectionsInCoda} of them in the coda of an arrival), "
    "{undecidedDetections} undecided (precision {precision})",
    "f1: {f1}",
    "events: {eventsFound} of {events} found at some station (eventRecall {eventRecall}); of those "
    "detected {trueDetectedEvents} hold a pick, {falseDetectedEvents} are false, "
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
SEVERAL_LINE = (
    "  at two stations or more: {eventsFound} found, {falseDetectedEvents} false "
    "(eventPrecision {eventPrecision})"
)
REGION_LINE = (
    "region: {locatedRight} of {located} found picks in theirs (locationAccuracy "
    "{locationAccuracy}, chance {chance}), {eventsLocatedRight} of {eventsLocated} found events "
    "(eventLocationAccuracy {eventLocationAccuracy})"
)


@dataclass(frozen=True)
class DetectionRequest:
    """What step 6 is asked to do. What may be None is optional."""

    stream_path: Path
    checkpoint_dir: Path
    output_dir: Path
    catalog_path: Path | None = None
    clusters_path: Path | None = None
    region_checkpoint_dir: Path | None = None
    pattern: str = "*"
    station: str = ""
    starttime_s: float = -inf
    endtime_s: float = inf


@dataclass
class DetectionSummary:
    """What step 6 did: the content of detect.json, the files written and the problems met."""

    output_dir: Path
    values: dict[str, Any] = field(default_factory=dict)
    n_pictures: int = 0
    why_no_pick: str = ""
    report: Report = field(default_factory=Report)

    def text(self) -> str:
        """Return what the user is told at the end."""
        v = self.values
        thresholds = ", ".join(f"{t:.3g} ({phase})" for phase, t in v["thresholds"].items())
        found = ", ".join(f"{n} {phase}" for phase, n in v["arrivalsFound"].items()) or "0"
        teller = v.get("regionNetwork")
        lines = [
            f"network: {_network_text(v)}",
            *([f"regions: {_network_text(teller)}"] if teller else []),
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
            f"events: {v['detectedEvents']} (P of all stations less than {v['window_size']:g} s "
            "after another)",
        ]
        if len(v["detectedEventsByRegion"]) > 1:
            by_region = v["detectedEventsByRegion"]
            unknown = v["detectedEvents"] - sum(by_region.values())
            lines += [f"  {name}: {n}" for name, n in by_region.items()]
            lines += [f"  of no known region: {unknown}"] * bool(unknown)
        if "picks" in v:
            lines += [self.why_no_pick] * bool(self.why_no_pick) + _score_lines(v)
        lines.append(
            f"results: {self.output_dir / tables.PICK_TABLE}, {tables.DETECTION_TABLE}, "
            f"{tables.SUMMARY_NAME}"
        )
        if self.n_pictures:
            lines.append(f"pictures: {self.n_pictures} in {self.output_dir / tables.PICTURES_DIR}")
        return "\n".join(lines)


def detect(request: DetectionRequest, settings: Settings) -> DetectionSummary:
    """Do all of step 6; detect.json appears last.

    Parameters
    ----------
    request : DetectionRequest
        What is to be read and written.
    settings : Settings
        Those of the run; what they give must agree with the network.

    Returns
    -------
    DetectionSummary
        What was done.

    Raises
    ------
    DeepQuakeError
        Where the checkpoint, the catalogue or the regions cannot be used, or no recording can.
    """
    detector = load_detector(request.checkpoint_dir, settings, request.region_checkpoint_dir)
    settings = detector.settings
    summary = DetectionSummary(request.output_dir, _network_values(detector))
    report, output_dir, regions = summary.report, request.output_dir, None
    for note in detector.notes:
        report.note(request.checkpoint_dir, note)
    events = read_catalog_json(request.catalog_path) if request.catalog_path else None
    if request.clusters_path:
        if detector.spec.model == UNET and detector.regions is None:
            raise DeepQuakeError(
                f"{request.checkpoint_dir}: holds a UNet, which tells no regions apart; give "
                "--region_checkpoint_dir too, or leave out --clusters_file_path"
            )
        regions = load_regions(request.clusters_path, len(detector.class_names))
    recordings = _recordings(request, detector, report)
    stations = []
    if events is not None or regions is not None:
        spans = spans_by_station(recordings)
        named = {request.catalog_path or Path(): events or []}
        stations = stations_as_recorded(
            request.stream_path, settings.arrivals, named, recorded=spans, report=report
        )
        summary.why_no_pick = why_no_pick(events, spans) if events is not None else ""
        if events is not None and request.catalog_path is not None:
            spans_s = union(*np.array([recording.span() for recording in recordings]).T)
            geometry = check_geometry(events, stations, spans_s)
            geometry.tell(report, request.catalog_path)
            stations = geometry.stations
        choose_travel_time(settings.arrivals)  # a bad velocity model is an error before the work
    # all that may be wrong is read by now
    with tables.new_tables(output_dir) as (folder, drawings, curves_dir):
        annotates = settings.detection.annotate
        scored = detector.score(recordings, report, curves_dir if annotates else None)
        results = detector.by_station(scored)
        if events is not None:
            phases = tuple(detector.accepted)
            results = [
                compare_with_catalogue(r, events, stations, settings=settings, phases=phases)
                for r in results
            ]
        detections = all_detections(results)
        detected = coincident_events(detections, detector.within_s)
        summary.values |= detection_counts(results, detected, detector.class_names)
        if events is not None:
            by_catalogue = [event.cluster_id for event in events]
            summary.values |= {
                "catalogue": str(request.catalog_path),
                "use_estimated_p": settings.arrivals.use_estimated_p,
                **catalogue_scores(
                    results,
                    detected,
                    event_regions=assign_events(regions, events) if regions else by_catalogue,
                    n_classes=len(detector.class_names),
                ),
            }
        tables.write_window_tables((member for member in scored if member.length_s), folder)
        tables.write_picks(all_arrivals(results), folder)
        tables.write_detections(detections, folder)
        tables.write_detected_events(detected, events or [], folder)
        if events is not None:
            tables.write_matches(results, events, folder)
        if settings.run.plot:
            from deepquake.detection import pictures

            summary.n_pictures = pictures.draw_recordings(
                results, detector.scorer(), drawings, report=report
            )
            if events is not None:
                pictures.draw_residuals(folder / tables.RESIDUALS_NAME, results, settings)
            if regions is not None:
                pictures.draw_found_map(
                    folder / tables.MAP_NAME,
                    results,
                    detected,
                    events=events or [],
                    regions=regions,
                    stations=stations,
                )
        summary.values |= tables.names_written(scored)
        write_json(folder / tables.SUMMARY_NAME, summary.values)
    return summary


def _recordings(request: DetectionRequest, detector: Detector, report: Report) -> list[Recording]:
    """Return the recordings that the network can be run over; where there is none, say why."""
    try:
        found = find_recordings(
            request.stream_path,
            detector.settings.records,
            report,
            pattern=request.pattern,
            station=request.station,
            starttime_s=request.starttime_s,
            endtime_s=request.endtime_s,
        )
        return detector.usable(found, request.stream_path, report)
    except DeepQuakeError:
        report.print_summary(detector.settings.run.debug)
        raise


def _network_values(detector: Detector) -> dict[str, Any]:
    """Return the first values of detect.json: the network, and how it went through the records."""
    spec, settings = detector.spec, detector.settings
    return {
        "model": spec.model,
        "window_size": spec.window_size,
        "n_traces": len(spec.components),
        "n_clusters": len(detector.class_names),
        "components": spec.components,
        "sampling_rate": spec.sampling_rate,
        "step": detector.step,
        **_region_values(detector.regions),
        "window_step_predict": settings.detection.window_step_predict,
        "max_windows": settings.windows.max_windows,
        "thresholds": {phase: of.threshold for phase, of in detector.accepted.items()},
        "pick_tolerance": settings.detection.pick_tolerance,
    }


def _region_values(network: RegionNetwork | None) -> dict[str, Any]:
    if network is None:
        return {}
    keys = "model", "window_size", "n_clusters", "components", "sampling_rate"
    values = {key: getattr(network.spec, key) for key in keys}
    return {"regionNetwork": values | {"step": network.step}}


def _network_text(values: dict[str, Any]) -> str:
    """Return what the user is told of a network, by its values in detect.json."""
    text = "{model}, windows of {window_size:g} s, {components}, {sampling_rate:g} Hz, "
    text += "{n_clusters} classes, step {step}"
    if values["model"] == UNET:
        text = "{model}, {components}, {sampling_rate:g} Hz, step {step}"
    return text.format_map(values)


def _score_lines(values: dict[str, Any]) -> list[str]:
    """Return what the user is told of the scores in detect.json."""
    several = values["severalStations"]
    lines = [line.format_map(_texts(values)) for line in SCORE_LINES]
    for phase, of in values["byPhase"].items():
        if of["found"]:
            tolerance, close = values["pick_tolerance"], of["foundWithin0.1s"]
            named = {"phase": phase, "tolerance": tolerance, "foundWithin0_1s": close}
            lines.append(BY_PHASE_LINE.format(**of, **named))
    if values["byPhase"]["P"]["stationDays"]:
        lines.append(ALARMS_LINE.format_map(values["byPhase"]["P"]))
    if several["detectedEvents"]:
        lines.append(SEVERAL_LINE.format_map(_texts(several)))
    if values["located"]:
        chance = chance_text(values["n_clusters"])
        lines.append(REGION_LINE.format(**_texts(values), chance=chance))
    return lines


def _texts(values: dict[str, Any]) -> dict[str, Any]:
    shares = (float, type(None))
    return {k: score_text(v) if isinstance(v, shares) else v for k, v in values.items()}
