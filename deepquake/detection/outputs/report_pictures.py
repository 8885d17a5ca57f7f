"""The pictures of a report: where events were, and when, and the record section of each."""

import base64
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from deepquake.catalog.events import Event, is_located
from deepquake.core import workers
from deepquake.core.progress import progress
from deepquake.core.report import Report
from deepquake.core.settings import Settings
from deepquake.core.text import number_of
from deepquake.detection.association.event import DetectedEvent
from deepquake.detection.outputs.event_sections import (
    Predict,
    SectionSources,
    SectionTask,
    of_catalogue,
    of_detected,
    section_picture,
    section_task,
)
from deepquake.detection.outputs.report_rows import (
    ReportContent,
    anchor_of,
    catalogue_title,
    event_title,
)
from deepquake.detection.stations import FALSE_ALARM, Detection, StationName
from deepquake.earth.location.networks import width_km
from deepquake.earth.regions import Regions
from deepquake.earth.stations import Station
from deepquake.earth.travel_times import choose_s_travel_time, choose_travel_time
from deepquake.plots import style
from deepquake.plots.hypocentres import Hypocentres, draw_hypocentres
from deepquake.plots.map_drawing import Places
from deepquake.plots.style import small_png
from deepquake.plots.timeline import PickWords, Quakes, StationRow, draw_timeline
from deepquake.waveforms.recording import Recording

# a place is called poor where its error is above this share of the network's width, and this
POOR_SHARE, LEAST_POOR_KM = 0.25, 5.0


def page_pictures(
    content: ReportContent,
    drawn: Sequence[int],
    missed: Sequence[int],
    *,
    settings: Settings,
    report: Report,
) -> dict[str, str]:
    """Return the pictures of a page as ``data:`` URLs, by the anchors where they are.

    Record sections are drawn on the workers.

    Parameters
    ----------
    content : ReportContent
        What the page is of.
    drawn, missed : sequence of int
        Which events, and which of the catalogue's that were missed, have a record section.
    settings : Settings
        How records are filtered, when waves arrive, and the workers.
    report : Report
        Is told of pictures that were not drawn.
    """
    not_found = [content.catalogue[k] for k in content.missed]
    places = events_map(content.events, content.stations_used, content.regions, missed=not_found)
    times = events_timeline(content.events, content.arrivals, content.recorded_s)
    sections = _sections(content, drawn, missed, settings=settings, report=report)
    return {"where": _embedded(places), "when": _embedded(times)} | sections


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


def events_map(
    events: Sequence[DetectedEvent],
    stations: Sequence[Station],
    regions: Regions | None,
    *,
    missed: Sequence[Event] = (),
) -> Figure | None:
    """Return a map of the events that are located, with depth sections; None where there are none.

    Parameters
    ----------
    events : sequence of DetectedEvent
        What was found.
    stations : sequence of Station
        Where stations are.
    regions : Regions or None
        Shaded, where there are any.
    missed : sequence of Event
        Those of a catalogue that were not found.
    """
    most_km = max(LEAST_POOR_KM, POOR_SHARE * width_km(stations))
    groups = []
    for is_false, is_poor, colour, word in (
        (False, True, style.VERMILLION, "event"),
        (True, True, style.GREY, "false event"),
        (True, False, style.GREY, "false event"),
        (False, False, style.VERMILLION, "event"),
    ):
        of = [
            event
            for event in events
            if event.origin is not None
            and (event.outcome == FALSE_ALARM) == is_false
            and (event.origin.horizontal_error_km > most_km) == is_poor
        ]
        if of:
            name = number_of(len(of), word)
            name += f", error above {most_km:.2g} km" if is_poor else ""
            marker = "s" if is_false else "o"
            look = {"colour": colour, "marker": marker, "hollow": is_poor}
            group = located_hypocentres(of, name, opacity=0.5 if is_poor else 0.9, **look)
            if is_poor:  # faint, without errors, and the map need not reach there
                group = Hypocentres(group.places, group.depth_km, trusted=False)
            groups.append(group)
    known = [event for event in missed if is_located(event)]
    if known:
        values = [(e.latitude, e.longitude, e.depth_km) for e in known]
        lat, lon, depth = np.array(values, float).T
        name = f"{len(known)} of the catalogue, missed"
        places = Places(name, lat, lon, colour=style.BLUE, marker="x", area=30)
        groups.append(Hypocentres(places, depth))
    return draw_hypocentres("", groups, stations=stations, regions=regions) if groups else None


def located_hypocentres(
    events: Sequence[DetectedEvent], label: str = "", **look: Any
) -> Hypocentres:
    """Return the places, depths and errors of events that are located.

    Parameters
    ----------
    events : sequence of DetectedEvent
        The events.
    label : str
        Their name in the legend.
    **look
        How ``Places`` are drawn.
    """
    origins = [event.origin for event in events if event.origin is not None]
    values = [
        (o.latitude, o.longitude, o.depth_km, o.horizontal_error_km, o.depth_error_km)
        for o in origins
    ]
    lat, lon, depth, across, deep = np.array(values, float).reshape(-1, 5).T
    places = Places(label, lat, lon, **look)
    return Hypocentres(places, depth, horizontal_error_km=across, depth_error_km=deep)


def events_timeline(
    events: Sequence[DetectedEvent],
    arrivals: Sequence[Detection],
    recorded_s: Mapping[StationName, NDArray],
) -> Figure | None:
    """Return when stations recorded, and when events and arrivals came; None without arrivals.

    Parameters
    ----------
    events : sequence of DetectedEvent
        What was found.
    arrivals : sequence of Detection
        All that were found.
    recorded_s : mapping of (network, station) to array (k, 2)
        When each station could be heard.
    """
    if not arrivals and not recorded_s:
        return None
    own = {(a.network, a.station, a.time_s) for event in events for a in event.detections}
    times_s: dict[StationName, tuple[list[float], list[float]]] = {
        name: ([], []) for name in recorded_s
    }
    for a in arrivals:
        used, alone = times_s.setdefault((a.network, a.station), ([], []))
        if a.phase == "P":
            (used if (a.network, a.station, a.time_s) in own else alone).append(a.time_s)
    rows = [
        StationRow(
            ".".join(filter(None, name)),
            spans=np.asarray(recorded_s.get(name, ()), float).reshape(-1, 2),
            picked_s=np.array(used, float),
            estimated_s=np.array(alone, float),
        )
        for name, (used, alone) in sorted(times_s.items())
    ]
    magnitudes = [e.magnitude.value if e.magnitude else np.nan for e in events]
    has_magnitudes = bool(np.isfinite(magnitudes).any())
    quakes = Quakes(
        np.array([event.time_s for event in events], float),
        magnitude=np.array(
            magnitudes if has_magnitudes else [len(event.arrivals) for event in events], float
        ),
        recorded=np.ones(len(events), bool),
        quantity="magnitude" if has_magnitudes else "arrivals",
    )
    words = PickWords(event="event", picked="P of an event", estimated="P of no event")
    return draw_timeline("", rows, quakes, words)


def _data_of(png: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"


def _embedded(figure: Figure | None) -> str:
    return _data_of(small_png(figure)) if figure is not None else ""
