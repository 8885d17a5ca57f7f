"""Arrivals in records: the same whatever the parts, for networks of both kinds."""

from dataclasses import replace

import numpy as np
import pytest

from deepquake.core.settings import DetectionSettings
from deepquake.learning.networks import build
from deepquake.learning.picking import arrivals
from deepquake.learning.picking.arrivals import Acceptance, Picks, RecordPart
from deepquake.learning.picking.calibration import PhaseCalibration, Scaling
from deepquake.learning.picking.curves import reach
from deepquake.learning.picking.onset import ONSET_WEIGHT
from deepquake.learning.picking.peaks import Rises
from deepquake.learning.spec import spec_of
from tests.learning.picking.made_excerpts import unet_settings

SPEC = spec_of(unet_settings())
FIRST = 86_400 * 50 + 3


def record(samples: int, onsets: tuple[int, ...]) -> np.ndarray:
    """Return noise of three components in which something begins at some samples."""
    made = np.random.default_rng(3).standard_normal((3, samples)).astype(np.float32)
    for onset in onsets:
        behind = np.arange(samples - onset)
        made[:, onset:] *= 1 + 30 * np.exp(-behind / 60).astype(np.float32)
    return made


def parts_of(data: np.ndarray, length: int, around: int) -> list[RecordPart]:
    """Return a record in parts that begin at multiples of a length."""
    made = []
    for begin in range(0, data.shape[1], length):
        end = min(begin + length, data.shape[1])
        low, high = max(begin - around, 0), min(end + around, data.shape[1])
        made.append(RecordPart(data[:, low:high], FIRST + low, begin - low, end - low))
    return made


@pytest.fixture(scope="module")
def model() -> object:
    """An untrained network: it says something of each sample, and no two runs differ."""
    return build(SPEC)


def test_parts_make_no_difference_to_a_unet(model: object) -> None:
    data, margin = record(6003, (2000, 3990)), reach(SPEC)
    lowest = dict.fromkeys("PS", 0.34)
    whole = arrivals.unet_picks(model, SPEC, parts_of(data, 6003, 0), lowest)
    told: list[tuple[int, np.ndarray]] = []
    parts = parts_of(data, 1000, margin)
    found = arrivals.unet_picks(model, SPEC, parts, lowest, seen=lambda *piece: told.append(piece))
    assert set(found) == {"P", "S"}
    for phase, picks in found.items():
        assert len(picks.at) > 5
        assert picks.at == pytest.approx(whole[phase].at, abs=0.02)
        assert picks.heights == pytest.approx(whole[phase].heights, abs=1e-4)
        assert np.all(np.diff(picks.at) >= 0)
        assert not picks.windows.any()
        assert picks.at.min() > FIRST + SPEC.sampling_rate - 25  # not the begin of the record
    assert np.isfinite(found["P"].deviations_s).all()
    assert np.isnan(found["S"].deviations_s).all()
    assert [first for first, _ in told] == [FIRST + begin for begin in range(0, 6003, 1000)]
    assert sum(said.shape[1] for _, said in told) == 6003


def test_behind_silence_and_where_a_record_begins_nothing_is_found() -> None:
    data = record(6000, ())
    data[:, 1000:1010] = data[:, 2000:2025] = data[:, 5990:] = np.nan
    data[0, 3000:4000] = np.nan  # the vertical alone

    def heard(**part: int) -> list[list[int]]:
        return arrivals.heard_spans(RecordPart(data, FIRST, **part), 100.0).tolist()

    assert heard(begin=0, end=6000) == [[100, 1000], [1010, 2000], [2125, 5990]]
    assert heard(begin=40, end=5000) == [[40, 1000], [1010, 2000], [2125, 5000]]
    assert heard(begin=2010, end=2100) == []
    data[:, :500] = np.nan
    assert heard(begin=40, end=900) == [[600, 900]]


def test_a_curve_says_nothing_where_nothing_is_heard(model: object) -> None:
    data = record(3000, ())
    data[:, 1000:1100] = np.nan
    told: list[np.ndarray] = []
    part = RecordPart(data, FIRST, begin=0, end=3000)
    arrivals.unet_picks(model, SPEC, [part], seen=lambda _, said: told.append(said))
    (said,) = told
    second = round(SPEC.sampling_rate)
    unheard = np.r_[0:second, 1000 : 1100 + second]
    assert (said[1:, unheard] == 0).all() and (said[0, unheard] == 1).all()
    assert (np.delete(said, unheard, axis=1)[1:] > 0).all()


def test_a_gap_is_no_onset() -> None:
    spec, data = replace(SPEC, model="ConvNetQuake", sampling_rate=100.0), record(3000, (1500,))
    data[:, 1440:1455] = np.nan
    rough = Rises(np.array([(FIRST + 1510) / 100]), np.array([0.3]), np.ones(1), np.zeros((1, 2)))
    picks = arrivals.rise_picks(rough, parts_of(data, 3000, 0), spec)
    assert picks.at == pytest.approx([FIRST + 1500], abs=3)


def test_a_record_of_noise_may_hold_no_candidate(model: object) -> None:
    data = record(1000, ())
    found = arrivals.unet_picks(model, SPEC, parts_of(data, 1000, 0), {"P": 1.0, "S": 1.0})
    assert all(len(picks.at) == 0 and picks.windows.shape == (0, 2) for picks in found.values())
    assert set(arrivals.unet_picks(model, SPEC, [])) == {"P", "S"}


@pytest.mark.parametrize("vertical", [True, False])
def test_windows_tell_roughly_and_the_record_exactly(vertical: bool) -> None:
    spec = replace(SPEC, model="ConvNetQuake", window_size=10.0, sampling_rate=100.0)
    data, onset = record(9000, (4321,)), 4321
    if not vertical:
        data[0] = 0
    starts = FIRST + np.arange(0, 8000, 50)
    inside = (FIRST + onset >= starts + 100) & (FIRST + onset <= starts + 900)
    said = np.where(inside, 0.9, 0.05)
    rough = arrivals.window_rises(spec, starts, said, step_s=0.5, margin_s=1.0)
    assert len(rough.times_s) == 1
    parts = parts_of(data, 2000, 500)
    picks = arrivals.rise_picks(rough, parts, spec)
    assert picks.at == pytest.approx([FIRST + onset], abs=3)
    assert picks.heights == pytest.approx([0.9], abs=0.1)
    assert picks.deviations_s < 0.1
    first, end = picks.windows[0]
    assert inside[first:end].mean() > 0.9  # the rough time is late by some windows
    none = arrivals.window_rises(spec, starts, said * 0, step_s=0.5, margin_s=1.0)
    assert len(arrivals.rise_picks(none, parts, spec).at) == 0
    nothing_there = parts_of(record(9000, ()), 2000, 500)
    assert len(arrivals.rise_picks(rough, nothing_there, spec).at) == 0


def test_a_short_record_of_windows_that_all_hold_an_event_gives_one() -> None:
    spec = replace(SPEC, model="ConvNetQuake", window_size=10.0, sampling_rate=100.0)
    starts = FIRST + np.arange(0, 400, 50)
    rough = arrivals.window_rises(spec, starts, np.full(8, 0.9), step_s=0.5, margin_s=1.0)
    picks = arrivals.rise_picks(rough, parts_of(record(1400, ()), 1400, 0), spec)
    assert len(picks.at) == 1
    assert picks.deviations_s > 0.5


def test_two_rises_of_one_onset_are_one_arrival() -> None:
    spec = replace(SPEC, model="ConvNetQuake", window_size=10.0, sampling_rate=100.0)
    onset_s = (FIRST + 4321) / 100
    rough = Rises(
        times_s=onset_s + np.array([-0.9, 0.8]),
        deviations_s=np.array([0.3, 0.3]),
        scores=np.array([0.7, 0.9]),
        windows=np.array([[0, 5], [2, 7]]),
    )
    picks = arrivals.rise_picks(rough, parts_of(record(9000, (4321,)), 9000, 0), spec)
    assert picks.heights.tolist() == [0.9]
    assert picks.windows.tolist() == [[2, 7]]


def picks_of(heights: list[float]) -> Picks:
    n = len(heights)
    return Picks(np.arange(n) * 100.0, np.array(heights), np.full(n, 0.3), np.zeros((n, 2), int))


def test_without_a_calibration_heights_are_scores() -> None:
    picks = Acceptance(0.5).accepted(picks_of([0.4, 0.5, 0.9]))
    assert picks.heights.tolist() == [0.5, 0.9]
    assert Acceptance(0.5).least_height == 0.5
    assert Acceptance(0.5).uncertainties_s(picks).tolist() == [0.3, 0.3]


def test_a_calibration_tells_scores_and_uncertainties() -> None:
    empty, edges = np.empty(0), np.array([0.2, 0.8])
    calibration = PhaseCalibration(
        Scaling(2.0, 1.0), 10, 1.0, empty, empty, empty, empty, empty, edges, np.array([0.2, 0.05])
    )
    acceptance = Acceptance(0.7, calibration)
    every = picks_of([0.3, 0.6, 0.9])
    scores = acceptance.scores(every.heights)
    assert acceptance.least_height < 0.6
    picks = acceptance.accepted(every)
    assert picks.heights.tolist() == [0.6, 0.9]
    assert acceptance.scores(picks.heights).tolist() == scores[1:].tolist()
    assert acceptance.uncertainties_s(picks).tolist() == [0.2, 0.05]


def test_the_threshold_is_the_one_asked_for_or_the_networks_own() -> None:
    f1, rates = np.array([0.5, 0.9, 0.7]), np.array([9.0, 4.0, 1.0])
    thresholds, none = np.array([0.2, 0.4, 0.8]), np.empty(0)
    of_p = PhaseCalibration(Scaling(), 9, 5.0, thresholds, f1, f1, f1, rates, none, none)

    def chosen(**given: float) -> tuple[float, float, int]:
        settings = DetectionSettings(**given)
        accepted, notes = arrivals.acceptances(SPEC, {"P": of_p}, settings)
        return accepted["P"].threshold, accepted["S"].threshold, len(notes)

    assert chosen() == (0.4, 0.5, 0)
    assert chosen(detection_threshold=0.3, alarms_per_day=1) == (0.3, 0.3, 0)
    assert chosen(alarms_per_day=2) == (0.8, 0.5, 1)  # S is not calibrated
    assert chosen(alarms_per_day=0.1) == (0.8, 0.5, 2)


def test_phases_of_networks() -> None:
    assert arrivals.picked_phases(SPEC) == ("P", "S")
    assert arrivals.picked_phases(replace(SPEC, phases="P")) == ("P",)
    assert arrivals.picked_phases(replace(SPEC, model="ConvNetQuake")) == ("P",)


def test_a_p_is_moved_towards_its_onset_and_left_out_where_nothing_shows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data, at = record(4000, (1500,)), np.arange(4000)
    said = np.zeros((3, 4000), np.float32)
    for peak in (1512, 3500):  # the second in noise
        said[1:] += np.exp(-(((at - peak) / 15) ** 2) / 2).astype(np.float32)
    monkeypatch.setattr(arrivals, "record_curves", lambda *_: said)
    whole = [RecordPart(data, FIRST, 0, 4000)]
    found = arrivals.unet_picks(None, SPEC, whole, dict.fromkeys("PS", 0.5))
    assert found["S"].at - FIRST == pytest.approx([1512, 3500], abs=0.1)
    assert found["P"].at - FIRST == pytest.approx([1512 - ONSET_WEIGHT * 12.5], abs=1.5)


def test_two_peaks_that_are_moved_to_one_onset_are_one_arrival() -> None:
    found = np.array([[100.0, 161.0, 300.0], [0.6, 0.9, 0.5], [130.0, 150.0, 290.0], [0.1] * 3])
    picks = arrivals.peak_picks(found, 100.0)
    assert picks.at.tolist() == [150.0, 290.0]
    assert picks.heights.tolist() == [0.9, 0.5]
