"""The tables of step 6 and their columns.

For each input file the windows that hold an event, for the run all arrivals and events and, with a
catalogue, how arrivals and picks match. Times in files: ISO 8601 UTC.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from deepquake.catalog.events import Event
from deepquake.core.files import name_within, write_csv
from deepquake.core.text import printable
from deepquake.core.times import iso
from deepquake.detection.association.event import DetectedEvent, LocalMagnitude
from deepquake.detection.stations import FOUND, NO_REGION, Detection, ScoredRecording, StationResult
from deepquake.earth.location.hypocentre import Hypocentre
from deepquake.learning.metrics import most_probable_region

PICK_TABLE, DETECTION_TABLE = "picks.csv", "detections.csv"
EVENT_TABLE, MATCH_TABLE = "events.csv", "matches.csv"
RUN_TABLES = (PICK_TABLE, DETECTION_TABLE, EVENT_TABLE, MATCH_TABLE)
LONGEST_TABLE = 200  # bytes of the name of a table, without its ending

WINDOW_COLUMNS = ("station", "start_time", "end_time", "cluster_id", "clusters_prob")
PICK_COLUMNS = (
    *("station_id", "phase_time", "phase_type", "phase_score", "phase_uncertainty_s"),
    *("cluster_id", "region_probabilities", "event_id"),
)
DETECTION_COLUMNS = (
    *("station", "start_time", "end_time", "probability", "cluster_id", "n_windows"),
    *("network", "location", "channel", "p_time", "p_uncertainty_s", "region_probabilities"),
)
EVENT_COLUMNS = (
    *("event_id", "time", "latitude", "longitude", "depth_km"),
    *("time_error_s", "horizontal_error_km", "depth_error_km", "rms_s", "gap_deg"),
    *("n_picks", "n_stations", "stations", "magnitude", "magnitude_spread"),
    *("cluster_id", "region", "place_region", "network_region"),
    *("probability", "why_not_located", "outcome", "catalogue_event_ids"),
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
        write_csv(output_dir / name, WINDOW_COLUMNS, table, lasting=False)  # see new_files


def write_picks(
    arrivals: Iterable[Detection], detected: Sequence[DetectedEvent], output_dir: Path
) -> None:
    """Write the arrivals of all stations, each with the event that it is of.

    Parameters
    ----------
    arrivals : iterable of Detection
        Of all phases, in order of time.
    detected : sequence of DetectedEvent
        What they amount to; an arrival of none of these has no event.
    output_dir : Path
        The folder to write to.
    """
    event_of = {_onset_of(a): event.event_id for event in detected for a in event.arrivals}
    rows = (
        (
            f"{a.network}.{a.station}.{a.location}.{a.channel}",
            iso(a.time_s),
            a.phase,
            f"{a.probability:.6f}",
            _written_s(a.uncertainty_s),
            _region_cell(a.cluster_id),
            _probabilities_cell(a.region_probabilities),
            event_of.get(_onset_of(a), ""),
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
    detected: Sequence[DetectedEvent],
    output_dir: Path,
    *,
    events: Sequence[Event] = (),
    labels: Sequence[str] = (),
) -> None:
    """Write a row for each detected event.

    Parameters
    ----------
    detected : sequence of DetectedEvent
        What the arrivals amount to.
    output_dir : Path
        The folder to write to.
    events : sequence of Event
        The catalogue, or nothing; then outcome and catalogue_event_ids are empty.
    labels : sequence of str
        The names of the regions, or nothing where nobody tells them.
    """
    rows = (
        (
            *(event.event_id, iso(event.time_s), *_origin_cells(event.origin)),
            *(len(event.arrivals), len(event.stations), " ".join(event.stations)),
            *_magnitude_cells(event.magnitude),
            *(_region_cell(event.cluster_id), _label_of(event.cluster_id, labels)),
            *(_region_cell(event.place_region), _region_cell(event.network_region)),
            *(f"{event.probability:.6f}", event.why_not_located, event.outcome),
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


def _onset_of(arrival: Detection) -> tuple[str | float, ...]:
    """Return what tells an arrival from all others."""
    a = arrival
    return a.network, a.station, a.location, a.channel, a.phase, a.time_s


def _origin_cells(origin: Hypocentre | None) -> tuple[str, ...]:
    """Return the cells from the latitude to the gap; empty where an event is not located."""
    if origin is None:
        return ("",) * 8
    o = origin
    return (
        *(f"{o.latitude:.5f}", f"{o.longitude:.5f}", f"{o.depth_km:.3f}"),
        *map(_written_s, (o.time_error_s, o.horizontal_error_km, o.depth_error_km, o.rms_s)),
        "" if np.isnan(o.gap_deg) else f"{o.gap_deg:.1f}",
    )


def _magnitude_cells(magnitude: LocalMagnitude | None) -> tuple[str, str]:
    if magnitude is None:
        return "", ""
    spread = "" if np.isnan(magnitude.spread) else f"{magnitude.spread:.2f}"
    return f"{magnitude.value:.2f}", spread


def _label_of(cluster_id: int, labels: Sequence[str]) -> str:
    return labels[cluster_id] if 0 <= cluster_id < len(labels) else ""


def _region_cell(cluster_id: int) -> str:
    return "" if cluster_id == NO_REGION else str(cluster_id)


def _probabilities_cell(probabilities: Iterable[float]) -> str:
    told = ", ".join(f"{p:.6f}" for p in probabilities)
    return f"[{told}]" if told else ""


def _written_s(value: float) -> str:
    return "" if np.isnan(value) else f"{value:.3f}"
