"""A catalogue of a made network, exact but for reading errors, to be made wrong by tests."""

from random import Random

import numpy as np

from deepquake.catalog.events import Event, Pick
from deepquake.earth.geo import distance_km
from deepquake.earth.stations import Station

ORIGIN_S = 1_600_000_000.0
VP_KM_S, VS_KM_S = 5.6, 3.2


def travel_s(event: Event, station: Station, phase: str) -> float:
    """Return the travel time of a phase, straight and at one velocity."""
    away_km = distance_km(
        lat1=event.latitude, lon1=event.longitude, lat2=station.latitude, lon2=station.longitude
    )
    straight_km = float(np.hypot(away_km, event.depth_km + station.elevation_m / 1000))
    return straight_km / (VP_KM_S if phase == "P" else VS_KM_S)


def make_catalogue(n_events: int = 40, seed: int = 1) -> tuple[list[Event], list[Station]]:
    """Return events an hour and a bit apart, within 60 km, with P and S at six stations."""
    draw = Random(seed)
    stations = [
        Station("XX", code, 42.5 + lat, 13.2 + lon, 500.0)
        for code, lat, lon in (
            *(("AAA", 0.1, 0.0), ("BBB", 0.0, 0.3), ("CCC", 0.3, -0.3)),
            *(("DDD", 0.4, 0.4), ("EEE", -0.2, -0.4), ("FFF", -0.3, 0.2)),
        )
    ]
    events = []
    for number in range(n_events):
        origin_s = ORIGIN_S + 3700.0 * number
        event = Event(f"e{number:02d}", origin_s, 42.5 + draw.uniform(-0.4, 0.4), 13.2)
        event.longitude, event.depth_km = 13.2 + draw.uniform(-0.5, 0.5), draw.uniform(2, 15)
        event.source_file, event.source_line = "made.out", number + 1
        event.picks = [
            Pick(s.code, phase, origin_s + travel_s(event, s, phase) + draw.gauss(0, 0.1))
            for s in stations
            for phase in "PS"
        ]
        events.append(event)
    return events, stations


def pick_of(event: Event, code: str, phase: str = "P") -> Pick:
    """Return the pick of a station."""
    return next(p for p in event.picks if (p.station, p.phase) == (code, phase))


def doubtful(events: list[Event]) -> list[tuple[str, str, str]]:
    """Return event, station and phase of each pick that is doubted."""
    return [(e.event_id, p.station, p.phase) for e in events for p in e.picks if p.doubt]
