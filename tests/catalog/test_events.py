"""Events, phases and picks."""

from collections import Counter
from dataclasses import replace

import pytest

from deepquake.catalog.events import (
    Event,
    Pick,
    arrange,
    can_be_of,
    event_time,
    is_at,
    is_p,
    is_s,
    is_usable,
    keep_possible,
    latest_s,
    p_picks,
    p_readings,
    place_on_earth,
    score_of,
    sensor_of,
)


@pytest.mark.parametrize(
    "phase",
    ["P", "IP", "EP", "iP", "Pg", "PG", "Pn", "P*", "Pb", "Pdiff", "Pdif", "PKP", "PKIKP", "p"],
)
def test_p_phases(phase: str) -> None:
    assert is_p(phase) and not is_s(phase)


@pytest.mark.parametrize(
    "phase", ["IPU0", "EP2", "IPD", "EP+1", "IPZ", "eP-", "P-wave", "P_PHASE", "PWAVE"]
)
def test_what_else_is_written_with_p(phase: str) -> None:
    assert is_p(phase) and is_s(phase.upper().replace("P", "S", 1))


@pytest.mark.parametrize("phase", ["P?", "(P)", "S?", "[S]", "IPU4", "EP 4", "P2", "0", "1", "P/S"])
def test_a_p_that_was_doubted_or_taken_out_of_use_is_none(phase: str) -> None:
    assert not is_p(phase) and not is_s(phase)


@pytest.mark.parametrize("phase", ["S", "IS", "ES", "Sg", "SN", "Sb", "S*", "Sdiff", "SKS", "s"])
def test_s_phases(phase: str) -> None:
    assert is_s(phase) and not is_p(phase)


@pytest.mark.parametrize(
    "phase", ["", "PP", "pP", "PcP", "SS", "ScS", "PKiKP", "Lg", "I", "AML", "IAML"]
)
def test_other_phases(phase: str) -> None:
    assert not is_p(phase) and not is_s(phase)


def test_latest_arrivals() -> None:
    assert latest_s("P") < latest_s("S") < latest_s("LQ")


def test_p_picks_are_the_earliest_in_use_of_each_station() -> None:
    event = Event("1", 0.0)
    event.picks = [
        Pick("B", "P", 5.0),
        Pick("A", "P", 7.0, channel="HZ"),
        Pick("A", "Pg", 6.0, channel="HN"),
        Pick("C", "P", 3.0, weight=4),
        Pick("D", "S", 2.0),
        Pick("E", "P", 9.0, weight=9),
    ]
    assert [(p.station, p.time) for p in p_picks(event)] == [("B", 5.0), ("A", 6.0), ("E", 9.0)]
    assert not is_usable(event.picks[3]) and is_usable(event.picks[5])


def test_of_several_readings_of_p_the_best_counts() -> None:
    manual, better = Pick("A", "P", 20.0, weight=2), Pick("A", "P", 21.0, weight=1)
    automatic = Pick("A", "P", 19.0, automatic=True, score=0.9)
    located = Pick("A", "Pg", 21.5, weight=1, in_origin=True)
    second = replace(located, time=31.5)
    event = Event("1", 0.0, picks=[automatic])
    assert p_picks(event) == [automatic] and p_picks(event, 0.95) == []
    for further in (manual, better, located):
        event.picks.append(further)
        assert p_picks(event) == [further]
    event.picks += [replace(located, time=31.4), second]
    assert [pick.time for pick in p_picks(event)] == [21.5, 31.5]
    used, unused = p_readings(event.picks)
    assert len(used) + len(unused) == 6
    assert Counter(why for _, why in unused) == {
        "automatic beside manual": 1,
        "another reading of the same P": 3,
    }


def test_what_is_doubtful_is_nothing_to_learn_from() -> None:
    event = Event("1", 0.0, picks=[Pick("A", "P", 5.0, doubt="60 s late"), Pick("A", "P", 65.0)])
    assert [pick.time for pick in p_picks(event)] == [65.0]


def test_events_are_in_order_of_time_with_ids_of_their_own() -> None:
    events = [
        Event("", None, picks=[Pick("A", "P", 50.0)]),
        Event("", 100.2),
        Event("", 100.7),
        Event("named", 5.0),
        Event("named", 3.0),
        Event("", None),
    ]
    ids = [event.event_id for event in arrange(events)]
    assert ids == ["named", "named-2", *("19700101000140", "19700101000140-2")] + [
        *("event", "19700101000050")
    ]
    assert [event.event_id for event in arrange(arrange(events))] == ids


def test_many_events_of_one_id_are_arranged_at_once() -> None:
    """Counted from 2 for each, 50 000 of them took hours."""
    events = arrange(Event("id", float(time)) for time in range(50_000))
    assert [events[i].event_id for i in (0, 1, 49_999)] == ["id", "id-2", "id-50000"]


def test_a_pick_is_of_a_station_whatever_its_capitals_and_untold_network() -> None:
    pick = Pick("Abcd", "P", 0.0, network="XX")
    assert is_at(pick, "XX", "ABCD") and is_at(pick, "", "abcd")
    assert not is_at(pick, "YY", "ABCD") and not is_at(pick, "XX", "ABC")
    assert is_at(Pick("ABCD", "P", 0.0), "YY", "ABCD")


def test_the_time_of_an_event_is_that_of_its_origin_or_of_its_first_pick() -> None:
    picks = [Pick("A", "P", 9.0), Pick("B", "P", 8.0)]
    assert event_time(Event("", 5.0, picks=picks)) == 5.0
    assert event_time(Event("", None, picks=picks)) == 8.0
    assert event_time(Event("")) is None


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ((10.0, -68.0), (10.0, -68.0)),
        ((10.0, 292.0), (10.0, -68.0)),
        ((10.0, -190.0), (10.0, 170.0)),
        ((91.0, 0.0), (None, None)),
        ((0.0, 361.0), (None, None)),
        ((float("nan"), 0.0), (None, None)),
        ((None, 5.0), (None, None)),
    ],
)
def test_places_on_earth(given, kept) -> None:
    assert place_on_earth(*given) == kept
    event = Event("", 0.0, *given)
    assert keep_possible(event) == [
        "latitude or longitude missing or out of range: location unknown"
    ] * (kept == (None, None))
    assert (event.latitude, event.longitude) == kept


@pytest.mark.parametrize(
    ("time", "phase", "possible"),
    [(99.9, "P", False), (100.0, "P", True), (1500.0, "P", False), (1500.0, "S", True)],
)
def test_a_pick_lies_between_the_origin_and_the_latest_its_phase_can(
    time: float, phase: str, possible: bool
) -> None:
    pick = Pick("A", phase, time)
    assert can_be_of(pick, Event("", 100.0)) == possible
    assert can_be_of(pick, Event(""))


@pytest.mark.parametrize(
    ("channel", "score", "sensor"),
    [("HHZ", None, "HH"), ("HH", 0.5, "HH"), ("HZ", None, ""), ("", 0.5, "")],
)
def test_the_sensor_of_a_pick(channel: str, score: float | None, sensor: str) -> None:
    assert sensor_of(Pick("A", "P", 0.0, channel=channel, score=score)) == sensor


@pytest.mark.parametrize(
    ("weight", "score", "expected"),
    [(0, None, 1.0), (2, None, 0.5), (9, None, 0.25), (2, 0.9, 0.9)],
)
def test_the_score_of_a_pick(weight: int, score: float | None, expected: float) -> None:
    assert score_of(Pick("A", "P", 0.0, weight=weight, score=score)) == expected
