"""The tables of step 6 and their columns. Times in files: ISO 8601 UTC.

For each input file the windows that hold an event, for the run all detections and events and,
with a catalogue, how detections and picks match.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from deepquake.catalog.events import Event
from deepquake.core.files import write_csv
from deepquake.core.times import iso
from deepquake.detection.events import DetectedEvent
from deepquake.detection.grouping import Detection
from deepquake.detection.scoring import ScoredRecording
from deepquake.detection.stations import StationResult
from deepquake.learning.metrics import most_probable_region

DETECTION_TABLE, EVENT_TABLE, MATCH_TABLE = "detections.csv", "events.csv", "matches.csv"
RUN_TABLES = (DETECTION_TABLE, EVENT_TABLE, MATCH_TABLE)

WINDOW_COLUMNS = ("station", "start_time", "end_time", "cluster_id", "clusters_prob")
DETECTION_COLUMNS = (
    *("station", "start_time", "end_time", "probability", "cluster_id", "n_windows"),
)
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
    stem = Path(min(pieces, key=lambda piece: (piece.start_s, str(piece.path))).path).stem
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
        The least probability of an event for a window to hold one.
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
        write_csv(output_dir / name, WINDOW_COLUMNS, table)


def all_detections(results: Iterable[StationResult]) -> list[Detection]:
    """Return the detections of all stations, in order of time."""
    every = [detection for result in results for detection in result.detections]
    return sorted(every, key=lambda d: (d.start_s, d.network, d.station))


def write_detections(results: Iterable[StationResult], path: Path) -> None:
    """Write the detections of all stations, in order of time.

    Parameters
    ----------
    results : iterable of StationResult
        What was found at each station.
    path : Path
        The file to write.
    """
    rows = ((d.station, *_detection_cells(d), d.n_windows) for d in all_detections(results))
    write_csv(path, DETECTION_COLUMNS, rows)


def write_detected_events(
    detected: Sequence[DetectedEvent], events: Sequence[Event], path: Path
) -> None:
    """Write a row for each detected event; outcome and event_ids are empty without a catalogue.

    Parameters
    ----------
    detected : sequence of DetectedEvent
        What the stations' detections amount to.
    events : sequence of Event
        The catalogue, or nothing.
    path : Path
        The file to write.
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
    write_csv(path, EVENT_COLUMNS, rows)


def write_matches(results: Iterable[StationResult], events: Sequence[Event], path: Path) -> None:
    """Write a row for each P that could be found and for each detection that holds none of them.

    ``outcome``: found (with the detection it lies in), missed, false or undecided.

    Parameters
    ----------
    results : iterable of StationResult
        What was found at each station, held against the catalogue.
    events : sequence of Event
        The catalogue.
    path : Path
        The file to write.
    """
    rows: list[tuple[float, tuple[Any, ...]]] = []
    for result in results:
        judgement, place = result.judgement, (result.network, result.station)
        if judgement is None:
            continue
        matched = set()
        for p, event, number in zip(
            judgement.picks_s, judgement.events, judgement.detection, strict=True
        ):
            cells = ("",) * 4 if number < 0 else _detection_cells(result.detections[number])
            matched.add(number)
            outcome = "missed" if number < 0 else "found"
            rows.append((p, (*place, outcome, iso(p), events[event].event_id, *cells)))
        for number, (detection, outcome) in enumerate(
            zip(result.detections, judgement.outcomes, strict=True)
        ):
            if number not in matched:
                row = (*place, outcome, "", "", *_detection_cells(detection))
                rows.append((detection.start_s, row))
    rows.sort(key=lambda row: (row[0], row[1][:3]))
    write_csv(path, MATCH_COLUMNS, (row for _, row in rows))


def _detection_cells(detection: Detection) -> tuple[str, str, str, str]:
    return (
        iso(detection.start_s),
        iso(detection.end_s),
        f"{detection.probability:.6f}",
        str(detection.cluster_id),
    )
