"""From arrivals to events."""

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np

from deepquake.catalog.events import Event
from deepquake.core.settings import Settings
from deepquake.core.times import parse_iso
from deepquake.detection.association.associating import find_events, with_ids
from deepquake.detection.association.event import DetectedEvent
from deepquake.detection.stations import Detection
from deepquake.earth.geo import distance_km
from deepquake.earth.stations import Station, read_stations
from tests.detection.test_events import detection
from tests.earth.location.made_network import TrueSource, arrivals_of, made_stations, made_times


def made_arrivals(sources: list[TrueSource], error_s: float = 0.05) -> list[Detection]:
    """Return P and S of sources at the stations of the made network."""
    times, draw = made_times(), np.random.default_rng(3)
    arrivals = []
    for source in sources:
        readings = arrivals_of(times, source, draw, error_s)
        for station, phase, time_s in zip(
            readings.station, readings.phase, readings.time_s, strict=True
        ):
            made = detection(f"S{station:02d}", float(time_s))
            arrivals.append(replace(made, time_s=float(time_s), phase="PS"[phase]))
    return arrivals


def test_two_events_within_seconds_are_two() -> None:
    sources = [
        TrueSource(np.array([3.0, -5.0, 8.0]), 1000.0),
        TrueSource(np.array([-6.0, 8.0, 6.0]), 1004.0),
    ]
    events = find_events(made_arrivals(sources), made_stations(), Settings())
    assert len(events) == 2
    for event, source in zip(events, sources, strict=True):
        assert event.origin is not None
        assert abs(event.time_s - source.time_s) < 0.2
        assert len(event.arrivals) == len(event.fits) == event.origin.n_picks == 24


def test_an_event_may_need_stations_with_both_phases() -> None:
    arrivals = made_arrivals([TrueSource(np.array([3.0, -5.0, 8.0]), 1000.0)])
    few_s = [a for a in arrivals if a.phase == "P" or a.station in ("S00", "S01")]
    for least, n_events in ((2, 1), (3, 0)):
        found = find_events(few_s, made_stations(), Settings().changed(min_pairs=least))
        assert len(found) == n_events


def test_without_places_arrivals_near_in_time_are_an_event() -> None:
    arrivals = [detection(code, time) for code, time in [("A", 0), ("B", 2), ("C", 3), ("A", 60)]]
    events = find_events(arrivals, [], Settings())
    assert [event.stations for event in events] == [["A", "B", "C"]]
    assert "places of 0 stations are known" in events[0].why_not_located
    (event,) = find_events(arrivals, [replace(made_stations(1)[0], code="A")], Settings())
    assert "the place of 1 station is known" in event.why_not_located


def test_two_stations_of_known_places_are_as_far_apart_in_time_as_p_takes() -> None:
    stations = [replace(s, code=c) for s, c in zip(made_stations(2), "AB", strict=True)]
    arrivals = [detection(code, time) for code, time in [("A", 0), ("B", 5), ("A", 60), ("B", 75)]]
    found = find_events(arrivals, stations, Settings())
    assert [event.stations for event in found] == [["A", "B"]]
    assert "places of 2 stations are known" in found[0].why_not_located


def test_ids_are_times_and_no_two_are_alike() -> None:
    events = [DetectedEvent((detection("A", t),)) for t in (0.2, 0.9, 1.5)]
    ids = [event.event_id for event in with_ids(events)]
    assert ids == ["19700101000005", "19700101000006", "19700101000007"]


def test_the_events_of_a_swarm_are_those_of_its_catalogue(
    shared_data: Path, iceland: tuple[list[Event], list[Station], dict]
) -> None:
    events, stations, _ = iceland
    arrivals = [
        replace(detection(p.station, 0.0), network="", time_s=p.time, phase=p.phase[0])
        for event in events
        for p in event.picks
    ]
    model = str(shared_data / "iceland" / "velocity_model.csv")
    found = find_events(arrivals, stations, Settings().changed(velocity_model_path=model))
    true = [(e.origin_time, e.latitude, e.longitude) for e in events]
    away_km = [_away_km(found, *place, within_s=1.0) for place in true]
    assert len(events) <= len(found) <= len(events) + 1
    assert np.median(away_km) <= 0.6
    assert max(away_km) <= 3


def test_the_events_of_a_geothermal_field_are_those_of_another_associator(
    shared_data: Path,
) -> None:
    folder = shared_data / "hengill"
    arrivals = [
        replace(
            detection(row["station"], 0.0),
            network=row["network"],
            time_s=parse_iso(row["time"]),
            phase=row["phase"],
            probability=float(row["probability"]),
        )
        for row in _rows(folder / "phasenet_picks.csv")
    ]
    stations = read_stations(folder / "stations.csv", elevation_unit="m")
    settings = Settings().changed(velocity_model_path=str(folder / "velocity_model.csv"))
    found = find_events(arrivals, stations, settings)
    away_km = [
        _away_km(
            found,
            parse_iso(row["time"]),
            float(row["latitude"]),
            float(row["longitude"]),
            within_s=1.0,
        )
        for row in _rows(folder / "pyocto_events.csv")
    ]
    assert sum(away < 3 for away in away_km) >= 9
    assert len(found) <= 12


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _away_km(
    found: list[DetectedEvent], time_s: float, latitude: float, longitude: float, within_s: float
) -> float:
    """Return how far the nearest event found within seconds is."""
    return min(
        (
            float(
                distance_km(
                    lat1=latitude, lon1=longitude, lat2=e.origin.latitude, lon2=e.origin.longitude
                )
            )
            for e in found
            if e.origin is not None and abs(e.time_s - time_s) <= within_s
        ),
        default=np.inf,
    )


def test_a_station_at_a_wrong_place_takes_no_event_away() -> None:
    source = TrueSource(np.array([3.0, -5.0, 8.0]), 1000.0)
    stations = made_stations()
    stations[3] = replace(stations[3], latitude=-66.0, longitude=10.0)
    (event,) = find_events(made_arrivals([source]), stations, Settings())
    assert event.origin is not None and event.origin.n_stations == 11
    assert abs(event.time_s - source.time_s) < 0.2


def test_networks_on_two_continents_have_their_own_events() -> None:
    source = TrueSource(np.array([3.0, -5.0, 8.0]), 1000.0)
    here, arrivals = made_stations(), made_arrivals([source])
    there = [replace(s, network="YY", latitude=s.latitude + 50) for s in here]
    both = [*arrivals, *(replace(a, network="YY", time_s=a.time_s + 2) for a in arrivals)]
    events = find_events(both, [*here, *there], Settings())
    assert [round(e.origin.latitude) for e in events if e.origin] == [10, 60]


def test_where_few_stations_record_they_are_enough() -> None:
    arrivals = [
        replace(detection(code, 0.0), time_s=time)
        for code, time in [("S00", 1000.0), ("S01", 1002.0), ("S02", 9000.0), ("S03", 9001.0)]
    ]
    always, begin = np.array([[0.0, 1e4]]), np.array([[0.0, 2000.0]])
    recorded_s = {("XX", f"S{n:02d}"): begin if n < 2 else always[:0] for n in range(12)}
    for name in ("S02", "S03", "S04"):
        recorded_s["XX", name] = np.array([[8000.0, 1e4]])
    found = find_events(arrivals, made_stations(), Settings(), recorded_s)
    assert [event.stations for event in found] == [["S00", "S01"]]
    assert "too few" in found[0].why_not_located


def test_fewer_stations_than_a_location_takes_can_be_asked_for() -> None:
    source = TrueSource(np.array([3.0, -5.0, 8.0]), 1000.0)
    arrivals = [*made_arrivals([source]), replace(detection("S05", 0.0), time_s=4000.0)]
    found = find_events(arrivals, made_stations(), Settings().changed(min_stations=1))
    assert [event.origin is None for event in found] == [False, True]


def test_a_station_of_unknown_place_joins_an_event_by_its_p_and_s() -> None:
    source = TrueSource(np.array([3.0, -5.0, 8.0]), 1000.0)
    arrivals, stations = made_arrivals([source]), made_stations()
    del stations[4]  # S04
    (event,) = find_events(arrivals, stations, Settings())
    assert event.origin is not None
    assert (event.origin.n_picks, len(event.arrivals), len(event.stations)) == (22, 24, 12)
    for arrival, fit in zip(event.arrivals, event.fits, strict=True):
        assert fit.is_known is (arrival.station != "S04")


def test_two_events_15_s_apart_across_20_stations_are_two() -> None:
    stations = made_stations(20, width_km=60.0)
    times, draw = made_times(n_stations=20, width_km=60.0), np.random.default_rng(8)
    arrivals = []
    for at_s, place in [(100.0, [-20.0, 12.0, 7.0]), (115.0, [18.0, -15.0, 10.0])]:
        readings = arrivals_of(times, TrueSource(np.array(place), at_s), draw, 0.1)
        for station, phase, time_s in zip(
            readings.station, readings.phase, readings.time_s.tolist(), strict=True
        ):
            made = detection(f"S{station:02d}", 0.0)
            arrivals.append(replace(made, time_s=time_s, phase="PS"[phase]))
    found = find_events(arrivals, stations, Settings())
    assert [round(event.time_s) for event in found] == [100, 115]
    assert [len(event.arrivals) for event in found] == [40, 40]
