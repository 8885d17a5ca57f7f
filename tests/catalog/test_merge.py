"""Events that are in two files of one run: which are one, and what is kept of each."""

from pathlib import Path

import pytest

from deepquake.catalog.catalog_json import write_catalog_json
from deepquake.catalog.events import Event, Magnitude, Pick, p_picks
from deepquake.catalog.merge import merge_duplicates
from deepquake.catalog.nordic.writer import write_nordic
from deepquake.catalog.reader import read_file, read_files
from deepquake.core.files import files_below
from deepquake.core.report import Report
from tests.made_data import network_events


def event(source: str, picks: list[Pick], origin_time: float | None = 1000.0, **more) -> Event:
    return Event("", origin_time, 64.0, -17.0, 5.0, picks=picks, source_file=source, **more)


@pytest.mark.parametrize(("times", "count"), [((3, 4, 5.6), 1), ((3, 4.6, 5.6), 2)])
def test_one_pick_read_anew_among_many_makes_no_other_event(times, count: int) -> None:
    def picks(*times: float) -> list[Pick]:
        return [Pick(s, "P", 1000 + t) for s, t in zip("ABC", times, strict=True)]

    events = [event("a", picks(3, 4, 5)), event("b", picks(*times))]
    assert len(merge_duplicates(events, Report())) == count


def test_a_p_in_use_is_not_lost_to_one_that_is_not() -> None:
    kept = event("a", [Pick("A", "P", 1002.0, weight=4), Pick("B", "P", 1003.0)])
    other = event("b", [Pick("A", "P", 1002.1)])
    (merged,) = merge_duplicates([kept, other], Report())
    assert [(p.station, p.time) for p in p_picks(merged)] == [("A", 1002.1), ("B", 1003.0)]


def test_events_and_picks_in_two_tables_are_one_by_their_id(tmp_path: Path) -> None:
    (tmp_path / "events.csv").write_text(
        "event_index,time,latitude,longitude\n0,2014-08-24T00:01:05,64,-17\n"
        "1,2014-08-24T00:01:09,64,-17\n"
    )
    (tmp_path / "picks.csv").write_text(
        "event_index,station,phase,time\n0,ABCD,P,2014-08-24T00:01:12\n"
        "1,ABCD,P,2014-08-24T00:01:14\n7,ABCD,P,2014-08-24T00:01:20\n"
    )
    found = read_files(files_below(tmp_path), Report())
    assert [(e.event_id, e.latitude, len(e.picks)) for e in found.events] == [
        ("0", 64.0, 1),
        ("1", 64.0, 1),
        ("7", None, 1),
    ]
    assert found.merged == 2


def test_an_sfile_edited_after_its_catalogue_was_written_is_believed(tmp_path: Path) -> None:
    sfile = tmp_path / "sfile"
    sfile.write_text(write_nordic(network_events(2)))
    written = read_file(sfile, Report())[0]
    written[0].cluster_id = 3
    write_catalog_json(tmp_path / "old.json", written)
    edited = network_events(2)
    edited[0].latitude += 2
    edited[0].origin_time += 1
    edited[0].picks = [Pick("NEW", "P", edited[0].origin_time + 9)]
    sfile.write_text(write_nordic(edited))
    report = Report()
    found = read_files(files_below(tmp_path), report)
    assert [len(e.picks) for e in found.events] == [1, 12]
    assert found.events[0].cluster_id == 3
    assert [Path(p.path).name for p in report.problems] == ["old.json"] * 2


PICKS = (Pick("A", "P", 1003.0), Pick("A", "S", 1006.0))


def event_at_1000(**changes: object) -> Event:
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
        event_at_1000(),
        event_at_1000(source_file="two", **{k: v for k, v in other.items() if k != "source_file"}),
    ]
    events[1].source_file = str(other.get("source_file", "two"))
    assert len(merge_duplicates(events, report)) == (1 if same else 2)
    assert len(report.problems) == same


def test_merging_keeps_what_either_knows() -> None:
    table = event_at_1000(
        picks=[Pick("B", "S", 1008.0), Pick("A", "P", 1003.0)],
        magnitudes=[Magnitude(2.1, "L", "X")],
        depth_km=None,
        source_file="two",
    )
    nordic = event_at_1000(event_id="id", magnitudes=[Magnitude(2.0, "W", "Y")], picks=[PICKS[0]])
    (event,) = merge_duplicates([nordic, table], Report())
    assert (event.event_id, event.depth_km, event.source_file) == ("id", 5.0, "two")
    assert [p.station for p in event.picks] == ["B", "A"]
    assert len(event.magnitudes) == 2
