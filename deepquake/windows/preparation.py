"""Step 1: station streams, their windows, the window index and the pictures."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from math import inf
from pathlib import Path

import numpy as np

from deepquake.catalog.catalog_json import read_catalog_json
from deepquake.catalog.events import Event, event_time
from deepquake.core import workers as parallel
from deepquake.core.config import Config
from deepquake.core.errors import DeepQuakeError
from deepquake.core.files import whole_file
from deepquake.core.progress import progress
from deepquake.core.report import Report
from deepquake.earth.arrivals import Arrivals, station_arrivals
from deepquake.earth.stations import Station, load_stations, station_of
from deepquake.earth.travel_times import choose_travel_time
from deepquake.waveforms.quality import FLAT_S
from deepquake.waveforms.reading import write_and_read
from deepquake.waveforms.recording import Recording
from deepquake.waveforms.scan import find_recordings
from deepquake.windows import grid as windows
from deepquake.windows import index
from deepquake.windows.files import write_windows
from deepquake.windows.rows import NEAR_EVENT_S, Run, iso_texts, runs_of


@dataclass(frozen=True)
class Task:
    """One recording to prepare, with the events that may concern it."""

    recording: Recording
    events: Sequence[Event]
    noise_events: Sequence[Event] | None
    station: Station | None
    config: Config
    prep_dir: Path


@dataclass
class Prepared:
    """What became of one recording: the rows of its windows as CSV text, counts and problems."""

    name: str
    rows: str = ""
    counts: Counter[str] = field(default_factory=Counter)
    discards: Counter[str] = field(default_factory=Counter)
    n_picked: int = 0
    n_estimated: int = 0
    report: Report = field(default_factory=Report)


@dataclass
class Summary:
    """What step 1 did: counts over all recordings and the problems met."""

    prep_dir: Path
    n_recordings: int = 0
    stations: set[str] = field(default_factory=set)
    n_picked: int = 0
    n_estimated: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    discards: Counter[str] = field(default_factory=Counter)
    report: Report = field(default_factory=Report)

    def add(self, prepared: Prepared) -> None:
        """Count one recording in."""
        self.n_picked += prepared.n_picked
        self.n_estimated += prepared.n_estimated
        self.counts += prepared.counts
        self.discards += prepared.discards
        self.report.merge(prepared.report)

    def text(self) -> str:
        """Return what the user is told at the end."""
        counts = self.counts
        lines = [
            f"station streams: {self.n_recordings} of {len(self.stations)} stations",
            f"P arrivals in them: {self.n_picked} picked, {self.n_estimated} estimated",
            f"windows: {counts['windows']}, of which",
            f"  positive  {counts['positive']}",
            f"  negative  {counts['negative']}",
            f"  skipped   {counts['skipped']} (near an arrival, neither event nor noise, or more "
            "noise than was asked for)",
            f"  discarded {counts['discarded']}",
        ]
        lines += [f"    {number} {reason}" for reason, number in self.discards.most_common()]
        return "\n".join([*lines, f"index: {self.prep_dir / index.INDEX_NAME}"])


def prepare(
    config: Config,
    raw_data: Path,
    catalog_path: Path,
    prep_dir: Path,
    pattern: str = "*",
    station: str = "",
    noise_catalog_path: Path | None = None,
    starttime_s: float = -inf,
    endtime_s: float = inf,
) -> Summary:
    """Do all of step 1 and return its summary; windows.csv appears last, whole.

    ``noise_catalog_path`` is a second, complete catalogue whose events noise keeps away from;
    ``starttime_s`` and ``endtime_s`` (seconds since 1970 UTC) limit the records.

    Raises DeepQuakeError where the catalogue or the stations can't be read, no waveform is
    usable, or ``prep_dir`` holds what step 1 did not make.
    """
    summary = Summary(prep_dir)
    events = read_catalog_json(catalog_path)
    noise_events = read_catalog_json(noise_catalog_path) if noise_catalog_path else None
    stations = load_stations(raw_data, config.arrivals, summary.report)
    choose_travel_time(config.arrivals)  # a bad velocity model is seen before anything is written
    recordings = find_recordings(
        raw_data,
        config.records,
        summary.report,
        pattern=pattern,
        station=station,
        starttime_s=starttime_s,
        endtime_s=endtime_s,
        debug=config.run.debug,
    )
    longest_s = windows.longest_s(recordings)
    if round(longest_s * config.sampling_rate) < config.win_size:
        summary.report.print_summary(config.debug)
        raise DeepQuakeError(
            f"{raw_data}: no stretch of any record is as long as a window of "
            f"{config.window_size:g} s; the longest has {longest_s:g} s. Lower --window_size, or "
            "give longer records"
        )
    index.make_room(prep_dir, raw_data, config)
    index.write_events(prep_dir, events)
    tasks = make_tasks(recordings, events, noise_events, stations, config, prep_dir)
    with whole_file(prep_dir / index.INDEX_NAME) as temporary, temporary.open("w") as file:
        file.write(",".join(index.HEADER) + "\n")
        results = parallel.run_tasks(
            function=prepare_recording,
            tasks=tasks,
            run=config.run,
            report=summary.report,
            name=lambda task: task.recording.name,
        )
        with closing(results):
            for prepared in progress(results, len(recordings), "station streams"):
                file.write(prepared.rows)
                summary.add(prepared)
    summary.n_recordings = len(recordings)
    summary.stations = {f"{r.network}.{r.station}" for r in recordings}
    return summary


def make_tasks(
    recordings: Sequence[Recording],
    events: Sequence[Event],
    noise_events: Sequence[Event] | None,
    stations: Sequence[Station],
    config: Config,
    prep_dir: Path,
) -> Iterator[Task]:
    """Yield a task for each recording, with the events that its windows may have to do with."""
    near = _by_time(events)
    near_noise = None if noise_events is None else _by_time(noise_events)
    # an event forbids noise for so long after its P, which comes within an hour
    after_s = max(config.window_avoid_negatives_after, config.window_avoid_unpicked)
    early_s = NEAR_EVENT_S + after_s
    late_s = NEAR_EVENT_S + config.window_avoid_negatives_before
    for recording in recordings:
        begin, end = recording.span()
        begin, end = begin - early_s, end + late_s
        station = station_of(stations, recording.network, recording.station)
        own_noise = near_noise and near_noise(begin, end)
        own = near(begin, end)
        yield Task(recording, own, own_noise, station, config, prep_dir)


def _by_time(events: Sequence[Event]) -> Callable[[float, float], list[Event]]:
    """Return a function that finds the events from one time to another."""
    timed = sorted((t, i) for i, e in enumerate(events) if (t := event_time(e)) is not None)
    times = [t for t, _ in timed]

    def between(begin: float, end: float) -> list[Event]:
        found = timed[bisect_left(times, begin) : bisect_left(times, end)]
        return [events[i] for i in sorted(i for _, i in found)]

    return between


def find_windows(
    recording: Recording, arrivals: Arrivals, complete: Arrivals | None, config: Config
) -> tuple[np.ndarray, windows.Labels]:
    """Return the start of each window of a recording (seconds since 1970) and what it is.

    Noise has a grid of its own where ``window_stride_negatives`` is set. Beyond ``max_windows``
    noise windows, evenly spread ones are kept and the others skipped.
    """
    starts_s = windows.recording_starts(recording, config, config.window_stride)
    labels = windows.label_windows(starts_s, arrivals, config, complete)
    if config.window_stride_negatives:
        own = windows.recording_starts(recording, config, config.window_stride_negatives)
        noise = windows.label_windows(own, arrivals, config, complete)
        starts_s, labels = windows.join(
            (starts_s, labels, labels.kind != windows.NEGATIVE),
            (own, noise, noise.kind == windows.NEGATIVE),
        )
    noise = np.flatnonzero(labels.kind == windows.NEGATIVE)
    if config.max_windows and len(noise) > config.max_windows:
        kept = noise[np.linspace(0, len(noise) - 1, config.max_windows).round().astype(int)]
        labels.kind[noise] = windows.SKIPPED
        labels.kind[kept] = windows.NEGATIVE
    return starts_s, labels


def prepare_recording(task: Task) -> Prepared:
    """Write the station stream, windows and pictures of one recording and return its rows."""
    recording, config = task.recording, task.config
    prepared = Prepared(recording.name)
    arrivals = _arrivals(task, task.events)
    begin, end = recording.span()
    within = arrivals.between(begin, end)
    prepared.n_picked, prepared.n_estimated = len(within.picked_s), len(within.estimated_s)
    early = begin - config.window_avoid_negatives_after
    late = end + config.window_avoid_negatives_before
    arrivals = arrivals.between(early, late)
    complete = None
    if task.noise_events is not None:
        complete = _arrivals(task, task.noise_events).between(early, late)
    starts_s, labels = find_windows(recording, arrivals, complete, config)
    windows.note_short(recording, config, prepared.report)
    prepared.counts["windows"] = len(starts_s)
    prepared.counts["skipped"] = int(np.count_nonzero(labels.kind == windows.SKIPPED))
    wanted = np.flatnonzero(labels.kind != windows.SKIPPED)
    stream_file = f"{config.mseed_dir}/{recording.name}.mseed"
    text = []
    # closed at once when told to end: what is half written goes before the process does
    with closing(_write_stream(task, stream_file, starts_s[wanted], prepared.report)) as blocks:
        for block in blocks:
            chosen = wanted[block.first : block.first + len(block.starts_s)]
            runs = runs_of(
                recording, task.events, stream_file, labels.some(chosen), block, config.window_size
            )
            if config.plot_windows:
                from deepquake.windows.pictures import draw_windows

                draw_windows(recording, config, task.prep_dir, runs, block)
            files = _save(task, runs, block) if config.save_windows else [""] * len(chosen)
            starts = iso_texts(block.starts_s)
            for run in runs:
                prepared.counts[run.row.label] += len(run.numbers)
                if run.row.discard_reason:
                    prepared.discards[run.row.discard_reason] += len(run.numbers)
                text.append(index.lines(run.row, starts[run.part], files[run.part]))
    prepared.rows = "".join(text)
    if config.plot:
        from deepquake.windows.pictures import draw_stream

        draw_stream(
            *(recording, config, task.prep_dir, arrivals, complete, labels, starts_s),
            prepared.report,
        )
    return prepared


def _arrivals(task: Task, events: Sequence[Event]) -> Arrivals:
    return station_arrivals(
        events,
        station=task.station,
        network=task.recording.network,
        code=task.recording.station,
        settings=task.config.arrivals,
    )


def _write_stream(
    task: Task, stream_file: str, starts_s: np.ndarray, report: Report
) -> Generator[windows.Block, None, None]:
    """Write the station stream and yield its windows, so that the record is read but once."""
    recording, config = task.recording, task.config
    parts = write_and_read(
        recording,
        task.prep_dir / stream_file,
        lead_s=FLAT_S,
        trail_s=windows.trail_s(config),
        report=report,
    )
    half = 0.5 / config.sampling_rate
    with closing(parts):
        for begin_s, end_s, segment in parts:
            first, end = np.searchsorted(starts_s, (begin_s - half, end_s - half)).tolist()
            if end > first:
                yield from windows.blocks_of(segment, first, starts_s[first:end], config)


def _save(task: Task, runs: Sequence[Run], block: windows.Block) -> list[str]:
    """Write the files of a block's windows; return each one's name in ``prep_dir``, '' for none."""
    config = task.config
    folders = {"positive": config.mseed_event_dir, "negative": config.mseed_noise_dir}
    files = []
    for run in runs:
        if run.row.label == "discarded":
            files += [""] * len(run.numbers)
            continue
        folder = folders[run.row.label]
        names = write_windows(
            task.prep_dir / folder,
            task.recording,
            run.row.components,
            block.starts_s[run.part],
            block.data[run.part],
            config.sampling_rate,
            config.save_sac,
        )
        files += [f"{folder}/{name}" for name in names]
    return files
