"""miniSEED: runs of a stream, and many short traces of one channel, thousands at a time.

Of these, ObsPy's writer takes a third of a millisecond for each, whatever its length. Here it
writes one of each kind; the others are copies of its records with other times and samples.
SEED manual, version 2.4, chapter 8: the start of a record is at bytes 20 to 29 of its header,
and blockette 1001 holds the microseconds beyond its ten-thousandths of a second.
"""

import io
from dataclasses import dataclass
from functools import lru_cache
from typing import IO

import numpy as np
from numpy.typing import NDArray

from deepquake.waveforms.mseed_index import index_records
from deepquake.waveforms.recording import Recording

RECORD_LENGTH = 4096
STEIM2_LARGEST_STEP = 1 << 29
START = slice(20, 30)
START_FIELDS = np.dtype(
    [
        *(("year", ">u2"), ("day", ">u2"), ("hour", "u1"), ("minute", "u1"), ("second", "u1")),
        *(("unused", "u1"), ("ticks", ">u2")),
    ]
)
TICK_US = 100
REFERENCE_S = 946_684_800  # 2000-01-01, where the records that are copied begin


@dataclass(frozen=True)
class Codes:
    """What names a channel."""

    network: str
    station: str
    location: str
    channel: str


@dataclass(frozen=True)
class _Pattern:
    """The records (n, RECORD_LENGTH) of a trace of zeros.

    ``since_us`` is the start of each since the trace's, ``edges`` (n + 1) the numbers of their
    first samples. ``microseconds_at`` is the byte where blockette 1001 has them, 0 without one.
    """

    records: NDArray[np.uint8]
    since_us: NDArray[np.int64]
    edges: NDArray[np.int64]
    samples_at: int
    microseconds_at: int


def codes_of(recording: Recording, component: str) -> Codes:
    """Return the codes of a component of a recording."""
    channel = recording.channels[component]
    return Codes(recording.network, recording.station, recording.location, channel)


def write_run(
    file: IO[bytes],
    codes: Codes,
    rate_hz: float,
    start_s: float,
    samples: NDArray[np.float64],
    kinds: set[str],
) -> None:
    """Write finite samples, the first of which is at ``start_s`` (seconds since 1970 UTC).

    ``kinds`` are those of the numbers they come from: 'i' and 'u' whole, 'f' float32, 'd' float64.
    Whole numbers are written as Steim-2, or as they are where they step too far for it.
    """
    from obspy import Trace, UTCDateTime

    encoding = "FLOAT32"
    least, most = samples.min(), samples.max()
    if kinds <= set("iu") and max(-least, most) < 2**31:
        # no step is larger than the whole range, which is found faster
        is_fit = most - least < STEIM2_LARGEST_STEP
        is_fit = is_fit or np.abs(np.diff(samples)).max() < STEIM2_LARGEST_STEP
        encoding = "STEIM2" if is_fit else "INT32"
        samples = samples.astype(np.int32)
    elif "d" in kinds or kinds <= set("iu"):
        encoding = "FLOAT64"
    else:
        samples = samples.astype(np.float32)
    start = UTCDateTime(round(start_s * 1e6) / 1e6)
    header = vars(codes) | {"sampling_rate": rate_hz, "starttime": start}
    Trace(samples, header).write(file, format="MSEED", encoding=encoding, reclen=RECORD_LENGTH)


def float_records(
    codes: Codes, rate_hz: float, starts_s: NDArray[np.float64], data: NDArray[np.float32]
) -> list[NDArray[np.uint8]]:
    """Return the miniSEED records (n_records, 4096) of each of k traces, ``data`` (k, n_samples).

    They are those that ObsPy writes of each trace, as float32: ``starts_s``, the times of the first
    samples (seconds since 1970 UTC), are rounded to the microsecond. Raises what ObsPy raises
    where a code cannot be written.
    """
    # the way of ObsPy's UTCDateTime and its writer, by nanoseconds, so that ties fall alike
    starts_us = (np.rint(np.asarray(starts_s) * 1e9).astype(np.int64) + 500) // 1000
    has_microseconds = starts_us % TICK_US != 0
    parts = [
        iter(_fill(_pattern(codes, rate_hz, data.shape[1], kind), starts_us[own], data[own]))
        for kind, own in ((False, ~has_microseconds), (True, has_microseconds))
    ]
    return [next(parts[kind]) for kind in has_microseconds.tolist()]


def _fill(
    pattern: _Pattern, starts_us: NDArray[np.int64], data: NDArray[np.float32]
) -> NDArray[np.uint8]:
    out = np.empty((len(data), *pattern.records.shape), np.uint8)
    out[:] = pattern.records
    ticks, microseconds = _ticks(starts_us[:, None] + pattern.since_us)
    out[:, :, START] = ticks.view(np.uint8).reshape(*ticks.shape, START_FIELDS.itemsize)
    if pattern.microseconds_at:
        out[:, :, pattern.microseconds_at] = microseconds
    samples = data.astype(">f4").view(np.uint8)
    for number, (first, end) in enumerate(zip(pattern.edges[:-1], pattern.edges[1:], strict=True)):
        at = pattern.samples_at
        out[:, number, at : at + 4 * (end - first)] = samples[:, 4 * first : 4 * end]
    return out


def _ticks(times_us: NDArray[np.int64]) -> tuple[NDArray[np.void], NDArray[np.uint8]]:
    """Return times as a record's header has them, and the microseconds (-50 to 49) beyond."""
    ticks = (times_us + TICK_US // 2) // TICK_US
    beyond = (times_us - ticks * TICK_US).astype(np.int8).view(np.uint8)
    second, tick = np.divmod(ticks, 10_000)
    days, second = np.divmod(second, 86_400)
    years = days.astype("M8[D]").astype("M8[Y]")
    fields = np.zeros(times_us.shape, START_FIELDS)
    fields["year"] = years.astype(np.int64) + 1970
    fields["day"] = days - years.astype("M8[D]").astype(np.int64) + 1
    fields["hour"], fields["minute"] = second // 3600, second // 60 % 60
    fields["second"], fields["ticks"] = second % 60, tick
    return fields, beyond


@lru_cache(maxsize=64)
def _pattern(codes: Codes, rate_hz: float, n_samples: int, has_microseconds: bool) -> _Pattern:
    """Let ObsPy write the records that are copied.

    It adds blockette 1001 where the start of the trace, or its step, has microseconds.
    """
    from obspy import Trace, UTCDateTime

    start = UTCDateTime(ns=REFERENCE_S * 10**9 + has_microseconds * 1000)
    header = vars(codes) | {"sampling_rate": rate_hz, "starttime": start}
    written = io.BytesIO()
    Trace(np.zeros(n_samples, np.float32), header).write(
        written, format="MSEED", encoding="FLOAT32", reclen=RECORD_LENGTH
    )
    data = np.frombuffer(written.getvalue(), np.uint8)
    records = index_records(data)
    assert records is not None
    rows = data.reshape(-1, RECORD_LENGTH)
    return _Pattern(
        rows,
        np.round((records.start_s - records.start_s[0]) * 1e6).astype(np.int64),
        np.concatenate([[0], np.cumsum(records.n_samples)]),
        int(rows[0, 44:46].view(">u2")[0]),
        _microseconds_at(rows[0]),
    )


def _microseconds_at(record: NDArray[np.uint8]) -> int:
    """Return the byte of a record that holds the microseconds of its start, or 0."""
    at = int(record[46:48].view(">u2")[0])
    while at:
        kind, following = record[at : at + 4].view(">u2")
        if kind == 1001:
            return at + 5
        at = int(following)
    return 0
