"""What format a file is of, told by its first bytes and its size.

ObsPy's tests of some formats read a file to its end, and others take almost anything for theirs:
only those tests are run whose format the first bytes fit.
"""

import struct
import warnings
from collections.abc import Callable
from functools import cache
from pathlib import Path

from deepquake.core.magic import other_kind
from deepquake.waveforms import mseed

NOT_A_WAVEFORM = ("the file is empty", "is not a waveform file")  # what is said of other files

# Lengths of headers, and where in them something stands, in bytes.
SAC_HEADER, SAC_VERSION_AT, LAST_SAC_VERSION = 632, 304, 20
SEGY_HEADER, SEGY_FORMAT_AT, LAST_SEGY_FORMAT, TRACE_HEADER = 3600, 3224, 8, 240
SEGY_TEXTS_AT, MOST_SEGY_TEXTS = 3504, 100  # how many more headers there are
SAMPLES_AT, TIME_AT = 114, 156  # bytes, in the header of a trace of SEG-Y and SU
DAY_TO_SECOND = (366, 24, 60, 60)  # what they are at most
REFTEK_PACKETS = (b"AD", b"CD", b"DS", b"DT", b"EH", b"ET", b"OM", b"SH", b"SC", b"FD")
REFTEK_BYTES = GCF_BYTES = 1024  # of a packet or block
GCF_PACKINGS = (1, 2, 4)  # differences in four bytes
FULL_YEARS = range(1969, 1978)  # of the seismometers on the Moon
WIN_HEADER, WIN_CHANNEL = 10, 8  # bytes in front of a second's channels, and of a channel's
SACXY_LINES, SACXY_COUNT = 30, 15  # lines of a header, and which has the number of samples
CSS_LINE, NNSA_LINE = 283, 287  # letters


def format_of(path: Path, head: bytes) -> str:
    """Return ObsPy's name of a file's format; an empty string where none fits.

    Parameters
    ----------
    path : Path
        The file.
    head : bytes
        Its first HEAD_BYTES.
    """
    if mseed.looks_like_mseed(head):
        return "MSEED"
    if not head or other_kind(head):
        return ""
    size = path.stat().st_size
    for name, is_format in _formats():
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                if FITS[name](head, size) and is_format(str(path)):
                    return name
        except Exception:  # a test for a format may fail on a file of another
            continue
    return ""


def why_no_format(head: bytes) -> str:
    """Return what is told of a file that begins with ``head`` and is of no format."""
    kind = other_kind(head)
    return f"is {kind}" if kind else NOT_A_WAVEFORM[bool(head)]


@cache
def _formats() -> list[tuple[str, Callable[[str], bool]]]:
    """Return the formats of FITS in ObsPy's order, each with ObsPy's test of a file."""
    from obspy.core.util.base import ENTRY_POINTS
    from obspy.core.util.misc import buffered_load_entry_point as load

    return [
        (name, load(entry.dist.name, f"obspy.plugin.waveform.{name}", "isFormat"))
        for name, entry in ENTRY_POINTS["waveform"].items()
        if name in FITS
    ]


def _begins(*marks: bytes) -> Callable[[bytes, int], bool]:
    return lambda head, size: head.startswith(marks)


def _number(kind: str, head: bytes, at: int) -> int:
    number: int = struct.unpack_from(kind, head, at)[0]
    return number


def _either(kind: str, head: bytes, at: int) -> tuple[int, int]:
    """Return a number as it is in little and in big endian."""
    return _number(f"<{kind}", head, at), _number(f">{kind}", head, at)


def _is_noise_record(head: bytes, size: int) -> bool:
    """Tell what SEED has in front of records now and then; others are known without ObsPy."""
    return not head[:128].strip(b" 0123456789\0")


def _is_sac(head: bytes, size: int) -> bool:
    versions = _either("i", head, SAC_VERSION_AT)
    return size >= SAC_HEADER and any(0 < v <= LAST_SAC_VERSION for v in versions)


def _is_sacxy(head: bytes, size: int) -> bool:
    lines = head.split(b"\n")
    if len(lines) < SACXY_LINES or len([float(word) for word in lines[0].split()]) != 5:
        return False
    return 0 < 2 * int(lines[SACXY_COUNT].split()[-1]) <= size


def _is_seisan(head: bytes, size: int) -> bool:
    return head.startswith(b"KP") or b"P" in (head[:1], head[3:4], head[7:8])


def _is_timeseries(name: bytes) -> Callable[[bytes, int], bool]:
    return lambda head, size: head.startswith(b"TIMESERIES") and name in head.split(b"\n")[0]


def _is_y(head: bytes, size: int) -> bool:
    return head[:2] in (b"I\x1f", b"M\x1f")


def _is_segy(head: bytes, size: int) -> bool:
    if any(0 < n <= MOST_SEGY_TEXTS for n in _either("h", head, SEGY_TEXTS_AT)):
        return True  # the first trace is behind these
    code = _either("h", head, SEGY_FORMAT_AT)
    return any(
        0 < code[k] <= LAST_SEGY_FORMAT and _is_trace(head[SEGY_HEADER:], size - SEGY_HEADER, order)
        for k, order in enumerate("<>")
    )


def _is_su(head: bytes, size: int) -> bool:
    """All traces are of the length of the first."""
    for order in "<>":
        n_samples = _number(f"{order}H", head, SAMPLES_AT)
        length = TRACE_HEADER + 4 * n_samples
        inside = [head[at:] for at in range(0, len(head) - TRACE_HEADER + 1, length)]
        counts = {_number(f"{order}H", trace, SAMPLES_AT) for trace in inside}
        if size % length == 0 and counts == {n_samples}:
            return all(_is_trace(trace, size, order) for trace in inside)
    return False


def _is_trace(header: bytes, size: int, order: str) -> bool:
    """Tell whether what is in the header of a trace of SEG-Y or SU can be: length and time."""
    n_samples = _number(f"{order}H", header, SAMPLES_AT)
    year, *day_to_second = struct.unpack_from(f"{order}5H", header, TIME_AT)
    return (
        0 < n_samples <= size - TRACE_HEADER
        and (year < 100 or 1900 <= year < 2100)
        and all(value <= most for value, most in zip(day_to_second, DAY_TO_SECOND, strict=True))
    )


def _is_wav(head: bytes, size: int) -> bool:
    return head[:4] == b"RIFF" and head[8:12] == b"WAVE"


def _is_win(head: bytes, size: int) -> bool:
    """The channels of a second must follow upon each other, and so must the seconds."""
    at = 0
    while at + WIN_HEADER + WIN_CHANNEL <= len(head):
        end = at + _number(">I", head, at)
        if (
            not at + WIN_HEADER < end <= size
            or not head[at + 4 : at + WIN_HEADER].hex().isdecimal()
        ):
            return False
        at += WIN_HEADER
        while at < end and at + 4 <= len(head):
            width, rate_hz = head[at + 2] >> 4, _number(">H", head, at + 2) & 0xFFF
            if width > 4 or not rate_hz:
                return False
            at += WIN_CHANNEL + ((rate_hz - 1) * width if width else rate_hz // 2)
        if at != end and at + 4 <= len(head):
            return False
    return True


def _lines_of(length: int) -> Callable[[bytes, int], bool]:
    """Return a test whether all lines are of a length."""

    def fits(head: bytes, size: int) -> bool:
        lines = head.split(b"\n")
        if len(head) < size or not lines[-1]:
            lines.pop()  # it goes on behind the head, or is none
        return {len(line.rstrip(b"\r")) for line in lines} == {length}

    return fits


def _is_ah(head: bytes, size: int) -> bool:
    second = _number(">I", head, 4)
    if _number(">I", head, 0) == 1100:  # what version 2 begins with
        return second <= size
    return [_number(">I", head, at) for at in (0, 12, 24)] == [6, 6, 8]  # lengths of texts


def _is_gcf(head: bytes, size: int) -> bool:
    return size % GCF_BYTES == 0 and head[14] & 0b111 in GCF_PACKINGS and head[15] <= 250


def _is_alsep(kinds: tuple[int, ...]) -> Callable[[bytes, int], bool]:
    return lambda head, size: (
        _number(">H", head, 0) in kinds and _number(">H", head, 8) in FULL_YEARS
    )


def _is_reftek(head: bytes, size: int) -> bool:
    return size % REFTEK_BYTES == 0 and head[:2] in REFTEK_PACKETS


def _is_rg16(head: bytes, size: int) -> bool:
    return head[2:4] == b"\x80\x58" and head[42:44] == b"\x01\x06"


# ObsPy's formats, by what the first bytes and the size of a file must be like; a pickle is none of
# them, as it can run code
FITS: dict[str, Callable[[bytes, int], bool]] = {
    "MSEED": _is_noise_record,
    "SAC": _is_sac,
    "GSE2": _begins(b"WID2"),
    "SEISAN": _is_seisan,
    "SACXY": _is_sacxy,
    "GSE1": _begins(b"WID1", b"XW01"),
    "Q": _begins(b"43981"),
    "SH_ASC": _begins(b"DELTA:"),
    "SLIST": _is_timeseries(b"SLIST"),
    "TSPAIR": _is_timeseries(b"TSPAIR"),
    "Y": _is_y,
    "SEGY": _is_segy,
    "SU": _is_su,
    "SEG2": _begins(b"\x55\x3a\x01\x00", b"\x3a\x55\x00\x01"),
    "WAV": _is_wav,
    "WIN": _is_win,
    "CSS": _lines_of(CSS_LINE),
    "NNSA_KB_CORE": _lines_of(NNSA_LINE),
    "AH": _is_ah,
    "PDAS": _begins(b"DATASET"),
    "KINEMETRICS_EVT": _begins(b"K\0", b"K\x01"),
    "GCF": _is_gcf,
    "DMX": _begins(b"S"),
    "ALSEP_PSE": _is_alsep((1, 2)),
    "ALSEP_WTN": _is_alsep((3,)),
    "ALSEP_WTH": _is_alsep((4,)),
    "CYBERSHAKE": _begins(b"12.10\0"),
    "KNET": _begins(b"Origin Time"),
    "REFTEK130": _is_reftek,
    "RG16": _is_rg16,
}
