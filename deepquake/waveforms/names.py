"""Names of recordings and channels that are safe, readable and unique."""

import re
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path

SUFFIXES = {
    *(".mseed", ".miniseed", ".ms", ".mini", ".seed", ".msd", ".sac", ".gse", ".gse2", ".wav"),
    *(".segy", ".sgy", ".su", ".seg2", ".ah", ".gcf", ".evt", ".dmx", ".slist", ".ascii", ".txt"),
}
LONGEST_CODE = 3  # letters that miniSEED has for a channel


def stem(path: Path) -> str:
    """Return the name of a file without its extension, where that is one of waveform files."""
    return path.stem if path.suffix.lower() in SUFFIXES else path.name


def channel_code(channel: str, sensor: str, component: str) -> str:
    """Return a channel code that miniSEED can hold and that names the component."""
    return channel if 0 < len(channel) <= LONGEST_CODE else sensor[: LONGEST_CODE - 1] + component


def recording_name(
    key: tuple[str, str, str, str],
    paths: Collection[Path],
    start_s: float,
    shared: bool,
    taken: set[str],
) -> str:
    """Return the name of a recording of ``key`` (network, station, location, sensor).

    The stem of its one file, with the station where the file is ``shared`` by several; or codes
    and start time. Made unique among the names ``taken`` (lower case), and added to them.
    """
    codes = ".".join(key)
    if len(paths) == 1:
        (path,) = paths
        name = f"{stem(path)}_{key[1]}" if shared else stem(path)
    else:
        name = f"{codes}_{datetime.fromtimestamp(start_s, UTC):%Y%m%dT%H%M%S}"
    name, longer = (re.sub(r"[^A-Za-z0-9._\-]", "_", n) for n in (name, f"{name}_{codes}"))
    unique, number = name, 1
    while unique.lower() in taken:
        unique = longer if number == 1 else f"{longer}_{number}"
        number += 1
    taken.add(unique.lower())
    return unique
