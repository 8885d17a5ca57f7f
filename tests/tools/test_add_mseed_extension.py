"""The extension .mseed for files that are miniSEED, and for no others."""

from pathlib import Path

from tests.made_data import run_step
from tests.waveforms.waveform_files import three, write

PROGRAM = "-m deepquake.tools.add_mseed_extension"


def test_files_are_told_by_content(archive: Path) -> None:
    before = sorted(archive.iterdir())
    done = run_step(PROGRAM, "--input_path", archive, "--dry_run", "1")
    assert "4 files would be renamed" in done.stdout and sorted(archive.iterdir()) == before
    run_step(PROGRAM, "--input_path", archive)
    names = sorted(path.name for path in archive.iterdir())
    assert names == [
        *("day.HHE.mseed", "day.HHN.mseed", "day.HHZ.mseed", "event.mseed", "notes.txt"),
    ]
    assert "0 files renamed" in run_step(PROGRAM, "--input_path", archive).stdout


def test_a_name_that_is_taken_is_left_and_reported(archive: Path) -> None:
    (archive / "event.mseed").write_text("something else")
    done = run_step(PROGRAM, "--input_path", archive)
    assert "3 files renamed" in done.stdout and "event.mseed is there already" in done.stderr
    assert (archive / "event.mseed").read_text() == "something else"


def test_nothing_is_renamed_behind_a_link(archive: Path, tmp_path: Path) -> None:
    elsewhere = write(tmp_path / "theirs" / "day", *three(1000))
    (archive / "link").symlink_to(elsewhere.parent)
    assert "4 files renamed" in run_step(PROGRAM, "--input_path", archive).stdout
    assert elsewhere.exists()
