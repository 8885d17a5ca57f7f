"""What files are that hold neither records nor events: known by how they begin, never read on."""

import re

HEAD_BYTES = 4096
UNPACK = "; unpack it first"
SPREADSHEET = "; save a spreadsheet as CSV, unpack an archive first"
TAR_NUMBER = re.compile(rb" *[0-7]+[ \0]*")
# (byte at which it stands, what stands there, what the file is)
SIGNATURES = (
    (0, b"\x1f\x8b\x08", f"compressed (gzip){UNPACK}"),
    (0, b"\x1f\x9d\x90", f"compressed (compress, .Z){UNPACK}"),
    (0, b"\xfd7zXZ\0", f"compressed (xz){UNPACK}"),
    (0, b"\x28\xb5\x2f\xfd", f"compressed (zstd){UNPACK}"),
    (0, b"\x04\x22\x4d\x18", f"compressed (lz4){UNPACK}"),
    (0, b"LZIP\x01", f"compressed (lzip){UNPACK}"),
    (0, b"PK\x03\x04", f"a zip archive, or a document in one{SPREADSHEET}"),
    (0, b"PK\x05\x06", "an empty zip archive"),
    (0, b"PK\x07\x08", f"a part of a zip archive{UNPACK}"),
    (0, b"7z\xbc\xaf\x27\x1c", f"a 7-Zip archive{UNPACK}"),
    (0, b"Rar!\x1a\x07", f"a RAR archive{UNPACK}"),
    (0, b"MSCF\0\0\0\0", f"a cabinet archive{UNPACK}"),
    (0, b"!<arch>\n", f"an ar archive{UNPACK}"),
    (257, b"ustar", f"a tar archive{UNPACK}"),
    (0, b"\x89HDF\r\n\x1a\n", "an HDF5 file"),
    (512, b"\x89HDF\r\n\x1a\n", "an HDF5 file"),
    (1024, b"\x89HDF\r\n\x1a\n", "an HDF5 file"),
    (2048, b"\x89HDF\r\n\x1a\n", "an HDF5 file"),
    (0, b"\x0e\x03\x13\x01", "an HDF4 file"),
    (0, b"CDF\x01", "a netCDF file"),
    (0, b"CDF\x02", "a netCDF file"),
    (0, b"CDF\x05", "a netCDF file"),
    (0, b"SIMPLE  =", "a FITS file"),
    (0, b"GRIB\0", "a GRIB file"),
    (0, b"GRIB\xff", "a GRIB file"),
    (0, b"PAR1\x15", "a Parquet file"),
    (0, b"ARROW1\0\0", "an Arrow file"),
    (0, b"\x93NUMPY", "a NumPy array"),
    (0, b"MATLAB 5.0 MAT-file", "a MATLAB file"),
    (0, b"SQLite format 3\0", "an SQLite database"),
    (4, b"Standard Jet DB\0", "an Access database"),
    (4, b"Standard ACE DB\0", "an Access database"),
    (0, b"%PDF-", "a PDF document"),
    (0, b"%!PS", "a PostScript document"),
    (0, b"{\\rtf", "an RTF document"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old document of Office; save a table as CSV"),
    (0, b"\x89PNG\r\n\x1a\n", "a picture (PNG)"),
    (0, b"\xff\xd8\xff", "a picture (JPEG)"),
    (0, b"GIF87a", "a picture (GIF)"),
    (0, b"GIF89a", "a picture (GIF)"),
    (0, b"II*\0", "a picture (TIFF)"),
    (0, b"MM\0*", "a picture (TIFF)"),
    (0, b"8BPS\0\x01", "a picture (Photoshop)"),
    (0, b"\0\0\0\x0cjP  \r\n", "a picture (JPEG 2000)"),
    (8, b"WEBPVP8", "a picture (WebP)"),
    (8, b"AVI LIST", "a video (AVI)"),
    (4, b"ftyp", "a video or a picture (MP4, MOV, HEIC)"),
    (4, b"moov", "a video (MOV)"),
    (4, b"mdat", "a video (MOV)"),
    (0, b"\x1a\x45\xdf\xa3", "a video (Matroska, WebM)"),
    (0, b"\0\0\x01\xba\x44", "a video (MPEG)"),
    (0, b"FLV\x01", "a video (Flash)"),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "a video or sound (Windows Media)"),
    (0, b"OggS\0", "a video or sound (Ogg)"),
    (0, b"fLaC\0", "sound (FLAC)"),
    (0, b"ID3\x03", "sound (MP3)"),
    (0, b"ID3\x04", "sound (MP3)"),
    (0, b"\0\x05\x16\x07\0\x02\0\0", "what macOS keeps beside a file (AppleDouble)"),
    (0, b"\0\x05\x16\0\0\x02\0\0", "what macOS keeps beside a file (AppleSingle)"),
    (0, b"\0\0\0\x01Bud1", "what macOS keeps of a folder (.DS_Store)"),
    (0, b"\xca\xfe\xba\xbe\0\0", "a program"),
    (0, b"\xcf\xfa\xed\xfe", "a program"),
    (0, b"\0asm", "a program"),
    (0, b"QFI\xfb", "a disk image (QEMU)"),
    (0, b"KDMV\x01\0", "a disk image (VMware)"),
    (0, b"vhdxfile", "a disk image (VHDX)"),
    (0, b"conectix", "a disk image (VHD)"),
    (0, b"<<< Oracle VM VirtualBox", "a disk image (VirtualBox)"),
    (0, b"LUKS\xba\xbe", "an encrypted disk"),
    (0, b"hsqs", "a disk image (SquashFS)"),
    (0, b"XFSB\0\0", "a disk image (XFS)"),
    (512, b"EFI PART", "a disk image (GPT)"),
)
# those that take more than a mark at one place: what begins with 070701 may be a day of July 2007
PATTERNS = (
    (re.compile(rb"\x7fELF.{12}(\x04\0|\0\x04)", re.S), "the core dump of a program"),
    (re.compile(rb"\x7fELF"), "a program"),
    (re.compile(rb"MZ.{0,1022}PE\0\0", re.S), "a program"),
    (re.compile(rb"BZh[1-9](1AY&SY|\x17rE8P\x90)"), f"compressed (bzip2){UNPACK}"),
    (re.compile(rb"0707(0[12][0-9A-Fa-f]{104}|07[0-7]{70})"), f"a cpio archive{UNPACK}"),
    (
        re.compile(rb"\x80[\x02-\x05][\x95c}\x8c]"),
        "a Python pickle, which is not opened, as it can run code; write it in another format",
    ),
    (re.compile(rb"[\xeb\xe9].{509}\x55\xaa", re.S), "a disk image"),
    (re.compile(rb"\0{1024}.{56}\x53\xef", re.S), "a disk image (ext)"),
)
SIGNED = re.compile(  # tells much faster than one by one that a file is none of these
    b"|".join(
        [
            *(b".{%d}%s" % (at, re.escape(mark)) for at, mark, _ in SIGNATURES),
            *(pattern.pattern for pattern, _ in PATTERNS),
        ]
    ),
    re.S,
)
PARTITIONS, PARTITION_BYTES, BOOT_END = 446, 16, b"\x55\xaa"


def other_kind(head: bytes) -> str:
    """Return what a file is that begins with ``head`` (HEAD_BYTES of it), or an empty string.

    It fits behind 'is', and says what to do where anything can be done: 'a tar archive; unpack it
    first'. Nothing is returned of what may hold records or events.
    """
    if SIGNED.match(head):
        signed = (kind for at, mark, kind in SIGNATURES if head.startswith(mark, at))
        return next(signed, "") or next(kind for p, kind in PATTERNS if p.match(head))
    if _is_old_tar(head):
        return f"a tar archive{UNPACK}"
    if _is_partitioned(head):
        return "a disk image"
    if len(head) >= HEAD_BYTES and not head.strip(b"\0"):
        return "blank where it begins: a disk image, or a file that was never filled"
    return ""


def _is_old_tar(head: bytes) -> bool:
    """Tell a tar archive without its mark by the sum of the bytes of its first header."""
    header, told = head[:512], head[148:156]
    if len(header) < 512 or b"\0" not in header or not TAR_NUMBER.fullmatch(told):
        return False
    return sum(header) - sum(told) + 8 * ord(" ") == int(told.strip(b" \0"), 8)


def _is_partitioned(head: bytes) -> bool:
    """Tell a disk by its table of partitions: each is bootable or not, and begins somewhere."""
    if head[510:512] != BOOT_END:
        return False
    rows = [
        head[at : at + PARTITION_BYTES]
        for at in range(PARTITIONS, PARTITIONS + 4 * PARTITION_BYTES, PARTITION_BYTES)
    ]
    used = [row for row in rows if any(row)]
    return bool(used) and all(row[0] in (0, 0x80) and row[4] and any(row[12:]) for row in used)
