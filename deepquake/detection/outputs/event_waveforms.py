"""The records around each event: one miniSEED file of all stations, named as SEISAN names it.

What is written are the numbers of the records, at their rate, as they were recorded. A file begins
on a whole second, SHOWN_BEFORE_S before that of the event's id, by which its name is its own.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from deepquake.core.files import whole_file
from deepquake.core.report import Report
from deepquake.core.settings import COMPONENTS, RunSettings
from deepquake.core.times import compact, iso, parse_iso
from deepquake.core.workers import run_tasks
from deepquake.detection.association.event import DetectedEvent
from deepquake.detection.outputs.seisan import DATABASE
from deepquake.waveforms.mseed import packed
from deepquake.waveforms.reading import read_as_recorded
from deepquake.waveforms.recording import Piece, Recording

SHOWN_BEFORE_S = 20.0
CODA_S = 30.0  # after the last arrival, and as long again as it takes to arrive
WAVEFORM_DIR = "WAV"


@dataclass(frozen=True)
class _WaveformCut:
    """A file that is to be written: the span of an event, and the records that reach into it."""

    event_id: str
    start_s: float
    end_s: float
    recordings: tuple[Recording, ...]
    folder: Path


@dataclass
class _WaveformFile:
    """What became of a file: its name, empty where nothing could be read."""

    event_id: str
    name: str = ""
    report: Report = field(default_factory=Report)


def span_shown(event: DetectedEvent) -> tuple[float, float]:
    """Return begin and end of what is shown of an event, seconds since 1970 UTC.

    S takes less than twice as long as P: where only P are found there is room for S and its coda.
    """
    last_s = max(arrival.time_s for arrival in event.arrivals)
    event_id = event.event_id or compact(event.time_s)
    start_s = parse_iso(f"{event_id[:8]}T{event_id[8:14]}") - SHOWN_BEFORE_S
    return start_s, last_s + CODA_S + max(0.0, last_s - event.time_s)


def write_event_waveforms(
    events: Sequence[DetectedEvent],
    recordings: Sequence[Recording],
    seisan_dir: Path,
    run: RunSettings,
    report: Report,
) -> dict[str, str]:
    """Write, for each event, one miniSEED file of all stations that record then.

    Of the records only that span is read, once.

    Parameters
    ----------
    events : sequence of DetectedEvent
        The events, each with an id of its own.
    recordings : sequence of Recording
        The station streams.
    seisan_dir : Path
        The folder that is to hold WAV.
    run : RunSettings
        Who shares the work.
    report : Report
        Is told what cannot be read.

    Returns
    -------
    dict of str to str
        The name of the file of each event by its id; none where nothing is recorded.
    """
    ordered = sorted(recordings, key=lambda r: (r.network, r.station, r.location, r.sensor, r.name))
    names = {}
    cuts = _waveform_cuts(events, ordered, seisan_dir / WAVEFORM_DIR)
    done = run_tasks(
        _write_waveform_file, cuts, run, report=report, name=lambda cut: f"event {cut.event_id}"
    )
    with closing(done):
        for written in done:
            # a file is read for many events, and may have been told when it was searched
            report.merge(written.report, again=False)
            if written.name:
                names[written.event_id] = written.name
    return names


def _waveform_cuts(
    events: Sequence[DetectedEvent], recordings: Sequence[Recording], folder: Path
) -> Iterator[_WaveformCut]:
    spans = np.array([recording.span() for recording in recordings]).reshape(-1, 2)
    reach = {
        (number, component): _reach_of_pieces(pieces)
        for number, recording in enumerate(recordings)
        for component, pieces in recording.pieces.items()
    }
    for event in events:
        start_s, end_s = span_shown(event)
        near = np.flatnonzero((spans[:, 0] <= end_s) & (spans[:, 1] >= start_s))
        parts = []
        for number in near.tolist():
            recording, pieces = recordings[number], {}
            for component in recording.pieces:
                starts, ends = reach[number, component]
                # pieces that follow tell how the last one ends
                first = np.searchsorted(ends, start_s - 1.0)
                last = np.searchsorted(starts, end_s + 1.0, side="right")
                if first < last:
                    pieces[component] = recording.pieces[component][first:last]
            if pieces:
                # what a worker needs, and no more: a year's record has thousands of stretches
                parts.append(replace(recording, pieces=pieces, stretches=(), elsewhere=()))
        yield _WaveformCut(event.event_id, start_s, end_s, tuple(parts), folder)


def _reach_of_pieces(pieces: Sequence[Piece]) -> tuple[np.ndarray, np.ndarray]:
    """Return the starts of pieces, and the latest end of each and those before it."""
    ends = np.maximum.accumulate([piece.end_s for piece in pieces])
    return np.array([piece.start_s for piece in pieces]), ends


def _write_waveform_file(cut: _WaveformCut) -> _WaveformFile:
    written = _WaveformFile(cut.event_id)
    records, channels = [], set()
    for recording in cut.recordings:
        for component in (c for c in COMPONENTS if c in recording.pieces):
            codes = recording.codes(component)
            for start_s, rate_hz, samples in read_as_recorded(
                recording, component, cut.start_s, cut.end_s, report=written.report
            ):
                records.append(packed(codes, rate_hz=rate_hz, start_s=start_s, samples=samples))
                channels.add(codes)
    if records:
        written.name = _waveform_name(cut.start_s, len(channels))
        with whole_file(cut.folder / written.name, lasting=False) as temporary:
            temporary.write_bytes(b"".join(records))
    return written


def _waveform_name(start_s: float, n_channels: int) -> str:
    """Return SEISAN's name of a waveform file: YYYY-MM-DD-HHMM-SSM.DEEPQ_NNN."""
    date, clock = iso(start_s)[:19].split("T")
    hour, minute, second = clock.split(":")
    return f"{date}-{hour}{minute}-{second}M.{DATABASE}_{min(n_channels, 999):03d}"
