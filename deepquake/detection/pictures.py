"""Pictures of step 6: each station stream with what was found, pages of ten minutes, a map."""

import math
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from deepquake.catalog.events import Event, is_located
from deepquake.core import workers
from deepquake.core.intervals import inside
from deepquake.core.progress import progress
from deepquake.core.report import Report
from deepquake.core.settings import UNET, Settings
from deepquake.detection.association.event import DetectedEvent
from deepquake.detection.events import scores_by_phase
from deepquake.detection.parts import times_of, whole_parts
from deepquake.detection.scoring import Scorer, load_network
from deepquake.detection.stations import NO_REGION, ScoredRecording, StationResult
from deepquake.earth.regions import Regions
from deepquake.earth.stations import Station
from deepquake.learning.metrics import event_probability
from deepquake.learning.picking.arrivals import unet_picks
from deepquake.learning.picking.matching import CLOSE_S
from deepquake.plots.arrivals import plot_residuals
from deepquake.plots.maps import plot_found
from deepquake.plots.streams import FoundArrival, Marks, plot_detections
from deepquake.waveforms.envelope import stream_envelope
from deepquake.waveforms.recording import Recording

PAGE_S = 600.0
MOST_PAGES = 300  # of one recording


@dataclass(frozen=True)
class PictureTask:
    """One recording to draw, and the network that looked at it."""

    recording: Recording
    marks: Marks
    scorer: Scorer
    folder: Path


def draw_recordings(
    results: Sequence[StationResult], scorer: Scorer, folder: Path, report: Report
) -> int:
    """Draw every recording with what was found in it, on the workers that the settings give.

    Parameters
    ----------
    results : sequence of StationResult
        What was found at each station.
    scorer : Scorer
        The network; the curves of a UNet are made again for the pages.
    folder : Path
        The folder to write to.
    report : Report
        Gets what is not drawn.

    Returns
    -------
    int
        The number of pictures drawn.
    """
    tasks = [
        PictureTask(scored.recording, marks_of(result, scored, scorer), scorer, folder=folder)
        for result in results
        for scored in result.scored
    ]
    done = workers.run_tasks(
        draw_recording,
        tasks,
        scorer.settings.run,
        report=report,
        name=lambda task: task.recording.name,
    )
    n_pictures = 0
    with closing(done):
        for drawn, problems in progress(done, len(tasks), "pictures"):
            n_pictures += drawn
            report.merge(problems)
    return n_pictures


def marks_of(result: StationResult, scored: ScoredRecording, scorer: Scorer) -> Marks:
    """Return what is marked in the pictures of one recording of a station.

    Parameters
    ----------
    result : StationResult
        What was found at the station.
    scored : ScoredRecording
        What the network said of the recording.
    scorer : Scorer
        The network.

    Returns
    -------
    Marks
        Arrivals, picks and probabilities within the recording.
    """
    begin, end = scored.recording.span()
    elsewhere = scored.recording.elsewhere

    def here(times_s: Sequence[float]) -> np.ndarray:
        t = np.asarray(times_s, float)
        return (t >= begin) & (t <= end) & ~inside(elsewhere, t)

    found = [a for a, is_here in zip(result.arrivals, here([a.time_s for a in result.arrivals]),
             strict=True) if is_here]  # fmt: skip
    spans: dict[str, list[tuple[float, float]]] = {}
    for detection in found:
        if detection.n_windows:
            span = (detection.start_s, detection.end_s)
            spans.setdefault(detection.outcome or "detected", []).append(span)
    readings: dict[str, list[float]] = {"found": [], "missed": []}
    for judgement in result.judgements.values():
        readings["found"] += judgement.picks_s[judgement.found].tolist()
        readings["missed"] += judgement.picks_s[~judgement.found].tolist()
    times = {"missed_s": readings["missed"], "estimated_s": list(result.estimated_s)}
    times["found_s"] = readings["found"]
    within = {name: np.asarray(t, float)[here(t)].tolist() for name, t in times.items()}
    half_s = scorer.settings.windows.window_size / 2
    # a curve shows heights; without one there are the scores
    has_curve = bool(scored.length_s)
    thresholds = {
        phase: of.least_height if has_curve else of.threshold
        for phase, of in scorer.accepted.items()
    }
    return Marks(
        detections=spans,
        arrivals=[
            FoundArrival(a.phase, a.time_s, a.probability, a.outcome or "detected") for a in found
        ],
        **within,
        curve_times_s=scored.starts_s + half_s,
        curves={"P": event_probability(scored.probabilities)} if has_curve else {},
        thresholds=thresholds,
    )


def draw_recording(task: PictureTask) -> tuple[int, Report]:
    """Draw a recording as a whole and, where it is longer than ten minutes, its pages.

    There is a page for each ten minutes of the day that hold a detection or a pick. Returns the
    number of pictures, and what there is to say about them.
    """
    report, name = Report(), task.recording.name
    begin, end = task.recording.span()
    _draw_span(task, name, (begin, end))
    numbers = pages_with_events(task.marks, begin, end) if end - begin > PAGE_S else []
    if len(numbers) > MOST_PAGES:
        message = f"{len(numbers)} pages of ten minutes hold events"
        report.note(name, f"{message}; the first {MOST_PAGES} are drawn")
    for start_s in (number * PAGE_S for number in numbers[:MOST_PAGES]):
        page = f"{name}_{datetime.fromtimestamp(start_s, UTC):%Y%m%dT%H%M}"
        _draw_span(task, page, (start_s, start_s + PAGE_S))
    return 1 + len(numbers[:MOST_PAGES]), report


def pages_with_events(marks: Marks, begin_s: float, end_s: float) -> list[int]:
    """Return the pages (ten minutes of the day, counted from 1970) with a detection or a pick.

    Parameters
    ----------
    marks : Marks
        Detections and picks.
    begin_s, end_s : float
        The first and the last sample of the recording, seconds since 1970 UTC.

    Returns
    -------
    list of int
        The numbers of the pages, in order of time.
    """
    pages: set[int] = set()
    for spans in marks.detections.values():
        for start, end in spans:
            pages.update(range(int(max(start, begin_s) // PAGE_S), math.ceil(end / PAGE_S)))
    times_s = *marks.found_s, *marks.missed_s, *(arrival.time_s for arrival in marks.arrivals)
    pages.update(int(p // PAGE_S) for p in times_s)
    return sorted(number for number in pages if number * PAGE_S <= end_s)


def draw_found_map(
    path: Path,
    results: Sequence[StationResult],
    detected: Sequence[DetectedEvent],
    *,
    events: Sequence[Event],
    regions: Regions,
    stations: Sequence[Station],
) -> None:
    """Draw how many events each region got, and where those are that could have been found.

    Parameters
    ----------
    path : Path
        The picture to write.
    results : sequence of StationResult
        What was found at each station and, with a catalogue, held against it.
    detected : sequence of DetectedEvent
        What that amounts to.
    events : sequence of Event
        The catalogue, or nothing.
    regions : Regions
        The network's.
    stations : sequence of Station
        Where stations are.
    """
    judged = [result.judgements["P"] for result in results if result.judgements]
    numbers = sorted({int(number) for judgement in judged for number in judgement.events})
    could_be_found = [events[number] for number in numbers if is_located(events[number])]
    places = [(event.latitude, event.longitude) for event in could_be_found]
    lat, lon = np.array(places, float).reshape(-1, 2).T
    cluster_ids = [event.cluster_id for event in detected]
    unknown = cluster_ids.count(NO_REGION)
    plot_found(
        path=path,
        title="detected events" + (f", {unknown} more of no known region" if unknown else ""),
        counts=[cluster_ids.count(number) for number in range(len(regions))],
        regions=regions,
        stations=stations,
        lat=lat,
        lon=lon,
        unit="event",
    )


def draw_residuals(path: Path, results: Sequence[StationResult], settings: Settings) -> None:
    """Draw how far the arrivals found are from the readings.

    Parameters
    ----------
    path : Path
        The picture to write.
    results : sequence of StationResult
        What was found, held against a catalogue.
    settings : Settings
        Those of the run.
    """
    residuals_s = {
        phase: scores.residuals_s
        for phase, scores in scores_by_phase(results).items()
        if scores.references
    }
    if residuals_s:
        tolerance_s = settings.detection.pick_tolerance
        title = "arrivals found less readings"
        plot_residuals(path, title, residuals_s, tolerance_s=tolerance_s, close_s=CLOSE_S)


def _draw_span(task: PictureTask, name: str, span_s: tuple[float, float]) -> None:
    recording, records = task.recording, task.scorer.settings.records
    station = f"{recording.network}.{recording.station}".strip(".")
    told = Report()  # what cannot be read was reported when the windows were
    corners_hz = records.corners_hz
    components, outline = stream_envelope(recording, corners_hz, report=told, span_s=span_s)
    shown = [components.index(c) for c in records.components if c in components]
    marks = task.marks
    if task.scorer.spec.model == UNET and span_s[1] - span_s[0] <= PAGE_S:
        marks = replace(marks, **_curves(task, span_s))
    plot_detections(
        path=task.folder / f"{name}.png",
        title="   ".join(filter(None, (station, recording.name, records.filter_text))),
        traces=replace(outline, low=outline.low[shown], high=outline.high[shown]),
        components="".join(components[k] for k in shown),
        marks=marks,
    )


def _curves(task: PictureTask, span_s: tuple[float, float]) -> dict[str, Any]:
    """Return the curves of a UNet on a page."""
    recording, scorer = task.recording, task.scorer
    said: list[tuple[int, np.ndarray]] = []
    network, told = load_network(scorer.checkpoint_dir), Report()
    parts = whole_parts(recording, scorer.spec, scorer.settings.records, told, span_s)
    unet_picks(network, scorer.spec, parts, seen=lambda first, some: said.append((first, some)))
    at = np.concatenate([np.empty(0), *(first + np.arange(some.shape[1]) for first, some in said)])
    nothing = np.empty((len(scorer.spec.class_names), 0))
    rows = np.concatenate([nothing, *(some for _, some in said)], axis=1)
    return {
        "curve_times_s": times_of(recording, at),
        "thresholds": {phase: of.least_height for phase, of in scorer.accepted.items()},
        "curves": dict(zip(scorer.accepted, rows[1:], strict=True)),
    }
