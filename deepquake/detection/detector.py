"""A trained network as a detector: for step 6, and for notebooks and programs of the user's."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from math import inf
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from deepquake.core import configuration
from deepquake.core.errors import DeepQuakeError
from deepquake.core.report import Problem, Report
from deepquake.core.settings import DECLARED, Settings
from deepquake.detection.events import DetectedEvent, associate
from deepquake.detection.grouping import Detection
from deepquake.detection.scoring import ScoredRecording, score_recordings, usable_recordings
from deepquake.detection.stations import by_station
from deepquake.detection.tables import all_detections
from deepquake.learning.checkpoints import MODEL_JSON, read_checkpoint
from deepquake.learning.metrics import event_probability
from deepquake.learning.spec import ModelSpec, check_given, with_spec
from deepquake.waveforms.recording import Recording
from deepquake.waveforms.scan import find_recordings

if TYPE_CHECKING:
    from obspy import Stream

SHOWN = 3  # reasons why nothing can be used
ANY_EVENT = "event"  # the channel of the probability of an event, wherever it came from


@dataclass(frozen=True)
class Findings:
    """What a detector found: detections of each station, and events, both in order of time.

    ``problems`` are what was left out of the records, and what was assumed.
    """

    detections: list[Detection]
    events: list[DetectedEvent]
    problems: list[Problem]


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
        values = {}
        for key, value in settings.items():
            if key not in DECLARED:
                raise DeepQuakeError(f"there is no setting '{key}'; config_default.ini lists all")
            try:
                values[key] = configuration.parse_value(key, str(value))
            except ValueError as error:
                raise DeepQuakeError(f"{key} {error}, not {value!r}") from None
        return load_detector(Path(checkpoint_dir), configuration.load(values))

    def detect(self, waveforms: "str | Path | Stream") -> Findings:
        """Find events, as step 6 does.

        Parameters
        ----------
        waveforms : str, Path or obspy.Stream
            A file or a folder of any depth, or records in memory: these are taken as the miniSEED
            file that ObsPy would write of them.

        Returns
        -------
        Findings
            Detections and events, the same that step 6 writes to detections.csv and events.csv.

        Raises
        ------
        DeepQuakeError
            Where none of the waveforms can be used.
        """
        report = Report()
        scored = self._score(waveforms, report)
        results = by_station(scored, self.settings.detection.detection_threshold)
        return Findings(
            detections=all_detections(results),
            events=associate(results),
            problems=report.problems,
        )

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
        from obspy import Stream, Trace, UTCDateTime

        rate = self.settings.records.sampling_rate
        stride = max(1, round(self.settings.detection.window_step_predict * rate))
        regions = self.spec.class_names[1:] if self.spec.n_clusters > 2 else ()
        traces = []
        for scored in self._score(waveforms, Report()):
            probabilities = scored.probabilities[:, 1 if regions else 2 :]
            event = event_probability(scored.probabilities)
            columns = np.column_stack([event, probabilities]).astype(np.float32)
            for numbers in _even_runs(scored, stride, rate):
                for channel, samples in zip((ANY_EVENT, *regions), columns[numbers].T, strict=True):
                    header = {
                        "network": scored.recording.network,
                        "station": scored.recording.station,
                        "location": scored.recording.location,
                        "channel": channel,
                        "sampling_rate": rate / stride,
                        "starttime": UTCDateTime(scored.starts_s[numbers[0]] + scored.length_s / 2),
                    }
                    traces.append(Trace(np.ascontiguousarray(samples), header))
        return Stream(traces)

    def find_recordings(
        self,
        path: Path,
        report: Report,
        *,
        pattern: str = "*",
        station: str = "",
        starttime_s: float = -inf,
        endtime_s: float = inf,
    ) -> list[Recording]:
        """Return the station streams of a file or folder that the network can be run over.

        Parameters
        ----------
        path : Path
            The file, or a folder of any depth.
        report : Report
            Gets what is left out, and why.
        pattern : str
            Only files whose names match.
        station : str
            Only these stations (codes between commas); empty for all.
        starttime_s, endtime_s : float
            Only the records from the first time on and before the second, seconds since 1970 UTC.

        Returns
        -------
        list of Recording
            The station streams, by station and time.

        Raises
        ------
        DeepQuakeError
            Where there is none.
        """
        found = find_recordings(
            path,
            self.settings.records,
            report,
            pattern=pattern,
            station=station,
            starttime_s=starttime_s,
            endtime_s=endtime_s,
        )
        recordings = usable_recordings(found, self.spec, report)
        if not recordings:
            raise DeepQuakeError(
                f"{path}: no usable waveform with the components and a window of the network"
            )
        return recordings

    def score(self, recordings: list[Recording], report: Report) -> list[ScoredRecording]:
        """Return what the network says of the windows of each recording.

        Parameters
        ----------
        recordings : list of Recording
            What ``find_recordings`` found.
        report : Report
            Gets what turned out to be unreadable or too short.

        Returns
        -------
        list of ScoredRecording
            One for each recording, in their order.
        """
        return score_recordings(
            recordings,
            settings=self.settings,
            checkpoint_dir=self.checkpoint_dir,
            report=report,
        )

    def _score(self, waveforms: "str | Path | Stream", report: Report) -> list[ScoredRecording]:
        with _as_files(waveforms) as path:
            try:
                return self.score(self.find_recordings(path, report), report)
            except DeepQuakeError as error:
                why = "; ".join([str(error), *map(str, report.problems[:SHOWN])])
                raise DeepQuakeError(why.replace(str(path), _name_of(waveforms))) from None
            finally:
                for number, problem in enumerate(report.problems):
                    name = problem.path.replace(str(path), _name_of(waveforms))
                    report.problems[number] = replace(problem, path=name)


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
    check_given(spec, checkpoint_dir / MODEL_JSON, settings)
    return Detector(
        checkpoint_dir=checkpoint_dir,
        spec=spec,
        step=step,
        settings=with_spec(settings, spec),
    )


def _even_runs(scored: ScoredRecording, stride: int, rate_hz: float) -> list[NDArray[np.intp]]:
    """Return the numbers of the windows that follow each other step by step, run by run."""
    stretches = scored.recording.stretches
    begins = np.array([stretch.start_s for stretch in stretches])
    # half a sample keeps rounding of float seconds from deciding
    stretch = np.searchsorted(begins, scored.starts_s + 0.5 / rate_hz) - 1
    since = np.round((scored.starts_s - begins[stretch]) * rate_hz).astype(np.int64)
    even = np.flatnonzero(since % stride == 0)
    if not len(even):
        return []
    step = np.diff(since[even])
    breaks = np.flatnonzero((step != stride) | (np.diff(stretch[even]) != 0)) + 1
    return np.split(even, breaks)


@contextmanager
def _as_files(waveforms: "str | Path | Stream") -> Iterator[Path]:
    """Yield the path of waveforms; those in memory are written to a file for the while."""
    if isinstance(waveforms, str | Path):
        yield Path(waveforms)
        return
    from obspy import Stream

    stream = Stream([trace for trace in Stream(waveforms).split() if len(trace)])
    if not stream:
        raise DeepQuakeError("the stream holds no samples")
    for trace in stream:
        if trace.data.dtype not in (np.int32, np.float32, np.float64):
            trace.data = _as_written(trace.data)
    with TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of encodings that headers name and data no longer fit
        path = Path(folder) / "stream.mseed"
        stream.write(str(path), format="MSEED")
        yield path


def _name_of(waveforms: "str | Path | Stream") -> str:
    return str(waveforms) if isinstance(waveforms, str | Path) else "the stream"


def _as_written(samples: NDArray[Any]) -> NDArray[Any]:
    """Return samples as numbers that miniSEED has: 32 bits where that loses nothing."""
    if samples.dtype.kind in "iub" and np.can_cast(samples.dtype, np.int32):
        return samples.astype(np.int32)
    whole = samples.dtype.kind in "iu" and np.all(np.abs(samples) < 2**31)
    return samples.astype(np.int32 if whole else np.float64)
