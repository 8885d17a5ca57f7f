"""What is done beside the turns: one job after the other, and what cannot be written is told."""

from functools import partial
from pathlib import Path
from threading import Event

import pytest

from deepquake.core.report import Report
from deepquake.detection.following import days
from deepquake.detection.following.background import (
    CANNOT_WRITE,
    IS_FILE,
    Background,
    close_day,
    draw_page,
    why_not_written,
)
from deepquake.detection.following.days import FoundSoFar, day_of
from deepquake.detection.following.measured import MeasuredEvents
from tests.detection.following.test_days import TELLING
from tests.detection.outputs.made_located import ORIGIN_S


def test_jobs_come_one_after_the_other_and_each_is_reported_once() -> None:
    jobs, go, done = Background(), Event(), []

    def job(number: int) -> Report:
        assert go.wait(10)
        done.append(number)
        report = Report()
        report.note("page", str(number))
        return report

    for number in range(3):
        jobs.do(partial(job, number))
    assert not jobs.is_idle
    assert jobs.reports() == []
    go.set()
    reports = jobs.reports(all_of_them=True)
    assert [report.problems[0].message for report in reports] == ["0", "1", "2"]
    assert done == [0, 1, 2]
    assert jobs.is_idle and jobs.reports() == []


def test_a_job_that_fails_is_told() -> None:
    jobs = Background()

    def job() -> Report:
        raise ValueError("of a picture")

    jobs.do(job)
    (report,) = jobs.reports(all_of_them=True)
    assert "could not be written: ValueError: of a picture" in str(report.problems[0])


def test_what_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "picks.csv").mkdir()
    (tmp_path / ".part").touch()
    with pytest.raises(OSError) as caught:
        (tmp_path / ".part").replace(tmp_path / "picks.csv")
    path, why = why_not_written(caught.value, tmp_path)
    assert (path, why) == (str(tmp_path / "picks.csv"), CANNOT_WRITE.format("Is a directory"))
    with pytest.raises(OSError) as caught:
        (tmp_path / ".part").mkdir(exist_ok=True)
    path, why = why_not_written(caught.value, tmp_path)
    assert (path, why) == (str(tmp_path / ".part"), CANNOT_WRITE.format(IS_FILE))
    assert why_not_written(OSError(28, "full"), tmp_path)[0] == str(tmp_path)


def test_a_disk_that_is_full_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device", str(tmp_path / "picks.csv"))

    found = FoundSoFar([], [], [], [], [], ORIGIN_S)
    monkeypatch.setattr(days.FollowedDay, "write_page", fail)
    (problem,) = draw_page(day_of(ORIGIN_S, tmp_path), found, TELLING).problems
    assert "cannot be written (No space left on device): it is tried again" in str(problem)
    monkeypatch.setattr(days.FollowedDay, "tell", fail)

    class NoEvents:
        @staticmethod
        def find_events(*_: object) -> list:
            return []

    (problem,) = close_day(
        day_of(ORIGIN_S, tmp_path),
        found,
        TELLING,
        detector=NoEvents,
        measured=MeasuredEvents(),
        waveforms=tmp_path,
        reach_s=60.0,
    ).problems
    assert "the day stays open for the next run" in str(problem)
