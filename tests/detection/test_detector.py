"""Which records a network can be run over, and what is told of the others."""

from pathlib import Path

import pytest

from deepquake.core.errors import DeepQuakeError
from deepquake.core.report import Report
from deepquake.detection.detector import Detector
from tests.made_data import made_recording


def test_what_the_network_cannot_be_run_over_is_told(
    tmp_path: Path, loudness_detector: Path
) -> None:
    detector, report = Detector.load(loudness_detector), Report()
    long, short = made_recording("A"), made_recording("B", n_samples=200, name="short")
    assert detector.usable([long, short], tmp_path, report) == [long]
    assert [str(p) for p in report.problems] == ["short: is shorter than a window of 10 s"]
    with pytest.raises(DeepQuakeError, match="no usable waveform with the components"):
        detector.usable([short], tmp_path, report)


def test_files_that_have_gone_are_reported_and_the_others_read(loudness_detector: Path) -> None:
    report = Report()
    (scored,) = Detector.load(loudness_detector).score([made_recording("A")], report)
    assert len(scored.starts_s) == len(scored.probabilities) == 0
    assert scored.probabilities.shape == (0, 2)
    assert "day.mseed" in str(report.problems[0])
