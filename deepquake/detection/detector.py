"""A trained network over records of any length, and what it finds in them.

Step 6 runs the same as notebooks and programs of the user's.
"""

from collections.abc import Mapping, Sequence
from contextlib import closing, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from deepquake.core import configuration, workers
from deepquake.core.errors import DeepQuakeError
from deepquake.core.progress import progress
from deepquake.core.report import Report
from deepquake.core.settings import DECLARED, UNET, Settings
from deepquake.detection.annotations import CURVES_ENDING
from deepquake.detection.association.associating import find_events
from deepquake.detection.association.event import DetectedEvent
from deepquake.detection.association.open_places import with_open_places_told
from deepquake.detection.regions import RegionNetwork, load_region_network
from deepquake.detection.scoring import Scorer, groups_of, score_group
from deepquake.detection.stations import (
    Detection,
    ScoredRecording,
    StationResult,
    all_arrivals,
    all_detections,
    by_station,
)
from deepquake.earth.codes import stations_as_recorded
from deepquake.earth.stations import Station, find_stations_file
from deepquake.learning.picking.arrivals import Acceptance, acceptances
from deepquake.learning.picking.calibration_json import read_calibration
from deepquake.learning.spec import (
    ModelSpec,
    check_given,
    checkpoint_folder,
    read_checkpoint,
    with_spec,
)
from deepquake.waveforms.recording import Recording
from deepquake.waveforms.scan import find_recordings

if TYPE_CHECKING:
    from obspy import Stream

LEAST_RECORD_S = 3.0  # for a UNet to see anything in it
MOST_REASONS = 3  # told in an error, why nothing can be used


@dataclass(frozen=True)
class Findings:
    """What a detector found, in order of time.

    ``picks`` are the arrivals of P and S at each station, ``detections`` those of P, ``events``
    what they amount to. ``problems`` tell what was left out of the records, and what was assumed.
    """

    picks: list[Detection]
    detections: list[Detection]
    events: list[DetectedEvent]
    problems: list[str]


@dataclass(frozen=True)
class Detector:
    """A trained network, and how it goes through records.

    ``spec`` is what the network is, ``step`` the training step it reached; ``settings`` hold what
    the network decides. ``accepted`` is what counts as an arrival, by phase, and ``notes`` what
    there is to say of that. ``regions`` tells the region of each P a UNet finds.
    """

    checkpoint_dir: Path
    spec: ModelSpec
    step: int
    settings: Settings
    accepted: Mapping[str, Acceptance]
    notes: tuple[str, ...] = ()
    regions: RegionNetwork | None = None

    @classmethod
    def load(
        cls,
        checkpoint_dir: str | Path,
        region_checkpoint_dir: str | Path | None = None,
        **settings: Any,
    ) -> "Detector":
        """Return the detector of a checkpoint.

        Parameters
        ----------
        checkpoint_dir : str or Path
            The folder that step 4 wrote, or ``pretrained``: the network that comes with DeepQuake.
        region_checkpoint_dir : str or Path, optional
            That of a ConvNetQuake of several classes, which tells the region of each P of a UNet.
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
        folder = checkpoint_folder(Path(checkpoint_dir))
        regions = None if region_checkpoint_dir is None else Path(region_checkpoint_dir)
        return load_detector(folder, configuration.load(settings, source="load"), regions)

    def detect(self, waveforms: "str | Path | Stream") -> Findings:
        """Find arrivals and events, as step 6 does.

        Parameters
        ----------
        waveforms : str, Path or obspy.Stream
            A file or a folder of any depth, or records in memory: these are read as if they were
            a miniSEED file.

        Returns
        -------
        Findings
            The same that step 6 writes to picks.csv, detections.csv and events.csv.

        Raises
        ------
        DeepQuakeError
            Where none of the waveforms can be used.
        """
        scored, problems = self._read(waveforms)
        results, report = self.by_station(scored), Report()
        stations = self._stations(waveforms, results, report)
        return Findings(
            all_arrivals(results),
            all_detections(results),
            self.find_events(results, stations, report),
            [*self.notes, *problems, *map(str, report.problems)],
        )

    def annotate(self, waveforms: "str | Path | Stream") -> "Stream":
        """Return the probabilities that the network gives, as traces.

        Of a UNet each station stream gives a trace with the channel P, and one with the channel S,
        at the rate of the records. Of a network of windows the channel is EVT, an event of any
        region, and where it tells regions apart R1, R2 ...; a sample is the probability of a
        window and stands at the window's middle, the sampling rate is 1 / ``window_step_predict``.
        Where nothing was recorded the trace ends and another begins. The last window of a gap-free
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
        from obspy import Stream, read

        with TemporaryDirectory() as folder:
            scored, _ = self._read(waveforms, Path(folder))
            files = [Path(folder) / f"{s.recording.name}{CURVES_ENDING}" for s in scored]
            streams = [read(str(path)) for path in files if path.is_file() and path.stat().st_size]
        stream = sum(streams, Stream())
        return stream.sort(["network", "station", "location", "starttime", "channel"])

    @property
    def class_names(self) -> tuple[str, ...]:
        """Noise and the regions; a UNet by itself knows one."""
        if self.regions is not None:
            return self.regions.spec.class_names
        return ("noise", "event") if self.spec.model == UNET else self.spec.class_names

    def scorer(self, curves_dir: Path | None = None) -> Scorer:
        """Return what workers must know; ``curves_dir`` is where probabilities are written."""
        return Scorer(
            self.checkpoint_dir,
            spec=self.spec,
            settings=self.settings,
            accepted=self.accepted,
            curves_dir=curves_dir,
            regions=self.regions,
        )

    def find_events(
        self,
        results: Sequence[StationResult],
        stations: Sequence[Station],
        report: Report | None = None,
    ) -> list[DetectedEvent]:
        """Return the events that the arrivals of all stations amount to.

        Parameters
        ----------
        results : sequence of StationResult
            What was found at each station.
        stations : sequence of Station
            Where stations are; those of no known place find events by time.
        report : Report, optional
            Is told of stations whose place is wrong.

        Returns
        -------
        list of DetectedEvent
            In order of time, each with its id.
        """
        recorded_s = {(r.network, r.station): r.recorded_s for r in results}
        arrivals = all_arrivals(results)
        events = find_events(arrivals, stations, self.settings, recorded_s, report=report)
        return with_open_places_told(events, stations, recorded_s)

    def _stations(
        self, waveforms: "str | Path | Stream", results: Sequence[StationResult], report: Report
    ) -> list[Station]:
        """Return the stations of the list that is given or, of files, beside them; none without."""
        arrivals = self.settings.arrivals
        beside = None if not isinstance(waveforms, str | Path) else find_stations_file(waveforms)
        if not arrivals.stations_path and beside is None:
            return []
        return stations_as_recorded(
            Path() if beside is None else Path(str(waveforms)),
            arrivals,
            {},
            recorded=[(result.network, result.station) for result in results],
            report=report,
        )

    def by_station(self, scored: list[ScoredRecording]) -> list[StationResult]:
        """Return what was found at each station over all its recordings."""
        step_s = self.settings.detection.window_step_predict
        return by_station(scored, step_s, self.settings.windows.pwave_window / 2)

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
            Those with all components and a stretch as long as a window; for a UNet, with one
            component at least.

        Raises
        ------
        DeepQuakeError
            Where there is none.
        """
        usable, is_unet, rate = [], self.spec.model == UNET, self.spec.sampling_rate
        least = LEAST_RECORD_S * rate if is_unet else self.spec.win_size
        for recording in recordings:
            missing = [c for c in self.spec.components if c not in recording.channels]
            if len(missing) == len(self.spec.components) or (missing and not is_unet):
                which = (" or " if is_unet else " and ").join(missing)
                report.skip(recording.name, f"has no component {which}, which the network takes")
            elif max(stretch.n_samples for stretch in recording.stretches) < least:
                size_s = LEAST_RECORD_S if is_unet else self.spec.window_size
                what = f"{size_s:g} s" if is_unet else f"a window of {size_s:g} s"
                report.skip(recording.name, f"is shorter than {what}")
            else:
                usable.append(recording)
        if not usable:
            raise DeepQuakeError(
                f"{path}: no usable waveform with the components and a window of the network"
            )
        return usable

    def score(
        self, recordings: list[Recording], report: Report, curves_dir: Path | None = None
    ) -> list[ScoredRecording]:
        """Run the network over recordings, on the workers that the settings give.

        Parameters
        ----------
        recordings : list of Recording
            Those that are usable.
        report : Report
            Gets what turned out to be unreadable or too short.
        curves_dir : Path, optional
            The folder to write the probabilities to.

        Returns
        -------
        list of ScoredRecording
            One for each recording, in their order.
        """
        workers.share_cores(self.settings.run.workers, self.spec.model)
        groups = list(groups_of(recordings, self.settings))
        work = partial(score_group, self.scorer(curves_dir))
        done = workers.run_tasks(work, groups, self.settings.run, report=report, name=_first_names)
        scored: list[ScoredRecording] = []
        with closing(done):
            for group in progress(done, len(groups), "groups of streams"):
                scored += group
        for recording in scored:
            report.merge(recording.report)
        return scored

    def _read(
        self, waveforms: "str | Path | Stream", curves_dir: Path | None = None
    ) -> tuple[list[ScoredRecording], list[str]]:
        """Return what the network said of the records, and the problems met."""
        from deepquake.detection.obspy_streams import as_file

        report, in_memory = Report(), not isinstance(waveforms, str | Path)
        with as_file(waveforms) if in_memory else nullcontext(Path(waveforms)) as path:

            def named(text: object) -> str:
                return str(text).replace(str(path), "the stream") if in_memory else str(text)

            try:
                found = find_recordings(path, self.settings.records, report)
                scored = self.score(self.usable(found, path, report), report, curves_dir)
                is_unet = self.spec.model == UNET
                if not is_unet and not any(len(recording.starts_s) for recording in scored):
                    dead = sum(recording.n_unusable for recording in scored)
                    reason = f"{dead} have a gap or a flat component"
                    raise DeepQuakeError(f"{path}: no usable window: {reason}")
            except DeepQuakeError as error:
                reasons = [error, *report.problems[:MOST_REASONS]]
                raise DeepQuakeError("; ".join(map(named, reasons))) from None
            return scored, list(map(named, report.problems))


def load_detector(
    checkpoint_dir: Path, settings: Settings, region_checkpoint_dir: Path | None = None
) -> Detector:
    """Return the detector of a checkpoint with the settings of a run.

    Parameters
    ----------
    checkpoint_dir : Path
        The folder that step 4 wrote.
    settings : Settings
        Those of the run; what they give must agree with the network.
    region_checkpoint_dir : Path, optional
        As of ``Detector.load``.

    Returns
    -------
    Detector
        The detector.

    Raises
    ------
    DeepQuakeError
        Where a folder holds no sound checkpoint, or a value given contradicts the network.
    """
    spec, step, _ = read_checkpoint(checkpoint_dir)
    check_given(spec, settings, checkpoint_dir)
    regions = None
    if region_checkpoint_dir is not None:
        regions = load_region_network(
            region_checkpoint_dir, finder=spec, finder_dir=checkpoint_dir, settings=settings
        )
    settings = with_spec(settings, spec)
    accepted, notes = acceptances(spec, read_calibration(checkpoint_dir), settings.detection)
    return Detector(
        checkpoint_dir,
        spec=spec,
        step=step,
        settings=settings,
        accepted=accepted,
        notes=tuple(notes),
        regions=regions,
    )


def _first_names(recordings: list[Recording]) -> str:
    return ", ".join(recording.name for recording in recordings[:3])
