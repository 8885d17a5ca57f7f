"""Readings held against what they should be: the curves without what is blamed."""

import numpy as np

from deepquake.earth.checks.comparison import Comparison, after_one_that_fits, station_name
from deepquake.earth.checks.gathering import gather
from deepquake.earth.checks.readings import fit_curves, hold_against
from tests.earth.made_catalogue import make_catalogue, pick_of


def test_curves_are_fitted_again_without_the_stations_blamed() -> None:
    events, stations = make_catalogue()
    for event in events:
        pick_of(event, "AAA").time += 9.0
    readings = gather(events, stations)
    curves = fit_curves(readings, np.ones(len(readings), bool))
    found = Comparison(events, stations, readings, curves, hold_against(readings, curves))
    found.blamed.add(0)
    assert found.is_blamed().sum() == 80
    found.fit_again()
    assert found.misfits.off.sum() == 40
    assert station_name(stations[0]) == "XX.AAA"


def test_a_later_reading_is_of_something_else() -> None:
    events, stations = make_catalogue()
    for by_s in (-20.0, 20.0):
        pick = pick_of(events[1], "BBB")
        events[1].picks.append(type(pick)("BBB", "P", pick.time + by_s))
    readings = gather(events, stations)
    misfits = hold_against(readings, fit_curves(readings, np.ones(len(readings), bool)))
    later = after_one_that_fits(readings, misfits)
    assert [readings.picks[k] for k in np.flatnonzero(later)] == [events[1].picks[-1]]
    assert misfits.off.sum() == 2
