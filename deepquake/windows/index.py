"""The folder of step 1: windows.csv (a row for each window not skipped), events.csv, its room.

Rows are made of many windows at a time.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import compress
from operator import itemgetter
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepquake.catalog.events import Event
from deepquake.catalog.kinds import EARTHQUAKE, kind_of_event
from deepquake.core.errors import DeepQuakeError
from deepquake.core.files import write_csv
from deepquake.core.intervals import runs_of_equal
from deepquake.core.settings import COMPONENTS, Settings
from deepquake.core.times import iso, parse_iso
from deepquake.waveforms.channels import MARKER_NAME
from deepquake.waveforms.recording import Recording
from deepquake.windows import exchange, labels
from deepquake.windows.grid import CutWindows, Times

INDEX_NAME = "windows.csv"
EVENT_LIST_NAME = "events.csv"
RECORDS_NAME = "records.json"  # which data set, and what each station stream was made from
# Of the windows, in the marker of a folder: labels are true of windows of that length only.
WINDOW_KEYS = ("window_size", "sampling_rate")
STREAM_DIR, STREAM_PICTURE_DIR = "mseed", "png"
WINDOW_DIRS = {"positive": "mseed_event_windows", "negative": "mseed_noise"}
WINDOW_PICTURE_DIRS = {"positive": "png_event_windows", "negative": "png_noise"}
SUBFOLDERS = (STREAM_DIR, STREAM_PICTURE_DIR, *WINDOW_DIRS.values(), *WINDOW_PICTURE_DIRS.values())
EVENT_LIST_HEADER = ("event_id", "origin_time", "latitude", "longitude", "depth_km", "kind")
PART_COLUMN = "part"  # of a list whose events are split already


@dataclass(slots=True)  # not frozen: that would make reading an index half as fast
class WindowRow:
    """One window. Times are seconds since 1970 UTC; None is unknown.

    ``stream_file`` and ``window_file`` are relative to the folder of windows.csv. ``components``
    are those of Z, N, E that are complete and alive. ``event_id`` of a noise window is the event
    nearest in time, empty beyond an hour.
    """

    stream_file: str
    window_file: str
    network: str
    station: str
    start_time: float
    label: str
    p_time: float | None = None
    event_id: str = ""
    lat: float | None = None
    lon: float | None = None
    depth: float | None = None
    components: str = ""
    discard_reason: str = ""
    sensor: str = ""


INDEX_HEADER = tuple(f.name for f in fields(WindowRow))
CONVERSIONS = (
    *(("start_time", parse_iso), ("p_time", parse_iso)),
    *(("lat", float), ("lon", float), ("depth", float)),
)


def row_text(row: WindowRow) -> list[str]:
    """Return the cells of a row as they are written."""
    values = {name: getattr(row, name) for name in INDEX_HEADER}
    return [
        "" if value is None else iso(value) if name.endswith("_time") else str(value)
        for name, value in values.items()
    ]


def lines(row: WindowRow, starts: Sequence[str], window_files: Sequence[str]) -> str:
    """Return the lines of windows that are all as one row but for their start and their file.

    Parameters
    ----------
    row : WindowRow
        What they have in common.
    starts : sequence of str
        As ``times.iso`` writes them.
    window_files : sequence of str
        The file of each, empty for none.

    Returns
    -------
    str
        The lines of windows.csv.
    """
    cells = row_text(row)
    head, middle, tail = (_cells(part) for part in (cells[:1], cells[2:4], cells[5:]))
    files = [_cells([name]) if name else "" for name in window_files]
    return "".join(
        f"{head},{file},{middle},{start},{tail}\n"
        for file, start in zip(files, starts, strict=True)
    )


def _cells(cells: Sequence[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(cells)
    return text.getvalue()


@dataclass(frozen=True)
class WindowRun:
    """Windows that were cut one after the other and are alike.

    ``row`` is what the index says of each of them but for its start and its file: there it says
    the start of the first one, and no file. ``part`` tells which of the windows they are.
    """

    row: WindowRow
    part: slice

    @property
    def numbers(self) -> range:
        """Their numbers among the windows cut together."""
        return range(self.part.start, self.part.stop)


def stream_file(recording: Recording) -> str:
    """Return where the station stream of a recording is, relative to the folder."""
    return f"{STREAM_DIR}/{recording.name}.mseed"


def window_runs(
    recording: Recording, events: Sequence[Event], found: labels.Labels, cut: CutWindows
) -> list[WindowRun]:
    """Return the runs of windows that are alike.

    Parameters
    ----------
    recording : Recording
        Where they are cut from.
    events : sequence of Event
        Those the labels name by number.
    found : Labels
        What each window is.
    cut : CutWindows
        The windows.

    Returns
    -------
    list of WindowRun
        In order.
    """
    length_s = (cut.win_size - 1) / recording.sampling_rate_hz
    near = _nearest_events(events, cut.starts_s + length_s / 2)
    near[found.event >= 0] = -1
    alike = (found.reason, found.event, np.nan_to_num(found.p_s), near, *cut.alive.T)
    runs = []
    for first, end in runs_of_equal(np.column_stack(alike)).tolist():
        reason = int(found.reason[first])
        kind = labels.KIND_OF[reason]
        number = int(found.event[first])
        event = events[number] if number >= 0 else None
        nearest = events[near[first]].event_id if near[first] >= 0 else ""
        row = WindowRow(
            stream_file=stream_file(recording),
            window_file="",
            network=recording.network,
            station=recording.station,
            start_time=float(cut.starts_s[first]),
            label=labels.KIND_NAMES[kind],
            p_time=float(found.p_s[first]) if event else None,
            event_id=event.event_id if event else nearest,
            lat=event.latitude if event else None,
            lon=event.longitude if event else None,
            depth=event.depth_km if event else None,
            components="".join(compress(COMPONENTS, cut.alive[first])),
            discard_reason=labels.REASONS[reason] if kind == labels.DISCARDED else "",
            sensor=".".join(filter(None, (recording.location, recording.sensor))),
        )
        runs.append(WindowRun(row, slice(first, end)))
    return runs


def iso_texts(times_s: Times) -> list[str]:
    """Return what ``times.iso`` does of many times, ten times as fast."""
    moments = np.rint(times_s * 1e6).astype("M8[us]")
    return [f"{text}Z" for text in np.datetime_as_string(moments).tolist()]


def read_index(prep_dir: Path, label: str = "") -> Iterator[WindowRow]:
    """Yield the rows of a folder's windows.csv.

    Parameters
    ----------
    prep_dir : Path
        The folder.
    label : str
        Only those of this label; all where it is empty.

    Yields
    ------
    WindowRow
        In the order of the file.

    Raises
    ------
    DeepQuakeError
        Where the file is missing or, naming the line, malformed.
    """
    path = prep_dir / INDEX_NAME
    if not path.is_file():
        raise DeepQuakeError(f"{path}: no such file; run step1_windows.py first")
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.reader(file)
        try:
            header = next(reader, [])
            missing = [name for name in INDEX_HEADER if name not in header]
            if missing:
                raise DeepQuakeError(f"{path}, line 1: lacks the column '{missing[0]}'")
            in_order = itemgetter(*(header.index(name) for name in INDEX_HEADER))
            label_column = header.index("label")
            for cells in reader:
                if not label or cells[label_column] == label:
                    yield _row(in_order(cells))
        except (ValueError, IndexError, csv.Error) as error:
            raise DeepQuakeError(
                f"{path}, line {reader.line_num}: is not a row of a window index ({error}); "
                "run step1_windows.py again"
            ) from None


def check_windows(prep_dir: Path, settings: Settings) -> None:
    """Check that step 1 labelled the windows that are asked for.

    An index from elsewhere says nothing of its windows and is taken as it is.

    Parameters
    ----------
    prep_dir : Path
        The folder of step 1.
    settings : Settings
        Length and sampling rate of the windows asked for.

    Raises
    ------
    DeepQuakeError
        Where it labelled others.
    """
    marker = prep_dir / MARKER_NAME
    text = marker.read_text(encoding="utf-8") if marker.is_file() else ""
    for line in text.splitlines():
        key, _, made = (part.strip() for part in line.partition("="))
        if key in WINDOW_KEYS and made != str(settings.value(key)):
            raise DeepQuakeError(
                f"{prep_dir}: step 1 made its windows with {key} = {made}, but {key} = "
                f"{settings.value(key)} is asked for; give all steps the same"
            )


def read_event_kinds(prep_dir: Path) -> dict[str, str]:
    """Return the kind of each event of the catalogue that step 1 worked with, by its id.

    A list without kinds, of an earlier time, is one of earthquakes.
    """
    path = prep_dir / EVENT_LIST_NAME
    if not path.is_file():
        raise DeepQuakeError(f"{path}: no such file; run step1_windows.py first")
    with path.open(newline="", encoding="utf-8") as file:
        try:
            rows = csv.DictReader(file)
            return {row["event_id"]: row.get("kind") or EARTHQUAKE for row in rows}
        except (ValueError, KeyError, csv.Error) as error:
            raise DeepQuakeError(
                f"{path}: is not a list of events ({error}); run step1_windows.py again"
            ) from None


def read_event_parts(prep_dir: Path) -> dict[str, str]:
    """Return for what events are that a data set of others splits itself: 'train' or 'test'."""
    with (prep_dir / EVENT_LIST_NAME).open(newline="", encoding="utf-8") as file:
        rows = csv.DictReader(file)
        return {row["event_id"]: part for row in rows if (part := row.get(PART_COLUMN))}


def write_event_list(
    prep_dir: Path, events: Sequence[Event], parts: Mapping[str, str] | None = None
) -> None:
    """Write the catalogue's events to the new result; steps 2 and 3 split by them.

    Parameters
    ----------
    prep_dir : Path
        The folder of step 1.
    events : sequence of Event
        All of the catalogue, whether a window holds them or not.
    parts : mapping of str to str, optional
        For what some are, by their id: 'train' or 'test'. Those of the others are drawn.
    """
    rows = []
    for event in events:
        time = None if event.origin_time is None else iso(event.origin_time)
        place = event.latitude, event.longitude, event.depth_km
        part = [parts.get(event.event_id, "")] if parts else []
        rows.append((event.event_id, time, *place, kind_of_event(event), *part))
    header = (*EVENT_LIST_HEADER, PART_COLUMN) if parts else EVENT_LIST_HEADER
    write_csv(exchange.staged(prep_dir, EVENT_LIST_NAME), header, rows)


def _row(cells: Sequence[Any]) -> WindowRow:
    row = WindowRow(*cells)
    for name, convert in CONVERSIONS:
        text = getattr(row, name)
        setattr(row, name, convert(text) if text or name == "start_time" else None)
    return row


def _nearest_events(events: Sequence[Event], middles_s: Times) -> NDArray[np.intp]:
    """Return the number of the event nearest in time to each of ``middles_s``, -1 beyond an hour.

    Of two that are as near it is the earlier one.
    """
    timed = labels.EventTimes(events).timed
    if not timed:
        return np.full(len(middles_s), -1)
    times, numbers = np.array([time for time, _ in timed]), np.array([n for _, n in timed])
    right = np.searchsorted(times, middles_s).clip(max=len(times) - 1)
    left = np.maximum(right - 1, 0)
    nearer_left = np.abs(times[left] - middles_s) <= np.abs(times[right] - middles_s)
    near = np.where(nearer_left, left, right)
    return np.where(np.abs(times[near] - middles_s) <= labels.NEAR_EVENT_S, numbers[near], -1)
