"""Who is to blame: the station, the event or the pick."""

from dataclasses import replace

import numpy as np

from deepquake.earth.checks.blame import compare_readings
from deepquake.earth.checks.comparison import station_name
from tests.earth.made_catalogue import doubtful, make_catalogue, pick_of


def blamed_stations(events, stations) -> set[str]:
    found = compare_readings(events, stations)
    return {station_name(stations[number]) for number in found.blamed}


def test_nothing_to_compare_is_no_finding() -> None:
    events, stations = make_catalogue(n_events=2)
    assert not compare_readings(events, []).findings
    assert not compare_readings([], stations).findings


def test_two_bad_stations_of_six_are_both_found() -> None:
    events, stations = make_catalogue()
    stations[0] = replace(stations[0], latitude=stations[0].latitude + 0.4)
    stations[3] = replace(stations[3], longitude=-stations[3].longitude)
    assert blamed_stations(events, stations) == {"XX.AAA", "XX.DDD"}
    assert doubtful(events) == []


def test_a_station_where_s_is_read_as_p_keeps_its_place() -> None:
    events, stations = make_catalogue()
    for event in events:
        event.picks.remove(pick_of(event, "AAA"))
        pick_of(event, "AAA", "S").phase = "P"
    found = compare_readings(events, stations)
    assert found.blamed == found.placed == {0}
    assert {(code, phase) for _, code, phase in doubtful(events)} == {("AAA", "P")}
    assert len(doubtful(events)) == len(events) and "exchanged" in found.findings[0].message


def test_a_station_with_few_picks_that_are_off_is_doubted_with_them() -> None:
    events, stations = make_catalogue()
    for event in events[2:]:
        event.picks = [pick for pick in event.picks if pick.station != "EEE"]
    for event in events[:2]:
        pick_of(event, "EEE").time += 20
        pick_of(event, "EEE", "S").time += 25
    assert blamed_stations(events, stations) == {"XX.EEE"}
    assert {name for _, name, _ in doubtful(events)} == {"EEE"}


def test_p_as_slow_as_s_everywhere_are_not_used() -> None:
    events, stations = make_catalogue()
    for event in events:
        event.picks = [pick for pick in event.picks if pick.phase == "S"]
        for pick in event.picks:
            pick.phase = "P"
    found = compare_readings(events, stations)
    assert "P travel at 3.2 km/s" in found.findings[0].message
    assert len(doubtful(events)) == 240


def test_many_wrong_picks_do_not_hide_each_other() -> None:
    events, stations = make_catalogue()
    draw = np.random.default_rng(2)
    shifted = set()
    for event in events:
        for pick in event.picks:
            if draw.random() < 0.15:
                pick.time += float(draw.choice([-1, 1]) * draw.uniform(2.5, 300))
                shifted.add((event.event_id, pick.station, pick.phase))
    compare_readings(events, stations)
    assert shifted <= set(doubtful(events))
    assert len(set(doubtful(events)) - shifted) < 5


def test_a_slip_of_a_whole_list_tells_against_stations_without_picks_and_leaves_picks_judged() -> (
    None
):
    events, stations = make_catalogue()
    for event in events:
        event.picks = [pick for pick in event.picks if pick.station not in ("EEE", "FFF")]
    pick_of(events[3], "AAA").time += 60
    west = [replace(station, longitude=-station.longitude) for station in stations]
    assert blamed_stations(events, west) == {station_name(station) for station in stations}
    assert doubtful(events) == [("e03", "AAA", "P")]


def test_automatic_readings_beside_manual_ones_do_not_bend_what_is_expected() -> None:
    events, stations = make_catalogue()
    for event in events:
        manual = pick_of(event, "AAA")
        event.picks.append(replace(manual, time=manual.time - 4.0, automatic=True))
    assert blamed_stations(events, stations) == set()
    automatic = [pick for event in events for pick in event.picks if pick.automatic]
    assert all(pick.doubt for pick in automatic)
    assert len(doubtful(events)) == len(automatic)
