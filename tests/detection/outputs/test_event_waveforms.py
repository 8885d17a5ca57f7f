"""The records around each event: one file of all stations, its numbers those of the records."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from obspy import Stream, Trace, UTCDateTime, read

from deepquake.core.report import Report
from deepquake.core.settings import RecordSettings, RunSettings
from deepquake.core.times import parse_iso
from deepquake.detection.association.associating import with_ids
from deepquake.detection.association.event import DetectedEvent
from deepquake.detection.outputs.event_waveforms import span_shown, write_event_waveforms
from deepquake.waveforms.recording import Recording
from deepquake.waveforms.scan import find_recordings
from tests.detection.outputs.test_seisan import arrival

BEGIN = UTCDateTime(2024, 5, 1, 11, 0, 0, 3000)
ALONE = RunSettings(workers=1)


def records(folder: Path, seconds: float = 600, rate_hz: float = 100) -> Stream:
    """Write three components of two stations, one file a channel; a trace of one is of floats."""
    stream = Stream()
    rng = np.random.default_rng(3)
    for station in ("AAA", "BBB"):
        for channel in ("HHE", "HHN", "HHZ"):
            data = rng.integers(-5000, 5000, round(seconds * rate_hz)).astype(np.int32)
            if (station, channel) == ("BBB", "HHE"):
                data = data.astype(np.float32) / 7
            header = {"network": "XX", "station": station, "channel": channel}
            trace = Trace(data, header | {"starttime": BEGIN, "sampling_rate": rate_hz})
            stream.append(trace)
            folder.mkdir(exist_ok=True)
            trace.write(str(folder / f"XX.{station}..{channel}.mseed"), format="MSEED")
    return stream


def recordings_of(folder: Path, rate_hz: float = 100.0) -> list[Recording]:
    return find_recordings(folder, RecordSettings(sampling_rate=rate_hz), Report())


def event_at(text: str, *later_s: float) -> DetectedEvent:
    """Return an event of a P at a time, and of further arrivals."""
    time_s = parse_iso(text)
    stamp = "".join(filter(str.isdigit, text[:19]))
    later = (arrival("BBB", "S", time_s + seconds) for seconds in later_s)
    return DetectedEvent((arrival("AAA", "P", time_s), *later), event_id=stamp)


def test_a_file_holds_the_numbers_of_all_stations(tmp_path: Path) -> None:
    stream = records(tmp_path / "in")
    event = event_at("2024-05-01T11:03:20.500Z", 10.0)
    names = write_event_waveforms(
        [event], recordings_of(tmp_path / "in"), tmp_path / "out", run=ALONE, report=Report()
    )
    assert names == {"20240501110320": "2024-05-01-1103-00M.DEEPQ_006"}
    found = read(str(tmp_path / "out" / "WAV" / names[event.event_id]))
    assert [trace.id for trace in found] == [
        f"XX.{station}..HH{letter}" for station in ("AAA", "BBB") for letter in "ZNE"
    ]
    start, end = UTCDateTime(2024, 5, 1, 11, 3), UTCDateTime(2024, 5, 1, 11, 4, 10, 500000)
    for trace in found:
        wanted = stream.select(id=trace.id)[0].slice(start, end, nearest_sample=False)
        assert trace.stats.starttime == wanted.stats.starttime
        assert trace.data.dtype == wanted.data.dtype
        assert_array_equal(trace.data, wanted.data)


def test_numbers_and_times_are_those_of_the_records_at_another_rate(tmp_path: Path) -> None:
    stream = records(tmp_path / "in", rate_hz=200)
    recordings = recordings_of(tmp_path / "in")
    assert recordings[0].sampling_rate_hz == 100
    names = write_event_waveforms(
        [event_at("2024-05-01T11:03:20Z")], recordings, tmp_path, run=ALONE, report=Report()
    )
    for trace in read(str(tmp_path / "WAV" / names["20240501110320"])):
        wanted = stream.select(id=trace.id)[0]
        assert trace.stats.sampling_rate == 200
        first = round((trace.stats.starttime - wanted.stats.starttime) * 200)
        assert trace.stats.starttime == wanted.stats.starttime + first / 200
        assert_array_equal(trace.data, wanted.data[first : first + len(trace)])


def test_a_gap_stays_a_gap_and_the_end_of_a_record_its_end(tmp_path: Path) -> None:
    stream = records(tmp_path / "in")
    for trace in stream:
        parts = Stream([trace.slice(BEGIN, BEGIN + 100), trace.slice(BEGIN + 103.5)])
        parts.write(str(tmp_path / "in" / f"{trace.id}.mseed"), format="MSEED")
    events = [event_at("2024-05-01T11:01:45Z"), event_at("2024-05-01T11:09:55Z")]
    names = write_event_waveforms(
        events, recordings_of(tmp_path / "in"), tmp_path, run=ALONE, report=Report()
    )
    assert [name[-3:] for name in names.values()] == ["006", "006"]
    parts = read(str(tmp_path / "WAV" / names["20240501110145"])).select(id="XX.AAA..HHZ")
    assert [(t.stats.starttime - BEGIN, t.stats.endtime - BEGIN) for t in parts] == [
        pytest.approx((85, 100)),
        pytest.approx((103.5, 134.99)),
    ]
    (last,) = read(str(tmp_path / "WAV" / names["20240501110955"])).select(id="XX.AAA..HHZ")
    assert last.stats.endtime == BEGIN + 599.99


def test_any_number_of_workers_writes_the_same_bytes(tmp_path: Path) -> None:
    records(tmp_path / "in")
    recordings = recordings_of(tmp_path / "in")
    events = [event_at(f"2024-05-01T11:0{minute}:20Z", 5.0) for minute in range(1, 6)]
    contents = []
    for workers in (1, 2):
        folder = tmp_path / str(workers)
        run = RunSettings(workers=workers)
        names = write_event_waveforms(events, recordings, folder, run=run, report=Report())
        assert len(set(names.values())) == 5
        contents.append({p.name: p.read_bytes() for p in (folder / "WAV").iterdir()})
    assert contents[0] == contents[1]


def test_where_nothing_is_recorded_there_is_no_file(tmp_path: Path) -> None:
    records(tmp_path / "in", seconds=60)
    names = write_event_waveforms(
        [event_at("2024-05-01T12:00:00Z")],
        recordings_of(tmp_path / "in"),
        tmp_path,
        run=ALONE,
        report=Report(),
    )
    assert names == {}
    assert not (tmp_path / "WAV").exists()


def test_there_is_room_for_an_s_that_was_not_found_and_for_its_coda() -> None:
    event = replace(event_at("2024-05-01T11:00:10Z", 12.0), event_id="20240501110010")
    start_s, end_s = span_shown(event)
    assert parse_iso("2024-05-01T11:00:10Z") - start_s == 20
    assert end_s - event.time_s == 12 + 12 + 30


def test_real_records_come_back_as_they_are(shared_data: Path, tmp_path: Path) -> None:
    folder = shared_data / "hengill"
    recordings = recordings_of(folder)
    event = event_at("2018-12-30T03:02:00Z", 4.0)
    names = write_event_waveforms(
        [event], recordings, tmp_path, run=RunSettings(workers=1), report=Report()
    )
    found = read(str(tmp_path / "WAV" / names[event.event_id]))
    assert len(found) == 60
    start_s, end_s = (UTCDateTime(time_s) for time_s in span_shown(event))
    by_id = {
        trace.id: trace
        for path in folder.rglob("*")
        if path.is_file() and path.suffix not in (".csv", ".md")
        for trace in read(str(path), starttime=start_s - 1, endtime=end_s + 1)
    }
    for trace in found:
        wanted = by_id[trace.id].slice(start_s, end_s)
        assert abs(trace.stats.starttime - wanted.stats.starttime) < 1e-5
        assert trace.stats.sampling_rate == wanted.stats.sampling_rate
        assert_array_equal(trace.data, wanted.data)


def test_a_file_that_cannot_be_read_after_all_costs_its_channel_alone(tmp_path: Path) -> None:
    records(tmp_path / "in")
    recordings, report = recordings_of(tmp_path / "in"), Report()
    (tmp_path / "in" / "XX.AAA..HHN.mseed").unlink()
    names = write_event_waveforms(
        [event_at("2024-05-01T11:03:20Z")], recordings, tmp_path, run=ALONE, report=report
    )
    assert names["20240501110320"].endswith("_005")
    (problem,) = report.problems
    assert problem.path.endswith("XX.AAA..HHN.mseed")


def test_events_of_one_second_have_files_of_their_own(tmp_path: Path) -> None:
    records(tmp_path / "in")
    event = event_at("2024-05-01T11:03:20Z")
    names = write_event_waveforms(
        with_ids([event, event]), recordings_of(tmp_path / "in"), tmp_path, ALONE, Report()
    )
    assert [name[11:18] for name in names.values()] == ["1103-00", "1103-01"]


def test_a_file_that_is_gone_is_told_once_and_the_other_channels_are_there(tmp_path: Path) -> None:
    records(tmp_path / "in")
    recordings, report = recordings_of(tmp_path / "in"), Report()
    (tmp_path / "in" / "XX.AAA..HHZ.mseed").unlink()
    events = [event_at(f"2024-05-01T11:0{minute}:20Z") for minute in range(1, 4)]
    names = write_event_waveforms(events, recordings, tmp_path, run=ALONE, report=report)
    assert [name[-3:] for name in names.values()] == ["005"] * 3
    (problem,) = report.problems
    assert "its samples cannot be read" in problem.message


def test_a_damaged_record_is_a_gap_of_the_files_and_told(tmp_path: Path) -> None:
    stream = records(tmp_path / "in")
    path = tmp_path / "in" / "XX.AAA..HHZ.mseed"
    recordings, report = recordings_of(tmp_path / "in"), Report()
    content = bytearray(path.read_bytes())
    content[20000:24000] = b"\xff" * 4000
    path.write_bytes(content)
    event = event_at("2024-05-01T11:01:20Z")
    names = write_event_waveforms([event], recordings, tmp_path, run=ALONE, report=report)
    found = read(str(tmp_path / "WAV" / names[event.event_id]))
    assert len(found) == 6
    assert found[0].stats.endtime < BEGIN + 80 < found[1].stats.endtime
    first = round((found[0].stats.starttime - BEGIN) * 100)
    wanted = stream.select(id="XX.AAA..HHZ")[0].data[first : first + len(found[0])]
    assert_array_equal(found[0].data, wanted)
    (problem,) = report.problems
    assert "cannot be decoded" in str(problem)


def test_a_rate_that_changes_within_an_event_stays_as_it_was(tmp_path: Path) -> None:
    (trace,) = records(tmp_path / "in").select(id="XX.AAA..HHZ")
    (tmp_path / "in" / "XX.AAA..HHZ.mseed").unlink()
    data = (np.arange(40_000) % 977).astype(np.int32)
    header = {"network": "XX", "station": "AAA", "channel": "HHZ"}
    later = Trace(data, header | {"starttime": BEGIN + 90.01, "sampling_rate": 200.0})
    trace.slice(BEGIN, BEGIN + 90).write(str(tmp_path / "in" / "1.mseed"), format="MSEED")
    later.write(str(tmp_path / "in" / "2.mseed"), format="MSEED")
    event = event_at("2024-05-01T11:01:20Z")
    names = write_event_waveforms(
        [event], recordings_of(tmp_path / "in"), tmp_path, run=ALONE, report=Report()
    )
    first, second = read(str(tmp_path / "WAV" / names[event.event_id])).select(id=trace.id)
    assert (first.stats.sampling_rate, second.stats.sampling_rate) == (100, 200)
    assert first.stats.endtime == BEGIN + 90
    assert second.stats.starttime == BEGIN + 90.01
    assert_array_equal(second.data, data[: len(second)])


def test_what_a_station_lacks_and_the_begin_of_a_record_are_as_recorded(tmp_path: Path) -> None:
    records(tmp_path / "in", seconds=90)
    for name in ("XX.AAA..HHN", "XX.AAA..HHE", "XX.BBB..HHZ"):
        (tmp_path / "in" / f"{name}.mseed").unlink()
    event = event_at("2024-05-01T11:00:05Z", 80.0)
    names = write_event_waveforms(
        [event], recordings_of(tmp_path / "in"), tmp_path, run=ALONE, report=Report()
    )
    found = read(str(tmp_path / "WAV" / names[event.event_id]))
    assert [trace.id[3:] for trace in found] == ["AAA..HHZ", "BBB..HHN", "BBB..HHE"]
    assert all(trace.stats.starttime == BEGIN for trace in found)
    assert all(trace.stats.endtime == BEGIN + 89.99 for trace in found)
