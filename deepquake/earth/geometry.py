"""Events, picks and stations held against each other: what cannot all be true is not used.

Doubts are written on picks and events (``doubt``). A doubtful pick is no positive, a doubtful event
gives no estimates, nor does a station whose coordinates or clock cannot be right.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from deepquake.catalog.events import Event
from deepquake.core.report import Report
from deepquake.core.text import number_of
from deepquake.earth.checks.blame import compare_readings
from deepquake.earth.checks.causes import hour_shift, shift_name
from deepquake.earth.checks.comparison import Comparison, station_name
from deepquake.earth.checks.findings import Finding, doubt_event, doubt_pick, summed_up
from deepquake.earth.checks.readings import TO_SIGMA
from deepquake.earth.checks.told import (
    origins_after_picks,
    phases_out_of_order,
    residuals_in_file,
    wrong_hemisphere,
    zero_places,
    zero_stations,
)
from deepquake.earth.geo import Floats
from deepquake.earth.stations import Station


@dataclass(frozen=True)
class StationFit:
    """How the picks of a station fit: their number, and median and spread of misfits (s)."""

    name: str
    n_picks: int
    median_s: float
    spread_s: float


@dataclass
class Geometry:
    """What came of holding a catalogue and stations against each other."""

    stations: list[Station]  # those believed
    findings: list[Finding] = field(default_factory=list)
    fits: list[StationFit] = field(default_factory=list)
    n_picks: int = 0  # that were held against locations
    n_events: int = 0  # they are of
    p_km_s: float = np.nan  # mean velocity of P over the median distance
    distance_km: float = np.nan
    shifted: list[Event] = field(default_factory=list)
    """The events at the times at which records hold them, where those of the catalogue do not."""

    def tell(self, report: Report, path: Path | str) -> None:
        """Note what was found in a report.

        Parameters
        ----------
        report : Report
            Is told.
        path : Path or str
            The catalogue, for what is of no single line.
        """
        for finding in summed_up(self.findings):
            report.note(finding.path or path, finding.message, finding.line)

    def text(self) -> str:
        """Return in a few words how much is not believed; empty where all is."""
        counts = Counter(finding.kind for finding in self.findings)
        parts = [number_of(n, kind) for kind in ("station", "event", "pick") if (n := counts[kind])]
        parts += ["the catalogue as a whole"] * bool(counts["catalogue"])
        return ", ".join(parts)


def check_geometry(
    events: Sequence[Event], stations: Sequence[Station], spans_s: Floats | None = None
) -> Geometry:
    """Hold events, picks and stations against each other, and mark what is not believed.

    Parameters
    ----------
    events : sequence of Event
        The catalogue; ``doubt`` of events and picks is set where they fail.
    stations : sequence of Station
        Those whose place is known.
    spans_s : numpy.ndarray of float, shape (n, 2), optional
        Start and end of the records, in order and apart (seconds since 1970 UTC).

    Returns
    -------
    Geometry
        The stations believed, and what was found.
    """
    findings = zero_places(events)
    dropped = set(zero_stations(stations))
    findings += [
        Finding("station", f"station {name}: latitude and longitude are 0", name)
        for name in (station_name(stations[n]) for n in sorted(dropped))
    ]
    placed = [station for n, station in enumerate(stations) if n not in dropped]
    located = [event for event in events if not event.doubt]
    compared = compare_readings(located, placed)
    findings += compared.findings
    for event in events if compared.doubted else ():
        for pick in event.picks:
            if why := compared.doubted.get((pick.network, pick.station)):
                doubt_pick(pick, why)
    wrong, found = wrong_hemisphere(located, placed) if not compared.blamed else ([], [])
    findings += found
    lost = compared.blamed - compared.placed | set(wrong)
    believed = [station for n, station in enumerate(placed) if n not in lost]
    fitting = _fitting(compared)
    findings += origins_after_picks(events)
    findings += residuals_in_file(events, fitting) + phases_out_of_order(events, fitting)
    result = Geometry(believed, findings, fits=_station_fits(compared))
    result.n_picks = len(compared.readings)
    result.n_events = len(np.unique(compared.readings.event))
    _tell_velocity(result, compared)
    if spans_s is not None:
        _hold_against_records(result, events, spans_s)
    return result


def _fitting(compared: Comparison) -> set[int]:
    fitting = (compared.readings.picks[k] for k in np.flatnonzero(~compared.misfits.off).tolist())
    return {id(pick) for pick in fitting if not pick.doubt}


def _station_fits(compared: Comparison) -> list[StationFit]:
    order = np.argsort(compared.readings.station, kind="stable")
    numbers, starts = np.unique(compared.readings.station[order], return_index=True)
    fits: list[StationFit] = []
    parts = np.split(compared.misfits.seconds[order], starts[1:]) if len(order) else []
    for number, seconds in zip(numbers.tolist(), parts, strict=True):
        median_s = float(np.median(seconds))
        spread_s = TO_SIGMA * float(np.median(np.abs(seconds - median_s)))
        name = station_name(compared.stations[number])
        fits.append(StationFit(name, len(seconds), median_s, spread_s=spread_s))
    return fits


def _tell_velocity(result: Geometry, compared: Comparison) -> None:
    fits = (compared.readings.phase == 0) & ~compared.misfits.off
    if fits.any():
        result.distance_km = float(np.median(compared.readings.straight_km[fits]))
        time_s = float(compared.curves[0].times_s(result.distance_km))
        result.p_km_s = result.distance_km / time_s if time_s else np.nan


def _hold_against_records(result: Geometry, events: Sequence[Event], spans_s: Floats) -> None:
    """Find the shifts of whole and half hours that bring origins and picks into the records."""
    origins = [event.origin_time for event in events if event.origin_time is not None]
    picks = [pick.time for event in events for pick in event.picks]
    origins_s, late = _shift_of(result, origins, spans_s, what="event", lost="nothing is estimated")
    picks_s, picks_late = _shift_of(result, picks, spans_s, what="pick", lost="none is used")
    for event in events if origins_s or picks_s else ():
        origin_time, moved = None, []
        if origins_s and event.origin_time is not None:
            origin_time = event.origin_time + origins_s
            doubt_event(event, f"the catalogue's times seem to be {late}")
        if picks_s:
            moved = [replace(pick, time=pick.time + picks_s) for pick in event.picks]
            for pick in (*event.picks, *moved):
                doubt_pick(pick, f"the times of picks seem to be {picks_late}")
        if moved or origin_time is not None:
            result.shifted.append(replace(event, picks=moved, origin_time=origin_time))


def _shift_of(
    result: Geometry, times_s: list[float], spans_s: Floats, what: str, lost: str
) -> tuple[float, str]:
    """Return by how much to shift times (s, 0 for nothing), and how early or late they are."""
    found = hour_shift(times_s, spans_s)
    if found is None:
        return 0.0, ""
    shift_s, n_after, n_now = found
    late, hours = "late" if shift_s < 0 else "early", f"{abs(shift_s) / 3600:g} h"
    message = (
        f"{n_now} of {number_of(len(times_s), what)} fall into records, and {n_after} if all were "
        f"{hours} {'earlier' if shift_s < 0 else 'later'}: the catalogue's times seem to be {late} "
        f"({shift_name(shift_s)}): {lost}"
    )
    result.findings.insert(0, Finding("catalogue", message))
    return shift_s, f"{late} by {hours}"
