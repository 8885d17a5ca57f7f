"""From the request to turn after turn: where following ends, and what cannot be followed."""

from dataclasses import replace
from pathlib import Path

import pytest

from deepquake.core import configuration
from deepquake.core.errors import DeepQuakeError
from deepquake.core.times import parse_iso
from deepquake.detection.detector import Detector
from deepquake.detection.following.following import follow_records, why_not_followed
from deepquake.detection.run import DetectionRequest, detect
from deepquake.waveforms.seedlink.connection import LinkPatience
from deepquake.waveforms.seedlink.receiving import SeedlinkRequest, receiving
from deepquake.waveforms.seedlink.request import parse_stations
from tests.detection.following.played import DAY, START_S, made_packets, write_all
from tests.detection.following.test_follower import GIVEN, detector, rows
from tests.steps.loudness import run_step
from tests.waveforms.seedlink.seedlink_server import SeedlinkServer, serving

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


def test_that_there_is_nothing_yet_is_said_once(
    tmp_path: Path, detector: Detector, capsys: pytest.CaptureFixture[str]
) -> None:
    write_all(tmp_path / "sds", made_packets())
    late_s = START_S + 86400.0
    request = DetectionRequest(
        tmp_path / "sds", detector.checkpoint_dir, tmp_path / "out", starttime_s=late_s
    )
    turns = iter(range(3))

    def end_after_three_turns() -> None:
        if next(turns, None) is None:
            raise DeepQuakeError("enough")

    with pytest.raises(DeepQuakeError, match="enough"):
        follow_records(request, configuration.load(GIVEN), end_after_three_turns)
    assert capsys.readouterr().out.count("no records from then on yet") == 1


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


def test_a_list_of_stations_that_is_not_there_is_an_error_at_once(
    tmp_path: Path, detector: Detector
) -> None:
    request = DetectionRequest(tmp_path / "sds", detector.checkpoint_dir, tmp_path / "out")
    settings = configuration.load(GIVEN | {"stations_path": str(tmp_path / "none.csv")})
    with pytest.raises(DeepQuakeError, match=r"none\.csv: cannot be read"):
        follow_records(request, settings)


def test_records_of_a_seedlink_server_are_followed(tmp_path: Path, detector: Detector) -> None:
    server = SeedlinkServer(dies_after=[100])
    for path, data in made_packets():
        server.add([data], f"XX_{path.parts[2]}")
    given = {"starttime_s": START_S, "endtime_s": START_S + 140.0}
    request = DetectionRequest(tmp_path / "sds", detector.checkpoint_dir, tmp_path / "out", **given)
    lines: list[str] = []
    with serving(server):
        source = SeedlinkRequest(
            ("127.0.0.1", server.port), parse_stations("XX_*"), tmp_path / "sds", begin_s=START_S
        )
        with receiving(source, lines.append, LinkPatience(first_wait_s=0.05)) as check_source:
            follow_records(request, configuration.load(GIVEN), check_source)
    assert any("the server has closed the connection; trying again" in line for line in lines)
    detect(replace(request, output_dir=tmp_path / "once"), detector.settings)
    followed, once = (rows(tmp_path / name / "picks.csv") for name in (f"out/{DAY}", "once"))
    apart_s = [
        abs(parse_iso(one["phase_time"]) - parse_iso(other["phase_time"]))
        for one, other in zip(followed, once, strict=True)
    ]
    assert len(apart_s) >= 12 and max(apart_s) < 0.01


def test_following_ends_where_records_cannot_come_any_more(
    tmp_path: Path, detector: Detector
) -> None:
    def fails() -> None:
        raise DeepQuakeError("no more records")

    (tmp_path / "sds").mkdir()
    request = DetectionRequest(tmp_path / "sds", detector.checkpoint_dir, tmp_path / "out")
    with pytest.raises(DeepQuakeError, match="no more records"):
        follow_records(request, configuration.load(GIVEN), fails)


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
