"""Step 1: station streams, their windows, the window index and the pictures."""

from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from math import inf
from pathlib import Path

import numpy as np

from deepquake.catalog.catalog_json import read_catalog_json
from deepquake.catalog.events import Event
from deepquake.core.errors import DeepQuakeError
from deepquake.core.files import whole_file
from deepquake.core.progress import progress
from deepquake.core.report import Report
from deepquake.core.settings import COMPONENTS, Settings, window_samples
from deepquake.core.workers import run_tasks
from deepquake.earth.stations import Station, load_stations, station_of
from deepquake.earth.travel_times import choose_travel_time
from deepquake.waveforms.quality import FLAT_S
from deepquake.waveforms.reading import write_and_read
from deepquake.waveforms.recording import Recording
from deepquake.waveforms.scan import find_recordings
from deepquake.windows import index
from deepquake.windows.cutting import CutWindows, cut_segment, trail_s
from deepquake.windows.files import write_windows
from deepquake.windows.grid import longest_s, note_short
from deepquake.windows.labels import (
    DISCARDED,
    KINDS,
    NEGATIVE,
    POSITIVE,
    SKIPPED,
    EventTimes,
    Times,
    count_kind,
    label_recording,
    reasons_text,
)
from deepquake.windows.rows import WindowRun, iso_texts, window_runs


@dataclass(frozen=True)
class PreparationTask:
    """One recording to prepare, with the events that may concern it."""

    recording: Recording
    events: Sequence[Event]
    complete_events: Sequence[Event] | None
    station: Station | None
    settings: Settings
    prep_dir: Path


@dataclass
class PreparedRecording:
    """What became of one recording: the rows of its windows as CSV text, counts and problems."""

    rows: str = ""
    reasons: Counter[int] = field(default_factory=Counter)  # windows by number in REASONS
    n_picked: int = 0
    n_estimated: int = 0
    report: Report = field(default_factory=Report)


@dataclass
class PreparationSummary:
    """What step 1 did: counts over all recordings and the problems met."""

    prep_dir: Path
    n_recordings: int = 0
    stations: set[str] = field(default_factory=set)
    n_picked: int = 0
    n_estimated: int = 0
    reasons: Counter[int] = field(default_factory=Counter)  # windows by number in REASONS
    report: Report = field(default_factory=Report)

    def add(self, prepared: PreparedRecording) -> None:
        """Count one recording in."""
        self.n_picked += prepared.n_picked
        self.n_estimated += prepared.n_estimated
        self.reasons += prepared.reasons
        self.report.merge(prepared.report)

    def text(self) -> str:
        """Return what the user is told at the end."""
        lines = [
            f"station streams: {self.n_recordings} of {len(self.stations)} stations",
            f"P arrivals in them: {self.n_picked} picked, {self.n_estimated} estimated",
            f"windows: {self.reasons.total()}, of which",
        ]
        for kind in (POSITIVE, NEGATIVE, SKIPPED, DISCARDED):
            lines.append(f"  {KINDS[kind]:<9} {count_kind(self.reasons, kind)}")
            if kind in (SKIPPED, DISCARDED):
                lines += [f"    {text}" for text in reasons_text(self.reasons, kind)]
        return "\n".join([*lines, f"index: {self.prep_dir / index.INDEX_NAME}"])


def prepare(
    settings: Settings,
    raw_data: Path,
    catalog_path: Path,
    prep_dir: Path,
    pattern: str = "*",
    station: str = "",
    noise_catalog_path: Path | None = None,
    starttime_s: float = -inf,
    endtime_s: float = inf,
) -> PreparationSummary:
    """Do all of step 1; windows.csv appears last, whole.

    Parameters
    ----------
    settings : Settings
        Those of the run.
    raw_data : Path
        Folder or file of waveforms.
    catalog_path : Path
        catalog.json.
    prep_dir : Path
        The folder to write.
    pattern : str
        Only files whose name matches.
    station : str
        Only this station; all where it is empty.
    noise_catalog_path : Path, optional
        A second, complete catalogue, from whose events noise keeps away too.
    starttime_s, endtime_s : float
        Only the records from one time to the other (seconds since 1970 UTC).

    Returns
    -------
    PreparationSummary
        What was done.

    Raises
    ------
    DeepQuakeError
        Where the catalogue or the stations cannot be read, no waveform is usable, or
        ``prep_dir`` holds what step 1 did not make.
    """
    summary = PreparationSummary(prep_dir)
    events = read_catalog_json(catalog_path)
    complete_events = read_catalog_json(noise_catalog_path) if noise_catalog_path else None
    stations = load_stations(raw_data, settings.arrivals, summary.report)
    choose_travel_time(settings.arrivals)  # a bad velocity model is an error before the work
    recordings = find_recordings(
        raw_data,
        settings.records,
        summary.report,
        pattern=pattern,
        station=station,
        starttime_s=starttime_s,
        endtime_s=endtime_s,
        debug=settings.run.debug,
    )
    window_size_s, longest = settings.windows.window_size, longest_s(recordings)
    rate = settings.records.sampling_rate
    if round(longest * rate) < window_samples(window_size_s, rate):
        summary.report.print_summary(settings.run.debug)
        raise DeepQuakeError(
            f"{raw_data}: no stretch of any record is as long as a window of {window_size_s:g} s; "
            f"the longest has {longest:g} s. Lower --window_size, or give longer records"
        )
    index.make_room(prep_dir, raw_data, settings)
    index.write_event_list(prep_dir, events)
    tasks = _tasks(
        recordings,
        events,
        complete_events,
        stations=stations,
        settings=settings,
        prep_dir=prep_dir,
    )
    with whole_file(prep_dir / index.INDEX_NAME) as temporary, temporary.open("w") as file:
        file.write(",".join(index.INDEX_HEADER) + "\n")
        results = run_tasks(
            prepare_recording,
            tasks,
            run=settings.run,
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


def prepare_recording(task: PreparationTask) -> PreparedRecording:
    """Write the station stream, windows and pictures of one recording and return its rows."""
    recording, settings, prepared = task.recording, task.settings, PreparedRecording()
    found = label_recording(
        recording,
        task.station,
        events=task.events,
        complete_events=task.complete_events,
        windows=settings.windows,
        estimates=settings.arrivals,
    )
    within = found.arrivals.between(*recording.span())
    prepared.n_picked, prepared.n_estimated = len(within.picked_s), len(within.estimated_s)
    note_short(recording, settings.windows.window_size, prepared.report)
    skipped = found.labels.kind == SKIPPED
    prepared.reasons.update(found.labels.reason[skipped].tolist())
    starts_s, labels = found.starts_s[~skipped], found.labels.some(~skipped)
    stream_file = f"{index.STREAM_DIR}/{recording.name}.mseed"
    recorded = [COMPONENTS.index(component) for component in recording.channels]
    text = []
    # closed at once when told to end: what is half written goes before the process does
    with closing(_write_stream(task, stream_file, starts_s, prepared.report)) as cuts:
        for cut in cuts:
            of_cut = labels.some(np.arange(cut.first, cut.first + len(cut.starts_s)))
            of_cut = of_cut.with_samples(cut.alive[:, recorded], cut.complete[:, recorded])
            prepared.reasons.update(of_cut.reason.tolist())
            runs = window_runs(
                recording,
                events=task.events,
                stream_file=stream_file,
                labels=of_cut,
                cut=cut,
                window_size_s=settings.windows.window_size,
            )
            if settings.run.plot_windows:
                from deepquake.windows.pictures import draw_windows

                draw_windows(recording, task.prep_dir, runs, cut)
            files = [""] * len(cut.starts_s)
            if settings.windows.save_windows:
                files = _save(task, runs, cut)
            starts = iso_texts(cut.starts_s)
            text += [index.lines(run.row, starts[run.part], files[run.part]) for run in runs]
    prepared.rows = "".join(text)
    if settings.run.plot:
        from deepquake.windows.pictures import draw_stream

        draw_stream(recording, found, settings, prep_dir=task.prep_dir, report=prepared.report)
    return prepared


def _tasks(
    recordings: Sequence[Recording],
    events: Sequence[Event],
    complete_events: Sequence[Event] | None,
    stations: Sequence[Station],
    settings: Settings,
    prep_dir: Path,
) -> Iterator[PreparationTask]:
    """Yield a task for each recording, with the events that its windows may have to do with."""
    times = EventTimes(events)
    complete_times = None if complete_events is None else EventTimes(complete_events)
    subjects = settings.windows, settings.arrivals
    for recording in recordings:
        yield PreparationTask(
            recording,
            events=times.near(recording, *subjects),
            complete_events=complete_times and complete_times.near(recording, *subjects),
            station=station_of(stations, recording.network, recording.station),
            settings=settings,
            prep_dir=prep_dir,
        )


def _write_stream(
    task: PreparationTask, stream_file: str, starts_s: Times, report: Report
) -> Generator[CutWindows, None, None]:
    """Write the station stream and yield its windows, so that the record is read but once."""
    rate, window_size_s = task.recording.sampling_rate_hz, task.settings.windows.window_size
    parts = write_and_read(
        task.recording,
        task.prep_dir / stream_file,
        lead_s=FLAT_S,
        trail_s=trail_s(window_size_s, rate),
        report=report,
    )
    half_s = 0.5 / rate
    with closing(parts):
        for begin_s, end_s, segment in parts:
            first, end = np.searchsorted(starts_s, (begin_s - half_s, end_s - half_s)).tolist()
            if end > first:
                yield from cut_segment(
                    segment,
                    first=first,
                    starts_s=starts_s[first:end],
                    window_size_s=window_size_s,
                    sampling_rate_hz=rate,
                )


def _save(task: PreparationTask, runs: Sequence[WindowRun], cut: CutWindows) -> list[str]:
    """Write the files of windows cut; return each one's name in ``prep_dir``, '' for none."""
    files = []
    for run in runs:
        folder = index.WINDOW_DIRS.get(run.row.label)
        if folder is None:
            files += [""] * len(run.numbers)
            continue
        names = write_windows(
            task.prep_dir / folder,
            task.recording,
            run.row.components,
            starts_s=cut.starts_s[run.part],
            data=cut.data[run.part],
            save_sac=task.settings.windows.save_sac,
        )
        files += [f"{folder}/{name}" for name in names]
    return files
