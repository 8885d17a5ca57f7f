"""What was left out and noted: collected, merged and summed up."""

from pathlib import Path

import pytest

from deepquake.core.report import Departures, Report


def test_reports_are_merged_in_order() -> None:
    first, second = Report(), Report()
    first.skip("b.mseed", "not a waveform file")
    second.note("a.sfc", "no weight: taken as 0", line=7)
    second.skip("c.mseed", "empty")
    first.merge(second)
    assert [problem.path for problem in first.of_kind("skipped")] == ["b.mseed", "c.mseed"]
    assert [str(problem) for problem in first.of_kind("note")] == [
        "a.sfc, line 7: no weight: taken as 0"
    ]


def test_the_summary_counts_what_it_does_not_show(capsys: pytest.CaptureFixture[str]) -> None:
    report = Report()
    for number in range(14):
        report.skip(f"{number:02d}.mseed", "flat" if number < 12 else "empty")
    report.print_summary()
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "left out: 14" and lines[1] == "  00.mseed: flat"
    assert sorted(lines[-2:]) == ["  ... and 2 x empty", "  ... and 2 x flat"]
    report.print_summary(everything=True)
    assert len(capsys.readouterr().err.splitlines()) == 15
    Report().print_summary()
    assert capsys.readouterr() == ("", "")


def test_the_summary_has_a_line_for_each_name(capsys: pytest.CaptureFixture[str]) -> None:
    report = Report()
    report.skip("a\n\x1b[2J\udcf3.mseed", "holds\na line")
    report.print_summary()
    assert capsys.readouterr().err == (
        "left out: 1\n" r"  a\n\x1b[2J\xf3.mseed: holds\na line" "\n"
    )


def test_many_kinds_of_messages_are_counted_too(capsys: pytest.CaptureFixture[str]) -> None:
    report = Report()
    for number in range(30):
        report.note("a.csv", f"message {chr(65 + number)}")
    report.print_summary()
    last = capsys.readouterr().err.splitlines()[-1]
    assert last == "  ... and 10 other messages (see --debug 1)"


def test_messages_that_differ_in_a_number_are_counted_as_one(
    capsys: pytest.CaptureFixture[str],
) -> None:
    report = Report()
    for number in range(40):
        report.note(f"b{number}", f"is the same file as a{number}.mseed, which is used")
    report.print_summary()
    last = capsys.readouterr().err.splitlines()[-1]
    assert last == "  ... and 30 such as: is the same file as a10.mseed, which is used"


def test_times_that_are_told_again_count_once(capsys: pytest.CaptureFixture[str]) -> None:
    report, of_worker = Report(), Report()
    report.lose("a", "lost", "XX.ABC..HHZ", [(0.0, 10.0), (20.0, 30.0)])
    of_worker.lose("a", "lost", "XX.ABC..HHZ", [(5.0, 20.0)])
    of_worker.lose("a", "lost", "XX.ABC..HHN", [(5.0, 6.0)])
    report.merge(of_worker)
    (problem,) = report.of_kind("skipped")
    assert problem.seconds == 31.0
    assert str(problem) == (
        "a: lost (XX.ABC..HHN, XX.ABC..HHZ: 31.0 s in 2 places, "
        "the first from 1970-01-01T00:00:00.000000Z on)"
    )
    report.print_summary()
    assert "in all" not in capsys.readouterr().err


@pytest.mark.parametrize("n_others", [0, 30])
def test_the_seconds_of_many_files_are_summed_up(
    capsys: pytest.CaptureFixture[str], n_others: int
) -> None:
    report = Report()
    for number in range(n_others):
        report.note(f"{number}", "odd")
    for path in "ab":
        report.lose(path, "lost", "XX.ABC..HHZ", [(0.0, 10.0)], kind="note")
    report.print_summary()
    assert capsys.readouterr().err.splitlines()[-1] == "  in all: lost: 20.0 s of 2 files"


def test_a_departure_is_noted_once_and_what_is_left_out_each_time() -> None:
    report = Report()
    departures = Departures("a.sfc", report)
    for line in (1, 2):
        departures.note(line, "tabs: read as blanks")
        departures.skip(line, "not a pick")
    assert [problem.line for problem in report.of_kind("note")] == [1]
    assert [problem.line for problem in report.of_kind("skipped")] == [1, 2]


def test_what_is_told_of_several_files_is_told_of_each() -> None:
    report = Report()
    report.skip("a", "channel X (2 files): no component", others=[Path("b")])
    report.note("c", "odd", line=3)
    told = [text for problem in report.problems for text in problem.of_each_file()]
    assert told == [
        "a: channel X (2 files): no component",
        "b: channel X (2 files): no component",
        "c, line 3: odd",
    ]


def test_what_is_told_already_may_be_left_out_where_reports_are_merged() -> None:
    whole, part = Report(), Report()
    for report in (whole, part):
        report.skip("a.mseed", "its samples cannot be read")
    part.skip("b.mseed", "its samples cannot be read")
    whole.merge(part, again=False)
    assert [problem.path for problem in whole.problems] == ["a.mseed", "b.mseed"]
    whole.merge(part)
    assert len(whole.problems) == 4
