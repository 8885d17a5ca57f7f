"""The folder of a day that is followed: what is in it, and what a person has changed stays."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from deepquake.core.report import Report
from deepquake.core.settings import Settings
from deepquake.core.times import DAY_S
from deepquake.detection.association.event import DetectedEvent
from deepquake.detection.following import days
from deepquake.detection.following.days import (
    FollowedDay,
    FoundSoFar,
    Telling,
    day_of,
    first_open_day,
)
from tests.detection.outputs.made_located import ORIGIN_S, located_event

SETTINGS = Settings().changed(event_waveforms=False, plot=False)
TELLING = Telling(SETTINGS, {"model": "UNet"}, [("network", "UNet")], ("noise", "event"))
NAME, SFILE = "2018-12-30", "seisan/REA/DEEPQ/2018/12/30-0301-10L.S201812"


@pytest.fixture(autouse=True)
def written_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of events and pages are written in every turn."""
    monkeypatch.setattr(days, "FILES_EVERY_S", 0.0)
    monkeypatch.setattr(days, "PAGE_EVERY_S", 0.0)
    monkeypatch.setattr(days, "MOST_OF_TIME_WRITING", 1e9)


def tell(day: FollowedDay, *events: DetectedEvent, is_closed: bool = False) -> Report:
    """Tell events of a day."""
    arrivals = [arrival for event in events for arrival in event.arrivals]
    found = FoundSoFar([], arrivals, list(events), [], [], ORIGIN_S + 60.0)
    report = Report()
    day.tell(found, TELLING, report, is_closed=is_closed)
    return report


def later(event: DetectedEvent) -> DetectedEvent:
    """Return the event some seconds later, with another id."""
    assert event.origin is not None
    origin = replace(event.origin, time_s=event.origin.time_s + 3.0)
    return replace(event, origin=origin, event_id="20181230030113")


def test_a_day_is_a_folder_as_step_6_writes_it(tmp_path: Path) -> None:
    day = day_of(ORIGIN_S, tmp_path)
    tell(day, located_event())
    names = {path.name for path in (tmp_path / NAME).iterdir()}
    assert names == {
        *("picks.csv", "detections.csv", "events.csv", "events.xml", "seisan"),
        "detect.json",
    }
    found = FoundSoFar([], [], [located_event()], [], [], ORIGIN_S + 60.0)
    assert day.wants_page(found) and not day.wants_page(found)
    day.write_page(found, TELLING, Report())
    assert "20181230030110" in (tmp_path / NAME / "report.html").read_text()
    values = json.loads((tmp_path / NAME / "detect.json").read_text())
    assert values["detectedEvents"] == 1
    assert values["followed"]["closed"] is False
    assert [f"seisan/{name}" for name in values["seisan"]] == [SFILE]
    tell(day, located_event(), is_closed=True)
    assert json.loads((tmp_path / NAME / "detect.json").read_text())["followed"]["closed"]


def test_an_event_that_is_revised_takes_its_old_file_along(tmp_path: Path) -> None:
    day = day_of(ORIGIN_S, tmp_path)
    tell(day, located_event())
    tell(day, later(located_event()))
    assert [path.name for path in (tmp_path / NAME).rglob("*.S201812")] == ["30-0301-13L.S201812"]
    tell(day)
    assert not list((tmp_path / NAME).rglob("*.S201812"))


@pytest.mark.parametrize("is_again", [False, True])
def test_what_a_person_has_changed_or_removed_stays(tmp_path: Path, is_again: bool) -> None:
    day = day_of(ORIGIN_S, tmp_path)
    tell(day, located_event())
    path = tmp_path / NAME / SFILE
    path.write_text(path.read_text().replace("OP:DEQ", "OP:JH "))
    corrected = path.read_text()
    if is_again:  # a run that was killed goes on
        day = day_of(ORIGIN_S, tmp_path)
    report = tell(day, later(located_event()))
    assert path.read_text() == corrected
    assert "changed by a person" in str(report.problems[0])
    path.unlink()
    tell(day, located_event(), later(located_event()))
    assert not path.exists()


def test_files_put_in_place_by_a_run_that_was_killed_are_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = day_of(ORIGIN_S, tmp_path)
    tell(day, located_event())

    class KilledError(Exception):
        pass

    def kill(*_: object, **__: object) -> None:
        raise KilledError

    weaker = replace(located_event(), magnitude=None)
    monkeypatch.setattr(days, "write_quakeml", kill)
    with pytest.raises(KilledError):
        tell(day, weaker)
    monkeypatch.undo()
    again = day_of(ORIGIN_S, tmp_path)
    assert not tell(again, located_event(), is_closed=True).problems


@pytest.mark.parametrize(
    "written", ['{"followed": 3}', '{"followed": {"seisanBefore": 1}, "seisan": ["a"]}', "[1]"]
)
def test_a_summary_of_another_make_says_nothing(tmp_path: Path, written: str) -> None:
    (tmp_path / NAME).mkdir()
    (tmp_path / NAME / "detect.json").write_text(written)
    first_open_day(tmp_path)
    day = day_of(ORIGIN_S, tmp_path)
    assert not day.sfiles
    assert not tell(day, located_event()).problems


def test_the_days_that_are_open_are_known(tmp_path: Path) -> None:
    assert first_open_day(tmp_path) is None
    tell(day_of(ORIGIN_S, tmp_path), located_event())
    start_s = ORIGIN_S // DAY_S * DAY_S
    assert first_open_day(tmp_path) == start_s
    tell(day_of(ORIGIN_S, tmp_path), located_event(), is_closed=True)
    assert first_open_day(tmp_path) == start_s + DAY_S
    (tmp_path / "2018-12-31").mkdir()
    assert first_open_day(tmp_path) == start_s + DAY_S
    (tmp_path / "2018-12-31" / "detect.json").write_text('{"tables": []}')  # by step 6 at once
    assert first_open_day(tmp_path) == start_s + 2 * DAY_S
