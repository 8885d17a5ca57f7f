"""Events, picks and stations held against each other: what fails is not believed, and named."""

from dataclasses import replace
from math import cos, radians, sin
from pathlib import Path
from time import process_time

import numpy as np
import pytest

from deepquake.catalog.catalog_json import read_catalog_json
from deepquake.catalog.events import Event, Pick, is_p
from deepquake.catalog.reader import read_files
from deepquake.core.files import files_below
from deepquake.core.report import Report
from deepquake.earth.geo import KM_PER_DEGREE
from deepquake.earth.geometry import Geometry, check_geometry
from deepquake.earth.stations import read_stations
from tests.demonstration import made_again
from tests.earth.made_catalogue import ORIGIN_S, doubtful, make_catalogue, pick_of, travel_s


def said(geometry: Geometry) -> str:
    return "\n".join(finding.message for finding in geometry.findings)


def test_a_good_catalogue_is_believed() -> None:
    events, stations = make_catalogue()
    found = check_geometry(events, stations, np.array([[ORIGIN_S, ORIGIN_S + 1e6]]))
    assert not found.findings and found.text() == "" and found.stations == stations
    assert (found.n_picks, found.n_events) == (480, 40)
    assert found.p_km_s == pytest.approx(5.6, abs=0.1)
    assert [fit.name for fit in found.fits][:2] == ["XX.AAA", "XX.BBB"]
    assert all(abs(fit.median_s) < 0.1 and fit.spread_s < 0.3 for fit in found.fits)
    assert doubtful(events) == []


@pytest.mark.parametrize(
    ("shift_s", "cause"),
    [(2.0, "2."), (-2.5, "early"), (60.0, "minute"), (600.0, "digit"), (3600.0, "1 h")],
)
def test_a_pick_that_is_off_is_named(shift_s: float, cause: str) -> None:
    events, stations = make_catalogue()
    pick_of(events[7], "CCC").time += shift_s
    found = check_geometry(events, stations)
    assert doubtful(events) == [("e07", "CCC", "P")]
    (finding,) = found.findings
    assert finding.message.startswith("event e07: P at CCC: ") and cause in finding.message
    assert (finding.path, finding.line) == ("made.out", 8)
    assert found.stations == stations and not any(event.doubt for event in events)


@pytest.mark.parametrize(("n_crust", "n_slab"), [(40, 3), (40, 25), (6, 2), (0, 30)])
def test_a_slab_from_which_rays_are_faster_is_believed(n_crust: int, n_slab: int) -> None:
    events, stations = make_catalogue(n_crust + n_slab)
    for number, event in enumerate(events[n_crust:]):
        event.depth_km = 80.0 + 10.0 * (number % 5)
        for station in stations:
            for phase, faster in (("P", 7.3 / 5.6), ("S", 4.1 / 3.2)):
                time_s = travel_s(event, station, phase) / faster
                pick_of(event, station.code, phase).time = event.origin_time + time_s
    assert check_geometry(events, stations).findings == []
    pick_of(events[-1], "AAA").time += 20.0
    pick_of(events[-2], "BBB").time -= 12.0  # faster than any Earth
    check_geometry(events, stations)
    assert doubtful(events) == [
        (events[-2].event_id, "BBB", "P"),
        (events[-1].event_id, "AAA", "P"),
    ]


def test_phases_exchanged_are_both_doubted() -> None:
    events, stations = make_catalogue()
    for pick in (pick_of(events[3], "DDD"), pick_of(events[3], "DDD", "S")):
        pick.phase = {"P": "S", "S": "P"}[pick.phase]
    found = check_geometry(events, stations)
    assert doubtful(events) == [("e03", "DDD", "S"), ("e03", "DDD", "P")]
    assert "phases exchanged" in said(found)


@pytest.mark.parametrize("angle", range(0, 360, 60))
@pytest.mark.parametrize("far_km", [25.0, 400.0])
def test_a_station_moved_is_not_believed_but_its_picks_are(angle: float, far_km: float) -> None:
    events, stations = make_catalogue()
    away = far_km / KM_PER_DEGREE
    stations[2] = replace(
        stations[2],
        latitude=stations[2].latitude + away * sin(radians(angle)),
        longitude=stations[2].longitude + away * cos(radians(angle)) * 1.35,
    )
    found = check_geometry(events, stations)
    assert found.stations == [s for s in stations if s.code != "CCC"]
    assert doubtful(events) == [] and not any(event.doubt for event in events)
    assert "station XX.CCC: " in said(found) and "coordinates?" in said(found)


@pytest.mark.parametrize("code", ["AAA", "FFF"])
def test_a_constant_of_a_station_is_its_clock_or_its_picks(code: str) -> None:
    events, stations = make_catalogue()
    for event in events:
        for pick in event.picks:
            pick.time += 7.0 * (pick.station == code)
    found = check_geometry(events, stations)
    assert len(found.stations) == 5 and "its clock, or the times of its picks?" in said(found)
    assert {station for _, station, _ in doubtful(events)} == {code}


def test_doubts_of_a_whole_station_hold_where_events_have_no_location() -> None:
    events, stations = make_catalogue()
    for event in events:
        pick_of(event, "BBB").time += 60.0
        pick_of(event, "BBB", "S").time += 60.0
    for event in events[:9]:
        event.latitude = event.longitude = None
    check_geometry(events, stations)
    assert all(pick_of(event, "BBB").doubt for event in events) and len(doubtful(events)) == 80


def test_an_event_with_one_figure_is_off_in_time() -> None:
    events, stations = make_catalogue()
    events[5].origin_time -= 3600.0
    found = check_geometry(events, stations)
    assert [event.event_id for event in events if event.doubt] == ["e05"]
    assert {name for name, *_ in doubtful(events)} == {"e05"} and len(doubtful(events)) == 12
    assert "12 picks 3600." in said(found) and "local time taken as UTC" in said(found)


def test_an_event_elsewhere_keeps_its_picks() -> None:
    events, stations = make_catalogue()
    events[5].longitude += 1.0
    found = check_geometry(events, stations)
    assert [event.event_id for event in events if event.doubt] == ["e05"]
    assert doubtful(events) == [] and "but where one" in said(found)


@pytest.mark.parametrize("hours", [1.0, -5.5])
def test_a_catalogue_in_local_time_is_named_as_a_whole(hours: float) -> None:
    events, stations = make_catalogue()
    for event in events:
        event.origin_time += hours * 3600
    found = check_geometry(events, stations)
    assert all(event.doubt for event in events) and len(doubtful(events)) == 480
    assert found.findings[0].kind == "catalogue" and found.stations == stations
    assert f"{abs(hours):g} h: local time" in said(found)


@pytest.mark.parametrize(
    ("slip", "words"),
    [
        ({"longitude": -13.2}, "the sign of longitudes"),
        ({"latitude": -42.5}, "the sign of latitudes"),
        ({"latitude": 13.2, "longitude": 42.5}, "exchanged"),
    ],
)
def test_slips_of_all_stations_are_named(slip: dict[str, float], words: str) -> None:
    events, stations = make_catalogue()
    if "exchanged" in words:
        wrong = [replace(s, latitude=s.longitude, longitude=s.latitude) for s in stations]
    else:
        (name,) = slip
        wrong = [replace(s, **{name: -getattr(s, name)}) for s in stations]
    found = check_geometry(events, wrong)
    assert found.stations == [] and words in said(found)
    assert doubtful(events) == [] and not any(event.doubt for event in events)
    alone = check_geometry(events, [*stations[:-1], wrong[-1]])
    assert alone.stations == stations[:-1] and words in said(alone)


def test_slips_of_stations_show_without_picks_too() -> None:
    events, stations = make_catalogue()
    for event in events:
        event.picks.clear()
    wrong = [replace(s, longitude=-s.longitude) for s in stations]
    found = check_geometry(events, wrong)
    assert found.stations == [] and "the sign of longitudes" in said(found)


def test_events_at_zero_and_depths_in_metres_are_not_believed() -> None:
    events, stations = make_catalogue()
    events[0].latitude = events[0].longitude = events[0].depth_km = 0.0
    events[1].depth_km = 450.0
    found = check_geometry(events, stations)
    assert [bool(event.doubt) for event in events[:3]] == [True, True, False]
    assert "depth are all 0" in said(found) and "e01: " in said(found)
    assert doubtful(events) == []


def test_all_is_told_of_many() -> None:
    events, stations = make_catalogue()
    for event in events[:25]:
        pick_of(event, "BBB").time += 60.0
    report = Report()
    check_geometry(events, stations).tell(report, "catalog.json")
    assert len(report.problems) == 11
    assert "15 more picks not believed: BBB (15)" in str(report.problems[-1])


def test_a_catalogue_an_hour_off_its_records_is_seen_without_picks() -> None:
    events, stations = make_catalogue()
    spans = np.array([(e.origin_time - 20, e.origin_time + 100) for e in events])
    for event in events:
        event.picks.clear()
        event.origin_time += 3600.0
    found = check_geometry(events, stations, spans)
    assert "if all were 1 h earlier" in said(found) and all(event.doubt for event in events)
    assert [e.origin_time for e in found.shifted] == [e.origin_time - 3600 for e in events]


def test_picks_hours_off_the_records_are_not_used() -> None:
    events, stations = make_catalogue()
    spans = np.array([(e.origin_time - 20, e.origin_time + 100) for e in events])
    for event in events:
        event.origin_time = event.latitude = event.longitude = None
        for pick in event.picks:
            pick.time -= 4 * 3600.0
    found = check_geometry(events, stations, spans)
    assert "picks fall into records" in said(found) and "4 h later" in said(found)
    assert all(pick.doubt for event in events for pick in event.picks)
    moved = [pick.time for event in found.shifted for pick in event.picks]
    assert moved == [pick.time + 4 * 3600 for event in events for pick in event.picks]


def test_origins_alone_in_local_time_leave_the_picks_as_they_are() -> None:
    events, stations = make_catalogue()
    spans = np.array([(e.origin_time - 20, e.origin_time + 100) for e in events])
    for event in events:
        event.latitude = event.longitude = None
        event.origin_time -= 4 * 3600.0
    found = check_geometry(events, stations, spans)
    assert [event.picks for event in found.shifted] == [[] for _ in events]
    assert "picks fall into records" not in said(found)


def test_a_station_that_moved_has_the_place_of_the_time() -> None:
    events, stations = make_catalogue()
    half_s = events[20].origin_time - 60
    there = replace(stations[0], latitude=44.0, start_s=half_s)
    for event in events[20:]:
        for phase in "PS":
            pick_of(event, "AAA", phase).time = event.origin_time + travel_s(event, there, phase)
    placed = [replace(stations[0], end_s=half_s), there, *stations[1:]]
    found = check_geometry(events, placed)
    assert found.stations == placed and not found.findings


def test_events_without_origin_time_or_depth_are_held_by_their_picks() -> None:
    events, stations = make_catalogue()
    for event in events[::4]:
        event.origin_time = None
    for event in events[1::4]:
        event.depth_km = None
    pick_of(events[0], "AAA").time += 60.0
    check_geometry(events, stations)
    assert doubtful(events) == [("e00", "AAA", "P")]
    assert not any(event.doubt for event in events)


def test_few_picks_are_held_against_any_earth() -> None:
    events, stations = make_catalogue(n_events=1)
    events[0].picks = events[0].picks[:6:2]
    assert not check_geometry(events, stations).findings
    events[0].picks[1].time += 60.0
    assert "a slip of the minute" in said(check_geometry(events, stations))


def test_a_large_catalogue_takes_seconds() -> None:
    few, stations = make_catalogue(n_events=100)
    events = [replace(event, picks=event.picks) for event in few * 400]
    begin = process_time()
    check_geometry(events, stations)
    assert process_time() - begin < 10


def test_real_data_raise_no_false_alarm(shared_data: Path, iceland) -> None:
    events, stations, _ = iceland
    assert not check_geometry(events, stations).findings
    bradys = shared_data / "bradys"
    events = read_files([bradys / "events.csv", bradys / "picks.csv"], Report()).events
    found = check_geometry(events, read_stations(bradys / "stations.csv"))
    # its catalogue puts this one 170 km off, where its picks cannot be
    assert [e.event_id for e in events if e.doubt] == ["20140407135616"] and not doubtful(events)
    carabobo = shared_data / "carabobo"
    paths = [*files_below(carabobo / "sfiles_nordicformat"), carabobo / "arrival_times.txt"]
    events = read_files(paths, Report()).events
    found = check_geometry(events, read_stations(carabobo / "stations.csv", "down"))
    # 914 km from the only station that picked it, 28 s after its origin
    assert [f.name for f in found.findings] == ["20150110051700"]


def test_what_is_wrong_with_the_cases_is_seen(shared_cases: Path, demonstration) -> None:
    folder = shared_cases / "catalogues/e2e"
    stations = read_stations(demonstration.stations)

    def check(catalogue: str, listed: str = "") -> tuple[list[Event], Geometry]:
        catalog = demonstration.catalog
        if catalogue:
            catalog = made_again(folder / catalogue, demonstration)
        events = read_catalog_json(catalog)
        places = read_stations(folder / listed) if listed else stations
        return events, check_geometry(events, places)

    def doubted_p(events: list[Event]) -> list[Pick]:
        return [p for e in events for p in e.picks if p.doubt and is_p(p.phase)]

    for name in ("s1_minute_off.json", "s16_SasP.json"):
        events, found = check(name)
        assert {p.station for p in doubted_p(events)} == {"ORSO"} and "ORSO" in said(found)
        orso = [p for e in events for p in e.picks if p.station == "ORSO" and is_p(p.phase)]
        assert all(p.doubt for p in orso)
    for name in ("", "s2_half.json", "s11_dup.json", "s21_second_P.json", "s22_late_S.json"):
        events, found = check(name)
        assert doubted_p(events) == [] and found.stations == stations
    for listed in ("st_west.csv", "st_swap.csv"):
        events, found = check("", listed)
        assert found.stations == [] and not doubted_p(events)
