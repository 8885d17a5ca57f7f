"""Whether onsets in the records say that the catalogue's P are right, or all off by one figure.

Of each event the first clear onset of its record is held against where P should be: if all times
are off by a minute, most of the differences are a minute; what else is in the records, and S where
it is clearer than P, makes differences that have nothing in common.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from deepquake.core.text import number_of
from deepquake.earth.checks.causes import shift_name
from deepquake.earth.checks.findings import Finding
from deepquake.earth.checks.hours import LEAST_LOOKED

LEAST_SLIP_S = 4.5
ONSET_ERROR_S = 1.0
LEAST_AGREE, MOST_IN_PLACE = 0.4, 0.25  # share of the events
LEAST_AGREE_AS_S = 0.6  # where onsets come so soon after P that they may be S
MOST_S_MINUS_P_S = 25.0  # at most, of events that records of a minute are of
UNLIKELY_SLIP = 1e-4  # by chance


@dataclass(frozen=True)
class EventOnset:
    """The first clear onset of the record of an event, at a station."""

    event: int
    least_s: float  # by which it comes after the latest time at which P may come
    most_s: float  # and after the earliest
    in_place: bool  # there is a clear onset where P should be
    searched_s: float  # length of what was looked at


@dataclass(frozen=True)
class SlipFit:
    """What was looked at, and the finding where all times are off by some seconds."""

    n_events: int = 0
    n_in_place: int = 0  # events with a clear onset where the catalogue has their P
    finding: Finding | None = None

    def text(self) -> str:
        """Return in a few words what was looked at and found; empty where nothing was."""
        if not self.n_events:
            return ""
        held = f"{number_of(self.n_events, 'event')} with a clear onset in the record"
        if self.finding is not None:
            return f"{held}: another time fits better"
        have = f"{held}: {self.n_in_place} where P should be"
        if self.n_in_place > MOST_IN_PLACE * self.n_events:
            return have
        return f"{have}, the others at no time in common, so nothing is told"


def judge_slip(onsets: Sequence[EventOnset]) -> SlipFit:
    """Tell from the onsets of records whether the catalogue's P are off by one figure.

    Parameters
    ----------
    onsets : sequence of EventOnset
        Those found; several of an event, at different stations, count as a part of one each.

    Returns
    -------
    SlipFit
        With a finding where enough events agree on a difference of about five seconds or more, few
        have an onset in its place, and chance would hardly make so many agree.
    """
    from scipy.stats import binom

    numbers, of_event = np.unique([onset.event for onset in onsets], return_inverse=True)
    n_events = len(numbers)
    if n_events < LEAST_LOOKED:
        return SlipFit()
    weights = 1.0 / np.bincount(of_event)[of_event]
    n_in_place = round(float(weights[[onset.in_place for onset in onsets]].sum()))
    result = SlipFit(n_events, n_in_place)
    low = np.array([onset.least_s for onset in onsets]) - ONSET_ERROR_S
    high = np.array([onset.most_s for onset in onsets]) + ONSET_ERROR_S
    ends = np.concatenate([low, high])
    tried = ends[np.abs(ends) >= LEAST_SLIP_S]
    if not len(tried):
        return result
    agree = (low <= tried[:, np.newaxis]) & (high >= tried[:, np.newaxis])
    n_agree = agree @ weights
    best = int(np.argmax(n_agree))
    slip_s = float(np.median((low + high)[agree[best]]) / 2)
    least = LEAST_AGREE_AS_S if 0 < slip_s < MOST_S_MINUS_P_S else LEAST_AGREE
    searched_s = np.array([onset.searched_s for onset in onsets])
    by_chance = float(np.mean(np.minimum((high - low) / searched_s, 1.0)))
    n_tries = np.mean(searched_s) / np.mean(high - low)
    chance = n_tries * binom.sf(np.floor(n_agree[best] + 1e-9) - 1, n_events, by_chance)
    if (
        n_agree[best] < least * n_events
        or n_in_place > MOST_IN_PLACE * n_events
        or chance > UNLIKELY_SLIP
        or abs(slip_s) < LEAST_SLIP_S
    ):
        return result
    return SlipFit(n_events, n_in_place, _slip_finding(result, slip_s, round(n_agree[best])))


def _slip_finding(fit: SlipFit, slip_s: float, n_agree: int) -> Finding:
    message = (
        f"the catalogue's P come about {abs(slip_s):.0f} s "
        f"{'before' if slip_s > 0 else 'after'} the onsets in the records ({n_agree} of "
        f"{fit.n_events} events looked at; {fit.n_in_place} at their time): "
        f"{shift_name(slip_s) or 'a slip, or a clock?'}"
    )
    return Finding("catalogue", message)
