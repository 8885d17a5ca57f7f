"""Names of s-files by those of waveform files."""

from pathlib import Path

from deepquake.tools.mseed_name2sfile_name import sfile_name_of
from tests.made_data import run_step

PROGRAM = "-m deepquake.tools.mseed_name2sfile_name"


def test_names_of_sfiles() -> None:
    assert sfile_name_of("2014-08-24-0001-00S.Z7____036.mseed") == "24-0001-00L.S201408"
    assert sfile_name_of("2014-08-24-0001-00M.X", "R") == "24-0001-00R.S201408"
    assert sfile_name_of("DYJN.mseed") is None


def test_the_files_of_a_folder_are_listed(tmp_path: Path) -> None:
    for name in ("2014-08-24-0001-00S.Z7____036", "DYJN"):
        (tmp_path / name).touch()
    lines = run_step(PROGRAM, "--stream_path", tmp_path, "--distance", "D").stdout.splitlines()
    assert lines == [
        "2014-08-24-0001-00S.Z7____036  24-0001-00D.S201408",
        "DYJN  (not named in the way of SEISAN)",
    ]


def test_no_name_of_that_kind_is_an_error() -> None:
    assert "no name like" in run_step(PROGRAM, "--stream_path", "x.mseed", status=1).stderr
