"""miniSEED: no record is lost but those that cannot be read, and what is written is read again."""

import io
import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import obspy
import pytest
from pymseed import MS3Record, nslc2sourceid

from deepquake.waveforms import mseed
from deepquake.waveforms.mseed import decode, index_file, looks_like_mseed, packed
from deepquake.waveforms.reading import read
from deepquake.waveforms.recording import Codes
from deepquake.waveforms.records import start_s as begin_of
from tests.waveforms.waveform_files import (
    START,
    messages,
    noise,
    only,
    same,
    scanned,
    stored,
    three,
    trace,
    vertical,
    whole,
    write,
)

CODES = [
    Codes("XX", "DAY", "", "HHZ"),
    Codes("Y", "F", "00", "Z"),
    Codes("", "ABCDE", "10", "UD"),
    Codes("XX", "N-1", "", ""),
]
# seconds beyond midnight, before and after 1970, across the new year and a leap day
STARTS_S = np.add.outer(
    [1704067200.0, 1709164799.0, 1735689599.0, -86400.0],
    [0.0, 0.1, 0.0001, 0.00005, 0.000149, 0.00015, 0.999999, 0.99995, 0.1234567],
).ravel()


def samples_of(path: Path) -> np.ndarray:
    """Return the samples of all records of a file, in its order."""
    samples, good = decode(np.fromfile(path, np.uint8), index_file(path).headers)
    assert good.all()
    return samples


@pytest.mark.parametrize(
    ("name", "n_bytes", "n_lost"),
    [
        ("01_stray_100_bytes", 100, 0),
        ("02_partial_record_early", 300, 1),
        ("03_partial_record_late", 300, 1),
    ],
)
def test_the_next_record_is_found_behind_a_bad_stretch(
    shared_cases: Path, name: str, n_bytes: int, n_lost: int
) -> None:
    folder = shared_cases / "waveforms" / name
    ((recording,), report) = scanned(folder)
    assert sum(s.n_samples for s in recording.stretches) > 360_000 - 400 * n_lost - 1
    assert f"{n_bytes} bytes in 1 place are damaged" in messages(report)
    row = vertical(folder)
    assert np.isfinite(row).sum() == sum(s.n_samples for s in recording.stretches)


def test_version_3_is_read_as_version_2(shared_cases: Path) -> None:
    third, second = (
        index_file(shared_cases / "waveforms" / "11_miniseed3" / name)
        for name in ("testdata-3channel-signal.mseed3", "example_data.mseed")
    )
    assert third.sources == second.sources and len(third.sources) == 3
    for name in ("source", "start_ns", "n_samples", "rate_hz"):
        assert np.array_equal(third.headers[name], second.headers[name])


def version_3(samples: np.ndarray) -> bytes:
    """Return samples as records of miniSEED 3."""
    record = MS3Record(reclen=512)
    record.sourceid = nslc2sourceid("XX", "ABC", "", "HHZ")
    record.samprate, record.starttime = 100.0, START.ns
    return b"".join(record.generate(samples, "i"))


def test_a_version_3_file_is_known_and_its_check_value_used(tmp_path: Path) -> None:
    content = version_3(noise(20_000))
    path = tmp_path / "a"
    path.write_bytes(content)
    assert looks_like_mseed(content[:16])
    assert same(vertical(path), noise(20_000))
    third = index_file(path).headers["offset"][2]
    path = tmp_path / "b"  # the same one, as large and changed at once, would be taken for itself
    path.write_bytes(content[: third + 200] + b"x" + content[third + 201 :])
    ((recording,), report) = scanned(path)
    assert len(recording.stretches) == 2
    assert "do not fit their check value are left out (XX.ABC..HHZ: 2.22 s" in messages(report)


@pytest.mark.parametrize("cut", [1, 47, 100, 300, 511])
@pytest.mark.parametrize("record", [0, 3, -2])
def test_a_record_that_lacks_its_end_costs_itself(tmp_path: Path, cut: int, record: int) -> None:
    path = write(tmp_path / "a", trace(noise(20_000)), reclen=512)
    records = [row.tobytes() for row in stored(path)]
    n_samples = index_file(path).headers["n_samples"]
    records[record] = records[record][:cut]
    path.write_bytes(b"".join(records))
    found = index_file(path)
    assert len(found.headers) == len(records) - 1 and found.damaged == [cut]
    assert np.array_equal(found.headers["n_samples"], np.delete(n_samples, record))


@pytest.mark.parametrize("exponent", [8, 12, 17])
def test_a_record_that_tells_a_wrong_length_costs_itself(tmp_path: Path, exponent: int) -> None:
    path = write(tmp_path / "a", trace(noise(20_000)), reclen=512)
    records = stored(path).copy()
    assert records[7, 48:50].tolist() == [3, 232]  # blockette 1000
    records[7, 54] = exponent
    path.write_bytes(records.tobytes())
    row = vertical(path)
    good = np.isfinite(row)
    assert len(row) == 20_000 and good.sum() > 19_500
    assert same(row[good], noise(20_000)[good])


@pytest.mark.parametrize("stray", [b"x", b"\0" * 512, b"000123D rubbish" * 40, bytes(range(256))])
def test_bytes_between_records_cost_no_record(tmp_path: Path, stray: bytes) -> None:
    path = write(tmp_path / "a", trace(noise(20_000)), reclen=512)
    records = [row.tobytes() for row in stored(path)]
    for place in (0, 5, len(records)):
        path.write_bytes(b"".join([*records[:place], stray, *records[place:]]))
        found = index_file(path)
        assert len(found.headers) == len(records)
        assert sum(found.damaged) + found.n_left == len(stray)


@pytest.mark.parametrize("encoding", ["STEIM2", "FLOAT32"])
@pytest.mark.parametrize("block", [1 << 24, 9000])
def test_stray_and_missing_bytes_cost_one_record_anywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str, block: int
) -> None:
    """The length of records may be any, and the file be read in blocks of any size."""
    monkeypatch.setattr(mseed, "BYTES_AT_A_TIME", block)
    rng = np.random.default_rng(5)
    kind = np.int32 if encoding == "STEIM2" else np.float32
    parts = []
    for k, length in enumerate((512, 4096, 256)):
        item = trace(noise(9000, k).astype(kind), start=START + 90 * k)
        path = write(tmp_path / f"{length}", item, reclen=length, encoding=encoding)
        parts.append(path.read_bytes())
    content, path = b"".join(parts), tmp_path / "a"
    path.write_bytes(content)
    sound = index_file(path).headers
    for _ in range(100):
        number = rng.integers(len(sound))
        length = int(sound["length"][number])
        within = int(rng.choice([0, 1, 6, 8, 20, 48, 64, length - 1, rng.integers(64, length)]))
        at, size = int(sound["offset"][number]) + within, int(rng.choice([1, 7, 48, 300, 2000]))
        missing = 0 if rng.integers(2) else min(size, length - within)
        stray = b"" if missing else rng.integers(0, 256, size, np.uint8).tobytes()
        path.write_bytes(content[:at] + stray + content[at + missing :])
        found = index_file(path).headers["start_ns"]
        assert len(set(sound["start_ns"]) - set(found)) <= 1, (number, within, missing, size)


def test_long_stretches_of_no_records_are_soon_behind(tmp_path: Path) -> None:
    """A file that was made in its full length before records were written ends on zeros."""
    path = write(tmp_path / "a", trace(noise(5000)), reclen=512)
    n_bytes = path.stat().st_size
    os.truncate(path, 1 << 25)
    begin_s = time.process_time()
    found = index_file(path)
    assert time.process_time() - begin_s < 5
    assert sum(found.damaged) + found.n_left == (1 << 25) - n_bytes and len(found.headers) > 9
    with path.open("ab") as file:
        file.write(path.read_bytes()[:n_bytes])
    assert len(index_file(path).headers) == 2 * len(found.headers)


def test_headers_in_front_of_the_records_are_no_damage(tmp_path: Path) -> None:
    path = write(tmp_path / "a", trace(noise(5000)), reclen=512)
    content = path.read_bytes()
    path.write_bytes(b"000001V 0100087 2.4".ljust(512) + b"000002A ".ljust(512) + content)
    assert looks_like_mseed(path.read_bytes()[:64])
    ((recording,), report) = scanned(path)
    assert not report.problems and recording.n_samples == 5000


def test_a_log_among_the_records_is_no_record_of_samples(tmp_path: Path) -> None:
    log = MS3Record(reclen=512, encoding=0)
    log.formatversion, log.sourceid, log.starttime = 2, "FDSN:XX_ABC__L_O_G", START.ns
    text = b"".join(log.generate("all is well " * 20, "t"))
    path = write(tmp_path / "a", trace(noise(5000)), reclen=512)
    path.write_bytes(text + path.read_bytes())
    ((recording,), report) = scanned(path)
    assert not report.problems and recording.n_samples == 5000


def test_a_file_is_indexed_a_part_at_a_time(tmp_path: Path, monkeypatch) -> None:
    path = write(tmp_path / "a", *three(20_000), reclen=512)
    path.write_bytes(path.read_bytes()[:-100])
    at_once = index_file(path)
    monkeypatch.setattr(mseed, "BYTES_AT_A_TIME", 5000)
    parts = index_file(path)
    assert np.array_equal(parts.headers, at_once.headers) and parts.n_left == at_once.n_left == 412
    assert not parts.damaged
    some = index_file(path, first_byte=1024, n_bytes=2048)
    assert some.headers["offset"].tolist() == [1024, 1536, 2048, 2560]


def test_a_record_that_cannot_be_decoded_is_left_out_and_said(tmp_path: Path) -> None:
    path = write(tmp_path / "a", trace(noise(20_000)), reclen=512)
    records = stored(path).copy()
    records[[9, 20], 64:128] = 255
    path.write_bytes(records.tobytes())
    n_samples = index_file(path).headers["n_samples"]
    ((recording,), report) = scanned(path)
    for _ in range(2):
        row = read(recording, *recording.span(), report=report).data[0]
    assert np.isnan(row).sum() == n_samples[[9, 20]].sum()
    (problem,) = report.of_kind("skipped")
    assert problem.message == "records that cannot be decoded are left out"
    assert problem.seconds == pytest.approx(n_samples[[9, 20]].sum() / 100)
    assert f"XX.ABC..HHZ: {problem.seconds:.2f} s in 2 places, the first from" in str(problem)


def test_libmseed_prints_nothing_of_its_own(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path / "a", trace(noise(5000)), reclen=512)
    records = stored(path).copy()
    records[[2, 5], 64:128] = 255
    path.write_bytes(records.tobytes())
    for _ in range(2):
        with ThreadPoolExecutor(1) as other:  # step 6 reads ahead in a thread
            other.submit(vertical, path).result()
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("codes", CODES, ids=str)
@pytest.mark.parametrize("kind", [np.int32, np.float32, np.float64])
def test_what_is_written_is_read_again(tmp_path: Path, codes: Codes, kind: type) -> None:
    data = noise(3000).astype(kind)
    for start_s in STARTS_S.tolist():
        content = packed(codes, rate_hz=50.0, start_s=start_s, samples=data)
        (tmp_path / "a").write_bytes(content)
        (item,) = obspy.read(io.BytesIO(content))
        names = (item.stats.network, item.stats.station, item.stats.location, item.stats.channel)
        assert Codes(*names) == codes
        assert item.stats.starttime.ns == round(start_s * 1e6) * 1000
        assert item.stats.sampling_rate == 50 and len(content) % 4096 == 0
        assert item.data.dtype == kind and np.array_equal(item.data, data)
        found = index_file(tmp_path / "a")
        assert content[:7] == b"000001D" and found.sources == [codes]
        assert begin_of(found.headers)[0] == pytest.approx(start_s, abs=1e-6)
        assert np.array_equal(samples_of(tmp_path / "a"), data)


def test_codes_longer_than_a_header_are_cut_and_others_made_fit() -> None:
    content = packed(Codes("XXX", "A_Bö EF", "101", "HHZZ"), 100.0, 0.0, np.zeros(9, np.int32))
    assert content[8:20] == b"A-B--10HHZXX"


@pytest.mark.parametrize("step", [2**28, 2**29 - 1, 2**29, 2**31 - 1])
def test_whole_numbers_of_any_step_are_written(tmp_path: Path, step: int) -> None:
    data = np.array([0, step, 0, -step, 0, 5] * 500, np.int32)
    path = tmp_path / "a"
    path.write_bytes(packed(CODES[0], rate_hz=100.0, start_s=0.0, samples=data))
    assert np.array_equal(samples_of(path), data)
    encoding = obspy.read(str(path))[0].stats.mseed.encoding
    assert encoding == ("STEIM2" if step < 2**29 else "INT32")


def test_records_of_one_file_may_differ_in_length_and_sensor(tmp_path: Path) -> None:
    for number, length in enumerate((256, 512, 4096)):
        write(tmp_path / str(number), *three(3000, START + 30 * number), reclen=length)
    both = tmp_path / "all"
    both.write_bytes(b"".join((tmp_path / str(number)).read_bytes() for number in range(3)))
    assert set(index_file(both).headers["length"].tolist()) == {256, 512, 4096}
    segment = whole(both)
    for row, item in zip(segment.data, three(3000), strict=True):
        expected = np.tile(item.data, 3)
        assert same(row, expected)
    assert only(both).n_samples == 9000


@pytest.mark.parametrize(
    "head", [b"", b"000001", b"GSE2", b" " * 64, b"\0" * 64, b"MS\x02\0\0\0\0\0"]
)
def test_other_files_are_not_miniseed(head: bytes) -> None:
    assert not looks_like_mseed(head)
