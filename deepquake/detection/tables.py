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

import numpy as np

from deepquake.catalog.events import Event
from deepquake.core.errors import DeepQuakeError
from deepquake.core.files import name_within, put_on_disk, read_json, write_csv
from deepquake.core.text import printable
from deepquake.core.times import iso
from deepquake.detection.annotations import CURVES_ENDING
from deepquake.detection.association.event import DetectedEvent
from deepquake.detection.stations import FOUND, NO_REGION, Detection, ScoredRecording, StationResult
from deepquake.learning.metrics import most_probable_region
from deepquake.windows.exchange import NEW, Output, new_result

PICK_TABLE, DETECTION_TABLE = "picks.csv", "detections.csv"
EVENT_TABLE, MATCH_TABLE = "events.csv", "matches.csv"
RUN_TABLES = (PICK_TABLE, DETECTION_TABLE, EVENT_TABLE, MATCH_TABLE)
SUMMARY_NAME = "detect.json"
MAP_NAME, RESIDUALS_NAME = "map.png", "residuals.png"
LONGEST_TABLE = 200  # bytes of the name of a table, without its ending
PICTURES_DIR, CURVES_DIR = "png", "probabilities"
PAGE_ENDING = re.compile(r"_\d{8}T\d{4}$")  # of a page's name, behind that of the recording

WINDOW_COLUMNS = ("station", "start_time", "end_time", "cluster_id", "clusters_prob")
PICK_COLUMNS = (
    *("station_id", "phase_time", "phase_type", "phase_score", "phase_uncertainty_s"),
    *("cluster_id", "region_probabilities"),
)
DETECTION_COLUMNS = (
    *("station", "start_time", "end_time", "probability", "cluster_id", "n_windows"),
    *("network", "location", "channel", "p_time", "p_uncertainty_s", "region_probabilities"),
)
EVENT_COLUMNS = (
    *("start_time", "end_time", "n_stations", "stations", "probability", "cluster_id"),
    *("outcome", "event_ids"),
)
MATCH_COLUMNS = (
    *("network", "station", "outcome", "p_time", "event_id"),
    *("start_time", "end_time", "probability", "cluster_id"),
    *("location", "channel", "phase", "phase_time", "residual_s"),
)


def table_name(scored: ScoredRecording) -> str:
    """Return the name of the table of a recording's windows: never that of a table of the run.

    It is that of the first file the recording was read from.
    """
    pieces = [piece for pieces in scored.recording.pieces.values() for piece in pieces]
    first = min(pieces, key=lambda piece: (piece.start_s, str(piece.path))).path
    stem = name_within(LONGEST_TABLE, printable(first.stem))
    return f"{stem}_windows.csv" if f"{stem}.csv".lower() in RUN_TABLES else f"{stem}.csv"


def write_window_tables(scored: Iterable[ScoredRecording], output_dir: Path) -> None:
    """Write, for each input file, STEM.csv with the windows that hold an event.

    A recording that goes on over several files is in the table of the first. The columns are
    ConvNetQuake's and the station: ``cluster_id`` is the most probable region, 0 the first;
    ``clusters_prob`` the probability of each class, noise first.

    Parameters
    ----------
    scored : iterable of ScoredRecording
        What a network of windows said.
    output_dir : Path
        The folder to write to.
    """
    rows: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for recording in scored:
        starts = recording.starts_s[recording.verdicts]
        probabilities = recording.probabilities[recording.verdicts]
        regions = most_probable_region(probabilities)
        rows[table_name(recording)] += [
            (
                recording.recording.station,
                iso(start),
                iso(start + recording.length_s),
                region,
                _probabilities_cell(of_class),
            )
            for start, region, of_class in zip(starts, regions, probabilities, strict=True)
        ]
    for name, table in sorted(rows.items()):
        write_csv(output_dir / name, WINDOW_COLUMNS, table, lasting=False)  # see new_tables


def write_picks(arrivals: Iterable[Detection], output_dir: Path) -> None:
    """Write the arrivals of all stations.

    Parameters
    ----------
    arrivals : iterable of Detection
        Of all phases, in order of time.
    output_dir : Path
        The folder to write to.
    """
    rows = (
        (
            f"{a.network}.{a.station}.{a.location}.{a.channel}",
            iso(a.time_s),
            a.phase,
            f"{a.probability:.6f}",
            _written_s(a.uncertainty_s),
            _region_cell(a.cluster_id),
            _probabilities_cell(a.region_probabilities),
        )
        for a in arrivals
    )
    write_csv(output_dir / PICK_TABLE, PICK_COLUMNS, rows)


def write_detections(detections: Iterable[Detection], output_dir: Path) -> None:
    """Write the P of all stations.

    Parameters
    ----------
    detections : iterable of Detection
        Those of P, in order of time.
    output_dir : Path
        The folder to write to.
    """
    rows = (
        (
            *(d.station, *_detection_cells(d), d.n_windows),
            *(d.network, d.location, d.channel, iso(d.time_s), _written_s(d.uncertainty_s)),
            _probabilities_cell(d.region_probabilities),
        )
        for d in detections
    )
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
            _region_cell(event.cluster_id),
            event.outcome,
            " ".join(events[number].event_id for number in event.events),
        )
        for event in detected
    )
    write_csv(output_dir / EVENT_TABLE, EVENT_COLUMNS, rows)


def write_matches(
    results: Iterable[StationResult], events: Sequence[Event], output_dir: Path
) -> None:
    """Write a row for each arrival that could be found, and for each found that is none of them.

    ``outcome``: found (with what found it), missed, false or undecided. ``p_time`` is the reading,
    of S too; ``phase_time`` is when the arrival was found.

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
        place = result.network, result.station
        for phase, judgement in result.judgements.items():
            found = result.of_phase(phase)
            matches = judgement.matches
            readings = zip(
                judgement.picks_s.tolist(),
                judgement.events.tolist(),
                matches.detection_of.tolist(),
                matches.residuals_s.tolist(),
                strict=True,
            )
            for time_s, event, number, residual_s in readings:
                outcome = FOUND if number >= 0 else "missed"
                head = *place, outcome, iso(time_s), events[event].event_id
                row = *head, *_match_cells(found[number] if number >= 0 else None, phase)
                rows.append((time_s, (*row, _written_s(residual_s))))
            for arrival in found:
                if not arrival.events:
                    head = *place, arrival.outcome, "", ""
                    rows.append((arrival.time_s, (*head, *_match_cells(arrival, phase), "")))
    phase_column = MATCH_COLUMNS.index("phase")
    rows.sort(key=lambda row: (row[0], row[1][:3], row[1][phase_column]))
    write_csv(output_dir / MATCH_TABLE, MATCH_COLUMNS, (row for _, row in rows))


def _detection_cells(detection: Detection) -> tuple[Any, ...]:
    span = (iso(detection.start_s), iso(detection.end_s))
    return *span, f"{detection.probability:.6f}", _region_cell(detection.cluster_id)


def _match_cells(arrival: Detection | None, phase: str) -> tuple[Any, ...]:
    if arrival is None:
        return *("",) * 6, phase, ""
    sensor = arrival.location, arrival.channel
    return *_detection_cells(arrival), *sensor, phase, iso(arrival.time_s)


def _region_cell(cluster_id: int) -> str:
    return "" if cluster_id == NO_REGION else str(cluster_id)


def _probabilities_cell(probabilities: Iterable[float]) -> str:
    told = ", ".join(f"{p:.6f}" for p in probabilities)
    return f"[{told}]" if told else ""


def _written_s(value: float) -> str:
    return "" if np.isnan(value) else f"{value:.3f}"


@contextmanager
def new_tables(output_dir: Path) -> Iterator[tuple[Path, Path, Path]]:
    """Yield folders for tables, pictures and probabilities, which take the place of those of an
    earlier run at the end.

    Raises DeepQuakeError where the folder has a detect.json that was not written by step 6.
    """
    _written_earlier(output_dir)
    output = Output(
        output_dir,
        subfolders=(PICTURES_DIR, CURVES_DIR),
        last=SUMMARY_NAME,
        remove_earlier=_remove_earlier_tables,
    )
    with new_result(output):
        yield output_dir / NEW, output_dir / PICTURES_DIR / NEW, output_dir / CURVES_DIR / NEW
        put_on_disk((output_dir / NEW).glob("*.csv"))


def names_written(scored: Iterable[ScoredRecording]) -> dict[str, list[str]]:
    """Return the lists in detect.json by which a later run knows the tables and pictures of this
    one: of the tables of recordings, and of the recordings that pictures are called after."""
    scored = list(scored)
    return {
        "tables": sorted({table_name(member) for member in scored if member.length_s}),
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
    for name in [*files, *RUN_TABLES, MAP_NAME, RESIDUALS_NAME]:
        (output_dir / name).unlink(missing_ok=True)
    names = set(map(str, written.get("recordings", [])))
    for picture in (output_dir / PICTURES_DIR).glob("*.png"):
        if picture.stem in names or PAGE_ENDING.sub("", picture.stem) in names:
            picture.unlink()
    for name in names:
        (output_dir / CURVES_DIR / f"{Path(name).name}{CURVES_ENDING}").unlink(missing_ok=True)
    (output_dir / SUMMARY_NAME).unlink()
