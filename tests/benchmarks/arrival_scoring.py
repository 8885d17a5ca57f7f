"""What a network finds in the records of a data set, one to one, and of which windows it is right.

The records are searched as step 6 does.
"""

import csv
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepquake.catalog.catalog_json import read_catalog_json
from deepquake.catalog.events import is_p, is_s
from deepquake.core import configuration
from deepquake.core.report import Report
from deepquake.core.settings import UNET, RecordSettings, Settings
from deepquake.core.times import parse_iso
from deepquake.detection.detector import Detector, load_detector
from deepquake.detection.scoring import load_network
from deepquake.detection.stations import Detection, all_arrivals
from deepquake.learning import metrics
from deepquake.learning.networks import predict
from deepquake.learning.picking.matching import arrival_scores, match_arrivals
from deepquake.waveforms.recording import Recording
from deepquake.waveforms.scan import find_recordings
from deepquake.windows.grid import cut_recording, recording_starts
from tests.benchmarks.arrival_networks import DATA, DataSet, catalog_of

TOLERANCE_S = 0.5
PICKER_SCORE = 0.5  # PhaseNet's picks of at least this are to be found
# The windows of ../shared/anchors.md: 10 s every 1 s, half a second off the grid of the records, on
# which every P of ncal is too; a P is at least 1 s inside, noise ends 2 s before it or earlier.
WINDOW_S, STEP_S, OFF_GRID_S, INSIDE_S, BEFORE_S = 10.0, 1.0, 0.5, 1.0, 2.0

# P of events in ncal that nobody lists, before the P that is listed: seen in the records, each with
# an S but the fifth. Windows that hold one are no noise.
UNLISTED_P = {
    "CLV": "2010-12-06T07:08:12.3Z",
    "HVC": "2015-03-10T08:40:12.1Z",
    "MDPB": "2012-10-06T10:43:37.0Z",
    "NEG": "2011-07-04T16:08:48.0Z",
    "MLAC": "2014-09-26T06:02:51.4Z",
    "BUC": "2016-01-05T23:00:51.9Z",
}

Readings = dict[str, dict[str, list[float]]]
"""By phase and station, times (s since 1970 UTC)."""


def readings_of(data: DataSet) -> Readings:
    """Return the arrivals of a data set that are to be found."""
    found: Readings = {"P": defaultdict(list), "S": defaultdict(list)}
    path = DATA / data.catalogue
    if path.suffix == ".csv":
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                if float(row["probability"]) >= PICKER_SCORE:
                    found[row["phase"]][row["station"]].append(parse_iso(row["time"]))
        return found
    for event in read_catalog_json(catalog_of(data)):
        for pick in event.picks:
            for phase, is_phase in (("P", is_p), ("S", is_s)):
                times = found[phase][pick.station]
                if is_phase(pick.phase) and pick.time not in times:
                    times.append(pick.time)
    return found


@lru_cache(maxsize=8)
def _all_recordings(folder: Path) -> tuple[Recording, ...]:
    settings = configuration.load({"component_N": True, "component_E": True})
    return tuple(find_recordings(folder, settings.records, Report()))


def recordings_of(data: DataSet, components: str) -> list[Recording]:
    """Return the records of a data set, cut down to some components."""
    return [
        replace(recording, **{
            name: {c: value for c, value in getattr(recording, name).items() if c in components}
            for name in ("channels", "pieces")
        })
        for recording in _all_recordings(data.waveforms)
        if set(components) & set(recording.channels)
    ]  # fmt: skip


def event_recordings(
    data: DataSet, components: str, wanted: Sequence[str]
) -> tuple[list[Recording], Readings]:
    """Return the records of some events, and their readings.

    Parameters
    ----------
    data : DataSet
        Its records hold an event each.
    components : str
        Those that are left of the records.
    wanted : sequence of str
        The events.

    Returns
    -------
    tuple of list of Recording and dict
        Both.
    """
    readings, ids = readings_of(data), set(wanted)
    p_of = {
        (pick.station, pick.time)
        for event in read_catalog_json(catalog_of(data))
        if event.event_id in ids
        for pick in event.picks
        if is_p(pick.phase)
    }
    recordings = [
        recording
        for recording in recordings_of(data, components)
        if any((recording.station, p) in p_of for p in _inside(recording, readings["P"]))
    ]
    return recordings, {phase: _readings_in(recordings, of) for phase, of in readings.items()}


def arrival_rows(
    checkpoint: Path,
    recordings: Sequence[Recording],
    readings: Readings,
    *,
    threshold: float = 0.0,
    with_windows: bool = False,
) -> dict[str, Any]:
    """Return what a network is worth on records, in counts that can be added up.

    Parameters
    ----------
    checkpoint : Path
        The network.
    recordings : sequence of Recording
        The records.
    readings : dict
        What is to be found in them.
    threshold : float
        The least score of an arrival; 0 is the network's own.
    with_windows : bool
        Whether to count windows too.

    Returns
    -------
    dict
        ``threshold`` of P; by phase ``references``, ``found``, ``close`` (within 0.1 s),
        ``arrivals``, and residuals (ms); ``windows``: the counts of right and wrong.
    """
    settings = configuration.load({"detection_threshold": threshold, "plot": False})
    detector = load_detector(checkpoint, settings)
    report = Report()
    usable = detector.usable(list(recordings), checkpoint, report)
    scored = detector.score(usable, report)
    arrivals = all_arrivals(detector.by_station(scored))
    row: dict[str, Any] = {"threshold": detector.accepted["P"].threshold}
    for phase in detector.accepted:
        row[phase] = _phase_row(
            _readings_in(usable, readings[phase]),
            [arrival for arrival in arrivals if arrival.phase == phase],
        )
    if with_windows:
        row["windows"] = _window_counts(detector, usable, readings["P"], arrivals=arrivals)
    return row


def _phase_row(readings: dict[str, list[float]], arrivals: list[Detection]) -> dict[str, Any]:
    times: dict[str, list[float]] = defaultdict(list)
    for arrival in arrivals:
        times[arrival.station].append(arrival.time_s)
    scores = arrival_scores([
        match_arrivals(readings.get(s, []), times.get(s, []), tolerance_s=TOLERANCE_S)
        for s in sorted({*readings, *times})
    ])  # fmt: skip
    return {
        "references": scores.references,
        "found": scores.found,
        "close": scores.close,
        "arrivals": len(arrivals),
        "residuals_ms": np.round(1000 * scores.residuals_s, 1).tolist(),
    }


def _window_counts(
    detector: Detector,
    recordings: Sequence[Recording],
    readings: dict[str, list[float]],
    arrivals: Sequence[Detection],
) -> dict[str, int]:
    """Return right and wrong windows; of a UNet a window of an event is one with an arrival of P.

    Of the wrong ones of noise some hold an ``unlisted event``.

    Of a network of windows all components of a window are alive, of a UNet any.
    """
    counts: Counter[str] = Counter()
    for recording in recordings:
        p_s = np.array(_inside(recording, readings))
        starts_s = recording_starts(recording, WINDOW_S, STEP_S)[:-1] + OFF_GRID_S
        starts_s = starts_s[starts_s + WINDOW_S <= recording.span()[1]]
        inside = (starts_s[:, None] + INSIDE_S <= p_s) & (
            p_s <= starts_s[:, None] + WINDOW_S - INSIDE_S
        )
        is_event = inside.any(axis=1)
        is_noise = (starts_s[:, None] + WINDOW_S <= p_s - BEFORE_S).all(axis=1)
        said, is_alive = _said_of(detector, recording, starts_s, arrivals=arrivals)
        unlisted_s = (
            parse_iso(UNLISTED_P[recording.station]) if recording.station in UNLISTED_P else 0
        )
        holds_one = (starts_s <= unlisted_s) & (unlisted_s <= starts_s + WINDOW_S)
        counts["unlisted event"] += int(np.sum(is_noise & is_alive & holds_one & said))
        for truth, which in ((True, is_event), (False, is_noise)):
            for verdict in (True, False):
                name = f"{'right' if truth == verdict else 'wrong'} {'event' if truth else 'noise'}"
                counts[name] += int(np.sum(which & is_alive & (said == verdict)))
    return dict(counts)


def _said_of(
    detector: Detector,
    recording: Recording,
    starts_s: NDArray[np.float64],
    arrivals: Sequence[Detection],
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return for each window whether it is called one of an event, and whether it is alive."""
    spec, settings = detector.spec, detector.settings
    cuts = list(cut_recording(recording, starts_s, WINDOW_S, _present(settings, recording)))
    if spec.model == UNET:
        found = [a.time_s for a in arrivals if a.phase == "P" and a.station == recording.station]
        at_s = np.array(found)
        said = ((starts_s[:, None] <= at_s) & (at_s <= starts_s[:, None] + WINDOW_S)).any(axis=1)
        return said, np.concatenate([cut.alive.any(axis=1) for cut in cuts])
    network = load_network(detector.checkpoint_dir)
    is_alive = np.concatenate([cut.alive.all(axis=1) for cut in cuts])
    windows = np.concatenate([cut.data for cut in cuts])
    said = np.zeros(len(starts_s), bool)
    probability = metrics.event_probability(predict(network, windows[is_alive]))
    accepted = detector.accepted["P"]
    said[is_alive] = accepted.scores(probability) >= accepted.threshold
    return said, is_alive


def _present(settings: Settings, recording: Recording) -> RecordSettings:
    """Return the settings with those components only that a record has."""
    given = {f"component_{c}": False for c in settings.records.components}
    given |= {f"component_{c}": True for c in recording.channels if f"component_{c}" in given}
    return settings.changed(**given).records


def _readings_in(
    recordings: Sequence[Recording], readings: dict[str, list[float]]
) -> dict[str, list[float]]:
    """Return the readings that some records hold; two may hold the same."""
    kept: dict[str, set[float]] = defaultdict(set)
    for recording in recordings:
        kept[recording.station].update(_inside(recording, readings))
    return {station: sorted(times) for station, times in kept.items()}


def _inside(recording: Recording, readings: dict[str, list[float]]) -> list[float]:
    first_s, last_s = recording.span()
    return [time for time in readings.get(recording.station, []) if first_s <= time <= last_s]
