"""Events that are in two files of one run: which are one, and what is kept of each."""

from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import pytest

from deepquake.catalog.catalog_json import read_catalog_json, write_catalog_json
from deepquake.catalog.events import Event, Magnitude, Pick, p_picks
from deepquake.catalog.merge import merge_duplicates
from deepquake.catalog.nordic.writer import write_nordic
from deepquake.catalog.reader import read_catalog, read_file, read_files
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


def test_picks_of_an_event_that_another_file_calls_deleted_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "events.csv").write_text(
        "event_id,time,latitude,longitude,status\na1,2014-08-24T00:01:05,64,-17,reviewed\n"
        "a2,2014-08-24T00:03:05,64,-17,deleted\n"
    )
    rows = [f"{name},ABCD,P,2014-08-24T00:0{n}:12" for name, n in (("a1", 1), ("a2", 3))]
    text = "\n".join(["event_id,station,phase,time", *rows, ""])
    (tmp_path / "picks.csv").write_text(text)
    report = Report()
    (found,) = read_files(files_below(tmp_path), report).events
    assert (found.event_id, len(found.picks)) == ("a1", 1)
    (left_out,) = [p for p in report.of_kind("skipped") if "picks.csv" in p.path]
    assert "1 pick of events that another file calls no events" in left_out.message


@pytest.mark.parametrize("first_pick", ["00:01:01", "10:01:12"])
def test_an_id_that_is_there_once_joins_picks_to_an_origin_that_does_not_fit_them(
    tmp_path: Path, first_pick: str
) -> None:
    (tmp_path / "events.csv").write_text(
        "event_id,time,latitude,longitude\na1,2014-08-24T00:01:05,64,-17\n"
    )
    (tmp_path / "picks.csv").write_text(
        f"event_id,station,phase,time\na1,ABCD,P,2014-08-24T{first_pick}\n"
    )
    found = read_files(files_below(tmp_path), Report()).events
    assert [(e.latitude, len(e.picks)) for e in found] == [(64.0, 1)]


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
        ({"source_file": "one", "origin_time": 1000.6}, True),
        ({"source_file": "one", "origin_time": 1000.6, "latitude": 10.02, "picks": []}, True),
        ({"source_file": "one", "origin_time": 1000.6, "latitude": 10.2, "picks": []}, False),
        ({"source_file": "one", "origin_time": 1001.2, "picks": []}, False),
        ({"source_file": "one", "origin_time": 1001.2, "picks": [], "agency": "X"}, True),
        ({"source_file": "one", "origin_time": 1005.0, "picks": []}, False),
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
    assert [p.station for p in event.picks] == ["B", "A"]  # one reading, in both
    assert len(event.magnitudes) == 2


def tellings(*, files: str, delays_s: tuple[float, ...], with_picks: bool) -> list[Event]:
    """Return events of one place, each told by every file 0.1 s later than by the one before."""
    found = []
    for late, source in enumerate(files):
        for delay in delays_s:
            begin = 1000 + delay + 0.1 * late
            picks = [Pick(s, "P", begin + t) for s, t in (("A", 3), ("B", 4), ("C", 5))]
            told = Event("", begin, 10.0, -68.0, 5.0, picks=picks, source_file=source)
            found.append(told if with_picks else replace(told, picks=[]))
    return found


@pytest.mark.parametrize("files", ["a", "ab", "abc"])
@pytest.mark.parametrize("delays_s", [(0.0,), (0.0, 5.0), (0.0, 1.8), (0.0, 1.8, 3.6, 5.2)])
@pytest.mark.parametrize("with_picks", [True, False])
def test_aftershocks_stay_events_of_their_own(
    files: str, delays_s: tuple[float, ...], with_picks: bool
) -> None:
    events = tellings(files=files, delays_s=delays_s, with_picks=with_picks)
    merged = merge_duplicates(events[::-1], Report())
    assert sorted(round(event.origin_time - 1000) for event in merged) == [
        round(delay) for delay in delays_s
    ]
    assert merge_duplicates(merged, Report(), only_file="catalog.json") == merged


def test_every_reading_of_both_is_kept_once() -> None:
    kept = event("a", [Pick("A", "P", 1003.0), Pick("A", "S", 1006.0, weight=4)])
    kept.picks += [Pick("B", "P", 1004.0, automatic=True), Pick("C", "P", 1005.0)]
    told = [
        *(Pick("a", "Pg", 1003.04), Pick("A", "Pg", 1003.3), Pick("A", "S", 1006.2)),
        *(Pick("B", "P", 1004.02), Pick("A", "IAML", 1007.0), Pick("A", "P", 1003.0, weight=3)),
    ]
    (merged,) = merge_duplicates([kept, event("b", told)], Report())
    assert [(p.station, p.phase, p.time, p.automatic) for p in merged.picks] == [
        *(("a", "Pg", 1003.04, False), ("A", "Pg", 1003.3, False), ("A", "S", 1006.2, False)),
        *(("B", "P", 1004.02, False), ("A", "IAML", 1007.0, False), ("A", "P", 1003.0, False)),
        *(("A", "S", 1006.0, False), ("C", "P", 1005.0, False)),
    ]


@pytest.mark.parametrize("apart_s", [0.7, 3.0])
def test_of_an_automatic_and_a_reviewed_event_the_reviewed_origin_stays(apart_s: float) -> None:
    def told(source: str, late: float, codes: str, automatic: bool) -> Event:
        picks = [Pick(c, "P", 1003 + i + late, automatic=automatic) for i, c in enumerate(codes)]
        return Event("", 1000 + late, 10 + late / 10, -68.0, picks=picks, source_file=source)

    automatic = told("a", 0.7, "ABCDEF", automatic=True)
    automatic.origin_time = 1000 + apart_s
    reviewed = told("b", 0.0, "ABC", automatic=False)
    for order in ([automatic, reviewed], [reviewed, automatic]):
        (merged,) = merge_duplicates(deepcopy(order), Report())
        assert (merged.origin_time, merged.latitude) == (1000.0, 10.0)
        assert sorted((p.station, p.automatic) for p in merged.picks) == [
            *(("A", False), ("A", True), ("B", False), ("B", True), ("C", False), ("C", True)),
            *(("D", True), ("E", True), ("F", True)),
        ]


def test_of_rows_with_one_id_the_last_stays() -> None:
    rows = [
        Event("e1", 1000.0 + late, 10 + late / 20, -68.0, source_file="t", source_line=line)
        for line, late in enumerate((0.0, 0.5, 3.0), 2)
    ]
    report = Report()
    (merged,) = merge_duplicates(rows, report)
    assert (merged.origin_time, merged.source_line) == (1003.0, 4)
    assert {problem.message for problem in report.problems} == {
        "event is told twice in the file: merged"
    }


def test_one_id_of_two_events_long_apart_stays_two() -> None:
    rows = [Event("7", 1000.0 + t, 10.0, -68.0, source_file="t") for t in (0.0, 20.0, 86400.0)]
    assert len(merge_duplicates(rows, Report())) == 3


def test_the_kind_that_either_tells_is_kept_and_a_quarrel_said() -> None:
    report = Report()
    (merged,) = merge_duplicates([event("a", [], kind=""), event("b", [], kind="blast")], report)
    assert merged.kind == "blast"
    picks = [Pick("A", "P", 1003.0)]
    pair = [event("a", picks, kind="earthquake"), event("b", [], kind="blast")]
    (merged,) = merge_duplicates(pair, report)
    assert merged.kind == "earthquake"
    assert report.problems[-1].message == "event is also in a: merged, told as blast there"


def test_a_location_brings_its_time_along() -> None:
    unlocated = event("a", [Pick("A", "P", 1003.0), Pick("B", "P", 1004.0)])
    unlocated.latitude = unlocated.longitude = unlocated.depth_km = None
    located = event("b", [Pick("A", "P", 1003.0)], origin_time=1001.5, agency="X")
    (merged,) = merge_duplicates([unlocated, located], Report())
    assert (merged.origin_time, merged.latitude, merged.agency) == (1001.5, 64.0, "X")
    assert len(merged.picks) == 2


def test_real_duplicates_are_one_event_each(shared_cases: Path) -> None:
    folder = shared_cases / "catalogues"
    report = Report()
    (merged,) = read_files(files_below(folder / "m1_auto_and_reviewed"), report).events
    assert merged.origin_time % 60 == pytest.approx(55.2)
    assert sorted((p.station, p.automatic) for p in merged.picks) == [
        *(("MCB", False), ("MCB", True), ("MDC", False), ("MDC", True)),
        *(("MXX", False), ("MXX", True)),
    ]
    assert len(report.problems) == 1
    report = Report()
    events = read_catalog_json(folder / "e2e" / "s11_dup.json", report)
    assert (len(events), len(report.problems)) == (60, 60)
    assert all(event.picks for event in events)
    assert "told twice: merged" in report.problems[0].message
    (merged,) = read_catalog(folder / "b17_dup_revised.csv", report)
    assert (merged.agency, len(merged.magnitudes)) == ("NEIC", 3)


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("iceland/sfiles_nordicformat", 11),
        ("ridgecrest/pyocto_events.csv", 52),
        ("hengill/pyocto_events.csv", 10),
        ("bradys/events.csv", 30),
    ],
)
def test_nothing_true_is_merged(shared_data: Path, name: str, count: int) -> None:
    report = Report()
    events = read_files(files_below(shared_data / name), report).events
    assert len(events) == count
    assert not [p for p in report.problems if "merged" in p.message]
    # told by a second file with the rounding of another program, each is still one
    again = [
        replace(e, origin_time=e.origin_time + 0.3, picks=[], source_file="again") for e in events
    ]
    assert len(merge_duplicates([*events, *again], Report())) == count
