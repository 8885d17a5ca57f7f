"""Tables of PhaseNet and QuakeFlow, and what GaMMA and PyOcto take."""

from dataclasses import replace
from pathlib import Path

import pytest

from deepquake.catalog.events import Event, Pick
from deepquake.core.errors import DeepQuakeError
from deepquake.tools.bridges.tables import (
    write_gamma,
    write_phasenet,
    write_pyocto,
    write_quakeflow,
)
from tests.tools.bridges.conversions import (
    STATIONS,
    check_origins,
    conversion,
    made_events,
    onsets,
    read_back,
)

PICKS = [
    Pick("TURV", "P", 1678087121.25, "XX", "", "HH", automatic=True, score=0.9),
    Pick("BENV", "Pg", 1678087122.0, "XX", "00", "EHZ", automatic=True, score=0.7),
    Pick("TURV", "S", 1678087123.5, "XX", "", "HH", weight=2, uncertainty_s=0.125),
    Pick("ELSE", "P", 1678087123.75, "XX"),
]
ONE = [Event("a", 1678087120.5, 10.0, -68.0, 4.0, picks=PICKS)]


def test_phasenet(tmp_path: Path) -> None:
    assert write_phasenet(conversion(tmp_path / "a.csv", ONE)) == "4 picks of P and S"
    assert (tmp_path / "a.csv").read_text() == (
        "station_id,phase_time,phase_type,phase_score,phase_uncertainty_s,evaluation_mode\n"
        "XX.TURV..HH,2023-03-06T07:18:41.250000,P,0.900000,,automatic\n"
        "XX.BENV.00.EH,2023-03-06T07:18:42.000000,P,0.700000,,automatic\n"
        "XX.TURV..HH,2023-03-06T07:18:43.500000,S,0.500000,0.125,manual\n"
        "XX.ELSE..,2023-03-06T07:18:43.750000,P,1.000000,,manual\n"
    ).replace("XX.TURV..HH,2023-03-06T07:18:43.5", "XX.TURV..,2023-03-06T07:18:43.5")
    (event,) = read_back(tmp_path / "a.csv")
    assert [
        (p.location, p.channel, p.score, p.automatic, p.uncertainty_s) for p in event.picks
    ] == [
        ("", "HH", 0.9, True, None),
        ("00", "EH", 0.7, True, None),
        ("", "", 0.5, False, 0.125),
        ("", "", 1.0, False, None),
    ]


def test_quakeflow_keeps_events_and_their_picks(tmp_path: Path) -> None:
    events = made_events()
    loose = Event("", picks=[Pick("TURV", "P", 1.4e9, "XX")], loose=True)
    assert write_quakeflow(conversion(tmp_path / "a", [*events, loose])) == (
        "4 events, 45 picks of P and S"
    )
    *back, alone = read_back(tmp_path / "a")
    check_origins(back, events)
    assert onsets(back) == onsets([replace(event, picks=event.picks[:-1]) for event in events])
    assert [event.event_id for event in back] == [event.event_id for event in events]
    assert (alone.loose, len(alone.picks)) == (True, 1)
    first = (tmp_path / "a/picks.csv").read_text().splitlines()[1]
    assert first.endswith(f"manual,{events[0].event_id},0")


@pytest.mark.parametrize(
    ("write", "expected"),
    [
        (
            write_pyocto,
            "station,phase,time,probability,location,channel\n"
            "XX.TURV,P,1678087121.250000,0.900000,,HH\n"
            "XX.BENV,P,1678087122.000000,0.700000,00,EH\n"
            "XX.TURV,S,1678087123.500000,0.500000,,\n",
        ),
        (
            write_gamma,
            "id,type,timestamp,prob,location,channel\n"
            "XX.TURV,P,2023-03-06T07:18:41.250000,0.900000,,HH\n"
            "XX.BENV,P,2023-03-06T07:18:42.000000,0.700000,00,EH\n"
            "XX.TURV,S,2023-03-06T07:18:43.500000,0.500000,,\n",
        ),
    ],
)
def test_associators_get_picks_and_stations(tmp_path: Path, write, expected: str) -> None:
    given = conversion(tmp_path / "a", ONE)
    assert write(given) == "3 picks"
    assert (tmp_path / "a/picks.csv").read_text() == expected
    assert (tmp_path / "a/stations.csv").read_text() == (
        "id,latitude,longitude,elevation\n"
        "XX.BENV,10.125000,-68.000000,100.0\n"
        "XX.TURV,10.000000,-68.000000,0.0\n"
    )
    assert "picks left out: 1 of stations that are not in the list" in [
        problem.message for problem in given.report.of_kind("skipped")
    ]


def test_associators_need_places(tmp_path: Path) -> None:
    with pytest.raises(DeepQuakeError, match="no list of stations beside it: --stations_path"):
        write_gamma(conversion(tmp_path / "a", ONE, stations=[]))
    with pytest.raises(DeepQuakeError, match="no pick is of a station whose place is known"):
        write_gamma(conversion(tmp_path / "a", ONE, stations=STATIONS[2:]))
    assert not (tmp_path / "a").exists()
