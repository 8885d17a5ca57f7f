"""A small archive and a small data set that the tests of the tools share."""

from pathlib import Path

import pytest

from tests.tools.check.made_checks import write_dataset
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


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    """Return a data set of two stations and events of every sort."""
    return write_dataset(tmp_path / "archive")
