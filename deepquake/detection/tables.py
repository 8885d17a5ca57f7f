"""Step 6, what it found: detections of each station, held against a catalogue, as tables.

Tables: for each input file the windows that hold an event, for the run all detections, with a
catalogue how these and its picks match, and the counts and scores. Times in files: ISO 8601 UTC.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from deepquake.catalog.events import Event
from deepquake.core.config import Config
from deepquake.core.files import write_csv
from deepquake.core.times import iso
from deepquake.detection.detections import (
    FALSE,
    FOUND,
    UNDECIDED,
    Detection,
    Judgement,
    fuse,
    judge,
)
from deepquake.detection.detections import stretches_read as read_of
from deepquake.detection.scoring import Scored
from deepquake.earth.arrivals import Arrivals, TravelTime, station_arrivals
from deepquake.earth.stations import Station, station_of
from deepquake.learning import metrics
from deepquake.learning.networks import ModelSpec
from deepquake.windows import grid as windows

RUN_TABLES = ("detections", "events", "matches")  # the names of the tables of the whole run
WINDOW_HEADER = ("station", "start_time", "end_time", "cluster_id", "clusters_prob")
DETECTION_HEADER = (
    *("station", "start_time", "end_time", "probability", "cluster_id", "n_windows"),
)
MATCH_HEADER = (
    *("network", "station", "outcome", "p_time", "event_id"),
    *("start_time", "end_time", "probability", "cluster_id"),
)


@dataclass(frozen=True)
class StationResult:
    """The detections of one station over all its recordings and, with a catalogue, their worth.

    ``window_counts``: windows by label of the catalogue and verdict, skipped windows left out.
    """

    network: str
    station: str
    scored: list[Scored]
    detections: list[Detection]
    arrivals: Arrivals | None = None
    judgement: Judgement | None = None
    window_counts: metrics.Counts | None = None


def by_station(scored: Iterable[Scored], config: Config) -> list[StationResult]:
    """Return the detections of each station, fused over its recordings, in order of its name."""
    groups: dict[tuple[str, str], list[Scored]] = defaultdict(list)
    for one in scored:
        groups[one.recording.network, one.recording.station].append(one)
    results = []
    for (network, station), own in sorted(groups.items()):
        starts = np.concatenate([one.starts_s for one in own])
        probabilities = np.concatenate([one.probabilities for one in own])
        event = is_event(probabilities, config)
        detections = fuse(network, station, starts[event], length_s(config), probabilities[event])
        results.append(StationResult(network, station, own, detections))
    return results


def compare(
    result: StationResult,
    events: Sequence[Event],
    stations: Sequence[Station],
    travel_time: TravelTime,
    config: Config,
) -> StationResult:
    """Return a station's result held against a catalogue (see ``detections.judge``).

    With ``use_estimated_p`` an estimated arrival that nobody picked counts like a pick.
    """
    arrivals = station_arrivals(
        events,
        station_of(stations, result.network, result.station),
        result.network,
        result.station,
        travel_time,
        config.window_avoid_unpicked,
    )
    picks, pick_events, others = arrivals.picked_s, arrivals.picked_events, arrivals.estimated_s
    if config.use_estimated_p:
        every = np.concatenate([picks, others])
        order = np.argsort(every, kind="stable")
        pick_events = np.concatenate([pick_events, arrivals.estimated_events])[order]
        picks, others = every[order], np.empty(0)
    starts = np.concatenate([one.starts_s for one in result.scored])
    probabilities = np.concatenate([one.probabilities for one in result.scored])
    margin = config.pwave_window / 2
    judgement = judge(
        result.detections,
        picks,
        pick_events,
        others,
        arrivals.unknown,
        read_of(starts, length_s(config), config.window_step_predict, margin),
        config.window_avoid_negatives_after,
    )
    kind = windows.label_windows(starts, arrivals, config).kind
    known = kind != windows.SKIPPED
    counts = metrics.count(kind[known] == windows.POSITIVE, is_event(probabilities, config)[known])
    return StationResult(
        *(result.network, result.station, result.scored, result.detections),
        *(arrivals, judgement, counts),
    )


def is_event(probabilities: np.ndarray, config: Config) -> np.ndarray:
    """Return whether each window (rows) holds an event at the configured threshold."""
    return metrics.event_probability(probabilities) >= config.detection_threshold


def length_s(config: Config) -> float:
    """Return the seconds from a window's first sample to its last."""
    return (config.win_size - 1) / config.sampling_rate


def file_stem(one: Scored) -> str:
    """Return the name, without suffix, of the first file a recording was read from."""
    pieces = [piece for pieces in one.recording.pieces.values() for piece in pieces]
    return Path(min(pieces, key=lambda piece: (piece.start_s, str(piece.path))).path).stem


def table_name(one: Scored) -> str:
    """Return the name of the table of a recording's windows: never that of a table of the run."""
    stem = file_stem(one)
    return f"{stem}_windows.csv" if stem.lower() in RUN_TABLES else f"{stem}.csv"


def write_window_tables(scored: Iterable[Scored], output_dir: Path, config: Config) -> None:
    """Write, for each input file, STEM.csv with the windows that hold an event.

    A recording that goes on over several files is in the table of the first. The columns are
    ConvNetQuake's and the station: ``cluster_id`` is the most probable region, 0 the first;
    ``clusters_prob`` the probability of each class, noise first.
    """
    rows: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    for one in scored:
        event = is_event(one.probabilities, config)
        table = rows[table_name(one)]
        regions = metrics.most_probable_region(one.probabilities[event])
        for start, region, p in zip(
            one.starts_s[event], regions, one.probabilities[event], strict=True
        ):
            table.append(
                (
                    one.recording.station,
                    iso(start),
                    iso(start + length_s(config)),
                    str(region),
                    f"[{', '.join(f'{v:.6f}' for v in p)}]",
                )
            )
    for name, table in sorted(rows.items()):
        write_csv(output_dir / name, WINDOW_HEADER, table)


def write_detections(results: Iterable[StationResult], path: Path) -> None:
    """Write the detections of all stations, in order of time."""
    every = [d for result in results for d in result.detections]
    every.sort(key=lambda d: (d.start_s, d.network, d.station))
    write_csv(
        path,
        DETECTION_HEADER,
        (
            (
                d.station,
                iso(d.start_s),
                iso(d.end_s),
                f"{d.probability:.6f}",
                d.cluster_id,
                d.n_windows,
            )
            for d in every
        ),
    )


def write_matches(results: Iterable[StationResult], events: Sequence[Event], path: Path) -> None:
    """Write a row for each P that could be found and for each detection that holds none of them.

    ``outcome``: found (with the detection it lies in), missed, false or undecided.
    """
    rows = []
    for result in results:
        judgement, place = result.judgement, (result.network, result.station)
        if judgement is None:
            continue
        matched = set()
        for p, event, number in zip(
            judgement.picks_s, judgement.events, judgement.detection, strict=True
        ):
            own = ("",) * 4 if number < 0 else _detection_cells(result.detections[number])
            matched.add(number)
            outcome = "missed" if number < 0 else "found"
            rows.append((p, (*place, outcome, iso(p), events[event].event_id, *own)))
        for number, (detection, outcome) in enumerate(
            zip(result.detections, judgement.outcomes, strict=True)
        ):
            if number not in matched:
                cells = (*place, outcome, "", "", *_detection_cells(detection))
                rows.append((detection.start_s, cells))
    rows.sort(key=lambda row: (row[0], row[1][:3]))
    write_csv(path, MATCH_HEADER, (cells for _, cells in rows))


def counts_of(results: Sequence[StationResult], spec: ModelSpec, config: Config) -> dict[str, Any]:
    """Return the counts of a run: streams, windows, detections by station and by region."""
    scored = [one for result in results for one in result.scored]
    detections = [d for result in results for d in result.detections]
    regions = Counter(d.cluster_id for d in detections)
    return {
        "streams": len(scored),
        "stations": len(results),
        "windows": sum(len(one.starts_s) for one in scored),
        "unusableWindows": sum(one.n_unusable for one in scored),
        "eventWindows": sum(int(is_event(one.probabilities, config).sum()) for one in scored),
        "detections": len(detections),
        "detectionsByStation": {
            f"{result.network}.{result.station}": len(result.detections) for result in results
        },
        "detectionsByRegion": {name: regions[k] for k, name in enumerate(spec.class_names[1:])},
    }


def scores_of(
    results: Sequence[StationResult], event_regions: Sequence[int | None], spec: ModelSpec
) -> dict[str, Any]:
    """Return what a catalogue says of the detections; what cannot be told is None.

    recall: the share of the picks found, of those that could be. precision: the share of
    detections that hold a pick, undecided ones left out. f1: their harmonic mean. An event is
    found where any of its picks is, at whichever station. locationAccuracy: of the picks found
    whose event has a region (``event_regions``), the share with a detection of that region.
    """
    judged = [r.judgement for r in results if r.judgement is not None]
    outcomes = Counter(outcome for j in judged for outcome in j.outcomes)
    picks, found = sum(len(j.picks_s) for j in judged), sum(int(np.sum(j.found)) for j in judged)
    events: dict[int, bool] = {}
    for j in judged:
        for event, hit in zip(j.events, j.found, strict=True):
            events[int(event)] = events.get(int(event), False) or bool(hit)
    recall = metrics.quotient(found, picks)
    precision = metrics.quotient(outcomes[FOUND], outcomes[FOUND] + outcomes[FALSE])
    right, located = _located(results, event_regions) if spec.n_clusters > 2 else (0, 0)
    by_window = metrics.Counts(
        *(
            sum(getattr(r.window_counts, name) for r in results if r.window_counts is not None)
            for name in metrics.Counts.__dataclass_fields__
        )
    )
    return {
        "picks": picks,
        "picksFound": found,
        "picksMissed": picks - found,
        "trueDetections": outcomes[FOUND],
        "falseDetections": outcomes[FALSE],
        "falseDetectionsInCoda": sum(int(j.in_coda.sum()) for j in judged),
        "undecidedDetections": outcomes[UNDECIDED],
        "precision": precision,
        "recall": recall,
        "f1": metrics.harmonic_mean(precision, recall),
        "events": len(events),
        "eventsFound": sum(events.values()),
        "eventRecall": metrics.quotient(sum(events.values()), len(events)),
        "located": located,
        "locatedRight": right,
        "locationAccuracy": metrics.quotient(right, located),
        "windowLevel": {**metrics.named(by_window), **metrics.scores(by_window)},
    }


def _located(
    results: Sequence[StationResult], event_regions: Sequence[int | None]
) -> tuple[int, int]:
    """Return how many found picks are of a detection of their event's region, and of how many."""
    pairs = [
        (result.detections[number].cluster_id, event_regions[event])
        for result in results
        if result.judgement is not None
        for event, number in zip(result.judgement.events, result.judgement.detection, strict=True)
        if number >= 0 and event_regions[event] is not None
    ]
    return sum(said == true for said, true in pairs), len(pairs)


def _detection_cells(detection: Detection) -> tuple[str, str, str, str]:
    return (
        iso(detection.start_s),
        iso(detection.end_s),
        f"{detection.probability:.6f}",
        str(detection.cluster_id),
    )
