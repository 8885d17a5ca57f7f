"""Catalogues of other formats, told apart by content, and events that are in two of them."""

from pathlib import Path

import pytest

from deepquake.catalog.catalog_json import write_catalog_json
from deepquake.catalog.events import Event, Magnitude, Pick, is_p
from deepquake.catalog.merge import merge_duplicates
from deepquake.catalog.nordic.writer import write_nordic
from deepquake.catalog.reader import read_any, read_catalogues
from deepquake.core.errors import DeepQuakeError
from deepquake.core.files import files_below
from deepquake.core.report import Report
from deepquake.core.times import iso, parse_iso
from tests.catalog.nordic_samples import network_events

ORIGIN = parse_iso("2014-02-15T00:03:11.5Z")


def read(path: Path, text: str) -> tuple[list[Event], str, Report]:
    path.write_text(text, encoding="utf-8")
    report = Report()
    events, name = read_any(path, report)
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
        ("GS", "OK029", "P", 0), ("GS", "OK030", "S", 4)]  # fmt: skip
    assert second.origin_time is None and len(second.picks) == 1
    assert [p.line for p in report.of_kind("skipped")] == [4]


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
    events, name = read_any(shared_data / "carabobo" / "events.txt", Report())
    assert name == "table" and len(events) == 5
    second = events[1]
    assert iso(second.origin_time) == "2018-04-02T16:24:08.200000Z"
    assert (second.latitude, second.longitude, second.depth_km) == (10.668, -67.575, 5.0)
    assert second.depth_fixed and not events[0].depth_fixed
    assert second.magnitudes == [Magnitude(2.1, "W", "FUN")]


def test_rows_of_another_length_are_left_out(tmp_path: Path) -> None:
    events, _, report = read(
        tmp_path / "c.csv",
        "time,latitude,longitude\n2014-02-15,1,2\n2014-02-15,1\n\n2014-02-15,1,2,3\n",
    )
    assert len(events) == 1
    assert [p.line for p in report.problems] == [3, 5]


def test_a_7_in_column_80_does_not_make_a_table_nordic(tmp_path: Path) -> None:
    row = "2014-02-15T00:03:11.500Z,35.90000,-96.80000,5.1000,2.40,ml,12,120,0.12,0.05,us,7,x\n"
    assert row[79] == "7"
    header = "time,latitude,longitude,depth,mag,magType,nst,gap,dmin,rms,net,id,place\n"
    events, name, _ = read(tmp_path / "usgs.csv", header + row)
    assert (name, len(events)) == ("table", 1)


@pytest.mark.parametrize("format_name", ["QUAKEML", "SCML", "NORDIC", "ZMAP"])
def test_what_obspy_writes(tmp_path: Path, format_name: str) -> None:
    from deepquake.catalog.obspy_formats import to_obspy

    events = network_events(2)
    catalog = to_obspy(events)
    for event in catalog:
        event.magnitudes[0].magnitude_type = "ML"
    path = tmp_path / "catalog"
    catalog.write(str(path), format=format_name)
    got, _ = read_any(path, Report())
    assert len(got) == 2
    for event, wanted in zip(got, events, strict=True):
        assert event.origin_time == pytest.approx(wanted.origin_time, abs=1e-3)
        assert event.latitude == pytest.approx(wanted.latitude, abs=1e-3)
        assert event.depth_km == pytest.approx(wanted.depth_km, abs=1e-3)
        if format_name != "ZMAP":
            assert [(p.station, p.phase) for p in event.picks] == [
                (p.station, p.phase) for p in wanted.picks
            ]


def test_quakeml_keeps_codes_weights_and_ids(tmp_path: Path) -> None:
    from deepquake.catalog.obspy_formats import to_obspy

    event = network_events(1)[0]
    event.picks = [
        Pick("BER", "Pn", event.origin_time + 9, "NS", "00", "HHZ", "I", "C", 0, True),
        Pick("BER", "S", event.origin_time + 15, "NS", "00", "HHN", "E", "", 4),
        Pick("ASK", "P", event.origin_time + 11, "NS", "", "HHZ", weight=3),
        Pick("BLS", "P", event.origin_time + 12, "NS", "", "HHZ", weight=9),
    ]
    event.kind, event.depth_fixed = "P", True
    path = tmp_path / "q.xml"
    to_obspy([event]).write(str(path), format="QUAKEML")
    first = path.read_bytes()
    to_obspy([event]).write(str(path), format="QUAKEML")
    assert path.read_bytes() == first
    (got,), _ = read_any(path, Report())
    assert got.picks == event.picks
    assert (got.event_id, got.kind, got.depth_fixed) == (event.event_id, "P", True)


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
        read_any(path, Report())
    report = Report()
    found = read_catalogues([path], report)
    assert (found.events, found.passed_over) == ([], 1)
    assert str(path) not in report.problems[0].message and report.problems[0].path == str(path)


def test_a_folder_of_mixed_formats_gives_each_event_once(tmp_path: Path) -> None:
    from deepquake.catalog.obspy_formats import to_obspy

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
    found = read_catalogues(files_below(tmp_path), report)
    assert (found.files, found.passed_over, len(found.events)) == (4, 1, 5)
    assert found.merged == 3 + 2 + 4
    assert sum("merged" in problem.message for problem in report.problems) == found.merged
    assert sorted(len(event.picks) for event in found.events) == [0, 12, 12, 12, 12]


PICKS = (Pick("A", "P", 1003.0), Pick("A", "S", 1006.0))


def one(**changes: object) -> Event:
    event = Event("", 1000.0, 10.0, -68.0, 5.0, picks=[*PICKS], source_file="one")
    for name, value in changes.items():
        setattr(event, name, value)
    return event


@pytest.mark.parametrize(
    ("other", "same"),
    [
        ({"origin_time": 1001.5, "latitude": 10.1, "picks": []}, True),
        ({"origin_time": 1003.0, "picks": []}, False),
        ({"latitude": 11.0, "picks": []}, False),
        ({"picks": [Pick("A", "P", 1003.3)]}, True),
        ({"picks": [Pick("A", "P", 1004.5)]}, False),
        ({"latitude": None, "longitude": None, "picks": []}, False),
        ({"latitude": None, "longitude": None, "picks": [Pick("A", "P", 1003.01)]}, True),
        ({"origin_time": None, "latitude": None, "picks": [Pick("A", "P", 1003.01)]}, True),
        ({"origin_time": None, "latitude": None, "picks": [Pick("B", "P", 1003.01)]}, False),
        ({"origin_time": 1005.0, "latitude": 11.0, "picks": [*PICKS]}, True),
        ({"source_file": "one"}, True),
        ({"source_file": "one", "origin_time": 1000.1}, False),
    ],
)
def test_what_is_the_same_event(other: dict[str, object], same: bool) -> None:
    report = Report()
    events = [
        one(),
        one(source_file="two", **{k: v for k, v in other.items() if k != "source_file"}),
    ]
    events[1].source_file = str(other.get("source_file", "two"))
    assert len(merge_duplicates(events, report)) == (1 if same else 2)
    assert len(report.problems) == same


def test_merging_keeps_what_either_knows() -> None:
    table = one(
        picks=[Pick("B", "S", 1008.0), Pick("A", "P", 1003.0)],
        magnitudes=[Magnitude(2.1, "L", "X")],
        depth_km=None,
        source_file="two",
    )
    nordic = one(event_id="id", magnitudes=[Magnitude(2.0, "W", "Y")], picks=[PICKS[0]])
    (event,) = merge_duplicates([nordic, table], Report())
    assert (event.event_id, event.depth_km, event.source_file) == ("id", 5.0, "two")
    assert [p.station for p in event.picks] == ["B", "A"]
    assert len(event.magnitudes) == 2


def test_carabobo_whole(shared_data: Path) -> None:
    report = Report()
    found = read_catalogues(files_below(shared_data / "carabobo"), report)
    assert (found.files, found.passed_over, len(found.events), found.merged) == (5, 1, 22, 3)
    assert sum(is_p(pick.phase) for event in found.events for pick in event.picks) == 75
