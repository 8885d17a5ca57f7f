"""From the request to turn after turn: where following ends, and what cannot be followed."""

from pathlib import Path

import pytest

from deepquake.core import configuration
from deepquake.core.times import parse_iso
from deepquake.detection.detector import Detector
from deepquake.detection.following.following import follow_records, why_not_followed
from deepquake.detection.run import DetectionRequest
from tests.detection.following.played import DAY, START_S, made_packets, write_all
from tests.detection.following.test_follower import GIVEN, detector, rows
from tests.steps.loudness import run_step

__all__ = ["detector"]


def test_it_ends_when_the_records_reach_the_end_asked_for(
    tmp_path: Path, detector: Detector, capsys: pytest.CaptureFixture[str]
) -> None:
    write_all(tmp_path / "sds", made_packets())
    request = DetectionRequest(
        tmp_path / "sds",
        detector.checkpoint_dir,
        tmp_path / "out",
        starttime_s=START_S + 20.0,
        endtime_s=START_S + 70.0,
    )
    follow_records(request, configuration.load(GIVEN))
    times_s = [parse_iso(row["phase_time"]) for row in rows(tmp_path / "out" / DAY / "picks.csv")]
    assert times_s and START_S + 20 <= min(times_s) <= max(times_s) < START_S + 70
    assert f"{DAY}: closed" in capsys.readouterr().out


def test_what_cannot_be_followed_is_said(loudness_detector: Path, detector: Detector) -> None:
    here, pretrained, out = Path("records"), detector.checkpoint_dir, Path("out")
    request = DetectionRequest(here, loudness_detector, out)
    assert "a UNet follows records" in why_not_followed(request, configuration.load({}))
    request = DetectionRequest(here, pretrained, out, catalog_path=here)
    assert "--catalog_path" in why_not_followed(request, configuration.load({}))
    request = DetectionRequest(here, pretrained, out)
    assert "--annotate" in why_not_followed(request, configuration.load({"annotate": True}))
    assert why_not_followed(request, configuration.load({})) == ""
    for inside in (here, here / "live" / "out"):
        request = DetectionRequest(here, pretrained, inside)
        assert "--output_dir" in why_not_followed(request, configuration.load({}))


def test_step_6_ends_with_exit_status_2_where_it_cannot_follow(
    tmp_path: Path,
    loudness_detector: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    status, _, err = run_step(
        "step6_detect_mseed",
        capsys,
        monkeypatch,
        follow=1,
        stream_path=tmp_path / "sds",
        checkpoint_dir=loudness_detector,
        output_dir=tmp_path / "out",
    )
    assert status == 2
    assert "a UNet follows records, such as --checkpoint_dir pretrained" in err
    assert not (tmp_path / "out").exists()
