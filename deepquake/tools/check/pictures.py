"""The two pictures of a data set: where its events and stations are, and when they were."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from deepquake.catalog.events import event_time, is_located
from deepquake.plots import style
from deepquake.plots.map_drawing import Places, draw_map
from deepquake.plots.timeline import Quakes, StationRow, plot_timeline
from deepquake.tools.check.comparison import Check, EventCheck, magnitudes
from deepquake.tools.check.samples import stretch_spans


def draw_check_map(check: Check, path: Path) -> bool:
    """Draw the map of events and stations.

    Parameters
    ----------
    check : Check
        What was found out.
    path : Path
        The PNG to write.

    Returns
    -------
    bool
        Whether there was any place to draw.
    """
    located = [event for event in check.events if is_located(event.event)]
    known = check.data.stations
    if not located and not known:
        return False
    groups = _event_groups(check, located)
    if check.data.recordings:
        codes = {station.code for station in check.stations}
        silent = [station for station in known if station.code not in codes]
        known = [station for station in known if station.code in codes]
        look = {"colour": style.GREY, "marker": "^", "area": 40, "hollow": True}
        groups += _group("station without waveforms", silent, **look)
    n_lost = len(check.events) - len(located)
    lost = f", {n_lost} without location" if n_lost else ""
    draw_map(path, f"{check.data.name}: {len(located)} events{lost}", groups, stations=known)
    return True


def _event_groups(check: Check, located: Sequence[EventCheck]) -> list[Places]:
    has_data = bool(check.data.recordings)
    kinds = (
        ("P picks in the records", style.BLUE, "o", lambda e: e.n_recorded > 0),
        ("recorded, no P pick there", style.ORANGE, "s", lambda e: e.n_stations > 0),
        ("without waveforms" if has_data else "with P picks", style.VERMILLION, "D",
         lambda e: has_data or e.n_p > 0),
        ("without picks", style.GREY, "x", lambda e: True),
    )  # fmt: skip
    groups, rest = [], list(located)
    for label, colour, marker, fits in kinds:
        of_kind = [event.event for event in rest if fits(event)]
        rest = [event for event in rest if not fits(event)]
        groups += _group(f"event, {label}", of_kind, colour=colour, marker=marker)
    return groups


def _group(label: str, found: Sequence[Any], **look: Any) -> list[Places]:
    """Return what has latitude and longitude as a group of the map, where there is anything."""
    lat, lon = (np.array([getattr(x, name) for x in found]) for name in ("latitude", "longitude"))
    return [Places(f"{label}: {len(found)}", lat, lon, **look)] * bool(found)


def draw_check_timeline(check: Check, path: Path) -> None:
    """Draw the timeline of stations, events and picks.

    Parameters
    ----------
    check : Check
        What was found out.
    path : Path
        The PNG to write.
    """
    rows = [
        StationRow(
            station.name,
            np.concatenate([stretch_spans(recording) for recording in station.recordings]),
            picked_s=station.picked_s,
            lost_s=station.lost_s,
            estimated_s=station.estimated_s,
        )
        for station in check.stations
    ]
    for name, picks in sorted(check.unrecorded.items()):
        rows.append(StationRow(name, lost_s=np.array([pick.time for pick in picks])))
    timed = [event for event in check.events if event_time(event.event) is not None]
    quakes = Quakes(
        np.array([event_time(event.event) for event in timed], float),
        magnitude=magnitudes(timed),
        recorded=np.array([event.n_stations > 0 for event in timed], bool),
    )
    title = f"{check.data.name}: stations, events and P picks"
    plot_timeline(path, title, rows, quakes=quakes)
