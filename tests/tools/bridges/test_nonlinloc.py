"""Phases and stations for NonLinLoc."""

from pathlib import Path

import pytest
from obspy.io.nlloc.core import write_nlloc_obs

from deepquake.catalog.events import Event, Pick, is_usable
from deepquake.catalog.obspy_formats import to_obspy
from deepquake.earth.stations import read_stations
from deepquake.tools.bridges.nonlinloc import write_nonlinloc
from tests.tools.bridges.conversions import STATIONS, conversion, made_events, onsets, read_back


def test_picks_and_stations_come_back(tmp_path: Path) -> None:
    events = made_events()
    path = tmp_path / "out.obs"
    assert write_nonlinloc(conversion(path, [*events, Event("none", 5.0)])) == "4 events, 48 picks"
    back = read_back(path)
    assert [event.event_id for event in back] == [event.event_id for event in events]
    assert onsets(back) == onsets(events)
    unused = [sum(not is_usable(pick) for pick in event.picks) for event in back]
    assert unused == [1, 1, 1, 1]
    assert {p.onset for event in back for p in event.picks} == {"I", "E"}
    places = read_stations(tmp_path / "out_stations.txt")
    assert sorted((s.code, s.latitude, s.longitude, s.elevation_m) for s in places) == sorted(
        (s.code, s.latitude, s.longitude, s.elevation_m) for s in STATIONS
    )


@pytest.mark.filterwarnings("ignore:Writing pick without time uncertainty")
def test_lines_have_the_columns_that_obspy_writes(tmp_path: Path) -> None:
    pick = Pick("CLC", "P", 1562259777.84, channel="HHZ", onset="I", uncertainty_s=0.02)
    event = Event("7", picks=[pick])
    write_nonlinloc(conversion(tmp_path / "ours.obs", [event], stations=[]))
    write_nlloc_obs(to_obspy([event]), str(tmp_path / "theirs.obs"))
    ours, theirs = ((tmp_path / f"{name}.obs").read_text() for name in ("ours", "theirs"))
    assert ours.lower().split()[2:] == theirs.lower().split()[2:]
    assert not (tmp_path / "ours_stations.txt").exists()


def test_errors_are_the_uncertainties_or_those_of_the_weights(tmp_path: Path) -> None:
    picks = [
        Pick("AAA", "P", 1.0, uncertainty_s=0.034),
        Pick("BBB", "P", 2.0, weight=2),
        Pick("CCC", "P", 3.0, weight=9, uncertainty_s=0.01),
        Pick("DDD", "P", 4.0, score=0.7),
    ]
    write_nonlinloc(conversion(tmp_path / "a.obs", [Event("a", picks=picks)]))
    (event,) = read_back(tmp_path / "a.obs")
    assert [(p.uncertainty_s, p.weight) for p in event.picks] == [
        *((0.034, 0), (1.0, 0), (None, 4), (0.5, 0)),
    ]


def test_a_word_is_a_word(tmp_path: Path) -> None:
    picks = [Pick("A B", "", 59.99996)]
    write_nonlinloc(conversion(tmp_path / "a.obs", [Event("x y", picks=picks)], stations=[]))
    assert (tmp_path / "a.obs").read_text().split()[:10] == [
        *("PUBLIC_ID", "xy", "AB", "?", "?", "?", "?", "?", "19700101", "0001"),
    ]


def test_readings_of_one_event_that_are_far_apart_stay_its_own(tmp_path: Path) -> None:
    picks = [Pick("AAA", "P", 100.0), Pick("AAA", "Pn", 170.0), Pick("BBB", "S", 2900.0)]
    write_nonlinloc(conversion(tmp_path / "a.obs", [Event("far", picks=picks)]))
    (event,) = read_back(tmp_path / "a.obs")
    assert len(event.picks) == 3
