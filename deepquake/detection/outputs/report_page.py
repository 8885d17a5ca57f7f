"""report.html: what was searched and found, as one page that needs no network."""

import base64
from collections.abc import Iterable, Sequence
from contextlib import closing
from functools import lru_cache
from pathlib import Path

import jinja2
from matplotlib.figure import Figure

from deepquake.core import workers
from deepquake.core.files import write_text
from deepquake.core.progress import progress
from deepquake.core.report import Report
from deepquake.core.settings import Settings
from deepquake.core.text import printable
from deepquake.detection.outputs.event_sections import (
    Predict,
    SectionSources,
    SectionTask,
    StationName,
    of_catalogue,
    of_detected,
    section_picture,
    section_task,
)
from deepquake.detection.outputs.report_pictures import events_map, events_timeline
from deepquake.detection.outputs.report_rows import (
    ReportContent,
    anchor_of,
    catalogue_title,
    event_columns,
    event_details,
    event_row,
    event_title,
    headline_counts,
    missed_details,
    missed_row,
    station_rows,
    what_was_searched,
)
from deepquake.detection.stations import FALSE_ALARM
from deepquake.earth.travel_times import choose_s_travel_time, choose_travel_time
from deepquake.plots.style import small_png
from deepquake.waveforms.recording import Recording

MOST_SECTIONS, MOST_MISSED = 150, 50  # more pictures make a page that no browser likes


def write_report(path: Path, content: ReportContent, settings: Settings, report: Report) -> None:
    """Write the page, whole or not at all; record sections are drawn on the workers.

    Parameters
    ----------
    path : Path
        The page.
    content : ReportContent
        What it is of.
    settings : Settings
        How records are filtered, when waves arrive, and the workers.
    report : Report
        Is told of pictures that were not drawn.
    """
    drawn, missed = chosen_events(content), content.missed[:MOST_MISSED]
    pictures = _sections(content, drawn, missed, settings=settings, report=report)
    page = _page().render(
        title=printable(content.title),
        searched=what_was_searched(content, settings),
        told=content.told,
        counts=headline_counts(content),
        map=_embedded(events_map(content.events, content.stations_used, content.regions,
                                 missed=[content.catalogue[k] for k in content.missed])),
        timeline=_embedded(events_timeline(content.events, content.arrivals, content.recorded_s)),
        columns=event_columns(content),
        rows=[
            event_row(number, event, content, linked=number in drawn)
            for number, event in enumerate(content.events)
        ],
        stations=station_rows(content),
        has_catalogue=content.expected is not None,
        sections=[event_details(k, content.events[k], content, pictures) for k in drawn],
        left_out=len(content.events) - len(drawn),
        missed=[missed_row(k, content, linked=k in missed) for k in content.missed],
        missed_sections=[missed_details(k, content, pictures) for k in missed],
    )  # fmt: skip
    write_text(path, page)


def chosen_events(content: ReportContent) -> list[int]:
    """Return which events have a record section: all or, of very many, those that a catalogue calls
    false (a third at most), and those with most arrivals."""
    events = content.events
    false = [k for k, event in enumerate(events) if event.outcome == FALSE_ALARM]
    false.sort(key=lambda k: (-len(events[k].arrivals), k))
    first = set(false[: MOST_SECTIONS // 3])
    best = sorted(range(len(events)), key=lambda k: (k not in first, -len(events[k].arrivals), k))
    return sorted(best[:MOST_SECTIONS])


def phase_times(settings: Settings) -> Predict:
    """Return a function for the travel times of P and S over distance, depth and elevation."""
    of_p = choose_travel_time(settings.arrivals)
    of_s = choose_s_travel_time(settings.arrivals, settings.events.vp_vs_ratio)

    def predict(km: float, depth_km: float, elevation_m: float) -> dict[str, float]:
        of = {"P": of_p, "S": of_s}
        return {phase: float(times(km, depth_km, elevation_m)) for phase, times in of.items()}

    return predict


def _sections(
    content: ReportContent,
    drawn: Sequence[int],
    missed: Sequence[int],
    *,
    settings: Settings,
    report: Report,
) -> dict[str, str]:
    """Return the record sections, by the anchors of their events."""
    recordings: dict[StationName, list[Recording]] = {}
    for recording in content.recordings:
        recordings.setdefault((recording.network, recording.station), []).append(recording)
    sources = SectionSources(
        recordings=recordings,
        stations=content.stations,
        arrivals=content.arrivals,
        predict=phase_times(settings),
        corners_hz=settings.records.corners_hz,
    )

    def tasks() -> Iterable[SectionTask]:
        for k in drawn:
            event = content.events[k]
            source = of_detected(event, event_title(event), content.catalogue)
            yield section_task(source, sources, anchor=anchor_of(k, event))
        for k in missed:
            known = content.catalogue[k]
            source = of_catalogue(known, f"missed: {catalogue_title(known)}")
            yield section_task(source, sources, anchor=f"c{k}")

    done = workers.run_tasks(
        section_picture, tasks(), settings.run, report=report, name=lambda task: task.title
    )
    with closing(done):
        every = progress(done, len(drawn) + len(missed), "record sections")
        return {anchor: _data_of(png) for anchor, png in every}


@lru_cache(maxsize=1)
def _page() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html.j2")


def _data_of(png: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"


def _embedded(figure: Figure | None) -> str:
    return _data_of(small_png(figure)) if figure is not None else ""
