"""What is told of a day while it is followed: a folder as step 6 writes it, file by file."""

import os
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from math import inf
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from deepquake.core.errors import DeepQuakeError
from deepquake.core.files import decode_text, read_bytes, read_json, table_rows, write_json
from deepquake.core.intervals import in_common
from deepquake.core.report import Report
from deepquake.core.settings import Settings
from deepquake.core.times import DAY_S, iso
from deepquake.detection import tables
from deepquake.detection.association.event import DetectedEvent
from deepquake.detection.events import detection_counts
from deepquake.detection.outputs.channels import channels_by_sensor
from deepquake.detection.outputs.event_files import velocity_model_name
from deepquake.detection.outputs.event_waveforms import span_shown, write_event_waveforms
from deepquake.detection.outputs.folder import (
    REPORT_NAME,
    SEISAN_DIR,
    SUMMARY_NAME,
    checksum_of,
    is_of_a_person,
)
from deepquake.detection.outputs.quakeml import QUAKEML_NAME, write_quakeml
from deepquake.detection.outputs.seisan import AUTOMATIC_AGENCY, REA_DIR, write_sfiles
from deepquake.detection.stations import Detection, StationResult
from deepquake.earth.regions import Regions
from deepquake.earth.stations import Station
from deepquake.waveforms.recording import Recording, between
from deepquake.windows.exchange import NEW

FILES_EVERY_S, PAGE_EVERY_S = 10.0, 60.0  # files of events and report.html are written so often
MOST_OF_TIME_WRITING = 0.1  # that writing tables, or files of events, may take
DAY_NAME = "[12][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]"
FOLLOWED, CLOSED = "followed", "closed"  # in detect.json


@dataclass(frozen=True)
class FoundSoFar:
    """What there is to tell of all days that are open."""

    results: Sequence[StationResult]
    arrivals: Sequence[Detection]
    events: Sequence[DetectedEvent]
    recordings: Sequence[Recording]
    stations: Sequence[Station]
    now_s: float


@dataclass(frozen=True)
class Telling:
    """What does not change from day to day: how it is told, and the values of the network."""

    settings: Settings
    values: Mapping[str, Any]
    told: Sequence[tuple[str, str]]  # lines of report.html on the network
    class_names: Sequence[str]
    regions: Regions | None = None

    @property
    def labels(self) -> Sequence[str]:
        """The names of the regions; none where there is but one."""
        return self.class_names[1:] if len(self.class_names) > 2 or self.regions else ()


@dataclass
class FollowedDay:
    """A day: its folder, and what was written there last.

    ``sfiles`` are the checksums of the files of SEISAN, ``waveforms`` the records written of each
    event, by its id.
    """

    start_s: float
    end_s: float
    folder: Path
    sfiles: dict[str, set[str]] = field(default_factory=dict)
    waveforms: dict[str, tuple[DetectedEvent, str]] = field(default_factory=dict)
    came_s: float = -inf  # when something came of it, or of before, by the clock
    _arrivals: Sequence[Detection] | None = None
    _events: Sequence[DetectedEvent] | None = None
    _in_files: Sequence[tuple[DetectedEvent, bool]] | None = None
    _on_page: tuple[Any, ...] | None = None
    _tables_from_s: float = -inf
    _files_from_s: float = -inf
    _page_at_s: float = -inf

    def ids_told(self) -> set[str]:
        """Return the ids of the events in the table that an earlier run has written."""
        path = self.folder / tables.EVENT_TABLE
        if not path.is_file():
            return set()
        _, rows = table_rows(decode_text(read_bytes(path)))
        return {row[0] for _, row in rows}

    def of(self, found: FoundSoFar) -> FoundSoFar:
        """Return what is of this day of all that was found."""
        span_s = np.array([[self.start_s, self.end_s]])
        return replace(
            found,
            arrivals=[a for a in found.arrivals if self.start_s <= a.time_s < self.end_s],
            events=[e for e in found.events if self.start_s <= e.time_s < self.end_s],
            results=[
                replace(
                    result,
                    arrivals=[a for a in result.arrivals if self.start_s <= a.time_s < self.end_s],
                    recorded_s=in_common(result.recorded_s, span_s),
                )
                for result in found.results
            ],
        )

    def tell(
        self, found: FoundSoFar, telling: Telling, report: Report, *, is_closed: bool = False
    ) -> None:
        """Write what has changed of the day.

        Parameters
        ----------
        found : FoundSoFar
            Of all open days.
        telling : Telling
            How it is told.
        report : Report
            Is told what cannot be written or read.
        is_closed : bool
            Whether nothing will change any more: then all is written, however short ago it was.
        """
        now = self.of(found)
        clock_s = time.monotonic()
        is_other = now.arrivals != self._arrivals or now.events != self._events
        if is_closed or (is_other and clock_s >= self._tables_from_s):
            self.folder.mkdir(parents=True, exist_ok=True)
            # an arrival may be of an event of the day before
            tables.write_picks(now.arrivals, found.events, self.folder)
            p_arrivals = [arrival for arrival in now.arrivals if arrival.phase == "P"]
            tables.write_detections(p_arrivals, self.folder)
            tables.write_detected_events(now.events, self.folder, labels=telling.labels)
            self._arrivals, self._events = now.arrivals, now.events
            self._write_summary(now, telling, is_closed=False)
            self._tables_from_s = _next_s(clock_s)
        clock_s = time.monotonic()
        settled = [(event, _is_settled(event, now.now_s) or is_closed) for event in now.events]
        if is_closed or (settled != self._in_files and clock_s >= self._files_from_s):
            self._write_files(now, settled, telling, report)
            self._in_files = settled
            self._files_from_s = max(_next_s(clock_s), clock_s + FILES_EVERY_S)
        if is_closed:
            self.write_page(found, telling, report)
            self._write_summary(now, telling, is_closed=True)

    def wants_page(self, found: FoundSoFar) -> bool:
        """Return whether report.html is to be written: what it shows has changed, and it is time.

        It is taken for written then.
        """
        now = self.of(found)
        shown = now.events, len(now.arrivals)
        if shown == self._on_page or time.monotonic() - self._page_at_s < PAGE_EVERY_S:
            return False
        self._on_page, self._page_at_s = shown, time.monotonic()
        return True

    def _write_summary(
        self,
        now: FoundSoFar,
        telling: Telling,
        *,
        is_closed: bool,
        seisan: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        """Write detect.json; the first checksum of a file is the one that counts."""
        sums = seisan or {name: sorted(known) for name, known in self.sfiles.items()}
        counts = detection_counts(now.results, now.events, telling.class_names)
        values = {**telling.values, **counts, "tables": [], "recordings": []}
        values["seisan"] = {name: known[0] for name, known in sorted(sums.items())}
        until_s = min(now.now_s, self.end_s)
        values[FOLLOWED] = {
            "from": iso(self.start_s),
            "until": iso(until_s),
            CLOSED: is_closed,
            "seisanBefore": {name: known[1] for name, known in sums.items() if len(known) > 1},
        }
        write_json(self.folder / SUMMARY_NAME, values)

    def _write_files(
        self,
        now: FoundSoFar,
        settled: Sequence[tuple[DetectedEvent, bool]],
        telling: Telling,
        report: Report,
    ) -> None:
        """Write events.xml, an s-file for each event, and the records around what is over."""
        settings, staging = telling.settings, self.folder / NEW
        shutil.rmtree(staging, ignore_errors=True)  # of a run that was killed
        try:
            channels = channels_by_sensor(now.recordings)
            self._write_waveforms(now, settled, staging, settings=settings, report=report)
            names = {event_id: name for event_id, (_, name) in self.waveforms.items() if name}
            write_sfiles(now.events, staging, report, channels=channels, waveforms=names)
            self._put_in_place(now, staging, telling, report)
            write_quakeml(
                self.folder / QUAKEML_NAME,
                now.events,
                created_s=min(now.now_s, self.end_s),
                agency=AUTOMATIC_AGENCY,
                picker=telling.values["model"],
                velocity_model=velocity_model_name(settings.arrivals),
                channels=channels,
                class_names=telling.class_names if telling.labels else (),
            )
        finally:
            shutil.rmtree(staging, ignore_errors=True)

    def _write_waveforms(
        self,
        now: FoundSoFar,
        settled: Sequence[tuple[DetectedEvent, bool]],
        staging: Path,
        *,
        settings: Settings,
        report: Report,
    ) -> None:
        """Write the records around events that are over and were not written as they are now."""
        known = self.waveforms
        kept = {
            e.event_id: known[e.event_id] for e, _ in settled if known.get(e.event_id, (0,))[0] == e
        }
        wanted = [event for event, is_over in settled if is_over and event.event_id not in kept]
        names: dict[str, str] = {}
        if settings.events.event_waveforms and wanted:
            names = write_event_waveforms(
                wanted, now.recordings, staging, run=replace(settings.run, workers=1), report=report
            )
        kept |= {event.event_id: (event, names.get(event.event_id, "")) for event in wanted}
        self.waveforms = kept

    def _put_in_place(
        self, now: FoundSoFar, staging: Path, telling: Telling, report: Report
    ) -> None:
        """Put files of SEISAN in place of earlier ones; what a person has changed stays."""
        target = self.folder / SEISAN_DIR
        new = {
            str(PurePosixPath(path.relative_to(staging))): path
            for path in sorted(staging.rglob("*"))
            if path.is_file()
        }
        in_use = {f"WAV/{name}" for _, name in self.waveforms.values() if name}
        is_sfile = {name: name.startswith(f"{REA_DIR}/") for name in {*new, *self.sfiles}}
        sums = {name: checksum_of(path) if is_sfile[name] else "" for name, path in new.items()}
        keep, remove = set(), []
        for name in sorted({*new, *self.sfiles}):
            path = target / name
            before = self.sfiles.get(name, set())
            if is_sfile[name] and self._is_a_persons(path, before):
                report.note(path, "was changed by a person, or removed: it stays as it is")
                keep.add(name)
            elif name not in new and name not in in_use:
                remove.append(name)
        listed = {
            name: [
                sums.get(name, next(iter(self.sfiles.get(name, {""})))),
                *self.sfiles.get(name, ()),
            ]
            for name in {*sums, *(in_use & self.sfiles.keys()), *keep}
        }
        # before anything moves: after a kill both the old and the new files are known as ours
        self._write_summary(now, telling, is_closed=False, seisan=listed)
        for name, path in new.items():
            if name not in keep and not (
                is_sfile[name] and sums[name] in self.sfiles.get(name, ())
            ):
                (target / name).parent.mkdir(parents=True, exist_ok=True)
                os.replace(path, target / name)
        for name in remove:
            (target / name).unlink(missing_ok=True)
        self.sfiles = {
            name: self.sfiles[name] if name in keep and name in self.sfiles else {known[0]}
            for name, known in listed.items()
        }

    def _is_a_persons(self, path: Path, known: set[str]) -> bool:
        """Return whether a person has changed, written or removed an s-file."""
        if not path.is_file():
            return bool(known)
        if known:
            return checksum_of(path) not in known
        return is_of_a_person(path)

    def write_page(self, found: FoundSoFar, telling: Telling, report: Report) -> None:
        """Write report.html.

        Parameters
        ----------
        found : FoundSoFar
            Of all open days.
        telling : Telling
            How it is told.
        report : Report
            Is told of pictures that were not drawn.
        """
        from deepquake.detection.outputs.report_page import write_report
        from deepquake.detection.outputs.report_rows import ReportContent

        now = self.of(found)
        try:
            recordings = between(now.recordings, self.start_s, self.end_s)
        except DeepQuakeError:
            recordings = []
        content = ReportContent(
            title=f"Earthquakes found on {self.folder.name}",
            events=now.events,
            arrivals=now.arrivals,
            stations=now.stations,
            told=telling.told,
            recordings=recordings,
            recorded_s={(r.network, r.station): r.recorded_s for r in now.results},
            region_names=telling.labels,
            regions=telling.regions,
        )
        write_report(self.folder / REPORT_NAME, content, telling.settings, report=report)


def day_of(time_s: float, output_dir: Path, end_s: float = inf) -> FollowedDay:
    """Return the day of a time, with what an earlier run knows of its folder.

    Parameters
    ----------
    time_s : float
        Seconds since 1970 UTC.
    output_dir : Path
        That of all days.
    end_s : float
        Where following ends.

    Returns
    -------
    FollowedDay
        The day.
    """
    start_s = time_s // DAY_S * DAY_S
    folder = output_dir / f"{datetime.fromtimestamp(start_s, UTC):%Y-%m-%d}"
    day = FollowedDay(start_s, min(start_s + DAY_S, end_s), folder)
    written = _summary_of(folder)
    before = _dict_in(_dict_in(written, FOLLOWED), "seisanBefore")
    for name, known in _dict_in(written, "seisan").items():
        day.sfiles[str(name)] = {str(known), str(before.get(name, known))}
    return day


def first_open_day(output_dir: Path) -> float | None:
    """Return when the first day begins that an earlier run has not closed; None without any."""
    last_s = None
    for folder in sorted(output_dir.glob(DAY_NAME)):
        written = _summary_of(folder)
        # a day that was searched at once since is closed too
        if FOLLOWED in written and not _dict_in(written, FOLLOWED).get(CLOSED):
            return _start_of(folder)
        last_s = _start_of(folder) + DAY_S if written else last_s
    return last_s


def _start_of(folder: Path) -> float:
    return datetime.fromisoformat(f"{folder.name}T00:00+00:00").timestamp()


def _summary_of(folder: Path) -> dict[str, Any]:
    path = folder / SUMMARY_NAME
    written = read_json(path) if path.is_file() else {}
    return written if isinstance(written, dict) else {}


def _dict_in(values: Mapping[str, Any], key: str) -> dict[str, Any]:
    found = values.get(key)
    return found if isinstance(found, dict) else {}


def _next_s(begun_s: float) -> float:
    """Return when to write again, by the clock, what was begun at a time and is written now."""
    now_s = time.monotonic()
    return now_s + (now_s - begun_s) / MOST_OF_TIME_WRITING


def _is_settled(event: DetectedEvent, now_s: float) -> bool:
    """Return whether the records around an event are there."""
    return span_shown(event)[1] < now_s
