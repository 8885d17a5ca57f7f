"""What each window is, by the definitions of the design, and why."""

from itertools import product
from pathlib import Path

import numpy as np
import pytest

from deepquake.catalog.catalog_json import read_catalog_json
from deepquake.catalog.events import Event, Pick
from deepquake.core.report import Report
from deepquake.core.settings import ArrivalSettings, RecordSettings, WindowSettings
from deepquake.earth.arrivals import station_arrivals
from deepquake.earth.geo import KM_PER_DEGREE
from deepquake.earth.stations import Station, station_of
from deepquake.earth.travel_times import ModelTravelTime, read_model
from deepquake.waveforms.scan import scan
from deepquake.windows import labels
from deepquake.windows.grid import Times, window_starts
from deepquake.windows.labels import (
    NEGATIVE,
    POSITIVE,
    SKIPPED,
    EventTimes,
    Labels,
    Surroundings,
    label_recording,
)
from tests.made_data import P_AT_S, T0, make_arrivals, make_dataset

PICKS_ONLY = ArrivalSettings()


def label_windows(starts, *known, estimates=PICKS_ONLY):
    starts_s = T0 + np.asarray(starts, float)
    return labels.label_windows(
        starts_s, known, 100.0, windows=WindowSettings(), estimates=estimates
    )


def kinds(starts, found, **more):
    return label_windows(starts, found, **more).kind.tolist()


def test_a_record_of_90_s_has_81_windows_9_positive_18_noise():
    starts = window_starts(9001, 1001, 100) / 100
    found = kinds(starts, make_arrivals([T0 + 30.0]))
    assert len(found) == 81
    assert found[:18] == [NEGATIVE] * 18
    assert found[21:30] == [POSITIVE] * 9
    assert found.count(SKIPPED) == 81 - 18 - 9


def test_half_a_p_window_on_either_side():
    found = kinds([20.99, 21.0, 29.0, 29.01], make_arrivals([T0 + 30.0]))
    assert found == [SKIPPED, POSITIVE, POSITIVE, SKIPPED]


def test_noise_ends_before_and_starts_after_by_more_than_asked():
    found = kinds([17.99, 18.0, 90.0, 90.01], make_arrivals([T0 + 30.0]))
    assert found == [NEGATIVE, SKIPPED, SKIPPED, NEGATIVE]


def test_an_estimate_forbids_noise_and_counts_as_positive_only_when_asked():
    p = make_arrivals(estimated=[T0 + 30.0])
    assert kinds([0, 25], p) == [NEGATIVE, SKIPPED]
    found = label_windows([0.0, 25.0], p, estimates=ArrivalSettings(use_estimated_p=True))
    assert found.kind.tolist() == [NEGATIVE, POSITIVE]
    assert found.event.tolist() == [-1, 100]
    assert found.p_s[1] == T0 + 30.0
    assert found.reason.tolist() == [labels.QUIET, labels.HOLDS_ESTIMATE]


def test_nothing_near_an_event_that_cannot_be_timed_is_noise():
    p = make_arrivals(unknown=[(T0 + 30.0, T0 + 150.0)])
    found = kinds([17.9, 18.0, 100.0, 150.0, 150.1], p)
    assert found == [NEGATIVE, SKIPPED, SKIPPED, SKIPPED, NEGATIVE]


def test_records_without_any_event_give_noise_only_when_asked():
    assert kinds([0], make_arrivals()) == [SKIPPED]
    assert kinds([0], make_arrivals(), estimates=ArrivalSettings(noise_without_event=True)) == [
        NEGATIVE
    ]


def test_whatever_was_read_forbids_noise_from_before_it_to_after_it():
    s = make_arrivals(read_s=np.array([T0 + 30.0]))
    assert kinds([17.99, 18.0, 25.0, 90.0, 90.01], s) == [NEGATIVE, *[SKIPPED] * 3, NEGATIVE]
    found = label_windows([25.0], s)
    assert found.reason.tolist() == [labels.NEAR_P] and found.event.tolist() == [-1]


def test_noise_keeps_away_from_all_the_times_at_which_an_estimate_may_come():
    p = make_arrivals(
        estimated=[T0 + 30.0], earliest_s=np.array([T0 + 20]), latest_s=np.array([T0 + 35])
    )
    assert kinds([7.99, 8.0, 95.0, 95.01], p) == [NEGATIVE, SKIPPED, SKIPPED, NEGATIVE]
    touched = p.between(T0 + 34, T0 + 100, with_ranges=True)
    assert len(touched.estimated_s) == 1 and not len(p.between(T0 + 34, T0 + 100).estimated_s)


def test_an_estimate_without_a_depth_is_no_positive():
    p = make_arrivals(estimated=[T0 + 30.0], rough=np.array([True]))
    found = label_windows([25.0], p, estimates=ArrivalSettings(use_estimated_p=True))
    assert found.kind.tolist() == [SKIPPED]


def test_the_second_of_two_events_makes_its_windows_positive_too():
    found = label_windows([25.0, 40.0], make_arrivals([T0 + 30.0, T0 + 45.0]))
    assert found.kind.tolist() == [POSITIVE, POSITIVE]
    assert found.event.tolist() == [0, 1]


def test_each_window_has_a_reason():
    p = make_arrivals([T0 + 30.0], unknown=[(T0 + 200.0, T0 + 300.0)])
    found = label_windows([0.0, 19.0, 25.0, 60.0, 250.0], p)
    assert found.reason.tolist() == [
        *(labels.QUIET, labels.NEAR_P, labels.HOLDS_PICK, labels.NEAR_P, labels.NEAR_UNKNOWN)
    ]
    assert label_windows([0.0], make_arrivals()).reason.tolist() == [labels.NO_EVENT]


def test_a_second_catalogue_forbids_noise_and_tells_that_there_is_none_elsewhere():
    found = label_windows([0.0, 25.0], make_arrivals(), make_arrivals([T0 + 30.0]))
    assert found.kind.tolist() == [NEGATIVE, SKIPPED]


def test_what_has_no_live_component_is_discarded_for_its_gap_or_its_flat_stretch():
    alive = np.array([[True, True], [False, True], [False, False], [False, False]])
    complete = np.array([[True, True], [False, True], [True, True], [False, True]])
    some = Labels(np.full(4, labels.HOLDS_PICK, np.int8), np.full(4, T0), np.zeros(4, int))
    found = some.with_samples(alive, complete)
    assert found.reason.tolist() == [labels.HOLDS_PICK] * 2 + [labels.FLAT, labels.GAP]
    assert found.kind.tolist() == [POSITIVE, POSITIVE, labels.DISCARDED, labels.DISCARDED]
    assert found.p_s.tolist() == [T0] * 4


def test_stretches_avoided_are_joined():
    p = make_arrivals([T0 + 30.0, T0 + 80.0], unknown=[(T0 + 300.0, T0 + 310.0)])
    found = labels.avoided_stretches([p, make_arrivals([T0 + 500.0])], WindowSettings())
    assert (found - T0).tolist() == [[28, 140], [298, 310], [498, 560]]
    assert not len(labels.avoided_stretches([make_arrivals()], WindowSettings()))


def test_kinds_and_reasons_are_counted():
    reasons = {labels.HOLDS_PICK: 3, labels.HOLDS_ESTIMATE: 2, labels.NEAR_P: 1, labels.NO_EVENT: 7}
    assert labels.count_kind(reasons, POSITIVE) == 5
    assert labels.count_kind(reasons, NEGATIVE) == 0
    assert labels.reasons_text(reasons, SKIPPED) == [
        *("7 no event known in the record", "1 near an arrival")
    ]


@pytest.fixture
def recording_and_events(tmp_path):
    waveforms, catalog = make_dataset(tmp_path, n_events=4, stations=("AAA",))
    recordings = scan(waveforms, RecordSettings(), Report())
    return recordings[2], read_catalog_json(catalog)


def test_events_near_a_recording_are_found(recording_and_events):
    recording, events = recording_and_events
    times = EventTimes(events)
    assert times.near(recording, WindowSettings(), ArrivalSettings()) == events[1:]
    guarded = ArrivalSettings(window_avoid_unpicked=3600.0)
    assert times.near(recording, WindowSettings(), guarded) == events


def test_an_event_is_near_where_it_was_read_by_a_slip_of_the_date(recording_and_events):
    recording, events = recording_and_events
    astray = Event("9", T0 + 1e6, picks=[Pick("AAA", "S", T0 + 7200 + 80.0)])
    times = EventTimes([*events, astray])
    assert times.near(recording, WindowSettings(), ArrivalSettings()) == [*events[1:], astray]
    found = label(recording, [*events, astray])
    assert found.known[0].read_s.tolist()[-1] == T0 + 7200 + 80.0


def label(recording, events, **keys):
    around = Surroundings(None, [events])
    return label_recording(recording, around, WindowSettings(**keys), PICKS_ONLY)


def test_a_recording_is_labelled_as_a_whole(recording_and_events):
    recording, events = recording_and_events
    found = label(recording, events)
    assert found.starts_s[0] == T0 + 7200 and len(found.starts_s) == 81
    counts = np.bincount(found.labels.kind, minlength=3)
    assert (counts[POSITIVE], counts[NEGATIVE]) == (9, 18)
    assert found.known[0].picked_s.tolist() == [T0 + 7200 + P_AT_S]


def test_noise_has_a_grid_to_itself_where_asked(recording_and_events):
    recording, events = recording_and_events
    found = label(recording, events, window_stride_negatives=5.0)
    counts = np.bincount(found.labels.kind, minlength=3)
    assert (counts[POSITIVE], counts[NEGATIVE]) == (9, 4)
    assert (np.diff(found.starts_s) >= 0).all()


def test_noise_beyond_what_is_asked_for_is_skipped_evenly(recording_and_events):
    recording, events = recording_and_events
    found = label(recording, events, max_windows=3)
    noise_s = found.starts_s[found.labels.kind == NEGATIVE]
    assert (noise_s - noise_s[0]).tolist() == [0.0, 8.0, 17.0]
    assert np.count_nonzero(found.labels.reason == labels.TOO_MANY) == 15


GRID_KM = list(product(np.arange(0.0, 101.0, 4.0), np.arange(0.0, 71.0, 7.0)))
FIRST_S, APART_S = T0 + 1000.0, 1000.0


def noise_around_estimates(
    elevation_m: float, depth_known: bool = True, depth_fixed_km: float | None = None, **keys: float
) -> Times:
    """Return where noise starts near estimates by the default velocity, of events over a grid."""
    station = Station("XX", "AAA", 0.0, 0.0, elevation_m)
    events = [
        Event(
            str(number),
            FIRST_S + number * APART_S,
            latitude=0.0,
            longitude=away_km / KM_PER_DEGREE,
            depth_km=depth_fixed_km or (depth_km if depth_known else None),
            depth_fixed=depth_fixed_km is not None,
        )
        for number, (away_km, depth_km) in enumerate(GRID_KM)
    ]
    known = station_arrivals(events, station, network="XX", code="AAA", settings=PICKS_ONLY)
    starts_s = np.arange(T0, FIRST_S + len(GRID_KM) * APART_S, 0.25)
    found = labels.label_windows(
        starts_s, [known], 100.0, windows=WindowSettings(**keys), estimates=PICKS_ONLY
    )
    noise_s = starts_s[found.kind == NEGATIVE]
    assert len(noise_s) > 0.8 * len(starts_s)
    return noise_s


def count_held(noise_s: Times, travel_times_s: Times) -> int:
    """Return how many of the true P lie in a noise window."""
    true_s = FIRST_S + np.arange(len(GRID_KM)) * APART_S + travel_times_s
    first = np.searchsorted(noise_s, true_s - 10.0)
    return int(np.sum(np.searchsorted(noise_s, true_s, side="right") > first))


@pytest.mark.parametrize(
    "depth", [{}, {"depth_known": False}, {"depth_fixed_km": 10.0}, {"depth_fixed_km": 33.0}]
)
@pytest.mark.parametrize("elevation_m", [0.0, 3000.0])
def test_no_p_of_any_velocity_near_by_lies_in_noise(depth, elevation_m) -> None:
    guard = {"window_avoid_negatives_before": 0.0, "window_avoid_negatives_after": 0.0}
    noise_s = noise_around_estimates(elevation_m, **depth, **guard)
    away_km, depth_km = np.array(GRID_KM).T
    straight_km = np.hypot(away_km, depth_km + elevation_m / 1000)
    for vp_km_s in np.linspace(5.0, 8.2, 17):
        assert count_held(noise_s, straight_km / vp_km_s) == 0
    assert count_held(noise_s, straight_km / 4.0) > 0
    assert count_held(noise_s, straight_km / 13.0) > 0


@pytest.mark.parametrize("place", ["iceland", "hengill", "ridgecrest"])
def test_no_p_through_real_layers_lies_in_noise(shared_data: Path, place: str) -> None:
    travel_time = ModelTravelTime(read_model(shared_data / place / "velocity_model.csv"))
    noise_s = noise_around_estimates(500.0, window_avoid_negatives_before=0.0)
    assert count_held(noise_s, travel_time(*np.array(GRID_KM).T, 500.0)) == 0


@pytest.mark.parametrize("with_model", [True, False])
def test_no_noise_window_on_iceland_holds_a_p(iceland, shared_data: Path, with_model: bool) -> None:
    events, stations, modelled = iceland
    folder = shared_data / "iceland"
    windows = WindowSettings(window_avoid_negatives_after=2.0)
    model = str(folder / "velocity_model.csv") if with_model else ""
    settings = ArrivalSettings(velocity_model_path=model)
    n_noise = 0
    for recording in scan(folder / "mseed", RecordSettings(), Report()):
        station = station_of(stations, recording.network, recording.station)
        found = label_recording(recording, Surroundings(station, [events]), windows, settings)
        noise_s = found.starts_s[found.labels.kind == NEGATIVE]
        n_noise += len(noise_s)
        picked = {events[number].origin_time for number in found.known[0].picked_events}
        truth = [
            time
            for (code, origin), time in modelled.items()
            if code == recording.station and not any(abs(origin - t) < 1 for t in picked)
        ]
        for time in [*truth, *found.known[0].picked_s]:
            assert not ((noise_s <= time) & (time <= noise_s + windows.window_size)).any()
    assert n_noise > 100
