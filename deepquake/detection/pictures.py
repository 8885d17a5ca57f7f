"""Step 6, pictures: each station stream with what was found, and pages of ten minutes of it."""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from deepquake.core.config import Config
from deepquake.core.report import Report
from deepquake.detection.scoring import Scored
from deepquake.detection.tables import StationResult
from deepquake.learning.metrics import event_probability
from deepquake.plots.streams import Marks, plot_detections
from deepquake.waveforms.envelope import Envelope, empty_envelope, stream_envelope
from deepquake.waveforms.filtering import read_filtered
from deepquake.waveforms.recording import Recording

PAGE_S = 600.0
MOST_PAGES = 300  # of one recording
PAGE_ENDING = re.compile(r"_\d{8}T\d{4}$")  # of a page's name, behind that of the recording


@dataclass(frozen=True)
class Task:
    """One recording to draw; ``config`` is that of the network."""

    recording: Recording
    marks: Marks
    config: Config
    folder: Path


@dataclass
class Drawn:
    """How many pictures were drawn of a recording, and what there is to say about them."""

    n_pictures: int = 0
    report: Report = field(default_factory=Report)


def make_tasks(results: Sequence[StationResult], config: Config, folder: Path) -> Iterator[Task]:
    """Yield what there is to draw, a task for each recording."""
    for result in results:
        for one in result.scored:
            yield Task(one.recording, marks_of(result, one, config), config, folder)


def marks_of(result: StationResult, one: Scored, config: Config) -> Marks:
    """Return what is marked in the pictures of one recording of a station."""
    begin, end = one.recording.span()
    judgement, arrivals = result.judgement, result.arrivals
    outcomes = judgement.outcomes if judgement else ["detected"] * len(result.detections)
    spans: dict[str, list[tuple[float, float]]] = {}
    for detection, outcome in zip(result.detections, outcomes, strict=True):
        if detection.end_s >= begin and detection.start_s <= end:
            spans.setdefault(outcome, []).append((detection.start_s, detection.end_s))
    found = missed = estimated = np.empty(0)
    if judgement and arrivals:
        found, missed = judgement.picks_s[judgement.found], judgement.picks_s[~judgement.found]
        if not config.use_estimated_p:
            estimated = arrivals.estimated_s
    return Marks(
        detections=spans,
        found_s=_between(found, begin, end),
        missed_s=_between(missed, begin, end),
        estimated_s=_between(estimated, begin, end),
        window_times_s=one.starts_s + config.window_size / 2,
        probabilities=event_probability(one.probabilities),
        threshold=config.detection_threshold,
    )


def draw(task: Task) -> Drawn:
    """Draw a recording as a whole and, where it is longer than ten minutes, its pages.

    There is a page for each ten minutes of the day that hold a detection or a pick.
    """
    drawn, recording, config = Drawn(), task.recording, task.config
    begin, end = recording.span()
    title = f"{recording.network}.{recording.station}".strip(".") + f"   {recording.name}"
    title += _filter_text(config)
    components, outline = stream_envelope(
        recording, config, config.filter_highpass, config.filter_lowpass, Report()
    )  # what cannot be read was reported when the windows were
    shown = [components.index(c) for c in config.components]
    outline = Envelope(outline.start_s, outline.end_s, outline.low[shown], outline.high[shown])
    path = task.folder / f"{recording.name}.png"
    plot_detections(path, title, outline, config.components, task.marks)
    drawn.n_pictures = 1
    if end - begin <= PAGE_S:
        return drawn
    numbers = pages_with_events(task.marks, begin, end)
    if len(numbers) > MOST_PAGES:
        drawn.report.note(
            recording.name,
            f"{len(numbers)} pages of ten minutes hold events; the first {MOST_PAGES} are drawn",
        )
    for number in numbers[:MOST_PAGES]:
        _draw_page(task, title, number * PAGE_S)
        drawn.n_pictures += 1
    return drawn


def pages_with_events(marks: Marks, begin_s: float, end_s: float) -> list[int]:
    """Return the pages (ten minutes of the day, counted from 1970) with a detection or a pick."""
    pages: set[int] = set()
    for spans in marks.detections.values():
        for start, end in spans:
            pages.update(range(int(max(start, begin_s) // PAGE_S), math.ceil(end / PAGE_S)))
    pages.update(int(p // PAGE_S) for p in (*marks.found_s, *marks.missed_s))
    return sorted(number for number in pages if number * PAGE_S <= end_s)


def _draw_page(task: Task, title: str, start_s: float) -> None:
    config, recording = task.config, task.recording
    rate = config.sampling_rate
    corners = (config.filter_highpass, config.filter_lowpass)
    segment = read_filtered(recording, start_s, start_s + PAGE_S, config, *corners, Report())
    rows = ["ZNE".index(c) for c in config.components]
    outline = empty_envelope(start_s, start_s + PAGE_S, len(rows), round(PAGE_S * rate))
    outline.add(segment.start_s, rate, segment.data[rows])
    moment = datetime.fromtimestamp(start_s, UTC)
    path = task.folder / f"{recording.name}_{moment:%Y%m%dT%H%M}.png"
    plot_detections(path, title, outline, config.components, task.marks)


def _between(times_s: np.ndarray, begin: float, end: float) -> np.ndarray:
    return times_s[(times_s >= begin) & (times_s <= end)]


def _filter_text(config: Config) -> str:
    corners = []
    if config.filter_highpass:
        corners.append(f"above {config.filter_highpass:g} Hz")
    if config.filter_lowpass:
        corners.append(f"below {config.filter_lowpass:g} Hz")
    return f"   {' and '.join(corners)}" if corners else ""
