"""A small archive that the tests of the programs share."""

from pathlib import Path

import pytest

from tests.waveforms.waveform_files import START, three, write


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Return a folder with a file of two stations and another of one component per file."""
    folder = tmp_path / "archive"
    write(folder / "event", *three(3000, station="AAA"), *three(3000, station="BBB"))
    for trace in three(3000, START + 1000, station="CCC"):
        write(folder / f"day.{trace.stats.channel}", trace)
    (folder / "notes.txt").write_text("some notes\n")
    return folder
