"""The TFRecord files of steps 2 and 3: windows of station streams, cut, filtered and written."""

import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, closing
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
from deepquake.waveforms.recording import Recording
from deepquake.waveforms.scan import scan
from deepquake.windows import excerpts, exchange, origins, selection
from deepquake.windows.grid import cut_recording, is_inside, window_length_s
from deepquake.windows.index import INDEX_NAME
from deepquake.windows.phases import PhaseRow
from deepquake.windows.selection import ChosenWindow
from deepquake.windows.tfrecords import Example, open_writer

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
    """The windows of one station stream to write, by time.

    ``recording`` is what they are cut from; None: what is in the file ``stream``.
    """

    stream: Path
    windows: Sequence[ChosenWindow]
    settings: Settings
    recording: Recording | None = None
    # of each part, what arrives, for a UNet
    known: Mapping[str, Sequence[PhaseRow]] = field(default_factory=dict)
    target: Path = Path()  # of the examples of each part, with the part as a suffix
    mode: str = "wb"  # of a file for this stream, "ab" of one that streams share

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


def write_tasks(
    written: WrittenDataset,
    label: str,
    tasks: Sequence[StreamTask],
    *,
    sources: Sequence[origins.SourceRecord],
    reading: AbstractContextManager[None],
    lost: str,
) -> None:
    """Write ``tfrecords_dir/{train,test}/LABEL/NAME.tfrecords``.

    A part without windows gets no file, and loses the one that an earlier run wrote. No file of
    other records is written over.

    Parameters
    ----------
    written : WrittenDataset
        Is told what was written.
    label : str
        'positive' or 'negative'.
    tasks : sequence of StreamTask
        The windows, by station stream, with the same settings.
    sources : sequence of SourceRecord
        What the streams are made from.
    reading : context manager
        Within it the streams are read.
    lost : str
        What to say of windows that turn out not to be whole, behind their number.

    Raises
    ------
    DeepQuakeError
        Where a file of other records would be lost, or no window is whole.
    """
    request, counts, run = written.request, written.counts, tasks[0].settings.run
    targets, output = _targets(request, label), _output(request, label)
    exchange.finish(output)
    origins.check_targets(targets.values(), sources, request.prep_dir, report=written.report)
    with exchange.new_result(output):
        pieces = request.tfrecords_dir / output.new / "pieces"
        pieces.mkdir()
        # One process alone, which writes the streams in turn, writes them to one file.
        alone = run.workers == 1 and not run.dask_address
        tasks = [
            replace(
                task,
                target=pieces / ("all" if alone else f"{number}"),
                mode="ab" if alone else "wb",
            )
            for number, task in enumerate(tasks)
        ]
        results = run_tasks(write_stream_examples, tasks, run, report=written.report)
        with reading, closing(results):
            for of_stream, report in progress(results, len(tasks), "station streams"):
                counts += of_stream
                written.report.merge(report)
        if n_lost := counts["lost"]:
            if not any(counts[part] for part in selection.PARTS):
                raise DeepQuakeError(f"{request.prep_dir}: all windows to write {lost}")
            written.report.skip(request.prep_dir, f"{n_lost} windows {lost}")
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


def write_stream_examples(task: StreamTask) -> tuple[Counter[str], Report]:
    """Write the windows of one station stream and return the number of each part."""
    settings, recording, report = task.settings, task.recording, Report()
    if recording is None:
        found = scan(task.stream, settings.records, Report()) if task.stream.is_file() else []
        if len(found) != 1:
            raise DeepQuakeError(
                f"{task.stream}: is named in {INDEX_NAME}, but is missing or is not one station's "
                "stream; run step1_windows.py again"
            )
        (recording,) = found
    written: Counter[str] = Counter()
    of_task = _excerpt_examples if settings.network.model == UNET else _window_examples
    examples = of_task(recording, task, written, report)
    parts = sorted({window.part for window in task.windows})
    with ExitStack() as stack:
        write = {
            part: stack.enter_context(open_writer(_piece(task.target, part), task.mode))
            for part in parts
        }
        for part, example in examples:
            write[part](example)
            written[part] += 1
    return written, report


def _window_examples(
    recording: Recording, task: StreamTask, written: Counter[str], report: Report
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
        recording,
        starts_s,
        window_size_s,
        settings=settings.records,
        at_once=EXAMPLES_AT_ONCE,
        report=report if task.recording else None,  # step 1 has read what it wrote
    )
    for cut in cuts:
        alive = cut.alive.all(axis=1)
        lost = (windows[cut.first + k] for k in np.flatnonzero(~alive).tolist())
        written["lost"] += sum(not window.placed for window in lost)
        for k in np.flatnonzero(alive).tolist():
            window = windows[cut.first + k]
            yield window.part, _example(window, cut.data[k], settings.records)


def _excerpt_examples(
    recording: Recording, task: StreamTask, written: Counter[str], report: Report
) -> Iterator[tuple[str, Example]]:
    """Yield the excerpts of a stream with their parts; count those that are lost."""
    for window, excerpt in excerpts.cut_excerpts(
        recording,
        task.windows,
        task.known,
        settings=task.settings,
        report=report,
        reading=report if task.recording else None,
    ):
        if excerpt is None:
            written["lost"] += 1
            continue
        row = replace(window.row, start_time=excerpt.start_s)
        example = _example(replace(window, row=row), excerpt.data, task.settings.records)
        example.arrivals, example.recorded = excerpt.arrivals, excerpt.recorded
        yield window.part, example


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
