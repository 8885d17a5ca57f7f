"""What was found at a station over all its recordings, each arrival once, with its span."""

from dataclasses import replace

import numpy as np

from deepquake.detection.stations import (
    AFTER_P_S,
    NO_REGION,
    Detection,
    ScoredRecording,
    all_arrivals,
    by_station,
    stretches_read,
)
from tests.made_data import made_recording

LENGTH_S = 10.0


def two_classes(*events: float) -> np.ndarray:
    """Return the probabilities of noise and event of some windows."""
    return np.array([[1 - p, p] for p in events])


def scored_windows(
    starts_s: list[float], probabilities: np.ndarray, station: str = "DYJN"
) -> ScoredRecording:
    """Return a recording whose windows of 10 s are of these probabilities."""
    return ScoredRecording(
        recording=made_recording(station),
        length_s=LENGTH_S,
        starts_s=np.array(starts_s, float),
        probabilities=probabilities,
    )


def arrival(time_s: float, phase: str = "P", score: float = 0.9, station: str = "A") -> Detection:
    """Return an arrival that a UNet found."""
    return Detection(
        network="XX",
        station=station,
        start_s=time_s,
        end_s=time_s,
        probability=score,
        cluster_id=0,
        n_windows=0,
        region_probabilities=(1.0,),
        time_s=time_s,
        phase=phase,
    )


def heard(*arrivals: Detection, start_s: float = 0.0, name: str = "day") -> ScoredRecording:
    """Return a recording of 100 s of station A in which a UNet found arrivals."""
    return ScoredRecording(
        recording=made_recording("A", start_s, name=name),
        length_s=0.0,
        starts_s=np.empty(0),
        probabilities=np.empty((0, 3), np.float32),
        detections=list(arrivals),
        heard_s=[np.array([[start_s + 1.0, start_s + 60.0]]), np.array([[60, 100]]) + start_s],
    )


def found_at(*scored: ScoredRecording) -> list[Detection]:
    (result,) = by_station(scored, step_s=1.0, margin_s=1.0)
    return result.arrivals


def test_windows_that_hold_an_event_are_those_at_the_threshold_or_above() -> None:
    scored = scored_windows([0, 1, 2], two_classes(0.5, 0.25, 0.75))
    assert scored.verdicts.tolist() == [True, False, True]
    assert replace(scored, threshold=0.6).verdicts.tolist() == [False, False, True]


def test_a_detection_reaches_from_its_p_to_its_s() -> None:
    found = found_at(heard(arrival(10), arrival(14, "S"), arrival(30), arrival(31), arrival(40)))
    spans = [(d.start_s, d.end_s) for d in found if d.phase == "P"]
    assert spans == [(10, 14), (30, 31), (31, 31 + AFTER_P_S), (40, 40 + AFTER_P_S)]


def test_an_s_has_the_region_of_the_p_in_front_of_it() -> None:
    first = replace(arrival(10), cluster_id=1, region_probabilities=(0.2, 0.8))
    unknown = {"cluster_id": NO_REGION, "region_probabilities": ()}
    others = replace(arrival(8, "S"), **unknown), replace(arrival(14, "S"), **unknown)
    late = replace(arrival(90, "S"), **unknown)
    found = found_at(heard(others[0], first, others[1], late))
    assert [d.cluster_id for d in found] == [NO_REGION, 1, 1, NO_REGION]


def test_an_arrival_in_two_records_counts_once_and_the_surer_one() -> None:
    first = heard(arrival(10, score=0.6), arrival(10.3, "S"), arrival(30))
    second = heard(arrival(10.1, score=0.8), arrival(50), name="copy")
    found = found_at(first, second)
    assert [(a.time_s, a.phase, a.probability) for a in found] == [
        *((10.1, "P", 0.8), (10.3, "S", 0.9), (30, "P", 0.9), (50, "P", 0.9)),
    ]


def test_stations_come_in_order_with_all_their_recordings() -> None:
    scored = [scored_windows([0, 1], two_classes(0.9, 0.1), station) for station in ("B", "A", "B")]
    first, second = by_station(scored, step_s=1.0, margin_s=1.0)
    assert (first.station, first.scored) == ("A", [scored[1]])
    assert (second.station, second.scored) == ("B", [scored[0], scored[2]])
    assert first.recorded_s.tolist() == [[1, 10]]


def test_of_a_unet_all_that_it_hears_counts() -> None:
    results = by_station([heard(), heard(start_s=200.0, name="later")], step_s=1.0, margin_s=1.0)
    assert results[0].recorded_s.round(3).tolist() == [[1, 100], [201, 300]]


def test_arrivals_of_all_stations_are_in_order_of_time() -> None:
    results = by_station([heard(arrival(10), arrival(14, "S"))], step_s=1.0, margin_s=1.0)
    results += [replace(results[0], station="B", arrivals=[arrival(12, station="B")])]
    assert [a.time_s for a in all_arrivals(results)] == [10, 12, 14]


def test_stretches_read_end_at_holes_and_not_between_windows_that_do_not_touch() -> None:
    starts, whole = np.array([0.0, 11, 22, 100]), {"length_s": 10, "margin_s": 1}
    assert stretches_read(starts, step_s=11, **whole).tolist() == [[1, 31], [101, 109]]
    assert stretches_read(np.array([0.0, 1, 2]), step_s=1, **whole).tolist() == [[1, 11]]
    assert stretches_read(np.empty(0), step_s=1, **whole).tolist() == []
