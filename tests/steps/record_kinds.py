"""Kinds of records that went wrong once: where a case lies, how to make one, what is right."""

import struct
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pymseed import DataEncoding, MS3Record

from tests.waveforms.test_records import RATE, YEAR
from tests.waveforms.waveform_files import START, noise, stored, three, trace, write

MINUTE = 6000  # samples
DECODED = "tells stations and components by numbers alone; a channel map can say what it is"


def with_bytes_between(folder: Path, number: int, cut: slice, stray: bytes = b"") -> None:
    """Write a record with stray bytes in front of one of its parts, or only a bit of this part."""
    path = write(folder / "a", trace(noise(10 * MINUTE)), reclen=512)
    parts = [part.tobytes() for part in stored(path)]
    parts[number] = stray + parts[number][cut]
    path.write_bytes(b"".join(parts))


def sac_without_stations(folder: Path) -> None:
    for station in ("AB1", "AB2"):
        for item in three(10 * MINUTE, station=""):
            name = f"20240301.{station}.{item.stats.channel}.sac"
            write(folder / name, item, format="SAC")


def two_rates(folder: Path) -> None:
    fast = trace(noise(20 * MINUTE), rate=200.0)
    write(folder / "a", fast, trace(noise(10 * MINUTE, 2)))


def a_gap_in_hh(folder: Path) -> None:
    for item in three(10 * MINUTE):
        early, late = item.slice(endtime=START + 180), item.slice(starttime=START + 420)
        write(folder / item.id, early, late)
        item.stats.channel = item.stats.channel.replace("HH", "BH")
        write(folder / item.id, item)


def an_hour_and_its_halves(folder: Path) -> None:
    whole = trace(noise(10 * MINUTE))
    write(folder / "whole", whole)
    write(folder / "half1", whole.slice(endtime=START + 300))
    write(folder / "half2", whole.slice(starttime=START + 300.01))


def rates_of_0(folder: Path) -> None:
    path = write(folder / "a", trace(noise(10 * MINUTE)), reclen=512)
    records = stored(path).copy()
    records[3::4, RATE] = 0
    path.write_bytes(records.tobytes())


def win(folder: Path) -> None:
    """Write two stations in WIN: seconds of channels that have numbers, 32 bits a difference."""
    channels = {0x1101 + 16 * k + c: noise(6000, 3 * k + c) for k in range(2) for c in range(3)}
    content = b""
    for second in range(60):
        block = bytes.fromhex(f"2403011200{second:02d}")
        for number, samples in channels.items():
            part = samples[100 * second :][:100]
            block += struct.pack(">HHi", number, 4 << 12 | 100, part[0])
            block += np.diff(part).astype(">i4").tobytes()
        content += struct.pack(">I", len(block) + 4) + block
    (folder / "24030112.00").write_bytes(content)


def version_3(folder: Path) -> None:
    for item in three(10 * MINUTE):
        record = MS3Record()
        record.formatversion, record.encoding = 3, DataEncoding.STEIM2
        record.sourceid = f"FDSN:XX_ABC__{'_'.join(item.stats.channel)}"
        record.samprate, record.starttime = 100.0, START.ns
        content = b"".join(record.generate(item.data, "i"))
        (folder / f"{item.stats.channel}.mseed3").write_bytes(content)


def numbered(folder: Path) -> None:
    write(folder / "a.evt", *(trace(noise(10 * MINUTE, k), str(k)) for k in range(6)))


def an_archive(folder: Path) -> None:
    path = write(folder / "a", trace(noise(1000)))
    with tarfile.open(folder / "day.tar", "w") as archive:
        archive.add(path, "a.mseed")
    path.unlink()


def twelve_stations(folder: Path) -> None:
    found = [item for k in range(12) for item in three(MINUTE, station=f"S{k:03d}")]
    write(folder / "event.gse2", *found, format="GSE2")


def no_reference_time(folder: Path) -> None:
    path = write(folder / "ABC.HHZ.sac", trace(noise(1000)), format="SAC")
    content = bytearray(path.read_bytes())
    content[280:304] = struct.pack("<6i", *[-12345] * 6)  # nzyear to nzmsec: undefined
    path.write_bytes(content)


def changed(folder: Path, at: int, value: bytes) -> None:
    """Write an hour of three components with other bytes in the header of one record."""
    path = write(folder / "day", *three(10 * MINUTE), reclen=512)
    records = stored(path).copy()
    records[7, at : at + len(value)] = list(value)
    path.write_bytes(records.tobytes())


def a_damaged_copy(folder: Path) -> None:
    path = write(folder / "day", *three(10 * MINUTE), reclen=512)
    records = stored(path)
    bad = records[5].copy()
    bad[64 + 8 : 64 + 12] = 1  # the last sample, as its first frame tells it
    path.write_bytes(records[:5].tobytes() + bad.tobytes() + records[5:].tobytes())


def overlaps_that_disagree(folder: Path) -> None:
    items = trace(noise(10 * MINUTE)), trace(noise(300, seed=2), start=START + 50)
    write(folder / "a", *items, reclen=512)


@dataclass(frozen=True)
class Kind:
    """``streams`` and ``minutes`` (of all streams) are those that are used of the case and of what
    is made; ``said`` is said of both.
    """

    said: tuple[str, ...]
    make: Callable[[Path], None] | None = None
    case: str = ""
    streams: tuple[str, str] = ("1 of 1", "1 of 1")
    minutes: tuple[float, float] = (60.0, 10.0)
    components: str = "Z"
    options: tuple[tuple[str, object], ...] = ()


KINDS = {
    "stray bytes": Kind(
        ("100 bytes in 1 place are damaged or not miniSEED: left out",),
        lambda folder: with_bytes_between(folder, 5, slice(None), b"\x07" * 100),
        "waveforms/01_stray_100_bytes",
    ),
    "a partial record, early": Kind(
        ("300 bytes in 1 place are damaged or not miniSEED: left out",),
        lambda folder: with_bytes_between(folder, 1, slice(300)),
        "waveforms/02_partial_record_early",
        minutes=(59.9, 9.95),
    ),
    "a partial record, late": Kind(
        ("300 bytes in 1 place are damaged or not miniSEED: left out",),
        lambda folder: with_bytes_between(folder, -3, slice(300)),
        "waveforms/03_partial_record_late",
        minutes=(59.9, 9.95),
    ),
    "SAC without station codes": Kind(
        (" is taken from the name of the file",),
        sac_without_stations,
        "waveforms/04_sac_no_station_code",
        streams=("3 of 3", "2 of 2"),
        minutes=(30.0, 20.0),
    ),
    "two rates": Kind(
        ("HH at 200 Hz is left out", "HH at 100 Hz is there (two rates under one code are two"),
        two_rates,
        "waveforms/05_two_rates_one_code",
        minutes=(10.0, 10.0),
    ),
    "a gap in HH": Kind(
        ("BH is left out (1 recording) where", "HH is there (sensor_order)"),
        a_gap_in_hh,
        "waveforms/07_gap_in_HH_while_BH_runs",
        streams=("2 of 1", "2 of 1"),
        minutes=(30.0, 10.0),
    ),
    "parts and whole": Kind(
        ("half1", "holds too, which is used"),
        an_hour_and_its_halves,
        "waveforms/08_parts_and_whole",
    ),
    "rates of 0": Kind(
        ("that tell no sampling rate are read at that of their neighbours", "min in "),
        rates_of_0,
        "waveforms/09_records_of_rate_0",
        minutes=(30.0, 10.0),
    ),
    "WIN": Kind(
        (f"WIN {DECODED} (channel_map)", "channels 1101, 1102, 1103, 1111, 1112, 1113: "),
        win,
        streams=("", ""),
    ),
    "WIN of the cases": Kind(
        (f"WIN {DECODED} (channel_map)", "channels 0101, 0102, 0103, 0111, 0112, 0113: "),
        case="waveforms/10_win_two_stations",
        streams=("", ""),
    ),
    "miniSEED 3": Kind((), version_3),
    "miniSEED 3 of the cases": Kind(
        ("holds 3 channels with the same samples as",),
        case="waveforms/11_miniseed3",
        minutes=(70.0, 0),
        options=(("allow_upsampling", 1),),
    ),
    "RT130": Kind(
        ("taken in their order: EH0 is Z, EH1 is N, EH2 is E", "overlaps that do not agree are"),
        case="waveforms/12_rt130",
        minutes=(0.57, 0),
    ),
    "numbers": Kind(
        ("0, 1, 2, 3, 4, 5: a number tells no component; a channel map can say what it is",),
        numbered,
        "waveforms/13_kinemetrics_6_channels",
        streams=("", ""),
    ),
    "low rates alone": Kind(
        ("at 40 Hz nothing is recorded above 20 Hz", "to 100 Hz; allow it with allow_upsampling"),
        lambda folder: write(folder / "a", trace(noise(10 * MINUTE), "BHZ", rate=40.0)) and None,
        "waveforms/14_low_rate_only",
        streams=("", ""),
    ),
    "an archive": Kind(
        ("day.tar: is a tar archive; unpack it first",),
        an_archive,
        "waveforms/15_tar",
        streams=("", ""),
    ),
    "GSE2 of many stations": Kind(
        (),
        twelve_stations,
        "waveforms/17_gse2_40_stations",
        streams=("40 of 40", "12 of 12"),
        minutes=(80.0, 12.0),
    ),
    "no time": Kind(
        (".sac: tells no time",),
        no_reference_time,
        "waveforms/18_sac_no_reference_time",
        streams=("", ""),
    ),
    "minute 69": Kind(
        ("bytes in 1 place are damaged or not miniSEED: left out",),
        lambda folder: changed(folder, 25, bytes([69])),
        "faults/x_minute.mseed",
        minutes=(12.0, 10.0),
    ),
    "a wrong year": Kind(
        ("records years away from all others of their file are left out (XX.", "from 1985-0"),
        lambda folder: changed(folder, YEAR.start, (1985).to_bytes(2, "big")),
        "faults/x_year.mseed",
        minutes=(12.0, 10.0),
    ),
    "a damaged copy": Kind(
        ("records that do not fit their check value are left out (XX.ABC..HH", " s in 1 place"),
        a_damaged_copy,
        "faults/mseed_overlap_disagrees.mseed",
        minutes=(1.0, 10.0),
        components="ZNE",
    ),
    "overlaps that disagree": Kind(
        ("overlaps that do not agree are left out (XX.ABC..HHZ: 3.00 s in 1 place",),
        overlaps_that_disagree,
        minutes=(0, 9.97),
    ),
}

MAPS = {
    "WIN": "file_channel,station,component\n"
    + "".join(f"??{k}{n},S{k},{c}\n" for k in (0, 1) for n, c in zip("123", "ZNE", strict=True)),
    "numbers": "file,file_channel,component\n*.evt,0,HNN\n*.evt,1,HNE\n*.evt,2,HNZ\n*.evt,?,-\n",
}
