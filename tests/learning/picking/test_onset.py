"""Onsets near rough times."""

import numpy as np
import pytest

from deepquake.learning.picking.onset import (
    LEAST_SIDE_S,
    PEAK_DEVIATION_S,
    PEAK_SEARCH_S,
    aic_onset,
    is_shown,
    traces_of,
)

RATE_HZ = 100.0


def noisy(onsets: list[int], n: int = 6000, strength: float = 40.0, traces: int = 1) -> np.ndarray:
    """Return noise with bursts of a second that begin at samples."""
    rng = np.random.default_rng(3)
    record = rng.normal(size=(traces, n))
    for onset in onsets:
        record[:, onset + 1 : onset + 101] *= strength
    return record.astype(np.float32)


def at_peaks(record: np.ndarray, rough: list[float]):
    """Return the onsets near the peaks of a curve."""
    before_s, after_s = PEAK_SEARCH_S
    return aic_onset(
        record,
        rough,
        rate_hz=RATE_HZ,
        before_s=before_s,
        after_s=after_s,
        deviation_s=PEAK_DEVIATION_S,
    )


def test_an_onset_is_the_last_sample_before_the_record_grows_strong() -> None:
    onsets = [500, 1500, 2500, 3500, 4500]
    found = at_peaks(noisy(onsets), [488.0, 1507.5, 2500.0, 3511.0, 4495.2])
    assert np.abs(found.at - onsets).max() < 2
    assert found.clear.all()
    assert (found.deviation_s < 0.03).all()


def test_the_rough_time_stays_where_the_record_says_nothing() -> None:
    rough = [700.25, 1900.5, 3100.75]
    found = at_peaks(noisy([]), rough)
    assert found.at.tolist() == rough
    assert not found.clear.any()
    assert (found.deviation_s == PEAK_DEVIATION_S).all()


def test_a_record_that_grows_weaker_has_no_onset() -> None:
    record = noisy([])
    record[:, :1000] *= 40
    found = at_peaks(record, [1005.0])
    assert found.at.tolist() == [1005.0]


def test_an_onset_lies_within_the_search() -> None:
    record = noisy([1000])
    for rough in range(900, 1101, 7):
        (at,) = aic_onset(
            record, [rough], rate_hz=RATE_HZ, before_s=0.4, after_s=0.3, deviation_s=100.0
        ).at
        assert rough - 40 <= at <= rough + 30


def test_each_arrival_may_have_a_search_of_its_own() -> None:
    onsets = [1000, 3000]
    record, rough = noisy(onsets), np.array([1150.0, 3005.0])
    searches = {"before_s": [2.5, 0.6], "after_s": [2.0, 0.4], "deviation_s": [0.8, 0.09]}
    both = aic_onset(record, rough, rate_hz=RATE_HZ, **searches)
    assert np.abs(both.at - onsets).max() < 2
    for i in (0, 1):  # and the others in a call change nothing
        own = {name: values[i] for name, values in searches.items()}
        alone = aic_onset(record, rough[i], rate_hz=RATE_HZ, **own)
        assert alone.at[0] == pytest.approx(both.at[i], abs=1e-9)
        assert alone.gain[0] == pytest.approx(both.gain[i], rel=1e-9)


def test_gaps_and_the_ends_of_the_record_are_no_onsets() -> None:
    record = noisy([1000, 20])
    record[:, 960:985] = np.nan
    found = at_peaks(record, [1004.0, 24.0, 5997.0])
    assert np.abs(found.at - [1000, 20, 5997]).max() < 2
    assert found.clear.tolist() == [True, True, False]  # nothing near the end
    record[:, 960:] = np.nan
    assert at_peaks(record, [1004.0]).at.tolist() == [1004.0]
    assert at_peaks(record, [5000.0]).at.tolist() == [5000.0]


def test_several_traces_tell_of_an_onset_together_and_dead_ones_are_left_out() -> None:
    record = noisy([1000], strength=2.0, traces=3)
    together = at_peaks(record, [1008.0])
    alone = [at_peaks(record[[i]], [1008.0]).gain[0] for i in range(3)]
    assert together.gain[0] > max(alone)
    for nothing in (0.0, 7.0, np.nan):
        dead = record.copy()
        dead[1] = nothing
        rest = at_peaks(record[[0, 2]], [1008.0])
        assert at_peaks(dead, [1008.0]).at == pytest.approx(rest.at)


def test_neither_offset_nor_unit_matters() -> None:
    record = noisy([1000]).astype(np.float64)
    plain = at_peaks(record, [1008.0])
    assert at_peaks(record * 1e-9, [1008.0]).at == pytest.approx(plain.at, abs=1e-6)
    assert at_peaks(record + 1e4, [1008.0]).at == pytest.approx(plain.at, abs=1e-6)


def test_silence_before_an_onset_is_no_error() -> None:
    record = noisy([1000])
    record[:, :1001] = 0
    assert at_peaks(record, [1010.0]).at[0] == pytest.approx(1000, abs=1)


def test_many_arrivals_come_out_as_few_do() -> None:
    record = noisy(list(range(200, 5800, 200)))
    rough = np.tile(np.arange(203.0, 5800, 200), 200)  # more than are looked at together
    found = at_peaks(record, rough)
    assert np.array_equal(found.at[:28], at_peaks(record, rough[:28]).at)
    assert np.array_equal(found.at, np.tile(found.at[:28], 200))
    assert not len(at_peaks(record, []).at)


def test_no_arrival_is_nearer_to_the_ends_of_its_search_than_the_strength_can_be_told() -> None:
    record = noisy([1000])
    found = aic_onset(record, [1058.0], rate_hz=RATE_HZ, before_s=0.6, after_s=0.4, deviation_s=9)
    assert found.at[0] >= 1058 - 60 + LEAST_SIDE_S * RATE_HZ - 1


@pytest.mark.parametrize(
    "phase, components, traces",
    [
        ("P", "ZNE", [0]),
        ("S", "ZNE", [1, 2]),
        ("S", "Z", [0]),
        ("P", "NE", [0, 1]),
        ("S", "ZE", [1]),
    ],
)
def test_the_vertical_tells_of_p_and_the_horizontals_of_s(
    phase: str, components: str, traces: list[int]
) -> None:
    assert traces_of(phase, components) == traces


def test_a_record_shows_an_arrival_where_it_grows_stronger_on_any_component() -> None:
    record = noisy([1500], traces=3)
    record[1, 2501:2600] *= 8  # one component alone
    record[2, :] = np.nan  # none recorded
    assert is_shown(record, [1500.0, 2500.0, 4000.0], RATE_HZ).tolist() == [True, True, False]


def test_a_coda_does_not_hide_an_arrival_in_it() -> None:
    record = noisy([])
    fading = np.exp(-np.arange(1500) / 500)
    record[:, 1000:2500] *= 1 + 60 * fading
    record[:, 1700:1800] *= 5
    assert is_shown(record, [1000.0, 1700.0, 2200.0], RATE_HZ).tolist() == [True, True, False]
