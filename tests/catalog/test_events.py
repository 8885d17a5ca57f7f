"""Events, phases and the catalog.json file."""

import json
from pathlib import Path

import pytest

from deepquake.catalog.catalog_json import read_catalog_json, write_catalog_json
from deepquake.catalog.events import (
    Event,
    Magnitude,
    Pick,
    arrange,
    is_p,
    is_s,
    is_usable,
    latest_s,
    p_picks,
)
from deepquake.core.errors import DeepQuakeError
from deepquake.core.report import Report
from deepquake.core.times import compact, iso, parse_iso


def test_times_go_to_iso_and_back() -> None:
    for text in ("2014-08-24T00:01:08.920000Z", "1969-12-31T23:59:59.999999Z"):
        assert iso(parse_iso(text)) == text
    assert parse_iso("2014-08-24 00:01:08.92") == parse_iso("2014-08-24T02:01:08.92+02:00")
    assert parse_iso("2016-12-31T23:59:60.25Z") == parse_iso("2017-01-01T00:00:00.25Z")
    assert iso(59.9999999) == "1970-01-01T00:01:00.000000Z"
    assert compact(parse_iso("2014-08-24T00:01:08.92Z")) == "20140824000108"
    with pytest.raises(ValueError):
        parse_iso("yesterday")


@pytest.mark.parametrize(
    "phase",
    ["P", "IP", "EP", "iP", "Pg", "PG", "Pn", "P*", "Pb", "Pdiff", "Pdif", "PKP", "PKIKP", "p"],
)
def test_p_phases(phase: str) -> None:
    assert is_p(phase) and not is_s(phase)


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
        "Q",
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


def test_many_events_of_one_id_are_arranged_at_once() -> None:
    """Counted from 2 for each, 50 000 of them took hours."""
    events = arrange(Event("id", float(time)) for time in range(50_000))
    assert [events[i].event_id for i in (0, 1, 49_999)] == ["id", "id-2", "id-50000"]


def test_a_byte_order_mark_does_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "catalog.json"
    path.write_text('{"events": [{"eventOriginTime": "2014-08-24T00:01:05Z"}]}', "utf-8-sig")
    assert len(read_catalog_json(path)) == 1
