"""Files of another kind are known by how they begin; what may be records or events is not."""

import bz2
import gzip
import io
import lzma
import pickle
import sqlite3
import sys
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest

from deepquake.core.magic import HEAD_BYTES, other_kind
from tests.conftest import ROOT

DISK = bytearray(HEAD_BYTES)
DISK[446:462] = b"\x80\1\1\0\x83\xfe\xff\xff\0\x08\0\0\0\0\x10\0"
DISK[510:512] = b"\x55\xaa"
EXT = bytearray(HEAD_BYTES)
EXT[1080:1082] = b"\x53\xef"
BEGINNINGS = {
    b"\x1f\x9d\x90": "compressed",
    b"\x28\xb5\x2f\xfd": "compressed (zstd)",
    b"7z\xbc\xaf\x27\x1c": "7-Zip",
    b"Rar!\x1a\x07\x01\0": "RAR",
    b"070701" + b"0" * 104: "cpio",
    b"\0\0\0\x20ftypisom": "video",
    b"\0\0\0\x18ftypheic": "picture",
    b"\x1a\x45\xdf\xa3": "video",
    b"RIFF\0\x10\0\0AVI LIST": "video",
    b"%PDF-1.7": "PDF",
    b"\xff\xd8\xff\xe0\0\x10JFIF": "JPEG",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "Office",
    b"\0\x05\x16\x07\0\x02\0\0Mac OS X": "macOS keeps beside a file",
    b"\0\0\0\x01Bud1\0\0": "macOS keeps of a folder",
    b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x04\0": "core dump",
    b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0": "a program",
    b"MZ" + bytes(126) + b"PE\0\0": "a program",
    b"QFI\xfb\0\0\0\x03": "disk image",
    bytes(DISK): "disk image",
    bytes(EXT): "disk image (ext)",
    b"\xeb\x58\x90mkfs.fat".ljust(510, b"\0") + b"\x55\xaa": "disk image",
    bytes(HEAD_BYTES): "blank where it begins",
}
NOTHING_ELSE = (
    b"070701 1234 5.67 38-12.34  22-45.67   5.00   2.10",  # a line of HYPO71, of July 2007
    b"PK01,38.2,22.1\nPK02,38.3,22.4\n",
    b"ID3,38.2\n",
    b"GRIB,38.2,22.1\n",
    b"MZ01 38.2 22.1\n",
    b"code,latitude,longitude,elevation_m\n",
    b'<?xml version="1.0"?><q:quakeml>',
    b'{"events": []}',
    b"000001D ABC    HHZXX",
    b"WID2 2024/03/01 12:00:00.000",
    b"RIFF\0\x10\0\0WAVEfmt ",
    b"\0\0\x01\xba\x21\x06\x01\0\0\0",  # WIN: a second of 442 bytes
    bytes(100),
    b"",
)


def read_head(path: Path | str) -> bytes:
    """Return the first bytes of a file."""
    with open(path, "rb") as file:
        return file.read(HEAD_BYTES)


def tar(folder: Path, kind: int) -> bytes:
    """Return how a tar archive of one file begins."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=kind) as archive:
        archive.add(folder / "day.mseed", "day.mseed")
    return buffer.getvalue()[:HEAD_BYTES]


@pytest.mark.parametrize(("head", "kind"), BEGINNINGS.items())
def test_kinds_are_told_by_their_first_bytes(head: bytes, kind: str) -> None:
    assert kind in other_kind(head.ljust(600, b"\x07"))


@pytest.mark.parametrize("head", NOTHING_ELSE)
def test_what_may_be_records_or_events_is_of_no_other_kind(head: bytes) -> None:
    assert not other_kind(head)


def test_archives_say_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "day.mseed").write_bytes(b"000001D " * 2000)
    for kind in (tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT, tarfile.PAX_FORMAT):
        assert other_kind(tar(tmp_path, kind)) == "a tar archive; unpack it first"
    header = bytearray(tar(tmp_path, tarfile.USTAR_FORMAT))
    header[257:345] = bytes(88)  # as tar wrote it before it had a mark
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header[:512])
    assert other_kind(bytes(header)) == "a tar archive; unpack it first"
    for name, compress in (("gzip", gzip.compress), ("bzip2", bz2.compress), ("xz", lzma.compress)):
        assert other_kind(compress(b"000001D ")) == f"compressed ({name}); unpack it first"
    with zipfile.ZipFile(tmp_path / "day.zip", "w") as archive:
        archive.write(tmp_path / "day.mseed")
    kind = other_kind(read_head(tmp_path / "day.zip"))
    assert kind.startswith("a zip archive") and "unpack" in kind and "CSV" in kind


def test_real_files_of_other_programs(tmp_path: Path) -> None:
    import h5py
    import matplotlib
    from PIL import Image

    with h5py.File(tmp_path / "h5", "w") as file:
        file["data"] = np.zeros(10)
    with sqlite3.connect(tmp_path / "db") as database:
        database.execute("create table picks (time text)")
    database.close()
    assert other_kind(read_head(tmp_path / "h5")) == "an HDF5 file"
    assert other_kind(read_head(tmp_path / "db")) == "an SQLite database"
    for name in ("PNG", "JPEG", "GIF", "TIFF", "WEBP", "PDF"):
        Image.new("RGB", (40, 30), "red").save(tmp_path / name, format=name)
        assert name.lower() in other_kind(read_head(tmp_path / name)).lower()
    np.save(tmp_path / "array.npy", np.zeros(3))
    assert other_kind(read_head(tmp_path / "array.npy")) == "a NumPy array"
    (tmp_path / "stream").write_bytes(pickle.dumps({"a": [1]}))
    assert "pickle" in other_kind(read_head(tmp_path / "stream"))
    assert other_kind(read_head(sys.executable)) == "a program"
    logo = Path(matplotlib.get_data_path()) / "images" / "matplotlib.pdf"
    assert other_kind(read_head(logo)) == "a PDF document"


def test_no_file_of_ours_is_of_another_kind() -> None:
    for pattern in ("*.py", "docs/*.md", "*.ini", "README.md"):
        for path in ROOT.glob(pattern):
            assert not other_kind(read_head(path)), path
