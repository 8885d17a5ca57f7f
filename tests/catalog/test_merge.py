"""Events that are in two files of one run: which are one, and what is kept of each."""

from pathlib import Path

import pytest

from deepquake.catalog.catalog_json import write_catalog_json
from deepquake.catalog.events import Event, Pick, p_picks
from deepquake.catalog.merge import merge_duplicates
from deepquake.catalog.nordic.reader import read_nordic
from deepquake.catalog.nordic.writer import write_nordic
from deepquake.catalog.reader import read_catalogues
from deepquake.core.files import files_below
from deepquake.core.report import Report
from tests.catalog.nordic_samples import network_events


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
    found = read_catalogues(files_below(tmp_path), Report())
    assert [(e.event_id, e.latitude, len(e.picks)) for e in found.events] == [
        ("0", 64.0, 1),
        ("1", 64.0, 1),
        ("7", None, 1),
    ]
    assert found.merged == 2


def test_an_sfile_edited_after_its_catalogue_was_written_is_believed(tmp_path: Path) -> None:
    sfile = tmp_path / "sfile"
    sfile.write_text(write_nordic(network_events(2)))
    written = read_nordic(sfile, Report())
    written[0].cluster_id = 3
    write_catalog_json(tmp_path / "old.json", written)
    edited = network_events(2)
    edited[0].latitude += 2
    edited[0].origin_time += 1
    edited[0].picks = [Pick("NEW", "P", edited[0].origin_time + 9)]
    sfile.write_text(write_nordic(edited))
    report = Report()
    found = read_catalogues(files_below(tmp_path), report)
    assert [len(e.picks) for e in found.events] == [1, 12]
    assert found.events[0].cluster_id == 3
    assert [Path(p.path).name for p in report.problems] == ["old.json"] * 2
