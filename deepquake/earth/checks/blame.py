"""Who is to blame where picks, events and stations do not fit.

A station, where most of its picks are off while the same events fit elsewhere; an event, where most
of its picks are off; else the pick.
"""

from collections.abc import Iterable, Sequence

import numpy as np

from deepquake.catalog.events import Event
from deepquake.core.text import listing, number_of
from deepquake.earth.checks.blame_events import blame_events
from deepquake.earth.checks.causes import after_slip, in_brackets, place_slips, shift_name
from deepquake.earth.checks.comparison import Comparison, after_one_that_fits, station_name
from deepquake.earth.checks.findings import Finding, doubt_event, doubt_pick, of_event
from deepquake.earth.checks.gathering import gather
from deepquake.earth.checks.readings import (
    CURVE_KM,
    ENOUGH,
    LEAST_MISFIT_S,
    TO_SIGMA,
    Misfits,
    fit_curves,
    hold_against,
    hold_against_others,
    other_phase_s,
)
from deepquake.earth.stations import Station

SMALL_NETWORK = 20  # stations, of which one may bend the curves
FEW_EVENTS = 3  # of a station; less do not tell its coordinates from its picks
SHARE_OF_ALLOWED = 0.67  # of what a pick may be off by: the most that half of a station's may be
LEAST_OFF, SHARE_OFF, TIMES_USUAL = 4, 0.15, 1.5  # picks off, and misfits of the rest: suspect
CLOCK_S = 1.0  # a wrong clock is off by more
CLOCK_SPREAD_S = 0.75  # picks at a wrong clock are off by figures so much alike
LEAST_TO_COMPARE = 4  # readings, before most of a catalogue can be called wrong
MOST = 0.8  # share of readings off that one slip must explain
SLOWEST_MEAN_P_KM_S, FROM_KM = 4.0, 15.0  # no P goes so slowly over so far or farther


def compare_readings(events: Sequence[Event], stations: Sequence[Station]) -> Comparison:
    """Hold all readings against places and each other; set ``doubt`` where they fail.

    Parameters
    ----------
    events : sequence of Event
        The catalogue.
    stations : sequence of Station
        Those whose place is known.

    Returns
    -------
    Comparison
        What was found, and the stations that are to blame.
    """
    readings = gather(events, stations)
    curves = fit_curves(readings, np.ones(len(readings), bool))
    misfits = hold_against(readings, curves)
    found = Comparison(
        events,
        stations,
        readings,
        curves=curves,
        misfits=misfits,
        blamed=set(),
        placed=set(),
        findings=[],
    )
    if not len(readings):
        return found
    _blame_all(found)
    while _blame_stations(found):
        found.fit_again()
    blame_events(found)
    return found


def _blame_all(found: Comparison) -> None:
    """Find one cause for most of a catalogue that does not fit."""
    readings, off = found.readings, found.misfits.off
    _blame_slow_p(found)
    if len(readings) < LEAST_TO_COMPARE or np.mean(off) <= 0.5:
        return
    near = off & (readings.straight_km <= CURVE_KM)
    if near.sum() >= MOST * off.sum():
        shift_s = float(np.median(found.misfits.seconds[near]))
        left_s = np.abs(found.misfits.seconds[near] - shift_s)
        if np.mean(left_s <= 2 * found.misfits.allowed_s[near]) >= MOST:
            _shifted_all(found, shift_s, n_off=int(off.sum()))
            return
    numbers_off = np.flatnonzero(off)
    given = readings.some(numbers_off), found.curves, found.places(numbers_off)
    (of_stations,), (of_events,) = (place_slips(*given, of_events=of) for of in (False, True))
    far_km = float(np.median(readings.straight_km[off]))
    how_far = f"stations are {far_km:.0f} km (median) from the events that have picks there"
    if of_stations:
        numbers = np.unique(readings.station[off]).tolist()
        names = listing([station_name(found.stations[n]) for n in numbers], 8)
        also = " (or those of the events)" if of_events == of_stations else ""
        message = (
            f"{number_of(len(numbers), 'station')} ({names}): {how_far}, and {of_stations} would "
            f"make them fit{also}: their coordinates are not used"
        )
        found.findings.append(Finding("catalogue", message))
        found.blamed |= set(numbers)
        # nor is there reason to believe the others of the list, at which nothing was read
        found.blamed |= set(range(len(found.stations))) - set(readings.station.tolist())
        found.findings += [
            Finding("station", f"station {name}: {of_stations}?", name)
            for name in (station_name(found.stations[n]) for n in numbers)
        ]
        found.fit_again()
        # where the stations seem to stand, picks can be judged, though nothing is estimated there
        moved = after_slip(found.stations, of_stations)
        found.findings += compare_readings(found.events, moved).findings
    elif of_events:
        numbers = np.unique(readings.event[off]).tolist()
        message = (
            f"{number_of(len(numbers), 'event')}: {how_far}, and {of_events} would make them fit: "
            "their locations are not used"
        )
        found.findings.append(Finding("catalogue", message))
        _doubt_events(found, numbers, f"its location cannot be right: {of_events}?")


def _blame_slow_p(found: Comparison) -> None:
    """Find P that are as slow as S all over a catalogue."""
    readings, p = found.readings, found.curves[0]
    is_p_phase = (readings.phase == 0) & (readings.straight_km <= CURVE_KM)
    fits = is_p_phase & ~found.misfits.off & (readings.straight_km >= FROM_KM)
    if fits.sum() < ENOUGH or fits.sum() < 0.5 * is_p_phase.sum():
        return
    x_km = float(np.median(readings.straight_km[fits]))
    velocity = x_km / float(p.times_s(x_km))
    if velocity >= SLOWEST_MEAN_P_KM_S:
        return
    why = f"P travel at {velocity:.1f} km/s over {x_km:.0f} km: are they S, or origin times early?"
    found.findings.append(Finding("catalogue", f"{why} No P is used"))
    for number in np.flatnonzero(readings.phase == 0).tolist():
        doubt_pick(readings.picks[number], why)
    _doubt_events(found, np.unique(readings.event[fits]).tolist(), why)


def _shifted_all(found: Comparison, shift_s: float, n_off: int) -> None:
    cause = shift_name(shift_s)
    late = "after" if shift_s > 0 else "before"
    names = listing(map(station_name, found.stations), 12)
    message = (
        f"{n_off} of {len(found.readings)} picks (at {names}) are {abs(shift_s):.1f} s {late} "
        f"where origin times put them{in_brackets(cause)}: neither is used"
    )
    found.findings.append(Finding("catalogue", message))


def _doubt_events(found: Comparison, numbers: Iterable[int], why: str) -> None:
    for number in numbers:
        event = found.events[number]
        if not event.doubt:
            doubt_event(event, why)
            found.findings.append(of_event(event, why))


def _blame_stations(found: Comparison) -> bool:
    """Blame stations most of whose picks are off while their events fit elsewhere.

    In a small network only the worst one, which may bend the curves of the others. Return whether
    there was one.
    """
    readings = found.readings
    doubtful = np.array([bool(event.doubt) for event in found.events])[readings.event]
    further = readings.beside_manual | after_one_that_fits(readings, found.misfits)
    counted = np.flatnonzero(~found.is_blamed() & ~doubtful & ~further)
    if not len(counted):
        return False
    misfits = hold_against_others(readings.some(counted), np.ones(len(counted), bool))
    event, station = readings.event[counted], readings.station[counted]
    off, of_allowed = misfits.off, np.abs(misfits.seconds) / misfits.allowed_s
    _, back = np.unique(event * len(found.stations) + station, return_inverse=True)
    n_others = (np.bincount(event)[event] - np.bincount(back)[back]).astype(float)
    off_others = np.bincount(event, weights=off)[event] - np.bincount(back, weights=off)[back]
    # an event that only this station has read tells neither way
    comparable = np.flatnonzero(off_others <= 0.5 * n_others)
    usual = float(np.median(of_allowed[~off])) if not off.all() else 0.0
    order = comparable[np.argsort(station[comparable], kind="stable")]
    numbers, starts = np.unique(station[order], return_index=True)
    parts = np.split(order, starts[1:]) if len(order) else []
    bad: list[tuple[float, int, np.ndarray]] = []
    for number, part in zip(numbers.tolist(), parts, strict=True):
        n_off = int(off[part].sum())
        # a few that are off are wrong picks, if all the others fit as well as elsewhere
        others = np.median(of_allowed[part][~off[part]]) if n_off < len(part) else 1.0
        some = n_off >= LEAST_OFF and n_off > SHARE_OFF * len(part) and others > TIMES_USUAL * usual
        fits = not some and float(np.median(of_allowed[part])) <= SHARE_OF_ALLOWED
        alone = len(np.unique(event[part])) < FEW_EVENTS and not (n_others[part] > 0).any()
        if not fits and not alone:
            bad.append((float(np.median(of_allowed[part])), number, part))
    worst = max((size for size, _, _ in bad), default=0.0)
    least = worst / 2 if len(numbers) > SMALL_NETWORK else worst
    for size, number, part in bad:
        if size >= least:
            _blame_station(found, number, counted[part], misfits=misfits.some(part))
    return bool(bad)


def _blame_station(found: Comparison, number: int, here: np.ndarray, misfits: Misfits) -> None:
    """Say what is wrong with a station; ``here`` are its readings of events that fit elsewhere.

    ``misfits`` are those of these readings from the curves of the other stations.
    """
    readings, seconds, off = found.readings, misfits.seconds, misfits.off
    others = fit_curves(readings, ~found.is_blamed() & (readings.station != number))
    median_s, size_s = float(np.median(seconds)), float(np.median(np.abs(seconds)))
    spread_s = TO_SIGMA * float(np.median(np.abs(seconds - median_s)))
    some = readings.some(here)
    (slip,) = place_slips(some, others, found.places(here), of_events=False)
    far_km = float(np.median(readings.straight_km[here]))
    as_other_s = float(np.median(np.abs(other_phase_s(some, others))))
    few = len(np.unique(readings.event[here])) < FEW_EVENTS
    off_by, all_of_it = f"off by {size_s:.1f} s (median)", readings.station == number
    doubted, placed = np.empty(0, np.intp), False
    if slip:
        why = f"{far_km:.0f} km (median) from its events; {slip}?"
    elif far_km > CURVE_KM:
        why = f"{far_km:.0f} km (median) from the events that have picks there: coordinates?"
    elif few:  # too few to tell: the picks may be as wrong as the station
        why = f"{off_by}{in_brackets(shift_name(median_s))}: its picks or its coordinates?"
        doubted = np.flatnonzero(all_of_it)
    elif as_other_s < min(0.5 * size_s, LEAST_MISFIT_S[0]):
        why = f"{off_by}, S where P should be or P where S: exchanged?"
        doubted, placed = np.flatnonzero(all_of_it), True
    elif abs(median_s) > CLOCK_S and spread_s <= CLOCK_SPREAD_S:
        late = "late" if median_s > 0 else "early"
        named = in_brackets(shift_name(median_s))
        why = f"all {abs(median_s):.1f} s {late}{named}: its clock, or the times of its picks?"
        doubted = np.flatnonzero(all_of_it)
    elif off.mean() > 0.5:
        why = f"{off_by} where the events fit elsewhere: coordinates?"
    else:
        why = f"{off_by} where the events fit elsewhere: its picks or its coordinates?"
        doubted = here[off]
    found.blamed.add(number)
    found.placed |= {number} if placed else set()
    name = station_name(found.stations[number])
    known = f"{int(off.sum())} of {number_of(len(here), 'pick')} not where they should be"
    used = "these picks are not used" if len(doubted) else "no arrival is estimated there"
    used += " and no arrival is estimated there" if len(doubted) and not placed else ""
    message = f"station {name}: {known}: {why} {used.capitalize()}"
    found.findings.append(Finding("station", message, name))
    every = len(doubted) == all_of_it.sum()
    for pick in readings.picks[doubted]:
        doubt_pick(pick, why)
        if every:  # then those of events without a location too
            found.doubted[pick.network, pick.station] = why
