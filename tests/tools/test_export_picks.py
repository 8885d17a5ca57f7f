"""Picks and stations as other associators take them, and what these make of them in step 0."""

import ast
import csv
import sys
from pathlib import Path

import pytest

from deepquake.catalog.nordic.writer import write_nordic
from deepquake.catalog.reader import read_catalog
from deepquake.core.errors import DeepQuakeError
from deepquake.core.report import Report
from deepquake.tools import export_picks
from tests.docs.pages import ROOT, blocks
from tests.made_data import network_events

PICKS = """station_id,phase_time,phase_type,phase_score
XX.AAA..HH,2023-03-06T07:18:41.250000Z,P,0.9
XX.AAA..HH,2023-03-06T07:18:43.500000Z,S,0.5
XX.BBB.00.EH,2023-03-06T07:18:42.000000Z,P,0.7
XX.CCC..HH,2023-03-06T07:18:44.000000Z,P,0.7
"""
STATIONS = """network,code,latitude,longitude,elevation_m
XX,AAA,10.25,-67.5,1100
XX,BBB,10.3,-67.6,-20
"""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "stations.csv").write_text(STATIONS)
    (tmp_path / "picks.csv").write_text(PICKS)
    return tmp_path


def exported(monkeypatch: pytest.MonkeyPatch, picks: Path, program: str) -> tuple[Path, str]:
    """Export picks, and return the folder and the two tables."""
    folder = picks.parent / program
    words = f"export_picks --picks_path {picks} --output_dir {folder} --program {program}"
    monkeypatch.setattr(sys, "argv", words.split())
    export_picks.main()
    return folder, (folder / "picks.csv").read_text() + (folder / "stations.csv").read_text()


def test_for_pyocto(
    monkeypatch: pytest.MonkeyPatch, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, tables = exported(monkeypatch, data / "picks.csv", "pyocto")
    assert tables == (
        "station,phase,time,probability,location,channel\n"
        "XX.AAA,P,1678087121.250000,0.900000,,HH\n"
        "XX.BBB,P,1678087122.000000,0.700000,00,EH\n"
        "XX.AAA,S,1678087123.500000,0.500000,,HH\n"
        "id,latitude,longitude,elevation\n"
        "XX.AAA,10.250000,-67.500000,1100.0\n"
        "XX.BBB,10.300000,-67.600000,-20.0\n"
    )
    printed = capsys.readouterr()
    assert "picks.csv (3 picks) and stations.csv beside it (2 stations)" in printed.out
    assert "picks left out: 1 of stations that are not in the list: XX.CCC (1)" in printed.err


def test_for_gamma(monkeypatch: pytest.MonkeyPatch, data: Path) -> None:
    _, tables = exported(monkeypatch, data / "picks.csv", "gamma")
    assert tables.startswith(
        "id,type,timestamp,prob,location,channel\n"
        "XX.AAA,P,2023-03-06T07:18:41.250000,0.900000,,HH\n"
    )


def test_picks_of_an_analyst_get_the_network_of_the_list(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    events = network_events(2)
    codes = sorted({pick.station for event in events for pick in event.picks})
    rows = "".join(f"YY,{code},10,{20 + k},0\n" for k, code in enumerate(codes))
    (tmp_path / "stations.csv").write_text(f"network,code,latitude,longitude,elevation_m\n{rows}")
    (tmp_path / "a.out").write_text(write_nordic(events))
    folder, _ = exported(monkeypatch, tmp_path / "a.out", "pyocto")
    with (folder / "picks.csv").open(newline="") as file:
        assert {row["station"] for row in csv.DictReader(file)} == {f"YY.{c}" for c in codes}


def test_without_places_nothing_is_written(monkeypatch: pytest.MonkeyPatch, data: Path) -> None:
    (data / "stations.csv").unlink()
    with pytest.raises(DeepQuakeError, match="no list of stations beside it: --stations_path"):
        exported(monkeypatch, data / "picks.csv", "gamma")
    (data / "stations.csv").write_text(STATIONS.replace("XX,", "").replace("network,", "")[:60])
    with pytest.raises(DeepQuakeError, match="no pick is of a station whose place is known"):
        (data / "stations.csv").write_text("code,latitude,longitude,elevation_m\nZZZ,1,2,3\n")
        exported(monkeypatch, data / "picks.csv", "gamma")
    assert not (data / "gamma").exists()


def test_the_input_is_never_written_over(monkeypatch: pytest.MonkeyPatch, data: Path) -> None:
    words = f"export_picks --picks_path {data}/picks.csv --output_dir {data} --program gamma"
    monkeypatch.setattr(sys, "argv", words.split())
    with pytest.raises(DeepQuakeError, match="would be written over"):
        export_picks.main()
    assert (data / "picks.csv").read_text() == PICKS


# as PyOcto 0.2 and GaMMA 1.2 wrote it of such picks by the recipes of docs/associate.md
BACK = {
    "pyocto": (
        "idx,time,x,y,z,picks,latitude,longitude,depth\n"
        "0,1678087120.5,-8.09,-3.42,4.375,3,10.27,-67.55,4.375\n",
        "event_idx,pick_idx,residual,station,phase,time,probability,location,channel\n"
        "0,0,-0.05,XX.AAA,P,1678087121.25,0.9,,HH\n"
        "0,1,0.02,XX.BBB,P,1678087122.0,0.7,00,EH\n"
        "0,2,0.03,XX.AAA,S,1678087123.5,0.5,,HH\n",
    ),
    "gamma": (
        "time,magnitude,sigma_time,sigma_amp,cov_time_amp,gamma_score,num_picks,num_p_picks,"
        "num_s_picks,event_index,x(km),y(km),z(km),longitude,latitude,depth_km\n"
        "2023-03-06T07:18:40.500,999,0.09,0,0,3.1,3,2,1,0,-3.9,-1.2,4.375,-67.55,10.27,4.375\n",
        "id,type,timestamp,prob,location,channel,event_index,gamma_score\n"
        "XX.AAA,P,2023-03-06 07:18:41.250,0.9,,HH,0,0.04\n"
        "XX.BBB,P,2023-03-06 07:18:42.000,0.7,00,EH,0,0.02\n"
        "XX.AAA,S,2023-03-06 07:18:43.500,0.5,,HH,0,0.03\n",
    ),
}


@pytest.mark.parametrize("program", BACK)
@pytest.mark.parametrize("beside_the_picks", [False, True])
def test_what_comes_back_is_read(
    monkeypatch: pytest.MonkeyPatch, data: Path, program: str, beside_the_picks: bool
) -> None:
    folder, _ = exported(monkeypatch, data / "picks.csv", program)
    if not beside_the_picks:
        folder = data / "back"
        folder.mkdir()
    for name, text in zip(("events.csv", "assignments.csv"), BACK[program], strict=True):
        (folder / name).write_text(text)
    (event,) = read_catalog(folder, Report())
    assert event.origin_time == pytest.approx(1678087120.5)
    assert (event.latitude, event.longitude, event.depth_km) == (10.27, -67.55, 4.375)
    assert event.magnitudes == []
    told = [(p.network, p.station, p.location, p.channel, p.phase, p.score) for p in event.picks]
    assert told == [
        ("XX", "AAA", "", "HH", "P", 0.9),
        ("XX", "BBB", "00", "EH", "P", 0.7),
        ("XX", "AAA", "", "HH", "S", 0.5),
    ]
    assert [p.time for p in event.picks] == pytest.approx([1678087121.25, 1678087122, 1678087123.5])


@pytest.mark.parametrize("program", export_picks.PICKS_FOR)
def test_the_recipes_are_python_and_read_what_is_written(program: str) -> None:
    (recipe,) = [text for text in blocks(ROOT / "docs/associate.md", "py") if program in text]
    names = [node.value for node in ast.walk(ast.parse(recipe)) if isinstance(node, ast.Constant)]
    assert f"output/demo/{program}/picks.csv" in names
    assert {"latitude", "longitude"} <= {*names} & {*export_picks.EXPORTED_STATION}
