"""What of files is lost or doubtful: said with its seconds, and never spoils the rest."""

from pathlib import Path

import numpy as np
import pytest

from deepquake.core.report import Report
from deepquake.waveforms import losses
from deepquake.waveforms.reading import read
from deepquake.waveforms.recording import Recording
from tests.waveforms.waveform_files import (
    START,
    messages,
    noise,
    only,
    scanned,
    stored,
    three,
    trace,
    write,
)

YEAR = slice(20, 22)  # bytes of a header


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
    assert problem.message == losses.UNFIT
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
    assert problem.message == losses.UNFIT
    assert np.isnan(row).sum() == round(problem.seconds * 100) > 100


def test_check_values_that_are_never_right_are_not_believed(tmp_path: Path) -> None:
    path = write(tmp_path / "a", trace(noise(20_000)), reclen=512)
    records = stored(path).copy()
    records[:, 64 + 11] ^= 1
    path.write_bytes(records.tobytes())
    ((recording,), report) = scanned(path)
    assert np.isfinite(read_twice(recording, report)).all()
    (problem,) = report.of_kind("note")
    assert problem.message == losses.DISTRUSTED and problem.seconds == pytest.approx(200)


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
    assert problem.message == losses.DISAGREEING
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
    assert problem.message == losses.WRONG_YEAR and 1 < problem.seconds < 3


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
    assert problem.kind == "note" and problem.message == losses.APART


def test_other_formats_have_wrong_years_too(tmp_path: Path) -> None:
    parts = [*three(9000), trace(noise(300), "HHZ", START - 10 * 366 * 86400)]
    path = write(tmp_path / "a.gse", *parts, format="GSE2")
    ((recording,), report) = scanned(path)
    assert recording.n_samples == 9000 and losses.WRONG_YEAR in messages(report)
