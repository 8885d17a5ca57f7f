"""Step 3 with ``hard_negatives``: what a network took for an event, and was none, is its noise."""

from collections import Counter
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from deepquake.catalog.picks.verdicts import FALSE, TRUE
from deepquake.core.errors import DeepQuakeError
from deepquake.core.intervals import touches, union
from deepquake.core.report import Report
from deepquake.core.settings import UNET, Settings
from deepquake.core.text import number_of
from deepquake.core.times import iso
from deepquake.waveforms.recording import Recording
from deepquake.waveforms.scan import find_recordings
from deepquake.windows import origins
from deepquake.windows.examples.alarms import Alarm, Alarms, read_alarms
from deepquake.windows.examples.writing import (
    DatasetRequest,
    StreamTask,
    WrittenDataset,
    write_tasks,
)
from deepquake.windows.grid import TIME_TOLERANCE_S, is_inside, window_length_s
from deepquake.windows.index import WindowRow
from deepquake.windows.selection import PARTS, ChosenWindow, group_of, random_share
from deepquake.windows.tfrecords import HARD_ENDING, NOISE

HARD = "hard"


def name_of_hard_negatives(table: Path, stream_path: Path) -> str:
    """Return the name of the TFRecord files: that of the data set and of the search.

    Parameters
    ----------
    table : Path
        matches.csv, in the folder of the search.
    stream_path : Path
        The records that were searched.
    """
    return f"{origins.data_set_name(stream_path)}_{table.absolute().parent.name}{HARD_ENDING}"


def write_hard_negatives(
    request: DatasetRequest, table: Path, settings: Settings
) -> WrittenDataset:
    """Write windows that hold false alarms as noise, beside the noise of step 1.

    All windows count that hold a false alarm at least half a P window inside, or, where only its
    span is known, lie within that, a step from one to the next. As noise of step 1 they keep away
    from arrivals: from what was found, what was missed and what is not false for sure. Whole
    hours train, or test.

    Parameters
    ----------
    request : DatasetRequest
        What is asked for; ``prep_dir`` are the records that were searched.
    table : Path
        The false alarms (``read_alarms``).
    settings : Settings
        Those of the step.

    Returns
    -------
    WrittenDataset
        What was written.

    Raises
    ------
    DeepQuakeError
        Where there is no false alarm, or none within the records.
    """
    report = Report()
    alarms = read_alarms(table, report)
    # why nothing is cut of a false alarm; empty where something is
    why = {alarm: "outside the records" for alarm in alarms.rows if alarm.said == FALSE}
    recordings = find_recordings(
        request.prep_dir, settings.records, report, pattern=request.pattern, debug=False
    )
    tasks = []
    for recording in recordings:
        windows = _windows_around(recording, alarms, settings, why=why)
        if windows:
            nothing = dict.fromkeys(PARTS, ())  # arrives in noise
            task = StreamTask(request.prep_dir, windows, settings, recording, known=nothing)
            tasks.append(task)
    left_out = Counter(f"false alarm {reason}" for reason in why.values() if reason)
    left_out.update(
        {f"row {said}": n for said, n in alarms.counts.items() if said not in (FALSE, TRUE)}
    )
    written = WrittenDataset(request, left_out, report=report)
    if not tasks:
        report.print_summary(settings.run.debug)
        raise DeepQuakeError(f"{table}: {_why_nothing(alarms, left_out)}")
    by = "by verdict" if alarms.by_person else "of a catalogue that is taken as complete"
    report.note(table, f"{number_of(alarms.counts[FALSE], 'false alarm')}, {by}")
    sources = [  # with another verdict windows are of other records of these
        replace(source, codes=f"{HARD} {source.codes}")  # other windows than those of step 1
        for recording in recordings
        if _holds_any(recording, alarms)
        for source in origins.sources_of(recording)
    ]
    write_tasks(
        written,
        "negative",
        tasks,
        sources=sources,
        reading=nullcontext(),
        lost="with false alarms have a gap, or a component that is flat or missing",
    )
    return written


def _holds_any(recording: Recording, alarms: Alarms) -> bool:
    """Tell whether a row of the table, whatever is said of it, is within a recording."""
    begin_s, end_s = recording.span()
    return any(
        alarm.start_s <= end_s and alarm.end_s >= begin_s and _is_of(alarm, recording)
        for alarm in alarms.rows
    )


def _windows_around(
    recording: Recording, alarms: Alarms, settings: Settings, why: dict[Alarm, str]
) -> list[ChosenWindow]:
    """Return the windows of the false alarms of a recording, in order of time."""
    wanted = settings.records.components
    have = [component for component in wanted if component in recording.channels]
    is_whole = bool(have) if settings.network.model == UNET else len(have) == len(wanted)
    size_s, rate_hz = settings.windows.window_size, recording.sampling_rate_hz
    here = [alarm for alarm in alarms.rows if _is_of(alarm, recording)]
    at_station = [replace(alarm, location="", channel="") for alarm in alarms.rows]
    avoided = _avoided_around([a for a in at_station if _is_of(a, recording)], settings)
    begin_s, end_s = recording.span()
    by_time: dict[float, ChosenWindow] = {}
    for alarm in here:
        if alarm.said != FALSE or alarm.end_s < begin_s or alarm.start_s > end_s:
            continue
        starts_s = _starts_around(alarm, recording, settings)
        starts = np.array([s for s in starts_s if is_whole and is_inside(recording, s, size_s)])
        ends = starts + window_length_s(size_s, rate_hz)
        far = ~touches(avoided, starts - TIME_TOLERANCE_S, ends + TIME_TOLERANCE_S)
        for start_s in starts[far].tolist():
            by_time[start_s] = _noise_at(recording, start_s, settings)
        if far.any():
            why[alarm] = ""
        elif why[alarm]:  # else another record has it
            near = "near an arrival, or near what may be one"
            missing = "without a whole window around it" if is_whole else "without all components"
            why[alarm] = near if len(starts) else missing
    return [window for _, window in sorted(by_time.items())]


def _is_of(alarm: Alarm, recording: Recording) -> bool:
    """Tell whether an alarm is of the sensor of a recording; codes not told fit any."""
    codes = (
        (alarm.network, recording.network),
        (alarm.station, recording.station),
        (alarm.location, recording.location),
        (alarm.channel[:2], recording.sensor),
    )
    return all(not told or told.upper() == code.upper() for told, code in codes)


def _avoided_around(alarms: list[Alarm], settings: Settings) -> NDArray[np.float64]:
    """Return the stretches without noise around what is not false; a coda is behind arrivals."""
    windows = settings.windows
    others = [alarm for alarm in alarms if alarm.said != FALSE]
    after_s = [windows.window_avoid_negatives_after * (alarm.said == TRUE) for alarm in others]
    starts_s = np.array([alarm.start_s for alarm in others])
    ends_s = np.array([alarm.end_s for alarm in others])
    return union(starts_s - windows.window_avoid_negatives_before, ends_s + np.array(after_s))


def _starts_around(alarm: Alarm, recording: Recording, settings: Settings) -> list[float]:
    """Return the starts of the windows of a false alarm, on samples (seconds since 1970 UTC)."""
    windows, rate_hz = settings.windows, recording.sampling_rate_hz
    length_s, margin_s = window_length_s(windows.window_size, rate_hz), windows.pwave_window / 2
    first_s, last_s = alarm.start_s, alarm.end_s - length_s
    if first_s > last_s:  # a time, or a span shorter than a window: the window holds it
        middle_s = (alarm.start_s + alarm.end_s) / 2
        first_s, last_s = middle_s - length_s + margin_s, middle_s - margin_s
    share = random_share(settings.run.random_seed, f"{HARD} {recording.name} {iso(alarm.start_s)}")
    steps = np.arange(first_s, last_s, windows.window_stride)
    moved_s = np.minimum(steps + share * windows.window_stride, last_s)
    grid_s = recording.start_s
    return np.unique(grid_s + np.round((moved_s - grid_s) * rate_hz) / rate_hz).tolist()


def _noise_at(recording: Recording, start_s: float, settings: Settings) -> ChosenWindow:
    share = random_share(settings.run.random_seed, group_of("", start_s))
    row = WindowRow(
        stream_file=recording.name,
        window_file="",
        network=recording.network,
        station=recording.station,
        start_time=start_s,
        label="negative",
    )
    part = "test" if share < settings.dataset.test_fraction else "train"
    return ChosenWindow(row, NOISE, part)


def _why_nothing(alarms: Alarms, left_out: Counter[str]) -> str:
    if not alarms.counts[FALSE]:
        return "no row is false: nothing to learn from"
    reasons = ", ".join(f"{number} {reason}" for reason, number in left_out.most_common())
    return f"no window to write of {number_of(alarms.counts[FALSE], 'false alarm')}: {reasons}"
