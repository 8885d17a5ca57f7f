"""What the waveforms of a data set are, in words: channels, rates, gaps, samples, stations."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from deepquake.core.intervals import inside
from deepquake.core.settings import COMPONENTS
from deepquake.core.text import counted, duration, durations, listing, number_of, table, utc
from deepquake.tools.check.comparison import Check, StationCheck, recorded_s
from deepquake.tools.check.samples import N_PLACES, PLACE_S, stretch_spans
from deepquake.waveforms.recording import Piece, Recording

GAP_SAMPLES = 0.5  # what is longer is a gap
STATION_HEADER = (
    *("station", "channels", "rate Hz", "streams", "from", "to", "recorded", "gaps"),
    *("P picks", "recorded P", "estimated P", "remarks"),
)


def waveforms_found(check: Check, most: int | None) -> str:
    """Return the chapter on the waveforms.

    Parameters
    ----------
    check : Check
        What was found out.
    most : int or None
        After how many rows the table of stations is cut; None is never.

    Returns
    -------
    str
        The chapter; empty where there are no waveforms.
    """
    recordings = check.data.recordings
    if not recordings:
        return ""
    begins, ends = np.array([recording.span() for recording in recordings]).T
    seconds = sum(recorded_s(recording) for recording in recordings)
    networks = sorted({station.network or "(none)" for station in check.stations})
    stations = number_of(len(check.stations), "station")
    name = f"network{'s' * (len(networks) > 1)}"
    facts = [
        ("station streams", f"{len(recordings)} of {stations}, {name} {listing(networks, 12)}"),
        ("time span", f"{utc(begins.min())} to {utc(ends.max())} UTC"),
        ("recorded", f"{duration(seconds)} in all; a stream lasts {durations(ends - begins)}"),
        *_components(recordings),
        ("sampling rate", _rates(recordings, check.settings.records.sampling_rate)),
        *_gaps(check),
        *_samples(check),
    ]
    lines = [f"  {label:<17}{value}" for label, value in facts]
    rows = [_station_row(station, check) for station in check.stations]
    shown = table(STATION_HEADER, rows, most=most, elsewhere="report.txt")
    return "\n".join(["WAVEFORMS", *lines, "", *(f"  {line}" for line in shown)])


def _components(recordings: Sequence[Recording]) -> list[tuple[str, str]]:
    sets = Counter("".join(c for c in COMPONENTS if c in r.channels) for r in recordings)
    facts = [
        ("components", ", ".join(f"{c} in {number_of(n, 'stream')}" for c, n in sets.most_common()))
    ]
    for component in COMPONENTS:
        codes = Counter(_channel_codes(r, component) for r in recordings if component in r.channels)
        if codes:
            facts.append((f"  {component} is read from", counted(codes, 10)))
    sensors = Counter(".".join(filter(None, (r.location, r.sensor))) for r in recordings)
    named = {code or "(no code)": n for code, n in sensors.items()}
    return [*facts, ("sensors used", counted(named, 10))]


def _channel_codes(recording: Recording, component: str) -> str:
    pieces = recording.pieces[component]
    return "+".join(sorted({piece.codes.channel or "no code" for piece in pieces}))


def pieces_of(recording: Recording) -> list[Piece]:
    """Return the pieces of all components."""
    return [piece for pieces in recording.pieces.values() for piece in pieces]


def _rates(recordings: Sequence[Recording], wanted_hz: float) -> str:
    rates = Counter(rate for r in recordings for rate in {piece.rate_hz for piece in pieces_of(r)})
    by_rate = [f"{rate:g} Hz in {number_of(n, 'stream')}" for rate, n in rates.most_common()]
    other = sum(n for rate, n in rates.items() if rate != wanted_hz)
    listed = ", ".join(by_rate)
    return f"{listed}; {other} to be resampled to {wanted_hz:g} Hz" if other else listed


def _gaps(check: Check) -> list[tuple[str, str]]:
    by_stream = [gaps_of(recording) for recording in check.data.recordings]
    gaps = [gap for found in by_stream for gap in found]
    text = "none"
    if gaps:
        streams = number_of(sum(map(bool, by_stream)), "stream")
        total, longest = duration(sum(gaps)), duration(max(gaps))
        text = f"{len(gaps)} in {streams}, {total} in all, the longest {longest}"
    facts = [("gaps", text)]
    within = sum(overlaps_of(recording) for recording in check.data.recordings)
    if within:
        text = "within streams: kept once where both agree, a gap where not"
        facts.append(("overlaps", f"{within} {text}"))
    among = 0
    for station in check.stations:
        # those of a sensor that fills the gaps of another do not
        spans = sorted(r.span() for r in station.recordings if not r.elsewhere)
        begins, ends = np.array(spans).reshape(-1, 2).T
        among += int(np.sum(begins[1:] < np.maximum.accumulate(ends)[:-1]))
    if among:
        text = "streams overlap in time with the one before of their station: they are kept apart"
        facts.append(("event files", f"{among} {text}"))
    return facts


def gaps_of(recording: Recording) -> list[float]:
    """Return the length in seconds of each gap that all components and sensors have in common."""
    starts, ends = stretch_spans(recording).T
    gaps = starts[1:] - ends[:-1]
    gaps = gaps[~inside(recording.elsewhere, (starts[1:] + ends[:-1]) / 2)]
    return gaps[gaps * recording.sampling_rate_hz > GAP_SAMPLES].tolist()


def overlaps_of(recording: Recording) -> int:
    """Return how often a run of samples begins before the one before it has ended."""
    count = 0
    for pieces in recording.pieces.values():
        reach, ends = -np.inf, set()
        for piece in pieces:
            # what begins where another piece ends is the same run, in a further part of the file
            goes_on = round(piece.start_s * piece.rate_hz) in ends
            count += not goes_on and piece.start_s < reach - 1.5 / piece.rate_hz
            reach = max(reach, piece.end_s)
            ends.add(round(piece.end_s * piece.rate_hz))
    return count


def _samples(check: Check) -> list[tuple[str, str]]:
    total = len(check.data.recordings)
    if not check.looked:
        return [("samples", "not looked at (--look_at 0)")]
    streams: Counter[str] = Counter()
    for station in check.stations:
        for mark, count in station.marks.items():
            streams[mark.partition(" ")[2]] += count
    which = "all" if check.looked == total else f"{check.looked} of {total}"
    flat_s = sum(station.flat_s for station in check.stations)
    length = f", {duration(flat_s)} in all" if streams["flat"] else ""
    places = f"at most {N_PLACES} times {PLACE_S:g} s of each:"
    found = {kind: number_of(streams[kind], "stream") for kind in ("dead", "flat", "clipped")}
    padding = "(padding, dropouts: counts as a gap)"
    return [
        ("samples", f"of {which} streams were looked at, {places}"),
        ("  dead", f"a component of {found['dead']}"),
        ("  flat", f"a second or more in {found['flat']}{length} {padding}"),
        ("  clipped", f"by the look of it, {found['clipped']}"),
    ]


def _station_row(station: StationCheck, check: Check) -> tuple[object, ...]:
    recordings = station.recordings
    begins, ends = zip(*(recording.span() for recording in recordings), strict=True)
    codes = [{_channel_codes(r, c) for r in recordings if c in r.channels} for c in COMPONENTS]
    rates = sorted({piece.rate_hz for recording in recordings for piece in pieces_of(recording)})
    return (
        station.name,
        " ".join("/".join(sorted(found)) for found in codes if found),
        " ".join(f"{rate:g}" for rate in rates),
        len(recordings),
        utc(min(begins))[:16],
        utc(max(ends))[:16],
        duration(sum(map(recorded_s, recordings))),
        sum(len(gaps_of(recording)) for recording in recordings),
        len(station.picked_s) + len(station.lost_s),
        len(station.picked_s),
        len(station.estimated_s),
        ", ".join(_remarks(station, check)),
    )


def _remarks(station: StationCheck, check: Check) -> list[str]:
    remarks = ["no coordinates"] * bool(check.data.stations and station.place is None)
    for mark, count in sorted(station.marks.items()):
        length = f" {duration(station.flat_s)}" if mark.endswith("flat") else ""
        several = f" in {count} of {station.looked}" if station.looked > 1 else ""
        remarks.append(f"{mark}{several}{length}")
    return remarks
