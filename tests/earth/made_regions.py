"""Made region files, and made swarms of events to divide into regions."""

import json
from pathlib import Path

import numpy as np

from deepquake.catalog.events import Event, Magnitude
from deepquake.earth.region_files import load_regions
from deepquake.earth.regions import Regions

CENTRES = ((10.0, -68.5, 5.0), (10.6, -67.6, 12.0), (9.6, -67.0, 20.0))
START = 1.4e9


def load(folder: Path, content: dict) -> Regions:
    path = folder / "clusters.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    return load_regions(path)


def clusters(kind: str, *entries: dict, **more: object) -> dict:
    return {"clusters_type": kind, "clusters": list(entries), **more}


def centroid(number: int, lat: float, lon: float, depth: float | None = 0.0) -> dict:
    return {"lat": lat, "lon": lon, "depth": depth, "id": number, "label": f"c{number}"}


def line(number: int, *ends: float) -> dict:
    names = ("lat1", "lon1", "lat2", "lon2")
    return {**dict(zip(names, ends, strict=True)), "id": number, "label": f"l{number}"}


def polygon(number: int, *corners: tuple[float, float]) -> dict:
    entry: dict = {"id": number, "label": f"p{number}"}
    for k, (lat, lon) in enumerate(corners, 1):
        entry |= {f"x{k}": lat, f"y{k}": lon}
    return entry


def square(number: int, lat: float, lon: float, half: float = 0.5) -> dict:
    a, b, c, d = lat - half, lat + half, lon - half, lon + half
    return polygon(number, (a, c), (b, c), (b, d), (a, d))


def feature(number: int | None, *rings: list, **properties: object) -> dict:
    geometry = {"type": "Polygon", "coordinates": list(rings)}
    return {"type": "Feature", "id": number, "properties": properties, "geometry": geometry}


def swarm(n: int = 40, centres: tuple = CENTRES, spread_km: float = 8.0) -> list[Event]:
    """Events around centres (latitude, longitude, depth), n each, one an hour."""
    rng = np.random.default_rng(5)
    events = []
    for lat, lon, depth in centres:
        for d_lat, d_lon, d_depth in rng.normal(0, spread_km / 111, (n, 3)):
            place = lat + d_lat, (lon + d_lon + 180) % 360 - 180, abs(depth + 30 * d_depth)
            magnitude = Magnitude(1.0 + len(events) % 3)
            time = START + 3600 * len(events)
            events.append(Event(f"e{len(events)}", time, *place, magnitudes=[magnitude]))
    return events


def places(events: list[Event]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return tuple(np.array([(e.latitude, e.longitude, e.depth_km) for e in events], dtype=float).T)
