"""Step 1: station streams, their windows, the window index and the pictures."""

import csv
import shutil
from collections import Counter
from collections.abc import Generator, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from math import inf
from pathlib import Path

import numpy as np

from deepquake.catalog.catalog_json import read_catalog_json
from deepquake.catalog.events import Event
from deepquake.catalog.kinds import EARTHQUAKE, kind_of_event
from deepquake.core.errors import DeepQuakeError
from deepquake.core.files import check_free, put_on_disk, whole_file
from deepquake.core.intervals import union
from deepquake.core.progress import progress
from deepquake.core.report import Report
from deepquake.core.settings import COMPONENTS, Settings
from deepquake.core.text import counted
from deepquake.core.workers import run_tasks
from deepquake.earth.codes import stations_as_recorded, why_no_pick
from deepquake.earth.geometry import check_geometry
from deepquake.earth.stations import Station, lists_in_use, station_of
from deepquake.earth.travel_times import choose_travel_time
from deepquake.waveforms.filtering import FLAT_S
from deepquake.waveforms.reading import write_and_read
from deepquake.waveforms.recording import Recording, spans_by_station
from deepquake.waveforms.scan import find_recordings
from deepquake.windows import exchange, grid, index, labels, origins, phases, room

# of the new result: the rows of each station stream wait there, as many as there are, for those
# of the streams before it
ROWS_DIR = "rows"
MOST_KINDS = 12  # of events, and reasons, that are named


@dataclass(frozen=True)
class PreparationTask:
    """One recording to prepare, and what is known around it."""

    recording: Recording
    around: labels.Surroundings
    settings: Settings
    prep_dir: Path

    def __str__(self) -> str:
        return self.recording.name


@dataclass
class Prepared:
    """What became of a recording, or of all: counts, problems, the file of its windows' rows.

    ``why_no_pick`` is empty where any P pick lies in a record of its station.
    """

    n_recordings: int = 0
    stations: set[str] = field(default_factory=set)
    n_picked: int = 0
    n_estimated: int = 0
    unused: Counter[str] = field(default_factory=Counter)  # readings of P by why they are not used
    event_kinds: Counter[str] = field(default_factory=Counter)  # events of the catalogue
    pick_kinds: Counter[str] = field(default_factory=Counter)  # P picked, by kind of their event
    reasons: Counter[int] = field(default_factory=Counter)  # windows by number in REASONS
    report: Report = field(default_factory=Report)
    rows: Path | None = None  # part of windows.csv
    arrivals: list[tuple[str, ...]] = field(default_factory=list)  # rows of arrivals.csv
    sources: dict[str, list[origins.SourceRecord]] = field(default_factory=dict)  # by stream
    why_no_pick: str = ""
    not_believed: list[str] = field(default_factory=list)  # by catalogue

    def add(self, other: "Prepared") -> None:
        """Count another in, but for its rows and arrivals."""
        self.sources |= other.sources
        self.n_recordings += other.n_recordings
        self.stations |= other.stations
        self.n_picked += other.n_picked
        self.n_estimated += other.n_estimated
        self.unused += other.unused
        self.event_kinds += other.event_kinds
        self.pick_kinds += other.pick_kinds
        self.reasons += other.reasons
        self.report.merge(other.report)

    def text(self) -> str:
        """Return what the user is told at the end."""
        lines = [
            f"station streams: {self.n_recordings} of {len(self.stations)} stations",
            f"P arrivals in them: {self.n_picked} picked, {self.n_estimated} estimated",
            *[f"  {self.why_no_pick}"] * bool(self.why_no_pick),
        ]
        if self.unused:
            lines.append(f"  read, but not used as P: {counted(self.unused, MOST_KINDS)}")
        if set(self.event_kinds) - {EARTHQUAKE}:
            lines.append(f"  kinds of events: {counted(self.event_kinds, MOST_KINDS)}")
            lines.append(f"  P picked of them: {counted(self.pick_kinds, MOST_KINDS)}")
        lines.append(f"windows: {self.reasons.total()}, of which")
        for kind in (labels.POSITIVE, labels.NEGATIVE, labels.SKIPPED, labels.DISCARDED):
            lines.append(f"  {labels.KIND_NAMES[kind]:<9} {labels.count_kind(self.reasons, kind)}")
            if kind in (labels.SKIPPED, labels.DISCARDED):
                lines += [f"    {text}" for text in labels.reasons_text(self.reasons, kind)]
        lines += [f"not believed: {text} (why: see the notes)" for text in self.not_believed]
        return "\n".join(lines)


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
) -> Prepared:
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
    Prepared
        What was done.

    Raises
    ------
    DeepQuakeError
        Where the catalogue or the stations cannot be read, no waveform is usable, or
        ``prep_dir`` holds what step 1 did not make.
    """
    done, windows = Prepared(), settings.windows
    paths = [catalog_path, noise_catalog_path] if noise_catalog_path else [catalog_path]
    catalogues = [read_catalog_json(path) for path in paths]
    choose_travel_time(settings.arrivals)  # a bad velocity model is an error before the work
    recordings = find_recordings(
        raw_data,
        settings.records,
        done.report,
        pattern=pattern,
        station=station,
        starttime_s=starttime_s,
        endtime_s=endtime_s,
        debug=settings.run.debug,
        in_use=lists_in_use(raw_data, settings.arrivals),
    )
    if why := grid.no_window_text(recordings, windows.window_size):
        done.report.print_summary(settings.run.debug)
        raise DeepQuakeError(f"{raw_data}: {why}")
    spans = spans_by_station(recordings)
    named = dict(zip(paths, catalogues, strict=True))
    stations = stations_as_recorded(
        raw_data, settings.arrivals, named, recorded=spans, report=done.report
    )
    done.why_no_pick = why_no_pick(catalogues[0], spans)
    room.check_room(prep_dir, raw_data)
    origins.check_data_set(prep_dir, raw_data)
    check_free(prep_dir / index.STREAM_DIR, sum(map(_least_bytes, recordings)))
    catalogue = list(catalogues[0])  # without those that are added where they may lie in truth
    done.event_kinds.update(map(kind_of_event, catalogue))
    stations = _believe(done, zip(paths, catalogues, strict=True), recordings, stations=stations)
    times = [labels.EventTimes(events) for events in catalogues]
    tasks = (
        PreparationTask(
            recording,
            labels.Surroundings(
                station_of(
                    stations, recording.network, recording.station, time_s=recording.span()[0]
                ),
                [events.near(recording, windows, settings.arrivals) for events in times],
            ),
            settings=settings,
            prep_dir=prep_dir,
        )
        for recording in recordings
    )
    with exchange.new_result(room.output_of_step1(prep_dir)):
        index.write_event_list(prep_dir, catalogue)
        with closing(run_tasks(prepare_recording, tasks, settings.run, report=done.report)) as made:
            streams = progress(made, len(recordings), "station streams")
            write_prepared(prep_dir, streams, done, settings, name=origins.data_set_name(raw_data))
    return done


def write_prepared(
    prep_dir: Path, made: Iterable[Prepared], done: Prepared, settings: Settings, name: str
) -> None:
    """Write windows.csv, arrivals.csv and records.json of station streams that are written.

    Parameters
    ----------
    prep_dir : Path
        The folder, of which a new result is being written.
    made : iterable of Prepared
        What became of each stream.
    done : Prepared
        Is told what became of all.
    settings : Settings
        Length and sampling rate of the windows.
    name : str
        That of the data set.

    Raises
    ------
    DeepQuakeError
        Where a station stream is not there any more.
    """
    room.write_marker(prep_dir, settings)
    _write_index(prep_dir, made, done)
    for stream in done.sources:
        if not exchange.staged(prep_dir, stream).is_file():
            raise DeepQuakeError(
                f"{prep_dir / stream}: has vanished while step 1 was at work; run it again"
            )
    put_on_disk((prep_dir / index.STREAM_DIR / exchange.NEW).glob("*"))
    origins.write_records(exchange.staged(prep_dir, index.RECORDS_NAME), name, done.sources)


def _write_index(prep_dir: Path, made: Iterable[Prepared], done: Prepared) -> None:
    """Write windows.csv and arrivals.csv from the rows of each recording, and count these."""
    with (
        whole_file(exchange.staged(prep_dir, index.INDEX_NAME)) as path,
        path.open("w", encoding="utf-8") as file,
        whole_file(exchange.staged(prep_dir, phases.ARRIVALS_NAME)) as arrivals_path,
        arrivals_path.open("w", encoding="utf-8", newline="") as arrivals,
    ):
        file.write(",".join(index.INDEX_HEADER) + "\n")
        write_arrivals = csv.writer(arrivals, lineterminator="\n").writerows
        write_arrivals([phases.ARRIVALS_HEADER])
        for prepared in made:
            write_arrivals(prepared.arrivals)
            if prepared.rows is not None:
                with prepared.rows.open(encoding="utf-8") as rows:
                    shutil.copyfileobj(rows, file)
                prepared.rows.unlink()
            done.add(prepared)
    shutil.rmtree(exchange.staged(prep_dir, ROWS_DIR), ignore_errors=True)


def _least_bytes(recording: Recording) -> float:
    """Return about how many bytes the station stream takes at least.

    Steim-2 seldom needs less than a byte for a sample; what is resampled is written as float32.
    """
    rate_hz, n_bytes = recording.sampling_rate_hz, 0.0
    span = sum(stretch.n_samples for stretch in recording.stretches)
    for pieces in recording.pieces.values():
        each = 1 if all(piece.rate_hz == rate_hz for piece in pieces) else 4
        n_samples = sum(piece.n_samples * rate_hz / piece.rate_hz for piece in pieces)
        n_bytes += each * min(n_samples, span)
    return n_bytes


def _believe(
    done: Prepared,
    catalogues: Iterable[tuple[Path, list[Event]]],
    recordings: Sequence[Recording],
    stations: Sequence[Station],
) -> list[Station]:
    """Hold the catalogues against stations and records; return the stations that are believed.

    Where records hold the events an hour off, noise keeps away from there too.
    """
    spans_s = union(*np.array([recording.span() for recording in recordings]).T)
    believed = list(stations)
    for path, events in catalogues:
        geometry = check_geometry(events, stations, spans_s)
        geometry.tell(done.report, path)
        events += geometry.shifted
        done.not_believed += [text] if (text := geometry.text()) else []
        believed = [station for station in believed if station in geometry.stations]
    return believed


def prepare_recording(task: PreparationTask) -> Prepared:
    """Write the station stream, windows, their rows and the pictures of one recording."""
    recording, settings = task.recording, task.settings
    rules = settings.windows, settings.arrivals
    done = Prepared(n_recordings=1, stations={f"{recording.network}.{recording.station}"})
    done.rows = exchange.staged(task.prep_dir, ROWS_DIR) / f"{recording.name}.csv"
    done.rows.parent.mkdir(exist_ok=True)
    found = labels.label_recording(recording, task.around, *rules)
    within = found.known[0].between(*recording.span()).outside(recording.elsewhere)
    done.n_picked, done.n_estimated = len(within.picked_s), len(within.estimated_s)
    done.unused.update(why for _, why in within.unused)
    done.arrivals = [
        phases.row_cells(index.stream_file(recording), row)
        for row in phases.phase_rows(
            task.around.catalogues,
            found.known,
            recording.network,
            code=recording.station,
            settings=settings.arrivals,
            span_s=recording.span(),
        )
    ]
    events = task.around.catalogues[0]
    done.pick_kinds.update(kind_of_event(events[n]) for n in within.picked_events.tolist())
    grid.note_short(recording, settings.windows.window_size, done.report)
    kind = found.labels.kind
    skipped = kind == labels.SKIPPED
    done.reasons.update(found.labels.reason[skipped].tolist())
    numbers = np.flatnonzero(~skipped)
    starts_s, wanted = found.starts_s[numbers], found.labels.some(numbers)
    recorded = [COMPONENTS.index(component) for component in recording.channels]
    # closed at once when told to end: what is half written goes before the process does
    with (
        closing(_write_stream(task, starts_s, done.report)) as cuts,
        done.rows.open("w", encoding="utf-8") as rows,
    ):
        for cut in cuts:
            part = slice(cut.first, cut.first + len(cut.starts_s))
            of_cut = wanted.some(part)
            of_cut = of_cut.with_samples(cut.alive[:, recorded], cut.complete[:, recorded])
            kind[numbers[part]] = of_cut.kind
            done.reasons.update(of_cut.reason.tolist())
            runs = index.window_runs(recording, events, of_cut, cut=cut)
            if settings.run.plot_windows:
                from deepquake.windows.pictures import draw_windows

                draw_windows(recording, task.prep_dir, runs, cut=cut)
            files = [""] * len(cut.starts_s)
            if settings.windows.save_windows:
                from deepquake.windows.files import save_windows

                sac = settings.windows.save_sac
                files = save_windows(task.prep_dir, recording, runs, cut=cut, sac=sac)
            starts = index.iso_texts(cut.starts_s)
            for run in runs:
                rows.write(index.lines(run.row, starts[run.part], files[run.part]))
    done.sources[index.stream_file(recording)] = list(origins.sources_of(recording))
    if settings.run.plot:
        from deepquake.windows.pictures import draw_stream

        report = done.report
        draw_stream(recording, found, kind, settings, prep_dir=task.prep_dir, report=report)
    return done


def _write_stream(
    task: PreparationTask, starts_s: grid.Times, report: Report
) -> Generator[grid.CutWindows, None, None]:
    """Write the station stream and yield its windows, so that the record is read but once."""
    recording, window_size_s = task.recording, task.settings.windows.window_size
    rate = recording.sampling_rate_hz
    parts = write_and_read(
        recording,
        exchange.staged(task.prep_dir, index.stream_file(recording)),
        lead_s=FLAT_S,
        trail_s=grid.trailing_s(window_size_s, rate),
        report=report,
        lasting=False,  # the streams are put on the disk together
    )
    with closing(parts):
        for begin_s, end_s, segment in parts:
            edges_s = np.array([begin_s, end_s]) - 0.5 / rate
            first, end = np.searchsorted(starts_s, edges_s).tolist()
            if end > first:
                wanted = starts_s[first:end]
                yield from grid.cut_segment(
                    segment, first, wanted, window_size_s=window_size_s, rate_hz=rate
                )
