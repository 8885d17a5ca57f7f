"""The words and numbers of a report."""

from dataclasses import replace
from pathlib import Path

from deepquake.core.settings import Settings
from deepquake.detection.outputs import report_rows
from tests.detection.outputs.made_report import made_report


def test_what_a_report_counts(tmp_path: Path) -> None:
    content = made_report(tmp_path)
    counts = {word: value for value, word in report_rows.headline_counts(content)}
    assert counts == {
        "events": "2",
        "located": "1",
        "arrivals found": "6 P, 3 S",
        "arrivals of events": "8",
        "of the catalogue found": "1 of 2",
        "missed": "1",
        "false": "1",
    }
    searched = dict(report_rows.what_was_searched(content, Settings()))
    assert searched["records"] == "3 stations, 0.1 station-hours"
    rows = report_rows.station_rows(content)
    assert rows[0] == ("XX.AAA", "10.0000", "-67.6000", "500", "0.03", "2", "1", "3", "2", "1", "0")


def test_the_cells_of_an_event_stand_below_their_columns(tmp_path: Path) -> None:
    content = made_report(tmp_path)
    columns = [name for name, _, _ in report_rows.event_columns(content)]
    for number, event in enumerate(content.events):
        row = report_rows.event_row(number, event, content, linked=True)
        cells = dict(zip(columns, [row["id"], *row["cells"]], strict=True))
        assert cells["arrivals"] == str(len(event.arrivals))
        assert cells["catalogue"] == ("found 1", "false")[number]
        assert cells["± place"] == ("1.2", "")[number]
    facts = report_rows.event_details(1, content.events[1], content, {})["facts"]
    assert facts[0] == "not located: <em>2</em> stations"


def test_where_no_event_is_located_the_table_has_no_columns_of_places(tmp_path: Path) -> None:
    content = made_report(tmp_path)
    content = replace(content, events=content.events[1:])
    columns = [name for name, _, _ in report_rows.event_columns(content)]
    row = report_rows.event_row(0, content.events[0], content, linked=True)
    cells = dict(zip(columns, [row["id"], *row["cells"]], strict=True))
    assert "latitude" not in cells and cells["arrivals"] == "2"
