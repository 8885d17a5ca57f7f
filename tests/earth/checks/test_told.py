"""What a catalogue says against itself: residuals, S before P, zeros, hemispheres."""

from dataclasses import replace
from pathlib import Path

from deepquake.catalog.events import Event, Pick
from deepquake.catalog.reader import read_file
from deepquake.core.report import Report
from deepquake.earth.checks.told import (
    origins_after_picks,
    phases_out_of_order,
    residuals_in_file,
    wrong_hemisphere,
    zero_places,
    zero_stations,
)
from deepquake.earth.geometry import check_geometry
from tests.earth.made_catalogue import make_catalogue


def test_zeros_are_no_places() -> None:
    events, stations = make_catalogue(n_events=3)
    events[1].latitude = events[1].longitude = 0.0
    events[1].depth_km = None
    (finding,) = zero_places(events)
    assert finding.name == "e01" and events[1].doubt and not events[0].doubt
    stations[4] = replace(stations[4], latitude=0.0, longitude=0.0)
    assert zero_stations(stations) == [4]


def picks(*rows: tuple[str, str, float, float | None]) -> Event:
    """Return an event at time 0 with picks of station, phase, time and residual."""
    made = [Pick(code, phase, time, residual_s=residual) for code, phase, time, residual in rows]
    return Event("e", 0.0, picks=made)


def test_great_residuals_of_the_file_are_doubted() -> None:
    event = picks(
        *(("AAA", "P", 3.0, 0.1), ("BBB", "P", 64.0, 60.1), ("CCC", "S", 6.0, -0.3)),
        *(("DDD", "P", 80.0, 3.5), ("EEE", "P", 604.0, 600.1), ("FFF", "P", 63.0, 60.0)),
        *(("GGG", "P", 4.0, 0.2), ("HHH", "P", 5.0, None)),
    )
    fits = {id(event.picks[5])}
    found = residuals_in_file([event], fitting=fits)
    assert [p.station for p in event.picks if p.doubt] == ["BBB", "EEE"]
    assert "residual 60.1 s in the file (a slip of the minute?)" in found[0].message


def test_most_residuals_of_a_single_event_may_be_wrong() -> None:
    event = picks(("AAA", "P", 4, 0.1), ("BBB", "P", 64.5, 60.1), ("CCC", "P", 604.5, 600.1))
    assert len(residuals_in_file([event], fitting=set())) == 2
    assert [p.station for p in event.picks if p.doubt] == ["BBB", "CCC"]


def test_residuals_that_are_no_seconds_are_not_used() -> None:
    event = picks(*((code, "P", 3.0, 250.0) for code in "ABCDE"))
    (finding,) = residuals_in_file([event], fitting=set())
    assert finding.kind == "catalogue" and not any(p.doubt for p in event.picks)


def test_an_origin_after_its_picks_is_doubted_whatever_their_weight() -> None:
    event = picks(*((code, "P", -3600.0 + k, None) for k, code in enumerate("ABCD")))
    for pick in event.picks[1:]:
        pick.weight = 4
    (finding,) = origins_after_picks([event])
    assert event.doubt and "4 of 4 picks 3598.5 s before its origin (1 h" in finding.message
    early = picks(("A", "P", -5.0, None), ("B", "P", 3.0, None), ("C", "P", 4.0, None))
    assert origins_after_picks([early]) == [] and not early.doubt


def test_s_at_or_before_p_is_doubted_unless_it_is_known_which() -> None:
    event = picks(
        *(("AAA", "P", 3.0, None), ("AAA", "S", 2.5, None)),
        *(("BBB", "P", 4.0, None), ("BBB", "S", 4.0, None)),
        *(("CCC", "P", 5.0, None), ("CCC", "S", 9.0, None)),
    )
    found = phases_out_of_order([event], fitting={id(event.picks[2])})
    doubted = [(p.station, p.phase) for p in event.picks if p.doubt]
    assert doubted == [("AAA", "P"), ("AAA", "S"), ("BBB", "S")]
    assert "S 0.50 s before P" in found[0].message and "S at the time of P" in found[1].message


def test_stations_in_another_hemisphere_are_seen_without_picks() -> None:
    events, stations = make_catalogue(n_events=8)
    assert wrong_hemisphere(events, stations) == ([], [])
    west = [replace(s, longitude=-s.longitude) for s in stations]
    numbers, (finding,) = wrong_hemisphere(events, west)
    assert numbers == list(range(6)) and "the sign of longitudes" in finding.message
    for event in events:
        event.distance = "D"
    assert wrong_hemisphere(events, west) == ([], [])


def test_s_before_p_of_the_cases(shared_cases: Path) -> None:
    events, _ = read_file(shared_cases / "catalogues/n03_S_before_P.sfile", Report())
    check_geometry(events, [])
    assert {p.station for e in events for p in e.picks if p.doubt} == {"MCB", "MDC"}


def test_exchanged_phases_are_a_matter_of_the_whole_catalogue() -> None:
    events = [
        Event(f"e{n}", picks=[Pick("A", "S", n * 60.0), Pick("A", "P", n * 60.0 + 5)])
        for n in range(20)
    ]
    alone = Event("alone", picks=[Pick("B", "P", 9000.0)])
    found = phases_out_of_order([*events, alone], fitting=set())
    assert "S before P at 20 of 20 stations that have both" in found[0].message
    assert alone.picks[0].doubt == "P and S seem to be exchanged"
    few = [Event("e", picks=[Pick("A", "S", 0.0), Pick("A", "P", 5.0)])]
    other = Event("other", picks=[Pick("B", "P", 9000.0)])
    assert len(phases_out_of_order([*few, other], fitting=set())) == 1
    assert not other.picks[0].doubt
