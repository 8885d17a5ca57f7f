"""Blame of events most of whose picks are off, and else of picks."""

import numpy as np

from deepquake.catalog.events import Event
from deepquake.core.text import number_of
from deepquake.earth.checks.causes import fitting_place, in_brackets, place_slips, shift_name
from deepquake.earth.checks.comparison import Comparison, after_one_that_fits
from deepquake.earth.checks.findings import doubt_event, doubt_pick, of_event
from deepquake.earth.checks.readings import (
    CURVE_KM,
    LEAST_MISFIT_S,
    Indices,
    Mask,
    Misfits,
    other_phase_s,
)
from deepquake.earth.geo import Floats, distance_km

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
    misfits = misfits.some(numbers)
    _, starts, counts = np.unique(readings.event[numbers], return_index=True, return_counts=True)
    middle_s = misfits.seconds[starts + counts // 2]
    alike = _by_one_figure(misfits, np.repeat(middle_s, counts))
    n_alike = np.add.reduceat(alike.astype(int), starts)
    off = misfits.off
    n_off = np.add.reduceat(off.astype(int), starts)
    shifted = np.abs(middle_s) > LEAST_MISFIT_S[0]
    shifted &= (counts >= LEAST_SHIFTED) & (n_alike >= ALIKE * counts)
    as_other = np.zeros(len(numbers), bool)
    as_other[off] = _fits_as_other_phase(found, numbers[off])
    n_other = np.add.reduceat(as_other.astype(int), starts)
    of_picks = ((n_off <= counts / 2) & ~shifted) | ((n_off > 0) & (n_other == n_off))
    slips = _slips(found, numbers, counts, chosen=~of_picks)
    for k in np.flatnonzero((n_off > 0) | shifted).tolist():
        part = slice(starts[k], starts[k] + counts[k])
        if of_picks[k]:
            wrong = numbers[part][off[part]].tolist(), as_other[part][off[part]].tolist()
            for number, exchanged in zip(*wrong, strict=True):
                _blame_pick(found, number, exchanged)
        else:
            _blame_event(found, numbers[part], slips.get(k, ""))


def _slips(found: Comparison, numbers: Indices, counts: Indices, chosen: Mask) -> dict[int, str]:
    """Return the slips of places that would make most readings of the events chosen fit.

    ``numbers`` are those of the readings, event by event, and ``counts`` how many each has.
    """
    some, sizes = numbers[np.repeat(chosen, counts)], counts[chosen]
    if not len(some):
        return {}
    slips = place_slips(
        found.readings.some(some),
        found.curves,
        found.places(some),
        starts=np.cumsum(sizes) - sizes,
        of_events=True,
    )
    return dict(zip(np.flatnonzero(chosen).tolist(), slips, strict=True))


def _by_one_figure(misfits: Misfits, shift_s: Floats | float) -> Mask:
    """Return which readings are off by much the same figure."""
    most_s = np.minimum(misfits.allowed_s, np.maximum(3.0, 0.1 * np.abs(shift_s)))
    return np.abs(misfits.seconds - shift_s) <= most_s


def _blame_event(found: Comparison, part: Indices, slip: str) -> None:
    """Blame an event; ``part`` are its readings, ``slip`` what would make most of them fit."""
    misfits = found.misfits.some(part)
    event = found.events[int(found.readings.event[part[0]])]
    shift_s = float(np.median(misfits.seconds))
    near = bool(np.all(found.readings.straight_km[part] <= CURVE_KM))
    alike = near and float(np.mean(_by_one_figure(misfits, shift_s))) >= ALIKE
    n_off = int(misfits.off.sum())
    told = bool(event.doubt)
    known = f"{n_off} of {number_of(len(part), 'pick')} not where"
    if slip:
        why = f"{known} its location puts them; {slip} would make them fit: it is not used"
        doubt_event(event, why)
    elif not alike and (away_km := _away_km(found, event, part)) is not None:
        why = f"{known} its location puts them, but where one {away_km:.0f} km away would"
        why += ": it is not used"
        doubt_event(event, why)
    elif alike:
        late = "after" if shift_s > 0 else "before"
        why = (
            f"{number_of(len(part), 'pick')} {abs(shift_s):.1f} s {late} where its origin puts "
            f"them{in_brackets(shift_name(shift_s))}: neither origin nor picks are used"
        )
        _doubt_both(found, event, part, why=why)
    else:
        most_s = float(np.max(np.abs(misfits.seconds)))
        why = (
            f"{known} its origin puts them, by up to {most_s:.1f} s: neither its location nor "
            "these picks are used"
        )
        _doubt_both(found, event, part[misfits.off], why=why)
    if not told:
        found.findings.append(of_event(event, why))


def _doubt_both(found: Comparison, event: Event, part: np.ndarray, why: str) -> None:
    doubt_event(event, why)
    for k in part.tolist():
        doubt_pick(found.readings.picks[k], why)


def _away_km(found: Comparison, event: Event, part: Indices) -> float | None:
    """Return how far from its location the readings of an event would fit, None if nowhere."""
    _, stations = found.places(part)
    place = fitting_place(found.readings.some(part), found.curves, stations)
    if place is None:
        return None
    return float(
        distance_km(lat1=event.latitude, lon1=event.longitude, lat2=place[0], lon2=place[1])  # type: ignore[arg-type]
    )


def _fits_as_other_phase(found: Comparison, part: Indices) -> Mask:
    seconds = other_phase_s(found.readings.some(part), found.curves)
    return np.abs(seconds) <= LEAST_MISFIT_S[0]


def _blame_pick(found: Comparison, number: int, exchanged: bool) -> None:
    readings, seconds = found.readings, float(found.misfits.seconds[number])
    event, pick = found.events[int(readings.event[number])], readings.picks[number]
    late = "late" if seconds > 0 else "early"
    cause = shift_name(seconds)
    if exchanged:
        cause = f"where the {'P' if readings.phase[number] else 'S'} should be: phases exchanged?"
    why = f"{abs(seconds):.1f} s {late} for its event's location{in_brackets(cause)}"
    if not pick.doubt:
        doubt_pick(pick, why)
        found.findings.append(of_event(event, f"{why}: not used", [pick]))
