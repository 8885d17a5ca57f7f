"""Pictures of step 6: each station stream with what was found, pages of ten minutes, a map."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from deepquake.catalog.events import Event, is_located
from deepquake.core import workers
from deepquake.core.intervals import inside, union
from deepquake.core.progress import progress
from deepquake.core.report import Report
from deepquake.core.settings import UNET, Settings
from deepquake.core.text import number_of
from deepquake.core.times import as_datetime
from deepquake.detection.association.event import DetectedEvent
from deepquake.detection.events import scores_by_phase
from deepquake.detection.outputs.report_pictures import located_hypocentres
from deepquake.detection.parts import times_of, whole_parts
from deepquake.detection.scoring import Scorer, load_network
from deepquake.detection.stations import NO_REGION, ScoredRecording, StationResult
from deepquake.earth.regions import Regions
from deepquake.earth.stations import Station
from deepquake.learning.metrics import event_probability
from deepquake.learning.picking.arrivals import unet_picks
from deepquake.learning.picking.matching import CLOSE_S
from deepquake.plots.arrivals import plot_residuals
from deepquake.plots.detections import FoundArrival, Marks, plot_detections
from deepquake.plots.hypocentres import Hypocentres
from deepquake.plots.map_drawing import Places
from deepquake.plots.maps import plot_found, plot_located
from deepquake.waveforms.envelope import stream_envelope
from deepquake.waveforms.recording import Recording

PAGE_S = 600.0
LEAST_PAGE_S = 60.0  # what is shorter belongs to the page beside it
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
        arrivals=[
            FoundArrival(a.phase, a.time_s, a.probability, a.outcome or "detected") for a in found
        ],
        **within,
        curve_times_s=scored.starts_s + half_s,
        curves={"P": event_probability(scored.probabilities)} if has_curve else {},
        thresholds=thresholds,
    )


def draw_recording(task: PictureTask) -> tuple[int, Report]:
    """Draw a recording as a whole and, where it is longer than a page, its pages.

    There is a page for each ten minutes of the day that hold an arrival, found or read. Returns the
    number of pictures, and what there is to say about them.
    """
    report, recording = Report(), task.recording
    name, whole_s = recording.name, recording.span()
    _draw_span(task, name, whole_s)
    starts_s = np.array([stretch.start_s for stretch in recording.stretches])
    lengths_s = [stretch.n_samples / recording.sampling_rate_hz for stretch in recording.stretches]
    pages = pages_with_events(task.marks, union(starts_s, starts_s + lengths_s))
    if _is_a_page(whole_s):
        pages = {}
    if len(pages) > MOST_PAGES:
        message = f"{len(pages)} pages of ten minutes hold events"
        report.note(name, f"{message}; the first {MOST_PAGES} are drawn")
    drawn = list(pages.items())[:MOST_PAGES]
    for number, span_s in drawn:
        page = f"{name}_{as_datetime(number * PAGE_S):%Y%m%dT%H%M}"
        _draw_span(task, page, span_s)
    return 1 + len(drawn), report


def pages_with_events(marks: Marks, recorded_s: np.ndarray) -> dict[int, tuple[float, float]]:
    """Return the pages that hold an arrival, found or read, and from when to when each goes.

    A page is ten minutes of the day, as far as something was recorded in them. What a stretch of
    record has beyond a full ten minutes, where it is less than a minute, is on the page beside.

    Parameters
    ----------
    marks : Marks
        The arrivals.
    recorded_s : array (k, 2)
        Begin and end of each stretch of record, seconds since 1970 UTC.

    Returns
    -------
    dict of int to (float, float)
        Of each page its number, counted from 1970, its begin and its end (seconds since 1970 UTC),
        in order of time.
    """
    arrivals_s = *marks.found_s, *marks.missed_s, *(arrival.time_s for arrival in marks.arrivals)
    times_s = np.sort(np.array(arrivals_s, float))
    begins, ends = recorded_s.T
    first = ((begins + LEAST_PAGE_S) // PAGE_S).astype(int)
    last = ((ends - LEAST_PAGE_S) // PAGE_S).astype(int)
    short = last < first
    first[short] = last[short] = ((begins + ends)[short] / 2 // PAGE_S).astype(int)
    stretch = np.maximum(np.searchsorted(begins, times_s, side="right") - 1, 0)
    pages = np.clip((times_s // PAGE_S).astype(int), first[stretch], last[stretch])
    spans: dict[int, tuple[float, float]] = {}
    for number in np.unique(pages).tolist():
        of = (first <= number) & (number <= last)
        from_s = np.where(first == number, begins, number * PAGE_S)[of].min()
        until_s = np.where(last == number, ends, (number + 1) * PAGE_S)[of].max()
        spans[number] = (float(from_s), float(until_s))
    return spans


def _is_a_page(span_s: tuple[float, float]) -> bool:
    return span_s[1] - span_s[0] <= PAGE_S + 2 * LEAST_PAGE_S


def draw_found_map(
    path: Path,
    results: Sequence[StationResult],
    detected: Sequence[DetectedEvent],
    *,
    events: Sequence[Event],
    regions: Regions,
    stations: Sequence[Station],
) -> None:
    """Draw where events are, coloured by region, and those that could have been found.

    Where none is located, how many each region got.

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
    located = [event for event in detected if event.origin is not None]
    if located:
        depths_km = np.array([event.depth_km for event in could_be_found], float)
        name = f"catalogue: {number_of(len(places), 'event')}"
        known = Hypocentres(Places(name, lat, lon, marker=".", area=16), depths_km)
        plot_located(
            path,
            f"events located: {len(located)} of {len(detected)}",
            located_hypocentres(located),
            assigned=[None if e.cluster_id == NO_REGION else e.cluster_id for e in located],
            known=known,
            regions=regions,
            stations=stations,
        )
        return
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
    if task.scorer.spec.model == UNET and _is_a_page(span_s):
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
