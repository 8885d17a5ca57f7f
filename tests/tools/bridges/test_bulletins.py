"""QuakeML, SeisComP's XML and Nordic files of events that were read."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from obspy import read_events
from obspy.io.quakeml.core import _validate
from obspy.io.seiscomp.core import validate

from deepquake.catalog.events import Event, Pick
from deepquake.catalog.nordic.review import is_touched
from deepquake.core.errors import DeepQuakeError
from deepquake.tools.bridges import bulletins
from deepquake.tools.bridges.bulletins import (
    write_json_catalog,
    write_nordic_file,
    write_quakeml_of,
    write_seiscomp,
)
from tests.tools.bridges.conversions import (
    check_origins,
    conversion,
    made_events,
    onsets,
    read_back,
)

WRITERS = {
    "a.xml": write_quakeml_of,
    "a.scml": write_seiscomp,
    "a.out": write_nordic_file,
    "a.json": write_json_catalog,
}


@pytest.mark.parametrize("name", WRITERS)
def test_events_and_picks_come_back(tmp_path: Path, name: str) -> None:
    events = made_events()
    path = tmp_path / name
    assert WRITERS[name](conversion(path, events)) == "4 events, 48 picks"
    first = path.read_bytes()
    back = read_back(path)
    check_origins(back, events)
    assert onsets(back) == onsets(events)
    assert [p.weight for e in back for p in e.picks] == [p.weight for e in events for p in e.picks]
    WRITERS[name](conversion(path, events))
    assert path.read_bytes() == first


@pytest.mark.parametrize(("name", "is_valid"), [("a.xml", _validate), ("a.scml", validate)])
def test_xml_written_in_pieces_is_one_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, is_valid: Callable[[str], bool]
) -> None:
    events = made_events(5)
    WRITERS[name](conversion(tmp_path / name, events))
    whole = (tmp_path / name).read_bytes()
    monkeypatch.setattr(bulletins, "EVENTS_OF_PIECE", 2)
    WRITERS[name](conversion(tmp_path / name, events))
    assert (tmp_path / name).read_bytes().split() == whole.split()
    assert is_valid(str(tmp_path / name))
    assert onsets(read_back(tmp_path / name)) == onsets(events)


def test_xml_is_as_its_schema_has_it(tmp_path: Path) -> None:
    events = made_events()
    events[0] = replace(events[0], event_id="a b/c=#1")
    events[1] = replace(events[1], latitude=None, longitude=None)
    events[2].picks = [replace(p, in_origin=k < 3) for k, p in enumerate(events[2].picks)]
    quakeml = conversion(tmp_path / "a.xml", events)
    write_quakeml_of(quakeml)
    assert _validate(str(tmp_path / "a.xml"))
    assert [p.message for p in quakeml.report.of_kind("skipped")] == [
        "origin times left out: 1 of events without a place, which QuakeML can't hold"
    ]
    scml = conversion(tmp_path / "a.scml", events)
    write_seiscomp(scml)
    assert validate(str(tmp_path / "a.scml"))
    assert [p.message for p in scml.report.of_kind("skipped")] == [
        "events left out: 1 without an origin"
    ]
    assert [len(event.picks) for event in read_events(str(tmp_path / "a.scml"))] == [12, 12, 12]


def test_scores_uncertainties_and_codes_are_kept_in_xml(tmp_path: Path) -> None:
    events = made_events(1)
    told = {"score": 0.75, "uncertainty_s": 0.05, "automatic": True, "channel": "HHZ"}
    events[0].picks = [
        replace(events[0].picks[0], **told, location="00"),
        replace(events[0].picks[1], polarity="C", weight=2),
    ]
    for name in ("a.xml", "a.scml"):
        WRITERS[name](conversion(tmp_path / name, events))
        (event,) = read_back(tmp_path / name)
        for pick, wanted in zip(event.picks, events[0].picks, strict=True):
            assert replace(pick, in_origin=False, time=0) == replace(wanted, time=0), name


def test_seiscomp_without_origins_is_an_error(tmp_path: Path) -> None:
    events = [replace(event, latitude=None) for event in made_events()]
    with pytest.raises(DeepQuakeError, match=r"SeisComP needs events with an origin"):
        write_seiscomp(conversion(tmp_path / "a.scml", events))
    assert not (tmp_path / "a.scml").exists()


def test_nordic_has_room_for_what_it_has_room(tmp_path: Path) -> None:
    (event, other) = made_events(2)
    event.picks = [
        replace(event.picks[0], station="LONGCODE", score=0.6, automatic=True),
        replace(event.picks[1], phase="Pdifference"),
    ]
    other.picks = [replace(other.picks[0], time=other.picks[0].time + 3 * 86400)]
    given = conversion(tmp_path / "a.out", [event, other, Event("no time")])
    assert write_nordic_file(given) == "1 event, 1 pick"
    (back,) = read_back(tmp_path / "a.out")
    assert [(p.station, p.weight) for p in back.picks] == [("LONGC", 2)]
    assert [problem.message for problem in given.report.problems] == [
        f"event {other.event_id} left out: a pick must be of the day of its event or the next",
        "event no time left out: event no time: has no time, so it has no place in Nordic",
        "picks left out: whose phase has more than 8 letters (1)",
        "station codes of more than 5 letters are cut: LONGCODE",
    ]
    with pytest.raises(DeepQuakeError, match="no event that a Nordic file has room for"):
        write_nordic_file(conversion(tmp_path / "b.out", [other]))


@pytest.mark.parametrize(("operator", "automatic"), [("", True), ("", False), ("abc", True)])
def test_nordic_tells_no_person_where_there_was_none(
    tmp_path: Path, operator: str, automatic: bool
) -> None:
    (event,) = made_events(1)
    event.picks = [Pick("AAA", "P", (event.origin_time or 0) + 5, automatic=automatic)]
    event.operator = operator
    write_nordic_file(conversion(tmp_path / "a.out", [event]))
    (back,) = read_back(tmp_path / "a.out")
    assert is_touched(back) == (bool(operator) or not automatic)
