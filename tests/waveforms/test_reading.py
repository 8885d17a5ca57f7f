"""Samples: the right ones at the right times, whatever the file looks like."""

from pathlib import Path

import numpy as np
import pytest
from obspy import read as obspy_read

from deepquake.core import configuration
from deepquake.core.errors import DeepQuakeError
from deepquake.core.report import Report
from deepquake.waveforms import filtering as liveness
from deepquake.waveforms import reading as waveforms
from deepquake.waveforms.filtering import filter_segment
from deepquake.waveforms.recording import Recording, Segment
from deepquake.waveforms.scan import scan
from tests.waveforms.waveform_files import START, noise, three, trace, write

CONFIG = configuration.load({})


def only(path: Path, config=CONFIG, report: Report | None = None) -> Recording:
    (recording,) = scan(path, config, report or Report())
    return recording


def whole(path: Path, config=CONFIG) -> Segment:
    recording = only(path, config)
    return waveforms.read(recording, *recording.span())


def vertical(path: Path, config=CONFIG) -> np.ndarray:
    return whole(path, config).data[0]


def same(row: np.ndarray, samples: np.ndarray, tolerance: float = 0.0) -> bool:
    """Tell whether a row holds these samples but for a constant."""
    row, samples = np.asarray(row, float), np.asarray(samples, float)
    return len(row) == len(samples) and np.allclose(
        row - row[0], samples - samples[0], rtol=0, atol=tolerance
    )


def stored(path: Path, record_length: int = 512) -> np.ndarray:
    """Return the records of a miniSEED file, one per row."""
    return np.frombuffer(path.read_bytes(), np.uint8).reshape(-1, record_length)


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
    row = waveforms.read(recording, *recording.span()).data[0]
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


def test_gaps_stay_gaps(tmp_path: Path) -> None:
    data = noise(10000)
    write(tmp_path / "a", trace(data[:3000]), trace(data[3500:], start=START + 35))
    recording = only(tmp_path)
    assert [(s.start_s - START.timestamp, s.n_samples) for s in recording.stretches] == [
        (0, 3000),
        (35, 6500),
    ]
    row = waveforms.read(recording, *recording.span()).data[0]
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
    row = waveforms.read(recording, *recording.span()).data[0]
    assert np.flatnonzero(np.isnan(row)).tolist() == list(range(10_050, 10_100))
    good = np.isfinite(row)
    assert same(row[good], data[good])


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


def test_dead_channels_stay_flat_and_clipped_ones_are_marked(tmp_path: Path) -> None:
    dead, live = np.full(5000, 17, np.int32), noise(5000)
    time = np.arange(5000) / 100
    cut = np.clip(3000 * np.sin(2 * np.pi * time), -2000, 2000).astype(np.int32)
    write(tmp_path / "a", trace(dead, "HHZ"), trace(live, "HHN"), trace(cut, "HHE"))
    segment = whole(tmp_path)
    assert (segment.data[0] == 0).all()
    assert liveness.clipped(segment.data) == "E"


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
    everything = waveforms.read(recording, *recording.span())
    for begin in (0, 1, 899.95, 899.89, 1798.99, 1799.0, 1799.01, 1804, 1805.99, 2990):
        part = waveforms.read(recording, recording.start_s + begin, recording.start_s + begin + 7)
        first = round((part.start_s - everything.start_s) * 100)
        assert first == round(begin * 100)
        expected = everything.data[:, first : first + part.data.shape[1]]
        assert np.array_equal(part.data, expected, equal_nan=True)
        assert part.data.shape[1] == min(701, recording.n_samples - first)


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
    waveforms.read(recording, recording.start_s + 5000, recording.start_s + 5010)
    assert 0 < sum(counted) < path.stat().st_size / 2


@pytest.mark.parametrize("rate", [62.5, 80.0, 99.0, 100.5, 120.0, 125.0, 200.0, 250.0, 500.0])
def test_resampling_keeps_times_and_amplitudes(tmp_path: Path, rate: float) -> None:
    n_samples = int(60 * rate)
    wave = 10_000 * np.sin(2 * np.pi * 7.0 * np.arange(n_samples) / rate + 0.3)
    write(tmp_path / "a", trace(wave.astype(np.float32) + 500, rate=rate))
    segment = whole(tmp_path)
    row = segment.data[0, 100:-100]
    time = segment.start_s - START.timestamp + np.arange(100, segment.data.shape[1] - 100) / 100
    expected = 10_000 * np.sin(2 * np.pi * 7.0 * time + 0.3)
    row = row - np.mean(row) + np.mean(expected)
    # 1 % of the amplitude is 0.02 of a sample at 7 Hz
    assert np.abs(row - expected).max() < 100
    assert abs(segment.data.shape[1] - 6000) <= 2


def test_resampling_lets_no_alias_through(tmp_path: Path) -> None:
    wave = 10_000 * np.sin(2 * np.pi * 70.0 * np.arange(12_000) / 200)
    write(tmp_path / "a", trace(wave.astype(np.float32), rate=200.0))
    assert np.abs(vertical(tmp_path)[100:-100]).max() < 10


def test_resampling_in_parts_is_the_same(tmp_path: Path) -> None:
    parts = [trace(noise(9_000), rate=125.0), trace(noise(7_777, 2), start=START + 80, rate=125.0)]
    write(tmp_path / "a", *parts)
    recording = only(tmp_path)
    everything = waveforms.read(recording, *recording.span())
    for begin in (0, 0.01, 33.33, 71.9, 72, 79.99, 80.0, 80.01, 141):
        start_s = recording.start_s + begin
        part = waveforms.read(recording, start_s, start_s + 3)
        first = round((part.start_s - everything.start_s) * 100)
        expected = everything.data[:, first : first + part.data.shape[1]]
        assert np.array_equal(part.data, expected, equal_nan=True)


@pytest.mark.parametrize("rate", [62.5, 125.0, 200.0])
def test_stretches_tell_what_is_read(tmp_path: Path, rate: float) -> None:
    parts = [
        trace(noise(5_000), rate=rate),
        trace(noise(3_333, 2), start=START + 91.003, rate=rate),
    ]
    write(tmp_path / "a", *parts)
    recording = only(tmp_path)
    segment = waveforms.read(recording, *recording.span())
    expected = np.zeros(recording.n_samples, bool)
    for stretch in recording.stretches:
        first = round((stretch.start_s - recording.start_s) * 100)
        expected[first : first + stretch.n_samples] = True
    assert np.array_equal(np.isfinite(segment.data[0]), expected)


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
    row = waveforms.read(recording, *recording.span()).data[0]
    assert np.isfinite(row).all()
    found = np.flatnonzero(row > 500) / 100
    assert len(found) == len(spikes)
    assert np.abs(found - time[spikes]).max() < 0.01


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
    assert np.isfinite(waveforms.read(recording, *recording.span()).data[0]).all()


@pytest.mark.parametrize("kind", [np.int32, np.float32, np.float64])
def test_a_written_stream_holds_the_same_numbers(tmp_path: Path, kind: type) -> None:
    traces = [trace(item.data.astype(kind), item.stats.channel) for item in three(30_000)]
    late = trace(noise(5000, 5).astype(kind), "HHZ", START + 310.005)
    write(tmp_path / "in" / "a", *traces, late)
    recording = only(tmp_path / "in")
    waveforms.write_stream(recording, tmp_path / "out" / "a.mseed")
    again = only(tmp_path / "out")
    assert again.stretches == recording.stretches
    assert again.channels == recording.channels
    first = waveforms.read(recording, *recording.span())
    second = waveforms.read(again, *again.span())
    for one, other in zip(first.data, second.data, strict=True):
        good = np.isfinite(one)
        assert np.array_equal(good, np.isfinite(other))
        assert same(one[good], other[good], 0 if kind == np.int32 else 1e-3)
    stored_kind = obspy_read(str(tmp_path / "out" / "a.mseed"))[0].data.dtype
    assert stored_kind == kind


def test_a_resampled_stream_is_written_at_the_new_rate(tmp_path: Path) -> None:
    write(tmp_path / "in" / "a", trace(noise(10_000), rate=200.0))
    recording = only(tmp_path / "in")
    waveforms.write_stream(recording, tmp_path / "a.mseed")
    stream = obspy_read(str(tmp_path / "a.mseed"))
    assert stream[0].stats.sampling_rate == 100
    assert same(stream[0].data, vertical(tmp_path / "in"))


def test_writing_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    write(tmp_path / "in" / "a", *three(3000))
    for name in ("1", "2"):
        waveforms.write_stream(only(tmp_path / "in"), tmp_path / name)
    assert (tmp_path / "1").read_bytes() == (tmp_path / "2").read_bytes()


def test_the_filter_is_causal_and_starts_at_rest() -> None:
    data = np.full((3, 4000), np.nan, np.float32)
    data[0, 500:3000] = 1000
    data[0, 1500] += 500
    data[0, 3200:] = -5e6
    out = filter_segment(Segment(0.0, data), 100.0, 2.0, 0.0).data
    assert out.dtype == np.float32
    assert np.array_equal(np.isnan(out), np.isnan(data))
    assert np.abs(out[0, 500:1500]).max() < 1e-6
    assert np.abs(out[0, 1500:1600]).max() > 100
    assert np.abs(out[0, 3200:]).max() < 1e-2


@pytest.mark.parametrize(("highpass", "lowpass", "kept"), [(5, 0, 20), (0, 5, 1), (2, 10, 5)])
def test_the_filter_passes_what_it_should(highpass: float, lowpass: float, kept: float) -> None:
    time = np.arange(3000) / 100
    for hertz in (0.2, 1, 5, 20, 45):
        data = np.tile(np.sin(2 * np.pi * hertz * time), (3, 1)).astype(np.float32)
        out = filter_segment(Segment(0.0, data), 100.0, highpass, lowpass).data
        gain = np.abs(out[:, 2000:]).max()
        if hertz == kept:
            assert gain == pytest.approx(1, abs=0.05)
        elif (highpass and hertz < highpass / 2) or (lowpass and hertz > lowpass * 2):
            assert gain < 0.1


def test_each_run_is_filtered_by_itself() -> None:
    rng = np.random.default_rng(4)
    data = rng.normal(0, 100, (3, 50_000)).astype(np.float32)
    data[:, rng.choice(50_000, 60)] = np.nan
    data[1] = np.nan
    out = filter_segment(Segment(0.0, data), 100.0, 2.0, 0.0).data
    gaps = np.flatnonzero(np.isnan(data[0]))
    for first, end in zip(gaps[:-1] + 1, gaps[1:], strict=True):
        alone = filter_segment(Segment(0.0, data[:, first:end]), 100.0, 2.0, 0.0).data
        assert np.array_equal(out[:, first:end], alone, equal_nan=True)


@pytest.mark.parametrize("other", [{"station": "DEF"}, {"n_samples": 900}])
def test_a_trace_that_is_not_that_of_the_headers_is_refused(tmp_path: Path, other: dict) -> None:
    path = write(tmp_path / "a.gse", trace(noise(1000)), format="GSE2")
    recording = only(path)
    written = trace(noise(other.pop("n_samples", 1000)), **other)
    write(path, written, format="GSE2")
    report = Report()
    data = waveforms.read(recording, *recording.span(), report).data
    assert np.isnan(data).all()
    (problem,) = report.of_kind("skipped")
    assert "trace 1 is not the one of its headers" in problem.message
    with pytest.raises(DeepQuakeError, match=r"a\.gse"):
        waveforms.read(recording, *recording.span())


def test_a_file_that_cannot_be_read_after_all_is_reported_once(tmp_path: Path) -> None:
    path = write(tmp_path / "a.gse", trace(noise(5000)), format="GSE2")
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    write(tmp_path / "b.mseed", trace(noise(5000), start=START + 50))
    recording, report = only(tmp_path), Report()
    segment = waveforms.read(recording, *recording.span(), report)
    assert np.isnan(segment.data[0, :5000]).all() and np.isfinite(segment.data[0, 5000:]).all()
    (problem,) = report.of_kind("skipped")
    assert problem.path == str(path) and "cannot be read" in problem.message
    with pytest.raises(DeepQuakeError, match="a.gse"):
        waveforms.read(recording, *recording.span())
    with pytest.raises(DeepQuakeError, match="a.gse"):
        waveforms.write_stream(recording, tmp_path / "out.mseed")
    assert not list(tmp_path.glob("*out.mseed"))


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
    for recording in scan(path, CONFIG, report):
        waveforms.write_stream(recording, tmp_path / "out", report)
        waveforms.read(recording, recording.start_s, recording.start_s + 60, report)
