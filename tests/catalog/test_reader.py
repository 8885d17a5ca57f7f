"""Catalogues of every format, told apart by content, alone and in folders that mix them."""

import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from deepquake.catalog.catalog_json import write_catalog_json
from deepquake.catalog.events import Event, Magnitude, is_p
from deepquake.catalog.nordic.writer import write_nordic
from deepquake.catalog.obspy_formats import to_obspy
from deepquake.catalog.reader import read_catalog, read_file, read_files, read_picks
from deepquake.core.errors import DeepQuakeError
from deepquake.core.files import files_below
from deepquake.core.report import Report
from deepquake.core.times import iso, parse_iso
from tests.core.test_magic import BEGINNINGS
from tests.made_data import network_events

ORIGIN = parse_iso("2014-02-15T00:03:11.5Z")


def read(path: Path, text: str) -> tuple[list[Event], str, Report]:
    path.write_text(text, encoding="utf-8")
    report = Report()
    events, name = read_file(path, report)
    return events, name, report


def test_oklahoma_catalogue(tmp_path: Path) -> None:
    events, name, report = read(
        tmp_path / "catalog",
        "id,origintime,latitude,longitude,depth,mag,cluster_id\n"
        "7,2014-02-15T00:03:11.5Z,35.9,-96.8,5.1,2.4,3\n"
        "8,2014/02/15 01:00:00,35.8,-96.7,nan,,\n"
        "9,never,35.8,-96.7,,,\n",
    )
    assert name == "table"
    first, second = events
    assert (first.event_id, first.origin_time) == ("7", ORIGIN)
    assert (first.latitude, first.longitude, first.depth_km) == (35.9, -96.8, 5.1)
    assert (first.cluster_id, first.magnitudes) == (3, [Magnitude(2.4)])
    assert iso(second.origin_time) == "2014-02-15T01:00:00.000000Z"
    assert second.depth_km is None and second.magnitudes == [] and second.cluster_id is None
    assert [(p.line, p.kind) for p in report.problems] == [(4, "skipped")]


def test_seconds_since_1970(tmp_path: Path) -> None:
    (event,), _, _ = read(
        tmp_path / "c.csv", f"utc_timestamp;latitude;longitude\n{ORIGIN};35.9;-96.8\n"
    )
    assert event.origin_time == ORIGIN


def test_list_of_picks_by_event(tmp_path: Path) -> None:
    events, _, report = read(
        tmp_path / "picks.csv",
        "event_id,origin_time,latitude,longitude,network,station,phase,time,weight\n"
        "a,2014-02-15T00:03:11.5Z,35.9,-96.8,GS,OK029,P,2014-02-15T00:03:15.25Z,0\n"
        "a,2014-02-15T00:03:11.5Z,35.9,-96.8,GS,OK030,S,2014-02-15T00:03:17.25Z,4\n"
        "a,2014-02-15T00:03:11.5Z,35.9,-96.8,GS,OK031,P,2014-02-15T00:02:17.25Z,0\n"
        "b,,,,GS,OK029,P,2014-02-16T00:03:15.25Z,0\n",
    )
    first, second = events
    assert (first.event_id, first.origin_time, first.latitude) == ("a", ORIGIN, 35.9)
    assert [(p.network, p.station, p.phase, p.weight) for p in first.picks] == [
        ("GS", "OK029", "P", 0), ("GS", "OK030", "S", 4), ("GS", "OK031", "P", 4)]  # fmt: skip
    assert second.origin_time is None and len(second.picks) == 1
    assert [p.line for p in report.problems] == [4]


def test_a_list_of_picks_that_grew_since_its_copy_was_made(tmp_path: Path) -> None:
    picks, copy = tmp_path / "picks.csv", tmp_path / "catalog.json"
    picks.write_text("station,phase,time\nA,P,2014-02-15T00:03:16Z\nB,P,2014-02-15T00:03:17Z\n")
    write_catalog_json(copy, read_files([picks], Report()).events)
    again = read_files([copy, picks], Report())
    assert [len(event.picks) for event in again.events] == [2]
    with picks.open("a") as file:
        file.write("C,P,2014-02-15T00:03:18Z\nA,P,2014-02-15T00:13:16Z\n")
    grown = read_files([copy, picks], Report())
    assert [len(event.picks) for event in grown.events] == [3, 1]


def test_list_of_picks_without_events(tmp_path: Path) -> None:
    events, _, report = read(
        tmp_path / "picks.txt",
        "station phase time\n"
        "GS.OK030 P 2014-02-15T00:03:16Z\n"
        "OK029 P 2014-02-15T00:03:15Z\n"
        "OK029 S 2014-02-15T00:03:19Z\n"
        "OK029 P 2014-02-15T00:13:15Z\n",
    )
    assert [[p.station for p in event.picks] for event in events] == [
        ["OK029", "OK030", "OK029"], ["OK029"]]  # fmt: skip
    assert events[0].picks[1].network == "GS"
    assert "taken as one event" in report.problems[0].message


def test_the_table_of_carabobo(shared_data: Path) -> None:
    events, name = read_file(shared_data / "carabobo" / "events.txt", Report())
    assert name == "table" and len(events) == 5
    second = events[1]
    assert iso(second.origin_time) == "2018-04-02T16:24:08.200000Z"
    assert (second.latitude, second.longitude, second.depth_km) == (10.668, -67.575, 5.0)
    assert second.depth_fixed and not events[0].depth_fixed
    assert second.magnitudes == [Magnitude(2.1, "W", "FUN")]


def test_rows_of_another_length_are_left_out(tmp_path: Path) -> None:
    events, _, report = read(
        tmp_path / "c.csv",
        "time,latitude,longitude\n20140215000315,1,2\n20140215000315,1\n\n20140215000315,1,2,3\n",
    )
    assert len(events) == 1
    assert [p.line for p in report.problems] == [3, 5]


def test_a_7_in_column_80_does_not_make_a_table_nordic(tmp_path: Path) -> None:
    row = "2014-02-15T00:03:11.500Z,35.90000,-96.80000,5.1000,2.40,ml,12,120,0.12,0.05,us,7,x\n"
    assert row[79] == "7"
    header = "time,latitude,longitude,depth,mag,magType,nst,gap,dmin,rms,net,id,place\n"
    events, name, _ = read(tmp_path / "usgs.csv", header + row)
    assert (name, len(events)) == ("table", 1)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is empty"),
        (b"000001D MERV " + bytes(500), "not a text file"),
        (b"code,latitude,longitude,elevation_m\nA,1,2,3\n", "not a catalogue"),
        (b"event_time,station,phase,modelled_time,pick_time\nx,A,P,y,z\n", "not a catalogue"),
        (b"Some notes on the archive.\nNothing else.\n", "not a catalogue"),
        (b'{"type": "FeatureCollection"}', "not a catalogue"),
        (b"{", "is not JSON"),
        (b"<?xml version='1.0'?>\n<FDSNStationXML/>", "inventory"),
        (b"<html><body>404</body></html>", "not a catalogue"),
        (b"<?xml version='1.0'?><q:quakeml xmlns:q='http://quakeml.org/xmlns/quakeml/1.2", "no"),
    ],
)  # fmt: skip
def test_what_is_no_catalogue_is_passed_over(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "file.txt"
    path.write_bytes(content)
    with pytest.raises(DeepQuakeError, match=told):
        read_file(path, Report())
    report = Report()
    found = read_files([path], report)
    assert (found.events, found.passed_over) == ([], 1)
    assert str(path) not in report.problems[0].message and report.problems[0].path == str(path)


def test_a_folder_of_mixed_formats_gives_each_event_once(tmp_path: Path) -> None:
    (tmp_path / "sfiles").write_text(write_nordic(network_events(3)))
    to_obspy(network_events(2)).write(str(tmp_path / "quake.xml"), format="QUAKEML")
    write_catalog_json(tmp_path / "old.json", network_events(4))
    rows = [
        f"{iso(event.origin_time + 0.3)},{event.latitude + 0.01},{event.longitude},{event.depth_km}"
        for event in network_events(5)
    ]
    (tmp_path / "events.csv").write_text("\n".join(["origintime,latitude,longitude,depth", *rows]))
    (tmp_path / "README.md").write_text("# notes\n")
    report = Report()
    found = read_files(files_below(tmp_path), report)
    assert (found.files, found.passed_over, len(found.events)) == (4, 1, 5)
    assert found.merged == 3 + 2 + 4
    assert sum("merged" in problem.message for problem in report.problems) == found.merged
    assert sorted(len(event.picks) for event in found.events) == [0, 12, 12, 12, 12]


def test_carabobo_whole(shared_data: Path) -> None:
    report = Report()
    found = read_files(files_below(shared_data / "carabobo"), report)
    assert (found.files, found.passed_over, len(found.events), found.merged) == (5, 1, 22, 3)
    assert sum(is_p(pick.phase) for event in found.events for pick in event.picks) == 75


def test_any_catalogue_is_read_from_python(tmp_path: Path, capsys) -> None:
    events = network_events(3)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "later").write_text(write_nordic(events[1:]))
    (tmp_path / "in" / "sooner").write_text(write_nordic(events[:2]))
    ids = [event.event_id for event in events]
    assert [event.event_id for event in read_catalog(tmp_path / "in")] == ids
    assert [event.event_id for event in read_catalog(tmp_path / "in" / "sooner")] == ids[:2]
    assert "event is also in" in capsys.readouterr().err
    write_catalog_json(tmp_path / "catalog.json", events)
    assert [event.event_id for event in read_catalog(str(tmp_path / "catalog.json"))] == ids
    (tmp_path / "in" / "later").write_text("no catalogue")
    (tmp_path / "in" / "sooner").unlink()
    with pytest.raises(DeepQuakeError, match="is not a catalogue"):
        read_catalog(tmp_path / "in")
    (tmp_path / "in" / "sooner").touch()
    with pytest.raises(DeepQuakeError, match="no event in 2 files"):
        read_catalog(tmp_path / "in", Report())


def test_two_cr_before_each_lf_are_one_line_end(tmp_path: Path) -> None:
    path = tmp_path / "sfile"
    path.write_bytes(write_nordic(network_events(1)).replace("\n", "\r\r\n").encode())
    report = Report()
    (event,), _ = read_file(path, report)
    assert len(event.picks) == 12
    assert [p.message for p in report.problems] == ["two CR before each LF: read as one line end"]


def test_bulletins_of_the_isc_are_no_tables(tmp_path: Path) -> None:
    events, name, report = read(
        tmp_path / "a.isf",
        "DATA_TYPE BULLETIN IMS1.0:short\nBulletin\nEVENT 2032257  OSTRAVA\n\n"
        "   Date       Time        Err   RMS Latitude Longitude  Smaj  Smin  Az"
        " Depth   Err Ndef Nsta Gap  mdist  Mdist Qual   Author      OrigID\n"
        "2024/09/01 12:33:19.91   0.34  0.17  49.8219   18.5593   2.2   1.7  61"
        "   1.0f         9    5 280   0.66   1.60 a i km IPEC       2032257\n"
        "\n"
        "Sta     Dist  EvAz Phase        Time      TRes  Azim AzRes   Slow   SR"
        "es Def   SNR       Amp   Per Qual Magnitude    ArrID\n"
        "MORC    0.66 266.5 Pg       12:33:32.774   0.2  85.7                  "
        "   T__                       m_e            19692970\n"
        "\nSTOP\n",
    )
    assert name == "read by ObsPy"
    assert [(event.latitude, event.kind) for event in events] == [(49.8219, "blast")]
    assert [pick.station for pick in events[0].picks] == ["MORC"]


def test_events_that_an_analyst_deleted_in_seisan_are_none(tmp_path: Path) -> None:
    for folder, event in zip(("TEST_", "DELET"), network_events(2), strict=True):
        month = tmp_path / "REA" / folder / "2014" / "08"
        month.mkdir(parents=True)
        (month / "a.S201408").write_text(write_nordic([event]))
    report = Report()
    assert len(read_files(files_below(tmp_path), report).events) == 1
    assert "1 s-files of deleted events: left out" in str(report.problems[0])
    deleted = files_below(tmp_path / "REA" / "DELET")
    assert len(read_files(deleted, Report()).events) == 1  # asked for by name


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"PK\x03\x04 and more", "save a spreadsheet as CSV"),
        (b"no catalogue at all\n", "write it as QuakeML, or as a table headed time,latitude"),
        (b'{"type": "FeatureCollection"}', "offers CSV or QuakeML, use that"),
    ],
)
def test_what_is_no_catalogue_is_told_what_to_do(
    tmp_path: Path, content: bytes, message: str
) -> None:
    (tmp_path / "a").write_bytes(content)
    with pytest.raises(DeepQuakeError, match=message):
        read_file(tmp_path / "a", Report())


@pytest.mark.parametrize("head", [*BEGINNINGS, b"station code latitude\n" * 4000, b"<svg>" * 20000])
def test_a_huge_file_of_another_kind_is_passed_over_unread(tmp_path: Path, head: bytes) -> None:
    with (tmp_path / "big").open("wb") as file:
        file.write(head.ljust(600, b"\x07"))
        file.truncate(20 * 10**9)
    (tmp_path / "picks.sfile").write_text(write_nordic(network_events(1)))
    report = Report()
    tracemalloc.start()
    catalog = read_files(files_below(tmp_path), report)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (len(catalog.events), catalog.passed_over) == (1, 1)
    assert most < 10**7
    assert [Path(p.path).name for p in report.of_kind("skipped")] == ["big"]


def test_a_large_text_is_read_only_if_it_begins_as_a_catalogue(tmp_path: Path) -> None:
    log, table = tmp_path / "log.txt", tmp_path / "table.csv"
    log.write_text("2024-03-01 12:00:00 disk 3 is full\n" * 2_500_000)
    with pytest.raises(DeepQuakeError, match="not Nordic, and not a known table"):
        read_file(log, Report())
    rows = [f"2014-02-1{day}T00:03:11Z,35.9,-96.8{' ' * 10**7}\n" for day in range(7)]
    table.write_text("time,latitude,longitude\n" + "".join(rows))
    assert len(read_file(table, Report())[0]) == 7


def test_a_binary_file_without_nulls_is_no_catalogue(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_bytes(np.random.default_rng(1).integers(1, 256, 5000).astype(np.uint8).tobytes())
    with pytest.raises(DeepQuakeError, match="not a text file"):
        read_file(path, Report())


def test_picks_of_all_files_whatever_event_they_are_of(tmp_path: Path) -> None:
    (tmp_path / "a.S201001").write_text(write_nordic(network_events(2)))
    (tmp_path / "loose.csv").write_text(
        "station_id,phase_time,phase_type,phase_score\nXX.AAA..HH,2014-02-15T00:03:15Z,P,0.9\n"
    )
    (tmp_path / "notes.txt").write_text("some notes\n")
    report = Report()
    picks = read_picks(files_below(tmp_path), report)
    of_sfile = [pick for event in network_events(2) for pick in event.picks]
    assert len(picks) == len(of_sfile) + 1 and picks[-1].score == 0.9
    assert [(p.kind, Path(p.path).name) for p in report.problems] == [("skipped", "notes.txt")]


@pytest.mark.parametrize("start", ["<!DOCTYPE html>\n<html>", "<html lang='en'>"])
def test_a_web_page_is_called_so(tmp_path: Path, start: str) -> None:
    (tmp_path / "report.html").write_text(f"{start}<p>10 < 20 events</p></html>\n")
    with pytest.raises(DeepQuakeError, match=r"is not a catalogue: a web page \(HTML\)"):
        read_file(tmp_path / "report.html", Report())
