"""Records added to an archive on disk."""

import resource
from pathlib import Path

import pytest
from obspy import UTCDateTime
from obspy import read as obspy_read

from deepquake.waveforms.recording import Codes
from deepquake.waveforms.seedlink import archive as archives
from deepquake.waveforms.seedlink.archive import (
    Archive,
    HeldSpans,
    NotKept,
    parse_record,
    sds_path,
)
from tests.waveforms.seedlink.seedlink_server import START, info_packets, made_records


def add_all(archive: Archive, records: list[bytes]) -> list[bool]:
    """Add records; return which were new."""
    return [archive.add(record, parse_record(record)) for record in records]


def only_file(folder: Path) -> Path:
    """Return the one file of an archive."""
    (path,) = (path for path in folder.rglob("*") if path.is_file())
    return path


def test_the_header_of_a_record_is_read() -> None:
    first, second, *_ = made_records(channel="HHN")
    header, following = parse_record(first), parse_record(second)
    assert header.codes == Codes("XX", "AAA", "", "HHN")
    assert header.start_ns == START.ns and header.rate_hz == 100.0
    assert header.end_ns == following.start_ns


def test_what_is_no_record_of_waveforms_is_told() -> None:
    good = made_records()[0]
    log = info_packets("<a/>")[8:]
    outside = good[:8] + b"../.." + good[13:]
    short = made_records(seconds=0.3, record_bytes=256)[0].ljust(512, b"\0")
    early = made_records(start=UTCDateTime(1969, 7, 20))[0]
    for record, what in (
        (b"\0" * 512, "damaged"),
        (good[:100], "damaged"),
        (log, "logs and the like"),
        (outside, "without sound codes of station and channel"),
        (short, "of 256 bytes, not 512"),
        (early, "of the year 1969"),
    ):
        with pytest.raises(NotKept, match=f"^{what}$"):
            parse_record(record)


def test_a_channel_has_its_place_by_day() -> None:
    codes, noon = Codes("XX", "AAA", "00", "HHZ"), START.ns
    assert sds_path(codes, noon) == Path("2024/XX/AAA/HHZ.D/XX.AAA.00.HHZ.D.2024.061")
    last_ns = UTCDateTime("2023-12-31T23:59:59.999999").ns
    assert sds_path(codes, last_ns).name == "XX.AAA.00.HHZ.D.2023.365"


def test_records_stay_as_they_came_and_in_their_order(tmp_path: Path) -> None:
    records = made_records()
    shuffled = records[5:] + records[:5]
    assert all(add_all(Archive(tmp_path), shuffled))
    assert only_file(tmp_path).read_bytes() == b"".join(shuffled)
    assert sum(trace.stats.npts for trace in obspy_read(only_file(tmp_path)).merge()) == 6000


def test_what_comes_twice_is_written_once(tmp_path: Path) -> None:
    records, archive = made_records(), Archive(tmp_path)
    assert add_all(archive, [*records[:5], *records[2:6]]) == [True] * 5 + [False] * 3 + [True]
    later = Archive(tmp_path)  # another run
    assert add_all(later, records) == [False] * 6 + [True] * (len(records) - 6)
    assert only_file(tmp_path).read_bytes() == b"".join(records)


def test_a_record_with_some_samples_that_are_new_is_written(tmp_path: Path) -> None:
    assert add_all(Archive(tmp_path), made_records(seconds=1)) == [True]
    assert add_all(Archive(tmp_path), made_records(seconds=1.5)) == [True]
    assert add_all(Archive(tmp_path), made_records(seconds=0.5)) == [False]


def test_a_record_across_midnight_goes_to_the_day_it_begins_on(tmp_path: Path) -> None:
    records = made_records(start=UTCDateTime(2024, 3, 1, 23, 59, 50), seconds=20)
    assert all(add_all(Archive(tmp_path), records))
    files = sorted(path for path in tmp_path.rglob("*") if path.is_file())
    assert [path.name[-8:] for path in files] == ["2024.061", "2024.062"]
    assert b"".join(path.read_bytes() for path in files) == b"".join(records)
    assert add_all(Archive(tmp_path), records) == [False] * len(records)


def test_half_a_record_that_a_kill_left_is_cut(tmp_path: Path) -> None:
    records = made_records()
    add_all(Archive(tmp_path), records[:4])
    path = only_file(tmp_path)
    path.write_bytes(path.read_bytes()[:-100])
    assert add_all(Archive(tmp_path), records) == [False] * 3 + [True] * (len(records) - 3)
    assert path.read_bytes() == b"".join(records)


def test_records_of_another_length_that_lie_there_stay(tmp_path: Path) -> None:
    records = made_records()
    path = tmp_path / sds_path(Codes("XX", "AAA", "", "HHZ"), START.ns)
    path.parent.mkdir(parents=True)
    theirs = made_records(seconds=20.0, record_bytes=256)
    theirs = theirs[: 2 * (len(theirs) // 2) - 1]  # of an odd number
    path.write_bytes(b"".join(theirs) + records[-1][:100])
    n_new = sum(add_all(Archive(tmp_path), records))
    assert path.read_bytes().startswith(b"".join([*theirs, records[-n_new]]))
    assert len(records) / 2 < n_new < len(records)


def test_a_record_with_a_wrong_rate_holds_nothing_of_the_others(tmp_path: Path) -> None:
    wrong = made_records(seconds=1e6, rate_hz=1e-4)
    assert add_all(Archive(tmp_path), wrong) == [True]
    records = made_records()
    archive = Archive(tmp_path)
    assert all(add_all(archive, records)) and not any(add_all(archive, [*wrong, *records]))
    assert not any(add_all(Archive(tmp_path), [*records, *wrong]))
    assert archive.files() == [only_file(tmp_path)]


def test_only_the_end_of_a_large_file_is_remembered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "TAIL_BYTES", 2048)
    records = made_records()
    add_all(Archive(tmp_path), records)
    assert add_all(Archive(tmp_path), records[-5:]) == [True] + [False] * 4


def test_few_files_are_remembered_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "MOST_FILES", 2)
    archive = Archive(tmp_path)
    every = [record for c in "ZNE" for record in made_records(channel=f"HH{c}", seconds=10)]
    assert all(add_all(archive, every))
    assert len(archive.files()) == 2
    assert not any(add_all(archive, every))  # what was forgotten is read again


def test_a_full_disk_leaves_whole_records_and_the_file_is_named(tmp_path: Path) -> None:
    records, archive = made_records(), Archive(tmp_path)
    add_all(archive, records[:3])
    path = only_file(tmp_path)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (3 * 512 + 100, before[1]))  # room for a part
    try:
        with pytest.raises(OSError, match="No space left") as caught:
            add_all(archive, records[3:4])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert caught.value.filename == str(path)
    assert path.read_bytes() == b"".join(records[:3])
    assert add_all(archive, records[3:4]) == [True]  # not taken as written


def test_spans_grow_together() -> None:
    held = HeldSpans()
    for start, end in [(10, 20), (30, 40), (50, 60), (21, 29)]:
        assert not held.holds(start, end, 1)
        held.add(start, end, 1)
    assert (held.starts, held.ends) == ([10, 50], [40, 60])
    assert held.holds(9, 41, 1) and not held.holds(9, 42, 1) and not held.holds(35, 55, 1)
    held.add(0, 100, 1)
    assert (held.starts, held.ends) == ([0], [100])
