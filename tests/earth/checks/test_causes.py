"""Likely causes: figures of time, slips of places, places that would fit, hours off the records."""

from dataclasses import replace

import numpy as np
import pytest

from deepquake.earth.checks.causes import (
    fitting_place,
    hour_shift,
    place_slips,
    shift_name,
)
from deepquake.earth.checks.gathering import gather
from deepquake.earth.checks.readings import (
    Coordinates,
    event_places,
    fit_curves,
    station_places,
)
from tests.earth.made_catalogue import make_catalogue


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        *((3600.4, "1 h: local time"), (-19800.0, "5.5 h: local"), (60.2, "a slip of the minute")),
        *((-600.0, "10 minutes: a slip of a digit"), (10.2, "ten seconds"), (4.0, "")),
        *((86400.0, "whole days"), (33.0, ""), (2000.0, "")),
    ],
)
def test_figures_have_names(seconds: float, words: str) -> None:
    assert words in shift_name(seconds) and bool(words) == bool(shift_name(seconds))


def test_slips_of_events_and_stations_are_found() -> None:
    events, stations = make_catalogue()
    readings = gather(events, stations)
    curves = fit_curves(readings, np.ones(len(readings), bool))
    sources = event_places(events).some(readings.event)
    receivers = station_places(stations).some(readings.station)

    def slips(*places: Coordinates, of_events: bool) -> list[str]:
        return place_slips(readings, curves, places, starts=[0, 12, 24], of_events=of_events)

    assert slips(sources, receivers, of_events=False) == ["", "", ""]
    # the stations of the second event alone
    south = receivers.latitude.copy()
    south[12:24] *= -1
    wrong = replace(receivers, latitude=south)
    assert slips(sources, wrong, of_events=False) == ["", "the sign of latitudes", ""]
    deep = replace(sources, height_km=sources.height_km * 1000)
    assert all("metres" in slip for slip in slips(deep, receivers, of_events=True))
    assert slips(deep, receivers, of_events=False) == ["", "", ""]


def test_a_place_that_fits_is_found_from_the_picks() -> None:
    events, stations = make_catalogue()
    readings = gather(events, stations)
    curves = fit_curves(readings, np.ones(len(readings), bool))
    some = np.flatnonzero(readings.event == 6)
    here = station_places(stations).some(readings.station)
    place = fitting_place(readings.some(some), curves, here.some(some))
    assert place == pytest.approx((events[6].latitude, events[6].longitude), abs=0.06)
    few = some[:4]
    assert fitting_place(readings.some(few), curves, here.some(few)) is None


def test_hours_off_the_records_are_found_only_where_records_are_many() -> None:
    times_s = 1e9 + np.sort(np.random.default_rng(1).uniform(0, 1e6, 20))
    spans_s = np.column_stack([times_s - 10, times_s + 90])
    assert hour_shift(times_s, spans_s) is None
    assert hour_shift(times_s + 3600, spans_s) == (-3600.0, 20, 0)
    assert hour_shift(times_s - 12600, spans_s) == (12600.0, 20, 0)
    assert hour_shift(times_s + 1000, spans_s) is None
    one_s = np.array([[times_s[0], times_s[-1]]])
    assert hour_shift(times_s + 1e5, one_s) is None
    assert hour_shift(times_s[:3] + 3600, spans_s) is None
