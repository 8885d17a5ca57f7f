"""What the waveforms of a data set are, in words: channels, rates, gaps, samples, stations."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from deepquake.core.config import Config
from deepquake.core.text import duration, durations, listing, number_of, table, utc
from deepquake.tools.check.comparison import LOOK_PLACES, LOOK_S, Check, StationCheck, recorded_s
from deepquake.waveforms.recording import Recording

GAP_SHARE = 0.5  # samples: what is longer is a gap


def waveforms_found(check: Check, config: Config, most: int | None) -> str:
    """Return the chapter on the waveforms; the table of stations is cut after ``most`` rows."""
    recordings = check.data.recordings
    if not recordings:
        return ""
    spans = np.array([recording.span() for recording in recordings])
    seconds = np.array([recorded_s(recording) for recording in recordings])
    networks = sorted({station.network or "(none)" for station in check.stations})
    long = spans[:, 1] - spans[:, 0]
    lines = [
        "WAVEFORMS",
        f"  station streams  {len(recordings)} of {number_of(len(check.stations), 'station')}, "
        f"network{'s' * (len(networks) > 1)} {listing(networks, 12)}",
        f"  time span        {utc(spans.min())} to {utc(spans.max())} UTC",
        f"  recorded         {duration(seconds.sum())} in all; a stream lasts {durations(long)}",
    ]
    lines += [f"  {line}" for line in _components(recordings)]
    lines += [f"  {line}" for line in _rates(recordings, config)]
    lines += [f"  {line}" for line in _gaps(check)]
    lines += [f"  {line}" for line in _samples(check)]
    return "\n".join([*lines, "", *_station_table(check, most)])


def _components(recordings: Sequence[Recording]) -> list[str]:
    sets = Counter("".join(c for c in "ZNE" if c in r.channels) for r in recordings)
    codes: dict[str, Counter[str]] = {c: Counter() for c in "ZNE"}
    sensors: Counter[str] = Counter()
    for recording in recordings:
        sensors[".".join(filter(None, (recording.location, recording.sensor)))] += 1
        for component in recording.channels:
            codes[component][_codes(recording, component)] += 1
    lines = ["components       " + ", ".join(f"{c} in {n} streams" for c, n in sets.most_common())]
    for component, found in codes.items():
        if found:
            listed = [f"{code} ({n})" for code, n in found.most_common()]
            lines.append(f"  {component} is read from  {listing(listed, 10)}")
    listed = [f"{code or '(no code)'} ({n})" for code, n in sensors.most_common()]
    lines.append(f"sensors used     {listing(listed, 10)}")
    return lines


def _codes(recording: Recording, component: str) -> str:
    found = sorted({piece.codes.channel or "no code" for piece in recording.pieces[component]})
    return "+".join(found)


def _rates(recordings: Sequence[Recording], config: Config) -> list[str]:
    rates = Counter(
        rate
        for r in recordings
        for rate in {piece.rate_hz for own in r.pieces.values() for piece in own}
    )
    listed = ", ".join(f"{rate:g} Hz in {n} streams" for rate, n in rates.most_common())
    other = sum(n for rate, n in rates.items() if rate != config.sampling_rate)
    after = f"; {other} are resampled to {config.sampling_rate:g} Hz" if other else ""
    return [f"sampling rate    {listed}{after}"]


def _gaps(check: Check) -> list[str]:
    gaps = [gap for station in check.stations for r in station.recordings for gap in gaps_of(r)]
    with_gaps = sum(bool(gaps_of(r)) for s in check.stations for r in s.recordings)
    text = "none"
    if gaps:
        text = (
            f"{len(gaps)} in {number_of(with_gaps, 'stream')}, {duration(sum(gaps))} in all, "
            f"the longest {duration(max(gaps))}"
        )
    lines = [f"gaps             {text}"]
    within = sum(overlaps_of(r) for r in check.data.recordings)
    if within:
        lines.append(
            f"overlaps         {within} within streams: one where both agree, a gap where not"
        )
    among = sum(_overlapping(station) for station in check.stations)
    if among:
        lines.append(
            f"event files      {among} streams overlap in time with the one before of their "
            "station: they are kept apart"
        )
    return lines


def gaps_of(recording: Recording) -> list[float]:
    """Return the length in seconds of each gap that all components have in common."""
    rate = recording.sampling_rate_hz
    ends = [s.start_s + s.n_samples / rate for s in recording.stretches]
    heads = [s.start_s for s in recording.stretches[1:]]
    gaps = [head - end for end, head in zip(ends, heads, strict=False)]
    return [gap for gap in gaps if gap * rate > GAP_SHARE]


def overlaps_of(recording: Recording) -> int:
    """Return how often a run of samples begins before the one before it has ended."""
    count = 0
    for own in recording.pieces.values():
        reach = -np.inf
        for piece in own:
            count += piece.start_s < reach - 1.5 / piece.rate_hz
            reach = max(reach, piece.end_s)
    return count


def _overlapping(station: StationCheck) -> int:
    reach, count = -np.inf, 0
    for begin, end in sorted(recording.span() for recording in station.recordings):
        count += begin < reach
        reach = max(reach, end)
    return count


def _samples(check: Check) -> list[str]:
    total = len(check.data.recordings)
    if not check.looked:
        return ["samples          not looked at (--look_at 0)"]
    streams: Counter[str] = Counter()
    for station in check.stations:
        for mark, count in station.marks.items():
            streams[mark.partition(" ")[2]] += count
    which = "all" if check.looked == total else f"{check.looked} of {total}"
    flat_s = sum(station.flat_s for station in check.stations)
    length = f", {duration(flat_s)} in all" if streams["flat"] else ""
    return [
        f"samples          of {which} streams were looked at, at most {LOOK_PLACES} times "
        f"{LOOK_S:g} s of each:",
        f"  dead           a component of {number_of(streams['dead'], 'stream')}",
        f"  flat           a second or more in {number_of(streams['flat'], 'stream')}{length} "
        "(padding, dropouts: counts as a gap)",
        f"  clipped        by the look of it, {number_of(streams['clipped'], 'stream')}",
    ]


def _station_table(check: Check, most: int | None) -> list[str]:
    header = "station", "channels", "rate Hz", "streams", "from", "to", "recorded", "gaps"
    header += "P picks", "recorded P", "estimated P", "remarks"
    rows = []
    for station in check.stations:
        own = station.recordings
        spans = [recording.span() for recording in own]
        channels = {c: sorted({_codes(r, c) for r in own if c in r.channels}) for c in "ZNE"}
        rates = sorted({p.rate_hz for r in own for pieces in r.pieces.values() for p in pieces})
        rows.append(
            (
                station.name,
                " ".join("/".join(codes) for codes in channels.values() if codes),
                " ".join(f"{rate:g}" for rate in rates),
                str(len(own)),
                utc(min(begin for begin, _ in spans))[:16],
                utc(max(end for _, end in spans))[:16],
                duration(sum(map(recorded_s, own))),
                str(sum(len(gaps_of(recording)) for recording in own)),
                str(len(station.picked_s) + len(station.lost_s)),
                str(len(station.picked_s)),
                str(len(station.estimated_s)),
                ", ".join(_remarks(station, check)),
            )
        )
    return [f"  {line}" for line in table(header, rows, most=most, elsewhere="report.txt")]


def _remarks(station: StationCheck, check: Check) -> list[str]:
    remarks = []
    if check.data.stations and station.place is None:
        remarks.append("no coordinates")
    for mark, count in sorted(station.marks.items()):
        length = f" {duration(station.flat_s)}" if mark.endswith("flat") else ""
        several = f" in {count} of {station.looked}" if station.looked > 1 else ""
        remarks.append(f"{mark}{several}{length}")
    return remarks
