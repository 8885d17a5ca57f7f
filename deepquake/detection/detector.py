"""A trained network over records of any length, and what it finds in them.

All windows of several recordings go through the network in large batches, while the next ones
are read and filtered. Step 6 runs the same as notebooks and programs of the user's.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, nullcontext
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from deepquake.core import configuration, workers
from deepquake.core.errors import DeepQuakeError
from deepquake.core.progress import progress
from deepquake.core.report import Report
from deepquake.core.settings import DECLARED, Settings
from deepquake.detection.events import DetectedEvent, associate
from deepquake.detection.stations import Detection, ScoredRecording, all_detections, by_station
from deepquake.learning.picking.arrivals import UNCALIBRATED
from deepquake.learning.spec import MODEL_JSON, ModelSpec, check_given, read_checkpoint, with_spec
from deepquake.waveforms.recording import Recording
from deepquake.waveforms.scan import find_recordings
from deepquake.windows.grid import cut_recording, note_short, recording_starts, window_length_s

if TYPE_CHECKING:
    from obspy import Stream

# Windows through the network at a time. Small batches let it begin while the first hours are all
# that is read, and leave little to do after the last; what it says of a window does not change.
BATCH, LEAST = 1024, 256
# Recordings are handed out in groups of about this many windows, whatever the number of workers:
# a group fills its batches across its recordings, so that a thousand short files cost no more
# than a long one.
GROUP_WINDOWS = 32 * BATCH
READ_AHEAD = 3  # blocks of windows that wait for the network
MOST_REASONS = 3  # told in an error, why nothing can be used


@dataclass(frozen=True)
class Findings:
    """What a detector found: detections of each station, and events, both in order of time.

    ``problems`` tell what was left out of the records, and what was assumed.
    """

    detections: list[Detection]
    events: list[DetectedEvent]
    problems: list[str]


@dataclass(frozen=True)
class Detector:
    """A trained network, and how it goes through records.

    ``spec`` is what the network is, ``step`` the training step it reached; ``settings`` hold what
    the network decides.
    """

    checkpoint_dir: Path
    spec: ModelSpec
    step: int
    settings: Settings

    @classmethod
    def load(cls, checkpoint_dir: str | Path, **settings: Any) -> "Detector":
        """Return the detector of a checkpoint.

        Parameters
        ----------
        checkpoint_dir : str or Path
            The folder that step 4 wrote.
        **settings : bool, int, float or str
            Settings of step 6 by their names in config_default.ini, such as
            ``detection_threshold``, ``window_step_predict`` (s), ``workers`` or ``sensor_order``.

        Returns
        -------
        Detector
            The detector.

        Raises
        ------
        DeepQuakeError
            Where the folder holds no sound checkpoint, or a setting is unknown, has no such value
            or contradicts the network.
        """
        for key, value in settings.items():
            if key not in DECLARED:
                raise DeepQuakeError(f"there is no setting '{key}'; config_default.ini lists all")
            try:
                settings[key] = configuration.parse_value(key, str(value))
            except ValueError as error:
                raise DeepQuakeError(f"{key} {error}, not {value!r}") from None
        return load_detector(Path(checkpoint_dir), configuration.load(settings, source="load"))

    def detect(self, waveforms: "str | Path | Stream") -> Findings:
        """Find events, as step 6 does.

        Parameters
        ----------
        waveforms : str, Path or obspy.Stream
            A file or a folder of any depth, or records in memory: these are read as if they were
            a miniSEED file.

        Returns
        -------
        Findings
            Detections and events, the same that step 6 writes to detections.csv and events.csv.

        Raises
        ------
        DeepQuakeError
            Where none of the waveforms can be used.
        """
        scored, problems = self._read(waveforms)
        results = by_station(scored, self.settings.detection.detection_threshold)
        detections = all_detections(results)
        return Findings(detections, associate(detections), problems)

    def annotate(self, waveforms: "str | Path | Stream") -> "Stream":
        """Return the probabilities of every window, as traces.

        Each station stream gives a trace with the channel 'event', the probability of an event of
        any region, and, where the network tells regions apart, a trace for each region with its
        name as the channel. A sample is the probability of a window and stands at the window's
        middle; the sampling rate is 1 / ``window_step_predict``. Where windows are missing (a gap,
        a flat component), the trace ends and another begins. The last window of a gap-free
        stretch, which ends on the last sample whatever the step, is left out where it does not
        fall on the step.

        Parameters
        ----------
        waveforms : str, Path or obspy.Stream
            As ``detect`` takes them.

        Returns
        -------
        obspy.Stream
            The traces (float32), by station, location, time and channel.

        Raises
        ------
        DeepQuakeError
            Where none of the waveforms can be used.
        """
        from deepquake.detection.obspy_streams import annotated

        regions = self.spec.class_names[1:] if self.spec.n_clusters > 2 else ()
        scored, _ = self._read(waveforms)
        return annotated(scored, self.settings.detection.window_step_predict, regions)

    def usable(self, recordings: list[Recording], path: Path, report: Report) -> list[Recording]:
        """Return the recordings that hold a window for the network; report the others and why.

        Parameters
        ----------
        recordings : list of Recording
            What was found.
        path : Path
            Where.
        report : Report
            Gets what is left out.

        Returns
        -------
        list of Recording
            Those with all components and a stretch as long as a window.

        Raises
        ------
        DeepQuakeError
            Where there is none.
        """
        usable = []
        for recording in recordings:
            missing = [c for c in self.spec.components if c not in recording.channels]
            if missing:
                which = " and ".join(missing)
                report.skip(recording.name, f"has no component {which}, which the network takes")
            elif max(stretch.n_samples for stretch in recording.stretches) < self.spec.win_size:
                size_s = self.spec.window_size
                report.skip(recording.name, f"is shorter than a window of {size_s:g} s")
            else:
                usable.append(recording)
        if not usable:
            raise DeepQuakeError(
                f"{path}: no usable waveform with the components and a window of the network"
            )
        return usable

    def score(self, recordings: list[Recording], report: Report) -> list[ScoredRecording]:
        """Run the network over recordings, on the workers that the settings give.

        Parameters
        ----------
        recordings : list of Recording
            Those that are usable.
        report : Report
            Gets what turned out to be unreadable or too short.

        Returns
        -------
        list of ScoredRecording
            One for each recording, in their order.
        """
        _share_cores(self.settings.run.workers)
        groups = list(groups_of(recordings, self.settings))
        done = workers.run_tasks(
            partial(score_group, self), groups, self.settings.run, report=report, name=_first_names
        )
        scored: list[ScoredRecording] = []
        with closing(done):
            for group in progress(done, len(groups), "groups of streams"):
                scored += group
        for recording in scored:
            report.merge(recording.report)
        return scored

    def _read(self, waveforms: "str | Path | Stream") -> tuple[list[ScoredRecording], list[str]]:
        """Return what the network said of the windows, and the problems met."""
        from deepquake.detection.obspy_streams import as_file

        report, in_memory = Report(), not isinstance(waveforms, str | Path)
        with as_file(waveforms) if in_memory else nullcontext(Path(waveforms)) as path:

            def named(text: object) -> str:
                return str(text).replace(str(path), "the stream") if in_memory else str(text)

            try:
                found = find_recordings(path, self.settings.records, report)
                scored = self.score(self.usable(found, path, report), report)
                if not any(len(recording.starts_s) for recording in scored):
                    dead = sum(recording.n_unusable for recording in scored)
                    reason = f"{dead} have a gap or a flat component"
                    raise DeepQuakeError(f"{path}: no usable window: {reason}")
            except DeepQuakeError as error:
                reasons = [error, *report.problems[:MOST_REASONS]]
                raise DeepQuakeError("; ".join(map(named, reasons))) from None
            return scored, list(map(named, report.problems))


def load_detector(checkpoint_dir: Path, settings: Settings) -> Detector:
    """Return the detector of a checkpoint with the settings of a run.

    Parameters
    ----------
    checkpoint_dir : Path
        The folder that step 4 wrote.
    settings : Settings
        Those of the run; what they give must agree with the network.

    Returns
    -------
    Detector
        The detector.

    Raises
    ------
    DeepQuakeError
        Where the folder holds no sound checkpoint, or a value given contradicts the network.
    """
    spec, step, _ = read_checkpoint(checkpoint_dir)
    check_given(spec, settings, checkpoint_dir)
    settings = with_spec(settings, spec)
    if not settings.detection.detection_threshold:
        settings = settings.changed(detection_threshold=UNCALIBRATED)
    return Detector(checkpoint_dir, spec=spec, step=step, settings=settings)


def load_network(checkpoint_dir: Path) -> Any:
    """Return the network of a checkpoint; a process loads it once, and again when it changes."""
    return _load_network(checkpoint_dir, (checkpoint_dir / MODEL_JSON).stat().st_mtime_ns)


@lru_cache(maxsize=4)
def _load_network(checkpoint_dir: Path, written_ns: int) -> Any:
    from deepquake.learning.networks import load_checkpoint

    return load_checkpoint(checkpoint_dir)[0]


def groups_of(recordings: Iterable[Recording], settings: Settings) -> Iterator[list[Recording]]:
    """Yield recordings in groups of about ``GROUP_WINDOWS`` windows, in their order.

    Parameters
    ----------
    recordings : iterable of Recording
        What the network is to see.
    settings : Settings
        Those of the run, which tell the step from window to window.

    Yields
    ------
    list of Recording
        A group.
    """
    group: list[Recording] = []
    n_samples, most = 0, GROUP_WINDOWS * settings.detection.window_step_predict
    for recording in recordings:
        group.append(recording)
        n_samples += sum(stretch.n_samples for stretch in recording.stretches)
        if n_samples / recording.sampling_rate_hz >= most:
            yield group
            group, n_samples = [], 0
    if group:
        yield group


def score_group(detector: Detector, recordings: list[Recording]) -> list[ScoredRecording]:
    """Run the network over recordings and return what it said of each.

    Parameters
    ----------
    detector : Detector
        The network.
    recordings : list of Recording
        A group of ``groups_of``.
    """
    from deepquake.learning.networks import predict

    network, spec = load_network(detector.checkpoint_dir), detector.spec
    length_s = window_length_s(spec.window_size, spec.sampling_rate)
    nothing = np.empty((0, spec.n_clusters), np.float32)
    scored = [
        ScoredRecording(recording, length_s, starts_s=np.empty(0), probabilities=nothing)
        for recording in recordings
    ]
    starts: list[list[NDArray]] = [[] for _ in scored]
    usable = _usable_windows(scored, starts, detector.settings)
    with closing(workers.ahead(in_batches(usable), READ_AHEAD)) as batches:
        parts = [predict(network, batch, BATCH) for batch in batches]
    probabilities = np.concatenate([nothing, *parts])
    first = 0
    for recording, times in zip(scored, starts, strict=True):
        recording.starts_s = np.concatenate([np.empty(0), *times])
        recording.probabilities = probabilities[first : first + len(recording.starts_s)]
        first += len(recording.starts_s)
    return scored


def in_batches(blocks: Iterable[NDArray]) -> Iterator[NDArray]:
    """Yield the rows of blocks, in order; blocks of less than ``LEAST`` rows are joined."""
    waiting: list[NDArray] = []
    for block in blocks:
        waiting.append(block)
        if sum(map(len, waiting)) >= LEAST:
            yield block if len(waiting) == 1 else np.concatenate(waiting)
            waiting = []
    if any(map(len, waiting)):
        yield np.concatenate(waiting)


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


def _first_names(recordings: list[Recording]) -> str:
    return ", ".join(recording.name for recording in recordings[:3])
