"""A look at whether the records hold the events when the catalogue says so, or hours off.

A catalogue in local time falls into continuous records all the same: only the samples tell.
"""

import numpy as np

from deepquake.core.intervals import touches
from deepquake.core.progress import progress
from deepquake.core.report import Report
from deepquake.earth.checks.hours import (
    LEAST_LOOKED,
    LEAST_SHIFTS,
    SHIFTS_S,
    judge_hours,
    ranked_together,
)
from deepquake.earth.checks.readings import Mask
from deepquake.earth.geo import Floats
from deepquake.tools.check.comparison import Check
from deepquake.tools.check.places import HIGHPASS_HZ, OnsetRange, choose_places, vertical_of
from deepquake.waveforms.reading import read_filtered

PLACES_A_STREAM = 16  # that are looked at, for each station stream of --look_at
BEFORE_S, AFTER_S = 8.0, 2.0  # of which the rms is compared, on either side of an onset


def look_at_onsets(check: Check, look_at: int) -> None:
    """Compare the onsets where P should be with those at other hours, and say what fits.

    Up to 40 events at the two stations where P comes first, in records of six hours or more.

    Parameters
    ----------
    check : Check
        What was found out so far; takes the result (``hours``), and a finding where another hour
        than that of the catalogue fits.
    look_at : int
        How many station streams are looked at in all: more are more events; 0 is none.
    """
    if not look_at or not check.stations or check.geometry.shifted:
        return
    most = look_at * PLACES_A_STREAM // len(SHIFTS_S)
    places = choose_places(check, most, _is_recorded)
    if len({place.event for place in places}) < LEAST_LOOKED:
        return
    clearness: dict[int, list[Floats]] = {}
    for place in progress(places, len(places), "onsets looked at"):
        found = _clearness(place, check.data.waveform_report)
        clearness.setdefault(place.event, []).append(found)
    shares = np.array([ranked_together(of_event) for of_event in clearness.values()])
    check.hours = judge_hours(shares, len({place.station.name for place in places}))
    if check.hours.finding is not None:
        check.geometry.findings.insert(0, check.hours.finding)


def _is_recorded(spans_s: Floats, times_s: Floats) -> Mask:
    """Return whether records lie at enough of the hours around some times."""
    moments_s = (times_s[:, None] + SHIFTS_S).ravel()
    n_shifts = touches(spans_s, moments_s, np.nextafter(moments_s, np.inf))
    return np.asarray(n_shifts.reshape(-1, len(SHIFTS_S)).sum(axis=1) >= LEAST_SHIFTS)


def _clearness(place: OnsetRange, report: Report) -> Floats:
    """Return how clear the onset is after each shift, NaN where nothing was recorded."""
    found = np.full(len(SHIFTS_S), np.nan)
    begins_s = place.earliest_s + SHIFTS_S - BEFORE_S
    ends_s = place.latest_s + SHIFTS_S + AFTER_S
    for recording in place.station.recordings:
        first_s, last_s = recording.span()
        within = np.flatnonzero((begins_s >= first_s) & (ends_s <= last_s))
        if not len(within):
            continue
        vertical, row = vertical_of(recording)
        for k in within.tolist():
            span = float(begins_s[k]), float(ends_s[k])
            segment = read_filtered(vertical, *span, corners_hz=(HIGHPASS_HZ, 0.0), report=report)
            value = onset_clearness(segment.data[row], recording.sampling_rate_hz)
            found[k] = np.fmax(found[k], value)
    return found


def onset_clearness(samples: np.ndarray, rate_hz: float) -> float:
    """Return how clear the clearest onset is: by how much the rms after it is above that before.

    Parameters
    ----------
    samples : numpy.ndarray of float
        Of a component, from 8 s before the first moment of an onset to 2 s after the last.
    rate_hz : float
        Samples per second.

    Returns
    -------
    float
        The natural logarithm of the ratio; NaN where there are gaps or nothing but zeros.
    """
    n_before, n_after = round(BEFORE_S * rate_hz), round(AFTER_S * rate_hz)
    if len(samples) < n_before + n_after or not np.isfinite(samples).all():
        return np.nan
    energy = np.append(0.0, np.cumsum(samples.astype(float) ** 2))
    moments = np.arange(n_before, len(samples) - n_after + 1)
    before = (energy[moments] - energy[moments - n_before]) / n_before
    after = (energy[moments + n_after] - energy[moments]) / n_after
    if before.min() <= 0:
        return np.nan
    return 0.5 * float(np.log(np.maximum(after / before, np.finfo(float).tiny)).max())
