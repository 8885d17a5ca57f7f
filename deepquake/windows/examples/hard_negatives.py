"""Step 3 with ``hard_negatives``: what a network took for an event, and was none, is its noise."""

from collections import Counter, defaultdict
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
from deepquake.windows.tfrecords import NOISE

HARD = "hard"
ENDING = f"_{HARD}"


def name_of_hard_negatives(table: Path, stream_path: Path) -> str:
    """Return the name of the TFRecord files: that of the data set and of the search.

    Parameters
    ----------
    table : Path
        matches.csv, in the folder of the search.
    stream_path : Path
        The records that were searched.
    """
    return f"{origins.data_set_name(stream_path)}_{table.absolute().parent.name}{ENDING}"


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
    report, left_out = Report(), Counter[str]()
    alarms = read_alarms(table, report)
    recordings = find_recordings(
        request.prep_dir, settings.records, report, pattern=request.pattern, debug=False
    )
    tasks = []
    for recording in recordings:
        windows = _windows_around(recording, alarms, settings, left_out=left_out)
        if windows:
            nothing = dict.fromkeys(PARTS, ())  # arrives in noise
            task = StreamTask(request.prep_dir, windows, settings, recording, known=nothing)
            tasks.append(task)
    _count_elsewhere(alarms, recordings, left_out)
    written = WrittenDataset(request, left_out, report=report)
    if not tasks:
        report.print_summary(settings.run.debug)
        raise DeepQuakeError(f"{table}: {_why_nothing(alarms, left_out)}")
    by = "by verdict" if alarms.by_person else "of a catalogue that is taken as complete"
    report.note(table, f"{number_of(alarms.counts[FALSE], 'false alarm')}, {by}")
    sources = [
        replace(source, codes=f"{HARD} {source.codes}")  # other windows than those of step 1
        for task in tasks
        if task.recording
        for source in origins.sources_of(task.recording)
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


def _windows_around(
    recording: Recording, alarms: Alarms, settings: Settings, left_out: Counter[str]
) -> list[ChosenWindow]:
    """Return the windows of the false alarms of a recording, in order of time."""
    wanted = settings.records.components
    have = [component for component in wanted if component in recording.channels]
    is_whole = bool(have) if settings.network.model == UNET else len(have) == len(wanted)
    here = [alarm for alarm in alarms.rows if _is_of(alarm, recording)]
    false = [alarm for alarm in here if alarm.said == FALSE]
    if not is_whole:
        left_out["false alarm where a component is missing"] += len(false)
        return []
    avoided = _avoided_around(here, settings)
    length_s = window_length_s(settings.windows.window_size, recording.sampling_rate_hz)
    by_time: dict[float, ChosenWindow] = {}
    for alarm in false:
        starts_s = _starts_around(alarm, recording, settings)
        starts_s = [s for s in starts_s if is_inside(recording, s, settings.windows.window_size)]
        if not starts_s:
            left_out["false alarm without a whole window around it"] += 1
            continue
        starts = np.array(starts_s)
        near = touches(avoided, starts - TIME_TOLERANCE_S, starts + length_s + TIME_TOLERANCE_S)
        if near.all():
            left_out["false alarm near an arrival, or near what may be one"] += 1
        for start_s in starts[~near].tolist():
            by_time[start_s] = _noise_at(recording, start_s, settings)
    return [window for _, window in sorted(by_time.items())]


def _is_of(alarm: Alarm, recording: Recording) -> bool:
    """Tell whether an alarm is within a recording; codes that it does not tell fit any."""
    codes = (
        (alarm.network, recording.network),
        (alarm.station, recording.station),
        (alarm.location, recording.location),
        (alarm.channel[:2], recording.sensor),
    )
    begin_s, end_s = recording.span()
    return all(not told or told.upper() == code.upper() for told, code in codes) and (
        begin_s <= alarm.end_s and alarm.start_s <= end_s
    )


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


def _count_elsewhere(alarms: Alarms, recordings: list[Recording], left_out: Counter[str]) -> None:
    """Count the false alarms that are in no recording, and the rows that are not used."""
    of_station: dict[str, list[Recording]] = defaultdict(list)
    for recording in recordings:
        of_station[recording.station.upper()].append(recording)
    elsewhere = sum(
        not any(_is_of(alarm, recording) for recording in of_station[alarm.station.upper()])
        for alarm in alarms.rows
        if alarm.said == FALSE
    )
    if elsewhere:
        left_out["false alarm outside the records"] += elsewhere
    for said, number in alarms.counts.items():
        if said not in (FALSE, TRUE):
            left_out[f"row {said}"] += number


def _why_nothing(alarms: Alarms, left_out: Counter[str]) -> str:
    if not alarms.counts[FALSE]:
        return "no row is false: nothing to learn from"
    reasons = ", ".join(f"{number} {reason}" for reason, number in left_out.most_common())
    return f"no window to write of {number_of(alarms.counts[FALSE], 'false alarm')}: {reasons}"
