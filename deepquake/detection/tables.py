"""The folder that step 6 writes: its tables, their columns, and what an earlier run left there.

For each input file the windows that hold an event, for the run all detections and events and,
with a catalogue, how detections and picks match. Times in files: ISO 8601 UTC.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from deepquake.catalog.events import Event
from deepquake.core.errors import DeepQuakeError
from deepquake.core.files import name_within, put_on_disk, read_json, write_csv
from deepquake.core.text import printable
from deepquake.core.times import iso
from deepquake.detection.events import DetectedEvent
from deepquake.detection.stations import Detection, ScoredRecording, StationResult
from deepquake.learning.metrics import most_probable_region
from deepquake.windows.exchange import NEW, Output, new_result

DETECTION_TABLE, EVENT_TABLE, MATCH_TABLE = "detections.csv", "events.csv", "matches.csv"
RUN_TABLES = (DETECTION_TABLE, EVENT_TABLE, MATCH_TABLE)
SUMMARY_NAME = "detect.json"
MAP_NAME = "map.png"
LONGEST_TABLE = 200  # bytes of the name of a table, without its ending
PICTURES_DIR = "png"
PAGE_ENDING = re.compile(r"_\d{8}T\d{4}$")  # of a page's name, behind that of the recording

WINDOW_COLUMNS = ("station", "start_time", "end_time", "cluster_id", "clusters_prob")
DETECTION_COLUMNS = ("station", "start_time", "end_time", "probability", "cluster_id", "n_windows")
EVENT_COLUMNS = (
    *("start_time", "end_time", "n_stations", "stations", "probability", "cluster_id"),
    *("outcome", "event_ids"),
)
MATCH_COLUMNS = (
    *("network", "station", "outcome", "p_time", "event_id"),
    *("start_time", "end_time", "probability", "cluster_id"),
)


def table_name(scored: ScoredRecording) -> str:
    """Return the name of the table of a recording's windows: never that of a table of the run.

    It is that of the first file the recording was read from.
    """
    pieces = [piece for pieces in scored.recording.pieces.values() for piece in pieces]
    first = min(pieces, key=lambda piece: (piece.start_s, str(piece.path))).path
    stem = name_within(LONGEST_TABLE, printable(first.stem))
    return f"{stem}_windows.csv" if f"{stem}.csv".lower() in RUN_TABLES else f"{stem}.csv"


def write_window_tables(
    scored: Iterable[ScoredRecording], threshold: float, output_dir: Path
) -> None:
    """Write, for each input file, STEM.csv with the windows that hold an event.

    A recording that goes on over several files is in the table of the first. The columns are
    ConvNetQuake's and the station: ``cluster_id`` is the most probable region, 0 the first;
    ``clusters_prob`` the probability of each class, noise first.

    Parameters
    ----------
    scored : iterable of ScoredRecording
        What the network said.
    threshold : float
        The minimum probability of an event for a window to hold one.
    output_dir : Path
        The folder to write to.
    """
    rows: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for recording in scored:
        starts, probabilities = recording.events(threshold)
        regions = most_probable_region(probabilities)
        rows[table_name(recording)] += [
            (
                recording.recording.station,
                iso(start),
                iso(start + recording.length_s),
                region,
                f"[{', '.join(f'{p:.6f}' for p in of_class)}]",
            )
            for start, region, of_class in zip(starts, regions, probabilities, strict=True)
        ]
    for name, table in sorted(rows.items()):
        write_csv(output_dir / name, WINDOW_COLUMNS, table, lasting=False)  # see new_tables


def write_detections(detections: Iterable[Detection], output_dir: Path) -> None:
    """Write the detections of all stations.

    Parameters
    ----------
    detections : iterable of Detection
        The detections, in order of time.
    output_dir : Path
        The folder to write to.
    """
    rows = ((d.station, *_detection_cells(d), d.n_windows) for d in detections)
    write_csv(output_dir / DETECTION_TABLE, DETECTION_COLUMNS, rows)


def write_detected_events(
    detected: Sequence[DetectedEvent], events: Sequence[Event], output_dir: Path
) -> None:
    """Write a row for each detected event; outcome and event_ids are empty without a catalogue.

    Parameters
    ----------
    detected : sequence of DetectedEvent
        What the stations' detections amount to.
    events : sequence of Event
        The catalogue, or nothing.
    output_dir : Path
        The folder to write to.
    """
    rows = (
        (
            iso(event.start_s),
            iso(event.end_s),
            len(event.stations),
            " ".join(event.stations),
            f"{event.probability:.6f}",
            event.cluster_id,
            event.outcome,
            " ".join(events[number].event_id for number in event.events),
        )
        for event in detected
    )
    write_csv(output_dir / EVENT_TABLE, EVENT_COLUMNS, rows)


def write_matches(
    results: Iterable[StationResult], events: Sequence[Event], output_dir: Path
) -> None:
    """Write a row for each P that could be found and for each detection that holds none of them.

    ``outcome``: found (with the detection it lies in), missed, false or undecided.

    Parameters
    ----------
    results : iterable of StationResult
        What was found at each station, held against the catalogue.
    events : sequence of Event
        The catalogue.
    output_dir : Path
        The folder to write to.
    """
    rows: list[tuple[float, tuple[Any, ...]]] = []
    for result in results:
        judgement, place = result.judgement, (result.network, result.station)
        if judgement is None:
            continue
        holders = judgement.detection.tolist()
        for p, event, number in zip(judgement.picks_s, judgement.events, holders, strict=True):
            holder = _detection_cells(result.detections[number]) if number >= 0 else ("",) * 4
            outcome = "found" if number >= 0 else "missed"
            rows.append((p, (*place, outcome, iso(p), events[event].event_id, *holder)))
        for detection in result.detections:
            if not detection.events:
                row = (*place, detection.outcome, "", "", *_detection_cells(detection))
                rows.append((detection.start_s, row))
    rows.sort(key=lambda row: (row[0], row[1][:3]))
    write_csv(output_dir / MATCH_TABLE, MATCH_COLUMNS, (row for _, row in rows))


def _detection_cells(detection: Detection) -> tuple[Any, ...]:
    span = (iso(detection.start_s), iso(detection.end_s))
    return *span, f"{detection.probability:.6f}", detection.cluster_id


@contextmanager
def new_tables(output_dir: Path) -> Iterator[tuple[Path, Path]]:
    """Yield folders for tables and pictures that take the place of an earlier run's at the end.

    Raises DeepQuakeError where the folder has a detect.json that was not written by step 6.
    """
    _written_earlier(output_dir)
    output = Output(
        output_dir,
        subfolders=(PICTURES_DIR,),
        last=SUMMARY_NAME,
        remove_earlier=_remove_earlier_tables,
    )
    with new_result(output):
        yield output_dir / NEW, output_dir / PICTURES_DIR / NEW
        put_on_disk((output_dir / NEW).glob("*.csv"))


def names_written(scored: Iterable[ScoredRecording]) -> dict[str, list[str]]:
    """Return the lists in detect.json by which a later run knows the tables and pictures of this
    one: of the tables of recordings, and of the recordings that pictures are called after."""
    scored = list(scored)
    return {
        "tables": sorted({table_name(recording) for recording in scored}),
        "recordings": [recording.recording.name for recording in scored],
    }


def _written_earlier(output_dir: Path) -> dict[str, Any] | None:
    """Return detect.json of an earlier run, which lists what it wrote."""
    path = output_dir / SUMMARY_NAME
    if not path.is_file():
        return None
    written = read_json(path)
    if not isinstance(written, dict) or not isinstance(written.get("tables"), list):
        raise DeepQuakeError(
            f"{path}: was not written by step 6; remove it, or give another --output_dir"
        )
    return written


def _remove_earlier_tables(output_dir: Path) -> None:
    """Remove what an earlier run wrote, as its list tells, so that nothing stale stays.

    The list goes last. Whatever is not on it belongs to the user.
    """
    written = _written_earlier(output_dir)
    if written is None:
        return
    files = [Path(str(name)).name for name in written["tables"]]
    for name in [*files, *RUN_TABLES, MAP_NAME]:
        (output_dir / name).unlink(missing_ok=True)
    names = set(map(str, written.get("recordings", [])))
    for picture in (output_dir / PICTURES_DIR).glob("*.png"):
        if picture.stem in names or PAGE_ENDING.sub("", picture.stem) in names:
            picture.unlink()
    (output_dir / SUMMARY_NAME).unlink()
