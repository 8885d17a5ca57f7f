"""Who is to blame where picks, events and stations do not fit.

A station, where most of its picks are off while the same events fit elsewhere; an event, where most
of its picks are off; else the pick.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from deepquake.catalog.events import Event
from deepquake.core.text import listing, number_of
from deepquake.earth.checks.causes import after_slip, fitting_place, place_slip, shift_name
from deepquake.earth.checks.findings import Finding, doubt_event, doubt_pick, of_event
from deepquake.earth.checks.readings import (
    CURVE_KM,
    ENOUGH,
    LEAST_MISFIT_S,
    TO_SIGMA,
    Curve,
    Mask,
    Misfits,
    Readings,
    event_places,
    fit_curves,
    gather,
    hold_against,
    hold_against_others,
    other_phase_s,
    station_places,
)
from deepquake.earth.geo import Floats, distance_km
from deepquake.earth.stations import Station

SMALL_NETWORK = 20  # stations, of which one may bend the curves
FEW_EVENTS = 3  # of a station; less do not tell its coordinates from its picks
STATION_MISFIT_S, TIMES_USUAL = 1.0, 4.0  # the median misfit that a station may have
CLOCK_SPREAD_S = 0.75  # picks at a wrong clock are off by figures so much alike
LEAST_TO_COMPARE = 4  # readings, before most of a catalogue can be called wrong
MOST = 0.8  # share of readings off that one slip must explain
ALIKE = 0.75  # share of the readings of an event that one shift must explain
SLOWEST_MEAN_P_KM_S, FROM_KM = 4.0, 15.0  # no P goes so slowly over so far or farther


@dataclass
class Comparison:
    """Readings held against what they should be, and who is to blame for those that do not fit."""

    events: Sequence[Event]
    stations: Sequence[Station]
    readings: Readings
    curves: tuple[Curve, Curve]
    misfits: Misfits
    blamed: set[int] = field(default_factory=set)  # numbers of stations whose picks do not fit
    placed: set[int] = field(default_factory=set)  # of those, where coordinates are believed
    findings: list[Finding] = field(default_factory=list)

    def is_blamed(self) -> Mask:
        """Return which readings are of stations that are to blame."""
        return np.isin(self.readings.station, list(self.blamed))

    def fit_again(self) -> None:
        """Fit the curves to the readings that nothing is known against."""
        # at first all; then those of stations that are not to blame
        self.curves = fit_curves(self.readings, ~self.is_blamed())
        self.misfits = hold_against(self.readings, self.curves)


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
        events, stations, readings, curves, misfits, blamed=set(), placed=set(), findings=[]
    )
    if not len(readings):
        return found
    _blame_all(found)
    while _blame_stations(found):
        found.fit_again()
    _blame_events(found)
    return found


def station_name(station: Station) -> str:
    """Return network and code, or the code alone."""
    return ".".join(filter(None, (station.network, station.code)))


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
    places = {"events": event_places(found.events), "stations": station_places(found.stations)}
    of_stations = place_slip(readings, found.curves, off, **places, of_events=False)
    of_events = place_slip(readings, found.curves, off, **places, of_events=True)
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
    names = listing([station_name(station) for station in found.stations], 12)
    message = (
        f"{n_off} of {len(found.readings)} picks (at {names}) are {abs(shift_s):.1f} s {late} "
        f"where origin times put them{_in_brackets(cause)}: neither is used"
    )
    found.findings.append(Finding("catalogue", message))


def _in_brackets(cause: str) -> str:
    return f" ({cause})" if cause else ""


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
    counted = np.flatnonzero(~found.is_blamed() & ~doubtful)
    if not len(counted):
        return False
    misfits = hold_against_others(readings.some(counted), np.ones(len(counted), bool))
    event, station = readings.event[counted], readings.station[counted]
    off, size_s = misfits.off, np.abs(misfits.seconds)
    usual_s = float(np.median(size_s[~off])) if (~off).any() else 0.0
    most_s = max(STATION_MISFIT_S, TIMES_USUAL * usual_s)
    _, back = np.unique(event * len(found.stations) + station, return_inverse=True)
    n_others = (np.bincount(event)[event] - np.bincount(back)[back]).astype(float)
    off_others = np.bincount(event, weights=off)[event] - np.bincount(back, weights=off)[back]
    # an event that only this station has read tells neither way
    comparable = np.flatnonzero(off_others <= 0.5 * n_others)
    order = comparable[np.argsort(station[comparable], kind="stable")]
    numbers, starts = np.unique(station[order], return_index=True)
    parts = np.split(order, starts[1:]) if len(order) else []
    bad: list[tuple[float, int, np.ndarray]] = []
    for number, part in zip(numbers.tolist(), parts, strict=True):
        median_s = float(np.median(size_s[part]))
        fits = np.mean(off[part]) <= 0.5 and median_s <= most_s
        alone = len(np.unique(event[part])) < FEW_EVENTS and not (n_others[part] > 0).any()
        if not fits and not alone:
            bad.append((median_s, number, part))
    worst_s = max((median_s for median_s, _, _ in bad), default=0.0)
    least_s = worst_s / 2 if len(numbers) > SMALL_NETWORK else worst_s
    for median_s, number, part in bad:
        if median_s >= least_s:
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
    some = np.zeros(len(readings), bool)
    some[here] = True
    places = {"events": event_places(found.events), "stations": station_places(found.stations)}
    slip = place_slip(readings, others, some, **places, of_events=False)
    far_km = float(np.median(readings.straight_km[here]))
    as_other_s = float(np.median(np.abs(other_phase_s(readings, others)[here])))
    if slip:
        why = f"{far_km:.0f} km (median) from its events; {slip}?"
    elif far_km > CURVE_KM:
        why = f"{far_km:.0f} km (median) from the events that have picks there: coordinates?"
    elif as_other_s < min(0.5 * size_s, LEAST_MISFIT_S[0]):
        found.placed.add(number)
        why = f"picks off by {size_s:.1f} s (median), S where P should be or P where S: exchanged?"
    elif abs(median_s) > STATION_MISFIT_S and spread_s <= CLOCK_SPREAD_S and len(here) > 2:
        late = "late" if median_s > 0 else "early"
        named = _in_brackets(shift_name(median_s))
        why = f"all {abs(median_s):.1f} s {late}{named}: its clock, or the times of its picks?"
    else:
        why = f"off by {size_s:.1f} s (median) where the events fit elsewhere: coordinates?"
    stay = bool(slip) or far_km > CURVE_KM or why.endswith("coordinates?")
    if not slip and far_km <= CURVE_KM and len(np.unique(readings.event[here])) < FEW_EVENTS:
        stay = False  # too few to tell: the picks may be as wrong as the station
        named = _in_brackets(shift_name(median_s))
        why = f"off by {size_s:.1f} s{named} where the events fit elsewhere: picks or coordinates?"
    found.blamed.add(number)
    name = station_name(found.stations[number])
    known = f"{int(off.sum())} of {number_of(len(here), 'pick')} not where they should be"
    unused = ["no arrival is estimated there"] * (number not in found.placed)
    unused = ["its picks are not used"] * (not stay) + unused
    message = f"station {name}: {known}: {why} {' and '.join(unused).capitalize()}"
    found.findings.append(Finding("station", message, name))
    if not stay:
        for k in np.flatnonzero(readings.station == number).tolist():
            doubt_pick(readings.picks[k], why)


def _blame_events(found: Comparison) -> None:
    """Blame events most of whose picks are off, and else picks."""
    readings, misfits = found.readings, found.misfits
    numbers = np.flatnonzero(~found.is_blamed() & ~_after_one_that_fits(readings, misfits))
    if not len(numbers):
        return
    # by event, and within it by misfit, so that the median stands in the middle
    numbers = numbers[np.lexsort((misfits.seconds[numbers], readings.event[numbers]))]
    events, starts, counts = np.unique(
        readings.event[numbers], return_index=True, return_counts=True
    )
    middle_s = misfits.seconds[numbers[starts + counts // 2]]
    alike = _by_one_figure(misfits, numbers, np.repeat(middle_s, counts))
    n_alike = np.add.reduceat(alike.astype(int), starts)
    n_off = np.add.reduceat(misfits.off[numbers].astype(int), starts)
    shifted = np.abs(middle_s) > LEAST_MISFIT_S[0]
    shifted &= (counts >= LEAST_TO_COMPARE) & (n_alike >= ALIKE * counts)
    parts = np.split(numbers, starts[1:])
    for k in np.flatnonzero((n_off > 0) | shifted).tolist():
        _blame_event(found, found.events[int(events[k])], parts[k], bool(shifted[k]))


def _by_one_figure(misfits: Misfits, part: np.ndarray, shift_s: ArrayLike) -> Mask:
    """Return which readings are off by much the same figure."""
    most_s = np.minimum(misfits.allowed_s[part], np.maximum(3.0, 0.1 * np.abs(shift_s)))
    return np.abs(misfits.seconds[part] - shift_s) <= most_s


def _blame_event(found: Comparison, event: Event, part: np.ndarray, shifted: bool) -> None:
    """Blame an event, or those of its readings (``part``) that are off."""
    readings, misfits = found.readings, found.misfits
    off = part[misfits.off[part]]
    shift_s = float(np.median(misfits.seconds[part]))
    near = bool(np.all(readings.straight_km[part] <= CURVE_KM))
    few = len(off) <= len(part) / 2 and not shifted
    if few or _fits_as_other_phase(found, off):
        for k in off.tolist():
            _blame_pick(found, event, k)
        return
    told = bool(event.doubt)
    share = float(np.mean(_by_one_figure(misfits, part, shift_s)))
    alike = near and share >= ALIKE
    if why := _why_elsewhere(found, part, alike):
        doubt_event(event, why)
    elif alike:
        late = "after" if shift_s > 0 else "before"
        why = (
            f"{number_of(len(part), 'pick')} {abs(shift_s):.1f} s {late} where its origin puts "
            f"them{_in_brackets(shift_name(shift_s))}: neither origin nor picks are used"
        )
        _doubt_both(found, event, part, why)
    else:
        most_s = float(np.max(np.abs(misfits.seconds[part])))
        why = (
            f"{len(off)} of {number_of(len(part), 'pick')} not where its origin puts them, by up "
            f"to {most_s:.1f} s: neither its location nor these picks are used"
        )
        _doubt_both(found, event, off, why)
    if not told:
        found.findings.append(of_event(event, why))


def _doubt_both(found: Comparison, event: Event, part: np.ndarray, why: str) -> None:
    doubt_event(event, why)
    for k in part.tolist():
        doubt_pick(found.readings.picks[k], why)


def _why_elsewhere(found: Comparison, part: np.ndarray, alike: bool) -> str:
    """Return why the location of an event is wrong, where its picks fit another one.

    Those that are ``alike`` off fit it too, at another time: only a slip can tell then.
    """
    some = np.zeros(len(found.readings), bool)
    some[part] = True
    n_off = int(found.misfits.off[part].sum())
    known = f"{n_off} of {number_of(len(part), 'pick')} not where its location puts them"
    places = {"events": event_places(found.events), "stations": station_places(found.stations)}
    if slip := place_slip(found.readings, found.curves, some, **places, of_events=True):
        return f"{known}; {slip} would make them fit: it is not used"
    if alike:
        return ""
    place = fitting_place(found.readings, found.curves, some, places["stations"])
    if place is None:
        return ""
    event = found.events[int(found.readings.event[part[0]])]
    away_km = float(
        distance_km(lat1=event.latitude, lon1=event.longitude, lat2=place[0], lon2=place[1])  # type: ignore[arg-type]
    )
    return f"{known}, but where one {away_km:.0f} km away would: it is not used"


def _fits_as_other_phase(found: Comparison, part: np.ndarray) -> bool:
    seconds = np.abs(other_phase_s(found.readings, found.curves)[part])
    return bool(len(part)) and bool(np.all(seconds <= LEAST_MISFIT_S[0]))


def _blame_pick(found: Comparison, event: Event, number: int) -> None:
    readings, seconds = found.readings, float(found.misfits.seconds[number])
    pick = readings.picks[number]
    late = "late" if seconds > 0 else "early"
    cause = shift_name(seconds)
    if _fits_as_other_phase(found, np.array([number])):
        cause = f"where the {'P' if readings.phase[number] else 'S'} should be: phases exchanged?"
    why = f"{abs(seconds):.1f} s {late} for its event's location{_in_brackets(cause)}"
    if not pick.doubt:
        doubt_pick(pick, why)
        found.findings.append(of_event(event, f"{why}: not used", [pick]))


def _after_one_that_fits(readings: Readings, misfits: Misfits) -> Mask:
    """Return which readings are later than one of the same phase, event and station that fits.

    They are arrivals of something else, of which nothing is known.
    """
    n_stations = int(readings.station.max()) + 1
    key = (readings.event * n_stations + readings.station) * 2 + readings.phase
    names, back = np.unique(key, return_inverse=True)
    first_s: Floats = np.full(len(names), np.inf)
    fits = ~misfits.off
    np.minimum.at(first_s, back[fits], readings.travel_s[fits])
    return misfits.off & (readings.travel_s > first_s[back])
