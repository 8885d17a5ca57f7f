"""Damage done to the bytes of a file, at random from a seed."""

import io
import re
import zipfile
from collections.abc import Callable
from random import Random

import numpy as np

from deepquake.windows.tfrecords import write_record

NUMBER = re.compile(rb"[-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?")
FIELD = re.compile(rb"[^,;\s\"<>:{}\[\]=]+")
FEATURES = [b"data", b"window_size", b"n_traces", b"cluster_id", b"start_time", b"station"]
RECORD_HEADER = 64  # bytes of a miniSEED record that say what it is
HOSTILE = [
    *(b"NaN", b"1e999", b"-1e999", b"inf", b"-0", b"0", b"-1", b"1e-320", b"9" * 5000),
    *(b"999999999999", b"2147483648", b"-2147483649", b"18446744073709551616", b"1e308"),
    *(b"", b" ", b"null", b"true", b"[]", b"{}", b'""', b"\x00", b"\xff\xfe", b"\xf3"),
    *(b"\x1b[31m", b"\n", b"\r", b"\t", b'"', b"'", b",", b";", b"%", b"%(x)s", b"${x}", b"\\"),
    *("\u202e".encode(), "\u2028".encode(), "\ud800".encode("utf-8", "surrogatepass")),
    *("٣".encode(), "５".encode(), "é".encode(), b"&bomb;", b"../../x", b"a" * 300),
    *(b"1970-01-01T00:00:00Z", b"9999-12-31T23:59:59Z", b"0001-01-01", b"2023-02-30T25:61:61"),
]
Damage = Callable[[bytes, Random], bytes]


def flip_bits(content: bytes, draw: Random) -> bytes:
    """Turn over some bits."""
    damaged = bytearray(content)
    for _ in range(draw.choice((1, 1, 2, 8, 64))):
        if damaged:
            damaged[draw.randrange(len(damaged))] ^= 1 << draw.randrange(8)
    return bytes(damaged)


def overwrite(content: bytes, draw: Random) -> bytes:
    """Put random bytes, or zeros, over a stretch."""
    begin, end = _stretch(content, draw)
    length = end - begin
    return content[:begin] + draw.choice((draw.randbytes(length), bytes(length))) + content[end:]


def cut_out(content: bytes, draw: Random) -> bytes:
    """Leave out a stretch."""
    begin, end = _stretch(content, draw)
    return content[:begin] + content[end:]


def repeat(content: bytes, draw: Random) -> bytes:
    """Have a stretch twice, there or elsewhere."""
    begin, end = _stretch(content, draw)
    at = draw.choice((end, draw.randint(0, len(content))))
    return content[:at] + content[begin:end] + content[at:]


def insert(content: bytes, draw: Random) -> bytes:
    """Put random bytes in."""
    at = draw.randint(0, len(content))
    return content[:at] + draw.randbytes(draw.choice((1, 3, 100, 5000))) + content[at:]


def cut_short(content: bytes, draw: Random) -> bytes:
    """Leave out the end."""
    return content[: draw.randint(0, len(content))]


def odd_number(content: bytes, draw: Random) -> bytes:
    """Put something hostile in the place of a number."""
    return _replace(NUMBER, content, draw)


def odd_field(content: bytes, draw: Random) -> bytes:
    """Put something hostile in the place of a word."""
    return _replace(FIELD, content, draw)


def other_number(content: bytes, draw: Random) -> bytes:
    """Make a number another one of as many digits."""
    found = list(NUMBER.finditer(content))
    if not found:
        return content
    at = draw.choice(found)
    digits = re.sub(rb"\d", lambda _: str(draw.randrange(10)).encode(), at[0])
    return content[: at.start()] + digits + content[at.end() :]


def lines_about(content: bytes, draw: Random) -> bytes:
    """Leave out a line, have it twice, or move it."""
    lines = content.splitlines(keepends=True)
    if not lines:
        return content
    line = lines.pop(draw.randrange(len(lines)))
    for _ in range(draw.choice((0, 1, 2))):
        lines.insert(draw.randint(0, len(lines)), line)
    return b"".join(lines)


def headers(content: bytes, draw: Random, length: int = 512) -> bytes:
    """Change bytes of the header of a miniSEED record."""
    damaged = bytearray(content)
    for _ in range(draw.choice((1, 2, 5))):
        at = length * draw.randrange(max(1, len(damaged) // length)) + draw.randrange(RECORD_HEADER)
        if at < len(damaged):
            damaged[at] = draw.choice((0, 1, 60, 99, 127, 128, 255, draw.randrange(256)))
    return bytes(damaged)


BINARY: list[Damage] = [flip_bits, overwrite, cut_out, repeat, insert, cut_short]
TEXT: list[Damage] = [odd_number, odd_field, other_number, lines_about]


def mutate(content: bytes, draw: Random, damages: list[Damage]) -> tuple[bytes, str]:
    """Damage a file in one to three ways.

    Parameters
    ----------
    content : bytes
        The file.
    draw : Random
        Decides how.
    damages : list of callables
        The ways there are.

    Returns
    -------
    content : bytes
        The damaged file.
    how : str
        The names of what was done.
    """
    chosen = [draw.choice(damages) for _ in range(draw.choice((1, 1, 1, 2, 3)))]
    if within := [damage for damage in chosen if damage in (payloads, arrays, members)]:
        chosen = within[:1]  # what these have damaged, or find damaged, has no such parts any more
    for damage in chosen:
        content = damage(content, draw)
    return content, ", ".join(damage.__name__ for damage in chosen)


def payloads(content: bytes, draw: Random) -> bytes:
    """Damage a record of a TFRecord file, whose checksums stay right."""
    records, at = [], 0
    while at < len(content):
        length = int.from_bytes(content[at : at + 8], "little")
        records.append(bytearray(content[at + 12 : at + 12 + length]))
        at += length + 16
    record = draw.choice(records)
    name = draw.choice(FEATURES)
    at = record.find(name) + len(name)
    change = draw.randrange(4)
    if change == 0:
        record[(at + draw.randrange(12)) % len(record)] = draw.randrange(256)
    elif change == 1:
        at = draw.randrange(len(record) - 4)
        record[at : at + 4] = np.float32(draw.choice((np.nan, np.inf, 1e38))).tobytes()
    elif change == 2:
        record[:] = flip_bits(bytes(record), draw)
    else:
        del record[at + draw.randrange(8) :]
    file = io.BytesIO()
    for record in records:
        write_record(file, [bytes(record)])
    return file.getvalue()


def arrays(content: bytes, draw: Random) -> bytes:
    """Change an array of an .npz file: a value that is no number, another shape or type."""
    with np.load(io.BytesIO(content)) as file:
        held = {name: file[name] for name in file.files}
    name = draw.choice(sorted(held))
    values = held[name].copy()
    change = draw.randrange(7)
    if change < 2 and values.size and values.dtype.kind in "fc":
        values.flat[draw.randrange(values.size)] = draw.choice((np.nan, np.inf, -np.inf, 1e38))
    held[name] = values
    if change == 2:
        del held[name]
    elif change == 3:
        held[name] = values.ravel()[: values.size // 2]
    elif change == 4:
        held[name] = values.astype(draw.choice((np.int8, np.complex64, np.float64, "S4")))
    elif change == 5:
        held["other"] = values
    elif change == 6:
        held[name] = np.zeros((2, 0, 3), np.float32)
    file = io.BytesIO()
    np.savez(file, **held)
    return file.getvalue()


def members(content: bytes, draw: Random) -> bytes:
    """Damage a file in a zip archive, whose checksums stay right."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(target, "w") as new:
        names = old.namelist()
        chosen = draw.choice(names)
        for name in names:
            held = old.read(name)
            new.writestr(name, draw.choice(BINARY)(held, draw) if name == chosen else held)
    return target.getvalue()


def _replace(what: re.Pattern[bytes], content: bytes, draw: Random) -> bytes:
    found = list(what.finditer(content))
    if not found:
        return content
    at = draw.choice(found)
    return content[: at.start()] + draw.choice(HOSTILE) + content[at.end() :]


def _stretch(content: bytes, draw: Random) -> tuple[int, int]:
    begin = draw.randint(0, len(content))
    length = draw.choice((1, 2, 8, 100, 512, 4096, len(content) // 3))
    return begin, min(len(content), begin + length)
