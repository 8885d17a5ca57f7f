"""A file's format is known by its first bytes and its size; one of another kind is not read on."""

import time
import tracemalloc
from collections import defaultdict
from pathlib import Path

import numpy as np
import obspy
import pytest

from deepquake.core.magic import HEAD_BYTES
from deepquake.core.report import Report
from deepquake.waveforms.formats import FITS, format_of, why_no_format
from deepquake.waveforms.pieces import find_pieces
from tests.core.test_magic import BEGINNINGS, read_head
from tests.waveforms.waveform_files import noise, scanned, three, trace, write

WRITTEN = ("MSEED", "SAC", "SACXY", "GSE2", "SLIST", "TSPAIR", "SEGY", "SU", "WAV", "AH")
HUGE = 20 * 10**9  # bytes
MOST_READ = 10**6  # bytes, of a file of another kind
MOST_S = 2.0


def format_in(path: Path) -> str:
    """Return the format of a file."""
    return format_of(path, read_head(path))


@pytest.mark.parametrize("name", WRITTEN)
def test_the_name_of_a_file_does_not_matter(tmp_path: Path, name: str) -> None:
    samples = noise(500).astype(np.int32 if name in ("MSEED", "GSE2") else np.float32)
    path = write(tmp_path / "record.dat", trace(samples), format=name)
    assert format_in(path) == name


def test_a_text_is_no_waveform(tmp_path: Path) -> None:
    path = tmp_path / "notes.mseed"
    path.write_text("battery changed\n")
    assert format_in(path) == ""
    assert why_no_format(read_head(path)) == "is not a waveform file"
    assert why_no_format(b"") == "the file is empty"


def obspys_files() -> dict[str, list[Path]]:
    """Return the files of ObsPy's tests by the format that ObsPy tells."""
    from obspy.core.util.base import ENTRY_POINTS
    from obspy.core.util.misc import buffered_load_entry_point as load

    tests = {
        name: load(entry.dist.name, f"obspy.plugin.waveform.{name}", "isFormat")
        for name, entry in ENTRY_POINTS["waveform"].items()
        if name in FITS
    }
    found = defaultdict(list)
    for path in sorted(Path(obspy.__file__).parent.glob("io/*/tests/data/**/*")):
        for name in tests if path.is_file() else ():
            try:
                told = tests[name](str(path))
            except Exception:  # ObsPy's tests may fail on a file of another format
                continue
            if told:
                found[name].append(path)
                break
    return found


def test_every_format_of_obspy_is_told_as_obspy_tells_it() -> None:
    files = obspys_files()
    if not files:
        pytest.skip("ObsPy was installed without the files of its tests")
    assert not set(FITS) - set(files)
    for name, paths in files.items():
        for path in paths:
            # what NonLinLoc writes is taken for SAC in letters by ObsPy, which cannot read it then
            expected = "" if path.suffix == ".hyp" else name
            assert format_in(path) == expected, path


@pytest.mark.parametrize("head", BEGINNINGS)
def test_a_huge_file_of_another_kind_is_neither_read_nor_loaded(
    tmp_path: Path, head: bytes
) -> None:
    path = tmp_path / "day.mseed"
    with path.open("wb") as file:
        file.write(head.ljust(600, b"\x07"))
        file.truncate(HUGE)
    tracemalloc.start()
    begin_s, report = time.process_time(), Report()
    assert not find_pieces(path, 100.0, report)
    spent_s, (_, most) = time.process_time() - begin_s, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert spent_s < MOST_S and most < MOST_READ
    (problem,) = report.problems
    assert problem.kind == "skipped" and "is not a waveform" not in problem.message


@pytest.mark.parametrize(
    "head",
    [
        b"a log without line ends ",
        b"TIMESERIES without a line end",
        b"1.0 2.0 3.0 4.0 5.0\n",
        b"S" + b"\x01" * 30,
        b"K\0\0\1" * 10,
        np.arange(1, HEAD_BYTES // 2, dtype=">i2").tobytes(),
        np.full(HEAD_BYTES // 2, 1, "<i2").tobytes(),
        np.random.default_rng(1).bytes(HEAD_BYTES),
        (b"0" * 282 + b"\n") * 20,
    ],
)
def test_a_huge_file_of_no_known_kind_is_not_read_either(tmp_path: Path, head: bytes) -> None:
    path = tmp_path / "x.dat"
    with path.open("wb") as file:
        file.write(head)
        file.truncate(HUGE)
    begin_s, report = time.process_time(), Report()
    assert not find_pieces(path, 100.0, report)
    assert time.process_time() - begin_s < MOST_S
    assert report.of_kind("skipped")


def test_other_kinds_stand_beside_records(tmp_path: Path, shared_cases: Path) -> None:
    write(tmp_path / "good.mseed", *three(1000))
    tar = shared_cases / "waveforms" / "15_tar" / "day.tar"
    (tmp_path / "day.tar").write_bytes(tar.read_bytes())
    recordings, report = scanned(tmp_path)
    assert len(recordings) == 1
    assert [p.message for p in report.problems] == ["is a tar archive; unpack it first"]


def test_a_preallocated_file_with_records_behind_noise_is_miniseed(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mseed", *three(1000))
    path.write_bytes(b"000001 ".ljust(512) + path.read_bytes())
    assert format_in(path) == "MSEED"
