"""Step 6: find events in recordings, and tell what a catalogue says of what was found."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from typing import Any

from deepquake.catalog.catalog_json import read_catalog_json
from deepquake.catalog.events import Event, is_located
from deepquake.core import workers as parallel
from deepquake.core.config import Config
from deepquake.core.errors import DeepQuakeError
from deepquake.core.files import TEMPORARY_PREFIX, read_json, write_json
from deepquake.core.progress import progress
from deepquake.core.report import Report
from deepquake.detection import events as association
from deepquake.detection import pictures as detection_pictures
from deepquake.detection import scoring
from deepquake.detection.tables import (
    StationResult,
    by_station,
    compare,
    counts_of,
    scores_of,
    table_name,
    write_detections,
    write_matches,
    write_window_tables,
)
from deepquake.earth.regions import Regions, load_regions
from deepquake.earth.stations import Station
from deepquake.learning.networks import ModelSpec, with_spec
from deepquake.plots.maps import plot_found
from deepquake.waveforms.recording import between
from deepquake.waveforms.scan import scan
from deepquake.windows.preparation import choose_travel_time, load_stations

SUMMARY_NAME = "detect.json"
UNFINISHED_NAME = ".unfinished_detect.json"  # what a run that was killed may have written
DETECTIONS_NAME, MATCHES_NAME, MAP_NAME = "detections.csv", "matches.csv", "map.png"
EVENTS_NAME = "events.csv"
PICTURES_DIR = "png"


@dataclass(frozen=True)
class Request:
    """What step 6 is asked to do. ``catalog_path`` and ``clusters_path`` are optional."""

    stream_path: Path
    checkpoint_dir: Path
    output_dir: Path
    catalog_path: Path | None = None
    clusters_path: Path | None = None
    pattern: str = "*"
    station: str = ""
    starttime_s: float = -inf
    endtime_s: float = inf


@dataclass
class Summary:
    """What step 6 did: the content of detect.json, the files written and the problems met."""

    output_dir: Path
    values: dict[str, Any] = field(default_factory=dict)
    n_pictures: int = 0
    report: Report = field(default_factory=Report)

    def text(self) -> str:
        """Return what the user is told at the end."""
        v = self.values
        lines = [
            f"network: {v['model']}, windows of {v['window_size']:g} s, {v['components']}, "
            f"{v['sampling_rate']:g} Hz, {v['n_clusters']} classes, step {v['step']}",
            f"station streams: {v['streams']} of {v['stations']} stations",
            f"windows: {v['windows']}, of which {v['eventWindows']} hold an event "
            f"({v['unusableWindows']} more not read: gap or flat component)",
            f"detections: {v['detections']}",
            f"events: {v['detectedEvents']} (detections of all stations that overlap in time)",
        ]
        if len(v["detectedEventsByRegion"]) > 1:
            lines += [f"  {name}: {n}" for name, n in v["detectedEventsByRegion"].items()]
        if "picks" in v:
            lines += [
                f"picks: {v['picksFound']} of {v['picks']} found (recall {_shown(v['recall'])})",
                f"detections: {v['trueDetections']} hold a pick, {v['falseDetections']} are false "
                f"({v['falseDetectionsInCoda']} of them in the coda of an arrival), "
                f"{v['undecidedDetections']} undecided (precision {_shown(v['precision'])})",
                f"f1: {_shown(v['f1'])}",
                f"events: {v['eventsFound']} of {v['events']} found at some station "
                f"(eventRecall {_shown(v['eventRecall'])}); of those detected "
                f"{v['trueDetectedEvents']} hold a pick, {v['falseDetectedEvents']} are false, "
                f"{v['undecidedDetectedEvents']} undecided "
                f"(eventPrecision {_shown(v['eventPrecision'])})",
            ]
            several = v["severalStations"]
            if several["detectedEvents"]:
                lines.append(
                    f"  at two stations or more: {several['eventsFound']} found, "
                    f"{several['falseDetectedEvents']} false "
                    f"(eventPrecision {_shown(several['eventPrecision'])})"
                )
            if v["located"]:
                lines.append(
                    f"region: {v['locatedRight']} of {v['located']} found picks in theirs "
                    f"(locationAccuracy {_shown(v['locationAccuracy'])}), "
                    f"{v['eventsLocatedRight']} of {v['eventsLocated']} found events "
                    f"(eventLocationAccuracy {_shown(v['eventLocationAccuracy'])})"
                )
        lines.append(f"results: {self.output_dir / DETECTIONS_NAME}, {SUMMARY_NAME}")
        if self.n_pictures:
            lines.append(f"pictures: {self.n_pictures} in {self.output_dir / PICTURES_DIR}")
        return "\n".join(lines)


def detect(request: Request, given: Config) -> Summary:
    """Do all of step 6 and return its summary; detect.json appears last.

    Raises DeepQuakeError where the checkpoint, the catalogue or the regions can't be used, or
    no recording can.
    """
    summary = Summary(request.output_dir)
    _, spec, step = scoring.load_network(request.checkpoint_dir, given)
    config = with_spec(given, spec)
    events = read_catalog_json(request.catalog_path) if request.catalog_path else None
    regions = _regions(request.clusters_path, spec)
    if not request.stream_path.exists():
        raise DeepQuakeError(f"{request.stream_path}: no such file or folder of waveforms")
    found = scan(request.stream_path, config, summary.report, request.pattern, request.station)
    found = between(found, request.starttime_s, request.endtime_s)
    recordings = scoring.usable_recordings(found, spec, summary.report)
    if not recordings:
        summary.report.print_summary(config.debug)
        raise DeepQuakeError(
            f"{request.stream_path}: no usable waveform"
            + (" with the components and a window of the network" if found else "")
        )
    stations = []
    if events is not None or regions is not None:
        stations = load_stations(request.stream_path, config, summary.report)
    travel_time = choose_travel_time(config)
    # all that may be wrong is read by now; or an error before the work
    request.output_dir.mkdir(parents=True, exist_ok=True)
    _remove_earlier_run(request.output_dir)
    scored = []
    scoring.share_cores(config.workers)
    tasks = list(scoring.make_tasks(recordings, given, request.checkpoint_dir))
    done = parallel.run_tasks(scoring.run_task, tasks, config, summary.report, _name)
    with closing(done):
        for group in progress(done, len(tasks), "groups of streams"):
            scored += group
    for one in scored:
        summary.report.merge(one.report)
    results = by_station(scored, config)
    if events is not None:
        results = [compare(r, events, stations, travel_time, config) for r in results]

    found_events = association.associate(results)
    summary.values = _values(request, config, spec, step, results, found_events, events, regions)
    written = {
        "tables": sorted({table_name(one) for one in scored}),
        "recordings": [one.recording.name for one in scored],
    }
    write_json(request.output_dir / UNFINISHED_NAME, written)
    write_window_tables(scored, request.output_dir, config)
    write_detections(results, request.output_dir / DETECTIONS_NAME)
    association.write_events(found_events, events or [], request.output_dir / EVENTS_NAME)
    if events is not None:
        write_matches(results, events, request.output_dir / MATCHES_NAME)
    if config.plot:
        summary.n_pictures = _draw(request, config, results, summary.report)
        if regions is not None:
            _draw_map(request, summary.values, results, events, regions, stations)
    summary.values |= written
    write_json(request.output_dir / SUMMARY_NAME, summary.values)
    (request.output_dir / UNFINISHED_NAME).unlink()
    return summary


def _regions(path: Path | None, spec: ModelSpec) -> Regions | None:
    if path is None:
        return None
    regions = load_regions(path)
    if len(regions) != spec.n_clusters - 1:
        raise DeepQuakeError(
            f"{path}: has {len(regions)} regions, but the network tells {spec.n_clusters - 1} "
            f"apart (n_clusters = {spec.n_clusters}); give the file it was trained with"
        )
    return regions


def _values(
    request: Request,
    config: Config,
    spec: ModelSpec,
    step: int,
    results: Sequence[StationResult],
    found_events: Sequence[association.DetectedEvent],
    events: Sequence[Event] | None,
    regions: Regions | None,
) -> dict[str, Any]:
    """Return the content of detect.json."""
    values = {
        "model": spec.model,
        "window_size": spec.window_size,
        "n_traces": len(spec.components),
        "n_clusters": spec.n_clusters,
        "components": spec.components,
        "sampling_rate": spec.sampling_rate,
        "step": step,
        "window_step_predict": config.window_step_predict,
        "max_windows": config.max_windows,
        "detection_threshold": config.detection_threshold,
        **counts_of(results, spec, config),
        **association.counts_of(found_events, spec),
    }
    if events is None:
        return values
    event_regions = [
        regions.assign(e.latitude, e.longitude, e.depth_km) if regions else e.cluster_id
        for e in events
    ]
    use = {"catalogue": str(request.catalog_path), "use_estimated_p": config.use_estimated_p}
    return {
        **values,
        **use,
        **scores_of(results, event_regions, spec),
        **association.scores_of(found_events, event_regions, spec),
    }


def _draw(
    request: Request, config: Config, results: Sequence[StationResult], report: Report
) -> int:
    tasks = list(detection_pictures.make_tasks(results, config, request.output_dir / PICTURES_DIR))
    done = parallel.run_tasks(
        detection_pictures.draw, tasks, config, report, lambda task: task.recording.name
    )
    n_pictures = 0
    with closing(done):
        for drawn in progress(done, len(tasks), "pictures"):
            n_pictures += drawn.n_pictures
            report.merge(drawn.report)
    return n_pictures


def _draw_map(
    request: Request,
    values: dict[str, Any],
    results: Sequence[StationResult],
    events: Sequence[Event] | None,
    regions: Regions,
    stations: Sequence[Station],
) -> None:
    """Draw how many events each region got, and where those are that could have been found."""
    judged = [result.judgement for result in results if result.judgement is not None]
    numbers = sorted({int(event) for judgement in judged for event in judgement.events})
    places = [
        (events[n].latitude, events[n].longitude)
        for n in numbers
        if events is not None and is_located(events[n])
    ]
    lat, lon = zip(*places, strict=True) if places else ((), ())
    counts = list(values["detectedEventsByRegion"].values())
    path = request.output_dir / MAP_NAME
    plot_found(path, "detected events", counts, regions, stations, lat, lon, unit="event")


def _remove_earlier_run(output_dir: Path) -> None:
    """Remove what earlier runs wrote, as their lists tell, so that nothing stale stays.

    The list goes last: a run killed in here is taken up by the next one. Whatever is on no list
    is the user's own. Raises DeepQuakeError where a list is none of ours.
    """
    for path in (output_dir / UNFINISHED_NAME, output_dir / SUMMARY_NAME):
        if not path.is_file():
            continue
        written = read_json(path)
        if not isinstance(written, dict) or not isinstance(written.get("tables"), list):
            raise DeepQuakeError(
                f"{path}: was not written by step 6; remove it, or give another --output_dir"
            )
        unfinished = path.replace(output_dir / UNFINISHED_NAME)
        tables = [Path(str(name)).name for name in written["tables"]]
        for name in (*tables, DETECTIONS_NAME, EVENTS_NAME, MATCHES_NAME, MAP_NAME):
            for half in ("", TEMPORARY_PREFIX):
                (output_dir / f"{half}{name}").unlink(missing_ok=True)
        names = set(map(str, written.get("recordings", [])))
        for picture in (output_dir / PICTURES_DIR).glob("*.png"):
            whole = picture.stem.removeprefix(TEMPORARY_PREFIX)
            if whole in names or detection_pictures.PAGE_ENDING.sub("", whole) in names:
                picture.unlink()
        unfinished.unlink()


def _name(task: scoring.Task) -> str:
    return ", ".join(recording.name for recording in task.recordings[:3])


def _shown(value: float | None) -> str:
    return "not known" if value is None else f"{value:.4f}"
