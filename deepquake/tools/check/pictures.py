"""The two pictures of a data set: where its events and stations are, and when they were."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from deepquake.catalog.events import event_time, is_located
from deepquake.plots import style
from deepquake.plots.map_drawing import Places, draw_map
from deepquake.plots.timeline import Quakes, StationRow, plot_timeline
from deepquake.tools.check.comparison import Check, EventCheck, magnitudes


def draw_places(check: Check, path: Path) -> bool:
    """Draw the map of events and stations; return whether there was any place to draw."""
    located = [own for own in check.events if is_located(own.event)]
    known = check.data.stations
    if not located and not known:
        return False
    groups = _event_groups(check, located)
    codes = {station.code for station in check.stations}
    if check.data.recordings:
        silent = [station for station in known if station.code not in codes]
        known = [station for station in known if station.code in codes]
        if silent:
            groups.append(
                Places(
                    f"station without waveforms: {len(silent)}",
                    np.array([station.latitude for station in silent]),
                    np.array([station.longitude for station in silent]),
                    colour=style.GREY,
                    marker="^",
                    area=40,
                    hollow=True,
                )
            )
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
        own = [e for e in rest if fits(e)]
        rest = [e for e in rest if not fits(e)]
        if own:
            lat = np.array([e.event.latitude for e in own])
            lon = np.array([e.event.longitude for e in own])
            groups.append(
                Places(f"event, {label}: {len(own)}", lat, lon, colour=colour, marker=marker)
            )
    return groups


def draw_times(check: Check, path: Path) -> None:
    """Draw the timeline of stations, events and picks."""
    rows = []
    for station in check.stations:
        spans = [
            (s.start_s, s.start_s + s.n_samples / r.sampling_rate_hz)
            for r in station.recordings
            for s in r.stretches
        ]
        rows.append(
            StationRow(
                station.name,
                np.array(spans),
                station.picked_s,
                station.lost_s,
                station.estimated_s,
            )
        )
    for name, picks in sorted(check.unrecorded.items()):
        rows.append(StationRow(name, lost_s=np.array([pick.time for pick in picks])))
    timed = [own for own in check.events if event_time(own.event) is not None]
    quakes = Quakes(
        np.array([event_time(own.event) for own in timed], float),
        magnitudes([own.event for own in timed]),
        np.array([own.n_stations > 0 for own in timed], bool),
    )
    plot_timeline(path, f"{check.data.name}: stations, events and P picks", rows, quakes)
