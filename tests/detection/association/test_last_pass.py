"""The last pass over events: which arrivals are whose."""

import numpy as np
from numpy.typing import NDArray

from deepquake.detection.association.ballot import Pile, search_nodes
from deepquake.detection.association.fits import FoundSource, Least
from deepquake.detection.association.last_pass import finished
from deepquake.earth.location.locating import ArrivalTimes, LocatedSource
from tests.earth.location.made_network import TrueSource, arrivals_of, made_times

TIMES = made_times()
PLACES = np.array([[3.0, -5.0, 8.0], [-6.0, 8.0, 6.0]])
ORIGINS_S = (100.0, 103.0)


def made_pile() -> tuple[Pile, list[NDArray[np.intp]]]:
    """Return the arrivals of two events within seconds, and which are whose."""
    draw = np.random.default_rng(5)
    of = [
        arrivals_of(TIMES, TrueSource(place, time_s), draw, 0.05)
        for place, time_s in zip(PLACES, ORIGINS_S, strict=True)
    ]
    parts = ("station", "phase", "time_s", "deviation_s")
    both = ArrivalTimes(*(np.concatenate([getattr(a, part) for a in of]) for part in parts))
    order = np.argsort(both.time_s)
    number = np.argsort(order)
    taken = np.zeros(len(order), bool)
    pile = Pile(
        TIMES, both[order], np.ones(len(order)), free=taken, votes=taken.copy(), longest_s=20
    )
    return pile, [np.sort(number[: len(of[0])]), np.sort(number[len(of[0]) :])]


def slots(pile: Pile) -> NDArray[np.intp]:
    """Return a number of the station and phase of each arrival."""
    return 2 * pile.arrivals.station + pile.arrivals.phase


def found(event: int, members: NDArray[np.intp]) -> FoundSource:
    source = LocatedSource(PLACES[event], ORIGINS_S[event], 0.1, np.zeros(len(members)))
    return FoundSource(source, members, 100.0)


def test_arrivals_go_to_the_event_that_they_fit_and_those_left_join_it() -> None:
    pile, own = made_pile()
    wrong, left = own[0][3], own[1][-1]
    rest = own[1][:-1][slots(pile)[own[1][:-1]] != slots(pile)[wrong]]
    events = [found(0, np.delete(own[0], 3)), found(1, np.sort([wrong, *rest]))]
    told = finished(events, pile, search_nodes(TIMES), lambda time_s: Least(3, 4))
    assert [event.members.tolist() for event in told] == [members.tolist() for members in own]
    assert left in told[1].members
    for event, place in zip(told, PLACES, strict=True):
        assert np.linalg.norm(event.source.xyz_km - place) < 1.0


def test_an_event_does_not_lose_the_arrivals_without_which_it_is_none() -> None:
    pile, own = made_pile()
    wrong = own[0][3]
    few = own[1][slots(pile)[own[1]] != slots(pile)[wrong]][:5]
    pile.arrivals.time_s[np.setdiff1d(own[1], few)] += 500.0  # nobody's: far away in time
    events = [found(0, np.delete(own[0], 3)), found(1, np.sort([wrong, *few]))]
    told = finished(events, pile, search_nodes(TIMES), lambda time_s: Least(3, 6))
    assert [len(event.members) for event in told] == [len(own[0]) - 1, 6]


def test_what_is_not_likelier_than_chance_is_no_event_and_its_arrivals_are_free() -> None:
    pile, own = made_pile()
    pile.arrivals.time_s[own[1][:4]] += np.array([2.0, -2.0, 2.0, -2.0])
    events = [found(0, own[0]), found(1, own[1][:4])]
    told = finished(events, pile, search_nodes(TIMES), lambda time_s: Least(3, 4))
    assert len(told) == 1
    assert pile.free[own[1][:4]].all() and pile.votes[own[1][:4]].all()


def test_of_nothing_nothing_is_told() -> None:
    pile, _ = made_pile()
    assert finished([], pile, search_nodes(TIMES), lambda time_s: Least(3, 4)) == []
