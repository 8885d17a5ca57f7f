"""A look at whether records hold the onsets where the catalogue has P, or seconds or minutes off.

Records of a minute or so around each event are too short for a look at other hours, and nothing
but their samples tells of picks without places, or places without picks, that are all off.
"""

import numpy as np

from deepquake.core.intervals import runs_of_true, touches
from deepquake.core.progress import progress
from deepquake.core.report import Report
from deepquake.earth.checks.hours import LEAST_LOOKED, SHIFTS_S
from deepquake.earth.checks.readings import Mask
from deepquake.earth.checks.slips import MOST_S_MINUS_P_S, EventOnset, judge_slip
from deepquake.earth.geo import Floats
from deepquake.tools.check.comparison import Check
from deepquake.tools.check.onsets import AFTER_S, BEFORE_S, PLACES_A_STREAM
from deepquake.tools.check.places import HIGHPASS_HZ, OnsetRange, choose_places, vertical_of
from deepquake.waveforms.reading import read_filtered

AROUND_S = 300.0  # before and after P that are searched
LEAST_BEFORE_S = 2.0  # of a record ahead of an onset
LEAST_CLEAR = np.log(2.5)  # of the clearest onset, to count at all
MOST_CLEAR = np.log(30.0)  # what is clearer is no more certain
NEARLY = 0.5  # of the clearest: as clear, and the first of them is P, which S follows
WEAK_P = np.log(2.0)  # of a P that is there, however clear its S


def look_for_slip(check: Check, look_at: int) -> None:
    """Hold the first clear onset of the records of events against the catalogue's P.

    Up to 40 events at the two stations where P comes first, five minutes before and after.

    Parameters
    ----------
    check : Check
        What was found out so far; takes the result (``slip``), and a finding where all times are
        off by one figure.
    look_at : int
        How many station streams are looked at in all: more are more events; 0 is none.
    """
    if not look_at or not check.stations or check.geometry.shifted or check.hours.finding:
        return
    most = look_at * PLACES_A_STREAM // len(SHIFTS_S)  # ten minutes each, as there
    places = choose_places(check, most, _is_near)
    if len({place.event for place in places}) < LEAST_LOOKED:
        return
    found = [
        onset
        for place in progress(places, len(places), "records looked at")
        if (onset := _first_onset(place, check.data.waveform_report)) is not None
    ]
    check.slip = judge_slip(found)
    if check.slip.finding is not None:
        check.geometry.findings.insert(0, check.slip.finding)


def _is_near(spans_s: Floats, times_s: Floats) -> Mask:
    """Return whether anything was recorded within five minutes of some times."""
    return touches(spans_s, times_s - AROUND_S, times_s + AROUND_S)


def _first_onset(place: OnsetRange, report: Report) -> EventOnset | None:
    """Return the first clear onset of the records around where P should be; None without any."""
    times_s, clearness = _searched(place, report)
    if not len(times_s):
        return None
    within = (times_s >= place.earliest_s) & (times_s <= place.latest_s)
    # where P should be and nothing was recorded, what is clear soon after may be its S
    known = times_s >= place.latest_s + (0.0 if within.any() else MOST_S_MINUS_P_S)
    known |= times_s <= place.latest_s
    times_s, clearness, within = times_s[known], clearness[known], within[known]
    if not len(times_s) or (clearest := clearness.max()) < LEAST_CLEAR:
        return None
    nearly = np.flatnonzero(clearness >= NEARLY * clearest)
    first = times_s[nearly[0]]
    rising = np.flatnonzero((times_s >= first) & (times_s <= first + AFTER_S))
    onset_s = float(times_s[rising[np.argmax(clearness[rising])]])
    # a clear onset after a weak P may be its S, one ahead of it may not
    enough = min(NEARLY * clearest, WEAK_P) if onset_s > place.latest_s else NEARLY * clearest
    return EventOnset(
        place.event,
        least_s=onset_s - place.latest_s,
        most_s=onset_s - place.earliest_s,
        in_place=bool((clearness[within] >= enough).any()),
        searched_s=len(times_s) * float(np.median(np.diff(times_s))),
    )


def _searched(place: OnsetRange, report: Report) -> tuple[Floats, Floats]:
    """Return the times (s since 1970 UTC) at which onsets were looked for, and their clearness."""
    begin_s, end_s = place.earliest_s - AROUND_S, place.latest_s + AROUND_S
    found = [(np.empty(0), np.empty(0))]
    for recording in place.station.recordings:
        first_s, last_s = recording.span()
        if first_s >= end_s or last_s <= begin_s:
            continue
        vertical, row = vertical_of(recording)
        segment = read_filtered(
            vertical, begin_s, end_s, corners_hz=(HIGHPASS_HZ, 0.0), report=report
        )
        rate_hz = recording.sampling_rate_hz
        for first, end in runs_of_true(np.isfinite(segment.data[row])):
            moments, clearness = clearness_along(segment.data[row, first:end], rate_hz)
            found.append((segment.start_s + (first + moments) / rate_hz, clearness))
    times_s, clearness = (np.concatenate(part) for part in zip(*found, strict=True))
    order = np.argsort(times_s, kind="stable")
    return times_s[order], clearness[order]


def clearness_along(samples: np.ndarray, rate_hz: float) -> tuple[np.ndarray, Floats]:
    """Return how clear an onset is at every moment of a run of samples without gaps.

    Parameters
    ----------
    samples : numpy.ndarray of float
        Of a component.
    rate_hz : float
        Samples per second.

    Returns
    -------
    tuple of numpy.ndarray
        The moments, as numbers of samples, and the natural logarithm of the ratio of the rms of 2 s
        after each to that of up to 8 s before it.
    """
    n_before, n_after = round(BEFORE_S * rate_hz), round(AFTER_S * rate_hz)
    moments = np.arange(round(LEAST_BEFORE_S * rate_hz), len(samples) - n_after + 1)
    if not len(moments):
        return moments, np.empty(0)
    energy = np.append(0.0, np.cumsum(samples.astype(float) ** 2))
    begins = np.maximum(moments - n_before, 0)
    before = (energy[moments] - energy[begins]) / (moments - begins)
    after = (energy[moments + n_after] - energy[moments]) / n_after
    usable = before > 0
    ratio = after[usable] / before[usable]
    clearness = 0.5 * np.log(np.maximum(ratio, np.finfo(float).tiny))
    return moments[usable], np.minimum(clearness, MOST_CLEAR)
