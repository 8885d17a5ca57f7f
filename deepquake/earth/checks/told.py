"""What a catalogue says against itself: its residuals, S before P, places at 0, hemispheres."""

from collections.abc import Iterable, Sequence

import numpy as np

from deepquake.catalog.events import Event, Pick, is_located, wave_of
from deepquake.core.text import number_of
from deepquake.earth.checks.causes import PLACE_SLIPS, shift_name
from deepquake.earth.checks.findings import Finding, doubt_event, doubt_pick, of_event
from deepquake.earth.checks.gathering import NOT_TIMED
from deepquake.earth.checks.readings import (
    SHARE_OF_TIME,
    SPREADS,
    TO_SIGMA,
    Coordinates,
    event_places,
    station_places,
)
from deepquake.earth.geo import Floats, distance_km
from deepquake.earth.stations import Station

LEAST_RESIDUAL_S = 2.0
UNITS_DOUBTED_S = 5.0  # the median residual of a file whose figures are no seconds
ENOUGH_TOLD = 20  # residuals; less do not tell what is usual
AWAY_KM, HOME_KM = 1000.0, 300.0  # no network is so far from its events; and so near it may be
FEWEST_PAIRS = 10  # of P and S; less do not tell what is usual
FEW_EVENTS_ALONE = 5  # less do not tell where a network stands


def zero_places(events: Sequence[Event]) -> list[Finding]:
    """Doubt the events at latitude, longitude and depth 0, which nobody located, and say so."""
    why = "latitude, longitude and depth are all 0: no location"
    zero = [e for e in events if e.latitude == 0 and e.longitude == 0 and not e.depth_km]
    for event in zero:
        doubt_event(event, why)
    return [of_event(event, why) for event in zero]


def zero_stations(stations: Sequence[Station]) -> list[int]:
    """Return the numbers of the stations at latitude and longitude 0."""
    return [n for n, s in enumerate(stations) if s.latitude == 0 and s.longitude == 0]


def residuals_in_file(events: Iterable[Event], fitting: set[int]) -> list[Finding]:
    """Doubt the picks to which their own file gives a great residual.

    Parameters
    ----------
    events : iterable of Event
        The catalogue.
    fitting : set of int
        The ``id`` of each pick that fits the location of its event: not doubted.

    Returns
    -------
    list of Finding
        One for each pick.
    """
    told = [
        (event, pick, pick.residual_s)
        for event in events
        for pick in event.picks
        if pick.residual_s is not None and _wave_in_use(pick)
    ]
    if not told:
        return []
    sizes_s = np.abs([residual_s for _, _, residual_s in told])
    # most of a few may be wrong
    usual_s = float(np.median(sizes_s) if len(told) >= ENOUGH_TOLD else np.min(sizes_s))
    if usual_s > UNITS_DOUBTED_S:
        message = f"residuals of {usual_s:g} s and more in the catalogue: in seconds? not used"
        return [Finding("catalogue", message)]
    findings = []
    for event, pick, residual_s in told:
        travel_s = 0.0 if event.origin_time is None else pick.time - event.origin_time
        allowed_s = max(
            LEAST_RESIDUAL_S, SPREADS[0] * TO_SIGMA * usual_s, SHARE_OF_TIME * abs(travel_s)
        )
        if abs(residual_s) <= allowed_s or id(pick) in fitting or pick.doubt:
            continue
        cause = shift_name(residual_s)
        why = f"residual {residual_s:.1f} s in the file" + (f" ({cause})" if cause else "")
        doubt_pick(pick, why)
        findings.append(of_event(event, f"{why}: not used", [pick]))
    return findings


def origins_after_picks(events: Iterable[Event]) -> list[Finding]:
    """Doubt the events most of whose readings, in use or not, come before their origin time."""
    findings = []
    for event in events:
        if event.origin_time is None or event.doubt:
            continue
        limit_s = event.origin_time - LEAST_RESIDUAL_S
        if all(pick.time >= limit_s for pick in event.picks):  # most often so
            continue
        read = [pick for pick in event.picks if wave_of(pick.phase)]
        early = [pick for pick in read if pick.time < limit_s]
        if 2 * len(early) <= len(read):
            continue
        before_s = float(np.median([event.origin_time - pick.time for pick in early]))
        cause = shift_name(before_s)
        why = f"{len(early)} of {number_of(len(read), 'pick')} {before_s:.1f} s before its origin"
        why += f" ({cause})" if cause else ""
        doubt_event(event, why)
        for pick in early:
            doubt_pick(pick, why)
        findings.append(of_event(event, f"{why}: neither is used"))
    return findings


def phases_out_of_order(events: Iterable[Event], fitting: set[int]) -> list[Finding]:
    """Doubt the P and S of a station and event of which S is not the later one.

    Parameters
    ----------
    events : iterable of Event
        The catalogue.
    fitting : set of int
        The ``id`` of each pick that fits the location of its event: not doubted, if the other
        one does not fit.

    Returns
    -------
    list of Finding
        One for each pair.
    """
    findings, n_pairs, events = [], 0, list(events)
    for event in events:
        first: dict[str, dict[tuple[str, str], Pick]] = {"P": {}, "S": {}}
        for pick in event.picks:
            if wave := _wave_in_use(pick):
                name, here = (pick.network, pick.station), first[wave]
                if name not in here or pick.time < here[name].time:
                    here[name] = pick
        for name, p in first["P"].items():
            s = first["S"].get(name)
            n_pairs += s is not None
            if s is None or s.time > p.time:
                continue
            pair = p, s
            wrong = [pick for pick in pair if id(pick) not in fitting]
            new = [pick for pick in (wrong or pair) if not pick.doubt]
            before_s = p.time - s.time
            why = f"S {before_s:.2f} s before P" if before_s else "S at the time of P"
            for pick in new:
                doubt_pick(pick, why)
            if new:
                findings.append(of_event(event, f"{why}: not used", new))
    if n_pairs >= FEWEST_PAIRS and len(findings) > n_pairs / 2:
        why = "P and S seem to be exchanged"
        left = [pick for event in events for pick in event.picks if _wave_in_use(pick)]
        for pick in left:
            if id(pick) not in fitting:
                doubt_pick(pick, why)
        message = f"S before P at {len(findings)} of {n_pairs} stations that have both: {why}"
        findings.insert(0, Finding("catalogue", f"{message}: no P is used that fits no location"))
    return findings


def wrong_hemisphere(
    events: Sequence[Event], stations: Sequence[Station]
) -> tuple[list[int], list[Finding]]:
    """Return the stations that would stand among the events but for a slip of their coordinates.

    It needs no picks: all located events are far from all stations, and near after the slip.

    Parameters
    ----------
    events : sequence of Event
        The catalogue.
    stations : sequence of Station
        Those whose place is known.

    Returns
    -------
    tuple of list
        The numbers of the stations, and what was found.
    """
    numbers = [n for n, s in enumerate(stations) if s.latitude or s.longitude]
    local = [e for e in events if is_located(e) and not e.doubt and e.distance != "D"]
    if not numbers or len(local) < FEW_EVENTS_ALONE:
        return [], []
    sources, receivers = event_places(local), station_places([stations[n] for n in numbers])
    away_km = _typical_km(sources, receivers)
    if away_km < AWAY_KM:
        return [], []
    for name, change in PLACE_SLIPS.items():
        if _typical_km(sources, change(receivers)) <= HOME_KM:
            message = (
                f"{number_of(len(numbers), 'station')}: {away_km:.0f} km (median) from the events; "
                f"{name} would bring them among them: their coordinates are not used"
            )
            return numbers, [Finding("catalogue", message)]
    return [], []


def _typical_km(sources: Coordinates, receivers: Coordinates) -> float:
    """Return the distance of most events to the middle of the stations."""
    lat, lon = float(np.median(receivers.latitude)), float(np.median(receivers.longitude))
    away_km: Floats = distance_km(lat1=sources.latitude, lon1=sources.longitude, lat2=lat, lon2=lon)
    return float(np.median(away_km))


def _wave_in_use(pick: Pick) -> str:
    """Return "P" or "S" where a pick is the first of either and its time is used, else ""."""
    return "" if pick.weight in NOT_TIMED else wave_of(pick.phase)
