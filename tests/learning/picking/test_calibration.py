"""What scores mean: the share that is right, alarms per station-day, seconds of uncertainty."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit, logit

from deepquake.learning.picking import calibration
from deepquake.learning.picking.calibration import (
    Candidates,
    Scaling,
    calibrate,
    fit_scaling,
    reliability,
)


def made_candidates(
    n: int = 4000, noise_days: float = 2.0, seed: int = 1, truth: Scaling | None = None
) -> Candidates:
    """Return candidates whose share that is right follows a scaling, residuals better with it."""
    generator = np.random.default_rng(seed)
    heights = expit(generator.uniform(-4, 5, n))
    scores = (truth or Scaling(1.5, -1.0)).scores(heights)
    is_right = generator.random(n) < scores
    residuals_s = np.where(is_right, generator.normal(0, 0.2 - 0.15 * scores), np.nan)
    in_noise = ~is_right & (generator.random(n) < 0.2)
    references = int(is_right.sum()) + 100
    unread = np.zeros(n, bool)
    return Candidates(
        heights, is_right, residuals_s, in_noise, unread, references, noise_days, 0.018
    )


def test_the_scaling_is_found_again() -> None:
    candidates = made_candidates()
    fitted = fit_scaling(candidates.heights, candidates.is_right)
    assert fitted.temperature == pytest.approx(1.5, rel=0.1)
    assert fitted.offset == pytest.approx(-1.0, abs=0.15)


def test_a_scaling_and_back() -> None:
    scaling, heights = Scaling(1.5, -1.0), np.array([0.0001, 0.3, 0.5, 0.999])
    assert scaling.heights(scaling.scores(heights)) == pytest.approx(heights, rel=1e-6)
    assert scaling.scores(0.5) == pytest.approx(expit(-1.0))
    assert np.isfinite(logit(scaling.scores([0.0, 1.0]))).all()


def test_few_candidates_stay_as_they_are_and_such_as_a_line_tells_apart_get_no_certainty() -> None:
    assert fit_scaling([0.9] * 9 + [0.1] * 50, [True] * 9 + [False] * 50) == Scaling()
    assert fit_scaling([], []) == Scaling()
    fitted = fit_scaling([0.9] * 20 + [0.1] * 20, [True] * 20 + [False] * 20)
    assert fitted.scores([0.1, 0.9]) == pytest.approx([1 / 22, 21 / 22], abs=1e-3)


def test_heights_that_say_the_contrary_keep_their_order() -> None:
    fitted = fit_scaling([0.1] * 20 + [0.9] * 20, [True] * 20 + [False] * 20)
    assert fitted.temperature == calibration.STEEPEST


def test_the_table_counts_what_reaches_each_threshold() -> None:
    candidates = made_candidates()
    of = calibrate(candidates, 100.0)
    scores = of.scaling.scores(candidates.heights)
    assert (np.diff(of.thresholds) > 0).all()
    for i in (0, 10, 20):
        said = scores >= of.thresholds[i]
        right = int((said & candidates.is_right).sum())
        assert of.recall[i] == right / candidates.references
        assert of.precision[i] == right / said.sum()
        assert of.f1[i] == pytest.approx(2 * right / (said.sum() + candidates.references))
        assert of.alarms_per_day[i] == (said & candidates.in_noise).sum() / 2.0
    assert of.thresholds[0] >= of.scaling.scores(candidates.lowest)
    best = np.flatnonzero(of.thresholds == of.best_threshold)[0]
    assert of.f1[best] >= np.nanmax(of.f1) - 0.012  # the error of 1638 readings


def test_the_threshold_of_a_rate_of_alarms() -> None:
    of = calibrate(made_candidates(), 100.0)
    threshold, note = of.threshold_for(20.0)
    at = np.flatnonzero(of.thresholds == threshold)[0]
    assert of.alarms_per_day[at] + 0.5 <= 20.0 < of.alarms_per_day[at - 1] + 0.5  # of 2 days
    assert note == ""
    assert of.threshold_for(0.5)[1] == ""


def test_noise_too_short_for_the_rate_that_is_asked_for() -> None:
    of = calibrate(made_candidates(noise_days=0.1), 100.0)
    threshold, note = of.threshold_for(5.0)
    at = np.flatnonzero(of.thresholds == threshold)[0]
    assert of.alarms_per_day[at] == 0
    assert note == (
        "the held-out noise, 0.1 station-days, is too short to tell rates below 10 false alarms "
        "per station-day, and 5 is asked for: a threshold without one there is used, "
        f"{threshold:g}"
    )


def test_a_minute_of_noise_does_not_lower_the_threshold() -> None:
    some = made_candidates(noise_days=0.001)
    silent = calibrate(Candidates(**{**vars(some), "in_noise": some.in_noise & False}), 100.0)
    threshold, note = silent.threshold_for(5.0)
    assert threshold == silent.best_threshold > silent.thresholds[0]
    assert "too short" in note


def test_noise_with_more_alarms_than_are_wanted_and_no_noise_at_all() -> None:
    loud = made_candidates(truth=Scaling(1.0, 0.0))
    sure = np.append(loud.heights, [0.9999999] * 10)
    loud = Candidates(
        sure,
        np.append(loud.is_right, [False] * 10),
        np.append(loud.residuals_s, [np.nan] * 10),
        np.append(loud.in_noise, [True] * 10),
        np.append(loud.unread, [False] * 10),
        loud.references,
        noise_days=2.0,
        lowest=0.018,
    )
    of = calibrate(loud, 100.0)
    threshold, note = of.threshold_for(1.0)
    assert threshold == of.thresholds[-1]
    assert note.startswith("no threshold is known with 1 false alarms per station-day or fewer")
    none = calibrate(made_candidates(noise_days=0.0), 100.0)
    assert np.isnan(none.alarms_per_day).all()
    threshold, note = none.threshold_for(1.0)
    assert threshold == none.best_threshold
    assert note.startswith("there was no held-out noise")


def test_uncertainty_falls_with_the_score_and_is_what_two_thirds_are_within() -> None:
    candidates = made_candidates()
    of = calibrate(candidates, 100.0)
    assert len(of.uncertainty_s) > 3
    assert (np.diff(of.uncertainty_s) < 0).all()
    assert (np.diff(of.uncertainty_from) > 0).all()
    scores = of.scaling.scores(candidates.heights)
    within = np.abs(candidates.residuals_s) <= of.uncertainty_of(scores)
    assert np.mean(within[candidates.is_right]) == pytest.approx(0.683, abs=0.02)
    assert of.uncertainty_of(0.0) == of.uncertainty_s[0]
    assert of.uncertainty_of([0.5, 1.0])[1] == of.uncertainty_s[-1]


def test_no_pick_is_surer_than_half_a_sample_and_few_tell_of_none() -> None:
    some = made_candidates(n=300)
    exact = Candidates(**{**vars(some), "residuals_s": np.where(some.is_right, 0.0, np.nan)})
    assert calibrate(exact, 100.0).uncertainty_s.tolist() == [0.005]
    empty, never = np.empty(0), np.empty(0, bool)
    none = calibrate(
        Candidates(empty, never, empty, never, never, references=0, noise_days=1.0, lowest=0.02),
        100.0,
    )
    assert none.best_threshold == 0.5
    assert np.isnan(none.uncertainty_of([0.5])).all()


def test_reliability_with_the_interval_of_wilson() -> None:
    scores = np.repeat([0.05, 0.95, 1.0], [10, 8, 2])
    right = np.arange(20) >= 12
    mean, share, low, high, n = reliability(scores, right)
    assert mean == pytest.approx([0.05, 0.96])
    assert share.tolist() == [0.0, 0.8]
    assert n.tolist() == [10, 10]
    # Brown, Cai, DasGupta, Statistical Science 16, 101-133, 2001, give 0 to 0.278 for 0 of 10
    assert low == pytest.approx([0.0, 0.490], abs=1e-3)
    assert high == pytest.approx([0.278, 0.943], abs=1e-3)


def test_events_nobody_read_are_no_mistakes_but_alarms() -> None:
    some = made_candidates()
    unread = ~some.is_right & (some.heights > 0.8)
    before = calibrate(some, 100.0)
    after = calibrate(Candidates(**{**vars(some), "unread": unread}), 100.0)
    at, as_before = (int(np.searchsorted(of.thresholds, 0.5)) for of in (after, before))
    assert after.precision[at] > before.precision[as_before] + 0.05
    assert after.scaling.scores(0.8) > before.scaling.scores(0.8)
    reach = after.scaling.scores(some.heights[some.in_noise]) >= after.thresholds[at]
    assert reach.any()
    assert after.alarms_per_day[at] * after.noise_days == pytest.approx(reach.sum())


def test_the_same_candidates_in_any_order_mean_the_same() -> None:
    some = made_candidates(n=500)
    order = np.random.default_rng(2).permutation(500)
    shuffled = {
        name: value[order] if isinstance(value, np.ndarray) else value
        for name, value in vars(some).items()
    }
    one, other = calibrate(some, 100.0), calibrate(Candidates(**shuffled), 100.0)
    assert one.scaling.temperature == pytest.approx(other.scaling.temperature, rel=1e-6)
    assert one.uncertainty_s == pytest.approx(other.uncertainty_s)


def test_the_threshold_is_the_middle_of_those_as_good_as_the_best() -> None:
    measured = calibrate(made_candidates(), 100.0)
    n = len(measured.thresholds)
    f1 = np.full(n, 0.5)
    f1[10:21] = 0.95
    f1[10] = 0.96  # by luck
    few = replace(measured, f1=f1, references=80)
    assert few.best_threshold == measured.thresholds[15]
    assert replace(few, references=10**6).best_threshold == measured.thresholds[10]
    assert replace(few, f1=np.full(n, np.nan)).best_threshold == 0.5
    assert replace(few, f1=np.where(f1 > 0.5, 1.0, 0.5)).best_threshold == measured.thresholds[15]
