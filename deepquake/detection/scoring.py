"""The network over records of any length: the probability of each class for every window.

All windows of several recordings go through the network in large batches, while the next ones
are read and filtered.
"""

import os
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepquake.core import workers
from deepquake.core.errors import DeepQuakeError
from deepquake.core.progress import progress
from deepquake.core.report import Report
from deepquake.core.settings import Settings, window_samples
from deepquake.learning.checkpoints import MODEL_JSON, load_checkpoint
from deepquake.learning.metrics import event_probability
from deepquake.learning.spec import ModelSpec
from deepquake.waveforms.recording import Recording
from deepquake.windows.cutting import cut_recording
from deepquake.windows.grid import note_short, recording_starts

# Windows through the network at a time. Small batches let it begin while the first hours are all
# that is read, and leave little to do after the last; what it says of a window does not change.
BATCH, LEAST = 1024, 256
# Recordings are handed out in groups of about so many windows, whatever the number of workers:
# a group fills its batches across its recordings, so that a thousand short files cost no more
# than a long one.
GROUP_WINDOWS = 32 * BATCH
READ_AHEAD = 3  # blocks of windows that wait for the network


@dataclass(frozen=True)
class ScoringTask:
    """Some recordings for one process; ``settings`` hold what the network decides."""

    recordings: tuple[Recording, ...]
    settings: Settings
    checkpoint_dir: Path


@dataclass
class ScoredRecording:
    """What the network said of the windows of one recording.

    ``starts_s`` (k, seconds since 1970 UTC) are the windows it was shown, ``length_s`` is from
    the first sample of each to the last, ``probabilities`` are float32 (k, classes). ``n_unusable``
    more windows had a gap or a flat component.
    """

    recording: Recording
    length_s: float
    starts_s: NDArray[np.float64]
    probabilities: NDArray[np.float32]
    n_unusable: int = 0
    report: Report = field(default_factory=Report)

    def events(self, threshold: float) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
        """Return starts and probabilities of the windows that hold an event at a threshold."""
        event = event_probability(self.probabilities) >= threshold
        return self.starts_s[event], self.probabilities[event]


def load_network(checkpoint_dir: Path) -> Any:
    """Return the network of a checkpoint; a process loads it once, and again when it changes."""
    return _load_network(checkpoint_dir, (checkpoint_dir / MODEL_JSON).stat().st_mtime_ns)


@lru_cache(maxsize=4)
def _load_network(checkpoint_dir: Path, written_ns: int) -> Any:
    return load_checkpoint(checkpoint_dir)[0]


def usable_recordings(
    recordings: Iterable[Recording], spec: ModelSpec, report: Report
) -> list[Recording]:
    """Return the recordings that hold a window for the network; report the others and why.

    Parameters
    ----------
    recordings : iterable of Recording
        What was found.
    spec : ModelSpec
        What the network takes.
    report : Report
        Gets what is left out.

    Returns
    -------
    list of Recording
        Those with all components and a stretch as long as a window.
    """
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


def score_recordings(
    recordings: Iterable[Recording], settings: Settings, checkpoint_dir: Path, report: Report
) -> list[ScoredRecording]:
    """Run a network over recordings, on the workers that the settings give.

    Parameters
    ----------
    recordings : iterable of Recording
        What the network is to see (see ``usable_recordings``).
    settings : Settings
        How; they hold what the network decides.
    checkpoint_dir : Path
        The folder of the network.
    report : Report
        Gets what turned out to be unreadable or too short.

    Returns
    -------
    list of ScoredRecording
        One for each recording, in their order.
    """
    _share_cores(settings.run.workers)
    tasks = list(scoring_tasks(recordings, settings, checkpoint_dir))
    done = workers.run_tasks(
        function=score_group, tasks=tasks, run=settings.run, report=report, name=_name_of
    )
    scored: list[ScoredRecording] = []
    with closing(done):
        for group in progress(done, len(tasks), "groups of streams"):
            scored += group
    for recording in scored:
        report.merge(recording.report)
    return scored


def scoring_tasks(
    recordings: Iterable[Recording], settings: Settings, checkpoint_dir: Path
) -> Iterator[ScoringTask]:
    """Yield recordings, in their order, in groups of about ``GROUP_WINDOWS`` windows.

    Parameters
    ----------
    recordings : iterable of Recording
        What the network is to see.
    settings : Settings
        How; they hold what the network decides.
    checkpoint_dir : Path
        The folder of the network.

    Yields
    ------
    ScoringTask
        A group.
    """
    group: list[Recording] = []
    n_windows = 0.0
    for recording in recordings:
        group.append(recording)
        n_windows += sum(
            stretch.n_samples / recording.sampling_rate_hz / settings.detection.window_step_predict
            for stretch in recording.stretches
        )
        if n_windows >= GROUP_WINDOWS:
            yield ScoringTask(tuple(group), settings, checkpoint_dir)
            group, n_windows = [], 0
    if group:
        yield ScoringTask(tuple(group), settings, checkpoint_dir)


def score_group(task: ScoringTask) -> list[ScoredRecording]:
    """Run the network over the recordings of a task and return what it said of each."""
    from deepquake.learning.networks import predict

    network, settings = load_network(task.checkpoint_dir), task.settings
    rate = settings.records.sampling_rate
    length_s = (window_samples(settings.windows.window_size, rate) - 1) / rate
    nothing = np.empty((0, network.output_shape[-1]), np.float32)
    scored = [
        ScoredRecording(
            recording=recording, length_s=length_s, starts_s=np.empty(0), probabilities=nothing
        )
        for recording in task.recordings
    ]
    starts: list[list[NDArray]] = [[] for _ in scored]
    blocks = ahead(_usable_windows(scored, starts, settings), READ_AHEAD)
    with closing(blocks):
        parts = [predict(network, batch, BATCH) for batch in in_batches(blocks, LEAST)]
    probabilities = np.concatenate([nothing, *parts])
    first = 0
    for recording, times in zip(scored, starts, strict=True):
        recording.starts_s = np.concatenate([np.empty(0), *times])
        recording.probabilities = probabilities[first : first + len(recording.starts_s)]
        first += len(recording.starts_s)
    return scored


def in_batches(blocks: Iterable[NDArray], least: int) -> Iterator[NDArray]:
    """Yield the rows of blocks, in order; small blocks are joined.

    Parameters
    ----------
    blocks : iterable of array
        Arrays alike but for their number of rows.
    least : int
        The fewest rows to yield, but for the last ones.

    Yields
    ------
    array
        Some rows.
    """
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


def ahead(items: Iterator[NDArray], depth: int) -> Generator[NDArray, None, None]:
    """Yield items that another thread makes before they are asked for.

    Parameters
    ----------
    items : iterator of array
        What makes them.
    depth : int
        How many are made before they are asked for, at most.

    Yields
    ------
    array
        The items, in order; an error of ``items`` is raised where it came.
    """
    pool = ThreadPoolExecutor(1)
    try:
        made = deque(pool.submit(next, items, None) for _ in range(depth))
        while (item := made.popleft().result()) is not None:
            made.append(pool.submit(next, items, None))
            yield item
    finally:
        pool.shutdown(cancel_futures=True)


def _usable_windows(
    scored: Sequence[ScoredRecording], starts: list[list[NDArray]], settings: Settings
) -> Iterator[NDArray]:
    """Yield the windows the network is to see; note in ``starts`` when those of each begin."""
    window_size_s, step_s = settings.windows.window_size, settings.detection.window_step_predict
    for place, times in zip(scored, starts, strict=True):
        wanted = recording_starts(place.recording, window_size_s, step_s)
        note_short(place.recording, window_size_s, place.report)
        try:
            cuts = cut_recording(
                place.recording,
                starts_s=wanted[: settings.windows.max_windows or None],
                window_size_s=window_size_s,
                settings=settings.records,
                at_once=BATCH,
                report=place.report,
            )
            for cut in cuts:
                alive = cut.alive.all(axis=1)
                place.n_unusable += int(np.sum(~alive))
                times.append(cut.starts_s[alive])
                yield cut.data if alive.all() else cut.data[alive]
        except DeepQuakeError as error:
            place.report.skip(place.recording.name, f"is left out from here on: {error}")


def _share_cores(n_workers: int) -> None:
    """Let the TensorFlow of each process that is started from here on keep to its share of cores.

    Without it every one of them starts as many threads as there are cores.
    """
    cores = os.cpu_count() or 1
    if n_workers != 1:
        share = max(1, cores // (n_workers or cores))
        os.environ.setdefault("TF_NUM_INTRAOP_THREADS", str(share))


def _name_of(task: ScoringTask) -> str:
    return ", ".join(recording.name for recording in task.recordings[:3])
