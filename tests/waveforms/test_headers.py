"""Oddities of miniSEED headers: rates of 0 that neighbours settle, times that cannot be."""

import struct
from pathlib import Path

import numpy as np
import pytest

from deepquake.waveforms import pieces
from deepquake.waveforms.headers import NO_RATE, SETTLED
from deepquake.waveforms.mseed import index_file
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

RATE = slice(32, 36)  # bytes of the rate's factor and multiplier in a header of version 2
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
    start = START.__class__(year, 12, 31) if year > 1900 else START
    path = write(tmp_path / "a", trace(noise(900), start=start), reclen=512, byteorder=byteorder)
    records = stored(path).copy()
    records[:, 20:24] = list(struct.pack(f"{byteorder}HH", year, 366))
    path.write_bytes(records.tobytes())
    assert bool(len(index_file(path).headers)) == is_there


def test_new_year_is_no_day_366(tmp_path: Path) -> None:
    start = START.__class__(2023, 12, 31, 23, 59, 50)
    path = write(tmp_path / "a", trace(noise(3000), start=start), reclen=512)
    assert same(vertical(path), noise(3000))


def test_minute_69_is_damage(shared_cases: Path) -> None:
    folder = shared_cases / "faults" / "x_minute.mseed"
    ((recording,), report) = scanned(folder)
    assert recording.n_samples == 72_000 and "4096 bytes in 1 place are damaged" in messages(report)
