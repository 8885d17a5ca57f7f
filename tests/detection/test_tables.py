"""The tables of step 6, and what a run removes of the one before."""

import csv
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from deepquake.catalog.events import Event
from deepquake.core.errors import DeepQuakeError
from deepquake.core.files import write_json, write_text
from deepquake.detection import tables
from deepquake.detection.stations import ScoredRecording, all_arrivals, all_detections
from tests.detection.test_events import detection, events_of, result
from tests.made_data import made_recording


def scored(name: str, start_s: float = 0.0) -> ScoredRecording:
    return ScoredRecording(
        recording=made_recording("A", start_s, name=name),
        length_s=10.0,
        starts_s=start_s + np.arange(2.0),
        probabilities=np.array([[0.25, 0.5, 0.25], [0.9, 0.1, 0.0]], np.float32),
    )


def rows(path: Path) -> list[list[str]]:
    with path.open(newline="") as file:
        return list(csv.reader(file))


def test_windows_of_a_file_are_in_the_table_of_its_name(tmp_path: Path) -> None:
    tables.write_window_tables([scored("a"), scored("b"), scored("a", 5.0)], tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv", "b.csv"]
    header, first, second = rows(tmp_path / "a.csv")
    assert tuple(header) == tables.WINDOW_COLUMNS
    assert first == [
        *("A", "1970-01-01T00:00:00.000000Z", "1970-01-01T00:00:10.000000Z", "0"),
        "[0.250000, 0.500000, 0.250000]",
    ]
    assert second[1] == "1970-01-01T00:00:05.000000Z"
    tables.write_window_tables([replace(scored("a"), threshold=0.8)], tmp_path)
    assert rows(tmp_path / "a.csv") == [header]


@pytest.mark.parametrize("name", ["events", "Matches", "detections", "Picks"])
def test_no_table_of_windows_has_the_name_of_one_of_the_run(name: str) -> None:
    assert tables.table_name(scored(name)) == f"{name}_windows.csv"


def test_tables_of_the_run_have_the_columns_they_say(tmp_path: Path) -> None:
    results = [
        result("A", detection("A", 100), detection("A", 300), picks_s=(105.0, 500.0)),
        result("B", detection("B", 2)),
    ]
    events = [Event("e0"), Event("e1")]
    detected = events_of(results)
    tables.write_picks(all_arrivals(results), tmp_path)
    tables.write_detections(all_detections(results), tmp_path)
    tables.write_detected_events(detected, events, tmp_path)
    tables.write_matches(results, events, tmp_path)
    for name, columns in (
        (tables.PICK_TABLE, tables.PICK_COLUMNS),
        (tables.DETECTION_TABLE, tables.DETECTION_COLUMNS),
        (tables.EVENT_TABLE, tables.EVENT_COLUMNS),
        (tables.MATCH_TABLE, tables.MATCH_COLUMNS),
    ):
        table = rows(tmp_path / name)
        assert tuple(table[0]) == columns
        assert {len(row) for row in table} == {len(columns)}
    assert [row[0] for row in rows(tmp_path / tables.DETECTION_TABLE)[1:]] == ["B", "A", "A"]
    found = rows(tmp_path / tables.EVENT_TABLE)[1:]
    assert [(row[3], row[6], row[7]) for row in found] == [
        ("B", "false", ""),
        ("A", "found", "e0"),
        ("A", "false", ""),
    ]
    matches = rows(tmp_path / tables.MATCH_TABLE)[1:]
    assert [row[1:3] for row in matches] == [
        *(["B", "false"], ["A", "found"], ["A", "false"], ["A", "missed"]),
    ]
    assert matches[3][5:] == [*[""] * 6, "P", "", ""]
    assert matches[1][-3:] == ["P", "1970-01-01T00:01:45.000000Z", "0.000"]
    assert rows(tmp_path / tables.PICK_TABLE)[1] == [
        *("XX.B.00.HH", "1970-01-01T00:00:07.000000Z", "P", "0.898000", "", "0", "[1.000000]"),
    ]


def write_result(output: Path, names: tuple[str, ...], values: dict[str, Any]) -> None:
    with tables.new_tables(output) as (folder, drawings, _):
        for name in names:
            write_text((drawings if name.endswith(".png") else folder) / name, "ours")
        write_json(folder / tables.SUMMARY_NAME, values)


def test_a_run_removes_what_the_one_before_wrote_and_nothing_else(tmp_path: Path) -> None:
    first = tables.names_written([scored("a")]) | {"windows": 2}
    write_result(tmp_path, ("a.csv", "events.csv", "a.png", "a_20200102T0300.png"), first)
    for name in ("b.csv", "png/a_mine.png"):
        (tmp_path / name).write_text("mine")
    write_result(tmp_path, ("c.csv",), tables.names_written([scored("c")]))
    left = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert left == {"b.csv", "png/a_mine.png", "c.csv", "detect.json"}
    assert (tmp_path / "b.csv").read_text() == "mine"


def test_a_run_that_fails_leaves_the_result_before_it(tmp_path: Path) -> None:
    write_result(tmp_path, ("a.csv", "a.png"), tables.names_written([scored("a")]))
    with pytest.raises(OSError), tables.new_tables(tmp_path) as (folder, drawings, _):
        write_text(folder / "a.csv", "half")
        write_text(drawings / "a.png", "half")
        raise OSError
    left = {str(p.relative_to(tmp_path)): p.read_text() for p in tmp_path.rglob("*.[cp]*")}
    assert left == {"a.csv": "ours", "png/a.png": "ours"}


def test_a_summary_of_somebody_else_is_refused_before_the_work(tmp_path: Path) -> None:
    for text in ("[]", '{"tables": 3}'):
        (tmp_path / "detect.json").write_text(text)
        with pytest.raises(DeepQuakeError, match="was not written by step 6"):
            write_result(tmp_path, ("a.csv",), {})
        assert (tmp_path / "detect.json").read_text() == text
