"""A small run to report: an event that is located, one that is false, one that was missed."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from deepquake.catalog.events import Event, Pick
from deepquake.core.report import Report
from deepquake.core.settings import Settings
from deepquake.detection.association.event import DetectedEvent
from deepquake.detection.outputs.report_rows import ReportContent
from deepquake.detection.stations import FALSE_ALARM, FOUND, Detection
from deepquake.earth.location.hypocentre import ArrivalFit, Hypocentre
from deepquake.earth.stations import Station
from deepquake.waveforms.scan import find_recordings
from tests.made_data import seismogram, traces

BEGIN_S = 1_400_000_000.0
STATIONS = [
    Station("XX", "AAA", 10.0, -67.6, 500.0),
    Station("XX", "BBB", 10.1, -67.5, 100.0),
    Station("XX", "CCC", 10.2, -67.7, 0.0),
]


def arrival(station: str, time_s: float, phase: str = "P", outcome: str = "") -> Detection:
    """Return an arrival found at a station, ``time_s`` after the begin of the records."""
    at_s = BEGIN_S + time_s
    return Detection(
        "XX", station, start_s=at_s, end_s=at_s + 4, probability=0.8, cluster_id=-1, n_windows=0,
        region_probabilities=(), time_s=at_s, phase=phase, channel="HH", uncertainty_s=0.04,
        outcome=outcome,
    )  # fmt: skip


def made_report(folder: Path) -> ReportContent:
    """Write records of 90 s of three stations and return a report of what is in them."""
    rng = np.random.default_rng(3)
    for k, station in enumerate(s.code for s in STATIONS):
        data = seismogram(rng, 30.0 + k, 90.0)
        traces(data, BEGIN_S, station).write(str(folder / f"{station}.mseed"), format="MSEED")
    recordings = find_recordings(folder, Settings().records, Report())
    quake = [
        arrival(station, 30.0 + k + late_s, phase, FOUND)
        for k, station in enumerate(("AAA", "BBB", "CCC"))
        for phase, late_s in (("P", 0.0), ("S", 4.0))
    ]
    quake = sorted((replace(a, events=(0,)) for a in quake), key=lambda a: a.time_s)
    origin = Hypocentre(
        BEGIN_S + 27, latitude=10.05, longitude=-67.58, depth_km=6.5, time_error_s=0.2,
        horizontal_error_km=1.25, depth_error_km=2.0, rms_s=0.07, gap_deg=170.0, n_picks=6,
        n_stations=3,
    )  # fmt: skip
    fits = tuple(ArrivalFit(0.02, 5.0, azimuth_deg=45.0, takeoff_deg=90.0, weight=1.0)
                 for _ in quake)  # fmt: skip
    coda = [arrival("AAA", 60.0, outcome=FALSE_ALARM), arrival("BBB", 61.0, outcome=FALSE_ALARM)]
    events = [
        DetectedEvent(tuple(quake), "20140513165347", origin=origin, fits=fits),
        DetectedEvent(tuple(coda), "20140513165420", why_not_located="<em>2</em> stations"),
    ]
    picks = [Pick("AAA", "P", BEGIN_S + 75.0, network="XX"), Pick("BBB", "Sg", BEGIN_S + 80.0)]
    catalogue = [
        Event("found 1", origin_time=BEGIN_S + 27, latitude=10.04, longitude=-67.6, depth_km=5.0),
        Event("missed & <gone>", origin_time=BEGIN_S + 72, picks=picks),
    ]
    alone = [arrival("CCC", 82.0, outcome=FALSE_ALARM)]
    recorded_s = {(r.network, r.station): np.array([r.span()]) for r in recordings}
    return ReportContent(
        title="Earthquakes in <i>made</i> records",
        events=events,
        arrivals=[*quake, *coda, *alone],
        stations=STATIONS,
        told=[("network", "unet, ZNE, 100 Hz")],
        recordings=recordings,
        recorded_s=recorded_s,
        region_names=("north", "south"),
        catalogue=catalogue,
        expected=(0, 1),
    )
