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
from deepquake.earth.regions import Regions
from deepquake.earth.stations import Station
from deepquake.plots import style
from deepquake.plots.hypocentres import Hypocentres, draw_hypocentres
from deepquake.plots.map_drawing import Places
from deepquake.plots.timeline import Quakes, StationRow, draw_timeline

NO_MAGNITUDE_AREA, LEAST_AREA = 26.0, 8.0  # points^2


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
    groups = []
    for is_false, colour, word in ((False, style.VERMILLION, ""), (True, style.GREY, "false ")):
        of = [e for e in events if e.origin and (e.outcome == FALSE_ALARM) == is_false]
        if of:
            name = number_of(len(of), f"{word}event")
            groups.append(_hypocentres(of, name, colour=colour, marker="s" if is_false else "o"))
    known = [event for event in missed if is_located(event)]
    if known:
        values = [(e.latitude, e.longitude, e.depth_km) for e in known]
        lat, lon, depth = np.array(values, float).T
        name = f"{len(known)} of the catalogue, missed"
        places = Places(name, lat, lon, colour=style.BLUE, marker="x", area=30)
        groups.append(Hypocentres(places, depth))
    return draw_hypocentres("", groups, stations=stations, regions=regions) if groups else None


def _hypocentres(
    events: Sequence[DetectedEvent], name: str, *, colour: str, marker: str
) -> Hypocentres:
    origins = [event.origin for event in events if event.origin is not None]
    values = [
        (o.latitude, o.longitude, o.depth_km, o.horizontal_error_km, o.depth_error_km)
        for o in origins
    ]
    lat, lon, depth, across, deep = np.array(values, float).T
    places = Places(name, lat, lon, colour=colour, marker=marker, area=NO_MAGNITUDE_AREA)
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
    of_p = [a for a in arrivals if a.phase == "P"]
    rows = []
    for name in sorted({(a.network, a.station) for a in arrivals} | set(recorded_s)):
        here = [a for a in of_p if (a.network, a.station) == name]
        used = [(*name, a.time_s) in own for a in here]
        times = np.array([a.time_s for a in here], float)
        rows.append(
            StationRow(
                ".".join(filter(None, name)),
                spans=np.asarray(recorded_s.get(name, np.empty((0, 2))), float).reshape(-1, 2),
                picked_s=times[np.array(used, bool)],
                estimated_s=times[~np.array(used, bool)],
            )
        )
    magnitudes = [e.magnitude.value if e.magnitude else np.nan for e in events]
    quakes = Quakes(
        np.array([event.time_s for event in events], float),
        magnitude=np.array(magnitudes, float),
        recorded=np.ones(len(events), bool),
    )
    return draw_timeline("", rows, quakes)
