"""What holding events, picks and stations against each other costs, in processor time.

The network is made: a hundred stations, six of them with P and S of each event. Two stations are
wrong; of a hundred events one is late and one elsewhere, and of a hundred picks one is late. Run:
python tests/benchmarks/bench_geometry.py
"""

import sys
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from deepquake.catalog.events import Event, Pick  # noqa: E402
from deepquake.earth.geo import KM_PER_DEGREE  # noqa: E402
from deepquake.earth.geometry import Geometry, check_geometry  # noqa: E402
from deepquake.earth.stations import Station  # noqa: E402

N_STATIONS, N_PICKED = 100, 6
WANTED_S = {10_000: 1.5, 100_000: 15.0}  # processor seconds, by events
ORIGIN_S, EVERY_S = 1_500_000_000.0, 600.0
VELOCITIES_KM_S = {"P": 5.6, "S": 3.2}
WRONG = 0.01  # share of the events that are late, of those elsewhere, and of the late picks
LATE_BY_S, ELSEWHERE_DEG = 60.0, 0.7  # the clock of the second station is late by as much


def main() -> None:
    """Print the processor seconds of catalogues of several sizes."""
    for n_events, wanted_s in WANTED_S.items():
        events, stations = make_large(n_events)
        begin = time.process_time()
        found = check_geometry(events, stations)
        taken_s = time.process_time() - begin
        print(
            f"{n_events} events, {sum(len(event.picks) for event in events)} picks, "
            f"{len(stations)} stations: {taken_s:.2f} s of processor time (at most {wanted_s:g}: "
            f"{'met' if taken_s <= wanted_s else 'NOT MET'}); {_text(found)}",
            flush=True,
        )


def make_large(n_events: int, seed: int = 1) -> tuple[list[Event], list[Station]]:
    """Return a made catalogue, in part wrong, and its stations, of which two are wrong."""
    draw = np.random.default_rng(seed)
    places = draw.uniform(-1.0, 1.0, (N_STATIONS, 2)) + [42.0, 0.5]
    stations = [
        Station("XX", f"S{number:03d}", *map(float, place), 300.0)
        for number, place in enumerate(places)
    ]
    wrong = np.zeros((n_events, N_PICKED, 2), bool)
    wrong[draw.random(n_events) < WRONG] = True
    wrong |= draw.random(wrong.shape) < WRONG
    elsewhere = draw.random(n_events) < WRONG
    error_s = draw.normal(0, 0.1, wrong.shape) + LATE_BY_S * wrong
    events = []
    for number in range(n_events):
        latitude, longitude = places.mean(axis=0) + draw.uniform(-0.8, 0.8, 2)
        depth_km, origin_s = draw.uniform(2, 15), ORIGIN_S + EVERY_S * number
        here = draw.permutation(N_STATIONS)[:N_PICKED]
        north_km, east_km = ((places[here] - [latitude, longitude]) * KM_PER_DEGREE).T
        east_km *= np.cos(np.radians(latitude))
        straight_km = np.sqrt(north_km**2 + east_km**2 + (depth_km + 0.3) ** 2)
        event = Event(f"e{number}", origin_s, float(latitude), float(longitude), float(depth_km))
        for k, station in enumerate(here.tolist()):
            for of_phase, (phase, velocity) in enumerate(VELOCITIES_KM_S.items()):
                late_s = error_s[number, k, of_phase] + LATE_BY_S * (station == 1)
                time_s = origin_s + straight_km[k] / velocity + late_s
                event.picks.append(Pick(f"S{station:03d}", phase, float(time_s), "XX"))
        if elsewhere[number]:
            event.latitude = float(latitude) + ELSEWHERE_DEG
        events.append(event)
    stations[0] = Station("XX", "S000", -stations[0].latitude, stations[0].longitude, 300.0)
    return events, stations


def _text(found: Geometry) -> str:
    return f"not believed: {found.text() or 'nothing'}"


if __name__ == "__main__":
    main()
