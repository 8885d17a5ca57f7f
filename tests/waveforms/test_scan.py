"""What scan finds in a folder; how it puts it together is in test_joining."""

import os
from collections import Counter
from pathlib import Path

import numpy as np
import obspy
import pytest

from deepquake.core.errors import DeepQuakeError
from deepquake.core.report import Report
from deepquake.core.settings import RecordSettings
from deepquake.waveforms.reading import read
from deepquake.waveforms.scan import find_recordings, station_of_name
from tests.waveforms.waveform_files import (
    START,
    messages,
    noise,
    scanned,
    three,
    trace,
    write,
)

WAVEFORM_READERS = (
    *("ah", "alsep", "ascii", "css", "dmx", "gcf", "gse2", "kinemetrics", "mseed", "nied"),
    *("pdas", "reftek", "sac", "segy", "seisan", "sh", "win", "y"),
)


@pytest.mark.parametrize("name", ["day.mseed", "day", "day.with.points.and.no.suffix", "x.dat"])
def test_any_name_and_depth(tmp_path: Path, name: str) -> None:
    write(tmp_path / "2024" / "03" / name, *three(1000))
    (recording,), report = scanned(tmp_path)
    assert recording.channels == {"Z": "HHZ", "N": "HHN", "E": "HHE"}
    assert [s.n_samples for s in recording.stretches] == [1000]
    assert recording.start_s == START.timestamp
    assert not report.problems


@pytest.mark.parametrize("kind", ["SAC", "GSE2", "SLIST", "TSPAIR"])
def test_any_format_that_obspy_reads(tmp_path: Path, kind: str) -> None:
    data = noise(1000).astype(np.float32 if kind == "SAC" else np.int32)
    write(tmp_path / "record", trace(data), format=kind)
    (recording,), _ = scanned(tmp_path)
    assert recording.station == "ABC"
    segment = read(recording, *recording.span())
    assert np.allclose(np.diff(segment.data[0]), np.diff(data), atol=0.01)
    assert np.isnan(segment.data[1:]).all()


def test_a_segy_file_without_words_in_its_header_is_read(tmp_path: Path) -> None:
    path = write(tmp_path / "x", trace(noise(1000).astype(np.float32)), format="SEGY")
    path.write_bytes(b" " * 3200 + path.read_bytes()[3200:])
    (recording,), _ = scanned(tmp_path)
    assert recording.n_samples == 1000


def test_names_with_brackets_are_names(tmp_path: Path) -> None:
    write(tmp_path / "a[1]*.sac", trace(noise(500).astype(np.float32)), format="SAC")
    (recording,), _ = scanned(tmp_path)
    assert np.isfinite(read(recording, *recording.span()).data[0]).all()


def test_what_is_no_waveform_is_counted(tmp_path: Path) -> None:
    write(tmp_path / "good.mseed", *three(1000))
    (tmp_path / "text.mseed").write_text("this is a text file, whatever its name says\n" * 20)
    (tmp_path / "empty.mseed").touch()
    (tmp_path / "stations.csv").write_text("code,latitude,longitude,elevation_m\n")
    (tmp_path / ".part-half.mseed").write_bytes(b"000001D ")
    recordings, report = scanned(tmp_path)
    assert len(recordings) == 1
    skipped = {Path(p.path).name: p.message for p in report.of_kind("skipped")}
    assert set(skipped) == {"text.mseed", "empty.mseed", "stations.csv"}
    assert "empty" in skipped["empty.mseed"] and "not a waveform" in skipped["text.mseed"]


def test_lists_in_use_are_not_told_of(tmp_path: Path) -> None:
    write(tmp_path / "good.mseed", *three(1000))
    lists = [tmp_path / "stations.csv", tmp_path / "model.csv"]
    for path in lists:
        path.write_text("depth_km,vp_km_per_s\n0,6\n")
    _, report = scanned(tmp_path, in_use=lists)
    assert not report.problems
    _, report = scanned(tmp_path, in_use=[tmp_path / "elsewhere" / "stations.csv", lists[1]])
    assert [Path(problem.path) for problem in report.problems] == [lists[0]]


def test_linked_folders_are_entered_once_and_pipes_are_not_opened(tmp_path: Path) -> None:
    write(tmp_path / "disk" / "2024" / "a.mseed", *three(1000))
    archive = tmp_path / "archive"
    write(archive / "b.mseed", *three(1000, station="DEF"))
    (archive / "link").symlink_to(tmp_path / "disk")
    (tmp_path / "disk" / "2024" / "loop").symlink_to(tmp_path / "disk")
    (archive / "again").symlink_to(archive)
    (archive / "gone.mseed").symlink_to(tmp_path / "nowhere")
    os.mkfifo(archive / "pipe")
    recordings, report = scanned(archive)
    assert [r.station for r in recordings] == ["ABC", "DEF"]
    assert [Path(p.path).name for p in report.problems] == ["gone.mseed"]


def test_a_damaged_rate_leaves_the_other_channels(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mseed", *three(1000), reclen=4096)
    content = bytearray(path.read_bytes())
    content[32:36] = b"\x7f\xff\x7f\xff"  # factor and multiplier of the first record's rate
    path.write_bytes(content)
    (recording,), report = scanned(tmp_path)
    assert set(recording.pieces) == set("NE")
    assert "XX.ABC..HHZ" in messages(report) and "not a seismometer's" in messages(report)


def test_a_pickle_is_not_opened(tmp_path: Path) -> None:
    write(tmp_path / "stream.pickle", trace(noise(100)), format="PICKLE")
    recordings, report = scanned(tmp_path)
    assert not recordings and "pickle, which is not opened" in messages(report)


def test_a_truncated_file_is_read_as_far_as_it_is_whole(tmp_path: Path) -> None:
    path = write(tmp_path / "cut.mseed", trace(noise(20000)), reclen=512)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2 + 100])
    (recording,), report = scanned(tmp_path)
    assert 5000 < recording.n_samples < 15000
    assert "cut off" in messages(report)
    path.write_bytes(content[:300])
    recordings, report = scanned(tmp_path)
    assert not recordings and report.of_kind("skipped")


@pytest.mark.parametrize("codes", [("UD", "NS", "EW"), ("hhz", "hhn", "hhe"), ("Z", "N", "E")])
def test_odd_codes_give_three_components(tmp_path: Path, codes: tuple[str, ...]) -> None:
    write(tmp_path / "a.mseed", *(trace(noise(1000, k), c) for k, c in enumerate(codes)))
    (recording,), report = scanned(tmp_path)
    assert tuple(recording.channels[c] for c in "ZNE") == codes
    assert not report.problems


def test_empty_codes_are_told_by_the_file_name(tmp_path: Path) -> None:
    for component in "ZNE":
        write(tmp_path / f"ABC.{component}", trace(noise(1000), ""))
    (recording,), report = scanned(tmp_path)
    assert recording.channels == {"Z": "Z", "N": "N", "E": "E"}
    assert "the name of the file" in messages(report)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("20200601.STA5.HHE.sac", ("", "STA5")),
        ("STA5.Z", ("", "STA5")),
        ("20200601T000000Z_sta5_00_HHZ.SAC", ("", "STA5")),
        ("2020.153.00.00.00.0000.XX.AAA.00.HHZ.D.SAC", ("XX", "AAA")),
        ("XX.AAA..HHZ.D.2020.153", ("XX", "AAA")),
        ("2020.153.12.30.00.MAR.HHZ.sac", ("", "MAR")),
        ("1A.B12.10.EH1", ("1A", "B12")),
        ("453.HHZ.sac", ("", "")),
        ("GEO7.20200601.sac", ("", "GEO7")),
        ("GEO7/20200601.HHZ.sac", ("", "GEO7")),
        ("GEO7/2020/06/HHZ.sac", ("", "GEO7")),
        ("XX.GEO7.00.HHZ/20200601.sac", ("XX", "GEO7")),
        ("a/mseed/20200601.HHZ.sac", ("", "A")),
        ("event1_ABC_DEF.sac", ("", "")),
        ("20200601.HHZ.sac", ("", "")),
        ("20200601.12.sac", ("", "")),
        ("data/2020.sac", ("", "")),
    ],
)
def test_names_of_files_and_folders_tell_stations(name: str, told: tuple[str, str]) -> None:
    root = Path("archive")
    assert station_of_name(root / name, root)[:2] == told


def test_a_file_alone_may_have_any_station() -> None:
    path = Path("archive/event_2020-06-01.ABC.DEF.sac")
    assert station_of_name(path, path)[1] == "event20200601ABCDEF"


def write_without_station(folder: Path, *names: str) -> None:
    """Write SAC files that have no station code, of three components, all at the same time."""
    for number, name in enumerate(names):
        for component in "ZNE":
            samples = noise(1000, number).astype(np.float32)
            item = trace(samples, f"HH{component}", station="", network="")
            write(folder / name.format(component), item, format="SAC")


def test_stations_without_code_are_told_apart_by_names(tmp_path: Path) -> None:
    write_without_station(tmp_path / "n", "2020.AAA.HH{}.sac", "2020.BBB.HH{}.sac")
    write_without_station(tmp_path / "f", "CCC/0601.HH{}.sac", "DDD/0601.HH{}.sac")
    recordings, report = scanned(tmp_path)
    assert [r.station for r in recordings] == ["AAA", "BBB", "CCC", "DDD"]
    assert all(set(r.pieces) == set("ZNE") for r in recordings)
    assert "no station code: AAA is taken from the name of the file" in messages(report)
    assert "no station code: CCC is taken from the folder CCC" in messages(report)


def test_a_record_whose_station_nobody_knows_is_left_out(tmp_path: Path) -> None:
    write_without_station(tmp_path, "20200601.HH{}.sac")
    write(tmp_path / "good.mseed", *three(1000))
    (recording,), report = scanned(tmp_path)
    assert recording.station == "ABC"
    (skipped, *others) = report.of_kind("skipped")
    assert not others and "no station code, and the name of its file tells none" in skipped.message
    assert not report.of_kind("note")  # of components that are of no use


def test_a_record_without_any_code_is_what_its_name_tells(tmp_path: Path) -> None:
    for name in ("AAA.E.sac", "20200601.sac"):
        item = trace(noise(1000).astype(np.float32), "", station="", network="")
        write(tmp_path / name, item, format="SAC")
    (recording,), report = scanned(tmp_path)
    assert recording.station == "AAA" and recording.channels == {"E": "E"}
    assert [problem.message for problem in report.of_kind("note")] == [
        "no station code: AAA is taken from the name of the file",
        "a channel without a code is taken for E, as the name of the file tells",
    ]


def test_what_cannot_be_opened_is_told_by_its_reason(tmp_path: Path) -> None:
    (tmp_path / "link.mseed").symlink_to(tmp_path / "gone")
    assert scanned(tmp_path)[1].problems[0].message == "is a link to a file that is not there"


def write_map(
    folder: Path, *rows: str, header: str = "file,file_channel,station,component"
) -> Path:
    """Write a channel map."""
    path = folder / "channel_map.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


def test_a_channel_map_tells_station_and_component(tmp_path: Path) -> None:
    records = tmp_path / "mseed"
    numbered = [trace(noise(1000, k), code, station="") for k, code in enumerate("045")]
    write(records / "20200601_a", *numbered)
    write(records / "good", *three(1000))
    path = write_map(tmp_path, "*_a,0,S1,HHZ", "*_a,4,S1,HHN", "*_a,5,S2,-", "*.evt,,,Z")
    report = Report()
    good, told = find_recordings(records, RecordSettings(), report)
    assert (told.station, told.sensor) == ("S1", "HH")
    assert dict(told.channels) == {"Z": "HHZ", "N": "HHN"}
    for row, item in zip(read(told, *told.span()).data, numbered, strict=False):
        assert np.array_equal(np.diff(row), np.diff(item.data)) or np.isnan(row).all()
    assert good.station == "ABC"
    text = messages(report)
    assert f"{path}: tells what 3 channels are, counted file by file" in text
    assert f"{path}: 1 row fit no channel (line 5)" in text
    assert "left out by the channel map" in text
    given = RecordSettings(channel_map=str(path.rename(tmp_path / "elsewhere.csv")))
    assert len(find_recordings(records, given, Report())) == 2
    assert len(find_recordings(records, RecordSettings(), Report())) == 1


@pytest.mark.parametrize("linked", [False, True])
def test_streams_of_step_1_are_not_mapped_again(tmp_path: Path, linked: bool) -> None:
    """A map may change names around, as that of horizontals which were mixed up."""
    prep, streams = tmp_path / "prep", tmp_path / ("scratch" if linked else "prep/mseed")
    write(streams / "a.mseed", *three(1000))
    prep.mkdir(exist_ok=True)
    if linked:
        (prep / "mseed").symlink_to(streams)
    (prep / ".made_by_step1").touch()
    path = write_map(tmp_path, "*,HHE,,HHN", "*,HHN,,HHE")
    given = RecordSettings(channel_map=str(path))
    for place in (prep, prep / "mseed", prep / "mseed" / "a.mseed"):
        report = Report()
        (recording,) = find_recordings(place, given, report)
        assert set(recording.channels.values()) == {"HHZ", "HHN", "HHE"}
        assert "tells what" not in messages(report)
        assert f"{path}: is not used for {place}: step 1 has" in messages(report)


def test_a_channel_map_among_the_records_is_no_waveform(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path.parent)
    tmp_path = Path(tmp_path.name)
    write(tmp_path / "a", *three(1000))
    write_map(tmp_path, "*,HHZ,,N", "*,HHN,,Z")
    report = Report()
    (recording,) = find_recordings(tmp_path, RecordSettings(), report)
    assert dict(recording.channels) == {"Z": "Z", "N": "N"}
    assert not report.of_kind("skipped")


def test_numbers_of_a_recorder_tell_no_component(tmp_path: Path) -> None:
    for code in "0123":
        write(tmp_path / code, trace(noise(1000, int(code)), code))
    recordings, report = scanned(tmp_path)
    assert not recordings
    assert "channels XX.ABC..0, 1, 2, 3 (4 files): a number tells no component" in messages(report)
    (tmp_path / "0").unlink()
    (recording,), report = scanned(tmp_path)
    assert dict(recording.channels) == {"Z": "3", "N": "1", "E": "2"}
    assert "XX.ABC: channels 1, 2, 3 are taken for N, E, Z" in messages(report)


def test_win_needs_a_channel_table() -> None:
    path = Path(obspy.__file__).parent / "io/win/tests/data/10030302.00"
    if not path.is_file():
        pytest.skip("ObsPy was installed without the files of its tests")
    recordings, report = scanned(path)
    assert not recordings and "WIN tells stations and components by numbers" in messages(report)


def test_win_is_read_by_its_channel_table(tmp_path: Path) -> None:
    path = Path(obspy.__file__).parent / "io/win/tests/data/10030302.00"
    if not path.is_file():
        pytest.skip("ObsPy was installed without the files of its tests")
    codes = [trace.stats.channel for trace in obspy.read(str(path))]
    table = tmp_path / "01_01.ch"
    names = [f"N.S{number // 3:03d} {'UNE'[number % 3]}" for number in range(len(codes))]
    rows = [f"{code} 0 3 {name} 6 8 160.0" for code, name in zip(codes, names, strict=True)]
    table.write_text("\n".join(["# channels", *rows]) + "\n")
    (told,) = find_recordings(path, RecordSettings(channel_map=str(table)), Report())
    assert (told.network, told.station, dict(told.channels)) == ("N", "S000", {"Z": "U", "N": "N"})


def test_an_rt130_has_its_channels_in_order() -> None:
    path = Path(obspy.__file__).parent / "io/reftek/tests/data/225051000_00008656"
    if not path.is_file():
        pytest.skip("ObsPy was installed without the files of its tests")
    (recording,), report = scanned(path)
    assert dict(recording.channels) == {"Z": "EHZ", "N": "EHN", "E": "EHE"}
    read_from = {c: pieces[0].codes.channel for c, pieces in recording.pieces.items()}
    assert read_from == {"Z": "EH0", "N": "EH1", "E": "EH2"}
    assert "EH0 is Z, EH1 is N, EH2 is E" in messages(report)


def test_the_only_reason_is_in_the_error(tmp_path: Path) -> None:
    write(tmp_path / "a.mseed", *(trace(noise(1000), f"BH{c}", rate=40.0) for c in "ZNE"))
    with pytest.raises(DeepQuakeError, match="no usable waveform: at 40 Hz .* allow_upsampling"):
        find_recordings(tmp_path, RecordSettings(), Report())


CASES = {
    "04_sac_no_station_code": [("STA5", "ZNE"), ("STA6", "ZNE"), ("STA7", "ZNE")],
    "05_two_rates_one_code": [("AAA", "Z")],
    "07_gap_in_HH_while_BH_runs": [("AAA", "ZNE"), ("AAA", "ZNE")],
    "08_parts_and_whole": [("AAA", "Z")],
    "10_win_two_stations": [],
    "12_rt130": [("KW1", "ZNE")],
    "13_kinemetrics_6_channels": [],
    "14_low_rate_only": [],
}


@pytest.mark.parametrize("name", CASES)
def test_records_that_went_wrong(shared_cases: Path, name: str) -> None:
    recordings, report = scanned(shared_cases / "waveforms" / name)
    found = [(r.station, "".join(c for c in "ZNE" if c in r.pieces)) for r in recordings]
    assert found == CASES[name]
    assert report.problems


def test_every_minute_of_two_sensors_is_used(shared_cases: Path) -> None:
    recordings, _ = scanned(shared_cases / "waveforms" / "07_gap_in_HH_while_BH_runs")
    assert sum(s.n_samples for r in recordings for s in r.stretches) == 180_000


def test_a_kinemetrics_file_is_read_by_a_channel_map(shared_cases: Path, tmp_path: Path) -> None:
    path = write_map(
        tmp_path, *(f"*.evt,{k},,{code}" for k, code in enumerate(("HNN", "HNE", "HNZ")))
    )
    records = shared_cases / "waveforms" / "13_kinemetrics_6_channels"
    (told,) = find_recordings(records, RecordSettings(channel_map=str(path)), Report())
    assert dict(told.channels) == {"Z": "HNZ", "N": "HNN", "E": "HNE"}


@pytest.mark.parametrize("name", ["record.sgy", "record.dmx"])
def test_an_extension_is_no_channel_code(tmp_path: Path, name: str) -> None:
    write(tmp_path / name, trace(noise(1000), ""), format="GSE2")
    (recording,), report = scanned(tmp_path)
    assert set(recording.channels) == {"Z"} and "without a code is taken for Z" in messages(report)


def test_three_empty_codes_are_z_n_e_in_the_order_of_the_file(tmp_path: Path) -> None:
    traces = [trace(noise(1000, k), "") for k in range(3)]
    write(tmp_path / "record.gse", *traces, format="GSE2")
    (recording,), report = scanned(tmp_path)
    assert set(recording.channels) == set("ZNE")
    assert "their order" in messages(report)
    data = read(recording, *recording.span()).data
    for row, item in zip(data, traces, strict=True):
        assert np.array_equal(np.diff(row), np.diff(item.data))


def test_channels_that_cannot_be_mapped_are_named(tmp_path: Path) -> None:
    write(tmp_path / "a.mseed", *three(1000), trace(noise(1000), "BDF"))
    recordings, report = scanned(tmp_path)
    assert len(recordings) == 1
    assert "XX.ABC..BDF" in messages(report) and "component" in messages(report)


def test_low_rates_are_refused_unless_asked_for(tmp_path: Path) -> None:
    write(tmp_path / "a.mseed", trace(noise(1000), "BHZ", rate=40.0))
    recordings, report = scanned(tmp_path)
    assert not recordings
    assert "allow_upsampling" in messages(report)
    asked = RecordSettings(allow_upsampling=True)
    (recording,), _ = scanned(tmp_path, asked)
    assert recording.n_samples == pytest.approx(2500, abs=3)


def test_pattern_and_station_choose(tmp_path: Path) -> None:
    for station in ("AAA", "BBB"):
        write(tmp_path / f"{station}.mseed", *three(1000, station=station))
    assert [r.station for r in scanned(tmp_path, pattern="A*")[0]] == ["AAA"]
    assert [r.station for r in scanned(tmp_path, station="bbb")[0]] == ["BBB"]
    assert [r.station for r in scanned(tmp_path / "BBB.mseed")[0]] == ["BBB"]


def test_names_are_unique_and_safe(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        write(tmp_path / folder / "day (1).mseed", *three(1000, network=folder.upper()))
        write(tmp_path / folder / "NET.mseed", *three(10, station="S1"), *three(10, station="S2"))
    names = [r.name for r in scanned(tmp_path)[0]]
    assert len({name.lower() for name in names}) == len(names)
    assert "NET_S1" in names and "day__1_" in names


def test_every_odd_file_of_obspy_is_read_or_said_why_not() -> None:
    upsampling = RecordSettings(allow_upsampling=True)
    folder = Path(obspy.__file__).parent / "io"
    n_read = Counter()
    for path in sorted(folder.glob("*/tests/data/*")):
        kind = path.parts[-4]
        if kind not in WAVEFORM_READERS or not path.is_file() or path.stat().st_size > 100_000:
            continue
        recordings, report = scanned(path, upsampling)
        assert recordings or report.of_kind("skipped"), path
        for recording in recordings:
            start_s = recording.start_s
            segment = read(recording, start_s, start_s + 10, report)
            assert np.isfinite(segment.data).any() or report.of_kind("skipped"), path
        n_read[kind] += bool(recordings)
    if not n_read:
        pytest.skip("ObsPy was installed without the files of its tests")
    assert n_read["mseed"] > 40 and sum(n_read.values()) > 100


def test_a_reftek_file_gives_the_samples_of_each_trace() -> None:
    path = Path(obspy.__file__).parent / "io/reftek/tests/data/225051000_00008656"
    if not path.is_file():
        pytest.skip("ObsPy was installed without the files of its tests")
    recordings, report = scanned(path)
    pieces = [piece for r in recordings for own in r.pieces.values() for piece in own]
    traces = obspy.read(str(path))
    assert pieces
    for piece in pieces:
        trace = traces[piece.trace]
        assert (piece.codes.channel, piece.n_samples) == (trace.stats.channel, trace.stats.npts)
        assert piece.start_s == pytest.approx(trace.stats.starttime.timestamp)


def test_iceland_gives_a_stream_for_each_station_and_file(shared_data: Path) -> None:
    recordings, report = scanned(shared_data / "iceland" / "mseed")
    assert len(recordings) == 11 * 12
    assert len({(r.station, r.paths()[0]) for r in recordings}) == 11 * 12
    assert all(len(r.paths()) == 1 and set(r.pieces) == set("ZNE") for r in recordings)
    assert not report.problems


def test_ncal_gives_a_stream_for_each_file(shared_data: Path) -> None:
    recordings, report = scanned(shared_data / "ncal" / "mseed")
    assert len(recordings) == 103
    assert {r.sensor for r in recordings} == {"HH", "EH", "EL", "BH", "DP", "HN", "HL", "SH"}
    assert all(r.n_samples == 9001 and len(r.stretches) == 1 for r in recordings)
    assert not report.problems
