"""Arrivals of picks that other programs, or analysts, have made."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from math import nan
from pathlib import Path

import numpy as np

from deepquake.catalog.events import (
    CLOCK_OFF,
    DO_NOT_USE,
    Event,
    Pick,
    score_of,
    sensor_of,
    wave_of,
)
from deepquake.catalog.reader import read_picks
from deepquake.core.errors import DeepQuakeError
from deepquake.core.files import files_below
from deepquake.core.report import Report
from deepquake.core.settings import Settings
from deepquake.core.text import counted, number_of
from deepquake.detection.stations import NO_REGION, Detection
from deepquake.earth.codes import match_codes, match_stations, match_to_list
from deepquake.earth.stations import Station, find_stations_file, read_stations
from deepquake.learning.picking.peaks import MIN_DISTANCE_S
from deepquake.waveforms.recording import Recording


def arrivals_and_stations(
    path: Path, settings: Settings, report: Report, recordings: Sequence[Recording] = ()
) -> tuple[list[Detection], list[Station]]:
    """Return the arrivals that files of picks or events tell of, and the stations listed.

    Picks get the codes that their stations have in the records or, without these, in the list;
    those that do not tell their sensor are of the only one that records there.

    Parameters
    ----------
    path : Path
        A file of any format that step 0 reads, or a folder of them.
    settings : Settings
        Where the list of stations is, if not beside the picks, and how to read it.
    report : Report
        Is told what was odd and what was left out.
    recordings : sequence of Recording
        The records that the picks were read from, where they are there.

    Returns
    -------
    tuple of list of Detection and list of Station
        As ``arrivals_of_picks`` and ``read_stations`` do.

    Raises
    ------
    DeepQuakeError
        Where there is no pick of P or S, or the list of stations can't be read.
    """
    of = settings.arrivals
    listed = Path(of.stations_path) if of.stations_path else find_stations_file(path)
    files = files_below(path, report=report)
    if listed is not None:
        files = [file for file in files if file.resolve() != listed.resolve()]
    picks = read_picks(files, report, settings.run)
    stations: list[Station] = []
    if listed is not None:
        needed = {pick.station for pick in picks}
        stations = read_stations(
            listed, of.elevation_positive, report, elevation_unit=of.elevation_unit, needed=needed
        )
    as_one, recorded = [Event("", picks=picks)], {(r.network, r.station) for r in recordings}
    if recorded:
        stations = match_stations(stations, recorded, report, path=listed or "")
        match_codes(as_one, recorded, report, path=path, stations=stations)
        _find_sensors(picks, recordings)
    elif stations:
        stations = match_to_list(as_one, stations, report, path=path)
    arrivals = arrivals_of_picks(picks, report, path)
    if not arrivals:
        report.print_summary(settings.run.debug)
        what = f"no pick of P or S in {number_of(len(files), 'file')}"
        raise DeepQuakeError(f"{path}: {what}, of {number_of(len(picks), 'pick')}")
    return arrivals, stations


def arrivals_of_picks(
    picks: Iterable[Pick], report: Report, path: Path | str = "picks"
) -> list[Detection]:
    """Return the arrivals of P and S that picks tell of, each once.

    Of two readings of a phase at a station that are nearer than two arrivals can be, a manual one
    counts before an automatic one, then that of the better score or weight, then the earlier.

    Parameters
    ----------
    picks : iterable of Pick
        In any order; a network and a code are a station.
    report : Report
        Is told how many are no arrivals, and why.
    path : Path or str
        Where they are from, for the report.

    Returns
    -------
    list of Detection
        In order of time, station and phase. Those without a score have one by their weight.
    """
    left_out: Counter[str] = Counter()
    by_phase: dict[tuple[str, str, str], list[Pick]] = {}
    for pick in picks:
        wave = wave_of(pick.phase)
        if not wave:
            left_out["of phases other than P and S"] += 1
        elif pick.weight == DO_NOT_USE:
            left_out[f"of weight {DO_NOT_USE}"] += 1
        elif pick.weight == CLOCK_OFF:
            left_out[f"of weight {CLOCK_OFF}, whose clock is not trusted"] += 1
        else:
            by_phase.setdefault((pick.network, pick.station, wave), []).append(pick)
    arrivals: list[Detection] = []
    for (network, station, wave), readings in by_phase.items():
        best = _best_readings(readings)
        left_out["that are another reading of an arrival"] += len(readings) - len(best)
        arrivals += [_arrival_of(pick, network, station, phase=wave) for pick in best]
    left_out += Counter()  # without those of 0
    if left_out:
        report.note(path, f"picks left out: {counted(left_out, len(left_out))}")
    return sorted(arrivals, key=lambda a: (a.time_s, a.network, a.station, a.phase))


def with_regions_alike(
    arrivals: Sequence[Detection], n_regions: int | None, report: Report, path: Path
) -> list[Detection]:
    """Return arrivals without region probabilities if these are not of as many regions each.

    Parameters
    ----------
    arrivals : sequence of Detection
        The arrivals.
    n_regions : int, optional
        How many regions there are, if that is known.
    report : Report
        Is told.
    path : Path
        Where they are from.
    """
    lengths = {len(a.region_probabilities) for a in arrivals if a.region_probabilities}
    wanted = lengths if n_regions is None else {n_regions}
    if len(lengths) <= 1 and lengths <= wanted:
        return list(arrivals)
    there = "" if n_regions is None else f", there are {n_regions}"
    told = " and ".join(map(str, sorted(lengths)))
    report.note(path, f"region_probabilities are of {told} regions{there}: left out")
    return [replace(a, cluster_id=NO_REGION, region_probabilities=()) for a in arrivals]


def _find_sensors(picks: Iterable[Pick], recordings: Iterable[Recording]) -> None:
    """Give picks without a sensor that of the only one with records at their station, in place."""
    sensors: dict[tuple[str, str], set[tuple[str, str]]] = {}
    for recording in recordings:
        sensor = recording.location, recording.sensor
        sensors.setdefault((recording.network, recording.station), set()).add(sensor)
    for pick in picks:
        recorded = sensors.get((pick.network, pick.station), set())
        if len(recorded) == 1 and not (pick.location or sensor_of(pick)):
            ((pick.location, code),) = recorded
            pick.channel = f"{code}?"


def _best_readings(readings: list[Pick]) -> list[Pick]:
    """Return one reading of each arrival of a phase at a station, in order of time."""
    kept: list[Pick] = []
    for pick in sorted(readings, key=lambda p: (p.time, _reading_rank(p), p.location, p.channel)):
        if kept and pick.time - kept[-1].time < MIN_DISTANCE_S:
            if _reading_rank(pick) < _reading_rank(kept[-1]):
                kept[-1] = pick
        else:
            kept.append(pick)
    return kept


def _reading_rank(pick: Pick) -> tuple[bool, float]:
    return pick.automatic, -score_of(pick)


def _arrival_of(pick: Pick, network: str, station: str, phase: str) -> Detection:
    shares = pick.region_probabilities
    return Detection(
        network=network,
        station=station,
        start_s=pick.time,
        end_s=pick.time,
        probability=score_of(pick),
        cluster_id=NO_REGION if not shares else int(np.argmax(shares)),
        n_windows=0,
        region_probabilities=shares,
        time_s=pick.time,
        phase=phase,
        uncertainty_s=nan if pick.uncertainty_s is None else pick.uncertainty_s,
        location=pick.location,
        automatic=pick.automatic,
        channel=sensor_of(pick),
    )
