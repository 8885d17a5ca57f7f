"""Local magnitudes of located events, from the records of the stations that saw them.

Of each station the largest amplitude from P to behind S counts, on a Wood-Anderson seismograph that
is made from the record and its instrument's response; of the horizontals the larger one, of a
station without any the vertical. It must stand out of the noise before P, and the record must not
be clipped. A reading of another event in between ends what is measured.
"""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from math import nan
from pathlib import Path

import numpy as np

from deepquake.core.progress import progress
from deepquake.core.report import Report
from deepquake.core.settings import EventSettings, Settings
from deepquake.core.text import listing, number_of
from deepquake.core.workers import run_tasks
from deepquake.detection.association.event import DetectedEvent, LocalMagnitude, StationMagnitude
from deepquake.detection.magnitudes.amplitudes import (
    CUT_SHORT,
    LEAST_AFTER_S_S,
    NO_RESPONSE,
    AmplitudeWindow,
    largest_amplitude,
)
from deepquake.earth.location.magnitude import local_magnitude
from deepquake.earth.responses import ResponseCurve, curves_of, load_responses
from deepquake.earth.stations import Station, station_of
from deepquake.waveforms.reading import read
from deepquake.waveforms.recording import Recording

AFTER_S_S = 5.0  # what is measured at least, or as much as S comes after P
STATIONS_NAMED = 5
OVERLAID = "another event comes before its S"


@dataclass(frozen=True)
class MagnitudeTask:
    """What is measured in a recording; ``curves`` are the responses of each component."""

    recording: Recording
    windows: tuple[AmplitudeWindow, ...]
    curves: Mapping[str, Sequence[ResponseCurve]]


def with_magnitudes(
    events: Sequence[DetectedEvent],
    recordings: Sequence[Recording],
    *,
    waveforms: Path,
    stations: Sequence[Station],
    settings: Settings,
    report: Report,
) -> list[DetectedEvent]:
    """Return the events, those that are located with their local magnitude where it is known.

    Parameters
    ----------
    events : sequence of DetectedEvent
        All of the run: the readings of each end what is measured of the others.
    recordings : sequence of Recording
        The records.
    waveforms : Path
        Where they are: responses are looked for there, and in ``stations_path``.
    stations : sequence of Station
        Tell how high the stations are.
    settings : Settings
        Of events, stations and the run.
    report : Report
        Is told how many amplitudes are left out, and why.

    Returns
    -------
    list of DetectedEvent
        In the same order.
    """
    events = list(events)
    if not any(event.origin for event in events):
        return events
    names = {(recording.network, recording.station) for recording in recordings}
    responses = load_responses(waveforms, settings.arrivals, report, wanted=names)
    if not responses and not settings.events.counts_per_mm:
        lacking = "no StationXML with responses beside it, and no counts_per_mm: no magnitudes"
        report.note(waveforms, lacking)
        return events
    left_out: Counter[str] = Counter()
    windows = amplitude_windows(events, stations, settings.events, left_out=left_out)
    tasks, without = [], []
    for recording, chosen in _windows_by_recording(windows, events, recordings, left_out=left_out):
        curves = {c: curves_of(responses, recording.codes(c)) for c in recording.channels}
        if any(curves.values()) or settings.events.counts_per_mm:
            tasks.append(MagnitudeTask(recording, windows=tuple(chosen), curves=curves))
        else:
            left_out[NO_RESPONSE] += len(chosen)
            without.append(f"{recording.network}.{recording.station}")
    work = partial(measure_amplitudes, settings.events)
    values: dict[int, list[StationMagnitude]] = defaultdict(list)
    done = run_tasks(work, tasks, settings.run, report=report, name=_name_of_task)
    with closing(done):
        for found, reasons, told in progress(done, len(tasks), "streams measured"):
            for number, value in found:
                values[number].append(value)
            left_out += reasons
            report.merge(told, again=False)
    if without:
        named = listing(sorted(set(without)), STATIONS_NAMED)
        report.note(waveforms, f"no response known, and so no magnitude, of stations {named}")
    if left_out:
        reasons_told = ", ".join(f"{n} ({why})" for why, n in sorted(left_out.items()))
        what = number_of(left_out.total(), "amplitude")
        report.note(waveforms, f"{what} of events at stations left out: {reasons_told}")
    return [
        replace(event, magnitude=_of_stations(values[number])) if number in values else event
        for number, event in enumerate(events)
    ]


def amplitude_windows(
    events: Sequence[DetectedEvent],
    stations: Sequence[Station],
    settings: EventSettings,
    left_out: Counter[str],
) -> dict[tuple[str, str], list[AmplitudeWindow]]:
    """Return when each located event is measured, by network and station.

    A P or S that was not found is reckoned from the other, the origin time and ``vp_vs_ratio``.

    Parameters
    ----------
    events : sequence of DetectedEvent
        All of the run.
    stations : sequence of Station
        Tell how high the stations are.
    settings : EventSettings
        The ratio of Vp to Vs.
    left_out : Counter
        Counts, by reason, what cannot be measured.
    """
    readings: dict[tuple[str, str], list[tuple[float, int]]] = defaultdict(list)
    for number, event in enumerate(events):
        for arrival in event.arrivals:
            readings[arrival.network, arrival.station].append((arrival.time_s, number))
    for of_station in readings.values():
        of_station.sort()
    windows: dict[tuple[str, str], list[AmplitudeWindow]] = defaultdict(list)
    for number, event in enumerate(events):
        if event.origin is None:
            continue
        begin_s, ratio = event.origin.time_s, settings.vp_vs_ratio
        times: dict[tuple[str, str], dict[str, float]] = defaultdict(dict)
        distances: dict[tuple[str, str], float] = {}
        known = [pair for pair in zip(event.arrivals, event.fits, strict=True) if pair[1].is_known]
        for arrival, fit in known:
            name = arrival.network, arrival.station
            times[name][arrival.phase] = arrival.time_s
            distances[name] = fit.distance_km
        for name, of in times.items():
            p_s = of["P"] if "P" in of else begin_s + (of["S"] - begin_s) / ratio
            s_s = of["S"] if "S" in of else begin_s + (of["P"] - begin_s) * ratio
            end_s = s_s + max(AFTER_S_S, s_s - p_s)
            after = readings[name][bisect_right(readings[name], (p_s, len(events))) :]
            next_s = next((time_s for time_s, other in after if other != number), end_s)
            if next_s < s_s + LEAST_AFTER_S_S:
                left_out[OVERLAID] += 1
                continue
            station = station_of(stations, *name, begin_s)
            elevation_km = 0.0 if station is None else station.elevation_m / 1000
            windows[name].append(
                AmplitudeWindow(
                    event=number,
                    p_s=p_s,
                    s_s=s_s,
                    end_s=min(end_s, next_s),
                    distance_km=float(
                        np.hypot(distances[name], event.origin.depth_km + elevation_km)
                    ),
                )
            )
    return windows


def measure_amplitudes(
    settings: EventSettings, task: MagnitudeTask
) -> tuple[list[tuple[int, StationMagnitude]], Counter[str], Report]:
    """Return the magnitudes of events at a station, by their numbers; what is left out, by reason.

    Parameters
    ----------
    settings : EventSettings
        The coefficients of the formula.
    task : MagnitudeTask
        What is measured, and where.

    Returns
    -------
    tuple
        The magnitudes, the reasons, and what there is to report of the records.
    """
    found, reasons, report = [], Counter[str](), Report()
    recording = task.recording
    for window in task.windows:
        segment = read(recording, *window.read_s, report=report)
        largest, why = largest_amplitude(
            segment,
            recording.sampling_rate_hz,
            window,
            curves=task.curves,
            counts_per_mm=settings.counts_per_mm,
        )
        if largest is None:
            reasons[why] += 1
            continue
        value = local_magnitude(largest.value_nm, window.distance_km, settings)
        magnitude = StationMagnitude(
            network=recording.network,
            station=recording.station,
            value=float(value),
            amplitude_nm=largest.value_nm,
            period_s=largest.period_s,
            time_s=largest.time_s,
            distance_km=window.distance_km,
            location=recording.location,
            channel=recording.channels[largest.component],
        )
        found.append((window.event, magnitude))
    return found, reasons, report


def _windows_by_recording(
    windows: Mapping[tuple[str, str], Sequence[AmplitudeWindow]],
    events: Sequence[DetectedEvent],
    recordings: Sequence[Recording],
    left_out: Counter[str],
) -> list[tuple[Recording, list[AmplitudeWindow]]]:
    """Return what is measured in each recording: that which the arrival was found in, if it goes
    on to S, else another one that does."""
    by_station: dict[tuple[str, str], list[Recording]] = defaultdict(list)
    for recording in recordings:
        by_station[recording.network, recording.station].append(recording)
    chosen = []
    for name, of_station in sorted(windows.items()):
        there = by_station[name]
        spans = np.array([recording.span() for recording in there]).reshape(-1, 2)
        own: dict[int, list[AmplitudeWindow]] = defaultdict(list)
        for window in of_station:
            sensors = {
                (a.location, a.channel)
                for a in events[window.event].arrivals
                if (a.network, a.station) == name
            }
            covers = (spans[:, 0] <= window.p_s) & (spans[:, 1] >= window.s_s)
            best = min(
                np.flatnonzero(covers).tolist(),
                key=lambda k: ((there[k].location, there[k].sensor) not in sensors, k),
                default=None,
            )
            if best is None:
                left_out[CUT_SHORT] += 1
            else:
                own[best].append(window)
        chosen += [(there[k], own[k]) for k in sorted(own)]
    return chosen


def _of_stations(values: Sequence[StationMagnitude]) -> LocalMagnitude:
    magnitudes = [station.value for station in values]
    return LocalMagnitude(
        value=float(np.median(magnitudes)),
        spread=float(np.std(magnitudes, ddof=1)) if len(magnitudes) > 1 else nan,
        stations=tuple(sorted(values, key=lambda v: (v.network, v.station))),
    )


def _name_of_task(task: MagnitudeTask) -> str:
    return task.recording.name
