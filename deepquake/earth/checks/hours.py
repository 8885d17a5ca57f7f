"""Whether onsets in the records say that the catalogue is right, or hours off.

Of each event the onset where P should be is ranked among those at the same minute of other hours:
at the right hour most events have the clearest of all, at any other the ranks are drawn by chance.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from deepquake.core.text import number_of
from deepquake.earth.checks.findings import Finding
from deepquake.earth.geo import Floats

# Half hours from -14 h to 14 h, and the quarters of Nepal; no zone is farther from UTC.
SHIFTS_S = 3600.0 * np.array(sorted([*np.arange(-28, 29) / 2, -5.75, 5.75]))
UNMOVED = int(np.flatnonzero(SHIFTS_S == 0)[0])
LEAST_LOOKED = 6  # events
LEAST_SHIFTS = 12  # at which a station must have recorded
CLEAREST = 2  # ranks that count as the clearest onset: another event may happen to be there
LEAST_SHARE = 0.4  # of the events, which must have it after a shift
UNLIKELY, VERY_UNLIKELY = 2e-4, 1e-7  # by chance; the second where events fit unmoved too
FITS_UNMOVED = 1e-3


@dataclass(frozen=True)
class HourFit:
    """What was looked at, and the finding where another hour than the catalogue's fits."""

    n_events: int = 0
    n_stations: int = 0
    n_clear: int = 0  # events with the clearest onset where the catalogue has them
    fits: bool = False
    finding: Finding | None = None

    def text(self) -> str:
        """Return in a few words what was looked at and found; empty where nothing was."""
        if not self.n_events:
            return ""
        held = f"{number_of(self.n_events, 'event')} at {number_of(self.n_stations, 'station')}"
        if self.finding is not None:
            return f"{held}: another hour fits better"
        if not self.fits:
            return f"{held}: no hour stands out, so nothing is told"
        return f"{held}: {self.n_clear} have the clearest onset of all hours at their time"


def ranked(values: Floats) -> Floats:
    """Return the share of values that are as great or greater; NaN where a value is, or most are.

    Of values drawn by chance, the least shares are as rare as they say.
    """
    known = values[np.isfinite(values)]
    if len(known) < LEAST_SHIFTS:
        return np.full(len(values), np.nan)
    not_less = len(known) - np.searchsorted(np.sort(known), values, side="left")
    return np.where(np.isfinite(values), not_less / len(known), np.nan)


def ranked_together(clearness: Sequence[Floats]) -> Floats:
    """Return the ranks of an event's onsets, taken over its stations.

    Parameters
    ----------
    clearness : sequence of numpy.ndarray of float
        For each station the clearness of the onset after each shift; NaN where there is none.

    Returns
    -------
    numpy.ndarray of float
        The share of shifts after which its onsets are as clear; NaN where none is known.
    """
    ranks = np.array([ranked(values) for values in clearness])
    counts = np.isfinite(ranks).sum(axis=0)
    means = np.nansum(ranks, axis=0) / np.maximum(counts, 1)
    return ranked(np.where(counts, -means, np.nan))


def judge_hours(shares: Floats, n_stations: int) -> HourFit:
    """Tell from the ranks of onsets whether the hour of the catalogue is right.

    The ranks of events after one shift are put together as Fisher (1925) does it: -2 ln of the
    product of n chances has a chi-squared distribution of 2 n degrees of freedom.

    Parameters
    ----------
    shares : numpy.ndarray of float, shape (events, shifts)
        What ``ranked_together`` returns for each event.
    n_stations : int
        How many stations they are of.

    Returns
    -------
    HourFit
        With a finding where another hour stands out, and that of the catalogue does not.
    """
    from scipy.stats import chi2

    shares = shares[np.isfinite(shares).any(axis=1)]
    if len(shares) < LEAST_LOOKED:
        return HourFit()
    known = np.isfinite(shares)
    n_known = known.sum(axis=0)
    logs = -2 * np.log(np.where(known, shares, 1.0)).sum(axis=0)
    chance = np.where(n_known >= LEAST_LOOKED, chi2.sf(logs, 2 * np.maximum(n_known, 1)), 1.0)
    chance *= known.any(axis=0).sum()  # for so many shifts are tried
    clearest = CLEAREST / known.sum(axis=1, keepdims=True)
    n_clear = (known & (shares <= clearest + 1e-9)).sum(axis=0)
    enough = n_clear >= np.maximum(LEAST_SHARE * n_known, 1)
    fits = bool(chance[UNMOVED] < FITS_UNMOVED and enough[UNMOVED])
    result = HourFit(len(shares), n_stations, n_clear=int(n_clear[UNMOVED]), fits=fits)
    moved = np.where(enough, chance, 1.0)
    moved[UNMOVED] = 1.0
    best = int(np.argmin(moved))
    if moved[best] > (VERY_UNLIKELY if fits else UNLIKELY):
        return result
    return replace(result, finding=_finding(result, float(SHIFTS_S[best]), int(n_clear[best])))


def _finding(fit: HourFit, shift_s: float, n_after: int) -> Finding:
    hours = shift_s / 3600
    part = "part of the" if fit.fits else "the"
    message = (
        f"{part} catalogue's events fit the records best when moved by {hours:+g} h "
        f"({n_after} of {fit.n_events} looked at have their clearest onset there, {fit.n_clear} at "
        f"their time): local time (UTC{-hours:+g} h) taken as UTC?"
    )
    return Finding("catalogue", message)
