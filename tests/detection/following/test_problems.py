"""What is wrong is told once, and many alike in few lines."""

from deepquake.core.report import Report
from deepquake.detection.following.problems import SHOWN_ALIKE, ProblemsTold


def test_each_is_told_once_and_of_many_alike_a_few() -> None:
    told, report = ProblemsTold(), Report()
    report.skip("a.txt", "is not a waveform")
    for number in range(9):
        report.note(f"{number}.mseed", f"channel XX.A{number}..LCQ: tells no component Z, N or E")
    lines = told.lines(report)
    assert lines[0] == "left out: a.txt: is not a waveform"
    assert lines[1] == "noted: 0.mseed: channel XX.A0..LCQ: tells no component Z, N or E"
    assert len(lines) == 1 + SHOWN_ALIKE + 1
    assert lines[-1] == f"noted: {9 - SHOWN_ALIKE} more of this kind"
    assert told.lines(report) == []
    report.note("9.mseed", "channel XX.A9..LCQ: tells no component Z, N or E")
    assert told.lines(report) == [
        "noted: 9.mseed: channel XX.A9..LCQ: tells no component Z, N or E"
    ]
    told.said.clear()
    assert len(told.lines(report)) == len(lines)
