"""Step 6 from the request to the files: find events, tell what a catalogue says of them."""

from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Any

import numpy as np

from deepquake.catalog.catalog_json import read_catalog_json
from deepquake.catalog.events import Event
from deepquake.core.errors import DeepQuakeError
from deepquake.core.files import write_json
from deepquake.core.intervals import union
from deepquake.core.report import Report
from deepquake.core.settings import Settings
from deepquake.detection import tables
from deepquake.detection.association.event import DetectedEvent
from deepquake.detection.detector import Detector, load_detector
from deepquake.detection.events import (
    catalogue_scores,
    detection_counts,
    events_to_find,
    with_events_there,
    with_places_regions,
)
from deepquake.detection.judging import compare_with_catalogue
from deepquake.detection.magnitudes.local import with_magnitudes
from deepquake.detection.outputs.event_files import write_event_files
from deepquake.detection.outputs.folder import (
    MAP_NAME,
    REPORT_NAME,
    RESIDUALS_NAME,
    SUMMARY_NAME,
    NewFolders,
    names_written,
    new_files,
)
from deepquake.detection.outputs.report_page import write_report
from deepquake.detection.outputs.report_rows import ReportContent
from deepquake.detection.regions import RegionNetwork
from deepquake.detection.stations import (
    ScoredRecording,
    StationResult,
    all_arrivals,
    all_detections,
    without_regions,
)
from deepquake.detection.summary import DetectionSummary
from deepquake.earth.codes import stations_as_recorded, why_no_pick
from deepquake.earth.geometry import check_geometry
from deepquake.earth.location.networks import tell_far_stations
from deepquake.earth.region_files import load_regions
from deepquake.earth.regions import Regions, assign_events
from deepquake.earth.stations import Station, lists_in_use
from deepquake.earth.travel_times import choose_travel_time
from deepquake.waveforms.recording import Recording, spans_by_station
from deepquake.waveforms.scan import find_recordings


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


@dataclass(frozen=True)
class Context:
    """The records, and what is known beside them: a catalogue and regions, if any, and stations.

    ``class_names`` are noise and the regions that events are told of.
    """

    recordings: list[Recording]
    events: list[Event] | None
    regions: Regions | None
    stations: list[Station]
    class_names: tuple[str, ...]

    @property
    def labels(self) -> tuple[str, ...]:
        """The names of the regions; none where there is but one."""
        return self.class_names[1:] if len(self.class_names) > 2 or self.regions else ()

    @property
    def event_regions(self) -> list[int | None]:
        """The region of each event of the catalogue, None where there are none to tell apart."""
        events = self.events or []
        if len(self.class_names) == 2:
            return [None] * len(events)
        if self.regions is not None:
            return assign_events(self.regions, events)
        return [event.cluster_id for event in events]


@dataclass(frozen=True)
class Found:
    """What was found: by record, by station, and the events that this amounts to."""

    scored: list[ScoredRecording]
    results: list[StationResult]
    detected: list[DetectedEvent]


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
    summary = DetectionSummary(request.output_dir, network_values(detector))
    report = summary.report
    for note in detector.notes:
        report.note(request.checkpoint_dir, note)
    known = _context(request, detector, summary)
    # all that may be wrong is read by now
    with new_files(request.output_dir) as new:
        found = _found_by(request.stream_path, detector, known, report, curves_dir=new.curves)
        summary.values |= _counts(found, known, settings)
        if known.events is not None:
            summary.values["catalogue"] = str(request.catalog_path)
        _write_tables(found, known, new.folder)
        write_event_files(
            found.detected,
            new.folder,
            new.seisan,
            recordings=known.recordings,
            settings=settings,
            class_names=known.class_names if known.labels else (),
            picker=detector.spec.model,
            report=report,
        )
        if settings.run.plot:
            summary.n_pictures = _draw(found, known, detector, new=new, report=report)
        content = _report_content(found, known, summary)
        write_report(new.folder / REPORT_NAME, content, settings, report=report)
        summary.values |= names_written(found.scored, new)
        write_json(new.folder / SUMMARY_NAME, summary.values)
    return summary


def regions_and_classes(
    request: DetectionRequest, detector: Detector
) -> tuple[Regions | None, tuple[str, ...]]:
    """Return the regions of the file given, and noise and the regions that events are told of.

    Parameters
    ----------
    request : DetectionRequest
        Says which file.
    detector : Detector
        The regions that its network tells apart, if any, must be those of the file.
    """
    names = detector.class_names
    if request.clusters_path is None:
        return None, names
    regions = load_regions(request.clusters_path, len(names) if len(names) > 2 else None)
    return regions, names if len(names) > 2 else ("noise", *regions.labels)


def _context(request: DetectionRequest, detector: Detector, summary: DetectionSummary) -> Context:
    """Return the records and what is known beside them, codes brought to those of the records."""
    arrivals, report = detector.settings.arrivals, summary.report
    events = read_catalog_json(request.catalog_path) if request.catalog_path else None
    regions, names = regions_and_classes(request, detector)
    recordings = _recordings(request, detector, report)
    spans = spans_by_station(recordings)
    named = {request.catalog_path or Path(): events or []}
    stations = stations_as_recorded(
        request.stream_path, arrivals, named, recorded=spans, report=report
    )
    if events is not None and request.catalog_path is not None:
        summary.why_no_pick = why_no_pick(events, spans)
        spans_s = union(*np.array([recording.span() for recording in recordings]).T)
        geometry = check_geometry(events, stations, spans_s)
        geometry.tell(report, request.catalog_path)
        stations = geometry.stations
    tell_far_stations(stations, spans, report, path=request.stream_path)
    choose_travel_time(arrivals)  # a bad velocity model is an error before the work
    return Context(recordings, events, regions, stations=stations, class_names=names)


def _found_by(
    waveforms: Path, detector: Detector, known: Context, report: Report, *, curves_dir: Path
) -> Found:
    """Return what the network finds, held against the catalogue, and the events it amounts to."""
    settings, events = detector.settings, known.events
    annotates = settings.detection.annotate
    scored = detector.score(known.recordings, report, curves_dir if annotates else None)
    results = detector.by_station(scored)
    if len(detector.class_names) == 2 and len(known.class_names) > 2:
        results = without_regions(results)  # the network knows of none
    if events is not None:
        phases = tuple(detector.accepted)
        results = [
            compare_with_catalogue(r, events, known.stations, settings=settings, phases=phases)
            for r in results
        ]
    detected = with_magnitudes(
        detector.find_events(results, known.stations, report),
        known.recordings,
        waveforms=waveforms,
        stations=known.stations,
        settings=settings,
        report=report,
    )
    if known.regions is not None:
        detected = with_places_regions(detected, known.regions)
    if events is not None:
        detected = with_events_there(detected, events)
    return Found(scored, results, detected)


def _counts(found: Found, known: Context, settings: Settings) -> dict[str, Any]:
    """Return the counts of detect.json and, with a catalogue, the scores."""
    counts = detection_counts(found.results, found.detected, known.class_names)
    if known.events is None:
        return counts
    scores = catalogue_scores(
        found.results,
        found.detected,
        known.events,
        event_regions=known.event_regions,
        min_stations=settings.events.min_stations,
    )
    return counts | {"use_estimated_p": settings.arrivals.use_estimated_p} | scores


def _write_tables(found: Found, known: Context, folder: Path) -> None:
    tables.write_window_tables((member for member in found.scored if member.length_s), folder)
    tables.write_picks(all_arrivals(found.results), found.detected, folder)
    tables.write_detections(all_detections(found.results), folder)
    tables.write_detected_events(
        found.detected, folder, events=known.events or [], labels=known.labels
    )
    if known.events is not None:
        tables.write_matches(found.results, known.events, folder)


def _draw(
    found: Found, known: Context, detector: Detector, *, new: NewFolders, report: Report
) -> int:
    """Draw the pictures beside report.html; return how many there are of recordings."""
    from deepquake.detection import pictures

    results, settings = found.results, detector.settings
    n_pictures = pictures.draw_recordings(results, detector.scorer(), new.pictures, report=report)
    if known.events is not None:
        pictures.draw_residuals(new.folder / RESIDUALS_NAME, results, settings)
    if known.regions is not None:
        pictures.draw_found_map(
            new.folder / MAP_NAME,
            results,
            found.detected,
            events=known.events or [],
            regions=known.regions,
            stations=known.stations,
        )
    return n_pictures


def _report_content(found: Found, known: Context, summary: DetectionSummary) -> ReportContent:
    """Return what the page of the run is of."""
    thresholds = summary.values["thresholds"].items()
    least = ", ".join(f"{threshold:.3g} ({phase})" for phase, threshold in thresholds)
    return ReportContent(
        title="Earthquakes found",
        events=found.detected,
        arrivals=all_arrivals(found.results),
        stations=known.stations,
        told=[*summary.network_lines(), ("least score of an arrival", least)],
        recordings=known.recordings,
        recorded_s={(r.network, r.station): r.recorded_s for r in found.results},
        region_names=known.labels,
        regions=known.regions,
        catalogue=known.events or [],
        expected=None if known.events is None else events_to_find(found.results),
    )


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
            in_use=lists_in_use(request.stream_path, detector.settings.arrivals),
        )
        return detector.usable(found, request.stream_path, report)
    except DeepQuakeError:
        report.print_summary(detector.settings.run.debug)
        raise


def network_values(detector: Detector) -> dict[str, Any]:
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
        "min_stations": settings.events.min_stations,
        "min_picks": settings.events.min_picks,
        "min_pairs": settings.events.min_pairs,
    }


def _region_values(network: RegionNetwork | None) -> dict[str, Any]:
    if network is None:
        return {}
    keys = "model", "window_size", "n_clusters", "components", "sampling_rate"
    values = {key: getattr(network.spec, key) for key in keys}
    return {"regionNetwork": values | {"step": network.step}}
