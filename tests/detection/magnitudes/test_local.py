"""Local magnitudes of synthetic events, from files of what their stations record."""

from collections import Counter
from dataclasses import replace
from math import isnan
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from deepquake.core.report import Report
from deepquake.core.settings import Settings
from deepquake.detection.association.event import DetectedEvent
from deepquake.detection.magnitudes.local import amplitude_windows, with_magnitudes
from deepquake.detection.stations import Detection
from deepquake.earth.location.hypocentre import ArrivalFit, Hypocentre
from deepquake.earth.stations import Station
from deepquake.waveforms.mseed import packed
from deepquake.waveforms.recording import Codes, Recording
from deepquake.waveforms.scan import find_recordings
from tests.earth.made_responses import geophone_counts, wood_anderson_mm, write_station_xml

BEGIN_S, RATE_HZ, FINE, LENGTH_S = 1.6e9, 100.0, 4, 60.0
DISTANCES_KM = {"AAA": 10.0, "BBB": 20.0, "CCC": 30.0, "DDD": 40.0}
DEPTH_KM = 6.0
STATIONS = [Station("XX", code, 64.0, -21.0, 100.0) for code in DISTANCES_KM]


def event_at(origin_s: float, stations: tuple[str, ...] = tuple(DISTANCES_KM)) -> DetectedEvent:
    """Return a located event with P (6 km/s) and, at the first two stations, S (6/1.75)."""
    arrivals, fits = [], []
    for number, code in enumerate(stations):
        distance_km = DISTANCES_KM[code]
        p_s = np.hypot(distance_km, DEPTH_KM) / 6
        for phase, after_s in [("P", p_s), ("S", p_s * 1.75)][: 2 if number < 2 else 1]:
            arrivals.append(
                Detection(
                    "XX",
                    code,
                    *(origin_s + after_s, origin_s + after_s + 1, 0.9, -1, 0, ()),
                    time_s=origin_s + after_s,
                    phase=phase,
                    channel="EH",
                )
            )
            fits.append(ArrivalFit(0.0, distance_km, 0.0, takeoff_deg=90.0, weight=1.0))
    origin = Hypocentre(
        *(origin_s, 64.0, -21.2, DEPTH_KM),
        **dict.fromkeys(("time_error_s", "horizontal_error_km", "depth_error_km"), 0.1),
        **{"rms_s": 0.1, "gap_deg": 90.0, "n_picks": len(arrivals), "n_stations": 4},
    )
    return DetectedEvent(tuple(arrivals), event_id="1", origin=origin, fits=tuple(fits))


def ground_m(code: str, origin_s: float, magnitude: float) -> NDArray:
    """Return the displacement of an S whose Wood-Anderson amplitude is that of the magnitude."""
    distance_km = np.hypot(DISTANCES_KM[code], DEPTH_KM + 0.1)
    times = np.arange(LENGTH_S * RATE_HZ * FINE) / RATE_HZ / FINE
    since = times - (origin_s - BEGIN_S) - np.hypot(DISTANCES_KM[code], DEPTH_KM) / 6 * 1.75 - 0.5
    wave = np.exp(-((since * 3) ** 2)) * np.cos(2 * np.pi * 4 * since)
    at_one_m = np.abs(wood_anderson_mm(wave, RATE_HZ * FINE)).max()
    wanted_mm = 10 ** (
        magnitude - 1.11 * np.log10(distance_km / 100) - 0.00189 * (distance_km - 100) - 3
    )  # Hutton and Boore (1987)
    return wave * wanted_mm / at_one_m


def write_records(folder: Path, grounds_m: dict[str, NDArray], full_scale: float = 2e9) -> None:
    """Write what the geophone of each station makes of the ground, on the north component, with
    half of it on the east, a fifth on the vertical, and some noise."""
    rng = np.random.default_rng(3)
    for code, ground in grounds_m.items():
        counts = geophone_counts(ground, RATE_HZ * FINE)[::FINE]
        with (folder / f"{code}.mseed").open("wb") as file:
            for component, share in (("Z", 0.2), ("N", 1.0), ("E", 0.5)):
                noisy = share * counts + rng.normal(0, 3, len(counts))
                samples = np.clip(noisy, -full_scale, full_scale).round().astype(np.int32)
                codes = Codes("XX", code, "", f"EH{component}")
                file.write(packed(codes, rate_hz=RATE_HZ, start_s=BEGIN_S, samples=samples))


@pytest.fixture
def records(tmp_path: Path) -> Path:
    """Return the folder of records of an event of magnitude 2, with responses beside it."""
    folder = tmp_path / "mseed"
    folder.mkdir()
    write_records(folder, {code: ground_m(code, BEGIN_S + 20, 2.0) for code in DISTANCES_KM})
    write_station_xml(tmp_path / "stations.xml", list(DISTANCES_KM))
    return folder


def measured(
    folder: Path, events: list[DetectedEvent], **changes: object
) -> tuple[list[DetectedEvent], list[str]]:
    """Return the events with their magnitudes, and what was said."""
    settings, report = Settings().changed(**changes), Report()
    recordings: list[Recording] = find_recordings(folder, settings.records, Report())
    found = with_magnitudes(
        events,
        recordings,
        waveforms=folder,
        stations=STATIONS,
        settings=settings,
        report=report,
    )
    return found, [problem.message for problem in report.problems]


def test_the_magnitude_of_a_whole_synthetic_event(records: Path) -> None:
    late = replace(event_at(BEGIN_S + 20).arrivals[0], time_s=BEGIN_S + 55)
    nowhere = DetectedEvent((late,), event_id="2")
    (event, other), told = measured(records, [event_at(BEGIN_S + 20), nowhere])
    assert other.magnitude is None
    magnitude = event.magnitude
    assert magnitude is not None and not told
    assert magnitude.value == pytest.approx(2.0, abs=0.03)
    assert magnitude.spread < 0.03
    assert [s.station for s in magnitude.stations] == list(DISTANCES_KM)
    for station in magnitude.stations:
        assert station.value == pytest.approx(2.0, abs=0.03)
        distance_km = np.hypot(DISTANCES_KM[station.station], DEPTH_KM + 0.1)
        assert station.distance_km == pytest.approx(distance_km)
        assert (station.channel, station.location) == ("EHN", "")
        assert station.period_s == pytest.approx(0.25, abs=0.04)


def test_workers_change_nothing(records: Path) -> None:
    events = [event_at(BEGIN_S + 20)]
    assert measured(records, events, workers=2) == measured(records, events)


def test_what_is_clipped_or_unknown_is_left_out_and_told(tmp_path: Path) -> None:
    folder = tmp_path / "mseed"
    folder.mkdir()
    grounds = {code: ground_m(code, BEGIN_S + 20, 2.0) for code in DISTANCES_KM}
    write_records(folder, grounds)
    largest = np.abs(geophone_counts(grounds["AAA"], RATE_HZ * FINE)).max()
    write_records(folder, {"AAA": grounds["AAA"]}, full_scale=largest / 10)
    write_station_xml(tmp_path / "stations.xml", ["AAA", "BBB", "DDD"])
    (event,), told = measured(folder, [event_at(BEGIN_S + 20)])
    assert event.magnitude is not None
    assert [s.station for s in event.magnitude.stations] == ["BBB", "DDD"]
    assert told == [
        "no response known, and so no magnitude, of stations XX.CCC",
        "2 amplitudes of events at stations left out: 1 (the record is clipped), 1 (the response "
        "is not known)",
    ]


def test_without_any_response_there_is_none_and_it_is_told(records: Path) -> None:
    (records.parent / "stations.xml").unlink()
    events = [event_at(BEGIN_S + 20)]
    found, told = measured(records, events)
    assert found == events
    assert told == ["no StationXML with responses beside it, and no counts_per_mm: no magnitudes"]
    (event,), told = measured(records, events, counts_per_mm=1000.0)
    assert event.magnitude is not None and len(event.magnitude.stations) == 4 and not told


def test_a_single_station_has_no_spread(records: Path) -> None:
    (event,), _ = measured(records, [event_at(BEGIN_S + 20, ("BBB",))])
    assert event.magnitude is not None
    assert event.magnitude.value == pytest.approx(2.0, abs=0.03)
    assert isnan(event.magnitude.spread)


def test_another_event_ends_what_is_measured() -> None:
    left_out: Counter[str] = Counter()
    first, second = event_at(BEGIN_S, ("AAA", "DDD")), event_at(BEGIN_S + 5.3, ("AAA", "DDD"))
    settings = Settings().events
    windows = amplitude_windows([first, second], STATIONS, settings, left_out=left_out)
    near, far = windows["XX", "AAA"], windows["XX", "DDD"]
    assert [w.event for w in near] == [0, 1]
    assert near[0].end_s == near[1].p_s
    assert near[1].end_s == pytest.approx(near[1].s_s + 5)
    assert near[1].s_s - near[1].p_s == pytest.approx(np.hypot(10, 6) / 6 * 0.75)
    # at the far one the P of the second comes in less than a second after the S of the first
    assert [w.event for w in far] == [1]
    assert left_out == {"another event comes before its S": 1}


def test_p_or_s_is_reckoned_where_one_was_not_found() -> None:
    event = event_at(BEGIN_S, ("AAA", "BBB", "CCC"))
    s_alone = replace(event, arrivals=(event.arrivals[1], *event.arrivals[4:]), fits=event.fits[:2])
    windows = amplitude_windows([s_alone], STATIONS, Settings().events, left_out=Counter())
    (near,), (far,) = windows["XX", "AAA"], windows["XX", "CCC"]
    assert near.p_s == pytest.approx(BEGIN_S + np.hypot(10, 6) / 6)
    assert far.s_s == pytest.approx(BEGIN_S + np.hypot(30, 6) / 6 * 1.75)
