"""Taking in a data set of SeisBench's format: it becomes a folder as step 1 writes it.

Traces of a sensor become station streams, with gaps between them. Where traces overlap, as those
of events that follow soon, the later one goes to a further stream: each may have been processed
in its own way. What windows are is told by the rules of step 1.
"""

import re
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from deepquake.catalog.events import Event, Pick
from deepquake.core.errors import DeepQuakeError
from deepquake.core.files import check_free, name_within, write_csv
from deepquake.core.progress import nothing_collected, progress
from deepquake.core.report import Report
from deepquake.core.settings import COMPONENTS, Settings, window_samples
from deepquake.core.text import number_of
from deepquake.core.times import compact
from deepquake.core.workers import run_tasks
from deepquake.tools.sets.metadata import SetContent, SetTrace, chunks_of, read_metadata
from deepquake.tools.sets.waveforms import (
    fill_lengths,
    read_format,
    read_samples,
    waveforms_path,
)
from deepquake.waveforms.channels import component_of
from deepquake.waveforms.mseed import packed
from deepquake.waveforms.recording import LONGEST_RECORDING, Codes, Recording
from deepquake.waveforms.scan import HIGHEST_RATE_HZ, LOWEST_RATE_HZ, scan
from deepquake.windows import exchange, index, labels, origins, phases, preparation, room
from deepquake.windows.grid import CutWindows

# Between traces of a stream: their windows stay apart, and no record is taken for a damaged one.
TRACES_APART_S, LONGEST_GAP_S = 10.0, 100 * 86400.0
MOST_TRACES = 1024  # of a stream
SET_STATIONS_NAME = "stations.csv"
SET_STATIONS_HEADER = "network", "code", "latitude", "longitude", "elevation_m"
LARGEST_WHOLE = 2**31 - 1  # of miniSEED


@dataclass
class SetStream:
    """Traces of one sensor that do not overlap, by time, and where their stream is written."""

    name: str
    traces: list[SetTrace] = field(default_factory=list)

    @property
    def file(self) -> str:
        """The stream, relative to the folder."""
        return f"{index.STREAM_DIR}/{self.name}.mseed"


@dataclass(frozen=True)
class LabellingTask:
    """A station stream that is written, its traces, and all of its station at these times."""

    prep_dir: Path
    stream: SetStream
    near: Sequence[SetTrace]
    settings: Settings

    def __str__(self) -> str:
        return self.stream.name


@nothing_collected()
def import_set(input_dir: Path, prep_dir: Path, settings: Settings) -> preparation.Prepared:
    """Make a folder as step 1 writes it from a data set.

    Parameters
    ----------
    input_dir : Path
        The data set.
    prep_dir : Path
        The folder to write.
    settings : Settings
        Those of step 1.

    Returns
    -------
    Prepared
        What was done.

    Raises
    ------
    DeepQuakeError
        Where there is no data set, nothing in it can be used, or ``prep_dir`` holds what neither
        step 1 nor an import made.
    """
    done, content = preparation.Prepared(), SetContent()
    paths = {chunk: waveforms_path(input_dir, chunk) for chunk in chunks_of(input_dir)}
    formats = {chunk: read_format(path) for chunk, path in paths.items()}
    for chunk, data_format in formats.items():
        before = len(content.traces)
        read_metadata(input_dir, chunk, data_format, content, report=done.report)
        fill_lengths(paths[chunk], content.traces[before:], data_format.dimension_order)
    _leave_out_slow(content, settings, input_dir, done.report)
    if not content.traces:
        raise _nothing_usable(input_dir, done.report)
    room.check_room(prep_dir, input_dir)
    origins.check_data_set(prep_dir, input_dir)
    check_free(prep_dir / index.STREAM_DIR, sum(path.stat().st_size for path in paths.values()))
    streams = arrange_streams(content.traces)
    stream_of = {id(trace): stream.file for stream in streams for trace in stream.traces}
    settings = replace(settings, arrivals=replace(settings.arrivals, noise_without_event=True))
    with exchange.new_result(room.output_of_step1(prep_dir)):
        exchange.staged(prep_dir, f"{index.STREAM_DIR}/a").parent.mkdir(parents=True)
        samples = (
            pair
            for chunk, own in groupby(content.traces, key=lambda trace: trace.chunk)
            for pair in read_samples(
                paths[chunk], own, formats[chunk].dimension_order, report=done.report
            )
        )
        n_dead = 0
        for trace, values in progress(samples, len(content.traces), "traces"):
            if records := _records(trace, values):
                with exchange.staged(prep_dir, stream_of[id(trace)]).open("ab") as file:
                    file.write(records)
            else:
                n_dead += 1
        if n_dead:
            traces = number_of(n_dead, "trace")
            done.report.skip(input_dir, f"{traces} without a live component Z, N or E")
        tasks = _labelling_tasks(prep_dir, streams, settings)
        if not tasks:
            raise _nothing_usable(input_dir, done.report)
        events = {id(t.event): t.event for task in tasks for t in task.stream.traces if t.event}
        used = [event for event in content.events.values() if id(event) in events]
        index.write_event_list(prep_dir, used, content.parts)
        if content.places:
            rows = [(*names, *place) for names, place in sorted(content.places.items())]
            write_csv(exchange.staged(prep_dir, SET_STATIONS_NAME), SET_STATIONS_HEADER, rows)
        with closing(run_tasks(label_stream, tasks, settings.run, report=done.report)) as made:
            labelled = progress(made, len(tasks), "station streams")
            name = origins.data_set_name(input_dir)
            preparation.write_prepared(prep_dir, labelled, done, settings, name=name)
    return done


def _nothing_usable(input_dir: Path, report: Report) -> DeepQuakeError:
    """Print why nothing of a data set can be used, and return the error."""
    report.print_summary()
    return DeepQuakeError(f"{input_dir}: no trace of this data set can be used")


def _leave_out_slow(
    content: SetContent, settings: Settings, input_dir: Path, report: Report
) -> None:
    """Leave out the traces of rates that step 1 does not take."""
    records = settings.records
    least_hz = 0.0 if records.allow_upsampling else min(LOWEST_RATE_HZ, records.sampling_rate)
    rates = Counter(trace.rate_hz for trace in content.traces)
    for rate_hz, number in sorted(rates.items()):
        if not least_hz <= rate_hz <= HIGHEST_RATE_HZ:
            why = "; allow_upsampling = true takes them" * (rate_hz < least_hz)
            report.skip(input_dir, f"{number_of(number, 'trace')} at {rate_hz:g} Hz{why}")
    content.traces = [t for t in content.traces if least_hz <= t.rate_hz <= HIGHEST_RATE_HZ]


def arrange_streams(traces: Iterable[SetTrace]) -> list[SetStream]:
    """Put the traces of each sensor together in streams in which none overlap.

    Parameters
    ----------
    traces : iterable of SetTrace
        All of a data set.

    Returns
    -------
    list of SetStream
        By sensor and time.
    """
    by_sensor: dict[tuple, list[SetTrace]] = defaultdict(list)
    for trace in traces:
        by_sensor[*trace.sensor, trace.rate_hz].append(trace)
    streams: list[SetStream] = []
    taken: set[str] = set()
    for _, own in sorted(by_sensor.items()):
        opened: list[SetStream] = []
        for trace in sorted(own, key=lambda t: (t.start_s, t.chunk, t.block, t.place)):
            gaps_s = [trace.start_s - stream.traces[-1].end_s for stream in opened]
            fits = [n for n, gap_s in enumerate(gaps_s) if TRACES_APART_S <= gap_s <= LONGEST_GAP_S]
            if fits:
                stream = opened[fits[0]]
            else:
                stream = SetStream(_stream_name(trace, taken))
                streams.append(stream)
                opened.append(stream)
            stream.traces.append(trace)
            opened = [s for s in opened if len(s.traces) < MOST_TRACES]
            opened = [s for s in opened if trace.start_s - s.traces[-1].end_s <= LONGEST_GAP_S]
    return streams


def _stream_name(trace: SetTrace, taken: set[str]) -> str:
    start = compact(trace.start_s)
    codes = re.sub(r"[^A-Za-z0-9._\-]", "_", ".".join(trace.sensor))
    name = unique = name_within(LONGEST_RECORDING, f"{codes}_{start[:8]}T{start[8:]}")
    number = 2
    while unique.lower() in taken:
        unique, number = f"{name}_{number}", number + 1
    taken.add(unique.lower())
    return unique


def _records(trace: SetTrace, samples: NDArray) -> bytes:
    """Return the live components of a trace as miniSEED; note in the trace which they are."""
    network, station, location, sensor = trace.sensor
    trace.n_samples, live = samples.shape[1], {}
    for letter, row in zip(trace.order.upper(), samples, strict=False):
        component, _ = component_of(sensor + letter)
        if component and len(row) and np.isfinite(row).all() and row.min() < row.max():
            live[component] = packed(
                Codes(network, station, location=location, channel=sensor + letter),
                trace.rate_hz,
                start_s=trace.start_s,
                samples=_as_written(row),
            )
    trace.components = "".join(component for component in COMPONENTS if component in live)
    return b"".join(live[component] for component in trace.components)


def _as_written(row: NDArray) -> NDArray:
    """Return samples as miniSEED has them: counts stay whole, whatever their type was."""
    is_whole = row.dtype.kind in "iu" or bool((row == np.rint(row)).all())
    if is_whole and max(-row.min(), row.max()) < LARGEST_WHOLE:
        return row.astype(np.int32)
    return row.astype(np.float32 if row.dtype.itemsize <= 4 else np.float64)


def _labelling_tasks(
    prep_dir: Path, streams: Sequence[SetStream], settings: Settings
) -> list[LabellingTask]:
    """Return the streams of which anything was written, each with what was read at its station."""
    stations: dict[tuple[str, str], list[SetTrace]] = defaultdict(list)
    for stream in streams:
        stream.traces = [trace for trace in stream.traces if trace.components]
        for trace in stream.traces:
            stations[trace.sensor[:2]].append(trace)
    starts: dict[tuple[str, str], list[float]] = {}
    for key, traces in stations.items():
        traces.sort(key=lambda trace: trace.start_s)
        starts[key] = [trace.start_s for trace in traces]
    tasks = []
    for stream in (stream for stream in streams if stream.traces):
        key = stream.traces[0].sensor[:2]
        begin_s = stream.traces[0].start_s - labels.NEAR_EVENT_S
        end_s = stream.traces[-1].end_s + labels.NEAR_EVENT_S
        part = slice(bisect_left(starts[key], begin_s), bisect_right(starts[key], end_s))
        tasks.append(LabellingTask(prep_dir, stream, stations[key][part], settings))
    return tasks


def label_stream(task: LabellingTask) -> preparation.Prepared:
    """Write the rows of the windows of one stream, and return these of its arrivals."""
    settings, done = task.settings, preparation.Prepared(n_recordings=1)
    path = exchange.staged(task.prep_dir, task.stream.file)
    found = scan(path, settings.records, done.report)
    if len(found) != 1:
        path.unlink()
        done.report.skip(path, "is not one station's stream; its codes or times are damaged")
        return replace(done, n_recordings=0)
    (recording,) = found
    done.stations = {f"{recording.network}.{recording.station}"}
    events = _events_at(task.near, recording)
    around = labels.Surroundings(None, [events])
    labelled = labels.label_recording(recording, around, settings.windows, settings.arrivals)
    picked_s = labelled.known[0].picked_s
    begins_s, ends_s = np.array([(t.start_s, t.end_s) for t in task.stream.traces]).T
    inside = np.searchsorted(begins_s, picked_s, side="right") - 1
    done.n_picked = int((picked_s < np.where(inside < 0, -np.inf, ends_s[inside])).sum())
    rows = phases.phase_rows(
        [events],
        labelled.known,
        recording.network,
        code=recording.station,
        settings=settings.arrivals,
        span_s=recording.span(),
    )
    done.arrivals = [phases.row_cells(task.stream.file, row) for row in rows]
    done.reasons.update(labelled.labels.reason.tolist())
    numbers = np.flatnonzero(labelled.labels.kind != labels.SKIPPED)
    cut = _windows_of(task.stream.traces, labelled.starts_s[numbers], settings)
    done.rows = exchange.staged(task.prep_dir, preparation.ROWS_DIR) / f"{recording.name}.csv"
    done.rows.parent.mkdir(exist_ok=True)
    starts = index.iso_texts(cut.starts_s)
    with done.rows.open("w", encoding="utf-8") as file:
        for run in index.window_runs(recording, events, labelled.labels.some(numbers), cut=cut):
            of_run = starts[run.part]
            file.write(index.lines(run.row, of_run, [""] * len(of_run)))
    done.sources[task.stream.file] = list(origins.sources_of(recording))
    return done


def _events_at(traces: Sequence[SetTrace], recording: Recording) -> list[Event]:
    """Return the events of traces, each with what was read of it at this station."""
    readings: dict[int, dict[tuple[str, float], Pick]] = defaultdict(dict)
    events: dict[int, Event] = {}
    for trace in traces:
        if trace.event is None:
            continue
        events[id(trace.event)] = trace.event
        for read in trace.readings:
            time_s = trace.start_s + read.sample / trace.rate_hz
            pick = Pick(recording.station, read.phase, time_s, automatic=read.automatic)
            readings[id(trace.event)][read.phase, time_s] = pick
    return [
        replace(event, picks=list(readings[number].values()), magnitudes=[])
        for number, event in events.items()
    ]


def _windows_of(
    traces: Sequence[SetTrace], starts_s: NDArray[np.float64], settings: Settings
) -> CutWindows:
    """Return windows, of which nothing is known but which components of their trace are alive."""
    rate_hz = settings.records.sampling_rate
    begins_s = np.array([trace.start_s for trace in traces])
    alive_in = np.array([[c in trace.components for c in COMPONENTS] for trace in traces])
    inside = np.searchsorted(begins_s, starts_s + 0.5 / rate_hz, side="right") - 1
    alive = alive_in[inside.clip(min=0)]
    return CutWindows(
        first=0,
        starts_s=starts_s,
        complete=alive,
        alive=alive,
        record=np.empty((len(COMPONENTS), 0), np.float32),
        offsets=np.zeros(len(starts_s), np.int64),
        win_size=window_samples(settings.windows.window_size, rate_hz),
    )
