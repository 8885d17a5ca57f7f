"""Catalogues and picks in the formats of other programs, and what these make of them in step 0."""

import ast
import csv
import re
import sys
from pathlib import Path

import pytest

from deepquake.catalog.nordic.writer import write_nordic
from deepquake.catalog.reader import read_catalog
from deepquake.core.errors import DeepQuakeError
from deepquake.core.report import Report
from deepquake.tools import convert
from deepquake.tools.bridges.formats import WRITTEN_FORMATS
from deepquake.tools.bridges.tables import EXPORTED_STATION
from tests.docs.pages import ROOT, blocks, table_rows
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


def converted(monkeypatch: pytest.MonkeyPatch, source: Path, path: Path, *more: str) -> Path:
    """Convert a file or folder, and return what was written."""
    words = ["convert", "--input_path", str(source), "--output_path", str(path), *more]
    monkeypatch.setattr(sys, "argv", words)
    convert.main()
    return path


def test_what_is_written_and_left_out_is_said(
    monkeypatch: pytest.MonkeyPatch, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = converted(monkeypatch, data / "picks.csv", data / "out", "--format", "pyocto")
    assert [path.name for path in sorted(folder.iterdir())] == ["picks.csv", "stations.csv"]
    printed = capsys.readouterr()
    assert f"wrote {folder} (pyocto): 3 picks" in printed.out
    assert "picks left out: 1 of stations that are not in the list" in printed.err
    assert "stations that are not in the list, with their picks: XX.CCC (1)" in printed.err


def test_picks_of_an_analyst_get_the_network_of_the_list(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    events = network_events(2)
    codes = sorted({pick.station for event in events for pick in event.picks})
    rows = "".join(f"YY,{code},10,{20 + k},0\n" for k, code in enumerate(codes))
    (tmp_path / "stations.csv").write_text(f"network,code,latitude,longitude,elevation_m\n{rows}")
    (tmp_path / "a.out").write_text(write_nordic(events))
    folder = converted(monkeypatch, tmp_path / "a.out", tmp_path / "b", "--format", "pyocto")
    with (folder / "picks.csv").open(newline="") as file:
        assert {row["station"] for row in csv.DictReader(file)} == {f"YY.{c}" for c in codes}
    quakeml = read_catalog(converted(monkeypatch, tmp_path / "a.out", tmp_path / "a.xml"), Report())
    assert {pick.network for event in quakeml for pick in event.picks} == {"YY"}


def test_picks_keep_their_network_where_the_list_has_none(
    monkeypatch: pytest.MonkeyPatch, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [line.partition(",")[2] for line in STATIONS.splitlines()]
    (data / "stations.csv").write_text("\n".join(rows) + "\n")
    folder = converted(monkeypatch, data / "picks.csv", data / "out", "--format", "pyocto")
    for name, column in (("picks.csv", "station"), ("stations.csv", "id")):
        with (folder / name).open(newline="") as file:
            assert {row[column][:3] for row in csv.DictReader(file)} == {"XX."}
    assert "taken for" not in capsys.readouterr().err


def test_a_list_that_cannot_be_read_is_needed_only_where_it_was_named(
    monkeypatch: pytest.MonkeyPatch, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (data / "stations.csv").write_text("code,latitude,longitude,elevation\nAAA,10,20,5\n")
    converted(monkeypatch, data / "picks.csv", data / "a.obs")
    assert "stations.csv: is not used: " in capsys.readouterr().err
    assert not (data / "a_stations.txt").exists()
    with pytest.raises(DeepQuakeError, match="elevation_unit"):
        more = "--stations_path", str(data / "stations.csv")
        converted(monkeypatch, data / "picks.csv", data / "b.obs", *more)


def test_the_input_is_never_written_over(monkeypatch: pytest.MonkeyPatch, data: Path) -> None:
    for source, path, more in (
        (data / "picks.csv", data, ("--format", "gamma")),
        (data / "picks.csv", data / "picks.csv", ()),
        (data, data, ("--format", "quakeflow")),
    ):
        with pytest.raises(DeepQuakeError, match="would be written over"):
            converted(monkeypatch, source, path, *more)
    (data / "a").mkdir()
    with pytest.raises(DeepQuakeError, match="is a folder, and this format is a file"):
        converted(monkeypatch, data / "picks.csv", data / "a", "--format", "hypodd")
    with pytest.raises(DeepQuakeError, match="is a file, and this format is a folder"):
        converted(monkeypatch, data / "picks.csv", data / "stations.csv", "--format", "gamma")
    with pytest.raises(DeepQuakeError, match=r"its ending tells no format; endings are \.xml"):
        converted(monkeypatch, data / "picks.csv", data / "b")
    assert (data / "picks.csv").read_text() == PICKS


def test_what_was_written_before_is_not_read(monkeypatch: pytest.MonkeyPatch, data: Path) -> None:
    first = converted(monkeypatch, data, data / "all", "--format", "quakeflow")
    before = [path.read_bytes() for path in sorted(first.iterdir())]
    converted(monkeypatch, data, data / "all", "--format", "quakeflow")
    assert [path.read_bytes() for path in sorted(first.iterdir())] == before


def test_without_an_event_nothing_is_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "notes.txt").write_text("nothing\n")
    with pytest.raises(DeepQuakeError, match="no event and no pick in 1 file"):
        converted(monkeypatch, tmp_path, tmp_path / "a.xml")
    assert not (tmp_path / "a.xml").exists()


def test_why_nothing_can_be_written_is_said(
    monkeypatch: pytest.MonkeyPatch, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(DeepQuakeError, match="HypoDD needs events with a hypocentre"):
        converted(monkeypatch, data / "picks.csv", data / "a.pha")
    assert "events left out: without an origin (" in capsys.readouterr().err
    assert not (data / "a.pha").exists()


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
    folder = converted(monkeypatch, data / "picks.csv", data / program, "--format", program)
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


@pytest.mark.parametrize("program", BACK)
def test_the_recipes_are_python_and_read_what_is_written(program: str) -> None:
    (recipe,) = [text for text in blocks(ROOT / "docs/associate.md", "py") if program in text]
    names = [node.value for node in ast.walk(ast.parse(recipe)) if isinstance(node, ast.Constant)]
    assert f"output/demo/{program}/picks.csv" in names
    assert {"latitude", "longitude"} <= {*names} & {*EXPORTED_STATION}


def test_the_page_names_every_format_and_ending() -> None:
    rows = table_rows(ROOT / "docs/convert.md")
    named = {row[0].strip("`"): tuple(re.findall(r"`(\.\w+)`", row[1])) for row in rows[2:]}
    assert named == WRITTEN_FORMATS
