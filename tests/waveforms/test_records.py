"""Oddities of records are settled, or told with their seconds, and never spoil the rest."""

import struct
from pathlib import Path

import numpy as np
import pytest
from obspy import UTCDateTime

from deepquake.core.report import Report
from deepquake.waveforms import pieces
from deepquake.waveforms.mseed import index_file
from deepquake.waveforms.reading import read
from deepquake.waveforms.recording import Recording
from deepquake.waveforms.records import (
    APART,
    DISAGREEING,
    DISTANT,
    DISTRUSTED,
    NO_RATE,
    SETTLED,
    UNFIT,
    WRONG_YEAR,
)
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
    write,
)

RATE, YEAR = slice(32, 36), slice(20, 22)  # bytes of a header of version 2
TIMES = {  # of a field of the start time: its byte, its format, numbers that cannot be
    "year": (20, ">H", [0, 1899, 2101]),
    "day": (22, ">H", [0, 367, 999]),
    "hour": (24, "B", [24, 99]),
    "minute": (25, "B", [60, 69, 255]),
    "second": (26, "B", [61, 99]),
    "fraction": (28, ">H", [10_000, 65_535]),
}


def silenced(path: Path, numbers: list[int]) -> Path:
    """Write a rate of 0 into the headers of some records of a file."""
    records = stored(path).copy()
    records[numbers, RATE] = 0
    path.write_bytes(records.tobytes())
    return path


def test_records_of_rate_0_are_used_where_their_neighbours_settle_it(shared_cases: Path) -> None:
    ((recording,), report) = scanned(shared_cases / "waveforms" / "09_records_of_rate_0")
    assert [s.n_samples for s in recording.stretches] == [180_000]
    (problem,) = report.problems
    assert problem.kind == "note" and problem.seconds == pytest.approx(256, abs=1)
    assert "tell no sampling rate are read at that of their neighbours" in problem.message


@pytest.mark.parametrize(
    "numbers", [[0], [5], [-1], [0, 1, 2], [4, 5, 6, 7], [-2, -1], list(range(1, 80, 2))]
)
def test_a_rate_is_settled_anywhere_in_a_file(tmp_path: Path, numbers: list[int]) -> None:
    path = write(tmp_path / "a", trace(noise(20_000)), reclen=512)
    silenced(path, numbers)
    assert (index_file(path).headers["state"] == SETTLED).sum() == len(numbers)
    assert same(vertical(path), noise(20_000))


def test_a_rate_is_settled_within_each_channel(tmp_path: Path) -> None:
    path = write(tmp_path / "a", *three(5000), reclen=512)
    whole = stored(path)
    path.write_bytes(whole[np.random.default_rng(1).permutation(len(whole))].tobytes())
    silenced(path, [3, 4, 9])
    for row, component in zip(only(path).pieces.values(), "ZNE", strict=True):
        assert sum(piece.n_samples for piece in row) == 5000, component


def test_a_rate_that_nothing_settles_is_left_out_and_said(tmp_path: Path) -> None:
    early, late = trace(noise(5000)), trace(noise(300), start=START + 3600)
    fast = trace(noise(9000), start=START + 7200, rate=200)
    path = write(tmp_path / "a", early, late, fast, reclen=512)
    n_early = len(stored(write(tmp_path / "early" / "a", early, reclen=512)))
    silenced(path, [n_early, n_early + 1])  # all of the late one, apart, between two rates
    found = index_file(path)
    assert found.lost["state"].tolist() == [NO_RATE] * 2
    ((recording,), report) = scanned(path)
    assert sum(s.n_samples for s in recording.stretches) == 5000 + 4500
    assert "tell no sampling rate, which no neighbour settles, are left out" in messages(report)


def test_a_file_without_any_rate_says_so(tmp_path: Path) -> None:
    path = write(tmp_path / "a", trace(noise(3000)), reclen=512)
    silenced(path, list(range(len(stored(path)))))
    recordings, report = scanned(path)
    assert not recordings and "tell no sampling rate" in messages(report)


def test_rates_are_settled_in_a_part_of_a_big_file(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(pieces, "LARGE_FILE", 1000)
    monkeypatch.setattr(pieces, "SMALL_FILE", 1000)
    monkeypatch.setattr(pieces, "RECORDS_PER_PIECE", 4)
    monkeypatch.setattr(pieces, "GAP_JOINED", 0)
    path = write(tmp_path / "a", trace(noise(20_000)), reclen=512)
    silenced(path, [0, 3, 4, 8, 9, 10, 11, 12, 30, -1])
    assert same(vertical(path), noise(20_000))


@pytest.mark.parametrize("name", TIMES)
def test_a_time_that_cannot_be_costs_its_record(tmp_path: Path, name: str) -> None:
    at, kind, numbers = TIMES[name]
    for number in numbers:
        path = write(tmp_path / "a", trace(noise(5000)), reclen=512)
        records = stored(path).copy()
        records[3, at : at + struct.calcsize(kind)] = list(struct.pack(kind, number))
        path.write_bytes(records.tobytes())
        found = index_file(path)
        assert len(found.headers) == len(records) - 1 and found.damaged == [512], number
        ((recording,), report) = scanned(path)
        assert len(recording.stretches) == 2 and "512 bytes in 1 place" in messages(report)


@pytest.mark.parametrize("byteorder", ["<", ">"])
@pytest.mark.parametrize(("year", "is_there"), [(2023, False), (2024, True), (1900, False)])
def test_day_366_is_of_leap_years_alone(
    tmp_path: Path, year: int, is_there: bool, byteorder: str
) -> None:
    start = UTCDateTime(year, 12, 31) if year > 1900 else START
    path = write(tmp_path / "a", trace(noise(900), start=start), reclen=512, byteorder=byteorder)
    records = stored(path).copy()
    records[:, 20:24] = list(struct.pack(f"{byteorder}HH", year, 366))
    path.write_bytes(records.tobytes())
    assert bool(len(index_file(path).headers)) == is_there


def test_new_year_is_no_day_366(tmp_path: Path) -> None:
    start = UTCDateTime(2023, 12, 31, 23, 59, 50)
    path = write(tmp_path / "a", trace(noise(3000), start=start), reclen=512)
    assert same(vertical(path), noise(3000))


def test_minute_69_is_damage(shared_cases: Path) -> None:
    folder = shared_cases / "faults" / "x_minute.mseed"
    ((recording,), report) = scanned(folder)
    assert recording.n_samples == 72_000 and "4096 bytes in 1 place are damaged" in messages(report)


def read_twice(recording: Recording, report: Report) -> np.ndarray:
    """Return the vertical of a recording, read as a whole after some parts of it."""
    begin, end = recording.span()
    for first in (begin, begin + 5, begin + 20):
        read(recording, first, first + 30, report=report)
    return read(recording, begin, end, report=report).data[0]


def test_a_record_that_does_not_fit_its_check_value_is_left_out(shared_cases: Path) -> None:
    ((recording,), report) = scanned(shared_cases / "faults" / "mseed_overlap_disagrees.mseed")
    read_twice(recording, report)
    (problem,) = report.problems
    assert problem.message == UNFIT
    assert problem.seconds == pytest.approx(38.56) and "XX.ABC..HHE: 38.6 s in 1 place" in str(
        problem
    )


@pytest.mark.parametrize("encoding", ["STEIM1", "STEIM2"])
@pytest.mark.parametrize("byteorder", ["<", ">"])
def test_a_changed_difference_is_noticed(tmp_path: Path, encoding: str, byteorder: str) -> None:
    options = {"encoding": encoding, "byteorder": byteorder, "reclen": 512}
    path = write(tmp_path / "a", trace(noise(20_000)), **options)
    records = stored(path).copy()
    records[7, 64 + 100] ^= 1
    path.write_bytes(records.tobytes())
    ((recording,), report) = scanned(path)
    row = read_twice(recording, report)
    (problem,) = report.of_kind("skipped")
    assert problem.message == UNFIT
    assert np.isnan(row).sum() == round(problem.seconds * 100) > 100


def test_check_values_that_are_never_right_are_not_believed(tmp_path: Path) -> None:
    path = write(tmp_path / "a", trace(noise(20_000)), reclen=512)
    records = stored(path).copy()
    records[:, 64 + 11] ^= 1
    path.write_bytes(records.tobytes())
    ((recording,), report) = scanned(path)
    assert np.isfinite(read_twice(recording, report)).all()
    (problem,) = report.of_kind("note")
    assert problem.message == DISTRUSTED and problem.seconds == pytest.approx(200)


def test_check_values_of_0_are_none(tmp_path: Path) -> None:
    path = write(tmp_path / "a", trace(noise(20_000)), reclen=512)
    records = stored(path).copy()
    records[::3, 64 + 8 : 64 + 12] = 0
    path.write_bytes(records.tobytes())
    ((recording,), report) = scanned(path)
    assert np.isfinite(read_twice(recording, report)).all() and not report.problems


def test_overlaps_that_disagree_are_told_once_with_their_seconds(tmp_path: Path) -> None:
    data, other = noise(20_000), noise(3000, seed=2)
    path = write(tmp_path / "a", trace(data), trace(other, start=START + 50), reclen=512)
    ((recording,), report) = scanned(path)
    row = read_twice(recording, report)
    (problem,) = report.of_kind("skipped")
    assert problem.message == DISAGREEING
    assert problem.seconds == pytest.approx(30, abs=0.1)
    assert np.isnan(row).sum() == pytest.approx(3000, abs=20)


def test_overlaps_that_agree_are_not_told(tmp_path: Path) -> None:
    data = noise(20_000)
    again = trace(data[5000:8000], start=START + 50)
    path = write(tmp_path / "a", trace(data), again, reclen=512)
    ((recording,), report) = scanned(path)
    assert np.isfinite(read_twice(recording, report)).all() and not report.problems


def test_stray_bytes_within_plain_numbers_cost_their_record(tmp_path: Path) -> None:
    path = write(tmp_path / "a", trace(noise(20_000)), reclen=512, encoding="INT32")
    content, at = path.read_bytes(), 9 * 512 + 200
    for stray in (b"x", b"xyz", b"x" * 100):
        for content_now in (content, content[: 10 * 512]):  # within the file, and at its end
            path.write_bytes(content_now[:at] + stray + content_now[at:])
            ((recording,), report) = scanned(path)
            row = read(recording, *recording.span()).data[0]
            first = row[0] - float(noise(20_000)[0])
            good = np.isfinite(row)
            assert np.allclose(row[good], noise(20_000)[: len(row)][good] + first)
            assert "stray bytes behind them, are left out" in messages(report)
            path.unlink()


def with_year(path: Path, number: int, year: int) -> Path:
    """Write another year into one record of a file, as an instrument without its clock does."""
    records = stored(path).copy()
    records[number, YEAR] = list(year.to_bytes(2, "big"))
    path.write_bytes(records.tobytes())
    return path


@pytest.mark.parametrize("year", [1900, 1980, 2022, 2026, 2099])
@pytest.mark.parametrize("number", [0, 7, -2])
def test_a_record_of_another_year_is_left_out(tmp_path: Path, year: int, number: int) -> None:
    path = write(tmp_path / "a", *three(20_000), reclen=512)
    with_year(path, number, year)
    recording = only(path, report := Report())
    assert recording.span()[1] - recording.span()[0] < 201
    (problem,) = report.of_kind("skipped")
    assert problem.message == WRONG_YEAR and 1 < problem.seconds < 3


def test_the_record_of_1985(shared_cases: Path) -> None:
    ((recording,), report) = scanned(shared_cases / "faults" / "x_year.mseed")
    assert recording.n_samples == 72_000
    assert "XX.CERV..EHN: 51.8 s in 1 place, from 1985-03-20" in messages(report)


def test_events_of_many_years_in_one_file_are_all_used(tmp_path: Path) -> None:
    years = [item for k in range(3) for item in three(3000, START + k * 400 * 86400)]
    path = write(tmp_path / "a", *years, reclen=512)
    recordings, report = scanned(path)
    assert [r.n_samples for r in recordings] == [3000] * 3
    assert len({r.name for r in recordings}) == 3
    (problem,) = report.problems
    assert problem.kind == "note" and problem.message == APART


def test_a_file_of_another_year_is_used_and_told(tmp_path: Path) -> None:
    write(tmp_path / "a", *three(20_000), reclen=512)
    write(tmp_path / "b", *three(1000, UTCDateTime(1985, 3, 1), station="OLD"), reclen=512)
    recordings, report = scanned(tmp_path)
    assert [recording.station for recording in recordings] == ["ABC", "OLD"]
    (problem,) = report.problems
    assert problem.kind == "note" and problem.message == DISTANT and problem.path.endswith("b")
    write(tmp_path / "c", *three(20_000, UTCDateTime(1995, 3, 1), station="OLD"), reclen=512)
    assert not scanned(tmp_path)[1].problems


def test_other_formats_have_wrong_years_too(tmp_path: Path) -> None:
    parts = [*three(9000), trace(noise(300), "HHZ", START - 10 * 366 * 86400)]
    path = write(tmp_path / "a.gse", *parts, format="GSE2")
    ((recording,), report) = scanned(path)
    assert recording.n_samples == 9000 and WRONG_YEAR in messages(report)
