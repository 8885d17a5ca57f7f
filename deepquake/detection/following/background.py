"""What takes longer than a turn may, done beside it: pages, and days that are closed."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from pathlib import Path

from deepquake.core.cli import say
from deepquake.core.errors import short
from deepquake.core.report import Report
from deepquake.detection.detector import Detector
from deepquake.detection.events import with_places_regions
from deepquake.detection.following.days import FollowedDay, FoundSoFar, Telling
from deepquake.detection.following.measured import MeasuredEvents

CANNOT_WRITE = "cannot be written ({}): it is tried again"
IS_FILE = "is a file, where a folder is to be"


@dataclass
class Background:
    """Jobs, one after the other, and what they report."""

    _pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1))
    _jobs: list[Future[Report]] = field(default_factory=list)

    @property
    def is_idle(self) -> bool:
        """Whether nothing waits to be done."""
        return all(job.done() for job in self._jobs)

    def do(self, job: Callable[[], Report]) -> None:
        """Do a job as soon as those before it are done."""
        self._jobs.append(self._pool.submit(job))

    def reports(self, *, all_of_them: bool = False) -> list[Report]:
        """Return the reports of the jobs that are done, each once.

        One that failed is told, and stops nothing: who follows records wants to go on.

        Parameters
        ----------
        all_of_them : bool
            Whether to wait for the others.
        """
        if all_of_them:
            wait(self._jobs)
        done = [job for job in self._jobs if job.done()]
        self._jobs = [job for job in self._jobs if job not in done]
        return [_told_by(job) for job in done]


def _told_by(job: Future[Report]) -> Report:
    """Return the report of a job, or one that tells why it failed."""
    try:
        return job.result()
    except Exception as error:
        report = Report()
        why = f"could not be written: {type(error).__name__}: {short(error)}"
        report.skip("report.html, or a day that closes", why)
        return report


def draw_page(day: FollowedDay, found: FoundSoFar, telling: Telling) -> Report:
    """Write report.html of a day; return what there is to say of that.

    Parameters
    ----------
    day : FollowedDay
        The day.
    found : FoundSoFar
        Of all open days.
    telling : Telling
        How it is told.
    """
    report = Report()
    try:
        day.write_page(found, telling, report)
    except OSError as error:
        report.note(*why_not_written(error, day.folder))
    return report


def why_not_written(error: OSError, folder: Path) -> tuple[str, str]:
    """Return what could not be written, and what there is to say of it.

    Parameters
    ----------
    error : OSError
        Tells why.
    folder : Path
        Where the error names no file.
    """
    # of what is written beside a file and put in its place, the file is meant
    path = error.filename2 or error.filename or folder
    why = IS_FILE if isinstance(error, FileExistsError) else error.strerror
    return str(path), CANNOT_WRITE.format(why)


def close_day(
    day: FollowedDay,
    found: FoundSoFar,
    telling: Telling,
    *,
    detector: Detector,
    measured: MeasuredEvents,
    waveforms: Path,
    reach_s: float,
) -> Report:
    """Tell a day for good: its events are made of all arrivals at once, as step 6 makes them.

    Parameters
    ----------
    day : FollowedDay
        The day.
    found : FoundSoFar
        Of all days that were open.
    telling : Telling
        How it is told.
    detector : Detector
        Tells what an event is.
    measured : MeasuredEvents
        The magnitudes that are known.
    waveforms : Path
        Where the records are.
    reach_s : float
        Arrivals of an event are no farther apart.

    Returns
    -------
    Report
        What cannot be read. Where the day cannot be written it stays open for the next run.
    """
    report, first_s, last_s = Report(), day.start_s - reach_s, day.end_s + reach_s
    near = [
        replace(result, arrivals=[a for a in result.arrivals if first_s <= a.time_s < last_s])
        for result in found.results
    ]
    events = measured.measure(
        [
            event
            for event in detector.find_events(near, found.stations)
            if day.start_s <= event.time_s < day.end_s
        ],
        found.recordings,
        now_s=found.now_s,
        waveforms=waveforms,
        stations=found.stations,
        settings=telling.settings,
        report=report,
    )
    if telling.regions is not None:
        events = with_places_regions(events, telling.regions)
    others = [event for event in found.events if event.time_s >= day.end_s]
    found = replace(found, events=[*events, *others])
    try:
        day.tell(found, telling, report, is_closed=True)
    except OSError as error:
        what = f"cannot be written ({error.strerror}): the day stays open for the next run"
        report.note(error.filename or day.folder, what)
        return report
    n_arrivals = len(day.of(found).arrivals)
    say(f"{day.folder.name}: closed; {n_arrivals} arrivals, {len(events)} events")
    return report
