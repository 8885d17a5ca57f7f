"""What scan finds in a folder; how it puts it together is in test_joining."""

import os
from collections import Counter
from pathlib import Path

import numpy as np
import obspy
import pytest

from deepquake.core.settings import RecordSettings
from deepquake.waveforms.channels import component_of, component_of_name
from deepquake.waveforms.reading import read
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


@pytest.mark.parametrize(
    ("codes", "component"),
    [
        (("HHZ", "hhz", "BH3", "EL Z", "Z", "z", "3", "UD", "U-D", "UD1", "V", "DPZ", "Z1"), "Z"),
        (("HHN", "ehn", "HH1", "BHY", "N", "1", "y", "NS", "N-S", "NS2", "N1", "N2"), "N"),
        (("HHE", "EHe", "HH2", "BHX", "E", "2", "x", "EW", "ew", "EW2", "E1"), "E"),
        (("LOG", "BDF", "HHR", "VCO", "", "ACE1Q", "T"), ""),
    ],
)
def test_channel_codes_are_mapped_by_the_table(codes: tuple[str, ...], component: str) -> None:
    assert {code: component_of(code)[0] for code in codes} == dict.fromkeys(codes, component)


def test_the_components_of_a_sensor_share_its_code() -> None:
    assert {component_of(code)[1] for code in ("HHZ", "HH1", "hhe")} == {"HH"}
    assert {component_of(code)[1] for code in ("UD2", "NS2", "EW2")} == {"2"}
    assert {component_of(code)[1] for code in ("Z1", "n1", "E1")} == {"1"}


def test_names_of_files_tell_components() -> None:
    assert component_of_name("2024.001.ABC.HHZ.sac") == ("Z", "HH")
    assert component_of_name("abc_n.gse") == ("N", "")
    assert component_of_name("KNET01.EW2") == ("E", "2")
    assert component_of_name("readme.txt") == ("", "")


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


@pytest.mark.parametrize("name", ["record.sgy", "record.dmx"])
def test_an_extension_is_no_channel_code(tmp_path: Path, name: str) -> None:
    write(tmp_path / name, trace(noise(1000), ""), format="GSE2")
    (recording,), report = scanned(tmp_path)
    assert set(recording.channels) == {"Z"} and "their order" in messages(report)


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
