"""Association and location: made arrivals of a network, counted and timed on one core.

    python tests/benchmarks/run.py association

A network of stations records events at random times and places; each station has most of their P
and S, and as many false arrivals as are asked for.
"""

import argparse
import os
import sys
import time
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np  # noqa: E402

from deepquake.core.settings import Settings  # noqa: E402
from deepquake.detection.association.associating import find_events  # noqa: E402
from deepquake.detection.stations import NO_REGION, Detection  # noqa: E402
from deepquake.earth.location.network_times import network_times  # noqa: E402
from tests.earth.location.made_network import made_stations  # noqa: E402

WIDTH_KM, ERROR_S = 100.0, 0.1


def main() -> None:
    """Make arrivals, find their events, and print how long it took and what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--arrivals", type=int, default=100_000)
    parser.add_argument("--stations", type=int, default=50)
    parser.add_argument("--found", type=float, default=0.5, help="share of arrivals picked")
    parser.add_argument("--false", type=float, default=0.2, help="share of false arrivals")
    parser.add_argument("--every", type=float, default=120.0, help="seconds from event to event")
    args = parser.parse_args()
    n_stations = args.stations
    stations = made_stations(n_stations, width_km=WIDTH_KM)
    settings = Settings()
    times = network_times(stations, settings)
    draw = np.random.default_rng(1)
    station = np.tile(np.arange(n_stations), 2)
    phase = np.repeat([0, 1], n_stations)
    n_events = int(args.arrivals * (1 - args.false) / (2 * n_stations * args.found))
    origins_s = np.sort(draw.uniform(0, n_events * args.every, n_events))
    places = draw.uniform([-50, -50, 2], [50, 50, 20], (n_events, 3))
    arrivals: list[Detection] = []
    for origin_s, place in zip(origins_s, places, strict=True):
        at_s = origin_s + times(station, phase, place[None])[0]
        at_s += draw.normal(0, ERROR_S, len(at_s))
        for k in np.flatnonzero(draw.random(len(at_s)) < args.found):
            arrivals.append(_arrival(station[k], phase[k], float(at_s[k])))
    n_false = args.arrivals - len(arrivals)
    for at_s in draw.uniform(0, n_events * args.every, max(n_false, 0)):
        arrivals.append(_arrival(draw.integers(n_stations), draw.integers(2), float(at_s)))
    began = time.process_time()
    events = find_events(arrivals, stations, settings)
    took_s = time.process_time() - began
    found = np.array([event.time_s for event in events])
    nearest = np.abs(origins_s[:, None] - found).min(axis=1) if len(found) else np.inf
    print(
        f"{len(arrivals)} arrivals of {n_stations} stations: {took_s:.1f} s, "
        f"{len(events)} events of {n_events}, "
        f"{int(np.sum(nearest < 1.0))} of these within 1 s"
    )


def _arrival(station: int, phase: int, time_s: float) -> Detection:
    return Detection(
        network="XX",
        station=f"S{station:02d}",
        start_s=time_s,
        end_s=time_s,
        probability=0.8,
        cluster_id=NO_REGION,
        n_windows=0,
        region_probabilities=(),
        time_s=time_s,
        phase="PS"[phase],
    )


if __name__ == "__main__":
    main()
