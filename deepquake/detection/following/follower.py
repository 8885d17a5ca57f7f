"""What is known of the days that are open, and what is done in each turn: look, find, tell."""

import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from math import inf
from pathlib import Path

import numpy as np

from deepquake.core.cli import say
from deepquake.core.errors import DeepQuakeError
from deepquake.core.intervals import union
from deepquake.core.report import Report
from deepquake.core.settings import DetectionSettings
from deepquake.core.text import number_of
from deepquake.core.times import DAY_S, iso
from deepquake.detection.association.event import DetectedEvent
from deepquake.detection.detector import Detector
from deepquake.detection.events import with_places_regions
from deepquake.detection.following.background import (
    Background,
    close_day,
    draw_page,
    why_not_written,
)
from deepquake.detection.following.days import (
    FollowedDay,
    FoundSoFar,
    Telling,
    day_of,
)
from deepquake.detection.following.events import (
    Identity,
    events_renewed,
    identity,
    longest_s,
)
from deepquake.detection.following.growing import GrowingRecords, RecordSpans
from deepquake.detection.following.measured import MeasuredEvents
from deepquake.detection.following.places import KnownPlaces
from deepquake.detection.following.problems import ProblemsTold
from deepquake.detection.following.silence import Silence
from deepquake.detection.following.streams import (
    HELD_BACK_S,
    FollowedStream,
    SensorName,
    before_of,
    context_s,
    renewed,
    scored_stream,
    stretches_s,
    without_past,
)
from deepquake.detection.run import DetectionRequest
from deepquake.detection.scoring import load_network
from deepquake.detection.stations import Detection, StationResult, without_regions
from deepquake.earth.stations import lists_in_use
from deepquake.waveforms.reading import IS_UNREADABLE
from deepquake.waveforms.recording import Recording, spans_by_station
from deepquake.waveforms.scan import find_recordings

BEFORE_DAY_S = 120.0  # before the first open day, that arrivals are looked for in
READ_AGAIN_S = 60.0  # after which files that could not be read are tried once more
DAY_QUIET_S = 60.0  # by the clock, without a record of a day that closes
AHEAD_S = 60.0  # by which a record may be ahead of this machine's clock
IS_AHEAD = "its records are of {}, ahead of the clock of this machine: told when it is time"


@dataclass(frozen=True)
class StationArrivals:
    """The arrivals told of a station, and what they were made of: of each of its streams the
    arrivals, and how many of them were told."""

    made_of: tuple
    arrivals: list[Detection]
    known: dict[Identity, Detection]

    def is_of(self, parts: tuple) -> bool:
        """Return whether the same would be made of some parts."""
        return len(parts) == len(self.made_of) and all(
            one is other or (isinstance(one, int) and one == other)
            for one, other in zip(parts, self.made_of, strict=True)
        )


@dataclass
class Follower:
    """All that is known of the days that are open."""

    request: DetectionRequest
    detector: Detector
    telling: Telling
    records: GrowingRecords
    places: KnownPlaces
    since_s: float
    until_s: float
    n_threads: int = 1
    streams: list[FollowedStream] = field(default_factory=list)
    grown_s: dict[SensorName, float] = field(default_factory=dict)
    arrivals: dict[Identity, Detection] = field(default_factory=dict)
    events: list[DetectedEvent] = field(default_factory=list)
    days: list[FollowedDay] = field(default_factory=list)
    now_s: float = -inf
    came_s: float = field(default_factory=time.monotonic)
    ended: bool = False
    silence: Silence = field(default_factory=Silence)
    measured: MeasuredEvents = field(default_factory=MeasuredEvents)
    background: Background = field(default_factory=Background)
    _kept: dict[tuple[str, str], StationArrivals] = field(default_factory=dict)
    problems: ProblemsTold = field(default_factory=ProblemsTold)
    _spoken: set[str] = field(default_factory=set)
    _unread: dict[Path, RecordSpans] = field(default_factory=dict)
    _read_again_s: float = -inf

    def turn(self) -> None:
        """Look for what is new, and tell what comes of it."""
        report, looked = Report(), Report()
        came = self.records.look(looked)
        in_use = {path.resolve() for path in self._lists_in_use()}  # they are read as such
        report.problems += [p for p in looked.problems if Path(p.path).resolve() not in in_use]
        try:
            if fresh := self._with_unread(came):
                self._renew(fresh, report)
            if came:
                self.came_s = time.monotonic()
                first_s = min(spans[0, 0] for spans in came.values())
                for day in self.days:
                    day.came_s = self.came_s if first_s < day.end_s else day.came_s
            if self.streams:
                self._tell(report)
            self._close_days()
        except OSError as error:  # a full disk may have room again
            report.note(*why_not_written(error, self.request.output_dir))
        except DeepQuakeError as error:  # such as a table of an earlier run that was damaged
            report.note(self.request.output_dir, f"{error}; it is tried again")
        if self.streams:
            for line in self.silence.turned(self.streams, self.now_s, self._settings.follow_silent):
                say(line)
        self._say_problems(report)
        for told in self.background.reports():
            self._say_problems(told)

    def finish(self) -> None:
        """Wait for what is done in the background."""
        for told in self.background.reports(all_of_them=True):
            self._say_problems(told)

    @property
    def _settings(self) -> DetectionSettings:
        return self.detector.settings.detection

    def _with_unread(self, came: dict[Path, RecordSpans]) -> dict[Path, RecordSpans]:
        """Return what is new, and once a minute what could not be read then."""
        if not self._unread or time.monotonic() < self._read_again_s:
            return came
        unread, self._unread = self._unread, {}
        again = {
            path: union(*np.concatenate([spans, came.get(path, spans)]).T)
            for path, spans in unread.items()
        }
        return came | again

    def _renew(self, fresh: dict[Path, RecordSpans], report: Report) -> None:
        """Bring the streams up to the records that there are now."""
        settings, path = self.detector.settings, self.request.stream_path
        try:
            found = find_recordings(
                path,
                settings.records,
                report,
                pattern=self.request.pattern,
                station=self.request.station,
                in_use=self._lists_in_use(),
                pieces=self.records.pieces(),
            )
            recordings = self.detector.usable(found, path, report)
        except DeepQuakeError as error:
            report.note(path, str(error).removeprefix(f"{path}: "))
            return
        by_sensor: dict[SensorName, list[FollowedStream]] = defaultdict(list)
        for stream in self.streams:
            by_sensor[stream.sensor].append(stream)
        clock_s, scorer = time.monotonic(), self.detector.scorer()

        def work(recording: Recording) -> tuple[FollowedStream, Report, RecordSpans]:
            told = Report()
            sensor = recording.network, recording.station, recording.location, recording.sensor
            before = before_of(recording, by_sensor[sensor])
            in_files = [fresh[path] for path in recording.paths() if path in fresh]
            spans = np.concatenate([np.empty((0, 2)), *in_files])
            stream = renewed(
                before,
                recording,
                spans,
                scorer=scorer,
                since_s=self.since_s - BEFORE_DAY_S,
                report=told,
            )
            if before is None or stream.recording.span()[1] > before.recording.span()[1]:
                self.grown_s[sensor] = clock_s
            return stream, told, spans

        for recording in recordings:  # not in threads: a key that is missing is made
            by_sensor[recording.network, recording.station, recording.location, recording.sensor]
        load_network(scorer.checkpoint_dir)
        pool = ThreadPoolExecutor(self.n_threads)
        try:
            done = list(pool.map(work, recordings))
        finally:
            pool.shutdown(cancel_futures=True)  # Ctrl-C does not wait for those not begun
        self.streams = [stream for stream, _, _ in done]
        for _, told, spans in done:
            report.merge(told)
            for problem in told.problems:
                if problem.message.startswith(IS_UNREADABLE) and len(spans):
                    self._unread[Path(problem.path)] = spans
                    self._read_again_s = clock_s + READ_AGAIN_S
        for recording in recordings:
            if (end_s := recording.span()[1]) < time.time() + AHEAD_S:
                self.now_s = max(self.now_s, end_s)
            else:
                report.note(recording.paths()[-1], IS_AHEAD.format(iso(end_s)[:10]))
        if self.places.renew(spans_by_station(recordings), report):
            self.arrivals, self.events = {}, []  # all are located anew
        self._open_days()

    def _lists_in_use(self) -> list[Path]:
        return lists_in_use(self.request.stream_path, self.detector.settings.arrivals)

    def _open_days(self) -> None:
        """Open the days that hold records and are not closed."""
        last_s = min(self.now_s, self.until_s - 1e-3)
        spans = np.concatenate([stretches_s(stream.recording) for stream in self.streams])
        spans = spans[(spans[:, 1] > self.since_s) & (spans[:, 0] <= last_s)]
        reached = np.unique(np.clip(spans, self.since_s, last_s) // DAY_S, axis=0).astype(int)
        wanted = {number for first, last in reached.tolist() for number in range(first, last + 1)}
        for number in sorted(wanted - {day.start_s // DAY_S for day in self.days}):
            day = day_of(number * DAY_S, self.request.output_dir, self.until_s)
            day.start_s = max(day.start_s, self.since_s)
            self.days.append(day)
            self._spoken |= day.ids_told()
        self.days.sort(key=lambda day: day.start_s)

    def _found(self, *, is_final: bool = False) -> list[StationResult]:
        """Return what is found at each station, what is too near to the end held back.

        Of a station where nothing has come or gone the arrivals are the very same as before.
        """
        clock_s = time.monotonic()
        told: dict[tuple[str, str], tuple] = defaultdict(tuple)
        scored = []
        for stream in self.streams:
            quiet_s = clock_s - self.grown_s.get(stream.sensor, -inf)
            is_whole = is_final or quiet_s > HELD_BACK_S
            scored.append(scored_stream(stream, is_whole=is_whole))
            told[stream.sensor[:2]] += (stream.arrivals, len(scored[-1].detections))
        kept, self._kept = self._kept, {}
        for member in scored:
            name = member.recording.network, member.recording.station
            if name in kept and kept[name].is_of(told[name]):
                self._kept[name] = kept[name]
                member.detections = []
        results = []
        for result in self.detector.by_station(scored):
            name = result.network, result.station
            if name not in self._kept:
                if len(self.detector.class_names) < len(self.telling.class_names):
                    (result,) = without_regions([result])  # the network knows of none
                known = {identity(arrival): arrival for arrival in result.arrivals}
                self._kept[name] = StationArrivals(told[name], result.arrivals, known)
            results.append(replace(result, arrivals=self._kept[name].arrivals))
        return results

    def _known(self) -> dict[Identity, Detection]:
        """Return the arrivals that ``_found`` has told of last, by their identity."""
        return {
            key: arrival
            for station in self._kept.values()
            for key, arrival in station.known.items()
            if arrival.time_s < self.until_s
        }

    def _tell(self, report: Report) -> None:
        """Find events of the arrivals, and write what has changed."""
        results = self._found()
        now = self._known()
        settings, network = self.detector.settings, self.places.network(self.now_s)
        self.events = events_renewed(
            self.events,
            self.arrivals,
            now,
            within_s=longest_s(network, settings),
            stations=self.places.stations,
            network=network,
            settings=settings,
            recorded_s={(r.network, r.station): r.recorded_s for r in results},
        )
        self.arrivals = now
        found = self._found_so_far(results, report)
        for day in self.days:
            day.tell(found, self.telling, report)
            if self.background.is_idle and day.wants_page(found):
                self.background.do(partial(draw_page, day, found, self.telling))
        for event in found.events:
            is_told = any(day.start_s <= event.time_s < day.end_s for day in self.days)
            if is_told and event.event_id not in self._spoken:
                self._spoken.add(event.event_id)
                say(event_line(event))

    def _found_so_far(self, results: list[StationResult], report: Report) -> FoundSoFar:
        recordings = [stream.recording for stream in self.streams]
        events = self.measured.measure(
            self.events,
            recordings,
            now_s=self.now_s,
            waveforms=self.request.stream_path,
            stations=self.places.stations,
            settings=self.detector.settings,
            report=report,
        )
        if self.telling.regions is not None:
            events = with_places_regions(events, self.telling.regions)
        return FoundSoFar(
            results,
            sorted(self.arrivals.values(), key=lambda a: (a.time_s, a.network, a.station, a.phase)),
            events,
            recordings,
            self.places.stations,
            self.now_s,
        )

    def _close_days(self) -> None:
        """Close the days whose late records have had their time."""
        late_s = self._settings.follow_late
        while self.days and self.now_s >= (closes_s := self.days[0].end_s + late_s):
            quiet_s = time.monotonic() - self.days[0].came_s
            if quiet_s < min(DAY_QUIET_S, late_s) and self.now_s < closes_s + DAY_S:
                break  # after an interruption a server sends one station after another
            self.close_first()
        self.ended = not self.days and self.now_s >= self.until_s + late_s
        quiet_s = time.monotonic() - self.came_s
        is_past = time.time() >= self.until_s + late_s
        if is_past and quiet_s >= max(late_s, self._settings.follow_silent):
            while self.days:  # their records have ended before the end that was asked for
                self.close_first()
            self.ended = True

    def close_first(self) -> None:
        """Have the first open day told for good in the background, and forget it."""
        day, report = self.days.pop(0), Report()
        results = self._found(is_final=True)
        self.arrivals = self._known()
        job = partial(
            close_day,
            day,
            self._found_so_far(results, report),
            self.telling,
            detector=self.detector,
            measured=MeasuredEvents(dict(self.measured.known)),
            waveforms=self.request.stream_path,
            reach_s=longest_s(self.places.network(self.now_s), self.detector.settings),
        )
        self.background.do(job)
        self.since_s = day.end_s
        kept_from_s = day.end_s - BEFORE_DAY_S
        self.streams = [without_past(stream, kept_from_s) for stream in self.streams]
        self.arrivals = {k: a for k, a in self.arrivals.items() if a.time_s >= kept_from_s}
        known = self.arrivals.keys()
        self.events = [
            event
            for event in self.events
            if event.time_s >= day.end_s and known >= {identity(a) for a in event.arrivals}
        ]
        self.records.forget(kept_from_s - sum(context_s(self.detector.scorer())))
        self.problems.said.clear()
        self._spoken = {event.event_id for event in self.events}

    def _say_problems(self, report: Report) -> None:
        for line in self.problems.lines(report):
            say(line)


def event_line(event: DetectedEvent) -> str:
    """Return what is said of an event when it is found."""
    of, stations = event.origin, number_of(len(event.stations), "station")
    where = f"not located ({event.why_not_located})"
    if of is not None:
        error = f" +-{of.horizontal_error_km:.1f} km" if np.isfinite(of.horizontal_error_km) else ""
        where = f"{of.latitude:.3f} {of.longitude:.3f} {of.depth_km:.1f} km deep{error}"
    size = f", ML {event.magnitude.value:.1f}" if event.magnitude else ""
    return f"event {event.event_id}: {iso(event.time_s)}, {where}{size}, {stations}"
