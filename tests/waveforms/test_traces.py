"""The pieces of files that ObsPy reads hold the samples of their traces, each read by itself."""

import struct
import time as clock
import tracemalloc
from collections import Counter
from pathlib import Path

import numpy as np
import obspy
import pytest

from deepquake.core.errors import DeepQuakeError
from deepquake.core.report import Report
from deepquake.waveforms import traces
from deepquake.waveforms.formats import format_of
from deepquake.waveforms.reading import read
from deepquake.waveforms.traces import first_of_trace, read_traces, trace_pieces
from tests.core.test_magic import read_head
from tests.waveforms.waveform_files import messages, noise, scanned, trace, write

IN_PARTS = ("GSE2", "SLIST", "TSPAIR", "SH_ASC", "SEGY", "SU")
TIMES_OBSPY = 3


def write_seisan(path: Path, rows: list[tuple[str, np.ndarray]], order: str = "<") -> Path:
    """Write a SEISAN file of version 7 of (channel, samples) from 2024-03-01 12:00 on."""

    def record(content: bytes) -> bytes:
        marker = struct.pack(f"{order}i", len(content))
        return marker + content + marker

    lines = [f"{'made':30}{len(rows):3}".ljust(80), *[" " * 80] * (1 + max(10, -(-len(rows) // 3)))]
    content = b"".join(record(line.encode()) for line in lines)
    for channel, samples in rows:
        time = f"{124:3}     {3:2} {1:2} {12:2} {0:2} {0:6.3f}"  # years since 1900
        header = f"{'ABC':5}{channel[:2]} {channel[2]}{time} {100:7.2f}{len(samples):7}"
        content += record(header.ljust(1040).encode()) + record(
            samples.astype(f"{order}i4").tobytes()
        )
    path.write_bytes(content)
    return path


def pieces_in(path: Path) -> list:
    """Return the pieces of a file of any format but miniSEED."""
    return trace_pieces(path, format_of(path, read_head(path)), 100.0, Report())


def check_samples(path: Path, pieces: list) -> None:
    """Hold the samples of pieces against ObsPy's of the whole file."""
    whole = obspy.read(str(path), format=pieces[0].format)
    for piece in pieces:
        ((_, samples),) = read_traces([piece], np.zeros(1, np.int64))
        expected = whole[piece.trace].data[piece.first_sample :][: piece.n_samples]
        assert samples.dtype.kind == expected.dtype.kind
        assert np.array_equal(samples, expected)


@pytest.mark.parametrize("name", IN_PARTS)
def test_traces_are_read_one_by_one(tmp_path: Path, name: str) -> None:
    kind = np.int32 if name in ("GSE2", "SLIST", "TSPAIR") else np.float32
    codes = [(station, f"HH{c}") for station in ("AAA", "BBB") for c in "ZNE"]
    rows = [
        trace(noise(300 if name == "SU" else 300 + k, k).astype(kind), channel, station=station)
        for k, (station, channel) in enumerate(codes)
    ]
    path = write(tmp_path / "event", *rows, format=name)
    pieces = pieces_in(path)
    assert len(pieces) == 6 and all(piece.n_bytes for piece in pieces)
    check_samples(path, pieces)


@pytest.mark.parametrize("order", "<>")
def test_seisan_and_sac_are_read_as_they_lie(tmp_path: Path, order: str) -> None:
    rows = [(f"HH{c}", noise(400 + k, k)) for k, c in enumerate("ZNE")]
    path = write_seisan(tmp_path / "event", rows, order)
    pieces = pieces_in(path)
    assert [p.codes.channel for p in pieces] == ["HHZ", "HHN", "HHE"]
    assert all(piece.n_bytes == 4 * piece.n_samples for piece in pieces)
    check_samples(path, pieces)
    sac = trace(noise(500).astype(np.float32), rate=100.001)  # its clock drifts: several pieces
    path = write(tmp_path / "sac", sac, format="SAC", byteorder=order)
    pieces = pieces_in(path)
    assert sum(piece.n_samples for piece in pieces) == 500 and all(p.n_bytes for p in pieces)
    check_samples(path, pieces)


def test_the_files_of_obspys_tests_are_read_as_obspy_reads_them() -> None:
    n_read: Counter[str] = Counter()
    for path in sorted(Path(obspy.__file__).parent.glob("io/*/tests/data/*")):
        name = format_of(path, read_head(path)) if path.is_file() else ""
        if name not in traces.FINDERS:
            continue
        try:
            obspy.read(str(path), format=name)
            pieces = pieces_in(path)
        except Exception:  # a file that is meant to be damaged
            continue
        whole = obspy.read(str(path), format=name)
        if pieces and len(whole[0]) >= pieces[0].n_samples:  # not cut short
            check_samples(path, pieces)
            n_read[name] += bool(pieces[0].n_bytes)
    if not n_read:
        pytest.skip("ObsPy was installed without the files of its tests")
    assert set(n_read) == set(traces.FINDERS)


def test_a_file_of_many_streams_is_decoded_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [trace(noise(1000, k), f"HH{c}", station=f"S{k:02}") for k in range(20) for c in "ZNE"]
    path = write(tmp_path / "event.gse", *rows, format="GSE2")
    decoded = []
    once = traces._read_part

    def counting(path: Path, name: str, part: tuple[int, int]) -> object:
        decoded.append(part)
        return once(path, name, part)

    monkeypatch.setattr(traces, "_read_part", counting)
    recordings, report = scanned(path)
    for recording in recordings:
        assert np.isfinite(read(recording, *recording.span(), report).data).all()
    assert len(recordings) == 20 and not report.problems
    assert len(decoded) == len({*decoded}) == 60


def test_forty_stations_take_no_longer_than_three_times_obspy(shared_cases: Path) -> None:
    path = shared_cases / "waveforms" / "17_gse2_40_stations" / "ev.gse2"
    spent = []
    for _ in range(3):
        begin_s = clock.process_time()
        obspy.read(str(path))
        of_obspy_s = clock.process_time() - begin_s
        traces._first_of_trace.cache_clear()
        begin_s = clock.process_time()
        recordings, report = scanned(path)
        for recording in recordings:
            read(recording, *recording.span(), report)
        spent.append((clock.process_time() - begin_s) / of_obspy_s)
    assert len(recordings) == 40 and not report.problems
    assert min(spent) < TIMES_OBSPY


def test_a_file_that_is_not_quite_of_its_format_is_read_as_a_whole(tmp_path: Path) -> None:
    path = write(tmp_path / "a.sgy", trace(noise(300).astype(np.float32)), format="SEGY")
    path.write_bytes(path.read_bytes() + b"more")
    whole = obspy.read(str(path), format="SEGY", headonly=True)
    assert traces._parts_of(path, "SEGY", whole) == []
    check_samples(path, pieces_in(path))


def test_each_trace_of_a_file_is_a_piece(tmp_path: Path) -> None:
    samples = noise(300, seed=1), noise(400, seed=2)
    rows = (trace(data, code) for data, code in zip(samples, ("HHZ", "HHN"), strict=True))
    path = write(tmp_path / "a.gse2", *rows, format="GSE2")
    pieces = trace_pieces(path, "GSE2", 100.0, Report())
    assert [piece.codes.channel for piece in pieces] == ["HHZ", "HHN"]
    blocks = read_traces(pieces, np.array([0, 1000]))
    assert [position for position, _ in blocks] == [0, 1000]
    assert all(
        np.array_equal(block, data) for (_, block), data in zip(blocks, samples, strict=True)
    )
    assert np.array_equal(first_of_trace(pieces[0]), samples[0][:100])


def test_a_record_without_a_time_is_left_out_and_said(tmp_path: Path) -> None:
    path = write(tmp_path / "timed.sac", trace(noise(500).astype(np.float32)), format="SAC")
    content = bytearray(path.read_bytes())
    content[280:304] = np.full(6, -12345, "<i4").tobytes()  # year to millisecond: not set
    (tmp_path / "NOREF.BHZ.sac").write_bytes(content)
    recordings, report = scanned(tmp_path)
    assert [recording.paths() for recording in recordings] == [[path]]
    (problem,) = report.of_kind("skipped")
    assert (Path(problem.path).name, problem.message) == ("NOREF.BHZ.sac", "tells no time")


def test_the_case_without_a_reference_time(shared_cases: Path) -> None:
    recordings, report = scanned(shared_cases / "waveforms" / "18_sac_no_reference_time")
    assert not recordings and messages(report).endswith("NOREF.BHZ.sac: tells no time")


def test_a_file_that_changes_meanwhile_is_told(tmp_path: Path) -> None:
    path = write(tmp_path / "a.sac", trace(noise(500).astype(np.float32)), format="SAC")
    pieces = trace_pieces(path, "SAC", 100.0, Report())
    path.write_bytes(path.read_bytes()[:-400])
    with pytest.raises(DeepQuakeError, match="trace 1 is not the one of its headers"):
        read_traces(pieces, np.zeros(1, np.int64))


@pytest.mark.parametrize(
    ("old", "new"),
    [(b"DAT2\n", b"DAT2\n`~|"), (b"DAT2\n", b"DAT2\n" + 100 * b"A"), (b"\nCHK2", b"\nC")],
)
def test_damaged_gse_is_an_error_where_obspy_would_crash(
    tmp_path: Path, old: bytes, new: bytes
) -> None:
    path = write(tmp_path / "a.gse2", trace(noise(5000)), format="GSE2")
    pieces = trace_pieces(path, "GSE2", 100.0, Report())
    path.write_bytes(path.read_bytes().replace(old, new))
    with pytest.raises(DeepQuakeError, match="damaged"):
        read_traces(pieces, np.zeros(1, np.int64))


def test_of_a_long_record_only_the_hours_asked_for_are_read(tmp_path: Path) -> None:
    samples = noise(3_000_000).astype(np.float32)
    path = write(tmp_path / "a.sac", trace(samples), format="SAC")
    (recording,), report = scanned(path)
    start_s, end_s = recording.span()
    tracemalloc.start()
    segment = read(recording, start_s + 10_485, start_s + 10_487, report)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < samples.nbytes
    assert np.allclose(np.diff(segment.data[0]), np.diff(samples[1_048_500:1_048_701]))
    whole = read(recording, start_s, end_s, report).data[0]
    assert np.allclose(np.diff(whole), np.diff(samples)) and len(recording.stretches) == 1
    assert not report.problems
