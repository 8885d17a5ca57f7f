"""Records that come in packet by packet: what is told at the end is what a search of all tells."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from deepquake.core import configuration
from deepquake.core.report import Report
from deepquake.core.times import parse_iso
from deepquake.detection.detector import Detector, load_detector
from deepquake.detection.following.follower import Follower
from deepquake.detection.following.following import open_follower
from deepquake.detection.following.growing import RecordSpans
from deepquake.detection.run import DetectionRequest, detect
from deepquake.learning.spec import checkpoint_folder
from tests.detection.following.played import (
    DAY,
    START_S,
    STATIONS,
    disordered,
    in_turns,
    made_packets,
    write_all,
)

GIVEN = {"plot": False, "follow_late": 0.0, "follow_interval": 0.0, "event_waveforms": True}


@pytest.fixture(scope="module")
def detector() -> Detector:
    """The network that comes along."""
    return load_detector(checkpoint_folder(Path("pretrained")), configuration.load(GIVEN))


def follower_of(folder: Path, detector: Detector, **changes: object) -> Follower:
    """Return what follows the records in a folder."""
    (folder / "sds").mkdir(exist_ok=True, parents=True)
    values = {"starttime_s": START_S // 86400 * 86400} | changes
    request = DetectionRequest(folder / "sds", detector.checkpoint_dir, folder / "out", **values)
    return open_follower(request, detector)


def rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a table."""
    with path.open() as file:
        return list(csv.DictReader(file))


def assert_same(folder: Path, detector: Detector) -> None:
    """Check that the day followed is the day read at once."""
    request = DetectionRequest(folder / "sds", detector.checkpoint_dir, folder / "once")
    detect(request, detector.settings)
    followed, once = (rows(folder / name / "picks.csv") for name in (f"out/{DAY}", "once"))
    assert len(followed) == len(once) >= 12
    for one, other in zip(followed, once, strict=True):
        assert [one[k] for k in ("station_id", "phase_type", "event_id")] == [
            other[k] for k in ("station_id", "phase_type", "event_id")
        ]
        apart_s = parse_iso(one["phase_time"]) - parse_iso(other["phase_time"])
        assert abs(apart_s) < 0.01
        assert abs(float(one["phase_score"]) - float(other["phase_score"])) < 1e-3
    followed, once = (rows(folder / name / "events.csv") for name in (f"out/{DAY}", "once"))
    assert [row["event_id"] for row in followed] == [row["event_id"] for row in once] != []


@pytest.mark.timeout(900)  # a minute, on idle cores
def test_a_day_that_was_followed_is_the_day_read_at_once(
    tmp_path: Path, detector: Detector, capsys: pytest.CaptureFixture[str]
) -> None:
    follower = follower_of(tmp_path, detector)
    midnight_s = START_S // 86400 * 86400
    hours = [made_packets(midnight_s + 3600 * k, 3600.0, (600.0, 2400.0)) for k in range(24)]
    for packets in in_turns(disordered(sum(hours, [])), 48):
        write_all(tmp_path / "sds", packets)
        follower.turn()
        assert {path.name for path in (tmp_path / "out" / DAY).iterdir()} >= {"picks.csv"}
    assert rows(tmp_path / "out" / DAY / "events.csv")
    follower.close_first()
    follower.finish()
    assert_same(tmp_path, detector)
    said = capsys.readouterr().out
    assert "not located" in said and f"{DAY}: closed" in said
    assert json.loads((tmp_path / "out" / DAY / "detect.json").read_text())["followed"]["closed"]


def test_after_a_kill_it_goes_on_where_it_was(tmp_path: Path, detector: Detector) -> None:
    lots = [*in_turns(made_packets(), 3)]
    first = follower_of(tmp_path, detector)
    write_all(tmp_path / "sds", lots[0])
    first.turn()
    told = rows(tmp_path / "out" / DAY / "picks.csv")
    write_all(tmp_path / "sds", lots[1])
    second = follower_of(tmp_path, detector, starttime_s=-np.inf)
    assert second.since_s == START_S // 86400 * 86400
    second.turn()
    more = rows(tmp_path / "out" / DAY / "picks.csv")
    assert len(more) > len(told) > 0
    write_all(tmp_path / "sds", lots[2])
    second.turn()
    second.close_first()
    second.finish()
    assert_same(tmp_path, detector)


def test_days_that_are_closed_are_forgotten(tmp_path: Path, detector: Detector) -> None:
    midnight_s = START_S // 86400 * 86400 + 86400
    follower = follower_of(tmp_path, detector)
    write_all(tmp_path / "sds", made_packets(midnight_s - 70.0))
    follower.turn()
    follower.turn()
    follower.finish()
    assert (tmp_path / "out" / "2020-01-03" / "picks.csv").is_file()
    assert [day.folder.name for day in follower.days] == ["2020-01-03"]
    assert min(a.time_s for a in follower.arrivals.values()) >= midnight_s - 120
    before = rows(tmp_path / "out" / DAY / "picks.csv")
    after = rows(tmp_path / "out" / "2020-01-03" / "picks.csv")
    assert before and after
    assert max(row["phase_time"] for row in before) < "2020-01-03"
    assert min(row["phase_time"] for row in after) >= "2020-01-03"


def test_a_list_of_stations_that_comes_later_locates_what_was_found(
    tmp_path: Path, detector: Detector, capsys: pytest.CaptureFixture[str]
) -> None:
    follower = follower_of(tmp_path, detector)
    lots = [*in_turns(made_packets(), 2)]
    write_all(tmp_path / "sds", lots[0])
    follower.turn()
    reasons = {event.why_not_located for event in follower.events}
    assert reasons == {"the places of 0 stations are known, and it takes 3"}
    places = ("AAA,64.0,-21.0", "BBB,64.1,-21.2", "CCC,64.05,-21.4", "DDD,640,-21.2")
    lines = "".join(f"XX,{place},100\n" for place in places)
    path = tmp_path / "sds" / "stations.csv"
    path.write_text(f"network,code,latitude,longitude,elevation_m\n{lines}")
    write_all(tmp_path / "sds", lots[1])
    follower.turn()
    follower.finish()
    assert len(follower.events) > 1
    assert reasons.isdisjoint(event.why_not_located for event in follower.events)
    said = capsys.readouterr().out
    assert f"{path}, line 5: " in said, "what is odd in it is told"
    assert "not a waveform" not in said, "though it lies among the records"


def test_an_earlier_table_that_is_damaged_is_told_and_the_rest_goes_on(
    tmp_path: Path, detector: Detector, capsys: pytest.CaptureFixture[str]
) -> None:
    follower = follower_of(tmp_path, detector)
    damaged = tmp_path / "out" / DAY / "detect.json"
    damaged.parent.mkdir(parents=True)
    damaged.write_text("{")
    lots = [*in_turns(made_packets(), 3)]
    for lot in lots[:2]:
        write_all(tmp_path / "sds", lot)
        follower.turn()
    assert capsys.readouterr().out.count(f"{damaged}, line 1: is not JSON") == 1
    damaged.unlink()
    write_all(tmp_path / "sds", lots[2])
    follower.turn()
    follower.finish()
    assert rows(tmp_path / "out" / DAY / "picks.csv")


def test_what_cannot_be_read_for_a_moment_is_read_again(
    tmp_path: Path,
    detector: Detector,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    follower = follower_of(tmp_path, detector)
    lots = [*in_turns(made_packets(), 2)]
    write_all(tmp_path / "sds", lots[0])
    follower.turn()
    write_all(tmp_path / "sds", lots[1])
    away, look = tmp_path / "sds" / lots[1][0][0].parts[0], follower.records.look

    def look_and_lose(report: Report) -> dict[Path, RecordSpans]:
        came = look(report)
        away.rename(tmp_path / "away")
        return came

    monkeypatch.setattr(follower.records, "look", look_and_lose)
    follower.turn()
    monkeypatch.undo()
    (tmp_path / "away").rename(away)
    n_events = len(follower.events)
    follower.turn()
    assert "its samples cannot be read: No such file" in capsys.readouterr().out
    assert len(follower.events) == n_events, "it is not tried at each look"
    follower._read_again_s = -np.inf
    follower.turn()
    assert len(follower.events) > n_events
    follower.close_first()
    follower.finish()
    assert_same(tmp_path, detector)


def test_an_empty_folder_is_waited_for(
    tmp_path: Path, detector: Detector, capsys: pytest.CaptureFixture[str]
) -> None:
    follower = follower_of(tmp_path, detector)
    follower.turn()
    (tmp_path / "sds" / "readme.txt").write_text(
        "no record, but a text of more than 64 letters" * 2
    )
    follower.turn()
    follower.turn()
    assert capsys.readouterr().out.count("readme.txt") == 1
    assert not (tmp_path / "out").exists()


def test_days_without_records_have_no_folder(tmp_path: Path, detector: Detector) -> None:
    follower = follower_of(tmp_path, detector)
    write_all(tmp_path / "sds", made_packets())
    later = [(Path(f"later/{path.name}"), data) for path, data in made_packets(START_S + 3 * 86400)]
    write_all(tmp_path / "sds", later[: len(later) // 3])
    follower.turn()
    follower.finish()
    assert {path.name for path in (tmp_path / "out").iterdir()} == {DAY, "2020-01-05"}
    assert [day.folder.name for day in follower.days] == ["2020-01-05"]


def test_records_ahead_of_the_clock_are_named_and_their_events_not_told_yet(
    tmp_path: Path, detector: Detector, capsys: pytest.CaptureFixture[str]
) -> None:
    follower = follower_of(tmp_path, detector)
    ahead_s = parse_iso("2099-01-02T03:00:00Z")
    write_all(tmp_path / "sds", [(Path(path.name), data) for path, data in made_packets(ahead_s)])
    follower.turn()
    follower.finish()
    said = capsys.readouterr().out
    assert follower.events and "event 2099" not in said
    assert said.count("of 2099-01-02, ahead of the clock") == len(STATIONS)
    assert not (tmp_path / "out").exists()


def test_it_ends_where_there_is_nothing_up_to_the_end_asked_for_and_more_behind(
    tmp_path: Path, detector: Detector
) -> None:
    begin_s = START_S - 5 * 86400.0
    follower = follower_of(tmp_path, detector, starttime_s=begin_s, endtime_s=begin_s + 3600.0)
    write_all(tmp_path / "sds", made_packets(seconds=30.0))
    follower.turn()
    follower.finish()
    assert follower.ended and not (tmp_path / "out").exists()


def test_a_day_whose_records_are_still_coming_stays_open(
    tmp_path: Path, detector: Detector
) -> None:
    late = replace(detector, settings=detector.settings.changed(follow_late=600.0))
    follower = follower_of(tmp_path, late)
    packets = made_packets()
    first = [packet for packet in packets if "AAA" in str(packet[0])]
    later = [(Path(path.name), data) for path, data in made_packets(START_S + 86400.0, 30.0)]
    write_all(tmp_path / "sds", first + later)  # one station is already in the next day
    follower.turn()
    assert follower.now_s > follower.days[0].end_s + 600.0
    write_all(tmp_path / "sds", [packet for packet in packets if packet not in first])
    follower.turn()
    assert [day.folder.name for day in follower.days] == [DAY, "2020-01-03"]
    follower.days[0].came_s -= 60.0
    follower.turn()
    follower.finish()
    assert [day.folder.name for day in follower.days] == ["2020-01-03"]
    stations = {row["station_id"] for row in rows(tmp_path / "out" / DAY / "picks.csv")}
    assert stations == {f"XX.{station}..HH" for station in STATIONS}


@pytest.mark.parametrize("seconds", [0.0, 60.0])
def test_it_ends_where_nothing_comes_up_to_the_end_asked_for(
    tmp_path: Path, detector: Detector, seconds: float
) -> None:
    follower = follower_of(tmp_path, detector, endtime_s=START_S + 3600.0)
    write_all(tmp_path / "sds", made_packets(seconds=seconds) if seconds else [])
    follower.turn()
    assert not follower.ended
    follower.came_s -= follower.detector.settings.detection.follow_silent
    follower.turn()
    follower.finish()
    assert follower.ended
    written = [*(tmp_path / "out").glob("*/detect.json")]
    assert len(written) == (seconds > 0)
    assert all(json.loads(path.read_text())["followed"]["closed"] for path in written)
