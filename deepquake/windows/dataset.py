"""Steps 2 and 3: the windows of an index, cut, filtered and written as TFRecords."""

import os
import shutil
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from fnmatch import fnmatch
from functools import lru_cache
from pathlib import Path

import numpy as np

from deepquake.core import workers as parallel
from deepquake.core.config import Config
from deepquake.core.errors import DeepQuakeError
from deepquake.core.files import whole_file
from deepquake.core.progress import progress
from deepquake.core.report import Report
from deepquake.core.times import iso
from deepquake.earth.region_files import load_regions
from deepquake.earth.regions import Regions
from deepquake.waveforms.recording import Recording
from deepquake.waveforms.scan import scan
from deepquake.windows import grid as windows
from deepquake.windows import index
from deepquake.windows import selection as split
from deepquake.windows.index import Row
from deepquake.windows.loose import loose_windows
from deepquake.windows.tfrecords import Example, open_writer

SIDES = ("train", "test")
NOISE = -1
BLOCK_WINDOWS = 128  # cut at a time: they stay in the processor's cache until they are written


Item = tuple[Row, int, str]


@dataclass
class Selection:
    """Windows for the TFRecords: ``rows`` of each side; the others, counted by reason."""

    rows: dict[str, list[Row]] = field(default_factory=lambda: {side: [] for side in SIDES})
    left_out: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class StreamTask:
    """The windows of one station stream to write: row, cluster id and side of each, by time."""

    stream: Path
    items: Sequence[Item]
    placements: int
    config: Config
    part: Path
    mode: str  # "wb" of a part of its own, "ab" of one that streams share


def select(prep_dir: Path, label: str, config: Config, pattern: str = "*") -> Selection:
    """Choose the windows of ``label`` from a prepared folder and split them.

    Left out, and counted: windows in which a component in use is not complete and alive, and
    windows whose file the user has deleted. A folder of window files with no index is taken as
    it is. Raises DeepQuakeError where there is neither.
    """
    selection, rows, used = Selection(), [], config.components
    # Many rows share a stream and its components.
    matches = lru_cache(lambda stream_file: fnmatch(stream_file.rpartition("/")[2], pattern))
    dead_of = lru_cache(lambda alive: "".join(c for c in used if c not in alive))
    has_index = (prep_dir / index.INDEX_NAME).is_file()
    if not prep_dir.is_dir():
        raise DeepQuakeError(f"{prep_dir}: no such folder; run step1_windows.py first")
    if not has_index and (prep_dir / index.MARKER_NAME).exists():
        raise DeepQuakeError(f"{prep_dir}: step 1 did not finish here; run step1_windows.py again")
    if has_index:
        index.check_windows(prep_dir, config)
    n_other_names = 0
    for row in (
        index.read_index(prep_dir, label)
        if has_index
        else loose_windows(prep_dir, label, config, selection.left_out)
    ):
        if not matches(row.stream_file):
            n_other_names += 1
            continue
        if dead := dead_of(row.components):
            selection.left_out[f"component {dead} missing, incomplete or flat"] += 1
        elif row.window_file and not (prep_dir / row.window_file).exists():
            selection.left_out["window file deleted"] += 1
        else:
            rows.append(row)
    if n_other_names and not rows and not selection.left_out:
        raise DeepQuakeError(
            f"{prep_dir}: no station stream with a {label} window has a name that matches "
            f"--pattern {pattern}"
        )
    event_ids = index.read_event_ids(prep_dir) if has_index else []
    for row, tested in zip(rows, _tested(rows, event_ids, config), strict=True):
        selection.rows["test" if tested else "train"].append(row)
    return selection


def draw(rows: Sequence[Row], number: int, seed: int) -> list[Row]:
    """Return ``number`` of the rows (all, where there are fewer), drawn at random, in order."""
    if number >= len(rows):
        return list(rows)
    keys = [_key(row) for row in rows]
    kept = split.chosen(keys, number / len(rows), seed)
    return [row for row, key in zip(rows, keys, strict=True) if key in kept]


def region_of(row: Row, regions: Regions | None) -> int | None:
    """Return the cluster id of a positive: its source region, 0 without regions, or None."""
    if regions is None:
        return 0
    if row.lat is None or row.lon is None:
        return None
    return regions.assign(row.lat, row.lon, row.depth)


@dataclass
class Written:
    """What step 2 or 3 wrote: windows by side, the files, and windows left out by reason."""

    counts: Counter[str]
    folder: Path
    name: str
    left_out: Counter[str]
    regions: Counter[str] = field(default_factory=Counter)
    report: Report = field(default_factory=Report)

    def print(self, what: str) -> None:
        """Print the summary of the step."""
        train, test = self.counts["train"], self.counts["test"]
        print(f"{what} windows written: {train} to train, {test} to test")
        if self.counts["placed"]:
            print(f"  of those to train, {self.counts['placed']} with the P at a random place")
        for label, number in sorted(self.regions.items()):
            print(f"  region {label}: {number}")
        for reason, number in self.left_out.most_common():
            print(f"  left out: {number} ({reason})")
        print(f"  in {self.folder}/{{train,test}}/*/{self.name}.tfrecords")
        self.report.print_summary()


def write_positives(
    prep_dir: Path,
    tfrecords_dir: Path,
    config: Config,
    name: str,
    pattern: str = "*",
    clusters_path: Path | None = None,
) -> Written:
    """Write the event windows of a prepared folder, each with its source region.

    Raises DeepQuakeError where there is none, or the region file and n_clusters disagree: one
    region is what there is without a file.
    """
    regions = load_regions(clusters_path, config.n_clusters) if clusters_path else None
    if not regions and config.n_clusters > 2:
        raise DeepQuakeError(
            f"n_clusters = {config.n_clusters} is noise and {config.n_clusters - 1} regions, but "
            "nothing says which region an event is of: give --clusters_file_path a region file "
            "(python -m deepquake.tools.cluster_events makes one), or set n_clusters = 2"
        )
    selection = select(prep_dir, "positive", config, pattern)
    chosen, counts = [], Counter[str]()
    for side in SIDES:
        for row in selection.rows[side]:
            cluster_id = region_of(row, regions)
            if cluster_id is None:
                located = row.lat is not None and row.lon is not None
                reason = "in no region" if located else "event without location"
                selection.left_out[reason] += 1
                continue
            chosen.append((row, cluster_id, side))
            if regions:
                counts[f"{cluster_id} ({regions.labels[cluster_id]})"] += 1
    none = "no stream has a P with a whole window around it"
    _refuse_nothing(prep_dir, "event", chosen, selection, none)
    report = Report()
    written = write(prep_dir, tfrecords_dir, "positive", name, chosen, config, report)
    return Written(written, tfrecords_dir, name, selection.left_out, counts, report)


def write_negatives(
    prep_dir: Path, tfrecords_dir: Path, config: Config, name: str, pattern: str = "*"
) -> Written:
    """Write the noise windows of a prepared folder; with ``balance`` as many as positives.

    Raises DeepQuakeError where there is none.
    """
    selection = select(prep_dir, "negative", config, pattern)
    if config.balance:
        wanted = select(prep_dir, "positive", config, pattern)
        for side, rows in selection.rows.items():
            drawn = draw(rows, len(wanted.rows[side]), config.random_seed)
            selection.left_out["not drawn: more noise than events"] += len(rows) - len(drawn)
            selection.rows[side] = drawn
    chosen = [(row, NOISE, side) for side, rows in selection.rows.items() for row in rows]
    none = (
        f"no stream has {config.window_size:g} s clear of every P and its coda "
        "(window_avoid_negatives_before, _after): take longer records or shorter windows"
    )
    _refuse_nothing(prep_dir, "noise", chosen, selection, none)
    report = Report()
    written = write(prep_dir, tfrecords_dir, "negative", name, chosen, config, report)
    return Written(written, tfrecords_dir, name, +selection.left_out, report=report)


def _refuse_nothing(
    prep_dir: Path, what: str, chosen: Sequence[object], selection: Selection, none: str
) -> None:
    """Raise DeepQuakeError where nothing is chosen; ``none`` says why there was no choice."""
    if chosen:
        return
    reasons = ", ".join(f"{n} {reason}" for reason, n in selection.left_out.most_common())
    why = f"left out: {reasons}" if reasons else none
    raise DeepQuakeError(f"{prep_dir}: no {what} window to write; {why}")


def write(
    prep_dir: Path,
    tfrecords_dir: Path,
    label: str,
    name: str,
    chosen: Sequence[Item],
    config: Config,
    report: Report,
) -> Counter[str]:
    """Write ``tfrecords_dir/{train,test}/LABEL/NAME.tfrecords`` and return the examples of each.

    ``chosen`` holds row, cluster id and side of each window. A side without windows gets no
    file, and loses the one an earlier run wrote. Each station stream is read once.
    """
    parts = tfrecords_dir / f".parts-{label}-{name}"
    shutil.rmtree(parts, ignore_errors=True)
    parts.mkdir(parents=True)
    by_stream: dict[str, list[Item]] = {}
    for item in sorted(chosen, key=lambda item: (item[0].stream_file, item[0].start_time)):
        by_stream.setdefault(item[0].stream_file, []).append(item)
    placements = config.random_placements if label == "positive" else 0
    # One process alone, which writes the streams in turn, writes them to one part.
    alone = config.workers == 1 and not config.dask_address
    tasks = [
        StreamTask(prep_dir / stream, items, placements, config, part, "ab" if alone else "wb")
        for n, (stream, items) in enumerate(by_stream.items())
        for part in [parts / ("all" if alone else f"{n}")]
    ]
    written: Counter[str] = Counter()
    try:
        results = parallel.run_tasks(
            function=write_stream_examples,
            tasks=tasks,
            run=config.run,
            report=report,
            name=lambda task: str(task.stream),
        )
        with closing(results):
            for counts in progress(results, len(tasks), "station streams"):
                written += counts
        if written["lost"]:
            again = "are not whole in the station streams any more; run step1_windows.py again"
            if not any(written[side] for side in SIDES):
                raise DeepQuakeError(f"{prep_dir}: all windows to write {again}")
            report.skip(prep_dir, f"{written['lost']} windows {again}")
        for side in SIDES:
            target = tfrecords_dir / side / label / f"{name}.tfrecords"
            if not written[side]:
                target.unlink(missing_ok=True)
                continue
            every = dict.fromkeys(_part_path(task.part, side) for task in tasks)
            some = [part for part in every if part.exists()]
            with whole_file(target) as temporary:
                os.replace(some[0], temporary)
                with temporary.open("ab") as file:
                    for part in some[1:]:
                        with part.open("rb") as source:
                            shutil.copyfileobj(source, file)
    finally:
        shutil.rmtree(parts, ignore_errors=True)
    return written


def write_stream_examples(task: StreamTask) -> Counter[str]:
    """Write the windows of one station stream to part files and return the number of each side."""
    report = Report()
    recordings = scan(task.stream, task.config, report) if task.stream.is_file() else []
    if len(recordings) != 1:
        raise DeepQuakeError(
            f"{task.stream}: is missing or is not one station's stream; run step1_windows.py again"
        )
    placed = _placed(recordings[0], task)
    items = sorted([*task.items, *placed], key=lambda item: item[0].start_time)
    written: Counter[str] = Counter(placed=len(placed))
    starts_s = np.array([row.start_time for row, _, _ in items])
    components = task.config.components
    begin_s, end_s = recordings[0].span()
    half_s = 0.5 / task.config.sampling_rate
    last_s = starts_s[-1] + (task.config.win_size - 1) / task.config.sampling_rate
    if starts_s[0] < begin_s - half_s or last_s > end_s + half_s:
        raise DeepQuakeError(
            f"{task.stream}: does not hold all windows of the index; run step1_windows.py again"
        )
    blocks = windows.window_blocks(
        recordings[0],
        starts_s,
        task.config,
        task.config.filter_highpass,
        task.config.filter_lowpass,
        most=BLOCK_WINDOWS,
        components=components,
    )
    with ExitStack() as stack:
        write = {
            side: stack.enter_context(open_writer(_part_path(task.part, side), task.mode))
            for side in sorted({side for _, _, side in items})
        }
        for block in blocks:
            alive = block.alive.all(axis=1)
            lost = (items[block.first + k] for k in np.flatnonzero(~alive).tolist())
            written["lost"] += sum(item not in placed for item in lost)
            for k in np.flatnonzero(alive).tolist():
                row, cluster_id, side = items[block.first + k]
                write[side](_example(row, cluster_id, block.data[k], components, task.config))
                written[side] += 1
    return written


def _placed(recording: Recording, task: StreamTask) -> list[Item]:
    """Return further training windows with the P at random places, ``placements`` for each P."""
    config, added = task.config, []
    rate, margin = config.sampling_rate, config.pwave_window / 2
    first_of = {
        item[0].p_time: item
        for item in reversed(task.items)
        if item[2] == "train" and item[0].p_time
    }
    for p_time, (row, cluster_id, side) in sorted(first_of.items(), key=lambda entry: entry[0]):
        for number in range(task.placements):
            share = split.random_share(config.random_seed, f"{_key(row)} {number}")
            offset_s = margin + share * (config.window_size - 2 * margin)
            start = row.start_time + round((p_time - offset_s - row.start_time) * rate) / rate
            if windows.is_inside(recording, start, config):
                added.append((replace(row, start_time=start), cluster_id, side))
    return added


def _example(
    row: Row, cluster_id: int, data: np.ndarray, components: str, config: Config
) -> Example:
    return Example(
        data=data,
        cluster_id=cluster_id,
        start_time_s=row.start_time,
        event_id=row.event_id,
        network=row.network,
        station=row.station,
        p_offset_s=-1.0 if row.p_time is None else row.p_time - row.start_time,
        components=components,
        sampling_rate=config.sampling_rate,
        filter_highpass=config.filter_highpass,
        filter_lowpass=config.filter_lowpass,
    )


def _tested(rows: Sequence[Row], event_ids: Sequence[str], config: Config) -> list[bool]:
    share, seed = config.test_fraction, config.random_seed
    if config.split_by == "window":
        names = [_key(row) for row in rows]
        return split.tested(names, names, share, seed)
    groups = [split.group_of(row.event_id, row.start_time) for row in rows]
    return split.tested(groups, event_ids, share, seed)


def _key(row: Row) -> str:
    return f"{row.stream_file} {iso(row.start_time)}"


def _part_path(part: Path, side: str) -> Path:
    return part.with_name(f"{part.name}.{side}")
