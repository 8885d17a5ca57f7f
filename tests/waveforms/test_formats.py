"""A file's format is known by its content."""

from pathlib import Path

from deepquake.waveforms.formats import format_of
from tests.waveforms.waveform_files import noise, trace, write


def test_the_name_of_a_file_does_not_matter(tmp_path: Path) -> None:
    for name in ("MSEED", "SAC", "GSE2"):
        path = write(tmp_path / f"{name}.dat", trace(noise(500)), format=name)
        assert format_of(path, path.read_bytes()[:512]) == name


def test_a_text_is_no_waveform(tmp_path: Path) -> None:
    path = tmp_path / "notes.mseed"
    path.write_text("battery changed\n")
    assert format_of(path, path.read_bytes()) == ""
