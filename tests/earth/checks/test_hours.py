"""Whether ranks of onsets tell the hour at which the records hold the events, and no other."""

import numpy as np
import pytest

from deepquake.earth.checks.hours import (
    LEAST_LOOKED,
    LEAST_SHIFTS,
    SHIFTS_S,
    HourFit,
    judge_hours,
    ranked,
    ranked_together,
)


def judged(
    n_events: int, seed: int, hours: tuple[float, ...] = (), by_day: float = 0.0, clear: float = 4.0
) -> HourFit:
    """Judge onsets drawn by chance, those of the k-th event clear after the k-th shift."""
    rng = np.random.default_rng(seed)
    shares = []
    for event in range(n_events):
        clearness = rng.normal(size=(2, len(SHIFTS_S)))
        clearness -= by_day * np.cos(2 * np.pi * SHIFTS_S / 86400)
        if hours:
            clearness[:, 3600 * hours[event % len(hours)] == SHIFTS_S] += clear
        shares.append(ranked_together(list(clearness)))
    return judge_hours(np.array(shares), n_stations=2)


@pytest.mark.parametrize("n_events", [8, 40])
@pytest.mark.parametrize("hours", [-1.0, 4.0, -5.5, -5.75, 14.0])
def test_the_hour_that_stands_out_is_told(hours: float, n_events: int) -> None:
    finding = judged(n_events, seed=3, hours=(hours,)).finding
    assert finding is not None and finding.kind == "catalogue"
    assert f"best when moved by {hours:+g} h ({n_events} of {n_events} looked" in finding.message
    assert f"local time (UTC{-hours:+g} h) taken as UTC?" in finding.message


def test_nothing_is_told_of_what_fits_or_of_what_fits_nowhere() -> None:
    for seed in range(40):
        right = judged(10, seed, hours=(0.0,))
        assert right.finding is None and "have the clearest onset of all" in right.text()
        for by_day in (0.0, 0.5):  # bursts by day make a shift of half a day look better
            nowhere = judged(10, seed, by_day=by_day)
            assert nowhere.finding is None and "no hour stands out" in nowhere.text()


def test_a_part_of_a_catalogue_and_summer_time_are_told() -> None:
    part = judged(40, seed=1, hours=(0.0, -2.0)).finding
    assert part is not None and part.message.startswith("part of the catalogue's events fit")
    summer = judged(40, seed=1, hours=(-1.0, -2.0)).finding
    assert summer is not None and summer.message.startswith("the catalogue's events fit")


def test_few_events_or_hours_tell_nothing() -> None:
    few = judged(LEAST_LOOKED - 1, seed=1, hours=(-1.0,))
    assert few == HourFit() and few.text() == ""
    short = np.full(len(SHIFTS_S), np.nan)
    short[: LEAST_SHIFTS - 1] = 1.0
    assert np.isnan(ranked(short)).all()


def test_ranks_are_shares_of_what_is_known() -> None:
    values = np.append(np.arange(20.0), np.nan)
    assert ranked(values)[[0, 10, 19]] == pytest.approx([1.0, 0.5, 0.05])
    assert np.isnan(ranked(values)[20])
    together = ranked_together([values, np.append(np.full(20, np.nan), 1.0)])
    assert together[19] == pytest.approx(0.05) and np.isnan(together[20])
