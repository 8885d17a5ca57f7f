"""What format a file is of."""

import warnings
from collections.abc import Callable
from functools import cache
from pathlib import Path

from deepquake.waveforms import mseed

COMPRESSED = (b"\x1f\x8b", b"BZh", b"PK\x03\x04", b"\xfd7zXZ")  # gzip, bzip2, zip, xz
NOT_A_WAVEFORM = ("the file is empty", "is not a waveform file")  # what is said of other files
UNSAFE_FORMATS = ("PICKLE",)  # reading it runs code that the file holds


def format_of(path: Path, head: bytes) -> str:
    """Return ObsPy's name of the format of a file that begins with ``head``; '' where none is."""
    if mseed.looks_like_mseed(head):
        return "MSEED"
    for name, is_format in _formats() if head else ():
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                if is_format(str(path)):
                    return name
        except Exception:  # a test for a format may fail on a file of another
            continue
    return ""


@cache
def _formats() -> list[tuple[str, Callable[[str], bool]]]:
    """Return ObsPy's waveform formats, each with its test of a file."""
    from obspy.core.util.base import ENTRY_POINTS
    from obspy.core.util.misc import buffered_load_entry_point as load

    return [
        (name, load(entry.dist.name, f"obspy.plugin.waveform.{name}", "isFormat"))
        for name, entry in ENTRY_POINTS["waveform"].items()
        if name not in UNSAFE_FORMATS
    ]
