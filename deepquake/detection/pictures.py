"""Pictures of step 6: each station stream with what was found, pages of ten minutes, a map."""

import math
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from deepquake.catalog.events import Event, is_located
from deepquake.core import workers
from deepquake.core.intervals import inside
from deepquake.core.progress import progress
from deepquake.core.report import Report
from deepquake.core.settings import Settings
from deepquake.detection.events import DetectedEvent
from deepquake.detection.stations import ScoredRecording, StationResult
from deepquake.earth.regions import Regions
from deepquake.earth.stations import Station
from deepquake.learning.metrics import event_probability
from deepquake.plots.maps import plot_found
from deepquake.plots.streams import Marks, plot_detections
from deepquake.waveforms.envelope import stream_envelope
from deepquake.waveforms.recording import Recording

PAGE_S = 600.0
MOST_PAGES = 300  # of one recording


@dataclass(frozen=True)
class PictureTask:
    """One recording to draw; ``settings`` hold what the network decides."""

    recording: Recording
    marks: Marks
    settings: Settings
    folder: Path


def draw_recordings(
    results: Sequence[StationResult], settings: Settings, folder: Path, report: Report
) -> int:
    """Draw every recording with what was found in it, on the workers that the settings give.

    Parameters
    ----------
    results : sequence of StationResult
        What was found at each station.
    settings : Settings
        Those of the run; they hold what the network decides.
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
        PictureTask(scored.recording, marks_of(result, scored, settings), settings, folder=folder)
        for result in results
        for scored in result.scored
    ]
    done = workers.run_tasks(
        draw_recording, tasks, settings.run, report=report, name=lambda task: task.recording.name
    )
    n_pictures = 0
    with closing(done):
        for drawn, problems in progress(done, len(tasks), "pictures"):
            n_pictures += drawn
            report.merge(problems)
    return n_pictures


def marks_of(result: StationResult, scored: ScoredRecording, settings: Settings) -> Marks:
    """Return what is marked in the pictures of one recording of a station.

    Parameters
    ----------
    result : StationResult
        What was found at the station.
    scored : ScoredRecording
        What the network said of the recording.
    settings : Settings
        Those of the run.

    Returns
    -------
    Marks
        Detections, picks and probabilities within the recording.
    """
    begin, end = scored.recording.span()
    elsewhere = scored.recording.elsewhere
    judgement, arrivals = result.judgement, result.arrivals
    spans: dict[str, list[tuple[float, float]]] = {}
    for detection in result.detections:
        is_here = not inside(elsewhere, (detection.start_s + detection.end_s) / 2)
        if detection.end_s >= begin and detection.start_s <= end and is_here:
            span = (detection.start_s, detection.end_s)
            spans.setdefault(detection.outcome or "detected", []).append(span)
    found = missed = estimated = np.empty(0)
    if judgement and arrivals:
        found, missed = judgement.picks_s[judgement.found], judgement.picks_s[~judgement.found]
        if not settings.arrivals.use_estimated_p:
            estimated = arrivals.estimated_s
    times = {"found_s": found, "missed_s": missed, "estimated_s": estimated}
    within = {
        name: t[(t >= begin) & (t <= end) & ~inside(elsewhere, t)].tolist()
        for name, t in times.items()
    }
    return Marks(
        detections=spans,
        **within,
        window_times_s=scored.starts_s + settings.windows.window_size / 2,
        probabilities=event_probability(scored.probabilities),
        threshold=settings.detection.detection_threshold,
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
    pages.update(int(p // PAGE_S) for p in (*marks.found_s, *marks.missed_s))
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
    judged = [result.judgement for result in results if result.judgement is not None]
    numbers = sorted({int(number) for judgement in judged for number in judgement.events})
    could_be_found = [events[number] for number in numbers if is_located(events[number])]
    places = [(event.latitude, event.longitude) for event in could_be_found]
    lat, lon = np.array(places, float).reshape(-1, 2).T
    cluster_ids = [event.cluster_id for event in detected]
    plot_found(
        path=path,
        title="detected events",
        counts=[cluster_ids.count(number) for number in range(len(regions))],
        regions=regions,
        stations=stations,
        lat=lat,
        lon=lon,
        unit="event",
    )


def _draw_span(task: PictureTask, name: str, span_s: tuple[float, float]) -> None:
    recording, records = task.recording, task.settings.records
    station = f"{recording.network}.{recording.station}".strip(".")
    told = Report()  # what cannot be read was reported when the windows were
    corners_hz = records.corners_hz
    components, outline = stream_envelope(recording, corners_hz, report=told, span_s=span_s)
    shown = [components.index(c) for c in records.components]
    plot_detections(
        path=task.folder / f"{name}.png",
        title="   ".join(filter(None, (station, recording.name, records.filter_text))),
        traces=replace(outline, low=outline.low[shown], high=outline.high[shown]),
        components=records.components,
        marks=task.marks,
    )
