"""Steps 2 and 3: the windows of an index, cut, filtered and written as TFRecords."""

import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from deepquake.core.errors import DeepQuakeError
from deepquake.core.files import whole_file
from deepquake.core.progress import progress
from deepquake.core.report import Report
from deepquake.core.settings import UNET, RecordSettings, Settings
from deepquake.core.text import printable
from deepquake.core.workers import run_tasks
from deepquake.earth.region_files import load_regions
from deepquake.waveforms.recording import Recording
from deepquake.waveforms.scan import scan
from deepquake.windows import excerpts, exchange, origins, room, selection
from deepquake.windows.grid import cut_recording, is_inside, window_length_s
from deepquake.windows.index import INDEX_NAME
from deepquake.windows.phases import PhaseRow
from deepquake.windows.selection import ChosenWindow
from deepquake.windows.tfrecords import NOISE, Example, open_writer

EXAMPLES_AT_ONCE = 128  # windows cut together, which a processor's cache holds until written


@dataclass(frozen=True)
class DatasetRequest:
    """What steps 2 and 3 are asked for: the folder of step 1, the folder to write, the name of the
    files, the streams (a pattern of their names) and, for step 2, the region file."""

    prep_dir: Path
    tfrecords_dir: Path
    name: str
    pattern: str = "*"
    clusters_path: Path | None = None


@dataclass(frozen=True)
class StreamTask:
    """The windows of one station stream to write, by time."""

    stream: Path
    windows: Sequence[ChosenWindow]
    settings: Settings
    target: Path  # of the examples of each part, with the part as a suffix
    mode: str  # "wb" of a file for this stream, "ab" of one that streams share
    known: Mapping[str, Sequence[PhaseRow]]  # of each part, what arrives, for a UNet

    def __str__(self) -> str:
        return str(self.stream)


@dataclass
class WrittenDataset:
    """What step 2 or 3 wrote: windows by part and by region, and those left out by reason."""

    request: DatasetRequest
    left_out: Counter[str]
    counts: Counter[str] = field(default_factory=Counter)
    regions: Counter[str] = field(default_factory=Counter)
    report: Report = field(default_factory=Report)

    def print(self, what: str) -> None:
        """Print the summary of the step."""
        train, test, placed = (self.counts[key] for key in (*selection.PARTS, "placed"))
        print(f"{what} windows written: {train} to train, {test} to test")
        if placed:
            print(f"  of those to train, {placed} with the P at a random place")
        for label, number in sorted(self.regions.items()):
            print(f"  region {label}: {number}")
        for reason, number in self.left_out.most_common():
            print(f"  left out: {number} ({reason})")
        place = f"{self.request.tfrecords_dir}/{{train,test}}/*/{self.request.name}.tfrecords"
        print(f"  in {printable(place)}")
        self.report.print_summary()


def write_positives(request: DatasetRequest, settings: Settings) -> WrittenDataset:
    """Write the event windows of a prepared folder, each with its source region.

    Parameters
    ----------
    request : DatasetRequest
        What is asked for; without a region file there is one region.
    settings : Settings
        Those of the step.

    Returns
    -------
    WrittenDataset
        What was written.

    Raises
    ------
    DeepQuakeError
        Where there is no window, or the region file and n_clusters disagree.
    """
    path, n_clusters = request.clusters_path, settings.network.n_clusters
    regions = load_regions(path, n_clusters) if path else None
    if regions is None and n_clusters > 2:
        raise DeepQuakeError(
            f"n_clusters = {n_clusters} is noise and {n_clusters - 1} regions, but "
            "nothing says which region an event is of: give --clusters_file_path a region file "
            "(python -m deepquake.tools.cluster_events makes one), or set n_clusters = 2"
        )
    edition = room.edition(request.prep_dir)
    rows, left_out = _select(request, "positive", settings)
    written, chosen = WrittenDataset(request, left_out), []
    for row, part in ((row, name) for name in selection.PARTS for row in rows[name]):
        cluster_id = 0 if regions is None else regions.assign(row.lat, row.lon, row.depth)
        if cluster_id is None:
            unknown = row.lat is None or row.lon is None
            left_out["event without location" if unknown else "in no region"] += 1
            continue
        chosen.append(ChosenWindow(row, cluster_id, part))
        if regions:
            written.regions[f"{cluster_id} ({regions.labels[cluster_id]})"] += 1
    if not chosen:
        raise _nothing(written, "event", "no stream has a P with a whole window around it")
    _write_windows(written, "positive", chosen, settings=settings, edition=edition)
    return written


def write_negatives(request: DatasetRequest, settings: Settings) -> WrittenDataset:
    """Write the noise windows of a prepared folder; with ``balance`` as many as positives.

    Parameters
    ----------
    request : DatasetRequest
        What is asked for.
    settings : Settings
        Those of the step.

    Returns
    -------
    WrittenDataset
        What was written.

    Raises
    ------
    DeepQuakeError
        Where there is no window.
    """
    edition = room.edition(request.prep_dir)
    rows, left_out = _select(request, "negative", settings)
    if settings.dataset.balance:
        events, _ = _select(request, "positive", settings)
        for part in selection.PARTS:
            n_noise = len(rows[part])
            n_events, seed = len(events[part]), settings.run.random_seed
            rows[part] = selection.draw_some(rows[part], n_events, seed)
            left_out["not drawn: more noise than events"] += n_noise - len(rows[part])
    written = WrittenDataset(request, +left_out)
    chosen = [ChosenWindow(row, NOISE, part) for part in selection.PARTS for row in rows[part]]
    if not chosen:
        why = (
            f"no stream has {settings.windows.window_size:g} s clear of every P and its coda "
            "(window_avoid_negatives_before, _after): take longer records or shorter windows"
        )
        raise _nothing(written, "noise", why)
    _write_windows(written, "negative", chosen, settings=settings, edition=edition)
    return written


def _write_windows(
    written: WrittenDataset,
    label: str,
    chosen: Iterable[ChosenWindow],
    settings: Settings,
    edition: tuple[int, ...],
) -> None:
    """Write ``tfrecords_dir/{train,test}/LABEL/NAME.tfrecords``; each stream is read once.

    A part without windows gets no file, and loses the one that an earlier run wrote. No file of
    other records is written over.
    """
    request, counts = written.request, written.counts
    sources = origins.read_sources(request.prep_dir, label, pattern=request.pattern)
    targets = _targets(request, label)
    output = _output(request, label)
    exchange.finish(output)
    origins.check_targets(targets.values(), sources, request.prep_dir, report=written.report)
    if exchange.is_begun(request.prep_dir):
        later = "a later run of step 1 has not finished here; the result before it is taken"
        written.report.note(request.prep_dir, later)
    by_stream: dict[str, list[ChosenWindow]] = {}
    for window in sorted(chosen, key=lambda w: (w.row.stream_file, w.row.start_time)):
        by_stream.setdefault(window.row.stream_file, []).append(window)
    with exchange.new_result(output):
        pieces = request.tfrecords_dir / output.new / "pieces"
        pieces.mkdir()
        # One process alone, which writes the streams in turn, writes them to one file.
        alone = settings.run.workers == 1 and not settings.run.dask_address
        known = excerpts.known_arrivals(request.prep_dir, settings)
        tasks = [
            StreamTask(
                request.prep_dir / stream,
                windows,
                settings=settings,
                target=pieces / ("all" if alone else f"{number}"),
                mode="ab" if alone else "wb",
                known={part: of_part.get(stream, ()) for part, of_part in known.items()},
            )
            for number, (stream, windows) in enumerate(by_stream.items())
        ]
        results = run_tasks(write_stream_examples, tasks, settings.run, report=written.report)
        with room.of_one_edition(request.prep_dir, edition), closing(results):
            for of_stream in progress(results, len(tasks), "station streams"):
                counts += of_stream
        if lost := counts["lost"]:
            again = "are not whole in the station streams any more; run step1_windows.py again"
            if not any(counts[part] for part in selection.PARTS):
                raise DeepQuakeError(f"{request.prep_dir}: all windows to write {again}")
            written.report.skip(request.prep_dir, f"{lost} windows {again}")
        for part, target in targets.items():
            of_part = dict.fromkeys(_piece(task.target, part) for task in tasks)
            if counts[part]:
                staged = target.parent / output.new / target.name
                origins.write_origin(staged, sources)
                _join_files([piece for piece in of_part if piece.exists()], staged)
        shutil.rmtree(pieces)


def _targets(request: DatasetRequest, label: str) -> dict[str, Path]:
    """Return the TFRecord file of each part."""
    return {
        part: request.tfrecords_dir / part / label / f"{request.name}{origins.SUFFIX}"
        for part in selection.PARTS
    }


def _output(request: DatasetRequest, label: str) -> exchange.Output:
    """Return what is exchanged at once: the files of both parts, lest a window be in both."""

    def _remove_earlier_files(_: Path) -> None:
        for target in _targets(request, label).values():
            target.unlink(missing_ok=True)
            origins.origin_path(target).unlink(missing_ok=True)

    return exchange.Output(
        request.tfrecords_dir,
        subfolders=tuple(f"{part}/{label}" for part in selection.PARTS),
        last="",
        remove_earlier=_remove_earlier_files,
        new=exchange.hidden_name(f"{label}-{request.name}"),
    )


def write_stream_examples(task: StreamTask) -> Counter[str]:
    """Write the windows of one station stream and return the number of each part."""
    settings = task.settings
    recordings = scan(task.stream, settings.records, Report()) if task.stream.is_file() else []
    if len(recordings) != 1:
        raise DeepQuakeError(
            f"{task.stream}: is named in {INDEX_NAME}, but is missing or is not one station's "
            "stream; run step1_windows.py again"
        )
    (recording,) = recordings
    written: Counter[str] = Counter()
    is_unet = settings.network.model == UNET
    examples = (_excerpt_examples if is_unet else _window_examples)(recording, task, written)
    parts = sorted({window.part for window in task.windows})
    with ExitStack() as stack:
        write = {
            part: stack.enter_context(open_writer(_piece(task.target, part), task.mode))
            for part in parts
        }
        for part, example in examples:
            write[part](example)
            written[part] += 1
    return written


def _window_examples(
    recording: Recording, task: StreamTask, written: Counter[str]
) -> Iterator[tuple[str, Example]]:
    """Yield the windows of a stream with their parts; count those that are lost."""
    settings, window_size_s = task.settings, task.settings.windows.window_size
    placed = _placed(recording, task)
    written["placed"] = len(placed)
    windows = sorted([*task.windows, *placed], key=lambda window: window.row.start_time)
    starts_s = np.array([window.row.start_time for window in windows])
    begin_s, end_s = recording.span()
    half_s = 0.5 / recording.sampling_rate_hz
    last_s = starts_s[-1] + window_length_s(window_size_s, recording.sampling_rate_hz)
    if starts_s[0] < begin_s - half_s or last_s > end_s + half_s:
        raise DeepQuakeError(
            f"{task.stream}: does not hold all its windows of {INDEX_NAME}; run step1_windows.py "
            "again"
        )
    cuts = cut_recording(
        recording, starts_s, window_size_s, settings=settings.records, at_once=EXAMPLES_AT_ONCE
    )
    for cut in cuts:
        alive = cut.alive.all(axis=1)
        lost = (windows[cut.first + k] for k in np.flatnonzero(~alive).tolist())
        written["lost"] += sum(not window.placed for window in lost)
        for k in np.flatnonzero(alive).tolist():
            window = windows[cut.first + k]
            yield window.part, _example(window, cut.data[k], settings.records)


def _excerpt_examples(
    recording: Recording, task: StreamTask, written: Counter[str]
) -> Iterator[tuple[str, Example]]:
    """Yield the excerpts of a stream with their parts; count those that are lost."""
    for window, excerpt in excerpts.cut_excerpts(
        recording, task.windows, task.known, settings=task.settings
    ):
        if excerpt is None:
            written["lost"] += 1
            continue
        row = replace(window.row, start_time=excerpt.start_s)
        example = _example(replace(window, row=row), excerpt.data, task.settings.records)
        example.arrivals, example.recorded = excerpt.arrivals, excerpt.recorded
        yield window.part, example


def _select(request: DatasetRequest, label: str, settings: Settings) -> selection.Selected:
    return selection.select_windows(request.prep_dir, label, settings, pattern=request.pattern)


def _nothing(written: WrittenDataset, what: str, why: str) -> DeepQuakeError:
    """Return the error of a folder with nothing to write; ``why`` where nothing was left out."""
    reasons = ", ".join(f"{n} {reason}" for reason, n in written.left_out.most_common())
    why = f"left out: {reasons}" if reasons else why
    return DeepQuakeError(f"{written.request.prep_dir}: no {what} window to write; {why}")


def _placed(recording: Recording, task: StreamTask) -> list[ChosenWindow]:
    """Return further training windows with the P at random places, as many as asked for each P."""
    windows, added = task.settings.windows, []
    rate, margin_s = recording.sampling_rate_hz, windows.pwave_window / 2
    first_of = {
        p_time: window
        for window in reversed(task.windows)
        if window.part == "train" and (p_time := window.row.p_time)
    }
    for p_time, window in sorted(first_of.items()):
        key, start_s = selection.window_key(window.row), window.row.start_time
        for number in range(task.settings.dataset.random_placements):
            share = selection.random_share(task.settings.run.random_seed, f"{key} {number}")
            offset_s = margin_s + share * (windows.window_size - 2 * margin_s)
            placed_s = start_s + round((p_time - offset_s - start_s) * rate) / rate
            if is_inside(recording, placed_s, windows.window_size):
                row = replace(window.row, start_time=placed_s)
                added.append(replace(window, row=row, placed=True))
    return added


def _example(window: ChosenWindow, data: NDArray[np.float32], settings: RecordSettings) -> Example:
    row = window.row
    return Example(
        data,
        window.cluster_id,
        row.start_time,
        event_id=row.event_id,
        network=row.network,
        station=row.station,
        p_offset_s=-1.0 if row.p_time is None else row.p_time - row.start_time,
        components=settings.components,
        sampling_rate=settings.sampling_rate,
        filter_highpass=settings.filter_highpass,
        filter_lowpass=settings.filter_lowpass,
    )


def _piece(target: Path, part: str) -> Path:
    return target.with_name(f"{target.name}.{part}")


def _join_files(pieces: Sequence[Path], target: Path) -> None:
    """Make one file of the pieces, in order; the first becomes it."""
    with whole_file(target) as temporary:
        shutil.move(pieces[0], temporary)  # the target's folder may be on another disk
        with temporary.open("ab") as file:
            for piece in pieces[1:]:
                with piece.open("rb") as source:
                    shutil.copyfileobj(source, file)
                piece.unlink()  # the disk need not hold all of them twice
