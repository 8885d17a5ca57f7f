"""Spans of a record: the right samples at the right times, read, filtered and written."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from obspy import read as obspy_read

from deepquake.core.errors import DeepQuakeError
from deepquake.core.report import Report
from deepquake.core.settings import RecordSettings
from deepquake.waveforms import reading
from deepquake.waveforms.reading import read, read_filtered, write_and_read, write_stream
from deepquake.waveforms.recording import Stretch
from deepquake.waveforms.scan import scan
from tests.waveforms.waveform_files import (
    SETTINGS,
    START,
    noise,
    only,
    same,
    three,
    trace,
    vertical,
    whole,
    write,
)


def test_gaps_stay_gaps(tmp_path: Path) -> None:
    data = noise(10000)
    write(tmp_path / "a", trace(data[:3000]), trace(data[3500:], start=START + 35))
    recording = only(tmp_path)
    assert [(s.start_s - START.timestamp, s.n_samples) for s in recording.stretches] == [
        (0, 3000),
        (35, 6500),
    ]
    row = read(recording, *recording.span()).data[0]
    assert np.isnan(row[3000:3500]).all() and np.isnan(row).sum() == 500
    assert same(row[3500:], data[3500:])


def test_overlaps_that_agree_are_one(tmp_path: Path) -> None:
    data = noise(10000)
    write(tmp_path / "a", trace(data[:6000]))
    write(tmp_path / "b", trace(data[5800:], start=START + 58))
    assert same(vertical(tmp_path), data)


def test_overlaps_that_do_not_agree_are_missing(tmp_path: Path) -> None:
    data, other = noise(10000), noise(10000, seed=9)
    write(tmp_path / "a", trace(data[:6000]))
    write(tmp_path / "b", trace(other[5800:], start=START + 58))
    row = vertical(tmp_path)
    differ = data[5800:6000] != other[5800:6000]
    assert np.array_equal(np.isnan(row[5800:6000]), differ)
    assert np.isfinite(row[:5800]).all() and np.isfinite(row[6000:]).all()


@pytest.mark.parametrize("n_pieces", [200])
def test_many_pieces(tmp_path: Path, n_pieces: int) -> None:
    rng = np.random.default_rng(3)
    data = noise(200_000)
    expected = np.full(len(data), np.nan)
    cuts = np.concatenate([[0], np.sort(rng.choice(np.arange(1, 199_999), n_pieces - 1, False))])
    parts = []
    for begin, end in zip(cuts, np.append(cuts[1:], len(data)), strict=True):
        end = max(begin + 1, end - rng.integers(0, 20))
        parts.append(trace(data[begin:end], start=START + begin / 100))
        expected[begin:end] = data[begin:end]
    path = write(tmp_path / "a", *parts, reclen=512)
    row = vertical(path)
    holes = np.isnan(expected)
    single = holes & ~np.roll(holes, 1) & ~np.roll(holes, -1)  # taken for a clock's drift
    assert np.array_equal(np.isnan(row), (holes & ~single)[: len(row)])
    good = np.isfinite(expected)[: len(row)]
    assert same(row[good], expected[: len(row)][good])


def test_a_large_offset_costs_no_precision(tmp_path: Path) -> None:
    data = noise(5000) + np.int32(2_000_000_000)
    write(tmp_path / "a", trace(data))
    row = vertical(tmp_path)
    assert same(row, data) and abs(row).max() < 10_000


def test_not_a_number_and_infinity_are_missing(tmp_path: Path) -> None:
    data = noise(5000).astype(np.float32)
    data[100:110], data[200], data[300] = np.nan, np.inf, -np.inf
    write(tmp_path / "a", trace(data))
    row = vertical(tmp_path)
    assert np.array_equal(np.isnan(row), ~np.isfinite(data))


def test_a_spike_harms_nothing_else(tmp_path: Path) -> None:
    data = noise(5000)
    data[2500] = 2_000_000_000
    write(tmp_path / "a", trace(data), encoding="INT32")
    row = vertical(tmp_path)
    assert same(np.delete(row, 2500), np.delete(data, 2500))


def test_components_a_fraction_of_a_sample_apart_share_a_grid(tmp_path: Path) -> None:
    late = trace(noise(1000, 2), "HHN", START + 0.0036)
    write(tmp_path / "a", trace(noise(1000)), late)
    segment = whole(tmp_path)
    assert segment.data.shape == (3, 1000)
    assert same(segment.data[1], late.data)


def test_any_span_is_the_same_as_a_part_of_the_whole(tmp_path: Path) -> None:
    data = noise(300_000)
    pieces = [trace(data[:90_000]), trace(data[89_990:180_000], start=START + 899.9)]
    pieces += [trace(noise(500, 7), start=START + 1799), trace(data[181_000:], start=START + 1806)]
    for number, piece in enumerate(pieces):
        write(tmp_path / str(number), piece, reclen=512)
    recording = only(tmp_path)
    everything = read(recording, *recording.span())
    for begin in (0, 1, 899.95, 899.89, 1798.99, 1799.0, 1799.01, 1804, 1805.99, 2990):
        part = read(recording, recording.start_s + begin, recording.start_s + begin + 7)
        first = round((part.start_s - everything.start_s) * 100)
        assert first == round(begin * 100)
        expected = everything.data[:, first : first + part.data.shape[1]]
        assert np.array_equal(part.data, expected, equal_nan=True)
        assert part.data.shape[1] == min(701, recording.n_samples - first)


@pytest.mark.parametrize("rate", [62.5, 125.0, 200.0])
def test_stretches_tell_what_is_read(tmp_path: Path, rate: float) -> None:
    parts = [
        trace(noise(5_000), rate=rate),
        trace(noise(3_333, 2), start=START + 91.003, rate=rate),
    ]
    write(tmp_path / "a", *parts)
    recording = only(tmp_path)
    segment = read(recording, *recording.span())
    expected = np.zeros(recording.n_samples, bool)
    for stretch in recording.stretches:
        first = round((stretch.start_s - recording.start_s) * 100)
        expected[first : first + stretch.n_samples] = True
    assert np.array_equal(np.isfinite(segment.data[0]), expected)


def test_a_rate_a_hair_off_in_a_format_without_records(tmp_path: Path) -> None:
    data = np.zeros(200_000, np.float32)
    data[[1000, 199_000]] = 1000
    write(tmp_path / "a.sac", trace(data, rate=99.995), format="SAC")
    row = vertical(tmp_path)
    found = np.flatnonzero(row > 500) / 100
    assert np.abs(found - np.array([1000, 199_000]) / 99.995).max() < 0.01


def test_rates_may_change_within_a_recording(tmp_path: Path) -> None:
    write(tmp_path / "a", trace(noise(6000)))
    write(tmp_path / "b", trace(noise(12_000, 2), start=START + 60, rate=200.0))
    recording = only(tmp_path)
    assert [s.n_samples for s in recording.stretches] == [pytest.approx(12_000, abs=1)]
    assert np.isfinite(read(recording, *recording.span()).data[0]).all()


@pytest.mark.parametrize("kind", [np.int32, np.float32, np.float64])
def test_a_written_stream_holds_the_same_numbers(tmp_path: Path, kind: type) -> None:
    traces = [trace(item.data.astype(kind), item.stats.channel) for item in three(30_000)]
    late = trace(noise(5000, 5).astype(kind), "HHZ", START + 310.005)
    write(tmp_path / "in" / "a", *traces, late)
    recording = only(tmp_path / "in")
    write_stream(recording, tmp_path / "out" / "a.mseed")
    again = only(tmp_path / "out")
    assert again.stretches == recording.stretches
    assert again.channels == recording.channels
    first = read(recording, *recording.span())
    second = read(again, *again.span())
    for one, other in zip(first.data, second.data, strict=True):
        good = np.isfinite(one)
        assert np.array_equal(good, np.isfinite(other))
        assert same(one[good], other[good], 0 if kind == np.int32 else 1e-3)
    stored_kind = obspy_read(str(tmp_path / "out" / "a.mseed"))[0].data.dtype
    assert stored_kind == kind


def test_writing_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    write(tmp_path / "in" / "a", *three(3000))
    for name in ("1", "2"):
        write_stream(only(tmp_path / "in"), tmp_path / name)
    assert (tmp_path / "1").read_bytes() == (tmp_path / "2").read_bytes()


@pytest.mark.parametrize("other", [{"station": "DEF"}, {"n_samples": 900}])
def test_a_trace_that_is_not_that_of_the_headers_is_refused(tmp_path: Path, other: dict) -> None:
    path = write(tmp_path / "a.gse", trace(noise(1000)), format="GSE2")
    recording = only(path)
    written = trace(noise(other.pop("n_samples", 1000)), **other)
    write(path, written, format="GSE2")
    report = Report()
    data = read(recording, *recording.span(), report).data
    assert np.isnan(data).all()
    (problem,) = report.of_kind("skipped")
    assert "trace 1 is not the one of its headers" in problem.message
    with pytest.raises(DeepQuakeError, match=r"a\.gse"):
        read(recording, *recording.span())


def test_a_file_that_cannot_be_read_after_all_is_reported_once(tmp_path: Path) -> None:
    path = write(tmp_path / "a.gse", trace(noise(5000)), format="GSE2")
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    write(tmp_path / "b.mseed", trace(noise(5000), start=START + 50))
    recording, report = only(tmp_path), Report()
    segment = read(recording, *recording.span(), report)
    assert np.isnan(segment.data[0, :5000]).all() and np.isfinite(segment.data[0, 5000:]).all()
    (problem,) = report.of_kind("skipped")
    assert problem.path == str(path) and "cannot be read" in problem.message
    with pytest.raises(DeepQuakeError, match="a.gse"):
        read(recording, *recording.span())
    with pytest.raises(DeepQuakeError, match="a.gse"):
        write_stream(recording, tmp_path / "out.mseed")
    assert not list(tmp_path.glob("*out.mseed"))


@pytest.mark.parametrize(
    ("rate", "kind"), [(100.0, np.int32), (100.0, np.float64), (200.0, np.int32)]
)
def test_what_is_yielded_is_what_is_read(tmp_path: Path, monkeypatch, rate, kind) -> None:
    n_samples = round(400 * rate)
    traces = three(n_samples, rate=rate)
    for item in traces:
        item.data = (item.data + 1_000_000).astype(kind)
    late = trace(noise(n_samples, 5).astype(kind), "HHZ", START + 450.5, rate=rate)
    write(tmp_path / "in" / "a", *traces, late)
    (recording,) = scan(tmp_path / "in", SETTINGS, Report())
    # begins within the record, as with --starttime
    first = recording.stretches[0]
    cut = Stretch(first.start_s + 30, first.n_samples - 3000)
    recording = replace(recording, stretches=(cut, *recording.stretches[1:]))
    monkeypatch.setattr(reading, "CHUNK_S", 100.0)
    write_stream(recording, tmp_path / "alone")
    parts = list(write_and_read(recording, tmp_path / "a", 1.0, 10.99))
    assert (tmp_path / "a").read_bytes() == (tmp_path / "alone").read_bytes()
    begin, end = recording.span()
    assert (parts[0][0], parts[-1][1]) == pytest.approx((begin, end + 0.01))
    for begin_s, end_s, segment in parts:
        other = read(recording, begin_s - 1, end_s - 0.01 + 10.99)
        assert segment.start_s == pytest.approx(other.start_s, abs=1e-6)
        assert np.array_equal(segment.data, other.data, equal_nan=True)


def test_a_stream_that_is_not_looked_at_to_its_end_leaves_no_file(tmp_path: Path) -> None:
    write(tmp_path / "in" / "a", *three(3000))
    (recording,) = scan(tmp_path / "in", SETTINGS, Report())
    parts = write_and_read(recording, tmp_path / "out" / "a")
    next(parts)
    parts.close()
    assert not list((tmp_path / "out").iterdir())


def test_a_picture_shows_padding_only_where_nothing_is_filtered(tmp_path):
    """A jump into zeros, filtered across, looks like an onset; windows never hold one."""
    traces = three(6000)
    for item in traces:
        item.data[2000:3000] = 0
    (recording,) = scan(write(tmp_path / "padded.mseed", *traces), RecordSettings(), Report())
    begin = recording.start_s
    span_s, unfiltered = (begin, begin + 59), (0.0, 0.0)
    plain = read_filtered(recording, *span_s, corners_hz=unfiltered, shows_flats=True)
    assert np.isfinite(plain.data).all() and plain.data.shape == (3, 5901)
    of_a_network = read_filtered(recording, *span_s, corners_hz=unfiltered)
    assert np.isnan(of_a_network.data[:, 2000:3000]).all()
    assert np.isfinite(of_a_network.data).sum() == 3 * 4901
    filtered = read_filtered(recording, begin + 10, begin + 50, corners_hz=(2.0, 0.0))
    assert filtered.start_s == begin + 10 and filtered.data.shape == (3, 4001)
    assert np.isnan(filtered.data[:, 1000:2000]).all()
    assert np.isfinite(filtered.data[:, :1000]).all() and np.isfinite(filtered.data[:, 2000:]).all()
