"""Step 6, the network's part: run a trained network over recordings of any length.

All windows of several recordings go through the network in large batches, while the next ones
are read and filtered.
"""

import os
import queue
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from deepquake.core.config import Config
from deepquake.core.errors import DeepQuakeError
from deepquake.core.report import Report
from deepquake.learning.checkpoints import load_checkpoint
from deepquake.learning.networks import ModelSpec, predict, with_spec
from deepquake.waveforms.reading import Recording
from deepquake.windows.grid import note_short, recording_starts, window_blocks

Item = TypeVar("Item")

# Windows through the network at a time. Small batches let it begin while the first hours are all
# that is read, and leave little to do after the last; what it says of a window does not change.
BATCH, LEAST = 1024, 256
# Recordings are handed out in groups of about so many windows, whatever the number of workers:
# a group fills its batches across its recordings, so that a thousand short files cost no more
# than a long one.
GROUP_WINDOWS = 32 * BATCH
READ_AHEAD = 3  # blocks of windows that wait for the network


@dataclass(frozen=True)
class Task:
    """Some recordings for one process to run the network over."""

    recordings: tuple[Recording, ...]
    config: Config
    checkpoint_dir: Path


@dataclass
class Scored:
    """What the network said of the windows of one recording.

    ``starts_s`` (k, seconds since 1970 UTC) are the windows it was shown, ``probabilities``
    float32 (k, classes). ``n_unusable`` windows had a gap or a flat component.
    """

    recording: Recording
    starts_s: NDArray[np.float64]
    probabilities: NDArray[np.float32]
    n_unusable: int = 0
    report: Report = field(default_factory=Report)


@lru_cache(maxsize=1)
def load_network(checkpoint_dir: Path, config: Config) -> tuple[Any, ModelSpec, int]:
    """Return network, specification and step of a checkpoint; a process loads it once."""
    return load_checkpoint(checkpoint_dir, config)


def share_cores(workers: int) -> None:
    """Let the TensorFlow of each process that is started from here on keep to its share of cores.

    Without it every one of them starts as many threads as there are cores.
    """
    cores = os.cpu_count() or 1
    if workers != 1:
        os.environ.setdefault("TF_NUM_INTRAOP_THREADS", str(max(1, cores // (workers or cores))))


def usable_recordings(
    recordings: Iterable[Recording], spec: ModelSpec, report: Report
) -> list[Recording]:
    """Return the recordings that hold a window for the network; report the others and why."""
    usable = []
    for recording in recordings:
        missing = [c for c in spec.components if c not in recording.channels]
        if missing:
            components = " and ".join(missing)
            report.skip(recording.name, f"has no component {components}, which the network takes")
        elif max(stretch.n_samples for stretch in recording.stretches) < spec.win_size:
            report.skip(recording.name, f"is shorter than a window of {spec.window_size:g} s")
        else:
            usable.append(recording)
    return usable


def make_tasks(
    recordings: Iterable[Recording], config: Config, checkpoint_dir: Path
) -> Iterator[Task]:
    """Yield the recordings in groups of about ``GROUP_WINDOWS`` windows, in their order."""
    group: list[Recording] = []
    n_windows = 0
    for recording in recordings:
        group.append(recording)
        n_windows += sum(
            stretch.n_samples / recording.sampling_rate_hz / config.window_step_predict
            for stretch in recording.stretches
        )
        if n_windows >= GROUP_WINDOWS:
            yield Task(tuple(group), config, checkpoint_dir)
            group, n_windows = [], 0
    if group:
        yield Task(tuple(group), config, checkpoint_dir)


def run_task(task: Task) -> list[Scored]:
    """Run the network over the recordings of a task and return what it said of each."""
    model, spec, _ = load_network(task.checkpoint_dir, task.config)
    config = with_spec(task.config, spec)
    scored = [
        Scored(recording, np.empty(0), np.empty((0, spec.n_clusters), np.float32))
        for recording in task.recordings
    ]
    starts: list[list[NDArray]] = [[] for _ in scored]
    blocks = ahead(_usable_windows(scored, starts, config), READ_AHEAD)
    parts = [predict(model, batch, BATCH) for batch in in_batches(blocks, LEAST)]
    probabilities = np.concatenate([np.empty((0, spec.n_clusters), np.float32), *parts])
    first = 0
    for one, times in zip(scored, starts, strict=True):
        one.starts_s = np.concatenate([np.empty(0), *times])
        one.probabilities = probabilities[first : first + len(one.starts_s)]
        first += len(one.starts_s)
    return scored


def in_batches(blocks: Iterable[NDArray], least: int) -> Iterator[NDArray]:
    """Yield the rows of ``blocks``, in order; small blocks are joined to ``least`` rows or more."""
    waiting: list[NDArray] = []
    n_waiting = 0
    for block in blocks:
        waiting.append(block)
        n_waiting += len(block)
        if n_waiting >= least:
            yield block if len(waiting) == 1 else np.concatenate(waiting)
            waiting, n_waiting = [], 0
    if n_waiting:
        yield np.concatenate(waiting)


def ahead(items: Iterator[Item], depth: int) -> Iterator[Item]:
    """Yield ``items``, up to ``depth`` of them made in another thread before they are asked for."""
    made: queue.Queue[tuple[Item | None, BaseException | None]] = queue.Queue(depth)
    stop = threading.Event()

    def put(item: Item | None, error: BaseException | None) -> None:
        while not stop.is_set():
            try:
                return made.put((item, error), timeout=0.1)
            except queue.Full:
                continue

    def make() -> None:
        try:
            for item in items:
                put(item, None)
                if stop.is_set():
                    return
            put(None, StopIteration())
        except BaseException as error:
            put(None, error)

    thread = threading.Thread(target=make, daemon=True)
    thread.start()
    try:
        while True:
            item, error = made.get()
            if isinstance(error, StopIteration):
                return
            if error is not None:
                raise error
            yield item  # type: ignore[misc]
    finally:
        stop.set()
        thread.join()


def _usable_windows(
    scored: Sequence[Scored], starts: list[list[NDArray]], config: Config
) -> Iterator[NDArray]:
    """Yield the windows the network is to see; note in ``starts`` when those of each begin."""
    rows = ["ZNE".index(c) for c in config.components]
    for one, times in zip(scored, starts, strict=True):
        wanted = recording_starts(one.recording, config, config.window_step_predict)
        wanted = wanted[: config.max_windows or None]
        note_short(one.recording, config, one.report)
        try:
            blocks = window_blocks(
                *(one.recording, wanted, config, config.filter_highpass, config.filter_lowpass),
                *(BATCH, one.report),
            )
            for block in blocks:
                alive = block.alive[:, rows].all(axis=1)
                one.n_unusable += int(np.sum(~alive))
                windows = block.data if len(rows) == 3 else block.data[:, rows]
                times.append(block.starts_s[alive])
                yield windows if alive.all() else windows[alive]
        except DeepQuakeError as error:
            one.report.skip(one.recording.name, f"is left out from here on: {error}")
