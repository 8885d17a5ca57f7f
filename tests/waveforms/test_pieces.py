"""Records of any kind and in any order are the right samples at the right times."""

from pathlib import Path

import numpy as np
import pytest

from deepquake.core.report import Report
from deepquake.waveforms.reading import read, write_stream
from deepquake.waveforms.scan import scan
from tests.waveforms.waveform_files import (
    SETTINGS,
    START,
    noise,
    only,
    same,
    stored,
    three,
    trace,
    vertical,
    whole,
    write,
)


@pytest.mark.parametrize("record_length", [256, 512, 4096])
@pytest.mark.parametrize(
    ("kind", "encoding"),
    [
        (np.int32, "STEIM1"),
        (np.int32, "STEIM2"),
        (np.int32, "INT32"),
        (np.int16, "INT16"),
        (np.float32, "FLOAT32"),
        (np.float64, "FLOAT64"),
    ],
)
def test_every_encoding(tmp_path: Path, kind: type, encoding: str, record_length: int) -> None:
    data = noise(5000).astype(kind)
    write(tmp_path / "a", trace(data), encoding=encoding, reclen=record_length)
    assert same(vertical(tmp_path), data)


@pytest.mark.parametrize("order", ["<", ">"])
def test_both_byte_orders(tmp_path: Path, order: str) -> None:
    traces = three(5000)
    write(tmp_path / "a", *traces, byteorder=order, reclen=512)
    for row, item in zip(whole(tmp_path).data, traces, strict=True):
        assert same(row, item.data)


def test_byte_orders_mixed_in_one_file(tmp_path: Path) -> None:
    data = noise(6000)
    first = write(tmp_path / "1" / "a", trace(data[:3000]), byteorder="<", reclen=512)
    second = write(
        tmp_path / "2" / "b", trace(data[3000:], start=START + 30), byteorder=">", reclen=512
    )
    both = tmp_path / "both"
    both.write_bytes(first.read_bytes() + second.read_bytes())
    assert same(vertical(both), data)


def test_encodings_mixed_in_one_channel(tmp_path: Path) -> None:
    data = noise(6000)
    first = write(tmp_path / "1" / "a", trace(data[:3000]), encoding="STEIM2", reclen=512)
    floats = trace(data[3000:].astype(np.float32), start=START + 30)
    second = write(tmp_path / "2" / "b", floats, encoding="FLOAT32", reclen=512)
    both = tmp_path / "both"
    both.write_bytes(first.read_bytes() + second.read_bytes())
    assert same(vertical(both), data)


def test_record_lengths_mixed_in_one_file(tmp_path: Path) -> None:
    data = noise(20000)
    first = write(tmp_path / "1" / "a", trace(data[:10000]), reclen=512)
    second = write(tmp_path / "2" / "b", trace(data[10000:], start=START + 100), reclen=4096)
    both = tmp_path / "both"
    both.write_bytes(first.read_bytes() + second.read_bytes())
    assert same(vertical(both), data)


def test_records_out_of_order_and_twice(tmp_path: Path) -> None:
    data = noise(20000)
    path = write(tmp_path / "a", trace(data), reclen=512)
    records = stored(path)
    order = np.random.default_rng(1).permutation(len(records))
    path.write_bytes(records[np.concatenate([order, order[:7]])].tobytes())
    assert [s.n_samples for s in only(path).stretches] == [20000]
    assert same(vertical(path), data)


def test_components_multiplexed_record_by_record(tmp_path: Path) -> None:
    traces = three(20000)
    path = write(tmp_path / "a", *traces, reclen=512)
    records = stored(path)
    path.write_bytes(records[np.random.default_rng(2).permutation(len(records))].tobytes())
    for row, item in zip(whole(path).data, traces, strict=True):
        assert same(row, item.data)


def test_damaged_records_are_left_out_and_said(tmp_path: Path) -> None:
    data = noise(20000)
    path = write(tmp_path / "a", trace(data), reclen=512)
    records = stored(path).copy()
    records[5, :48] = 255
    path.write_bytes(records.tobytes())
    report = Report()
    recording = only(path, report=report)
    assert len(recording.stretches) == 2
    assert "512 bytes in 1 place are damaged" in str(report.problems[0])
    row = read(recording, *recording.span()).data[0]
    good = np.isfinite(row)
    assert same(row[good], data[good])


def test_a_record_with_a_broken_body_is_missing(tmp_path: Path) -> None:
    data = noise(20000)
    path = write(tmp_path / "a", trace(data), reclen=512)
    records = stored(path).copy()
    records[5, 30:32] = [255, 255]  # more samples than it can hold
    records[9, 64:128] = 255  # a frame of nothing that can be told
    path.write_bytes(records.tobytes())
    row = vertical(path)
    assert len(row) == 20000
    assert 0.9 < np.isfinite(row).mean() < 1


@pytest.mark.parametrize("n_samples", [20_000, 400_000])
def test_records_that_start_together_and_do_not_agree_are_missing(
    tmp_path: Path, n_samples: int
) -> None:
    data = noise(n_samples).astype(np.float32)
    other = data.copy()
    other[10_050:10_100] += 1
    path = write(tmp_path / "a", trace(data), reclen=512)
    again = write(tmp_path / "elsewhere" / "a", trace(other), reclen=512)
    records = stored(path)
    path.write_bytes(records.tobytes() + stored(again).tobytes() + records[:50].tobytes())
    recording = only(path)
    assert [s.n_samples for s in recording.stretches] == [n_samples]
    row = read(recording, *recording.span()).data[0]
    assert np.flatnonzero(np.isnan(row)).tolist() == list(range(10_050, 10_100))
    good = np.isfinite(row)
    assert same(row[good], data[good])


def test_only_the_span_is_read_from_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "a", trace(noise(2_000_000)), reclen=512)
    recording = only(path)
    counted = []
    fromfile = np.fromfile

    def counting(*args, **options):
        data = fromfile(*args, **options)
        counted.append(data.nbytes)
        return data

    monkeypatch.setattr(np, "fromfile", counting)
    read(recording, recording.start_s + 5000, recording.start_s + 5010)
    assert 0 < sum(counted) < path.stat().st_size / 2


def test_a_rate_a_hair_off_is_taken_as_the_round_one_and_keeps_time(tmp_path: Path) -> None:
    true_rate = 99.9997
    n_samples = 2_000_000  # 20,000 s: 6 samples of drift
    time = np.arange(n_samples) / true_rate
    spikes = np.searchsorted(time, np.arange(100, 20_000, 500))
    data = np.zeros(n_samples, np.int32)
    data[spikes] = 1000
    path = tmp_path / "a"
    with path.open("wb") as file:
        for first in range(0, n_samples, 1000):
            part = trace(data[first : first + 1000], start=START + first / true_rate)
            part.write(file, format="MSEED", encoding="STEIM2", reclen=512)
    recording = only(path)
    assert len(recording.stretches) == 1
    assert recording.n_samples == pytest.approx(n_samples / true_rate * 100, abs=1)
    row = read(recording, *recording.span()).data[0]
    assert np.isfinite(row).all()
    found = np.flatnonzero(row > 500) / 100
    assert len(found) == len(spikes)
    assert np.abs(found - time[spikes]).max() < 0.01


@pytest.mark.parametrize("seed", range(8))
def test_whatever_is_damaged_is_never_a_crash(tmp_path: Path, seed: int) -> None:
    rng = np.random.default_rng(seed)
    path = write(tmp_path / "a", *three(5000), reclen=512)
    content = bytearray(path.read_bytes())
    for _ in range(40):
        content[rng.integers(len(content))] = rng.integers(256)
    at = rng.integers(len(content))
    path.write_bytes(content[:at] + content[at + rng.integers(300) :])
    report = Report()
    for recording in scan(path, SETTINGS, report):
        write_stream(recording, tmp_path / "out", report)
        read(recording, recording.start_s, recording.start_s + 60, report)


def test_what_is_cut_off_a_file_during_a_run_is_missing_and_told(tmp_path: Path) -> None:
    path = write(tmp_path / "a", trace(noise(20000)), reclen=512)
    recording = only(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    report = Report()
    row = read(recording, *recording.span(), report=report).data[0]
    assert 0.3 < np.isfinite(row).mean() < 0.7
    (problem,) = report.problems
    assert "has become shorter since the run began" in str(problem)
