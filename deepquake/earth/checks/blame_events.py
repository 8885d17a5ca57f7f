"""Blame of events most of whose picks are off, and else of picks."""

import numpy as np
from numpy.typing import ArrayLike

from deepquake.catalog.events import Event
from deepquake.core.text import number_of
from deepquake.earth.checks.causes import fitting_place, in_brackets, place_slip, shift_name
from deepquake.earth.checks.comparison import Comparison, after_one_that_fits
from deepquake.earth.checks.findings import doubt_event, doubt_pick, of_event
from deepquake.earth.checks.readings import (
    CURVE_KM,
    LEAST_MISFIT_S,
    Mask,
    Misfits,
    event_places,
    other_phase_s,
    station_places,
)
from deepquake.earth.geo import distance_km

LEAST_SHIFTED = 4  # readings, before those of an event can be called off by one figure
ALIKE = 0.75  # share of the readings of an event that one shift must explain


def blame_events(found: Comparison) -> None:
    """Blame events most of whose picks are off, and else picks."""
    readings, misfits = found.readings, found.misfits
    numbers = np.flatnonzero(~found.is_blamed() & ~after_one_that_fits(readings, misfits))
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
    shifted &= (counts >= LEAST_SHIFTED) & (n_alike >= ALIKE * counts)
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
            f"them{in_brackets(shift_name(shift_s))}: neither origin nor picks are used"
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
    why = f"{abs(seconds):.1f} s {late} for its event's location{in_brackets(cause)}"
    if not pick.doubt:
        doubt_pick(pick, why)
        found.findings.append(of_event(event, f"{why}: not used", [pick]))
