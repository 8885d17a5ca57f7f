"""The tables of step 6."""

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from deepquake.catalog.events import Event
from deepquake.detection import tables
from deepquake.detection.association.event import LocalMagnitude
from deepquake.detection.stations import ScoredRecording, all_arrivals, all_detections
from tests.detection.test_events import detection, events_of, located, result
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


def read_rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


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
    detected = [replace(event, event_id=f"2020{k}") for k, event in enumerate(detected[:2])]
    tables.write_picks(all_arrivals(results), detected, tmp_path)
    tables.write_detections(all_detections(results), tmp_path)
    tables.write_detected_events(detected, tmp_path, events=events, labels=["north"])
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
    found = read_rows(tmp_path / tables.EVENT_TABLE)
    columns = "event_id", "stations", "region", "outcome", "catalogue_event_ids", "latitude"
    assert [tuple(row[name] for name in columns) for row in found] == [
        ("20200", "B", "north", "false", "", ""),
        ("20201", "A", "north", "found", "e0", ""),
    ]
    assert [row[-1] for row in rows(tmp_path / tables.PICK_TABLE)[1:]] == ["20200", "20201", ""]
    matches = rows(tmp_path / tables.MATCH_TABLE)[1:]
    assert [row[1:3] for row in matches] == [
        *(["B", "false"], ["A", "found"], ["A", "false"], ["A", "missed"]),
    ]
    assert matches[3][5:] == [*[""] * 6, "P", "", ""]
    assert matches[1][-3:] == ["P", "1970-01-01T00:01:45.000000Z", "0.000"]
    assert rows(tmp_path / tables.PICK_TABLE)[1] == [
        *("XX.B.00.HH", "1970-01-01T00:00:07.000000Z", "P", "0.898000", "", "0", "[1.000000]"),
        "20200",
    ]


def test_a_located_event_has_its_place_and_how_well_it_is_known(tmp_path: Path) -> None:
    magnitude = LocalMagnitude(1.234, np.nan, stations=())
    event = replace(located(100.25, 10.0), place_region=1, magnitude=magnitude)
    bare = replace(event, origin=None, magnitude=None, why_not_located="no place is known")
    tables.write_detected_events([event, bare], tmp_path, labels=["north", "south"])
    first, second = read_rows(tmp_path / tables.EVENT_TABLE)
    told = {name: value for name, value in first.items() if value}
    assert told == {
        "time": "1970-01-01T00:01:40.250000Z",
        **{"latitude": "10.00000", "longitude": "20.00000", "depth_km": "5.000"},
        **{"time_error_s": "0.100", "horizontal_error_km": "1.000", "depth_error_km": "2.000"},
        **{"rms_s": "0.050", "gap_deg": "120.0", "n_picks": "1", "n_stations": "1"},
        **{"stations": "A", "magnitude": "1.23", "probability": f"{event.probability:.6f}"},
        **{"cluster_id": "1", "region": "south", "place_region": "1"},
    }
    assert (second["latitude"], second["why_not_located"]) == ("", "no place is known")
