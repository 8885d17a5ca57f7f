"""How scan puts together files, components and sensors."""

import time
from pathlib import Path

import numpy as np
import obspy
import pytest
from obspy import UTCDateTime

from deepquake.core.report import Report
from deepquake.core.settings import RecordSettings
from deepquake.waveforms.joining import Run, join
from deepquake.waveforms.reading import read, write_stream
from deepquake.waveforms.recording import Codes, Piece
from tests.waveforms.waveform_files import (
    SETTINGS,
    START,
    messages,
    noise,
    same,
    scanned,
    three,
    trace,
    write,
)


def test_component_files_are_joined(tmp_path: Path) -> None:
    for item, late in zip(three(1000), (0, 0.02, 0.5), strict=True):
        item.stats.starttime += late
        write(tmp_path / item.stats.channel / f"{item.id}.mseed", item)
    (recording,), _ = scanned(tmp_path)
    assert set(recording.pieces) == set("ZNE")
    assert recording.n_samples == 1050
    assert len(recording.paths()) == 3


def test_an_sds_archive_gives_one_recording_across_midnight(tmp_path: Path) -> None:
    midnight = UTCDateTime(2024, 3, 2)
    for item in three(6000, midnight - 30):
        for part in (item.slice(endtime=midnight - 0.01), item.slice(starttime=midnight)):
            stats = part.stats
            folder = tmp_path / "2024" / stats.network / stats.station / f"{stats.channel}.D"
            write(folder / f"{part.id}.D.2024.{stats.starttime.julday:03d}", part)
    (recording,), _ = scanned(tmp_path)
    assert [s.n_samples for s in recording.stretches] == [6000]
    assert len(recording.paths()) == 6
    data = read(recording, *recording.span()).data
    for row, item in zip(data, three(6000), strict=True):
        assert np.array_equal(np.diff(row), np.diff(item.data))


def test_files_cut_around_events_stay_separate(tmp_path: Path) -> None:
    whole = three(12000)
    for number, begin in enumerate((0, 20, 50.5)):  # the last one begins just after the first ends
        traces = [t.slice(START + begin, START + begin + 50) for t in whole]
        write(tmp_path / f"event{number}.mseed", *traces)
    recordings, _ = scanned(tmp_path)
    assert [r.name for r in recordings] == ["event0", "event1", "event2"]
    assert all(set(r.pieces) == set("ZNE") for r in recordings)


def write_day_and_cuts(folder: Path, change: int) -> None:
    """Write four minutes file by file, and files cut out of them, whose samples are changed."""
    whole = three(24000)
    for number in range(4):
        begin = START + 60 * number
        write(folder / f"h{number}", *(t.slice(begin, begin + 59.99) for t in whole))
    for name, begin in (("a_start", 0), ("within", 70), ("z_across", 110)):
        traces = [t.copy().trim(START + begin, START + begin + 20) for t in whole]
        for item in traces:
            item.data += change
        write(folder / name, *traces)


def test_an_event_cut_out_of_day_files_leaves_them_joined(tmp_path: Path) -> None:
    write_day_and_cuts(tmp_path, change=1)
    recordings, report = scanned(tmp_path)
    assert sorted(r.n_samples for r in recordings) == [2001, 2001, 2001, 24000]
    assert all(set(r.pieces) == set("ZNE") for r in recordings)
    assert "holds 3 channels with other samples than h0 at the same times" in messages(report)


def test_what_was_cut_out_of_day_files_is_there_once(tmp_path: Path) -> None:
    write_day_and_cuts(tmp_path, change=0)
    (recording,), report = scanned(tmp_path)
    assert (recording.n_samples, set(recording.pieces)) == (24000, set("ZNE"))
    told = [Path(p.path).name for p in report.problems]
    assert sorted(told) == ["a_start", "within", "z_across"]
    assert "holds 3 channels with samples that h1 holds too" in messages(report)


@pytest.mark.parametrize("encoding", ["STEIM1", "INT32"])
def test_an_hour_and_its_parts_are_there_once(tmp_path: Path, encoding: str) -> None:
    whole = noise(36_000)
    write(tmp_path / "m_hour", trace(whole))
    for name, first, end in (("a", 0, 18_000), ("z", 18_000, 36_000), ("n", 9_000, 30_000)):
        part = trace(whole[first:end], start=START + first / 100)
        write(tmp_path / name, part, encoding=encoding, reclen=512)
    (recording,), report = scanned(tmp_path)
    assert [s.n_samples for s in recording.stretches] == [36_000]
    assert recording.name == "m_hour"
    assert len(report.of_kind("note")) == 3


def test_same_times_with_other_samples_are_no_copy(tmp_path: Path) -> None:
    samples = noise(6000)
    for name, data in (("a", samples), ("b", samples * 2), ("c", samples)):
        write(tmp_path / name, trace(data))
    recordings, report = scanned(tmp_path)
    assert [r.name for r in recordings] == ["a", "b"]
    assert "other samples than a at the same times; both are used" in messages(report)
    assert "is the same file as a" in messages(report)


def test_a_part_whose_whole_has_a_gap_there_is_kept(tmp_path: Path) -> None:
    samples = noise(30_000)
    late = trace(samples[20_000:], start=START + 200)
    write(tmp_path / "day", trace(samples[:10_000]), late)
    write(tmp_path / "event", trace(samples[9_000:15_000], start=START + 90))
    recordings, _ = scanned(tmp_path)
    assert sorted(r.n_samples for r in recordings) == [6000, 30_000]


def test_the_same_file_under_two_stations_is_of_both(tmp_path: Path) -> None:
    for station in ("AAA", "BBB"):
        write(tmp_path / f"{station}.mseed", *three(1000, station=station))
    recordings, report = scanned(tmp_path)
    assert len(recordings) == 2 and not report.problems


def test_two_rates_under_one_code_are_two_sensors(tmp_path: Path) -> None:
    low, high = noise(30_000), noise(80_000, 2)
    write(tmp_path / "a", trace(low), trace(high, rate=200.0))
    recordings, report = scanned(tmp_path)
    begin = START.timestamp
    spans = [[(s.start_s - begin, s.n_samples) for s in r.stretches] for r in recordings]
    assert spans == [[(0, 30_000)], [(300, 10_000)]]
    assert "XX.ABC..HH at 200 Hz is left out" in messages(report)
    first, second = (read(r, *r.span()).data[0] for r in recordings)
    assert same(first, low) and len(second) > 9_000
    at_200 = RecordSettings(sampling_rate=200.0)
    recordings, report = scanned(tmp_path, at_200)
    assert len(recordings) == 1 and "XX.ABC..HH at 100 Hz is left out" in messages(report)


def test_a_record_of_another_rate_is_damage(tmp_path: Path) -> None:
    path = write(tmp_path / "a", trace(noise(300_000)), reclen=4096)
    records = bytearray(path.read_bytes())
    records[3 * 4096 + 32 : 3 * 4096 + 34] = (60).to_bytes(2)  # the factor of its rate
    path.write_bytes(records)
    (recording,), report = scanned(tmp_path)
    assert {p.rate_hz for p in recording.pieces["Z"]} == {100.0}
    assert "at 60 Hz among records at 100 Hz" in messages(report)


def test_a_cluster_of_many_files_is_joined_in_no_time(tmp_path: Path) -> None:
    pieces = [
        Piece(
            tmp_path / f"{c}{n}",
            "SAC",
            Codes("XX", "ABC", "", f"HH{c}"),
            60.0 * n + late,
            5000,
            100,
        )
        for n in range(3000)
        for c, late in zip("Z12", (0, 0.5, 1), strict=True)
    ]
    pieces += [
        Piece(tmp_path / f"B{n}", "SAC", Codes("XX", "ABC", "", "BHZ"), 60.0 * n + 30, 5000, 100)
        for n in range(3000)
    ]
    runs = [
        Run(
            ("XX", "ABC", "", p.codes.channel[:2]),
            {"1": "N", "2": "E"}.get(c, c),
            p,
            p.codes.channel,
        )
        for p in pieces
        for c in p.codes.channel[2]
    ]
    begin = time.process_time()
    recordings = join(runs, SETTINGS, Report())
    assert time.process_time() - begin < 10
    assert len(recordings) == 6000
    assert sum(s.n_samples for r in recordings for s in r.stretches) == 3000 * 6000 + 2000


def test_event_files_of_single_components_find_each_other(tmp_path: Path) -> None:
    whole = three(12000)
    for begin in (0, 20):
        for item in whole:
            part = item.slice(START + begin, START + begin + 50)
            write(tmp_path / f"{begin}.{item.stats.channel}", part)
    recordings, _ = scanned(tmp_path)
    assert [r.start_s - START.timestamp for r in recordings] == [0, 20]
    assert all(set(r.pieces) == set("ZNE") for r in recordings)


def test_a_file_that_is_there_twice_counts_once(tmp_path: Path) -> None:
    for name in ("a.mseed", "copy_of_a.mseed"):
        write(tmp_path / name, *three(1000))
    (recording,), report = scanned(tmp_path)
    assert [len(pieces) for pieces in recording.pieces.values()] == [1, 1, 1]
    assert "the same file as a.mseed" in messages(report)


def test_one_sensor_of_several_is_taken_and_said(tmp_path: Path) -> None:
    traces = [trace(noise(1000, k), f"{s}{c}") for k, s in enumerate(("HN", "HH")) for c in "ZNE"]
    write(tmp_path / "both.mseed", *traces)
    (recording,), report = scanned(tmp_path)
    assert recording.sensor == "HH"
    assert set(recording.channels.values()) == {"HHZ", "HHN", "HHE"}
    assert "XX.ABC..HN is left out" in messages(report)
    first_hn = RecordSettings(sensor_order="HN,HH")
    assert scanned(tmp_path, first_hn)[0][0].sensor == "HN"


def test_location_codes_are_never_mixed(tmp_path: Path) -> None:
    write(tmp_path / "z.mseed", trace(noise(1000), "HHZ", location="10"))
    horizontals = [trace(noise(1000), c, location="00") for c in ("HHN", "HHE")]
    write(tmp_path / "ne.mseed", *horizontals)
    (recording,), report = scanned(tmp_path)
    assert (recording.location, recording.channels) == ("10", {"Z": "HHZ"})  # Z is in use
    assert "XX.ABC.00.HH is left out" in messages(report)


def test_a_sensor_without_the_components_in_use_comes_last(tmp_path: Path) -> None:
    write(tmp_path / "a.mseed", trace(noise(1000), "HHE"), trace(noise(1000), "HNZ"))
    (recording,), _ = scanned(tmp_path)
    assert recording.sensor == "HN"


def test_another_sensor_serves_while_the_first_is_silent(tmp_path: Path) -> None:
    write(tmp_path / "hh.mseed", trace(noise(1000), "HHZ"))
    write(tmp_path / "eh.mseed", trace(noise(1000), "EHZ", START + 100))
    assert [r.sensor for r in scanned(tmp_path)[0]] == ["HH", "EH"]


def test_another_sensor_serves_before_and_after_the_first(tmp_path: Path) -> None:
    write(tmp_path / "eh.mseed", trace(noise(30_000), "EHZ"))
    write(tmp_path / "hh.mseed", trace(noise(10_000), "HHZ", START + 100))
    (eh, hh), report = scanned(tmp_path)
    assert (eh.sensor, hh.sensor) == ("EH", "HH")
    begin = START.timestamp
    spans = [(s.start_s - begin, s.n_samples) for s in eh.stretches]
    assert spans == [(0, 10_000), (200, 10_000)]
    assert "XX.ABC..EH is left out" in messages(report)
    row = read(eh, begin, begin + 300).data[0]
    assert np.flatnonzero(np.isnan(row)).tolist() == list(range(10_000, 20_000))
    write_stream(eh, tmp_path / "out")
    assert [t.stats.npts for t in obspy.read(str(tmp_path / "out"))] == [10_000, 10_000]
    assert obspy.read(str(tmp_path / "out"))[1].stats.starttime == START + 200


def test_a_sensor_that_begins_a_second_before_the_first_is_left_out(tmp_path: Path) -> None:
    eh, hh = trace(noise(3100), "EHZ", START - 1), trace(noise(3000), "HHZ")
    write(tmp_path / "event.mseed", eh, hh)
    (recording,), _ = scanned(tmp_path)
    assert (recording.sensor, recording.name) == ("HH", "event")


def test_day_files_may_share_their_last_record(tmp_path: Path) -> None:
    data = noise(400_000)
    write(tmp_path / "1", trace(data[:210_000]))
    write(tmp_path / "2", trace(data[209_000:], start=START + 2090))
    (recording,), _ = scanned(tmp_path)
    assert [s.n_samples for s in recording.stretches] == [400_000]


def test_two_channels_of_one_component(tmp_path: Path) -> None:
    traces = [trace(noise(1000), code) for code in ("HHZ", "HH1", "HHN", "HHE")]
    write(tmp_path / "a.mseed", *traces)
    (recording,), report = scanned(tmp_path)
    assert recording.channels == {"Z": "HHZ", "N": "HHN", "E": "HHE"}
    assert "HH1 is left out" in messages(report)


def test_components_of_a_sensor_may_differ_in_rate(tmp_path: Path) -> None:
    write(tmp_path / "a", trace(noise(3000)), trace(noise(6000), "HHN", rate=200.0))
    (recording,), report = scanned(tmp_path)
    assert set(recording.pieces) == set("ZN") and not report.problems
