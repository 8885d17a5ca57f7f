"""Stations whose place is wrong: their P and S tell other distances of the events than the place.

P and S of a station tell the origin time wherever it is, and so the event that they are of; S less
P tells how far that was.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from deepquake.core.report import Report
from deepquake.detection.association.fits import FoundSource
from deepquake.earth.geo import Floats
from deepquake.earth.location.locating import ArrivalTimes
from deepquake.earth.location.network_times import NetworkTimes, P, S
from deepquake.earth.stations import Station

ONE_ORIGIN_S = 2.0  # by which the origin time of P and S may be off
LEAST_PAIRS, TIMES_CHANCE = 4, 3.0  # of a station, and of those that chance makes
LEAST_OFF_S, LEAST_OFF_SHARE = 3.0, 0.3  # of S less P: a place some 25 km away, or more
MOST_OFF = 0.8  # of the pairs of a station whose place is wrong
FEWEST_RIGHT = 3  # other stations, most of whose pairs are as their places tell


@dataclass(frozen=True)
class Misplaced:
    """A station of a network, by number, and S less P in the median: seen and at its place."""

    station: int
    n_events: int
    seen_s: float
    there_s: float


def most_misplaced(
    found: Sequence[FoundSource], times: NetworkTimes, arrivals: ArrivalTimes
) -> Misplaced | None:
    """Return the station whose place is wrong, of several the one that is most.

    Parameters
    ----------
    found : sequence of FoundSource
        The events, in order of time.
    times : NetworkTimes
        The travel times.
    arrivals : ArrivalTimes
        All arrivals, in order of time.
    """
    if not found:
        return None
    origins_s = np.array([event.source.time_s for event in found])
    places_km = np.array([event.source.xyz_km for event in found])
    off: dict[int, float] = {}
    told: dict[int, Misplaced] = {}
    for station in np.unique(arrivals.station).tolist():
        own = arrivals.station == station
        event, seen_s, by_chance = _pairs(
            arrivals.time_s[own & (arrivals.phase == P)],
            arrivals.time_s[own & (arrivals.phase == S)],
            origins_s=origins_s,
            ratio=float(times.usual_slowness[S] / times.usual_slowness[P]),
        )
        if len(event) < max(LEAST_PAIRS, TIMES_CHANCE * by_chance):
            continue
        p_s, s_s = times(np.array([station, station]), np.array([P, S]), places_km[event]).T
        there_s = s_s - p_s
        most_s = np.maximum(LEAST_OFF_S, LEAST_OFF_SHARE * np.maximum(seen_s, there_s))
        off[station] = float(np.mean(np.abs(seen_s - there_s) > most_s))
        medians = float(np.median(seen_s)), float(np.median(there_s))
        told[station] = Misplaced(station, len(event), *medians)
    wrong = [told[station] for station, share in off.items() if share >= MOST_OFF]
    if not wrong or sum(share <= 1 - MOST_OFF for share in off.values()) < FEWEST_RIGHT:
        return None
    return max(wrong, key=lambda of: abs(of.seen_s - of.there_s))


def tell_misplaced(
    misplaced: Iterable[tuple[Station, Misplaced]], report: Report, path: Path | str
) -> None:
    """Note stations whose place is wrong.

    Parameters
    ----------
    misplaced : iterable of (Station, Misplaced)
        The stations.
    report : Report
        Is told.
    path : Path or str
        Where their places are from.
    """
    for station, of in misplaced:
        name = ".".join(filter(None, (station.network, station.code)))
        report.note(
            path,
            f"{name} is at a wrong place: its S come {of.seen_s:.1f} s after P, there it would be "
            f"{of.there_s:.1f} s (medians of {of.n_events} events); no event is located by it",
        )


def _pairs(
    p_s: Floats, s_s: Floats, origins_s: Floats, ratio: float
) -> tuple[np.ndarray, Floats, float]:
    """Return events that P and the next S tell of, S less P, and how many chance would make."""
    following = np.searchsorted(s_s, p_s, side="right")
    has = following < len(s_s)
    p_s, s_s = p_s[has], s_s[following[has]]
    after_s = s_s - p_s
    told_s = p_s - after_s / (ratio - 1)
    right = np.clip(np.searchsorted(origins_s, told_s), 1, max(len(origins_s) - 1, 1))
    left = right - 1
    right = np.minimum(right, len(origins_s) - 1)
    nearer = np.abs(origins_s[left] - told_s) <= np.abs(origins_s[right] - told_s)
    event = np.where(nearer, left, right)
    good = np.abs(origins_s[event] - told_s) < ONE_ORIGIN_S
    event, first = np.unique(event[good], return_index=True)
    over_s = max(float(np.ptp(np.concatenate([p_s, origins_s]))), 1.0)
    share = min(2 * ONE_ORIGIN_S * len(origins_s) / over_s, 1.0)
    return event, after_s[good][first], float(share * len(p_s))
