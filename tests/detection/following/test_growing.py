"""A folder that grows: what is new in it is found from the new bytes alone."""

import os
from pathlib import Path

import numpy as np
import pytest

from deepquake.core.report import Report
from deepquake.detection.following.growing import (
    IS_AWAY,
    IS_EMPTY,
    IS_LATE,
    LEFT_SHORT,
    MOST_SHORT,
    GrowingRecords,
    add_piece,
)
from deepquake.waveforms.pieces import find_pieces
from deepquake.waveforms.recording import Codes, Piece
from tests.detection.following.played import START_S, made_packets, write_all

RATE = 100.0


def file_packets() -> tuple[Path, list[bytes]]:
    """Return the name of a file and its records."""
    packets = made_packets()
    path = packets[0][0]
    return path, [data for of, data in packets if of == path]


def test_only_what_is_new_is_told(tmp_path: Path) -> None:
    path, records = file_packets()
    growing, report = GrowingRecords(tmp_path, RATE), Report()
    assert growing.look(report) == {}
    write_all(tmp_path, [(path, b"".join(records[:5]) + records[5][:100])])
    first = growing.look(report)[tmp_path / path]
    assert first[0, 0] == START_S
    assert growing.look(report) == {}, "half a record is none"
    write_all(tmp_path, [(path, records[5][100:] + records[6])])
    second = growing.look(report)[tmp_path / path]
    assert second[0, 0] == pytest.approx(first[0, 1], abs=1e-3)
    whole = find_pieces(tmp_path / path, RATE, report)
    assert second[0, 1] == pytest.approx(whole[0].end_s, abs=1e-3)
    (piece,) = growing.pieces()[tmp_path / path]
    assert piece[:-1] == whole[0][:-1], "but for the edition"
    assert not report.problems


def test_a_file_that_takes_the_place_of_another_has_grown_or_is_another(tmp_path: Path) -> None:
    path, records = file_packets()
    growing, report = GrowingRecords(tmp_path, RATE), Report()
    write_all(tmp_path, [(path, b"".join(records[:8]))])
    before = growing.look(report)[tmp_path / path]
    for first, end in ((0, 12), (4, 12)):
        (tmp_path / ".copy").write_bytes(b"".join(records[first:end]))
        os.replace(tmp_path / ".copy", tmp_path / path)
        after = growing.look(report)[tmp_path / path]
        assert after[0, 0] == (pytest.approx(before[0, 1], abs=1e-3) if not first else START_S)
    assert after[0, 0] == START_S, "what is gone is told too"
    write_all(tmp_path, [(Path("other.mseed"), records[0])])
    growing.look(report)
    os.unlink(tmp_path / path)
    assert growing.look(report)[tmp_path / path][0, 0] > START_S
    assert [*growing.pieces()] == [tmp_path / "other.mseed"]


def test_files_of_other_formats_are_read_anew(tmp_path: Path) -> None:
    from obspy import Trace, UTCDateTime

    header = {"sampling_rate": RATE, "station": "A", "starttime": UTCDateTime(START_S)}
    trace = Trace(np.ones(1000, np.float32), header)
    growing = GrowingRecords(tmp_path, RATE)
    for n_samples in (500, 1000):
        trace.copy().slice(endtime=trace.stats.starttime + n_samples / RATE).write(
            str(tmp_path / "a.sac"), format="SAC"
        )
        (spans,) = growing.look(Report()).values()
        assert spans[0, 1] - spans[0, 0] == pytest.approx(min(n_samples + 1, 1000) / RATE, abs=1e-3)


def test_old_files_are_left_alone_and_late_records_told(tmp_path: Path) -> None:
    path, records = file_packets()
    growing, report = GrowingRecords(tmp_path, RATE), Report()
    write_all(tmp_path, [(path, b"".join(records[:8]))])
    growing.look(report)
    growing.forget(START_S + 86400 * 2)
    assert not growing.files and growing.old
    write_all(tmp_path, [(path, records[8])])
    (tmp_path / "new").mkdir()  # a folder has changed: all files are looked at
    assert growing.look(report) == {}
    assert [problem.message for problem in report.problems] == [IS_LATE]
    new = [path.with_name(path.name.replace("HH", band)) for band in ("EH", "BH")]
    write_all(tmp_path, [(name, records[0]) for name in new])
    assert growing.look(report) == {}
    assert report.problems[-1].message == f"{IS_LATE} (and of 1 other file)"


def test_files_that_were_old_from_the_start_are_not_told(tmp_path: Path) -> None:
    path, records = file_packets()
    growing, report = GrowingRecords(tmp_path, RATE, since_s=START_S + 86400 * 2), Report()
    write_all(tmp_path, [(path, records[0]), (Path("a.mseed"), records[0])])
    assert growing.look(report) == {}
    assert not report.problems


def test_a_folder_that_is_away_is_waited_for(tmp_path: Path) -> None:
    path, records = file_packets()
    growing, report = GrowingRecords(tmp_path / "sds", RATE), Report()
    write_all(tmp_path / "sds", [(path, records[0])])
    growing.look(report)
    os.rename(tmp_path / "sds", tmp_path / "away")
    assert growing.look(report) == {}
    assert [problem.message for problem in report.problems] == [IS_AWAY]
    assert growing.pieces(), "nothing is taken back"
    write_all(tmp_path / "away", [(path, records[1])])
    os.rename(tmp_path / "away", tmp_path / "sds")
    assert growing.look(report)[tmp_path / "sds" / path][0, 0] > START_S


def test_a_disk_that_is_away_leaves_an_empty_folder(tmp_path: Path) -> None:
    path, records = file_packets()
    growing, report = GrowingRecords(tmp_path / "sds", RATE), Report()
    write_all(tmp_path / "sds", [(path, records[0])])
    growing.look(report)
    os.rename(tmp_path / "sds", tmp_path / "away")
    (tmp_path / "sds").mkdir()
    assert growing.look(report) == growing.look(report) == {}
    assert [problem.message for problem in report.problems] == [IS_EMPTY] * 2
    assert growing.pieces(), "nothing is taken back"
    write_all(tmp_path / "away", [(path, records[1])])
    (tmp_path / "sds").rmdir()
    os.rename(tmp_path / "away", tmp_path / "sds")
    assert growing.look(report)[tmp_path / "sds" / path][0, 0] > START_S
    (tmp_path / "sds" / path).unlink()
    write_all(tmp_path / "sds", [(Path("new.mseed"), records[2])])
    assert len(growing.look(report)) == 2, "other records have taken their place"


def test_a_new_folder_is_seen(tmp_path: Path) -> None:
    path, records = file_packets()
    growing, report = GrowingRecords(tmp_path, RATE), Report()
    (tmp_path / path.parent).mkdir(parents=True)
    growing.look(report)
    write_all(tmp_path, [(path, records[0])])
    assert [*growing.look(report)] == [tmp_path / path]


def test_short_pieces_are_put_together_and_those_out_of_order_stay() -> None:
    codes, pieces = Codes("XX", "A", "", "HHZ"), []
    order = [*range(200)]
    order[50], order[51] = 51, 50
    for place, number in enumerate(order):
        piece = Piece(
            *(Path("a"), "MSEED", codes, 4.0 * number, 400, RATE),
            first_byte=16384 * place,
            n_bytes=16384,
        )
        add_piece(pieces, piece)
    assert len(pieces) < MOST_SHORT + 10
    assert all(piece.n_samples == 400 for piece in pieces[-LEFT_SHORT:])
    assert sum(piece.n_samples for piece in pieces) == 200 * 400
    assert max(piece.n_samples for piece in pieces) > 10 * 400
