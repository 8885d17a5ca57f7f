"""The catalog.json file: written and read, ours and that of the old project."""

import json
from pathlib import Path

import pytest

from deepquake.catalog.catalog_json import check_replaceable, read_catalog_json, write_catalog_json
from deepquake.catalog.events import (
    Event,
    Magnitude,
    Pick,
)
from deepquake.core.errors import DeepQuakeError
from deepquake.core.report import Report
from deepquake.core.times import iso, parse_iso

P_TIME = parse_iso("2014-08-24T00:01:11.952Z")


def full_event() -> Event:
    return Event(
        "20140824000108",
        parse_iso("2014-08-24T00:01:08.92Z"),
        64.755,
        -16.946,
        6.0,
        [Magnitude(1.1, "L", "QM")],
        [
            Pick("DYJN", "P", P_TIME, "Z7", "00", "HHZ", "E", "C", 2, True),
            Pick("DYJN", "S", P_TIME + 2.5),
        ],
        "sfile",
        1,
        "QM",
        "L",
        "earthquake",
        True,
        True,
        ["2014-08-24-0001-00S.Z7____036"],
        2,
    )  # fmt: skip


def test_catalog_json_keeps_everything(tmp_path: Path) -> None:
    path = tmp_path / "catalog.json"
    events = [full_event(), Event("x", None, picks=[Pick("A", "P", 5.0)])]
    write_catalog_json(path, events)
    assert read_catalog_json(path) == events
    first = path.read_bytes()
    write_catalog_json(path, read_catalog_json(path))
    assert path.read_bytes() == first


def test_catalog_json_has_the_old_shape(tmp_path: Path) -> None:
    path = tmp_path / "catalog.json"
    write_catalog_json(path, [full_event(), Event("", 0.0)])
    unknown, event = json.loads(path.read_text())["events"]
    assert event["eventOriginTime"] == "2014-08-24T00:01:08.920000Z"
    assert (event["lat"], event["lon"], event["depth"]) == (64.755, -16.946, 6.0)
    assert event["detections"] == [{"station": "DYJN", "ptime": "2014-08-24T00:01:11.952000Z"}]
    assert (unknown["lat"], unknown["lon"], unknown["depth"]) == (None, None, None)


def test_old_catalog_json_loads(tmp_path: Path) -> None:
    path = tmp_path / "catalog.json"
    path.write_text(
        '{"events": [{"eventOriginTime": "2018-04-27T08:44:50.4", "lat": 10.3, "lon": -68, '
        '"depth": null, "detections": [{"station": "TURV", "ptime": "2018-04-27T08:44:54.92Z"}]}]}'
    )
    (event,) = read_catalog_json(path)
    assert event.event_id == "20180427084450"
    assert (event.latitude, event.longitude, event.depth_km) == (10.3, -68.0, None)
    assert [(p.station, p.phase, iso(p.time)) for p in event.picks] == [
        ("TURV", "P", "2018-04-27T08:44:54.920000Z")
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"events": [\n{"lat": 1,}]}', "line 2"),
        ("[1, 2]", 'no list "events"'),
        ('{"events": 3}', 'no list "events"'),
        ('{"events": [{}, {"eventOriginTime": "noon"}]}', "event 2 is malformed"),
        ('{"events": [{"detections": [{"station": "A"}]}]}', "'ptime' is missing"),
        ('{"events": [{"lat": "north"}]}', "event 1 is malformed"),
        ('{"events": [7]}', "event 1 is malformed"),
        ('{"events": [{"eventOriginTime": 12}]}', "event 1 is malformed"),
        ('{"events": [{}, {"cluster_id": 1e999}]}', "event 2 is malformed: a number is too large"),
        ('{"events": [{"waveforms": 7}]}', "event 1 is malformed: a value is of another type"),
    ],
)
def test_malformed_catalogues_are_errors_of_one_line(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "catalog.json"
    path.write_text(text)
    with pytest.raises(DeepQuakeError, match=told) as error:
        read_catalog_json(path)
    assert str(path) in str(error.value) and "\n" not in str(error.value)


def test_a_missing_catalogue_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DeepQuakeError, match="no such file"):
        read_catalog_json(tmp_path / "none.json")


IMPOSSIBLE = """{"events": [
{"eventOriginTime": "2014-08-24T00:01:05Z", "lat": NaN, "lon": NaN, "depth": Infinity,
 "magnitudes": [{"value": NaN}]},
{"eventOriginTime": "yesterday"}
]}"""


def test_what_cannot_be_is_unknown_and_a_bad_event_costs_itself(tmp_path: Path) -> None:
    path = tmp_path / "catalog.json"
    path.write_text(IMPOSSIBLE)
    report = Report()
    (event,) = read_catalog_json(path, report)
    assert (event.latitude, event.longitude, event.depth_km) == (None, None, None)
    assert event.magnitudes == []
    assert [problem.message.partition(":")[0] for problem in report.of_kind("note")] == [
        "event 1"
    ] * 3
    assert [problem.message[:20] for problem in report.of_kind("skipped")] == [
        "event 2 is malformed"
    ]
    write_catalog_json(path, [event])
    assert "NaN" not in path.read_text() and "Infinity" not in path.read_text()


def test_a_byte_order_mark_does_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "catalog.json"
    path.write_text('{"events": [{"eventOriginTime": "2014-08-24T00:01:05Z"}]}', "utf-8-sig")
    assert len(read_catalog_json(path)) == 1


def test_the_score_and_the_residual_of_a_pick_are_kept(tmp_path: Path) -> None:
    picks = [
        Pick("A", "P", 1.0, score=0.0, residual_s=-0.5, in_origin=True),
        Pick("A", "S", 2.0, uncertainty_s=0.125),
        Pick("B", "P", 2.0, score=0.87, automatic=True),
        Pick("C", "P", 3.0),
    ]
    write_catalog_json(tmp_path / "catalog.json", [Event("a", picks=picks)])
    (event,) = read_catalog_json(tmp_path / "catalog.json")
    assert event.picks == picks


def test_a_number_of_a_pick_that_is_none_is_unknown(tmp_path: Path) -> None:
    path = tmp_path / "catalog.json"
    pick = {"station": "A", "phase": "P", "time": "2020-01-01T00:00:00Z", "weight": 0}
    told = {"residual_s": float("nan"), "uncertainty_s": float("inf"), "score": 0.5}
    path.write_text(json.dumps({"events": [{"event_id": "1", "picks": [pick | told]}]}))
    (event,) = read_catalog_json(path)
    (read,) = event.picks
    assert (read.residual_s, read.uncertainty_s, read.score) == (None, None, 0.5)


@pytest.mark.parametrize(
    ("written", "read"), [("E", "explosion"), ("blast", "blast"), ("?", "other"), ("", "")]
)
def test_the_kind_of_an_event_may_be_a_letter_of_an_old_catalogue(
    tmp_path: Path, written: str, read: str
) -> None:
    event = {"event_id": "a", "kind": written, "picks": []}
    (tmp_path / "c.json").write_text(json.dumps({"events": [event]}))
    assert [e.kind for e in read_catalog_json(tmp_path / "c.json")] == [read]


def test_only_a_catalogue_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    check_replaceable(path)
    for content in (b"", b"\n"):
        path.write_bytes(content)
        check_replaceable(path)
    write_catalog_json(path, [])
    check_replaceable(path)
    for content in (b"code,latitude\nAAA,1\n", b'{"type": "FeatureCollection"}', b"\xff" * 9000):
        path.write_bytes(content)
        with pytest.raises(DeepQuakeError, match="out.json: is there, and no catalog.json; give"):
            check_replaceable(path)
