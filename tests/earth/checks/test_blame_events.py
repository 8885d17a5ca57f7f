"""Blame of events and of picks: off by one figure, off in place, one pick off."""

from dataclasses import replace

from deepquake.earth.checks.blame import compare_readings
from tests.earth.made_catalogue import doubtful, make_catalogue, pick_of


def test_a_second_p_after_one_that_fits_is_another_arrival() -> None:
    events, stations = make_catalogue()
    events[2].picks.append(replace(pick_of(events[2], "BBB"), time=events[2].origin_time + 70))
    assert not compare_readings(events, stations).findings and doubtful(events) == []


def test_an_event_a_little_late_is_doubted_with_its_picks() -> None:
    events, stations = make_catalogue()
    events[9].origin_time -= 2.2
    compare_readings(events, stations)
    assert [e.event_id for e in events if e.doubt] == ["e09"]
    assert {name for name, *_ in doubtful(events)} == {"e09"}


def test_an_event_of_one_pick_that_is_off_is_doubted_with_it() -> None:
    events, stations = make_catalogue()
    events[4].picks = events[4].picks[:1]
    events[4].picks[0].time += 30
    compare_readings(events, stations)
    assert events[4].doubt and doubtful(events) == [("e04", "AAA", "P")]
