"""How arrivals fit a source."""

import numpy as np
import pytest

from deepquake.detection.association.ballot import Pile
from deepquake.detection.association.fits import Least, chances, gain_of, misfits_of, one_of_each
from deepquake.earth.location.locating import ArrivalTimes, LocatedSource
from tests.earth.location.made_network import TrueSource, arrivals_of, made_times

TIMES = made_times()
PLACE = np.array([3.0, -5.0, 8.0])


def made_pile(late_s: float = 0.0) -> tuple[Pile, LocatedSource]:
    """Return the arrivals of a source, the first of them late, and the source."""
    arrivals = arrivals_of(TIMES, TrueSource(PLACE, 100.0), np.random.default_rng(1), 0.0)
    arrivals.time_s[0] += late_s
    arrivals = arrivals[np.argsort(arrivals.time_s)]
    count = len(arrivals)
    free = np.ones(count, bool)
    pile = Pile(TIMES, arrivals, np.ones(count), free=free, votes=free.copy(), longest_s=20)
    return pile, LocatedSource(PLACE, 100.0, 0.0, np.zeros(count))


def test_an_event_has_enough_arrivals_stations_and_pairs() -> None:
    arrivals = ArrivalTimes(np.array([0, 0, 1, 2]), np.array([0, 1, 0, 0]), *np.zeros((2, 4)))
    for least, enough in [
        ((3, 4, 1), True),
        ((4, 4, 0), False),
        ((3, 5), False),
        ((3, 4, 2), False),
    ]:
        assert Least(*least).has_enough(arrivals) is enough


def test_misfits_are_residuals_in_deviations() -> None:
    pile, source = made_pile(late_s=1.0)
    everything = np.arange(len(pile.arrivals))
    misfits, deviation_s = misfits_of(pile, everything, source, pile.arrivals.phase)
    assert (misfits * deviation_s).max() == pytest.approx(1.0)
    assert np.sort(misfits)[-2] < 1e-6


def test_of_two_readings_the_one_of_less_cost_stays() -> None:
    pile, _ = made_pile()
    pile.arrivals.station[:2], pile.arrivals.phase[:2] = 0, 0
    others = np.flatnonzero(pile.arrivals.station[2:] != 0)[:3] + 2
    which = np.concatenate([[0, 1], others])
    assert one_of_each(pile, which, np.array([0.5, 0.2, 0, 0, 0])).tolist() == [1, *others]


def test_arrivals_that_fit_are_likelier_than_chance() -> None:
    members = np.arange(12)
    gains = [gain_of(*made_pile(late_s), members) for late_s in (0.0, 1.0)]
    assert gains[0] > gains[1] > 0


def test_few_of_many_arrivals_are_made_by_chance_in_more_ways() -> None:
    pile, source = made_pile()
    everything = np.arange(len(pile.arrivals))
    assert chances(pile, source, everything) == 0.0
    assert chances(pile, source, everything[-4:]) > 5
