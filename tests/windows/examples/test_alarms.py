"""Which rows of step 6's tables are false alarms, by whom, and how a verdict may be written."""

import pytest

from deepquake.catalog.picks.verdicts import FALSE, TRUE, UNSURE
from deepquake.core.errors import DeepQuakeError
from deepquake.core.report import Report
from deepquake.windows.examples.alarms import read_alarms

HEADER = "network,station,outcome,p_time,event_id,start_time,end_time,probability,cluster_id"
ROWS = [
    "XX,AAA,found,2014-08-24T00:00:10Z,e1,2014-08-24T00:00:02Z,2014-08-24T00:00:19Z,0.9,0",
    "XX,AAA,missed,2014-08-24T00:05:00Z,e2,,,,",
    "XX,AAA,false,,,2014-08-24T00:10:00Z,2014-08-24T00:10:15Z,0.7,0",
    "XX,AAA,undecided,,,2014-08-24T00:20:00Z,2014-08-24T00:20:15Z,0.7,0",
]


def read(tmp_path, header, rows):
    """Write a table; return its alarms and what was reported."""
    path, report = tmp_path / "matches.csv", Report()
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return read_alarms(path, report), report


def test_without_verdicts_the_outcome_counts(tmp_path):
    alarms, report = read(tmp_path, HEADER, ROWS)
    assert [alarm.said for alarm in alarms.rows] == [TRUE, TRUE, FALSE, UNSURE]
    assert not alarms.by_person
    assert not report.problems
    found, _, false, _ = alarms.rows
    assert found.start_s == found.end_s
    assert false.end_s - false.start_s == 15


@pytest.mark.parametrize(
    ("verdict", "said"),
    [
        *(
            ("false", FALSE),
            ("Noise", FALSE),
            ("0", FALSE),
            ("0.0", FALSE),
            ("NOT_AN_EVENT", FALSE),
        ),
        *(("no.", FALSE), ("ruido", FALSE), ("true", TRUE), ("1", TRUE), ("Earthquake!", TRUE)),
        *(("sí", TRUE), ("?", UNSURE), ("maybe", UNSURE)),
    ],
)
def test_a_verdict_wins_over_the_outcome(tmp_path, verdict, said):
    alarms, report = read(
        tmp_path, f"{HEADER},Verdict", [f"{ROWS[2]},{verdict}", f"{ROWS[2]},{verdict}"]
    )
    assert {alarm.said for alarm in alarms.rows} == {said}
    assert alarms.by_person
    assert not report.problems


def test_where_anyone_has_looked_the_rows_nobody_looked_at_are_not_false(tmp_path):
    alarms, _ = read(tmp_path, f"{HEADER},verdict", [f"{ROWS[2]},", f"{ROWS[0]},false"])
    assert [alarm.said for alarm in alarms.rows] == [UNSURE, FALSE]
    assert alarms.counts == {"not looked at": 1, FALSE: 1}


def test_what_is_not_understood_is_told_with_its_line_and_is_not_noise(tmp_path):
    rows = [f"{ROWS[2]},hm", f"{ROWS[2]},false", "XX,AAA,false,,,soon,later,,,false"]
    alarms, report = read(tmp_path, f"{HEADER},verdict", rows)
    assert [alarm.said for alarm in alarms.rows] == [UNSURE, FALSE]
    assert [problem.line for problem in report.problems] == [2, 4]
    assert "verdict 'hm' is not understood" in report.problems[0].message
    assert "('soon' is no time such as 2014-08-24T00:10:04Z)" in report.problems[1].message


def test_a_spreadsheet_and_the_columns_of_detections_are_read(tmp_path):
    header = "station;start_time;end_time;probability;network;location;channel;p_time;verdict"
    row = "AAA;2014-08-24 00:10:00;2014-08-24 00:10:15;0.7;XX;00;HH;2014-08-24 00:10:04.5;false"
    alarms, report = read(tmp_path, "\ufeff" + header, [row])
    (alarm,) = alarms.rows
    codes = (alarm.network, alarm.station, alarm.location, alarm.channel)
    assert codes == ("XX", "AAA", "00", "HH")
    assert alarm.start_s == alarm.end_s
    assert alarm.start_s % 60 == 4.5
    assert not report.problems


def test_the_codes_of_a_pick_table_are_read(tmp_path):
    header = "station_id,phase_time,phase_type,phase_score,verdict"
    alarms, _ = read(tmp_path, header, ["XX.AAA..HH,2014-08-24T00:10:00Z,P,0.9,no"])
    (alarm,) = alarms.rows
    codes = (alarm.network, alarm.station, alarm.location, alarm.channel)
    assert codes == ("XX", "AAA", "", "HH")


def test_a_table_that_says_nothing_of_what_is_false_is_refused(tmp_path):
    header = "station,start_time,end_time,probability"
    row = "AAA,2014-08-24T00:10:00Z,2014-08-24T00:10:15Z,0.7"
    with pytest.raises(DeepQuakeError, match="add a column 'verdict'"):
        read(tmp_path, header, [row])
    with pytest.raises(DeepQuakeError, match="is not matches.csv or detections.csv"):
        read(tmp_path, "latitude,longitude", ["1,2"])
    with pytest.raises(DeepQuakeError, match="no such file"):
        read_alarms(tmp_path / "none.csv", Report())
