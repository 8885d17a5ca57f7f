"""The pictures that a report begins with: where events were, and when."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from deepquake.catalog.events import Event, is_located
from deepquake.core.text import number_of
from deepquake.detection.association.event import DetectedEvent
from deepquake.detection.outputs.event_sections import StationName
from deepquake.detection.stations import FALSE_ALARM, Detection
from deepquake.earth.geo import distance_km
from deepquake.earth.regions import Regions
from deepquake.earth.stations import Station
from deepquake.plots import style
from deepquake.plots.hypocentres import Hypocentres, draw_hypocentres
from deepquake.plots.map_drawing import Places
from deepquake.plots.timeline import PickWords, Quakes, StationRow, draw_timeline

# a place is called poor where its error is above this share of the network's width, and this
POOR_SHARE, LEAST_POOR_KM = 0.25, 5.0


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
    most_km = max(LEAST_POOR_KM, POOR_SHARE * _width_km(stations))
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
            groups.append(_hypocentres(of, name, colour, marker=marker, poor=is_poor))
    known = [event for event in missed if is_located(event)]
    if known:
        values = [(e.latitude, e.longitude, e.depth_km) for e in known]
        lat, lon, depth = np.array(values, float).T
        name = f"{len(known)} of the catalogue, missed"
        places = Places(name, lat, lon, colour=style.BLUE, marker="x", area=30)
        groups.append(Hypocentres(places, depth))
    return draw_hypocentres("", groups, stations=stations, regions=regions) if groups else None


def _hypocentres(
    events: Sequence[DetectedEvent], name: str, colour: str, *, marker: str, poor: bool
) -> Hypocentres:
    """Return events as they are drawn: those of a poor place faint, and without their errors."""
    origins = [event.origin for event in events if event.origin is not None]
    values = [
        (o.latitude, o.longitude, o.depth_km, o.horizontal_error_km, o.depth_error_km)
        for o in origins
    ]
    lat, lon, depth, across, deep = np.array(values, float).T
    places = Places(
        name, lat, lon, colour=colour, marker=marker, hollow=poor, opacity=0.5 if poor else 0.9
    )
    if poor:
        return Hypocentres(places, depth, trusted=False)
    return Hypocentres(places, depth, horizontal_error_km=across, depth_error_km=deep)


def _width_km(stations: Sequence[Station]) -> float:
    """Return the greatest distance between two stations; 0 without any."""
    lat, lon = np.array([(s.latitude, s.longitude) for s in stations], float).reshape(-1, 2).T
    apart_km = distance_km(lat[:, None], lon[:, None], lat2=lat, lon2=lon)
    return float(np.max(apart_km, initial=0.0))


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
