"""Arrivals vote for when and where a source was."""

import numpy as np
import pytest

from deepquake.detection.association.ballot import Ballot, Pile, search_nodes, sum_of_three
from tests.earth.location.made_network import TrueSource, arrivals_of, made_times


def test_nodes_fill_the_box() -> None:
    times = made_times()
    found = search_nodes(times)
    nodes, spacing_km = found.places_km, found.spacing_km
    assert nodes[:, :2].min(axis=0) == pytest.approx(times.lower_km[:2])
    assert (nodes[:, 2] > times.lower_km[2]).all()
    assert (spacing_km > 0).all()


def test_the_cell_of_a_source_has_the_votes_of_all_its_arrivals() -> None:
    times = made_times()
    nodes = search_nodes(times).places_km
    node = int(np.argmin(np.linalg.norm(nodes - [2.0, 3.0, 8.0], axis=1)))
    arrivals = arrivals_of(times, TrueSource(nodes[node], 50.2), np.random.default_rng(1))
    arrivals = arrivals[np.argsort(arrivals.time_s)]
    every = np.ones(len(arrivals), bool)
    pile = Pile(times, arrivals, np.zeros(len(arrivals)), every, every.copy(), longest_s=60.0)
    travel_s = np.array(
        [times(np.arange(12), np.full(12, phase), nodes).T for phase in (0, 1)], np.float32
    )
    ballot = Ballot(0.0, 1.0, travel_s, np.zeros((100, len(nodes)), np.float32))
    ballot.cast(pile, np.arange(len(arrivals)))
    assert ballot.table[50, node] == ballot.table[49, node] == len(arrivals)
    ballot.cast(pile, np.arange(len(arrivals)), sign=-1)
    assert not ballot.table.any()


def test_neighbours_are_summed_along_an_axis() -> None:
    values = np.array([[1.0, 2.0, 4.0]])
    assert sum_of_three(values, 1).tolist() == [[3.0, 7.0, 6.0]]
    assert sum_of_three(values, 0).tolist() == values.tolist()
